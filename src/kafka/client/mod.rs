//! What talks to brokers: producer, consumer, admin. A client knows only the wire.

pub mod admin;
pub mod consumer;
pub mod producer;
