use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::Error as _;

use super::hash::Chain;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::admin::Describe;
use crate::kafka::client::admin::ResetPoint;
use crate::kafka::client::consumer::Call;
use crate::kafka::client::consumer::Pace;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::errors::error_name;
use crate::kafka::client::producer::FeedFormat;
use crate::kafka::client::producer::Workload;
use crate::kafka::protocol::ErrorCode;

/// Names and values of configs, as a person writes them.
pub type Configs = BTreeMap<String, String>;

/// The 64-bit hash of what a person dropped into the page; the world keeps the bytes under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub u64);

impl BlobId {
    /// The number of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut chain = Chain::default();
        chain.bytes(bytes);
        Self(chain.value())
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for BlobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = u64::from_str_radix(&text, 16).ok().filter(|_| text.len() == 16);
        number
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is not a number of 16 hexadecimal digits")))
    }
}

/// Everything a person can do to a world. It is recorded before it is applied, and one function applies it
/// ([`World::act`](super::World::act)).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Act {
    /// A new, empty broker, as in Kafka: it gets no replica of what is there.
    AddBroker {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<NodeId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rack: Option<Name>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        configs: Configs,
    },
    /// Controlled shutdown; the broker's replicas stay assigned to it.
    RemoveBroker {
        node: NodeId,
    },
    CreateTopic {
        name: Name,
        partitions: i32,
        replication: i16,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        configs: Configs,
    },
    DeleteTopic {
        name: Name,
    },
    /// Raise the number of partitions to `total`.
    AddPartitions {
        topic: Name,
        total: i32,
    },
    /// Without a value, back to the default.
    SetTopicConfig {
        topic: Name,
        config: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Without a value, back to the default.
    SetBrokerConfig {
        broker: NodeId,
        config: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Move a partition's log start offset up to `before`.
    DeleteRecords {
        topic: Name,
        partition: i32,
        before: Offset,
    },
    /// Commit other offsets for a group that nobody uses now: of these partitions of a topic, of the whole topic, or
    /// without a topic of everything that the group has committed.
    ResetOffsets {
        group: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Name>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        partitions: Vec<i32>,
        to: ResetPoint,
    },
    /// Forget what a group has committed for a topic that it does not subscribe to.
    DeleteOffsets {
        group: Name,
        topic: Name,
    },
    /// Delete a group without members, and its offsets.
    DeleteGroup {
        group: Name,
    },
    /// Which consumer groups there are; with states or types, only those of them.
    ListGroups {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        states: Vec<Name>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        types: Vec<Name>,
    },
    /// What a group's coordinator says of it.
    DescribeGroup {
        group: Name,
        show: Describe,
    },
    /// Take static members out of a group by their `group.instance.id`; without any, all members.
    RemoveMembers {
        group: Name,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        instances: Vec<Name>,
    },

    /// A new producer and the application that uses it.
    AddProducer {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<NodeId>,
        workload: Workload,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        configs: Configs,
    },
    /// What a producer's application writes from now on.
    SetWorkload {
        node: NodeId,
        workload: Workload,
    },
    /// Records a second.
    SetRate {
        node: NodeId,
        rate: u64,
    },
    /// A producer's application sends one record; without a topic, to its own.
    Produce {
        node: NodeId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<Name>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        partition: Option<i32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// A producer's application sends what a person dropped in. `rate` 0 = as fast as it can.
    Feed {
        node: NodeId,
        topic: Name,
        blob: BlobId,
        format: FeedFormat,
        rate: u64,
    },
    CancelFeed {
        node: NodeId,
    },
    /// A producer's application calls `flush()`: everything is sent now, and it waits for it.
    Flush {
        node: NodeId,
    },
    /// A new consumer and the application that uses it.
    AddConsumer(NewConsumer),
    /// How long a consumer's application works on what it polled.
    SetPace {
        node: NodeId,
        pace: Pace,
    },
    /// What a consumer's application does around `poll()`, from now on and in the processes after this one.
    SetProgram {
        node: NodeId,
        program: Program,
    },
    /// A consumer's application commits all its positions at the next chance: `commitSync()` or `commitAsync()`.
    Commit {
        node: NodeId,
        sync: bool,
    },
    /// A consumer's application asks for offsets at the next chance; without partitions, those of all that it reads.
    Call {
        node: NodeId,
        call: Call,
        /// For `offsetsForTimes`, in milliseconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<i64>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        partitions: Vec<TopicPartition>,
    },
    /// `wakeup()`: the blocking call that a consumer's application is in, or its next one, throws.
    Wakeup {
        node: NodeId,
    },
    /// `close()`: a consumer commits if it commits by itself, leaves its group and ends.
    CloseConsumer {
        node: NodeId,
    },
    /// `unsubscribe()`
    Unsubscribe {
        node: NodeId,
    },
    /// `subscribe()`, to topics or to a pattern.
    Subscribe {
        node: NodeId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        topics: Vec<Name>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
    },
    /// Other partitions for a consumer, or all of these topics.
    Assign {
        node: NodeId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        topics: Vec<Name>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        partitions: Vec<TopicPartition>,
    },
    Seek {
        node: NodeId,
        topic: Name,
        partition: i32,
        to: SeekPoint,
    },
    /// Seek in all assigned partitions.
    SeekAll {
        node: NodeId,
        to: SeekPoint,
    },
    Pause {
        node: NodeId,
        topic: Name,
        partition: i32,
    },
    Resume {
        node: NodeId,
        topic: Name,
        partition: i32,
    },
    /// A client starts anew with this config; without a value, with its default.
    SetClientConfig {
        node: NodeId,
        config: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// A client's process ends, and its machine is taken away.
    RemoveClient {
        node: NodeId,
    },

    /// kill -9: the process is gone, the page cache survives.
    Crash {
        node: NodeId,
    },
    /// The plug is pulled: what was not flushed is gone.
    PowerOff {
        node: NodeId,
    },
    Restart {
        node: NodeId,
    },

    /// Nothing gets from one node to the other; with `both`, nor back.
    Cut {
        from: NodeId,
        to: NodeId,
        both: bool,
    },
    Heal {
        from: NodeId,
        to: NodeId,
        both: bool,
    },
    /// Changes what is given; the way back is another link.
    SetLink {
        from: NodeId,
        to: NodeId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        latency_us: Option<u64>,
        /// Bytes a second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bandwidth: Option<u64>,
        /// Messages of a million that must be sent again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loss_ppm: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        jitter_us: Option<u64>,
    },
    /// Messages wait before they arrive; only those of one API (`Fetch`) when one is given.
    Hold {
        from: NodeId,
        to: NodeId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api: Option<String>,
    },
    /// Everything held between the two goes on.
    Release {
        from: NodeId,
        to: NodeId,
    },
    /// The next message (of this API) is lost, and its connection waits for it until somebody gives up.
    DropNext {
        from: NodeId,
        to: NodeId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        api: Option<String>,
    },

    /// `slow`: the device takes this many times as long. `full`: it has no more room. `broken`: it does not answer.
    SetDisk {
        node: NodeId,
        slow: u32,
        full: bool,
        broken: bool,
    },
    /// How much memory a machine has for pages of files.
    SetPageCache {
        node: NodeId,
        bytes: u64,
    },
    /// Inverts one bit of a file where it lies.
    FlipBit {
        node: NodeId,
        path: String,
        byte: u64,
        bit: u8,
    },
}

impl Act {
    /// What was dropped in, if the act refers to it.
    pub const fn blob(&self) -> Option<BlobId> {
        match self {
            Self::Feed { blob, .. } => Some(*blob),
            _ => None,
        }
    }
}

/// A consumer that is assigned these partitions, or all of these topics; with a group it subscribes to the topics, or to
/// all whose names match the pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewConsumer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<NodeId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Name>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<TopicPartition>,
    /// `group.id`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Name>,
    /// `group.instance.id`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// What is written around `poll()`; without it, `pace` and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
    #[serde(default, skip_serializing_if = "Pace::is_none")]
    pub pace: Pace,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configs: Configs,
}

/// Where a consumer seeks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SeekPoint {
    Offset(Offset),
    Beginning,
    End,
    /// The first record with at least this timestamp, in milliseconds since 1970, as `offsetsForTimes` finds it; the end
    /// when there is none.
    Timestamp(i64),
}

/// Why an act was refused: what, where and what to do, with Kafka's error where there is one. The world is untouched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActError {
    pub sentence: String,
    pub error: Option<ErrorCode>,
}

impl ActError {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), error: None }
    }

    /// With the error that Kafka gives for it.
    pub fn kafka(error: ErrorCode, sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), error: Some(error) }
    }
}

impl fmt::Display for ActError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.error {
            Some(error) => write!(f, "{}: {}", error_name(error), self.sentence),
            None => f.write_str(&self.sentence),
        }
    }
}

impl std::error::Error for ActError {}
