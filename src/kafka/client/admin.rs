//! The admin client: topics, partitions, configs, records. One request after the other, each tried again until
//! `default.api.timeout.ms`. Source: `KafkaAdminClient`.

mod command_line;
mod group;
mod list;
mod messages;
mod printed;

use std::collections::VecDeque;

use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::channel::ChannelConfig;
use crate::kafka::channel::NetworkClient;
use crate::kafka::channel::Outcome;
use crate::kafka::client::MetadataCache;
use crate::kafka::client::MetadataConfig;
use crate::kafka::machine::Command;
use crate::kafka::machine::Context;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages as m;
use group::GroupWork;
use group::Progress;
use group::Step;
use list::ListWork;

pub use group::Describe;
pub use group::ResetPoint;

/// `default.api.timeout.ms`
const API_TIMEOUT: Duration = Duration::from_secs(60);
/// `retry.backoff.ms`
const RETRY_BACKOFF: Duration = Duration::from_millis(100);
/// Answers that are kept for the page.
const RESULTS_KEPT: usize = 64;

/// What a person may ask of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AdminRequest {
    /// The cluster has other brokers than this client was told at first.
    Bootstrap(Vec<NodeId>),
    CreateTopic {
        name: Name,
        partitions: i32,
        replication: i16,
        configs: Vec<(String, String)>,
    },
    DeleteTopic {
        name: Name,
    },
    /// Raise the number of partitions to `total`.
    CreatePartitions {
        topic: Name,
        total: i32,
    },
    /// Set a topic's config, or take it back to its default with `None`.
    SetTopicConfig {
        topic: Name,
        config: String,
        value: Option<String>,
    },
    /// Set a broker's config, or take it back to its default with `None`.
    SetBrokerConfig {
        broker: NodeId,
        config: String,
        value: Option<String>,
    },
    /// Move the log start offset up to `before`.
    DeleteRecords {
        partition: TopicPartition,
        before: i64,
    },
    /// Commit other offsets for a group that nobody uses now: of these partitions of a topic, of the whole topic, or of
    /// everything that it has committed.
    ResetOffsets {
        group: Name,
        topic: Option<Name>,
        partitions: Vec<i32>,
        to: ResetPoint,
    },
    /// Forget what a group has committed for a topic that it does not subscribe to.
    DeleteOffsets {
        group: Name,
        topic: Name,
    },
    /// Delete a group without members, and its offsets.
    DeleteGroup {
        group: Name,
    },
    /// Which consumer groups there are; with states or types, only those of them (`Stable`, `Classic`).
    ListGroups {
        states: Vec<Name>,
        types: Vec<Name>,
    },
    /// What a group's coordinator says of it.
    DescribeGroup {
        group: Name,
        show: Describe,
    },
    /// Take static members out of a group by their `group.instance.id`; without any, all members.
    RemoveMembers {
        group: Name,
        instances: Vec<Name>,
    },
}

/// How a request of the admin client ended.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct AdminResult {
    /// Counts the requests of this client from 1.
    pub number: u64,
    pub request: AdminRequest,
    pub at: Instant,
    pub error: Option<ErrorCode>,
    /// The broker's sentence, where it gave one; of a list or a description, what the tool prints.
    pub message: Option<String>,
}

/// What is needed to start an admin client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AdminSpec {
    pub client_id: Name,
    pub bootstrap: Vec<NodeId>,
}

#[derive(Clone, Debug, PartialEq, Hash)]
struct Pending {
    number: u64,
    request: AdminRequest,
    /// Where a task of several requests stands.
    work: Option<Work>,
    give_up_at: Instant,
    /// Not before this moment, after an answer that may be better next time.
    not_before: Instant,
}

/// A task of several requests.
#[derive(Clone, Debug, PartialEq, Hash)]
enum Work {
    Group(GroupWork),
    List(ListWork),
}

impl Work {
    /// The steps of a task; `None` for one of a single request. `version` is that of the metadata known now.
    fn of(task: &AdminRequest, wall_ms: i64, version: u64) -> Option<Self> {
        let list = ListWork::of(task, version).map(Self::List);
        list.or_else(|| GroupWork::of(task, wall_ms).map(Self::Group))
    }

    fn step(&self, metadata: &MetadataCache) -> Step {
        match self {
            Self::Group(work) => work.step(metadata),
            Self::List(work) => work.step(metadata),
        }
    }

