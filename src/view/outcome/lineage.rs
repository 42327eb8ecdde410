//! Who wrote what lies in each copy of a partition, read from the journal. Offsets alone do not tell: after a leader was
//! lost, the next one gives the same offsets to other records.

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::protocol::Api;
use crate::lab::Entry;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Seq;

/// What one broker wrote as the leader, without having been a follower in between: the number of the first entry of it.
type Run = Seq;

/// A copy of a partition, by who wrote what lies in it.
#[derive(Clone, Debug, Default)]
struct Copy {
    /// From which offset on it is of this run, until the next piece or the end.
    pieces: Vec<(Offset, Run)>,
    end: Offset,
    /// The run of what it writes as the leader.
    own: Option<Run>,
}

impl Copy {
    fn push(&mut self, from: Offset, run: Run) {
        if self.pieces.last().is_none_or(|(_, last)| *last != run) {
            self.pieces.push((from, run));
        }
    }

    fn truncate(&mut self, to: Offset) {
        self.own = None;
        self.end = self.end.min(to);
        self.pieces.retain(|(from, _)| *from < to);
    }

    /// What lies between two offsets: first, behind the last, whose.
    fn within(&self, first: Offset, end: Offset) -> impl Iterator<Item = (Offset, Offset, Run)> {
        let ends = self.pieces.iter().skip(1).map(|(from, _)| *from).chain([self.end]);
        let pieces = self.pieces.iter().zip(ends);
        pieces
            .map(move |((from, run), to)| ((*from).max(first), to.min(end), *run))
            .filter(|(from, to, _)| from < to)
    }

    /// How many of these offsets it has of this run.
    fn has(&self, (first, end): (Offset, Offset), run: Run) -> Offset {
        self.within(first, end).filter(|(.., found)| *found == run).map(|(from, to, _)| to - from).sum()
    }
}

/// The copies of a partition, what was promised of it, and when it became readable.
#[derive(Clone, Debug, Default)]
pub(super) struct Lineage {
    pub leader: Option<NodeId>,
    copies: Map<NodeId, Copy>,
    /// Acknowledged offsets of each run, as ranges in order.
    acked: Map<Run, Vec<(Offset, Offset)>>,
    /// The leader's high watermark: how far, and since when.
    pub readable: Vec<(Offset, Instant)>,
}

/// What was promised by a broker that did not have it any more when its answer came.
const NOBODY: Run = Seq::MAX;

impl Lineage {
    /// Takes in an entry about this partition.
    pub(super) fn read(&mut self, seq: Seq, entry: &Entry, journal: &Journal) {
        match entry.kind {
            Kind::Appended { base, last, .. } => {
                let copied = sender(journal, entry.cause, Api::Fetch);
                self.append(seq, entry.node, (base, last + 1), copied);
            }
            Kind::Truncated { to, .. } => self.copies.entry(entry.node).or_default().truncate(to),
            Kind::LeaderChanged { leader, .. } => self.leader = Some(leader).filter(|leader| leader.0 >= 0),
            Kind::HighWatermark { to, .. }
                if self.leader == Some(entry.node)
                    && self.readable.last().is_none_or(|(before, _)| *before < to) =>
            {
                self.readable.push((to, entry.at));
            }
            Kind::Acked { base, records, .. } => {
                let by = sender(journal, entry.cause, Api::Produce).or(self.leader);
                self.acked_by(by, (base, base + Offset::from(records)));
            }
            _ => {}
        }
    }

    fn append(&mut self, seq: Seq, node: NodeId, (base, end): (Offset, Offset), from: Option<NodeId>) {
        let copied: Vec<(Offset, Run)> = match from.and_then(|leader| self.copies.get(&leader)) {
            Some(source) => source.within(base, end).map(|(from, _, run)| (from, run)).collect(),
            None => Vec::new(),
        };
        let copy = self.copies.entry(node).or_default();
        if from.is_some() {
            copy.own = None;
            copied.into_iter().for_each(|(at, run)| copy.push(at, run));
        } else {
            let run = *copy.own.get_or_insert(seq);
            copy.push(base, run);
        }
        copy.end = end;
    }

