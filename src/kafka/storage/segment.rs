use std::sync::Arc;

use bytes::Bytes;

use crate::kafka::base::Offset;
use crate::kafka::record::Batch;
use crate::kafka::storage::AbortedTxn;
use crate::kafka::storage::CompletedTxn;
use crate::kafka::storage::Disk;
use crate::kafka::storage::FileBatch;
use crate::kafka::storage::LogConfig;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;
use crate::kafka::storage::OffsetIndex;
use crate::kafka::storage::OffsetPosition;
use crate::kafka::storage::Scan;
use crate::kafka::storage::SegmentFiles;
use crate::kafka::storage::TimeIndex;
use crate::kafka::storage::TimestampAndOffset;
use crate::kafka::storage::TimestampOffset;
use crate::kafka::storage::TransactionIndex;

/// A piece of a log: one `.log` file with its indexes (`LogSegment`). What lies in the files stays on the disk.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    pub(super) base_offset: Offset,
    pub(super) files: Arc<SegmentFiles>,
    /// Bytes of the `.log` file that hold batches. A preallocated file is longer.
    pub(super) size: i32,
    preallocated: bool,
    index_interval_bytes: i32,
    max_index_size: i32,
    pub(super) roll_jitter_ms: i64,
    pub(super) created_ms: i64,
    /// Opened when first needed: a new segment has no index files until then.
    offset_index: Option<OffsetIndex>,
    time_index: Option<TimeIndex>,
    pub(super) txn_index: TransactionIndex,
    /// The largest timestamp of the first batch, once it is known.
    pub(super) rolling_based_timestamp: Option<i64>,
    pub(super) max_timestamp_so_far: Option<TimestampOffset>,
    bytes_since_last_index_entry: i32,
}

/// How a segment's file is opened.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SegmentOptions<'a> {
    /// `.swap`, `.cleaned` or nothing.
    pub(super) suffix: &'a str,
    pub(super) file_already_exists: bool,
    pub(super) init_file_size: i32,
    pub(super) preallocate: bool,
    pub(super) roll_jitter_ms: i64,
}

impl<'a> SegmentOptions<'a> {
    /// A new segment at the end of a log.
    pub(super) fn new_active(config: &LogConfig) -> Self {
        let init_file_size = if config.preallocate { config.segment_bytes } else { 0 };
        Self { init_file_size, preallocate: config.preallocate, ..Self::default() }
    }

    pub(super) fn with_suffix(suffix: &'a str) -> Self {
        Self { suffix, ..Self::default() }
    }
}

/// What a read of one segment found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SegmentRead {
    pub(super) position: LogOffsetMetadata,
    pub(super) from: i32,
    pub(super) len: i32,
    pub(super) first_entry_incomplete: bool,
}

impl Segment {
    pub(super) fn open(
        disk: &mut dyn Disk,
        dir: &str,
        base_offset: Offset,
        config: &LogConfig,
        now_ms: i64,
        options: SegmentOptions<'_>,
    ) -> Result<Self, LogError> {
        let files = SegmentFiles::new(dir, base_offset, options.suffix);
        let preallocated = !options.file_already_exists && options.preallocate;
        if preallocated {
            disk.set_len(&files.log, options.init_file_size as u64)?;
        } else if disk.len(&files.log).is_none() {
            disk.set_len(&files.log, 0)?;
        }
        let len = disk.len(&files.log).unwrap_or(0);
        let size = match i32::try_from(len) {
            Ok(_) if preallocated => 0,
            Ok(size) => size,
            Err(_) => {
                return Err(LogError::kafka(format!(
                    "The size of segment {} ({len}) is larger than the maximum allowed segment size of {}",
                    files.log,
                    i32::MAX
                )));
            }
        };
        Ok(Self {
            base_offset,
            size,
            preallocated,
            index_interval_bytes: config.index_interval_bytes,
            max_index_size: config.segment_index_bytes,
            roll_jitter_ms: options.roll_jitter_ms,
            created_ms: now_ms,
            offset_index: None,
            time_index: None,
            txn_index: TransactionIndex::open(disk, &files.txn_index, base_offset),
            files,
            rolling_based_timestamp: None,
            max_timestamp_so_far: None,
            bytes_since_last_index_entry: 0,
        })
    }

    pub fn base_offset(&self) -> Offset {
        self.base_offset
    }

    /// Bytes of batches.
    pub fn size(&self) -> i32 {
        self.size
    }

    /// The paths of its files.
    pub fn files(&self) -> &SegmentFiles {
        &self.files
    }

    /// The largest timestamp seen so far with the last offset of its batch, when it is known without a look at the disk.
    pub fn max_timestamp(&self) -> Option<TimestampOffset> {
        self.max_timestamp_so_far
    }

