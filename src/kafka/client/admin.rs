//! The admin client: topics, partitions, configs, records.

/// What a person may ask of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub enum AdminRequest {}
