//! Membership by KIP-848 (`group.protocol=consumer`): one request, ConsumerGroupHeartbeat, joins, leaves, tells what the
//! member has and brings what it shall have. The coordinator assigns; there is no barrier that all wait at.
//!
//! Source: `ConsumerMembershipManager`, `ConsumerHeartbeatRequestManager`.

mod heartbeat;
mod reconcile;

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;

/// The epoch of a member that joins.
const JOIN_EPOCH: i32 = 0;
/// The epoch of a member that leaves.
const LEAVE_EPOCH: i32 = -1;
/// The epoch of a static member that leaves and may come back.
const STATIC_LEAVE_EPOCH: i32 = -2;

/// `MemberState` of the consumer protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModernState {
    Unsubscribed,
    /// Its first heartbeat, with epoch 0, is not answered yet.
    Joining,
    /// It gives up and takes partitions, to have what it shall have.
    Reconciling,
    /// It has done so, and tells the coordinator with its next heartbeat.
    Acknowledging,
    Stable,
    /// The coordinator does not know it any more; `poll()` gives everything up as lost, and it joins again.
    Fenced,
    /// It says goodbye with its next heartbeat.
    Leaving,
    /// It has left because the application stayed away from `poll()`.
    Stale,
}

/// Partitions by the id of their topic, as the protocol names them.
pub(super) type ById = Map<Uuid, Set<i32>>;

/// What the last heartbeats said: only what has changed is said again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Sent {
    rebalance_timeout: bool,
    topics: Option<Set<Name>>,
    regex: Option<Name>,
    assignor: bool,
    partitions: Option<ById>,
}

/// A member of a KIP-848 group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Modern {
    state: ModernState,
    /// A text that the client draws itself; empty before its first heartbeat.
    member: Name,
    epoch: i32,
    /// What the coordinator wants it to have; nothing before it said so.
    target: Option<ById>,
    /// What it has, as it tells the coordinator.
    current: Option<ById>,
    sent: Sent,
    in_flight: bool,
    /// When the next heartbeat is due.
    next: Instant,
    interval_ms: i32,
    attempts: u32,
    last_sent: Option<Instant>,
    last_received: Option<Instant>,
    /// The commit before a reconciliation: nothing, on its way, done.
    committing: Committing,
    /// Its goodbye is due to `max.poll.interval.ms`: it joins again with the next `poll()`.
    expired: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Committing {
    Not,
    Flying { until: Instant },
    Done,
}

impl Modern {
    pub(super) fn new() -> Self {
        Self {
            state: ModernState::Unsubscribed,
            member: "".into(),
            epoch: JOIN_EPOCH,
            target: None,
            current: None,
            sent: Sent::default(),
            in_flight: false,
            next: Instant::ZERO,
            interval_ms: 0,
            attempts: 0,
            last_sent: None,
            last_received: None,
            committing: Committing::Not,
            expired: false,
        }
    }

    pub fn state(&self) -> ModernState {
        self.state
    }

    /// The member id, which the client draws itself; empty before it joins.
    pub fn member(&self) -> &Name {
        &self.member
    }

    /// The member epoch: 0 while it joins, -1 or -2 when it leaves.
    pub fn epoch(&self) -> i32 {
        self.epoch
    }

    /// What the coordinator wants it to have, by topic id.
    pub fn target(&self) -> Option<&Map<Uuid, Set<i32>>> {
        self.target.as_ref()
    }

    /// What it has, as it tells the coordinator.
    pub fn current(&self) -> Option<&Map<Uuid, Set<i32>>> {
        self.current.as_ref()
    }

    /// When the next heartbeat is due; the coordinator says how often.
    pub fn next_heartbeat(&self) -> Instant {
        self.next
    }

    /// `group.consumer.heartbeat.interval.ms` of the group, as the coordinator told.
    pub fn interval_ms(&self) -> i32 {
        self.interval_ms
    }

    pub fn last_sent(&self) -> Option<Instant> {
        self.last_sent
    }

    pub fn last_received(&self) -> Option<Instant> {
        self.last_received
    }

    /// Whether it may commit and fetch offsets as a member.
    pub fn is_member(&self) -> bool {
        self.epoch > 0 && self.sends_heartbeats()
    }

    /// Whether the background thread sends heartbeats (`shouldSkipHeartbeat`).
    pub(super) fn sends_heartbeats(&self) -> bool {
        !matches!(self.state, ModernState::Unsubscribed | ModernState::Fenced | ModernState::Stale)
    }

    /// Whether it takes part in a rebalance now.
    pub fn rebalancing(&self) -> bool {
        matches!(
            self.state,
            ModernState::Joining
                | ModernState::Reconciling
                | ModernState::Acknowledging
                | ModernState::Fenced
        )
    }

    fn is_urgent(&self) -> bool {
        matches!(self.state, ModernState::Joining | ModernState::Acknowledging | ModernState::Leaving)
    }

    /// When the commit before a reconciliation is given up.
    pub(super) fn commit_deadline(&self) -> Option<Instant> {
        match self.committing {
            Committing::Flying { until } => Some(until),
            _ => None,
        }
    }

    pub(super) fn commit_is_over(&mut self) {
        if matches!(self.committing, Committing::Flying { .. }) {
            self.committing = Committing::Done;
        }
    }

    /// Begins to join, with epoch 0 and nothing.
    fn rejoin(&mut self) {
        self.state = ModernState::Joining;
        self.epoch = JOIN_EPOCH;
        self.target = None;
        self.current = None;
        self.committing = Committing::Not;
        self.expired = false;
    }

    fn is_reconciled(&self) -> bool {
        self.target == self.current
    }
}

/// Partitions by topic id; topics whose id is not known are left out.
fn by_id<'a>(
    partitions: impl Iterator<Item = &'a TopicPartition>,
    id: impl Fn(&str) -> Option<Uuid>,
) -> ById {
    let mut out = ById::new();
    for tp in partitions {
        if let Some(id) = id(&tp.topic) {
            out.entry(id).or_default().insert(tp.partition);
        }
    }
    out
}
