//! Joining: JoinGroup, the leader's assignment, SyncGroup, and the listener's calls around them
//! (`AbstractCoordinator.joinGroupIfNeeded`, `ConsumerCoordinator.onJoinPrepare`, `onLeaderElected`, `onJoinComplete`).

use bytes::Bytes;

use super::classic::Join;
use super::classic::Leading;
use super::classic::Prepare;
use super::classic::PrepareCommit;
use super::coordinator::kafka_text;
use super::heartbeat::ms;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Assignor;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::GroupMember;
use crate::kafka::client::consumer::RebalanceProtocol;
use crate::kafka::client::consumer::group::CommitCall;
use crate::kafka::client::consumer::group::Generation;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::consumer::group::ListenerKind;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use crate::kafka::protocol::consumer_protocol::HIGHEST_VERSION;
use crate::kafka::protocol::consumer_protocol::PROTOCOL_TYPE;
use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestData;
use crate::kafka::protocol::messages::join_group_request::JoinGroupRequestProtocol;
use crate::kafka::protocol::messages::join_group_response::JoinGroupResponseData;
use crate::kafka::protocol::messages::join_group_response::JoinGroupResponseMember;
use crate::kafka::protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use crate::kafka::protocol::messages::sync_group_request::SyncGroupRequestData;
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

    /// What must be over before the join: the automatic commit, and the listener's word. True when it is.
    fn prepare_join(&mut self, cx: &mut Context<'_>) -> bool {
        let deadline = cx.now + ms(self.config.max_poll_interval_ms);
        let prepare = Prepare { deadline, commit: PrepareCommit::Wanted };
        let prepare = self.group.classic.prepare.get_or_insert(prepare).clone();
        if self.auto_commits() && prepare.commit == PrepareCommit::Wanted {
            if self.group.classic.protocol == RebalanceProtocol::Eager {
                self.assigned.values_mut().for_each(|assigned| assigned.pending_revocation = true);
            }
            self.set_prepare_commit(PrepareCommit::Flying);
            let offsets = self.all_consumed();
            self.commit(cx, CommitCall::Revoke, offsets);
        }
        let flying = self.group.classic.prepare.as_ref().map(|p| p.commit) == Some(PrepareCommit::Flying);
        if flying && prepare.deadline > cx.now {
            return false;
        }
        if self.group.classic.not_before > cx.now {
            return false;
        }
        self.revoke_before_join(cx.now);
        self.group.classic.leader = false;
        self.group.classic.group_subscription = None;
        self.want_topics();
        self.group.classic.prepare = None;
        self.group.classic.needs_prepare = false;
        true
    }

    pub(super) fn set_prepare_commit(&mut self, commit: PrepareCommit) {
        if let Some(prepare) = &mut self.group.classic.prepare {
            prepare.commit = commit;
        }
    }

    pub(super) fn prepare_deadline(&self) -> Option<Instant> {
        self.group.classic.prepare.as_ref().map(|prepare| prepare.deadline)
    }

    /// Gives up what a member gives up before it joins: everything as lost when it is no member any more, everything
    /// in the eager protocol, and in the cooperative one what it does not want any more.
    fn revoke_before_join(&mut self, now: Instant) {
        let classic = &self.group.classic;
        let all: Vec<TopicPartition> = self.assigned.keys().cloned().collect();
        if classic.generation.id == -1 || classic.generation.member.is_empty() {
            if !all.is_empty() {
                self.call_listener(now, ListenerKind::Lost, all);
                self.assign_partitions(now, &[]);
            }
        } else if classic.protocol == RebalanceProtocol::Eager {
            self.call_listener(now, ListenerKind::Revoked, all);
            self.assign_partitions(now, &[]);
        } else {
            let wanted = classic.subscription.clone();
            let (kept, revoked): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|tp| wanted.contains(&tp.topic));
            if !revoked.is_empty() {
                self.call_listener(now, ListenerKind::Revoked, revoked);
                self.assign_partitions(now, &kept);
            }
        }
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

    /// The leader assigns as soon as it knows all topics of the group (`updateGroupSubscription`).
    pub(super) fn lead(&mut self, cx: &mut Context<'_>) {
        let classic = &self.group.classic;
        let Some(leading) = &classic.leading else { return };
        let known = |topic: &Name| self.metadata.topic(topic).is_some();
        if !classic.group_subscription.iter().flat_map(Set::iter).all(known) {
            return;
        }
        let leading = leading.clone();
        self.group.classic.leading = None;
        if self.group.classic.state != MemberState::CompletingRebalance {
            return self.fail_join(ErrorCode::IllegalGeneration);
        }
        self.take_snapshot();
        self.group.classic.leader = true;
        self.group.classic.assignment_snapshot = Some(self.group.classic.snapshot.clone());
        let assignments = if leading.skip { Vec::new() } else { self.assignments(&leading) };
        self.send_sync(cx, assignments);
    }

    fn assignments(&self, leading: &Leading) -> Vec<SyncGroupRequestAssignment> {
        let members = leading.members();
        let chosen = self.group.classic.generation.protocol.as_deref().and_then(Assignor::from_name);
        let Some(assignor) = chosen else { return Vec::new() };
        let topics = self.assignable_topics();
        let lists = assignor.assign(&topics, &members);
        let entry = |(member, partitions): (&GroupMember, Vec<TopicPartition>)| {
            let assignment = ConsumerProtocolAssignment { partitions, user_data: None };
            SyncGroupRequestAssignment::default()
                .with_member_id(kafka_text(&member.id))
                .with_assignment(assignment.encode(HIGHEST_VERSION).unwrap_or_default())
        };
        members.iter().zip(lists).map(entry).collect()
    }

    fn send_sync(&mut self, cx: &mut Context<'_>, assignments: Vec<SyncGroupRequestAssignment>) {
        if self.group.coordinator.is_none() {
            return self.fail_join(ErrorCode::CoordinatorNotAvailable);
        }
        let generation = self.group.classic.generation.clone();
        let request = SyncGroupRequestData::default()
            .with_group_id(self.group_name())
            .with_member_id(kafka_text(&generation.member))
            .with_group_instance_id(self.instance_name())
            .with_generation_id(generation.id)
            .with_protocol_type(Some(kafka_text(PROTOCOL_TYPE)))
            .with_protocol_name(generation.protocol.as_deref().map(kafka_text))
            .with_assignments(assignments);
        self.tell_coordinator(cx, Request::SyncGroup(request), GroupTag::Sync(generation));
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

    /// The assignment has come: partitions go and come, and the listener hears of it.
    fn finish_join(&mut self, cx: &mut Context<'_>, assignment: &Bytes) {
        let classic = &mut self.group.classic;
        if classic.generation.is_reset() || classic.state != MemberState::Stable {
            let reason = "rebalance failed since the generation/state was modified by heartbeat thread before the \
                          rebalance callback triggered";
            return classic.reset(reason, true);
        }
        classic.needs_prepare = true;
        if !classic.leader {
            classic.assignment_snapshot = None;
        }
        let Ok(assignment) = ConsumerProtocolAssignment::decode(assignment) else {
            return self.throw(cx, ErrorCode::InconsistentGroupProtocol);
        };
        let mut assigned = assignment.partitions;
        assigned.sort();
        if !assigned.iter().all(|tp| self.wants_topic(&tp.topic)) {
            let reason = "received assignment does not match the current subscription";
            return self.group.classic.request_rejoin(reason);
        }
        let owned: Set<TopicPartition> = self.assigned.keys().cloned().collect();
        if self.group.classic.protocol == RebalanceProtocol::Cooperative {
            let gone: Vec<_> =
                owned.iter().filter(|tp| assigned.binary_search(tp).is_err()).cloned().collect();
            if !gone.is_empty() {
                self.call_listener(cx.now, ListenerKind::Revoked, gone);
                self.group.classic.request_rejoin("need to revoke partitions and re-join");
            }
        }
        self.remember_assignment(&assigned);
        self.auto_commit_after(cx.now, ms(self.config.auto_commit_interval_ms));
        self.assign_partitions(cx.now, &assigned);
        let added = assigned.into_iter().filter(|tp| !owned.contains(tp)).collect();
        self.call_listener(cx.now, ListenerKind::Assigned, added);
    }

    /// The assignor that was chosen hears of the assignment; topics that only the leader saw match the pattern too
    /// (`maybeUpdateJoinedSubscription`).
    fn remember_assignment(&mut self, assigned: &[TopicPartition]) {
        let classic = &mut self.group.classic;
        let chosen = classic.generation.protocol.clone();
        let assignors = self.config.assignors.iter().zip(&mut classic.memories);
        for (assignor, memory) in assignors.filter(|(a, _)| chosen.as_deref() == Some(a.name())) {
            assignor.on_assignment(memory, assigned, classic.generation.id);
        }
        for topic in assigned.iter().map(|tp| &tp.topic) {
            classic.subscription.insert(topic.clone());
            if let Some(joined) = &mut classic.joined_subscription {
                joined.insert(topic.clone());
            }
        }
    }
}

impl Leading {
    /// The members of a group as its leader hears of them.
    fn members(&self) -> Vec<GroupMember> {
        let member = |(id, instance, metadata): &(Name, Option<Name>, Bytes)| GroupMember {
            id: id.clone(),
            instance: instance.clone(),
            subscription: ConsumerProtocolSubscription::decode(metadata).unwrap_or_default(),
        };
        self.members.iter().map(member).collect()
    }
}
