//! Brokers and a controller on a wire of their own: stories of a small cluster.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::Broker;
use super::BrokerSpec;
use super::BrokerState;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::RandomStreams;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::controller::Controller;
use crate::kafka::controller::ControllerSpec;
use crate::kafka::machine::Closed;
use crate::kafka::machine::Command;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Context;
use crate::kafka::machine::Effect;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::node::Node;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::RequestHeader;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopic;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopicConfig;
use crate::kafka::protocol::messages::create_topics_request::CreateTopicsRequestData;
use crate::kafka::protocol::messages::delete_records_request::DeleteRecordsPartition;
use crate::kafka::protocol::messages::delete_records_request::DeleteRecordsRequestData;
use crate::kafka::protocol::messages::delete_records_request::DeleteRecordsTopic;
use crate::kafka::protocol::messages::delete_topics_request::DeleteTopicState;
use crate::kafka::protocol::messages::delete_topics_request::DeleteTopicsRequestData;
use crate::kafka::protocol::messages::describe_configs_request::DescribeConfigsRequestData;
use crate::kafka::protocol::messages::describe_configs_request::DescribeConfigsResource;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_request::FetchTopic;
use crate::kafka::protocol::messages::init_producer_id_request::InitProducerIdRequestData;
use crate::kafka::protocol::messages::produce_request::PartitionProduceData;
use crate::kafka::protocol::messages::produce_request::ProduceRequestData;
use crate::kafka::protocol::messages::produce_request::TopicProduceData;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;
use crate::kafka::replication::Role;
use crate::kafka::storage::Disk;
use crate::kafka::storage::MemoryDisk;
use crate::kafka::storage::names;

const CONTROLLER: NodeId = NodeId(3000);
const CLIENT: NodeId = NodeId(20_001);
const LATENCY: Duration = Duration::from_millis(1);
const CLUSTER: &str = "oh-sxaDRTcyAr6pFRbXyzA";

/// Who is at the two ends of a connection, and whether the server still owes an answer.
struct Wire {
    client: NodeId,
    server: NodeId,
    busy: bool,
    queue: VecDeque<RequestFrame>,
}

/// Machines on a wire where every message takes a millisecond.
struct Cluster {
    now: Instant,
    seq: u64,
    nodes: BTreeMap<NodeId, Node>,
    disks: BTreeMap<NodeId, MemoryDisk>,
    agenda: BTreeMap<(Instant, u64), (NodeId, Input)>,
    timers: BTreeMap<(NodeId, Timer), (Instant, u64)>,
    wires: BTreeMap<ConnectionId, Wire>,
    random: RandomStreams,
    next_connection: u64,
    held: BTreeSet<(NodeId, NodeId)>,
    answers: VecDeque<ResponseFrame>,
    versions: BTreeMap<(ConnectionId, i32), i16>,
    next_correlation: i32,
}

