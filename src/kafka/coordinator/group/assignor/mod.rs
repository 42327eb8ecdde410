//! Who reads what in a consumer group (KIP-848): the assignors that run in the coordinator.
//!
//! An assignor is a pure function of the members' subscriptions, of the target that they have now and of the topics.
//! Kafka keeps members, topics and partitions in hash maps, and the uniform assignor follows their order; ours follows
//! the same: [`hash_map_order`](crate::kafka::base::hash_map_order). Keys that fall into one bucket come in the order in
//! which they are given here, where Kafka has the order of yet another hash map.
//!
//! Source: `UniformAssignor` with its two builders, `RangeAssignor` of the group coordinator.

mod balancer;
mod heterogeneous;
mod homogeneous;
mod range;

use std::fmt;
use std::sync::Arc;

use crate::kafka::base::Map;
use crate::kafka::base::Profile;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;
use crate::kafka::base::hash_map_order;
use crate::kafka::base::java_hash;
use crate::kafka::base::java_hash_long;

/// The partitions of a member, by topic; topics without any are left out.
pub type Partitions = Map<Uuid, Set<i32>>;

/// Why there is no assignment (`PartitionAssignorException`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssignorError(String);

impl fmt::Display for AssignorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AssignorError {}

/// Whether all members want the same (`SubscriptionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubscriptionType {
    Homogeneous,
    Heterogeneous,
}

/// What an assignor knows about a member.
#[derive(Clone, Copy, Debug)]
pub struct MemberSpec<'a> {
    pub id: &'a str,
    /// `group.instance.id`
    pub instance: Option<&'a str>,
    /// The existing topics that it is subscribed to, each once.
    pub topics: &'a [Uuid],
    /// Its target until now. Who keeps it gets it back as it is: in a large group most members do.
    pub current: &'a Arc<Partitions>,
}

/// What an assignor knows about a group.
#[derive(Clone, Copy)]
pub struct GroupSpec<'a> {
    /// Whose Kafka: the newer one moves fewer partitions when they cannot be dealt out evenly.
    pub profile: Profile,
    pub members: &'a [MemberSpec<'a>],
    pub subscriptions: SubscriptionType,
    /// How many partitions a topic has.
    pub partitions: &'a dyn Fn(Uuid) -> Option<i32>,
}

/// The assignors that come with Kafka's broker (`group.consumer.assignors`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServerAssignor {
    /// As even as can be, with as few moves as can be. Kafka's default.
    Uniform,
    /// Ranges of each topic, the same numbers of all topics to one member.
    Range,
}

impl ServerAssignor {
    /// In the order of Kafka's default of `group.consumer.assignors`.
    pub const ALL: [Self; 2] = [Self::Uniform, Self::Range];

    /// What members ask for in `serverAssignor`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Range => "range",
        }
    }

    /// The assignor of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|assignor| assignor.name() == name)
    }

    /// The new target of each member, in the order of `spec.members`.
    ///
    /// # Errors
    /// A member is subscribed to a topic that does not exist.
    pub fn assign(self, spec: &GroupSpec<'_>) -> Result<Vec<Arc<Partitions>>, AssignorError> {
        if spec.members.is_empty() {
            return Ok(Vec::new());
        }
        match (self, spec.subscriptions) {
            (Self::Range, _) => range::assign(spec),
            (Self::Uniform, SubscriptionType::Homogeneous) => homogeneous::assign(spec),
            (Self::Uniform, SubscriptionType::Heterogeneous) => heterogeneous::assign(spec),
        }
    }
}

impl GroupSpec<'_> {
    /// Members in the order in which Kafka's map of them is walked.
    fn members_in_order(&self) -> Vec<usize> {
        hash_map_order(self.members.iter().map(|member| java_hash(member.id)))
    }

    fn count(&self, topic: Uuid) -> Result<usize, AssignorError> {
        let count = (self.partitions)(topic).and_then(|count| usize::try_from(count).ok());
        count.ok_or_else(|| {
            AssignorError(format!(
                "Members are subscribed to topic {topic} which doesn't exist in the topic metadata."
            ))
        })
    }
}

/// `Uuid.hashCode`
fn uuid_hash(id: Uuid) -> i32 {
    java_hash_long((id.most_significant_bits() ^ id.least_significant_bits()) as i64)
}

#[cfg(test)]
mod tests;
