//! What happens to the files of a segment: cut, close, rename, copy.

use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;
use crate::kafka::storage::Scan;
use crate::kafka::storage::Segment;
use crate::kafka::storage::SegmentFiles;
use crate::kafka::storage::TimeIndex;
use crate::kafka::storage::TimestampOffset;

impl Segment {
    pub(in crate::kafka::storage) fn resize_indexes(
        &mut self,
        disk: &mut dyn Disk,
        size: i32,
    ) -> Result<(), LogError> {
        let (index, path) = self.offset_index(disk)?;
        index.file.resize(disk, path, size)?;
        let (index, path) = self.time_index(disk)?;
        index.resize(disk, path, size)
    }

    /// Cuts the `.log` file; the number of bytes cut.
    pub(in crate::kafka::storage) fn truncate_file(
        &mut self,
        disk: &mut dyn Disk,
        size: i32,
    ) -> Result<i32, LogError> {
        let before = self.size;
        if size > before || size < 0 {
            return Err(LogError::kafka(format!(
                "Attempt to truncate log segment {} to {size} bytes failed, size of this log segment is {before} bytes.",
                self.files.log
            )));
        }
        let on_disk = if self.preallocated { disk.len(&self.files.log).unwrap_or(0) } else { before as u64 };
        if (size as u64) < on_disk {
            disk.set_len(&self.files.log, size as u64)?;
            self.size = size;
            self.preallocated = false;
        }
        Ok(before - size)
    }

    /// Cuts everything from an offset on, whole batches; the number of bytes cut.
    pub(in crate::kafka::storage) fn truncate_to(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
        now_ms: i64,
    ) -> Result<i32, LogError> {
        let mapping = self.translate_offset(disk, offset)?;
        self.time_index(disk)?;
        let (index, path) = self.offset_index(disk)?;
        index.truncate_to(disk, path, offset)?;
        let (index, path) = self.time_index(disk)?;
        index.truncate_to(disk, path, offset)?;
        self.txn_index.truncate_to(disk, &self.files.txn_index, offset)?;
        self.resize_indexes(disk, self.max_index_size)?;
        let cut = match mapping {
            Some(batch) => self.truncate_file(disk, batch.position)?,
            None => 0,
        };
        if self.size == 0 {
            self.created_ms = now_ms;
            self.rolling_based_timestamp = None;
        }
        self.bytes_since_last_index_entry = 0;
        if self.read_max_timestamp(disk)?.timestamp >= 0 {
            self.max_timestamp_so_far = Some(self.scan_largest_timestamp(disk)?);
        }
        Ok(cut)
    }

    fn scan_largest_timestamp(&mut self, disk: &mut dyn Disk) -> Result<TimestampOffset, LogError> {
        let last = self.time_index(disk)?.0.last_entry();
        let (index, path) = self.offset_index(disk)?;
        let start = index.lookup(disk, path, last.offset)?.position;
        let mut max = TimestampOffset { timestamp: -1, offset: -1 };
        let mut scan = Scan::new(&self.files.log, start, self.size);
        while let Some(batch) = scan.next(disk)? {
            let timestamp = batch.max_timestamp()?;
            if timestamp > max.timestamp {
                max = TimestampOffset { timestamp, offset: batch.last_offset()? };
            }
        }
        Ok(if max.timestamp > last.timestamp { max } else { last })
    }

    pub(in crate::kafka::storage) fn flush(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        disk.flush(&self.files.log)?;
        let (_, path) = self.offset_index(disk)?;
        disk.flush(path)?;
        let (_, path) = self.time_index(disk)?;
        disk.flush(path)?;
        self.txn_index.flush(disk, &self.files.txn_index)
    }

