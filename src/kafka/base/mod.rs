//! Words that every room uses: ids, offsets, instants, randomness.

mod arrange;
mod backoff;
pub mod config;
mod date;
mod hash_order;
mod ids;
mod instant;
mod map;
mod murmur2;
mod pattern;
mod profile;
mod random;

pub use arrange::Arrange;
pub use backoff::ExponentialBackoff;
pub use date::{date, date_time};
pub use hash_order::{hash_copy_order, hash_map_order};
pub use ids::{
    Epoch, GROUP_METADATA_TOPIC, Name, NodeId, Offset, ProducerId, TopicPartition, Uuid, is_internal_topic,
    name,
};
pub use instant::{Instant, WALL_START_MS};
pub use map::{Map, Set};
pub use murmur2::{
    java_abs, java_hash, java_hash_long, java_spread, murmur2, partition_for_key, to_positive,
};
pub use pattern::{Pattern, PatternError};
pub use profile::Profile;
pub use random::{Purpose, Random, RandomStreams};
pub use std::time::Duration;
