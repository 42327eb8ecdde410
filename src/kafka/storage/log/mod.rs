//! One partition's log: segments, offsets, epochs, producers (`UnifiedLog` with its `LocalLog`).

mod append;
mod flush;
mod high_watermark;
mod loader;
mod read;
mod rebuild;
mod retention;
mod roll;
mod split;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod timestamps;
mod trace;
mod truncate;

use std::sync::Arc;

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::storage::Disk;
use crate::kafka::storage::EpochEnd;
use crate::kafka::storage::LeaderEpochCache;
use crate::kafka::storage::LogConfig;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;
use crate::kafka::storage::ProducerStateManager;
use crate::kafka::storage::Segment;
use crate::kafka::storage::names;
use crate::kafka::storage::segments::Segments;

pub use append::LogAppendInfo;
pub use read::FetchData;
pub use read::Isolation;
pub use timestamps::EARLIEST_LOCAL_TIMESTAMP;
pub use timestamps::EARLIEST_TIMESTAMP;
pub use timestamps::LATEST_TIERED_TIMESTAMP;
pub use timestamps::LATEST_TIMESTAMP;
pub use timestamps::MAX_TIMESTAMP;
pub use timestamps::TimestampAndOffset;
pub use trace::LookupStep;
pub use trace::LookupTrace;

/// How a directory is opened: what the broker knows about it from its own files.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct OpenOptions {
    /// The broker closed its logs the last time; without that, everything behind the recovery point is read and checked.
    pub clean_shutdown: bool,
    /// From `log-start-offset-checkpoint`.
    pub log_start_checkpoint: Offset,
    /// From `recovery-point-offset-checkpoint`.
    pub recovery_point_checkpoint: Offset,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration_ms: i64,
    /// The topic's id, written into `partition.metadata`.
    pub topic_id: Option<Uuid>,
    /// Decides the jitter of `segment.jitter.ms`.
    pub jitter_seed: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            clean_shutdown: true,
            log_start_checkpoint: 0,
            recovery_point_checkpoint: 0,
            producer_id_expiration_ms: 86_400_000,
            topic_id: None,
            jitter_seed: 0,
        }
    }
}

/// What a segment's files hold, in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SegmentDetails {
    pub base_offset: Offset,
    pub size: i32,
    /// The largest timestamp seen, -1 when no record has one.
    pub max_timestamp: i64,
    pub offset_index_entries: i32,
    pub time_index_entries: i32,
    /// When the `.log` file was last written, in milliseconds since 1970.
    pub modified_ms: i64,
}

/// Files that are renamed to `.deleted` and go when their time has come (`file.delete.delay.ms`).
#[derive(Clone, Debug, PartialEq, Hash)]
struct DelayedDelete {
    at_ms: i64,
    paths: Arc<[String]>,
}

/// The log of one partition. A value: the files are on the [`Disk`] that every call is given.
///
/// `now_ms` is the broker's clock, in milliseconds since 1970. A [`LogError::KafkaStorage`] means that the disk failed.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Log {
    dir: Arc<str>,
    topic_partition: TopicPartition,
    /// `orders-0`, for messages.
    label: Arc<str>,
    config: Arc<LogConfig>,
    segments: Segments,
    recovery_point: Offset,
    /// The log end: the offset of the next record, and where it will lie.
    next_offset: LogOffsetMetadata,
    log_start_offset: Offset,
    high_watermark: LogOffsetMetadata,
    first_unstable_offset: Option<LogOffsetMetadata>,
    leader_epochs: Option<LeaderEpochCache>,
    epochs_path: Arc<str>,
    producers: ProducerStateManager,
    topic_id: Option<Uuid>,
    /// Whether the directory still has its `partition.metadata`; not while it waits for deletion.
    has_metadata_file: bool,
    unwritten_topic_id: Option<Uuid>,
    tasks: Vec<DelayedDelete>,
    closed: bool,
    last_flushed_ms: i64,
    jitter_seed: u64,
}

impl Log {
    /// The name of its directory.
    pub fn dir(&self) -> &str {
        &self.dir
    }

    pub fn topic_partition(&self) -> &TopicPartition {
        &self.topic_partition
    }

    pub fn topic_id(&self) -> Option<Uuid> {
        self.topic_id
    }

    pub fn config(&self) -> &LogConfig {
        &self.config
    }

    /// Takes effect with the next operation; segments that are open keep their index size and interval.
    pub fn update_config(&mut self, config: LogConfig) {
        self.config = Arc::new(config);
    }

    /// The first offset that may be read.
    pub fn log_start_offset(&self) -> Offset {
        self.log_start_offset
    }

    /// The offset that the next record gets (LEO).
    pub fn log_end_offset(&self) -> Offset {
        self.next_offset.offset
    }

    pub fn log_end_offset_metadata(&self) -> LogOffsetMetadata {
        self.next_offset
    }

    /// Everything below is on all in-sync replicas.
    pub fn high_watermark(&self) -> Offset {
        self.high_watermark.offset
    }

