//! Why a consumer began where it did, and why a record came twice or never.

use super::Past;
use super::Root;
use super::Said;
use super::Why;
use super::machines::name;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Commit;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Entry;
use crate::lab::GroupId;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::lab::journal::Spot;
use crate::view::Text;
use crate::view::group::Coordinator;

texts! {
    START_ASKS = "Why did {} begin to read {} at {}?", "{} 为什么从 {2} 开始读 {1}？";
    START_COMMITTED = "That is what the group {} has committed: the next record that it has not finished. Who takes a partition goes on there, wherever the last owner had come to.", "这是组 {} 已提交的 offset：尚未完成的下一条。接手分区者从此继续，不管前任读到了哪里。";
    START_EARLIEST = "There was no committed offset, so auto.offset.reset decided: earliest, where the log begins.", "没有已提交的 offset，由 auto.offset.reset 决定：earliest，即日志起点。";
    START_LATEST = "There was no committed offset, so auto.offset.reset decided: latest, the end. What lay before is not read.", "没有已提交的 offset，由 auto.offset.reset 决定：latest，即末端。此前的不读。";
    START_OTHER = "There was no committed offset, so auto.offset.reset decided: {}.", "没有已提交的 offset，由 auto.offset.reset 决定：{}。";
    START_RANGE = "The offset it wanted is not in the log any more (OFFSET_OUT_OF_RANGE), so auto.offset.reset decided: {}.", "所要的 offset 已不在日志中（OFFSET_OUT_OF_RANGE），由 auto.offset.reset 决定：{}。";
    START_SEEK = "It was told to: seek() sets the position, whatever is committed.", "被要求如此：seek() 设定位置，不管已提交到哪里。";
    START_RETRY = "Its application could not process a record and sought back to it, to try again.", "应用无法处理某条记录，seek 回去重试。";
    START_CUT = "The new leader's log ends there for the epoch that it had read: what it read behind was cut off (KIP-320).", "对它读过的 epoch，新 leader 的日志止于此：其后读到的已被截断（KIP-320）。";
    START_SAME = "It was set while the consumer was running its group's work.", "在消费者处理组事务时设定。";
    HAS_COMMITTED = "a committed offset", "有已提交的 offset";
    IN_LOG = "log start ≤ offset ≤ end", "日志起点 ≤ offset ≤ 末端";
    TWICE_ASKS = "Why was offset {} of {} delivered twice to the group {}?", "{1} 的 offset {0} 为什么两次交付给组 {2}？";
    TWICE_SAYS = "{} was given it at {}. When {} began at {}, the group had committed {}: everything from there on came again.", "{} 在 {} 得到它。{} 在 {} 接着读时，组只提交到 {}：从那里起全部重来。";
    TWICE_SEEK = "{} was given it at {}, and {} was moved back to {} at {}.", "{} 在 {} 得到它；之后 {} 被移回 {}（{}）。";
    COMMITTED_PAST = "committed > offset, when it was taken over", "接手时已提交 > offset";
    NEVER_ASKS = "Why was offset {} of {} never delivered to the group {}?", "{1} 的 offset {0} 为什么从未交付给组 {2}？";
    NEVER_DROPPED = "{} was given it, committed {} before the work was done, and its process ended at {}. The next owner goes on behind what is committed: at most once.", "{} 拿到了它，在处理完之前就提交了 {}，进程在 {} 结束。下一个拥有者从已提交处继续：至多一次。";
    NEVER_JUMPED = "The position was set from {} to {} at {}: nobody was given what lies between, and the group has committed {}.", "位置在 {2} 从 {0} 设为 {1}：其间的没有交付给任何人，而组已提交 {3}。";
    NEVER_BEFORE = "The group began behind it, at {}, and has committed {}: it does not go back by itself.", "组从它之后的 {} 开始，并已提交 {}：不会自己回头。";
    DONE_FIRST = "worked on before it was committed", "先处理后提交";
    NOT_COMMITTED = "committed ≤ offset", "已提交 ≤ offset";
}

/// How far back deliveries of a record are looked for, in journal entries.
const FAR_BACK: u64 = 200_000;

