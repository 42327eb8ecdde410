use std::fmt;

use bytes::Bytes;
use bytes::BytesMut;
use serde::Deserialize;
use serde::Serialize;

use super::BatchError;
use super::Compression;
use super::Records;
use super::crc32c;
use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;

/// Bytes before a batch's length starts to count: base offset and the length itself.
pub const LOG_OVERHEAD: usize = 12;
/// Bytes of the header of a batch (`DefaultRecordBatch.RECORD_BATCH_OVERHEAD`).
pub const BATCH_OVERHEAD: usize = 61;
/// The only message format that is spoken.
pub const MAGIC_V2: i8 = 2;
/// Stands for "no timestamp" (`RecordBatch.NO_TIMESTAMP`).
pub const NO_TIMESTAMP: i64 = -1;
/// Stands for "not idempotent" (`RecordBatch.NO_PRODUCER_ID`).
pub const NO_PRODUCER_ID: ProducerId = -1;
pub const NO_PRODUCER_EPOCH: i16 = -1;
pub const NO_SEQUENCE: i32 = -1;
pub const NO_PARTITION_LEADER_EPOCH: Epoch = -1;

/// The least that a length field may say: a record of format 0 (`LegacyRecord.RECORD_OVERHEAD_V0`).
const MIN_LENGTH: i32 = 14;
/// Bytes needed to see which format a batch has.
const HEADER_UP_TO_MAGIC: usize = 17;

/// Where the fields of the header lie.
pub mod field {
    pub const BASE_OFFSET: usize = 0;
    pub const LENGTH: usize = 8;
    pub const PARTITION_LEADER_EPOCH: usize = 12;
    pub const MAGIC: usize = 16;
    pub const CRC: usize = 17;
    /// The CRC covers everything from here to the end.
    pub const ATTRIBUTES: usize = 21;
    pub const LAST_OFFSET_DELTA: usize = 23;
    pub const BASE_TIMESTAMP: usize = 27;
    pub const MAX_TIMESTAMP: usize = 35;
    pub const PRODUCER_ID: usize = 43;
    pub const PRODUCER_EPOCH: usize = 51;
    pub const BASE_SEQUENCE: usize = 53;
    pub const RECORDS_COUNT: usize = 57;
}

pub(super) const COMPRESSION_MASK: i16 = 0x07;
pub(super) const TIMESTAMP_TYPE_MASK: i16 = 0x08;
pub(super) const TRANSACTIONAL_MASK: i16 = 0x10;
pub(super) const CONTROL_MASK: i16 = 0x20;
pub(super) const DELETE_HORIZON_MASK: i16 = 0x40;

/// Who set the timestamps of a batch (`TimestampType`, `message.timestamp.type`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TimestampType {
    /// The producer, one per record.
    #[default]
    CreateTime,
    /// The broker, one for the whole batch.
    LogAppendTime,
}

impl TimestampType {
    /// The word in configs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreateTime => "CreateTime",
            Self::LogAppendTime => "LogAppendTime",
        }
    }
}

impl fmt::Display for TimestampType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One record batch of format 2 (`DefaultRecordBatch`): a view of bytes that are shared, never copied.
///
/// The bytes hold at least the whole header. Usually they hold the records too; a [header](Self::header) alone answers
/// every question but those for records and CRC.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Batch {
    bytes: Bytes,
}

impl Batch {
    /// The batch at the start of `bytes`, which must hold all of it.
    ///
    /// # Errors
    /// [`BatchError::TooSmall`] also when `bytes` are fewer than the batch says that it has.
    pub fn parse(bytes: &Bytes) -> Result<Self, BatchError> {
        match Self::next_size(bytes)? {
            Some(size) if size <= bytes.len() => Self::header(bytes.slice(..size)),
            Some(size) => Err(BatchError::TooSmall { size: bytes.len() as i64, minimum: size as i64 }),
            None => Err(BatchError::TooSmall { size: bytes.len() as i64, minimum: BATCH_OVERHEAD as i64 }),
        }
    }

