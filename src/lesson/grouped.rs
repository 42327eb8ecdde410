//! Probes that read consumer groups: what members own, what their coordinator keeps, what was read twice or never.

use super::Ran;
use super::Value;
use super::ran::asks;
use super::rig::first_of;
use super::rig::in_order;
use super::scene::spot;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::consumer::group::ListenerKind;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::GroupView;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::Api;
use crate::lab::ADMIN;
use crate::lab::Kind;
use crate::lab::Timeline;
use crate::lab::client_name;

/// The first words of a process that its program has killed ([`Program::crash_after`]).
///
/// [`Program::crash_after`]: crate::kafka::client::consumer::Program
const KILLED: &str = "killed by its program";

/// A client as the page calls it.
pub(super) fn called(client: i32) -> String {
    client_name(NodeId(client))
}

impl<'a> Ran<'a> {
    /// The timeline as it was when the run began.
    fn before(&self) -> Timeline {
        self.then(self.began_after())
    }

    /// Running consumers that are configured for a group, by their numbers.
    pub fn members(&self, group: &str) -> Vec<i32> {
        self.members_of(group).map(|(id, _)| id).collect()
    }

    fn members_of(&self, group: &str) -> impl Iterator<Item = (i32, &'a Consumer)> {
        let consumers = self.world().machines().filter_map(|(id, m)| Some((id.0, m.node()?.as_consumer()?)));
        consumers.filter(move |(_, consumer)| consumer.group().id().is_some_and(|id| &**id == group))
    }

    /// Records that the `poll()` of this consumer and of all that were added after it has returned.
    pub fn delivered_from(&self, first: i32) -> i64 {
        let later = self.world().machines().map(|(id, _)| id.0).filter(|id| (first..ADMIN.0).contains(id));
        later.map(|id| self.delivered(id)).sum()
    }

    /// How many partitions each running member of a group owns, in the order of their numbers.
    pub fn shares(&self, group: &str) -> Vec<i64> {
        self.members_of(group).map(|(_, c)| i64::try_from(c.assigned().count()).unwrap_or(-1)).collect()
    }

    /// Who owns each partition of a topic within a group.
    fn owned(&self, group: &str, topic: &str) -> Map<i32, i32> {
        let of = |(id, consumer): (i32, &'a Consumer)| {
            let mine = consumer.assigned().filter(|(spot, _)| &*spot.topic == topic);
            mine.map(move |(spot, _)| (spot.partition, id)).collect::<Vec<_>>()
        };
        self.members_of(group).flat_map(of).collect()
    }

    /// The owners of a topic's partitions in words: `orders-0 → consumer-1, orders-1 → consumer-2`.
    pub fn owners(&self, group: &str, topic: &str) -> String {
        let owned = self.owned(group, topic);
        let words: Vec<String> =
            owned.iter().map(|(n, id)| format!("{topic}-{n} → {}", called(*id))).collect();
        words.join(", ")
    }

    /// How many partitions of a topic have another owner in a group than when the run began.
    pub fn moved(&self, group: &str, topic: &str) -> i64 {
        let before = self.before();
        let before = Ran::since(&before, 0, Instant::ZERO).owned(group, topic);
        let now = self.owned(group, topic);
        count(before.iter().filter(|(number, owner)| now.get(number) != Some(owner)).count())
    }

    /// What the rebalance listeners of a group's running members were told to give up since the run began: the member,
    /// and how many partitions.
    fn gave_up(&self, group: &str) -> Vec<(i32, usize)> {
        let mut gave = Vec::new();
        for (id, consumer) in self.members_of(group) {
            let calls = consumer.group().listener_calls();
            let calls = calls.filter(|call| call.at >= self.began() && call.kind != ListenerKind::Assigned);
            gave.extend(calls.map(|call| (id, call.partitions.len())).filter(|(_, count)| *count > 0));
        }
        gave
    }

    /// How often a partition was taken from a running member since the run began.
    pub fn given_up(&self, group: &str) -> i64 {
        count(self.gave_up(group).iter().map(|(_, count)| count).sum())
    }

    /// How many running members had to give something up since the run began.
    pub fn stopped(&self, group: &str) -> i64 {
        let mut members: Vec<i32> = self.gave_up(group).into_iter().map(|(id, _)| id).collect();
        members.arrange();
        members.dedup();
        count(members.len())
    }

