use crate::kafka::base::Offset;
use crate::kafka::base::Uuid;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LeaderEpochCache;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::checkpoint::encode_partition_metadata;
use crate::kafka::storage::checkpoint::write_atomically;

impl Log {
    /// Makes everything durable and moves the recovery point to the log end. `force_active` flushes the active segment
    /// also when nothing lies in it.
    pub fn flush(&mut self, disk: &mut dyn Disk, now_ms: i64, force_active: bool) -> Result<(), LogError> {
        let end = self.log_end_offset();
        self.flush_to(disk, now_ms, if force_active { end + 1 } else { end }, end)
    }

    /// Makes everything below an offset durable.
    pub(super) fn flush_up_to_exclusive(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        offset: Offset,
    ) -> Result<(), LogError> {
        self.flush_to(disk, now_ms, offset, offset)
    }

    fn flush_to(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        flush_offset: Offset,
        recovery_point: Offset,
    ) -> Result<(), LogError> {
        if flush_offset <= self.recovery_point {
            return Ok(());
        }
        for base in self.segments.between(self.recovery_point, flush_offset)? {
            self.segments.get_mut(base)?.flush(disk)?;
        }
        self.check_open()?;
        if recovery_point > self.recovery_point {
            self.recovery_point = recovery_point;
            self.last_flushed_ms = now_ms;
        }
        Ok(())
    }

    /// When the log was last flushed, in milliseconds since 1970 (for `flush.ms`).
    pub fn last_flush_time(&self) -> i64 {
        self.last_flushed_ms
    }

    /// Closes the log: a producer snapshot is written at the log end and the indexes get their real size. With
    /// `flush_first` everything is made durable before, as at a controlled stop.
    pub fn close(&mut self, disk: &mut dyn Disk, now_ms: i64, flush_first: bool) -> Result<(), LogError> {
        if flush_first {
            self.flush(disk, now_ms, true)?;
        }
        self.maybe_write_metadata_file(disk)?;
        self.check_open()?;
        self.producers.take_snapshot(disk, true)?;
        self.segments.close(disk)?;
        self.tasks.clear();
        Ok(())
    }

    /// Renames the directory. Without `reinitialize` it is on its way to deletion and its epochs are forgotten.
    pub fn rename_dir(
        &mut self,
        disk: &mut dyn Disk,
        name: &str,
        reinitialize: bool,
    ) -> Result<(), LogError> {
        self.maybe_write_metadata_file(disk)?;
        if *self.dir == *name {
            return Ok(());
        }
        disk.rename_dir(&self.dir, name)?;
        self.dir = name.into();
        self.epochs_path = Self::epochs_path(name);
        self.segments.set_dir(name);
        self.producers.set_dir(name);
        if !reinitialize {
            self.leader_epochs = None;
        } else if self.leader_epochs.is_none() {
            self.leader_epochs = Some(LeaderEpochCache::open(disk, &self.epochs_path)?);
        } else if disk.len(&self.epochs_path).is_none() {
            disk.set_len(&self.epochs_path, 0)?;
        }
        self.has_metadata_file = reinitialize;
        self.unwritten_topic_id = None;
        Ok(())
    }

    /// Deletes every file and the directory. Nothing else may be asked of this log afterwards.
    pub fn delete(&mut self, disk: &mut dyn Disk, now_ms: i64) -> Result<(), LogError> {
        self.check_open()?;
        if let Some(epochs) = &mut self.leader_epochs {
            epochs.clear();
        }
        let bases = self.segments.bases();
        self.remove_and_delete_segments(disk, now_ms, &bases, false)?;
        self.closed = true;
        self.delete_producer_snapshots(disk, now_ms, &bases, false)?;
        disk.remove_dir(&self.dir)?;
        Ok(())
    }

    /// Notes the topic's id; it is written before the next append.
    ///
    /// # Errors
    /// [`LogError::InconsistentTopicId`] when the directory belongs to another topic of this name.
    pub fn assign_topic_id(&mut self, disk: &mut dyn Disk, topic_id: Uuid) -> Result<(), LogError> {
        match self.topic_id {
            Some(known) if known != topic_id => Err(self.another_topic(topic_id, known)),
            Some(_) => Ok(()),
            None => {
                self.topic_id = Some(topic_id);
                if self.has_metadata_file && disk.len(&self.metadata_path()).is_none() {
                    self.unwritten_topic_id = Some(topic_id);
                    self.maybe_write_metadata_file(disk)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn another_topic(&self, topic_id: Uuid, known: Uuid) -> LogError {
        LogError::InconsistentTopicId(format!(
            "Tried to assign topic ID {topic_id} to log for topic partition {}, but log already contained topic ID {known}",
            self.label
        ))
    }

    pub(super) fn maybe_write_metadata_file(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        if let Some(topic_id) = self.unwritten_topic_id {
            write_atomically(disk, &self.metadata_path(), encode_partition_metadata(topic_id))?;
            self.unwritten_topic_id = None;
        }
        Ok(())
    }
}
