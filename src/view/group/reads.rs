//! What a group has read of one partition, and who read it: followed entry by entry, asked as of any of them.

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::lab::Seq;

/// A partition has another owner, or none, from this entry on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub seq: Seq,
    pub at: Instant,
    pub node: Option<NodeId>,
    /// It was not asked: the process ended, or others may own the partition already.
    pub lost: bool,
}

/// A member goes on at an offset behind which the group had been already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Repeat {
    pub seq: Seq,
    pub at: Instant,
    pub node: NodeId,
    /// The offsets that it is given once more.
    pub from: Offset,
    pub to: Offset,
}

/// One partition, as a group reads it.
#[derive(Clone, Debug, Default)]
pub(super) struct Reads {
    pub owners: Vec<Owner>,
    pub repeats: Vec<Repeat>,
    pub committed: Option<Offset>,
    /// What was handed over, and of that what was worked on.
    handed: Ranges,
    done: Ranges,
    /// What each member was given last, without what others had been given before or were given since.
    alone: Map<NodeId, Ranges>,
    /// The lowest offset at which the group has ever begun.
    begin: Option<Offset>,
    /// Counts from an entry on, each with the sum so far.
    twice: Vec<(Seq, u64)>,
    skipped: Vec<(Seq, u64)>,
    pub lag: Points,
}

impl Reads {
    pub(super) fn own(&mut self, owner: Owner) {
        if self.owners.last().is_none_or(|last| last.node != owner.node) {
            self.owners.push(owner);
        }
    }

    /// Who owned it just before a moment.
    pub(super) fn owner_before(&self, at: Instant) -> Option<NodeId> {
        let known = self.owners.partition_point(|owner| owner.at < at);
        self.owners[..known].last()?.node
    }

    /// Who owns it just after an entry.
    pub(super) fn owner(&self, seq: Seq) -> Option<NodeId> {
        let known = self.owners.partition_point(|owner| owner.seq <= seq);
        self.owners[..known].last()?.node
    }

    /// The same; who lost it with his process, and nobody has taken it, counts too.
    pub(super) fn last_owner(&self, seq: Seq) -> Option<NodeId> {
        let known = &self.owners[..self.owners.partition_point(|owner| owner.seq <= seq)];
        match known {
            [.., before, last] if last.node.is_none() && last.lost => before.node,
            _ => known.last()?.node,
        }
    }

    /// A member's position is set.
    pub(super) fn jump(&mut self, seq: Seq, at: Instant, node: NodeId, to: Offset) {
        self.begin = Some(self.begin.map_or(to, |begin| begin.min(to)));
        let furthest = self.handed.end();
        if to < furthest {
            self.repeats.push(Repeat { seq, at, node, from: to, to: furthest });
        }
        self.count_skipped(seq);
    }

    /// A member was given records.
    pub(super) fn hand_over(&mut self, seq: Seq, node: NodeId, (from, to): (Offset, Offset)) {
        self.begin.get_or_insert(from);
        self.alone.values_mut().for_each(|other| other.remove((from, to)));
        let mut alone = Ranges(vec![(from, to)]);
        self.done.0.iter().for_each(|known| alone.remove(*known));
        self.alone.insert(node, alone);
        let again = self.handed.shared((from, to));
        if again > 0 {
            let before = self.twice.last().map_or(0, |(_, count)| *count);
            self.twice.push((seq, before + again.unsigned_abs()));
        }
        self.handed.add((from, to));
        self.done.add((from, to));
        self.count_skipped(seq);
    }

    /// A member's process ended before these were worked on; who was given them since may have done it.
    pub(super) fn drop_unprocessed(&mut self, seq: Seq, node: NodeId, (from, to): (Offset, Offset)) {
        for range in self.alone.remove(&node).unwrap_or_default().0 {
            self.done.remove((range.0.max(from), range.1.min(to)));
        }
        self.count_skipped(seq);
    }

    pub(super) fn commit(&mut self, seq: Seq, to: Offset) {
        self.committed = (to >= 0).then_some(to);
        self.count_skipped(seq);
    }

    /// Skipped is what lies below the committed offset and was worked on by nobody.
    fn count_skipped(&mut self, seq: Seq) {
        let range = self.begin.zip(self.committed).filter(|(begin, end)| begin < end);
        let count = range.map_or(0, |(begin, end)| end - begin - self.done.shared((begin, end)));
        let count = count.unsigned_abs();
        if self.skipped.last().map_or(0, |(_, before)| *before) != count {
            self.skipped.push((seq, count));
        }
    }

    pub(super) fn twice(&self, seq: Seq) -> u64 {
        as_of(&self.twice, seq)
    }

    pub(super) fn skipped(&self, seq: Seq) -> u64 {
        as_of(&self.skipped, seq)
    }
}

fn as_of(counts: &[(Seq, u64)], seq: Seq) -> u64 {
    let known = counts.partition_point(|(at, _)| *at <= seq);
    counts[..known].last().map_or(0, |(_, count)| *count)
}

/// Ranges of offsets in order that do not touch.
#[derive(Clone, Debug, Default, PartialEq)]
struct Ranges(Vec<(Offset, Offset)>);

impl Ranges {
    fn end(&self) -> Offset {
        self.0.last().map_or(0, |(_, end)| *end)
    }

