//! The group coordinator (`org.apache.kafka.coordinator.group` and `…coordinator.common.runtime`).
//!
//! A group belongs to one partition of `__consumer_offsets`: number `abs(hash(group)) % partitions`. The leader of that
//! partition holds its [`Shard`]: it decides requests, appends what it decided as records to the partition, replays
//! the records into its state, and answers when they are below the high watermark. Another leader replays the same
//! records and goes on where this one stopped.
//!
//! | part | Kafka's class | what it is |
//! |---|---|---|
//! | [`shard`] | `CoordinatorRuntime`, `GroupCoordinatorShard` | append, replay, revert, answers, timers |
//! | [`record`] | `GroupCoordinatorRecordSerde` | the records of `__consumer_offsets`, byte for byte |
//! | [`group::classic`] | `ClassicGroup`, half of `GroupMetadataManager` | JoinGroup, SyncGroup, Heartbeat, LeaveGroup |
//! | [`group::consumer`] | `ConsumerGroup`, the other half | KIP-848 |
//! | [`group::offsets`] | `OffsetMetadataManager` | committed offsets |
//!
//! It knows neither sockets nor logs nor clocks: [`shard::Io`] brings them in.

pub mod group;
pub mod record;
pub mod shard;

pub use shard::Ask;
pub use shard::Batch;
pub use shard::Body;
pub use shard::GroupConfig;
pub use shard::Io;
pub use shard::Marker;
pub use shard::Reply;
pub use shard::Shard;
pub use shard::ShardLog;
pub use shard::Ticket;
pub use shard::Topics;

use super::base::Name;
use super::base::java_abs;
use super::base::java_hash;
use super::protocol::KafkaString;

/// The partition of `__consumer_offsets` that a group belongs to (`GroupCoordinatorService.partitionFor`).
pub fn partition_for(group: &str, partitions: i32) -> i32 {
    java_abs(java_hash(group)) % partitions
}

/// A shared text as messages carry it.
pub(crate) fn text(name: &str) -> KafkaString {
    KafkaString::from(name.to_owned())
}

/// A text of a message as state keeps it.
pub(crate) fn shared(text: &KafkaString) -> Name {
    Name::from(text.as_str())
}

/// The same for a text that may be missing.
pub(crate) fn shared_option(text: Option<&KafkaString>) -> Option<Name> {
    text.map(shared)
}
