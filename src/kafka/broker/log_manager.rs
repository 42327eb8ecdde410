//! The log directory: opened at the start, checkpointed and swept while the broker runs, closed at the end (Kafka:
//! `LogManager`).

use std::sync::Arc;

use bytes::Bytes;

use super::Broker;
use super::spec::default_log_config;
use super::spec::log_config;
use crate::kafka::base::Duration;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::Purpose;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::metadata::METADATA_TOPIC;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::replication::Partition;
use crate::kafka::storage::Disk;
use crate::kafka::storage::DiskError;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::OpenOptions;
use crate::kafka::storage::decode_partition_metadata;
use crate::kafka::storage::names;
use crate::kafka::storage::read_offsets;
use crate::kafka::storage::write_offsets;

const META_PROPERTIES: &str = "meta.properties";

/// What the last process wrote down about its logs.
#[derive(Default)]
struct Checkpoints {
    high_watermarks: Map<TopicPartition, Offset>,
    recovery_points: Map<TopicPartition, Offset>,
    log_starts: Map<TopicPartition, Offset>,
}

impl Checkpoints {
    fn read(disk: &mut dyn Disk) -> Self {
        // A checkpoint that cannot be read counts as empty, as Kafka does after a warning: recovery finds the truth.
        let mut offsets = |file| read_offsets(disk, file).unwrap_or_default().into_iter().collect();
        Self {
            high_watermarks: offsets(names::REPLICATION_OFFSET_CHECKPOINT),
            recovery_points: offsets(names::RECOVERY_POINT_CHECKPOINT),
            log_starts: offsets(names::LOG_START_OFFSET_CHECKPOINT),
        }
    }
}

impl Broker {
    /// The process starts: who am I, did the last one stop well, and off to the controller.
    pub(super) fn start(&mut self, cx: &mut Context<'_>) {
        match self.read_identity(cx) {
            Ok(id) => self.directory_id = id,
            Err(error) => return self.fail_disk(&error.to_string()),
        }
        let clean = read_text(cx.disk, names::CLEAN_SHUTDOWN_FILE);
        self.clean_start = clean.is_some();
        let previous_epoch = clean.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        self.previous_epoch = previous_epoch.and_then(|json| json["brokerEpoch"].as_i64()).unwrap_or(-1);
        self.open_metadata_log(cx);
        self.start_lifecycle(cx);
    }

    /// Reads `meta.properties`, or writes it on a new disk. Gives the directory's id.
    fn read_identity(&self, cx: &mut Context<'_>) -> Result<Uuid, DiskError> {
        if let Some(text) = read_text(cx.disk, META_PROPERTIES) {
            let id = text.lines().find_map(|line| line.strip_prefix("directory.id="));
            if let Some(id) = id.and_then(|id| Uuid::from_base64(id).ok()) {
                return Ok(id);
            }
        }
        let random = cx.random(Purpose::Identity);
        let id = Uuid::from_parts(random.next_u64() | 1 << 40, random.next_u64());
        let text = format!(
            "#\nnode.id={}\ndirectory.id={id}\nversion=1\ncluster.id={}\n",
            self.spec.id, self.spec.cluster_id
        );
        cx.disk.remove(META_PROPERTIES)?;
        cx.disk.append(META_PROPERTIES, Bytes::from(text))?;
        cx.disk.flush(META_PROPERTIES)?;
        Ok(id)
    }

    /// Opens every partition directory, with recovery when the last process did not stop in good order, and begins the
    /// periodic tasks. Comes with the first whole image of the metadata, which tells what belongs here.
    pub(super) fn load_logs(&mut self, cx: &mut Context<'_>) {
        let checkpoints = Checkpoints::read(cx.disk);
        for dir in cx.disk.dirs() {
            if let Err(error) = self.load_dir(cx, &dir, &checkpoints) {
                self.fail_disk(&error.to_string());
            }
            if self.disk_failed.is_some() {
                return;
            }
        }
        if let Err(error) = cx.disk.remove(names::CLEAN_SHUTDOWN_FILE) {
            return self.fail_disk(&error.to_string());
        }
        self.logs_loaded = true;
        let first = cx.now + self.config.initial_task_delay;
        for timer in [
            Timer::Retention,
            Timer::RecoveryPointCheckpoint,
            Timer::LogStartCheckpoint,
            Timer::Flush,
            Timer::ProducerExpiration,
        ] {
            cx.set_timer(timer, first);
        }
        cx.set_timer(Timer::HighWatermarkCheckpoint, cx.now + self.config.high_watermark_checkpoint_interval);
        self.arm_isr_expiration(cx);
    }

