use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::log::rebuild::RebuildRange;

impl Log {
    /// Cuts everything from an offset on; false when there was nothing to cut.
    ///
    /// A batch that holds the offset goes as a whole, but the log end becomes the offset asked for: the gap stays until
    /// the log is loaded again.
    pub fn truncate_to(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        target: Offset,
    ) -> Result<bool, LogError> {
        if target < 0 {
            return Err(LogError::IllegalArgument(format!(
                "Cannot truncate partition {} to a negative offset ({target}).",
                self.label
            )));
        }
        if target >= self.log_end_offset() {
            // A leader that fell before its first append may have left an epoch behind.
            self.truncate_epochs_from_end(disk, self.log_end_offset())?;
            return Ok(false);
        }
        self.check_open()?;
        if self.segments.first().is_some_and(|first| first.base_offset() > target) {
            self.truncate_fully_and_start_at(disk, now_ms, target, None)?;
            return Ok(true);
        }
        let behind: Vec<Offset> = self.segments.bases().into_iter().filter(|base| *base > target).collect();
        self.remove_and_delete_segments(disk, now_ms, &behind, true)?;
        self.segments.active()?.truncate_to(disk, target, now_ms)?;
        self.update_log_end_offset(target)?;
        self.delete_producer_snapshots(disk, now_ms, &behind, true)?;
        self.truncate_epochs_from_end(disk, target)?;
        self.log_start_offset = self.log_start_offset.min(target);
        self.rebuild_producers(disk, now_ms, target)?;
        if self.high_watermark() >= self.log_end_offset() {
            self.update_high_watermark_to(disk, self.next_offset)?;
        }
        Ok(true)
    }

    /// Empties the log and lets it begin at `new_offset`, or rather at `log_start` when records in between are elsewhere.
    pub fn truncate_fully_and_start_at(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        new_offset: Offset,
        log_start: Option<Offset>,
    ) -> Result<(), LogError> {
        self.check_open()?;
        let bases = self.segments.bases();
        if let Some((last, others)) = bases.split_last() {
            self.remove_and_delete_segments(disk, now_ms, others, true)?;
            self.create_and_delete_segment(disk, now_ms, new_offset, *last)?;
        }
        self.update_log_end_offset(new_offset)?;
        if let Some(epochs) = &mut self.leader_epochs {
            epochs.clear();
            epochs.write(disk, &self.epochs_path)?;
        }
        self.producers.truncate_fully_and_start_at(disk, new_offset)?;
        self.log_start_offset = log_start.unwrap_or(new_offset);
        self.rebuild_producers(disk, now_ms, new_offset)?;
        self.update_high_watermark_to(disk, self.next_offset)?;
        Ok(())
    }

    pub(super) fn truncate_epochs_from_end(
        &mut self,
        disk: &mut dyn Disk,
        end: Offset,
    ) -> Result<(), LogError> {
        if let Some(epochs) = &mut self.leader_epochs
            && epochs.truncate_from_end(end)
        {
            epochs.write(disk, &self.epochs_path)?;
        }
        Ok(())
    }

    fn rebuild_producers(&mut self, disk: &mut dyn Disk, now_ms: i64, end: Offset) -> Result<(), LogError> {
        self.check_open()?;
        let range = RebuildRange { log_start: self.log_start_offset, end, from_clean_shutdown: false };
        let at = &self.topic_partition;
        super::rebuild::rebuild_producer_state(
            disk,
            now_ms,
            at,
            &mut self.segments,
            &mut self.producers,
            range,
        )
    }
}
