//! The producer: interceptor → serializer → partitioner → accumulator → sender.

/// What a person may ask of a producer.
#[derive(Clone, Debug, PartialEq)]
pub enum ProducerCommand {}
