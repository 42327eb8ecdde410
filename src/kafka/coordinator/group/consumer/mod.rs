//! KIP-848 groups: the coordinator computes who owns what, and each member goes its own way there (Kafka:
//! `org.apache.kafka.coordinator.group.modern.consumer`, and the half of `GroupMetadataManager` that serves it).
//!
//! A heartbeat changes a member, perhaps starts a new epoch of the group, perhaps computes a new [`target`], and takes
//! the member one step towards it ([`current`]). All of that is records; a group is what was replayed.

mod change;
mod classic;
mod classic_join;
mod commits;
pub mod current;
mod describe;
pub mod group;
mod heartbeat;
mod leave;
pub mod member;
pub mod metadata_hash;
mod migration;
mod regex;
mod seam;
mod soft;
mod table_order;
mod target;
mod topics;
mod validate;
mod votes;

pub(crate) use commits::Commit;
pub use group::ConsumerGroup;
pub use group::ConsumerState;
pub(crate) use seam::nameless_first;
pub(crate) use soft::Soft;
pub(crate) use table_order::Table;
pub(crate) use table_order::table_order;
pub(crate) use validate::heartbeat as validate_heartbeat;

use crate::kafka::base::Name;

/// What waits for records of a consumer group to be safe: the timers of a classic member that is answered then.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerThen {
    /// It has joined; with the timeouts of its session and of its sync, unless the group is a classic one now.
    Joined { group: Name, member: Name, timeouts: Option<(i32, i32)> },
    /// It has synced.
    Synced { group: Name, member: Name, session_timeout_ms: i32 },
}
