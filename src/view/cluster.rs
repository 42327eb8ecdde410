use std::fmt;
use std::rc::Rc;

use super::Doings;
use super::FlightView;
use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::TopicPartition;
use crate::lab::GroupState;

/// The whole cluster at one moment: what the stage draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterView {
    pub now: Instant,
    /// The version profile by its name: `modern-4.x`.
    pub profile: &'static str,
    pub controller: ControllerView,
    pub brokers: Vec<Rc<BrokerView>>,
    pub partitions: Rc<[PartitionView]>,
    /// The partitions of topics that brokers write for themselves (`__consumer_offsets`). They are many and have no place in
    /// the picture: no broker lists its copies of them.
    pub internal: Rc<[PartitionView]>,
    pub producers: Vec<Rc<ProducerView>>,
    pub consumers: Vec<Rc<ConsumerView>>,
    /// Only the links with a fault on them.
    pub links: Vec<LinkView>,
    pub flights: Vec<FlightView>,
    /// The newest answer to something that a person asked of the cluster.
    pub answer: Option<AnswerView>,
    /// How many of a person's requests have no answer yet.
    pub unanswered: usize,
    /// Partitions on their way between members of groups; [`Groups::mark`](super::Groups::mark) tells them.
    pub handovers: Vec<HandoverView>,
    /// How long a partition is seen to travel, in simulated time: a fixed span of the reader's time at the reader's speed.
    pub glide: Duration,
    /// The group of each member that [`few`](Self::few) has left out.
    pub left_out: Vec<Name>,
}

/// How a request of a person to the cluster ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerView {
    /// Counts the answers.
    pub number: u64,
    /// Kafka's name of the error: `INVALID_PARTITIONS`.
    pub error: Option<String>,
    /// The broker's sentence, where it gave one.
    pub message: Option<String>,
}

/// How a broker's process and machine are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BrokerState {
    #[default]
    Up,
    /// The process runs; the controller has not let it in yet, or has shut it out.
    Fenced,
    /// It moves its leaders away before it exits.
    ShuttingDown,
    /// The process died; files and page cache are as it left them.
    Crashed,
    /// The machine lost power: what was not flushed is gone.
    PoweredOff,
    /// The process ended in good order.
    Stopped,
}

impl BrokerState {
    /// Whether a process runs there.
    pub const fn runs(self) -> bool {
        matches!(self, Self::Up | Self::Fenced | Self::ShuttingDown)
    }
}

/// One broker with all replicas on its disk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerView {
    pub id: i32,
    pub state: BrokerState,
    pub rack: Option<Name>,
    /// Bytes of records on its disk: the `.log` files.
    pub disk_bytes: u64,
    /// Reads served from the page cache, in percent; `None` before the first read.
    pub cache_hit_percent: Option<u32>,
    /// How many times slower than usual its disk is; 1 is healthy.
    pub disk_slowdown: u32,
    /// Without those of internal topics, in the order of their partitions.
    pub replicas: Vec<Rc<ReplicaView>>,
}

/// What a replica is to its partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    Leader,
    #[default]
    Follower,
    /// The log lies on a disk whose process is down, or whose directory is offline.
    Offline,
}

/// One copy of a partition on one broker.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaView {
    pub partition: TopicPartition,
    pub role: Role,
    /// Whether the controller counts it as in sync.
    pub in_sync: bool,
    pub epoch: Epoch,
    pub log_start: Offset,
    pub high_watermark: Offset,
    pub log_end: Offset,
    pub bytes: u64,
    /// How many segments it has.
    pub segment_count: usize,
    /// The newest of them.
    pub segments: Rc<[SegmentView]>,
}

/// One segment of a log: a `.log` file and its indexes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentView {
    pub base: Offset,
    /// The offset after its last record.
    pub next: Offset,
    pub bytes: u64,
    pub active: bool,
}

/// One partition as the controller's records say.
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionView {
    pub partition: TopicPartition,
    pub leader: Option<i32>,
    pub epoch: Epoch,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
}

/// The controller, drawn small.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControllerView {
    pub id: i32,
    pub state: BrokerState,
    /// The end of `__cluster_metadata-0`.
    pub log_end: Offset,
    pub high_watermark: Offset,
    pub fenced: Vec<i32>,
}

