//! The heartbeat thread: it tells the coordinator that the process lives while the application works, and leaves the
//! group when the application does not come back to `poll()` (`Heartbeat`, `AbstractCoordinator.HeartbeatThread`).

use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::group::Generation;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::client::consumer::group::coordinator::kafka_text;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::heartbeat_request::HeartbeatRequestData;

/// What the heartbeat thread knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Heartbeat {
    /// It sleeps while the member has not joined.
    pub enabled: bool,
    /// When the next heartbeat is due.
    pub next: Instant,
    /// Without an answer until then the coordinator is looked for anew.
    pub session_until: Instant,
    pub last_sent: Option<Instant>,
    pub last_received: Option<Instant>,
    pub(super) attempts: u32,
    /// What the next `poll()` throws.
    pub failed: Option<ErrorCode>,
}

impl Consumer {
    pub(super) fn enable_heartbeats(&mut self, now: Instant) {
        let interval = ms(self.config.heartbeat_interval_ms);
        let heartbeat = &mut self.group.classic.heartbeat;
        heartbeat.enabled = true;
        heartbeat.next = now + interval;
        self.reset_session(now);
    }

    pub(super) fn reset_session(&mut self, now: Instant) {
        self.group.classic.heartbeat.session_until = now + ms(self.config.session_timeout_ms);
    }

    /// When the application must have called `poll()` again; nothing while it is inside.
    pub(super) fn poll_deadline(&self) -> Option<Instant> {
        let member = self.group.classic.heartbeat.enabled || self.group.modern.sends_heartbeats();
        let counts = member && !self.application.is_polling() && !self.application.is_closing();
        counts.then(|| self.application.left_poll_at + ms(self.config.max_poll_interval_ms))
    }

    /// When the heartbeat thread has something to do by itself.
    pub(super) fn next_heartbeat(&self, now: Instant) -> Option<Instant> {
        let heartbeat = &self.group.classic.heartbeat;
        if !heartbeat.enabled || self.group.coordinator.is_none() {
            return None;
        }
        Some(heartbeat.next.min(heartbeat.session_until)).filter(|at| *at > now)
    }

    pub(super) fn run_heartbeat_thread(&mut self, cx: &mut Context<'_>) {
        let classic = &mut self.group.classic;
        if !classic.heartbeat.enabled {
            return;
        }
        if classic.state.has_not_joined() || classic.heartbeat.failed.is_some() {
            classic.heartbeat.enabled = false;
            return;
        }
        if !self.find_coordinator(cx) {
            return;
        }
        if self.group.classic.heartbeat.session_until <= cx.now {
            return self.forget_coordinator(cx);
        }
        if self.poll_deadline().is_some_and(|at| at <= cx.now) {
            return self.leave(cx, "consumer poll timeout has expired.");
        }
        if self.group.classic.heartbeat.next <= cx.now {
            self.send_heartbeat(cx);
        }
    }

    fn send_heartbeat(&mut self, cx: &mut Context<'_>) {
        let interval = ms(self.config.heartbeat_interval_ms);
        let heartbeat = &mut self.group.classic.heartbeat;
        (heartbeat.last_sent, heartbeat.next) = (Some(cx.now), cx.now + interval);
        let generation = self.group.classic.generation.clone();
        let request = HeartbeatRequestData::default()
            .with_group_id(self.group_name())
            .with_member_id(kafka_text(&generation.member))
            .with_group_instance_id(self.instance_name())
            .with_generation_id(generation.id);
        self.tell_coordinator(cx, Request::Heartbeat(request), GroupTag::Heartbeat(generation));
    }

    pub(super) fn on_heartbeat(&mut self, cx: &mut Context<'_>, sent: &Generation, error: ErrorCode) {
        let unchanged = self.group.classic.generation == *sent;
        match error {
            ErrorCode::None => self.heartbeat_received(cx.now),
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.on_heartbeat_lost(cx);
                self.forget_coordinator(cx);
            }
            ErrorCode::RebalanceInProgress => {
                if self.group.classic.state == MemberState::Stable {
                    self.group.classic.request_rejoin("group is already rebalancing");
                }
                self.heartbeat_received(cx.now);
            }
            ErrorCode::IllegalGeneration | ErrorCode::UnknownMemberId | ErrorCode::FencedInstanceId => {
                if !unchanged {
                    return self.heartbeat_received(cx.now);
                }
                self.reset_on_error(error, "HEARTBEAT");
                if error == ErrorCode::FencedInstanceId {
                    self.group.classic.heartbeat.failed = Some(error);
                } else {
                    self.on_heartbeat_lost(cx);
                }
            }
            _ => self.on_heartbeat_lost(cx),
        }
    }

    fn heartbeat_received(&mut self, now: Instant) {
        let heartbeat = &mut self.group.classic.heartbeat;
        (heartbeat.last_received, heartbeat.attempts) = (Some(now), 0);
        self.reset_session(now);
    }

    /// A heartbeat has failed: the next one comes after the backoff.
    pub(super) fn on_heartbeat_lost(&mut self, cx: &mut Context<'_>) {
        let wait = self.backoff(cx, self.group.classic.heartbeat.attempts);
        let heartbeat = &mut self.group.classic.heartbeat;
        heartbeat.attempts += 1;
        heartbeat.next = cx.now + wait;
    }

    /// An answer says that this member's generation, or the member itself, is none any more.
    pub(super) fn reset_on_error(&mut self, error: ErrorCode, api: &str) {
        let name = crate::kafka::client::errors::error_name(error);
        let reason = format!("encountered {name} from {api} response");
        self.group.classic.reset(&reason, error != ErrorCode::IllegalGeneration);
    }
}

pub(super) fn ms(value: i32) -> Duration {
    Duration::from_millis(value.unsigned_abs().into())
}
