use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Profile;
use crate::kafka::base::RandomStreams;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::ConsumerCommand;
use crate::kafka::client::consumer::ConsumerSpec;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::machine::Closed;
use crate::kafka::machine::Command;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Context;
use crate::kafka::machine::Effect;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use crate::kafka::protocol::messages::api_versions_response::ApiVersion;
use crate::kafka::protocol::messages::api_versions_response::ApiVersionsResponseData;
use crate::kafka::protocol::messages::fetch_response::FetchResponseData;
use crate::kafka::protocol::messages::fetch_response::FetchableTopicResponse;
use crate::kafka::protocol::messages::fetch_response::PartitionData;
use crate::kafka::protocol::messages::find_coordinator_response as find;
use crate::kafka::protocol::messages::heartbeat_response::HeartbeatResponseData;
use crate::kafka::protocol::messages::join_group_response as join;
use crate::kafka::protocol::messages::leave_group_response::LeaveGroupResponseData;
use crate::kafka::protocol::messages::list_offsets_response as list;
use crate::kafka::protocol::messages::metadata_response as metadata;
use crate::kafka::protocol::messages::offset_commit_response as commit;
use crate::kafka::protocol::messages::offset_fetch_response as fetched;
use crate::kafka::protocol::messages::offset_for_leader_epoch_request as epoch_ask;
use crate::kafka::protocol::messages::offset_for_leader_epoch_response as epoch_end;
use crate::kafka::protocol::messages::sync_group_response::SyncGroupResponseData;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;

/// The broker that coordinates.
pub(super) const COORDINATOR: i32 = 2;

/// A request of the group that waits for the story's answer.
#[derive(Clone)]
pub(super) struct Waiting {
    pub connection: ConnectionId,
    pub peer: NodeId,
    pub frame: RequestFrame,
}

/// One consumer, two brokers that answer metadata and offsets by themselves, and a clock.
pub(super) struct Stage {
    pub consumer: Consumer,
    disk: crate::kafka::storage::MemoryDisk,
    random: RandomStreams,
    next_connection: u64,
    pub now: Instant,
    timers: BTreeMap<Timer, Instant>,
    /// What the group asks, oldest first.
    pub group: VecDeque<Waiting>,
    /// Fetches that wait.
    fetches: VecDeque<Waiting>,
    peers: BTreeMap<ConnectionId, NodeId>,
    /// Partitions of each topic.
    pub topics: BTreeMap<&'static str, i32>,
    /// What OffsetFetch answers.
    pub committed: BTreeMap<(&'static str, i32), Offset>,
    /// The leader epoch that was committed with them; -1 = none.
    pub committed_epoch: Epoch,
    pub exited: bool,
}

pub(super) fn text(text: &str) -> KafkaString {
    KafkaString::from(text.to_owned())
}

pub(super) fn at(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition::new(&name(topic), partition)
}

pub(super) fn id_of(topic: &str) -> Uuid {
    Uuid::from_parts(1, topic.bytes().map(u64::from).sum())
}

impl Stage {
    pub(super) fn new(pairs: &[(&str, &str)], program: Program) -> Self {
        Self::reading(Subscription::Topics(vec![name("t")]), pairs, program)
    }

    pub(super) fn reading(subscription: Subscription, pairs: &[(&str, &str)], program: Program) -> Self {
        let group = [("group.id", "g"), ("auto.offset.reset", "earliest")];
        let pairs = group.iter().chain(pairs);
        let spec = ConsumerSpec {
            client_id: name("c"),
            profile: Profile::Modern,
            config: pairs.map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            bootstrap: vec![NodeId(1)],
            subscription,
            program,
        };
        let mut stage = Self {
            consumer: Consumer::new(spec).unwrap(),
            disk: Default::default(),
            random: RandomStreams::new(1),
            next_connection: 0,
            now: Instant::ZERO,
            timers: BTreeMap::new(),
            group: VecDeque::new(),
            fetches: VecDeque::new(),
            peers: BTreeMap::new(),
            topics: BTreeMap::from([("t", 4)]),
            committed: BTreeMap::new(),
            committed_epoch: -1,
            exited: false,
        };
        stage.input(Input::Started);
        stage
    }

