use bytes::Bytes;

use super::act::Act;
use super::act::ActError;
use super::act::NewConsumer;
use super::act::SeekPoint;
use super::disk::DiskFaults;
use super::journal::Kind;
use super::journal::Seq;
use super::journal::Sink;
use super::machine::State;
use super::machine::Waiting;
use super::world::Genesis;
use super::world::World;
use crate::kafka::base::Duration;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Random;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;
use crate::kafka::broker::BrokerSpec;
use crate::kafka::client::admin::AdminRequest;
use crate::kafka::client::admin::AdminSpec;
use crate::kafka::client::consumer::Assignment;
use crate::kafka::client::consumer::Calling;
use crate::kafka::client::consumer::ConsumerCommand;
use crate::kafka::client::consumer::ConsumerSpec;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::ResetTo;
use crate::kafka::client::consumer::SeekTo;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::client::producer::Feed;
use crate::kafka::client::producer::ProducerCommand;
use crate::kafka::client::producer::ProducerSpec;
use crate::kafka::controller::ControllerSpec;
use crate::kafka::machine::Command;
use crate::kafka::machine::Input;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::Api;

/// The controller's machine.
pub const CONTROLLER: NodeId = NodeId(3000);
/// Brokers are numbered from here on.
pub(super) const FIRST_BROKER: NodeId = NodeId(1);
/// The stream of random numbers that the cluster's id is drawn from.
const CLUSTER_ID_STREAM: u64 = 1;
/// Producers are numbered from here on.
pub const FIRST_PRODUCER: NodeId = NodeId(10_001);
/// Consumers are numbered from here on.
pub const FIRST_CONSUMER: NodeId = NodeId(20_001);
/// The machine of the person at the page, from which the admin client asks.
pub const ADMIN: NodeId = NodeId(30_000);

/// The `client.id` that the laboratory gives a producer or consumer, by the number of its machine.
pub fn client_name(client: NodeId) -> String {
    match client.0 - FIRST_CONSUMER.0 {
        number @ 0.. => format!("consumer-{}", number + 1),
        _ => format!("producer-{}", client.0 - FIRST_PRODUCER.0 + 1),
    }
}

/// The number of a new node: the first of its kind that is not and was never taken.
pub fn free_id(first: NodeId, taken: impl Fn(NodeId) -> bool) -> NodeId {
    let mut id = first;
    while taken(id) {
        id.0 += 1;
    }
    id
}

impl World {
    /// A world as it begins: the controller and the admin client are there.
    pub fn new(genesis: Genesis, journal: &mut impl Sink) -> Self {
        let mut world = Self::empty(genesis);
        let controller = ControllerSpec::new(CONTROLLER, &world.cluster_id(), genesis.profile);
        world.add_machine(CONTROLLER, NodeSpec::Controller(controller), 0, journal);
        let admin = AdminSpec { client_id: name("admin"), bootstrap: Vec::new() };
        world.add_machine(ADMIN, NodeSpec::Admin(admin), 0, journal);
        world
    }

    /// Does what a person wants, or says why not and changes nothing. Whoever calls it has recorded the act before.
    ///
    /// # Errors
    /// What [`check`](Self::check) finds.
    pub fn act(&mut self, act: &Act, journal: &mut impl Sink) -> Result<(), ActError> {
        self.check(act)?;
        let number = self.acts;
        self.acts += 1;
        self.begin_event();
        let cause = self.log(journal, self.seq(), act.node().unwrap_or(ADMIN), Kind::Act { number });
        self.apply_act(act, cause, journal);
        Ok(())
    }

