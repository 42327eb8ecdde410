//! Machines on a wire where every message takes a millisecond, and a client that asks one thing at a time.

use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::RandomStreams;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::broker::Broker;
use crate::kafka::broker::BrokerSpec;
use crate::kafka::controller::Controller;
use crate::kafka::controller::ControllerSpec;
use crate::kafka::machine::Closed;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Context;
use crate::kafka::machine::Effect;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::node::Node;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::RequestHeader;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopic;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopicConfig;
use crate::kafka::protocol::messages::create_topics_request::CreateTopicsRequestData;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_request::FetchTopic;
use crate::kafka::protocol::messages::produce_request::PartitionProduceData;
use crate::kafka::protocol::messages::produce_request::ProduceRequestData;
use crate::kafka::protocol::messages::produce_request::TopicProduceData;
use crate::kafka::protocol::messages::produce_response::PartitionProduceResponse;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;
use crate::kafka::replication::Role;
use crate::kafka::storage::MemoryDisk;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;

pub(super) const CONTROLLER: NodeId = NodeId(3000);
const CLIENT: NodeId = NodeId(20_001);
const LATENCY: Duration = Duration::from_millis(1);
pub(super) const CLUSTER: &str = "oh-sxaDRTcyAr6pFRbXyzA";

/// Who is at the two ends of a connection, and whether the server still owes an answer.
struct Wire {
    client: NodeId,
    server: NodeId,
    busy: bool,
    queue: VecDeque<RequestFrame>,
}

/// Machines on a wire where every message takes a millisecond.
pub(super) struct Cluster {
    pub(super) now: Instant,
    seq: u64,
    /// Numbers for what comes before everything else of its moment.
    urgent: u64,
    pub(super) nodes: BTreeMap<NodeId, Node>,
    pub(super) disks: BTreeMap<NodeId, MemoryDisk>,
    agenda: BTreeMap<(Instant, u64), (NodeId, Input)>,
    timers: BTreeMap<(NodeId, Timer), (Instant, u64)>,
    wires: BTreeMap<ConnectionId, Wire>,
    random: RandomStreams,
    next_connection: u64,
    /// Requests from one node to another that do not arrive for now.
    pub(super) held: BTreeSet<(NodeId, NodeId)>,
    answers: VecDeque<ResponseFrame>,
    versions: BTreeMap<(ConnectionId, i32), i16>,
    next_correlation: i32,
}

impl Cluster {
    pub(super) fn new(brokers: i32, configs: &[(&str, &str)]) -> Self {
        let mut cluster = Self {
            now: Instant::ZERO,
            seq: 1 << 32,
            urgent: 0,
            nodes: BTreeMap::new(),
            disks: BTreeMap::new(),
            agenda: BTreeMap::new(),
            timers: BTreeMap::new(),
            wires: BTreeMap::new(),
            random: RandomStreams::new(7),
            next_connection: 0,
            held: BTreeSet::new(),
            answers: VecDeque::new(),
            versions: BTreeMap::new(),
            next_correlation: 0,
        };
        let controller = ControllerSpec::new(CONTROLLER, CLUSTER, Profile::Classic);
        cluster.boot(CONTROLLER, Node::Controller(Controller::new(controller)));
        for id in 1..=brokers {
            cluster.boot_broker(NodeId(id), configs);
        }
        cluster
    }

    pub(super) fn boot_broker(&mut self, id: NodeId, configs: &[(&str, &str)]) {
        let spec = BrokerSpec::new(id, CONTROLLER, CLUSTER, Profile::Classic);
        let spec = configs.iter().fold(spec, |spec, (name, value)| spec.with_config(name, value));
        self.boot(id, Node::Broker(Broker::new(spec)));
    }

    pub(super) fn boot(&mut self, id: NodeId, node: Node) {
        self.nodes.insert(id, node);
        self.disks.entry(id).or_insert_with(|| MemoryDisk::new(self.now.wall_ms()));
        self.post(Duration::ZERO, id, Input::Started);
    }

    /// The process dies; its machine lives and says so to everybody who was connected.
    pub(super) fn crash(&mut self, id: NodeId) {
        self.nodes.remove(&id);
        self.timers.retain(|(node, _), at| {
            if *node == id {
                self.agenda.remove(at);
            }
            *node != id
        });
        self.agenda.retain(|_, (node, _)| *node != id);
        let cut: Vec<ConnectionId> =
            self.wires.iter().filter(|(_, w)| w.client == id || w.server == id).map(|(c, _)| *c).collect();
        cut.into_iter().for_each(|connection| self.cut(connection, id));
    }

    fn cut(&mut self, connection: ConnectionId, by: NodeId) {
        let Some(wire) = self.wires.remove(&connection) else { return };
        for (at, peer) in [(wire.client, wire.server), (wire.server, wire.client)] {
            if at != by {
                self.post(LATENCY, at, Input::Disconnected { connection, peer, why: Closed::Reset });
            }
        }
    }

