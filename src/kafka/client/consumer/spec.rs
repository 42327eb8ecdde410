use std::collections::BTreeMap;

use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Profile;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Calling;
use crate::kafka::client::consumer::Pace;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::ResetTo;

/// Which partitions an application reads when it chooses them itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Assignment {
    /// `assign(partitions)`
    Partitions(Vec<TopicPartition>),
    /// `assign(partitionsFor(topic))`: those that exist when the application looks; it does not look again.
    Topics(Vec<Name>),
}

/// What an application reads; it is one of the three (`SubscriptionState.SubscriptionType`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subscription {
    /// `assign`: no group decides.
    Assign(Assignment),
    /// `subscribe(topics)`: the group shares them out.
    Topics(Vec<Name>),
    /// `subscribe(pattern)`: all topics whose whole name matches, those that come later included.
    Pattern(String),
}

impl Subscription {
    /// Whether a group shares the partitions out (`hasAutoAssignedPartitions`).
    pub const fn by_group(&self) -> bool {
        !matches!(self, Self::Assign(_))
    }
}

/// What is needed to start a consumer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerSpec {
    pub client_id: Name,
    pub profile: Profile,
    /// Configs by their Kafka names; checked with [`ConsumerConfig::new`](super::ConsumerConfig::new) before they get
    /// here.
    pub config: BTreeMap<String, String>,
    pub bootstrap: Vec<NodeId>,
    pub subscription: Subscription,
    pub program: Program,
}

impl ConsumerSpec {
    /// `group.id`, also of one whose process does not run; what runs says it itself
    /// ([`Group::id`](super::Group::id)).
    pub fn group(&self) -> Option<&str> {
        self.config.get("group.id").map(String::as_str).filter(|group| !group.is_empty())
    }
}

/// What a person may ask of a consumer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerCommand {
    Assign(Assignment),
    /// `subscribe`: to topics or to a pattern.
    Subscribe(Subscription),
    /// `unsubscribe()`: it leaves its group, and reads nothing.
    Unsubscribe,
    /// Move the position of a partition; nothing happens when it is not assigned.
    Seek(TopicPartition, SeekTo),
    /// Move the positions of all assigned partitions.
    SeekAll(SeekTo),
    Pause(TopicPartition),
    Resume(TopicPartition),
    SetPace(Pace),
    SetProgram(Program),
    /// `commitSync()` or `commitAsync()`, of all positions, when the application is not inside another call.
    Commit {
        sync: bool,
    },
    /// Asks for offsets when the application is not inside another call.
    Call(Calling),
    /// `wakeup()`: the call that is blocked, or the next one, ends with a WakeupException.
    Wakeup,
    /// `close()`: commit when it commits by itself, leave the group, end.
    Close,
    /// Start the client anew with this config, at the positions where it was; `None` = the default.
    SetConfig(String, Option<String>),
}

/// Where a seek goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeekTo {
    Offset(Offset),
    Reset(ResetTo),
}
