use super::act::Act;
use super::act::ActError;
use super::act::Configs;
use super::act::NewConsumer;
use super::apply::ADMIN;
use super::apply::CONTROLLER;
use super::apply::FIRST_BROKER;
use super::apply::FIRST_CONSUMER;
use super::apply::FIRST_PRODUCER;
use super::apply::api_named;
use super::machine::State;
use super::network::FIRST_CLIENT;
use super::network::MILLION;
use super::world::World;
use crate::kafka::base::NodeId;
use crate::kafka::base::Pattern;
use crate::kafka::base::config::ConfigDef;
use crate::kafka::base::config::broker_config;
use crate::kafka::base::config::topic_config;
use crate::kafka::client::consumer::Call;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::client::producer::Feed;
use crate::kafka::client::producer::Producer;
use crate::kafka::node::Node;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::ErrorCode;

/// What `ListGroups` filters by.
const STATES: [&str; 7] =
    ["PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling"];
const TYPES: [&str; 2] = ["classic", "consumer"];

impl World {
    /// Whether an act can be done now.
    ///
    /// # Errors
    /// Why not: what, where and what to do.
    pub fn check(&self, act: &Act) -> Result<(), ActError> {
        match act {
            Act::AddBroker { .. }
            | Act::RemoveBroker { .. }
            | Act::SetBrokerConfig { .. }
            | Act::SetTopicConfig { .. }
            | Act::CreateTopic { .. }
            | Act::DeleteTopic { .. }
            | Act::AddPartitions { .. }
            | Act::DeleteRecords { .. }
            | Act::ResetOffsets { .. }
            | Act::DeleteOffsets { .. }
            | Act::DeleteGroup { .. }
            | Act::ListGroups { .. }
            | Act::DescribeGroup { .. }
            | Act::RemoveMembers { .. } => self.check_cluster(act),
            Act::Cut { .. }
            | Act::Heal { .. }
            | Act::Release { .. }
            | Act::SetLink { .. }
            | Act::Hold { .. }
            | Act::DropNext { .. } => self.check_link(act),
            Act::Crash { .. }
            | Act::PowerOff { .. }
            | Act::Restart { .. }
            | Act::SetDisk { .. }
            | Act::SetPageCache { .. }
            | Act::FlipBit { .. } => self.check_machine(act),
            Act::AddProducer { .. }
            | Act::SetWorkload { .. }
            | Act::SetRate { .. }
            | Act::Produce { .. }
            | Act::CancelFeed { .. }
            | Act::Flush { .. }
            | Act::Feed { .. } => self.check_producer(act),
            Act::AddConsumer(_)
            | Act::Assign { .. }
            | Act::SetPace { .. }
            | Act::SetProgram { .. }
            | Act::Commit { .. }
            | Act::Call { .. }
            | Act::Wakeup { .. }
            | Act::CloseConsumer { .. }
            | Act::Unsubscribe { .. }
            | Act::Subscribe { .. }
            | Act::Seek { .. }
            | Act::SeekAll { .. }
            | Act::Pause { .. }
            | Act::Resume { .. } => self.check_consumer(act),
            Act::SetClientConfig { node, config, value } => {
                self.check_client_config(*node, config, value.as_ref())
            }
            Act::RemoveClient { node } => {
                self.exists(*node)?;
                if node.0 < FIRST_CLIENT || *node == ADMIN {
                    return Err(ActError::new(format!("node {node} is not a producer or consumer of yours")));
                }
                Ok(())
            }
        }
    }

