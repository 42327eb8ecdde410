use std::sync::Arc;

use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LeaderEpochCache;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogConfig;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;
use crate::kafka::storage::OpenOptions;
use crate::kafka::storage::ProducerStateManager;
use crate::kafka::storage::Segment;
use crate::kafka::storage::SegmentFiles;
use crate::kafka::storage::checkpoint::read_text;
use crate::kafka::storage::decode_partition_metadata;
use crate::kafka::storage::log::rebuild::RebuildRange;
use crate::kafka::storage::log::rebuild::rebuild_producer_state;
use crate::kafka::storage::names;
use crate::kafka::storage::segment::SegmentOptions;
use crate::kafka::storage::segments::Segments;

/// A split brings a log nearer to health; a directory that needs more of them than this is beyond repair.
const MOST_SPLITS: usize = 1000;

/// Loads a directory (`LogLoader`).
struct Loader<'a> {
    log: &'a mut Log,
    disk: &'a mut dyn Disk,
    now_ms: i64,
    options: &'a OpenOptions,
    /// The segment whose offsets turned out to lie too far apart.
    overflowed: Option<Segment>,
}

impl Log {
    /// Opens a partition directory, or makes it. Leftovers of interrupted deletions and swaps are cleared away; after
    /// an unclean stop everything behind the recovery point is checked, and cut where it is not valid.
    ///
    /// # Errors
    /// As Kafka's load; the directory then goes offline.
    pub fn open(
        disk: &mut dyn Disk,
        dir: &str,
        config: LogConfig,
        now_ms: i64,
        options: OpenOptions,
    ) -> Result<Self, LogError> {
        disk.create_dir(dir)?;
        let topic_partition = names::parse_topic_partition(dir).ok_or_else(|| {
            LogError::kafka(format!("Found directory {dir}, which is not in the form of topic-partition"))
        })?;
        let epochs_path = Self::epochs_path(dir);
        let leader_epochs = Some(LeaderEpochCache::open(disk, &epochs_path)?);
        let producers = ProducerStateManager::open(disk, dir, options.producer_id_expiration_ms)?;
        let mut log = Self {
            dir: Arc::from(dir),
            label: Arc::from(topic_partition.to_string()),
            topic_partition,
            config: Arc::new(config),
            segments: Segments::default(),
            recovery_point: 0,
            next_offset: LogOffsetMetadata::offset_only(0),
            log_start_offset: 0,
            high_watermark: LogOffsetMetadata::offset_only(0),
            first_unstable_offset: None,
            leader_epochs,
            epochs_path,
            producers,
            topic_id: options.topic_id,
            has_metadata_file: true,
            unwritten_topic_id: None,
            tasks: Vec::new(),
            closed: false,
            last_flushed_ms: now_ms,
            jitter_seed: options.jitter_seed,
        };
        let log_start = Loader { log: &mut log, disk, now_ms, options: &options, overflowed: None }.load()?;
        log.high_watermark = LogOffsetMetadata::offset_only(log_start);
        log.update_log_start_offset(disk, log_start)?;
        log.maybe_increment_first_unstable_offset(disk)?;
        log.initialize_topic_id(disk)?;
        Ok(log)
    }

    fn initialize_topic_id(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        let path = self.metadata_path();
        if disk.len(&path).is_none() {
            self.unwritten_topic_id = self.topic_id;
            return self.maybe_write_metadata_file(disk);
        }
        let text = read_text(disk, &path)?;
        let known = decode_partition_metadata(&path, &text)?;
        match self.topic_id {
            Some(topic_id) if topic_id != known => Err(self.another_topic(topic_id, known)),
            _ => {
                self.topic_id = Some(known);
                Ok(())
            }
        }
    }
}

