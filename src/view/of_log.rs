//! How pictures are taken of a replica's directory. Files are read without the machine noticing: no counter and no page
//! of its cache changes.

use std::collections::VecDeque;

use bytes::Bytes;

use super::BatchHead;
use super::BatchView;
use super::Broken;
use super::BrokenKind;
use super::FileView;
use super::IndexEntry;
use super::LiveLog;
use super::LogView;
use super::Roll;
use super::SegmentContents;
use super::SegmentFiles;
use super::TimeEntry;
use super::batch::raw_header;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::node::Node;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchError;
use crate::kafka::record::LOG_OVERHEAD;
use crate::kafka::record::field as at;
use crate::kafka::storage;
use crate::kafka::storage::AbortedTxn;
use crate::kafka::storage::Disk as _;
use crate::kafka::storage::LeaderEpochCache;
use crate::kafka::storage::Log;
use crate::kafka::storage::ProducerStateEntry;
use crate::kafka::storage::Segment;
use crate::kafka::storage::TransactionIndex;
use crate::kafka::storage::decode_partition_metadata;
use crate::kafka::storage::names;
use crate::kafka::storage::producer_state::decode_snapshot;
use crate::lab::World;
use crate::lab::contents::Contents;
use crate::lab::disk::Disk;
use crate::lab::disk::DiskDoor;

/// Segments in one picture.
pub const SEGMENTS_SHOWN: usize = 12;
/// Index entries in one picture.
pub const ENTRIES_SHOWN: usize = 12;
/// Batches in one picture.
pub const BATCHES_SHOWN: usize = 24;

/// Segments of a directory whose files are all listed.
const MOST_LISTED: usize = 400;
/// The files that may lie beside a `.log`.
const BESIDE: [&str; 4] =
    [names::INDEX_SUFFIX, names::TIME_INDEX_SUFFIX, names::TXN_INDEX_SUFFIX, names::SNAPSHOT_SUFFIX];
/// Bytes of what is no batch in one picture.
const BROKEN_SHOWN: usize = 160;
const INDEX_ENTRY: u64 = 8;
const TIME_ENTRY: u64 = 12;

/// One replica's directory, opened for looking.
#[derive(Clone, Copy, Debug)]
pub struct Directory<'a> {
    disk: &'a Disk,
    /// The log of the running broker, if it runs.
    log: Option<&'a Log>,
    dir: &'a str,
}

impl<'a> Directory<'a> {
    pub const fn new(disk: &'a Disk, log: Option<&'a Log>, dir: &'a str) -> Self {
        Self { disk, log, dir }
    }

    /// Opens the directory of a partition on a machine and lets `look` at it; `None` when there is none.
    pub fn with<T>(
        world: &World,
        node: NodeId,
        partition: &TopicPartition,
        look: impl FnOnce(&Directory<'_>) -> T,
    ) -> Option<T> {
        let machine = world.machine(node)?;
        let metadata = |log: &&Log| log.topic_partition() == partition;
        let log = match machine.node() {
            Some(Node::Broker(broker)) => match broker.partition(partition) {
                Some(replica) => replica.log(),
                None => broker.metadata().log().filter(metadata),
            },
            Some(Node::Controller(controller)) => controller.log().storage().filter(metadata),
            _ => None,
        };
        let dir = match log {
            Some(log) => log.dir().to_owned(),
            None => directory_of(&machine.disk, partition)?,
        };
        Some(look(&Directory::new(&machine.disk, log, &dir)))
    }

    pub const fn log(&self) -> Option<&'a Log> {
        self.log
    }

