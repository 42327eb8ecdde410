mod append;

use std::collections::VecDeque;
use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

use bytes::Bytes;

use super::batch::BatchId;
use super::batch::ProducerBatch;
use super::buffer_pool::Allocation;
use super::buffer_pool::BufferPool;
use super::buffer_pool::WaiterId;
use super::cluster::ClusterSnapshot;
use super::cluster::TopicPartitions;
use super::config::ProducerConfig;
use super::partitioner::BuiltInPartitioner;
use super::partitioner::Choice;
use super::partitioner::Sticky;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::record::Compression;
pub(super) use append::Run;
pub use append::{Append, AppendError, AppendResult, Appended, Resumed, Scene, WaitingAppend};

/// When a node was last ready and when it last took something, in milliseconds (`NodeLatencyStats`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeLatency {
    pub ready_ms: i64,
    pub drain_ms: i64,
}

/// The queues of one topic.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicQueues {
    pub partitioner: BuiltInPartitioner,
    /// The batches of each partition, from the one to send first to the one that takes records.
    pub partitions: Map<i32, VecDeque<BatchId>>,
    /// What the codec left of a byte lately (`CompressionRatioEstimator`).
    pub compression_ratio: f32,
}

impl Hash for TopicQueues {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { partitioner, partitions, compression_ratio } = self;
        (partitioner, partitions).hash(state);
        compression_ratio.to_bits().hash(state);
    }
}

/// Where records wait until they are sent (`RecordAccumulator`): for each partition a queue of batches, all together in
/// `buffer.memory` bytes.
///
/// A batch lives here from its first record until its fate is known, in the queue or in flight.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct RecordAccumulator {
    pub(super) batch_size: i32,
    pub(super) linger_ms: i64,
    pub(super) delivery_timeout_ms: i64,
    pub(super) compression: Compression,
    pub(super) adaptive: bool,
    pub(super) availability_timeout_ms: i64,
    pub(super) pool: BufferPool,
    pub(super) topics: Map<Name, TopicQueues>,
    pub(super) batches: Map<BatchId, Arc<ProducerBatch>>,
    pub(super) waiting: Map<WaiterId, WaitingAppend>,
    pub(super) muted: Set<TopicPartition>,
    pub(super) drain_index: Map<NodeId, u32>,
    pub(super) latency: Map<NodeId, NodeLatency>,
    pub(super) flushes: u32,
    pub(super) closed: bool,
    pub(super) next_batch: u64,
    pub(super) next_expiry_ms: Option<i64>,
}

impl RecordAccumulator {
    pub fn new(config: &ProducerConfig) -> Self {
        Self {
            batch_size: config.batch_size,
            linger_ms: config.linger_ms,
            delivery_timeout_ms: config.delivery_timeout_ms,
            compression: Compression::from_name(config.values.text("compression.type")).unwrap_or_default(),
            adaptive: config.adaptive_partitioning(),
            availability_timeout_ms: config.partition_availability_timeout_ms(),
            pool: BufferPool::new(config.buffer_memory, config.values.number("batch.size")),
            topics: Map::new(),
            batches: Map::new(),
            waiting: Map::new(),
            muted: Set::new(),
            drain_index: Map::new(),
            latency: Map::new(),
            flushes: 0,
            closed: false,
            next_batch: 0,
            next_expiry_ms: None,
        }
    }

    pub const fn pool(&self) -> &BufferPool {
        &self.pool
    }

    /// The queues of all topics, in the order in which they are visited.
    pub const fn topics(&self) -> &Map<Name, TopicQueues> {
        &self.topics
    }

    /// A batch whose fate is not known yet.
    pub fn batch(&self, id: BatchId) -> Option<&ProducerBatch> {
        self.batches.get(&id).map(Arc::as_ref)
    }

    /// All batches whose fate is not known yet, in the queues or in flight (`IncompleteBatches`).
    pub fn incomplete(&self) -> impl Iterator<Item = &ProducerBatch> {
        self.batches.values().map(Arc::as_ref)
    }

    pub fn has_incomplete(&self) -> bool {
        !self.batches.is_empty()
    }

    /// Whether any queue has a batch.
    pub fn has_undrained(&self) -> bool {
        self.topics.values().any(|topic| topic.partitions.values().any(|queue| !queue.is_empty()))
    }

    /// The threads that wait for memory, in line.
    pub fn waiting(&self) -> impl Iterator<Item = (WaiterId, &WaitingAppend)> {
        self.pool.waiters().iter().filter_map(|waiter| Some((waiter.id, self.waiting.get(&waiter.id)?)))
    }

