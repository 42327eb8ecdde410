use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;
use crate::kafka::metadata::LeaderRecoveryState;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::metadata::record::PartitionChangeRecord;

/// Whom an election may choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Election {
    /// Keep a valid leader, but the preferred replica when it is in the ISR.
    Preferred,
    /// Keep a valid leader; else the first of the ISR in the order of preference.
    #[default]
    Online,
    /// The same, and when there is none, any replica that is alive: records may be lost.
    Unclean,
}

/// Works out what must change in one partition: who leads, who is in sync, who could lead without loss
/// (`org.apache.kafka.controller.PartitionChangeBuilder`).
pub struct PartitionChange<'a> {
    before: &'a PartitionRegistration,
    pub topic_id: Uuid,
    pub partition: i32,
    pub election: Election,
    pub target_isr: Vec<NodeId>,
    pub target_replicas: Vec<NodeId>,
    pub target_removing: Vec<NodeId>,
    pub target_adding: Vec<NodeId>,
    pub target_recovery_state: LeaderRecoveryState,
    /// Brokers that died without flushing: out of the ISR and the ELR.
    pub unclean_shutdown: Option<NodeId>,
    /// `min.insync.replicas`, at most the replication factor.
    pub min_isr: usize,
    /// Whether eligible leader replicas are kept (KIP-966).
    pub elr_enabled: bool,
    target_elr: Vec<NodeId>,
}

impl<'a> PartitionChange<'a> {
    /// A change of nothing; set what is wanted, then [`build`](Self::build).
    pub fn new(before: &'a PartitionRegistration, topic_id: Uuid, partition: i32) -> Self {
        Self {
            before,
            topic_id,
            partition,
            election: Election::Online,
            target_isr: before.isr.clone(),
            target_replicas: before.replicas.clone(),
            target_removing: before.removing_replicas.clone(),
            target_adding: before.adding_replicas.clone(),
            target_recovery_state: before.leader_recovery_state,
            unclean_shutdown: None,
            min_isr: 1,
            elr_enabled: false,
            target_elr: before.elr.clone(),
        }
    }

    /// The record to write, or `None` when nothing changes. `is_acceptable` says who is alive and may lead.
    pub fn build(mut self, is_acceptable: &dyn Fn(NodeId) -> bool) -> Option<PartitionChangeRecord> {
        let mut record = PartitionChangeRecord {
            topic_id: self.topic_id,
            partition: self.partition,
            ..PartitionChangeRecord::default()
        };
        self.complete_reassignment();
        self.populate_elr();
        self.elect(&mut record, is_acceptable);
        self.bump_leader_epoch_if_a_replica_goes(&mut record);
        self.record_elr(&mut record);
        let may_be_empty = self.elr_enabled;
        if record.isr.is_none()
            && (!self.target_isr.is_empty() || may_be_empty)
            && self.target_isr != self.before.isr
        {
            record.isr = Some(self.target_isr.clone());
        }
        self.record_last_known_leader(&mut record);
        self.record_assignment(&mut record);
        if self.target_recovery_state != self.before.leader_recovery_state {
            record.leader_recovery_state = Some(self.target_recovery_state);
        }
        let nothing = PartitionChangeRecord {
            topic_id: self.topic_id,
            partition: self.partition,
            ..PartitionChangeRecord::default()
        };
        (record != nothing).then_some(record)
    }

    /// A reassignment is over when all that are to be added are in sync (`PartitionReassignmentReplicas`).
    fn complete_reassignment(&mut self) {
        if self.target_adding.is_empty() && self.target_removing.is_empty() {
            return;
        }
        let stays = |replica: &NodeId| !self.target_removing.contains(replica);
        let isr: Vec<NodeId> = self.target_isr.iter().copied().filter(stays).collect();
        let replicas: Vec<NodeId> = self.target_replicas.iter().copied().filter(stays).collect();
        let all_added = self.target_adding.iter().all(|replica| isr.contains(replica));
        if isr.is_empty() || replicas.is_empty() || !all_added {
            return;
        }
        self.target_isr = isr;
        self.target_replicas = replicas;
        self.target_removing.clear();
        self.target_adding.clear();
    }

    /// Who leaves the ISR below `min.insync.replicas` has every committed record: none is committed until the ISR is
    /// large enough again.
    fn populate_elr(&mut self) {
        if !self.elr_enabled {
            return;
        }
        if self.target_isr.len() >= self.min_isr {
            self.target_elr.clear();
            return;
        }
        let candidates: Set<NodeId> = self.target_elr.iter().chain(&self.before.isr).copied().collect();
        self.target_elr = candidates
            .into_iter()
            .filter(|replica| !self.target_isr.contains(replica) && self.unclean_shutdown != Some(*replica))
            .collect();
    }

