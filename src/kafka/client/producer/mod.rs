//! The producer: interceptor → serializer → partitioner → accumulator → sender.
//!
//! Two threads as in life. The application's ([`send`]) makes records and puts them into the accumulator; it may have to
//! wait there. The sender's ([`sender`], [`answers`]) takes batches that are ready, sends one request a broker, and does
//! with the answers what has to be done. Keys and values are bytes already, so the serializer is the one for bytes;
//! interceptors see a record before everything else, and there are none.
//!
//! Source: `KafkaProducer`, `RecordAccumulator`, `BuiltInPartitioner`, `BufferPool`, `Sender`, `TransactionManager`.

use std::collections::BTreeMap;
mod accumulator;
mod answers;
mod application;
mod batch;
mod buffer_pool;
mod cluster;
mod config;
mod delivery;
mod feed;
mod idempotence;
mod memory;
mod partitioner;
mod queues;
mod send;
mod sender;
#[cfg(test)]
mod tests;
mod workload;

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

pub use accumulator::{
    Append, AppendError, AppendResult, Appended, NodeLatency, RecordAccumulator, Resumed, Scene, TopicQueues,
    WaitingAppend,
};
pub use application::{Application, Blocked, FeedProgress};
pub use batch::{BatchId, ProducerBatch, ProducerIdAndEpoch};
pub use buffer_pool::{Allocation, BufferPool, Waiter, WaiterId};
pub use cluster::{ClusterSnapshot, PartitionInfo, TopicPartitions};
pub use config::{PRODUCER_CONFIGS, ProducerConfig};
pub use delivery::{AckedRange, Decided, Delivery};
pub use feed::{Feed, FeedError, FeedFormat, FeedRecord, FeedSummary, Flaw};
pub use idempotence::{Idempotence, IdempotenceState, PartitionSequences};
pub use memory::{Called, CalledBatch, Chosen, Drain, Handed, SendPath, Setback};
pub use partitioner::{BuiltInPartitioner, Choice, PartitionLoad, Sticky};
pub use queues::ReadyCheck;
pub use sender::SentBatch;
pub use workload::{Keys, MAX_VALUE_BYTES, Values, Workload};

use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::TopicPartition;
use crate::kafka::channel::ChannelConfig;
use crate::kafka::channel::NetworkClient;
use crate::kafka::channel::Outcome;
use crate::kafka::client::MetadataCache;
use crate::kafka::client::MetadataConfig;
use crate::kafka::client::config::ConfigError;
use crate::kafka::machine::Command;
use crate::kafka::machine::Context;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;

/// Sentences that are kept for the page.
const COMPLAINTS: usize = 8;

/// What is needed to start a producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerSpec {
    pub client_id: Name,
    pub profile: Profile,
    /// Configs by their Kafka names; checked with [`ProducerConfig::new`] before they get here.
    pub config: BTreeMap<String, String>,
    pub bootstrap: Vec<NodeId>,
    pub workload: Workload,
}

/// What a person may ask of a producer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProducerCommand {
    /// The cluster has other brokers than this client was told at first.
    Bootstrap(Vec<NodeId>),
    /// Records a second; 0 = none.
    SetRate(u64),
    /// What the application writes from now on; checked with [`Workload::check`] before it gets here.
    SetWorkload(Workload),
    /// Close the client and start it anew with this config; `None` = the default.
    SetConfig(String, Option<String>),
    /// Send a file; checked with [`Feed::check`] before it gets here.
    Feed(Feed),
    /// Read no more of the file; what was handed over goes its way.
    CancelFeed,
    /// Send one record; `topic: None` = that of the workload.
    SendOnce {
        topic: Option<Name>,
        partition: Option<i32>,
        key: Option<Bytes>,
        value: Option<Bytes>,
    },
    Pause,
    Resume,
    /// `flush()`: send everything now, and wait for it.
    Flush,
}

/// What a request of the producer was about.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Tag {
    Metadata,
    InitProducerId,
    Produce(Arc<[SentBatch]>),
}

/// When the producer's timers go off; set again only when they change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Armed {
    sender: Option<Instant>,
    application: Option<Instant>,
    max_block: Option<Instant>,
    metadata: Option<Instant>,
}