/// A producer: what waits in it and why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProducerView {
    pub id: i32,
    pub name: Name,
    pub running: bool,
    pub topic: Name,
    /// `0`, `1` or `all`.
    pub acks: &'static str,
    pub idempotent: bool,
    pub producer_id: Option<(ProducerId, i16)>,
    /// Records a second that its application writes; 0 is a pause.
    pub rate: u32,
    pub queues: Vec<QueueView>,
    /// Requests without an answer yet.
    pub in_flight: u32,
    pub buffered_bytes: u64,
    pub buffer_bytes: u64,
    pub sent_records: u64,
    pub acked_records: u64,
    pub failed_records: u64,
    pub blocked: Option<BlockedOn>,
    /// The reader's own data on their way.
    pub feed: Option<FeedView>,
}

/// How far a text that somebody dropped in has come.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedView {
    pub topic: Name,
    pub bytes: u64,
    /// Bytes read so far.
    pub done: u64,
    /// Records handed to `send()`.
    pub sent: u64,
    pub acked: u64,
    pub failed: u64,
    pub cancelled: bool,
    /// Every record has its fate.
    pub over: bool,
}

/// The batches that wait for one partition in a producer.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueView {
    pub partition: TopicPartition,
    pub batches: Vec<BatchBox>,
}

/// One batch in a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchBox {
    pub records: u32,
    pub bytes: u32,
    /// The `batch.size` that it fills up to.
    pub limit: u32,
    /// Sent, and not answered yet.
    pub in_flight: bool,
    pub attempts: u32,
}

/// Why a producer does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockedOn {
    /// `send()` waits for room in `buffer.memory`.
    Memory,
    /// `send()` waits to learn of a topic.
    Metadata,
    /// `flush()` waits for every batch before it.
    Flush,
    /// `close()` waits for what is under way.
    Close,
}

/// A consumer and where it reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConsumerView {
    pub id: i32,
    pub name: Name,
    pub running: bool,
    pub readings: Vec<Reading>,
    pub records: u64,
    /// The group that it is in, or wants to be in.
    pub group: Option<MembershipView>,
}

/// A consumer in its group.
#[derive(Clone, Debug, PartialEq)]
pub struct MembershipView {
    pub group: Name,
    /// The state of the group; `None` while no coordinator can tell.
    pub state: Option<GroupState>,
    /// What the consumer is doing; `None` while its process does not run, unless it was closed.
    pub doing: Option<Doings>,
    /// The generation or the member epoch that it is in; -1 outside.
    pub generation: i32,
}

/// A partition that goes from one member of a group to another, or many of them that go together.
#[derive(Clone, Debug, PartialEq)]
pub struct HandoverView {
    /// The first of them.
    pub partition: TopicPartition,
    /// How many partitions these are; more than one only while very many of the group are on their way.
    pub count: usize,
    pub group: Name,
    /// Who had it before, if anybody; of many, if they had the same owner.
    pub from: Option<i32>,
    /// Since when that one has it no more.
    pub left: Instant,
    /// Who has taken it, and when; `None` while nobody has.
    pub to: Option<(i32, Instant)>,
    /// It was not given up: its owner's process ended, or the group went on without it.
    pub lost: bool,
    /// Which of the partitions of its old owner it was, counted from 0; of many, the one in their middle.
    pub seat: usize,
    /// Its place among the partitions that the group has ever owned, and how many these are; of many, the mean place.
    pub place: (usize, usize),
}

impl HandoverView {
    /// How far it has come at a moment: on its way out of its old owner, and on its way into its new one, from 0 to 1. It
    /// follows from the moment alone, so it is the same forwards and backwards.
    pub fn progress(&self, now: Instant, glide: Duration) -> (f32, f32) {
        let taken = self.to.map(|(_, at)| at);
        let out = if self.from.is_some() {
            share(self.left, taken.map_or(now, |at| at.min(now)), glide)
        } else {
            1.0
        };
        (out, taken.map_or(0.0, |at| share(at, now, glide)))
    }
}

/// How much of a span has gone by since a moment.
fn share(since: Instant, now: Instant, span: Duration) -> f32 {
    let gone = now.0.saturating_sub(since.0) as f32;
    (gone / (span.as_micros().max(1) as f32)).min(1.0)
}

/// Offsets that a member is given although the group had them already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepeatedView {
    /// Where it began again.
    pub from: Offset,
    /// One past the furthest that the group had come to.
    pub to: Offset,
    /// When the position jumped back.
    pub since: Instant,
}