    /// Everything below is known to be durable on this disk.
    pub fn recovery_point(&self) -> Offset {
        self.recovery_point
    }

    /// Everything below is committed, and no transaction that is open touches it (LSO).
    pub fn last_stable_offset(&self) -> Offset {
        match self.first_unstable_offset {
            Some(unstable) if unstable.offset < self.high_watermark() => unstable.offset,
            _ => self.high_watermark(),
        }
    }

    /// Where the first open or not yet replicated transaction begins.
    pub fn first_unstable_offset(&self) -> Option<Offset> {
        self.first_unstable_offset.map(|unstable| unstable.offset)
    }

    /// Bytes of all segments.
    pub fn size(&self) -> i64 {
        self.segments.size()
    }

    /// Oldest first; the last one is the active segment.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.segments.iter()
    }

    /// The segment that begins at an offset.
    pub fn segment(&self, base: Offset) -> Option<&Segment> {
        self.segments.get(base)
    }

    pub fn active_segment(&self) -> Option<&Segment> {
        self.segments.last()
    }

    /// Looks into every segment; index files that were never made are made for it.
    pub fn segment_details(&mut self, disk: &mut dyn Disk) -> Result<Vec<SegmentDetails>, LogError> {
        let mut details = Vec::new();
        for base in self.segments.bases() {
            let segment = self.segments.get_mut(base)?;
            details.push(SegmentDetails {
                base_offset: base,
                size: segment.size(),
                max_timestamp: segment.read_max_timestamp(disk)?.timestamp,
                offset_index_entries: segment.offset_index(disk)?.0.entries(),
                time_index_entries: segment.time_index(disk)?.0.entries(),
                modified_ms: disk.modified_ms(&segment.files().log).unwrap_or(0),
            });
        }
        Ok(details)
    }

    pub fn producers(&self) -> &ProducerStateManager {
        &self.producers
    }

    /// Which leader's reign began where; `None` once the directory waits for deletion.
    pub fn leader_epochs(&self) -> Option<&LeaderEpochCache> {
        self.leader_epochs.as_ref()
    }

    pub fn latest_epoch(&self) -> Option<Epoch> {
        self.leader_epochs.as_ref()?.latest_epoch()
    }

    /// Where an epoch ended in this log; `None` = undefined.
    pub fn end_offset_for_epoch(&self, epoch: Epoch) -> Option<EpochEnd> {
        self.leader_epochs.as_ref()?.end_offset_for(epoch, self.log_end_offset())
    }

    /// Notes that an epoch begins at an offset (a new leader does so before its first append).
    pub fn assign_epoch_start_offset(
        &mut self,
        disk: &mut dyn Disk,
        epoch: Epoch,
        start: Offset,
    ) -> Result<(), LogError> {
        match &mut self.leader_epochs {
            Some(epochs) => epochs.assign(disk, &self.epochs_path, epoch, start),
            None => Ok(()),
        }
    }

    /// Forgets producers that have been silent for too long; the broker does so every ten minutes.
    pub fn remove_expired_producers(&mut self, now_ms: i64) {
        self.producers.remove_expired(now_ms);
    }

    pub fn take_producer_snapshot(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        self.check_open()?;
        self.producers.take_snapshot(disk, true).map(drop)
    }

    /// When the next delayed deletion is due, in milliseconds since 1970.
    pub fn next_due(&self) -> Option<i64> {
        self.tasks.iter().map(|task| task.at_ms).min()
    }

    /// Removes the `.deleted` files whose time has come; the number of tasks that ran.
    pub fn run_due_tasks(&mut self, disk: &mut dyn Disk, now_ms: i64) -> Result<usize, LogError> {
        let (due, waiting): (Vec<_>, Vec<_>) =
            self.tasks.iter().cloned().partition(|task| task.at_ms <= now_ms);
        self.tasks = waiting;
        for task in &due {
            for path in task.paths.iter() {
                disk.remove(path)?;
            }
        }
        Ok(due.len())
    }

    fn delete_later(&mut self, disk: &mut dyn Disk, now_ms: i64, paths: Vec<String>) -> Result<(), LogError> {
        let delay = self.config.file_delete_delay_ms;
        if delay == 0 {
            for path in &paths {
                disk.remove(path)?;
            }
            return Ok(());
        }
        let at_ms = now_ms.saturating_add(delay);
        self.tasks.push(DelayedDelete { at_ms, paths: paths.into() });
        Ok(())
    }

    fn check_open(&self) -> Result<(), LogError> {
        if self.closed {
            let at = &self.label;
            return Err(LogError::KafkaStorage(format!(
                "The memory mapped buffer for log of {at} is already closed"
            )));
        }
        Ok(())
    }

    fn metadata_path(&self) -> String {
        format!("{}/{}", self.dir, names::PARTITION_METADATA)
    }

    fn epochs_path(dir: &str) -> Arc<str> {
        Arc::from(format!("{dir}/{}", names::LEADER_EPOCH_CHECKPOINT))
    }
}