    /// Its offset index, when it is open.
    pub fn opened_offset_index(&self) -> Option<&OffsetIndex> {
        self.offset_index.as_ref()
    }

    /// Its time index, when it is open.
    pub fn opened_time_index(&self) -> Option<&TimeIndex> {
        self.time_index.as_ref()
    }

    pub(super) fn offset_index(&mut self, disk: &mut dyn Disk) -> Result<(&mut OffsetIndex, &str), LogError> {
        let path = self.files.index.as_str();
        if self.offset_index.is_none() {
            self.offset_index = Some(OffsetIndex::open(disk, path, self.base_offset, self.max_index_size)?);
        }
        match &mut self.offset_index {
            Some(index) => Ok((index, path)),
            None => Err(LogError::IllegalState(format!("{path} is not open"))),
        }
    }

    pub(super) fn time_index(&mut self, disk: &mut dyn Disk) -> Result<(&mut TimeIndex, &str), LogError> {
        let path = self.files.time_index.as_str();
        if self.time_index.is_none() {
            self.time_index = Some(TimeIndex::open(disk, path, self.base_offset, self.max_index_size)?);
        }
        match &mut self.time_index {
            Some(index) => Ok((index, path)),
            None => Err(LogError::IllegalState(format!("{path} is not open"))),
        }
    }

    pub(super) fn resize_indexes(&mut self, disk: &mut dyn Disk, size: i32) -> Result<(), LogError> {
        let (index, path) = self.offset_index(disk)?;
        index.file.resize(disk, path, size)?;
        let (index, path) = self.time_index(disk)?;
        index.resize(disk, path, size)
    }

    /// The largest timestamp so far; the last entry of the time index stands in after a load.
    pub(super) fn read_max_timestamp(&mut self, disk: &mut dyn Disk) -> Result<TimestampOffset, LogError> {
        if let Some(known) = self.max_timestamp_so_far {
            return Ok(known);
        }
        let last = self.time_index(disk)?.0.last_entry();
        // Kafka's "unknown" is (-1, -1): an empty index at a base offset of -1 cannot be, so this is always known now.
        self.max_timestamp_so_far = Some(last);
        Ok(last)
    }

    /// The timestamp that retention and look-ups go by: of the youngest record, or else of the file.
    pub(super) fn largest_timestamp(&mut self, disk: &mut dyn Disk) -> Result<i64, LogError> {
        let max = self.read_max_timestamp(disk)?;
        if max.timestamp >= 0 {
            return Ok(max.timestamp);
        }
        Ok(disk.modified_ms(&self.files.log).unwrap_or(0))
    }

