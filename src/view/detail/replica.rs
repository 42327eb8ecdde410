use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::WALL_START_MS;
use crate::kafka::broker::Broker;
use crate::kafka::broker::Delayed;
use crate::kafka::broker::Needed;
use crate::kafka::node::Node;
use crate::kafka::replication::IsrChange;
use crate::kafka::replication::Leader;
use crate::kafka::replication::Partition;
use crate::kafka::replication::Replica;
use crate::kafka::replication::Role;
use crate::kafka::storage::Log;
use crate::lab::World;
use crate::view::Role as Part;

/// One replica as its running broker knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicaDetail {
    pub broker: i32,
    pub partition: TopicPartition,
    pub role: Part,
    /// Why its log is offline.
    pub offline: Option<String>,
    pub leader: Option<i32>,
    pub epoch: Epoch,
    /// Grows with every change of the partition's record at the controller.
    pub partition_epoch: i32,
    pub log_start: Offset,
    pub high_watermark: Offset,
    pub last_stable: Offset,
    pub log_end: Offset,
    pub recovery_point: Offset,
    pub bytes: u64,
    pub segments: usize,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    /// A change of the in-sync set on its way to the controller.
    pub pending: Option<IsrPending>,
    pub min_insync: i32,
    /// `replica.lag.time.max.ms`.
    pub lag_max_ms: i64,
    /// What a leader knows of its followers.
    pub followers: Vec<Follower>,
    /// What a follower does.
    pub fetching: Option<Fetching>,
    /// Requests that wait for this partition.
    pub waits: Vec<Wait>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IsrPending {
    Joins(i32),
    Leaves(Vec<i32>),
}

/// A follower, as its leader learned from its fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follower {
    pub broker: i32,
    pub in_sync: bool,
    /// Its LEO; `None` before its first fetch.
    pub log_end: Option<Offset>,
    pub has_all: bool,
    /// When it last had everything; `None` = never.
    pub caught_up: Option<Instant>,
    /// From when on the leader takes it out of the in-sync set unless it catches up.
    pub leaves_at: Option<Instant>,
}

/// A follower's own view of its copying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetching {
    pub from: i32,
    pub next: Offset,
    pub lag: Option<i64>,
    /// Not before this moment, after an error.
    pub delayed_until: Option<Instant>,
}

/// A request in the purgatory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    pub client: String,
    pub correlation: i32,
    pub since: Instant,
    pub until: Instant,
    pub kind: WaitKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitKind {
    /// `acks=all`: the high watermark must reach this offset.
    Produce { required: Offset, high_watermark: Offset, behind: Vec<(i32, Option<Offset>)> },
    /// There must be this many bytes to give.
    Fetch { follower: Option<i32>, min_bytes: i32, from: Option<Offset>, end: Offset },
    /// All live replicas must have cut off what lies below.
    DeleteRecords { required: Offset, behind: Vec<(i32, Option<Offset>)> },
}

impl ReplicaDetail {
    /// `None` while no broker runs there, or it does not have the partition.
    pub fn of(world: &World, node: NodeId, partition: &TopicPartition) -> Option<Self> {
        let broker = world.node(node).and_then(Node::as_broker)?;
        let replica = broker.partition(partition)?;
        let log = replica.log();
        let offset = |of: fn(&Log) -> Offset| log.map_or(0, of);
        let ids = |ids: &[NodeId]| ids.iter().map(|id| id.0).collect::<Vec<i32>>();
        let lag_max_ms = broker.config().replica_lag_time_max_ms;
        let leader = replica.leader();
        Some(Self {
            broker: node.0,
            partition: partition.clone(),
            role: match replica.role() {
                Role::Leader(_) => Part::Leader,
                Role::Follower { .. } => Part::Follower,
                Role::Offline { .. } => Part::Offline,
            },
            offline: match replica.role() {
                Role::Offline { why } => Some(why.to_string()),
                _ => None,
            },
            leader: replica.leader_id(node).map(|id| id.0),
            epoch: replica.leader_epoch(),
            partition_epoch: replica.partition_epoch(),
            log_start: offset(Log::log_start_offset),
            high_watermark: offset(Log::high_watermark),
            last_stable: offset(Log::last_stable_offset),
            log_end: offset(Log::log_end_offset),
            recovery_point: offset(Log::recovery_point),
            bytes: log.map_or(0, |log| log.size().unsigned_abs()),
            segments: log.map_or(0, |log| log.segments().count()),
            replicas: ids(replica.replicas()),
            isr: ids(replica.isr()),
            pending: leader.and_then(|leader| leader.isr().pending()).map(IsrPending::of),
            min_insync: log.map_or(1, |log| log.config().min_insync_replicas),
            lag_max_ms,
            followers: followers(replica, lag_max_ms),
            fetching: fetching(broker, partition),
            waits: waits(broker, replica),
        })
    }
}

