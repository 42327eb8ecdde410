//! The group coordinators on this broker: one shard for each partition of `__consumer_offsets` that it leads (Kafka:
//! `CoordinatorRuntime`, `CoordinatorPartitionWriter`, `CoordinatorLoaderImpl`).

use std::cell::RefCell;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

use super::Broker;
use super::broker::BrokersOf;
use super::gathering::Gathering;
use super::gathering::Waiter;
use super::shard_log::PartitionLog;
use super::shard_log::TopicsOf;
use super::shard_log::loaded;
use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Purpose;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::WALL_START_MS;
use crate::kafka::base::name;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::GroupConfig;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::partition_for;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::metadata::ImageDelta;
use crate::kafka::protocol::ErrorCode;

/// How far a coordinator is (Kafka: `CoordinatorState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// This broker has just become the leader; the log is not replayed yet.
    Loading,
    Active,
    /// The log could not be read.
    Failed,
}

/// The coordinator of the groups of one partition.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Coordinator {
    pub stage: Stage,
    pub shard: Shard,
    /// When its timer will ring.
    alarm: Option<Instant>,
}

/// What this broker keeps of groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinators {
    /// How many partitions `__consumer_offsets` had, or would get, when this process began.
    pub(super) partitions: i32,
    pub(super) config: Arc<GroupConfig>,
    pub(super) shards: Map<i32, Arc<Coordinator>>,
    last_ticket: Ticket,
    pub(super) waiters: Map<Ticket, Waiter>,
    /// Answers that several shards have a part in.
    pub(super) gatherings: Map<u64, Gathering>,
}

/// A broker that coordinates nothing has the hash that it had before there were coordinators: config and partitions
/// follow from what it hashes elsewhere.
impl Hash for Coordinators {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if !self.shards.is_empty() || !self.waiters.is_empty() {
            (&self.shards, self.last_ticket, &self.waiters, &self.gatherings).hash(state);
        }
    }
}

impl Coordinators {
    pub(super) fn new(config: GroupConfig, partitions: i32) -> Self {
        Self {
            partitions,
            config: Arc::new(config),
            shards: Map::new(),
            last_ticket: 0,
            waiters: Map::new(),
            gatherings: Map::new(),
        }
    }

    /// The partitions of `__consumer_offsets` that this broker leads, with their coordinators.
    pub fn shards(&self) -> impl Iterator<Item = &Coordinator> {
        self.shards.values().map(Arc::as_ref)
    }

    /// The coordinator of one partition of `__consumer_offsets`.
    pub fn shard(&self, partition: i32) -> Option<&Coordinator> {
        self.shards.get(&partition).map(Arc::as_ref)
    }

    /// How many partitions a group's hash is spread over.
    pub const fn partitions(&self) -> i32 {
        self.partitions
    }

    pub(super) fn new_ticket(&mut self, waiter: Waiter) -> Ticket {
        self.last_ticket += 1;
        self.waiters.insert(self.last_ticket, waiter);
        self.last_ticket
    }
}

impl Broker {
    /// The partition of `__consumer_offsets` that a group belongs to. The number of partitions is looked up once, when the
    /// coordinator starts; partitions that are added later count after a restart (Kafka: `GroupCoordinator.startup`).
    pub fn partition_of_group(&self, group: &str) -> i32 {
        partition_for(group, self.coordinators.partitions.max(1))
    }

    /// Whether the shard of a partition may be asked now.
    fn ready(&self, partition: i32) -> Result<(), ErrorCode> {
        if !self.logs_loaded {
            return Err(ErrorCode::CoordinatorNotAvailable);
        }
        match self.coordinators.shard(partition).map(|coordinator| coordinator.stage) {
            Some(Stage::Active) => Ok(()),
            Some(Stage::Loading) => Err(ErrorCode::CoordinatorLoadInProgress),
            Some(Stage::Failed) | None => Err(ErrorCode::NotCoordinator),
        }
    }

