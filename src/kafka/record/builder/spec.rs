//! What a batch shall be, and why it cannot be.

use std::fmt;
use std::hash::Hash;

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::record::Compression;
use crate::kafka::record::NO_PARTITION_LEADER_EPOCH;
use crate::kafka::record::NO_PRODUCER_EPOCH;
use crate::kafka::record::NO_PRODUCER_ID;
use crate::kafka::record::NO_SEQUENCE;
use crate::kafka::record::NO_TIMESTAMP;
use crate::kafka::record::TimestampType;

/// What a new batch is to be.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct BatchSpec {
    pub compression: Compression,
    pub timestamp_type: TimestampType,
    pub base_offset: Offset,
    /// The largest timestamp of a batch with LogAppendTime.
    pub log_append_time: i64,
    pub producer_id: ProducerId,
    pub producer_epoch: i16,
    pub base_sequence: i32,
    pub transactional: bool,
    pub control: bool,
    pub leader_epoch: Epoch,
    /// Set by compaction: becomes the base timestamp, so that deltas count from it (KIP-534).
    pub delete_horizon_ms: Option<i64>,
    /// The batch is full at this many bytes, but takes one record whatever its size.
    pub write_limit: usize,
}

impl Default for BatchSpec {
    /// An uncompressed batch of a plain producer, from offset 0, without a limit.
    fn default() -> Self {
        Self {
            compression: Compression::None,
            timestamp_type: TimestampType::CreateTime,
            base_offset: 0,
            log_append_time: NO_TIMESTAMP,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            base_sequence: NO_SEQUENCE,
            transactional: false,
            control: false,
            leader_epoch: NO_PARTITION_LEADER_EPOCH,
            delete_horizon_ms: None,
            write_limit: i32::MAX as usize,
        }
    }
}

/// Why a record or a batch cannot be written (`IllegalArgumentException`, `IllegalStateException`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BuildError {
    /// Offsets of a batch must rise.
    Offset { offset: Offset, previous: Offset },
    /// The offset is more than 2³¹−1 beyond the first of the batch, or before it.
    OffsetDelta { offset: Offset, base: Offset },
    /// A timestamp below zero that is not −1.
    Timestamp(i64),
    /// A batch has at most 2 GB.
    TooLarge,
    /// The batch takes no more records.
    Closed,
    /// A producer id without epoch or sequence, or a transaction without producer id.
    ProducerState(&'static str),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offset { offset, previous } => {
                write!(f, "illegal offset {offset} after offset {previous}: offsets of a batch must rise")
            }
            Self::OffsetDelta { offset, base } => {
                write!(f, "offset {offset} is out of reach of a batch that begins at {base}")
            }
            Self::Timestamp(timestamp) => write!(f, "Invalid negative timestamp {timestamp}"),
            Self::TooLarge => write!(f, "a batch holds at most 2147483647 bytes"),
            Self::Closed => write!(f, "the batch is closed and takes no more records"),
            Self::ProducerState(what) => write!(f, "{what}"),
        }
    }
}

impl std::error::Error for BuildError {}
