use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::Scan;

/// The timestamps of ListOffsets that mean a place.
pub const LATEST_TIMESTAMP: i64 = -1;
pub const EARLIEST_TIMESTAMP: i64 = -2;
pub const MAX_TIMESTAMP: i64 = -3;
pub const EARLIEST_LOCAL_TIMESTAMP: i64 = -4;
pub const LATEST_TIERED_TIMESTAMP: i64 = -5;

/// A record found by its time; the timestamp is -1 for a place that was asked for by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimestampAndOffset {
    pub timestamp: i64,
    pub offset: Offset,
    pub leader_epoch: Option<Epoch>,
}

impl Log {
    /// The first record at or behind the log start whose timestamp is `target` or later, or one of the named places.
    pub fn offset_by_timestamp(
        &mut self,
        disk: &mut dyn Disk,
        target: i64,
    ) -> Result<Option<TimestampAndOffset>, LogError> {
        let place =
            |offset, leader_epoch| Ok(Some(TimestampAndOffset { timestamp: -1, offset, leader_epoch }));
        match target {
            EARLIEST_TIMESTAMP | EARLIEST_LOCAL_TIMESTAMP => {
                let earliest = self.leader_epochs.as_ref().and_then(|epochs| epochs.earliest());
                let epoch =
                    earliest.filter(|(_, start)| *start <= self.log_start_offset).map(|(epoch, _)| epoch);
                place(self.log_start_offset, epoch)
            }
            LATEST_TIMESTAMP => place(self.log_end_offset(), self.latest_epoch()),
            LATEST_TIERED_TIMESTAMP => place(-1, Some(-1)),
            MAX_TIMESTAMP => self.offset_of_max_timestamp(disk),
            target => self.search_by_timestamp(disk, target),
        }
    }

    fn offset_of_max_timestamp(
        &mut self,
        disk: &mut dyn Disk,
    ) -> Result<Option<TimestampAndOffset>, LogError> {
        let mut latest = None;
        for base in self.segments.bases() {
            let max = self.segments.get_mut(base)?.read_max_timestamp(disk)?;
            if latest.is_none_or(|(_, best): (Offset, crate::kafka::storage::TimestampOffset)| {
                max.timestamp > best.timestamp
            }) {
                latest = Some((base, max));
            }
        }
        let Some((base, max)) = latest else { return Ok(None) };
        let segment = self.segments.get_mut(base)?;
        let (index, path) = segment.offset_index(disk)?;
        let start = index.lookup(disk, path, max.offset)?.position;
        let mut scan = Scan::new(&segment.files.log, start, segment.size());
        while let Some(found) = scan.next(disk)? {
            if found.max_timestamp()? != max.timestamp {
                continue;
            }
            let Some(batch) = found.load(disk, &segment.files.log)? else { return Ok(None) };
            for record in batch.records()? {
                let record = record?;
                if record.timestamp == max.timestamp {
                    let leader_epoch = Some(batch.partition_leader_epoch()).filter(|epoch| *epoch >= 0);
                    let (timestamp, offset) = (max.timestamp, record.offset);
                    return Ok(Some(TimestampAndOffset { timestamp, offset, leader_epoch }));
                }
            }
            return Ok(None);
        }
        Ok(None)
    }

    fn search_by_timestamp(
        &mut self,
        disk: &mut dyn Disk,
        target: i64,
    ) -> Result<Option<TimestampAndOffset>, LogError> {
        for base in self.segments.bases() {
            let segment = self.segments.get_mut(base)?;
            if segment.largest_timestamp(disk)? >= target {
                return segment.find_offset_by_timestamp(disk, target, self.log_start_offset);
            }
        }
        Ok(None)
    }
}
