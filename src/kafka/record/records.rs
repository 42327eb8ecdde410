use std::ops::Range;

use bytes::Bytes;

use super::Batch;
use super::BatchError;
use super::Compression;
use super::Defect;
use super::MAX_DECOMPRESSED_BYTES;
use super::NO_SEQUENCE;
use super::TimestampType;
use super::compression::decompress;
use super::increment_sequence;
use super::varint;
use super::varint::VarintError;
use crate::kafka::base::Offset;

/// A header of a record: an application's own key and value. Keys may repeat, and their order is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// UTF-8 by convention; Kafka does not check it.
    pub key: Bytes,
    pub value: Option<Bytes>,
}

impl Header {
    pub fn new(key: &str, value: Option<&[u8]>) -> Self {
        Self { key: Bytes::copy_from_slice(key.as_bytes()), value: value.map(Bytes::copy_from_slice) }
    }
}

/// One record as it stands in a batch (`DefaultRecord`). Key, value and headers share the batch's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    pub offset: Offset,
    /// Milliseconds since 1970, or −1. With LogAppendTime, that of the batch.
    pub timestamp: i64,
    /// The number that the idempotent producer gave it, or −1.
    pub sequence: i32,
    /// Bytes of the record before compression, its length field included.
    pub size: usize,
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    pub headers: Vec<Header>,
}

/// A record of which only the outline was read: what append validation needs, without taking hold of any bytes.
///
/// One is made for each record at each look: its places are as small as the records of a batch allow, 2 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordOutline {
    pub offset: Offset,
    pub timestamp: i64,
    pub sequence: i32,
    pub attributes: i8,
    start: u32,
    end: u32,
    key: Field,
    value: Field,
    headers: u32,
    header_count: u32,
}

impl RecordOutline {
    /// Bytes of the record before compression, its length field included.
    pub fn size(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Where the record lies in [`Records::data`].
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn has_key(&self) -> bool {
        self.key.len >= 0
    }

    /// `None`: there is no key.
    pub fn key_size(&self) -> Option<usize> {
        usize::try_from(self.key.len).ok()
    }

    /// `None`: there is no value.
    pub fn value_size(&self) -> Option<usize> {
        usize::try_from(self.value.len).ok()
    }
}

/// Bytes of a record: where they begin in [`Records::data`], and how many there are; below zero for null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Field {
    at: u32,
    len: i32,
}

impl Field {
    fn of(self, data: &Bytes) -> Option<Bytes> {
        let (at, len) = (self.at as usize, usize::try_from(self.len).ok()?);
        Some(data.slice(at..at + len))
    }
}

/// The records of one batch, in order. Ends behind the first error.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Records {
    data: Bytes,
    defect: Option<Defect>,
    compressed: bool,
    skims: bool,
    position: usize,
    left: i32,
    base_offset: Offset,
    base_timestamp: i64,
    base_sequence: i32,
    log_append_time: Option<i64>,
}

impl Records {
    pub(super) fn of(batch: &Batch) -> Result<Self, BatchError> {
        let count = batch.record_count();
        if count < 0 {
            let what = format!("Found invalid record count {count} in magic v{} batch", batch.magic());
            return Err(BatchError::InvalidRecord(what));
        }
        let codec = batch.compression()?;
        let payload = if count == 0 { Bytes::new() } else { batch.payload() };
        let unpacked = decompress(codec, &payload, MAX_DECOMPRESSED_BYTES);
        Ok(Self {
            data: unpacked.records,
            defect: unpacked.defect.filter(|_| count > 0),
            compressed: codec != Compression::None,
            skims: false,
            position: 0,
            left: count,
            base_offset: batch.base_offset(),
            base_timestamp: batch.base_timestamp(),
            base_sequence: batch.base_sequence(),
            log_append_time: (batch.timestamp_type() == TimestampType::LogAppendTime)
                .then(|| batch.max_timestamp()),
        })
    }

    /// Looks at no length of a record from now on.
    pub(super) fn skimming(self) -> Self {
        Self { skims: true, ..self }
    }

    /// The uncompressed bytes of all records.
    pub fn data(&self) -> &Bytes {
        &self.data
    }

