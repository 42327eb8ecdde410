//! Joining: JoinGroup, SyncGroup, and their answers (`AbstractCoordinator.joinGroupIfNeeded`, its response handlers).

use super::classic::Join;
use super::classic::Leading;
use super::coordinator::kafka_text;
use super::heartbeat::ms;
use crate::kafka::base::Duration;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::group::Generation;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use crate::kafka::protocol::consumer_protocol::HIGHEST_VERSION;
use crate::kafka::protocol::consumer_protocol::PROTOCOL_TYPE;
use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestData;
use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestProtocol;
use crate::kafka::protocol::messages::join_group_response::JoinGroupResponseData;
use crate::kafka::protocol::messages::join_group_response::JoinGroupResponseMember;
use crate::kafka::protocol::messages::sync_group_response::SyncGroupResponseData;

/// A JoinGroup waits so much longer than the rebalance timeout (`JOIN_GROUP_TIMEOUT_LAPSE`).
const JOIN_LAPSE: Duration = Duration::from_secs(5);

impl Consumer {
    /// Goes on with the rebalance as far as it can now; true when there is nothing to do.
    pub(super) fn join_if_needed(&mut self, cx: &mut Context<'_>) -> bool {
        while self.rejoin_needed() {
            if self.ended.is_some() || !self.find_coordinator(cx) || self.group.classic.not_before > cx.now {
                return false;
            }
            if self.group.classic.needs_prepare && !self.prepare_join(cx) {
                return false;
            }
            match std::mem::replace(&mut self.group.classic.join, Join::Idle) {
                Join::Idle => {
                    self.send_join(cx);
                    return false;
                }
                Join::Flying => {
                    self.group.classic.join = Join::Flying;
                    return false;
                }
                Join::Done(assignment) => self.finish_join(cx, &assignment),
                Join::Failed(error) => {
                    if !self.join_failed(cx, error) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Whether the next try may come at once.
    fn join_failed(&mut self, cx: &mut Context<'_>, error: ErrorCode) -> bool {
        let at_once = matches!(
            error,
            ErrorCode::UnknownMemberId
                | ErrorCode::IllegalGeneration
                | ErrorCode::RebalanceInProgress
                | ErrorCode::MemberIdRequired
        );
        if error != ErrorCode::MemberIdRequired {
            let reason = format!("rebalance failed due to {error:?}Exception");
            self.group.classic.request_rejoin(&reason);
        }
        if !at_once && !is_retriable(error) {
            self.throw(cx, error);
        } else if !at_once {
            let wait = Duration::from_millis(self.config.retry_backoff_ms.unsigned_abs());
            self.group.classic.not_before = cx.now + wait;
        }
        at_once
    }

    fn send_join(&mut self, cx: &mut Context<'_>) {
        let rebalance_timeout = self.config.max_poll_interval_ms;
        self.group.classic.state = MemberState::PreparingRebalance;
        self.group.classic.join = Join::Flying;
        self.group.rebalancing_since.get_or_insert(cx.now);
        let protocols = self.protocols();
        let classic = &self.group.classic;
        let request = JoinGroupRequestData::default()
            .with_group_id(self.group_name())
            .with_session_timeout_ms(self.config.session_timeout_ms)
            .with_rebalance_timeout_ms(rebalance_timeout)
            .with_member_id(kafka_text(&classic.generation.member))
            .with_group_instance_id(self.instance_name())
            .with_protocol_type(kafka_text(PROTOCOL_TYPE))
            .with_protocols(protocols)
            .with_reason(Some(kafka_text(&classic.rejoin_reason)));
        let tag = GroupTag::Join(classic.generation.clone());
        let timeout = (ms(rebalance_timeout) + JOIN_LAPSE).max(ms(self.config.request_timeout_ms));
        self.tell_coordinator_within(cx, Request::JoinGroup(request), tag, timeout);
    }

    /// What each assignor tells the leader of this member (`ConsumerCoordinator.metadata`).
    fn protocols(&mut self) -> Vec<JoinGroupRequestProtocol> {
        let classic = &mut self.group.classic;
        classic.joined_subscription = Some(classic.subscription.clone());
        let mut subscription = ConsumerProtocolSubscription {
            topics: classic.subscription.iter().cloned().collect(),
            user_data: None,
            owned: self.assigned.keys().cloned().collect(),
            generation: classic.generation.id,
            rack: self.config.client_rack.clone(),
        };
        let assignors = self.config.assignors.iter().zip(&classic.memories);
        let protocol = assignors.map(|(assignor, memory)| {
            subscription.user_data = assignor.subscription_user_data(memory);
            JoinGroupRequestProtocol::default()
                .with_name(kafka_text(assignor.name()))
                .with_metadata(subscription.encode(HIGHEST_VERSION).unwrap_or_default())
        });
        protocol.collect()
    }

    pub(super) fn fail_join(&mut self, error: ErrorCode) {
        self.group.classic.leading = None;
        self.group.classic.join = Join::Failed(error);
    }

    pub(super) fn on_join(
        &mut self,
        cx: &mut Context<'_>,
        sent: &Generation,
        answer: &JoinGroupResponseData,
    ) {
        let error = ErrorCode::from(answer.error_code);
        let unchanged = self.group.classic.generation == *sent;
        match error {
            ErrorCode::None => return self.on_joined(cx, answer),
            ErrorCode::UnknownMemberId if unchanged => self.reset_on_error(error, "JOIN_GROUP"),
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.fail_join(error);
                return self.forget_coordinator(cx);
            }
            ErrorCode::MemberIdRequired => {
                let member = name(answer.member_id.as_str());
                let reason = format!("need to re-join with the given member-id: {member}");
                self.group.classic.generation = Generation { id: -1, member, protocol: None };
                self.group.classic.request_rejoin(&reason);
            }
            _ => {}
        }
        self.fail_join(error);
    }

    fn on_joined(&mut self, cx: &mut Context<'_>, answer: &JoinGroupResponseData) {
        if answer.protocol_type.as_ref().is_some_and(|kind| kind.as_str() != PROTOCOL_TYPE) {
            return self.fail_join(ErrorCode::InconsistentGroupProtocol);
        }
        if self.group.classic.state != MemberState::PreparingRebalance {
            // The heartbeat thread has left the group meanwhile (`UnjoinedGroupException`, which is retriable).
            return self.fail_join(ErrorCode::RebalanceInProgress);
        }
        let protocol = answer.protocol_name.as_ref().map(|protocol| name(protocol.as_str()));
        self.group.classic.state = MemberState::CompletingRebalance;
        self.group.classic.generation =
            Generation { id: answer.generation_id, member: name(answer.member_id.as_str()), protocol };
        self.enable_heartbeats(cx.now);
        if answer.leader != answer.member_id {
            return self.send_sync(cx, Vec::new());
        }
        let member = |m: &JoinGroupResponseMember| {
            let instance = m.group_instance_id.as_ref().map(|id| name(id.as_str()));
            (name(m.member_id.as_str()), instance, m.metadata.clone())
        };
        let members = answer.members.iter().map(member).collect();
        let leading = Leading { members, skip: answer.skip_assignment };
        let topics = leading.members().into_iter().flat_map(|m| m.subscription.topics).collect();
        self.group.classic.group_subscription = Some(topics);
        self.want_topics();
        self.group.classic.leading = Some(leading);
        self.lead(cx);
    }

    pub(super) fn on_sync(
        &mut self,
        cx: &mut Context<'_>,
        sent: &Generation,
        answer: &SyncGroupResponseData,
    ) {
        let error = ErrorCode::from(answer.error_code);
        let classic = &mut self.group.classic;
        let unchanged = classic.generation == *sent;
        match error {
            ErrorCode::None => {
                let other = |text: &Option<_>, ours: &str| {
                    text.as_ref()
                        .is_some_and(|text: &crate::kafka::protocol::KafkaString| text.as_str() != ours)
                };
                let chosen = classic.generation.protocol.clone().unwrap_or_default();
                if other(&answer.protocol_type, PROTOCOL_TYPE) {
                    return self.fail_join(ErrorCode::InconsistentGroupProtocol);
                }
                if classic.generation.is_reset() || classic.state != MemberState::CompletingRebalance {
                    return self.fail_join(ErrorCode::IllegalGeneration);
                }
                if other(&answer.protocol_name, &chosen) {
                    return self.fail_join(ErrorCode::InconsistentGroupProtocol);
                }
                classic.state = MemberState::Stable;
                classic.rejoin_reason = "".into();
                classic.rejoin_needed = false;
                classic.join = Join::Done(answer.assignment.clone());
                let since = self.group.rebalancing_since.take().unwrap_or(cx.now);
                self.group.last_rebalance = Some((since, cx.now));
                self.group.rebalances += 1;
                return;
            }
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration if unchanged => {
                self.reset_on_error(error, "SYNC_GROUP");
            }
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.fail_join(error);
                return self.forget_coordinator(cx);
            }
            _ => {}
        }
        self.fail_join(error);
    }
}
