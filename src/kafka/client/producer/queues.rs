//! What the sender does with the accumulator's queues: what is ready, taking it, putting it back, giving it up.

use std::sync::Arc;

use super::accumulator::NodeLatency;
use super::accumulator::RecordAccumulator;
use super::batch::BatchId;
use super::batch::ProducerBatch;
use super::cluster::ClusterSnapshot;
use super::idempotence::Idempotence;
use super::memory::Drain;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::record::size::batch_size_upper_bound;

/// What could be sent now (`ReadyCheckResult`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadyCheck {
    /// Leaders of at least one partition with a batch to send.
    pub nodes: Set<NodeId>,
    /// Milliseconds until something else may be ready; `None` = never by itself. Partitions whose node was already found
    /// ready were not looked at.
    pub next_check_delay_ms: Option<i64>,
    /// Topics with batches for partitions that nobody leads.
    pub unknown_leader_topics: Set<Name>,
}

impl RecordAccumulator {
    /// Looks which nodes have data to send: a full batch, one that lingered long enough, or any when memory is short, a
    /// flush is under way or the producer closes. Weighs the partitions for the partitioner on the way.
    pub fn ready(&mut self, cluster: &ClusterSnapshot, now_ms: i64) -> ReadyCheck {
        let mut check = ReadyCheck::default();
        let topics: Vec<Name> = self.topics.keys().cloned().collect();
        for topic in topics {
            self.topic_ready(&topic, cluster, now_ms, &mut check);
        }
        check
    }

    /// `partitionReady`.
    fn topic_ready(&mut self, topic: &Name, cluster: &ClusterSnapshot, now_ms: i64, check: &mut ReadyCheck) {
        let Some(queues) = self.topics.get(topic) else { return };
        let firsts: Vec<(i32, Option<BatchId>, i32)> = queues
            .partitions
            .iter()
            .map(|(&partition, queue)| (partition, queue.front().copied(), queue.len() as i32))
            .collect();
        let known = cluster.topics.get(topic).map(|topic| &topic.partitions);
        let weigh = self.adaptive && firsts.len() >= known.map_or(0, Map::len);
        let exhausted = !self.pool.waiters().is_empty();
        // As in Kafka, a partition left out for its slow node leaves its queue size to the next one in line.
        let mut sizes = vec![(0, 0); firsts.len()];
        let mut weighed = 0;
        for (partition, first, queued) in firsts {
            let info = known.and_then(|known| known.get_near(partition as usize, &partition));
            let info = info.copied().unwrap_or_default();
            if info.leader.is_some() {
                sizes[weighed].0 = partition;
                weighed += 1;
            }
            let Some(first) = first else { continue };
            self.note_leader(first, info.leader_epoch);
            let Some(leader) = info.leader else {
                check.unknown_leader_topics.insert(topic.clone());
                continue;
            };
            sizes[weighed - 1].1 = queued;
            if self.is_slow(leader) {
                weighed -= 1;
            }
            let tp = TopicPartition::new(topic, partition);
            self.batch_ready(&tp, leader, first, queued, exhausted, now_ms, check);
        }
        let all = sizes.len();
        sizes.truncate(weighed);
        if let Some(queues) = self.topics.get_mut(topic) {
            queues.partitioner.update_load(weigh.then_some(sizes.as_slice()), all);
        }
    }

    fn note_leader(&mut self, id: BatchId, epoch: Option<i32>) {
        if self.batch(id).is_some_and(|batch| batch.leader_is_news(epoch))
            && let Some(batch) = self.batch_mut(id)
        {
            batch.update_leader_epoch(epoch);
        }
    }

    /// Whether the node has been ready for long without taking anything (`partitioner.availability.timeout.ms`).
    fn is_slow(&self, node: NodeId) -> bool {
        let limit = self.availability_timeout_ms;
        limit > 0 && self.latency.get(&node).is_some_and(|l| l.ready_ms - l.drain_ms > limit)
    }