    /// A view of a header, with or without the records behind it.
    ///
    /// # Errors
    /// [`BatchError::TooSmall`], [`BatchError::UnsupportedMagic`], [`BatchError::InvalidMagic`].
    pub fn header(bytes: Bytes) -> Result<Self, BatchError> {
        let known = bytes.len() as i64;
        if bytes.len() < HEADER_UP_TO_MAGIC {
            return Err(BatchError::TooSmall { size: known, minimum: BATCH_OVERHEAD as i64 });
        }
        match bytes[field::MAGIC] as i8 {
            MAGIC_V2 => {}
            magic @ 0..=1 => return Err(BatchError::UnsupportedMagic(magic)),
            magic => return Err(BatchError::InvalidMagic(magic)),
        }
        if bytes.len() < BATCH_OVERHEAD {
            return Err(BatchError::TooSmall { size: known, minimum: BATCH_OVERHEAD as i64 });
        }
        let batch = Self { bytes };
        if batch.size() < BATCH_OVERHEAD {
            return Err(BatchError::TooSmall { size: batch.size() as i64, minimum: BATCH_OVERHEAD as i64 });
        }
        Ok(batch)
    }

    /// How many bytes the batch at the start of `bytes` has, by its length field; `None` when `bytes` end before the
    /// field that tells the format (`ByteBufferLogInputStream.nextBatchSize`).
    ///
    /// # Errors
    /// [`BatchError::TooSmall`] for a length that no batch has; [`BatchError::InvalidMagic`].
    pub fn next_size(bytes: &[u8]) -> Result<Option<usize>, BatchError> {
        if bytes.len() < LOG_OVERHEAD {
            return Ok(None);
        }
        let length = i32::from_be_bytes(get(bytes, field::LENGTH));
        if length < MIN_LENGTH {
            return Err(BatchError::TooSmall { size: i64::from(length), minimum: i64::from(MIN_LENGTH) });
        }
        if bytes.len() < HEADER_UP_TO_MAGIC {
            return Ok(None);
        }
        let magic = bytes[field::MAGIC] as i8;
        if !(0..=MAGIC_V2).contains(&magic) {
            return Err(BatchError::InvalidMagic(magic));
        }
        Ok(Some(LOG_OVERHEAD + length as usize))
    }

    /// The bytes of this view.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// The same batch, to be patched. The bytes are copied only when somebody else holds them too.
    pub fn into_mut(self) -> BatchMut {
        BatchMut { bytes: BytesMut::from(self.bytes) }
    }

    /// Bytes of the whole batch, header included, as its length field says.
    pub fn size(&self) -> usize {
        LOG_OVERHEAD + i32::from_be_bytes(self.get(field::LENGTH)).max(0) as usize
    }

    /// Whether the records are there, too.
    pub fn is_complete(&self) -> bool {
        self.bytes.len() == self.size()
    }

    pub fn base_offset(&self) -> Offset {
        i64::from_be_bytes(self.get(field::BASE_OFFSET))
    }

    pub fn last_offset_delta(&self) -> i32 {
        i32::from_be_bytes(self.get(field::LAST_OFFSET_DELTA))
    }

    pub fn last_offset(&self) -> Offset {
        self.base_offset().wrapping_add(i64::from(self.last_offset_delta()))
    }

    /// The offset behind this batch.
    pub fn next_offset(&self) -> Offset {
        self.last_offset().wrapping_add(1)
    }

    pub fn partition_leader_epoch(&self) -> Epoch {
        i32::from_be_bytes(self.get(field::PARTITION_LEADER_EPOCH))
    }

    pub fn magic(&self) -> i8 {
        self.bytes[field::MAGIC] as i8
    }

    /// The stored CRC-32C.
    pub fn crc(&self) -> u32 {
        u32::from_be_bytes(self.get(field::CRC))
    }

    pub fn attributes(&self) -> i16 {
        i16::from_be_bytes(self.get(field::ATTRIBUTES))
    }

    /// # Errors
    /// [`BatchError::IllegalArgument`] for the numbers 5 to 7, which name no codec.
    pub fn compression(&self) -> Result<Compression, BatchError> {
        let id = (self.attributes() & COMPRESSION_MASK) as u8;
        Compression::from_id(id)
            .ok_or_else(|| BatchError::IllegalArgument(format!("Unknown compression type id: {id}")))
    }

    pub fn is_compressed(&self) -> bool {
        self.attributes() & COMPRESSION_MASK != 0
    }

