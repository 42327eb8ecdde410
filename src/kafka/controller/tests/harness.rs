use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::RandomStreams;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;
use crate::kafka::controller::Controller;
use crate::kafka::controller::ControllerSpec;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Context;
use crate::kafka::machine::Effect;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::RequestHeader;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::messages::broker_heartbeat_request::BrokerHeartbeatRequestData;
use crate::kafka::protocol::messages::broker_heartbeat_response::BrokerHeartbeatResponseData;
use crate::kafka::protocol::messages::broker_registration_request::BrokerRegistrationRequestData;
use crate::kafka::protocol::messages::broker_registration_request::Feature;
use crate::kafka::protocol::messages::broker_registration_request::Listener;
use crate::kafka::protocol::messages::broker_registration_response::BrokerRegistrationResponseData;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopic;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopicConfig;
use crate::kafka::protocol::messages::create_topics_request::CreateTopicsRequestData;
use crate::kafka::protocol::messages::create_topics_response::CreatableTopicResult;
use crate::kafka::storage::MemoryDisk;

pub(super) const CONTROLLER: NodeId = NodeId(3000);
pub(super) const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qk";

/// One controller, its disk, its clock and its timers.
pub(super) struct Scene {
    pub(super) controller: Controller,
    pub(super) disk: MemoryDisk,
    pub(super) now: Instant,
    timers: BTreeMap<Timer, Instant>,
    random: RandomStreams,
    connections: u64,
    /// The version of each connection's request.
    versions: BTreeMap<ConnectionId, i16>,
    /// What was answered and not yet looked at, by connection.
    pub(super) answers: BTreeMap<ConnectionId, Response>,
    pub(super) exited: bool,
}

impl Scene {
    /// A controller that has just started on an empty disk. No NoOpRecords, so that offsets can be counted.
    pub(super) fn new(profile: Profile) -> Self {
        Self::with(
            ControllerSpec::new(CONTROLLER, CLUSTER, profile)
                .with_config("metadata.max.idle.interval.ms", "0"),
        )
    }

    pub(super) fn with(spec: ControllerSpec) -> Self {
        let mut scene = Self {
            controller: Controller::new(spec),
            disk: MemoryDisk::default(),
            now: Instant::ZERO,
            timers: BTreeMap::new(),
            random: RandomStreams::new(7),
            connections: 0,
            versions: BTreeMap::new(),
            answers: BTreeMap::new(),
            exited: false,
        };
        scene.handle(Input::Started);
        scene
    }

    /// Three brokers that have registered and are unfenced.
    pub(super) fn with_brokers(profile: Profile) -> Self {
        let mut scene = Self::new(profile);
        for broker in [1, 2, 3] {
            scene.join(broker);
        }
        scene
    }

    pub(super) fn handle(&mut self, input: Input) {
        let mut cx =
            Context::new(CONTROLLER, self.now, &mut self.disk, &mut self.random, &mut self.connections);
        self.controller.handle(&mut cx, input);
        for effect in cx.into_effects() {
            match effect {
                Effect::SetTimer { timer, at } => drop(self.timers.insert(timer, at)),
                Effect::StopTimer { timer } => drop(self.timers.remove(&timer)),
                Effect::Respond { connection, correlation, response: Some(body) } => {
                    let frame = ResponseFrame { correlation, version: self.versions[&connection], body };
                    self.answers.insert(connection, over_the_wire(&frame));
                }
                Effect::Exit => self.exited = true,
                _ => {}
            }
        }
    }

    /// The process dies and another one starts on the same disk.
    pub(super) fn restart(&mut self) {
        self.timers.clear();
        self.controller = Controller::new(self.controller.spec().clone());
        self.handle(Input::Started);
    }

    pub(super) fn send(&mut self, request: Request) -> ConnectionId {
        let version = request.api().versions().1;
        self.send_version(request, version)
    }

    pub(super) fn send_version(&mut self, request: Request, version: i16) -> ConnectionId {
        self.connections += 1;
        let connection = ConnectionId(self.connections);
        let header = RequestHeader { api: request.api(), version, correlation: 1, client_id: name("test") };
        let request = RequestFrame { header, body: Arc::new(request) };
        let request = RequestFrame::from_wire(request.to_wire().expect("a wire form")).expect("a request");
        self.versions.insert(connection, version);
        self.handle(Input::Request { connection, from: NodeId(1), request });
        connection
    }

    pub(super) fn ask(&mut self, request: Request) -> Response {
        let connection = self.send(request);
        self.answers.remove(&connection).expect("an answer at once")
    }