    #[expect(clippy::too_many_arguments, reason = "Kafka's batchReady: what was just read of one partition")]
    fn batch_ready(
        &self,
        tp: &TopicPartition,
        leader: NodeId,
        first: BatchId,
        queued: i32,
        exhausted: bool,
        now_ms: i64,
        check: &mut ReadyCheck,
    ) {
        let Some(batch) = self.batch(first) else { return };
        if check.nodes.contains(&leader) || self.muted.contains(tp) {
            return;
        }
        let backing_off = batch.is_backing_off(now_ms);
        let wait_ms = if backing_off { batch.backoff_ms } else { self.linger_ms };
        let waited_ms = batch.waited_ms(now_ms);
        let full = queued > 1 || batch.is_full();
        let sendable = full || waited_ms >= wait_ms || exhausted || self.closed || self.flush_in_progress();
        if sendable && !backing_off {
            check.nodes.insert(leader);
        } else {
            let left = (wait_ms - waited_ms).max(0);
            check.next_check_delay_ms = Some(check.next_check_delay_ms.map_or(left, |delay| delay.min(left)));
        }
    }

    /// Takes for each node the first batches of its partitions, up to `max_size` bytes, beginning where the last drain of
    /// that node ended. A single batch goes whatever its size. An idempotent producer gives out sequences here.
    pub fn drain(
        &mut self,
        cluster: &ClusterSnapshot,
        nodes: &Set<NodeId>,
        max_size: usize,
        now_ms: i64,
        mut idempotence: Option<&mut Idempotence>,
    ) -> Map<NodeId, Vec<BatchId>> {
        nodes
            .iter()
            .map(|&node| {
                let id = idempotence.as_deref_mut();
                (node, self.drain_node(cluster, node, max_size, now_ms, id))
            })
            .collect()
    }

    /// `drainBatchesForOneNode`.
    fn drain_node(
        &mut self,
        cluster: &ClusterSnapshot,
        node: NodeId,
        max_size: usize,
        now_ms: i64,
        mut idempotence: Option<&mut Idempotence>,
    ) -> Vec<BatchId> {
        let mut ready = Vec::new();
        let parts = cluster.led_by.get(&node).map_or(&[][..], Vec::as_slice);
        if parts.is_empty() {
            return ready;
        }
        let start = self.drain_index.get(&node).copied().unwrap_or(0) as usize % parts.len();
        let mut size = 0;
        for step in 0..parts.len() {
            let index = (start + step) % parts.len();
            let tp = &parts[index];
            self.drain_index.insert(node, index as u32);
            let Some(first) = self.drainable(tp, cluster, now_ms) else { continue };
            let Some(batch) = self.batch(first) else { continue };
            if size + batch.estimated_size() > max_size && !ready.is_empty() {
                break;
            }
            if idempotence.as_deref().is_some_and(|id| id.must_hold_back(batch)) {
                break;
            }
            self.note_drain(tp, first, now_ms);
            self.queue_mut(tp).pop_front();
            if let Some(id) = idempotence.as_deref_mut() {
                id.assign_sequence(first, &mut self.batches);
            }
            size += self.close_drained(first, now_ms);
            ready.push(first);
        }
        ready
    }

    /// The first batch of the partition, unless it has to wait.
    fn drainable(&mut self, tp: &TopicPartition, cluster: &ClusterSnapshot, now_ms: i64) -> Option<BatchId> {
        if self.muted.contains(tp) {
            return None;
        }
        let first = *self.topics.get(&tp.topic)?.partitions.get(&tp.partition)?.front()?;
        let epoch = cluster.partition(&tp.topic, tp.partition).and_then(|info| info.leader_epoch);
        self.note_leader(first, epoch);
        (!self.batch(first)?.is_backing_off(now_ms)).then_some(first)
    }

    /// Notes which guards held when the batch left.
    fn note_drain(&mut self, tp: &TopicPartition, id: BatchId, now_ms: i64) {
        let queue = self.topics.get(&tp.topic).and_then(|topic| topic.partitions.get(&tp.partition));
        let followed = queue.is_some_and(|queue| queue.len() > 1);
        let (linger_ms, waiters) = (self.linger_ms, self.pool.waiters().len());
        let (flush, closed) = (self.flush_in_progress(), self.closed);
        let Some(batch) = self.batch_mut(id) else { return };
        batch.drain = Some(Drain {
            attempt: batch.attempts,
            bytes: batch.estimated_size(),
            full: batch.is_full(),
            followed,
            waited_ms: batch.waited_ms(now_ms),
            wait_ms: linger_ms,
            waiters,
            flush,
            closed,
            ..Drain::default()
        });
    }