    fn load_dir(&mut self, cx: &mut Context<'_>, dir: &str, known: &Checkpoints) -> Result<(), DiskError> {
        if dir.ends_with(names::DELETE_DIR_SUFFIX) {
            self.delete_dir_later(cx, Name::from(dir), self.log_delete_delay());
            return Ok(());
        }
        let Some(id) = names::parse_topic_partition(dir) else { return Ok(()) };
        if dir.ends_with(names::STRAY_DIR_SUFFIX) || &*id.topic == METADATA_TOPIC {
            return Ok(());
        }
        let path = format!("{dir}/{}", names::PARTITION_METADATA);
        let on_disk = read_text(cx.disk, &path).and_then(|text| decode_partition_metadata(&path, &text).ok());
        let topic = self.image().topic(&id.topic);
        let same_topic = topic.filter(|topic| on_disk.is_none_or(|on_disk| on_disk == topic.id));
        let belongs =
            same_topic.and_then(|topic| Some((topic.id, topic.partitions.get(&id.partition)?.clone())));
        match belongs.filter(|(_, registration)| registration.replicas.contains(&self.spec.id)) {
            Some((topic_id, registration)) => {
                self.load_log(cx, &id, topic_id, registration, known);
                Ok(())
            }
            None => {
                let mark = cx.random(Purpose::Identity);
                let stray = format!(
                    "{dir}.{:016x}{:016x}{}",
                    mark.next_u64(),
                    mark.next_u64(),
                    names::STRAY_DIR_SUFFIX
                );
                cx.disk.rename_dir(dir, &stray)
            }
        }
    }

    fn load_log(
        &mut self,
        cx: &mut Context<'_>,
        id: &TopicPartition,
        topic_id: Uuid,
        registration: Arc<PartitionRegistration>,
        known: &Checkpoints,
    ) {
        let offset = |map: &Map<TopicPartition, Offset>| map.get(id).copied().unwrap_or(0);
        let options = OpenOptions {
            clean_shutdown: self.clean_start,
            log_start_checkpoint: offset(&known.log_starts),
            recovery_point_checkpoint: offset(&known.recovery_points),
            ..self.open_options(cx, Some(topic_id))
        };
        let config = log_config(&self.spec, self.image(), &id.topic);
        let opened = Log::open(cx.disk, &names::log_dir_name(id), config, cx.now.wall_ms(), options)
            .and_then(|mut log| {
                let committed = offset(&known.high_watermarks).min(log.log_end_offset());
                if committed > log.high_watermark() {
                    log.update_high_watermark(cx.disk, committed)?;
                }
                Ok(log)
            });
        let partition = match opened {
            Ok(log) => Partition::new(id.clone(), topic_id, log, registration),
            Err(error) => {
                // One log that cannot be loaded takes its whole directory offline.
                self.fail_disk(&format!("{id}: {error}"));
                Partition::offline(id.clone(), topic_id, registration, &error.to_string())
            }
        };
        self.partitions.insert(id.clone(), Arc::new(partition));
    }

    fn open_options(&self, cx: &mut Context<'_>, topic_id: Option<Uuid>) -> OpenOptions {
        OpenOptions {
            producer_id_expiration_ms: i64::from(self.config.producer_expiration_ms),
            topic_id,
            jitter_seed: cx.random(Purpose::Broker).next_u64(),
            ..OpenOptions::default()
        }
    }

    /// Opens or makes the log of a partition that is new here.
    pub(super) fn open_log(
        &mut self,
        cx: &mut Context<'_>,
        id: &TopicPartition,
        topic_id: Option<Uuid>,
    ) -> Result<Log, LogError> {
        let options = OpenOptions { clean_shutdown: false, ..self.open_options(cx, topic_id) };
        // `log.segment.bytes` and its like are for topics: the metadata log has defaults of its own.
        let config = match &*id.topic {
            METADATA_TOPIC => default_log_config(self.spec.profile),
            _ => log_config(&self.spec, self.image(), &id.topic),
        };
        Log::open(cx.disk, &names::log_dir_name(id), config, cx.now.wall_ms(), options)
    }

