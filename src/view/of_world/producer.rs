use crate::kafka::base::Arrange as _;
use crate::kafka::base::NodeId;
use crate::kafka::client::producer::BatchId;
use crate::kafka::client::producer::Blocked;
use crate::kafka::client::producer::Producer;
use crate::kafka::client::producer::ProducerIdAndEpoch;
use crate::view::BatchBox;
use crate::view::BlockedOn;
use crate::view::FeedView;
use crate::view::ProducerView;
use crate::view::QueueView;

impl ProducerView {
    pub(super) fn of(id: NodeId, producer: &Producer) -> Self {
        let pool = producer.accumulator().pool();
        let delivery = producer.delivery();
        let application = producer.application();
        let known =
            |producer: ProducerIdAndEpoch| producer.is_valid().then_some((producer.id, producer.epoch));
        Self {
            id: id.0,
            name: producer.spec().client_id.clone(),
            running: true,
            topic: application.workload.topic.clone(),
            acks: match producer.config().acks {
                0 => "0",
                1 => "1",
                _ => "all",
            },
            idempotent: producer.idempotence().is_some(),
            producer_id: producer.idempotence().and_then(|id| known(id.producer())),
            rate: match application.paused {
                true => 0,
                false => u32::try_from(application.workload.rate).unwrap_or(u32::MAX),
            },
            queues: queues(producer),
            in_flight: producer.requests_without_answer(),
            buffered_bytes: (pool.total() - pool.available()).unsigned_abs(),
            buffer_bytes: pool.total().unsigned_abs(),
            sent_records: delivery.sent,
            acked_records: delivery.acked,
            failed_records: delivery.failed_total(),
            blocked: application.blocked.as_ref().map(|blocked| match blocked {
                Blocked::Metadata { .. } => BlockedOn::Metadata,
                Blocked::Memory { .. } => BlockedOn::Memory,
                Blocked::Flush { .. } => BlockedOn::Flush,
                Blocked::Close { .. } => BlockedOn::Close,
            }),
            feed: application.feed.as_ref().map(|feed| FeedView {
                topic: feed.feed.topic.clone(),
                bytes: feed.feed.bytes.len() as u64,
                done: feed.feed.done() as u64,
                sent: feed.sent,
                acked: feed.acked,
                failed: feed.failed,
                cancelled: feed.cancelled,
                over: feed.is_over(),
            }),
        }
    }
}

/// The batches of each partition: those in flight first, then those that wait.
fn queues(producer: &Producer) -> Vec<QueueView> {
    let mut queues: Vec<QueueView> = Vec::new();
    let mut add = |id: BatchId, in_flight: bool| {
        let Some(batch) = producer.accumulator().batch(id) else { return };
        let shown = BatchBox {
            records: batch.record_count().unsigned_abs(),
            bytes: u32::try_from(batch.estimated_size()).unwrap_or(u32::MAX),
            limit: producer.config().batch_size.unsigned_abs(),
            in_flight,
            attempts: batch.attempts,
        };
        match queues.iter_mut().find(|queue| queue.partition == batch.partition) {
            Some(queue) => queue.batches.push(shown),
            None => queues.push(QueueView { partition: batch.partition.clone(), batches: vec![shown] }),
        }
    };
    for id in producer.in_flight().values().flatten() {
        add(*id, true);
    }
    for topic in producer.accumulator().topics().values() {
        for id in topic.partitions.values().flatten() {
            add(*id, false);
        }
    }
    queues.arrange_by(|one, other| one.partition.cmp(&other.partition));
    queues
}
