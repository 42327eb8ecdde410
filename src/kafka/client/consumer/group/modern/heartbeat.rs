//! ConsumerGroupHeartbeat: what it says, when it is sent, and what its answer means.

use super::ById;
use super::LEAVE_EPOCH;
use super::Modern;
use super::ModernState;
use super::STATIC_LEAVE_EPOCH;
use super::Sent;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::Purpose;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::consumer::group::coordinator::kafka_text;
use crate::kafka::client::consumer::group::heartbeat::ms;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::consumer_group_heartbeat_request as request;
use crate::kafka::protocol::messages::consumer_group_heartbeat_response::ConsumerGroupHeartbeatResponseData;

impl Consumer {
    /// The background thread: sends a heartbeat when one is due, or at once when there is something to say.
    pub(in crate::kafka::client::consumer::group) fn run_modern(&mut self, cx: &mut Context<'_>) {
        if !self.group.modern.sends_heartbeats() {
            return;
        }
        let away = self.poll_deadline().is_some_and(|at| at <= cx.now);
        if away && self.group.modern.state != ModernState::Leaving {
            self.group.modern.expired = true;
            self.begin_to_leave();
        }
        let modern = &self.group.modern;
        let waits_for_backoff = modern.attempts > 0 && modern.next > cx.now;
        let due = modern.next <= cx.now || (modern.is_urgent() && !waits_for_backoff);
        if modern.in_flight || !due {
            return;
        }
        if self.find_coordinator(cx) {
            self.send_modern_heartbeat(cx);
        } else if self.group.modern.state == ModernState::Leaving && self.application.is_closing() {
            // Nobody to say goodbye to (`onHeartbeatRequestSkipped`).
            self.group.modern.state = ModernState::Unsubscribed;
        }
    }

    /// When the background thread has something to do by itself.
    pub(in crate::kafka::client::consumer::group) fn next_modern_heartbeat(
        &self,
        now: Instant,
    ) -> Option<Instant> {
        let modern = &self.group.modern;
        let waits = modern.sends_heartbeats() && !modern.in_flight;
        waits.then_some(modern.next).filter(|at| *at > now)
    }

    /// The next heartbeat says goodbye.
    pub(in crate::kafka::client::consumer::group) fn begin_to_leave(&mut self) {
        let fixed = self.group.instance().is_some();
        let modern = &mut self.group.modern;
        modern.epoch = if fixed { STATIC_LEAVE_EPOCH } else { LEAVE_EPOCH };
        modern.current = None;
        modern.in_flight = false; // It does not wait for the answer to the heartbeat before.
        modern.state = ModernState::Leaving;
    }

    fn send_modern_heartbeat(&mut self, cx: &mut Context<'_>) {
        if self.group.modern.member.is_empty() {
            let random = cx.random(Purpose::Identity);
            self.group.modern.member = name(&member_id(random.next_u64(), random.next_u64()));
        }
        let body = self.modern_heartbeat();
        let modern = &mut self.group.modern;
        modern.in_flight = true;
        modern.last_sent = Some(cx.now);
        modern.next = cx.now + ms(modern.interval_ms);
        match modern.state {
            ModernState::Acknowledging if modern.is_reconciled() => {
                modern.state = ModernState::Stable;
                let since = self.group.rebalancing_since.take().unwrap_or(cx.now);
                self.group.last_rebalance = Some((since, cx.now));
                self.group.rebalances += 1;
            }
            ModernState::Acknowledging => modern.state = ModernState::Reconciling,
            ModernState::Leaving if modern.expired => modern.state = ModernState::Stale,
            ModernState::Leaving => modern.state = ModernState::Unsubscribed,
            _ => {}
        }
        let leaves = body.member_epoch < 0;
        self.tell_coordinator(cx, Request::ConsumerGroupHeartbeat(body), GroupTag::Modern { leaves });
    }

    /// What is said: everything by who joins, and later what has changed.
    fn modern_heartbeat(&mut self) -> request::ConsumerGroupHeartbeatRequestData {
        let (topics, regex) = match &self.spec.subscription {
            Subscription::Pattern(pattern) => (Default::default(), Some(Name::from(pattern.as_str()))),
            _ => (self.group.classic.subscription.clone(), None),
        };
        let mut body = request::ConsumerGroupHeartbeatRequestData::default()
            .with_group_id(self.group_name())
            .with_instance_id(self.instance_name());
        let rack = self.config.client_rack.as_deref().map(kafka_text);
        let assignor = self.config.remote_assignor.as_deref().map(kafka_text);
        let timeout = self.config.max_poll_interval_ms;
        let modern = &mut self.group.modern;
        body = body.with_member_id(kafka_text(&modern.member)).with_member_epoch(modern.epoch);
        let all = modern.state == ModernState::Joining;
        if all || !modern.sent.rebalance_timeout {
            body = body.with_rebalance_timeout_ms(timeout).with_rack_id(rack);
        }
        if all || modern.sent.topics.as_ref() != Some(&topics) {
            let list = topics.iter().map(|topic| kafka_text(topic)).collect();
            body = body.with_subscribed_topic_names(Some(list));
        }
        if regex != modern.sent.regex || (all && regex.is_some()) {
            // An empty expression takes back the one before.
            body = body.with_subscribed_topic_regex(Some(kafka_text(regex.as_deref().unwrap_or_default())));
        }
        if assignor.is_some() && (all || !modern.sent.assignor) {
            body = body.with_server_assignor(assignor);
        }
        if all || modern.sent.partitions != modern.current {
            body = body.with_topic_partitions(Some(list(modern.current.as_ref())));
        }
        let partitions = modern.current.clone();
        modern.sent =
            Sent { rebalance_timeout: true, topics: Some(topics), regex, assignor: true, partitions };
        body
    }

