//! Leaving: `close()`, `unsubscribe()`, and the heartbeat thread's farewell (`AbstractCoordinator.maybeLeaveGroup`).

use super::coordinator::kafka_text;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Assignment;
use crate::kafka::client::consumer::CLOSED;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::GroupProtocol;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::client::consumer::application::State;
use crate::kafka::client::consumer::group::CommitCall;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::consumer::group::ListenerKind;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::client::consumer::group::ModernState;
use crate::kafka::machine::Context;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::leave_group_request::LeaveGroupRequestData;
use crate::kafka::protocol::messages::leave_group_request::MemberIdentity;

/// `KafkaConsumer.DEFAULT_CLOSE_TIMEOUT_MS`
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// How far `close()` has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Closing {
    pub deadline: Instant,
    left: bool,
}

impl Consumer {
    /// `close()`: what was read is committed when the client commits by itself, then the member leaves.
    pub(in crate::kafka::client::consumer) fn close(&mut self, cx: &mut Context<'_>) {
        self.application.state = State::Closing;
        if self.group.id.is_none() {
            return self.end(cx, CLOSED);
        }
        self.group.closing = Some(Closing { deadline: cx.now + TIMEOUT, left: false });
        if self.auto_commits() {
            let offsets = self.all_consumed();
            self.commit(cx, CommitCall::Close, offsets);
        }
        self.run_closing(cx);
        self.arm_group(cx);
    }

    pub(super) fn run_closing(&mut self, cx: &mut Context<'_>) {
        let Some(closing) = self.group.closing.clone() else { return };
        let late = closing.deadline <= cx.now;
        if !closing.left && (late || self.group.commits.is_empty()) {
            self.group.closing = Some(Closing { left: true, ..closing });
            if self.spec.subscription.by_group() && self.config.leave_on_close {
                self.leave_for_good(cx, "the consumer is being closed");
            }
            self.group.classic.heartbeat.enabled = false;
        }
        let Some(closing) = &self.group.closing else { return };
        let coordinator = self.group.coordinator;
        let busy = coordinator.is_some_and(|node| self.group.client.in_flight(node) > 0);
        let waits = busy
            || (coordinator.is_some() && !self.group.unsent.is_empty())
            || self.group.modern.state() == ModernState::Leaving;
        if late || (closing.left && !waits) {
            self.end(cx, CLOSED);
        }
    }

    /// `unsubscribe()`
    pub(in crate::kafka::client::consumer) fn unsubscribe(&mut self, cx: &mut Context<'_>) {
        if self.spec.subscription.by_group() {
            self.leave_for_good(cx, "the consumer unsubscribed from all topics");
        }
        self.group.classic.subscribe([]);
        self.group.classic.joined_subscription = None;
        self.group.classic.assignment_snapshot = None;
        self.spec.subscription = Subscription::Assign(Assignment::Partitions(Vec::new()));
        self.looking_up.clear();
        self.assign_partitions(cx.now, &[]);
    }

    /// The listener hears that all is given up, and the member leaves (`onLeavePrepare`).
    pub(in crate::kafka::client::consumer) fn leave_for_good(&mut self, cx: &mut Context<'_>, reason: &str) {
        let all: Vec<TopicPartition> = self.assigned.keys().cloned().collect();
        if !all.is_empty() {
            let classic = &self.group.classic;
            let lost = match self.group.protocol {
                GroupProtocol::Classic => {
                    let out = classic.generation.id == -1 || classic.generation.member.is_empty();
                    out || classic.rebalancing()
                }
                GroupProtocol::Consumer => !self.group.modern.is_member(),
            };
            let kind = if lost { ListenerKind::Lost } else { ListenerKind::Revoked };
            self.call_listener(cx.now, kind, all);
            self.assign_partitions(cx.now, &[]);
        }
        self.leave(cx, reason);
    }

    /// Tells the coordinator that this member goes, unless it is static: such a one keeps its place.
    pub(super) fn leave(&mut self, cx: &mut Context<'_>, reason: &str) {
        if self.group.protocol == GroupProtocol::Consumer {
            if self.group.modern.sends_heartbeats() {
                self.begin_to_leave();
                self.run_modern(cx);
            }
            self.group.rebalancing_since = None;
            return;
        }
        let classic = &self.group.classic;
        let member = classic.generation.member.clone();
        let joined = classic.state != MemberState::Unjoined && !member.is_empty();
        if self.group.instance.is_none() && joined && self.group.coordinator.is_some() {
            let member = MemberIdentity::default()
                .with_member_id(kafka_text(&member))
                .with_reason(Some(kafka_text(reason)));
            let request =
                LeaveGroupRequestData::default().with_group_id(self.group_name()).with_members(vec![member]);
            self.tell_coordinator(cx, Request::LeaveGroup(request), GroupTag::Leave);
        }
        self.group.classic.reset("consumer pro-actively leaving the group", true);
        self.group.rebalancing_since = None;
    }
}
