//! The records of `__cluster_metadata-0`, by Kafka's names (`metadata/src/main/resources/common/metadata/*.json`).

use crate::kafka::base::Epoch;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::ProducerId;
use crate::kafka::base::Uuid;

/// One step of the cluster's history. The state of the cluster is what is left after replaying all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum MetadataRecord {
    RegisterBroker(RegisterBrokerRecord),
    UnregisterBroker(UnregisterBrokerRecord),
    Topic(TopicRecord),
    Partition(PartitionRecord),
    Config(ConfigRecord),
    PartitionChange(PartitionChangeRecord),
    RemoveTopic(RemoveTopicRecord),
    FeatureLevel(FeatureLevelRecord),
    ProducerIds(ProducerIdsRecord),
    BrokerRegistrationChange(BrokerRegistrationChangeRecord),
    NoOp,
    /// Kafka 3.x writes it once into a new log; 0 = the cluster was never on ZooKeeper.
    ZkMigrationState(i8),
    /// The records up to the next `EndTransaction` belong together (`"Bootstrap records"` on a new cluster).
    BeginTransaction(BeginTransactionRecord),
    EndTransaction,
    RegisterController(RegisterControllerRecord),
    ClearElr(ClearElrRecord),
}

/// Where a process listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The listener's name: `PLAINTEXT`, `CONTROLLER`.
    pub name: Name,
    pub host: Name,
    pub port: u16,
    /// 0 is PLAINTEXT.
    pub security_protocol: i16,
}

/// The versions of a feature that a process supports.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeatureRange {
    pub name: Name,
    pub min: i16,
    pub max: i16,
}

/// A broker has registered; the offset of the record becomes its epoch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegisterBrokerRecord {
    pub broker: NodeId,
    /// Names the process: another one after a restart.
    pub incarnation: Uuid,
    pub broker_epoch: i64,
    pub endpoints: Vec<Endpoint>,
    pub features: Vec<FeatureRange>,
    pub rack: Option<Name>,
    pub fenced: bool,
    pub in_controlled_shutdown: bool,
    pub log_dirs: Vec<Uuid>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnregisterBrokerRecord {
    pub broker: NodeId,
    pub broker_epoch: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicRecord {
    pub name: Name,
    pub topic_id: Uuid,
}

/// A partition as a whole: when it is made, and in snapshots.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionRecord {
    pub partition: i32,
    pub topic_id: Uuid,
    /// In the order of preference: the first is the preferred leader.
    pub replicas: Vec<NodeId>,
    pub isr: Vec<NodeId>,
    pub removing_replicas: Vec<NodeId>,
    pub adding_replicas: Vec<NodeId>,
    pub leader: Option<NodeId>,
    pub leader_recovery_state: LeaderRecoveryState,
    pub leader_epoch: Epoch,
    pub partition_epoch: i32,
    /// The log directory of each replica, in the order of `replicas`.
    pub directories: Vec<Uuid>,
    /// KIP-966; `None` is not written.
    pub eligible_leader_replicas: Option<Vec<NodeId>>,
    pub last_known_elr: Option<Vec<NodeId>>,
}

/// What changes in a partition; `None` = stays as it is. Every such record adds 1 to the partition epoch, and 1 to the
/// leader epoch when it names a leader, even the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionChangeRecord {
    pub partition: i32,
    pub topic_id: Uuid,
    pub isr: Option<Vec<NodeId>>,
    /// `Some(None)`: there is no leader now.
    pub leader: Option<Option<NodeId>>,
    pub replicas: Option<Vec<NodeId>>,
    pub removing_replicas: Option<Vec<NodeId>>,
    pub adding_replicas: Option<Vec<NodeId>>,
    pub leader_recovery_state: Option<LeaderRecoveryState>,
    pub directories: Option<Vec<Uuid>>,
    pub eligible_leader_replicas: Option<Vec<NodeId>>,
    pub last_known_elr: Option<Vec<NodeId>>,
}

/// Whether a partition's leader was chosen from outside the in-sync set and has not yet recovered (KIP-704).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LeaderRecoveryState {
    #[default]
    Recovered,
    Recovering,
}

impl LeaderRecoveryState {
    /// 0 or 1, as on the wire.
    pub const fn value(self) -> i8 {
        match self {
            Self::Recovered => 0,
            Self::Recovering => 1,
        }
    }

    pub const fn of(value: i8) -> Option<Self> {
        match value {
            0 => Some(Self::Recovered),
            1 => Some(Self::Recovering),
            _ => None,
        }
    }
}

/// A config of a topic or a broker is set, or removed (`value` is `None`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConfigRecord {
    /// 2 topic, 4 broker (`ConfigResource.Type`).
    pub resource_type: i8,
    /// The topic, the broker's number, or nothing for all brokers.
    pub resource_name: Name,
    pub name: Name,
    pub value: Option<Name>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoveTopicRecord {
    pub topic_id: Uuid,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FeatureLevelRecord {
    pub name: Name,
    pub feature_level: i16,
}

/// A broker was given a block of producer ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerIdsRecord {
    pub broker: NodeId,
    pub broker_epoch: i64,
    /// The first id of the block after this one.
    pub next_producer_id: ProducerId,
}

/// A broker was fenced, unfenced, or began its controlled shutdown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerRegistrationChangeRecord {
    pub broker: NodeId,
    pub broker_epoch: i64,
    pub fenced: Option<bool>,
    pub in_controlled_shutdown: bool,
    pub log_dirs: Vec<Uuid>,
    /// Directories that take no new replicas (KIP-1066).
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl BrokerRegistrationChangeRecord {
    /// A change that changes nothing yet.
    pub fn of(broker: NodeId, broker_epoch: i64) -> Self {
        Self {
            broker,
            broker_epoch,
            fenced: None,
            in_controlled_shutdown: false,
            log_dirs: Vec::new(),
            cordoned_log_dirs: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BeginTransactionRecord {
    pub name: Option<Name>,
}

/// A controller has registered (KIP-919).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RegisterControllerRecord {
    pub controller: NodeId,
    pub incarnation: Uuid,
    pub zk_migration_ready: bool,
    pub endpoints: Vec<Endpoint>,
    pub features: Vec<FeatureRange>,
}

/// `min.insync.replicas` has changed: forget the eligible leader replicas of this topic, or of all (`""`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClearElrRecord {
    pub topic_name: Name,
}
