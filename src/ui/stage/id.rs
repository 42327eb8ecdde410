use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;

/// A thing on the stage that can be pointed at, selected, and read aloud.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    Controller,
    Broker(i32),
    Producer(i32),
    Consumer(i32),
    /// A link, both ways.
    Link(i32, i32),
    Replica(i32, TopicPartition),
    Segment(i32, TopicPartition, Offset),
    Record(i32, TopicPartition, Offset),
    /// A message on its way, by its number.
    Message(u64),
}

impl Thing {
    /// The partition it belongs to.
    pub fn partition(&self) -> Option<&TopicPartition> {
        match self {
            Self::Replica(_, p) | Self::Segment(_, p, _) | Self::Record(_, p, _) => Some(p),
            _ => None,
        }
    }

    /// The machine it is on.
    pub fn node(&self) -> Option<i32> {
        match self {
            Self::Controller => Some(3000),
            Self::Broker(n) | Self::Producer(n) | Self::Consumer(n) => Some(*n),
            Self::Replica(n, _) | Self::Segment(n, _, _) | Self::Record(n, _, _) => Some(*n),
            Self::Link(..) | Self::Message(_) => None,
        }
    }
}

/// A name that tests and the browser's console can use: `record/1/orders-0/7`.
impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Controller => f.write_str("controller"),
            Self::Broker(n) => write!(f, "broker/{n}"),
            Self::Producer(n) => write!(f, "producer/{n}"),
            Self::Consumer(n) => write!(f, "consumer/{n}"),
            Self::Link(a, b) => write!(f, "link/{a}/{b}"),
            Self::Replica(n, p) => write!(f, "replica/{n}/{p}"),
            Self::Segment(n, p, base) => write!(f, "segment/{n}/{p}/{base}"),
            Self::Record(n, p, offset) => write!(f, "record/{n}/{p}/{offset}"),
            Self::Message(id) => write!(f, "message/{id}"),
        }
    }
}
