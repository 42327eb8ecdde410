use std::ops::Range;

use bytes::Bytes;

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchError;
use crate::kafka::record::Record;
use crate::kafka::record::field as at;
use crate::kafka::record::varint;

/// A field of a structure and the bytes that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Kafka's name: `baseOffset`.
    pub name: &'static str,
    pub range: Range<usize>,
    pub value: String,
}

/// The header of a batch in a `.log` file, as a line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchHead {
    pub base: Offset,
    pub last: Offset,
    /// Its first byte in the file.
    pub position: u64,
    /// Bytes with the header.
    pub size: u64,
    pub epoch: Epoch,
    /// `none`, `gzip`, …; or what the header says when that names no codec.
    pub compression: String,
    /// Producer id, epoch and first sequence of an idempotent producer.
    pub producer: Option<(i64, i16, i32)>,
    pub transactional: bool,
    pub control: bool,
    pub max_timestamp: i64,
    /// How many records the header claims.
    pub records: i32,
    pub crc: u32,
    pub crc_ok: bool,
    /// Bytes of all keys and of all values; `None` when the records lie compressed, or are many.
    pub payload: Option<(u64, u64)>,
}

/// One batch down to its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchView {
    pub head: BatchHead,
    /// All of its bytes, header first.
    pub bytes: Bytes,
    /// The CRC-32C of the bytes that it covers, as they are now.
    pub computed_crc: u32,
    /// The fields of the header and the place of each in `bytes`.
    pub fields: Vec<Field>,
    /// Those of its records that were asked for.
    pub records: Vec<RecordView>,
    /// The number of the first of them within the batch.
    pub first: usize,
    /// Why the records, or those behind the last one here, cannot be read.
    pub broken: Option<BatchError>,
}

/// One record of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordView {
    pub offset: Offset,
    pub timestamp: i64,
    /// The number that the idempotent producer gave it, or −1.
    pub sequence: i32,
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    pub headers: Vec<(String, Option<Bytes>)>,
    /// Its own bytes, decompressed when the batch is compressed.
    pub bytes: Bytes,
    /// Where it begins in the batch's bytes; `None` when the batch is compressed.
    pub position: Option<usize>,
    /// Fields and the place of each in `bytes`.
    pub fields: Vec<Field>,
}

/// Records that one look into a batch's outline may decode for its bar.
const MOST_FOR_BAR: i32 = 200;

impl BatchHead {
    /// Reads a batch's head. With only the header in `batch`, the CRC counts as wrong: nobody could check it.
    pub fn of(batch: &Batch, position: u64) -> Self {
        let id = (batch.attributes() & 7).to_string();
        let producer = (batch.producer_id(), batch.producer_epoch(), batch.base_sequence());
        Self {
            base: batch.base_offset(),
            last: batch.last_offset(),
            position,
            size: batch.size() as u64,
            epoch: batch.partition_leader_epoch(),
            compression: batch.compression().map_or(id, |codec| codec.name().to_owned()),
            producer: batch.has_producer_id().then_some(producer),
            transactional: batch.is_transactional(),
            control: batch.is_control(),
            max_timestamp: batch.max_timestamp(),
            records: batch.record_count(),
            crc: batch.crc(),
            crc_ok: batch.is_valid(),
            payload: payload(batch),
        }
    }
}

fn payload(batch: &Batch) -> Option<(u64, u64)> {
    if batch.is_compressed() || !batch.is_complete() || batch.record_count() > MOST_FOR_BAR {
        return None;
    }
    let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
    let mut sum = (0, 0);
    for record in batch.records().ok()? {
        let record = record.ok()?;
        sum = (sum.0 + length(&record.key), sum.1 + length(&record.value));
    }
    Some(sum)
}

impl BatchView {
    /// The batch at the start of `bytes`, with its records from number `first`, `most` at most.
    ///
    /// # Errors
    /// When the bytes are no batch of format 2.
    pub fn of(bytes: &Bytes, position: u64, first: usize, most: usize) -> Result<Self, BatchError> {
        let batch = Batch::parse(bytes)?;
        let head = BatchHead::of(&batch, position);
        let fields = header_fields(&batch);
        let (computed_crc, bytes) = (batch.compute_crc(), batch.bytes().clone());
        let mut view = Self { head, bytes, computed_crc, fields, records: Vec::new(), first, broken: None };
        if let Err(error) = view.read_records(&batch, first, most) {
            view.broken = Some(error);
        }
        Ok(view)
    }