    fn on_answer(&mut self, answer: &Response, metadata: &MetadataCache) -> Progress {
        match self {
            Self::Group(work) => work.on_answer(answer, metadata),
            Self::List(work) => work.on_answer(answer, metadata),
        }
    }

    fn lost(&mut self) {
        if let Self::Group(work) = self {
            work.lost();
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Tag {
    Metadata,
    Request(u64),
}

/// The admin client of the person at the page.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Admin {
    client: NetworkClient<Tag>,
    metadata: MetadataCache,
    pending: VecDeque<Pending>,
    /// The number of the request that is on its way.
    sent: Option<u64>,
    results: VecDeque<AdminResult>,
    last_number: u64,
}

impl Admin {
    pub fn new(spec: AdminSpec) -> Self {
        Self {
            client: NetworkClient::new(0, spec.client_id, ChannelConfig::default()),
            metadata: MetadataCache::new(spec.bootstrap, MetadataConfig::default()),
            pending: VecDeque::new(),
            sent: None,
            results: VecDeque::new(),
            last_number: 0,
        }
    }

    /// The latest answers, oldest first.
    pub fn results(&self) -> impl Iterator<Item = &AdminResult> {
        self.results.iter()
    }

    /// The requests that have no answer yet.
    pub fn pending(&self) -> impl Iterator<Item = &AdminRequest> {
        self.pending.iter().map(|p| &p.request)
    }

    pub fn handle(&mut self, cx: &mut Context<'_>, input: &Input) {
        for outcome in self.client.on_input(cx, input) {
            self.on_outcome(cx, outcome);
        }
        if let Input::Command(Command::Admin(request)) = input {
            self.on_command(cx, request);
        }
        self.run(cx);
    }

    fn on_command(&mut self, cx: &Context<'_>, request: &AdminRequest) {
        let now = cx.now;
        if let AdminRequest::Bootstrap(nodes) = request {
            self.metadata.set_bootstrap(nodes.clone());
            return;
        }
        self.last_number += 1;
        self.pending.push_back(Pending {
            number: self.last_number,
            request: request.clone(),
            work: Work::of(request, cx.wall_ms(), self.metadata.version()),
            give_up_at: now + API_TIMEOUT,
            not_before: now,
        });
    }

    fn on_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<Tag>) {
        match outcome {
            Outcome::Ready { .. } => {}
            // What was known led to a broker that is not there (`handleServerDisconnect`).
            Outcome::Unreachable { .. } => self.metadata.request_update(),
            Outcome::Response { tag: Tag::Metadata, response, .. } => {
                if let Response::Metadata(answer) = response.body.as_ref() {
                    self.metadata.on_response(cx.now, answer);
                }
            }
            Outcome::Disconnected { tag: Tag::Metadata, .. } => self.metadata.on_failure(cx.now),
            Outcome::Response { tag: Tag::Request(number), response, .. } if self.has_work(number) => {
                self.on_step(cx.now, &response.body);
            }
            Outcome::Response { tag: Tag::Request(number), response, .. } => {
                let (error, message) = outcome_of(&response.body);
                self.on_answer(cx.now, number, error, message);
            }
            Outcome::Disconnected { tag: Tag::Request(number), .. } => {
                self.on_answer(cx.now, number, Some(ErrorCode::NetworkException), None);
            }
        }
    }

    fn on_answer(&mut self, now: Instant, number: u64, error: Option<ErrorCode>, message: Option<String>) {
        self.sent = None;
        let Some(first) = self.pending.front_mut().filter(|p| p.number == number) else { return };
        if let Some(work) = &mut first.work {
            work.lost();
        }
        let again = error.is_some_and(|e| e.is_retriable());
        if again && now + RETRY_BACKOFF < first.give_up_at {
            first.not_before = now + RETRY_BACKOFF;
            self.metadata.request_update();
        } else {
            self.finish(now, error, message);
        }
    }

    /// Whether this request is one of several that a task needs.
    fn has_work(&self, number: u64) -> bool {
        self.pending.front().is_some_and(|first| first.number == number && first.work.is_some())
    }

    /// An answer brings a task of several requests on.
    fn on_step(&mut self, now: Instant, answer: &Response) {
        self.sent = None;
        let Some(first) = self.pending.front_mut() else { return };
        let Some(work) = &mut first.work else { return };
        match work.on_answer(answer, &self.metadata) {
            Progress::Next => {}
            Progress::Again(_) if now + RETRY_BACKOFF < first.give_up_at => {
                first.not_before = now + RETRY_BACKOFF;
                self.metadata.request_update();
            }
            Progress::Again(error) => self.finish(now, Some(error), None),
            Progress::Done(error, message) => self.finish(now, error, message),
        }
    }

    fn finish(&mut self, at: Instant, error: Option<ErrorCode>, message: Option<String>) {
        let Some(Pending { number, request, .. }) = self.pending.pop_front() else { return };
        if self.results.len() == RESULTS_KEPT {
            self.results.pop_front();
        }
        self.results.push_back(AdminResult { number, request, at, error, message });
    }

    fn run(&mut self, cx: &mut Context<'_>) {
        while let Some(first) = self.pending.front()
            && self.sent.is_none()
            && first.give_up_at <= cx.now
        {
            let message = "no broker answered within default.api.timeout.ms = 60000".to_owned();
            self.finish(cx.now, Some(ErrorCode::RequestTimedOut), Some(message));
        }
        if self.pending.is_empty() {
            return cx.stop_timer(Timer::AdminRetry);
        }
        if let Some(Pending { request: AdminRequest::DeleteRecords { partition, .. }, .. }) =
            self.pending.front()
        {
            self.metadata.add_topic(&partition.topic);
        }
        self.metadata.maybe_request(cx, &mut self.client, Tag::Metadata);
        if self.sent.is_none() {
            self.send_first(cx);
        }
        let wake = self.pending.front().map_or(Instant::MAX, |p| p.not_before.max(cx.now + RETRY_BACKOFF));
        cx.set_timer(Timer::AdminRetry, wake);
    }

    fn send_first(&mut self, cx: &mut Context<'_>) {
        let Some(first) = self.pending.front().filter(|p| p.not_before <= cx.now).cloned() else { return };
        if let Some(work) = &first.work {
            return self.send_step(cx, first.number, work);
        }
        let Some(node) = self.target(cx.now, &first.request) else { return };
        let request = self.request(&first.request);
        if self.client.ready(cx, node) && self.client.send(cx, node, request, Tag::Request(first.number)) {
            self.sent = Some(first.number);
        }
    }

    /// Sends the next request of a task of several.
    fn send_step(&mut self, cx: &mut Context<'_>, number: u64, work: &Work) {
        let (node, request, newest) = match work.step(&self.metadata) {
            Step::Ask(node, request, newest) => (Some(node), request, newest),
            Step::AskAny(request) => {
                (self.client.least_loaded(cx.now, self.metadata.brokers()), request, i16::MAX)
            }
            Step::Metadata(topics) => {
                topics.iter().for_each(|topic| self.metadata.add_topic(topic));
                self.metadata.request_update();
                self.metadata.maybe_request(cx, &mut self.client, Tag::Metadata);
                return;
            }
            Step::Fail(error, why) => return self.finish(cx.now, Some(error), Some(why)),
        };
        let Some(node) = node else { return };
        let tag = Tag::Request(number);
        if self.client.ready(cx, node) && self.client.send_up_to(cx, node, request, tag, newest) {
            self.sent = Some(number);
        }
    }

    /// Who has to be asked: the leader for its records, a broker for its own configs, else anybody (brokers forward to
    /// the controller).
    fn target(&self, now: Instant, request: &AdminRequest) -> Option<NodeId> {
        match request {
            AdminRequest::DeleteRecords { partition, .. } => Some(self.metadata.leader(partition)?.0),
            AdminRequest::SetBrokerConfig { broker, .. } => Some(*broker),
            _ => self.client.least_loaded(now, self.metadata.brokers()),
        }
    }

    fn request(&self, request: &AdminRequest) -> Request {
        match request {
            AdminRequest::Bootstrap(_) => unreachable!("a bootstrap list is no request to a broker"),
            AdminRequest::CreateTopic { name, partitions, replication, configs } => {
                create_topic(name, *partitions, *replication, configs)
            }
            AdminRequest::DeleteTopic { name } => Request::DeleteTopics(
                m::delete_topics_request::DeleteTopicsRequestData::default()
                    .with_timeout_ms(30_000)
                    .with_topics(vec![
                        m::delete_topics_request::DeleteTopicState::default().with_name(Some(text(name))),
                    ]),
            ),
            AdminRequest::CreatePartitions { topic, total } => Request::CreatePartitions(
                m::create_partitions_request::CreatePartitionsRequestData::default()
                    .with_timeout_ms(30_000)
                    .with_topics(vec![
                        m::create_partitions_request::CreatePartitionsTopic::default()
                            .with_name(text(topic))
                            .with_count(*total)
                            .with_assignments(None),
                    ]),
            ),
            AdminRequest::SetTopicConfig { topic, config, value } => {
                alter_config(2, topic, config, value.as_deref())
            }
            AdminRequest::SetBrokerConfig { broker, config, value } => {
                alter_config(4, &broker.to_string(), config, value.as_deref())
            }
            AdminRequest::DeleteRecords { partition, before } => delete_records(partition, *before),
            AdminRequest::ResetOffsets { .. }
            | AdminRequest::DeleteOffsets { .. }
            | AdminRequest::DeleteGroup { .. }
            | AdminRequest::ListGroups { .. }
            | AdminRequest::DescribeGroup { .. }
            | AdminRequest::RemoveMembers { .. } => unreachable!("tasks about groups go step by step"),
        }
    }
}

fn text(text: &str) -> KafkaString {
    KafkaString::from(text.to_owned())
}

fn create_topic(name: &str, partitions: i32, replication: i16, configs: &[(String, String)]) -> Request {
    use m::create_topics_request::CreatableTopic;
    use m::create_topics_request::CreatableTopicConfig;
    use m::create_topics_request::CreateTopicsRequestData;
    let config = |(name, value): &(String, String)| {
        CreatableTopicConfig::default().with_name(text(name)).with_value(Some(text(value)))
    };
    let topic = CreatableTopic::default()
        .with_name(text(name))
        .with_num_partitions(partitions)
        .with_replication_factor(replication)
        .with_configs(configs.iter().map(config).collect());
    Request::CreateTopics(CreateTopicsRequestData::default().with_timeout_ms(30_000).with_topics(vec![topic]))
}

/// `kind`: 2 for a topic, 4 for a broker (`ConfigResource.Type`).
fn alter_config(kind: i8, name: &str, config: &str, value: Option<&str>) -> Request {
    use m::incremental_alter_configs_request::AlterConfigsResource;
    use m::incremental_alter_configs_request::AlterableConfig;
    use m::incremental_alter_configs_request::IncrementalAlterConfigsRequestData;
    let operation = if value.is_some() { 0 } else { 1 }; // SET, DELETE
    let config = AlterableConfig::default()
        .with_name(text(config))
        .with_config_operation(operation)
        .with_value(value.map(text));
    let resource = AlterConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(name))
        .with_configs(vec![config]);
    Request::IncrementalAlterConfigs(
        IncrementalAlterConfigsRequestData::default().with_resources(vec![resource]),
    )
}

