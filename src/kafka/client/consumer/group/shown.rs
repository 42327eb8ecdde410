//! What others may see of a consumer's side of its group.

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::GroupProtocol;
use crate::kafka::client::consumer::group::Classic;
use crate::kafka::client::consumer::group::CommitOutcome;
use crate::kafka::client::consumer::group::Committed;
use crate::kafka::client::consumer::group::Group;
use crate::kafka::client::consumer::group::ListenerCall;
use crate::kafka::client::consumer::group::Modern;
use crate::kafka::client::consumer::group::PendingCommit;

impl Group {
    /// `group.id`
    pub fn id(&self) -> Option<&Name> {
        self.id.as_ref()
    }

    /// `group.instance.id`: such a member keeps its place while it is away.
    pub fn instance(&self) -> Option<&Name> {
        self.instance.as_ref()
    }

    /// The broker that coordinates the group, as far as this consumer knows.
    pub fn coordinator(&self) -> Option<NodeId> {
        self.coordinator
    }

    /// `group.protocol`: which of [`classic`](Self::classic) and [`modern`](Self::modern) is the membership.
    pub fn protocol(&self) -> GroupProtocol {
        self.protocol
    }

    /// The member id; empty before it has one.
    pub fn member(&self) -> &Name {
        match self.protocol {
            GroupProtocol::Classic => &self.classic.generation.member,
            GroupProtocol::Consumer => self.modern.member(),
        }
    }

    /// The generation of a classic group, or the member epoch of a KIP-848 group; -1 outside a group.
    pub fn generation(&self) -> i32 {
        match self.protocol {
            GroupProtocol::Classic => self.classic.generation.id,
            GroupProtocol::Consumer => self.modern.epoch(),
        }
    }

    /// The state of the membership, as Kafka's client calls it.
    pub fn state_name(&self) -> String {
        match self.protocol {
            GroupProtocol::Classic => format!("{:?}", self.classic.state),
            GroupProtocol::Consumer => format!("{:?}", self.modern.state()),
        }
    }

    /// Membership by KIP-848.
    pub fn modern(&self) -> &Modern {
        &self.modern
    }

    /// Membership by the classic protocol. Its `subscription` counts in both protocols.
    pub fn classic(&self) -> &Classic {
        &self.classic
    }

    /// The last calls of the rebalance listener, oldest first.
    pub fn listener_calls(&self) -> impl DoubleEndedIterator<Item = &ListenerCall> {
        self.calls.iter()
    }

    /// Committed offsets that it knows of, its own and those that it has asked for.
    pub fn committed(&self) -> &Map<TopicPartition, Committed> {
        &self.committed
    }

    /// Commits that are not answered yet.
    pub fn commits(&self) -> &[PendingCommit] {
        &self.commits
    }

    /// How the last commit ended.
    pub fn last_commit(&self) -> Option<&CommitOutcome> {
        self.last_commit.as_ref()
    }

    /// When `poll()` commits by itself next.
    pub fn auto_commit_at(&self) -> Option<Instant> {
        self.auto_commit_at
    }

    /// Rebalances that this member has completed.
    pub fn rebalances(&self) -> u64 {
        self.rebalances
    }

    /// Since when it takes part in a rebalance.
    pub fn rebalancing_since(&self) -> Option<Instant> {
        self.rebalancing_since
    }

    /// Begin and end of the last rebalance that it completed.
    pub fn last_rebalance(&self) -> Option<(Instant, Instant)> {
        self.last_rebalance
    }
}
