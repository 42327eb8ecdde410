//! Classic groups: the members choose a protocol and a leader, and the leader assigns (`ClassicGroup`, and the half of
//! `GroupMetadataManager` that serves them).

mod complete;
mod describe;
mod handlers;
mod heartbeat;
mod join;
mod leave;
mod member;
mod migrate;
mod protocols;
mod rebalance;
mod records;
mod replace;
mod state;
mod sync;

pub(crate) use join::REQUIRES_KNOWN_MEMBER_ID;
pub use member::ClassicMember;
pub use member::Protocol;
pub(crate) use replace::Replaced;
pub use state::ClassicState;

use std::sync::Arc;

use super::HashOrder;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::TimerKey;
use crate::kafka::protocol::ErrorCode;

/// The protocol type of consumers (`ConsumerProtocol.PROTOCOL_TYPE`).
pub const CONSUMER: &str = "consumer";

/// A group whose members join and sync.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClassicGroup {
    pub name: Name,
    pub state: ClassicState,
    pub previous_state: ClassicState,
    /// Since when it is in its state, in milliseconds since 1970.
    pub state_since: Option<i64>,
    /// What kind of group it is: `consumer`, `connect`. `None` for a group that only has offsets.
    pub protocol_type: Option<Name>,
    /// The protocol that this generation has chosen.
    pub protocol: Option<Name>,
    /// The number of the last rebalance that was completed.
    pub generation: i32,
    pub leader: Option<Name>,
    pub members: HashOrder<Arc<ClassicMember>>,
    /// Member ids of static members, by `group.instance.id`.
    pub static_members: Map<Name, Name>,
    /// Ids that were given out and have not joined yet.
    pub pending_join: Set<Name>,
    /// Who has been told the new generation and has not synced yet.
    pub pending_sync: Set<Name>,
    /// What the members read, where their subscriptions tell.
    pub subscribed_topics: Option<Set<Name>>,
    /// Somebody came during the initial delay: it is extended.
    pub new_member_added: bool,
}

impl ClassicGroup {
    pub(crate) fn new(name: Name, now_ms: i64) -> Self {
        Self {
            name,
            state: ClassicState::Empty,
            previous_state: ClassicState::Dead,
            state_since: Some(now_ms),
            protocol_type: None,
            protocol: None,
            generation: 0,
            leader: None,
            members: HashOrder::default(),
            static_members: Map::new(),
            pending_join: Set::new(),
            pending_sync: Set::new(),
            subscribed_topics: None,
            new_member_added: false,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.state == ClassicState::Empty
    }

    pub fn is_leader(&self, member: &str) -> bool {
        self.leader.as_deref() == Some(member)
    }

    /// Whether its members speak the protocol of consumers.
    pub fn is_of_consumers(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    pub fn member(&self, id: &str) -> Option<&ClassicMember> {
        self.members.get(id).map(|member| &**member)
    }

    pub(crate) fn member_mut(&mut self, id: &str) -> Option<&mut ClassicMember> {
        self.members.get_mut(id).map(Arc::make_mut)
    }

    pub(crate) fn member_ids(&self) -> Vec<Name> {
        self.members.keys().cloned().collect()
    }

    pub(crate) fn awaiting_join(&self) -> usize {
        self.members.values().filter(|member| member.awaiting_join.is_some()).count()
    }

    pub(crate) fn has_all_joined(&self) -> bool {
        self.pending_join.is_empty() && self.awaiting_join() == self.members.len()
    }

    /// How long a rebalance may take: as long as the slowest member asks for.
    pub fn rebalance_timeout_ms(&self) -> i32 {
        self.members.values().map(|member| member.rebalance_timeout_ms).max().unwrap_or(0).max(0)
    }

    pub(crate) fn transition(&mut self, to: ClassicState, now_ms: i64) {
        debug_assert!(to.may_follow(self.state), "{:?} after {:?}", to, self.state);
        self.previous_state = self.state;
        self.state = to;
        self.state_since = Some(now_ms);
    }

    pub(crate) fn add(&mut self, member: ClassicMember) {
        let id = member.id.clone();
        if let Some(instance) = &member.instance {
            self.static_members.insert(instance.clone(), id.clone());
        }
        if self.members.is_empty() {
            self.protocol_type = Some(member.protocol_type.clone());
        }
        self.leader.get_or_insert_with(|| id.clone());
        self.pending_join.remove(&id);
        self.members.insert(id, Arc::new(member));
    }

    /// Takes a member, or an id that was only given out, from the group. The next leader is the first in the order of a
    /// Java hash map.
    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(instance) = self.members.remove(id).and_then(|member| member.instance.clone()) {
            self.static_members.remove(&instance);
        }
        if self.is_leader(id) {
            self.leader = self.members.keys().next().cloned();
        }
        self.pending_join.remove(id);
        self.pending_sync.remove(id);
    }

    /// Refuses who is not a member under this id and this `group.instance.id`.
    ///
    /// # Errors
    /// `UNKNOWN_MEMBER_ID`, `FENCED_INSTANCE_ID`.
    pub(crate) fn validate_member(&self, id: &str, instance: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(instance) = instance {
            match self.static_members.get(instance) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(known) if **known != *id => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains(id) { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }

    pub(crate) fn join_key(&self) -> TimerKey {
        TimerKey::Join { group: self.name.clone() }
    }

    pub(crate) fn sync_key(&self) -> TimerKey {
        TimerKey::Sync { group: self.name.clone() }
    }

    pub(crate) fn heartbeat_key(&self, member: &str) -> TimerKey {
        TimerKey::Heartbeat { group: self.name.clone(), member: Name::from(member) }
    }

    /// A member has shown that it lives: its session starts anew.
    pub(crate) fn restart_session(&self, hands: &mut Hands<'_, '_>, member: &str) {
        if let Some(session_ms) = self.member(member).map(|member| member.session_timeout_ms) {
            self.restart_session_of(hands, member, session_ms);
        }
    }

    pub(crate) fn restart_session_of(&self, hands: &mut Hands<'_, '_>, member: &str, timeout_ms: i32) {
        hands.schedule(self.heartbeat_key(member), timeout_ms, crate::kafka::coordinator::shard::Work::Plain);
    }
}
