//! How pictures are taken of a replica's directory. Files are read without the machine noticing: no counter and no page
//! of its cache changes.

mod segment;
mod walk;

use bytes::Bytes;

use super::FileView;
use super::LiveLog;
use super::LogView;
use super::SegmentFiles;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::node::Node;
use crate::kafka::storage;
use crate::kafka::storage::Disk as _;
use crate::kafka::storage::LeaderEpochCache;
use crate::kafka::storage::Log;
use crate::kafka::storage::Segment;
use crate::kafka::storage::decode_partition_metadata;
use crate::kafka::storage::names;
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
