//! Storey 1: the system being taught. Pure: no clock, socket, disk, thread or browser inside.
//!
//! A node has one door, [`node::Node::handle`], and leaves its wishes as effects in a [`machine::Context`].
//!
//! Rooms, from the bottom: [`base`] → [`record`] → [`storage`] → [`protocol`] → [`machine`] → [`channel`] →
//! [`metadata`] → [`controller`], [`coordinator`], [`replication`] → [`broker`], [`client`] → [`node`].

pub mod base;
pub mod broker;
pub mod channel;
pub mod client;
pub mod controller;
pub mod coordinator;
pub mod machine;
pub mod metadata;
pub mod node;
pub mod protocol;
pub mod record;
pub mod replication;
pub mod storage;
