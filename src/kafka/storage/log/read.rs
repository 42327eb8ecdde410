use bytes::Bytes;

use crate::kafka::base::Offset;
use crate::kafka::storage::AbortedTxn;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;
use crate::kafka::storage::OffsetPosition;

/// Up to where a reader may see (`FetchIsolation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Isolation {
    /// A follower sees everything.
    LogEnd,
    /// A consumer sees what is committed.
    HighWatermark,
    /// A consumer with `read_committed` sees what is decided.
    TxnCommitted,
}

/// What a read gives (`FetchDataInfo`).
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct FetchData {
    /// Whole batches from the one that holds the asked offset; the last one may be cut off.
    pub records: Bytes,
    /// The asked offset, and where its batch lies.
    pub position: LogOffsetMetadata,
    /// With [`Isolation::TxnCommitted`]: aborted transactions that touch these records, perhaps more.
    pub aborted: Option<Vec<AbortedTxn>>,
    /// The first batch is larger than what was asked for.
    pub first_entry_incomplete: bool,
}

impl FetchData {
    fn empty(position: LogOffsetMetadata, with_aborted: bool) -> Self {
        let aborted = with_aborted.then(Vec::new);
        Self { records: Bytes::new(), position, aborted, first_entry_incomplete: false }
    }
}

impl Log {
    /// Reads up to `max_bytes` from an offset on; with `min_one_message` at least one whole batch.
    ///
    /// # Errors
    /// [`LogError::OffsetOutOfRange`] below the log start and beyond the log end.
    pub fn read(
        &mut self,
        disk: &mut dyn Disk,
        start: Offset,
        max_bytes: i32,
        isolation: Isolation,
        min_one_message: bool,
    ) -> Result<FetchData, LogError> {
        if start < self.log_start_offset {
            return Err(LogError::OffsetOutOfRange(format!(
                "Received request for offset {start} for partition {}, but we only have log segments starting from offset: {}.",
                self.label, self.log_start_offset
            )));
        }
        let limit = match isolation {
            Isolation::LogEnd => self.next_offset,
            Isolation::HighWatermark => self.fetch_high_watermark_metadata(disk)?,
            Isolation::TxnCommitted => self.fetch_last_stable_offset_metadata(disk)?,
        };
        let with_aborted = isolation == Isolation::TxnCommitted;
        self.read_below(disk, start, max_bytes, min_one_message, limit, with_aborted)
    }

    fn read_below(
        &mut self,
        disk: &mut dyn Disk,
        start: Offset,
        max_bytes: i32,
        min_one_message: bool,
        limit: LogOffsetMetadata,
        with_aborted: bool,
    ) -> Result<FetchData, LogError> {
        let mut segment_base = self.segments.floor(start);
        if start > self.log_end_offset() || segment_base.is_none() {
            return Err(LogError::OffsetOutOfRange(format!(
                "Received request for offset {start} for partition {}, but we only have log segments upto {}.",
                self.label,
                self.log_end_offset()
            )));
        }
        if start == limit.offset {
            return Ok(FetchData::empty(limit, with_aborted));
        }
        if start > limit.offset {
            let position = self.convert_to_metadata(disk, start)?;
            return Ok(FetchData::empty(position, with_aborted));
        }
        while let Some(base) = segment_base {
            let segment = self.segments.get_mut(base)?;
            let max_position = if base < limit.segment_base_offset {
                Some(i64::from(segment.size()))
            } else if base == limit.segment_base_offset && !limit.is_offset_only() {
                Some(i64::from(limit.position))
            } else {
                None
            };
            if let Some(found) = segment.read(disk, start, max_bytes, max_position, min_one_message)? {
                let records = segment.slice(disk, &found)?;
                let from = OffsetPosition { offset: start, position: found.from };
                let size = records.len() as i32;
                let aborted = match with_aborted {
                    true => Some(self.aborted_in_fetch(disk, base, from, size)?),
                    false => None,
                };
                let first_entry_incomplete = found.first_entry_incomplete;
                return Ok(FetchData { records, position: found.position, aborted, first_entry_incomplete });
            }
            segment_base = self.segments.higher(base);
        }
        // Everything from the offset on has been compacted away.
        Ok(FetchData::empty(self.next_offset, false))
    }

    fn aborted_in_fetch(
        &mut self,
        disk: &mut dyn Disk,
        base: Offset,
        from: OffsetPosition,
        size: i32,
    ) -> Result<Vec<AbortedTxn>, LogError> {
        let next_base = self.segments.higher(base).unwrap_or(self.log_end_offset());
        let bound = self.segments.get_mut(base)?.fetch_upper_bound(disk, from, size)?;
        self.collect_aborted(disk, base, from.offset, bound.unwrap_or(next_base))
    }

    /// The aborted transactions that touch a range, from the indexes of the segments from `base` on.
    fn collect_aborted(
        &self,
        disk: &mut dyn Disk,
        base: Offset,
        start: Offset,
        upper_bound: Offset,
    ) -> Result<Vec<AbortedTxn>, LogError> {
        let mut found = Vec::new();
        let mut next = Some(base);
        while let Some(base) = next {
            let Some(segment) = self.segments.get(base) else { break };
            let path = &segment.files.txn_index;
            if segment.txn_index.collect_aborted(disk, path, start, upper_bound, &mut found)? {
                break;
            }
            next = self.segments.higher(base);
        }
        Ok(found)
    }

    /// The aborted transactions that touch the offsets from `start` up to `upper_bound`.
    pub fn collect_aborted_transactions(
        &self,
        disk: &mut dyn Disk,
        start: Offset,
        upper_bound: Offset,
    ) -> Result<Vec<AbortedTxn>, LogError> {
        match self.segments.floor(start) {
            Some(base) => self.collect_aborted(disk, base, self.log_start_offset, upper_bound),
            None => Ok(Vec::new()),
        }
    }

    fn convert_to_metadata(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<LogOffsetMetadata, LogError> {
        let limit = self.next_offset;
        Ok(self.read_below(disk, offset, 1, false, limit, false)?.position)
    }

    /// The place of an offset, or the offset alone when it is not in the log.
    pub(super) fn maybe_convert_to_metadata(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<LogOffsetMetadata, LogError> {
        match self.convert_to_metadata(disk, offset) {
            Err(LogError::OffsetOutOfRange(_)) => Ok(LogOffsetMetadata::offset_only(offset)),
            other => other,
        }
    }
}
