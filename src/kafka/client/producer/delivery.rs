use imbl::Vector;

use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::protocol::ErrorCode;

/// Offsets of one partition that the cluster acknowledged, one after the other without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AckedRange {
    pub first: Offset,
    /// The offset behind the last one.
    pub end: Offset,
    /// The leader's epoch as the producer knew it; −1 = it did not.
    pub epoch: Epoch,
}

/// The fate of a batch, or of a record that `send()` refused: what the callbacks were told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decided {
    pub partition: TopicPartition,
    pub records: u32,
    /// The first offset (−1: acknowledged without one), or the error.
    pub result: Result<Offset, ErrorCode>,
}

/// What became of the records that the application handed over: the sum of all callbacks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// Records handed to `send()`, those that wait in it included.
    pub sent: u64,
    /// Records whose callback came without an error. With acks=0 that means only: written to the socket.
    pub acked: u64,
    pub acked_bytes: u64,
    /// Records whose callback or `send()` brought an error, by its name.
    pub failed: Map<String, u64>,
    /// Records that were sent again, as often as they were.
    pub retried: u64,
    pub batches_sent: u64,
    pub requests_sent: u64,
    /// Batches that the broker found too large and that were cut.
    pub splits: u64,
    /// As long as the producer lives: two producers of one partition take turns, and each turn is a range.
    acked_offsets: Map<TopicPartition, Vector<AckedRange>>,
}

impl Delivery {
    pub fn failed_total(&self) -> u64 {
        self.failed.values().sum()
    }

    /// Records without a fate yet.
    pub fn pending(&self) -> u64 {
        self.sent.saturating_sub(self.acked + self.failed_total())
    }

    /// Every acknowledged offset, compacted into ranges in the order in which they were acknowledged. Records that were
    /// acknowledged without an offset (acks=0, duplicates) are not among them.
    pub const fn acked_offsets(&self) -> &Map<TopicPartition, Vector<AckedRange>> {
        &self.acked_offsets
    }

    /// The last offset that was acknowledged in this partition.
    pub fn last_acked(&self, tp: &TopicPartition) -> Option<Offset> {
        self.acked_offsets.get(tp)?.last().map(|range| range.end - 1)
    }

    /// Acknowledged offsets that are not in a log any more whose leader epochs begin at these offsets (its
    /// `leader-epoch-checkpoint`, oldest first) and which ends at `log_end`: what was acknowledged in an epoch lies before
    /// the first offset of the next one, or it was cut off. Each as the first and the offset behind the last.
    pub fn lost(
        &self,
        tp: &TopicPartition,
        epochs: &[(Epoch, Offset)],
        log_end: Offset,
    ) -> Vec<(Offset, Offset)> {
        let lost = |range: &AckedRange| {
            let next = epochs.iter().find(|(epoch, _)| *epoch > range.epoch);
            let end = next.map_or(log_end, |(_, start)| *start);
            (range.epoch >= 0 && range.end > end).then(|| (range.first.max(end), range.end))
        };
        self.acked_offsets.get(tp).into_iter().flatten().filter_map(lost).collect()
    }

    pub(super) fn ack(&mut self, tp: &TopicPartition, base: Offset, count: i32, bytes: usize, epoch: Epoch) {
        self.acked += count.unsigned_abs() as u64;
        self.acked_bytes += bytes as u64;
        if base < 0 {
            return;
        }
        let end = base + i64::from(count);
        if !self.acked_offsets.contains_key(tp) {
            self.acked_offsets.insert(tp.clone(), Vector::new());
        }
        let ranges = self.acked_offsets.get_mut(tp).expect("the partition was put in above");
        match ranges.back_mut() {
            Some(last) if last.end == base && last.epoch == epoch => last.end = end,
            _ => ranges.push_back(AckedRange { first: base, end, epoch }),
        }
    }

    /// Some of the records that just failed get another error.
    pub(super) fn rename_failed(&mut self, from: &str, to: &str, count: i32) {
        let count = count.max(0);
        if let Some(failed) = self.failed.get_mut(from) {
            *failed = failed.saturating_sub(u64::from(count.unsigned_abs()));
            self.fail(to, count);
        }
    }

    pub(super) fn fail(&mut self, error: &str, count: i32) {
        let count = count.unsigned_abs() as u64;
        match self.failed.get_mut(error) {
            Some(failed) => *failed += count,
            None => {
                self.failed.insert(error.to_owned(), count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    #[test]
    fn acknowledged_offsets_grow_into_ranges_until_the_leader_changes() {
        let tp = TopicPartition::new(&name("t"), 0);
        let mut delivery = Delivery::default();
        for (base, epoch) in [(0, 1), (5, 1), (10, 2), (20, 2), (-1, 2)] {
            delivery.ack(&tp, base, 5, 100, epoch);
        }
        let range = |first, end, epoch| AckedRange { first, end, epoch };
        let ranges = [range(0, 10, 1), range(10, 15, 2), range(20, 25, 2)];
        let ranges: Vector<AckedRange> = ranges.into_iter().collect();
        assert_eq!(delivery.acked_offsets()[&tp], ranges);
        assert_eq!((delivery.acked, delivery.last_acked(&tp)), (25, Some(24)));
    }

    #[test]
    fn what_a_new_leader_does_not_have_is_lost_though_it_was_acknowledged() {
        let tp = TopicPartition::new(&name("t"), 0);
        let mut delivery = Delivery::default();
        delivery.ack(&tp, 0, 10, 100, 1);
        delivery.ack(&tp, 7, 2, 100, 2);
        assert_eq!(
            delivery.lost(&tp, &[(1, 0), (2, 7)], 9),
            [(7, 10)],
            "epoch 2 began before 7, 8 and 9 were copied"
        );
        assert_eq!(delivery.lost(&tp, &[(1, 0), (2, 10)], 12), []);
    }
}