/// A producer process: the client and the application that uses it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Producer {
    spec: ProducerSpec,
    config: ProducerConfig,
    client: NetworkClient<Tag>,
    metadata: MetadataCache,
    cluster: Arc<ClusterSnapshot>,
    cluster_version: u64,
    accumulator: RecordAccumulator,
    /// `None` with `enable.idempotence=false`.
    idempotence: Option<Idempotence>,
    sender: sender::SenderState,
    application: Application,
    delivery: Delivery,
    /// The client is closing; this is how it starts again.
    restart: Option<Box<ProducerConfig>>,
    complaints: VecDeque<(Instant, String)>,
    decided: Vec<Decided>,
    path: Option<SendPath>,
    called: VecDeque<Called>,
    callbacks: u64,
    armed: Armed,
}

impl Producer {
    /// # Errors
    /// A configuration that Kafka's producer would refuse.
    pub fn new(spec: ProducerSpec) -> Result<Self, ConfigError> {
        let config = ProducerConfig::new(spec.profile, &spec.config)?;
        Ok(Self {
            client: new_client(&spec, &config),
            metadata: new_metadata(&spec, &config),
            cluster: Arc::new(ClusterSnapshot::default()),
            cluster_version: 0,
            accumulator: RecordAccumulator::new(&config),
            idempotence: config.enable_idempotence.then(Idempotence::default),
            sender: sender::SenderState::default(),
            application: Application::new(spec.workload.clone()),
            delivery: Delivery::default(),
            restart: None,
            complaints: VecDeque::new(),
            decided: Vec::new(),
            path: None,
            called: VecDeque::new(),
            callbacks: 0,
            armed: Armed::default(),
            config,
            spec,
        })
    }

    pub const fn spec(&self) -> &ProducerSpec {
        &self.spec
    }

    pub const fn config(&self) -> &ProducerConfig {
        &self.config
    }

    pub const fn metadata(&self) -> &MetadataCache {
        &self.metadata
    }

    /// The queues, their batches, the memory and who waits for it.
    pub const fn accumulator(&self) -> &RecordAccumulator {
        &self.accumulator
    }

    /// Producer id, epoch and sequences; `None` when the producer is not idempotent.
    pub const fn idempotence(&self) -> Option<&Idempotence> {
        self.idempotence.as_ref()
    }

    pub const fn application(&self) -> &Application {
        &self.application
    }

    /// What became of the records.
    pub const fn delivery(&self) -> &Delivery {
        &self.delivery
    }

    /// Batches that were sent and have no answer, in the order in which they were sent.
    pub const fn in_flight(&self) -> &Map<TopicPartition, Vec<BatchId>> {
        &self.sender.in_flight
    }

    /// Requests without an answer, at all brokers together.
    pub fn requests_without_answer(&self) -> u32 {
        self.client.peers().map(|(_, peer)| peer.in_flight.len() as u32).sum()
    }

    /// Requests without an answer at a broker.
    pub fn requests_in_flight(&self, broker: NodeId) -> usize {
        self.client.in_flight(broker)
    }

    /// Whether the client is closing, to start again with another config.
    pub const fn is_restarting(&self) -> bool {
        self.restart.is_some()
    }

    /// The last errors, each with its moment, as sentences with their Kafka names.
    pub const fn complaints(&self) -> &VecDeque<(Instant, String)> {
        &self.complaints
    }

    /// What callbacks were told during the last input.
    pub fn decided(&self) -> &[Decided] {
        &self.decided
    }

    /// The latest record that was handed to `send()`.
    pub const fn path(&self) -> Option<&SendPath> {
        self.path.as_ref()
    }

    /// The latest callbacks, oldest first.
    pub const fn called(&self) -> &VecDeque<Called> {
        &self.called
    }

    /// Its connections, and the requests without an answer on each.
    pub const fn client(&self) -> &NetworkClient<Tag> {
        &self.client
    }

    /// The cluster as the accumulator knows it.
    pub fn cluster(&self) -> &ClusterSnapshot {
        &self.cluster
    }

    pub fn handle(&mut self, cx: &mut Context<'_>, input: &Input) {
        self.decided.clear();
        for outcome in self.client.on_input(cx, input) {
            self.on_outcome(cx, outcome);
        }
        match input {
            Input::Started => self.application.restart_pace(cx.now),
            Input::Timer(Timer::Sender) => self.armed.sender = None,
            Input::Timer(Timer::Application) => self.armed.application = None,
            Input::Timer(Timer::MaxBlock) => self.armed.max_block = None,
            Input::Timer(Timer::MetadataRefresh) => self.armed.metadata = None,
            Input::Command(Command::Producer(command)) => self.on_command(cx, command.clone()),
            _ => {}
        }
        self.run(cx);
    }