impl Cluster {
    fn new(brokers: i32, configs: &[(&str, &str)]) -> Self {
        let mut cluster = Self {
            now: Instant::ZERO,
            seq: 0,
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

    fn boot_broker(&mut self, id: NodeId, configs: &[(&str, &str)]) {
        let spec = BrokerSpec::new(id, CONTROLLER, CLUSTER, Profile::Classic);
        let spec = configs.iter().fold(spec, |spec, (name, value)| spec.with_config(name, value));
        self.boot(id, Node::Broker(Broker::new(spec)));
    }

    fn boot(&mut self, id: NodeId, node: Node) {
        self.nodes.insert(id, node);
        self.disks.entry(id).or_insert_with(|| MemoryDisk::new(self.now.wall_ms()));
        self.post(Duration::ZERO, id, Input::Started);
    }

    /// The process dies; its machine lives and says so to everybody who was connected.
    fn crash(&mut self, id: NodeId) {
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

    fn post(&mut self, after: Duration, node: NodeId, input: Input) -> (Instant, u64) {
        self.seq += 1;
        let key = (self.now + after, self.seq);
        self.agenda.insert(key, (node, input));
        key
    }

    fn run(&mut self, ms: u64) {
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
                    self.post(Duration::ZERO, id, Input::Request { connection, from: client, request });
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

    /// A client asks a broker and waits for the answer, or for `wait_ms`.
    fn ask_within(&mut self, broker: NodeId, request: Request, wait_ms: u64) -> Option<Response> {
        self.next_connection += 1;
        let connection = ConnectionId(self.next_connection);
        self.open(connection, CLIENT, broker);
        let api = request.api();
        self.next_correlation += 1;
        let header = RequestHeader {
            api,
            version: api.versions().1,
            correlation: self.next_correlation,
            client_id: name("test"),
        };
        let request = RequestFrame { header, body: Arc::new(request) };
        self.post(LATENCY, broker, Input::Request { connection, from: CLIENT, request });
        let end = self.now + Duration::from_millis(wait_ms);
        self.run_until(end, |cluster| !cluster.answers.is_empty());
        let answer = self.answers.pop_front()?;
        Some((*answer.body).clone())
    }

    fn ask(&mut self, broker: NodeId, request: Request) -> Response {
        self.ask_within(broker, request, 40_000).expect("an answer")
    }

    fn broker(&self, id: i32) -> &Broker {
        self.nodes[&NodeId(id)].as_broker().expect("a broker")
    }

    fn create(&mut self, topic: &str, partitions: i32, replication: i16, configs: &[(&str, &str)]) -> i16 {
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
    fn leader(&self, topic: &str, partition: i32) -> Option<NodeId> {
        let id = TopicPartition::new(&name(topic), partition);
        self.nodes.values().find_map(|node| node.as_broker()?.cluster().partition(&id)?.leader)
    }

    fn produce(&mut self, broker: NodeId, topic: &str, acks: i16, count: usize) -> Option<(i16, i64)> {
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
            Response::Produce(answer) => {
                let partition = &answer.responses[0].partition_responses[0];
                Some((partition.error_code, partition.base_offset))
            }
            other => panic!("{other:?}"),
        }
    }

    fn fetch(&mut self, broker: NodeId, topic: &str, offset: i64, wait_ms: i32) -> (i16, i64, Bytes) {
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
    fn replica(&self, broker: i32, topic: &str) -> (bool, Vec<i32>, i64, i64) {
        let partition =
            self.broker(broker).partition(&TopicPartition::new(&name(topic), 0)).expect("a replica");
        let log = partition.log().expect("an online log");
        let isr = partition.isr().iter().map(|id| id.0).collect();
        (matches!(partition.role(), Role::Leader(_)), isr, log.high_watermark(), log.log_end_offset())
    }
}

fn others(leader: NodeId) -> Vec<i32> {
    (1..=3).filter(|id| *id != leader.0).collect()
}

#[test]
fn three_brokers_register_are_unfenced_and_replicate_a_topic() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    for id in 1..=3 {
        let lifecycle = cluster.broker(id).lifecycle();
        assert_eq!((lifecycle.state, lifecycle.is_fenced()), (BrokerState::Running, false), "broker {id}");
    }
    assert_eq!(cluster.create("orders", 1, 3, &[]), 0);
    cluster.run(100);
    let leader = cluster.leader("orders", 0).expect("a leader");
    assert_eq!(cluster.produce(leader, "orders", -1, 5), Some((0, 0)));
    assert_eq!(cluster.produce(leader, "orders", 1, 5), Some((0, 5)));
    cluster.run(1000);
    for id in 1..=3 {
        let (leads, _, high_watermark, end) = cluster.replica(id, "orders");
        assert_eq!((leads, high_watermark, end), (id == leader.0, 10, 10), "broker {id}");
    }
    let (error, high_watermark, records) = cluster.fetch(leader, "orders", 0, 500);
    assert_eq!((error, high_watermark, records.is_empty()), (0, 10, false));
    let read = |id: i32| {
        let path = "orders-0/00000000000000000000.log";
        cluster.disks[&NodeId(id)].clone().read(path, 0, 1 << 20).expect("a segment")
    };
    assert!(read(1) == read(2) && read(2) == read(3), "replicas are the same byte for byte");
}

#[test]
fn a_consumer_waits_for_records_and_sees_them_when_they_are_committed() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(100);
    let leader = cluster.leader("orders", 0).expect("a leader");
    let began = cluster.now;
    assert_eq!(cluster.fetch(leader, "orders", 0, 300).2.len(), 0);
    assert!(cluster.now.since(began) >= Duration::from_millis(300), "the poll was long");
    assert_eq!(cluster.produce(leader, "orders", -1, 1), Some((0, 0)));
    assert!(!cluster.fetch(leader, "orders", 0, 300).2.is_empty());
}

#[test]
fn a_follower_that_does_not_fetch_leaves_the_in_sync_set_and_comes_back() {
    let mut cluster = Cluster::new(3, &[("replica.lag.time.max.ms", "2000")]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[("min.insync.replicas", "2")]);
    cluster.run(1000);
    let leader = cluster.leader("orders", 0).expect("a leader");
    let [a, b] = others(leader)[..] else { panic!("two followers") };
    cluster.held.insert((NodeId(a), leader));
    assert_eq!(cluster.produce(leader, "orders", -1, 1), Some((ErrorCode::RequestTimedOut.code(), 0)));
    cluster.run(3000);
    let (_, mut isr, high_watermark, _) = cluster.replica(leader.0, "orders");
    isr.sort_unstable();
    let mut expected = vec![leader.0, b];
    expected.sort_unstable();
    assert_eq!((isr, high_watermark), (expected, 1), "without the silent one the record is committed");
    cluster.held.insert((NodeId(b), leader));
    cluster.produce(leader, "orders", 1, 1);
    cluster.run(4000);
    assert_eq!(cluster.replica(leader.0, "orders").1, [leader.0]);
    let refused = cluster.produce(leader, "orders", -1, 1);
    assert_eq!(refused, Some((ErrorCode::NotEnoughReplicas.code(), -1)));
    cluster.held.clear();
    cluster.run(3000);
    let (_, isr, high_watermark, end) = cluster.replica(leader.0, "orders");
    assert_eq!((isr.len(), high_watermark, end), (3, 2, 2));
}

#[test]
fn the_tail_that_only_a_dead_leader_had_is_cut_when_it_returns() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let old = cluster.leader("orders", 0).expect("a leader");
    assert_eq!(cluster.produce(old, "orders", -1, 3), Some((0, 0)));
    cluster.run(1000);
    for id in others(old) {
        cluster.held.insert((NodeId(id), old));
    }
    cluster.run(1000);
    assert_eq!(cluster.produce(old, "orders", 1, 4), Some((0, 3)), "acknowledged, and nowhere else");
    cluster.crash(old);
    cluster.held.clear();
    cluster.run(20_000);
    let new = cluster.leader("orders", 0).expect("another leader");
    assert_ne!(new, old);
    assert_eq!(cluster.produce(new, "orders", -1, 2), Some((0, 3)));
    cluster.boot_broker(old, &[]);
    cluster.run(15_000);
    let (leads, _, high_watermark, end) = cluster.replica(old.0, "orders");
    assert_eq!((leads, high_watermark, end), (false, 5, 5), "its tail was cut and replaced");
    let (_, isr, ..) = cluster.replica(new.0, "orders");
    assert_eq!(isr.len(), 3, "and it is in sync again");
}

#[test]
fn a_broker_that_is_asked_to_leave_moves_its_leaders_and_stops_clean() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let leader = cluster.leader("orders", 0).expect("a leader");
    cluster.produce(leader, "orders", -1, 3);
    cluster.post(Duration::ZERO, leader, Input::Command(Command::ShutDown));
    cluster.run(5000);
    assert!(!cluster.nodes.contains_key(&leader), "the process has ended");
    assert!(cluster.disks[&leader].len(names::CLEAN_SHUTDOWN_FILE).is_some());
    let new = cluster.leader("orders", 0).expect("another leader");
    assert_ne!(new, leader);
    cluster.boot_broker(leader, &[]);
    cluster.run(10_000);
    assert_eq!(cluster.broker(leader.0).lifecycle().state, BrokerState::Running);
    assert_eq!(cluster.replica(new.0, "orders").1.len(), 3);
}

#[test]
fn traffic_goes_on_without_a_controller() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let leader = cluster.leader("orders", 0).expect("a leader");
    cluster.crash(CONTROLLER);
    cluster.run(20_000);
    assert_eq!(cluster.produce(leader, "orders", -1, 3), Some((0, 0)));
    let offset = cluster.broker(1).metadata().last_applied_offset();
    let controller = ControllerSpec::new(CONTROLLER, CLUSTER, Profile::Classic);
    cluster.boot(CONTROLLER, Node::Controller(Controller::new(controller)));
    cluster.run(10_000);
    assert!(cluster.broker(1).metadata().last_applied_offset() > offset, "metadata moves again");
    assert_eq!(cluster.produce(leader, "orders", -1, 3), Some((0, 3)));
}