    /// Partitions from which nothing is taken until their batch is answered (one request in flight).
    pub const fn muted(&self) -> &Set<TopicPartition> {
        &self.muted
    }

    pub(super) fn batch_mut(&mut self, id: BatchId) -> Option<&mut ProducerBatch> {
        self.batches.get_mut(&id).map(Arc::make_mut)
    }

    pub(super) fn queue_mut(&mut self, tp: &TopicPartition) -> &mut VecDeque<BatchId> {
        self.topic_mut(&tp.topic).partitions.entry(tp.partition).or_default()
    }

    fn topic_mut(&mut self, topic: &Name) -> &mut TopicQueues {
        if !self.topics.contains_key(topic) {
            let queues = TopicQueues {
                partitioner: BuiltInPartitioner::new(self.batch_size),
                partitions: Map::new(),
                compression_ratio: 1.0,
            };
            self.topics.insert(topic.clone(), queues);
        }
        self.topics.get_mut(topic).expect("the topic was put in above")
    }

    /// Adds a record to the last batch of its partition, or begins a new one.
    pub fn append(&mut self, record: Append, scene: &mut Scene<'_>) -> Appended {
        match self.append_to_open_batch(&record, scene) {
            Some(result) => Appended::Done(result),
            None => {
                self.topic_mut(&record.topic);
                self.place(record, None, scene)
            }
        }
    }

    /// What happens to nearly every record: its partition has an open batch with room. Does what
    /// [`place`](Self::place) would do, with one look at each map; `None` = nothing was done.
    fn append_to_open_batch(&mut self, record: &Append, scene: &mut Scene<'_>) -> Option<AppendResult> {
        if self.closed {
            return None;
        }
        let topic = self.topics.get_mut(&record.topic)?;
        let partition = match record.partition {
            Some(partition) => partition,
            None => topic.partitioner.sticky()?.partition,
        };
        let queue = topic.partitions.get(&partition)?;
        let id = *queue.back()?;
        let last = self.batches.get_mut(&id).map(Arc::make_mut)?;
        let before = last.estimated_size();
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        if !last.try_append(record.timestamp, key, value, &record.headers, scene.now_ms) {
            return None;
        }
        last.fed += i32::from(record.fed);
        let (full, waiting) = (last.is_full(), queue.len());
        let appended_bytes = (last.estimated_size() - before) as i32;
        if record.partition.is_none() && topic.partitioner.count(appended_bytes, full) {
            self.with_choice(&record.topic, scene, BuiltInPartitioner::switch);
        }
        let batch_is_full = full || waiting > 1;
        Some(AppendResult { batch: id, partition, batch_is_full, new_batch: false, appended_bytes })
    }

    /// Adds records without a key or headers to the open batch of their partition, one after the other, as many as
    /// `next` makes and the batch has room for: what [`append`](Self::append) would do with each, with one look at each
    /// map for all of them.
    pub(super) fn append_run(
        &mut self,
        topic: &Name,
        partition: Option<i32>,
        scene: &mut Scene<'_>,
        next: &mut dyn FnMut() -> Option<Option<Bytes>>,
    ) -> Run {
        let mut run = Run::default();
        while !self.closed {
            let Some(queues) = self.topics.get_mut(topic) else { break };
            let Some(open) = partition.or_else(|| Some(queues.partitioner.sticky()?.partition)) else {
                break;
            };
            let Some(queue) = queues.partitions.get(&open) else { break };
            let (Some(&id), waiting) = (queue.back(), queue.len()) else { break };
            let Some(last) = self.batches.get_mut(&id).map(Arc::make_mut) else { break };
            loop {
                let Some(value) = next() else { return run };
                let before = last.estimated_size();
                if !last.try_append(scene.now_ms, None, value.as_deref(), &[], scene.now_ms) {
                    run.left_over = Some(value);
                    return run;
                }
                let (full, appended_bytes) = (last.is_full(), (last.estimated_size() - before) as i32);
                let batch_is_full = full || waiting > 1;
                run.appended += 1;
                let result = AppendResult {
                    batch: id,
                    partition: open,
                    batch_is_full,
                    new_batch: false,
                    appended_bytes,
                };
                run.last = Some((value, result));
                if partition.is_none() && queues.partitioner.count(appended_bytes, full) {
                    self.with_choice(topic, scene, BuiltInPartitioner::switch);
                    break;
                }
            }
        }
        run
    }

