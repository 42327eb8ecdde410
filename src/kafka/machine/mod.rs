//! What a node may ask of its machine: what happened to it ([`Input`]), what it wants ([`Effect`]), what it may touch
//! while it handles one input ([`Context`]), and why it wants to be woken ([`Timer`]).
//!
//! One law of draining: *one input, all its effects, then the next input.*
//!
//! Connections are as TCP gives them: within one, messages arrive once and in order. The network hands a server one
//! request of a connection at a time, and the next one when the first was answered (Kafka mutes the channel).

mod command;
mod context;
mod input;
mod timer;

pub use command::Command;
pub use context::{Context, Effect};
pub use input::{Closed, ConnectionId, Input};
pub use timer::Timer;