    pub(super) fn input(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            if self.exited {
                return;
            }
            let node = NodeId(20_001);
            let mut cx =
                Context::new(node, self.now, &mut self.disk, &mut self.random, &mut self.next_connection);
            self.consumer.handle(&mut cx, &input);
            for effect in cx.into_effects() {
                inputs.extend(self.effect(effect));
            }
        }
    }

    fn effect(&mut self, effect: Effect) -> Vec<Input> {
        match effect {
            Effect::Connect { connection, peer } => {
                self.peers.insert(connection, peer);
                return vec![Input::Connected { connection, peer }];
            }
            Effect::Send { connection, request } => return self.request(connection, request),
            Effect::SetTimer { timer, at } => _ = self.timers.insert(timer, at),
            Effect::StopTimer { timer } => _ = self.timers.remove(&timer),
            Effect::Close { connection } => {
                // What was sent before arrives all the same; the answer goes nowhere.
                self.fetches.retain(|waiting| waiting.connection != connection);
            }
            Effect::Exit => self.exited = true,
            Effect::Respond { .. } => {}
        }
        Vec::new()
    }

    fn request(&mut self, connection: ConnectionId, frame: RequestFrame) -> Vec<Input> {
        frame.to_wire().expect("every request has a wire form");
        let peer = self.peers[&connection];
        let waiting = Waiting { connection, peer, frame };
        let body = match &*waiting.frame.body {
            Request::ApiVersions(_) => Response::ApiVersions(api_versions()),
            Request::Metadata(asked) => {
                let names: Option<Vec<String>> = asked.topics.as_ref().map(|topics| {
                    topics.iter().filter_map(|t| t.name.as_ref()).map(|n| n.as_str().to_owned()).collect()
                });
                Response::Metadata(self.metadata(names))
            }
            Request::FindCoordinator(asked) => {
                assert_eq!(asked.coordinator_keys, [text("g")]);
                let found = find::Coordinator::default().with_key(text("g")).with_node_id(COORDINATOR);
                let found = find::FindCoordinatorResponseData::default().with_coordinators(vec![found]);
                Response::FindCoordinator(found)
            }
            Request::OffsetFetch(asked) => Response::OffsetFetch(self.offset_fetch(&asked.groups[0])),
            Request::ListOffsets(asked) => Response::ListOffsets(list_offsets(asked)),
            Request::Fetch(_) => {
                self.fetches.push_back(waiting);
                return Vec::new();
            }
            _ => {
                self.group.push_back(waiting);
                return Vec::new();
            }
        };
        // A broker answers the requests of a connection one after the other.
        let (before, others) = self.fetches.drain(..).partition(|waiting| waiting.connection == connection);
        self.fetches = others;
        let before: VecDeque<Waiting> = before;
        let nothing = |waiting: &Waiting| {
            answer(waiting, Response::Fetch(FetchResponseData::default().with_session_id(7)))
        };
        before.iter().map(nothing).chain([answer(&waiting, body)]).collect()
    }

    fn metadata(&self, names: Option<Vec<String>>) -> metadata::MetadataResponseData {
        let all = || self.topics.keys().map(|name| (*name).to_owned()).collect();
        let topic = |name: String| {
            let count = self.topics.get(name.as_str()).copied().unwrap_or(0);
            let partition = |index| {
                metadata::MetadataResponsePartition::default()
                    .with_partition_index(index)
                    .with_leader_id(1)
                    .with_leader_epoch(0)
                    .with_replica_nodes(vec![1, 2])
            };
            metadata::MetadataResponseTopic::default()
                .with_topic_id(id_of(&name))
                .with_error_code(if count == 0 { 3 } else { 0 })
                .with_name(Some(text(&name)))
                .with_partitions((0..count).map(partition).collect())
        };
        let broker = |id| metadata::MetadataResponseBroker::default().with_node_id(id);
        metadata::MetadataResponseData::default()
            .with_brokers(vec![broker(1), broker(2)])
            .with_topics(names.unwrap_or_else(all).into_iter().map(topic).collect())
    }

