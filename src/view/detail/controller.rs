use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::node::Node;
use crate::lab::World;

/// The controller: its log, and how each broker stands with it.
#[derive(Clone, Debug, PartialEq)]
pub struct ControllerDetail {
    pub id: i32,
    pub active: bool,
    pub epoch: Epoch,
    pub log_start: Offset,
    pub log_end: Offset,
    pub high_watermark: Offset,
    pub log_bytes: u64,
    pub topics: usize,
    pub partitions: usize,
    /// Partitions without a leader, by their names.
    pub leaderless: Vec<String>,
    /// Partitions with fewer replicas in sync than assigned.
    pub under_replicated: usize,
    pub brokers: Vec<Standing>,
}

/// A broker as the controller sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub broker: i32,
    /// Kafka's name: `UNFENCED`, `FENCED`, …
    pub state: &'static str,
    pub epoch: i64,
    pub last_contact: Instant,
    /// When it is fenced unless it is heard of.
    pub session_ends: Option<Instant>,
    pub metadata_offset: Offset,
}

impl ControllerDetail {
    /// `None` while the controller does not run.
    pub fn of(world: &World, node: NodeId) -> Option<Self> {
        let Some(Node::Controller(controller)) = world.node(node) else { return None };
        let (image, log) = (controller.image(), controller.log());
        let partitions = || image.partitions();
        let leaderless = partitions().filter(|(_, _, registered)| registered.leader.is_none());
        Some(Self {
            id: node.0,
            active: controller.is_active(),
            epoch: controller.epoch(),
            log_start: log.start_offset(),
            log_end: log.end_offset(),
            high_watermark: log.high_watermark(),
            log_bytes: log.size(),
            topics: image.topics().len(),
            partitions: partitions().count(),
            leaderless: leaderless
                .map(|(topic, partition, _)| format!("{}-{partition}", topic.name))
                .collect(),
            under_replicated: partitions().filter(|(_, _, p)| p.isr.len() < p.replicas.len()).count(),
            brokers: controller
                .broker_states()
                .into_iter()
                .map(|standing| Standing {
                    broker: standing.id.0,
                    state: standing.state.name(),
                    epoch: standing.epoch,
                    last_contact: standing.last_contact,
                    session_ends: standing.session_ends,
                    metadata_offset: standing.metadata_offset,
                })
                .collect(),
        })
    }
}
