use super::FollowerFetch;
use super::IsrChange;
use super::IsrState;
use super::Replica;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::protocol::ErrorCode;

/// What a leader must know of other brokers, from the metadata it has replayed.
pub trait LiveBrokers {
    /// The epoch of a registered, unfenced broker.
    fn alive_epoch(&self, broker: NodeId) -> Option<i64>;

    /// Whether the broker has asked for controlled shutdown.
    fn is_shutting_down(&self, broker: NodeId) -> bool;
}

/// The numbers of the log and the configs that a decision of the leader rests on.
#[derive(Clone, Copy)]
pub struct LeaderMoment<'a> {
    /// Milliseconds since 1970.
    pub now_ms: i64,
    pub high_watermark: Offset,
    pub log_end: Offset,
    /// `min.insync.replicas` of the topic.
    pub min_insync_replicas: i32,
    /// `replica.lag.time.max.ms`.
    pub lag_time_max_ms: i64,
    pub brokers: &'a dyn LiveBrokers,
}

/// Whether an `acks=all` append up to some offset may be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AckCheck {
    Waiting,
    Done,
    /// It is committed, but by then the in-sync set had become smaller than `min.insync.replicas`.
    NotEnoughReplicasAfterAppend,
}

/// What a leader keeps of its reign: its followers and the in-sync set (Kafka: the leader's half of
/// `cluster/Partition.scala`). Pure: the log's numbers come in as a [`LeaderMoment`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Leader {
    local: NodeId,
    /// The LEO when this epoch began.
    epoch_start_offset: Offset,
    /// All assigned replicas but the leader.
    followers: Map<NodeId, Replica>,
    /// Of the assignment, without replicas that a reassignment adds.
    replication_factor: usize,
    isr: IsrState,
}

impl Leader {
    /// A reign begins on a broker that did not lead before.
    pub fn new(local: NodeId, replicas: &[NodeId], isr: Vec<NodeId>, log_end: Offset, now_ms: i64) -> Self {
        let mut leader = Self {
            local,
            epoch_start_offset: log_end,
            followers: Map::new(),
            replication_factor: replicas.len(),
            isr: IsrState::committed(Vec::new()),
        };
        leader.assign(replicas, replicas.len(), isr);
        leader.reset_followers(log_end, now_ms, true);
        leader
    }

    /// As [`new`](Self::new), for a log whose epoch began earlier than its end.
    #[must_use]
    pub fn with_epoch_start(mut self, offset: Offset) -> Self {
        self.epoch_start_offset = offset;
        self
    }

    /// The same broker leads on in a newer epoch.
    pub fn begin_epoch(&mut self, log_end: Offset, now_ms: i64) {
        self.epoch_start_offset = log_end;
        self.reset_followers(log_end, now_ms, false);
    }

    fn reset_followers(&mut self, log_end: Offset, now_ms: i64, is_new_leader: bool) {
        for replica in self.followers.values_mut() {
            let in_sync = self.isr.isr().contains(&replica.broker);
            replica.reset(now_ms, log_end, is_new_leader, in_sync);
        }
    }

    /// Takes over assignment and in-sync set from the metadata; whatever was pending is settled by it.
    pub fn assign(&mut self, replicas: &[NodeId], replication_factor: usize, isr: Vec<NodeId>) {
        self.followers.retain(|id, _| replicas.contains(id));
        for &id in replicas.iter().filter(|&&id| id != self.local) {
            self.followers.entry(id).or_insert_with(|| Replica::new(id));
        }
        self.replication_factor = replication_factor;
        self.isr = IsrState::committed(isr);
    }

    pub fn epoch_start_offset(&self) -> Offset {
        self.epoch_start_offset
    }

    pub fn isr(&self) -> &IsrState {
        &self.isr
    }

    pub fn followers(&self) -> impl Iterator<Item = &Replica> {
        self.followers.values()
    }

    pub fn follower(&self, id: NodeId) -> Option<&Replica> {
        self.followers.get(&id)
    }

    /// `min.insync.replicas`, but never more than there are replicas.
    pub fn effective_min_isr(&self, min_insync_replicas: i32) -> usize {
        usize::try_from(min_insync_replicas).unwrap_or(0).min(self.replication_factor)
    }

    fn is_under_min_isr(&self, min_insync_replicas: i32) -> bool {
        self.isr.isr().len() < self.effective_min_isr(min_insync_replicas)
    }

    /// Whether an append with these acks is taken at all.
    ///
    /// # Errors
    /// `NOT_ENOUGH_REPLICAS` when `acks=all` and the committed in-sync set is smaller than `min.insync.replicas`.
    pub fn check_append(&self, acks: i16, min_insync_replicas: i32) -> Result<(), ErrorCode> {
        if acks == -1 && self.is_under_min_isr(min_insync_replicas) {
            return Err(ErrorCode::NotEnoughReplicas);
        }
        Ok(())
    }

