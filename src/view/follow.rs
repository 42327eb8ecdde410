//! The life of one record, from `send()` to `poll()`, read from the journal.

use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::WALL_START_MS;
use crate::kafka::protocol::Api;
use crate::lab::Entry;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Names;
use crate::lab::Seq;
use crate::lab::World;
use crate::view::Directory;

/// What happens to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// The application called `send()`: the record's own timestamp, in whole milliseconds.
    Sent,
    /// Its batch left the producer.
    Drained,
    /// The leader has it.
    Appended,
    /// A follower has it.
    Replicated,
    /// The leader's high watermark passed it: every in-sync replica has it.
    Committed,
    /// The producer was told.
    Acked,
    /// A consumer's position passed it: `poll()` gave it to the application.
    Delivered,
    /// A replica cut it off: it was never committed there, or is lost.
    Cut,
    /// A replica's log begins behind it: retention or DeleteRecords.
    Deleted,
}

/// One stage of a record's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifeStage {
    pub kind: StageKind,
    pub node: i32,
    pub at: Instant,
    /// The journal entry; the timeline can go there. `Sent` has none.
    pub entry: Option<Seq>,
    /// Since the stage that it followed from.
    pub took: Option<Duration>,
}

/// A record that is followed through a journal. However often it is asked, each entry is read once.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    pub partition: TopicPartition,
    pub offset: Offset,
    /// In the order in which they happened.
    pub stages: Vec<LifeStage>,
    read: Seq,
    leader: Option<i32>,
}

impl Life {
    /// Nothing is known yet: [`follow`](Self::follow) reads.
    pub const fn new(partition: TopicPartition, offset: Offset) -> Self {
        Self { partition, offset, stages: Vec::new(), read: 0, leader: None }
    }

    /// Reads on from where it stopped; also what lies behind the playhead, when it was played.
    pub fn follow(&mut self, journal: &Journal, world: &World) {
        if journal.len() < self.read {
            *self = Self::new(self.partition.clone(), self.offset);
        }
        for (seq, entry) in journal.iter_from(self.read + 1) {
            self.look(seq, entry, journal, world.names());
            self.read = seq;
        }
        if self.at(StageKind::Sent).is_none() {
            self.find_send(world);
        }
    }

    /// The first stage of a kind.
    pub fn at(&self, kind: StageKind) -> Option<&LifeStage> {
        self.stages.iter().find(|stage| stage.kind == kind)
    }

    fn look(&mut self, seq: Seq, entry: &Entry, journal: &Journal, names: &Names) {
        let mine = |spot| names.spot_of(spot) == Some(&self.partition);
        let has = |base: Offset, end: Offset| (base..end).contains(&self.offset);
        let node = entry.node.0;
        let kind = match entry.kind {
            Kind::Appended { spot, base, last } if has(base, last + 1) && mine(spot) => {
                self.appended(seq, entry, journal);
                return;
            }
            Kind::HighWatermark { spot, from, to }
                if has(from, to) && self.leader == Some(node) && mine(spot) =>
            {
                StageKind::Committed
            }
            Kind::Acked { spot, base, records } if has(base, base + i64::from(records)) && mine(spot) => {
                StageKind::Acked
            }
            Kind::Consumed { spot, from, to } if has(from, to) && mine(spot) => StageKind::Delivered,
            Kind::Truncated { spot, from, to } if has(to, from) && mine(spot) => StageKind::Cut,
            Kind::LogStart { spot, from, to } if has(from, to) && mine(spot) => StageKind::Deleted,
            _ => return,
        };
        let before = match kind {
            StageKind::Committed => self.latest(&[StageKind::Replicated, StageKind::Appended]),
            StageKind::Acked | StageKind::Delivered => {
                self.latest(&[StageKind::Committed, StageKind::Appended])
            }
            _ => None,
        };
        self.put(kind, node, entry.at, seq, before);
    }

    fn latest(&self, kinds: &[StageKind]) -> Option<Instant> {
        let of = |kind: &StageKind| self.stages.iter().rev().find(|stage| stage.kind == *kind);
        kinds.iter().find_map(of).map(|stage| stage.at)
    }

    fn put(&mut self, kind: StageKind, node: i32, at: Instant, entry: Seq, before: Option<Instant>) {
        let took = before.map(|before| at.since(before));
        self.stages.push(LifeStage { kind, node, at, entry: Some(entry), took });
    }

    /// A log took it: from a producer's request on the leader, from a fetch on a follower.
    fn appended(&mut self, seq: Seq, entry: &Entry, journal: &Journal) {
        let cause = journal.get(entry.cause);
        let Some(Kind::Received { peer, api: Api::Produce, .. }) = cause.map(|cause| cause.kind) else {
            let before = self.latest(&[StageKind::Appended]);
            return self.put(StageKind::Replicated, entry.node.0, entry.at, seq, before);
        };
        self.leader = Some(entry.node.0);
        let sent = cause.and_then(|cause| Some((cause.cause, journal.get(cause.cause)?)));
        let drained = sent.filter(|(_, sent)| matches!(sent.kind, Kind::Sent { .. }));
        if let Some((number, sent)) = drained {
            self.put(StageKind::Drained, peer.0, sent.at, number, None);
        }
        let before = drained.map(|(_, sent)| sent.at);
        self.put(StageKind::Appended, entry.node.0, entry.at, seq, before);
    }

    /// When the application called `send()`: the record's timestamp, from a log that has it.
    fn find_send(&mut self, world: &World) {
        let Some(drained) = self.at(StageKind::Drained).cloned() else { return };
        let holders = self
            .stages
            .iter()
            .filter(|stage| matches!(stage.kind, StageKind::Appended | StageKind::Replicated));
        let found = holders.into_iter().find_map(|stage| {
            Directory::with(world, NodeId(stage.node), &self.partition, |directory| {
                let (base, position) = directory.place_of(self.offset)?;
                let head = directory.batch(base, position, 0, 0)?.head;
                let number = usize::try_from(self.offset - head.base).ok()?;
                let batch = directory.batch(base, position, number, 1)?;
                batch.record(self.offset).map(|record| record.timestamp)
            })
            .flatten()
        });
        let Some(ms) = found.and_then(|time| u64::try_from(time - WALL_START_MS).ok()) else { return };
        let at = Instant::from_millis(ms).min(drained.at);
        let sent = LifeStage { kind: StageKind::Sent, node: drained.node, at, entry: None, took: None };
        self.stages.insert(0, sent);
        if let Some(drained) = self.stages.iter_mut().find(|stage| stage.kind == StageKind::Drained) {
            drained.took = Some(drained.at.since(at));
        }
    }
}
