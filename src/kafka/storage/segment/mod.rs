//! One segment of a log: a file of batches, its indexes, and when to begin the next.

mod files;
mod read;
mod recovery;

use crate::kafka::base::Offset;
use crate::kafka::record::Batch;
use crate::kafka::storage::AbortedTxn;
use crate::kafka::storage::CompletedTxn;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogConfig;
use crate::kafka::storage::LogError;
use crate::kafka::storage::OffsetIndex;
use crate::kafka::storage::Scan;
use crate::kafka::storage::SegmentFiles;
use crate::kafka::storage::TimeIndex;
use crate::kafka::storage::TimestampOffset;
use crate::kafka::storage::TransactionIndex;
use bytes::Bytes;
use std::sync::Arc;

/// A piece of a log: one `.log` file with its indexes (`LogSegment`). What lies in the files stays on the disk.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Segment {
    pub(in crate::kafka::storage) base_offset: Offset,
    pub(in crate::kafka::storage) files: Arc<SegmentFiles>,
    /// Bytes of the `.log` file that hold batches. A preallocated file is longer.
    pub(in crate::kafka::storage) size: i32,
    preallocated: bool,
    index_interval_bytes: i32,
    max_index_size: i32,
    pub(in crate::kafka::storage) roll_jitter_ms: i64,
    pub(in crate::kafka::storage) created_ms: i64,
    /// Opened when first needed: a new segment has no index files until then.
    offset_index: Option<OffsetIndex>,
    time_index: Option<TimeIndex>,
    pub(in crate::kafka::storage) txn_index: TransactionIndex,
    /// The largest timestamp of the first batch, once it is known.
    pub(in crate::kafka::storage) rolling_based_timestamp: Option<i64>,
    pub(in crate::kafka::storage) max_timestamp_so_far: Option<TimestampOffset>,
    bytes_since_last_index_entry: i32,
}

/// How a segment's file is opened.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::kafka::storage) struct SegmentOptions<'a> {
    /// `.swap`, `.cleaned` or nothing.
    pub(in crate::kafka::storage) suffix: &'a str,
    pub(in crate::kafka::storage) file_already_exists: bool,
    pub(in crate::kafka::storage) init_file_size: i32,
    pub(in crate::kafka::storage) preallocate: bool,
    pub(in crate::kafka::storage) roll_jitter_ms: i64,
}

impl<'a> SegmentOptions<'a> {
    /// A new segment at the end of a log.
    pub(in crate::kafka::storage) fn new_active(config: &LogConfig) -> Self {
        let init_file_size = if config.preallocate { config.segment_bytes } else { 0 };
        Self { init_file_size, preallocate: config.preallocate, ..Self::default() }
    }

    pub(in crate::kafka::storage) fn with_suffix(suffix: &'a str) -> Self {
        Self { suffix, ..Self::default() }
    }
}

impl Segment {
    pub(in crate::kafka::storage) fn open(
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

    pub(in crate::kafka::storage) fn offset_index(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<(&mut OffsetIndex, &str), LogError> {
        let path = self.files.index.as_str();
        if self.offset_index.is_none() {
            self.offset_index = Some(OffsetIndex::open(disk, path, self.base_offset, self.max_index_size)?);
        }
        match &mut self.offset_index {
            Some(index) => Ok((index, path)),
            None => Err(LogError::IllegalState(format!("{path} is not open"))),
        }
    }

    pub(in crate::kafka::storage) fn time_index(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<(&mut TimeIndex, &str), LogError> {
        let path = self.files.time_index.as_str();
        if self.time_index.is_none() {
            self.time_index = Some(TimeIndex::open(disk, path, self.base_offset, self.max_index_size)?);
        }
        match &mut self.time_index {
            Some(index) => Ok((index, path)),
            None => Err(LogError::IllegalState(format!("{path} is not open"))),
        }
    }

    fn can_convert_to_relative_offset(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<bool, LogError> {
        Ok(self.offset_index(disk)?.0.can_append_offset(offset))
    }

    pub(in crate::kafka::storage) fn ensure_offset_in_range(
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
    pub(in crate::kafka::storage) fn should_roll(
        &mut self,
        disk: &mut dyn Disk,
        params: &RollParams,
    ) -> Result<bool, LogError> {
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
    pub(in crate::kafka::storage) fn append(
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

    pub(in crate::kafka::storage) fn update_txn_index(
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

    pub(in crate::kafka::storage) fn index_interval_bytes(&self) -> i32 {
        self.index_interval_bytes
    }
}

/// What decides whether an append begins a new segment (`RollParams`).
#[derive(Clone, Copy, Debug)]
pub(in crate::kafka::storage) struct RollParams {
    pub(in crate::kafka::storage) max_segment_ms: i64,
    pub(in crate::kafka::storage) max_segment_bytes: i32,
    pub(in crate::kafka::storage) max_timestamp: i64,
    pub(in crate::kafka::storage) max_offset: Offset,
    pub(in crate::kafka::storage) messages_size: i32,
    pub(in crate::kafka::storage) now_ms: i64,
}
