use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::TopicPartition;
use crate::kafka::record::Batch;
use crate::kafka::record::EndTxnMarker;
use crate::kafka::record::NO_PRODUCER_EPOCH;
use crate::kafka::record::NO_SEQUENCE;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;
use crate::kafka::storage::producer_state::BatchMetadata;
use crate::kafka::storage::producer_state::ProducerStateEntry;
use crate::kafka::storage::producer_state::TxnMetadata;

/// A transaction that a marker has just ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CompletedTxn {
    pub producer_id: ProducerId,
    pub first_offset: Offset,
    /// The marker.
    pub last_offset: Offset,
    pub is_aborted: bool,
}

/// What the batches of one append change about one producer. Applied only when the whole append succeeds.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct ProducerAppendInfo {
    producer_id: ProducerId,
    current_epoch: i16,
    current_last_sequence: i32,
    origin: AppendOrigin,
    started: Vec<TxnMetadata>,
    updated: ProducerStateEntry,
}

impl ProducerAppendInfo {
    pub fn new(current: &ProducerStateEntry, origin: AppendOrigin) -> Self {
        Self {
            producer_id: current.producer_id,
            current_epoch: current.producer_epoch,
            current_last_sequence: current.last_sequence(),
            origin,
            started: Vec::new(),
            updated: current.without_batches(),
        }
    }

    pub fn producer_id(&self) -> ProducerId {
        self.producer_id
    }

    /// The producer as it is after the append.
    pub fn updated(&self) -> &ProducerStateEntry {
        &self.updated
    }

    /// The transactions that the append began.
    pub fn started(&self) -> &[TxnMetadata] {
        &self.started
    }

    /// Checks one batch and notes it.
    pub fn append(
        &mut self,
        at: &TopicPartition,
        batch: &Batch,
        first_offset: Option<LogOffsetMetadata>,
    ) -> Result<Option<CompletedTxn>, LogError> {
        if batch.is_control() {
            // A marker whose record has been cleaned away says nothing any more.
            let Some(record) = batch.records()?.next() else { return Ok(None) };
            let record = record?;
            let (key, value) = (record.key.unwrap_or_default(), record.value.unwrap_or_default());
            let Some(marker) = EndTxnMarker::parse(&key, &value)? else {
                return Err(LogError::IllegalArgument(format!(
                    "Invalid control record type for end transaction marker at offset {} in {at}",
                    record.offset
                )));
            };
            let at_offset = batch.base_offset();
            return self.append_end_txn_marker(
                at,
                marker,
                batch.producer_epoch(),
                at_offset,
                record.timestamp,
            );
        }
        let first_offset = first_offset.unwrap_or(LogOffsetMetadata::offset_only(batch.base_offset()));
        let metadata = BatchMetadata {
            last_sequence: batch.last_sequence(),
            last_offset: batch.last_offset(),
            offset_delta: batch.last_offset().wrapping_sub(first_offset.offset) as i32,
            timestamp: batch.max_timestamp(),
        };
        let first_sequence = batch.base_sequence();
        self.append_data_batch(
            at,
            batch.producer_epoch(),
            first_sequence,
            metadata,
            first_offset,
            batch.is_transactional(),
        )?;
        Ok(None)
    }

    /// Checks a batch of records and notes it.
    pub fn append_data_batch(
        &mut self,
        at: &TopicPartition,
        epoch: i16,
        first_sequence: i32,
        batch: BatchMetadata,
        first_offset: LogOffsetMetadata,
        transactional: bool,
    ) -> Result<(), LogError> {
        self.check_producer_epoch(at, epoch, first_offset.offset)?;
        if self.origin == AppendOrigin::Client {
            self.check_sequence(at, epoch, first_sequence, first_offset.offset)?;
        }
        self.updated.add_batch(epoch, batch);
        match (self.updated.current_txn_first_offset, transactional) {
            (Some(_), false) => Err(LogError::InvalidTxnState(format!(
                "Expected transactional write from producer {} at offset {} in partition {at}",
                self.producer_id, first_offset.offset
            ))),
            (None, true) => {
                self.updated.current_txn_first_offset = Some(first_offset.offset);
                self.started.push(TxnMetadata {
                    producer_id: self.producer_id,
                    first_offset,
                    last_offset: None,
                });
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Checks a marker and notes the end of the transaction. A marker without any record before it ends nothing.
    pub fn append_end_txn_marker(
        &mut self,
        at: &TopicPartition,
        marker: EndTxnMarker,
        producer_epoch: i16,
        offset: Offset,
        timestamp: i64,
    ) -> Result<Option<CompletedTxn>, LogError> {
        self.check_producer_epoch(at, producer_epoch, offset)?;
        let known = self.updated.coordinator_epoch;
        if known > marker.coordinator_epoch && self.origin != AppendOrigin::Replication {
            return Err(LogError::TransactionCoordinatorFenced(format!(
                "Invalid coordinator epoch for producerId {} at offset {offset} in partition {at}: {} (zombie), {known} (current)",
                self.producer_id, marker.coordinator_epoch
            )));
        }
        let completed = self.updated.current_txn_first_offset.map(|first_offset| CompletedTxn {
            producer_id: self.producer_id,
            first_offset,
            last_offset: offset,
            is_aborted: !marker.commit,
        });
        self.updated.end_transaction(producer_epoch, marker.coordinator_epoch, timestamp);
        Ok(completed)
    }

    fn check_producer_epoch(&self, at: &TopicPartition, epoch: i16, offset: Offset) -> Result<(), LogError> {
        let known = self.updated.producer_epoch;
        if epoch >= known || self.origin == AppendOrigin::Replication {
            return Ok(());
        }
        Err(LogError::InvalidProducerEpoch(format!(
            "Epoch of producer {} at offset {offset} in {at} is {epoch}, which is smaller than the last seen epoch {known}",
            self.producer_id
        )))
    }

    fn check_sequence(
        &self,
        at: &TopicPartition,
        epoch: i16,
        first: i32,
        offset: Offset,
    ) -> Result<(), LogError> {
        let known = self.updated.producer_epoch;
        if epoch != known {
            if first != 0 && known != NO_PRODUCER_EPOCH {
                return Err(LogError::OutOfOrderSequence(format!(
                    "Invalid sequence number for new epoch of producer {} at offset {offset} in partition {at}: {epoch} (request epoch), {first} (seq. number), {known} (current producer epoch)",
                    self.producer_id
                )));
            }
            return Ok(());
        }
        let last = if !self.updated.is_empty() {
            self.updated.last_sequence()
        } else if epoch == self.current_epoch {
            self.current_last_sequence
        } else {
            NO_SEQUENCE
        };
        // Without a known epoch (its records are gone) any sequence is welcome.
        if self.current_epoch == NO_PRODUCER_EPOCH || in_sequence(last, first) {
            return Ok(());
        }
        Err(LogError::OutOfOrderSequence(format!(
            "Out of order sequence number for producer {} at offset {offset} in partition {at}: {first} (incoming seq. number), {last} (current end sequence number)",
            self.producer_id
        )))
    }
}

fn in_sequence(last: i32, next: i32) -> bool {
    i64::from(next) == i64::from(last) + 1 || (next == 0 && last == i32::MAX)
}
