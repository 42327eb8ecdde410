//! What a rebalance does to a member's partitions: before the join, and when the assignment has come
//! (`ConsumerCoordinator.onJoinPrepare`, `onJoinComplete`).

use super::classic::Prepare;
use super::classic::PrepareCommit;
use super::heartbeat::ms;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::RebalanceProtocol;
use crate::kafka::client::consumer::group::CommitCall;
use crate::kafka::client::consumer::group::ListenerKind;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use bytes::Bytes;

impl Consumer {
    /// What must be over before the join: the automatic commit, and the listener's word. True when it is.
    pub(super) fn prepare_join(&mut self, cx: &mut Context<'_>) -> bool {
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

    /// The assignment has come: partitions go and come, and the listener hears of it.
    pub(super) fn finish_join(&mut self, cx: &mut Context<'_>, assignment: &Bytes) {
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
        assigned.arrange();
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