    fn apply_act(&mut self, act: &Act, cause: Seq, journal: &mut impl Sink) {
        match act {
            Act::AddBroker { .. } => self.add_broker(act, cause, journal),
            Act::RemoveBroker { node } => self.command(*node, Command::ShutDown, cause, journal),
            Act::CreateTopic { .. }
            | Act::DeleteTopic { .. }
            | Act::AddPartitions { .. }
            | Act::SetTopicConfig { .. }
            | Act::SetBrokerConfig { .. }
            | Act::DeleteRecords { .. }
            | Act::ResetOffsets { .. }
            | Act::DeleteOffsets { .. }
            | Act::DeleteGroup { .. }
            | Act::ListGroups { .. }
            | Act::DescribeGroup { .. }
            | Act::RemoveMembers { .. } => self.ask(admin_request(act), cause, journal),
            Act::Crash { node } => {
                let seq = self.log(journal, cause, *node, Kind::Crashed);
                self.end_process(*node, State::Crashed, seq, journal);
            }
            Act::PowerOff { node } => {
                let seq = self.log(journal, cause, *node, Kind::PoweredOff);
                self.end_process(*node, State::Off, seq, journal);
            }
            Act::Restart { node } => self.boot(*node, cause, journal),
            Act::SetDisk { node, slow, full, broken } => {
                let faults = DiskFaults { slow: *slow, full: *full, broken: *broken };
                self.machine_mut(*node).disk.set_faults(faults);
            }
            Act::SetPageCache { node, bytes } => self.machine_mut(*node).disk.set_cache_bytes(*bytes),
            Act::FlipBit { node, path, byte, bit } => {
                self.machine_mut(*node).disk.flip_bit(path, *byte, *bit);
            }
            Act::AddConsumer(new) => self.add_consumer(new, cause, journal),
            Act::AddProducer { .. } => self.add_producer(act, cause, journal),
            Act::SetProgram { .. } | Act::SetClientConfig { .. } => {
                self.keep_for_later_processes(act);
                self.command_client(act, cause, journal);
            }
            Act::SetPace { .. }
            | Act::Commit { .. }
            | Act::Call { .. }
            | Act::Wakeup { .. }
            | Act::CloseConsumer { .. }
            | Act::Unsubscribe { .. }
            | Act::Subscribe { .. }
            | Act::SeekAll { .. }
            | Act::SetWorkload { .. }
            | Act::SetRate { .. }
            | Act::Produce { .. }
            | Act::Feed { .. }
            | Act::CancelFeed { .. }
            | Act::Flush { .. }
            | Act::Assign { .. }
            | Act::Seek { .. }
            | Act::Pause { .. }
            | Act::Resume { .. } => self.command_client(act, cause, journal),
            Act::RemoveClient { node } => self.remove_client(*node, cause, journal),
            Act::Cut { .. }
            | Act::Heal { .. }
            | Act::SetLink { .. }
            | Act::Hold { .. }
            | Act::Release { .. }
            | Act::DropNext { .. } => self.change_links(act, journal),
        }
    }

    /// The process ends, and its machine is taken away.
    fn remove_client(&mut self, node: NodeId, cause: Seq, journal: &mut impl Sink) {
        let seq = self.log(journal, cause, node, Kind::Exited);
        self.end_process(node, State::Exited, seq, journal);
        self.machines.remove(&node);
        self.removed.insert(node);
    }

    /// What the processes that a client's machine starts later run with, too.
    fn keep_for_later_processes(&mut self, act: &Act) {
        match act {
            Act::SetProgram { node, program } => {
                if let NodeSpec::Consumer(spec) = &mut self.machine_mut(*node).spec {
                    spec.program = program.clone();
                }
            }
            Act::SetClientConfig { node, config, value } => {
                self.keep_client_config(*node, config, value.as_ref());
            }
            _ => {}
        }
    }

    /// Gives a client's process the command that an act means.
    fn command_client(&mut self, act: &Act, cause: Seq, journal: &mut impl Sink) {
        let node = act.node().expect("these acts are about a client");
        let command = self.consumer_command(act).map(Command::Consumer);
        let command = command.or_else(|| self.producer_command(act).map(Command::Producer));
        if let Some(command) = command {
            self.command(node, command, cause, journal);
        }
    }

    /// The cluster's id: 22 characters that depend on the seed only.
    fn cluster_id(&self) -> String {
        let mut random = Random::new(self.genesis().seed, CLUSTER_ID_STREAM);
        Uuid::from_parts(random.next_u64(), random.next_u64()).to_string()
    }

    fn add_broker(&mut self, act: &Act, cause: Seq, journal: &mut impl Sink) {
        let Act::AddBroker { id, rack, configs } = act else { return };
        let node = id.unwrap_or_else(|| self.free_id(FIRST_BROKER));
        let mut spec = BrokerSpec::new(node, CONTROLLER, &self.cluster_id(), self.profile());
        spec.rack.clone_from(rack);
        for (config, value) in configs {
            spec = spec.with_config(config, value);
        }
        self.add_machine(node, NodeSpec::Broker(spec), cause, journal);
    }

