use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::metadata::ClusterImage;

/// When each broker was last heard of, and how far it has read (`org.apache.kafka.controller.BrokerHeartbeatManager`).
/// Kept in memory only: a controller that starts gives every broker a whole session.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(super) struct BrokerHeartbeats(Map<NodeId, BrokerHeartbeat>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct BrokerHeartbeat {
    pub last_contact: Instant,
    /// The offset of the metadata that the broker has applied; −1 before its first heartbeat.
    pub metadata_offset: Offset,
    /// The offset that all active brokers must have applied before this one may go.
    pub controlled_shutdown_offset: Option<Offset>,
    pub fenced: bool,
}

/// What the controller makes of a broker (`org.apache.kafka.controller.BrokerControlState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BrokerState {
    Fenced,
    Unfenced,
    ControlledShutdown,
    ShutdownNow,
}

impl BrokerState {
    /// Kafka's word: `CONTROLLED_SHUTDOWN`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fenced => "FENCED",
            Self::Unfenced => "UNFENCED",
            Self::ControlledShutdown => "CONTROLLED_SHUTDOWN",
            Self::ShutdownNow => "SHUTDOWN_NOW",
        }
    }

    /// A broker that may shut down now is fenced too.
    pub(super) const fn is_fenced(self) -> bool {
        matches!(self, Self::Fenced | Self::ShutdownNow)
    }
}

impl BrokerHeartbeats {
    /// All registered brokers, as if each had been heard of just now.
    pub(super) fn of(image: &ClusterImage, now: Instant) -> Self {
        let mut heartbeats = Self::default();
        for broker in image.brokers().values() {
            heartbeats.register(broker.id, broker.fenced, now);
        }
        heartbeats
    }

    pub(super) fn register(&mut self, broker: NodeId, fenced: bool, now: Instant) {
        let heartbeat = BrokerHeartbeat {
            last_contact: now,
            metadata_offset: -1,
            controlled_shutdown_offset: None,
            fenced,
        };
        self.0.insert(broker, heartbeat);
    }

    pub(super) fn get(&self, broker: NodeId) -> Option<&BrokerHeartbeat> {
        self.0.get(&broker)
    }

    /// The broker was heard of.
    pub(super) fn touch(&mut self, broker: NodeId, fenced: bool, metadata_offset: Offset, now: Instant) {
        let Some(heartbeat) = self.0.get_mut(&broker) else { return };
        heartbeat.last_contact = now;
        heartbeat.metadata_offset = metadata_offset;
        heartbeat.fenced = fenced;
        if fenced {
            heartbeat.controlled_shutdown_offset = None;
        }
    }

    pub(super) fn fence(&mut self, broker: NodeId) {
        if let Some(heartbeat) = self.0.get_mut(&broker) {
            heartbeat.fenced = true;
            heartbeat.controlled_shutdown_offset = None;
        }
    }

    /// The broker is shutting down; its leaders were moved by the record before this offset.
    pub(super) fn begin_controlled_shutdown(&mut self, broker: NodeId, offset: Offset) {
        if let Some(heartbeat) = self.0.get_mut(&broker) {
            heartbeat.controlled_shutdown_offset.get_or_insert(offset);
        }
    }

    pub(super) fn state(&self, broker: NodeId) -> BrokerState {
        match self.0.get(&broker) {
            Some(BrokerHeartbeat { fenced: false, controlled_shutdown_offset: None, .. }) => {
                BrokerState::Unfenced
            }
            Some(BrokerHeartbeat { fenced: false, .. }) => BrokerState::ControlledShutdown,
            _ => BrokerState::Fenced,
        }
    }

    /// How far the slowest broker has read that is neither fenced nor shutting down.
    pub(super) fn lowest_active_offset(&self) -> Offset {
        let active =
            self.0.values().filter(|broker| !broker.fenced && broker.controlled_shutdown_offset.is_none());
        active.map(|broker| broker.metadata_offset).min().unwrap_or(Offset::MAX)
    }

    /// Whether the broker is unfenced and was heard of within its session.
    pub(super) fn has_valid_session(&self, broker: NodeId, now: Instant, timeout: Duration) -> bool {
        self.0.get(&broker).is_some_and(|broker| !broker.fenced && now < broker.last_contact + timeout)
    }

    /// The unfenced broker that was silent for longest, and when its session ends.
    pub(super) fn next_expiry(&self, timeout: Duration) -> Option<(NodeId, Instant)> {
        let unfenced = self.0.iter().filter(|(_, broker)| !broker.fenced);
        unfenced.map(|(id, broker)| (*id, broker.last_contact + timeout)).min_by_key(|(id, at)| (*at, *id))
    }
}
