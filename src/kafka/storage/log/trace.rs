use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::OffsetPosition;
use crate::kafka::storage::Scan;
use crate::kafka::storage::TimestampOffset;

/// One thing that a look-up touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookupStep {
    /// The base offset of a segment is compared with the offset; by time, its largest timestamp with the time.
    Segment { base_offset: Offset, compared_with: i64, chosen: bool },
    /// The binary search looks at an entry of the `.timeindex` file.
    TimeIndexEntry { segment: Offset, slot: i32, entry: TimestampOffset },
    /// What the search in the `.timeindex` file came to.
    TimeIndexFound { segment: Offset, entry: TimestampOffset },
    /// The binary search looks at an entry of the `.index` file.
    OffsetIndexEntry { segment: Offset, slot: i32, entry: OffsetPosition },
    /// What the search in the `.index` file came to: where to start reading the `.log` file.
    OffsetIndexFound { segment: Offset, entry: OffsetPosition },
    /// The header of a batch is read from the `.log` file.
    Batch {
        segment: Offset,
        position: i32,
        size: i32,
        base_offset: Offset,
        last_offset: Offset,
        max_timestamp: i64,
        found: bool,
    },
    /// A record inside the batch is looked at.
    Record { offset: Offset, timestamp: i64, found: bool },
}

/// Everything that a look-up touches, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LookupTrace {
    pub steps: Vec<LookupStep>,
    /// Bytes of index entries and batch headers, and of the batch whose records were looked at.
    pub bytes_read: u64,
    /// The record found: its offset; by time, the first one that is late enough.
    pub found: Option<Offset>,
}

impl LookupTrace {
    fn touch(&mut self, bytes: i32, step: LookupStep) {
        self.bytes_read += bytes as u64;
        self.steps.push(step);
    }
}

const BATCH_HEADER: i32 = 61;

impl Log {
    /// How a read finds an offset: segments, index entries, batches. Opens index files like any read.
    pub fn lookup_trace(&mut self, disk: &mut dyn Disk, offset: Offset) -> Result<LookupTrace, LogError> {
        let mut trace = LookupTrace::default();
        if offset < self.log_start_offset || offset >= self.log_end_offset() {
            return Ok(trace);
        }
        let Some(mut base) = self.trace_floor(offset, &mut trace) else { return Ok(trace) };
        loop {
            if self.trace_offset_in(disk, base, offset, &mut trace)? {
                trace.found = Some(offset);
                return Ok(trace);
            }
            let Some(next) = self.segments.higher(base) else { return Ok(trace) };
            base = next;
            trace.steps.push(LookupStep::Segment { base_offset: base, compared_with: base, chosen: true });
        }
    }

    /// Halves the list of segments until the one that begins at or before the offset is left.
    fn trace_floor(&self, offset: Offset, trace: &mut LookupTrace) -> Option<Offset> {
        let bases = self.segments.bases();
        let (mut low, mut high) = (0, bases.len());
        while low < high {
            let middle = low.midpoint(high);
            let base_offset = bases[middle];
            let chosen = base_offset <= offset;
            trace.steps.push(LookupStep::Segment { base_offset, compared_with: base_offset, chosen });
            if chosen {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(bases[low.checked_sub(1)?])
    }

    fn trace_offset_index(
        &mut self,
        disk: &mut dyn Disk,
        base: Offset,
        offset: Offset,
        trace: &mut LookupTrace,
    ) -> Result<i32, LogError> {
        let (index, path) = self.segments.get_mut(base)?.offset_index(disk)?;
        let entry = index.lookup_traced(disk, path, offset, &mut |slot, entry| {
            trace.touch(8, LookupStep::OffsetIndexEntry { segment: base, slot, entry });
        })?;
        trace.steps.push(LookupStep::OffsetIndexFound { segment: base, entry });
        Ok(entry.position)
    }

    fn trace_offset_in(
        &mut self,
        disk: &mut dyn Disk,
        base: Offset,
        offset: Offset,
        trace: &mut LookupTrace,
    ) -> Result<bool, LogError> {
        let start = self.trace_offset_index(disk, base, offset, trace)?;
        let segment = self.segments.get_mut(base)?;
        let mut scan = Scan::new(&segment.files.log, start, segment.size());
        while let Some(batch) = scan.next(disk)? {
            let last_offset = batch.last_offset()?;
            let found = last_offset >= offset;
            trace.touch(
                BATCH_HEADER,
                LookupStep::Batch {
                    segment: base,
                    position: batch.position,
                    size: batch.size,
                    base_offset: batch.base_offset(),
                    last_offset,
                    max_timestamp: batch.max_timestamp()?,
                    found,
                },
            );
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How ListOffsets finds the first record of a time or later.
    pub fn lookup_trace_by_time(
        &mut self,
        disk: &mut dyn Disk,
        target: i64,
    ) -> Result<LookupTrace, LogError> {
        let mut trace = LookupTrace::default();
        for base in self.segments.bases() {
            let largest = self.segments.get_mut(base)?.largest_timestamp(disk)?;
            let chosen = largest >= target;
            trace.steps.push(LookupStep::Segment { base_offset: base, compared_with: largest, chosen });
            if chosen {
                self.trace_time_in(disk, base, target, &mut trace)?;
                break;
            }
        }
        Ok(trace)
    }

    fn trace_time_in(
        &mut self,
        disk: &mut dyn Disk,
        base: Offset,
        target: i64,
        trace: &mut LookupTrace,
    ) -> Result<(), LogError> {
        let log_start = self.log_start_offset;
        let (index, path) = self.segments.get_mut(base)?.time_index(disk)?;
        let entry = index.lookup_traced(disk, path, target, &mut |slot, entry| {
            trace.touch(12, LookupStep::TimeIndexEntry { segment: base, slot, entry });
        })?;
        trace.steps.push(LookupStep::TimeIndexFound { segment: base, entry });
        let start = self.trace_offset_index(disk, base, entry.offset.max(log_start), trace)?;
        let segment = self.segments.get_mut(base)?;
        let mut scan = Scan::new(&segment.files.log, start, segment.size());
        while let Some(found) = scan.next(disk)? {
            let late_enough = found.max_timestamp()? >= target;
            trace.touch(
                BATCH_HEADER,
                LookupStep::Batch {
                    segment: base,
                    position: found.position,
                    size: found.size,
                    base_offset: found.base_offset(),
                    last_offset: found.last_offset()?,
                    max_timestamp: found.max_timestamp()?,
                    found: late_enough,
                },
            );
            let Some(batch) = found.load(disk, &segment.files.log)?.filter(|_| late_enough) else { continue };
            trace.bytes_read += (found.size - BATCH_HEADER).max(0) as u64;
            for record in batch.records()? {
                let record = record?;
                let (offset, timestamp) = (record.offset, record.timestamp);
                let found = timestamp >= target && offset >= log_start;
                trace.steps.push(LookupStep::Record { offset, timestamp, found });
                if found {
                    trace.found = Some(offset);
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