    /// Builds the batch; its size in bytes.
    fn close_drained(&mut self, id: BatchId, now_ms: i64) -> usize {
        let Some(batch) = self.batch_mut(id) else { return 0 };
        let size = batch.close().len();
        batch.drained_ms = batch.drained_ms.max(now_ms);
        let (ratio, topic) = (batch.compression_ratio(), batch.partition.topic.clone());
        if let Some(queues) = self.topics.get_mut(&topic) {
            queues.compression_ratio = next_ratio_estimate(queues.compression_ratio, ratio);
        }
        size
    }

    /// Takes batches older than `delivery.timeout.ms` out of the queues; the sender then fails them.
    pub fn expire(&mut self, now_ms: i64) -> Vec<BatchId> {
        let mut expired = Vec::new();
        for queues in self.topics.values_mut() {
            for queue in queues.partitions.values_mut() {
                while let Some(batch) = queue.front().and_then(|id| self.batches.get(id)) {
                    if !batch.has_reached_delivery_timeout(self.delivery_timeout_ms, now_ms) {
                        let at = batch.created_ms.saturating_add(self.delivery_timeout_ms);
                        self.next_expiry_ms = Some(self.next_expiry_ms.map_or(at, |next| next.min(at)));
                        break;
                    }
                    expired.push(batch.id);
                    queue.pop_front();
                }
            }
        }
        for id in &expired {
            if let Some(batch) = self.batch_mut(*id) {
                batch.close_for_appends();
            }
        }
        expired
    }

    /// Forgets the earliest expiry; the next look finds it again.
    pub const fn reset_next_expiry(&mut self) {
        self.next_expiry_ms = None;
    }

    /// Notes when this batch expires.
    pub fn note_expiry(&mut self, id: BatchId) {
        if let Some(batch) = self.batch(id) {
            let at = batch.created_ms.saturating_add(self.delivery_timeout_ms);
            self.next_expiry_ms = Some(self.next_expiry_ms.map_or(at, |next| next.min(at)));
        }
    }

    /// When the first batch expires, in milliseconds of the producer's clock; `None` = never.
    pub const fn next_expiry_ms(&self) -> Option<i64> {
        self.next_expiry_ms
    }

    pub const fn delivery_timeout_ms(&self) -> i64 {
        self.delivery_timeout_ms
    }

    /// Puts a batch back for a retry after `backoff_ms`: to the front of its queue, or among the retried ones in the
    /// order of their sequences.
    pub fn reenqueue(&mut self, id: BatchId, now_ms: i64, backoff_ms: i64, idempotent: bool) {
        let Some(batch) = self.batch_mut(id) else { return };
        batch.reenqueued(now_ms, backoff_ms);
        self.put_back(id, idempotent);
    }

    /// `insertInSequenceOrder` for an idempotent producer, else `addFirst`.
    fn put_back(&mut self, id: BatchId, idempotent: bool) {
        let Some(batch) = self.batches.get(&id).cloned() else { return };
        let sequences = &self.batches;
        let earlier = |other: &BatchId| {
            let other = sequences.get(other).filter(|other| other.has_sequence());
            other.is_some_and(|other| other.base_sequence() < batch.base_sequence())
        };
        let queue = self
            .topics
            .get(&batch.partition.topic)
            .and_then(|t| t.partitions.get(&batch.partition.partition));
        let at = match queue {
            Some(queue) if idempotent => queue.iter().take_while(|other| earlier(other)).count(),
            _ => 0,
        };
        self.queue_mut(&batch.partition).insert(at, id);
    }

    /// Cuts a batch that the broker found too large into smaller ones and puts them to the front of the queue
    /// (`splitAndReenqueue`). The parts in queue order; the batch itself is the caller's to give back.
    pub fn split(&mut self, id: BatchId, mut idempotence: Option<&mut Idempotence>) -> Vec<BatchId> {
        let Some(big) = self.batches.get(&id).cloned() else { return Vec::new() };
        if let Some(queues) = self.topics.get_mut(&big.partition.topic) {
            queues.compression_ratio = big.compression_ratio().max(1.0);
        }
        // A part that is still too large is halved; `batch.size` alone would give the same part again.
        let target = match big.is_split {
            true => big.max_record_size.max(big.estimated_size() / 2),
            false => self.batch_size as usize,
        };
        let mut sequence = big.base_sequence();
        let mut fed = big.fed;
        let parts = self.cut(&big, target);
        let ids: Vec<BatchId> = parts.iter().map(|part| part.id).collect();
        for mut part in parts {
            part.fed = fed.min(part.record_count());
            fed -= part.fed;
            if big.has_sequence() {
                part.set_producer_state(big.producer(), sequence);
                sequence += part.record_count();
            }
            self.batches.insert(part.id, Arc::new(part));
        }
        let idempotent = idempotence.is_some();
        for &part in ids.iter().rev() {
            if let Some(id) = idempotence.as_deref_mut() {
                id.add_in_flight(part, &self.batches);
            }
            self.put_back(part, idempotent);
        }
        ids
    }