    /// Where in [`data`](Self::data) the next record begins.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Reads the next record without taking hold of its key and value.
    #[inline]
    pub fn next_outline(&mut self) -> Option<Result<RecordOutline, BatchError>> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        if let Some(outline) = self.usual()
            && self.left > 0
        {
            self.position = outline.end as usize;
            return Some(Ok(outline));
        }
        Some(self.careful())
    }

    fn careful(&mut self) -> Result<RecordOutline, BatchError> {
        let outline = self.read().and_then(|outline| self.check_end().map(|()| outline));
        if outline.is_err() {
            self.left = 0;
        }
        outline
    }

    /// The full record that begins at this place in [`data`](Self::data), where one was read before.
    ///
    /// # Errors
    /// None there; anywhere else what the bytes there do wrong.
    pub fn read_at(&self, position: usize) -> Result<Record, BatchError> {
        let mut again = Self { position, ..self.clone() };
        again.read().map(|outline| again.fill(&outline))
    }

    /// A record without headers and with nothing wrong, as most are: this is done for each record, again and again.
    /// `None`: [`read`](Self::read) looks closer.
    #[inline(always)]
    fn usual(&self) -> Option<RecordOutline> {
        let mut pos = self.position;
        let size = varint::read_short(&self.data, &mut pos)?;
        let body = self.data.get(..pos + usize::try_from(size).ok()?).filter(|_| !self.skims)?;
        let attributes = *body.get(pos)? as i8;
        pos += 1;
        let timestamp_delta = i64::from(varint::read_short(body, &mut pos)?);
        let offset_delta = varint::read_short(body, &mut pos)?;
        let key = usual_field(body, &mut pos)?;
        let value = usual_field(body, &mut pos)?;
        if varint::read_short(body, &mut pos)? != 0 || pos != body.len() {
            return None;
        }
        let deltas = (timestamp_delta, offset_delta);
        Some(self.outline(self.position..pos, attributes, deltas, (key, value), (pos, 0)))
    }

    /// The full record of an outline of this batch.
    pub fn fill(&self, outline: &RecordOutline) -> Record {
        Record {
            offset: outline.offset,
            timestamp: outline.timestamp,
            sequence: outline.sequence,
            size: outline.size(),
            key: outline.key.of(&self.data),
            value: outline.value.of(&self.data),
            headers: self.headers(outline),
        }
    }

    fn headers(&self, outline: &RecordOutline) -> Vec<Header> {
        let mut pos = outline.headers as usize;
        let body = &self.data[..outline.end as usize];
        let mut headers = Vec::with_capacity(outline.header_count as usize);
        for _ in 0..outline.header_count {
            // The outline was read through these very bytes.
            let (Ok(key), Ok(value)) = (field(body, &mut pos), field(body, &mut pos)) else { break };
            let Some(key) = key.of(&self.data) else { break };
            headers.push(Header { key, value: value.of(&self.data) });
        }
        headers
    }

    fn read(&mut self) -> Result<RecordOutline, BatchError> {
        let start = self.position;
        let size = match varint::read_int(&self.data, &mut self.position) {
            Ok(size) => size,
            Err(error) => return Err(self.bad_length(error)),
        };
        if self.skims {
            return self.skim(start);
        }
        let left = self.data.len() - self.position;
        let end = match usize::try_from(size) {
            Ok(size) if size <= left => self.position + size,
            Ok(_) => return Err(self.short(format!(
                "Invalid record size: expected {size} bytes in record payload, but only {left} bytes are left"
            ))),
            Err(_) => return Err(BatchError::InvalidRecord(format!("Invalid record size {size}"))),
        };
        let outline = self.body(start, end)?;
        self.position = end;
        Ok(outline)
    }

    fn body(&self, start: usize, end: usize) -> Result<RecordOutline, BatchError> {
        let body = &self.data[..end];
        let mut pos = self.position;
        let Some(&attributes) = body.get(pos) else { return Err(structure("the attributes are missing")) };
        let attributes = attributes as i8;
        pos += 1;
        let timestamp_delta = varint::read_long(body, &mut pos)?;
        let offset_delta = varint::read_int(body, &mut pos)?;
        let key = field(body, &mut pos)?;
        let value = field(body, &mut pos)?;
        let count = varint::read_int(body, &mut pos)?;
        let header_count = match usize::try_from(count) {
            Ok(count) if count <= end - pos => count,
            _ => return Err(bad_header_count(count)),
        };
        let headers = pos;
        for _ in 0..header_count {
            if field(body, &mut pos)?.len < 0 {
                return Err(no_header_key());
            }
            field(body, &mut pos)?;
        }
        if pos != end {
            return Err(self.other_size(end, pos));
        }
        Ok(self.outline(
            start..end,
            attributes,
            (timestamp_delta, offset_delta),
            (key, value),
            (headers, header_count),
        ))
    }

    /// A record in a stream (`DefaultRecord.readPartiallyFrom`): it ends where its last header ends.
    fn skim(&mut self, start: usize) -> Result<RecordOutline, BatchError> {
        let mut pos = self.position;
        let attributes = self.data.get(pos).copied().ok_or_else(|| self.ended())? as i8;
        pos += 1;
        let timestamp_delta =
            varint::read_long(&self.data, &mut pos).map_err(|error| self.bad_number(error))?;
        let offset_delta = self.skimmed_int(&mut pos)?;
        let key = self.skimmed_field(&mut pos)?;
        let value = self.skimmed_field(&mut pos)?;
        let count = self.skimmed_int(&mut pos)?;
        let header_count = usize::try_from(count).map_err(|_| bad_header_count(count))?;
        let headers = pos;
        for _ in 0..header_count {
            if self.skimmed_field(&mut pos)?.len < 0 {
                return Err(no_header_key());
            }
            self.skimmed_field(&mut pos)?;
        }
        self.position = pos;
        Ok(self.outline(
            start..pos,
            attributes,
            (timestamp_delta, offset_delta),
            (key, value),
            (headers, header_count),
        ))
    }

    fn skimmed_field(&self, pos: &mut usize) -> Result<Field, BatchError> {
        let len = self.skimmed_int(pos)?;
        let at = *pos;
        *pos += len.max(0) as usize;
        if *pos > self.data.len() {
            return Err(self.ended());
        }
        Ok(Field { at: at as u32, len })
    }

    fn skimmed_int(&self, pos: &mut usize) -> Result<i32, BatchError> {
        varint::read_int(&self.data, pos).map_err(|error| self.bad_number(error))
    }

    #[cold]
    fn bad_number(&self, error: VarintError) -> BatchError {
        match error {
            VarintError::Truncated => self.ended(),
            VarintError::TooLong => structure(error),
        }
    }

    #[cold]
    fn ended(&self) -> BatchError {
        self.short("Reached end of input stream before skipping all bytes".to_owned())
    }

    #[inline(always)]
    fn outline(
        &self,
        range: Range<usize>,
        attributes: i8,
        (timestamp_delta, offset_delta): (i64, i32),
        (key, value): (Field, Field),
        (headers, header_count): (usize, usize),
    ) -> RecordOutline {
        let sequence = match self.base_sequence {
            base if base >= 0 => increment_sequence(base, offset_delta),
            _ => NO_SEQUENCE,
        };
        RecordOutline {
            offset: self.base_offset.wrapping_add(i64::from(offset_delta)),
            timestamp: self.log_append_time.unwrap_or(self.base_timestamp.wrapping_add(timestamp_delta)),
            sequence,
            attributes,
            start: range.start as u32,
            end: range.end as u32,
            key,
            value,
            headers: headers as u32,
            header_count: header_count as u32,
        }
    }

    /// Nothing may follow the last record.
    fn check_end(&mut self) -> Result<(), BatchError> {
        if self.left > 0 {
            return Ok(());
        }
        if self.position < self.data.len() {
            let what = "Incorrect declared batch size, records still remaining in file";
            return Err(BatchError::InvalidRecord(what.to_owned()));
        }
        self.defect.take().map_or(Ok(()), |defect| Err(BatchError::Decompression(defect)))
    }

    #[cold]
    fn other_size(&self, expected: usize, read: usize) -> BatchError {
        BatchError::InvalidRecord(format!(
            "Invalid record size: expected to read {} bytes in record payload, but instead read {}",
            expected - self.position,
            read - self.position
        ))
    }

    /// The bytes ended too early: because of the codec, if it stopped early, otherwise because the batch lies.
    #[cold]
    fn short(&self, what: String) -> BatchError {
        match &self.defect {
            Some(defect) => BatchError::Decompression(defect.clone()),
            None => BatchError::InvalidRecord(what),
        }
    }

    #[cold]
    fn bad_length(&self, error: VarintError) -> BatchError {
        match error {
            VarintError::TooLong if !self.compressed => BatchError::IllegalArgument(error.to_string()),
            _ => self.short("Incorrect declared batch size, premature EOF reached".to_owned()),
        }
    }
}