/// One partition that a consumer reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub partition: TopicPartition,
    /// The offset of the next record it will be given; `None` before it knows one.
    pub position: Option<Offset>,
    /// The high watermark that its last fetch told it.
    pub end: Option<Offset>,
    /// What its group has committed.
    pub committed: Option<Offset>,
    /// What it is given, or was given last, for the second time; [`Groups::mark`](super::Groups::mark) tells it.
    pub repeated: Option<RepeatedView>,
}

impl Reading {
    /// Records between its position and the end it knows.
    pub fn lag(&self) -> Option<Offset> {
        Some((self.end? - self.position?).max(0))
    }

    /// What its group had already and it is still given again.
    pub fn again(&self) -> Option<RepeatedView> {
        self.repeated.filter(|again| self.position.is_none_or(|at| at < again.to))
    }
}

/// What is wrong with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkFault {
    Cut,
    Held,
    Slow { times: u32 },
}

/// One direction of a link with a fault on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkView {
    pub from: i32,
    pub to: i32,
    pub fault: LinkFault,
}

/// Which of the six hues a partition has. Further ones repeat and are told apart by their label.
pub fn hue_of(partition: &TopicPartition) -> usize {
    usize::try_from(partition.partition).unwrap_or(0) % 6
}

impl BrokerView {
    /// Its copy of a partition.
    pub fn replica(&self, partition: &TopicPartition) -> Option<&Rc<ReplicaView>> {
        let found = self.replicas.binary_search_by(|replica| replica.partition.cmp(partition));
        found.ok().map(|at| &self.replicas[at])
    }
}

impl ClusterView {
    pub fn broker(&self, id: NodeId) -> Option<&Rc<BrokerView>> {
        self.brokers.iter().find(|b| b.id == id.0)
    }

    /// One partition, an internal one too.
    pub fn partition(&self, partition: &TopicPartition) -> Option<&PartitionView> {
        self.partitions.iter().chain(&*self.internal).find(|p| p.partition == *partition)
    }

    /// The copy of a partition on its leader.
    pub fn leader_replica(&self, partition: &TopicPartition) -> Option<&Rc<ReplicaView>> {
        let leader = self.partition(partition)?.leader?;
        self.replica(NodeId(leader), partition)
    }

    /// The same with at most so many machines, for a picture that is read from far away: the controller goes first, then
    /// the last consumers (those without a group before members) and producers in turn, never the only one of its kind and never a broker.
    #[must_use]
    pub fn few(&self, most: usize) -> Self {
        let mut few = self.clone();
        let clients = |few: &Self| few.producers.len() + few.consumers.len();
        let count = |few: &Self| few.brokers.len() + clients(few) + usize::from(few.controller.id != 0);
        if count(&few) > most {
            few.controller = ControllerView::default();
        }
        while count(&few) > most && clients(&few) > 2 {
            if few.consumers.len() >= few.producers.len() {
                // Members of a group say more together than those who read alone.
                let alone = few.consumers.iter().rposition(|it| it.group.is_none());
                let gone = few.consumers.remove(alone.unwrap_or(few.consumers.len() - 1));
                few.left_out.extend(gone.group.as_ref().map(|member| member.group.clone()));
            } else {
                few.producers.pop();
            }
        }
        few
    }

    pub fn replica(&self, broker: NodeId, partition: &TopicPartition) -> Option<&Rc<ReplicaView>> {
        self.broker(broker)?.replica(partition)
    }
}

/// One line a replica, designed to be compared in tests:
/// `b1 orders-0 leader   e3 log 0..16 hw 12 isr`.
impl fmt::Display for ClusterView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for broker in &self.brokers {
            if broker.state != BrokerState::Up {
                writeln!(f, "b{} {:?}", broker.id, broker.state)?;
            }
            for r in &broker.replicas {
                let role = match r.role {
                    Role::Leader => "leader",
                    Role::Follower => "follower",
                    Role::Offline => "offline",
                };
                let isr = if r.in_sync { " isr" } else { "" };
                writeln!(
                    f,
                    "b{} {} {role:<8} e{} log {}..{} hw {}{isr}",
                    broker.id, r.partition, r.epoch, r.log_start, r.log_end, r.high_watermark
                )?;
            }
        }
        Ok(())
    }
}