    fn read_records(&mut self, batch: &Batch, first: usize, most: usize) -> Result<(), BatchError> {
        let mut records = batch.records()?;
        let mut number = 0;
        while let Some(outline) = records.next_outline() {
            let outline = outline?;
            if number >= first {
                let bytes = records.data().slice(outline.range());
                let position = (!batch.is_compressed()).then_some(BATCH_OVERHEAD + outline.range().start);
                self.records.push(RecordView::of(records.fill(&outline), bytes, position));
            }
            number += 1;
            if number >= first.saturating_add(most) {
                break;
            }
        }
        Ok(())
    }

    /// The record of this offset, when it is among those that were read.
    pub fn record(&self, offset: Offset) -> Option<&RecordView> {
        self.records.iter().find(|record| record.offset == offset)
    }

    /// The fields to show over the batch's bytes: those of the header and, when they lie there plainly, those of one
    /// record.
    pub fn fields_with(&self, record: Option<&RecordView>) -> Vec<Field> {
        let mut fields = self.fields.clone();
        if let Some((record, start)) = record.and_then(|record| Some((record, record.position?))) {
            fields.extend(record.fields.iter().map(|field| Field {
                range: field.range.start + start..field.range.end + start,
                ..field.clone()
            }));
        }
        fields
    }
}

/// The field that holds a byte.
pub fn field_at(fields: &[Field], byte: usize) -> Option<usize> {
    fields.iter().position(|field| field.range.contains(&byte))
}

impl RecordView {
    fn of(record: Record, bytes: Bytes, position: Option<usize>) -> Self {
        let fields = record_fields(&bytes).unwrap_or_default();
        let headers = record.headers.into_iter();
        let text = |key: &Bytes| String::from_utf8_lossy(key).into_owned();
        Self {
            offset: record.offset,
            timestamp: record.timestamp,
            sequence: record.sequence,
            key: record.key,
            value: record.value,
            headers: headers.map(|header| (text(&header.key), header.value)).collect(),
            bytes,
            position,
            fields,
        }
    }
}

fn header_fields(batch: &Batch) -> Vec<Field> {
    let field = |name, from: usize, to: usize, value: String| Field { name, range: from..to, value };
    let length = batch.size() - crate::kafka::record::LOG_OVERHEAD;
    vec![
        field("baseOffset", at::BASE_OFFSET, at::LENGTH, batch.base_offset().to_string()),
        field("batchLength", at::LENGTH, at::PARTITION_LEADER_EPOCH, length.to_string()),
        field(
            "partitionLeaderEpoch",
            at::PARTITION_LEADER_EPOCH,
            at::MAGIC,
            batch.partition_leader_epoch().to_string(),
        ),
        field("magic", at::MAGIC, at::CRC, batch.magic().to_string()),
        field("crc", at::CRC, at::ATTRIBUTES, format!("0x{:08x}", batch.crc())),
        field("attributes", at::ATTRIBUTES, at::LAST_OFFSET_DELTA, attributes(batch)),
        field(
            "lastOffsetDelta",
            at::LAST_OFFSET_DELTA,
            at::BASE_TIMESTAMP,
            batch.last_offset_delta().to_string(),
        ),
        field("baseTimestamp", at::BASE_TIMESTAMP, at::MAX_TIMESTAMP, batch.base_timestamp().to_string()),
        field("maxTimestamp", at::MAX_TIMESTAMP, at::PRODUCER_ID, batch.max_timestamp().to_string()),
        field("producerId", at::PRODUCER_ID, at::PRODUCER_EPOCH, batch.producer_id().to_string()),
        field("producerEpoch", at::PRODUCER_EPOCH, at::BASE_SEQUENCE, batch.producer_epoch().to_string()),
        field("baseSequence", at::BASE_SEQUENCE, at::RECORDS_COUNT, batch.base_sequence().to_string()),
        field("recordsCount", at::RECORDS_COUNT, BATCH_OVERHEAD, batch.record_count().to_string()),
    ]
}