    fn add_consumer(&mut self, new: &NewConsumer, cause: Seq, journal: &mut impl Sink) {
        let node = new.id.unwrap_or_else(|| self.free_id(FIRST_CONSUMER));
        let spec = self.consumer_spec(node, new);
        self.add_machine(node, NodeSpec::Consumer(spec), cause, journal);
    }

    /// What a new consumer is started with.
    pub(super) fn consumer_spec(&self, node: NodeId, new: &NewConsumer) -> ConsumerSpec {
        let subscription = match (&new.group, &new.pattern) {
            (_, Some(pattern)) => Subscription::Pattern(pattern.clone()),
            (Some(_), None) => Subscription::Topics(new.topics.clone()),
            (None, None) => Subscription::Assign(assignment(&new.topics, &new.partitions)),
        };
        let mut config = new.configs.clone();
        for (key, value) in [("group.id", &new.group), ("group.instance.id", &new.instance)] {
            value.iter().for_each(|value| _ = config.insert(key.to_owned(), value.to_string()));
        }
        ConsumerSpec {
            client_id: name(&client_name(node)),
            profile: self.profile(),
            config,
            bootstrap: self.brokers(),
            subscription,
            program: new.program.clone().unwrap_or_else(|| Program::from(new.pace)),
        }
    }

    fn add_producer(&mut self, act: &Act, cause: Seq, journal: &mut impl Sink) {
        let Act::AddProducer { id, .. } = act else { return };
        let node = id.unwrap_or_else(|| self.free_id(FIRST_PRODUCER));
        let spec = self.producer_spec(node, act).expect("the act is one of a new producer");
        self.add_machine(node, NodeSpec::Producer(spec), cause, journal);
    }

    /// What a new producer is started with.
    pub(super) fn producer_spec(&self, node: NodeId, act: &Act) -> Option<ProducerSpec> {
        let Act::AddProducer { workload, configs, .. } = act else { return None };
        Some(ProducerSpec {
            client_id: name(&client_name(node)),
            profile: self.profile(),
            config: configs.clone(),
            bootstrap: self.brokers(),
            workload: workload.clone(),
        })
    }

    /// The command to a producer's process that an act means.
    fn producer_command(&self, act: &Act) -> Option<ProducerCommand> {
        let bytes = |text: &Option<String>| text.as_ref().map(|text| Bytes::copy_from_slice(text.as_bytes()));
        Some(match act {
            Act::SetWorkload { workload, .. } => ProducerCommand::SetWorkload(workload.clone()),
            Act::SetRate { rate, .. } => ProducerCommand::SetRate(*rate),
            Act::Produce { topic, partition, key, value, .. } => ProducerCommand::SendOnce {
                topic: topic.clone(),
                partition: *partition,
                key: bytes(key),
                value: bytes(value),
            },
            Act::Feed { topic, blob, format, rate, .. } => {
                ProducerCommand::Feed(Feed::new(topic.clone(), self.blob(*blob)?, format.clone(), *rate))
            }
            Act::CancelFeed { .. } => ProducerCommand::CancelFeed,
            Act::Flush { .. } => ProducerCommand::Flush,
            Act::SetClientConfig { config, value, .. } => {
                ProducerCommand::SetConfig(config.clone(), value.clone())
            }
            _ => return None,
        })
    }

    /// The processes that a client's machine starts later have the config too.
    fn keep_client_config(&mut self, node: NodeId, name: &str, value: Option<&String>) {
        let config = match &mut self.machine_mut(node).spec {
            NodeSpec::Consumer(spec) => &mut spec.config,
            NodeSpec::Producer(spec) => &mut spec.config,
            _ => return,
        };
        match value {
            Some(value) => config.insert(name.to_owned(), value.clone()),
            None => config.remove(name),
        };
    }