    /// The replica is not ours any more: its directory is renamed now and goes after `file.delete.delay.ms`.
    pub(super) fn delete_log(&mut self, cx: &mut Context<'_>, log: &mut Log) {
        let mark = cx.random(Purpose::Identity);
        let (high, low) = (mark.next_u64(), mark.next_u64());
        let name = format!("{}.{high:016x}{low:016x}{}", log.dir(), names::DELETE_DIR_SUFFIX);
        let delay = Duration::from_millis(u64::try_from(log.config().file_delete_delay_ms).unwrap_or(0));
        match log.rename_dir(cx.disk, &name, false) {
            Ok(()) => self.delete_dir_later(cx, Name::from(name), delay),
            Err(error) => {
                self.on_log_error(&error);
            }
        }
    }

    fn log_delete_delay(&self) -> Duration {
        let config = log_config(&self.spec, self.image(), &Name::from(""));
        Duration::from_millis(u64::try_from(config.file_delete_delay_ms).unwrap_or(0))
    }

    fn delete_dir_later(&mut self, cx: &mut Context<'_>, dir: Name, delay: Duration) {
        self.deleted_dirs.push((cx.now + delay, dir));
        self.arm_delete_files(cx);
    }

    pub(super) fn arm_delete_files(&self, cx: &mut Context<'_>) {
        let dirs = self.deleted_dirs.iter().map(|(at, _)| *at).min();
        let due_ms = self.partitions.values().filter_map(|p| p.log()?.next_due()).min();
        let files =
            due_ms.map(|ms| cx.now + Duration::from_millis(u64::try_from(ms - cx.wall_ms()).unwrap_or(0)));
        match [dirs, files].into_iter().flatten().min() {
            Some(at) => cx.set_timer(Timer::DeleteFiles, at),
            None => cx.stop_timer(Timer::DeleteFiles),
        }
    }

    pub(super) fn on_delete_files(&mut self, cx: &mut Context<'_>) {
        let (due, waiting) =
            std::mem::take(&mut self.deleted_dirs).into_iter().partition(|(at, _)| *at <= cx.now);
        self.deleted_dirs = waiting;
        for (_, dir) in Vec::from_iter::<Vec<_>>(due) {
            if let Err(error) = cx.disk.remove_dir(&dir) {
                return self.fail_disk(&error.to_string());
            }
        }
        let now_ms = cx.wall_ms();
        let is_due = |log: &Log| log.next_due().is_some_and(|at| at <= now_ms);
        self.for_logs(cx, is_due, |disk, log| log.run_due_tasks(disk, now_ms).map(|ran| ran > 0));
        self.arm_delete_files(cx);
    }

    /// Changes the logs that a look picks out; says which were changed.
    fn for_logs(
        &mut self,
        cx: &mut Context<'_>,
        look: impl Fn(&Log) -> bool,
        change: impl Fn(&mut dyn Disk, &mut Log) -> Result<bool, LogError>,
    ) -> Vec<TopicPartition> {
        let picked: Vec<TopicPartition> = self
            .partitions
            .iter()
            .filter(|(_, partition)| partition.log().is_some_and(&look))
            .map(|(id, _)| id.clone())
            .collect();
        let mut changed = Vec::new();
        for id in picked {
            let Some(partition) = self.partition_mut(&id) else { continue };
            let Some(log) = partition.log_to_read() else { continue };
            match change(cx.disk, log) {
                Ok(true) => {
                    partition.touch();
                    changed.push(id);
                }
                Ok(false) => {}
                Err(error) => {
                    self.on_log_error(&error);
                    return changed;
                }
            }
        }
        changed
    }

    pub(super) fn on_retention(&mut self, cx: &mut Context<'_>) {
        let now_ms = cx.wall_ms();
        let changed = self.for_logs(
            cx,
            |_| true,
            |disk, log| log.delete_old_segments(disk, now_ms).map(|count| count > 0),
        );
        self.moved.extend(changed);
        self.arm_delete_files(cx);
        cx.set_timer(Timer::Retention, cx.now + self.config.retention_check_interval);
    }

    /// Flushes what has waited `flush.ms` (Kafka: `flushDirtyLogs`).
    pub(super) fn on_flush(&mut self, cx: &mut Context<'_>) {
        let now_ms = cx.wall_ms();
        let late = |log: &Log| now_ms.saturating_sub(log.last_flush_time()) >= log.config().flush_ms;
        self.for_logs(cx, late, |disk, log| log.flush(disk, now_ms, false).map(|()| true));
        cx.set_timer(Timer::Flush, cx.now + self.config.flush_interval);
    }

