use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;

/// Why old segments go.
enum Breach {
    /// They lie below the log start.
    StartOffset,
    /// The log is larger than `retention.bytes` by this much.
    Size(i64),
    /// Their youngest record is older than `retention.ms`.
    Time(i64),
}

impl Log {
    /// Deletes the segments that retention allows to go, oldest first, never beyond the high watermark; how many.
    ///
    /// Their files are renamed to `.deleted` and removed after `file.delete.delay.ms`.
    pub fn delete_old_segments(&mut self, disk: &mut dyn Disk, now_ms: i64) -> Result<usize, LogError> {
        let mut deleted = self.delete_breached(disk, now_ms, Breach::StartOffset)?;
        if !self.config.delete {
            return Ok(deleted);
        }
        let (size, most) = (self.size(), self.config.retention_bytes);
        if most >= 0 && size >= most {
            deleted += self.delete_breached(disk, now_ms, Breach::Size(size - most))?;
        }
        if self.config.retention_ms >= 0 {
            deleted += self.delete_breached(disk, now_ms, Breach::Time(self.config.retention_ms))?;
        }
        Ok(deleted)
    }

    fn delete_breached(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        mut breach: Breach,
    ) -> Result<usize, LogError> {
        let mut deletable = Vec::new();
        let bases = self.segments.bases();
        for (index, base) in bases.iter().enumerate() {
            let next = bases.get(index + 1).copied();
            let upper_bound = next.unwrap_or(self.log_end_offset());
            let size = self.segments.get_mut(*base)?.size();
            let goes = self.high_watermark() >= upper_bound
                && self.is_breached(disk, now_ms, &mut breach, *base, next)?
                && (next.is_some() || size > 0);
            if !goes {
                break;
            }
            deletable.push(*base);
        }
        self.delete_segments(disk, now_ms, &deletable)?;
        Ok(deletable.len())
    }

    fn is_breached(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        breach: &mut Breach,
        base: Offset,
        next: Option<Offset>,
    ) -> Result<bool, LogError> {
        let segment = self.segments.get_mut(base)?;
        Ok(match breach {
            Breach::StartOffset => next.is_some_and(|next| next <= self.log_start_offset),
            Breach::Size(excess) => {
                let left = *excess - i64::from(segment.size());
                if left >= 0 {
                    *excess = left;
                }
                left >= 0
            }
            Breach::Time(retention_ms) => {
                now_ms.wrapping_sub(segment.largest_timestamp(disk)?) > *retention_ms
            }
        })
    }

    fn delete_segments(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        deletable: &[Offset],
    ) -> Result<(), LogError> {
        let Some(last) = deletable.last() else { return Ok(()) };
        let mut going = deletable;
        if self.segments.len() == deletable.len() {
            // A log has at least one segment, so a new one comes first.
            let new_base = self.roll(disk, now_ms, None)?;
            if *last == new_base {
                going = &deletable[..deletable.len() - 1];
            }
        }
        self.check_open()?;
        if let Some(last) = going.last() {
            let new_start = self.segments.higher(*last).unwrap_or(self.log_end_offset());
            self.increment_log_start_offset(disk, new_start)?;
            self.remove_and_delete_segments(disk, now_ms, going, true)?;
        }
        self.delete_producer_snapshots(disk, now_ms, deletable, true)
    }
}