    fn cut(&mut self, big: &ProducerBatch, target: usize) -> Vec<ProducerBatch> {
        let mut parts: Vec<ProducerBatch> = Vec::new();
        for record in big.records() {
            let (key, value) = (record.key.as_deref(), record.value.as_deref());
            let now_ms = big.last_append_ms;
            if let Some(part) = parts.last_mut() {
                if part.try_append(record.timestamp, key, value, &record.headers, now_ms) {
                    continue;
                }
                part.close_for_appends();
            }
            let least = batch_size_upper_bound(key.map(<[u8]>::len), value.map(<[u8]>::len), &record.headers);
            let mut part = self.new_batch(big.partition.clone(), least.max(target), big.created_ms);
            part.is_split = true;
            part.memory = 0;
            part.try_append(record.timestamp, key, value, &record.headers, big.created_ms);
            part.last_append_ms = big.created_ms;
            parts.push(part);
        }
        if let Some(part) = parts.last_mut() {
            part.close_for_appends();
        }
        parts
    }

    /// The fate of the batch is known: it leaves, and its memory goes back to the pool. `None` when it had left before.
    pub fn remove(&mut self, id: BatchId) -> Option<Arc<ProducerBatch>> {
        let batch = self.batches.remove(&id)?;
        if !batch.is_split {
            self.pool.deallocate(batch.memory);
        }
        Some(batch)
    }

    /// Batches that were not sent yet, taken out of their queues; the caller fails them (`abortUndrainedBatches`).
    pub fn abort_undrained(&mut self, idempotent: bool) -> Vec<Arc<ProducerBatch>> {
        let undrained = |batch: &ProducerBatch| {
            if idempotent { !batch.has_sequence() } else { !batch.is_closed() }
        };
        let ids: Vec<BatchId> =
            self.incomplete().filter(|batch| undrained(batch)).map(|batch| batch.id).collect();
        self.abort(&ids)
    }

    /// All batches, wherever they are; the caller fails them. The queues are forgotten (`abortIncompleteBatches`).
    pub fn abort_incomplete(&mut self) -> Vec<Arc<ProducerBatch>> {
        let ids: Vec<BatchId> = self.batches.keys().copied().collect();
        let aborted = self.abort(&ids);
        self.topics.clear();
        aborted
    }

    /// All batches; the queues stay (`abortBatches`).
    pub fn abort_all(&mut self) -> Vec<Arc<ProducerBatch>> {
        let ids: Vec<BatchId> = self.batches.keys().copied().collect();
        self.abort(&ids)
    }

    fn abort(&mut self, ids: &[BatchId]) -> Vec<Arc<ProducerBatch>> {
        let mut aborted = Vec::new();
        for &id in ids {
            let Some(batch) = self.remove(id) else { continue };
            self.queue_mut(&batch.partition).retain(|other| *other != id);
            aborted.push(batch);
        }
        aborted
    }

    pub fn mute(&mut self, tp: &TopicPartition) {
        self.muted.insert(tp.clone());
    }

    pub fn unmute(&mut self, tp: &TopicPartition) {
        self.muted.remove(tp);
    }

    /// The node had something to send now, and took it or did not.
    pub fn update_latency(&mut self, node: NodeId, now_ms: i64, can_drain: bool) {
        if self.availability_timeout_ms <= 0 {
            return;
        }
        let latency = self.latency.entry(node).or_insert(NodeLatency { ready_ms: now_ms, drain_ms: now_ms });
        if can_drain {
            latency.drain_ms = now_ms;
        }
        latency.ready_ms = now_ms;
    }
}

/// `CompressionRatioEstimator.updateEstimation`: quick to fear the worse, slow to hope for the better.
fn next_ratio_estimate(current: f32, observed: f32) -> f32 {
    const IMPROVING_STEP: f32 = 0.005;
    const DETERIORATE_STEP: f32 = 0.05;
    if observed > current {
        observed.max(current + DETERIORATE_STEP)
    } else {
        observed.max(current - IMPROVING_STEP)
    }
}
