//! JoinGroup.

use super::ClassicGroup;
use super::ClassicState;
use super::member::ClassicMember;
use super::member::offered;
use crate::kafka::base::Name;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::shard::Hands;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::join_refused;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestData;
use crate::kafka::protocol::messages::join_group_response::JoinGroupResponseData;
use crate::kafka::protocol::messages::join_group_response::JoinGroupResponseMember;

/// How long a member that has no id yet may wait for its first generation
/// (`group.new.member.join.timeout.ms`, internal): it cannot send heartbeats.
const NEW_MEMBER_JOIN_TIMEOUT_MS: i32 = 300_000;
/// From this version on a member without an id is given one and asked to come again (KIP-394).
pub(crate) const REQUIRES_KNOWN_MEMBER_ID: i16 = 4;

impl ClassicGroup {
    /// `classicGroupJoinToClassicGroup`, for a group that is there.
    pub(crate) fn join(
        &mut self,
        hands: &mut Hands<'_, '_>,
        ticket: Ticket,
        ask: &Ask,
        request: &JoinGroupRequestData,
    ) -> Outcome {
        let id = request.member_id.as_str();
        if !self.accepts(hands, id) {
            self.remove(id);
            refuse(hands, ticket, KafkaString::default(), ErrorCode::GroupMaxSizeReached);
            return Outcome::nothing();
        }
        let error = if self.state == ClassicState::Dead {
            Some(ErrorCode::CoordinatorNotAvailable)
        } else if !self.supports(request.protocol_type.as_str(), &offered(request)) {
            Some(ErrorCode::InconsistentGroupProtocol)
        } else {
            None
        };
        if let Some(error) = error {
            refuse(hands, ticket, request.member_id.clone(), error);
            return Outcome::nothing();
        }
        if id.is_empty() {
            self.join_without_id(hands, ticket, ask, request)
        } else if self.pending_join.contains(id) {
            self.join_new(hands, ticket, ask, request, Name::from(id))
        } else {
            self.join_again(hands, ticket, request)
        }
    }

    /// Whether there is place for one more (`acceptJoiningMember`). While members rejoin, those who have are counted: the
    /// last ones to come go, when the limit has become smaller.
    fn accepts(&self, hands: &Hands<'_, '_>, id: &str) -> bool {
        let max = usize::try_from(hands.config.max_size).unwrap_or(0);
        match self.state {
            ClassicState::Empty | ClassicState::Dead => true,
            ClassicState::PreparingRebalance => {
                self.member(id).is_some_and(|member| member.awaiting_join.is_some())
                    || self.awaiting_join() < max
            }
            ClassicState::CompletingRebalance | ClassicState::Stable => {
                self.members.contains(id) || self.members.len() < max
            }
        }
    }

    fn join_without_id(
        &mut self,
        hands: &mut Hands<'_, '_>,
        ticket: Ticket,
        ask: &Ask,
        request: &JoinGroupRequestData,
    ) -> Outcome {
        let instance = request.group_instance_id.as_ref();
        let stem = instance.map_or(&*ask.client_id, KafkaString::as_str);
        let id = Name::from(format!("{stem}-{}", java_uuid((hands.io.fresh)())));
        if let Some(instance) = instance {
            return match self.static_members.get(instance.as_str()).cloned() {
                Some(old) => self.join_instead_of(hands, ticket, ask, request, &old, id),
                None => self.join_new(hands, ticket, ask, request, id),
            };
        }
        if ask.version < REQUIRES_KNOWN_MEMBER_ID {
            return self.join_new(hands, ticket, ask, request, id);
        }
        self.pending_join.insert(id.clone());
        self.restart_session_of(hands, &id, request.session_timeout_ms);
        refuse(hands, ticket, text(&id), ErrorCode::MemberIdRequired);
        Outcome::nothing()
    }

    /// Somebody becomes a member (`addMemberThenRebalanceOrCompleteJoin`).
    fn join_new(
        &mut self,
        hands: &mut Hands<'_, '_>,
        ticket: Ticket,
        ask: &Ask,
        request: &JoinGroupRequestData,
        id: Name,
    ) -> Outcome {
        if self.state == ClassicState::PreparingRebalance && self.initial_delay_grows(hands) {
            self.new_member_added = true;
        }
        self.add(ClassicMember::joining(id.clone(), ask, request, ticket));
        self.restart_session_of(hands, &id, NEW_MEMBER_JOIN_TIMEOUT_MS);
        self.rebalance_or_complete_join(hands)
    }

