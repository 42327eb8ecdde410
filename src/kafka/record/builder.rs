mod header;
mod spec;

use std::hash::Hash;
use std::hash::Hasher;

use bytes::Bytes;
use bytes::BytesMut;

use super::BATCH_OVERHEAD;
use super::Compression;
use super::Header;
use super::NO_PRODUCER_EPOCH;
use super::NO_PRODUCER_ID;
use super::NO_TIMESTAMP;
use super::TimestampType;
use super::size;
use super::varint;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use header::HeaderFields;
pub use header::empty_batch;
use header::write_header;
pub use spec::{BatchSpec, BuildError};

/// Kafka assumes that compression does 5 % worse than last time.
const COMPRESSION_RATE_ESTIMATION_FACTOR: f32 = 1.05;
/// A batch of so many bytes is likely to become full.
const FILLING: usize = 2048;
/// Of a larger one, only the room that is needed is taken.
const WHOLE_MAX: usize = 64 * 1024;
/// Six numbers of 32 bits and one of 64, without a field between them.
const STAGED_MAX: usize = 40;

/// Writes one batch record by record (`MemoryRecordsBuilder`).
///
/// The room of a batch is counted as Kafka counts it: without compression exactly, with compression by a ratio that
/// the caller [sets](Self::set_estimated_compression_ratio) from earlier batches.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchBuilder {
    spec: BatchSpec,
    /// Room for the header, then the records, uncompressed; empty once the batch is built.
    buffer: Vec<u8>,
    records_size: usize,
    closed_for_appends: bool,
    built: Option<Bytes>,
    record_count: i32,
    base_timestamp: Option<i64>,
    max_timestamp: i64,
    last_offset: Option<Offset>,
    /// Single precision as in Kafka: products and quotients of IEEE numbers are the same everywhere.
    estimated_ratio: f32,
    actual_ratio: f32,
}

impl Hash for BatchBuilder {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            spec,
            buffer,
            records_size,
            closed_for_appends,
            built,
            record_count,
            base_timestamp,
            max_timestamp,
            last_offset,
            estimated_ratio,
            actual_ratio,
        } = self;
        (
            spec,
            buffer,
            records_size,
            closed_for_appends,
            built,
            record_count,
            base_timestamp,
            max_timestamp,
            last_offset,
        )
            .hash(state);
        estimated_ratio.to_bits().hash(state);
        actual_ratio.to_bits().hash(state);
    }
}

impl BatchBuilder {
    pub fn new(spec: BatchSpec) -> Self {
        Self {
            buffer: vec![0; BATCH_OVERHEAD],
            records_size: 0,
            closed_for_appends: false,
            built: None,
            record_count: 0,
            base_timestamp: spec.delete_horizon_ms,
            max_timestamp: NO_TIMESTAMP,
            last_offset: None,
            estimated_ratio: 1.0,
            actual_ratio: 1.0,
            spec,
        }
    }

    pub fn spec(&self) -> &BatchSpec {
        &self.spec
    }