impl Loader<'_> {
    /// The log start offset. Segments, recovery point, log end, epochs and producers are in the log afterwards.
    fn load(&mut self) -> Result<Offset, LogError> {
        self.complete_swaps()?;
        self.with_splits(|loader| {
            loader.log.segments.close(loader.disk)?;
            loader.log.segments.clear();
            loader.load_segment_files()
        })?;
        let (recovery_point, next_offset) = if self.log.dir.ends_with(names::DELETE_DIR_SUFFIX) {
            if self.log.segments.is_empty() {
                let init_file_size = SegmentOptions::new_active(&self.log.config).init_file_size;
                let segment =
                    self.open_segment(0, SegmentOptions { init_file_size, ..Default::default() })?;
                self.log.segments.add(segment);
            }
            (0, 0)
        } else {
            let offsets = self.with_splits(Self::recover_log)?;
            let index_size = self.log.config.segment_index_bytes;
            self.log.segments.active()?.resize_indexes(self.disk, index_size)?;
            offsets
        };
        self.log.truncate_epochs_from_end(self.disk, next_offset)?;
        let first = self.log.segments.first().map_or(0, Segment::base_offset);
        let log_start = self.options.log_start_checkpoint.max(first);
        if let Some(epochs) = &mut self.log.leader_epochs
            && epochs.truncate_from_start(self.options.log_start_checkpoint)
        {
            epochs.write(self.disk, &self.log.epochs_path)?;
        }
        if !self.log.producers.is_empty() {
            return Err(LogError::IllegalState(
                "Producer state must be empty during log initialization".into(),
            ));
        }
        let bases = self.log.segments.bases();
        self.log.producers.remove_stray_snapshots(self.disk, &bases)?;
        let range =
            RebuildRange { log_start, end: next_offset, from_clean_shutdown: self.options.clean_shutdown };
        let log = &mut *self.log;
        let at = &log.topic_partition;
        rebuild_producer_state(self.disk, self.now_ms, at, &mut log.segments, &mut log.producers, range)?;
        let active = self.log.segments.active()?;
        let next_offset = LogOffsetMetadata::new(next_offset, active.base_offset(), active.size());
        self.log.next_offset = next_offset;
        self.log.recovery_point = recovery_point;
        Ok(log_start)
    }

    fn open_segment(&mut self, base: Offset, options: SegmentOptions<'_>) -> Result<Segment, LogError> {
        let options = SegmentOptions { roll_jitter_ms: self.log.roll_jitter_ms(base), ..options };
        Segment::open(self.disk, &self.log.dir, base, &self.log.config, self.now_ms, options)
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.log.dir)
    }

    /// Ends what a cleaner or a split had begun: files with `.swap` take the place of those that they replace.
    fn complete_swaps(&mut self) -> Result<(), LogError> {
        let swaps = self.remove_temporary_files()?;
        let (mut min, mut max) = (Offset::MAX, Offset::MIN);
        for name in swaps
            .iter()
            .filter(|name| name.ends_with(&format!("{}{}", names::LOG_SUFFIX, names::SWAP_SUFFIX)))
        {
            let base = offset_from(name)?;
            let mut segment = self.open_segment(base, SegmentOptions::with_suffix(names::SWAP_SUFFIX))?;
            min = min.min(base);
            max = max.max(segment.read_next_offset(self.disk)?);
        }
        for name in self.disk.list(&self.log.dir) {
            let replaced = names::offset_of(&name).is_some_and(|offset| offset >= min && offset < max);
            if replaced && !name.ends_with(names::SWAP_SUFFIX) {
                self.disk.remove(&self.path(&name))?;
            }
        }
        for name in self.disk.list(&self.log.dir) {
            if let Some(plain) = name.strip_suffix(names::SWAP_SUFFIX) {
                self.disk.rename(&self.path(&name), &self.path(plain))?;
            }
        }
        Ok(())
    }

    /// Removes `.deleted` and `.cleaned` files, and `.swap` files of a split that had not come far enough. The other
    /// `.swap` files.
    fn remove_temporary_files(&mut self) -> Result<Vec<String>, LogError> {
        let (mut swaps, mut cleaned, mut min_cleaned) = (Vec::new(), Vec::new(), Offset::MAX);
        for name in self.disk.list(&self.log.dir) {
            if name.ends_with(names::DELETED_SUFFIX) && !name.ends_with(".checkpoint.deleted") {
                self.disk.remove(&self.path(&name))?;
            } else if name.ends_with(names::CLEANED_SUFFIX) {
                min_cleaned = min_cleaned.min(offset_from(&name)?);
                cleaned.push(name);
            } else if name.ends_with(names::SWAP_SUFFIX) {
                swaps.push(name);
            }
        }
        let mut valid = Vec::new();
        for name in swaps {
            if offset_from(&name)? >= min_cleaned {
                self.disk.remove(&self.path(&name))?;
            } else {
                valid.push(name);
            }
        }
        for name in cleaned {
            self.disk.remove(&self.path(&name))?;
        }
        Ok(valid)
    }

    /// Runs a step again each time a segment had to be split.
    fn with_splits<T>(&mut self, step: impl Fn(&mut Self) -> Result<T, LogError>) -> Result<T, LogError> {
        for _ in 0..MOST_SPLITS {
            match step(self) {
                Err(LogError::SegmentOffsetOverflow { segment, offset }) => {
                    let Some(overflowed) = self.overflowed.take() else {
                        return Err(LogError::SegmentOffsetOverflow { segment, offset });
                    };
                    let gone = self.log.split_overflowed_segment(self.disk, self.now_ms, overflowed)?;
                    self.log.delete_producer_snapshots(self.disk, self.now_ms, &gone, true)?;
                }
                other => return other,
            }
        }
        Err(LogError::IllegalState(format!("{}: no end of segments to split", self.log.dir)))
    }

    fn load_segment_files(&mut self) -> Result<(), LogError> {
        for name in self.disk.list(&self.log.dir) {
            if names::is_index(&name) {
                let files = SegmentFiles::new(&self.log.dir, offset_from(&name)?, "");
                if self.disk.len(&files.log).is_none() {
                    self.disk.remove(&self.path(&name))?;
                }
            } else if name.ends_with(names::LOG_SUFFIX) {
                let segment = self.load_segment(offset_from(&name)?)?;
                self.log.segments.add(segment);
            }
        }
        Ok(())
    }

    fn load_segment(&mut self, base: Offset) -> Result<Segment, LogError> {
        let files = SegmentFiles::new(&self.log.dir, base, "");
        let without_time_index = self.disk.len(&files.time_index).is_none();
        let options = SegmentOptions { file_already_exists: true, ..Default::default() };
        let mut segment = self.open_segment(base, options)?;
        if self.disk.len(&files.index).is_none() {
            self.recover_segment(&mut segment)?;
            return Ok(segment);
        }
        if without_time_index {
            let (index, path) = segment.time_index(self.disk)?;
            index.resize(self.disk, path, 0)?;
        }
        match segment.txn_index.sanity_check(self.disk, &files.txn_index) {
            Err(LogError::CorruptIndex(_)) => self.recover_segment(&mut segment).map(drop)?,
            other => other?,
        }
        Ok(segment)
    }

    /// Reads a segment from its first byte, builds its indexes anew and cuts what is not valid; the bytes cut.
    fn recover_segment(&mut self, segment: &mut Segment) -> Result<i32, LogError> {
        let log = &mut *self.log;
        let mut producers =
            ProducerStateManager::open(self.disk, &log.dir, self.options.producer_id_expiration_ms)?;
        let range = RebuildRange {
            log_start: self.options.log_start_checkpoint,
            end: segment.base_offset(),
            from_clean_shutdown: false,
        };
        let at = &log.topic_partition;
        rebuild_producer_state(self.disk, self.now_ms, at, &mut log.segments, &mut producers, range)?;
        let epochs = log.leader_epochs.as_mut().map(|epochs| (epochs, &*log.epochs_path));
        let recovered = segment.recover(self.disk, at, &mut producers, epochs);
        if let Err(LogError::SegmentOffsetOverflow { .. }) = recovered {
            self.overflowed = Some(segment.clone());
        }
        let cut = recovered?;
        producers.take_snapshot(self.disk, true)?;
        Ok(cut)
    }

    /// Recovers what lies behind the recovery point after an unclean stop. New recovery point and log end.
    fn recover_log(&mut self) -> Result<(Offset, Offset), LogError> {
        if !self.options.clean_shutdown {
            self.recover_unflushed()?;
        }
        let log_end = self.delete_all_when_log_start_is_behind_log_end()?;
        if self.log.segments.is_empty() {
            let options = SegmentOptions::new_active(&self.log.config);
            let segment = self.open_segment(self.options.log_start_checkpoint, options)?;
            self.log.segments.add(segment);
        }
        match log_end {
            Some(log_end) if self.options.clean_shutdown => Ok((log_end, log_end)),
            Some(log_end) => Ok((self.options.recovery_point_checkpoint.min(log_end), log_end)),
            None => {
                let log_end = self.log.segments.active()?.read_next_offset(self.disk)?;
                Ok((self.options.recovery_point_checkpoint.min(log_end), log_end))
            }
        }
    }

    fn recover_unflushed(&mut self) -> Result<(), LogError> {
        let unflushed = self.log.segments.between(self.options.recovery_point_checkpoint, Offset::MAX)?;
        for (index, base) in unflushed.iter().enumerate() {
            // The segment stays in the log meanwhile: the producers before it are rebuilt from there.
            let mut segment = self.log.segments.get_mut(*base)?.clone();
            let cut = match self.recover_segment(&mut segment) {
                Err(LogError::InvalidOffset(_)) => segment.truncate_to(self.disk, *base, self.now_ms)?,
                other => other?,
            };
            self.log.segments.add(segment);
            if cut > 0 {
                let behind = &unflushed[index + 1..];
                self.log.remove_and_delete_segments(self.disk, self.now_ms, behind, true)?;
                return self.log.delete_producer_snapshots(self.disk, self.now_ms, behind, true);
            }
        }
        Ok(())
    }

    /// The log end, unless all segments lie below the log start and are deleted for that.
    fn delete_all_when_log_start_is_behind_log_end(&mut self) -> Result<Option<Offset>, LogError> {
        if self.log.segments.is_empty() {
            return Ok(None);
        }
        let log_end = self.log.segments.active()?.read_next_offset(self.disk)?;
        if log_end >= self.options.log_start_checkpoint {
            return Ok(Some(log_end));
        }
        let bases = self.log.segments.bases();
        // The snapshots of these segments are not renamed: all snapshots go at once below.
        self.log.remove_and_delete_segments(self.disk, self.now_ms, &bases, true)?;
        if let Some(epochs) = &mut self.log.leader_epochs {
            epochs.clear();
            epochs.write(self.disk, &self.log.epochs_path)?;
        }
        let start = self.options.log_start_checkpoint;
        self.log.producers.truncate_fully_and_start_at(self.disk, start)?;
        Ok(None)
    }
}

fn offset_from(name: &str) -> Result<Offset, LogError> {
    names::offset_of(name).ok_or_else(|| LogError::NumberFormat(format!("For input string: \"{name}\"")))
}