    /// Whether newcomers extend the delay of a rebalance that is under way.
    fn initial_delay_grows(&self, hands: &Hands<'_, '_>) -> bool {
        if hands.edition().extends_every_initial_delay() {
            self.previous_state == ClassicState::Empty
        } else {
            self.generation == 0
        }
    }

    /// A member comes again (`classicGroupJoinExistingMember`).
    fn join_again(
        &mut self,
        hands: &mut Hands<'_, '_>,
        ticket: Ticket,
        request: &JoinGroupRequestData,
    ) -> Outcome {
        let id = request.member_id.as_str();
        let instance = request.group_instance_id.as_ref().map(KafkaString::as_str);
        if let Err(error) = self.validate_member(id, instance) {
            let response =
                join_refused(error).with_member_id(request.member_id.clone()).with_protocol_name(None);
            hands.answer(ticket, Response::JoinGroup(response));
            return Outcome::nothing();
        }
        let unchanged = self.member(id).is_some_and(|member| member.protocols == offered(request));
        match self.state {
            ClassicState::PreparingRebalance => {}
            // It has not got the answer: here it is again.
            ClassicState::CompletingRebalance if unchanged => {
                let response = self.joined(id, self.is_leader(id));
                hands.answer(ticket, Response::JoinGroup(response));
                return Outcome::nothing();
            }
            // A leader may rebalance for what only he sees, a follower not.
            ClassicState::Stable if unchanged && !self.is_leader(id) => {
                hands.answer(ticket, Response::JoinGroup(self.joined(id, false)));
                return Outcome::nothing();
            }
            ClassicState::CompletingRebalance | ClassicState::Stable => {}
            ClassicState::Empty | ClassicState::Dead => {
                refuse(hands, ticket, request.member_id.clone(), ErrorCode::UnknownMemberId);
                return Outcome::nothing();
            }
        }
        self.update_member(id, request, Some(ticket));
        self.rebalance_or_complete_join(hands)
    }

    pub(super) fn update_member(&mut self, id: &str, request: &JoinGroupRequestData, ticket: Option<Ticket>) {
        if let Some(member) = self.member_mut(id) {
            member.protocols = offered(request);
            member.rebalance_timeout_ms = request.rebalance_timeout_ms;
            member.session_timeout_ms = request.session_timeout_ms;
            member.awaiting_join = ticket;
        }
    }

    /// The answer to a member of this generation; the leader's lists everybody.
    pub(super) fn joined(&self, id: &str, with_members: bool) -> JoinGroupResponseData {
        let protocol = self.protocol.as_deref().unwrap_or_default();
        let mut response = JoinGroupResponseData::default()
            .with_member_id(text(id))
            .with_generation_id(self.generation)
            .with_protocol_type(self.protocol_type.as_deref().map(text))
            .with_protocol_name(self.protocol.as_deref().map(text))
            .with_leader(text(self.leader.as_deref().unwrap_or_default()));
        if with_members {
            let member = |member: &std::sync::Arc<ClassicMember>| {
                JoinGroupResponseMember::default()
                    .with_member_id(text(&member.id))
                    .with_group_instance_id(member.instance.as_deref().map(text))
                    .with_metadata(member.metadata(protocol).cloned().unwrap_or_default())
            };
            response.members = self.members.values().map(member).collect();
        }
        response
    }

    /// Answers the JoinGroup that a member waits with; `false` when it waits with none.
    pub(super) fn answer_join(
        &mut self,
        hands: &mut Hands<'_, '_>,
        id: &str,
        response: JoinGroupResponseData,
    ) -> bool {
        let ticket = self.member_mut(id).and_then(|member| member.awaiting_join.take());
        if let Some(ticket) = ticket {
            hands.answer(ticket, Response::JoinGroup(response));
        }
        ticket.is_some()
    }
}

fn refuse(hands: &mut Hands<'_, '_>, ticket: Ticket, member: KafkaString, error: ErrorCode) {
    let response = join_refused(error).with_member_id(member);
    hands.answer(ticket, Response::JoinGroup(response));
}

/// As `java.util.UUID` prints it.
fn java_uuid(id: Uuid) -> String {
    id.inner().hyphenated().to_string()
}
