use std::sync::Arc;

use super::batch::BatchId;
use super::batch::ProducerBatch;
use super::batch::ProducerIdAndEpoch;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::record::increment_sequence;

/// Where an idempotent producer stands with its producer id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IdempotenceState {
    Uninitialized,
    /// InitProducerId is to be sent, or under way.
    Initializing,
    Ready,
    /// Nothing can be sent any more, for this reason.
    Fatal(ErrorCode),
}

/// The sequences of one partition (`TxnPartitionEntry`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionSequences {
    /// Id and epoch that the sequences belong to.
    pub producer: ProducerIdAndEpoch,
    /// What the next batch begins with.
    pub next_sequence: i32,
    /// −1 = none yet.
    pub last_acked_sequence: i32,
    /// −1 = none yet.
    pub last_acked_offset: Offset,
    /// Batches that have a sequence and no answer, in the order of their sequences.
    in_flight: Set<(ProducerIdAndEpoch, i32, BatchId)>,
}

impl PartitionSequences {
    const NEW: Self = Self {
        producer: ProducerIdAndEpoch::NONE,
        next_sequence: 0,
        last_acked_sequence: -1,
        last_acked_offset: -1,
        in_flight: Set::new(),
    };

    /// Batches that have a sequence and no answer yet, first in line first.
    pub fn in_flight(&self) -> impl Iterator<Item = BatchId> {
        self.in_flight.iter().map(|(_, _, id)| *id)
    }
}

type Batches = Map<BatchId, Arc<ProducerBatch>>;

/// What makes a producer idempotent (`TransactionManager` without transactions): a producer id, an epoch, and for each
/// partition the sequence of the next batch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Idempotence {
    pub state: IdempotenceState,
    producer: ProducerIdAndEpoch,
    partitions: Map<TopicPartition, PartitionSequences>,
    /// Partitions with a batch that expired while nobody knew whether it had arrived, and the sequence behind it.
    unresolved: Map<TopicPartition, i32>,
    /// Partitions that begin again at sequence 0 with the next epoch.
    to_rewrite: Set<TopicPartition>,
    epoch_bump_required: bool,
}

impl Default for Idempotence {
    fn default() -> Self {
        Self {
            state: IdempotenceState::Uninitialized,
            producer: ProducerIdAndEpoch::NONE,
            partitions: Map::new(),
            unresolved: Map::new(),
            to_rewrite: Set::new(),
            epoch_bump_required: false,
        }
    }
}

impl Idempotence {
    pub const fn producer(&self) -> ProducerIdAndEpoch {
        self.producer
    }

    pub const fn partitions(&self) -> &Map<TopicPartition, PartitionSequences> {
        &self.partitions
    }

    pub const fn unresolved(&self) -> &Map<TopicPartition, i32> {
        &self.unresolved
    }

    fn entry(&mut self, tp: &TopicPartition) -> &mut PartitionSequences {
        if !self.partitions.contains_key(tp) {
            self.partitions.insert(tp.clone(), PartitionSequences::NEW);
        }
        self.partitions.get_mut(tp).expect("the partition was put in above")
    }

    fn has_in_flight(&self, tp: &TopicPartition) -> bool {
        self.partitions.get(tp).is_some_and(|entry| !entry.in_flight.is_empty())
    }

    fn last_acked(&self, tp: &TopicPartition) -> i32 {
        self.partitions.get(tp).map_or(-1, |entry| entry.last_acked_sequence)
    }

    fn is_next_sequence(&self, tp: &TopicPartition, sequence: i32) -> bool {
        i64::from(sequence) - i64::from(self.last_acked(tp)) == 1
    }

    /// Takes the answer to InitProducerId.
    pub fn on_producer_id(&mut self, producer: ProducerIdAndEpoch) {
        self.producer = producer;
        self.state = IdempotenceState::Ready;
    }

    /// `bumpIdempotentEpochAndResetIdIfNeeded`: the client raises its epoch by itself. True when a producer id has to be
    /// asked for.
    pub fn bump_epoch_if_needed(&mut self, batches: &mut Batches) -> bool {
        if self.epoch_bump_required {
            if self.producer.epoch == i16::MAX {
                self.producer = ProducerIdAndEpoch::NONE;
                self.state = IdempotenceState::Uninitialized;
            } else {
                self.producer.epoch += 1;
            }
            for tp in std::mem::take(&mut self.to_rewrite) {
                self.start_sequences_at_beginning(&tp, batches);
                self.unresolved.remove(&tp);
            }
            self.epoch_bump_required = false;
        }
        if self.state == IdempotenceState::Uninitialized {
            self.state = IdempotenceState::Initializing;
        }
        self.state == IdempotenceState::Initializing
    }

    fn request_epoch_bump(&mut self, tp: &TopicPartition) {
        self.epoch_bump_required = true;
        self.to_rewrite.insert(tp.clone());
    }

    /// Gives the batches in flight new sequences from 0 on, under the producer's present id and epoch.
    fn start_sequences_at_beginning(&mut self, tp: &TopicPartition, batches: &mut Batches) {
        let producer = self.producer;
        let entry = self.entry(tp);
        let mut sequence = 0;
        let mut in_flight = Set::new();
        for (_, _, id) in std::mem::take(&mut entry.in_flight) {
            let Some(batch) = batches.get_mut(&id).map(Arc::make_mut) else { continue };
            batch.reset_producer_state(producer, sequence);
            in_flight.insert((producer, sequence, id));
            sequence += batch.record_count();
        }
        entry.in_flight = in_flight;
        entry.producer = producer;
        entry.next_sequence = sequence;
        entry.last_acked_sequence = -1;
    }