    /// Everything that can be done now.
    fn run(&mut self, cx: &mut Context<'_>) {
        if self.cluster_version != self.metadata.version() {
            self.cluster_version = self.metadata.version();
            self.cluster = Arc::new(ClusterSnapshot::of(&self.metadata));
        }
        self.run_application(cx);
        self.run_sender(cx);
        if self.application.blocked.is_some() {
            // The sender may have given memory back, or finished what a flush waits for.
            self.run_application(cx);
            self.run_sender(cx);
        }
        self.finish_restart(cx);
        self.metadata.maybe_request(cx, &mut self.client, Tag::Metadata);
        self.arm(cx);
    }

    fn on_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<Tag>) {
        match outcome {
            Outcome::Ready { .. } => {}
            Outcome::Unreachable { .. } => self.metadata.request_update(),
            Outcome::Response { tag, response, .. } => match (tag, response.body.as_ref()) {
                (Tag::Metadata, Response::Metadata(answer)) => self.metadata.on_response(cx.now, answer),
                (Tag::InitProducerId, Response::InitProducerId(answer)) => {
                    self.on_init_producer_id(cx, answer)
                }
                (Tag::Produce(sent), Response::Produce(answer)) => self.on_produce(cx, &sent, answer),
                (tag, _) => self.on_lost(cx, tag, ErrorCode::UnsupportedVersion),
            },
            Outcome::Disconnected { tag, timed_out, .. } => {
                let error = if timed_out { ErrorCode::RequestTimedOut } else { ErrorCode::NetworkException };
                self.on_lost(cx, tag, error);
            }
        }
    }

    fn on_lost(&mut self, cx: &mut Context<'_>, tag: Tag, error: ErrorCode) {
        match tag {
            Tag::Metadata => self.metadata.on_failure(cx.now),
            Tag::InitProducerId => self.init_failed(cx.now),
            Tag::Produce(sent) => self.on_no_answer(cx, &sent, error),
        }
    }

    fn on_command(&mut self, cx: &mut Context<'_>, command: ProducerCommand) {
        let app = &mut self.application;
        match command {
            ProducerCommand::Bootstrap(nodes) => {
                self.spec.bootstrap.clone_from(&nodes);
                self.metadata.set_bootstrap(nodes);
            }
            ProducerCommand::SetRate(rate) => {
                self.spec.workload.rate = rate;
                app.workload.rate = rate;
                app.restart_pace(cx.now);
            }
            ProducerCommand::SetWorkload(workload) => {
                self.spec.workload.clone_from(&workload);
                app.set_workload(cx.now, workload);
            }
            ProducerCommand::SetConfig(name, value) => self.set_config(cx, &name, value),
            ProducerCommand::Feed(feed) => {
                app.feed = Some(FeedProgress::new(feed));
                app.restart_pace(cx.now);
            }
            ProducerCommand::CancelFeed => {
                if let Some(progress) = app.feed.as_mut().filter(|progress| !progress.read) {
                    (progress.read, progress.cancelled) = (true, true);
                    app.restart_pace(cx.now);
                }
            }
            ProducerCommand::SendOnce { topic, partition, key, value } => {
                let topic = topic.unwrap_or_else(|| self.spec.workload.topic.clone());
                let record = send::FeedOrNot { key, value, fed: false };
                let record = self.new_record(cx, topic, partition, record);
                self.delivery.sent += 1;
                self.application.pending.push_back(record);
            }
            ProducerCommand::Pause => app.paused = true,
            ProducerCommand::Resume => {
                app.paused = false;
                app.restart_pace(cx.now);
            }
            ProducerCommand::Flush => app.flush_wanted = true,
        }
    }

    /// An application cannot change the configuration of a running client: it closes it and makes another.
    fn set_config(&mut self, cx: &mut Context<'_>, name: &str, value: Option<String>) {
        let before = self.restart.as_deref().unwrap_or(&self.config);
        match before.with(name, value.as_deref().unwrap_or_default()) {
            Err(error) => self.complain(cx.now, error.to_string()),
            Ok(config) => {
                self.spec.config.clone_from(config.values.set());
                self.restart = Some(Box::new(config));
                let record = match self.application.blocked.take() {
                    Some(Blocked::Metadata { record, .. }) => Some(record),
                    Some(Blocked::Memory { waiter, .. }) => self.accumulator.give_up(waiter),
                    _ => None,
                };
                if let Some(record) = record {
                    self.application.pending.push_front(record);
                }
                self.application.blocked = Some(Blocked::Close { since: cx.now });
                self.accumulator.close();
            }
        }
    }

    /// `close()` returns when everything was sent and answered; then the client starts again.
    fn finish_restart(&mut self, cx: &mut Context<'_>) {
        if self.accumulator.has_undrained() || !self.sender.in_flight.is_empty() {
            return;
        }
        let Some(config) = self.restart.take() else { return };
        let peers: Vec<NodeId> = self.client.peers().map(|(id, _)| id).collect();
        for peer in peers {
            self.client.close(cx, peer);
        }
        let mut client = new_client(&self.spec, &config);
        client.keep_correlation(&self.client);
        let mut accumulator = RecordAccumulator::new(&config);
        accumulator.next_batch = self.accumulator.next_batch;
        self.client = client;
        self.accumulator = accumulator;
        self.metadata = new_metadata(&self.spec, &config);
        self.cluster = Arc::new(ClusterSnapshot::default());
        self.cluster_version = 0;
        self.idempotence = config.enable_idempotence.then(Idempotence::default);
        self.sender = sender::SenderState::default();
        self.path = None;
        self.called.clear();
        self.config = *config;
        self.application.blocked = None;
        self.application.restart_pace(cx.now);
        self.run_application(cx);
    }

    fn complain(&mut self, now: Instant, sentence: String) {
        if self.complaints.len() == COMPLAINTS {
            self.complaints.pop_front();
        }
        self.complaints.push_back((now, sentence));
    }

    fn arm(&mut self, cx: &mut Context<'_>) {
        let init = self.sender.init_not_before;
        let init = Some(init).filter(|at| self.idempotence.is_some() && *at > cx.now);
        let round = self.sender.wake_ms.map(sender::moment).map(|at| at.max(cx.now));
        let wanted = Armed {
            sender: round.into_iter().chain(init).min(),
            application: self.application.next_wake().map(|at| at.max(cx.now)),
            max_block: self.application.blocked.as_ref().and_then(Blocked::until),
            metadata: self.metadata.next_request().filter(|at| *at > cx.now),
        };
        let armed = self.armed;
        set(cx, Timer::Sender, armed.sender, wanted.sender);
        set(cx, Timer::Application, armed.application, wanted.application);
        set(cx, Timer::MaxBlock, armed.max_block, wanted.max_block);
        set(cx, Timer::MetadataRefresh, armed.metadata, wanted.metadata);
        self.armed = wanted;
    }
}

