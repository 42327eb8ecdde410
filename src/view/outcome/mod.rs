//! What became of the records of a world since a moment, counted: nothing is estimated.

mod lineage;
mod stored;

use lineage::Lineage;
use stored::Stored;

use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::node::Node;
use crate::kafka::replication::Partition;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::lab::Side;
use crate::lab::Timeline;
use crate::lab::Twin;
use crate::lab::World;
use crate::lab::journal::Spot;
use crate::lab::machine::Machine;

/// Records since the moment the counting began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeView {
    /// Handed to `send()`.
    pub sent: u64,
    /// Whose callback came without an error.
    pub acked: u64,
    /// Whose callback brought an error.
    pub failed: u64,
    /// Acknowledged, and not in the log of the partition's leader: whatever was acknowledged since the world began.
    pub lost: u64,
    /// In leaders' logs, below the high watermark.
    pub stored: u64,
    /// Stored again: a batch with the same bytes, from the first timestamp to the last record, lies there before it.
    pub duplicated: u64,
    /// Handed to the applications of consumers, and how many of them for the second time.
    pub read: u64,
    pub read_again: u64,
    pub delay: Option<DelayView>,
}

/// From `send()` of a batch's first record until consumers could read it. Records carry whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayView {
    pub batches: u64,
    pub mean_us: u64,
    /// 99 of 100 batches were not later than this.
    pub p99_ms: u64,
}

/// What the processes themselves count.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    sent: u64,
    acked: u64,
    failed: u64,
    read: u64,
    read_again: u64,
}

impl Counts {
    fn of(world: &World) -> Self {
        let mut counts = Self::default();
        for node in world.machines().filter_map(|(_, machine)| machine.node()) {
            match node {
                Node::Producer(producer) => {
                    let delivery = producer.delivery();
                    counts.sent += delivery.sent;
                    counts.acked += delivery.acked;
                    counts.failed += delivery.failed_total();
                }
                Node::Consumer(consumer) => {
                    counts.read += consumer.application().records;
                    counts.read_again += repeated(consumer);
                }
                _ => {}
            }
        }
        counts
    }
}

fn repeated(consumer: &Consumer) -> u64 {
    consumer.assigned().map(|(_, assigned)| assigned.repeated_records).sum()
}

/// Follows a world and its journal, and counts. See [`OutcomeView`].
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    read: Seq,
    partitions: Map<Spot, (Lineage, Stored)>,
    before: Counts,
}

impl Outcome {
    /// Begins to count at the moment of this world, whose journal may go on after it.
    pub fn since(world: &World, journal: &Journal) -> Self {
        let mut outcome = Self { before: Counts::of(world), ..Self::default() };
        outcome.read(world, journal);
        for (spot, (lineage, stored)) in &mut outcome.partitions {
            lineage.readable.clear();
            stored.begin(leader_of(world, *spot, lineage).map_or(0, |(_, partition)| end_of(partition)));
        }
        outcome
    }

    /// The number of the last journal entry that was taken in.
    pub const fn reached(&self) -> Seq {
        self.read
    }

    fn read(&mut self, world: &World, journal: &Journal) {
        let last = world.seq();
        for (seq, entry) in journal.iter_from(self.read + 1).take_while(|(seq, _)| *seq <= last) {
            if let Kind::Appended { spot, .. }
            | Kind::Truncated { spot, .. }
            | Kind::LeaderChanged { spot, .. }
            | Kind::HighWatermark { spot, .. }
            | Kind::Acked { spot, .. } = entry.kind
            {
                self.partitions.entry(spot).or_default().0.read(seq, entry, journal);
            }
            self.read = seq;
        }
    }

