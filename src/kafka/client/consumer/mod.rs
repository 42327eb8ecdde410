//! The consumer: `subscribe` or `assign`, `seek`, `poll`, `commit`. Three parts as in life: the application calls
//! `poll()`, works, and calls again; the fetcher asks the leaders for what comes next while it works; and, for the
//! member of a group, the [coordinator's side](group) joins, commits and sends heartbeats.
//!
//! Source: `KafkaConsumer`, `SubscriptionState`, `Fetcher`, `OffsetFetcher`, `CompletedFetch`.

mod application;
mod assignment;
pub mod assignor;
mod calls;
mod commands;
mod completed_fetch;
mod config;
mod fetcher;
pub mod group;
mod offsets;
mod poll;
mod program;
pub mod read_committed;
mod spec;
mod subscription;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

pub use application::{Application, Polled};
pub use assignor::{AssignableTopic, Assignor, AssignorMemory, GroupMember, RebalanceProtocol};
pub use calls::{Answered, Blocked, Call, Calling, Calls, Found, Thrown};
pub use completed_fetch::{CompletedFetch, Taken};
pub use config::{CONSUMER_CONFIGS, ConsumerConfig, GroupProtocol, OffsetReset};
pub use group::Group;
pub use program::{Commit, OnPoison, Pace, Program};
pub use spec::{Assignment, ConsumerCommand, ConsumerSpec, SeekTo, Subscription};
pub use subscription::{AssignedPartition, FetchState, Position, ResetTo};

use self::group::GroupTag;
use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::channel::ChannelConfig;
use crate::kafka::channel::FetchSession;
use crate::kafka::channel::NetworkClient;
use crate::kafka::channel::Outcome;
use crate::kafka::client::MetadataCache;
use crate::kafka::client::MetadataConfig;
use crate::kafka::client::config::ConfigError;
use crate::kafka::machine::Command;
use crate::kafka::machine::Context;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;

/// The last words of a process that its application has ended with `close()`.
pub const CLOSED: &str = "closed";

/// What a request of the consumer was about.
#[derive(Clone, Debug, PartialEq, Hash)]
enum Tag {
    Metadata,
    Fetch(Map<TopicPartition, Offset>),
    ListOffsets(Map<TopicPartition, ResetTo>),
    EndOffsets(Map<TopicPartition, (Position, Epoch)>),
    Group(GroupTag),
    /// The number of the application's call.
    Call(u64, Vec<TopicPartition>),
}

/// A consumer process: the client and the application that uses it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Consumer {
    spec: ConsumerSpec,
    config: ConsumerConfig,
    client: NetworkClient<Tag>,
    metadata: MetadataCache,
    /// Topics whose partitions the application waits to learn before it assigns them.
    looking_up: Vec<Name>,
    assigned: Map<TopicPartition, AssignedPartition>,
    /// What this process has read of partitions that it has no more.
    given_up: Map<TopicPartition, AssignedPartition>,
    sessions: Map<NodeId, FetchSession>,
    /// Brokers with a fetch on its way: one at a time each.
    fetching: Set<NodeId>,
    completed: VecDeque<CompletedFetch>,
    application: Application,
    group: Box<Group>,
    /// Why the process has ended.
    ended: Option<Name>,
}

impl Consumer {
    /// # Errors
    /// A configuration that Kafka's consumer would refuse.
    pub fn new(spec: ConsumerSpec) -> Result<Self, ConfigError> {
        let config = ConsumerConfig::new(spec.profile, &spec.config)?;
        group::check(&spec, &config)?;
        let ms = |name: &str| Duration::from_millis(config.values.number(name).unsigned_abs());
        let channel = ChannelConfig {
            // A consumer's own fetches are one a broker; heartbeats and commits may stand beside them.
            max_in_flight: 100,
            reconnect_backoff: ms("reconnect.backoff.ms"),
            reconnect_backoff_max: ms("reconnect.backoff.max.ms"),
            request_timeout: ms("request.timeout.ms"),
        };
        let metadata = MetadataConfig {
            max_age: ms("metadata.max.age.ms"),
            retry_backoff: ms("retry.backoff.ms"),
            retry_backoff_max: ms("retry.backoff.max.ms"),
            may_create: config.values.boolean("allow.auto.create.topics"),
        };
        let mut consumer = Self {
            group: Box::new(Group::new(
                &config,
                NetworkClient::new(1, spec.client_id.clone(), channel.clone()),
            )),
            client: NetworkClient::new(0, spec.client_id.clone(), channel),
            metadata: MetadataCache::new(spec.bootstrap.clone(), metadata),
            config,
            looking_up: Vec::new(),
            assigned: Map::new(),
            given_up: Map::new(),
            sessions: Map::new(),
            fetching: Set::new(),
            completed: VecDeque::new(),
            application: Application::new(spec.program.clone()),
            ended: None,
            spec,
        };
        consumer.read(Instant::ZERO, consumer.spec.subscription.clone());
        Ok(consumer)
    }

    pub fn spec(&self) -> &ConsumerSpec {
        &self.spec
    }

    pub fn config(&self) -> &ConsumerConfig {
        &self.config
    }

    pub fn metadata(&self) -> &MetadataCache {
        &self.metadata
    }

    /// The assigned partitions with positions and ends.
    pub fn assigned(&self) -> impl Iterator<Item = (&TopicPartition, &AssignedPartition)> {
        self.assigned.iter()
    }

