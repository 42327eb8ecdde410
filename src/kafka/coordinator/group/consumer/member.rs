//! A member of a consumer group (KIP-848; Kafka: `ConsumerGroupMember`, `ModernGroupMember`).

use bytes::Bytes;

use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;

/// Partitions of topics that a member should own.
pub type Target = Map<Uuid, Set<i32>>;
/// Partitions that a member owns, each with the epoch in which it was assigned (KIP-1251).
pub type Owned = Map<Uuid, Map<i32, Epoch>>;

/// A member's epoch when it leaves.
pub const LEAVE: Epoch = -1;
/// The epoch of a static member that leaves and may come back (KIP-848).
pub const LEAVE_STATIC: Epoch = -2;

/// Where a member stands on its way to its target (Kafka: `MemberState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MemberState {
    /// It owns what it should, as far as it knows its target.
    #[default]
    Stable,
    /// It must give up partitions before it may go on.
    UnrevokedPartitions,
    /// It waits for partitions that others still hold.
    UnreleasedPartitions,
    /// A state of a newer Kafka: the member is asked to start again.
    Unknown,
}

impl MemberState {
    pub(in crate::kafka::coordinator) const fn code(self) -> i8 {
        match self {
            Self::Stable => 0,
            Self::UnrevokedPartitions => 1,
            Self::UnreleasedPartitions => 2,
            Self::Unknown => 127,
        }
    }

    pub(in crate::kafka::coordinator) const fn from_code(code: i8) -> Self {
        match code {
            0 => Self::Stable,
            1 => Self::UnrevokedPartitions,
            2 => Self::UnreleasedPartitions,
            _ => Self::Unknown,
        }
    }
}

/// What a member of the classic protocol inside a consumer group said when it joined.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClassicMember {
    pub session_timeout_ms: i32,
    /// Its protocols with their subscriptions, the preferred one first.
    pub protocols: Vec<(Name, Bytes)>,
}

/// What a member said about itself; it is persisted in its `ConsumerGroupMemberMetadata` record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberMetadata {
    /// `group.instance.id` of a static member (KIP-345).
    pub instance: Option<Name>,
    pub rack: Option<Name>,
    pub client_id: Name,
    pub client_host: Name,
    pub topics: Set<Name>,
    /// A regular expression over topic names; empty: none.
    pub regex: Name,
    pub rebalance_timeout_ms: i32,
    /// The server-side assignor that it votes for.
    pub assignor: Option<Name>,
    /// Set when it speaks the classic protocol.
    pub classic: Option<ClassicMember>,
}

/// A member of a consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    pub id: Name,
    pub epoch: Epoch,
    pub previous_epoch: Epoch,
    pub state: MemberState,
    pub metadata: MemberMetadata,
    pub assigned: Owned,
    pub revoking: Owned,
}

impl Member {
    /// A member that nobody has heard of yet.
    pub fn new(id: &Name) -> Self {
        let metadata = MemberMetadata {
            instance: None,
            rack: None,
            client_id: Name::from(""),
            client_host: Name::from(""),
            topics: Set::new(),
            regex: Name::from(""),
            rebalance_timeout_ms: -1,
            assignor: None,
            classic: None,
        };
        Self {
            id: id.clone(),
            epoch: 0,
            previous_epoch: -1,
            state: MemberState::Stable,
            metadata,
            assigned: Owned::new(),
            revoking: Owned::new(),
        }
    }

    /// Whether it speaks the classic protocol.
    pub const fn is_classic(&self) -> bool {
        self.metadata.classic.is_some()
    }

    /// The regular expression that it subscribed to.
    pub fn regex(&self) -> Option<&Name> {
        Some(&self.metadata.regex).filter(|regex| !regex.is_empty())
    }

    /// Whether it has reached the target of this epoch.
    pub fn is_reconciled_to(&self, epoch: Epoch) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }

    /// Enters the next epoch; the one it was in is remembered, since the answer may be lost.
    pub(super) fn enter(&mut self, epoch: Epoch) {
        self.previous_epoch = self.epoch;
        self.epoch = epoch;
    }

    /// In which epoch it got a partition that it holds or still has to give up; none: it does not hold it.
    pub fn assigned_in(&self, topic: Uuid, partition: i32) -> Option<Epoch> {
        let find = |owned: &Owned| owned.get(&topic).and_then(|of| of.get(&partition)).copied();
        find(&self.assigned).or_else(|| find(&self.revoking))
    }
}

/// Whether two assignments hold the same partitions, whenever they were assigned.
pub(super) fn same_partitions(one: &Owned, other: &Owned) -> bool {
    one.len() == other.len()
        && one.iter().zip(other.iter()).all(|((a, of_a), (b, of_b))| a == b && of_a.keys().eq(of_b.keys()))
}

/// The partitions of an assignment without their epochs.
pub(super) fn partitions_of(owned: &Owned) -> Target {
    owned.iter().map(|(topic, of)| (*topic, of.keys().copied().collect())).collect()
}