    /// Takes in what is new up to the moment of the world, and counts. The world must not be earlier than the last time:
    /// begin with a copy of an earlier count then.
    pub fn count(&mut self, world: &World, journal: &Journal) -> OutcomeView {
        self.read(world, journal);
        let (now, before) = (Counts::of(world), self.before);
        let mut view = OutcomeView {
            sent: now.sent.saturating_sub(before.sent),
            acked: now.acked.saturating_sub(before.acked),
            failed: now.failed.saturating_sub(before.failed),
            read: now.read.saturating_sub(before.read),
            read_again: now.read_again.saturating_sub(before.read_again),
            ..OutcomeView::default()
        };
        let mut delays = Map::<u64, u64>::new();
        let (mut batches, mut sum) = (0, 0);
        for (spot, (lineage, stored)) in &mut self.partitions {
            let leader = leader_of(world, *spot, lineage);
            let start =
                leader.and_then(|(_, partition)| partition.log()).map_or(0, |log| log.log_start_offset());
            view.lost += lineage.lost(start);
            if let Some((machine, partition)) = leader {
                stored.scan(machine, partition, &mut lineage.readable);
            }
            view.stored += stored.records;
            view.duplicated += stored.duplicated;
            batches += stored.batches;
            sum += stored.delay_us;
            for (ms, count) in &stored.delays {
                *delays.entry(*ms).or_default() += count;
            }
        }
        view.delay = (batches > 0).then(|| DelayView {
            batches,
            mean_us: sum / batches,
            p99_ms: percentile(&delays, batches, 99),
        });
        view
    }
}

/// The outcomes of two worlds since they parted.
#[derive(Clone, Debug)]
pub struct Outcomes {
    parted: Outcome,
    /// With the branch that was counted.
    sides: [(usize, Outcome); 2],
}

impl Outcomes {
    /// Begins to count; both worlds stand at the moment at which they parted.
    pub fn begin(twin: &Twin, timeline: &Timeline) -> Self {
        let parted = Outcome::since(twin.world(timeline, Side::A), twin.journal(timeline, Side::A));
        let sides = Side::BOTH.map(|side| (twin.branch(timeline, side), parted.clone()));
        Self { parted, sides }
    }

    /// What became of the records up to now in A and in B; `None` before they parted.
    pub fn count(&mut self, twin: &Twin, timeline: &Timeline) -> Option<[OutcomeView; 2]> {
        let worlds = Side::BOTH.map(|side| twin.world(timeline, side));
        if worlds.iter().any(|world| world.seq() < self.parted.reached()) {
            return None;
        }
        Some(Side::BOTH.map(|side| {
            let (branch, world) = (twin.branch(timeline, side), worlds[side as usize]);
            let (counted, outcome) = &mut self.sides[side as usize];
            if *counted != branch || world.seq() < outcome.reached() {
                (*counted, *outcome) = (branch, self.parted.clone());
            }
            outcome.count(world, twin.journal(timeline, side))
        }))
    }
}

/// The smallest value that so many of a hundred do not exceed.
fn percentile(counts: &Map<u64, u64>, all: u64, of_100: u64) -> u64 {
    let wanted = (all * of_100).div_ceil(100);
    let mut seen = 0;
    let found = counts.iter().find(|(_, count)| {
        seen += **count;
        seen >= wanted
    });
    found.map_or(0, |(value, _)| *value)
}

/// The leader's machine and its replica, while it runs.
fn leader_of<'a>(world: &'a World, spot: Spot, lineage: &Lineage) -> Option<(&'a Machine, &'a Partition)> {
    let machine = world.machine(lineage.leader?)?;
    let partition = machine.node()?.as_broker()?.partition(world.names().spot(spot))?;
    Some((machine, partition))
}

fn end_of(partition: &Partition) -> Offset {
    partition.log().map_or(0, |log| log.high_watermark())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_occurred() {
        let counts = Map::from([(2, 98), (7, 1), (900, 1)]);
        assert_eq!(percentile(&counts, 100, 99), 7);
        assert_eq!(percentile(&counts, 100, 50), 2);
        assert_eq!(percentile(&Map::from([(4, 1)]), 1, 99), 4);
    }
}