    /// Partitions that this process had once and has no more, as they were when it gave them up.
    pub fn given_up(&self) -> impl Iterator<Item = (&TopicPartition, &AssignedPartition)> {
        self.given_up.iter()
    }

    /// Fetched, and not yet taken by `poll()`.
    pub fn buffered(&self) -> impl Iterator<Item = &CompletedFetch> {
        self.completed.iter()
    }

    pub fn application(&self) -> &Application {
        &self.application
    }

    /// Its side of the group: membership, commits, listener calls. Without `group.id` nothing happens there.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Why the process has ended by itself.
    pub fn exit_reason(&self) -> Option<&str> {
        self.ended.as_deref()
    }

    pub fn handle(&mut self, cx: &mut Context<'_>, input: &Input) {
        for outcome in self.client.on_input(cx, input) {
            self.on_outcome(cx, outcome);
        }
        for outcome in self.group.client.on_input(cx, input) {
            self.on_coordinator_outcome(cx, outcome);
        }
        match input {
            Input::Started => self.place_again(cx.now),
            Input::Timer(Timer::Poll) => self.on_work_done(cx),
            Input::Command(Command::Consumer(command)) => self.on_command(cx, command),
            _ => {}
        }
        self.run(cx);
    }

    fn on_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<Tag>) {
        match outcome {
            Outcome::Ready { .. } => {}
            // What was known led to a broker that is not there (`handleServerDisconnect`).
            Outcome::Unreachable { peer, .. } => {
                self.metadata.request_update();
                self.avoid_replica(peer);
            }
            Outcome::Response { peer, tag, response, .. } => self.on_response(cx, peer, tag, &response),
            Outcome::Disconnected { peer, tag, .. } => self.on_disconnected(cx, peer, tag),
        }
    }

    fn on_response(&mut self, cx: &mut Context<'_>, peer: NodeId, tag: Tag, response: &ResponseFrame) {
        match (tag, response.body.as_ref()) {
            (Tag::Metadata, Response::Metadata(answer)) => self.metadata.on_response(cx.now, answer),
            (Tag::Fetch(asked), Response::Fetch(answer)) => self.on_fetch(cx.now, peer, &asked, answer),
            (Tag::ListOffsets(asked), Response::ListOffsets(answer)) => {
                self.on_list_offsets(cx.now, asked, answer);
            }
            (Tag::EndOffsets(asked), Response::OffsetForLeaderEpoch(answer)) => {
                self.on_end_offsets(cx.now, asked, answer);
            }
            (Tag::Call(number, asked), Response::ListOffsets(answer)) => {
                self.on_call_offsets(cx, number, &asked, answer);
            }
            (Tag::Group(tag), answer) => self.on_group_response(cx, tag, answer),
            (tag, _) => self.on_disconnected(cx, peer, tag),
        }
    }

    fn on_disconnected(&mut self, cx: &mut Context<'_>, peer: NodeId, tag: Tag) {
        match tag {
            Tag::Metadata => return self.metadata.on_failure(cx.now),
            Tag::Fetch(_) => {
                self.fetching.remove(&peer);
                self.sessions.entry(peer).or_default().on_disconnect();
                self.avoid_replica(peer);
            }
            Tag::ListOffsets(asked) => self.offsets_again(cx.now, asked.keys()),
            Tag::EndOffsets(asked) => self.offsets_again(cx.now, asked.keys()),
            Tag::Call(number, asked) => self.on_call_unanswered(cx, number, &asked),
            Tag::Group(tag) => self.on_group_disconnected(cx, tag),
        }
        self.metadata.request_update();
    }

    /// The replica cannot be reached: the leader is asked again.
    fn avoid_replica(&mut self, peer: NodeId) {
        for assigned in self.assigned.values_mut() {
            assigned.preferred.take_if(|(replica, _)| *replica == peer);
        }
    }

    /// Everything that can be done now.
    fn run(&mut self, cx: &mut Context<'_>) {
        if self.ended.is_some() {
            return;
        }
        self.metadata.maybe_request(cx, &mut self.client, Tag::Metadata);
        self.look_up_topics(cx.now);
        self.run_call(cx);
        self.run_group(cx);
        self.update_positions(cx);
        self.poll(cx);
        self.send_fetches(cx);
        self.arm(cx);
    }

    /// The process ends by itself.
    fn end(&mut self, cx: &mut Context<'_>, why: &str) {
        if self.ended.is_none() {
            self.ended = Some(Name::from(why));
            cx.exit();
        }
    }

    fn arm(&self, cx: &mut Context<'_>) {
        if let Some(at) = self.metadata.next_request().filter(|at| *at > cx.now) {
            cx.set_timer(Timer::MetadataRefresh, at);
        }
        let waits = self.assigned.values().filter_map(|p| match p.state {
            FetchState::AwaitReset { not_before, .. } | FetchState::AwaitValidation { not_before, .. } => {
                Some(not_before)
            }
            FetchState::Fetching { .. } => Some(p.backoff_until),
            FetchState::AwaitCommitted | FetchState::Failed { .. } => None,
        });
        match waits.filter(|at| *at > cx.now && *at < Instant::MAX).min() {
            Some(at) => cx.set_timer(Timer::FetchBackoff, at),
            None => cx.stop_timer(Timer::FetchBackoff),
        }
    }
}
