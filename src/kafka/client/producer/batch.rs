use bytes::Bytes;

use super::memory::Drain;
use super::memory::Setback;
use crate::kafka::base::Epoch;
use crate::kafka::base::ProducerId;
use crate::kafka::base::TopicPartition;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;
use crate::kafka::record::Compression;
use crate::kafka::record::Header;
use crate::kafka::record::NO_SEQUENCE;
use crate::kafka::record::Record;

/// A batch of a producer; numbered in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);

/// Id and epoch of an idempotent producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProducerIdAndEpoch {
    pub id: ProducerId,
    pub epoch: i16,
}

impl ProducerIdAndEpoch {
    pub const NONE: Self = Self { id: -1, epoch: -1 };

    pub const fn is_valid(self) -> bool {
        self.id > -1
    }
}

/// Records of one partition that are, or will be, sent together (`ProducerBatch`). Moments are milliseconds of the
/// producer's clock.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct ProducerBatch {
    pub id: BatchId,
    pub partition: TopicPartition,
    pub created_ms: i64,
    /// When it was last put into the queue: made, or put back for a retry.
    pub last_attempt_ms: i64,
    pub last_append_ms: i64,
    /// When it last left the queue for a request; 0 = never.
    pub drained_ms: i64,
    /// How often it was put back.
    pub attempts: u32,
    /// How long it must wait before the retry, drawn when it was put back.
    pub backoff_ms: i64,
    /// Whether it is a part of a batch that was too large. Such a batch has no memory from the pool.
    pub is_split: bool,
    /// Bytes it took from the pool.
    pub memory: i64,
    /// The most that its largest record can take as a batch of its own.
    pub max_record_size: usize,
    /// Whether its sequence was changed after it had been built, until it is drained again.
    pub sequence_reset: bool,
    /// How many of its records come from a file that somebody dropped.
    pub fed: i32,
    /// When and why it last left the queue.
    pub drain: Option<Drain>,
    /// Why it was last put back.
    pub setback: Option<Setback>,
    leader_epoch: Option<Epoch>,
    attempts_when_leader_changed: u32,
    builder: BatchBuilder,
}

impl ProducerBatch {
    /// An empty batch that is full at `capacity` bytes.
    pub fn new(
        id: BatchId,
        partition: TopicPartition,
        compression: Compression,
        capacity: usize,
        now_ms: i64,
    ) -> Self {
        let spec = BatchSpec { compression, write_limit: capacity, ..BatchSpec::default() };
        Self {
            id,
            partition,
            created_ms: now_ms,
            last_attempt_ms: now_ms,
            last_append_ms: now_ms,
            drained_ms: 0,
            attempts: 0,
            backoff_ms: 0,
            is_split: false,
            memory: capacity as i64,
            max_record_size: 0,
            sequence_reset: false,
            fed: 0,
            drain: None,
            setback: None,
            leader_epoch: None,
            attempts_when_leader_changed: 0,
            builder: BatchBuilder::new(spec),
        }
    }

    /// Adds a record when there is room; the first one always fits.
    pub fn try_append(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
        now_ms: i64,
    ) -> bool {
        let Some(size) = self.builder.append_if_room(timestamp, key, value, headers) else { return false };
        self.max_record_size = self.max_record_size.max(size);
        self.last_append_ms = now_ms;
        true
    }

    pub fn record_count(&self) -> i32 {
        self.builder.record_count()
    }

    /// Bytes it has, or will have as far as one can tell (`estimatedSizeInBytes`).
    pub fn estimated_size(&self) -> usize {
        self.builder.estimated_size()
    }

    /// Whether it takes no more records.
    pub fn is_full(&self) -> bool {
        self.builder.is_full()
    }

    /// Whether it was built: it left the queue at least once.
    pub fn is_closed(&self) -> bool {
        self.builder.is_closed()
    }

    pub fn close_for_appends(&mut self) {
        self.builder.close_for_appends();
    }

