//! The APIs: which we speak, in which versions, and how they look on the wire.
//!
//! The messages themselves are Kafka's own, as plain structs of `kacrab-protocol` (schemas of Kafka 4.3). Nodes hand
//! them to each other by name and field; [`RequestFrame::to_wire`] gives the bytes that a socket would carry.

mod api;
pub mod consumer_protocol;
pub(in crate::kafka) mod fields;
mod frame;
mod outcome;

pub use api::{Api, Request, Response, hash_fetch_partition, hash_wire};
pub use frame::{RequestFrame, RequestHeader, ResponseFrame, WireError};
pub use kacrab_protocol::KafkaString;
pub use kacrab_protocol::generated as messages;
pub use kacrab_protocol::generated::ErrorCode;
