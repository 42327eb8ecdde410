//! Where the coordinator is, and what is sent to it.

use crate::kafka::base::Duration;
use crate::kafka::base::ExponentialBackoff;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Purpose;
use crate::kafka::channel::Outcome;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::Tag;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::machine::Context;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::find_coordinator_request::FindCoordinatorRequestData;
use crate::kafka::protocol::messages::find_coordinator_response::FindCoordinatorResponseData;

/// The search for the coordinator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Finding {
    in_flight: bool,
    attempts: u32,
    pub not_before: Instant,
}

/// A request to the coordinator that waits for its connection.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Unsent {
    request: Request,
    tag: GroupTag,
    timeout: Duration,
}

/// A text of a message.
pub(super) fn kafka_text(text: &str) -> KafkaString {
    KafkaString::from(text.to_owned())
}

impl Consumer {
    /// `group.id`, for a message.
    pub(super) fn group_name(&self) -> KafkaString {
        kafka_text(self.group.id.as_deref().unwrap_or_default())
    }

    /// `group.instance.id`, for a message.
    pub(super) fn instance_name(&self) -> Option<KafkaString> {
        self.group.instance.as_deref().map(kafka_text)
    }

    /// The time to wait after so many failures.
    pub(super) fn backoff(&self, cx: &mut Context<'_>, attempts: u32) -> Duration {
        let draw = cx.random(Purpose::Backoff).next_u32();
        let (first, max) = (self.config.retry_backoff_ms, self.config.retry_backoff_max_ms);
        ExponentialBackoff::from_millis(first, max).jittered(attempts, draw)
    }

    /// Whether the coordinator is known; asks for it when not (`ensureCoordinatorReady`).
    pub(in crate::kafka::client::consumer) fn find_coordinator(&mut self, cx: &mut Context<'_>) -> bool {
        if self.group.coordinator.is_some() {
            return true;
        }
        if self.group.finding.in_flight || self.group.finding.not_before > cx.now {
            return false;
        }
        let Some(node) = self.client.least_loaded(cx.now, self.metadata.brokers()) else { return false };
        if !self.client.ready(cx, node) {
            return false;
        }
        let key = self.group_name();
        let many = self.client.version(node, Api::FindCoordinator).is_some_and(|version| version >= 4);
        let request = if many {
            FindCoordinatorRequestData::default().with_coordinator_keys(vec![key])
        } else {
            FindCoordinatorRequestData::default().with_key(key)
        };
        let tag = Tag::Group(GroupTag::FindCoordinator);
        self.group.finding.in_flight = self.client.send(cx, node, Request::FindCoordinator(request), tag);
        false
    }

    fn on_find_coordinator(&mut self, cx: &mut Context<'_>, answer: &FindCoordinatorResponseData) {
        self.group.finding.in_flight = false;
        let (code, node) = match answer.coordinators.first() {
            Some(found) => (found.error_code, found.node_id),
            None => (answer.error_code, answer.node_id),
        };
        match ErrorCode::from(code) {
            ErrorCode::None => {
                self.group.finding.attempts = 0;
                self.group.coordinator = Some(NodeId(node));
                self.group.client.ready(cx, NodeId(node));
                self.reset_session(cx.now);
            }
            error if is_retriable(error) => self.find_later(cx),
            error => self.throw(cx, error),
        }
    }

    /// Nobody knows the coordinator yet: ask again after the backoff, with newer metadata.
    fn find_later(&mut self, cx: &mut Context<'_>) {
        let wait = self.backoff(cx, self.group.finding.attempts);
        self.group.finding.attempts += 1;
        self.group.finding.not_before = cx.now + wait;
        self.metadata.request_update();
    }

    /// What was known of the coordinator is wrong. Requests on their way to it are lost (`markCoordinatorUnknown`).
    pub(super) fn forget_coordinator(&mut self, cx: &mut Context<'_>) {
        let Some(node) = self.group.coordinator.take() else { return };
        for outcome in self.group.client.close(cx, node) {
            self.on_coordinator_outcome(cx, outcome);
        }
        for unsent in std::mem::take(&mut self.group.unsent) {
            self.on_group_disconnected(cx, unsent.tag);
        }
    }

    /// Sends a request to the coordinator as soon as its connection is open.
    pub(in crate::kafka::client::consumer) fn tell_coordinator(
        &mut self,
        cx: &mut Context<'_>,
        request: Request,
        tag: GroupTag,
    ) {
        let timeout = Duration::from_millis(self.config.request_timeout_ms.unsigned_abs().into());
        self.tell_coordinator_within(cx, request, tag, timeout);
    }

    /// [`tell_coordinator`](Self::tell_coordinator) with a timeout of its own.
    pub(super) fn tell_coordinator_within(
        &mut self,
        cx: &mut Context<'_>,
        request: Request,
        tag: GroupTag,
        timeout: Duration,
    ) {
        self.group.unsent.push_back(Unsent { request, tag, timeout });
        self.send_unsent(cx);
    }