    /// Lets so much time pass; timers that fall due are handled in order.
    pub(super) fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some((timer, at)) = self.next_timer().filter(|(_, at)| *at <= until) {
            self.timers.remove(&timer);
            self.now = self.now.max(at);
            self.handle(Input::Timer(timer));
        }
        self.now = until;
    }

    fn next_timer(&self) -> Option<(Timer, Instant)> {
        let earliest = self.timers.iter().min_by_key(|(_, at)| **at);
        earliest.map(|(timer, at)| (timer.clone(), *at))
    }

    pub(super) fn register(&mut self, broker: i32, incarnation: u64) -> BrokerRegistrationResponseData {
        self.register_after(broker, incarnation, -1)
    }

    pub(super) fn register_after(
        &mut self,
        broker: i32,
        incarnation: u64,
        previous_epoch: i64,
    ) -> BrokerRegistrationResponseData {
        let listener = Listener::default()
            .with_name(KafkaString::from_static("PLAINTEXT"))
            .with_host(KafkaString::from(format!("broker-{broker}")))
            .with_port(9092);
        let feature = Feature::default()
            .with_name(KafkaString::from_static("metadata.version"))
            .with_min_supported_version(7)
            .with_max_supported_version(33);
        let request = BrokerRegistrationRequestData::default()
            .with_broker_id(broker)
            .with_cluster_id(KafkaString::from_static(CLUSTER))
            .with_incarnation_id(Uuid::from_parts(1000 + broker as u64, incarnation))
            .with_listeners(vec![listener])
            .with_features(vec![feature])
            .with_log_dirs(vec![Uuid::from_parts(77, broker as u64)])
            .with_previous_broker_epoch(previous_epoch);
        match self.ask(Request::BrokerRegistration(request)) {
            Response::BrokerRegistration(response) => response,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn epoch_of(&self, broker: i32) -> i64 {
        self.controller.image().broker(NodeId(broker)).expect("a registered broker").epoch
    }

    /// A heartbeat of a broker that has applied everything; `tune` makes it ask for more.
    pub(super) fn heartbeat(
        &mut self,
        broker: i32,
        tune: impl FnOnce(BrokerHeartbeatRequestData) -> BrokerHeartbeatRequestData,
    ) -> BrokerHeartbeatResponseData {
        let request = BrokerHeartbeatRequestData::default()
            .with_broker_id(broker)
            .with_broker_epoch(self.epoch_of(broker))
            .with_current_metadata_offset(self.controller.log().end_offset() - 1);
        match self.ask(Request::BrokerHeartbeat(tune(request))) {
            Response::BrokerHeartbeat(response) => response,
            other => panic!("{other:?}"),
        }
    }

    /// A broker registers, catches up and is unfenced.
    pub(super) fn join(&mut self, broker: i32) {
        assert_eq!(self.register(broker, 1).error_code, 0);
        assert!(!self.heartbeat(broker, |request| request).is_fenced);
    }

    /// The brokers that are listed beat every two seconds, for so long.
    pub(super) fn beat(&mut self, brokers: &[i32], span: Duration) {
        let until = self.now + span;
        while self.now < until {
            for broker in brokers {
                self.heartbeat(*broker, |request| request);
            }
            self.pass(Duration::from_secs(2).min(until.since(self.now)));
        }
    }

    pub(super) fn create(&mut self, topic: CreatableTopic) -> CreatableTopicResult {
        let request = CreateTopicsRequestData::default().with_topics(vec![topic]);
        match self.ask(Request::CreateTopics(request)) {
            Response::CreateTopics(mut response) => response.topics.swap_remove(0),
            other => panic!("{other:?}"),
        }
    }

    /// Makes `orders`: one partition on brokers 1, 2 and 3, led by 1.
    pub(super) fn create_orders(&mut self, configs: &[(&str, &str)]) {
        let assignment =
            crate::kafka::protocol::messages::create_topics_request::CreatableReplicaAssignment::default()
                .with_broker_ids(vec![1, 2, 3]);
        let config = |(name, value): &(&str, &str)| {
            CreatableTopicConfig::default().with_name(text(name)).with_value(Some(text(value)))
        };
        let topic = topic("orders", -1, -1)
            .with_assignments(vec![assignment])
            .with_configs(configs.iter().map(config).collect());
        let created = self.create(topic);
        assert_eq!(created.error_code, 0, "{:?}", created.error_message);
    }

    pub(super) fn orders(&self) -> &PartitionRegistration {
        let partition = TopicPartition::new(&name("orders"), 0);
        self.controller.image().partition(&partition).expect("orders-0")
    }

    /// Leader, leader epoch, partition epoch, in-sync set.
    pub(super) fn orders_now(&self) -> (Option<i32>, i32, i32, Vec<i32>) {
        let orders = self.orders();
        let isr: BTreeSet<i32> = orders.isr.iter().map(|broker| broker.0).collect();
        let leader = orders.leader.map(|leader| leader.0);
        (leader, orders.leader_epoch, orders.partition_epoch, isr.into_iter().collect())
    }
}

/// What arrives of a response: every one of these stories has its wire form.
fn over_the_wire(frame: &ResponseFrame) -> Response {
    let bytes = frame.to_wire().expect("a wire form");
    let read = ResponseFrame::from_wire(frame.body.api(), frame.version, bytes).expect("a response");
    assert_eq!(read.correlation, frame.correlation);
    Response::clone(&read.body)
}

pub(super) fn text(text: &str) -> KafkaString {
    KafkaString::from(text.to_owned())
}

pub(super) fn topic(name: &str, partitions: i32, factor: i16) -> CreatableTopic {
    CreatableTopic::default()
        .with_name(text(name))
        .with_num_partitions(partitions)
        .with_replication_factor(factor)
}

pub(super) fn ids(nodes: &[NodeId]) -> Vec<i32> {
    nodes.iter().map(|node| node.0).collect()
}
