use std::sync::Arc;

use super::FollowerFetch;
use super::Leader;
use super::LeaderMoment;
use super::LiveBrokers;
use crate::kafka::base::Epoch;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;

/// What a replica does now.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Role {
    Leader(Leader),
    /// Copies from the leader, if there is one.
    Follower {
        leader: Option<NodeId>,
    },
    /// Its log could not be opened, or its disk has failed.
    Offline {
        why: Arc<str>,
    },
}

/// One replica on one broker: its log and its part in the partition (Kafka: `cluster/Partition.scala`).
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Partition {
    id: TopicPartition,
    topic_id: Uuid,
    log: Option<Log>,
    role: Role,
    /// What the metadata said last.
    registration: Arc<PartitionRegistration>,
    leader_epoch: Epoch,
    partition_epoch: i32,
    version: u64,
}

impl Partition {
    /// A replica whose role is not known yet.
    pub fn new(
        id: TopicPartition,
        topic_id: Uuid,
        log: Log,
        registration: Arc<PartitionRegistration>,
    ) -> Self {
        Self {
            id,
            topic_id,
            log: Some(log),
            role: Role::Follower { leader: None },
            registration,
            leader_epoch: -1,
            partition_epoch: -1,
            version: 0,
        }
    }

    /// A replica whose log cannot be used.
    pub fn offline(
        id: TopicPartition,
        topic_id: Uuid,
        registration: Arc<PartitionRegistration>,
        why: &str,
    ) -> Self {
        Self {
            id,
            topic_id,
            log: None,
            role: Role::Offline { why: Arc::from(why) },
            leader_epoch: registration.leader_epoch,
            partition_epoch: registration.partition_epoch,
            registration,
            version: 0,
        }
    }

    pub fn id(&self) -> &TopicPartition {
        &self.id
    }

    pub fn topic_id(&self) -> Uuid {
        self.topic_id
    }

    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The log; `None` when it is offline.
    pub fn log(&self) -> Option<&Log> {
        self.log.as_ref()
    }

    /// Assigned replicas, the preferred leader first.
    pub fn replicas(&self) -> &[NodeId] {
        &self.registration.replicas
    }

    pub fn leader_epoch(&self) -> Epoch {
        self.leader_epoch
    }

    /// Grows with every change of the partition's record at the controller.
    pub fn partition_epoch(&self) -> i32 {
        self.partition_epoch
    }

    /// Who leads, as far as this broker knows.
    pub fn leader_id(&self, local: NodeId) -> Option<NodeId> {
        match &self.role {
            Role::Leader(_) => Some(local),
            Role::Follower { leader } => *leader,
            Role::Offline { .. } => self.registration.leader,
        }
    }

    /// The in-sync set: the leader's own, otherwise what the metadata says.
    pub fn isr(&self) -> &[NodeId] {
        match &self.role {
            Role::Leader(leader) => leader.isr().isr(),
            _ => &self.registration.isr,
        }
    }

    pub fn leader(&self) -> Option<&Leader> {
        match &self.role {
            Role::Leader(leader) => Some(leader),
            _ => None,
        }
    }

    /// Changes whenever anything visible of this replica does.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Something visible has changed.
    pub fn touch(&mut self) {
        self.version += 1;
    }

    /// The log, to change it. Every call counts as a change.
    ///
    /// # Errors
    /// `KAFKA_STORAGE_ERROR` when it is offline.
    pub fn log_mut(&mut self) -> Result<&mut Log, ErrorCode> {
        self.version += 1;
        self.log.as_mut().ok_or(ErrorCode::KafkaStorageError)
    }

    /// The log, to read in it: nothing that anybody sees changes.
    pub fn log_to_read(&mut self) -> Option<&mut Log> {
        self.log.as_mut()
    }

    /// The disk has failed: the replica cannot be used until the broker restarts.
    pub fn mark_offline(&mut self, why: &str) {
        self.version += 1;
        self.log = None;
        self.role = Role::Offline { why: Arc::from(why) };
    }

    /// Takes the log out, to close or delete it.
    pub fn into_log(self) -> Option<Log> {
        self.log
    }