#[test]
fn a_deleted_topic_leaves_the_disks() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 2, 3, &[]);
    cluster.run(500);
    let gone = DeleteTopicState::default().with_name(Some(KafkaString::from_static("orders")));
    let request = DeleteTopicsRequestData::default().with_topics(vec![gone]).with_timeout_ms(30_000);
    match cluster.ask(NodeId(1), Request::DeleteTopics(request)) {
        Response::DeleteTopics(answer) => assert_eq!(answer.responses[0].error_code, 0),
        other => panic!("{other:?}"),
    }
    cluster.run(1000);
    let dirs = |cluster: &Cluster| -> Vec<String> {
        cluster.disks[&NodeId(2)].dirs().into_iter().filter(|dir| dir.starts_with("orders")).collect()
    };
    assert!(dirs(&cluster).iter().all(|dir| dir.ends_with("-delete")) && dirs(&cluster).len() == 2);
    cluster.run(61_000);
    assert_eq!(dirs(&cluster), Vec::<String>::new());
}

#[test]
fn producer_ids_come_in_blocks() {
    let mut cluster = Cluster::new(1, &[]);
    cluster.run(3000);
    let mut init =
        || match cluster.ask(NodeId(1), Request::InitProducerId(InitProducerIdRequestData::default())) {
            Response::InitProducerId(answer) => {
                cluster.run(50);
                (answer.error_code, answer.producer_id)
            }
            other => panic!("{other:?}"),
        };
    assert_eq!(init(), (ErrorCode::CoordinatorLoadInProgress.code(), -1), "the block is being fetched");
    assert_eq!((init(), init()), ((0, 0), (0, 1)));
}

