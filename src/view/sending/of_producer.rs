use super::Blocking;
use super::Counts;
use super::DequeView;
use super::Limits;
use super::LinkState;
use super::PoolView;
use super::QueuedBatch;
use super::SendingView;
use super::SlotView;
use super::SlotsView;
use super::Stands;
use super::Waits;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::murmur2;
use crate::kafka::channel::PeerState;
use crate::kafka::client::producer::BatchId;
use crate::kafka::client::producer::Blocked;
use crate::kafka::client::producer::Chosen;
use crate::kafka::client::producer::IdempotenceState;
use crate::kafka::client::producer::Producer;
use crate::kafka::client::producer::ProducerBatch;
use crate::kafka::client::producer::ProducerConfig;
use crate::kafka::client::producer::Tag;
use crate::kafka::node::Node;
use crate::lab::World;
use crate::view::BlockedOn;

impl SendingView {
    /// `None` while the producer does not run.
    pub fn of(world: &World, node: NodeId) -> Option<Self> {
        let Some(Node::Producer(producer)) = world.node(node) else { return None };
        let look = Look { producer, now: world.now() };
        let path = producer.path().cloned();
        let delivery = producer.delivery();
        let sticky = path.as_ref().and_then(|path| {
            let sticky = producer.accumulator().topics().get(&path.topic)?.partitioner.sticky()?;
            Some((sticky.partition, sticky.produced_bytes))
        });
        let key = path.as_ref().filter(|path| path.chosen == Chosen::Key).and_then(|path| path.key.as_ref());
        let mut view = Self {
            node: node.0,
            name: producer.spec().client_id.clone(),
            now: world.now(),
            limits: limits(producer.config()),
            hash: key.map(|key| murmur2(key)),
            sticky,
            path,
            blocked: look.blocked(),
            deques: look.deques(),
            pool: look.pool(),
            brokers: look.brokers(),
            called: producer.called().iter().rev().cloned().collect(),
            counts: Counts {
                sent: delivery.sent,
                acked: delivery.acked,
                failed: delivery.failed_total(),
                retried: delivery.retried,
                requests: delivery.requests_sent,
                batches: delivery.batches_sent,
            },
        };
        let held = |batch: &QueuedBatch| batch.memory;
        let flying = view.brokers.iter().flat_map(|b| &b.slots).flat_map(|slot| &slot.batches);
        view.pool.in_flight = flying.map(held).sum();
        view.pool.queued = view.deques.iter().flat_map(|deque| &deque.batches).map(held).sum();
        Some(view)
    }
}

fn limits(config: &ProducerConfig) -> Limits {
    Limits {
        acks: match config.acks {
            0 => "0",
            1 => "1",
            _ => "all",
        },
        idempotent: config.enable_idempotence,
        batch_size: config.batch_size,
        linger_ms: config.linger_ms,
        buffer_memory: config.buffer_memory,
        max_in_flight: config.max_in_flight,
        max_request_size: config.max_request_size,
        max_block_ms: config.max_block_ms,
        request_timeout_ms: config.request_timeout_ms.into(),
        delivery_timeout_ms: config.delivery_timeout_ms,
        retries: config.retries,
        compression: config.values.text("compression.type").to_owned(),
        interceptors: config.values.text("interceptor.classes").to_owned(),
    }
}

/// A producer, seen at a moment.
struct Look<'a> {
    producer: &'a Producer,
    now: Instant,
}

