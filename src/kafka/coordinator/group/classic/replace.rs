//! A static member comes back under a new id (KIP-345).

use super::ClassicGroup;
use super::ClassicState;
use super::member::Protocol;
use crate::kafka::base::Name;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::group::ClassicId;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Then;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestData;
use crate::kafka::protocol::messages::join_group_response::JoinGroupResponseData;
use crate::kafka::protocol::messages::sync_group_response::SyncGroupResponseData;

/// From this version on a leader can be told not to assign (KIP-814).
const SUPPORTS_SKIPPING_ASSIGNMENT: i16 = 9;

/// What is to be undone when the new id cannot be stored.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) struct Replaced {
    pub group: ClassicId,
    instance: Name,
    old: Name,
    new: Name,
    old_protocols: Vec<Protocol>,
    old_rebalance_timeout_ms: i32,
    old_session_timeout_ms: i32,
    /// The leader before the replacement.
    leader: Option<Name>,
    version: i16,
    ticket: Ticket,
}

impl ClassicGroup {
    /// `updateStaticMemberThenRebalanceOrCompleteJoin`: in a stable group nothing happens beyond the new id, unless another
    /// protocol would win now.
    pub(super) fn join_instead_of(
        &mut self,
        hands: &mut Hands<'_, '_>,
        ticket: Ticket,
        ask: &Ask,
        request: &JoinGroupRequestData,
        old: &Name,
        new: Name,
    ) -> Outcome {
        let leader = self.leader.clone();
        let Some(instance) = self.member(old).and_then(|member| member.instance.clone()) else {
            return Outcome::nothing();
        };
        self.replace_static_member(hands, &instance, old, &new);
        self.restart_session(hands, &new);
        let Some(member) = self.member(&new) else { return Outcome::nothing() };
        let replaced = Replaced {
            group: hands.group,
            instance,
            old: old.clone(),
            new: new.clone(),
            old_protocols: member.protocols.clone(),
            old_rebalance_timeout_ms: member.rebalance_timeout_ms,
            old_session_timeout_ms: member.session_timeout_ms,
            leader,
            version: ask.version,
            ticket,
        };
        self.update_member(&new, request, Some(ticket));
        match self.state {
            ClassicState::Stable
                if self.protocol.is_some() && self.protocol == self.select_protocol(hands.edition()) =>
            {
                let record = self.record(|member| member.assignment.clone());
                Outcome::note(vec![record], Then::Replaced(Box::new(replaced)))
            }
            ClassicState::Stable => self.rebalance_or_complete_join(hands),
            // The leader assigns to the old id already: all over again.
            ClassicState::CompletingRebalance => self.prepare_rebalance(hands),
            _ => self.maybe_complete_join(hands),
        }
    }

    /// The new id takes the place of the old one, whose requests are told that they are fenced.
    fn replace_static_member(&mut self, hands: &mut Hands<'_, '_>, instance: &Name, old: &Name, new: &Name) {
        let fenced = ErrorCode::FencedInstanceId.code();
        let joined = JoinGroupResponseData::default().with_member_id(text(old)).with_error_code(fenced);
        self.answer_join(hands, old, joined);
        let waits = self.member_mut(old).and_then(|member| member.awaiting_sync.take());
        if let Some(ticket) = waits {
            let synced = SyncGroupResponseData::default().with_error_code(fenced);
            hands.answer(ticket, Response::SyncGroup(synced));
        }
        let Some(mut member) = self.members.remove(old) else { return };
        let changed = std::sync::Arc::make_mut(&mut member);
        changed.id = new.clone();
        changed.is_new = false;
        self.members.insert(new.clone(), member);
        if self.is_leader(old) {
            self.leader = Some(new.clone());
        }
        self.static_members.insert(instance.clone(), new.clone());
    }

    /// The new id is stored: the member has its generation, without a rebalance. Or it is not, and the old one is back.
    pub(crate) fn replacement_stored(
        &mut self,
        hands: &mut Hands<'_, '_>,
        replaced: Replaced,
        error: Option<ErrorCode>,
    ) {
        if let Some(error) = error {
            self.take_back(hands, replaced, error);
            return;
        }
        let is_leader = self.is_leader(&replaced.new);
        let response = if replaced.version >= SUPPORTS_SKIPPING_ASSIGNMENT {
            self.joined(&replaced.new, is_leader).with_skip_assignment(is_leader)
        } else {
            // An old client that hears another leader's name does not assign.
            self.joined(&replaced.new, false)
                .with_leader(text(replaced.leader.as_deref().unwrap_or_default()))
        };
        self.answer_join(hands, &replaced.new, response);
    }

    fn take_back(&mut self, hands: &mut Hands<'_, '_>, replaced: Replaced, error: ErrorCode) {
        let restored = hands.edition().restores_protocols();
        if let Some(member) = self.member_mut(&replaced.new) {
            if restored {
                member.protocols = replaced.old_protocols;
            }
            member.rebalance_timeout_ms = replaced.old_rebalance_timeout_ms;
            member.session_timeout_ms = replaced.old_session_timeout_ms;
            member.awaiting_join = None;
        }
        self.replace_static_member(hands, &replaced.instance, &replaced.new, &replaced.old);
        self.restart_session(hands, &replaced.old);
        let response = self
            .joined("", false)
            .with_leader(text(replaced.leader.as_deref().unwrap_or_default()))
            .with_error_code(hands.edition().store_error(error).code());
        hands.answer(replaced.ticket, Response::JoinGroup(response));
    }
}
