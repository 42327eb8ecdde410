use super::record::LeaderRecoveryState;
use super::record::PartitionChangeRecord;
use super::record::PartitionRecord;
use crate::kafka::base::Epoch;
use crate::kafka::base::NodeId;
use crate::kafka::base::Uuid;

/// One partition as the controller has decided it (`org.apache.kafka.metadata.PartitionRegistration`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionRegistration {
    /// In the order of preference: the first is the preferred leader.
    pub replicas: Vec<NodeId>,
    /// The log directory of each replica, in the order of `replicas`.
    pub directories: Vec<Uuid>,
    pub isr: Vec<NodeId>,
    pub removing_replicas: Vec<NodeId>,
    pub adding_replicas: Vec<NodeId>,
    /// Replicas outside the ISR that have all committed records (KIP-966).
    pub elr: Vec<NodeId>,
    /// Who led when the partition lost its last leader.
    pub last_known_elr: Vec<NodeId>,
    pub leader: Option<NodeId>,
    pub leader_recovery_state: LeaderRecoveryState,
    /// Grows by 1 with every record that names a leader.
    pub leader_epoch: Epoch,
    /// Grows by 1 with every record.
    pub partition_epoch: i32,
}

impl PartitionRegistration {
    pub fn of(record: &PartitionRecord) -> Self {
        Self {
            replicas: record.replicas.clone(),
            directories: directories_or_migrating(&record.directories, record.replicas.len()),
            isr: record.isr.clone(),
            removing_replicas: record.removing_replicas.clone(),
            adding_replicas: record.adding_replicas.clone(),
            elr: record.eligible_leader_replicas.clone().unwrap_or_default(),
            last_known_elr: record.last_known_elr.clone().unwrap_or_default(),
            leader: record.leader,
            leader_recovery_state: record.leader_recovery_state,
            leader_epoch: record.leader_epoch,
            partition_epoch: record.partition_epoch,
        }
    }

    /// The partition after this change.
    pub fn merge(&self, record: &PartitionChangeRecord) -> Self {
        let replicas = record.replicas.as_ref().unwrap_or(&self.replicas).clone();
        let directories = record.directories.as_ref().unwrap_or(&self.directories);
        Self {
            directories: directories_or_migrating(directories, replicas.len()),
            replicas,
            isr: record.isr.as_ref().unwrap_or(&self.isr).clone(),
            removing_replicas: record.removing_replicas.as_ref().unwrap_or(&self.removing_replicas).clone(),
            adding_replicas: record.adding_replicas.as_ref().unwrap_or(&self.adding_replicas).clone(),
            elr: record.eligible_leader_replicas.as_ref().unwrap_or(&self.elr).clone(),
            last_known_elr: record.last_known_elr.as_ref().unwrap_or(&self.last_known_elr).clone(),
            leader: record.leader.unwrap_or(self.leader),
            leader_recovery_state: record.leader_recovery_state.unwrap_or(self.leader_recovery_state),
            leader_epoch: self.leader_epoch + i32::from(record.leader.is_some()),
            partition_epoch: self.partition_epoch + 1,
        }
    }

    /// The record that makes this partition; lists of KIP-966 only when there is something in them.
    pub fn to_record(&self, topic_id: Uuid, partition: i32) -> PartitionRecord {
        let unless_empty = |list: &Vec<NodeId>| (!list.is_empty()).then(|| list.clone());
        PartitionRecord {
            partition,
            topic_id,
            replicas: self.replicas.clone(),
            isr: self.isr.clone(),
            removing_replicas: self.removing_replicas.clone(),
            adding_replicas: self.adding_replicas.clone(),
            leader: self.leader,
            leader_recovery_state: self.leader_recovery_state,
            leader_epoch: self.leader_epoch,
            partition_epoch: self.partition_epoch,
            directories: self.directories.clone(),
            eligible_leader_replicas: unless_empty(&self.elr),
            last_known_elr: unless_empty(&self.last_known_elr),
        }
    }

    pub fn preferred_leader(&self) -> Option<NodeId> {
        self.replicas.first().copied()
    }

    pub fn has_preferred_leader(&self) -> bool {
        self.leader.is_some() && self.leader == self.preferred_leader()
    }

    pub fn is_reassigning(&self) -> bool {
        !self.removing_replicas.is_empty() || !self.adding_replicas.is_empty()
    }
}

/// Records from before directories existed leave every replica in the directory `MIGRATING` (zero).
fn directories_or_migrating(directories: &[Uuid], replicas: usize) -> Vec<Uuid> {
    if directories.is_empty() { vec![Uuid::ZERO; replicas] } else { directories.to_vec() }
}
