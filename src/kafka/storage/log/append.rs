use bytes::Bytes;

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchError;
use crate::kafka::record::Compression;
use crate::kafka::record::NO_PARTITION_LEADER_EPOCH;
use crate::kafka::record::NO_TIMESTAMP;
use crate::kafka::record::TimestampType;
use crate::kafka::record::batches;
use crate::kafka::record::check_old_crc;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::CompletedTxn;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;
use crate::kafka::storage::LogValidator;
use crate::kafka::storage::producer_state::BatchMetadata;
use crate::kafka::storage::producer_state::ProducerUpdates;

/// What became of an append (`LogAppendInfo`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogAppendInfo {
    /// -1 when nothing was appended.
    pub first_offset: Offset,
    /// -1 when nothing was appended.
    pub last_offset: Offset,
    /// The leader epoch of the last batch as it was handed in.
    pub last_leader_epoch: Option<Epoch>,
    pub max_timestamp: i64,
    /// The broker's clock with LogAppendTime, -1 otherwise. A duplicate answers with the timestamp of the first append.
    pub log_append_time: i64,
    pub log_start_offset: Offset,
    pub source_compression: Compression,
    /// How many of the bytes handed in were whole batches.
    pub valid_bytes: usize,
    /// The batch had been appended before; nothing was written.
    pub is_duplicate: bool,
}

/// What an append means for the producers, once it succeeds.
#[derive(Default)]
struct ProducerChanges {
    updated: ProducerUpdates,
    completed: Vec<CompletedTxn>,
    duplicate: Option<BatchMetadata>,
}

/// The three things that tell a leader's append from a follower's.
#[derive(Clone, Copy)]
struct Mode {
    origin: AppendOrigin,
    assign_offsets: bool,
    leader_epoch: Epoch,
}

impl Log {
    /// Appends a batch as the leader: checks it, gives it offsets and the leader's epoch, remembers its producer.
    ///
    /// # Errors
    /// As Kafka's `appendAsLeader`; the log may have rolled and the epoch may have been noted although nothing was
    /// appended.
    pub fn append_as_leader(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        records: Bytes,
        leader_epoch: Epoch,
        origin: AppendOrigin,
    ) -> Result<LogAppendInfo, LogError> {
        let assign_offsets = origin != AppendOrigin::RaftLeader;
        self.append(disk, now_ms, records, Mode { origin, assign_offsets, leader_epoch })
    }

    /// Appends what the leader sent, as it is. Batches of a later epoch than that of the fetch are left out.
    pub fn append_as_follower(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        records: Bytes,
        leader_epoch: Epoch,
    ) -> Result<LogAppendInfo, LogError> {
        let mode = Mode { origin: AppendOrigin::Replication, assign_offsets: false, leader_epoch };
        self.append(disk, now_ms, records, mode)
    }

    fn append(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        records: Bytes,
        mode: Mode,
    ) -> Result<LogAppendInfo, LogError> {
        self.maybe_write_metadata_file(disk)?;
        let (mut info, mut found) = self.analyze_records(&records, mode)?;
        if info.valid_bytes == 0 {
            return Ok(info);
        }
        let mut valid = records.slice(..info.valid_bytes);
        drop(records);
        self.check_open()?;
        if mode.assign_offsets {
            // The batch must be the only owner of its bytes, so that its header can be written in place.
            found.clear();
            let batch = self.assign_offsets(now_ms, valid, mode, &mut info)?;
            valid = batch.bytes().clone();
            found.push(batch);
        } else if info.first_offset < self.log_end_offset() {
            return Err(self.unexpected_offset(&info, &found));
        }
        if let Some(epochs) = &mut self.leader_epochs {
            for batch in &found {
                epochs.assign(
                    disk,
                    &self.epochs_path,
                    batch.partition_leader_epoch(),
                    batch.base_offset(),
                )?;
            }
        }
        if valid.len() > self.config.segment_bytes as usize {
            return Err(LogError::RecordBatchTooLarge(format!(
                "Message batch size is {} bytes in append to partition {}, which exceeds the maximum configured segment size of {}.",
                valid.len(),
                self.label,
                self.config.segment_bytes
            )));
        }
        self.maybe_roll(disk, now_ms, valid.len() as i32, &info)?;
        let segment = self.segments.active()?;
        let position = LogOffsetMetadata::new(info.first_offset, segment.base_offset(), segment.size());
        let changes = self.analyze_producers(position, &found, mode.origin)?;
        match changes.duplicate {
            Some(duplicate) => {
                info.is_duplicate = true;
                info.first_offset = duplicate.first_offset();
                info.last_offset = duplicate.last_offset;
                info.log_append_time = duplicate.timestamp;
                info.log_start_offset = self.log_start_offset;
            }
            None => self.append_valid(disk, now_ms, valid, &found, info.last_offset, &changes)?,
        }
        Ok(info)
    }