    fn offset_fetch(
        &self,
        asked: &crate::kafka::protocol::messages::offset_fetch_request::OffsetFetchRequestGroup,
    ) -> fetched::OffsetFetchResponseData {
        let topic = |t: &crate::kafka::protocol::messages::offset_fetch_request::OffsetFetchRequestTopics| {
            let offset = |p: i32| {
                let found = self
                    .committed
                    .iter()
                    .find(|((topic, number), _)| *topic == t.name.as_str() && *number == p);
                found.map_or(-1, |(_, offset)| *offset)
            };
            let partition = |p: &i32| {
                fetched::OffsetFetchResponsePartitions::default()
                    .with_partition_index(*p)
                    .with_committed_offset(offset(*p))
                    .with_committed_leader_epoch(self.committed_epoch)
            };
            fetched::OffsetFetchResponseTopics::default()
                .with_name(t.name.clone())
                .with_topic_id(t.topic_id)
                .with_partitions(t.partition_indexes.iter().map(partition).collect())
        };
        let topics = asked.topics.iter().flatten().map(topic).collect();
        let group = fetched::OffsetFetchResponseGroup::default().with_group_id(text("g")).with_topics(topics);
        fetched::OffsetFetchResponseData::default().with_groups(vec![group])
    }

    pub(super) fn command(&mut self, command: ConsumerCommand) {
        self.input(Input::Command(Command::Consumer(command)));
    }

    /// Lets the clock run; every timer goes off at its moment.
    pub(super) fn run_until(&mut self, ms: u64) {
        let end = Instant::from_millis(ms);
        while let Some((timer, at)) =
            self.timers.iter().map(|(timer, at)| (timer.clone(), *at)).min_by_key(|(_, at)| *at)
            && at <= end
        {
            self.timers.remove(&timer);
            self.now = self.now.max(at);
            self.input(Input::Timer(timer));
        }
        self.now = end;
    }

    /// The oldest request of the group, which must be of this API.
    pub(super) fn take(&mut self, api: Api) -> Waiting {
        let waiting = self.group.pop_front().unwrap_or_else(|| panic!("no {} was sent", api.name()));
        assert_eq!(waiting.frame.header.api, api, "{:?}", waiting.frame.body);
        waiting
    }

    pub(super) fn asked(&self) -> Vec<Api> {
        self.group.iter().map(|waiting| waiting.frame.header.api).collect()
    }

    pub(super) fn respond(&mut self, waiting: &Waiting, body: Response) {
        self.input(answer(waiting, body));
    }

    /// Answers the JoinGroup that waits with an error.
    pub(super) fn refuse_join(&mut self, error: ErrorCode, member: &str) {
        let waiting = self.take(Api::JoinGroup);
        let answer = join::JoinGroupResponseData::default()
            .with_error_code(error.code())
            .with_generation_id(-1)
            .with_member_id(text(member));
        self.respond(&waiting, Response::JoinGroup(answer));
    }

    /// Answers the JoinGroup that waits: this member is `m1` in a generation that `leader` leads.
    pub(super) fn join(&mut self, generation: i32, protocol: &str, leader: &str, others: &[&str]) {
        let waiting = self.take(Api::JoinGroup);
        let Request::JoinGroup(asked) = &*waiting.frame.body else { unreachable!() };
        let own = asked.protocols.iter().find(|p| p.name.as_str() == protocol).expect("it supports it");
        let member = |id: &str, metadata: &Bytes| {
            join::JoinGroupResponseMember::default().with_member_id(text(id)).with_metadata(metadata.clone())
        };
        let mut members = vec![member("m1", &own.metadata)];
        for other in others {
            let mut subscription = ConsumerProtocolSubscription::decode(&own.metadata).unwrap();
            subscription.owned.clear();
            members.push(member(other, &subscription.encode(3).unwrap()));
        }
        let answer = join::JoinGroupResponseData::default()
            .with_generation_id(generation)
            .with_protocol_type(Some(text("consumer")))
            .with_protocol_name(Some(text(protocol)))
            .with_leader(text(leader))
            .with_member_id(text("m1"))
            .with_members(if leader == "m1" { members } else { Vec::new() });
        self.respond(&waiting, Response::JoinGroup(answer));
    }