    /// The coordinator's partition that knows a group or its offsets.
    fn shards(&self) -> impl Iterator<Item = &'a Shard> {
        let brokers = self.world().machines().filter_map(|(_, machine)| machine.node()?.as_broker());
        brokers.flat_map(|broker| broker.coordinators().shards().map(|coordinator| &coordinator.shard))
    }

    /// The state of a group as its coordinator has it: `Stable`.
    pub fn group_state(&self, group: &str) -> Option<&'static str> {
        Some(self.shards().find_map(|shard| shard.group(group))?.state())
    }

    /// The generation of a classic group as its coordinator has it; 0 before the first.
    pub fn generation(&self, group: &str) -> i64 {
        match self.shards().find_map(|shard| shard.group(group)) {
            Some(GroupView::Classic(group)) => group.generation.into(),
            _ => 0,
        }
    }

    /// How many generations a classic group has completed since the run began.
    pub fn generations(&self, group: &str) -> i64 {
        let before = self.before();
        self.generation(group) - Ran::since(&before, 0, Instant::ZERO).generation(group)
    }

    /// What a group has committed for a partition, as its coordinator has it.
    pub fn committed(&self, group: &str, partition: &str) -> Option<i64> {
        let spot = spot(partition);
        self.shards().find_map(|shard| Some(shard.timeline().offsets.get(group, &spot)?.offset))
    }

    /// Records between what a group has committed and the high watermark.
    pub fn lag(&self, group: &str, partition: &str) -> Option<i64> {
        let leader = i32::try_from(self.leader(partition)?).ok()?;
        Some(self.hw(leader, partition)? - self.committed(group, partition)?)
    }

    /// The member that leads a classic group: it assigns the partitions.
    pub fn leads(&self, group: &str) -> Option<i32> {
        self.members_of(group).find(|(_, c)| c.group().classic().is_leader()).map(|(id, _)| id)
    }

    /// How long the last rebalance that a member has completed kept it, in ms.
    pub fn last_rebalance(&self, consumer: i32) -> Option<i64> {
        let (from, to) = self.consumer(consumer)?.group().last_rebalance()?;
        i64::try_from(to.since(from).as_millis()).ok()
    }

    /// The exception that a member's last commit met, by its Kafka name.
    pub fn refused_commit(&self, consumer: i32) -> Option<String> {
        Some(self.consumer(consumer)?.group().last_commit()?.exception.as_ref()?.to_string())
    }

    /// Why a partition of a consumer gets nothing more before its application does something.
    pub fn failed_to_read(&self, consumer: i32, partition: &str) -> Option<String> {
        let spot = spot(partition);
        match &self.consumer(consumer)?.assigned().find(|(id, _)| **id == spot)?.1.state {
            FetchState::Failed { error, .. } => Some(error.clone()),
            _ => None,
        }
    }

    /// What a client's process said when it ended by itself.
    pub fn exit(&self, client: i32) -> Option<String> {
        Some(self.world().machine(NodeId(client))?.last_words.as_ref()?.to_string())
    }

    /// Milliseconds from a node's first request of an API to the first answer without an error.
    pub fn waited(&self, node: i32, wanted: Api) -> i64 {
        let asked = self.first(|entry| entry.node.0 == node && asks(&entry.kind, wanted));
        let answered = self.first(|entry| {
            let came =
                matches!(entry.kind, Kind::Received { api, response: true, error: 0, .. } if api == wanted);
            entry.node.0 == node && came
        });
        asked.zip(answered).map_or(0, |(from, to)| to - from)
    }

    /// Those of these APIs that a node has asked since the run began, in the order in which it asked each of them first.
    pub fn asked_in_order(&self, node: i32, apis: &[Api]) -> Value {
        let first = |api: &Api| (api.name(), first_of(self, node, |kind| asks(kind, *api)));
        in_order(&apis.iter().map(first).collect::<Vec<_>>())
    }

    /// How often each offset of a partition was handed over by the `poll()` of these consumers since the run began.
    fn handed(&self, consumers: &[i32], partition: &str) -> Map<Offset, i64> {
        let spot = spot(partition);
        let ranges = consumers.iter().flat_map(|consumer| self.deliveries(*consumer));
        let mut handed = Map::new();
        for offset in ranges.filter(|(at, ..)| *at == spot).flat_map(|(_, from, to)| from..to) {
            *handed.entry(offset).or_insert(0) += 1;
        }
        handed
    }

    /// How many records of a partition were handed to these consumers, each time counted.
    pub fn handed_out(&self, consumers: &[i32], partition: &str) -> i64 {
        self.handed(consumers, partition).values().sum()
    }

    /// How many records of a partition were handed to these consumers more than once, by them together.
    pub fn given_again(&self, consumers: &[i32], partition: &str) -> i64 {
        count(self.handed(consumers, partition).values().filter(|times| **times > 1).count())
    }

    /// How often the work on each record of a partition was done, from offset 0 on. Each of the consumers has read this
    /// partition alone, without a jump, in one process.
    pub fn effects(&self, consumers: &[i32], partition: &str) -> Vec<i64> {
        let leader = self.leader(partition).and_then(|id| i32::try_from(id).ok()).unwrap_or(-1);
        let end = self.leo(leader, partition).unwrap_or(0);
        let mut done = vec![0; usize::try_from(end).unwrap_or(0)];
        for consumer in consumers {
            let Some(first) = self.deliveries(*consumer).first().map(|(_, from, _)| *from) else { continue };
            let begin = usize::try_from(first).unwrap_or(0);
            let count = usize::try_from(self.processed(*consumer)).unwrap_or(0);
            done.iter_mut().skip(begin).take(count).for_each(|times| *times += 1);
        }
        done
    }

    /// Records on which the work of a consumer's process is done, also when its program has killed it.
    pub fn processed(&self, consumer: i32) -> i64 {
        if let Some(running) = self.consumer(consumer) {
            return i64::try_from(running.application().processed).unwrap_or(i64::MAX);
        }
        let machine = self.world().machine(NodeId(consumer));
        let killed = machine.filter(|m| m.last_words.as_ref().is_some_and(|words| words.starts_with(KILLED)));
        match killed.map(|machine| &machine.spec) {
            Some(NodeSpec::Consumer(spec)) => {
                spec.program.crash_after.and_then(|n| i64::try_from(n).ok()).unwrap_or(0)
            }
            _ => 0,
        }
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