    pub fn timestamp_type(&self) -> TimestampType {
        if self.attributes() & TIMESTAMP_TYPE_MASK == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    pub fn is_transactional(&self) -> bool {
        self.attributes() & TRANSACTIONAL_MASK != 0
    }

    pub fn is_control(&self) -> bool {
        self.attributes() & CONTROL_MASK != 0
    }

    /// When a tombstone or a marker in this batch may go, set by the first compaction that saw it (KIP-534); the base
    /// timestamp holds it.
    pub fn delete_horizon_ms(&self) -> Option<i64> {
        (self.attributes() & DELETE_HORIZON_MASK != 0).then(|| self.base_timestamp())
    }

    /// What the timestamp deltas of the records count from.
    pub fn base_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.get(field::BASE_TIMESTAMP))
    }

    pub fn max_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.get(field::MAX_TIMESTAMP))
    }

    pub fn producer_id(&self) -> ProducerId {
        i64::from_be_bytes(self.get(field::PRODUCER_ID))
    }

    pub fn has_producer_id(&self) -> bool {
        self.producer_id() > NO_PRODUCER_ID
    }

    pub fn producer_epoch(&self) -> i16 {
        i16::from_be_bytes(self.get(field::PRODUCER_EPOCH))
    }

    pub fn base_sequence(&self) -> i32 {
        i32::from_be_bytes(self.get(field::BASE_SEQUENCE))
    }

    /// The sequence of the last record; sequences wrap from 2³¹−1 to 0.
    pub fn last_sequence(&self) -> i32 {
        match self.base_sequence() {
            NO_SEQUENCE => NO_SEQUENCE,
            base => increment_sequence(base, self.last_offset_delta()),
        }
    }

    /// How many records the header claims; below zero only in broken batches.
    pub fn record_count(&self) -> i32 {
        i32::from_be_bytes(self.get(field::RECORDS_COUNT))
    }

    /// The CRC-32C of the bytes that it covers.
    pub fn compute_crc(&self) -> u32 {
        crc32c(&self.bytes[field::ATTRIBUTES..])
    }

    /// Whether the stored CRC is right.
    pub fn is_valid(&self) -> bool {
        self.is_complete() && self.crc() == self.compute_crc()
    }

    /// Kafka's `ensureValid`.
    ///
    /// # Errors
    /// [`BatchError::Crc`] when the stored CRC is wrong; [`BatchError::TooSmall`] when only the header is here.
    pub fn ensure_valid(&self) -> Result<(), BatchError> {
        if !self.is_complete() {
            return Err(BatchError::TooSmall { size: self.bytes.len() as i64, minimum: self.size() as i64 });
        }
        let (stored, computed) = (self.crc(), self.compute_crc());
        if stored == computed { Ok(()) } else { Err(BatchError::Crc { stored, computed }) }
    }

    /// The records, in order. Compressed ones are decompressed now; keys and values share the decompressed bytes.
    ///
    /// # Errors
    /// For an unknown codec or a count below zero; what is wrong with a record, the iterator tells.
    pub fn records(&self) -> Result<Records, BatchError> {
        Records::of(self)
    }

    /// The outlines of compressed records, read as a broker reads them that only counts (`skipKeyValueIterator`): the
    /// length of a record is not looked at.
    ///
    /// # Errors
    /// As [`records`](Self::records).
    pub fn skim(&self) -> Result<Records, BatchError> {
        Records::of(self).map(Records::skimming)
    }

    /// The bytes behind the header, compressed or not.
    pub fn payload(&self) -> Bytes {
        self.bytes.slice(BATCH_OVERHEAD..)
    }

    fn get<const N: usize>(&self, at: usize) -> [u8; N] {
        get(&self.bytes, at)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("offsets", &(self.base_offset()..=self.last_offset()))
            .field("size", &self.size())
            .field("leader_epoch", &self.partition_leader_epoch())
            .field("attributes", &self.attributes())
            .field("max_timestamp", &self.max_timestamp())
            .field("producer", &(self.producer_id(), self.producer_epoch(), self.base_sequence()))
            .field("records", &self.record_count())
            .finish()
    }
}

/// A batch that is being patched. Base offset and leader epoch lie outside the CRC, so that a broker sets them without
/// reading the records.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BatchMut {
    bytes: BytesMut,
}

impl BatchMut {
    pub fn set_base_offset(&mut self, offset: Offset) {
        self.put(field::BASE_OFFSET, &offset.to_be_bytes());
    }

    /// Moves the batch so that its last record gets this offset (`setLastOffset`).
    pub fn set_last_offset(&mut self, offset: Offset) {
        let delta = i32::from_be_bytes(get(&self.bytes, field::LAST_OFFSET_DELTA));
        self.set_base_offset(offset.wrapping_sub(i64::from(delta)));
    }

    pub fn set_partition_leader_epoch(&mut self, epoch: Epoch) {
        self.put(field::PARTITION_LEADER_EPOCH, &epoch.to_be_bytes());
    }