    /// Answers the SyncGroup that waits; returns what the leader assigned to each member.
    pub(super) fn sync(&mut self, partitions: &[TopicPartition]) -> Vec<(String, Vec<TopicPartition>)> {
        let waiting = self.take(Api::SyncGroup);
        let Request::SyncGroup(asked) = &*waiting.frame.body else { unreachable!() };
        let given = asked.assignments.iter().map(|a| {
            let partitions = ConsumerProtocolAssignment::decode(&a.assignment).unwrap().partitions;
            (a.member_id.as_str().to_owned(), partitions)
        });
        let given = given.collect();
        let assignment = ConsumerProtocolAssignment { partitions: partitions.to_vec(), user_data: None };
        let answer = SyncGroupResponseData::default()
            .with_protocol_type(asked.protocol_type.clone())
            .with_protocol_name(asked.protocol_name.clone())
            .with_assignment(assignment.encode(3).unwrap());
        self.respond(&waiting, Response::SyncGroup(answer));
        given
    }

    /// Joins as `m1`, whom somebody else leads, and gets these partitions.
    pub(super) fn become_member(&mut self, generation: i32, protocol: &str, partitions: &[TopicPartition]) {
        self.run_until(self.now.as_millis() + 1);
        if self.consumer.group().classic().generation().member.is_empty() {
            self.refuse_join(ErrorCode::MemberIdRequired, "m1");
        }
        self.join(generation, protocol, "m2", &[]);
        self.sync(partitions);
    }

    pub(super) fn answer_heartbeat(&mut self, error: ErrorCode) {
        let waiting = self.take(Api::Heartbeat);
        let answer = HeartbeatResponseData::default().with_error_code(error.code());
        self.respond(&waiting, Response::Heartbeat(answer));
    }

    pub(super) fn answer_leave(&mut self) {
        let waiting = self.take(Api::LeaveGroup);
        self.respond(&waiting, Response::LeaveGroup(LeaveGroupResponseData::default()));
    }

    /// Answers the OffsetCommit that waits; returns what it commits.
    pub(super) fn answer_commit(&mut self, error: ErrorCode) -> Vec<(i32, Offset)> {
        let waiting = self.take(Api::OffsetCommit);
        let Request::OffsetCommit(asked) = &*waiting.frame.body else { unreachable!() };
        let mut offsets = Vec::new();
        let topic = asked.topics.iter().map(|topic| {
            let partition = |p: &crate::kafka::protocol::messages::offset_commit_request::OffsetCommitRequestPartition| {
                offsets.push((p.partition_index, p.committed_offset));
                commit::OffsetCommitResponsePartition::default()
                    .with_partition_index(p.partition_index)
                    .with_error_code(error.code())
            };
            let partitions = topic.partitions.iter().map(partition).collect();
            commit::OffsetCommitResponseTopic::default().with_name(topic.name.clone()).with_partitions(partitions)
        });
        let answer = commit::OffsetCommitResponseData::default().with_topics(topic.collect());
        self.respond(&waiting, Response::OffsetCommit(answer));
        offsets
    }

    /// Answers the OffsetForLeaderEpoch that waits: the log of epoch 0 ends here.
    pub(super) fn answer_epoch_end(&mut self, end: Offset) {
        let waiting = self.take(Api::OffsetForLeaderEpoch);
        let Request::OffsetForLeaderEpoch(asked) = &*waiting.frame.body else { unreachable!() };
        let topic = asked.topics.iter().map(|topic| {
            let partition = |p: &epoch_ask::OffsetForLeaderPartition| {
                epoch_end::EpochEndOffset::default()
                    .with_partition(p.partition)
                    .with_leader_epoch(0)
                    .with_end_offset(end)
            };
            epoch_end::OffsetForLeaderTopicResult::default()
                .with_topic(topic.topic.clone())
                .with_partitions(topic.partitions.iter().map(partition).collect())
        });
        let answer = epoch_end::OffsetForLeaderEpochResponseData::default().with_topics(topic.collect());
        self.respond(&waiting, Response::OffsetForLeaderEpoch(answer));
    }

    /// Where each partition begins that the fetches on their way name.
    pub(super) fn fetching(&self) -> Vec<(i32, Offset)> {
        let asked = self.fetches.iter().filter_map(|waiting| match &*waiting.frame.body {
            Request::Fetch(asked) => Some(asked),
            _ => None,
        });
        let partitions = asked.flat_map(|asked| asked.topics.iter().flat_map(|topic| &topic.partitions));
        partitions.map(|p| (p.partition, p.fetch_offset)).collect()
    }