    /// The finished batch as bytes; the same ones at every call.
    pub fn close(&mut self) -> Bytes {
        self.sequence_reset = false;
        self.builder.close().unwrap_or_default()
    }

    /// Compressed size by uncompressed size, once it is built.
    pub fn compression_ratio(&self) -> f32 {
        self.builder.compression_ratio()
    }

    /// What the codec is expected to leave of a byte.
    pub fn set_estimated_compression_ratio(&mut self, ratio: f32) {
        self.builder.set_estimated_compression_ratio(ratio);
    }

    pub fn producer(&self) -> ProducerIdAndEpoch {
        let spec = self.builder.spec();
        ProducerIdAndEpoch { id: spec.producer_id, epoch: spec.producer_epoch }
    }

    /// −1 until it is drained for the first time.
    pub fn base_sequence(&self) -> i32 {
        self.builder.spec().base_sequence
    }

    pub fn last_sequence(&self) -> i32 {
        self.base_sequence() + self.record_count() - 1
    }

    pub fn has_sequence(&self) -> bool {
        self.base_sequence() != NO_SEQUENCE
    }

    pub fn set_producer_state(&mut self, producer: ProducerIdAndEpoch, base_sequence: i32) {
        self.builder.set_producer_state(producer.id, producer.epoch, base_sequence, false);
    }

    /// Gives a batch that was built another sequence; its records stay.
    pub fn reset_producer_state(&mut self, producer: ProducerIdAndEpoch, base_sequence: i32) {
        self.sequence_reset = true;
        self.builder.rewrite_producer_state(producer.id, producer.epoch, base_sequence, false);
    }

    /// `maybeUpdateLeaderEpoch`: remembers at which attempt the leader changed.
    pub fn update_leader_epoch(&mut self, latest: Option<Epoch>) {
        if latest > self.leader_epoch {
            self.attempts_when_leader_changed = self.attempts;
            self.leader_epoch = latest;
        }
    }

    /// The leader's epoch when the batch was last in the queue, as far as the producer knew it.
    pub const fn leader_epoch(&self) -> Option<Epoch> {
        self.leader_epoch
    }

    /// Whether [`update_leader_epoch`](Self::update_leader_epoch) would change anything.
    pub fn leader_is_news(&self, latest: Option<Epoch>) -> bool {
        latest > self.leader_epoch
    }

    /// `hasLeaderChangedForTheOngoingRetry`: then it need not back off.
    pub const fn leader_changed_for_this_retry(&self) -> bool {
        self.attempts >= 1 && self.attempts == self.attempts_when_leader_changed
    }

    /// How long it has waited in the queue since it was last put there.
    pub fn waited_ms(&self, now_ms: i64) -> i64 {
        (now_ms - self.last_attempt_ms).max(0)
    }

    /// Whether it must still wait before it is tried again.
    pub fn is_backing_off(&self, now_ms: i64) -> bool {
        self.attempts > 0 && self.waited_ms(now_ms) < self.backoff_ms && !self.leader_changed_for_this_retry()
    }

    pub fn has_reached_delivery_timeout(&self, delivery_timeout_ms: i64, now_ms: i64) -> bool {
        delivery_timeout_ms <= now_ms - self.created_ms
    }

    /// It goes back into the queue (`reenqueued`).
    pub fn reenqueued(&mut self, now_ms: i64, backoff_ms: i64) {
        self.attempts += 1;
        self.backoff_ms = backoff_ms;
        self.last_attempt_ms = self.last_append_ms.max(now_ms);
        self.last_append_ms = self.last_append_ms.max(now_ms);
    }

    /// The records in it, in order, read from its bytes. Only a batch that was built has any to show; for an open one
    /// this builds a copy.
    pub fn records(&self) -> Vec<Record> {
        let bytes = self.builder.clone().close().unwrap_or_default();
        let records = Batch::parse(&bytes).and_then(|batch| batch.records());
        records.map(|records| records.filter_map(Result::ok).collect()).unwrap_or_default()
    }
}
