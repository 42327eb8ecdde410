//! What one producer does between `send()` and the callback, as its own state tells it at the playhead.
//!
//! Times are whole milliseconds, as on the producer's clock; sizes are bytes.

mod of_producer;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod why;
mod words;

use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::producer::Called;
use crate::kafka::client::producer::Drain;
use crate::kafka::client::producer::SendPath;
use crate::kafka::client::producer::Setback;
use crate::kafka::protocol::Api;
use crate::view::BlockedOn;

/// One producer: both of its threads, and what lies between them.
#[derive(Clone, Debug, PartialEq)]
pub struct SendingView {
    pub node: i32,
    pub name: Name,
    pub now: Instant,
    pub limits: Limits,
    /// The latest record that was handed to `send()`.
    pub path: Option<SendPath>,
    /// murmur2 of the key of that record; `None` when it has none.
    pub hash: Option<i32>,
    /// The sticky partition of that record's topic, and the bytes that went there since it was chosen.
    pub sticky: Option<(i32, i64)>,
    pub blocked: Option<Blocking>,
    pub deques: Vec<DequeView>,
    pub pool: PoolView,
    pub brokers: Vec<SlotsView>,
    /// The latest callbacks, newest first.
    pub called: Vec<Called>,
    pub counts: Counts,
}

/// The configs that decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub acks: &'static str,
    pub idempotent: bool,
    pub batch_size: i32,
    pub linger_ms: i64,
    pub buffer_memory: i64,
    pub max_in_flight: i32,
    pub max_request_size: i32,
    pub max_block_ms: i64,
    pub request_timeout_ms: i64,
    pub delivery_timeout_ms: i64,
    pub retries: i32,
    pub compression: String,
    /// `interceptor.classes`; empty = none.
    pub interceptors: String,
}

/// The application's thread stands still inside a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocking {
    pub on: BlockedOn,
    pub since: Instant,
    pub waited_ms: i64,
    /// Until the call gives up (`max.block.ms`); `None` = it does not.
    pub left_ms: Option<i64>,
    /// Topic and partition that are not known yet.
    pub wanted: Option<(Name, Option<i32>)>,
    /// How many partitions that topic has, as far as the client knows.
    pub known: Option<i32>,
}

/// The queue of one partition.
#[derive(Clone, Debug, PartialEq)]
pub struct DequeView {
    pub partition: TopicPartition,
    pub leader: Option<i32>,
    /// The batch that leaves first stands first; records join the last one.
    pub batches: Vec<QueuedBatch>,
    pub stands: Stands,
}

/// How it stands with the first batch of a queue: the first thing that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    Empty,
    NoLeader,
    /// With one request in flight, its partition waits for the answer.
    Muted,
    /// It was put back and must wait.
    BacksOff {
        left_ms: i64,
    },
    /// Not full yet, and not old enough.
    Lingers {
        left_ms: i64,
    },
    /// An idempotent producer has no id yet.
    NoProducerId,
    /// The connection to its leader is being made, or may be tried again in so many milliseconds.
    NoConnection {
        retry_in_ms: Option<i64>,
    },
    /// `max.in.flight.requests.per.connection` requests wait for their answers.
    SlotsFull,
    /// An earlier batch of its partition must have its answer first: sequences stay in order.
    HeldBack,
    /// Nothing holds it: it leaves in the sender's next round.
    Ready,
}

/// A batch without a fate: in the queue, or in flight.
#[derive(Clone, Debug, PartialEq)]
pub struct QueuedBatch {
    pub id: u64,
    pub partition: TopicPartition,
    pub records: i32,
    pub bytes: usize,
    /// What it took of the pool.
    pub memory: i64,
    /// It takes no more records.
    pub full: bool,
    pub in_flight: bool,
    pub age_ms: i64,
    /// Since it was last put into its queue.
    pub waited_ms: i64,
    /// Until `delivery.timeout.ms` is over.
    pub left_ms: i64,
    pub attempts: u32,
    pub backoff_ms: i64,
    /// Producer id, epoch and first sequence.
    pub sequence: Option<(i64, i16, i32)>,
    pub drain: Option<Drain>,
    pub setback: Option<Setback>,
}

impl QueuedBatch {
    /// How much of `limit` it fills, in percent.
    pub const fn percent(&self, limit: i32) -> usize {
        percent(self.bytes, limit)
    }
}

/// A share in whole percent, rounded down.
pub(crate) const fn percent(bytes: usize, limit: i32) -> usize {
    let limit = if limit > 0 { limit as usize } else { 1 };
    bytes * 100 / limit
}

/// `buffer.memory`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolView {
    pub total: i64,
    pub free: i64,
    /// Held by batches in the queues.
    pub queued: i64,
    /// Held by batches in flight.
    pub in_flight: i64,
    pub waiters: Vec<Waits>,
}

/// A thread in the line for memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    pub size: i64,
    /// What it has been given so far.
    pub given: i64,
    pub waited_ms: i64,
}

/// One broker and the requests that it has not answered.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotsView {
    pub broker: i32,
    pub link: LinkState,
    pub slots: Vec<SlotView>,
}

/// How the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    Ready,
    Connecting,
    /// It may be tried again in so many milliseconds.
    Disconnected {
        retry_in_ms: i64,
    },
}

/// One request without an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotView {
    pub correlation: i32,
    pub api: Api,
    pub sent_at: Instant,
    pub age_ms: i64,
    /// Until `request.timeout.ms` is over.
    pub left_ms: i64,
    pub batches: Vec<QueuedBatch>,
}

/// Sums since the producer began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub sent: u64,
    pub acked: u64,
    pub failed: u64,
    pub retried: u64,
    pub requests: u64,
    pub batches: u64,
}

/// What a `why` is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum About {
    /// The call of `send()`.
    #[default]
    Send,
    /// A partition's queue.
    Deque(TopicPartition),
    /// A batch, by its number.
    Batch(u64),
    Memory,
    /// The requests at a broker.
    Broker(i32),
    /// A callback, by its number.
    Callback(u64),
}

impl SendingView {
    /// A batch without a fate, by its number.
    pub fn batch(&self, id: u64) -> Option<&QueuedBatch> {
        let queued = self.deques.iter().flat_map(|deque| &deque.batches);
        let in_flight = self.brokers.iter().flat_map(|broker| &broker.slots).flat_map(|slot| &slot.batches);
        queued.chain(in_flight).find(|batch| batch.id == id)
    }

    /// The request that carries a batch, with its broker.
    pub fn slot_of(&self, batch: u64) -> Option<(i32, &SlotView)> {
        let slots = self.brokers.iter().flat_map(|b| b.slots.iter().map(move |slot| (b.broker, slot)));
        slots.into_iter().find(|(_, slot)| slot.batches.iter().any(|inside| inside.id == batch))
    }

    /// The callback of a batch whose fate is known, by the batch's number.
    pub fn callback_of(&self, batch: u64) -> Option<&Called> {
        self.called.iter().find(|called| called.batch.as_ref().is_some_and(|b| b.id.0 == batch))
    }
}