    /// What is wrong with a topic's name, its partitions, its records or a group, Kafka says: the answer is among the admin
    /// client's results.
    fn check_cluster(&self, act: &Act) -> Result<(), ActError> {
        match act {
            Act::AddBroker { id, configs, .. } => {
                self.new_id(*id, FIRST_BROKER, CONTROLLER)?;
                configs
                    .iter()
                    .try_for_each(|(config, value)| known_config(broker_config(config), config, value))
            }
            Act::RemoveBroker { node } => {
                self.running(*node)?;
                if *node >= CONTROLLER {
                    return Err(ActError::new(format!("node {node} is no broker")));
                }
                Ok(())
            }
            Act::SetBrokerConfig { broker, config, value } => {
                self.exists(*broker)?;
                value.iter().try_for_each(|value| known_config(broker_config(config), config, value))
            }
            Act::SetTopicConfig { config, value, .. } => {
                value.iter().try_for_each(|value| known_config(topic_config(config), config, value))
            }
            Act::CreateTopic { configs, .. } => configs
                .iter()
                .try_for_each(|(config, value)| known_config(topic_config(config), config, value)),
            Act::ListGroups { states, types } => {
                let unknown = states.iter().find(|it| !STATES.contains(&&***it));
                let unknown = unknown.or_else(|| types.iter().find(|it| !TYPES.contains(&&***it)));
                let Some(unknown) = unknown else { return Ok(()) };
                Err(ActError::new(format!(
                    "IllegalArgumentException: {unknown} is no state ({}) and no type ({}) of a group",
                    STATES.join(", "),
                    TYPES.join(", ")
                )))
            }
            Act::ResetOffsets { topic: None, partitions, .. } if !partitions.is_empty() => {
                Err(ActError::new("partitions are numbers of a topic: name the topic too"))
            }
            Act::ResetOffsets { group, .. }
            | Act::DeleteOffsets { group, .. }
            | Act::DeleteGroup { group }
            | Act::DescribeGroup { group, .. }
            | Act::RemoveMembers { group, .. }
                if group.is_empty() =>
            {
                Err(ActError::kafka(ErrorCode::InvalidGroupId, "a group has a name: choose one"))
            }
            _ => Ok(()),
        }
    }

    fn check_link(&self, act: &Act) -> Result<(), ActError> {
        match act {
            Act::SetLink { bandwidth: Some(0), .. } => {
                Err(ActError::new("a bandwidth of 0 carries nothing: cut the link instead"))
            }
            Act::SetLink { loss_ppm: Some(MILLION..), .. } => {
                Err(ActError::new("a loss of 1,000,000 per million carries nothing: cut the link instead"))
            }
            Act::Hold { api: Some(api), .. } | Act::DropNext { api: Some(api), .. }
                if api_named(api).is_none() =>
            {
                Err(ActError::new(format!("no API is called {api:?}: try Produce or Fetch")))
            }
            Act::Cut { from, to, .. }
            | Act::Heal { from, to, .. }
            | Act::Release { from, to }
            | Act::SetLink { from, to, .. }
            | Act::Hold { from, to, .. }
            | Act::DropNext { from, to, .. } => self.link_exists(*from, *to),
            _ => Ok(()),
        }
    }

    fn check_machine(&self, act: &Act) -> Result<(), ActError> {
        match act {
            Act::Crash { node } => self.running(*node),
            Act::PowerOff { node } => match self.exists(*node).map(|()| &self.machines[node].state) {
                Ok(State::Off) => Err(ActError::new(format!("machine {node} has no power already"))),
                other => other.map(|_| ()),
            },
            Act::Restart { node } => match self.exists(*node).map(|()| self.machines[node].is_running()) {
                Ok(true) => {
                    Err(ActError::new(format!("node {node} is running: crash it or switch it off first")))
                }
                other => other.map(|_| ()),
            },
            Act::SetDisk { slow: 0, .. } => Err(ActError::new("a disk is slow by a factor of 1 or more")),
            Act::SetDisk { node, .. } | Act::SetPageCache { node, .. } => self.exists(*node),
            Act::FlipBit { node, path, byte, .. } => {
                self.exists(*node)?;
                match self.machines[node].disk.file(path).map(|file| file.len()) {
                    Some(len) if *byte < len => Ok(()),
                    Some(len) => {
                        Err(ActError::new(format!("{path} on node {node} has {len} bytes, no byte {byte}")))
                    }
                    None => Err(ActError::new(format!("node {node} has no file {path}"))),
                }
            }
            _ => Ok(()),
        }
    }