fn set(cx: &mut Context<'_>, timer: Timer, armed: Option<Instant>, wanted: Option<Instant>) {
    match wanted {
        _ if armed == wanted => {}
        Some(at) => cx.set_timer(timer, at),
        None => cx.stop_timer(timer),
    }
}

fn new_client(spec: &ProducerSpec, config: &ProducerConfig) -> NetworkClient<Tag> {
    let ms = |name: &str| Duration::from_millis(config.values.number(name).unsigned_abs());
    let channel = ChannelConfig {
        max_in_flight: config.max_in_flight.unsigned_abs() as usize,
        reconnect_backoff: ms("reconnect.backoff.ms"),
        reconnect_backoff_max: ms("reconnect.backoff.max.ms"),
        request_timeout: ms("request.timeout.ms"),
    };
    NetworkClient::new(0, spec.client_id.clone(), channel)
}

fn new_metadata(spec: &ProducerSpec, config: &ProducerConfig) -> MetadataCache {
    let ms = |name: &str| Duration::from_millis(config.values.number(name).unsigned_abs());
    let settings = MetadataConfig {
        max_age: ms("metadata.max.age.ms"),
        retry_backoff: ms("retry.backoff.ms"),
        retry_backoff_max: ms("retry.backoff.max.ms"),
        may_create: true,
    };
    MetadataCache::new(spec.bootstrap.clone(), settings)
}