/// The header's fields over bytes that need not be a batch: those that are there, each as its number.
pub(super) fn raw_header(bytes: &Bytes) -> Vec<Field> {
    const PLACES: [(&str, usize, usize); 5] = [
        ("baseOffset", at::BASE_OFFSET, at::LENGTH),
        ("batchLength", at::LENGTH, at::PARTITION_LEADER_EPOCH),
        ("partitionLeaderEpoch", at::PARTITION_LEADER_EPOCH, at::MAGIC),
        ("magic", at::MAGIC, at::CRC),
        ("crc", at::CRC, at::ATTRIBUTES),
    ];
    let field = |(name, from, to): (&'static str, usize, usize)| {
        let part = bytes.get(from..to)?;
        // The sign of the first byte goes on into the others.
        let first = if part[0] >= 0x80 && name != "crc" { -1_i64 } else { 0 };
        let number = part.iter().fold(first, |number, byte| (number << 8) | i64::from(*byte));
        let value = if name == "crc" { format!("0x{number:08x}") } else { number.to_string() };
        Some(Field { name, range: from..to, value })
    };
    PLACES.into_iter().map_while(field).collect()
}

/// `0x0011: gzip, CreateTime, transactional`.
fn attributes(batch: &Batch) -> String {
    let codec = batch.compression().map_or("?", |codec| codec.name());
    let mut text = format!("0x{:04x}: {codec}, {}", batch.attributes(), batch.timestamp_type());
    let flags = [(batch.is_transactional(), ", transactional"), (batch.is_control(), ", control")];
    flags.iter().filter(|(set, _)| *set).for_each(|(_, word)| text.push_str(word));
    text
}

/// The fields of a record whose structure was read before; `None` when the bytes end early.
fn record_fields(bytes: &Bytes) -> Option<Vec<Field>> {
    let mut walk = Walk { bytes, pos: 0, fields: Vec::new() };
    walk.int("length")?;
    walk.raw("attributes", 1)?;
    walk.long("timestampDelta")?;
    walk.int("offsetDelta")?;
    walk.sized("keyLength", "key")?;
    walk.sized("valueLength", "value")?;
    for _ in 0..walk.int("headersCount")? {
        walk.sized("headerKeyLength", "headerKey")?;
        walk.sized("headerValueLength", "headerValue")?;
    }
    Some(walk.fields)
}

struct Walk<'a> {
    bytes: &'a Bytes,
    pos: usize,
    fields: Vec<Field>,
}

impl Walk<'_> {
    fn push(&mut self, name: &'static str, from: usize, value: String) {
        self.fields.push(Field { name, range: from..self.pos, value });
    }

    fn int(&mut self, name: &'static str) -> Option<i32> {
        let from = self.pos;
        let value = varint::read_int(self.bytes, &mut self.pos).ok()?;
        self.push(name, from, value.to_string());
        Some(value)
    }

    fn long(&mut self, name: &'static str) -> Option<()> {
        let from = self.pos;
        let value = varint::read_long(self.bytes, &mut self.pos).ok()?;
        self.push(name, from, value.to_string());
        Some(())
    }

    fn raw(&mut self, name: &'static str, count: usize) -> Option<()> {
        let from = self.pos;
        let end = from.checked_add(count).filter(|end| *end <= self.bytes.len())?;
        self.pos = end;
        let value =
            if name == "attributes" { self.bytes[from].to_string() } else { text(&self.bytes[from..end]) };
        self.push(name, from, value);
        Some(())
    }

    /// A length and as many bytes; a length below zero stands for null.
    fn sized(&mut self, length: &'static str, name: &'static str) -> Option<()> {
        match usize::try_from(self.int(length)?) {
            Ok(count) => self.raw(name, count),
            Err(_) => Some(()),
        }
    }
}

/// Characters of a text that is shown in a line.
const SHOWN: usize = 120;

