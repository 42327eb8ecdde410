//! Membership in a classic group: what a member knows (`AbstractCoordinator`'s and `ConsumerCoordinator`'s fields).

use bytes::Bytes;

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::client::consumer::Assignor;
use crate::kafka::client::consumer::AssignorMemory;
use crate::kafka::client::consumer::RebalanceProtocol;
use crate::kafka::client::consumer::group::Heartbeat;
use crate::kafka::protocol::ErrorCode;

/// `AbstractCoordinator.MemberState`
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberState {
    Unjoined,
    /// JoinGroup is sent and not answered.
    PreparingRebalance,
    /// JoinGroup is answered, and the assignment not known yet.
    CompletingRebalance,
    Stable,
}

impl MemberState {
    pub const fn has_not_joined(self) -> bool {
        matches!(self, Self::Unjoined | Self::PreparingRebalance)
    }
}

/// Who this member is, and in which round of the group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Generation {
    /// -1 outside the group.
    pub id: i32,
    /// Empty before the coordinator has named it.
    pub member: Name,
    /// The assignor that the group has chosen.
    pub protocol: Option<Name>,
}

impl Generation {
    pub fn none() -> Self {
        Self { id: -1, member: "".into(), protocol: None }
    }

    /// Whether the generation was taken back since the member joined.
    pub const fn is_reset(&self) -> bool {
        self.id == -1 && self.protocol.is_none()
    }
}

/// The join under way (`joinFuture`).
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Join {
    Idle,
    Flying,
    Done(Bytes),
    Failed(ErrorCode),
}

/// What a leader was told when it was made one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Leading {
    /// Member id, instance id and the bytes of the subscription of each member.
    pub members: Vec<(Name, Option<Name>, Bytes)>,
    /// It comes back, and its group goes on with the assignment that it has.
    pub skip: bool,
}

/// What must be over before the join is sent: the automatic commit (`onJoinPrepare`).
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Prepare {
    pub deadline: Instant,
    pub commit: PrepareCommit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum PrepareCommit {
    Wanted,
    Flying,
    Over,
}

/// The partitions of each topic, with the racks of their replicas when this consumer has one; a change makes the leader
/// rejoin.
pub(super) type Snapshot = Map<Name, Vec<Set<Name>>>;

/// A member of a classic group.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Classic {
    pub(super) state: MemberState,
    pub(super) generation: Generation,
    pub(super) protocol: RebalanceProtocol,
    pub(super) rejoin_needed: bool,
    pub(super) rejoin_reason: Name,
    pub(super) needs_prepare: bool,
    pub(super) prepare: Option<Prepare>,
    pub(super) join: Join,
    /// It sleeps until then before it joins again.
    pub(super) not_before: Instant,
    /// The answer that made it leader, while it learns of topics that it does not read itself.
    pub(super) leading: Option<Leading>,
    pub(super) leader: bool,
    /// The topics of `subscribe`, or those that the pattern matches.
    pub(super) subscription: Set<Name>,
    /// The topics that it had told the group of when it joined.
    pub(super) joined_subscription: Option<Set<Name>>,
    /// Topics of all members, which the leader watches.
    pub(super) group_subscription: Option<Set<Name>>,
    pub(super) seen_metadata: u64,
    /// A pattern needs metadata that are newer than this version.
    pub(super) metadata_since: Option<u64>,
    pub(super) snapshot: Snapshot,
    /// What the leader had assigned from.
    pub(super) assignment_snapshot: Option<Snapshot>,
    /// The version of the metadata that was last compared with it.
    pub(super) compared_metadata: u64,
    /// What each assignor of `partition.assignment.strategy` remembers.
    pub(super) memories: Vec<AssignorMemory>,
    pub(super) heartbeat: Heartbeat,
}

impl Classic {
    pub(super) fn new(assignors: &[Assignor]) -> Self {
        Self {
            state: MemberState::Unjoined,
            generation: Generation::none(),
            protocol: Assignor::protocol(assignors),
            rejoin_needed: true,
            rejoin_reason: "".into(),
            needs_prepare: true,
            prepare: None,
            join: Join::Idle,
            not_before: Instant::ZERO,
            leading: None,
            leader: false,
            subscription: Set::new(),
            joined_subscription: None,
            group_subscription: None,
            seen_metadata: 0,
            metadata_since: None,
            snapshot: Map::new(),
            assignment_snapshot: None,
            compared_metadata: 0,
            memories: vec![AssignorMemory::default(); assignors.len()],
            heartbeat: Heartbeat::default(),
        }
    }

    pub fn state(&self) -> MemberState {
        self.state
    }

    /// Member id, generation, and the assignor that was chosen.
    pub fn generation(&self) -> &Generation {
        &self.generation
    }

    pub fn protocol(&self) -> RebalanceProtocol {
        self.protocol
    }

    /// Whether it leads its group in this generation: it assigns the partitions.
    pub fn is_leader(&self) -> bool {
        self.leader
    }

    /// Why it joins again, when it does: the `reason` of its next JoinGroup.
    pub fn rejoin_reason(&self) -> Option<&str> {
        (self.rejoin_needed && !self.rejoin_reason.is_empty()).then_some(&*self.rejoin_reason)
    }

    /// The topics that it wants to read: those of `subscribe`, or those that its pattern matches now.
    pub fn subscription(&self) -> &Set<Name> {
        &self.subscription
    }

    pub fn heartbeat(&self) -> &Heartbeat {
        &self.heartbeat
    }

    pub(in crate::kafka::client::consumer) fn subscribe(&mut self, topics: impl IntoIterator<Item = Name>) {
        self.subscription = topics.into_iter().collect();
        self.metadata_since = None;
    }

    /// Its topics follow from metadata that are newer than this version.
    pub(in crate::kafka::client::consumer) fn subscribe_by_pattern(&mut self, since: u64) {
        self.metadata_since = Some(since);
    }

    pub(super) fn request_rejoin(&mut self, reason: &str) {
        self.rejoin_reason = reason.into();
        self.rejoin_needed = true;
    }

    pub(super) fn request_rejoin_if_necessary(&mut self, reason: &str) {
        if !self.rejoin_needed {
            self.request_rejoin(reason);
        }
    }

    /// It is no member any more, or not in this generation (`resetStateAndRejoin`).
    pub(super) fn reset(&mut self, reason: &str, member_too: bool) {
        self.state = MemberState::Unjoined;
        let member = if member_too { "".into() } else { self.generation.member.clone() };
        self.generation = Generation { id: -1, member, protocol: None };
        self.request_rejoin(reason);
        self.needs_prepare = true;
    }

    /// Whether it takes part in a rebalance now.
    pub fn rebalancing(&self) -> bool {
        matches!(self.state, MemberState::PreparingRebalance | MemberState::CompletingRebalance)
    }
}
