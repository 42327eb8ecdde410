use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::node::Node;
use crate::lab::World;
use crate::lab::disk::DiskCounters;

/// One broker: its process, and the machine below it.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerDetail {
    pub id: i32,
    /// Kafka's name of the process's state; `None` while no process runs.
    pub state: Option<&'static str>,
    /// Given by the controller at registration.
    pub epoch: Option<i64>,
    pub fenced: bool,
    pub last_heartbeat: Option<Instant>,
    pub session_timeout_ms: u64,
    /// How much of the metadata it has applied.
    pub metadata_offset: Option<Offset>,
    pub purgatory: usize,
    pub fetch_sessions: usize,
    /// Requests to it that wait while it works on another.
    pub inbox: usize,
    pub boots: u32,
    pub busy: Duration,
    pub disk: DiskCounters,
    pub cached_pages: u64,
    /// Why its log directory is offline.
    pub disk_failure: Option<String>,
    /// Configs that differ from Kafka's defaults.
    pub configs: Vec<(String, String)>,
}

impl BrokerDetail {
    pub fn of(world: &World, node: NodeId) -> Option<Self> {
        let machine = world.machine(node)?;
        let broker = machine.node().and_then(Node::as_broker);
        let crate::kafka::node::NodeSpec::Broker(spec) = &machine.spec else { return None };
        Some(Self {
            id: node.0,
            state: broker.map(|broker| broker.lifecycle().state.name()),
            epoch: broker.and_then(|broker| broker.lifecycle().broker_epoch),
            fenced: broker.is_some_and(crate::kafka::broker::Broker::is_fenced),
            last_heartbeat: broker.and_then(|broker| broker.lifecycle().last_heartbeat),
            session_timeout_ms: broker.map_or(0, |broker| broker.config().session_timeout.as_millis() as u64),
            metadata_offset: broker.map(|broker| broker.metadata().last_applied_offset()),
            purgatory: broker.map_or(0, |broker| broker.purgatory().len()),
            fetch_sessions: broker.map_or(0, |broker| broker.fetch_sessions().iter().count()),
            inbox: machine.inbox.len(),
            boots: machine.boots,
            busy: machine.busy,
            disk: machine.disk.counters(),
            cached_pages: machine.disk.cached_pages(),
            disk_failure: broker.and_then(|broker| broker.disk_failure()).map(str::to_owned),
            configs: spec.configs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        })
    }
}