    fn check_producer(&self, act: &Act) -> Result<(), ActError> {
        match act {
            Act::AddProducer { id, workload, .. } => {
                self.new_id(*id, FIRST_PRODUCER, FIRST_CONSUMER)?;
                workload.check().map_err(ActError::new)?;
                let spec = self.producer_spec(id.unwrap_or(FIRST_PRODUCER), act).map(NodeSpec::Producer);
                spec.map_or(Ok(()), |spec| starts(&spec))
            }
            Act::SetWorkload { node, workload } => {
                workload.check().map_err(ActError::new)?;
                self.producer(*node).map(|_| ())
            }
            Act::SetRate { node, .. }
            | Act::Produce { node, .. }
            | Act::CancelFeed { node }
            | Act::Flush { node } => self.producer(*node).map(|_| ()),
            Act::Feed { node, blob, format, .. } => {
                self.producer(*node)?;
                let Some(bytes) = self.blob(*blob) else {
                    return Err(ActError::new(format!(
                        "the data {blob} is not in this world: drop the file again"
                    )));
                };
                self.contents.check_blob(*blob, &format!("{format:?}"), || {
                    Feed::check(&bytes, format).map(|_| ()).map_err(|error| ActError::new(error.to_string()))
                })
            }
            _ => Ok(()),
        }
    }

