use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Answered;
use crate::kafka::client::consumer::Call;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::producer::Blocked;
use crate::kafka::client::producer::Delivery;
use crate::kafka::node::Node;
use crate::lab::World;

/// The configs of a producer that decide what is seen.
const PRODUCER_CONFIGS: [&str; 12] = [
    "acks",
    "enable.idempotence",
    "batch.size",
    "linger.ms",
    "compression.type",
    "buffer.memory",
    "max.in.flight.requests.per.connection",
    "retries",
    "request.timeout.ms",
    "delivery.timeout.ms",
    "max.block.ms",
    "max.request.size",
];
/// Ranges of acknowledged offsets that are shown of a partition.
const RANGES: usize = 3;

/// The acknowledged offsets of one partition: the latest ranges (first, behind the last), and how many there are.
pub(crate) type AckedOffsets = (TopicPartition, Vec<(Offset, Offset)>, usize);

/// A producer's inner life, beside its accumulator.
#[derive(Clone, Debug, PartialEq)]
pub struct ProducerDetail {
    pub configs: Vec<(&'static str, String)>,
    pub producer: Option<(i64, i16)>,
    /// For each partition with an acknowledged record.
    pub acked: Vec<AckedOffsets>,
    /// Acknowledged offsets that the leader of the partition does not have: the first and the one behind the last.
    pub lost: Vec<(TopicPartition, Vec<(Offset, Offset)>)>,
    /// Errors by their Kafka names, and how many records each cost.
    pub failed: Vec<(String, u64)>,
    pub retried: u64,
    pub requests: u64,
    pub batches: u64,
    /// Records without a fate yet.
    pub pending: u64,
    /// Bytes of `buffer.memory` that are free.
    pub available: u64,
    pub total: u64,
    /// Since when `send()` stands still, and when it gives up.
    pub blocked: Option<(Instant, Option<Instant>)>,
    /// Partitions whose batches wait for one that is being sent again.
    pub muted: Vec<TopicPartition>,
    /// The latest sentences of the client, newest first.
    pub complaints: Vec<(Instant, String)>,
}

impl ProducerDetail {
    /// `None` while the producer does not run.
    pub fn of(world: &World, node: NodeId) -> Option<Self> {
        let Some(Node::Producer(producer)) = world.node(node) else { return None };
        let (delivery, accumulator) = (producer.delivery(), producer.accumulator());
        let id = producer.idempotence().map(|idempotence| idempotence.producer());
        let config = |name: &'static str| (name, producer.config().values.text(name).to_owned());
        let acked = delivery.acked_offsets().iter().map(|(partition, ranges)| {
            let latest = ranges.iter().rev().take(RANGES).map(|range| (range.first, range.end)).collect();
            (partition.clone(), latest, ranges.len())
        });
        Some(Self {
            configs: PRODUCER_CONFIGS.into_iter().map(config).collect(),
            producer: id.filter(|id| id.is_valid()).map(|id| (id.id, id.epoch)),
            acked: acked.collect(),
            lost: lost(world, delivery),
            failed: delivery.failed.iter().map(|(error, count)| (error.clone(), *count)).collect(),
            retried: delivery.retried,
            requests: delivery.requests_sent,
            batches: delivery.batches_sent,
            pending: delivery.pending(),
            available: accumulator.pool().available().unsigned_abs(),
            total: accumulator.pool().total().unsigned_abs(),
            blocked: producer.application().blocked.as_ref().map(|b: &Blocked| (b.since(), b.until())),
            muted: accumulator.muted().iter().cloned().collect(),
            complaints: producer.complaints().iter().rev().cloned().collect(),
        })
    }
}

/// What was acknowledged and is gone, as the partitions' leaders know it. Without a leader nobody knows.
fn lost(world: &World, delivery: &Delivery) -> Vec<(TopicPartition, Vec<(Offset, Offset)>)> {
    let in_partition = |partition: &TopicPartition| {
        let brokers = world.machines().filter_map(|(_, machine)| machine.node()?.as_broker());
        let leaders = brokers.filter_map(|b| b.partition(partition)).filter(|p| p.leader().is_some());
        let log = leaders.max_by_key(|p| p.leader_epoch())?.log()?;
        let epochs: Vec<(Epoch, Offset)> = log.leader_epochs()?.entries().collect();
        Some(delivery.lost(partition, &epochs, log.log_end_offset()))
    };
    let partitions = delivery.acked_offsets().keys();
    partitions
        .filter_map(|id| Some((id.clone(), in_partition(id)?)))
        .filter(|(_, lost)| !lost.is_empty())
        .collect()
}

/// A consumer's inner life.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsumerDetail {
    pub configs: Vec<(&'static str, String)>,
    pub assigned: Vec<Assigned>,
    /// Records that were fetched and not handed over yet.
    pub buffered: usize,
    /// The call that asks for offsets, while the application is inside one.
    pub inside: Option<Call>,
    /// What such calls have returned, newest first.
    pub answers: Vec<Answered>,
}

/// One partition that a consumer reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    pub partition: TopicPartition,
    pub position: Option<Offset>,
    pub end: Option<Offset>,
    pub lag: Option<Offset>,
    pub consumed: u64,
    /// Records handed over whose offset was below one handed over before.
    pub repeated: u64,
    pub paused: bool,
    pub doing: Doing,
    pub last_error: Option<(Instant, String)>,
}

/// What a consumer does about a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doing {
    Fetching,
    /// It asks where to begin.
    Resetting,
    /// It asks whether its position is still part of the new leader's log.
    Validating,
    Failed(String),
}

const CONSUMER_CONFIGS: [&str; 8] = [
    "auto.offset.reset",
    "isolation.level",
    "max.poll.records",
    "fetch.min.bytes",
    "fetch.max.wait.ms",
    "fetch.max.bytes",
    "max.partition.fetch.bytes",
    "request.timeout.ms",
];

impl ConsumerDetail {
    /// `None` while the consumer does not run.
    pub fn of(world: &World, node: NodeId) -> Option<Self> {
        let Some(Node::Consumer(consumer)) = world.node(node) else { return None };
        let config = |name: &'static str| (name, consumer.config().values.text(name).to_owned());
        let committed = consumer.config().values.text("isolation.level") == "read_committed";
        let assigned = consumer.assigned().map(|(partition, state)| Assigned {
            partition: partition.clone(),
            position: state.position().map(|position| position.offset),
            end: (state.high_watermark >= 0).then_some(state.high_watermark),
            lag: state.lag(committed),
            consumed: state.consumed_records,
            repeated: state.repeated_records,
            paused: state.paused,
            doing: match &state.state {
                FetchState::Fetching { .. } => Doing::Fetching,
                FetchState::AwaitCommitted | FetchState::AwaitReset { .. } => Doing::Resetting,
                FetchState::AwaitValidation { .. } => Doing::Validating,
                FetchState::Failed { error, .. } => Doing::Failed(error.clone()),
            },
            last_error: state.last_error.clone(),
        });
        Some(Self {
            configs: CONSUMER_CONFIGS.into_iter().map(config).collect(),
            assigned: assigned.collect(),
            buffered: consumer.buffered().count(),
            inside: consumer.application().calls.inside(),
            answers: consumer.application().calls.answers().rev().cloned().collect(),
        })
    }
}
