use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;

impl Log {
    /// Sets the high watermark, held between log start and log end; the value it got.
    pub fn update_high_watermark(&mut self, disk: &mut dyn Disk, offset: Offset) -> Result<Offset, LogError> {
        self.update_high_watermark_to(disk, LogOffsetMetadata::offset_only(offset))
    }

    /// [`update_high_watermark`](Self::update_high_watermark) to an offset whose place is known.
    pub fn update_high_watermark_to(
        &mut self,
        disk: &mut dyn Disk,
        wanted: LogOffsetMetadata,
    ) -> Result<Offset, LogError> {
        let new = if wanted.offset < self.log_start_offset {
            LogOffsetMetadata::offset_only(self.log_start_offset)
        } else if wanted.offset >= self.next_offset.offset {
            self.next_offset
        } else {
            wanted
        };
        self.set_high_watermark(disk, new)?;
        Ok(new.offset)
    }

    /// Raises the high watermark, never lowers it; the old one when it rose or moved to a newer segment.
    ///
    /// # Errors
    /// [`LogError::IllegalArgument`] beyond the log end.
    pub fn maybe_increment_high_watermark(
        &mut self,
        disk: &mut dyn Disk,
        new: LogOffsetMetadata,
    ) -> Result<Option<LogOffsetMetadata>, LogError> {
        if new.offset > self.log_end_offset() {
            return Err(LogError::IllegalArgument(format!(
                "High watermark {} update exceeds current log end offset {}",
                new.offset,
                self.log_end_offset()
            )));
        }
        let old = self.fetch_high_watermark_metadata(disk)?;
        let rises = old.offset < new.offset || (old.offset == new.offset && old.is_on_older_segment(&new));
        if rises {
            self.set_high_watermark(disk, new)?;
        }
        Ok(rises.then_some(old))
    }

    /// The high watermark with its place, which is looked up when it is not known.
    pub fn fetch_high_watermark_metadata(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<LogOffsetMetadata, LogError> {
        self.check_open()?;
        if self.high_watermark.is_offset_only() {
            let full = self.maybe_convert_to_metadata(disk, self.high_watermark.offset)?;
            self.set_high_watermark(disk, full)?;
        }
        Ok(self.high_watermark)
    }

    /// The last stable offset with its place.
    pub fn fetch_last_stable_offset_metadata(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<LogOffsetMetadata, LogError> {
        let high_watermark = self.fetch_high_watermark_metadata(disk)?;
        match self.first_unstable_offset {
            Some(unstable) if unstable.offset < high_watermark.offset => {
                if !unstable.is_offset_only() {
                    return Ok(unstable);
                }
                let full = self.maybe_convert_to_metadata(disk, unstable.offset)?;
                self.first_unstable_offset = Some(full);
                Ok(full)
            }
            _ => Ok(high_watermark),
        }
    }

    fn set_high_watermark(&mut self, disk: &mut dyn Disk, new: LogOffsetMetadata) -> Result<(), LogError> {
        if new.offset < 0 {
            return Err(LogError::IllegalArgument("High watermark offset should be non-negative".into()));
        }
        self.high_watermark = new;
        self.producers.on_high_watermark_updated(new.offset);
        self.maybe_increment_first_unstable_offset(disk)
    }

    /// After a truncation the high watermark may lie behind the log end; after a roll its place is another.
    pub(super) fn update_high_watermark_with_log_end_offset(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<(), LogError> {
        if self.high_watermark() >= self.log_end_offset() {
            self.set_high_watermark(disk, self.next_offset)?;
        }
        Ok(())
    }

    pub(super) fn maybe_increment_first_unstable_offset(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<(), LogError> {
        self.check_open()?;
        self.first_unstable_offset = match self.producers.first_unstable_offset() {
            Some(unstable) if unstable.is_offset_only() || unstable.offset < self.log_start_offset => {
                let offset = unstable.offset.max(self.log_start_offset);
                Some(self.maybe_convert_to_metadata(disk, offset)?)
            }
            other => other,
        };
        Ok(())
    }

    /// Raises the log start (DeleteRecords, or segments that go); false when it is there already.
    ///
    /// # Errors
    /// [`LogError::OffsetOutOfRange`] above the high watermark.
    pub fn increment_log_start_offset(&mut self, disk: &mut dyn Disk, new: Offset) -> Result<bool, LogError> {
        if new > self.high_watermark() {
            return Err(LogError::OffsetOutOfRange(format!(
                "Cannot increment the log start offset to {new} of partition {} since it is larger than the high watermark {}",
                self.label,
                self.high_watermark()
            )));
        }
        self.check_open()?;
        if new <= self.log_start_offset {
            return Ok(false);
        }
        self.update_log_start_offset(disk, new)?;
        if let Some(epochs) = &mut self.leader_epochs
            && epochs.truncate_from_start(new)
        {
            epochs.write(disk, &self.epochs_path)?;
        }
        self.producers.on_log_start_offset_incremented(new);
        self.maybe_increment_first_unstable_offset(disk)?;
        Ok(true)
    }

    pub(super) fn update_log_start_offset(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<(), LogError> {
        self.log_start_offset = offset;
        if self.high_watermark() < offset {
            self.update_high_watermark(disk, offset)?;
        }
        self.recovery_point = self.recovery_point.max(offset);
        Ok(())
    }

    pub(super) fn update_log_end_offset(&mut self, end: Offset) -> Result<(), LogError> {
        let active = self.segments.active()?;
        self.next_offset = LogOffsetMetadata::new(end, active.base_offset(), active.size());
        self.recovery_point = self.recovery_point.min(end);
        Ok(())
    }
}
