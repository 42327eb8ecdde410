//! The consumer: `assign`, `seek`, `poll`. Two halves as in life: the application calls `poll()`, works, and calls
//! again; the fetcher asks the leaders for what comes next while it works.
//!
//! Source: `KafkaConsumer`, `SubscriptionState`, `Fetcher`, `OffsetFetcher`, `CompletedFetch`.

use std::collections::BTreeMap;
mod application;
pub mod assignor;
mod completed_fetch;
mod config;
mod fetcher;
mod offsets;
pub mod read_committed;
mod subscription;

use std::collections::VecDeque;

pub use application::{Application, Pace, Polled};
pub use completed_fetch::{CompletedFetch, Taken};
pub use config::{CONSUMER_CONFIGS, ConsumerConfig, OffsetReset};
pub use subscription::{AssignedPartition, FetchState, Position, ResetTo};

use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Profile;
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

/// Which partitions an application reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Assignment {
    /// `assign(partitions)`
    Partitions(Vec<TopicPartition>),
    /// `assign(partitionsFor(topic))`: those that exist when the application looks; it does not look again.
    Topics(Vec<Name>),
}

/// What is needed to start a consumer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerSpec {
    pub client_id: Name,
    pub profile: Profile,
    /// Configs by their Kafka names; checked with [`ConsumerConfig::new`] before they get here.
    pub config: BTreeMap<String, String>,
    pub bootstrap: Vec<NodeId>,
    pub assignment: Assignment,
    pub pace: Pace,
}

/// What a person may ask of a consumer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerCommand {
    Assign(Assignment),
    /// Move the position of a partition; nothing happens when it is not assigned.
    Seek(TopicPartition, SeekTo),
    Pause(TopicPartition),
    Resume(TopicPartition),
    SetPace(Pace),
    /// Start the client anew with this config, at the positions where it was; `None` = the default.
    SetConfig(String, Option<String>),
}

/// Where a seek goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SeekTo {
    Offset(Offset),
    Reset(ResetTo),
}

/// What a request of the consumer was about.
#[derive(Clone, Debug, PartialEq, Hash)]
enum Tag {
    Metadata,
    Fetch(Map<TopicPartition, Offset>),
    ListOffsets(Map<TopicPartition, ResetTo>),
    EndOffsets(Map<TopicPartition, (Position, Epoch)>),
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
    sessions: Map<NodeId, FetchSession>,
    /// Brokers with a fetch on its way: one at a time each.
    fetching: Set<NodeId>,
    completed: VecDeque<CompletedFetch>,
    application: Application,
}

impl Consumer {
    /// # Errors
    /// A configuration that Kafka's consumer would refuse.
    pub fn new(spec: ConsumerSpec) -> Result<Self, ConfigError> {
        let config = ConsumerConfig::new(spec.profile, &spec.config)?;
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
        };
        let mut consumer = Self {
            client: NetworkClient::new(0, spec.client_id.clone(), channel),
            metadata: MetadataCache::new(spec.bootstrap.clone(), metadata),
            config,
            looking_up: Vec::new(),
            assigned: Map::new(),
            sessions: Map::new(),
            fetching: Set::new(),
            completed: VecDeque::new(),
            application: Application::new(spec.pace),
            spec,
        };
        consumer.assign(consumer.spec.assignment.clone());
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

    /// Fetched, and not yet taken by `poll()`.
    pub fn buffered(&self) -> impl Iterator<Item = &CompletedFetch> {
        self.completed.iter()
    }

    pub fn application(&self) -> &Application {
        &self.application
    }

    pub fn handle(&mut self, cx: &mut Context<'_>, input: &Input) {
        for outcome in self.client.on_input(cx, input) {
            self.on_outcome(cx, outcome);
        }
        match input {
            Input::Timer(Timer::Poll) => self.application.poll_again(cx.now),
            Input::Command(Command::Consumer(command)) => self.on_command(cx, command),
            _ => {}
        }
        self.run(cx);
    }

