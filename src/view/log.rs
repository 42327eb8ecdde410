use bytes::Bytes;

use super::BatchHead;
use super::Field;
use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::record::BatchError;
use crate::kafka::storage::AbortedTxn;
use crate::kafka::storage::LookupStep;
use crate::kafka::storage::ProducerStateEntry;

/// The directory of one replica as it lies on the disk of its broker.
#[derive(Clone, Debug, PartialEq)]
pub struct LogView {
    pub broker: i32,
    pub partition: TopicPartition,
    /// The name of the directory: `orders-0`.
    pub dir: String,
    pub log_start: Offset,
    pub log_end: Offset,
    /// What only a running broker knows; a directory whose broker is down has files and nothing else.
    pub live: Option<LiveLog>,
    /// How many segments there are; `segments` holds those near the place looked at.
    pub segment_count: usize,
    /// The number of the first of `segments` among all.
    pub first_segment: usize,
    pub segments: Vec<SegmentFiles>,
    /// Files that belong to no segment of the log: checkpoints, and what waits for its deletion.
    pub others: Vec<FileView>,
    /// `leader-epoch-checkpoint`: where each leader's reign began.
    pub epochs: Vec<(Epoch, Offset)>,
    /// `partition.metadata`.
    pub topic_id: Option<String>,
}

/// What a running broker knows of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveLog {
    pub high_watermark: Offset,
    pub last_stable: Offset,
    pub recovery_point: Offset,
    /// `segment.bytes` in force.
    pub segment_bytes: i32,
    /// `index.interval.bytes` in force.
    pub index_interval: i32,
    /// `segment.ms` in force.
    pub segment_ms: i64,
}

/// The files of one segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentFiles {
    pub base: Offset,
    /// The offset after its last record.
    pub next: Offset,
    /// Bytes of batches; a preallocated file is longer.
    pub bytes: u64,
    pub active: bool,
    pub log: FileView,
    /// `.index`, `.timeindex`, `.txnindex`, `.snapshot`: those that exist.
    pub beside: Vec<FileView>,
    /// Entries of its `.index`.
    pub index_entries: u32,
    /// Its largest timestamp, when an entry of its `.timeindex` or the broker tells it.
    pub max_timestamp: Option<i64>,
    /// Why the segment was closed, as far as the bytes tell.
    pub roll: Option<Roll>,
}

/// The guard that made a log begin a new segment (`LogSegment.shouldRoll`), by the configs now in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roll {
    /// The next batch would not have fitted: `used + next > limit`.
    Full { used: u64, next: u64, limit: i32 },
    /// The next batch was this much later than the first one: `waited > limit` milliseconds.
    Old { waited: i64, limit: i64 },
    /// An index had no room for one more entry.
    IndexFull { entries: u32 },
}

/// A file by its name and size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    pub name: String,
    pub bytes: u64,
    /// How many of its bytes mean something: a preallocated index is mostly zeros.
    pub used: u64,
    /// Bytes that a loss of power would take.
    pub unflushed: u64,
}

/// One entry of an `.index`: 8 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Its number in the file.
    pub slot: u32,
    /// The offset minus the segment's base offset, as stored.
    pub relative: i32,
    pub offset: Offset,
    pub position: u32,
}

/// One entry of a `.timeindex`: 12 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeEntry {
    pub slot: u32,
    pub timestamp: i64,
    pub relative: i32,
    pub offset: Offset,
}

/// What is in the files of one segment, near the place looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentContents {
    pub base: Offset,
    pub index: Vec<IndexEntry>,
    pub index_entries: u32,
    pub times: Vec<TimeEntry>,
    pub time_entries: u32,
    /// `.txnindex`: aborted transactions.
    pub aborted: Vec<AbortedTxn>,
    /// `.snapshot` at the segment's base offset: what was known of each producer there.
    pub producers: Vec<ProducerStateEntry>,
    pub batches: Vec<BatchHead>,
    /// Whether batches lie before the first and behind the last one here.
    pub earlier: bool,
    pub later: bool,
    /// Why the bytes behind the last batch are no batch.
    pub broken: Option<Broken>,
}

/// The place in a `.log` file from which on there is no batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Where the batch should begin.
    pub position: u64,
    pub kind: BrokenKind,
    /// Its first bytes, as many as help to see what is wrong.
    pub bytes: Bytes,
    /// The fields of a batch's header over them, whatever they say.
    pub fields: Vec<Field>,
    /// The first of `bytes` that cannot be right; the number behind the last one of the file when it ends too early.
    pub first_bad: usize,
}

/// What is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokenKind {
    /// The file ends inside a batch of so many bytes, when so much of its header is there that it says so.
    Cut { size: Option<u64> },
    /// Message formats 0 and 1, from before Kafka 0.11.
    OldFormat(i8),
    /// Nothing but zeros: room that was reserved.
    Zeros,
    /// What Kafka says of it.
    NoBatch(BatchError),
}

/// A search for an offset or a time, with everything it touched, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupView {
    pub asked: i64,
    pub by_time: bool,
    /// Everything the broker looks at, in order.
    pub steps: Vec<LookupStep>,
    /// The segment, the byte and the offset of what was found.
    pub found: Option<Found>,
    pub cost: LookupCost,
    /// What it would have cost to read batch after batch from the start of the log.
    pub without_index: LookupCost,
    /// The walk without an index was given up: it would cost at least that much.
    pub without_index_is_more: bool,
}

/// Where a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub segment: Offset,
    /// Where its batch begins in the `.log` file.
    pub position: u64,
    pub offset: Offset,
}

/// What a search costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookupCost {
    pub segments: u32,
    pub index_entries: u32,
    pub batches: u32,
    /// Bytes of index entries, batch headers and searched batches.
    pub bytes: u64,
}

/// The stages of a search, as the page steps through them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    #[default]
    FindSegment,
    SearchIndex,
    Seek,
    Scan,
    Return,
}

impl Stage {
    pub const ALL: [Self; 5] = [Self::FindSegment, Self::SearchIndex, Self::Seek, Self::Scan, Self::Return];

    /// The stage that a step belongs to.
    pub const fn of(step: &LookupStep) -> Self {
        match step {
            LookupStep::Segment { .. } => Self::FindSegment,
            LookupStep::TimeIndexEntry { .. }
            | LookupStep::TimeIndexFound { .. }
            | LookupStep::OffsetIndexEntry { .. } => Self::SearchIndex,
            LookupStep::OffsetIndexFound { .. } => Self::Seek,
            LookupStep::Batch { .. } | LookupStep::Record { .. } => Self::Scan,
        }
    }
}

impl LookupView {
    /// The segment that was searched last.
    pub fn segment(&self) -> Option<Offset> {
        self.found.map(|found| found.segment).or_else(|| {
            self.steps.iter().rev().find_map(|step| match step {
                LookupStep::Segment { base_offset, chosen: true, .. } => Some(*base_offset),
                _ => None,
            })
        })
    }

    /// The entry of the `.index` at which reading the `.log` begins.
    pub fn seek(&self) -> Option<(Offset, u64)> {
        self.steps.iter().rev().find_map(|step| match step {
            LookupStep::OffsetIndexFound { entry, .. } => {
                Some((entry.offset, u64::from(entry.position.unsigned_abs())))
            }
            _ => None,
        })
    }

    /// Batches whose headers were read before the one that was found.
    pub fn skipped(&self) -> usize {
        let batches = self.steps.iter().filter(|step| matches!(step, LookupStep::Batch { .. })).count();
        batches.saturating_sub(usize::from(self.found.is_some()))
    }
}
