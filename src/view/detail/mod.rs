//! Everything there is to know about one thing, for the inspector: its numbers, what it waits for, and the guard that
//! does not hold.

mod broker;
mod clients;
mod controller;
mod link;
mod replica;

pub use broker::BrokerDetail;
pub use clients::{Assigned, ConsumerDetail, Doing, ProducerDetail};
pub use controller::{ControllerDetail, Standing};
pub use link::{LinkDetail, Way};
pub use replica::{Fetching, Follower, IsrPending, ReplicaDetail, Wait, WaitKind};