    /// Lets those go on who waited for memory and have it now, in the order in which they came.
    pub fn resume(&mut self, scene: &mut Scene<'_>) -> Vec<Resumed> {
        let mut resumed = Vec::new();
        while let Some(waiter) = self.pool.granted() {
            let Some(waiting) = self.waiting.remove(&waiter) else { continue };
            let tag = waiting.record.tag;
            let topics = [(waiting.record.topic.clone(), waiting.partitions)].into();
            let cluster = ClusterSnapshot { topics, ..ClusterSnapshot::default() };
            let mut seen = Scene { cluster: &cluster, now_ms: scene.now_ms, draw: &mut *scene.draw };
            let outcome = self.place(waiting.record, Some((waiting.sticky, waiting.size)), &mut seen);
            resumed.push(Resumed { waiter, tag, outcome });
        }
        resumed
    }

    /// A thread leaves the line because `max.block.ms` is over (`BufferExhaustedException`). Its record comes back.
    pub fn give_up(&mut self, waiter: WaiterId) -> Option<Append> {
        let waiting = self.waiting.remove(&waiter)?;
        self.pool.give_up(waiter);
        Some(waiting.record)
    }

    /// The body of `append`. `resumed`: the record waited, had seen this sticky partition, and has its memory now.
    fn place(
        &mut self,
        record: Append,
        mut resumed: Option<(Option<Sticky>, i64)>,
        scene: &mut Scene<'_>,
    ) -> Appended {
        let mut memory = resumed.map(|(_, size)| size);
        loop {
            let (sticky, partition) = match resumed.take() {
                Some((sticky, _)) => (sticky, sticky.map(|s| s.partition).or(record.partition).unwrap_or(0)),
                None => {
                    let (sticky, partition) = self.effective_partition(&record, scene);
                    if self.partition_changed(&record.topic, partition, sticky, scene) {
                        continue;
                    }
                    match self.try_append(&record, partition, scene.now_ms) {
                        Err(error) => return self.leave(memory, Appended::Refused(error)),
                        Ok(Some(result)) => {
                            self.count(&record.topic, sticky, &result, scene);
                            return self.leave(memory, Appended::Done(result));
                        }
                        Ok(None) => {}
                    }
                    (sticky, partition)
                }
            };
            if memory.is_none() {
                let size = i64::from(self.batch_size).max(record.size_upper_bound() as i64);
                match self.pool.allocate(size) {
                    Allocation::Granted => memory = Some(size),
                    Allocation::TooLarge => return Appended::Refused(AppendError::TooLarge),
                    Allocation::Closed => return Appended::Refused(AppendError::Closed),
                    Allocation::Waits(id) => {
                        let known = sticky.and_then(|_| scene.cluster.topics.get(&record.topic));
                        let partitions = known.cloned().unwrap_or_default();
                        let waiting =
                            WaitingAppend { record, size, since_ms: scene.now_ms, sticky, partitions };
                        self.waiting.insert(id, waiting);
                        return Appended::Waits(id);
                    }
                }
            }
            if self.partition_changed(&record.topic, partition, sticky, scene) {
                continue;
            }
            return match self.append_new_batch(&record, partition, memory.unwrap_or(0), scene.now_ms) {
                Err(error) => self.leave(memory, Appended::Refused(error)),
                Ok(result) => {
                    self.count(&record.topic, sticky, &result, scene);
                    self.leave(memory.filter(|_| !result.new_batch), Appended::Done(result))
                }
            };
        }
    }

    /// Gives back memory that was not needed after all.
    fn leave(&mut self, memory: Option<i64>, outcome: Appended) -> Appended {
        if let Some(size) = memory {
            self.pool.deallocate(size);
        }
        outcome
    }

    fn effective_partition(&mut self, record: &Append, scene: &mut Scene<'_>) -> (Option<Sticky>, i32) {
        if let Some(partition) = record.partition {
            return (None, partition);
        }
        let sticky = self.with_choice(&record.topic, scene, |partitioner, choice| partitioner.peek(choice));
        (Some(sticky), sticky.partition)
    }

