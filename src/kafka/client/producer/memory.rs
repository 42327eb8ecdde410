//! What a producer remembers of itself, so that somebody may ask why: Kafka would write the same into its trace log.

use bytes::Bytes;

use super::Append;
use super::AppendResult;
use super::Appended;
use super::BatchId;
use super::Producer;
use super::ProducerBatch;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::protocol::ErrorCode;

/// Callbacks that are remembered.
const CALLBACKS: usize = 8;

/// What held when a batch was last taken out of its queue: the guards of `RecordAccumulator.batchReady`. When none does,
/// it went because another partition of its broker was ready. Times in milliseconds, sizes in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Drain {
    pub at: Instant,
    /// How often it had been put back before.
    pub attempt: u32,
    /// Before its records were compressed.
    pub bytes: usize,
    /// It takes no more records.
    pub full: bool,
    /// Another batch of its partition stood behind it.
    pub followed: bool,
    pub waited_ms: i64,
    /// `linger.ms`
    pub wait_ms: i64,
    /// Threads that waited for memory.
    pub waiters: usize,
    pub flush: bool,
    pub closed: bool,
}

impl Drain {
    /// Whether a guard of its own let it go.
    pub const fn was_ready(&self) -> bool {
        self.full
            || self.followed
            || self.waited_ms >= self.wait_ms
            || self.waiters > 0
            || self.flush
            || self.closed
    }
}

/// Why a batch was put back into its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Setback {
    pub at: Instant,
    pub error: ErrorCode,
    /// The broker said so; otherwise the client gave up on the answer.
    pub answered: bool,
}

/// How a record found its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chosen {
    /// The application named it.
    Explicit,
    /// `murmur2(key)` modulo the number of partitions.
    Key,
    /// No key, or `partitioner.ignore.keys`: the sticky partition.
    Sticky,
}

/// How far a record came in `doSend`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handed {
    Appended(AppendResult),
    /// It waits for memory.
    Waits,
    Refused,
}

/// The latest record that was handed to `send()`, once its topic was known.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct SendPath {
    pub at: Instant,
    pub(super) tag: u64,
    pub topic: Name,
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    /// Partitions of the topic.
    pub partitions: i32,
    pub partition: Option<i32>,
    pub chosen: Chosen,
    pub handed: Handed,
}

/// One call of a callback: the fate of a batch, or of a record that `send()` refused.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Called {
    /// Counts the callbacks of this client, from 1.
    pub number: u64,
    pub at: Instant,
    pub partition: TopicPartition,
    pub records: u32,
    /// The first offset (−1: acknowledged without one), or the error by its Kafka name.
    pub result: Result<Offset, Name>,
    /// `None`: `send()` itself brought the error.
    pub batch: Option<CalledBatch>,
    /// The leader of the partition as the client knew it, and whether a request could have been sent to it.
    pub leader: Option<(NodeId, bool)>,
}

/// A batch whose fate is known.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct CalledBatch {
    pub id: BatchId,
    pub created_ms: i64,
    pub bytes: usize,
    pub attempts: u32,
    /// How long it had to wait before the latest retry.
    pub backoff_ms: i64,
    pub drain: Option<Drain>,
    pub setback: Option<Setback>,
}

impl CalledBatch {
    pub(super) fn of(batch: &ProducerBatch) -> Self {
        Self {
            id: batch.id,
            created_ms: batch.created_ms,
            bytes: batch.estimated_size(),
            attempts: batch.attempts,
            backoff_ms: batch.backoff_ms,
            drain: batch.drain,
            setback: batch.setback,
        }
    }

    /// Whether it was on its way when its fate was known, and not in the queue.
    pub fn was_in_flight(&self) -> bool {
        self.drain.is_some_and(|drain| drain.attempt == self.attempts)
    }
}

impl Producer {
    /// The record has a partition, or will get the sticky one.
    pub(super) fn note_path(&mut self, at: Instant, record: &Append, partitions: i32, chosen: Chosen) {
        self.path = Some(SendPath {
            at,
            tag: record.tag,
            topic: record.topic.clone(),
            key: record.key.clone(),
            value: record.value.clone(),
            partitions,
            partition: record.partition,
            chosen,
            handed: Handed::Refused,
        });
    }

    pub(super) fn note_handed(&mut self, tag: u64, outcome: Appended) {
        let Some(path) = self.path.as_mut().filter(|path| path.tag == tag) else { return };
        path.handed = match outcome {
            Appended::Done(result) => {
                path.partition = Some(result.partition);
                Handed::Appended(result)
            }
            Appended::Waits(_) => Handed::Waits,
            Appended::Refused(_) => Handed::Refused,
        };
    }

    /// A callback is called, or `send()` brings an error.
    pub(super) fn call_back(
        &mut self,
        at: Instant,
        partition: &TopicPartition,
        records: i32,
        result: Result<Offset, &str>,
        batch: Option<&ProducerBatch>,
    ) {
        if self.called.len() == CALLBACKS {
            self.called.pop_front();
        }
        self.callbacks += 1;
        let leader = self.cluster.partition(&partition.topic, partition.partition).and_then(|p| p.leader);
        self.called.push_back(Called {
            number: self.callbacks,
            at,
            partition: partition.clone(),
            records: records.unsigned_abs(),
            result: result.map_err(name),
            batch: batch.map(CalledBatch::of),
            leader: leader.map(|leader| (leader, self.client.is_ready(leader))),
        });
    }
}