fn delete_records(partition: &TopicPartition, before: i64) -> Request {
    use m::delete_records_request::DeleteRecordsPartition;
    use m::delete_records_request::DeleteRecordsRequestData;
    use m::delete_records_request::DeleteRecordsTopic;
    let records =
        DeleteRecordsPartition::default().with_partition_index(partition.partition).with_offset(before);
    let topic =
        DeleteRecordsTopic::default().with_name(text(&partition.topic)).with_partitions(vec![records]);
    Request::DeleteRecords(
        DeleteRecordsRequestData::default().with_timeout_ms(30_000).with_topics(vec![topic]),
    )
}

/// The error of an answer about one thing, and its sentence.
fn outcome_of(response: &Response) -> (Option<ErrorCode>, Option<String>) {
    let (code, message) = match response {
        Response::CreateTopics(r) => r.topics.first().map(|t| (t.error_code, t.error_message.as_ref())),
        Response::DeleteTopics(r) => r.responses.first().map(|t| (t.error_code, t.error_message.as_ref())),
        Response::CreatePartitions(r) => r.results.first().map(|t| (t.error_code, t.error_message.as_ref())),
        Response::IncrementalAlterConfigs(r) => {
            r.responses.first().map(|t| (t.error_code, t.error_message.as_ref()))
        }
        Response::DeleteRecords(r) => {
            r.topics.first().and_then(|t| t.partitions.first()).map(|p| (p.error_code, None))
        }
        _ => None,
    }
    .unwrap_or((ErrorCode::UnknownServerError.code(), None));
    ((code != 0).then(|| ErrorCode::from(code)), message.map(ToString::to_string))
}
