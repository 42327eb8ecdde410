//! A partition on a broker: leader, follower, high watermark, in-sync set, and what waits for them.
//!
//! Nothing in here sends a message or reads a clock. [`Leader`] is the pure arithmetic of leadership (who has what, what
//! is committed, who belongs to the in-sync set); [`Purgatory`] holds what waits for it to move.

mod isr;
mod leader;
mod partition;
mod purgatory;
mod replica;

pub use isr::{IsrChange, IsrState};
pub use leader::{AckCheck, Leader, LeaderMoment, LiveBrokers};
pub use partition::{FetchEffect, Partition, Role, Rules};
pub use purgatory::{Purgatory, Waiting};
pub use replica::{FollowerFetch, Replica, UNKNOWN_OFFSET};