    /// Whether everything below `required` is committed (Kafka: `checkEnoughReplicasReachOffset`).
    pub fn check_reached(
        &self,
        required: Offset,
        high_watermark: Offset,
        min_insync_replicas: i32,
    ) -> AckCheck {
        if high_watermark < required {
            AckCheck::Waiting
        } else if self.effective_min_isr(min_insync_replicas) <= self.isr.maximal_len() {
            AckCheck::Done
        } else {
            AckCheck::NotEnoughReplicasAfterAppend
        }
    }

    /// The offset to raise the high watermark to, when it may move (Kafka: `maybeIncrementLeaderHW`).
    ///
    /// It is the smallest LEO of the maximal in-sync set and of the followers that are about to join it: without the
    /// latter, the watermark of a lonely leader would run ahead of a follower for ever.
    pub fn next_high_watermark(&self, at: &LeaderMoment<'_>) -> Option<Offset> {
        if self.is_under_min_isr(at.min_insync_replicas) {
            return None;
        }
        let mut offset = at.log_end;
        for replica in self.followers.values() {
            let counts = || {
                self.isr.in_maximal(replica.broker)
                    || (replica.is_caught_up(at.log_end, at.now_ms, at.lag_time_max_ms)
                        && self.is_eligible(replica, at.brokers))
            };
            if replica.log_end_offset < offset && counts() {
                offset = replica.log_end_offset;
            }
        }
        (offset > at.high_watermark).then_some(offset)
    }

    /// Takes note of a fetch. Whether the follower's LEO moved.
    ///
    /// # Errors
    /// `UNKNOWN_LEADER_EPOCH` when the sender is no replica of this partition (yet), `NOT_LEADER_OR_FOLLOWER` when it
    /// is a process that has restarted since.
    pub fn record_fetch(
        &mut self,
        fetch: &FollowerFetch,
        brokers: &dyn LiveBrokers,
    ) -> Result<bool, ErrorCode> {
        let replica = self.followers.get_mut(&fetch.follower).ok_or(ErrorCode::UnknownLeaderEpoch)?;
        let is_stale = brokers.alive_epoch(fetch.follower).is_some_and(|known| known > fetch.broker_epoch);
        if fetch.broker_epoch != -1 && is_stale {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        let before = replica.log_end_offset;
        replica.record(fetch);
        Ok(before != replica.log_end_offset)
    }

    /// Proposes to take a follower into the in-sync set when it has all that is committed and stands in this epoch.
    /// Whether there is a new proposal.
    pub fn maybe_expand(&mut self, follower: NodeId, at: &LeaderMoment<'_>) -> bool {
        let Some(replica) = self.followers.get(&follower) else { return false };
        let joins = !self.isr.is_in_flight()
            && !self.isr.isr().contains(&follower)
            && replica.log_end_offset >= at.high_watermark
            && replica.log_end_offset >= self.epoch_start_offset
            && self.is_eligible(replica, at.brokers);
        if joins {
            self.isr.propose(IsrChange::Expand(follower));
        }
        joins
    }

    /// Proposes to drop the followers that have not caught up for `replica.lag.time.max.ms`. Whether there is a new
    /// proposal.
    pub fn maybe_shrink(&mut self, at: &LeaderMoment<'_>) -> bool {
        let out = self.out_of_sync(at);
        let shrinks = !out.is_empty();
        if shrinks {
            self.isr.propose(IsrChange::Shrink(out));
        }
        shrinks
    }

    /// Members of the in-sync set that no longer deserve it; none while a change is on its way.
    pub fn out_of_sync(&self, at: &LeaderMoment<'_>) -> Vec<NodeId> {
        if self.isr.is_in_flight() {
            return Vec::new();
        }
        let lags = |id: NodeId| {
            self.followers.get(&id).is_none_or(|f| !f.is_caught_up(at.log_end, at.now_ms, at.lag_time_max_ms))
        };
        self.isr.isr().iter().copied().filter(|&id| id != self.local && lags(id)).collect()
    }

    /// A replica may join when it is registered, unfenced, not leaving, and the same process that fetches.
    fn is_eligible(&self, replica: &Replica, brokers: &dyn LiveBrokers) -> bool {
        let alive = brokers.alive_epoch(replica.broker);
        let same_process = replica.broker_epoch.is_some_and(|seen| seen == -1 || Some(seen) == alive);
        alive.is_some() && !brokers.is_shutting_down(replica.broker) && same_process
    }

    /// The broker epoch that goes with a member of a proposed in-sync set; -1 when no fetch of it came yet.
    pub fn broker_epoch_of(&self, id: NodeId) -> i64 {
        self.followers.get(&id).and_then(|f| f.broker_epoch).unwrap_or(-1)
    }

    /// The controller has written this set.
    pub fn commit_isr(&mut self, isr: Vec<NodeId>) {
        self.isr = IsrState::committed(isr);
    }

    /// The controller says that it did not apply the change and that our view was current.
    pub fn withdraw_isr(&mut self) {
        self.isr.withdraw();
    }

    /// The smallest log start among the live replicas, the leader's included: what DeleteRecords waits for.
    pub fn low_watermark(&self, log_start: Offset, brokers: &dyn LiveBrokers) -> Offset {
        let live = self.followers.values().filter(|f| brokers.alive_epoch(f.broker).is_some());
        live.map(|f| f.log_start_offset).fold(log_start, Offset::min)
    }
}
