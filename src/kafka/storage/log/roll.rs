use crate::kafka::base::Offset;
use crate::kafka::base::Random;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogAppendInfo;
use crate::kafka::storage::LogError;
use crate::kafka::storage::Segment;
use crate::kafka::storage::SegmentFiles;
use crate::kafka::storage::names::DELETED_SUFFIX;
use crate::kafka::storage::segment::RollParams;
use crate::kafka::storage::segment::SegmentOptions;

impl Log {
    /// Begins a new segment when the active one should not take this append.
    pub(super) fn maybe_roll(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        messages_size: i32,
        info: &LogAppendInfo,
    ) -> Result<(), LogError> {
        let params = RollParams {
            max_segment_ms: self.config.max_segment_ms(),
            max_segment_bytes: self.config.segment_bytes,
            max_timestamp: info.max_timestamp,
            max_offset: info.last_offset,
            messages_size,
            now_ms,
        };
        if self.segments.active()?.should_roll(disk, &params)? {
            self.roll(disk, now_ms, Some(info.first_offset))?;
        }
        Ok(())
    }

    /// Closes the active segment for writing and begins a new one at the log end, or at `expected_next_offset` when
    /// that is higher. The old one is flushed, so that the recovery point moves up. The new base offset.
    pub fn roll(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        expected_next_offset: Option<Offset>,
    ) -> Result<Offset, LogError> {
        let base = self.roll_segment(disk, now_ms, expected_next_offset)?;
        self.producers.update_map_end_offset(base);
        let snapshot = self.producers.take_snapshot(disk, false)?;
        self.update_high_watermark_with_log_end_offset(disk)?;
        if let Some(path) = snapshot {
            disk.flush(&path)?;
        }
        self.flush_up_to_exclusive(disk, now_ms, base)?;
        Ok(base)
    }

    fn roll_segment(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        expected_next_offset: Option<Offset>,
    ) -> Result<Offset, LogError> {
        self.check_open()?;
        let new_base = expected_next_offset.unwrap_or(0).max(self.log_end_offset());
        let active = self.segments.active()?;
        let (active_base, active_size) = (active.base_offset(), active.size());
        if self.segments.contains(new_base) {
            if active_base != new_base || active_size != 0 {
                return Err(self.cannot_roll(new_base, "while it already exists"));
            }
            // An index without any room asks for a roll of a segment that is still empty: it is made anew.
            self.create_and_delete_segment(disk, now_ms, new_base, active_base)?;
        } else if new_base < active_base {
            return Err(self.cannot_roll(new_base, "lower than start offset of the active segment"));
        } else {
            for path in SegmentFiles::new(&self.dir, new_base, "").all() {
                disk.remove(path)?;
            }
            self.segments.active()?.on_become_inactive(disk)?;
            let segment = self.new_active_segment(disk, now_ms, new_base)?;
            self.segments.add(segment);
        }
        self.update_log_end_offset(self.next_offset.offset)?;
        Ok(new_base)
    }

    fn cannot_roll(&self, new_base: Offset, why: &str) -> LogError {
        LogError::kafka(format!(
            "Trying to roll a new log segment for topic partition {} with start offset {new_base} {why}",
            self.label
        ))
    }

    pub(super) fn new_active_segment(
        &self,
        disk: &mut dyn Disk,
        now_ms: i64,
        base: Offset,
    ) -> Result<Segment, LogError> {
        let options = SegmentOptions {
            roll_jitter_ms: self.roll_jitter_ms(base),
            ..SegmentOptions::new_active(&self.config)
        };
        Segment::open(disk, &self.dir, base, &self.config, now_ms, options)
    }

    /// How much earlier this segment rolls, so that not all partitions roll at once.
    pub(super) fn roll_jitter_ms(&self, base: Offset) -> i64 {
        let most = self.config.segment_jitter_ms.min(self.config.segment_ms);
        if most <= 0 {
            return 0;
        }
        (Random::new(self.jitter_seed, base as u64).next_u64() % most as u64) as i64
    }

    /// Puts a new empty segment at `new_base` and deletes another, which may have had the same base.
    pub(super) fn create_and_delete_segment(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        new_base: Offset,
        delete_base: Offset,
    ) -> Result<(), LogError> {
        if new_base == delete_base {
            self.segments.get_mut(delete_base)?.change_suffix(disk, "", DELETED_SUFFIX)?;
        }
        let segment = self.new_active_segment(disk, now_ms, new_base)?;
        let deleted = self.segments.remove(delete_base);
        self.segments.add(segment);
        self.delete_segment_files(disk, now_ms, deleted.into_iter().collect(), true)
    }

    /// Renames the files of segments that are no longer part of the log to `.deleted` and removes them: at once or
    /// after `file.delete.delay.ms`.
    pub(super) fn delete_segment_files(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        mut segments: Vec<Segment>,
        later: bool,
    ) -> Result<(), LogError> {
        for segment in &mut segments {
            if !segment.files().has_suffix(DELETED_SUFFIX) {
                segment.change_suffix(disk, "", DELETED_SUFFIX)?;
            }
        }
        let paths: Vec<String> =
            segments.iter().flat_map(|segment| segment.files().all().map(str::to_owned)).collect();
        if later {
            return self.delete_later(disk, now_ms, paths);
        }
        for path in &paths {
            disk.remove(path)?;
        }
        Ok(())
    }

    /// Takes segments out of the log and deletes their files.
    pub(super) fn remove_and_delete_segments(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        bases: &[Offset],
        later: bool,
    ) -> Result<(), LogError> {
        if bases.is_empty() {
            return Ok(());
        }
        let removed = bases.iter().filter_map(|base| self.segments.remove(*base)).collect();
        self.delete_segment_files(disk, now_ms, removed, later)
    }

    /// Deletes the producer snapshots that belong to segments that go.
    pub(super) fn delete_producer_snapshots(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        bases: &[Offset],
        later: bool,
    ) -> Result<(), LogError> {
        let mut paths = Vec::new();
        for base in bases {
            paths.extend(self.producers.mark_for_deletion(disk, *base)?);
        }
        if later && !paths.is_empty() {
            return self.delete_later(disk, now_ms, paths);
        }
        for path in &paths {
            disk.remove(path)?;
        }
        Ok(())
    }
}
