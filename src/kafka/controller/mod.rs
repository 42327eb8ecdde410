//! The KRaft controller: decides with records, changes its state only by replaying them.

pub mod partition_change;
pub mod placement;