    pub(super) fn post(&mut self, after: Duration, node: NodeId, input: Input) -> (Instant, u64) {
        self.seq += 1;
        let key = (self.now + after, self.seq);
        self.agenda.insert(key, (node, input));
        key
    }

    pub(super) fn run(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        self.run_until(end, |_| false);
        self.now = end;
    }

    fn run_until(&mut self, end: Instant, done: impl Fn(&Self) -> bool) {
        while let Some((&key, _)) = self.agenda.first_key_value().filter(|(key, _)| key.0 <= end) {
            if done(self) {
                return;
            }
            let (node, input) = self.agenda.remove(&key).expect("it was there");
            self.now = self.now.max(key.0);
            if let Input::Timer(timer) = &input {
                self.timers.remove(&(node, timer.clone()));
            }
            self.deliver(node, input);
        }
    }

    fn deliver(&mut self, id: NodeId, input: Input) {
        if let Input::Request { connection, from, request } = &input {
            if self.held.contains(&(*from, id)) {
                self.post(Duration::from_millis(10), id, input);
                return;
            }
            let Some(wire) = self.wires.get_mut(connection) else { return };
            if wire.busy {
                wire.queue.push_back(request.clone());
                return;
            }
            wire.busy = true;
            self.versions.insert((*connection, request.header.correlation), request.header.version);
        }
        if id == CLIENT {
            if let Input::Response { response, .. } = input {
                self.answers.push_back(response);
            }
            return;
        }
        let (Some(node), Some(disk)) = (self.nodes.get_mut(&id), self.disks.get_mut(&id)) else { return };
        let mut cx = Context::new(id, self.now, disk, &mut self.random, &mut self.next_connection);
        node.handle(&mut cx, input);
        for effect in cx.into_effects() {
            self.perform(id, effect);
        }
    }

    fn perform(&mut self, id: NodeId, effect: Effect) {
        match effect {
            Effect::Connect { connection, peer } => {
                if self.nodes.contains_key(&peer) {
                    self.open(connection, id, peer);
                    self.post(LATENCY, id, Input::Connected { connection, peer });
                } else {
                    self.post(LATENCY, id, Input::Disconnected { connection, peer, why: Closed::Refused });
                }
            }
            Effect::Send { connection, request } => {
                let Some(wire) = self.wires.get(&connection) else { return };
                // What travels has a wire form.
                let bytes = request.to_wire().expect("a request that can be written");
                let back = RequestFrame::from_wire(bytes).expect("a request that can be read");
                assert_eq!(back.body.api(), request.body.api());
                let server = wire.server;
                self.post(LATENCY, server, Input::Request { connection, from: id, request: back });
            }
            Effect::Respond { connection, correlation, response } => {
                let Some(wire) = self.wires.get_mut(&connection) else { return };
                assert!(wire.busy, "an answer to nothing");
                wire.busy = false;
                let (client, next) = (wire.client, wire.queue.pop_front());
                let version =
                    self.versions.remove(&(connection, correlation)).expect("the request's version");
                if let Some(body) = response {
                    let frame = ResponseFrame { correlation, version, body };
                    let bytes = frame.to_wire().expect("a response that can be written");
                    let back = ResponseFrame::from_wire(frame.body.api(), version, bytes).expect("readable");
                    self.post(LATENCY, client, Input::Response { connection, from: id, response: back });
                }
                if let Some(request) = next {
                    // It came before those of the same connection that arrive at this very moment.
                    self.urgent += 1;
                    let input = Input::Request { connection, from: client, request };
                    self.agenda.insert((self.now, self.urgent), (id, input));
                }
            }
            Effect::Close { connection } => self.cut(connection, id),
            Effect::SetTimer { timer, at } => {
                self.stop(id, &timer);
                let after = at.since(self.now);
                let key = self.post(after, id, Input::Timer(timer.clone()));
                self.timers.insert((id, timer), key);
            }
            Effect::StopTimer { timer } => self.stop(id, &timer),
            Effect::Exit => self.crash(id),
        }
    }

    fn open(&mut self, connection: ConnectionId, client: NodeId, server: NodeId) {
        self.wires.insert(connection, Wire { client, server, busy: false, queue: VecDeque::new() });
    }

    fn stop(&mut self, id: NodeId, timer: &Timer) {
        if let Some(key) = self.timers.remove(&(id, timer.clone())) {
            self.agenda.remove(&key);
        }
    }

    /// A client asks a broker on a connection of its own; what comes back is found by this number.
    pub(super) fn send(&mut self, broker: NodeId, request: Request, version: i16) -> i32 {
        self.next_connection += 1;
        let connection = ConnectionId(self.next_connection);
        self.open(connection, CLIENT, broker);
        let api = request.api();
        self.next_correlation += 1;
        let header =
            RequestHeader { api, version, correlation: self.next_correlation, client_id: name("test") };
        let request = RequestFrame { header, body: Arc::new(request) };
        self.post(LATENCY, broker, Input::Request { connection, from: CLIENT, request });
        self.next_correlation
    }