    pub const fn disk(&self) -> &'a Disk {
        self.disk
    }

    /// Reads through a copy of the disk, which shares everything with it.
    pub(super) fn through_a_copy<T>(&self, read: impl FnOnce(&mut DiskDoor<'_>) -> T) -> T {
        let mut copy = self.disk.clone();
        read(&mut DiskDoor::new(&mut copy, &Contents::default(), Instant::ZERO))
    }

    pub(super) fn path(&self, base: Offset, suffix: &str) -> String {
        format!("{}/{}{suffix}", self.dir, names::prefix(base))
    }

    fn len(&self, path: &str) -> u64 {
        self.disk.file(path).map_or(0, |file| file.len())
    }

    pub(super) fn peek(&self, path: &str, position: u64, len: usize) -> Bytes {
        self.disk.file(path).map_or_else(Bytes::new, |file| file.peek(position, len))
    }

    fn files(&self) -> Vec<String> {
        self.through_a_copy(|disk| disk.list(self.dir))
    }

    /// Base offsets of the log's segments, oldest first.
    pub fn bases(&self) -> Vec<Offset> {
        match self.log {
            Some(log) => log.segments().map(Segment::base_offset).collect(),
            None => self.files().iter().filter_map(|file| base_of(file)).collect(),
        }
    }

    /// The end of the log; of a directory without a broker, as its files tell.
    pub fn end(&self) -> Offset {
        match (self.log, self.bases().last()) {
            (Some(log), _) => log.log_end_offset(),
            (None, Some(active)) => self.scan_end(*active),
            (None, None) => 0,
        }
    }

    fn scan_end(&self, base: Offset) -> Offset {
        let (_, position) = self.index_floor(base, Offset::MAX);
        let mut walk = self.walk(base, position);
        walk.by_ref().last().map_or(base, |head| head.last + 1)
    }

    /// The segment that holds an offset, or the first behind it.
    pub fn segment_of(&self, offset: Offset) -> Option<Offset> {
        let bases = self.bases();
        let at = bases.partition_point(|base| *base <= offset);
        bases.get(at.saturating_sub(1)).copied()
    }

    /// The picture of the directory, with the segments around the one that holds an offset.
    pub fn view(&self, broker: i32, partition: &TopicPartition, near: Offset) -> LogView {
        let bases = self.bases();
        let log_end = self.end();
        let at = bases.partition_point(|base| *base <= near).saturating_sub(1);
        let first = at.saturating_sub(SEGMENTS_SHOWN / 2).min(bases.len().saturating_sub(SEGMENTS_SHOWN));
        let shown = first..bases.len().min(first + SEGMENTS_SHOWN);
        let segments = shown.map(|at| self.segment_files(&bases, at, log_end)).collect();
        LogView {
            broker,
            partition: partition.clone(),
            dir: self.dir.to_owned(),
            log_start: self.log.map_or_else(|| bases.first().copied().unwrap_or(0), Log::log_start_offset),
            log_end,
            live: self.log.map(LiveLog::of),
            segment_count: bases.len(),
            first_segment: first,
            segments,
            others: self.others(&bases),
            epochs: self.epochs(),
            topic_id: self.topic_id(),
        }
    }

    fn segment_files(&self, bases: &[Offset], at: usize, log_end: Offset) -> SegmentFiles {
        let base = bases[at];
        let active = at + 1 == bases.len();
        let live = self.log.and_then(|log| log.segment(base));
        let bytes = live.map_or_else(
            || self.len(&self.path(base, names::LOG_SUFFIX)),
            |segment| u64::from(segment.size().unsigned_abs()),
        );
        let index_entries = self.index_used(base) as u32;
        let names = BESIDE.map(|suffix| format!("{}{suffix}", names::prefix(base)));
        let exists = |name: &String| self.disk.file(&format!("{}/{name}", self.dir)).is_some();
        SegmentFiles {
            base,
            next: bases.get(at + 1).copied().unwrap_or(log_end),
            bytes,
            active,
            log: self.file_view(&format!("{}{}", names::prefix(base), names::LOG_SUFFIX), bytes),
            beside: names.into_iter().filter(exists).map(|name| self.beside(base, &name)).collect(),
            index_entries,
            max_timestamp: self.max_timestamp(base, live),
            roll: if active { None } else { self.roll(base, bytes, bases[at + 1], index_entries) },
        }
    }

    fn beside(&self, base: Offset, name: &str) -> FileView {
        let used = if name.ends_with(names::INDEX_SUFFIX) {
            self.index_used(base) * INDEX_ENTRY
        } else if name.ends_with(names::TIME_INDEX_SUFFIX) {
            self.times_used(base) * TIME_ENTRY
        } else {
            u64::MAX
        };
        self.file_view(name, used)
    }

    fn file_view(&self, name: &str, used: u64) -> FileView {
        let path = format!("{}/{name}", self.dir);
        let file = self.disk.file(&path);
        let bytes = file.map_or(0, |file| file.len());
        let durable = file.map_or(0, |file| file.durable_len());
        let used = used.min(bytes);
        FileView { name: name.to_owned(), bytes, used, unflushed: used.saturating_sub(durable) }
    }

    /// What belongs to no segment. Of a long directory only the files with fixed names: listing it would take long.
    fn others(&self, bases: &[Offset]) -> Vec<FileView> {
        if bases.len() > MOST_LISTED {
            let fixed = [names::LEADER_EPOCH_CHECKPOINT, names::PARTITION_METADATA];
            return fixed.iter().map(|name| self.file_view(name, u64::MAX)).collect();
        }
        let stray = |name: &&String| {
            name.ends_with(names::DELETED_SUFFIX)
                || names::offset_of(name).is_none_or(|offset| bases.binary_search(&offset).is_err())
        };
        self.files().iter().filter(stray).map(|name| self.file_view(name, u64::MAX)).collect()
    }

    fn epochs(&self) -> Vec<(i32, Offset)> {
        if let Some(epochs) = self.log.and_then(Log::leader_epochs) {
            return epochs.entries().collect();
        }
        let path = format!("{}/{}", self.dir, names::LEADER_EPOCH_CHECKPOINT);
        let cache = self.through_a_copy(|disk| LeaderEpochCache::open(disk, &path));
        cache.map(|cache| cache.entries().collect()).unwrap_or_default()
    }

    fn topic_id(&self) -> Option<String> {
        let path = format!("{}/{}", self.dir, names::PARTITION_METADATA);
        let bytes = self.peek(&path, 0, 256);
        let text = std::str::from_utf8(&bytes).ok()?;
        decode_partition_metadata(&path, text).ok().map(|id| id.to_string())
    }

    fn max_timestamp(&self, base: Offset, live: Option<&Segment>) -> Option<i64> {
        if let Some(max) = live.and_then(Segment::max_timestamp) {
            return Some(max.timestamp).filter(|time| *time >= 0);
        }
        let used = self.times_used(base);
        let last = self.time_entry(base, used.checked_sub(1)?)?;
        Some(last.timestamp)
    }

    fn roll(&self, base: Offset, used: u64, next: Offset, entries: u32) -> Option<Roll> {
        let config = self.log?.config();
        let next = self.walk(next, 0).next()?;
        if used + next.size > u64::from(config.segment_bytes.unsigned_abs()) {
            return Some(Roll::Full { used, next: next.size, limit: config.segment_bytes });
        }
        let waited = next.max_timestamp - self.walk(base, 0).next()?.max_timestamp;
        if waited > config.max_segment_ms() {
            return Some(Roll::Old { waited, limit: config.max_segment_ms() });
        }
        let room = u64::from(config.segment_index_bytes.unsigned_abs()) / INDEX_ENTRY;
        (u64::from(entries) >= room).then_some(Roll::IndexFull { entries })
    }

    /// How many entries of the `.index` are in use: behind them there are zeros, and no entry but the first of an
    /// empty index points at byte 0.
    fn index_used(&self, base: Offset) -> u64 {
        let path = self.path(base, names::INDEX_SUFFIX);
        partition(self.len(&path) / INDEX_ENTRY, |slot| {
            self.peek(&path, slot * INDEX_ENTRY, 8).iter().any(|byte| *byte != 0)
        })
    }

    fn times_used(&self, base: Offset) -> u64 {
        let path = self.path(base, names::TIME_INDEX_SUFFIX);
        partition(self.len(&path) / TIME_ENTRY, |slot| {
            self.peek(&path, slot * TIME_ENTRY, 12).iter().any(|byte| *byte != 0)
        })
    }

    fn index_entry(&self, base: Offset, slot: u64) -> Option<IndexEntry> {
        let bytes = self.peek(&self.path(base, names::INDEX_SUFFIX), slot * INDEX_ENTRY, 8);
        let relative = i32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
        let position = u32::from_be_bytes(bytes.get(4..8)?.try_into().ok()?);
        Some(IndexEntry { slot: slot as u32, relative, offset: base + i64::from(relative), position })
    }

    fn time_entry(&self, base: Offset, slot: u64) -> Option<TimeEntry> {
        let bytes = self.peek(&self.path(base, names::TIME_INDEX_SUFFIX), slot * TIME_ENTRY, 12);
        let timestamp = i64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
        let relative = i32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
        Some(TimeEntry { slot: slot as u32, timestamp, relative, offset: base + i64::from(relative) })
    }

    /// The number of the last index entry at or before an offset, and the byte it points at; the start of the file when
    /// there is none.
    fn index_floor(&self, base: Offset, offset: Offset) -> (u64, u64) {
        let used = self.index_used(base);
        let behind =
            partition(used, |slot| self.index_entry(base, slot).is_some_and(|entry| entry.offset <= offset));
        match behind.checked_sub(1).and_then(|slot| self.index_entry(base, slot)) {
            Some(entry) => (u64::from(entry.slot), u64::from(entry.position)),
            None => (0, 0),
        }
    }

    /// All batches of a segment, headers only.
    pub fn batches(&self, base: Offset) -> Vec<BatchHead> {
        self.walk(base, 0).collect()
    }

    /// Batches of a segment from a byte on, headers only.
    pub(super) fn walk(&self, base: Offset, position: u64) -> Walk<'a> {
        let path = self.path(base, names::LOG_SUFFIX);
        let live = self.log.and_then(|log| log.segment(base));
        let end = live.map_or_else(|| self.len(&path), |segment| u64::from(segment.size().unsigned_abs()));
        Walk { disk: self.disk, path, position, end, broken: None }
    }

    /// What is in the files of a segment around an offset.
    pub fn segment(&self, base: Offset, near: Offset) -> SegmentContents {
        let index_entries = self.index_used(base);
        let time_entries = self.times_used(base);
        let (slot, _) = self.index_floor(base, near);
        let window = |count: u64| {
            let most = ENTRIES_SHOWN as u64;
            let first = slot.saturating_sub(most / 2).min(count.saturating_sub(most));
            first..count.min(first + most)
        };
        let mut contents = SegmentContents {
            base,
            index: window(index_entries).filter_map(|slot| self.index_entry(base, slot)).collect(),
            index_entries: index_entries as u32,
            times: window(time_entries).filter_map(|slot| self.time_entry(base, slot)).collect(),
            time_entries: time_entries as u32,
            aborted: self.aborted(base),
            producers: self.producers(base),
            ..SegmentContents::default()
        };
        self.add_batches(&mut contents, near);
        contents
    }

    /// The batches around an offset: some before it, the rest behind.
    fn add_batches(&self, contents: &mut SegmentContents, near: Offset) {
        let (slot, _) = self.index_floor(contents.base, near);
        let mut back = 1;
        loop {
            let entry = slot.checked_sub(back).and_then(|slot| self.index_entry(contents.base, slot));
            let start = entry.map_or(0, |entry| u64::from(entry.position));
            let heads = self.batches_from(contents, start, near);
            // Too few: the window lies at the end, and begins some entries earlier.
            if heads.len() == BATCHES_SHOWN || start == 0 {
                let whole = |head: BatchHead| self.whole(contents.base, head.position).unwrap_or(head);
                contents.batches = heads.into_iter().map(whole).collect();
                return;
            }
            back *= 2;
        }
    }

    fn batches_from(&self, contents: &mut SegmentContents, start: u64, near: Offset) -> VecDeque<BatchHead> {
        let mut walk = self.walk(contents.base, start);
        let mut heads: VecDeque<BatchHead> = VecDeque::new();
        (contents.earlier, contents.later) = (start > 0, false);
        for head in walk.by_ref() {
            if heads.len() == BATCHES_SHOWN {
                if heads[BATCHES_SHOWN / 3].last >= near {
                    contents.later = true;
                    break;
                }
                heads.pop_front();
                contents.earlier = true;
            }
            heads.push_back(head);
        }
        contents.broken = walk.broken;
        heads
    }

    fn whole(&self, base: Offset, position: u64) -> Option<BatchHead> {
        let batch = Batch::parse(&self.batch_bytes(base, position)?).ok()?;
        Some(BatchHead::of(&batch, position))
    }

    fn batch_bytes(&self, base: Offset, position: u64) -> Option<Bytes> {
        let path = self.path(base, names::LOG_SUFFIX);
        let head = self.peek(&path, position, BATCH_OVERHEAD);
        let size = Batch::next_size(&head).ok()??;
        Some(self.peek(&path, position, size))
    }

    /// The batch that begins at a byte of a segment, with `most` of its records from number `first` on.
    pub fn batch(&self, base: Offset, position: u64, first: usize, most: usize) -> Option<BatchView> {
        BatchView::of(&self.batch_bytes(base, position)?, position, first, most).ok()
    }

    /// The segment and the byte at which the batch of an offset begins, when the offset is in the log.
    pub fn place_of(&self, offset: Offset) -> Option<(Offset, u64)> {
        let base = self.segment_of(offset)?;
        let (_, start) = self.index_floor(base, offset);
        let head = self.walk(base, start).find(|head| head.last >= offset)?;
        (head.base <= offset).then_some((base, head.position))
    }

    fn aborted(&self, base: Offset) -> Vec<AbortedTxn> {
        let path = self.path(base, names::TXN_INDEX_SUFFIX);
        if self.len(&path) == 0 {
            return Vec::new();
        }
        self.through_a_copy(|disk| TransactionIndex::open(disk, &path, base).all(disk, &path))
            .unwrap_or_default()
    }

    fn producers(&self, base: Offset) -> Vec<ProducerStateEntry> {
        let path = self.path(base, names::SNAPSHOT_SUFFIX);
        let bytes = self.peek(&path, 0, usize::try_from(self.len(&path)).unwrap_or(0));
        decode_snapshot(&bytes).unwrap_or_default()
    }
}