    /// Answers the fetch that waits with these values from an offset on.
    pub(super) fn feed(&mut self, partition: i32, from: Offset, values: &[&str]) {
        let waiting = self.fetches.pop_front().expect("a fetch waits");
        let mut batch = BatchBuilder::new(BatchSpec { base_offset: from, ..BatchSpec::default() });
        for value in values {
            batch.append(0, None, Some(value.as_bytes()), &[]).unwrap();
        }
        let bytes = batch.close().unwrap();
        let data = PartitionData::default()
            .with_partition_index(partition)
            .with_high_watermark(from + values.len() as i64)
            .with_records(Some(bytes));
        let topic = FetchableTopicResponse::default()
            .with_topic(text("t"))
            .with_topic_id(id_of("t"))
            .with_partitions(vec![data]);
        let answer = FetchResponseData::default().with_session_id(7).with_responses(vec![topic]);
        self.respond(&waiting, Response::Fetch(answer));
    }

    /// The connection to the coordinator breaks.
    pub(super) fn cut_coordinator(&mut self) {
        let peer = NodeId(COORDINATOR);
        let of_group = self.consumer.group.client.peer(peer).and_then(|p| p.connection());
        let connection = of_group.expect("it is connected");
        self.group.retain(|waiting| waiting.connection != connection);
        self.input(Input::Disconnected { connection, peer, why: Closed::Reset });
    }

    pub(super) fn calls(&self) -> Vec<String> {
        let call = |c: &crate::kafka::client::consumer::group::ListenerCall| {
            let numbers: Vec<String> = c.partitions.iter().map(|tp| tp.partition.to_string()).collect();
            format!("{:?} {}", c.kind, numbers.join(" ")).trim_end().to_owned()
        };
        self.consumer.group().listener_calls().map(call).collect()
    }

    pub(super) fn owned(&self) -> Vec<i32> {
        self.consumer.assigned().map(|(tp, _)| tp.partition).collect()
    }

    pub(super) fn position(&self, partition: i32) -> Option<Offset> {
        let found = self.consumer.assigned().find(|(tp, _)| tp.partition == partition);
        found.and_then(|(_, assigned)| assigned.position()).map(|p| p.offset)
    }

    pub(super) fn exit_reason(&self) -> &str {
        assert!(self.exited);
        self.consumer.exit_reason().unwrap()
    }

    pub(super) fn caught(&self) -> Option<Name> {
        self.consumer.application().last_exception.as_ref().map(|(_, exception)| exception.clone())
    }
}

fn answer(waiting: &Waiting, body: Response) -> Input {
    let RequestFrame { header, .. } = &waiting.frame;
    let response =
        ResponseFrame { correlation: header.correlation, version: header.version, body: Arc::new(body) };
    Input::Response { connection: waiting.connection, from: waiting.peer, response }
}

fn api_versions() -> ApiVersionsResponseData {
    let version = |api: &Api| {
        ApiVersion::default()
            .with_api_key(api.key())
            .with_min_version(api.versions().0)
            .with_max_version(api.versions().1)
    };
    ApiVersionsResponseData::default().with_api_keys(Api::ALL.iter().map(version).collect())
}

fn list_offsets(
    asked: &crate::kafka::protocol::messages::list_offsets_request::ListOffsetsRequestData,
) -> list::ListOffsetsResponseData {
    let partition = |p: &crate::kafka::protocol::messages::list_offsets_request::ListOffsetsPartition| {
        list::ListOffsetsPartitionResponse::default()
            .with_partition_index(p.partition_index)
            .with_offset(if p.timestamp == -2 { 0 } else { 100 })
    };
    let topic = |t: &crate::kafka::protocol::messages::list_offsets_request::ListOffsetsTopic| {
        list::ListOffsetsTopicResponse::default()
            .with_name(t.name.clone())
            .with_partitions(t.partitions.iter().map(partition).collect())
    };
    list::ListOffsetsResponseData::default().with_topics(asked.topics.iter().map(topic).collect())
}