    fn append_valid(
        &mut self,
        disk: &mut dyn Disk,
        now_ms: i64,
        valid: Bytes,
        found: &[Batch],
        last_offset: Offset,
        changes: &ProducerChanges,
    ) -> Result<(), LogError> {
        self.segments.active()?.append(disk, last_offset, valid, found)?;
        self.update_log_end_offset(last_offset.wrapping_add(1))?;
        self.update_high_watermark_with_log_end_offset(disk)?;
        for updated in changes.updated.in_order() {
            self.producers.update(updated)?;
        }
        for completed in &changes.completed {
            let last_stable_offset = self.producers.last_stable_offset(completed);
            self.segments.active()?.update_txn_index(disk, completed, last_stable_offset)?;
            self.producers.complete_txn(completed)?;
        }
        self.producers.update_map_end_offset(last_offset.wrapping_add(1));
        self.maybe_increment_first_unstable_offset(disk)?;
        if self.log_end_offset() - self.recovery_point >= self.config.flush_messages {
            self.flush(disk, now_ms, false)?;
        }
        Ok(())
    }

    /// The first look at what was handed in: sizes, CRC, order of offsets.
    fn analyze_records(&self, records: &Bytes, mode: Mode) -> Result<(LogAppendInfo, Vec<Batch>), LogError> {
        let mut info = LogAppendInfo {
            first_offset: -1,
            last_offset: -1,
            last_leader_epoch: None,
            max_timestamp: NO_TIMESTAMP,
            log_append_time: NO_TIMESTAMP,
            log_start_offset: self.log_start_offset,
            source_compression: Compression::None,
            valid_bytes: 0,
            is_duplicate: false,
        };
        let mut found = Vec::new();
        let (mut monotonic, mut skip_rest) = (true, false);
        let mut walk = batches(records);
        while let Some(batch) = walk.next() {
            if let Err(BatchError::UnsupportedMagic(_)) = batch
                && !skip_rest
            {
                self.check_old_format(&records[walk.position()..], mode)?;
            }
            let batch = batch?;
            self.check_origin(&batch, mode)?;
            let epoch = batch.partition_leader_epoch();
            skip_rest |= mode.origin == AppendOrigin::Replication
                && epoch != NO_PARTITION_LEADER_EPOCH
                && epoch > mode.leader_epoch;
            if skip_rest {
                continue;
            }
            if found.is_empty() {
                info.first_offset = batch.base_offset();
            }
            monotonic &= info.last_offset < batch.last_offset();
            info.last_offset = batch.last_offset();
            info.last_leader_epoch = (epoch != NO_PARTITION_LEADER_EPOCH).then_some(epoch);
            if mode.origin != AppendOrigin::Replication {
                self.check_size(batch.size(), "The record batch size in the append to")?;
            }
            if !batch.is_valid() {
                return Err(self.corrupt(batch.crc()));
            }
            info.max_timestamp = info.max_timestamp.max(batch.max_timestamp());
            info.valid_bytes += batch.size();
            let compression = batch.compression()?;
            if compression != Compression::None {
                info.source_compression = compression;
            }
            found.push(batch);
        }
        if !mode.assign_offsets && !monotonic {
            read_offsets(&found, usize::MAX)?;
            return Err(LogError::OffsetsOutOfOrder(format!(
                "Out of order offsets found in append to {}: last offsets {:?}",
                self.label,
                found.iter().take(10).map(Batch::last_offset).collect::<Vec<_>>()
            )));
        }
        Ok((info, found))
    }

    fn check_origin(&self, batch: &Batch, mode: Mode) -> Result<(), LogError> {
        let (epoch, base_offset) = (batch.partition_leader_epoch(), batch.base_offset());
        match mode.origin {
            AppendOrigin::RaftLeader if epoch != mode.leader_epoch => Err(LogError::InvalidRecord(format!(
                "Append from Raft leader did not set the batch epoch correctly, expected {} but the batch has {epoch}",
                mode.leader_epoch
            ))),
            AppendOrigin::Client if base_offset != 0 => Err(LogError::InvalidRecord(format!(
                "The baseOffset of the record batch in the append to {} should be 0, but it is {base_offset}",
                self.label
            ))),
            _ => Ok(()),
        }
    }