impl Look<'_> {
    fn since(&self, then: Instant) -> i64 {
        (self.now.0.saturating_sub(then.0) / 1000) as i64
    }

    fn until(&self, then: Instant) -> i64 {
        then.0.saturating_sub(self.now.0).div_ceil(1000) as i64
    }

    fn blocked(&self) -> Option<Blocking> {
        let blocked = self.producer.application().blocked.as_ref()?;
        let wanted = match blocked {
            Blocked::Metadata { record, .. } => Some((record.topic.clone(), record.partition)),
            _ => None,
        };
        Some(Blocking {
            on: match blocked {
                Blocked::Metadata { .. } => BlockedOn::Metadata,
                Blocked::Memory { .. } => BlockedOn::Memory,
                Blocked::Flush { .. } => BlockedOn::Flush,
                Blocked::Close { .. } => BlockedOn::Close,
            },
            since: blocked.since(),
            waited_ms: self.since(blocked.since()),
            left_ms: blocked.until().map(|until| self.until(until)),
            known: wanted.as_ref().and_then(|(topic, _)| self.producer.metadata().partition_count(topic)),
            wanted,
        })
    }

    fn batch(&self, batch: &ProducerBatch, in_flight: bool) -> QueuedBatch {
        let now_ms = self.now.wall_ms();
        let timeout = self.producer.config().delivery_timeout_ms;
        let producer = batch.producer();
        QueuedBatch {
            id: batch.id.0,
            partition: batch.partition.clone(),
            records: batch.record_count(),
            bytes: batch.estimated_size(),
            memory: if batch.is_split { 0 } else { batch.memory },
            full: batch.is_full(),
            in_flight,
            age_ms: now_ms - batch.created_ms,
            waited_ms: batch.waited_ms(now_ms),
            left_ms: (batch.created_ms + timeout - now_ms).max(0),
            attempts: batch.attempts,
            backoff_ms: batch.backoff_ms,
            sequence: batch.has_sequence().then(|| (producer.id, producer.epoch, batch.base_sequence())),
            drain: batch.drain,
            setback: batch.setback,
        }
    }

    fn deques(&self) -> Vec<DequeView> {
        let accumulator = self.producer.accumulator();
        let mut deques = Vec::new();
        for (topic, queues) in accumulator.topics() {
            for (number, queue) in &queues.partitions {
                let partition = TopicPartition::new(topic, *number);
                let leader = self.producer.cluster().partition(topic, *number).and_then(|info| info.leader);
                let batches: Vec<&ProducerBatch> =
                    queue.iter().filter_map(|id| accumulator.batch(*id)).collect();
                let stands = self.stands(&partition, leader, &batches);
                let batches = batches.into_iter().map(|batch| self.batch(batch, false)).collect();
                deques.push(DequeView { partition, leader: leader.map(|leader| leader.0), batches, stands });
            }
        }
        deques
    }

    /// The guards in the order of `RecordAccumulator.batchReady`, `Sender.sendProducerData` and
    /// `RecordAccumulator.drainBatchesForOneNode`.
    fn stands(&self, partition: &TopicPartition, leader: Option<NodeId>, queue: &[&ProducerBatch]) -> Stands {
        let (accumulator, now_ms) = (self.producer.accumulator(), self.now.wall_ms());
        let Some(first) = queue.first() else { return Stands::Empty };
        let Some(leader) = leader else { return Stands::NoLeader };
        if accumulator.muted().contains(partition) {
            return Stands::Muted;
        }
        if first.is_backing_off(now_ms) {
            return Stands::BacksOff { left_ms: first.backoff_ms - first.waited_ms(now_ms) };
        }
        let left_ms = self.producer.config().linger_ms - first.waited_ms(now_ms);
        let full = queue.len() > 1 || first.is_full();
        let pressed = !accumulator.pool().waiters().is_empty()
            || accumulator.flush_in_progress()
            || self.producer.is_restarting();
        if !full && !pressed && left_ms > 0 {
            return Stands::Lingers { left_ms };
        }
        match self.producer.idempotence() {
            Some(idempotence) if idempotence.state != IdempotenceState::Ready => return Stands::NoProducerId,
            Some(idempotence) if idempotence.must_hold_back(first) => return Stands::HeldBack,
            _ => {}
        }
        if self.producer.client().is_ready(leader) {
            return Stands::Ready;
        }
        match self.link(leader) {
            LinkState::Ready => Stands::SlotsFull,
            LinkState::Connecting => Stands::NoConnection { retry_in_ms: None },
            LinkState::Disconnected { retry_in_ms } => {
                Stands::NoConnection { retry_in_ms: Some(retry_in_ms) }
            }
        }
    }

    fn link(&self, broker: NodeId) -> LinkState {
        match self.producer.client().peer(broker).map(|peer| &peer.state) {
            Some(PeerState::Ready(_)) => LinkState::Ready,
            Some(PeerState::Connecting(_) | PeerState::CheckingVersions(_)) => LinkState::Connecting,
            Some(PeerState::Disconnected { retry_at }) => {
                LinkState::Disconnected { retry_in_ms: self.until(*retry_at) }
            }
            None => LinkState::Disconnected { retry_in_ms: 0 },
        }
    }

    fn pool(&self) -> PoolView {
        let accumulator = self.producer.accumulator();
        let pool = accumulator.pool();
        let since = |id| accumulator.waiting().find(|(waiter, _)| *waiter == id).map(|(_, w)| w.since_ms);
        PoolView {
            total: pool.total(),
            free: pool.available(),
            queued: 0,
            in_flight: 0,
            waiters: pool
                .waiters()
                .iter()
                .map(|waiter| Waits {
                    size: waiter.size,
                    given: waiter.accumulated,
                    waited_ms: since(waiter.id).map_or(0, |since| self.now.wall_ms() - since),
                })
                .collect(),
        }
    }

    /// Every broker of the metadata, and those with requests that the metadata no longer names.
    fn brokers(&self) -> Vec<SlotsView> {
        let client = self.producer.client();
        let mut ids: Vec<NodeId> = self.producer.metadata().brokers().to_vec();
        ids.extend(client.peers().filter(|(_, peer)| !peer.in_flight.is_empty()).map(|(id, _)| id));
        ids.arrange();
        ids.dedup();
        let slots = |id: NodeId| -> Vec<SlotView> {
            let requests = client.peer(id).into_iter().flat_map(|peer| &peer.in_flight);
            requests
                .map(|request| SlotView {
                    correlation: request.correlation,
                    api: request.api,
                    sent_at: request.sent_at,
                    age_ms: self.since(request.sent_at),
                    left_ms: self.until(request.deadline),
                    batches: match &request.tag {
                        Some(Tag::Produce(sent)) => {
                            sent.iter().filter_map(|s| self.flying(s.batch)).collect()
                        }
                        _ => Vec::new(),
                    },
                })
                .collect()
        };
        ids.into_iter().map(|id| SlotsView { broker: id.0, link: self.link(id), slots: slots(id) }).collect()
    }

    /// A batch of a request; `None` when it expired before the answer came.
    fn flying(&self, id: BatchId) -> Option<QueuedBatch> {
        Some(self.batch(self.producer.accumulator().batch(id)?, true))
    }
}