    fn can_convert_to_relative_offset(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<bool, LogError> {
        Ok(self.offset_index(disk)?.0.can_append_offset(offset))
    }

    pub(super) fn ensure_offset_in_range(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<(), LogError> {
        if self.can_convert_to_relative_offset(disk, offset)? {
            return Ok(());
        }
        Err(LogError::SegmentOffsetOverflow { segment: self.base_offset, offset })
    }

    /// Whether these bytes should rather begin a new segment (`shouldRoll`).
    pub(super) fn should_roll(&mut self, disk: &mut dyn Disk, params: &RollParams) -> Result<bool, LogError> {
        let waited = self.time_waited_for_roll(disk, params.now_ms, params.max_timestamp)?;
        let reached_roll_ms = waited > params.max_segment_ms.wrapping_sub(self.roll_jitter_ms);
        if i64::from(self.size) > i64::from(params.max_segment_bytes) - i64::from(params.messages_size)
            || (self.size > 0 && reached_roll_ms)
        {
            return Ok(true);
        }
        Ok(self.offset_index(disk)?.0.is_full()
            || self.time_index(disk)?.0.is_full()
            || !self.can_convert_to_relative_offset(disk, params.max_offset)?)
    }

    fn time_waited_for_roll(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        message_timestamp: i64,
    ) -> Result<i64, LogError> {
        self.load_first_batch_timestamp(disk)?;
        Ok(match self.rolling_based_timestamp {
            Some(timestamp) if timestamp >= 0 => message_timestamp.wrapping_sub(timestamp),
            _ => now_ms.wrapping_sub(self.created_ms),
        })
    }

    fn load_first_batch_timestamp(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        if self.rolling_based_timestamp.is_none()
            && let Some(first) = Scan::new(&self.files.log, 0, self.size).next(disk)?
        {
            self.rolling_based_timestamp = Some(first.max_timestamp()?);
        }
        Ok(())
    }

    /// Adds batches whose last offset is `largest_offset`, and index entries where enough bytes lie between.
    pub(super) fn append(
        &mut self,
        disk: &mut dyn Disk,
        largest_offset: Offset,
        bytes: Bytes,
        batches: &[Batch],
    ) -> Result<(), LogError> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.ensure_offset_in_range(disk, largest_offset)?;
        let mut position = self.size;
        let Some(new_size) = i32::try_from(bytes.len()).ok().and_then(|len| position.checked_add(len)) else {
            return Err(LogError::IllegalArgument(format!(
                "Append of size {} bytes is too large for segment with current file position at {position}",
                bytes.len()
            )));
        };
        if self.preallocated {
            disk.write_at(&self.files.log, position as u64, &bytes)?;
        } else {
            disk.append(&self.files.log, bytes)?;
        }
        self.size = new_size;
        for batch in batches {
            let (timestamp, offset) = (batch.max_timestamp(), batch.last_offset());
            let mut max = self.read_max_timestamp(disk)?;
            if timestamp > max.timestamp {
                max = TimestampOffset { timestamp, offset };
                self.max_timestamp_so_far = Some(max);
            }
            if self.bytes_since_last_index_entry > self.index_interval_bytes {
                let (index, path) = self.offset_index(disk)?;
                index.append(disk, path, offset, position)?;
                let (index, path) = self.time_index(disk)?;
                index.maybe_append(disk, path, max.timestamp, max.offset, false)?;
                self.bytes_since_last_index_entry = 0;
            }
            position += batch.size() as i32;
            self.bytes_since_last_index_entry += batch.size() as i32;
        }
        Ok(())
    }

    pub(super) fn update_txn_index(
        &mut self,
        disk: &mut dyn Disk,
        completed: &CompletedTxn,
        last_stable_offset: Offset,
    ) -> Result<(), LogError> {
        if !completed.is_aborted {
            return Ok(());
        }
        let txn = AbortedTxn {
            producer_id: completed.producer_id,
            first_offset: completed.first_offset,
            last_offset: completed.last_offset,
            last_stable_offset,
        };
        self.txn_index.append(disk, &self.files.txn_index, txn)
    }

    /// The first batch whose last offset is at or behind an offset.
    pub(super) fn translate_offset(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<Option<FileBatch>, LogError> {
        let (index, path) = self.offset_index(disk)?;
        let start = index.lookup(disk, path, offset)?.position;
        let mut scan = Scan::new(&self.files.log, start, self.size);
        while let Some(batch) = scan.next(disk)? {
            if batch.last_offset()? >= offset {
                return Ok(Some(batch));
            }
        }
        Ok(None)
    }

    /// Which bytes answer a read from `start`; `None` when nothing at or behind it lies here.
    pub(super) fn read(
        &mut self,
        disk: &mut dyn Disk,
        start: Offset,
        max_size: i32,
        max_position: Option<i64>,
        min_one_message: bool,
    ) -> Result<Option<SegmentRead>, LogError> {
        if max_size < 0 {
            return Err(LogError::IllegalArgument(format!("Invalid max size {max_size} for log read")));
        }
        let Some(first) = self.translate_offset(disk, start)? else { return Ok(None) };
        let from = first.position;
        let position = LogOffsetMetadata::new(start, self.base_offset, from);
        let adjusted = if min_one_message { max_size.max(first.size) } else { max_size };
        let Some(max_position) = max_position.filter(|_| adjusted != 0) else {
            return Ok(Some(SegmentRead { position, from, len: 0, first_entry_incomplete: false }));
        };
        let wanted = ((max_position - i64::from(from)) as i32).min(adjusted);
        if wanted < 0 {
            let path = &self.files.log;
            return Err(LogError::IllegalArgument(format!("Invalid size: {wanted} in read from {path}")));
        }
        let len = wanted.min(self.size - from);
        Ok(Some(SegmentRead { position, from, len, first_entry_incomplete: adjusted < first.size }))
    }

    /// The bytes that [`read`](Self::read) chose.
    pub(super) fn slice(&self, disk: &mut dyn Disk, found: &SegmentRead) -> Result<Bytes, LogError> {
        if found.len == 0 {
            return Ok(Bytes::new());
        }
        Ok(disk.read(&self.files.log, found.from as u64, found.len as usize)?)
    }

    /// An offset behind everything that `size` bytes from `start` can hold, as far as the index knows.
    pub(super) fn fetch_upper_bound(
        &mut self,
        disk: &mut dyn Disk,
        start: OffsetPosition,
        size: i32,
    ) -> Result<Option<Offset>, LogError> {
        let (index, path) = self.offset_index(disk)?;
        Ok(index.fetch_upper_bound(disk, path, start, size)?.map(|entry| entry.offset))
    }

    /// The first record here, at or behind `start`, whose timestamp is `target` or later.
    pub(super) fn find_offset_by_timestamp(
        &mut self,
        disk: &mut dyn Disk,
        target: i64,
        start: Offset,
    ) -> Result<Option<TimestampAndOffset>, LogError> {
        let (index, path) = self.time_index(disk)?;
        let entry = index.lookup(disk, path, target)?;
        let (index, path) = self.offset_index(disk)?;
        let position = index.lookup(disk, path, entry.offset.max(start))?.position;
        let mut scan = Scan::new(&self.files.log, position, self.size);
        while let Some(found) = scan.next(disk)? {
            if found.max_timestamp()? < target {
                continue;
            }
            let Some(batch) = found.load(disk, &self.files.log)? else { continue };
            for record in batch.records()? {
                let record = record?;
                if record.timestamp >= target && record.offset >= start {
                    let leader_epoch = Some(batch.partition_leader_epoch()).filter(|epoch| *epoch != -1);
                    let (timestamp, offset) = (record.timestamp, record.offset);
                    return Ok(Some(TimestampAndOffset { timestamp, offset, leader_epoch }));
                }
            }
        }
        Ok(None)
    }

    /// The offset behind the last batch.
    pub(super) fn read_next_offset(&mut self, disk: &mut dyn Disk) -> Result<Offset, LogError> {
        let start = self.offset_index(disk)?.0.last_offset();
        let Some(found) = self.read(disk, start, self.size, Some(i64::from(self.size)), false)? else {
            return Ok(self.base_offset);
        };
        let mut next = self.base_offset;
        let mut scan = Scan::new(&self.files.log, found.from, found.from + found.len);
        let mut last = None;
        while let Some(batch) = scan.next(disk)? {
            last = Some(batch);
        }
        if let Some(batch) = last {
            next = batch.last_offset()?.wrapping_add(1);
        }
        Ok(next)
    }

    /// Cuts the `.log` file; the number of bytes cut.
    pub(super) fn truncate_file(&mut self, disk: &mut dyn Disk, size: i32) -> Result<i32, LogError> {
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
    pub(super) fn truncate_to(
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

    pub(super) fn flush(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        disk.flush(&self.files.log)?;
        let (_, path) = self.offset_index(disk)?;
        disk.flush(path)?;
        let (_, path) = self.time_index(disk)?;
        disk.flush(path)?;
        self.txn_index.flush(disk, &self.files.txn_index)
    }

    /// A newer segment takes over: the last entry of the time index is written and all files get their real size.
    pub(super) fn on_become_inactive(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        self.append_last_time_entry(disk)?;
        let (index, path) = self.offset_index(disk)?;
        index.file.trim(disk, path)?;
        self.trim_time_index(disk)?;
        self.truncate_file(disk, self.size)?;
        Ok(())
    }

    pub(super) fn append_last_time_entry(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
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
    pub(super) fn close(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
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
    pub(super) fn reset_for_recovery(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        let (index, path) = self.offset_index(disk)?;
        index.reset(disk, path)?;
        let (index, path) = self.time_index(disk)?;
        index.reset(disk, path)?;
        self.txn_index.reset(disk, &self.files.txn_index)?;
        self.max_timestamp_so_far = None;
        Ok(())
    }

    /// The end of a recovery: cuts what is not valid and gives the indexes their real size. The number of bytes cut.
    pub(super) fn finish_recovery(&mut self, disk: &mut dyn Disk, valid_bytes: i32) -> Result<i32, LogError> {
        let cut = self.size - valid_bytes;
        self.truncate_file(disk, valid_bytes)?;
        let (index, path) = self.offset_index(disk)?;
        index.file.trim(disk, path)?;
        self.append_last_time_entry(disk)?;
        self.trim_time_index(disk)?;
        Ok(cut)
    }

    pub(super) fn index_interval_bytes(&self) -> i32 {
        self.index_interval_bytes
    }

    /// The place of its files after a rename of the directory.
    pub(super) fn set_dir(&mut self, dir: &str) {
        self.files = SegmentFiles::new(dir, self.base_offset, "");
    }

    /// Renames all its files from one suffix to another. Index files that were never made are passed over.
    pub(super) fn change_suffix(
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

    /// Whether an offset lies so far behind the base that the file must be split.
    pub(super) fn has_overflow(&mut self, disk: &mut dyn Disk) -> Result<bool, LogError> {
        let next = self.read_next_offset(disk)?;
        Ok(next > self.base_offset && !self.can_convert_to_relative_offset(disk, next.wrapping_sub(1))?)
    }

    /// Adds batches of another segment's file from `start` on, as far as their offsets fit; the number of bytes taken.
    pub(super) fn append_from(
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

/// What decides whether an append begins a new segment (`RollParams`).
#[derive(Clone, Copy, Debug)]
pub(super) struct RollParams {
    pub(super) max_segment_ms: i64,
    pub(super) max_segment_bytes: i32,
    pub(super) max_timestamp: i64,
    pub(super) max_offset: Offset,
    pub(super) messages_size: i32,
    pub(super) now_ms: i64,
}
