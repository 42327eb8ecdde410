//! Records and batches as values and as bytes: message format 2, byte for byte.
//!
//! Reading: [`batches`] walks over the batches of a chunk of log, [`Batch`] looks into one without copying it,
//! [`Batch::records`] yields its records. Writing: [`BatchBuilder`]. Patching in place, as a broker does on append:
//! [`Batch::into_mut`]. Bytes that make no sense are a [`BatchError`] and never a panic.

mod batch;
mod builder;
pub mod compression;
mod control;
mod crc;
mod error;
mod records;
pub mod size;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
pub mod varint;

pub use batch::{
    BATCH_OVERHEAD, Batch, BatchMut, Batches, LOG_OVERHEAD, MAGIC_V2, NO_PARTITION_LEADER_EPOCH,
    NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP, TimestampType, batches, check_old_crc,
    decrement_sequence, field, increment_sequence,
};
pub use builder::{BatchBuilder, BatchSpec, BuildError, empty_batch};
pub use compression::{Compression, MAX_DECOMPRESSED_BYTES};
pub use control::{ControlType, EndTxnMarker};
pub use crc::crc32c;
pub use error::{BatchError, Defect};
pub use records::{Header, Record, RecordOutline, Records};
