use std::ops::Range;

use bytes::Bytes;

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;

/// The directory of one replica: its files, and what is in the segment looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct LogView {
    pub broker: i32,
    pub partition: TopicPartition,
    pub log_start: Offset,
    pub high_watermark: Offset,
    pub log_end: Offset,
    pub segments: Vec<SegmentFiles>,
    /// Files that belong to no segment: `leader-epoch-checkpoint`, `partition.metadata`.
    pub others: Vec<FileView>,
}

/// The files of one segment and their contents.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentFiles {
    pub base: Offset,
    pub next: Offset,
    pub active: bool,
    pub log: FileView,
    /// `.index`, `.timeindex`, `.txnindex`, `.snapshot`: those that exist.
    pub beside: Vec<FileView>,
}

/// A file by its name and size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    pub name: String,
    pub bytes: u64,
}

/// One entry of an `.index`: 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// The offset minus the segment's base offset, as stored.
    pub relative: i32,
    pub offset: Offset,
    pub position: u32,
}

/// One batch in a `.log` file.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchView {
    pub base: Offset,
    pub last: Offset,
    pub position: u64,
    pub bytes: Bytes,
    pub epoch: Epoch,
    pub compression: &'static str,
    pub producer: Option<(i64, i16, i32)>,
    pub max_timestamp: i64,
    pub control: bool,
    pub crc_ok: bool,
    /// Header fields and the place of each in `bytes`.
    pub fields: Vec<Field>,
    /// Its records; empty when they cannot be read.
    pub records: Vec<RecordView>,
    /// Why the records cannot be read.
    pub broken: Option<String>,
}

/// One record of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordView {
    pub offset: Offset,
    pub timestamp: i64,
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    pub headers: Vec<(String, Option<Bytes>)>,
    /// The record's bytes: of the batch, or of the decompressed records when the batch is compressed.
    pub bytes: Bytes,
    /// Fields and the place of each in `bytes`.
    pub fields: Vec<Field>,
}

/// A field of a structure and the bytes that hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Kafka's name: `baseOffset`.
    pub name: &'static str,
    pub range: Range<usize>,
    pub value: String,
}

/// A search for an offset or a time, with everything it touched, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupView {
    pub asked: i64,
    pub by_time: bool,
    pub touched: Vec<Touch>,
    /// The offset found.
    pub found: Option<Offset>,
    pub segments_compared: u32,
    pub index_entries: u32,
    pub batches_scanned: u32,
    pub bytes_read: u64,
    /// What a scan from the start of the log would have read.
    pub batches_without_index: u32,
    pub bytes_without_index: u64,
}

/// One thing that a search touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    Segment { base: Offset, taken: bool },
    Index { base: Offset, entry: IndexEntry, taken: bool },
    Batch { base: Offset, position: u64, taken: bool },
}

impl BatchView {
    /// The field of the header that holds this byte.
    pub fn field_at(&self, byte: usize) -> Option<usize> {
        self.fields.iter().position(|f| f.range.contains(&byte))
    }
}