impl Iterator for Records {
    type Item = Result<Record, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let outline = self.next_outline()?;
        Some(outline.map(|outline| self.fill(&outline)))
    }
}

#[inline(always)]
fn usual_field(body: &[u8], pos: &mut usize) -> Option<Field> {
    let len = varint::read_short(body, pos)?;
    let at = *pos as u32;
    *pos += len.max(0) as usize;
    Some(Field { at, len })
}

/// A length and as many bytes; a length below zero stands for null.
fn field(body: &[u8], pos: &mut usize) -> Result<Field, BatchError> {
    let len = varint::read_int(body, pos)?;
    let at = *pos;
    *pos += len.max(0) as usize;
    if *pos > body.len() {
        return Err(beyond(len));
    }
    Ok(Field { at: at as u32, len })
}

#[cold]
fn beyond(len: i32) -> BatchError {
    structure(format!("a field of {len} bytes reaches beyond its record"))
}

#[cold]
fn no_header_key() -> BatchError {
    structure("a header has no key")
}

/// Inside a record, a number that cannot be read is the record's fault.
impl From<VarintError> for BatchError {
    #[cold]
    fn from(error: VarintError) -> Self {
        structure(error)
    }
}

#[cold]
fn bad_header_count(count: i32) -> BatchError {
    BatchError::InvalidRecord(format!("Found invalid number of record headers {count}"))
}

#[cold]
fn structure(what: impl ToString) -> BatchError {
    BatchError::InvalidRecord(format!("Found invalid record structure: {}", what.to_string()))
}