    /// Sets timestamp type and largest timestamp and, when one of them changed, a new CRC (`setMaxTimestamp`). Base
    /// timestamp and deltas stay as they are.
    pub fn set_max_timestamp(&mut self, timestamp_type: TimestampType, max_timestamp: i64) {
        let before = i16::from_be_bytes(get(&self.bytes, field::ATTRIBUTES));
        let bit = if timestamp_type == TimestampType::LogAppendTime { TIMESTAMP_TYPE_MASK } else { 0 };
        if before & TIMESTAMP_TYPE_MASK == bit
            && i64::from_be_bytes(get(&self.bytes, field::MAX_TIMESTAMP)) == max_timestamp
        {
            return;
        }
        // Bits that have no meaning are lost here, as in Kafka.
        let kept = COMPRESSION_MASK | TRANSACTIONAL_MASK | CONTROL_MASK | DELETE_HORIZON_MASK;
        self.put(field::ATTRIBUTES, &(before & kept | bit).to_be_bytes());
        self.put(field::MAX_TIMESTAMP, &max_timestamp.to_be_bytes());
        self.put_crc();
    }

    /// Sets producer id, epoch, first sequence and the transactional bit, and a new CRC.
    pub fn set_producer_state(
        &mut self,
        id: ProducerId,
        epoch: i16,
        base_sequence: i32,
        transactional: bool,
    ) {
        let attributes = i16::from_be_bytes(get(&self.bytes, field::ATTRIBUTES)) & !TRANSACTIONAL_MASK;
        let bit = if transactional { TRANSACTIONAL_MASK } else { 0 };
        self.put(field::ATTRIBUTES, &(attributes | bit).to_be_bytes());
        self.put(field::PRODUCER_ID, &id.to_be_bytes());
        self.put(field::PRODUCER_EPOCH, &epoch.to_be_bytes());
        self.put(field::BASE_SEQUENCE, &base_sequence.to_be_bytes());
        self.put_crc();
    }

    pub fn freeze(self) -> Batch {
        Batch { bytes: self.bytes.freeze() }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn put_crc(&mut self) {
        let crc = crc32c(&self.bytes[field::ATTRIBUTES..]);
        self.put(field::CRC, &crc.to_be_bytes());
    }
}

pub(super) fn get<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

/// The batches of a chunk of log, in order (`MemoryRecords.batches`). Ends before an incomplete last batch, and behind
/// the first error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Batches {
    bytes: Bytes,
    position: usize,
    broken: bool,
}

/// Iterates over the batches in `bytes`.
pub fn batches(bytes: &Bytes) -> Batches {
    Batches { bytes: bytes.clone(), position: 0, broken: false }
}

impl Batches {
    /// Where the next batch would begin: after the iterator has ended, the number of bytes in complete batches
    /// (`MemoryRecords.validBytes`).
    pub fn position(&self) -> usize {
        self.position
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        let rest = &self.bytes[self.position..];
        let found = match Batch::next_size(rest) {
            Ok(Some(size)) if size <= rest.len() => {
                Batch::header(self.bytes.slice(self.position..self.position + size))
            }
            Ok(_) => return None,
            Err(error) => Err(error),
        };
        match &found {
            Ok(batch) => self.position += batch.size(),
            Err(_) => self.broken = true,
        }
        Some(found)
    }
}

/// Whether a record of message format 0 or 1 carries its own CRC (`LegacyRecord.ensureValid`): that of zlib, over all
/// that lies behind it.
///
/// # Errors
/// [`BatchError::Crc`].
pub fn check_old_crc(record: &[u8]) -> Result<(), BatchError> {
    let stored = u32::from_be_bytes(get(record, LOG_OVERHEAD));
    let mut crc = flate2::Crc::new();
    crc.update(&record[LOG_OVERHEAD + 4..]);
    let computed = crc.sum();
    if stored == computed { Ok(()) } else { Err(BatchError::Crc { stored, computed }) }
}

/// `sequence + increment` with the wrap from 2³¹−1 to 0.
pub const fn increment_sequence(sequence: i32, increment: i32) -> i32 {
    if sequence > i32::MAX.wrapping_sub(increment) {
        increment.wrapping_sub(i32::MAX.wrapping_sub(sequence)).wrapping_sub(1)
    } else {
        sequence.wrapping_add(increment)
    }
}

/// `sequence - decrement` with the wrap from 0 to 2³¹−1.
pub const fn decrement_sequence(sequence: i32, decrement: i32) -> i32 {
    if sequence < decrement {
        i32::MAX.wrapping_sub(decrement.wrapping_sub(sequence)).wrapping_add(1)
    } else {
        sequence.wrapping_sub(decrement)
    }
}