    /// This broker leads from now on, or leads on with another set of replicas. Whether the high watermark may move
    /// now is up to the caller. True when it did not lead before.
    ///
    /// # Errors
    /// The disk refused to write the epoch's begin.
    pub fn make_leader(
        &mut self,
        disk: &mut dyn Disk,
        local: NodeId,
        new: &Arc<PartitionRegistration>,
        now_ms: i64,
    ) -> Result<bool, LogError> {
        let Some(log) = &mut self.log else { return Ok(false) };
        if new.partition_epoch < self.partition_epoch {
            return Ok(false);
        }
        let is_new_epoch = new.leader_epoch > self.leader_epoch;
        let factor = new.replicas.iter().filter(|id| !new.adding_replicas.contains(id)).count();
        let log_end = log.log_end_offset();
        if is_new_epoch {
            // Followers may hold records of epochs that this log never saw: they can only find their cut when the new
            // epoch is known from its first moment on.
            log.assign_epoch_start_offset(disk, new.leader_epoch, log_end)?;
        }
        let is_new_leader = !matches!(self.role, Role::Leader(_));
        match &mut self.role {
            Role::Leader(leader) => {
                leader.assign(&new.replicas, factor, new.isr.clone());
                if is_new_epoch {
                    leader.begin_epoch(log_end, now_ms);
                }
            }
            role => {
                let mut leader = Leader::new(local, &new.replicas, new.isr.clone(), log_end, now_ms);
                leader.assign(&new.replicas, factor, new.isr.clone());
                *role = Role::Leader(leader);
            }
        }
        self.follow_registration(new);
        Ok(is_new_leader)
    }

    /// Another broker leads, or none. True when the epoch is new, so that fetching must start anew.
    pub fn make_follower(&mut self, new: &Arc<PartitionRegistration>) -> bool {
        if self.log.is_none() || new.partition_epoch < self.partition_epoch {
            return false;
        }
        let is_new_epoch = new.leader_epoch > self.leader_epoch;
        self.role = Role::Follower { leader: new.leader };
        self.follow_registration(new);
        is_new_epoch
    }

    fn follow_registration(&mut self, new: &Arc<PartitionRegistration>) {
        self.leader_epoch = new.leader_epoch;
        self.partition_epoch = new.partition_epoch;
        self.registration = new.clone();
        self.version += 1;
    }

    /// Whether a request that believes in this epoch may be served (-1: it does not say).
    ///
    /// # Errors
    /// `FENCED_LEADER_EPOCH` when the sender is behind, `UNKNOWN_LEADER_EPOCH` when this broker is.
    pub fn check_epoch(&self, epoch: Epoch) -> Result<(), ErrorCode> {
        match epoch {
            -1 => Ok(()),
            _ if epoch < self.leader_epoch => Err(ErrorCode::FencedLeaderEpoch),
            _ if epoch > self.leader_epoch => Err(ErrorCode::UnknownLeaderEpoch),
            _ => Ok(()),
        }
    }