    fn acked_by(&mut self, broker: Option<NodeId>, (first, end): (Offset, Offset)) {
        let copy = broker.and_then(|broker| self.copies.get(&broker));
        let mut pieces: Vec<_> = copy.iter().flat_map(|copy| copy.within(first, end)).collect();
        let known: Offset = pieces.iter().map(|(from, to, _)| to - from).sum();
        if known < end - first {
            pieces.push((first, first + (end - first - known), NOBODY));
        }
        for (from, to, run) in pieces {
            merge(self.acked.entry(run).or_default(), (from, to));
        }
    }

    /// Acknowledged records that the leader does not have. Below `start` its policy has deleted, which is no loss; and
    /// without a leader nobody knows.
    pub(super) fn lost(&self, start: Offset) -> u64 {
        let Some(copy) = self.leader.and_then(|leader| self.copies.get(&leader)) else { return 0 };
        let mut lost = 0;
        for (run, ranges) in &self.acked {
            for (first, end) in ranges.iter().map(|(first, end)| ((*first).max(start), *end)) {
                if first < end {
                    lost += end - first - copy.has((first, end), *run);
                }
            }
        }
        lost.unsigned_abs()
    }
}

/// Who sent the message that an entry followed from, if it was one of this API: the leader whose answer was copied, the
/// broker that acknowledged.
fn sender(journal: &Journal, cause: Seq, wanted: Api) -> Option<NodeId> {
    match journal.get(cause)?.kind {
        Kind::Received { peer, api, response: true, .. } if api == wanted => Some(peer),
        _ => None,
    }
}

/// Adds a range to ranges that lie in order, and joins those that touch.
fn merge(ranges: &mut Vec<(Offset, Offset)>, (mut first, mut end): (Offset, Offset)) {
    let from = ranges.partition_point(|range| range.1 < first);
    let to = ranges.partition_point(|range| range.0 <= end);
    if from < to {
        (first, end) = (first.min(ranges[from].0), end.max(ranges[to - 1].1));
    }
    ranges.splice(from..to, [(first, end)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage() -> Lineage {
        Lineage { leader: Some(NodeId(1)), ..Lineage::default() }
    }

    const LEADER: NodeId = NodeId(1);
    const FOLLOWER: NodeId = NodeId(2);

    #[test]
    fn what_the_next_leader_did_not_copy_is_lost_though_it_gives_the_same_offsets_again() {
        let mut it = lineage();
        it.append(10, LEADER, (0, 10), None);
        it.append(11, FOLLOWER, (0, 7), Some(LEADER));
        it.acked_by(Some(LEADER), (0, 10));
        assert_eq!(it.lost(0), 0);
        it.leader = Some(FOLLOWER);
        assert_eq!(it.lost(0), 3);
        it.append(20, FOLLOWER, (7, 30), None);
        it.acked_by(Some(FOLLOWER), (7, 30));
        assert_eq!(it.lost(0), 3, "7, 8 and 9 are other records now");
        it.copies.get_mut(&LEADER).unwrap().truncate(7);
        it.append(21, LEADER, (7, 30), Some(FOLLOWER));
        it.leader = Some(LEADER);
        assert_eq!((it.lost(0), it.lost(10)), (3, 0), "what is older than the log is no loss");
    }

    #[test]
    fn a_leader_that_comes_back_with_all_it_had_has_lost_nothing() {
        let mut it = lineage();
        it.append(10, LEADER, (0, 10), None);
        it.acked_by(Some(LEADER), (0, 10));
        // Its epoch is another one now; who wrote is the same.
        it.append(40, LEADER, (10, 20), None);
        it.acked_by(Some(LEADER), (10, 20));
        assert_eq!((it.lost(0), it.acked.len()), (0, 1));
        it.acked_by(None, (20, 22));
        assert_eq!(it.lost(0), 2, "promised, and nobody has it");
    }

    #[test]
    fn ranges_that_touch_are_one() {
        let mut ranges = Vec::new();
        for range in [(10, 20), (30, 40), (0, 5), (20, 30), (5, 6), (50, 60)] {
            merge(&mut ranges, range);
        }
        assert_eq!(ranges, [(0, 6), (10, 40), (50, 60)]);
    }
}