    fn on_command(&mut self, cx: &mut Context<'_>, command: &ConsumerCommand) {
        match command {
            ConsumerCommand::Assign(assignment) => self.assign(assignment.clone()),
            ConsumerCommand::Seek(partition, to) => self.seek(partition, *to),
            ConsumerCommand::Pause(partition) => self.set_paused(partition, true),
            ConsumerCommand::Resume(partition) => self.set_paused(partition, false),
            ConsumerCommand::SetPace(pace) => {
                self.spec.pace = *pace;
                self.application.set_pace(cx, *pace);
            }
            ConsumerCommand::SetConfig(name, value) => self.reconfigure(cx, name, value.clone()),
        }
    }

    fn assign(&mut self, assignment: Assignment) {
        self.spec.assignment = assignment.clone();
        match assignment {
            Assignment::Topics(topics) => {
                topics.iter().for_each(|topic| self.metadata.add_topic(topic));
                self.looking_up = topics;
            }
            Assignment::Partitions(partitions) => {
                partitions.iter().for_each(|p| self.metadata.add_topic(&p.topic));
                self.looking_up.clear();
                self.assign_partitions(&partitions);
            }
        }
    }

    /// Partitions that stay keep their position (`SubscriptionState.assignFromUser`).
    fn assign_partitions(&mut self, partitions: &[TopicPartition]) {
        let first = match self.config.auto_offset_reset {
            OffsetReset::Earliest => {
                FetchState::AwaitReset { to: ResetTo::Earliest, not_before: Instant::ZERO }
            }
            OffsetReset::Latest => FetchState::AwaitReset { to: ResetTo::Latest, not_before: Instant::ZERO },
            OffsetReset::None => FetchState::Failed {
                error: "NoOffsetForPartitionException: Undefined offset with no reset policy: seek first"
                    .into(),
                position: None,
            },
        };
        let mut old = std::mem::take(&mut self.assigned);
        for partition in partitions {
            let state = old.remove(partition).unwrap_or_else(|| AssignedPartition::new(first.clone()));
            self.assigned.insert(partition.clone(), state);
        }
    }

    fn seek(&mut self, partition: &TopicPartition, to: SeekTo) {
        let Some(assigned) = self.assigned.get_mut(partition) else { return };
        assigned.state = match to {
            SeekTo::Offset(offset) => FetchState::Fetching { position: Position { offset, epoch: None } },
            SeekTo::Reset(to) => FetchState::AwaitReset { to, not_before: Instant::ZERO },
        };
        assigned.backoff_until = Instant::ZERO;
    }

    fn set_paused(&mut self, partition: &TopicPartition, paused: bool) {
        if let Some(assigned) = self.assigned.get_mut(partition) {
            assigned.paused = paused;
        }
    }

    fn reconfigure(&mut self, cx: &mut Context<'_>, name: &str, value: Option<String>) {
        let mut spec = self.spec.clone();
        match value {
            Some(value) => spec.config.insert(name.to_owned(), value),
            None => spec.config.remove(name),
        };
        let Ok(mut fresh) = Self::new(spec) else { return };
        let peers: Vec<NodeId> = self.client.peers().map(|(id, _)| id).collect();
        for peer in peers {
            self.client.close(cx, peer);
        }
        fresh.client.keep_correlation(&self.client);
        fresh.assigned = std::mem::take(&mut self.assigned);
        for assigned in fresh.assigned.values_mut() {
            assigned.restart();
        }
        fresh.looking_up.retain(|_| fresh.assigned.is_empty());
        fresh.application = self.application.clone();
        *self = fresh;
    }

