//! The cluster as records: [`MetadataRecord`]s are steps, a [`ClusterImage`] is what is left after replaying them, an
//! [`ImageDelta`] is what changed between two images.
//!
//! The controller and every broker hold an image of their own, fed by the same log.

mod codec;
mod delta;
mod image;
mod partition;
pub mod record;
mod snapshot;
mod version;

#[cfg(test)]
mod tests;

pub use codec::MetadataParseError;
pub use delta::{ImageDelta, PartitionDelta};
pub use image::{BrokerRegistration, ClusterImage, ConfigResource, ReplayError, TopicImage};
pub use partition::PartitionRegistration;
pub use record::{LeaderRecoveryState, MetadataRecord};
pub use version::MetadataVersion;

/// The topic of the metadata log; its only partition is 0.
pub const METADATA_TOPIC: &str = "__cluster_metadata";

/// The feature whose level says which records are written.
pub const METADATA_VERSION_FEATURE: &str = "metadata.version";
/// The feature that turns on eligible leader replicas (KIP-966).
pub const ELR_FEATURE: &str = "eligible.leader.replicas.version";