impl LiveLog {
    fn of(log: &Log) -> Self {
        let config = log.config();
        Self {
            high_watermark: log.high_watermark(),
            last_stable: log.last_stable_offset(),
            recovery_point: log.recovery_point(),
            segment_bytes: config.segment_bytes,
            index_interval: config.index_interval_bytes,
            segment_ms: config.max_segment_ms(),
        }
    }
}

/// Walks over the headers of a segment's batches.
#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    disk: &'a Disk,
    path: String,
    position: u64,
    end: u64,
    /// Why what follows is no batch.
    pub(super) broken: Option<Broken>,
}

impl Walk<'_> {
    /// Looks at what should be a batch and is none.
    fn examine(&self, error: Option<BatchError>, head: &Bytes) -> Broken {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let bytes = self
            .disk
            .file(&self.path)
            .map_or_else(Bytes::new, |file| file.peek(self.position, left.min(BROKEN_SHOWN)));
        let length = head.get(at::LENGTH..at::PARTITION_LEADER_EPOCH).and_then(|four| four.try_into().ok());
        let size = length.map(i32::from_be_bytes).and_then(|length| u64::try_from(length).ok());
        let size = size.map(|length| length + LOG_OVERHEAD as u64);
        let ends_early =
            head.len() < at::PARTITION_LEADER_EPOCH || size.is_some_and(|size| size > left as u64);
        let (kind, first_bad) = match error {
            _ if left >= LOG_OVERHEAD && bytes.iter().all(|byte| *byte == 0) => (BrokenKind::Zeros, 0),
            Some(BatchError::UnsupportedMagic(magic)) => (BrokenKind::OldFormat(magic), at::MAGIC),
            Some(error @ BatchError::InvalidMagic(_)) => (BrokenKind::NoBatch(error.to_string()), at::MAGIC),
            _ if ends_early => (BrokenKind::Cut { size }, left),
            Some(error) => (BrokenKind::NoBatch(error.to_string()), at::LENGTH),
            None => (BrokenKind::Cut { size }, left),
        };
        Broken { position: self.position, kind, fields: raw_header(&bytes), bytes, first_bad }
    }
}