    fn on_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<Tag>) {
        match outcome {
            Outcome::Ready { .. } => {}
            // What was known led to a broker that is not there (`handleServerDisconnect`).
            Outcome::Unreachable { .. } => self.metadata.request_update(),
            Outcome::Response { peer, tag, response, .. } => self.on_response(cx, peer, tag, &response),
            Outcome::Disconnected { peer, tag, .. } => self.on_disconnected(cx.now, peer, tag),
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
            (tag, _) => self.on_disconnected(cx.now, peer, tag),
        }
    }

    fn on_disconnected(&mut self, now: Instant, peer: NodeId, tag: Tag) {
        match tag {
            Tag::Metadata => return self.metadata.on_failure(now),
            Tag::Fetch(_) => {
                self.fetching.remove(&peer);
                self.sessions.entry(peer).or_default().on_disconnect();
            }
            Tag::ListOffsets(asked) => self.offsets_again(now, asked.keys()),
            Tag::EndOffsets(asked) => self.offsets_again(now, asked.keys()),
        }
        self.metadata.request_update();
    }

    /// Everything that can be done now.
    fn run(&mut self, cx: &mut Context<'_>) {
        self.metadata.maybe_request(cx, &mut self.client, Tag::Metadata);
        self.look_up_topics();
        self.update_positions(cx);
        self.deliver(cx);
        self.send_fetches(cx);
        self.arm(cx);
    }

    fn look_up_topics(&mut self) {
        if self.looking_up.is_empty() {
            return;
        }
        let counts = self.looking_up.iter().map(|t| Some((t, self.metadata.partition_count(t)?)));
        let Some(counts) = counts.collect::<Option<Vec<_>>>() else { return };
        let all = |(topic, count): (&Name, i32)| {
            (0..count).map(|p| TopicPartition::new(topic, p)).collect::<Vec<_>>()
        };
        let partitions: Vec<TopicPartition> = counts.into_iter().flat_map(all).collect();
        self.looking_up.clear();
        self.assign_partitions(&partitions);
    }

    /// Hands what was fetched to an application that waits in `poll()`.
    fn deliver(&mut self, cx: &mut Context<'_>) {
        if !self.application.is_polling() {
            return;
        }
        let mut polled = Polled::default();
        let mut aside = VecDeque::new();
        while polled.records < self.config.max_poll_records
            && let Some(mut fetch) = self.completed.pop_front()
        {
            let Some(assigned) = self.assigned.get_mut(&fetch.partition) else { continue };
            if assigned.position().is_none_or(|p| p.offset != fetch.next_offset) {
                continue; // A seek or a reset has moved the position since.
            }
            if assigned.paused {
                aside.push_back(fetch);
                continue;
            }
            let drained =
                take(assigned, &mut fetch, self.config.max_poll_records - polled.records, &mut polled);
            if !drained {
                self.completed.push_front(fetch);
            }
        }
        aside.extend(std::mem::take(&mut self.completed));
        self.completed = aside;
        self.application.on_polled(cx, polled);
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
            FetchState::Failed { .. } => None,
        });
        match waits.filter(|at| *at > cx.now && *at < Instant::MAX).min() {
            Some(at) => cx.set_timer(Timer::FetchBackoff, at),
            None => cx.stop_timer(Timer::FetchBackoff),
        }
    }
}

/// Takes up to `max` records for the application; true when the fetch has nothing left.
fn take(
    assigned: &mut AssignedPartition,
    fetch: &mut CompletedFetch,
    max: usize,
    polled: &mut Polled,
) -> bool {
    let result = fetch.take(max, assigned.furthest);
    let position = Position { offset: fetch.next_offset, epoch: fetch.last_epoch };
    match result {
        Ok(taken) => {
            assigned.state = FetchState::Fetching { position };
            assigned.consumed_records += taken.records as u64;
            assigned.consumed_bytes += taken.bytes as u64;
            assigned.repeated_records += taken.repeated;
            assigned.furthest = assigned.furthest.max(position.offset);
            let drained = taken.drained;
            polled.add(&fetch.partition, taken);
            drained
        }
        Err(error) => {
            let error = format!("KafkaException: {error}. Seek past the record to continue.");
            assigned.state = FetchState::Failed { error, position: Some(position) };
            true
        }
    }
}