#[test]
fn a_batch_that_is_too_large_is_refused_and_a_frame_that_is_too_large_ends_the_connection() {
    let mut cluster = Cluster::new(1, &[("socket.request.max.bytes", "5000")]);
    cluster.run(3000);
    cluster.create("orders", 1, 1, &[("max.message.bytes", "500"), ("segment.bytes", "300")]);
    cluster.run(100);
    assert_eq!(cluster.produce(NodeId(1), "orders", 1, 3), Some((0, 0)));
    assert_eq!(cluster.produce(NodeId(1), "orders", 1, 30), Some((ErrorCode::MessageTooLarge.code(), -1)));
    assert_eq!(cluster.produce(NodeId(1), "orders", 1, 12), Some((ErrorCode::RecordListTooLarge.code(), -1)));
    assert_eq!(cluster.produce(NodeId(1), "orders", 1, 300), None, "no answer: the connection was closed");
}

#[test]
fn what_was_acknowledged_survives_a_crash_of_the_only_replica() {
    let mut cluster = Cluster::new(1, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 1, &[("segment.bytes", "400")]);
    cluster.run(100);
    for batch in 0..10 {
        assert_eq!(cluster.produce(NodeId(1), "orders", -1, 3), Some((0, batch * 3)));
    }
    cluster.crash(NodeId(1));
    cluster.run(20_000);
    cluster.boot_broker(NodeId(1), &[]);
    cluster.run(15_000);
    assert_eq!(cluster.replica(1, "orders").3, 30);
    assert_eq!(cluster.produce(NodeId(1), "orders", -1, 3), Some((0, 30)));
}

