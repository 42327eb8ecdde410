//! What talks to brokers: producer, consumer, admin. A client knows only the wire.

pub mod admin;
pub mod config;
pub mod consumer;
pub mod errors;
mod metadata_cache;
pub mod producer;

pub use metadata_cache::{MetadataCache, MetadataConfig, PartitionMetadata, TopicMetadata};
