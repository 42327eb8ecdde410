//! One partition's log on one disk, byte for byte as Apache Kafka 3.9.1 writes it.
//!
//! Start at [`Log`]: open, append, read, roll, truncate, delete. A [`Segment`] is one `.log` file with its indexes;
//! what lies in files stays on the [`Disk`], so that a log is small and cheap to copy.

mod checkpoint;
mod config;
mod disk;
mod error;
mod index;
mod leader_epochs;
mod log;
mod memory_disk;
pub mod names;
mod offset_index;
mod offset_metadata;
pub mod producer_state;
mod scan;
mod segment;
mod segments;
mod time_index;
mod transaction_index;
mod truncation;
mod validator;

pub use checkpoint::{decode_partition_metadata, encode_partition_metadata, read_offsets, write_offsets};
pub use config::LogConfig;
pub use disk::{Disk, DiskError};
pub use error::LogError;
pub use leader_epochs::{EpochEnd, LeaderEpochCache};
pub use log::{
    EARLIEST_LOCAL_TIMESTAMP, EARLIEST_TIMESTAMP, FetchData, Isolation, LATEST_TIERED_TIMESTAMP,
    LATEST_TIMESTAMP, Log, LogAppendInfo, LookupStep, LookupTrace, MAX_TIMESTAMP, OpenOptions,
    SegmentDetails, TimestampAndOffset,
};
pub use memory_disk::MemoryDisk;
pub use names::SegmentFiles;
pub use offset_index::{OffsetIndex, OffsetPosition};
pub use offset_metadata::LogOffsetMetadata;
pub use producer_state::{CompletedTxn, ProducerStateEntry, ProducerStateManager};
pub use scan::{FileBatch, Scan};
pub use segment::Segment;
pub use time_index::{TimeIndex, TimestampOffset};
pub use transaction_index::{AbortedTxn, TransactionIndex};
pub use truncation::{Truncation, UNDEFINED_EPOCH, UNDEFINED_EPOCH_OFFSET, is_diverging, truncation};
pub use validator::{AppendOrigin, LogValidator, RecordError, Validated, ValidationError};
