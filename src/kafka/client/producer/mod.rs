//! The producer: interceptor → serializer → partitioner → accumulator → sender.

mod accumulator;
mod batch;
mod buffer_pool;
mod cluster;
mod config;
mod idempotence;
mod partitioner;
mod queues;

pub use accumulator::{
    Append, AppendError, AppendResult, Appended, NodeLatency, RecordAccumulator, Resumed, Scene, TopicQueues,
    WaitingAppend,
};
pub use batch::{BatchId, ProducerBatch, ProducerIdAndEpoch};
pub use buffer_pool::{Allocation, BufferPool, Waiter, WaiterId};
pub use cluster::{ClusterSnapshot, PartitionInfo, TopicPartitions};
pub use config::{PRODUCER_CONFIGS, ProducerConfig};
pub use idempotence::{Idempotence, IdempotenceState, PartitionSequences};
pub use partitioner::{BuiltInPartitioner, Choice, PartitionLoad, Sticky};
pub use queues::ReadyCheck;

/// What a person may ask of a producer.
#[derive(Clone, Debug, PartialEq)]
pub enum ProducerCommand {}
