use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;

/// The end or the start of a follower's log before its first fetch.
pub const UNKNOWN_OFFSET: Offset = -1;

/// What a leader knows of one follower, learned only from the follower's fetches (Kafka: `cluster/Replica.scala`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replica {
    pub broker: NodeId,
    /// The follower's LEO: the offset of its latest fetch.
    pub log_end_offset: Offset,
    pub log_start_offset: Offset,
    /// The leader's LEO when that fetch was served.
    pub last_fetch_leader_end: Offset,
    /// When that fetch came, in milliseconds since 1970.
    pub last_fetch_ms: i64,
    /// The latest moment at which the follower had everything the leader had, in milliseconds since 1970.
    pub last_caught_up_ms: i64,
    /// The broker epoch of that fetch; -1 = the request had none, `None` = no fetch yet.
    pub broker_epoch: Option<i64>,
}

/// One fetch of a follower, as its leader saw it.
#[derive(Clone, Copy, Debug)]
pub struct FollowerFetch {
    pub follower: NodeId,
    pub fetch_offset: Offset,
    pub log_start_offset: Offset,
    /// -1 when the request has none.
    pub broker_epoch: i64,
    /// The leader's LEO before the read.
    pub leader_end: Offset,
    pub now_ms: i64,
}

impl Replica {
    pub fn new(broker: NodeId) -> Self {
        Self {
            broker,
            log_end_offset: UNKNOWN_OFFSET,
            log_start_offset: UNKNOWN_OFFSET,
            last_fetch_leader_end: 0,
            last_fetch_ms: 0,
            last_caught_up_ms: 0,
            broker_epoch: None,
        }
    }

    /// Whether the follower has all, or had all not longer than `max_lag_ms` ago.
    pub fn is_caught_up(&self, leader_end: Offset, now_ms: i64, max_lag_ms: i64) -> bool {
        leader_end == self.log_end_offset || now_ms - self.last_caught_up_ms <= max_lag_ms
    }

    /// A fetch asks for what the follower does not have yet, so its offset tells what it has.
    pub(super) fn record(&mut self, fetch: &FollowerFetch) {
        // A follower that reaches what the leader had at its previous fetch was level with it then: a steady follower of
        // a busy leader is never behind for long, although it never sees the very end.
        if fetch.fetch_offset >= fetch.leader_end {
            self.last_caught_up_ms = self.last_caught_up_ms.max(fetch.now_ms);
        } else if fetch.fetch_offset >= self.last_fetch_leader_end {
            self.last_caught_up_ms = self.last_caught_up_ms.max(self.last_fetch_ms);
        }
        self.log_end_offset = fetch.fetch_offset;
        self.log_start_offset = fetch.log_start_offset;
        self.last_fetch_leader_end = self.last_fetch_leader_end.max(fetch.leader_end);
        self.last_fetch_ms = fetch.now_ms;
        self.broker_epoch = Some(fetch.broker_epoch);
    }

    /// A leader's epoch begins: a follower of the in-sync set gets a full lag time to show up, another one none, so
    /// that it does not hold the high watermark back.
    pub(super) fn reset(&mut self, now_ms: i64, leader_end: Offset, is_new_leader: bool, in_sync: bool) {
        let since_ms = if in_sync { now_ms } else { 0 };
        if is_new_leader {
            *self = Self { last_fetch_leader_end: UNKNOWN_OFFSET, ..Self::new(self.broker) };
        } else {
            self.last_fetch_leader_end = leader_end;
            self.last_fetch_ms = since_ms;
        }
        self.last_caught_up_ms = since_ms;
    }
}