    /// `shouldStopDrainBatchesForPartition`: no producer id yet; older sequences of an old epoch are still in flight; an
    /// earlier batch has an unknown fate; or this retry is not the first in line.
    pub fn must_hold_back(&self, first: &ProducerBatch) -> bool {
        let tp = &first.partition;
        if self.state != IdempotenceState::Ready || !self.producer.is_valid() {
            return true;
        }
        let entry = self.partitions.get(tp);
        if !first.has_sequence() {
            let stale = entry.is_none_or(|entry| entry.producer != self.producer);
            return (self.has_in_flight(tp) && stale) || self.unresolved.contains_key(tp);
        }
        let first_in_line = entry.and_then(|entry| entry.in_flight.first());
        first_in_line.is_some_and(|(_, sequence, _)| *sequence != first.base_sequence())
    }

    /// Gives a batch that is drained for the first time its sequence, and counts it as in flight.
    pub(super) fn assign_sequence(&mut self, id: BatchId, batches: &mut Batches) {
        let Some(tp) =
            batches.get(&id).filter(|batch| !batch.has_sequence()).map(|batch| batch.partition.clone())
        else {
            return;
        };
        let producer = self.producer;
        let stale = self.entry(&tp).producer != producer;
        if stale && !self.has_in_flight(&tp) {
            self.start_sequences_at_beginning(&tp, batches);
        }
        let entry = self.entry(&tp);
        if let Some(batch) = batches.get_mut(&id).map(Arc::make_mut) {
            batch.set_producer_state(producer, entry.next_sequence);
            entry.next_sequence = increment_sequence(entry.next_sequence, batch.record_count());
        }
        self.add_in_flight(id, batches);
    }

    pub(super) fn add_in_flight(&mut self, id: BatchId, batches: &Batches) {
        if let Some(batch) = batches.get(&id) {
            let key = (batch.producer(), batch.base_sequence(), id);
            self.entry(&batch.partition).in_flight.insert(key);
        }
    }

    /// The batch has its answer, or was cut into parts.
    pub fn remove_in_flight(&mut self, batch: &ProducerBatch) {
        if let Some(entry) = self.partitions.get_mut(&batch.partition) {
            entry.in_flight.retain(|(_, _, id)| *id != batch.id);
        }
    }

    /// `handleCompletedBatch`.
    pub fn on_completed(&mut self, tp: &TopicPartition, last_sequence: i32, base_offset: Offset, count: i32) {
        let Some(entry) = self.partitions.get_mut(tp) else { return };
        entry.last_acked_sequence = entry.last_acked_sequence.max(last_sequence);
        if base_offset >= 0 {
            entry.last_acked_offset = entry.last_acked_offset.max(base_offset + i64::from(count) - 1);
        }
    }

    /// `handleFailedBatch`: a batch that was given up leaves a gap in the sequences, so the epoch must be raised.
    pub fn on_failed(&mut self, batch: &ProducerBatch, error: ErrorCode, adjust_sequences: bool) {
        match error {
            ErrorCode::ClusterAuthorizationFailed
            | ErrorCode::TransactionalIdAuthorizationFailed
            | ErrorCode::ProducerFenced
            | ErrorCode::UnsupportedVersion => {
                self.state = IdempotenceState::Fatal(error);
            }
            _ => {}
        }
        self.remove_in_flight(batch);
        if matches!(self.state, IdempotenceState::Fatal(_)) {
            return;
        }
        match error {
            ErrorCode::OutOfOrderSequenceNumber => self.request_epoch_bump(&batch.partition),
            ErrorCode::UnknownProducerId => {
                self.partitions.remove(&batch.partition);
                self.unresolved.remove(&batch.partition);
            }
            _ if adjust_sequences => self.request_epoch_bump(&batch.partition),
            _ => {}
        }
    }

    /// The batch expired after it had been sent: nobody knows whether it arrived.
    pub fn mark_unresolved(&mut self, batch: &ProducerBatch) {
        let next = batch.last_sequence() + 1;
        let entry = self.unresolved.entry(batch.partition.clone()).or_insert(next);
        *entry = next.max(*entry);
    }

    /// `maybeResolveSequences`: once nothing is in flight, either all came through or the epoch is raised.
    pub fn resolve_sequences(&mut self) {
        let settled: Vec<TopicPartition> =
            self.unresolved.keys().filter(|tp| !self.has_in_flight(tp)).cloned().collect();
        for tp in settled {
            let next = self.entry(&tp).next_sequence;
            if !self.is_next_sequence(&tp, next) {
                self.request_epoch_bump(&tp);
            }
            self.unresolved.remove(&tp);
        }
    }

    /// `canRetry`: an error of the sequence may go away when the batches before it have gone through, or after a new
    /// epoch.
    pub fn can_retry(&mut self, batch: &ProducerBatch, error: ErrorCode, log_start_offset: Offset) -> bool {
        let tp = &batch.partition;
        match error {
            ErrorCode::UnknownProducerId => {
                let expired = log_start_offset != -1 && !batch.sequence_reset;
                if expired {
                    self.request_epoch_bump(tp);
                }
                true
            }
            ErrorCode::OutOfOrderSequenceNumber => {
                let unresolved = self.unresolved.get(tp).copied();
                let first_in_line = self.is_next_sequence(tp, batch.base_sequence());
                if unresolved.is_none() && (batch.sequence_reset || !first_in_line) {
                    return true;
                }
                if unresolved.is_none_or(|next| next == batch.base_sequence()) {
                    self.request_epoch_bump(tp);
                }
                true
            }
            _ => is_retriable(error),
        }
    }
}
