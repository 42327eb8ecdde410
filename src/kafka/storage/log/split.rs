use crate::kafka::base::Arrange as _;
use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::Scan;
use crate::kafka::storage::Segment;
use crate::kafka::storage::SegmentFiles;
use crate::kafka::storage::names::CLEANED_SUFFIX;
use crate::kafka::storage::names::SWAP_SUFFIX;
use crate::kafka::storage::segment::SegmentOptions;

impl Log {
    /// Splits a segment that holds offsets too far behind its base (KAFKA-6264) and puts the parts in its place.
    /// The base offsets that are no longer there.
    pub(super) fn split_overflowed_segment(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        mut segment: Segment,
    ) -> Result<Vec<Offset>, LogError> {
        if !segment.has_overflow(disk)? {
            return Err(LogError::IllegalArgument(format!(
                "requirement failed: Split operation is only permitted for segments with overflow, and the problem path is {}",
                segment.files().log
            )));
        }
        let mut parts = Vec::new();
        if let Err(error) = self.copy_into_parts(disk, now_ms, &segment, &mut parts) {
            for mut part in parts {
                part.close(disk)?;
                for path in part.files().all() {
                    disk.remove(path)?;
                }
            }
            return Err(error);
        }
        self.replace_segment(disk, now_ms, segment, parts)
    }

    fn copy_into_parts(
        &self,
        disk: &mut dyn Disk,
        now_ms: i64,
        segment: &Segment,
        parts: &mut Vec<Segment>,
    ) -> Result<(), LogError> {
        let mut position = 0;
        while position < segment.size() {
            let first = Scan::new(&segment.files.log, position, segment.size()).next(disk)?;
            let Some(first) = first else {
                return Err(LogError::NoSuchElement("next on empty iterator".into()));
            };
            let base = first.base_offset();
            for path in SegmentFiles::new(&self.dir, base, CLEANED_SUFFIX).all() {
                disk.remove(path)?;
            }
            let options =
                SegmentOptions { suffix: CLEANED_SUFFIX, ..SegmentOptions::new_active(&self.config) };
            parts.push(Segment::open(disk, &self.dir, base, &self.config, now_ms, options)?);
            let Some(part) = parts.last_mut() else { break };
            let taken = part.append_from(disk, segment, position)?;
            if taken == 0 {
                return Err(LogError::IllegalState(format!(
                    "Failed to append records from position {position} in {}",
                    segment.files().log
                )));
            }
            position += taken;
        }
        let modified_ms = disk.modified_ms(&segment.files.log).unwrap_or(now_ms);
        let mut total = 0;
        for part in parts {
            part.on_become_inactive(disk)?;
            part.flush(disk)?;
            for path in part.files().all() {
                disk.set_modified_ms(path, modified_ms);
            }
            total += part.size();
        }
        if total != segment.size() {
            return Err(LogError::IllegalState(format!(
                "Inconsistent segment sizes after split before: {} after: {total}",
                segment.size()
            )));
        }
        Ok(())
    }

    fn replace_segment(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        old: Segment,
        mut parts: Vec<Segment>,
    ) -> Result<Vec<Offset>, LogError> {
        parts.arrange_by_key(Segment::base_offset);
        let bases: Vec<Offset> = parts.iter().map(Segment::base_offset).collect();
        let old_base = old.base_offset();
        let was_part_of_log = self.segments.contains(old_base);
        for part in parts.iter_mut().rev() {
            part.change_suffix(disk, CLEANED_SUFFIX, SWAP_SUFFIX)?;
        }
        if was_part_of_log {
            self.segments.remove(old_base);
            self.delete_segment_files(disk, now_ms, vec![old], true)?;
        }
        for mut part in parts {
            part.change_suffix(disk, SWAP_SUFFIX, "")?;
            self.segments.add(part);
        }
        let gone = was_part_of_log && !bases.contains(&old_base);
        Ok(if gone { vec![old_base] } else { Vec::new() })
    }
}
