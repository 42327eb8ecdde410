use super::act::Act;
use super::act::ActError;
use super::disk::DiskFaults;
use super::journal::Kind;
use super::journal::Seq;
use super::journal::Sink;
use super::machine::State;
use super::machine::Waiting;
use super::world::Genesis;
use super::world::World;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::client::admin::AdminRequest;
use crate::kafka::client::admin::AdminSpec;
use crate::kafka::machine::Command;
use crate::kafka::machine::Input;
use crate::kafka::node::NodeSpec;
use crate::kafka::protocol::Api;

/// The controller's machine.
pub const CONTROLLER: NodeId = NodeId(3000);
/// The machine of the person at the page, from which the admin client asks.
pub const ADMIN: NodeId = NodeId(30_000);

impl World {
    /// A world as it begins: the admin client is there.
    pub fn new(genesis: Genesis, journal: &mut impl Sink) -> Self {
        let mut world = Self::empty(genesis);
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
        let cause = self.log(journal, self.seq(), act.node().unwrap_or(ADMIN), Kind::Act { number });
        self.apply_act(act, cause, journal);
        Ok(())
    }

    fn apply_act(&mut self, act: &Act, cause: Seq, journal: &mut impl Sink) {
        match act {
            Act::AddBroker { .. } => {}
            Act::RemoveBroker { node } => self.command(*node, Command::ShutDown, cause, journal),
            Act::CreateTopic { .. }
            | Act::DeleteTopic { .. }
            | Act::AddPartitions { .. }
            | Act::SetTopicConfig { .. }
            | Act::SetBrokerConfig { .. }
            | Act::DeleteRecords { .. } => self.ask(admin_request(act), cause, journal),
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
            Act::Cut { .. }
            | Act::Heal { .. }
            | Act::SetLink { .. }
            | Act::Hold { .. }
            | Act::Release { .. }
            | Act::DropNext { .. } => self.change_links(act, journal),
        }
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

    /// Whether an act can be done now.
    ///
    /// # Errors
    /// Why not: what, where and what to do.
    pub fn check(&self, act: &Act) -> Result<(), ActError> {
        match act {
            Act::AddBroker { .. } => Ok(()),
            Act::RemoveBroker { node } => self.running(*node),
            Act::SetBrokerConfig { broker, .. } => self.exists(*broker),
            Act::CreateTopic { .. }
            | Act::DeleteTopic { .. }
            | Act::AddPartitions { .. }
            | Act::SetTopicConfig { .. }
            | Act::DeleteRecords { .. } => Ok(()),
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
            Act::Cut { from, to, .. } | Act::Heal { from, to, .. } | Act::Release { from, to } => {
                self.link_exists(*from, *to)
            }
            Act::SetLink { from, to, bandwidth, loss_ppm, .. } => {
                if *bandwidth == Some(0) {
                    return Err(ActError::new("a bandwidth of 0 carries nothing: cut the link instead"));
                }
                if loss_ppm.is_some_and(|ppm| ppm > 999_999) {
                    return Err(ActError::new(
                        "a loss of 1,000,000 per million carries nothing: cut the link instead",
                    ));
                }
                self.link_exists(*from, *to)
            }
            Act::Hold { from, to, api } | Act::DropNext { from, to, api } => {
                if let Some(api) = api
                    && api_named(api).is_none()
                {
                    return Err(ActError::new(format!("no API is called {api:?}: try Produce or Fetch")));
                }
                self.link_exists(*from, *to)
            }
            Act::SetDisk { node, slow, .. } => {
                if *slow == 0 {
                    return Err(ActError::new("a disk is slow by a factor of 1 or more"));
                }
                self.exists(*node)
            }
            Act::SetPageCache { node, .. } => self.exists(*node),
            Act::FlipBit { node, path, byte, .. } => {
                self.exists(*node)?;
                let len = self.machines[node].disk.file(path).map(|file| file.len());
                match len {
                    Some(len) if *byte < len => Ok(()),
                    Some(len) => {
                        Err(ActError::new(format!("{path} on node {node} has {len} bytes, no byte {byte}")))
                    }
                    None => Err(ActError::new(format!("node {node} has no file {path}"))),
                }
            }
        }
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
}

fn api_named(name: &str) -> Option<Api> {
    Api::ALL.iter().copied().find(|api| api.name() == name)
}

/// What the admin client is asked for an act about topics, configs or records.
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
        other => unreachable!("{other:?} does not go through the admin client"),
    }
}

impl Act {
    /// The machine that the act is about, if it is about one.
    pub const fn node(&self) -> Option<NodeId> {
        match self {
            Self::RemoveBroker { node }
            | Self::SetBrokerConfig { broker: node, .. }
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
            | Self::DeleteRecords { .. } => None,
        }
    }
}