impl Iterator for Walk<'_> {
    type Item = BatchHead;

    fn next(&mut self) -> Option<BatchHead> {
        if self.position >= self.end || self.broken.is_some() {
            return None;
        }
        let head = self.disk.file(&self.path)?.peek(self.position, BATCH_OVERHEAD);
        let found = Batch::header(head.clone()).map_err(Some).and_then(|batch| {
            if self.position + batch.size() as u64 > self.end { Err(None) } else { Ok(batch) }
        });
        match found {
            Ok(batch) => {
                let head = BatchHead::of(&batch, self.position);
                self.position += head.size;
                Some(head)
            }
            Err(why) => {
                self.broken = Some(self.examine(why, &head));
                None
            }
        }
    }
}

/// The first number below `count` for which `inside` does not hold; it must hold for all before.
fn partition(count: u64, inside: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if inside(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn base_of(file: &str) -> Option<Offset> {
    let number = file.strip_suffix(names::LOG_SUFFIX)?;
    number.parse().ok()
}

/// The directory of a partition on a disk, also when it waits for its deletion.
pub fn directory_of(disk: &Disk, partition: &TopicPartition) -> Option<String> {
    let mut copy = disk.clone();
    let dirs = storage::Disk::dirs(&DiskDoor::new(&mut copy, &Contents::default(), Instant::ZERO));
    let plain = names::log_dir_name(partition);
    if dirs.contains(&plain) {
        return Some(plain);
    }
    dirs.into_iter().find(|dir| names::parse_topic_partition(dir).as_ref() == Some(partition))
}
