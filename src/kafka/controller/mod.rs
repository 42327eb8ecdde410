//! The KRaft controller: decides with records, changes its state only by replaying them.
//!
//! [`Controller`] only orders things: it lets a decider decide, writes the records, replays them, answers. Knowledge
//! sits in one file a subject: registration, elections, in-sync sets, topics, configs, producer ids.
//!
//! It is a quorum of one: it leads from the moment it has read its disk, and what is durable there is committed.

mod alter_partition;
mod configs;
mod control_records;
mod decider;
mod decision;
mod elections;
mod fetch;
mod heartbeats;
mod metadata_log;
mod node;
pub mod partition_change;
pub mod placement;
mod producer_ids;
mod quorum_state;
mod registration;
mod requests;
mod snapshot;
mod spec;
mod startup;
mod topic_name;
mod topics;

pub use heartbeats::BrokerState;
pub use metadata_log::{METADATA_DIR, MetadataLog};
pub use node::{BrokerStanding, Controller};
pub use snapshot::SnapshotId;
pub use spec::ControllerSpec;

#[cfg(test)]
mod tests;
