//! What goes in and out of a shard.

use std::hash::Hash;
use std::hash::Hasher;

use bytes::Bytes;

use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::Uuid;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::hash_wire;
use crate::kafka::protocol::messages::txn_offset_commit_request::TxnOffsetCommitRequestData;
use crate::kafka::protocol::messages::txn_offset_commit_response::TxnOffsetCommitResponseData;

/// Who waits for an answer. The broker gives out the numbers and knows the connection behind each.
pub type Ticket = u64;

/// The world of a shard during one call.
pub struct Io<'a> {
    /// The wall clock, in milliseconds since 1970.
    pub now_ms: i64,
    pub topics: &'a dyn Topics,
    pub log: &'a mut dyn ShardLog,
    /// Random ids, for members that come without one.
    pub fresh: &'a mut dyn FnMut() -> Uuid,
    /// What may be sent now, in order. The caller takes it after the call.
    pub answers: Vec<(Ticket, Result<Reply, ErrorCode>)>,
}

/// The topics of the cluster, as this broker's metadata knows them.
pub trait Topics {
    fn id(&self, topic: &str) -> Option<Uuid>;
    fn name(&self, id: Uuid) -> Option<Name>;
    /// How many partitions the topic has; `None` when it does not exist.
    fn partitions(&self, topic: &str) -> Option<i32>;
    /// The racks of the partition's replicas; empty when they have none.
    fn racks(&self, topic: &str, partition: i32) -> Vec<Name>;
    /// All topics by name, in order; regular expressions ask for them.
    fn names(&self) -> Vec<Name>;
    /// The offset of the last record of cluster metadata that is in this; −1: none.
    fn version(&self) -> Offset;
}

/// The partition of `__consumer_offsets` behind a shard (`PartitionWriter`).
pub trait ShardLog {
    /// Appends with acks=1 semantics and gives the log's end offset after it.
    ///
    /// # Errors
    /// What the append answered: `NOT_LEADER_OR_FOLLOWER`, `MESSAGE_TOO_LARGE`, `NOT_ENOUGH_REPLICAS`, …
    fn append(&mut self, batch: Batch) -> Result<Offset, ErrorCode>;
    /// The high watermark as it is now. A partition with one replica moves it in the append itself.
    fn high_watermark(&self) -> Offset;
    /// Whether as many replicas are in sync as `min.insync.replicas` wants.
    fn has_enough_replicas(&self) -> bool;
    /// How many bytes one batch may have (`max.message.bytes` of the topic).
    fn max_batch_bytes(&self) -> usize;
}

/// What a shard appends at once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Batch {
    /// Keys and values; a value of `None` is a tombstone. The producer is that of a transaction.
    Records { timestamp_ms: i64, producer: Option<(ProducerId, i16)>, records: Vec<(Bytes, Option<Bytes>)> },
    /// The marker that ends a transaction.
    EndTransaction { timestamp_ms: i64, marker: Marker },
}

/// The end of a transaction, as its coordinator tells it to every partition of it (`WriteTxnMarkers`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Marker {
    pub producer_id: ProducerId,
    pub producer_epoch: i16,
    pub coordinator_epoch: i32,
    pub commit: bool,
}

/// A request for a shard, with what its header and its connection tell.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Ask {
    pub version: i16,
    pub client_id: Name,
    /// As Java prints an address: `/127.0.0.1`.
    pub client_host: Name,
    pub body: Body,
}

/// What is asked. The broker splits requests that name groups of several shards (`DescribeGroups`, `DeleteGroups`,
/// `ConsumerGroupDescribe`, and `OffsetFetch`, which comes with exactly one element in `groups`), sends `ListGroups` to
/// every shard, and puts the answers together.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Request(Request),
    TxnOffsetCommit(TxnOffsetCommitRequestData),
    CompleteTransaction(Marker),
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Response(Response),
    TxnOffsetCommit(TxnOffsetCommitResponseData),
    /// The marker is written and below the high watermark.
    TransactionCompleted,
}

impl Hash for Body {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Request(request) => request.hash(state),
            Self::TxnOffsetCommit(request) => hash_wire(state, |out| request.write(out, 3)),
            Self::CompleteTransaction(marker) => marker.hash(state),
        }
    }
}

impl Hash for Reply {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Response(response) => response.hash(state),
            Self::TxnOffsetCommit(response) => hash_wire(state, |out| response.write(out, 3)),
            Self::TransactionCompleted => state.write_u8(0),
        }
    }
}