    fn with_choice<R>(
        &mut self,
        topic: &Name,
        scene: &mut Scene<'_>,
        act: impl FnOnce(&mut BuiltInPartitioner, &mut Choice<'_>) -> R,
    ) -> R {
        let unknown = TopicPartitions::default();
        let partitions = scene.cluster.topics.get(topic).unwrap_or(&unknown);
        let mut choice = Choice { partitions, draw: scene.draw };
        act(&mut self.topic_mut(topic).partitioner, &mut choice)
    }

    /// `partitionChanged`: another record moved the sticky partition on, or a switch that had to wait for the end of a
    /// batch is due.
    fn partition_changed(
        &mut self,
        topic: &Name,
        partition: i32,
        sticky: Option<Sticky>,
        scene: &mut Scene<'_>,
    ) -> bool {
        let Some(sticky) = sticky else { return false };
        let full = self.all_batches_full(topic, partition);
        self.with_choice(topic, scene, |partitioner, choice| {
            if !partitioner.is_changed(sticky) && full {
                partitioner.update(0, true, choice);
            }
            partitioner.is_changed(sticky)
        })
    }

    fn count(&mut self, topic: &Name, sticky: Option<Sticky>, result: &AppendResult, scene: &mut Scene<'_>) {
        if sticky.is_some() {
            let enable_switch = self.all_batches_full(topic, result.partition);
            self.with_choice(topic, scene, |partitioner, choice| {
                partitioner.update(result.appended_bytes, enable_switch, choice);
            });
        }
    }

    fn last_batch(&self, topic: &Name, partition: i32) -> Option<BatchId> {
        self.topics.get(topic)?.partitions.get(&partition)?.back().copied()
    }

    fn all_batches_full(&self, topic: &Name, partition: i32) -> bool {
        let last = self.last_batch(topic, partition).and_then(|id| self.batch(id));
        last.is_none_or(ProducerBatch::is_full)
    }

    fn try_append(
        &mut self,
        record: &Append,
        partition: i32,
        now_ms: i64,
    ) -> Result<Option<AppendResult>, AppendError> {
        if self.closed {
            return Err(AppendError::Closed);
        }
        let queue = self.topic_mut(&record.topic).partitions.entry(partition).or_default();
        let (Some(&id), waiting) = (queue.back(), queue.len()) else { return Ok(None) };
        let Some(last) = self.batches.get_mut(&id).map(Arc::make_mut) else { return Ok(None) };
        let before = last.estimated_size();
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        if !last.try_append(record.timestamp, key, value, &record.headers, now_ms) {
            last.close_for_appends();
            return Ok(None);
        }
        last.fed += i32::from(record.fed);
        Ok(Some(AppendResult {
            batch: id,
            partition,
            batch_is_full: waiting > 1 || last.is_full(),
            new_batch: false,
            appended_bytes: (last.estimated_size() - before) as i32,
        }))
    }

    fn append_new_batch(
        &mut self,
        record: &Append,
        partition: i32,
        memory: i64,
        now_ms: i64,
    ) -> Result<AppendResult, AppendError> {
        if let Some(result) = self.try_append(record, partition, now_ms)? {
            return Ok(result);
        }
        let tp = TopicPartition::new(&record.topic, partition);
        let mut batch = self.new_batch(tp, memory as usize, now_ms);
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        if !batch.try_append(record.timestamp, key, value, &record.headers, now_ms) {
            return Err(AppendError::Invalid);
        }
        batch.fed = i32::from(record.fed);
        let id = batch.id;
        let (full, size) = (batch.is_full(), batch.estimated_size());
        let queue = self.queue_mut(&batch.partition);
        queue.push_back(id);
        let batch_is_full = queue.len() > 1 || full;
        self.batches.insert(id, Arc::new(batch));
        Ok(AppendResult { batch: id, partition, batch_is_full, new_batch: true, appended_bytes: size as i32 })
    }

    pub(super) fn new_batch(&mut self, tp: TopicPartition, capacity: usize, now_ms: i64) -> ProducerBatch {
        self.next_batch += 1;
        let ratio = self.topic_mut(&tp.topic).compression_ratio;
        let mut batch = ProducerBatch::new(BatchId(self.next_batch), tp, self.compression, capacity, now_ms);
        batch.set_estimated_compression_ratio(ratio);
        batch
    }

    /// From now on everything is ready to be sent, until [`end_flush`](Self::end_flush).
    pub fn begin_flush(&mut self) {
        self.flushes += 1;
    }

    pub fn end_flush(&mut self) {
        self.flushes = self.flushes.saturating_sub(1);
    }

    pub const fn flush_in_progress(&self) -> bool {
        self.flushes > 0
    }

    /// No more records; those who wait for memory fail with `KafkaException` and are returned.
    pub fn close(&mut self) -> Vec<Resumed> {
        self.closed = true;
        let waiters = self.pool.close();
        let refused = Appended::Refused(AppendError::Closed);
        waiters
            .into_iter()
            .filter_map(|waiter| {
                let waiting = self.waiting.remove(&waiter)?;
                Some(Resumed { waiter, tag: waiting.record.tag, outcome: refused })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