/// Bytes as a person reads them: text in quotes, or hex when they are no text. Long ones end with `…`.
pub fn text(bytes: &[u8]) -> String {
    let readable = std::str::from_utf8(bytes)
        .ok()
        .filter(|text| text.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
    match readable {
        Some(text) if text.chars().count() <= SHOWN => format!("{text:?}"),
        Some(text) => format!("{:?}…", text.chars().take(SHOWN).collect::<String>()),
        None => {
            let hex: String = bytes.iter().take(SHOWN / 2).map(|byte| format!("{byte:02x}")).collect();
            format!("0x{hex}{}", if bytes.len() > SHOWN / 2 { "…" } else { "" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::record::BatchBuilder;
    use crate::kafka::record::BatchSpec;
    use crate::kafka::record::Compression;
    use crate::kafka::record::Header;

    fn batch(compression: Compression) -> Bytes {
        let spec = BatchSpec { compression, base_offset: 7, leader_epoch: 3, ..BatchSpec::default() };
        let mut builder = BatchBuilder::new(spec);
        let header = Header { key: Bytes::from_static(b"trace"), value: None };
        builder.append(1_700_000_000_123, Some(b"user-42"), Some(b"paid"), &[header]).unwrap();
        builder.append(1_700_000_000_130, None, Some(&[0xff, 0]), &[]).unwrap();
        builder.close().unwrap()
    }

    #[test]
    fn every_byte_of_a_plain_batch_belongs_to_exactly_one_field() {
        let view = BatchView::of(&batch(Compression::None), 275, 0, 10).unwrap();
        let mut owners = vec![0; view.bytes.len()];
        let records = view.records.iter().flat_map(|record| {
            let start = record.position.unwrap();
            record.fields.iter().map(move |field| field.range.start + start..field.range.end + start)
        });
        for range in view.fields.iter().map(|field| field.range.clone()).chain(records) {
            range.for_each(|byte| owners[byte] += 1);
        }
        assert!(owners.iter().all(|count| *count == 1), "{owners:?}");
        assert_eq!((view.head.base, view.head.last, view.head.position), (7, 8, 275));
        assert!(view.head.crc_ok);
        assert_eq!(view.head.payload, Some((7, 6)));
    }

    #[test]
    fn a_field_is_found_by_its_byte_and_says_its_value() {
        let view = BatchView::of(&batch(Compression::None), 0, 0, 10).unwrap();
        let fields = view.fields_with(view.record(7));
        let named = |byte| field_at(&fields, byte).map(|at| (fields[at].name, fields[at].value.as_str()));
        assert_eq!(named(0), Some(("baseOffset", "7")));
        assert_eq!(named(15), Some(("partitionLeaderEpoch", "3")));
        let key = view.bytes.windows(7).position(|window| window == b"user-42").unwrap();
        assert_eq!(named(key + 3), Some(("key", "\"user-42\"")));
        assert_eq!(named(view.bytes.len() - 1), None, "the other record was not asked for");
        assert_eq!(view.record(8).unwrap().key, None);
        assert_eq!(text(view.record(8).unwrap().value.as_ref().unwrap()), "0xff00");
    }

    #[test]
    fn records_of_a_compressed_batch_have_bytes_of_their_own() {
        let view = BatchView::of(&batch(Compression::Gzip), 0, 1, 10).unwrap();
        assert_eq!((view.first, view.records.len()), (1, 1));
        assert_eq!((view.records[0].offset, view.records[0].position), (8, None));
        assert_eq!(view.head.compression, "gzip");
        assert_eq!(view.head.payload, None);
    }

    #[test]
    fn a_flipped_bit_is_told_and_is_no_panic() {
        let whole = batch(Compression::None);
        for byte in 0..whole.len() {
            let mut broken = whole.to_vec();
            broken[byte] ^= 0x10;
            if let Ok(view) = BatchView::of(&Bytes::from(broken), 0, 0, 10) {
                // Base offset and leader epoch lie outside the CRC; a shorter length cuts what it covers.
                let covered = byte >= at::CRC || (at::LENGTH..at::PARTITION_LEADER_EPOCH).contains(&byte);
                assert_eq!(view.head.crc_ok, !covered, "byte {byte}");
            }
        }
    }
}