    /// The command to a consumer's process that an act means.
    fn consumer_command(&self, act: &Act) -> Option<ConsumerCommand> {
        let at = |topic: &Name, partition: &i32| TopicPartition::new(topic, *partition);
        Some(match act {
            Act::SetPace { pace, .. } => ConsumerCommand::SetPace(*pace),
            Act::Assign { topics, partitions, .. } => ConsumerCommand::Assign(assignment(topics, partitions)),
            Act::SetProgram { program, .. } => ConsumerCommand::SetProgram(program.clone()),
            Act::Commit { sync, .. } => ConsumerCommand::Commit { sync: *sync },
            Act::Call { call, time, partitions, .. } => ConsumerCommand::Call(Calling {
                call: *call,
                time: time.unwrap_or(-1),
                partitions: partitions.clone(),
                seek: false,
            }),
            Act::Wakeup { .. } => ConsumerCommand::Wakeup,
            Act::CloseConsumer { .. } => ConsumerCommand::Close,
            Act::Unsubscribe { .. } => ConsumerCommand::Unsubscribe,
            Act::Subscribe { topics, pattern, .. } => ConsumerCommand::Subscribe(match pattern {
                Some(pattern) => Subscription::Pattern(pattern.clone()),
                None => Subscription::Topics(topics.clone()),
            }),
            Act::Seek { topic, partition, to, .. } => {
                ConsumerCommand::Seek(at(topic, partition), seek_to(*to))
            }
            Act::SeekAll { to, .. } => ConsumerCommand::SeekAll(seek_to(*to)),
            Act::Pause { topic, partition, .. } => ConsumerCommand::Pause(at(topic, partition)),
            Act::Resume { topic, partition, .. } => ConsumerCommand::Resume(at(topic, partition)),
            Act::SetClientConfig { node, config, value } if *node >= FIRST_CONSUMER => {
                ConsumerCommand::SetConfig(config.clone(), value.clone())
            }
            _ => return None,
        })
    }

    /// The first number from this one on that no machine has or had.
    pub(super) fn free_id(&self, from: NodeId) -> NodeId {
        free_id(from, |id| self.machines.contains_key(&id) || self.removed.contains(&id))
    }

    fn change_links(&mut self, act: &Act, journal: &mut impl Sink) {
        let api_of = |api: &Option<String>| api.as_deref().and_then(api_named);
        match act {
            Act::Cut { from, to, both } => self.set_cut(*from, *to, *both, true),
            Act::Heal { from, to, both } => self.set_cut(*from, *to, *both, false),
            Act::SetLink { from, to, latency_us, bandwidth, loss_ppm, jitter_us } => {
                let link = self.network.link_mut(*from, *to);
                latency_us.iter().for_each(|us| link.latency = Duration::from_micros(*us));
                bandwidth.iter().for_each(|rate| link.bandwidth = *rate);
                loss_ppm.iter().for_each(|ppm| link.loss_ppm = *ppm);
                jitter_us.iter().for_each(|us| link.jitter = Duration::from_micros(*us));
            }
            Act::Hold { from, to, api } => {
                let held = &mut self.network.link_mut(*from, *to).held;
                if !held.contains(&api_of(api)) {
                    held.push(api_of(api));
                }
            }
            Act::Release { from, to } => self.network.link_mut(*from, *to).held.clear(),
            Act::DropNext { from, to, api } => {
                self.network.link_mut(*from, *to).drop_next.push(api_of(api));
            }
            _ => {}
        }
        self.with_network(journal, |network, at| network.resume(at));
    }

    fn set_cut(&mut self, from: NodeId, to: NodeId, both: bool, cut: bool) {
        self.network.link_mut(from, to).cut = cut;
        if both {
            self.network.link_mut(to, from).cut = cut;
        }
    }

    /// Gives the process of a machine a person's command.
    fn command(&mut self, node: NodeId, command: Command, cause: Seq, journal: &mut impl Sink) {
        self.give(node, Waiting { input: Input::Command(command), flight: None, cause }, journal);
    }

    fn ask(&mut self, request: AdminRequest, cause: Seq, journal: &mut impl Sink) {
        self.command(ADMIN, Command::Admin(AdminRequest::Bootstrap(self.brokers())), cause, journal);
        self.command(ADMIN, Command::Admin(request), cause, journal);
    }

    /// The brokers' numbers, running or not.
    pub fn brokers(&self) -> Vec<NodeId> {
        self.machines.keys().copied().filter(|id| id.0 < CONTROLLER.0).collect()
    }
}

/// The API of this name.
pub(super) fn api_named(name: &str) -> Option<Api> {
    Api::ALL.iter().copied().find(|api| api.name() == name)
}

