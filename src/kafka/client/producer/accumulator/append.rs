//! A record on its way into the accumulator, and what becomes of it.

use std::hash::Hash;

use bytes::Bytes;

use crate::kafka::base::Name;
use crate::kafka::client::producer::batch::BatchId;
use crate::kafka::client::producer::buffer_pool::WaiterId;
use crate::kafka::client::producer::cluster::ClusterSnapshot;
use crate::kafka::client::producer::cluster::TopicPartitions;
use crate::kafka::client::producer::partitioner::Sticky;
use crate::kafka::record::Header;
use crate::kafka::record::size::batch_size_upper_bound;

/// A record on its way into the accumulator. `tag` is the caller's own number for it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Append {
    pub tag: u64,
    pub topic: Name,
    /// `None`: the built-in partitioner chooses.
    pub partition: Option<i32>,
    pub timestamp: i64,
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
    pub headers: Vec<Header>,
    /// Whether it comes from a file that somebody dropped.
    pub fed: bool,
}

impl Append {
    /// The most that it can take as a batch of its own; checked against `max.request.size`.
    pub fn size_upper_bound(&self) -> usize {
        let len = |field: &Option<Bytes>| field.as_ref().map(Bytes::len);
        batch_size_upper_bound(len(&self.key), len(&self.value), &self.headers)
    }
}

/// Where a record went (`RecordAppendResult`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AppendResult {
    pub batch: BatchId,
    pub partition: i32,
    /// There is a full batch for this partition now: the sender has something to do.
    pub batch_is_full: bool,
    pub new_batch: bool,
    /// What counts against the sticky partition; for a new batch, its header too.
    pub appended_bytes: i32,
}

/// What became of a row of records.
#[derive(Debug, Default)]
pub(in crate::kafka::client::producer) struct Run {
    pub(in crate::kafka::client::producer) appended: u64,
    /// The value of the last one, and where it went.
    pub(in crate::kafka::client::producer) last: Option<(Option<Bytes>, AppendResult)>,
    /// A value that was made and found no room.
    pub(in crate::kafka::client::producer) left_over: Option<Option<Bytes>>,
}

/// Why a record was refused at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AppendError {
    /// `KafkaException`: the producer is closed.
    Closed,
    /// `IllegalArgumentException`: larger than `buffer.memory`.
    TooLarge,
    /// `IllegalArgumentException`: a negative timestamp, or more than 2 GB.
    Invalid,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Appended {
    Done(AppendResult),
    /// `buffer.memory` is used up: the thread waits in line, until [`RecordAccumulator::resume`] or
    /// [`RecordAccumulator::give_up`].
    Waits(WaiterId),
    Refused(AppendError),
}

/// A thread that waits for memory, with its record.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct WaitingAppend {
    pub record: Append,
    /// The bytes it asked for.
    pub size: i64,
    pub since_ms: i64,
    pub(super) sticky: Option<Sticky>,
    /// The topic as it was when the thread called: when it has to choose again, it chooses among these.
    pub(super) partitions: TopicPartitions,
}

/// A record that waited and went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Resumed {
    pub waiter: WaiterId,
    pub tag: u64,
    pub outcome: Appended,
}

/// What the accumulator may look at while it works.
pub struct Scene<'a> {
    pub cluster: &'a ClusterSnapshot,
    pub now_ms: i64,
    /// Any 32 random bits a call, for the partitioner.
    pub draw: &'a mut dyn FnMut() -> u32,
}
