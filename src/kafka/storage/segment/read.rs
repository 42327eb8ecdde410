//! Finding things in a segment.

use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::FileBatch;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;
use crate::kafka::storage::OffsetPosition;
use crate::kafka::storage::Scan;
use crate::kafka::storage::Segment;
use crate::kafka::storage::TimestampAndOffset;
use crate::kafka::storage::TimestampOffset;
use bytes::Bytes;

/// What a read of one segment found.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(in crate::kafka::storage) struct SegmentRead {
    pub(in crate::kafka::storage) position: LogOffsetMetadata,
    pub(in crate::kafka::storage) from: i32,
    pub(in crate::kafka::storage) len: i32,
    pub(in crate::kafka::storage) first_entry_incomplete: bool,
}

impl Segment {
    /// The largest timestamp so far; the last entry of the time index stands in after a load.
    pub(in crate::kafka::storage) fn read_max_timestamp(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<TimestampOffset, LogError> {
        if let Some(known) = self.max_timestamp_so_far {
            return Ok(known);
        }
        let last = self.time_index(disk)?.0.last_entry();
        // Kafka's "unknown" is (-1, -1): an empty index at a base offset of -1 cannot be, so this is always known now.
        self.max_timestamp_so_far = Some(last);
        Ok(last)
    }

    /// The timestamp that retention and look-ups go by: of the youngest record, or else of the file.
    pub(in crate::kafka::storage) fn largest_timestamp(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<i64, LogError> {
        let max = self.read_max_timestamp(disk)?;
        if max.timestamp >= 0 {
            return Ok(max.timestamp);
        }
        Ok(disk.modified_ms(&self.files.log).unwrap_or(0))
    }

    /// The first batch whose last offset is at or behind an offset.
    pub(in crate::kafka::storage) fn translate_offset(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<Option<FileBatch>, LogError> {
        let (index, path) = self.offset_index(disk)?;
        // A damaged index may name a place before the file.
        let start = index.lookup(disk, path, offset)?.position.max(0);
        Scan::new(&self.files.log, start, self.size).find(disk, &|batch| Ok(batch.last_offset()? >= offset))
    }

    /// Which bytes answer a read from `start`; `None` when nothing at or behind it lies here.
    pub(in crate::kafka::storage) fn read(
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
    pub(in crate::kafka::storage) fn slice(
        &self,
        disk: &mut dyn Disk,
        found: &SegmentRead,
    ) -> Result<Bytes, LogError> {
        if found.len == 0 {
            return Ok(Bytes::new());
        }
        Ok(disk.read(&self.files.log, found.from as u64, found.len as usize)?)
    }

    /// An offset behind everything that `size` bytes from `start` can hold, as far as the index knows.
    pub(in crate::kafka::storage) fn fetch_upper_bound(
        &mut self,
        disk: &mut dyn Disk,
        start: OffsetPosition,
        size: i32,
    ) -> Result<Option<Offset>, LogError> {
        let (index, path) = self.offset_index(disk)?;
        Ok(index.fetch_upper_bound(disk, path, start, size)?.map(|entry| entry.offset))
    }

    /// The first record here, at or behind `start`, whose timestamp is `target` or later.
    pub(in crate::kafka::storage) fn find_offset_by_timestamp(
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
    pub(in crate::kafka::storage) fn read_next_offset(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<Offset, LogError> {
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

    /// Whether an offset lies so far behind the base that the file must be split.
    pub(in crate::kafka::storage) fn has_overflow(&mut self, disk: &mut dyn Disk) -> Result<bool, LogError> {
        let next = self.read_next_offset(disk)?;
        Ok(next > self.base_offset && !self.can_convert_to_relative_offset(disk, next.wrapping_sub(1))?)
    }
}