    pub(in crate::kafka::client::consumer::group) fn on_modern_heartbeat(
        &mut self,
        cx: &mut Context<'_>,
        leaves: bool,
        answer: &ConsumerGroupHeartbeatResponseData,
    ) {
        let error = ErrorCode::from(answer.error_code);
        self.group.modern.in_flight = false;
        if leaves {
            return;
        }
        match error {
            ErrorCode::None => self.heartbeat_answered(cx.now, answer),
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.group.modern.sent = Sent::default();
                self.group.modern.next = cx.now;
                self.forget_coordinator(cx);
            }
            ErrorCode::FencedMemberEpoch | ErrorCode::UnknownMemberId => {
                if self.group.modern.sends_heartbeats() {
                    self.group.modern.state = ModernState::Fenced;
                    self.group.modern.sent = Sent::default();
                    self.group.rebalancing_since.get_or_insert(cx.now);
                }
            }
            error if is_retriable(error) => self.modern_heartbeat_lost(cx),
            error => {
                let why = answer.error_message.as_ref().map(|text| text.as_str().to_owned());
                self.group.modern.state = ModernState::Unsubscribed;
                match why {
                    Some(why) => self.end(cx, &format!("{error:?}Exception: {why}")),
                    None => self.throw(cx, error),
                }
            }
        }
    }

    /// The heartbeat got no answer: the next one says everything, after the backoff.
    pub(in crate::kafka::client::consumer::group) fn modern_heartbeat_lost(&mut self, cx: &mut Context<'_>) {
        let wait = self.backoff(cx, self.group.modern.attempts);
        let modern = &mut self.group.modern;
        modern.in_flight = false;
        modern.attempts += 1;
        modern.sent = Sent::default();
        modern.next = cx.now + wait.max(Duration::from_millis(1));
    }

    fn heartbeat_answered(&mut self, now: Instant, answer: &ConsumerGroupHeartbeatResponseData) {
        let modern = &mut self.group.modern;
        modern.attempts = 0;
        modern.last_received = Some(now);
        modern.interval_ms = answer.heartbeat_interval_ms;
        modern.next = modern.last_sent.unwrap_or(now) + ms(modern.interval_ms);
        let takes = matches!(
            modern.state,
            ModernState::Joining
                | ModernState::Reconciling
                | ModernState::Acknowledging
                | ModernState::Stable
        );
        if !takes {
            return;
        }
        if let Some(member) = &answer.member_id {
            modern.member = name(member.as_str());
        }
        modern.epoch = answer.member_epoch;
        let Some(assignment) = &answer.assignment else { return };
        let topic =
            |t: &crate::kafka::protocol::messages::consumer_group_heartbeat_response::TopicPartitions| {
                (t.topic_id, t.partitions.iter().copied().collect())
            };
        modern.target = Some(assignment.topic_partitions.iter().map(topic).collect());
        if !modern.is_reconciled() {
            modern.state = ModernState::Reconciling;
            self.group.rebalancing_since.get_or_insert(now);
        } else if matches!(modern.state, ModernState::Joining | ModernState::Reconciling) {
            modern.state = ModernState::Stable;
        }
    }
}

impl Modern {
    /// Whether an epoch of a commit that was refused is not its own any more.
    pub(in crate::kafka::client::consumer::group) fn has_newer_epoch(&self, than: i32) -> bool {
        self.is_member() && self.epoch != than
    }
}

fn list(partitions: Option<&ById>) -> Vec<request::TopicPartitions> {
    let topic = |(id, numbers): (&Uuid, &crate::kafka::base::Set<i32>)| {
        request::TopicPartitions::default()
            .with_topic_id(*id)
            .with_partitions(numbers.iter().copied().collect())
    };
    partitions.into_iter().flat_map(|map| map.iter()).map(topic).collect()
}

/// A random UUID as Kafka writes one: 22 characters of URL-safe base64 that do not begin with a dash.
fn member_id(high: u64, low: u64) -> String {
    let (version, variant) = (0x4000, 0x8000_0000_0000_0000);
    let high = (high & !0xf000) | version;
    let low = (low & !0xc000_0000_0000_0000) | variant;
    let text = Uuid::from_parts(high, low).to_string();
    match text.strip_prefix('-') {
        Some(rest) => format!("A{rest}"),
        None => text,
    }
}