    /// Asks the shard of a partition, or answers in its place when it is not here.
    pub(super) fn ask_shard(&mut self, cx: &mut Context<'_>, partition: i32, ask: Ask, waiter: Waiter) {
        let ticket = self.coordinators.new_ticket(waiter);
        if let Err(error) = self.ready(partition) {
            let refused = Shard::refuse(&self.coordinators.config, &ask, error);
            return self.deliver(cx, ticket, refused);
        }
        self.with_shard(cx, partition, |shard, io| shard.on_request(io, ticket, ask));
    }

    /// Lets a shard work, sends what it answers, and sets its timer.
    fn with_shard<R>(
        &mut self,
        cx: &mut Context<'_>,
        partition: i32,
        work: impl FnOnce(&mut Shard, &mut Io<'_>) -> R,
    ) -> Option<R> {
        let id = offsets_partition(partition);
        let coordinator = Arc::make_mut(self.coordinators.shards.get_mut(&partition)?);
        let image = self.metadata.image();
        let view = BrokersOf(image);
        let now_ms = cx.wall_ms();
        let rules = view.rules(&self.config, now_ms);
        let cell = RefCell::new(&mut *cx);
        let mut log = PartitionLog {
            cx: &cell,
            partition: self.partitions.get_mut(&id).map(Arc::make_mut),
            rules,
            edition: coordinator.shard.edition(),
            moved: false,
            failed: None,
        };
        let mut fresh = || {
            let mut cx = cell.borrow_mut();
            let random = cx.random(Purpose::Group);
            Uuid::from_parts(random.next_u64(), random.next_u64())
        };
        let topics = TopicsOf { image, version: self.metadata.last_applied_offset() };
        let mut io = Io { now_ms, topics: &topics, log: &mut log, fresh: &mut fresh, answers: Vec::new() };
        let result = work(&mut coordinator.shard, &mut io);
        let answers = io.answers;
        let (moved, failed) = (log.moved, log.failed.take());
        if moved {
            self.moved.insert(id);
        }
        if let Some(why) = failed {
            self.fail_disk(&why);
        }
        for (ticket, reply) in answers {
            self.deliver(cx, ticket, reply);
        }
        self.arm_coordinator(cx, partition);
        Some(result)
    }

    /// Sends an answer to whoever waits for it.
    fn deliver(&mut self, cx: &mut Context<'_>, ticket: Ticket, reply: Result<Reply, ErrorCode>) {
        match self.coordinators.waiters.remove(&ticket) {
            Some(Waiter::Caller(caller)) => {
                if let Ok(Reply::Response(response)) = reply {
                    self.answer_group(cx, &caller, response);
                }
            }
            Some(Waiter::Part { gathering, place }) => self.gathered(cx, gathering, place, reply),
            None => {}
        }
    }

    fn arm_coordinator(&mut self, cx: &mut Context<'_>, partition: i32) {
        let Some(coordinator) = self.coordinators.shards.get_mut(&partition) else { return };
        let next = coordinator.shard.next_timer().map(|ms| at_wall(ms).max(cx.now));
        if coordinator.stage != Stage::Active || next == coordinator.alarm {
            return;
        }
        Arc::make_mut(coordinator).alarm = next;
        let timer = Timer::Coordinator { partition };
        match next {
            Some(at) => cx.set_timer(timer, at),
            None => cx.stop_timer(timer),
        }
    }

    /// The timer of a shard: its log is to be loaded, or something of its groups is due.
    pub(super) fn on_coordinator_timer(&mut self, cx: &mut Context<'_>, partition: i32) {
        let Some(coordinator) = self.coordinators.shards.get_mut(&partition) else { return };
        Arc::make_mut(coordinator).alarm = None;
        match coordinator.stage {
            Stage::Loading => self.load_shard(cx, partition),
            Stage::Active => {
                self.with_shard(cx, partition, |shard, io| shard.on_timer(io));
            }
            Stage::Failed => {}
        }
    }

    /// This broker leads a partition of `__consumer_offsets`: its log is replayed at once, beside other work. Whoever asks
    /// before hears COORDINATOR_LOAD_IN_PROGRESS.
    pub(super) fn elect_shard(&mut self, cx: &mut Context<'_>, partition: i32, epoch: Epoch) {
        if let Some(coordinator) = self.coordinators.shards.get_mut(&partition) {
            let coordinator = Arc::make_mut(coordinator);
            coordinator.shard.leader_epoch = epoch;
            if coordinator.stage != Stage::Failed {
                return;
            }
        }
        let shard = Shard::new(partition, epoch, (*self.coordinators.config).clone());
        let coordinator = Coordinator { stage: Stage::Loading, shard, alarm: Some(cx.now) };
        self.coordinators.shards.insert(partition, Arc::new(coordinator));
        cx.set_timer(Timer::Coordinator { partition }, cx.now);
    }

    fn load_shard(&mut self, cx: &mut Context<'_>, partition: i32) {
        let id = offsets_partition(partition);
        let read = match self.partition_mut(&id).and_then(|partition| partition.log_to_read()) {
            Some(log) => loaded(cx, log),
            None => Err("the replica is gone".to_owned()),
        };
        let result = read.and_then(|records| {
            let loaded = self.with_shard(cx, partition, |shard, io| shard.load(io, &mut records.into_iter()));
            loaded.unwrap_or(Ok(()))
        });
        if let Some(coordinator) = self.coordinators.shards.get_mut(&partition) {
            Arc::make_mut(coordinator).stage = if result.is_ok() { Stage::Active } else { Stage::Failed };
        }
        self.arm_coordinator(cx, partition);
    }

    /// This broker does not lead the partition any more: whoever waits is told so, and all that is known is dropped.
    pub(super) fn resign_shard(&mut self, cx: &mut Context<'_>, partition: i32) {
        self.with_shard(cx, partition, |shard, io| shard.unload(io));
        if self.coordinators.shards.remove(&partition).is_some() {
            cx.stop_timer(Timer::Coordinator { partition });
        }
    }

    /// A partition of `__consumer_offsets` has moved: answers may be free.
    pub(super) fn shard_moved(&mut self, cx: &mut Context<'_>, id: &TopicPartition) {
        if &*id.topic != GROUP_METADATA_TOPIC || self.ready(id.partition).is_err() {
            return;
        }
        let Some(log) = self.partition(id).and_then(|partition| partition.log()) else { return };
        let high_watermark = log.high_watermark();
        self.with_shard(cx, id.partition, |shard, io| shard.on_high_watermark(io, high_watermark));
    }

    /// New metadata: elections and resignations, then what groups learn of topics.
    pub(super) fn publish_to_coordinators(&mut self, cx: &mut Context<'_>, delta: &ImageDelta) {
        let own = self.spec.id;
        for change in delta.partitions.iter().filter(|it| &*it.partition.topic == GROUP_METADATA_TOPIC) {
            let number = change.partition.partition;
            match change.after.as_ref().filter(|after| after.leader == Some(own)) {
                Some(after) => self.elect_shard(cx, number, after.leader_epoch),
                None => self.resign_shard(cx, number),
            }
        }
        let mut changed: Vec<Name> =
            delta.partitions.iter().map(|change| change.partition.topic.clone()).collect();
        changed.dedup();
        let active: Vec<i32> = self.coordinators.shards.keys().copied().collect();
        for number in active {
            if !changed.is_empty() && self.ready(number).is_ok() {
                self.with_shard(cx, number, |shard, io| {
                    shard.on_metadata(io, &changed, &delta.topics_deleted)
                });
            }
        }
    }
}

/// The moment at which every wall clock shows this.
fn at_wall(ms: i64) -> Instant {
    Instant::ZERO + Duration::from_millis(u64::try_from(ms - WALL_START_MS).unwrap_or(0))
}

fn offsets_partition(partition: i32) -> TopicPartition {
    TopicPartition::new(&name(GROUP_METADATA_TOPIC), partition)
}
