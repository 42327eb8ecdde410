//! How a follower finds the offset from which its log differs from its leader's (KIP-101, KIP-279, KIP-595).

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::storage::EpochEnd;
use crate::kafka::storage::LeaderEpochCache;

/// Stands for "no leader epoch is known here".
pub const UNDEFINED_EPOCH: Epoch = -1;
/// Stands for "no end of that epoch is known".
pub const UNDEFINED_EPOCH_OFFSET: Offset = -1;

/// Whether a fetch at this offset follows a log that has parted from this one: the leader's answer to the follower's
/// last epoch lies before what the follower has (`Partition.readRecords`).
pub fn is_diverging(answer: EpochEnd, fetch_offset: Offset, last_fetched_epoch: Epoch) -> bool {
    answer.epoch < last_fetched_epoch || answer.offset < fetch_offset
}

/// From where a follower cuts its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Truncation {
    pub offset: Offset,
    /// False when the follower must ask again, with its next smaller epoch.
    pub completed: bool,
}

/// What a follower does with its leader's answer (`AbstractFetcherThread.getOffsetTruncationState`). `log_end` is the
/// follower's own log end; `fallback` its high watermark, where it cuts when the leader knows nothing.
pub fn truncation(own: &LeaderEpochCache, log_end: Offset, leader: EpochEnd, fallback: Offset) -> Truncation {
    if leader.offset == UNDEFINED_EPOCH_OFFSET {
        return Truncation { offset: fallback, completed: true };
    }
    match own.end_offset_for(leader.epoch, log_end) {
        // The leader's epoch is unknown here: cut to the end of the largest smaller one, then ask about that.
        Some(end) if end.epoch != leader.epoch => {
            Truncation { offset: end.offset.min(log_end), completed: false }
        }
        Some(end) => Truncation { offset: end.offset.min(leader.offset).min(log_end), completed: true },
        None => Truncation { offset: leader.offset.min(log_end), completed: true },
    }
}