#[test]
fn a_broker_without_a_controller_gives_up_after_a_minute() {
    let mut cluster = Cluster::new(0, &[]);
    cluster.crash(CONTROLLER);
    cluster.boot_broker(NodeId(1), &[]);
    cluster.run(59_000);
    assert!(cluster.nodes.contains_key(&NodeId(1)));
    cluster.run(2000);
    assert!(!cluster.nodes.contains_key(&NodeId(1)), "unable to register with the controller quorum");
}

#[test]
fn deleted_records_are_gone_when_all_replicas_have_cut_them() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let leader = cluster.leader("orders", 0).expect("a leader");
    cluster.produce(leader, "orders", -1, 10);
    let partition = DeleteRecordsPartition::default().with_partition_index(0).with_offset(4);
    let topic = DeleteRecordsTopic::default()
        .with_name(KafkaString::from_static("orders"))
        .with_partitions(vec![partition]);
    let request = DeleteRecordsRequestData::default().with_topics(vec![topic]).with_timeout_ms(5000);
    match cluster.ask(leader, Request::DeleteRecords(request)) {
        Response::DeleteRecords(answer) => {
            let partition = &answer.topics[0].partitions[0];
            assert_eq!((partition.error_code, partition.low_watermark), (0, 4));
        }
        other => panic!("{other:?}"),
    }
    for id in 1..=3 {
        let partition = TopicPartition::new(&name("orders"), 0);
        let log = cluster.broker(id).partition(&partition).and_then(|p| p.log()).expect("a log");
        assert_eq!(log.log_start_offset(), 4, "broker {id}");
    }
    assert_eq!(cluster.fetch(leader, "orders", 0, 0).0, ErrorCode::OffsetOutOfRange.code());
}

#[test]
fn a_replica_whose_log_is_not_ours_any_more_is_set_aside_as_stray() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let follower = NodeId(others(cluster.leader("orders", 0).expect("a leader"))[0]);
    cluster.crash(follower);
    cluster.run(10_000);
    let asked = NodeId(if follower == NodeId(1) { 2 } else { 1 });
    let gone = DeleteTopicState::default().with_name(Some(KafkaString::from_static("orders")));
    let request = DeleteTopicsRequestData::default().with_topics(vec![gone]).with_timeout_ms(30_000);
    cluster.ask(asked, Request::DeleteTopics(request));
    cluster.boot_broker(follower, &[]);
    cluster.run(15_000);
    let dirs = cluster.disks[&follower].dirs();
    assert!(dirs.iter().any(|dir| dir.starts_with("orders-0.") && dir.ends_with("-stray")), "{dirs:?}");
    assert!(cluster.broker(follower.0).partitions().next().is_none());
}

#[test]
fn configs_are_described_with_where_they_come_from() {
    let mut cluster = Cluster::new(1, &[("log.retention.hours", "2")]);
    cluster.run(3000);
    cluster.create("orders", 1, 1, &[("segment.bytes", "4096")]);
    cluster.run(100);
    let asked = DescribeConfigsResource::default()
        .with_resource_type(2)
        .with_resource_name(KafkaString::from_static("orders"));
    let request =
        DescribeConfigsRequestData::default().with_resources(vec![asked]).with_include_synonyms(true);
    let Response::DescribeConfigs(answer) = cluster.ask(NodeId(1), Request::DescribeConfigs(request)) else {
        panic!("another response")
    };
    let find = |wanted: &str| {
        let found = answer.results[0].configs.iter().find(|c| c.name.as_str() == wanted).expect("a config");
        (found.value.as_ref().map(|v| v.as_str().to_owned()), found.config_source, found.synonyms.len())
    };
    assert_eq!(find("segment.bytes"), (Some("4096".into()), 1, 2));
    assert_eq!(find("retention.ms"), (Some("7200000".into()), 4, 2));
    assert_eq!(find("min.insync.replicas"), (Some("1".into()), 5, 1));
}
