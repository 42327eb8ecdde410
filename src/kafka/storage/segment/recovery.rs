use crate::kafka::base::TopicPartition;
use crate::kafka::record::Batch;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LeaderEpochCache;
use crate::kafka::storage::LogError;
use crate::kafka::storage::ProducerStateManager;
use crate::kafka::storage::Scan;
use crate::kafka::storage::Segment;
use crate::kafka::storage::TimestampOffset;

impl Segment {
    /// Reads every batch, checks it, builds the indexes anew and cuts the file behind the last valid batch
    /// (`LogSegment.recover`). The number of bytes cut.
    pub(in crate::kafka::storage) fn recover(
        &mut self,
        disk: &mut dyn Disk,
        at: &TopicPartition,
        producers: &mut ProducerStateManager,
        mut epochs: Option<(&mut LeaderEpochCache, &str)>,
    ) -> Result<i32, LogError> {
        self.reset_for_recovery(disk)?;
        let files = self.files.clone();
        let mut scan = Scan::new(&files.log, 0, self.size);
        let (mut valid_bytes, mut last_index_entry) = (0, 0);
        loop {
            match self.recover_next(
                disk,
                at,
                producers,
                &mut epochs,
                &mut scan,
                &mut valid_bytes,
                &mut last_index_entry,
            ) {
                Ok(true) => {}
                Ok(false) | Err(LogError::CorruptRecord(_) | LogError::InvalidRecord(_)) => break,
                Err(error) => return Err(error),
            }
        }
        self.finish_recovery(disk, valid_bytes)
    }

    #[allow(clippy::too_many_arguments)] // the state of one loop
    fn recover_next(
        &mut self,
        disk: &mut dyn Disk,
        at: &TopicPartition,
        producers: &mut ProducerStateManager,
        epochs: &mut Option<(&mut LeaderEpochCache, &str)>,
        scan: &mut Scan<'_>,
        valid_bytes: &mut i32,
        last_index_entry: &mut i32,
    ) -> Result<bool, LogError> {
        let Some(found) = scan.next(disk)? else { return Ok(false) };
        let batch = found.load_valid(disk, scan.path())?;
        self.ensure_offset_in_range(disk, batch.last_offset())?;
        let mut max = self.read_max_timestamp(disk)?;
        if batch.max_timestamp() > max.timestamp {
            max = TimestampOffset { timestamp: batch.max_timestamp(), offset: batch.last_offset() };
            self.max_timestamp_so_far = Some(max);
        }
        if *valid_bytes - *last_index_entry > self.index_interval_bytes() {
            let (index, path) = self.offset_index(disk)?;
            index.append(disk, path, batch.last_offset(), *valid_bytes)?;
            let (index, path) = self.time_index(disk)?;
            index.maybe_append(disk, path, max.timestamp, max.offset, false)?;
            *last_index_entry = *valid_bytes;
        }
        *valid_bytes += found.size;
        if let Some((epochs, path)) = epochs {
            let epoch = batch.partition_leader_epoch();
            if epoch >= 0 && epochs.latest_epoch().is_none_or(|latest| epoch > latest) {
                epochs.assign(disk, path, epoch, batch.base_offset())?;
            }
        }
        self.recover_producer(disk, at, producers, &batch)?;
        Ok(true)
    }

    fn recover_producer(
        &mut self,
        disk: &mut dyn Disk,
        at: &TopicPartition,
        producers: &mut ProducerStateManager,
        batch: &Batch,
    ) -> Result<(), LogError> {
        if batch.has_producer_id() {
            let mut info = producers.prepare_update(batch.producer_id(), AppendOrigin::Replication);
            let completed = info.append(at, batch, None)?;
            producers.update(&info)?;
            if let Some(completed) = completed {
                let last_stable_offset = producers.last_stable_offset(&completed);
                self.update_txn_index(disk, &completed, last_stable_offset)?;
                producers.complete_txn(&completed)?;
            }
        }
        producers.update_map_end_offset(batch.last_offset().wrapping_add(1));
        Ok(())
    }
}
