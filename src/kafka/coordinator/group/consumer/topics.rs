//! The cluster's topics as a consumer group sees them.

use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::coordinator::Topics;

use super::metadata_hash::HashedTopic;
use super::metadata_hash::group_hash;
use super::metadata_hash::topic_hash;

/// The hash of the topics with these names; those that do not exist are not part of it.
pub(super) fn metadata_hash(topics: &dyn Topics, names: Set<Name>) -> i64 {
    let hash = |name: &Name| {
        let (id, partitions) = (topics.id(name)?, topics.partitions(name)?);
        let racks: Vec<Vec<Name>> = (0..partitions).map(|partition| topics.racks(name, partition)).collect();
        Some(topic_hash(&HashedTopic { id, name, racks: &racks }))
    };
    group_hash(names.iter().filter_map(hash))
}