    /// The log, for a request that believes in this epoch and may need the leader.
    ///
    /// # Errors
    /// As [`check_epoch`](Self::check_epoch), and `NOT_LEADER_OR_FOLLOWER`, `KAFKA_STORAGE_ERROR`.
    pub fn log_for(&self, epoch: Epoch, only_leader: bool) -> Result<&Log, ErrorCode> {
        let Some(log) = &self.log else { return Err(ErrorCode::KafkaStorageError) };
        self.check_epoch(epoch)?;
        if only_leader && self.leader().is_none() {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        Ok(log)
    }

    fn leader_and_log(&mut self) -> Result<(&mut Leader, &mut Log), ErrorCode> {
        match (&mut self.role, &mut self.log) {
            (Role::Leader(leader), Some(log)) => Ok((leader, log)),
            (Role::Offline { .. }, _) | (_, None) => Err(ErrorCode::KafkaStorageError),
            _ => Err(ErrorCode::NotLeaderOrFollower),
        }
    }

    /// Raises the high watermark when the leader may. Whether it moved.
    ///
    /// # Errors
    /// The place of the new high watermark could not be looked up on disk.
    pub fn raise_high_watermark(&mut self, disk: &mut dyn Disk, rules: &Rules<'_>) -> Result<bool, LogError> {
        let Ok((leader, log)) = self.leader_and_log() else { return Ok(false) };
        let moment = rules.at(log);
        let Some(offset) = leader.next_high_watermark(&moment) else { return Ok(false) };
        let place = match log.log_end_offset_metadata() {
            end if end.offset == offset => end,
            _ => LogOffsetMetadata::offset_only(offset),
        };
        log.maybe_increment_high_watermark(disk, place)?;
        self.version += 1;
        Ok(true)
    }

    /// Takes note of a follower's fetch. Says what came of it.
    ///
    /// # Errors
    /// The fetch is not from a replica of this partition, or this broker does not lead.
    pub fn record_fetch(
        &mut self,
        disk: &mut dyn Disk,
        fetch: &FollowerFetch,
        rules: &Rules<'_>,
    ) -> Result<FetchEffect, ErrorCode> {
        let (leader, log) = self.leader_and_log()?;
        let start = log.log_start_offset();
        // Only this follower's start can move the low watermark now.
        let known = leader.follower(fetch.follower).map(|replica| replica.log_start_offset);
        let low = (known != Some(fetch.log_start_offset)).then(|| leader.low_watermark(start, rules.brokers));
        let moved = leader.record_fetch(fetch, rules.brokers)?;
        let moment = rules.at(log);
        let wants_alter = leader.maybe_expand(fetch.follower, &moment);
        let low_moved = low.is_some_and(|low| leader.low_watermark(start, rules.brokers) > low);
        self.version += 1;
        let raised = moved && self.raise_high_watermark(disk, rules).map_err(|error| error.error_code())?;
        Ok(FetchEffect { wants_alter, moved: raised || low_moved })
    }

    /// Proposes to drop followers that lag. Whether there is something to tell the controller.
    pub fn maybe_shrink(&mut self, rules: &Rules<'_>) -> bool {
        let Ok((leader, log)) = self.leader_and_log() else { return false };
        let moment = rules.at(log);
        let shrinks = leader.maybe_shrink(&moment);
        self.version += u64::from(shrinks);
        shrinks
    }

    /// The controller has written a new in-sync set. Whether that is news for this leader.
    pub fn commit_isr(&mut self, leader_epoch: Epoch, partition_epoch: i32, isr: Vec<NodeId>) -> bool {
        let is_current = leader_epoch == self.leader_epoch && partition_epoch >= self.partition_epoch;
        let Role::Leader(leader) = &mut self.role else { return false };
        if is_current {
            leader.commit_isr(isr);
            self.partition_epoch = partition_epoch;
            self.version += 1;
        }
        is_current
    }

    /// The controller refused a change and confirmed our view.
    pub fn withdraw_isr(&mut self) {
        if let Role::Leader(leader) = &mut self.role {
            leader.withdraw_isr();
            self.version += 1;
        }
    }

    /// The low watermark: what DeleteRecords waits for.
    ///
    /// # Errors
    /// `NOT_LEADER_OR_FOLLOWER`, `KAFKA_STORAGE_ERROR`.
    pub fn low_watermark(&self, brokers: &dyn LiveBrokers) -> Result<Offset, ErrorCode> {
        let log = self.log_for(-1, true)?;
        let leader = self.leader().ok_or(ErrorCode::NotLeaderOrFollower)?;
        Ok(leader.low_watermark(log.log_start_offset(), brokers))
    }
}

/// What a follower's fetch caused at its leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FetchEffect {
    /// A change of the in-sync set waits to be told to the controller.
    pub wants_alter: bool,
    /// The high or the low watermark moved: requests that wait may be done.
    pub moved: bool,
}

/// What a leader's decisions rest on besides its log.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    pub now_ms: i64,
    pub lag_time_max_ms: i64,
    pub brokers: &'a dyn LiveBrokers,
}

impl<'a> Rules<'a> {
    fn at(&self, log: &Log) -> LeaderMoment<'a> {
        LeaderMoment {
            now_ms: self.now_ms,
            high_watermark: log.high_watermark(),
            log_end: log.log_end_offset(),
            min_insync_replicas: log.config().min_insync_replicas,
            lag_time_max_ms: self.lag_time_max_ms,
            brokers: self.brokers,
        }
    }
}