    /// The answer to a request that was sent, if it has come.
    pub(super) fn take(&mut self, number: i32) -> Option<Response> {
        let at = self.answers.iter().position(|answer| answer.correlation == number)?;
        self.answers.remove(at).map(|answer| (*answer.body).clone())
    }

    /// A client asks a broker and waits for the answer, or for `wait_ms`.
    fn ask_within(&mut self, broker: NodeId, request: Request, wait_ms: u64) -> Option<Response> {
        let version = request.api().versions().1;
        let number = self.send(broker, request, version);
        let end = self.now + Duration::from_millis(wait_ms);
        self.run_until(end, |cluster| cluster.answers.iter().any(|answer| answer.correlation == number));
        self.take(number)
    }

    pub(super) fn ask(&mut self, broker: NodeId, request: Request) -> Response {
        self.ask_within(broker, request, 40_000).expect("an answer")
    }

    pub(super) fn broker(&self, id: i32) -> &Broker {
        self.nodes[&NodeId(id)].as_broker().expect("a broker")
    }

    pub(super) fn create(
        &mut self,
        topic: &str,
        partitions: i32,
        replication: i16,
        configs: &[(&str, &str)],
    ) -> i16 {
        let configs = configs.iter().map(|(name, value)| {
            CreatableTopicConfig::default()
                .with_name(KafkaString::from((*name).to_owned()))
                .with_value(Some(KafkaString::from((*value).to_owned())))
        });
        let wanted = CreatableTopic::default()
            .with_name(KafkaString::from(topic.to_owned()))
            .with_num_partitions(partitions)
            .with_replication_factor(replication)
            .with_configs(configs.collect());
        let request = CreateTopicsRequestData::default().with_topics(vec![wanted]).with_timeout_ms(30_000);
        match self.ask(NodeId(1), Request::CreateTopics(request)) {
            Response::CreateTopics(answer) => answer.topics[0].error_code,
            other => panic!("{other:?}"),
        }
    }

    /// Who leads the partition, as broker 1 or any living broker knows.
    pub(super) fn leader(&self, topic: &str, partition: i32) -> Option<NodeId> {
        let id = TopicPartition::new(&name(topic), partition);
        self.nodes.values().find_map(|node| node.as_broker()?.cluster().partition(&id)?.leader)
    }

    pub(super) fn produce(
        &mut self,
        broker: NodeId,
        topic: &str,
        acks: i16,
        count: usize,
    ) -> Option<(i16, i64)> {
        let answer = self.produce_whole(broker, topic, acks, count)?;
        Some((answer.error_code, answer.base_offset))
    }

    /// The same, with all that is said of the partition.
    pub(super) fn produce_whole(
        &mut self,
        broker: NodeId,
        topic: &str,
        acks: i16,
        count: usize,
    ) -> Option<PartitionProduceResponse> {
        let mut builder = BatchBuilder::new(BatchSpec::default());
        for _ in 0..count {
            builder.append(self.now.wall_ms(), None, Some(b"a record of some bytes"), &[]).expect("a record");
        }
        let records = builder.close().expect("a batch");
        let id = self.broker(broker.0).cluster().topic(topic).expect("a topic").id;
        let data = PartitionProduceData::default().with_index(0).with_records(Some(records));
        let topic = TopicProduceData::default().with_topic_id(id).with_partition_data(vec![data]);
        let request =
            ProduceRequestData::default().with_acks(acks).with_timeout_ms(1500).with_topic_data(vec![topic]);
        match self.ask_within(broker, Request::Produce(request), 2000)? {
            Response::Produce(answer) => Some(answer.responses[0].partition_responses[0].clone()),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn fetch(
        &mut self,
        broker: NodeId,
        topic: &str,
        offset: i64,
        wait_ms: i32,
    ) -> (i16, i64, Bytes) {
        let id = self.broker(broker.0).cluster().topic(topic).expect("a topic").id;
        let partition = FetchPartition::default()
            .with_partition(0)
            .with_fetch_offset(offset)
            .with_partition_max_bytes(1 << 20);
        let topic = FetchTopic::default().with_topic_id(id).with_partitions(vec![partition]);
        let request = FetchRequestData::default()
            .with_max_wait_ms(wait_ms)
            .with_min_bytes(1)
            .with_max_bytes(1 << 20)
            .with_session_epoch(-1)
            .with_topics(vec![topic]);
        match self.ask(broker, Request::Fetch(request)) {
            Response::Fetch(answer) => {
                let data = &answer.responses[0].partitions[0];
                (data.error_code, data.high_watermark, data.records.clone().unwrap_or_default())
            }
            other => panic!("{other:?}"),
        }
    }

    /// (role, ISR, HW, LEO) of a replica.
    pub(super) fn replica(&self, broker: i32, topic: &str) -> (bool, Vec<i32>, i64, i64) {
        let partition =
            self.broker(broker).partition(&TopicPartition::new(&name(topic), 0)).expect("a replica");
        let log = partition.log().expect("an online log");
        let isr = partition.isr().iter().map(|id| id.0).collect();
        (matches!(partition.role(), Role::Leader(_)), isr, log.high_watermark(), log.log_end_offset())
    }
}
