//! Stories at the controller's one door, on a disk in memory.

mod brokers;
mod elections;
mod following;
mod harness;
mod restart;
mod topics;