    /// How many of these offsets are in it.
    fn shared(&self, (from, to): (Offset, Offset)) -> Offset {
        let first = self.0.partition_point(|range| range.1 <= from);
        let those = self.0[first..].iter().take_while(|range| range.0 < to);
        those.map(|range| range.1.min(to) - range.0.max(from)).sum()
    }

    fn add(&mut self, (mut from, mut to): (Offset, Offset)) {
        let first = self.0.partition_point(|range| range.1 < from);
        let behind = self.0.partition_point(|range| range.0 <= to);
        if first < behind {
            (from, to) = (from.min(self.0[first].0), to.max(self.0[behind - 1].1));
        }
        self.0.splice(first..behind, [(from, to)]);
    }

    fn remove(&mut self, (from, to): (Offset, Offset)) {
        if from >= to {
            return;
        }
        let first = self.0.partition_point(|range| range.1 <= from);
        let behind = self.0.partition_point(|range| range.0 < to);
        if first >= behind {
            return;
        }
        let rest = [(self.0[first].0, from), (to, self.0[behind - 1].1)];
        self.0.splice(first..behind, rest.into_iter().filter(|range| range.0 < range.1));
    }
}

/// A number over time. However long it is followed, it stays as small: when there is no room, every second point goes.
#[derive(Clone, Debug, Default)]
pub(super) struct Points {
    points: Vec<(Seq, Instant, i64)>,
    apart_us: u64,
}

/// Most points of a series.
const POINTS: usize = 128;
/// How far points are apart in the beginning.
const APART_US: u64 = 50_000;

impl Points {
    pub(super) fn add(&mut self, seq: Seq, at: Instant, value: i64) {
        let apart = self.apart_us.max(APART_US);
        if self.points.last().is_some_and(|(_, last, _)| at.0 < last.0 + apart) {
            return;
        }
        if self.points.len() == POINTS {
            let mut odd = false;
            self.points.retain(|_| {
                odd = !odd;
                odd
            });
            self.apart_us = apart * 2;
        }
        self.points.push((seq, at, value));
    }

    /// At most so many points up to an entry, the oldest first.
    pub(super) fn until(&self, seq: Seq, most: usize) -> Vec<(Instant, i64)> {
        let known = self.points.partition_point(|(at, ..)| *at <= seq);
        let step = known.div_ceil(most.max(1)).max(1);
        self.points[..known].iter().step_by(step).map(|(_, at, value)| (*at, *value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const C1: NodeId = NodeId(20_001);
    const C2: NodeId = NodeId(20_002);

    #[test]
    fn ranges_grow_together_and_are_cut() {
        let mut ranges = Ranges::default();
        for range in [(10, 20), (30, 40), (20, 30), (0, 5)] {
            ranges.add(range);
        }
        assert_eq!(ranges.0, [(0, 5), (10, 40)]);
        assert_eq!((ranges.shared((3, 12)), ranges.shared((5, 10)), ranges.end()), (4, 0, 40));
        ranges.remove((12, 35));
        assert_eq!(ranges.0, [(0, 5), (10, 12), (35, 40)]);
        ranges.remove((0, 100));
        assert_eq!(ranges.0, []);
    }

    #[test]
    fn what_is_read_after_a_jump_back_is_counted_as_delivered_twice_from_that_entry_on() {
        let mut reads = Reads::default();
        reads.jump(1, Instant(1), C1, 0);
        reads.hand_over(2, C1, (0, 10));
        reads.commit(3, 4);
        reads.jump(4, Instant(4), C2, 4);
        reads.hand_over(5, C1, (4, 8));
        reads.hand_over(6, C1, (8, 12));
        assert_eq!([3, 5, 6].map(|seq| reads.twice(seq)), [0, 4, 6]);
        assert_eq!(reads.repeats, [Repeat { seq: 4, at: Instant(4), node: C2, from: 4, to: 10 }]);
        assert_eq!(reads.skipped(6), 0);
    }

    #[test]
    fn what_was_committed_before_the_work_and_never_worked_on_is_skipped() {
        let mut reads = Reads::default();
        reads.jump(1, Instant(1), C1, 5);
        reads.hand_over(2, C1, (5, 15));
        reads.commit(3, 15);
        reads.drop_unprocessed(4, C1, (9, 15));
        reads.jump(5, Instant(5), C2, 15);
        assert_eq!([3, 4, 5].map(|seq| reads.skipped(seq)), [0, 6, 6]);
    }

    #[test]
    fn what_somebody_else_was_given_since_is_not_lost_with_the_process_of_the_first() {
        let mut reads = Reads::default();
        reads.jump(1, Instant(1), C1, 5);
        reads.hand_over(2, C1, (5, 15));
        reads.hand_over(3, C2, (5, 12));
        reads.commit(4, 15);
        reads.drop_unprocessed(5, C1, (5, 15));
        assert_eq!(reads.skipped(5), 3, "12, 13 and 14 were given to the first alone");
        reads.hand_over(6, C1, (5, 9));
        reads.drop_unprocessed(7, C1, (5, 9));
        assert_eq!(reads.skipped(7), 3, "the other had them before");
    }

    #[test]
    fn a_series_stays_small() {
        let mut points = Points::default();
        for at in 0..100_000 {
            points.add(at, Instant(at * 10_000), at as i64);
        }
        assert!(points.points.len() <= POINTS);
        assert!(points.until(50_000, 20).len() <= 20);
        assert!(points.until(50_000, 20).iter().all(|(at, _)| at.0 <= 500_000_000));
    }
}