    pub(super) fn send_unsent(&mut self, cx: &mut Context<'_>) {
        let Some(node) = self.group.coordinator else { return };
        while !self.group.unsent.is_empty() && self.group.client.ready(cx, node) {
            let Some(Unsent { request, tag, timeout }) = self.group.unsent.pop_front() else { return };
            if self.group.client.version(node, request.api()).is_none() {
                self.throw(cx, ErrorCode::UnsupportedVersion);
                return;
            }
            self.group.client.send_within(cx, node, request, Tag::Group(tag), timeout);
        }
    }

    pub(in crate::kafka::client::consumer) fn on_coordinator_outcome(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Outcome<Tag>,
    ) {
        match outcome {
            Outcome::Ready { .. } => {}
            Outcome::Response { tag: Tag::Group(tag), response, .. } => {
                self.on_group_response(cx, tag, &response.body);
            }
            Outcome::Disconnected { tag: Tag::Group(tag), .. } => self.on_group_disconnected(cx, tag),
            Outcome::Response { .. } | Outcome::Disconnected { .. } => {}
            Outcome::Unreachable { peer, .. } => {
                self.metadata.request_update();
                if self.group.coordinator == Some(peer) {
                    self.forget_coordinator(cx);
                }
            }
        }
    }

    pub(in crate::kafka::client::consumer) fn on_group_response(
        &mut self,
        cx: &mut Context<'_>,
        tag: GroupTag,
        answer: &Response,
    ) {
        match (tag, answer) {
            (GroupTag::FindCoordinator, Response::FindCoordinator(answer)) => {
                self.on_find_coordinator(cx, answer)
            }
            (GroupTag::Join(sent), Response::JoinGroup(answer)) => self.on_join(cx, &sent, answer),
            (GroupTag::Sync(sent), Response::SyncGroup(answer)) => self.on_sync(cx, &sent, answer),
            (GroupTag::Heartbeat(sent), Response::Heartbeat(answer)) => {
                self.on_heartbeat(cx, &sent, ErrorCode::from(answer.error_code));
            }
            (GroupTag::Leave, Response::LeaveGroup(_)) => {}
            (GroupTag::Commit(id, sent), Response::OffsetCommit(answer)) => {
                self.on_commit(cx, id, &sent, answer)
            }
            (GroupTag::Committed, Response::OffsetFetch(answer)) => self.on_committed(cx, answer),
            (GroupTag::Call(number), Response::OffsetFetch(answer)) => self.on_asked(cx, number, answer),
            (GroupTag::Modern { leaves }, Response::ConsumerGroupHeartbeat(answer)) => {
                self.on_modern_heartbeat(cx, leaves, answer);
            }
            (tag, _) => self.on_group_disconnected(cx, tag),
        }
    }

    /// Nobody knows what became of the request (`DisconnectException`).
    pub(in crate::kafka::client::consumer) fn on_group_disconnected(
        &mut self,
        cx: &mut Context<'_>,
        tag: GroupTag,
    ) {
        let lost = ErrorCode::NetworkException;
        if tag == GroupTag::FindCoordinator {
            self.group.finding.in_flight = false;
            return self.find_later(cx);
        }
        match tag {
            GroupTag::Join(_) | GroupTag::Sync(_) => self.fail_join(lost),
            GroupTag::Heartbeat(_) => self.on_heartbeat_lost(cx),
            GroupTag::Commit(id, _) => self.on_commit_failed(cx, id, "DisconnectException", true),
            GroupTag::Committed => self.committed_later(cx),
            GroupTag::Call(number) => self.on_call_unanswered(cx, number, &[]),
            GroupTag::Modern { .. } => self.modern_heartbeat_lost(cx),
            GroupTag::Leave | GroupTag::FindCoordinator => {}
        }
        self.forget_coordinator(cx);
    }

    /// `poll()` throws what the application does not catch: the process ends.
    pub(super) fn throw(&mut self, cx: &mut Context<'_>, error: ErrorCode) {
        let id = self.group.id.clone().unwrap_or_else(|| "".into());
        let why = match error {
            ErrorCode::GroupMaxSizeReached => {
                format!("consumer group {id} already has the configured maximum number of members")
            }
            ErrorCode::FencedInstanceId => format!(
                "another consumer of group {id} with group.instance.id {} has taken this one's place",
                self.group.instance.as_deref().unwrap_or_default()
            ),
            ErrorCode::InconsistentGroupProtocol => format!(
                "no assignor of this consumer is supported by all members of group {id}, or its members use \
                 another protocol"
            ),
            ErrorCode::UnsupportedVersion => {
                format!(
                    "the coordinator of group {id} does not support what this consumer asks of it; if it is \
                     group.protocol=consumer, set group.protocol=classic or take brokers that coordinate KIP-848 groups"
                )
            }
            ErrorCode::UnreleasedInstanceId => format!(
                "group.instance.id {} of group {id} is in use by another consumer",
                self.group.instance.as_deref().unwrap_or_default()
            ),
            _ => format!("group {id}"),
        };
        self.end(cx, &format!("{error:?}Exception: {why}"));
    }
}