    fn check_consumer(&self, act: &Act) -> Result<(), ActError> {
        match act {
            Act::AddConsumer(NewConsumer { topics, partitions, pattern, .. }) => {
                one_of(&[!topics.is_empty(), !partitions.is_empty(), pattern.is_some()])?;
            }
            Act::Assign { topics, partitions, .. } => {
                one_of(&[!topics.is_empty(), !partitions.is_empty()])?;
            }
            Act::Subscribe { topics, pattern, .. } => one_of(&[!topics.is_empty(), pattern.is_some()])?,
            _ => {}
        }
        if let Act::AddConsumer(NewConsumer { pattern: Some(pattern), .. })
        | Act::Subscribe { pattern: Some(pattern), .. } = act
        {
            Pattern::new(pattern).map_err(|error| ActError::new(error.0.to_string()))?;
        }
        if let Act::AddConsumer(NewConsumer { program: Some(program), .. })
        | Act::SetProgram { program, .. } = act
        {
            program.check().map_err(ActError::new)?;
        }
        match act {
            Act::AddConsumer(new) => {
                if new.group.is_some() && !new.partitions.is_empty() {
                    return Err(ActError::new(
                        "a group shares out topics: name topics, or partitions without a group and \
                         group.id among the configs",
                    ));
                }
                if new.group.is_none() && new.pattern.is_some() {
                    return Err(ActError::new("InvalidGroupIdException: to subscribe, name a group"));
                }
                self.new_id(new.id, FIRST_CONSUMER, ADMIN)?;
                starts(&NodeSpec::Consumer(self.consumer_spec(new.id.unwrap_or(FIRST_CONSUMER), new)))
            }
            Act::Assign { node, .. } | Act::Subscribe { node, .. } => self.check_other_reading(*node, act),
            Act::SetProgram { node, program } => {
                let mut spec = self.consumer(*node)?.spec().clone();
                spec.program = program.clone();
                starts(&NodeSpec::Consumer(spec))
            }
            Act::Call { call: Call::OffsetsForTimes, time: None, .. } => {
                Err(ActError::new("offsetsForTimes looks for a time: give one, in milliseconds since 1970"))
            }
            Act::Call { time: Some(time @ ..0), .. } => Err(ActError::new(format!(
                "IllegalArgumentException: The target time is {time}. The target time cannot be negative."
            ))),
            Act::Commit { node, .. } | Act::Call { node, call: Call::Committed, .. } => {
                if self.consumer(*node)?.group().id().is_none() {
                    return Err(ActError::new(
                        "InvalidGroupIdException: To use the group management or offset commit APIs, you must \
                         provide a valid group.id in the consumer configuration.",
                    ));
                }
                Ok(())
            }
            Act::SetPace { node, .. }
            | Act::Call { node, .. }
            | Act::Wakeup { node }
            | Act::CloseConsumer { node }
            | Act::Unsubscribe { node }
            | Act::Seek { node, .. }
            | Act::SeekAll { node, .. }
            | Act::Pause { node, .. }
            | Act::Resume { node, .. } => self.consumer(*node).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// `assign` after `subscribe`, or the other way round, needs `unsubscribe` between them.
    fn check_other_reading(&self, node: NodeId, act: &Act) -> Result<(), ActError> {
        let consumer = self.consumer(node)?;
        let mut spec = consumer.spec().clone();
        let by_group = spec.subscription.by_group();
        let subscribes = matches!(act, Act::Subscribe { .. });
        if subscribes && consumer.group().id().is_none() {
            return Ok(()); // The call throws, and the application catches it.
        }
        let reads = by_group || consumer.assigned().next().is_some();
        if reads && by_group != subscribes {
            return Err(ActError::new(
                "IllegalStateException: Subscription to topics, partitions and pattern are mutually exclusive: \
                 unsubscribe first",
            ));
        }
        if subscribes {
            spec.subscription = Subscription::Topics(Vec::new());
        }
        starts(&NodeSpec::Consumer(spec))
    }

    /// Whether a client would start with this config.
    fn check_client_config(
        &self,
        node: NodeId,
        config: &str,
        value: Option<&String>,
    ) -> Result<(), ActError> {
        self.running(node)?;
        let change = |configs: &mut Configs| match value {
            Some(value) => configs.insert(config.to_owned(), value.clone()),
            None => configs.remove(config),
        };
        let mut spec = match self.node(node) {
            Some(Node::Producer(producer)) => NodeSpec::Producer(producer.spec().clone()),
            Some(Node::Consumer(consumer)) => NodeSpec::Consumer(consumer.spec().clone()),
            _ => return Err(ActError::new(format!("node {node} is no client of yours"))),
        };
        match &mut spec {
            NodeSpec::Producer(spec) => change(&mut spec.config),
            NodeSpec::Consumer(spec) => change(&mut spec.config),
            _ => None,
        };
        starts(&spec)
    }

    fn exists(&self, node: NodeId) -> Result<(), ActError> {
        if self.machines.contains_key(&node) {
            return Ok(());
        }
        let known: Vec<String> = self.machines.keys().map(NodeId::to_string).collect();
        Err(ActError::new(format!("there is no node {node}: this world has {}", known.join(", "))))
    }

    fn running(&self, node: NodeId) -> Result<(), ActError> {
        self.exists(node)?;
        if self.machines[&node].is_running() {
            return Ok(());
        }
        Err(ActError::new(format!("node {node} is not running: restart it first")))
    }

    fn link_exists(&self, from: NodeId, to: NodeId) -> Result<(), ActError> {
        self.exists(from)?;
        self.exists(to)?;
        if from == to {
            return Err(ActError::new(format!("node {from} has no link to itself: name two nodes")));
        }
        Ok(())
    }

    /// Whether a machine may be added under this number.
    fn new_id(&self, id: Option<NodeId>, first: NodeId, end: NodeId) -> Result<(), ActError> {
        let Some(id) = id else { return Ok(()) };
        if id < first || id >= end {
            return Err(ActError::new(format!(
                "{id} is not between {first} and {}: choose another number",
                end.0 - 1
            )));
        }
        if self.machines.contains_key(&id) || self.removed.contains(&id) {
            return Err(ActError::new(format!("there is or was a node {id} already: choose another number")));
        }
        Ok(())
    }

    fn producer(&self, node: NodeId) -> Result<&Producer, ActError> {
        self.running(node)?;
        let producer = self.node(node).and_then(Node::as_producer);
        producer.ok_or_else(|| ActError::new(format!("node {node} is no producer")))
    }

    fn consumer(&self, node: NodeId) -> Result<&Consumer, ActError> {
        self.running(node)?;
        let consumer = self.node(node).and_then(Node::as_consumer);
        consumer.ok_or_else(|| ActError::new(format!("node {node} is no consumer")))
    }
}

/// Whether a config is one that is honoured here, with a value that it may have.
fn known_config(def: Option<&ConfigDef>, config: &str, value: &str) -> Result<(), ActError> {
    let Some(def) = def else {
        let sentence = format!("there is no config {config} here: choose one from the list");
        return Err(ActError::kafka(ErrorCode::InvalidConfig, sentence));
    };
    def.check(value).map_err(|error| ActError::kafka(ErrorCode::InvalidConfig, error.to_string()))
}

/// Whether a process would start with this spec.
fn starts(spec: &NodeSpec) -> Result<(), ActError> {
    Node::new(spec).map(|_| ()).map_err(|error| ActError::kafka(ErrorCode::InvalidConfig, error.to_string()))
}

/// A consumer reads one kind of thing.
fn one_of(given: &[bool]) -> Result<(), ActError> {
    if given.iter().filter(|given| **given).count() == 1 {
        return Ok(());
    }
    Err(ActError::new("a consumer needs topics or partitions to read, one of the two"))
}