    fn elect(&mut self, record: &mut PartitionChangeRecord, is_acceptable: &dyn Fn(NodeId) -> bool) {
        let (leader, unclean) = self.choose(is_acceptable);
        if leader == self.before.leader {
            return;
        }
        if let Some(leader) = leader.filter(|leader| self.target_elr.contains(leader)) {
            self.target_isr = vec![leader];
            self.target_elr.retain(|replica| *replica != leader);
        }
        record.leader = Some(leader);
        if let Some(leader) = leader.filter(|_| unclean) {
            record.isr = Some(vec![leader]);
            if self.before.leader_recovery_state != LeaderRecoveryState::Recovering {
                record.leader_recovery_state = Some(LeaderRecoveryState::Recovering);
            }
        }
    }

    /// The leader to have, and whether choosing it is unclean.
    fn choose(&self, is_acceptable: &dyn Fn(NodeId) -> bool) -> (Option<NodeId>, bool) {
        let is_valid = |replica: &NodeId| {
            let in_sync = self.target_isr.contains(replica)
                || (self.target_isr.is_empty() && self.target_elr.contains(replica));
            in_sync && is_acceptable(*replica)
        };
        let preferred = self.target_replicas.first().filter(|_| self.election == Election::Preferred);
        let clean = preferred
            .copied()
            .filter(is_valid)
            .or_else(|| self.before.leader.filter(is_valid))
            .or_else(|| self.target_replicas.iter().copied().find(is_valid));
        if clean.is_some() {
            return (clean, false);
        }
        if let Some(last_known) = self.last_known_leader().filter(|leader| is_acceptable(*leader)) {
            return (Some(last_known), true);
        }
        let unclean = (self.election == Election::Unclean)
            .then(|| self.target_replicas.iter().copied().find(|replica| is_acceptable(*replica)))
            .flatten();
        (unclean, unclean.is_some())
    }

    /// Nobody is in sync nor eligible any more: who led last has lost least.
    fn last_known_leader(&self) -> Option<NodeId> {
        let nobody_left = self.target_elr.is_empty() && self.target_isr.is_empty();
        match self.before.last_known_elr[..] {
            [leader] if self.elr_enabled && nobody_left => Some(leader),
            _ => None,
        }
    }

    fn bump_leader_epoch_if_a_replica_goes(&self, record: &mut PartitionChangeRecord) {
        let one_goes = self.before.replicas.iter().any(|replica| !self.target_replicas.contains(replica));
        if record.leader.is_none() && one_goes {
            record.leader = Some(self.before.leader);
        }
    }

    fn record_elr(&mut self, record: &mut PartitionChangeRecord) {
        let is_unclean = record.isr.is_some();
        if is_unclean || !self.elr_enabled {
            self.target_elr.clear();
        }
        if self.target_elr != self.before.elr {
            record.eligible_leader_replicas = Some(self.target_elr.clone());
        }
    }

    fn record_last_known_leader(&self, record: &mut PartitionChangeRecord) {
        if !self.elr_enabled {
            return;
        }
        let becomes_empty = record.isr.as_ref().is_some_and(Vec::is_empty);
        let known = &self.before.last_known_elr;
        let has_leader = match record.leader {
            Some(leader) => leader.is_some(),
            None => self.before.leader.is_some(),
        };
        let last_leader = self.before.leader.filter(|leader| known[..] != [*leader]);
        if let Some(leader) = last_leader.filter(|_| becomes_empty) {
            record.last_known_elr = Some(vec![leader]);
        } else if has_leader && !known.is_empty() {
            record.last_known_elr = Some(Vec::new());
        }
    }

    fn record_assignment(&self, record: &mut PartitionChangeRecord) {
        let changed = |target: &Vec<NodeId>, before: &Vec<NodeId>| (target != before).then(|| target.clone());
        record.replicas = changed(&self.target_replicas, &self.before.replicas);
        record.removing_replicas = changed(&self.target_removing, &self.before.removing_replicas);
        record.adding_replicas = changed(&self.target_adding, &self.before.adding_replicas);
        if record.replicas.is_some() {
            let directory = |replica: &NodeId| {
                let position = self.before.replicas.iter().position(|before| before == replica);
                position.and_then(|at| self.before.directories.get(at)).copied().unwrap_or(UNASSIGNED)
            };
            record.directories = Some(self.target_replicas.iter().map(directory).collect());
        }
    }
}

/// A replica whose broker has not yet said in which directory it is (`DirectoryId.UNASSIGNED`).
pub const UNASSIGNED: Uuid = Uuid::from_parts(0, 1);
