//! Consumer groups for lessons and questions: members, and what is written around their `poll()`.
//!
//! Members are numbered from consumer 20001 on, in the order in which they are named. `__consumer_offsets` has one
//! partition with one replica, so that a world stays small.

use super::Setup;
use super::scene::pairs;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Program;
use crate::lab::Act;
use crate::lab::NewConsumer;
use crate::lab::SeekPoint;

/// The members in the order in which lessons start them.
pub(super) const M1: i32 = 20_001;
pub(super) const M2: i32 = 20_002;
pub(super) const M3: i32 = 20_003;
pub(super) const M4: i32 = 20_004;

/// A small `__consumer_offsets`, for a broker that stands alone.
pub(super) const SMALL: &[(&str, &str)] =
    &[("offsets.topic.num.partitions", "1"), ("offsets.topic.replication.factor", "1")];

/// A session that ends soon, so that a successor waits less: 6 s is the shortest that a broker allows.
pub(super) const QUICK: &[(&str, &str)] =
    &[("session.timeout.ms", "6000"), ("heartbeat.interval.ms", "2000")];

/// When the members of a scene start, in ms.
const STARTED: u64 = 4_000;
/// When they have asked to join, and nobody has a partition yet.
pub(super) const JOINING: u64 = 4_300;
/// When they have shared the partitions out: `group.initial.rebalance.delay.ms` is 3 s, and 3 s more when somebody came
/// meanwhile.
pub(super) const SHARED: u64 = 11_500;

/// One broker and one topic of so many partitions, with a producer that writes nothing by itself.
pub(super) fn grouped(topic: &str, partitions: i32) -> Setup {
    Setup::brokers(1, SMALL).seed(5).topic(topic, partitions, 1, &[]).producer(topic, &[("linger.ms", "0")])
}

/// So many milliseconds for each record.
pub(super) fn works(ms: u64) -> Program {
    Program { per_record_us: ms * 1_000, ..Program::default() }
}

/// A member that subscribes to topics: it works as its program says, and begins at the earliest record where nothing is
/// committed, unless configs say else.
pub(super) fn member_with(group: &str, topics: &[&str], program: Program, configs: &[(&str, &str)]) -> Act {
    let mut all = pairs(&[("auto.offset.reset", "earliest")]);
    all.extend(pairs(configs));
    Act::AddConsumer(NewConsumer {
        topics: topics.iter().map(|topic| name(topic)).collect(),
        group: Some(name(group)),
        program: Some(program),
        configs: all,
        ..NewConsumer::default()
    })
}

/// A member that processes at once and leaves committing to `poll()`.
pub(super) fn member(group: &str, topics: &[&str]) -> Act {
    member_with(group, topics, Program::default(), &[])
}

/// `close()`: it leaves its group in good order.
pub(super) fn close(consumer: i32) -> Act {
    Act::CloseConsumer { node: NodeId(consumer) }
}

/// `commitSync()`
pub(super) fn commit(consumer: i32) -> Act {
    Act::Commit { node: NodeId(consumer), sync: true }
}

/// `subscribe()`
pub(super) fn subscribe(consumer: i32, topic: &str) -> Act {
    Act::Subscribe { node: NodeId(consumer), topics: vec![name(topic)], pattern: None }
}

/// A consumer reads no more of a partition: `pause()`.
pub(super) fn pause(consumer: i32, topic: &str) -> Act {
    Act::Pause { node: NodeId(consumer), topic: name(topic), partition: 0 }
}

/// `seek()` to an offset of a topic's first partition, and `commitSync()`: so an application commits a number of its own
/// choice.
pub(super) fn commit_at(consumer: i32, topic: &str, offset: Offset) -> [Act; 2] {
    let to = SeekPoint::Offset(offset);
    [Act::Seek { node: NodeId(consumer), topic: name(topic), partition: 0, to }, commit(consumer)]
}

/// Numbers as a person writes them in a row.
pub(super) fn numbers(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl Setup {
    /// So many members of a group, started when the topics are there.
    #[must_use]
    pub(super) fn group(
        mut self,
        group: &str,
        count: usize,
        topics: &[&str],
        configs: &[(&str, &str)],
    ) -> Self {
        for _ in 0..count {
            self = self.at(STARTED, member_with(group, topics, Program::default(), configs));
        }
        self
    }

    /// All acts of a script, at moments of the scene in ms.
    #[must_use]
    pub(super) fn acts(self, acts: Vec<(u64, Act)>) -> Self {
        acts.into_iter().fold(self, |setup, (ms, act)| setup.at(ms, act))
    }
}
