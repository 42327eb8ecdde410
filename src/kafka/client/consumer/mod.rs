//! The consumer: `assign`, `seek`, `poll`.

/// What a person may ask of a consumer.
#[derive(Clone, Debug, PartialEq)]
pub enum ConsumerCommand {}
