use std::ops::Range;

use bytes::Bytes;

use crate::kafka::protocol::Api;

/// A message as a person reads it: its fields by Kafka's names, and the bytes of its version on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    pub api: Api,
    pub version: i16,
    pub correlation: i32,
    pub request: bool,
    pub from: i32,
    pub to: i32,
    pub rows: Vec<Row>,
    pub wire: Bytes,
    /// Where the header ends and the body begins.
    pub header: Range<usize>,
}

/// One line of a message: a name, a value, and how deep it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub depth: u32,
    pub name: String,
    pub value: String,
}