    pub(super) fn on_producer_expiration(&mut self, cx: &mut Context<'_>) {
        let now_ms = cx.wall_ms();
        self.for_logs(
            cx,
            |_| true,
            |_, log| {
                log.remove_expired_producers(now_ms);
                Ok(false)
            },
        );
        cx.set_timer(Timer::ProducerExpiration, cx.now + self.config.producer_expiration_interval);
    }

    fn write_checkpoint(
        &mut self,
        cx: &mut Context<'_>,
        file: &str,
        offset: impl Fn(&Log) -> Option<Offset>,
    ) {
        let lines: Vec<(TopicPartition, Offset)> = self
            .partitions
            .iter()
            .filter_map(|(id, partition)| Some((id.clone(), offset(partition.log()?)?)))
            .collect();
        if let Err(error) = write_offsets(cx.disk, file, lines.iter().map(|(id, offset)| (id, *offset))) {
            self.on_log_error(&error);
        }
    }

    pub(super) fn on_high_watermark_checkpoint(&mut self, cx: &mut Context<'_>) {
        self.write_checkpoint(cx, names::REPLICATION_OFFSET_CHECKPOINT, |log| Some(log.high_watermark()));
        cx.set_timer(Timer::HighWatermarkCheckpoint, cx.now + self.config.high_watermark_checkpoint_interval);
    }

    pub(super) fn on_recovery_point_checkpoint(&mut self, cx: &mut Context<'_>) {
        self.write_checkpoint(cx, names::RECOVERY_POINT_CHECKPOINT, |log| Some(log.recovery_point()));
        cx.set_timer(Timer::RecoveryPointCheckpoint, cx.now + self.config.recovery_point_checkpoint_interval);
    }

    /// Only logs whose start lies inside a segment need a line: the others begin where their first file does.
    pub(super) fn on_log_start_checkpoint(&mut self, cx: &mut Context<'_>) {
        self.write_log_starts(cx);
        cx.set_timer(Timer::LogStartCheckpoint, cx.now + self.config.log_start_checkpoint_interval);
    }

    fn write_log_starts(&mut self, cx: &mut Context<'_>) {
        self.write_checkpoint(cx, names::LOG_START_OFFSET_CHECKPOINT, |log| {
            let first = log.segments().next().map_or(0, |segment| segment.base_offset());
            (log.log_start_offset() > first).then(|| log.log_start_offset())
        });
    }

    /// Flushes and closes everything and leaves the mark of a clean stop, last of all.
    pub(super) fn close_logs(&mut self, cx: &mut Context<'_>) {
        if !self.logs_loaded || self.disk_failed.is_some() {
            return;
        }
        let now_ms = cx.wall_ms();
        self.write_checkpoint(cx, names::REPLICATION_OFFSET_CHECKPOINT, |log| Some(log.high_watermark()));
        self.for_logs(cx, |_| true, |disk, log| log.close(disk, now_ms, true).map(|()| true));
        self.write_checkpoint(cx, names::RECOVERY_POINT_CHECKPOINT, |log| Some(log.recovery_point()));
        self.write_log_starts(cx);
        self.metadata.close(cx.disk, now_ms);
        if self.disk_failed.is_none() {
            let epoch = self.lifecycle.broker_epoch.unwrap_or(-1);
            let text = format!("{{\"version\":0,\"brokerEpoch\":{epoch}}}");
            let written = cx
                .disk
                .append(names::CLEAN_SHUTDOWN_FILE, Bytes::from(text))
                .and_then(|()| cx.disk.flush(names::CLEAN_SHUTDOWN_FILE));
            if let Err(error) = written {
                self.fail_disk(&error.to_string());
            }
        }
    }

    /// The disk does not do what it must: the log directory is offline, and with it everything on it. It is the only
    /// one, so the broker halts when this input is handled.
    pub(super) fn fail_disk(&mut self, why: &str) {
        if self.disk_failed.is_some() {
            return;
        }
        self.disk_failed = Some(Name::from(why));
        let ids: Vec<TopicPartition> = self.partitions.keys().cloned().collect();
        for id in ids {
            if let Some(partition) = self.partition_mut(&id) {
                partition.mark_offline(why);
            }
            self.moved.insert(id);
        }
    }
}

fn read_text(disk: &mut dyn Disk, path: &str) -> Option<String> {
    let len = usize::try_from(disk.len(path)?).ok()?;
    String::from_utf8(disk.read(path, 0, len).ok()?.to_vec()).ok()
}