/// A partition as a group reads it.
struct Reading<'a> {
    group: &'a str,
    id: Option<GroupId>,
    spot: Spot,
    partition: &'a TopicPartition,
}

impl Past<'_> {
    /// The group that a machine's consumer is in, running or not.
    fn group_of(&self, node: NodeId) -> Option<&str> {
        match &self.world.machine(node)?.spec {
            NodeSpec::Consumer(spec) => spec.group(),
            _ => None,
        }
    }

    /// Why a consumer in a group began where it did, in each of its partitions.
    pub(super) fn starts(&self, node: NodeId) -> Vec<Why> {
        let Some(consumer) = self.world.node(node).and_then(|node| node.as_consumer()) else {
            return Vec::new();
        };
        if consumer.group().id().is_none() {
            return Vec::new();
        }
        const MOST: usize = 4;
        let names = self.world.names();
        let latest = |partition: &TopicPartition| {
            let spot = names.spot_called(partition)?;
            self.latest(super::replica::BACK, |entry| {
                entry.node == node && matches!(entry.kind, Kind::Jumped { spot: it, .. } if it == spot)
            })
        };
        consumer.assigned().take(MOST).filter_map(|(id, _)| self.start(latest(id)?)).collect()
    }

    /// Why a position was set, by the entry that tells it.
    pub(super) fn start(&self, entry: Seq) -> Option<Why> {
        let line = self.journal.get(entry)?;
        let Kind::Jumped { spot, to, .. } = line.kind else { return None };
        let partition = self.world.names().spot_of(spot)?;
        let asks = Said::new(START_ASKS, &[&name(line.node), partition, &to]);
        let group = self.group_of(line.node).unwrap_or_default();
        let committed = self.committed_at(entry, spot, group);
        let policy = || self.client_config(line.node.0, "auto.offset.reset");
        let seek = |act: &Act| matches!(act, Act::Seek { node, .. } | Act::SeekAll { node, .. } if *node == line.node);
        let told = committed.map_or_else(|| "–".to_owned(), |offset| offset.to_string());
        let (said, source, root): (Said, &'static str, Option<Root>) = match self.cause_of(line) {
            Some(Kind::Received { api: Api::OffsetFetch, .. }) => (
                Said::new(START_COMMITTED, &[&group]),
                "ConsumerCoordinator.initWithCommittedOffsetsIfNeeded",
                self.client_config(line.node.0, "group.id"),
            ),
            Some(Kind::Received { api: Api::ListOffsets, .. }) => (
                self.reset_says(line.node, committed.is_some()),
                "OffsetFetcherUtils.resetPositionIfNeeded",
                policy(),
            ),
            Some(Kind::Received { api: Api::OffsetForLeaderEpoch, .. }) => {
                (START_CUT.into(), "SubscriptionState.maybeCompleteValidation", None)
            }
            Some(Kind::Commanded) => (START_SEEK.into(), "KafkaConsumer.seek", self.act(seek)),
            Some(Kind::TimerFired { .. }) => (START_RETRY.into(), "KafkaConsumer.seek", None),
            _ => (START_SAME.into(), "SubscriptionState.seekUnvalidated", policy()),
        };
        let why = Why::new(asks, said, source).guard(HAS_COMMITTED, told, committed.is_some());
        let why = match self.bounds(partition) {
            Some((start, end)) => {
                why.guard(IN_LOG, format!("{start} ≤ {to} ≤ {end}"), start <= to && to <= end)
            }
            None => why,
        };
        Some(why.root(root).cause(Some(entry)))
    }

    fn reset_says(&self, node: NodeId, had: bool) -> Said {
        let policy = self.client_config(node.0, "auto.offset.reset");
        let policy = match &policy {
            Some(Root::Config { value, .. }) => value.as_str(),
            _ => "",
        };
        match policy {
            _ if had => Said::new(START_RANGE, &[&policy]),
            "earliest" => START_EARLIEST.into(),
            "latest" => START_LATEST.into(),
            other => Said::new(START_OTHER, &[&other]),
        }
    }

    fn cause_of(&self, line: &Entry) -> Option<Kind> {
        self.journal.get(line.cause).map(|cause| cause.kind)
    }

    fn bounds(&self, partition: &TopicPartition) -> Option<(Offset, Offset)> {
        let leader = self.registered(partition)?.leader?;
        let log = self.here(leader, partition)?.log;
        Some((log.log_start_offset(), log.log_end_offset()))
    }

    /// What a group had committed of a partition just before an entry.
    fn committed_at(&self, entry: Seq, spot: Spot, group: &str) -> Option<Offset> {
        let id = self.world.names().group_called(group)?;
        let first = entry.saturating_sub(FAR_BACK).max(1);
        let offset = (first..entry).rev().find_map(|seq| match self.journal.get(seq)?.kind {
            Kind::Committed { group, spot: it, to, .. } if (group, it) == (id, spot) => Some(to),
            _ => None,
        });
        offset.filter(|offset| *offset >= 0)
    }

    /// Why a record came twice to a group, or never: for each group whose members read the partition.
    pub(super) fn fates(&self, partition: &TopicPartition, offset: Offset) -> Vec<Why> {
        let Some(spot) = self.world.names().spot_called(partition) else { return Vec::new() };
        let mut groups: Vec<&str> =
            self.world.machines().filter_map(|(node, _)| self.group_of(node)).collect();
        groups.arrange();
        groups.dedup();
        let fate = |group: &&str| {
            let id = self.world.names().group_called(group);
            self.fate(&Reading { group, id, spot, partition }, offset)
        };
        groups.iter().filter_map(fate).collect()
    }

    /// What a group did with one offset, from what its members did with the partition.
    fn fate(&self, reading: &Reading<'_>, offset: Offset) -> Option<Why> {
        let last = self.world.seq().min(self.journal.len());
        let first = last.saturating_sub(FAR_BACK).max(1);
        let mut given: Vec<(Seq, NodeId, Instant)> = Vec::new();
        let mut dropped: Option<(Seq, Entry)> = None;
        let mut passed: Option<(Seq, Offset, Offset)> = None;
        let mut begun: Option<(Seq, Offset)> = None;
        let has = |from: Offset, to: Offset| (from..to).contains(&offset);
        let entries = self.journal.iter_from(first).take_while(|(seq, _)| *seq <= last);
        for (seq, entry) in entries.filter(|(_, entry)| about(&entry.kind) == Some(reading.spot)) {
            if self.group_of(entry.node) != Some(reading.group) {
                continue;
            }
            match entry.kind {
                Kind::Consumed { from, to, .. } if has(from, to) => {
                    given.push((seq, entry.node, entry.at));
                    dropped = None;
                }
                Kind::Dropped { from, to, .. } if has(from, to) => dropped = Some((seq, *entry)),
                Kind::Jumped { from, to, .. } => {
                    if from >= 0 && has(from, to) {
                        passed = Some((seq, from, to));
                    }
                    begun.get_or_insert((seq, to));
                }
                _ => {}
            }
        }
        match (given.as_slice(), dropped) {
            (_, Some((seq, entry))) => self.never_dropped(reading, offset, seq, &entry),
            ([.., before, again], None) => self.twice(reading, offset, *before, *again),
            ([], None) => self.never(reading, offset, passed, begun),
            _ => None,
        }
    }

    fn twice(
        &self,
        reading: &Reading<'_>,
        offset: Offset,
        (before, had, at): (Seq, NodeId, Instant),
        (again, node, _): (Seq, NodeId, Instant),
    ) -> Option<Why> {
        let asks = Said::new(TWICE_ASKS, &[&offset, reading.partition, &reading.group]);
        let jump = (before..again).rev().find(|seq| {
            self.journal.get(*seq).is_some_and(|entry| {
                entry.node == node
                    && matches!(entry.kind, Kind::Jumped { spot, to, .. } if spot == reading.spot && to <= offset)
            })
        })?;
        let line = self.journal.get(jump)?;
        let Kind::Jumped { to, .. } = line.kind else { return None };
        let committed = self.committed_at(jump, reading.spot, reading.group).unwrap_or(-1);
        let by_commit = matches!(self.cause_of(line), Some(Kind::Received { .. }));
        let said = if by_commit {
            Said::new(TWICE_SAYS, &[&name(had), &at, &name(node), &line.at, &committed.max(0)])
        } else {
            Said::new(TWICE_SEEK, &[&name(had), &at, &name(node), &to, &line.at])
        };
        let why = Why::new(asks, said, "ConsumerCoordinator.initWithCommittedOffsetsIfNeeded").guard(
            COMMITTED_PAST,
            format!("{committed} > {offset}"),
            committed > offset,
        );
        let fault = self.act(|act| match act {
            Act::Crash { node } | Act::PowerOff { node } => *node == had,
            _ => false,
        });
        let commit = self.commit_config(had);
        Some(why.root(fault.filter(|_| by_commit)).root(commit).cause(Some(jump)))
    }

    /// The config that says when a consumer commits.
    fn commit_config(&self, node: NodeId) -> Option<Root> {
        let consumer = self.world.node(node)?.as_consumer()?;
        let auto = consumer.spec().program.commit == Commit::Auto;
        self.client_config(node.0, if auto { "auto.commit.interval.ms" } else { "enable.auto.commit" })
    }

    fn never_dropped(&self, reading: &Reading<'_>, offset: Offset, seq: Seq, entry: &Entry) -> Option<Why> {
        let committed = self.now_committed(reading)?;
        if committed <= offset {
            return None;
        }
        let asks = Said::new(NEVER_ASKS, &[&offset, reading.partition, &reading.group]);
        let said = Said::new(NEVER_DROPPED, &[&name(entry.node), &committed, &entry.at]);
        let fault = self.act(|act| match act {
            Act::Crash { node } | Act::PowerOff { node } | Act::SetProgram { node, .. } => {
                *node == entry.node
            }
            _ => false,
        });
        let why = Why::new(asks, said, "KafkaConsumer.commitSync").guard(DONE_FIRST, "✗", false).guard(
            NOT_COMMITTED,
            format!("{committed} ≤ {offset}"),
            false,
        );
        Some(why.root(fault).root(self.client_config(entry.node.0, "enable.auto.commit")).cause(Some(seq)))
    }

    fn never(
        &self,
        reading: &Reading<'_>,
        offset: Offset,
        passed: Option<(Seq, Offset, Offset)>,
        begun: Option<(Seq, Offset)>,
    ) -> Option<Why> {
        let committed = self.now_committed(reading).filter(|committed| *committed > offset)?;
        let asks = Said::new(NEVER_ASKS, &[&offset, reading.partition, &reading.group]);
        let (said, entry) = match (passed, begun.filter(|(_, begin)| *begin > offset)) {
            (Some((seq, from, to)), _) => {
                let at = self.journal.get(seq)?.at;
                (Said::new(NEVER_JUMPED, &[&from, &to, &at, &committed]), seq)
            }
            (None, Some((seq, begin))) => (Said::new(NEVER_BEFORE, &[&begin, &committed]), seq),
            (None, None) => return None,
        };
        let node = self.journal.get(entry)?.node;
        let root = match self.journal.get(entry).and_then(|line| self.cause_of(line)) {
            Some(Kind::Commanded) => self.act(|act| matches!(act, Act::Seek { node: it, .. } | Act::SeekAll { node: it, .. } if *it == node)),
            Some(Kind::Received { api: Api::OffsetFetch, .. }) => self.act(|act| matches!(act, Act::ResetOffsets { .. })),
            _ => self.client_config(node.0, "auto.offset.reset"),
        };
        let why = Why::new(asks, said, "SubscriptionState.seekUnvalidated");
        let why = why.guard(NOT_COMMITTED, format!("{committed} ≤ {offset}"), false);
        Some(why.root(root).cause(Some(entry)))
    }

    /// What the group has committed of the partition now.
    fn now_committed(&self, reading: &Reading<'_>) -> Option<Offset> {
        reading.id?;
        let coordinator = Coordinator::of(self.world, reading.group)?;
        Some(coordinator.shard.committed().offsets.get(reading.group, reading.partition)?.offset)
    }
}

/// The partition that a consumer was handed something of, or went on elsewhere in.
const fn about(kind: &Kind) -> Option<Spot> {
    match kind {
        Kind::Consumed { spot, .. } | Kind::Dropped { spot, .. } | Kind::Jumped { spot, .. } => Some(*spot),
        _ => None,
    }
}