    /// Adds a record with the next offset.
    ///
    /// # Errors
    /// [`BuildError`]; the batch is as it was.
    pub fn append(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> Result<(), BuildError> {
        self.append_at(self.next_offset(), timestamp, key, value, headers)
    }

    /// Adds a record with this offset, which must be above the last one.
    ///
    /// # Errors
    /// [`BuildError`]; the batch is as it was.
    pub fn append_at(
        &mut self,
        offset: Offset,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> Result<(), BuildError> {
        let offset_delta = self.check(offset, timestamp)?;
        let timestamp_delta = self.timestamp_delta(timestamp);
        let content = size::size_of_content(key.map(<[u8]>::len), value.map(<[u8]>::len), headers);
        let body = size::size_of_body(offset_delta, timestamp_delta, content);
        if self.buffer.len().saturating_add(body) > i32::MAX as usize - 5 {
            return Err(BuildError::TooLarge);
        }
        self.write(body, (timestamp, timestamp_delta), (offset, offset_delta), key, value, headers);
        Ok(())
    }

    /// Adds a record with the next offset when it [fits](Self::has_room_for). Tells the most that it can take as a batch
    /// of its own; `None` = the batch is as it was.
    pub fn append_if_room(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> Option<usize> {
        if self.is_full() {
            return None;
        }
        let offset = self.next_offset();
        let offset_delta = self.check(offset, timestamp).ok()?;
        let timestamp_delta = self.timestamp_delta(timestamp);
        let content = size::size_of_content(key.map(<[u8]>::len), value.map(<[u8]>::len), headers);
        let body = size::size_of_body(offset_delta, timestamp_delta, content);
        let fits = self.record_count == 0
            || self.spec.write_limit >= self.estimated_size() + varint::size_of_int(body as i32) + body;
        if !fits || self.buffer.len().saturating_add(body) > i32::MAX as usize - 5 {
            return None;
        }
        self.write(body, (timestamp, timestamp_delta), (offset, offset_delta), key, value, headers);
        Some(BATCH_OVERHEAD + size::MAX_RECORD_OVERHEAD + content)
    }

    #[inline(always)]
    fn timestamp_delta(&self, timestamp: i64) -> i64 {
        self.base_timestamp.map_or(0, |base| timestamp.wrapping_sub(base))
    }

    /// Writes a record whose body has this many bytes.
    fn write(
        &mut self,
        body: usize,
        (timestamp, timestamp_delta): (i64, i64),
        (offset, offset_delta): (Offset, i32),
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) {
        if self.base_timestamp.is_none() {
            self.base_timestamp = Some(timestamp);
        }
        self.make_room(body + 5);
        let mut out = Staged { out: &mut self.buffer, small: [0; STAGED_MAX], len: 0 };
        out.number(body as i64);
        out.number(0); // The attributes: none.
        out.number(timestamp_delta);
        out.number(offset_delta.into());
        out.field(key);
        out.field(value);
        out.number(headers.len() as i64);
        out.flush();
        for header in headers {
            out.field(Some(&header.key));
            out.field(header.value.as_deref());
            out.flush();
        }
        self.records_size = self.buffer.len() - BATCH_OVERHEAD;
        self.record_count += 1;
        self.last_offset = Some(offset);
        self.max_timestamp = self.max_timestamp.max(timestamp);
    }

    /// Room for so many bytes more. A batch that has begun to fill gets all of its room at once, as Kafka's does from its
    /// pool; a small one stays small.
    fn make_room(&mut self, more: usize) {
        let (len, room) = (self.buffer.len(), self.buffer.capacity() - self.buffer.len());
        if room < more {
            let known = (FILLING..WHOLE_MAX).contains(&self.spec.write_limit) && len >= FILLING;
            let whole = if known { self.spec.write_limit.saturating_sub(len) } else { 0 };
            self.buffer.reserve(whole.max(more));
        }
    }

    #[inline(always)]
    fn check(&self, offset: Offset, timestamp: i64) -> Result<i32, BuildError> {
        if self.closed_for_appends || self.built.is_some() {
            return Err(BuildError::Closed);
        }
        if let Some(previous) = self.last_offset.filter(|last| offset <= *last) {
            return Err(BuildError::Offset { offset, previous });
        }
        if timestamp < 0 && timestamp != NO_TIMESTAMP {
            return Err(BuildError::Timestamp(timestamp));
        }
        let base = self.spec.base_offset;
        offset
            .checked_sub(base)
            .and_then(|delta| i32::try_from(delta).ok())
            .filter(|delta| *delta >= 0)
            .ok_or(BuildError::OffsetDelta { offset, base })
    }

    /// The offset that the next record gets.
    #[inline(always)]
    pub fn next_offset(&self) -> Offset {
        self.last_offset.map_or(self.spec.base_offset, |last| last + 1)
    }

    pub fn record_count(&self) -> i32 {
        self.record_count
    }

    pub fn is_empty(&self) -> bool {
        self.record_count == 0
    }

    /// The largest timestamp of a record so far, or −1.
    pub fn max_timestamp(&self) -> i64 {
        self.max_timestamp
    }

    pub fn last_offset(&self) -> Option<Offset> {
        self.last_offset
    }

    /// Bytes of the records before compression, without the header.
    pub fn uncompressed_records_size(&self) -> usize {
        self.records_size
    }

    /// Compressed size by uncompressed size of the closed batch; 1 before.
    pub fn compression_ratio(&self) -> f32 {
        self.actual_ratio
    }

    /// What the codec is expected to leave of a byte, from earlier batches of the topic.
    pub fn set_estimated_compression_ratio(&mut self, ratio: f32) {
        self.estimated_ratio = ratio;
    }

    /// Bytes that the batch has or is expected to have (`estimatedSizeInBytes`).
    #[inline(always)]
    pub fn estimated_size(&self) -> usize {
        if let Some(built) = &self.built {
            return built.len();
        }
        let records = self.uncompressed_records_size();
        if self.spec.compression == Compression::None {
            return BATCH_OVERHEAD + records;
        }
        BATCH_OVERHEAD + (records as f32 * self.estimated_ratio * COMPRESSION_RATE_ESTIMATION_FACTOR) as usize
    }

    /// Whether this record still fits. The first one always does.
    pub fn has_room_for(
        &self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> bool {
        if self.is_full() {
            return false;
        }
        if self.record_count == 0 {
            return true;
        }
        let offset_delta = (self.next_offset() - self.spec.base_offset) as i32;
        let timestamp_delta = self.timestamp_delta(timestamp);
        let (key_len, value_len) = (key.map(<[u8]>::len), value.map(<[u8]>::len));
        let size = size::record_size(offset_delta, timestamp_delta, key_len, value_len, headers);
        self.spec.write_limit >= self.estimated_size() + size
    }

    /// Whether records of so many bytes still fit.
    pub fn has_room_for_size(&self, records_size: usize) -> bool {
        !self.is_full() && self.spec.write_limit >= self.estimated_size() + records_size
    }

    /// Whether the batch takes no more records. The write limit counts only after the first one.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.closed_for_appends
            || self.built.is_some()
            || (self.record_count > 0 && self.spec.write_limit <= self.estimated_size())
    }

    /// Refuses records from now on; the header can still be set.
    pub fn close_for_appends(&mut self) {
        self.closed_for_appends = true;
    }

    pub fn is_closed(&self) -> bool {
        self.built.is_some()
    }

    /// The end of the batch that replaces offsets dropped by compaction (`overrideLastOffset`).
    pub fn override_last_offset(&mut self, offset: Offset) {
        self.last_offset = Some(offset);
    }

    /// Sets id, epoch and first sequence before the batch is closed: the producer learns them when it drains the batch.
    pub fn set_producer_state(
        &mut self,
        id: ProducerId,
        epoch: i16,
        base_sequence: i32,
        transactional: bool,
    ) {
        self.spec.producer_id = id;
        self.spec.producer_epoch = epoch;
        self.spec.base_sequence = base_sequence;
        self.spec.transactional = transactional;
    }

    /// Changes the producer's state of a closed batch (`reopenAndRewriteProducerState`), leaving the records.
    pub fn rewrite_producer_state(
        &mut self,
        id: ProducerId,
        epoch: i16,
        base_sequence: i32,
        transactional: bool,
    ) {
        self.set_producer_state(id, epoch, base_sequence, transactional);
        if let Some(built) = self.built.take().filter(|built| !built.is_empty()) {
            let mut bytes = BytesMut::from(built);
            self.write_header(&mut bytes);
            self.built = Some(bytes.freeze());
        }
    }

    /// Finishes the batch; the same bytes again when it is finished already, and no bytes when it has no records.
    ///
    /// # Errors
    /// [`BuildError::ProducerState`] when id, epoch and sequence do not go together.
    pub fn close(&mut self) -> Result<Bytes, BuildError> {
        if let Some(built) = &self.built {
            return Ok(built.clone());
        }
        self.check_producer_state()?;
        self.closed_for_appends = true;
        let built = if self.record_count == 0 { Bytes::new() } else { self.build() };
        self.built = Some(built.clone());
        Ok(built)
    }

    fn build(&mut self) -> Bytes {
        let mut bytes = std::mem::take(&mut self.buffer);
        if self.spec.compression != Compression::None {
            let packed = self.spec.compression.compress(&bytes[BATCH_OVERHEAD..]);
            bytes = Vec::with_capacity(BATCH_OVERHEAD + packed.len());
            bytes.resize(BATCH_OVERHEAD, 0);
            bytes.extend_from_slice(&packed);
        }
        self.write_header(&mut bytes);
        self.actual_ratio = (bytes.len() - BATCH_OVERHEAD) as f32 / self.records_size as f32;
        Bytes::from(bytes)
    }

    fn check_producer_state(&self) -> Result<(), BuildError> {
        let spec = &self.spec;
        let error = if spec.transactional && spec.producer_id == NO_PRODUCER_ID {
            "Cannot write transactional messages without a valid producer ID"
        } else if spec.producer_id == NO_PRODUCER_ID {
            return Ok(());
        } else if spec.producer_epoch == NO_PRODUCER_EPOCH {
            "Invalid negative producer epoch"
        } else if spec.base_sequence < 0 && !spec.control {
            "Invalid negative sequence number used"
        } else {
            return Ok(());
        };
        Err(BuildError::ProducerState(error))
    }

    fn write_header(&self, bytes: &mut [u8]) {
        let max_timestamp = match self.spec.timestamp_type {
            TimestampType::CreateTime => self.max_timestamp,
            TimestampType::LogAppendTime => self.spec.log_append_time,
        };
        let last_offset = self.last_offset.unwrap_or(self.spec.base_offset);
        let header = HeaderFields {
            last_offset_delta: (last_offset - self.spec.base_offset) as i32,
            base_timestamp: self.base_timestamp.unwrap_or(NO_TIMESTAMP),
            max_timestamp,
            record_count: self.record_count,
        };
        write_header(bytes, &self.spec, &header);
    }
}

/// The small numbers of a record on their way to its bytes: many go at once.
struct Staged<'a> {
    out: &'a mut Vec<u8>,
    small: [u8; STAGED_MAX],
    len: usize,
}

impl Staged<'_> {
    #[inline(always)]
    fn number(&mut self, value: i64) {
        varint::put_long(&mut self.small, &mut self.len, value);
    }

    #[inline(always)]
    fn field(&mut self, field: Option<&[u8]>) {
        self.number(field.map_or(-1, |field| field.len() as i64));
        if let Some(field) = field {
            self.flush();
            self.out.extend_from_slice(field);
        }
    }

    #[inline(always)]
    fn flush(&mut self) {
        self.out.extend_from_slice(&self.small[..self.len]);
        self.len = 0;
    }
}