    /// A batch whose magic byte says 0 or 1: mostly one of format 2 with a damaged magic byte, which the CRC of the old
    /// formats tells. Passes for one that is really old.
    fn check_old_format(&self, records: &[u8], mode: Mode) -> Result<(), LogError> {
        if mode.origin == AppendOrigin::RaftLeader && mode.leader_epoch != NO_PARTITION_LEADER_EPOCH {
            let what =
                "Append from Raft leader did not set the batch epoch correctly: the old formats have none";
            return Err(LogError::InvalidRecord(what.into()));
        }
        let size = Batch::next_size(records)?.unwrap_or(0);
        if mode.origin != AppendOrigin::Replication {
            self.check_size(size, "The record batch size in the append to")?;
        }
        match check_old_crc(&records[..size]) {
            Err(BatchError::Crc { stored, .. }) => Err(self.corrupt(stored)),
            other => Ok(other?),
        }
    }

    fn corrupt(&self, crc: u32) -> LogError {
        let partition = &self.label;
        LogError::CorruptRecord(format!(
            "Record is corrupt (stored crc = {crc}) in topic partition {partition}."
        ))
    }

    fn check_size(&self, size: usize, what: &str) -> Result<(), LogError> {
        let most = self.config.max_message_bytes;
        if size as i64 <= i64::from(most) {
            return Ok(());
        }
        Err(LogError::RecordTooLarge(format!(
            "{what} {} is {} bytes which exceeds the maximum configured value of {most}.",
            self.label, size
        )))
    }

    /// Checks the records and writes offsets, epoch and perhaps the time into the batch.
    fn assign_offsets(
        &self,
        now_ms: i64,
        valid: Bytes,
        mode: Mode,
        info: &mut LogAppendInfo,
    ) -> Result<Batch, LogError> {
        info.first_offset = self.log_end_offset();
        let validator = LogValidator {
            partition: &self.label,
            compression: self.config.compression,
            compacted: self.config.compact,
            timestamp_type: self.config.message_timestamp_type,
            before_max_ms: self.config.message_timestamp_before_max_ms,
            after_max_ms: self.config.message_timestamp_after_max_ms,
            leader_epoch: mode.leader_epoch,
            origin: mode.origin,
        };
        let validated = validator.validate(&valid, info.first_offset, now_ms)?;
        drop(valid);
        info.max_timestamp = validated.max_timestamp;
        info.last_offset = validated.next_offset - 1;
        if self.config.message_timestamp_type == TimestampType::LogAppendTime {
            info.log_append_time = now_ms;
        }
        if validated.size_maybe_changed {
            self.check_size(
                validated.batch.size(),
                "The size of the record batch, compressed anew, in the append to",
            )?;
        }
        Ok(validated.batch)
    }

    fn unexpected_offset(&self, info: &LogAppendInfo, found: &[Batch]) -> LogError {
        if let Err(error) = read_offsets(found, 10) {
            return error;
        }
        LogError::UnexpectedAppendOffset {
            message: format!(
                "Unexpected offset in append to {}. First offset {} is less than the next offset {}. Last offset in append: {}. Log start offset = {}",
                self.label,
                info.first_offset,
                self.log_end_offset(),
                info.last_offset,
                self.log_start_offset
            ),
            first_offset: info.first_offset,
            last_offset: info.last_offset,
        }
    }

    /// Duplicates, sequences, epochs and transactions of the batches' producers.
    fn analyze_producers(
        &self,
        first: LogOffsetMetadata,
        found: &[Batch],
        origin: AppendOrigin,
    ) -> Result<ProducerChanges, LogError> {
        let mut changes = ProducerChanges::default();
        let mut position = first.position;
        for batch in found {
            if batch.has_producer_id() {
                if origin == AppendOrigin::Client
                    && let Some(entry) = self.producers.get(batch.producer_id())
                {
                    let (first, last) = (batch.base_sequence(), batch.last_sequence());
                    changes.duplicate = entry.find_duplicate(batch.producer_epoch(), first, last);
                    if changes.duplicate.is_some() {
                        return Ok(changes);
                    }
                }
                let first_offset = batch.is_transactional().then(|| {
                    LogOffsetMetadata::new(batch.base_offset(), first.segment_base_offset, position)
                });
                let id = batch.producer_id();
                let updated = changes.updated.of(id, || self.producers.prepare_update(id, origin));
                changes.completed.extend(updated.append(&self.topic_partition, batch, first_offset)?);
            }
            position = position.wrapping_add(batch.size() as i32);
        }
        Ok(changes)
    }
}

/// Kafka's messages name the offsets of records, and records that cannot be read fail there: of a compressed batch all
/// are read, otherwise `most` at most.
fn read_offsets(found: &[Batch], most: usize) -> Result<(), LogError> {
    let mut left = most;
    for batch in found {
        if left == 0 {
            break;
        }
        let at_most = if batch.compression()? == Compression::None { left } else { usize::MAX };
        let mut count = 0;
        for record in batch.records()?.take(at_most) {
            record?;
            count += 1;
        }
        left = left.saturating_sub(count);
    }
    Ok(())
}