const fn seek_to(point: SeekPoint) -> SeekTo {
    match point {
        SeekPoint::Offset(offset) => SeekTo::Offset(offset),
        SeekPoint::Beginning => SeekTo::Reset(ResetTo::Earliest),
        SeekPoint::End => SeekTo::Reset(ResetTo::Latest),
        SeekPoint::Timestamp(ms) => SeekTo::Reset(ResetTo::Timestamp(ms)),
    }
}

fn assignment(topics: &[Name], partitions: &[TopicPartition]) -> Assignment {
    if partitions.is_empty() {
        Assignment::Topics(topics.to_vec())
    } else {
        Assignment::Partitions(partitions.to_vec())
    }
}

/// What the admin client is asked for an act about topics, configs, records or groups.
fn admin_request(act: &Act) -> AdminRequest {
    match act.clone() {
        Act::CreateTopic { name, partitions, replication, configs } => {
            let configs = configs.into_iter().collect();
            AdminRequest::CreateTopic { name, partitions, replication, configs }
        }
        Act::DeleteTopic { name } => AdminRequest::DeleteTopic { name },
        Act::AddPartitions { topic, total } => AdminRequest::CreatePartitions { topic, total },
        Act::SetTopicConfig { topic, config, value } => AdminRequest::SetTopicConfig { topic, config, value },
        Act::SetBrokerConfig { broker, config, value } => {
            AdminRequest::SetBrokerConfig { broker, config, value }
        }
        Act::DeleteRecords { topic, partition, before } => {
            AdminRequest::DeleteRecords { partition: TopicPartition { topic, partition }, before }
        }
        Act::ResetOffsets { group, topic, partitions, to } => {
            AdminRequest::ResetOffsets { group, topic, partitions, to }
        }
        Act::DeleteOffsets { group, topic } => AdminRequest::DeleteOffsets { group, topic },
        Act::DeleteGroup { group } => AdminRequest::DeleteGroup { group },
        Act::ListGroups { states, types } => AdminRequest::ListGroups { states, types },
        Act::DescribeGroup { group, show } => AdminRequest::DescribeGroup { group, show },
        Act::RemoveMembers { group, instances } => AdminRequest::RemoveMembers { group, instances },
        other => unreachable!("{other:?} does not go through the admin client"),
    }
}

impl Act {
    /// The machine that the act is about, if it is about one.
    pub const fn node(&self) -> Option<NodeId> {
        match self {
            Self::RemoveBroker { node }
            | Self::SetBrokerConfig { broker: node, .. }
            | Self::SetPace { node, .. }
            | Self::SetProgram { node, .. }
            | Self::Commit { node, .. }
            | Self::Call { node, .. }
            | Self::Wakeup { node }
            | Self::CloseConsumer { node }
            | Self::Unsubscribe { node }
            | Self::Subscribe { node, .. }
            | Self::SeekAll { node, .. }
            | Self::SetWorkload { node, .. }
            | Self::SetRate { node, .. }
            | Self::Produce { node, .. }
            | Self::Feed { node, .. }
            | Self::CancelFeed { node }
            | Self::Flush { node }
            | Self::Assign { node, .. }
            | Self::Seek { node, .. }
            | Self::Pause { node, .. }
            | Self::Resume { node, .. }
            | Self::SetClientConfig { node, .. }
            | Self::RemoveClient { node }
            | Self::Crash { node }
            | Self::PowerOff { node }
            | Self::Restart { node }
            | Self::Cut { from: node, .. }
            | Self::Heal { from: node, .. }
            | Self::SetLink { from: node, .. }
            | Self::Hold { from: node, .. }
            | Self::Release { from: node, .. }
            | Self::DropNext { from: node, .. }
            | Self::SetDisk { node, .. }
            | Self::SetPageCache { node, .. }
            | Self::FlipBit { node, .. } => Some(*node),
            Self::AddBroker { .. }
            | Self::CreateTopic { .. }
            | Self::DeleteTopic { .. }
            | Self::AddPartitions { .. }
            | Self::SetTopicConfig { .. }
            | Self::AddProducer { .. }
            | Self::AddConsumer(_)
            | Self::DeleteRecords { .. }
            | Self::ResetOffsets { .. }
            | Self::DeleteOffsets { .. }
            | Self::DeleteGroup { .. }
            | Self::ListGroups { .. }
            | Self::DescribeGroup { .. }
            | Self::RemoveMembers { .. } => None,
        }
    }
}