impl ReplicaDetail {
    /// The replicas at which a client's requests wait, each with those requests only.
    pub fn waiting_for(world: &World, client: &str) -> Vec<Self> {
        let mut found = Vec::new();
        for (node, machine) in world.machines() {
            let Some(broker) = machine.node().and_then(Node::as_broker) else { continue };
            let waiting = broker.purgatory().iter().filter(|(_, it)| {
                matches!(it.operation, Delayed::Produce(_)) && &*it.operation.caller().client_id == client
            });
            let keys: Set<&TopicPartition> = waiting.flat_map(|(_, it)| &it.keys).collect();
            found.extend(keys.into_iter().filter_map(|partition| {
                let mut detail = Self::of(world, node, partition)?;
                detail
                    .waits
                    .retain(|wait| wait.client == client && matches!(wait.kind, WaitKind::Produce { .. }));
                Some(detail)
            }));
        }
        found
    }
}

impl IsrPending {
    fn of(change: &IsrChange) -> Self {
        match change {
            IsrChange::Expand(id) => Self::Joins(id.0),
            IsrChange::Shrink(kept_out) => Self::Leaves(kept_out.iter().map(|id| id.0).collect()),
        }
    }
}

fn moment(wall_ms: i64) -> Option<Instant> {
    u64::try_from(wall_ms - WALL_START_MS).ok().map(Instant::from_millis)
}

fn followers(replica: &Partition, lag_max_ms: i64) -> Vec<Follower> {
    let Some((leader, log)) = replica.leader().zip(replica.log()) else { return Vec::new() };
    let end = log.log_end_offset();
    leader.followers().map(|follower| follower_of(leader, follower, end, lag_max_ms)).collect()
}

fn follower_of(leader: &Leader, follower: &Replica, end: Offset, lag_max_ms: i64) -> Follower {
    let in_sync = leader.isr().isr().contains(&follower.broker);
    let has_all = follower.log_end_offset == end;
    let late = in_sync && !has_all;
    Follower {
        broker: follower.broker.0,
        in_sync,
        log_end: known(follower.log_end_offset),
        has_all,
        caught_up: moment(follower.last_caught_up_ms),
        leaves_at: moment(follower.last_caught_up_ms + lag_max_ms).filter(|_| late),
    }
}

fn known(offset: Offset) -> Option<Offset> {
    (offset >= 0).then_some(offset)
}

fn fetching(broker: &Broker, partition: &TopicPartition) -> Option<Fetching> {
    broker.fetchers().find_map(|(from, fetcher)| {
        let (_, state) = fetcher.partitions().find(|(id, _)| *id == partition)?;
        Some(Fetching {
            from: from.0,
            next: state.fetch_offset,
            lag: state.lag,
            delayed_until: state.delayed_until,
        })
    })
}

fn waits(broker: &Broker, replica: &Partition) -> Vec<Wait> {
    let waiting = broker.purgatory().iter().filter(|(_, waiting)| waiting.keys.contains(replica.id()));
    waiting
        .filter_map(|(_, waiting)| {
            let caller = waiting.operation.caller();
            Some(Wait {
                client: caller.client_id.to_string(),
                correlation: caller.correlation,
                since: waiting.since,
                until: waiting.deadline,
                kind: kind(&waiting.operation, replica)?,
            })
        })
        .collect()
}

fn kind(operation: &Delayed, replica: &Partition) -> Option<WaitKind> {
    let required = |needed: &[Needed]| {
        needed.iter().find(|needed| needed.partition == *replica.id()).map(|needed| needed.required)
    };
    let log = replica.log()?;
    Some(match operation {
        Delayed::Produce(produce) => {
            let required = required(&produce.needed)?;
            let behind =
                lagging(replica, |follower| follower.log_end_offset < required, |f| f.log_end_offset);
            WaitKind::Produce { required, high_watermark: log.high_watermark(), behind }
        }
        Delayed::Fetch(fetch) => {
            let at = fetch
                .job
                .wanted
                .iter()
                .position(|(key, _)| key.topic_partition().as_ref() == Some(replica.id()));
            let start = at.and_then(|at| fetch.starts.get(at).copied().flatten());
            WaitKind::Fetch {
                follower: fetch.job.follower.map(|id| id.0),
                min_bytes: fetch.job.min_bytes,
                from: start.map(|start| start.offset),
                end: if fetch.job.follower.is_some() { log.log_end_offset() } else { log.high_watermark() },
            }
        }
        Delayed::DeleteRecords(delete) => {
            let required = required(&delete.needed)?;
            let behind =
                lagging(replica, |follower| follower.log_start_offset < required, |f| f.log_start_offset);
            WaitKind::DeleteRecords { required, behind }
        }
    })
}

/// The in-sync followers that hold a request up, with where they are.
fn lagging(
    replica: &Partition,
    is_behind: impl Fn(&Replica) -> bool,
    at: impl Fn(&Replica) -> Offset,
) -> Vec<(i32, Option<Offset>)> {
    let Some(leader) = replica.leader() else { return Vec::new() };
    let behind =
        leader.followers().filter(|follower| leader.isr().in_maximal(follower.broker) && is_behind(follower));
    behind.map(|follower| (follower.broker.0, known(at(follower)))).collect()
}