    /// A newer segment takes over: the last entry of the time index is written and all files get their real size.
    pub(in crate::kafka::storage) fn on_become_inactive(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<(), LogError> {
        self.append_last_time_entry(disk)?;
        let (index, path) = self.offset_index(disk)?;
        index.file.trim(disk, path)?;
        self.trim_time_index(disk)?;
        self.truncate_file(disk, self.size)?;
        Ok(())
    }

    pub(in crate::kafka::storage) fn append_last_time_entry(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<(), LogError> {
        let max = self.read_max_timestamp(disk)?;
        let (index, path) = self.time_index(disk)?;
        index.maybe_append(disk, path, max.timestamp, max.offset, true)
    }

    fn trim_time_index(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        let (index, path) = self.time_index(disk)?;
        let size = index.entries() * TimeIndex::ENTRY_SIZE;
        index.resize(disk, path, size)
    }

    /// Closes the files: those indexes that are open get their real size.
    pub(in crate::kafka::storage) fn close(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        if self.max_timestamp_so_far.is_some() {
            // Kafka only logs what goes wrong here.
            let _ = self.append_last_time_entry(disk);
        }
        if self.offset_index.is_some() {
            let (index, path) = self.offset_index(disk)?;
            index.file.trim(disk, path)?;
        }
        if self.time_index.is_some() {
            self.trim_time_index(disk)?;
        }
        disk.flush(&self.files.log)?;
        self.truncate_file(disk, self.size)?;
        self.txn_index.close();
        Ok(())
    }

    /// Starts its indexes and what is known of its timestamps from nothing, before everything is read again.
    pub(in crate::kafka::storage) fn reset_for_recovery(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<(), LogError> {
        let (index, path) = self.offset_index(disk)?;
        index.reset(disk, path)?;
        let (index, path) = self.time_index(disk)?;
        index.reset(disk, path)?;
        self.txn_index.reset(disk, &self.files.txn_index)?;
        self.max_timestamp_so_far = None;
        Ok(())
    }

    /// The end of a recovery: cuts what is not valid and gives the indexes their real size. The number of bytes cut.
    pub(in crate::kafka::storage) fn finish_recovery(
        &mut self,
        disk: &mut dyn Disk,
        valid_bytes: i32,
    ) -> Result<i32, LogError> {
        let cut = self.size - valid_bytes;
        self.truncate_file(disk, valid_bytes)?;
        let (index, path) = self.offset_index(disk)?;
        index.file.trim(disk, path)?;
        self.append_last_time_entry(disk)?;
        self.trim_time_index(disk)?;
        Ok(cut)
    }

    /// The place of its files after a rename of the directory.
    pub(in crate::kafka::storage) fn set_dir(&mut self, dir: &str) {
        self.files = SegmentFiles::new(dir, self.base_offset, "");
    }

    /// Renames all its files from one suffix to another. Index files that were never made are passed over.
    pub(in crate::kafka::storage) fn change_suffix(
        &mut self,
        disk: &mut dyn Disk,
        from: &str,
        to: &str,
    ) -> Result<(), LogError> {
        let renamed = self.files.with_suffix(from, to)?;
        disk.rename(&self.files.log, &renamed.log)?;
        for (opened, old, new) in [
            (self.offset_index.is_some(), &self.files.index, &renamed.index),
            (self.time_index.is_some(), &self.files.time_index, &renamed.time_index),
            (false, &self.files.txn_index, &renamed.txn_index),
        ] {
            if opened || disk.len(old).is_some() {
                disk.rename(old, new)?;
            }
        }
        self.files = renamed;
        Ok(())
    }

    /// Adds batches of another segment's file from `start` on, as far as their offsets fit; the number of bytes taken.
    pub(in crate::kafka::storage) fn append_from(
        &mut self,
        disk: &mut dyn Disk,
        source: &Self,
        start: i32,
    ) -> Result<i32, LogError> {
        const CHUNK: i32 = 1024 * 1024;
        let mut position = start;
        while position < source.size {
            let mut scan = Scan::new(&source.files.log, position, source.size);
            let (mut taken, mut max_offset) = (0, i64::MIN);
            let mut loaded = Vec::new();
            while let Some(batch) = scan.next(disk)? {
                let last = batch.last_offset()?;
                let fits = taken == 0 || taken + batch.size < CHUNK;
                if !fits || !self.can_convert_to_relative_offset(disk, last)? {
                    break;
                }
                max_offset = last;
                taken += batch.size;
                loaded.extend(batch.load(disk, &source.files.log)?);
            }
            if taken == 0 {
                break;
            }
            let bytes = disk.read(&source.files.log, position as u64, taken as usize)?;
            self.append(disk, max_offset, bytes, &loaded)?;
            position += taken;
        }
        Ok(position - start)
    }
}
