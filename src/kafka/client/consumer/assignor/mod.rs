//! Who reads what in a classic group: the assignors that come with Kafka's consumer. The leader of the group runs the one
//! that the coordinator chose.
//!
//! An assignor is a pure function of the topics and of what the members said when they joined. Where Kafka's result
//! follows the order of a hash map with texts as keys (members, topics) ours follows the same order
//! ([`hash_map_order`](crate::kafka::base::hash_map_order)). Three things differ from the classes, none of them in a
//! group of consumers that say the truth:
//!
//! - The general sticky algorithm moves the partition with the lowest number back where Kafka takes the first of a hash
//!   set of partitions.
//! - A partition that a member claims and that its topic does not have is not its own. Kafka keeps it, and then hands
//!   others out twice.
//! - A member that has left a topic does not get its partition back from an older generation. Kafka would give it.
//!
//! Source: `RangeAssignor`, `RoundRobinAssignor`, `StickyAssignor`, `CooperativeStickyAssignor`,
//! `AbstractStickyAssignor`, `AbstractPartitionAssignor`; KIP-54, KIP-429, KIP-881.

mod constrained;
mod cooperative;
mod general;
mod input;
mod racks;
mod range;
mod round_robin;
mod sticky;
mod user_data;

use bytes::Bytes;

use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use crate::kafka::protocol::consumer_protocol::NO_GENERATION;
use input::Input;

/// A client-side assignor, one of those that come with Kafka (`partition.assignment.strategy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assignor {
    Range,
    RoundRobin,
    Sticky,
    CooperativeSticky,
}

/// Whether members give everything up before a rebalance, or only what moves (`RebalanceProtocol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RebalanceProtocol {
    Eager,
    Cooperative,
}

/// A topic as the leader's metadata knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignableTopic {
    pub name: Name,
    /// How many partitions it has.
    pub partitions: usize,
    /// For each partition the racks of its replicas, those that are offline too; may be shorter where none are known.
    pub racks: Vec<Vec<Name>>,
}

/// What the leader knows about a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    pub id: Name,
    /// `group.instance.id`
    pub instance: Option<Name>,
    pub subscription: ConsumerProtocolSubscription,
}

/// What a member's assignor keeps between rebalances; one for each assignor in its list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssignorMemory {
    partitions: Option<Vec<TopicPartition>>,
    generation: i32,
}

impl Default for AssignorMemory {
    fn default() -> Self {
        Self { partitions: None, generation: NO_GENERATION }
    }
}

impl Assignor {
    pub const ALL: [Self; 4] = [Self::Range, Self::RoundRobin, Self::Sticky, Self::CooperativeSticky];

    /// What members call it on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Range => "range",
            Self::RoundRobin => "roundrobin",
            Self::Sticky => "sticky",
            Self::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// Its class, as `partition.assignment.strategy` names it.
    pub const fn class_name(self) -> &'static str {
        match self {
            Self::Range => "org.apache.kafka.clients.consumer.RangeAssignor",
            Self::RoundRobin => "org.apache.kafka.clients.consumer.RoundRobinAssignor",
            Self::Sticky => "org.apache.kafka.clients.consumer.StickyAssignor",
            Self::CooperativeSticky => "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
        }
    }

    /// The assignor of a name on the wire.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|assignor| assignor.name() == name)
    }

    /// The protocols that it supports, the preferred one first.
    pub const fn protocols(self) -> &'static [RebalanceProtocol] {
        match self {
            Self::CooperativeSticky => &[RebalanceProtocol::Cooperative, RebalanceProtocol::Eager],
            _ => &[RebalanceProtocol::Eager],
        }
    }

    /// The protocol that a member with these assignors follows: the highest that all of them support; so
    /// `[range, cooperative-sticky]` is eager (`ConsumerCoordinator`).
    pub fn protocol(all: &[Self]) -> RebalanceProtocol {
        let cooperative = |assignor: &Self| assignor.protocols().contains(&RebalanceProtocol::Cooperative);
        if !all.is_empty() && all.iter().all(cooperative) {
            RebalanceProtocol::Cooperative
        } else {
            RebalanceProtocol::Eager
        }
    }

    /// Gives every partition of the subscribed topics to a member, and each member its partitions, in the order of
    /// `members`. Topics that nobody wants or that have no partitions are left out
    /// (`ConsumerPartitionAssignor.assign`).
    pub fn assign(self, topics: &[AssignableTopic], members: &[GroupMember]) -> Vec<Vec<TopicPartition>> {
        let input = Input::new(topics, members);
        let wanted = input.subscribed_topics();
        if wanted.iter().all(|wanted| *wanted) {
            return self.assign_input(&input);
        }
        let topics = input.topics.iter().zip(&wanted).filter(|(_, wanted)| **wanted).map(|(topic, _)| *topic);
        self.assign_input(&Input::of(topics.collect(), members))
    }

    /// The same with all topics, wanted or not: when all members have the same subscription the sticky assignors do not
    /// ask which (`AbstractPartitionAssignor.assignPartitions`).
    pub fn assign_partitions(
        self,
        topics: &[AssignableTopic],
        members: &[GroupMember],
    ) -> Vec<Vec<TopicPartition>> {
        self.assign_input(&Input::new(topics, members))
    }

    fn assign_input(self, input: &Input<'_>) -> Vec<Vec<TopicPartition>> {
        if input.members.is_empty() {
            return Vec::new();
        }
        match self {
            Self::Range => range::assign(input),
            Self::RoundRobin => round_robin::assign(input),
            Self::Sticky => sticky::assign(input, user_data::sticky),
            Self::CooperativeSticky => cooperative::assign(input),
        }
    }

    /// The bytes that the assignor adds to its member's subscription (`subscriptionUserData`).
    pub fn subscription_user_data(self, memory: &AssignorMemory) -> Option<Bytes> {
        match self {
            Self::Range | Self::RoundRobin => None,
            Self::Sticky => {
                memory.partitions.as_ref().map(|owned| user_data::put_sticky(owned, memory.generation))
            }
            Self::CooperativeSticky => Some(user_data::put_cooperative(memory.generation)),
        }
    }

    /// The member has its partitions of a generation: what its assignor must remember of it (`onAssignment`).
    pub fn on_assignment(self, memory: &mut AssignorMemory, partitions: &[TopicPartition], generation: i32) {
        match self {
            Self::Range | Self::RoundRobin => {}
            Self::Sticky => *memory = AssignorMemory { partitions: Some(partitions.to_vec()), generation },
            Self::CooperativeSticky => memory.generation = generation,
        }
    }
}

#[cfg(test)]
mod tests;
