use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::record::NO_PRODUCER_EPOCH;
use crate::kafka::record::NO_SEQUENCE;
use crate::kafka::record::NO_TIMESTAMP;
use crate::kafka::record::decrement_sequence;

/// One batch that a producer wrote: enough to recognise it when it comes again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BatchMetadata {
    pub last_sequence: i32,
    pub last_offset: Offset,
    /// Number of records less one.
    pub offset_delta: i32,
    pub timestamp: i64,
}

impl BatchMetadata {
    pub fn first_sequence(&self) -> i32 {
        decrement_sequence(self.last_sequence, self.offset_delta)
    }

    pub fn first_offset(&self) -> Offset {
        self.last_offset.wrapping_sub(i64::from(self.offset_delta))
    }
}

/// What is known of one producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerStateEntry {
    pub producer_id: ProducerId,
    pub producer_epoch: i16,
    pub coordinator_epoch: i32,
    pub last_timestamp: i64,
    /// Where the open transaction of this producer begins.
    pub current_txn_first_offset: Option<Offset>,
    recent: [BatchMetadata; Self::BATCHES_KEPT],
    count: u8,
}

impl ProducerStateEntry {
    /// How many batches of a producer are remembered (`NUM_BATCHES_TO_RETAIN`): as many as may be in flight.
    pub const BATCHES_KEPT: usize = 5;

    /// A producer that has written nothing yet.
    pub fn empty(producer_id: ProducerId) -> Self {
        Self {
            producer_id,
            producer_epoch: NO_PRODUCER_EPOCH,
            coordinator_epoch: -1,
            last_timestamp: NO_TIMESTAMP,
            current_txn_first_offset: None,
            recent: Default::default(),
            count: 0,
        }
    }

    /// The same producer without its batches.
    pub(super) fn without_batches(&self) -> Self {
        Self { count: 0, recent: Default::default(), ..self.clone() }
    }

    /// The remembered batches, oldest first.
    pub fn batches(&self) -> &[BatchMetadata] {
        &self.recent[..usize::from(self.count)]
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn last(&self) -> Option<&BatchMetadata> {
        self.batches().last()
    }

    pub fn first_sequence(&self) -> i32 {
        self.batches().first().map_or(NO_SEQUENCE, BatchMetadata::first_sequence)
    }

    pub fn last_sequence(&self) -> i32 {
        self.last().map_or(NO_SEQUENCE, |batch| batch.last_sequence)
    }

    pub fn last_data_offset(&self) -> Offset {
        self.last().map_or(-1, |batch| batch.last_offset)
    }

    pub fn last_offset_delta(&self) -> i32 {
        self.last().map_or(0, |batch| batch.offset_delta)
    }

    pub(super) fn add_batch(&mut self, producer_epoch: i16, batch: BatchMetadata) {
        self.set_epoch(producer_epoch);
        self.push(batch);
        self.last_timestamp = batch.timestamp;
    }

    pub(super) fn push(&mut self, batch: BatchMetadata) {
        if usize::from(self.count) == Self::BATCHES_KEPT {
            self.recent.rotate_left(1);
            self.count -= 1;
        }
        self.recent[usize::from(self.count)] = batch;
        self.count += 1;
    }

    /// Another epoch makes the batches of the old one meaningless.
    fn set_epoch(&mut self, producer_epoch: i16) {
        if self.producer_epoch != producer_epoch {
            self.clear_batches();
            self.producer_epoch = producer_epoch;
        }
    }

    fn clear_batches(&mut self) {
        self.count = 0;
        self.recent = Default::default();
    }

    /// Takes over what an append brought.
    pub(super) fn update(&mut self, next: &Self) {
        self.set_epoch(next.producer_epoch);
        for batch in next.batches() {
            self.push(*batch);
        }
        self.coordinator_epoch = next.coordinator_epoch;
        self.current_txn_first_offset = next.current_txn_first_offset;
        self.last_timestamp = next.last_timestamp;
    }

    /// A marker ends the transaction.
    pub(super) fn end_transaction(&mut self, producer_epoch: i16, coordinator_epoch: i32, timestamp: i64) {
        self.set_epoch(producer_epoch);
        self.coordinator_epoch = coordinator_epoch;
        self.current_txn_first_offset = None;
        self.last_timestamp = timestamp;
    }

    /// The remembered batch with exactly these sequences: the one that is being sent again.
    pub fn find_duplicate(&self, producer_epoch: i16, first: i32, last: i32) -> Option<BatchMetadata> {
        if producer_epoch != self.producer_epoch {
            return None;
        }
        self.batches()
            .iter()
            .find(|batch| batch.first_sequence() == first && batch.last_sequence == last)
            .copied()
    }
}
