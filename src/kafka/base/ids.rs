use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

/// A position in a partition's log: the number of a record, counted from 0.
pub type Offset = i64;
/// The number of a leader's reign; each new leader of a partition gets the next one.
pub type Epoch = i32;
/// The number that the controller gives an idempotent producer.
pub type ProducerId = i64;
/// A topic's id: 128 bits, printed as 22 characters of URL-safe base64 (`org.apache.kafka.common.Uuid`).
pub type Uuid = kacrab_protocol::KafkaUuid;
/// A shared text: the name of a topic, a file, a client. Cloning it copies a pointer.
pub type Name = Arc<str>;

/// The topic in which group coordinators keep their groups and offsets (`Topic.GROUP_METADATA_TOPIC_NAME`).
pub const GROUP_METADATA_TOPIC: &str = "__consumer_offsets";

/// Whether a topic is one that brokers write for themselves (`Topic.isInternal`).
pub fn is_internal_topic(topic: &str) -> bool {
    [GROUP_METADATA_TOPIC, "__transaction_state"].contains(&topic)
}

/// Makes a [`Name`].
pub fn name(text: &str) -> Name {
    Arc::from(text)
}

/// The number of a node: brokers from 1, the controller 3000, clients from 10 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub i32);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A partition of a topic, printed `orders-0`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TopicPartition {
    pub topic: Name,
    pub partition: i32,
}

impl TopicPartition {
    pub fn new(topic: &Name, partition: i32) -> Self {
        Self { topic: topic.clone(), partition }
    }
}

/// By topic, then by number. Most that are compared share one name, which is then not read.
impl Ord for TopicPartition {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = self.partition.cmp(&other.partition);
        if Name::ptr_eq(&self.topic, &other.topic) {
            numbers
        } else {
            self.topic.cmp(&other.topic).then(numbers)
        }
    }
}

impl PartialOrd for TopicPartition {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}
