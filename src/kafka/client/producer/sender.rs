//! The producer's second thread (`Sender`): takes batches that are ready, sends one request a node, expires what is old.

use std::sync::Arc;

use super::BatchId;
use super::IdempotenceState;
use super::Producer;
use super::ProducerIdAndEpoch;
use super::Tag;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::WALL_START_MS;
use crate::kafka::client::errors::error_name;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::init_producer_id_request::InitProducerIdRequestData;
use crate::kafka::protocol::messages::init_producer_id_response::InitProducerIdResponseData;
use crate::kafka::protocol::messages::produce_request::PartitionProduceData;
use crate::kafka::protocol::messages::produce_request::ProduceRequestData;
use crate::kafka::protocol::messages::produce_request::TopicProduceData;

/// A batch inside a request that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SentBatch {
    pub batch: BatchId,
    pub partition: TopicPartition,
    pub count: i32,
    /// −1 when the producer is not idempotent.
    pub last_sequence: i32,
}

/// What the sender remembers between two rounds.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(super) struct SenderState {
    /// Batches that were sent and have no answer, in the order in which they were sent.
    pub(super) in_flight: Map<TopicPartition, Vec<BatchId>>,
    /// InitProducerId is on its way.
    pub(super) initializing: bool,
    /// No InitProducerId before this moment.
    pub(super) init_not_before: Instant,
    /// When the next round is due by itself, in milliseconds of the producer's clock.
    pub(super) wake_ms: Option<i64>,
}

impl SenderState {
    pub(super) fn remove(&mut self, tp: &TopicPartition, id: BatchId) {
        if let Some(batches) = self.in_flight.get_mut(tp) {
            batches.retain(|other| *other != id);
            if batches.is_empty() {
                self.in_flight.remove(tp);
            }
        }
    }
}

/// The moment at which a machine's clock shows these milliseconds.
pub(super) fn moment(wall_ms: i64) -> Instant {
    Instant::from_millis((wall_ms - WALL_START_MS).max(0).unsigned_abs())
}

impl Producer {
    /// `runOnce`, again and again until there is nothing to send.
    pub(super) fn run_sender(&mut self, cx: &mut Context<'_>) {
        self.sender.wake_ms = None;
        if self.settle_producer_id(cx) {
            while self.send_producer_data(cx) {}
        }
    }

    /// Idempotence comes first: true when batches may be sent.
    fn settle_producer_id(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(idempotence) = &mut self.idempotence else { return true };
        idempotence.resolve_sequences();
        if let IdempotenceState::Fatal(error) = &idempotence.state {
            let (error, name) = (*error, error_name(*error));
            for batch in self.accumulator.abort_all() {
                self.count_failed(cx.now, &batch, error, &name);
            }
            self.sender.in_flight.clear();
            return false;
        }
        if idempotence.bump_epoch_if_needed(&mut self.accumulator.batches) {
            self.ask_for_producer_id(cx);
            return false;
        }
        true
    }

    fn ask_for_producer_id(&mut self, cx: &mut Context<'_>) {
        if self.sender.initializing || cx.now < self.sender.init_not_before {
            return;
        }
        let Some(node) = self.client.least_loaded(cx.now, self.metadata.brokers()) else { return };
        if !self.client.ready(cx, node) {
            return;
        }
        let request = InitProducerIdRequestData {
            transactional_id: None,
            transaction_timeout_ms: i32::MAX,
            producer_id: -1,
            producer_epoch: -1,
            ..InitProducerIdRequestData::default()
        };
        let request = Request::InitProducerId(request);
        self.sender.initializing = self.client.send(cx, node, request, Tag::InitProducerId);
    }

    pub(super) fn on_init_producer_id(&mut self, cx: &mut Context<'_>, answer: &InitProducerIdResponseData) {
        let Some(idempotence) = &mut self.idempotence else { return };
        self.sender.initializing = false;
        let error = ErrorCode::from(answer.error_code);
        if error == ErrorCode::None {
            let producer = ProducerIdAndEpoch { id: answer.producer_id, epoch: answer.producer_epoch };
            idempotence.on_producer_id(producer);
        } else if is_retriable(error) {
            self.init_failed(cx.now);
        } else {
            idempotence.state = IdempotenceState::Fatal(error);
            let sentence = format!("KafkaException: InitProducerId was refused with {}", error_name(error));
            self.complain(cx.now, sentence);
        }
    }

    pub(super) fn init_failed(&mut self, now: Instant) {
        self.sender.initializing = false;
        let backoff = Duration::from_millis(self.config.retry_backoff_ms.unsigned_abs());
        self.sender.init_not_before = now + backoff;
    }

    /// `sendProducerData`: one round. True when something was sent, so that more may be ready.
    fn send_producer_data(&mut self, cx: &mut Context<'_>) -> bool {
        let now_ms = cx.wall_ms();
        let mut check = self.accumulator.ready(&self.cluster, now_ms);
        for topic in &check.unknown_leader_topics {
            self.metadata.add_topic(topic);
            self.metadata.request_update();
        }
        check.nodes.retain(|&node| {
            let ready = self.client.ready(cx, node);
            self.accumulator.update_latency(node, now_ms, ready);
            ready
        });
        let max_size = self.config.max_request_size as usize;
        let id = self.idempotence.as_mut();
        let drained = self.accumulator.drain(&self.cluster, &check.nodes, max_size, now_ms, id);
        for id in drained.values().flatten() {
            self.track(*id, cx.now);
        }
        self.expire(cx, now_ms);
        let mut sent = false;
        for (node, batches) in drained {
            if !batches.is_empty() {
                self.send_produce_request(cx, node, &batches);
                sent = true;
            }
        }
        let expiry = self.accumulator.next_expiry_ms();
        let delay = check.next_check_delay_ms.map(|delay| now_ms + delay.max(1));
        self.sender.wake_ms = expiry.into_iter().chain(delay).min();
        sent
    }

    /// Counts a drained batch as in flight; with one request in flight its partition has to wait for the answer.
    fn track(&mut self, id: BatchId, now: Instant) {
        let Some(batch) = self.accumulator.batch_mut(id) else { return };
        if let Some(drain) = &mut batch.drain {
            drain.at = now;
        }
        let tp = batch.partition.clone();
        if self.config.one_in_flight() {
            self.accumulator.mute(&tp);
        }
        self.sender.in_flight.entry(tp).or_default().push(id);
    }

    /// Fails what is older than `delivery.timeout.ms`, in the queues and in flight.
    fn expire(&mut self, cx: &Context<'_>, now_ms: i64) {
        self.accumulator.reset_next_expiry();
        let timeout = self.accumulator.delivery_timeout_ms();
        let mut expired = self.accumulator.expire(now_ms);
        for batches in self.sender.in_flight.values() {
            for &id in batches {
                let Some(batch) = self.accumulator.batch(id) else { continue };
                if !batch.has_reached_delivery_timeout(timeout, now_ms) {
                    self.accumulator.note_expiry(id);
                    break;
                }
                expired.push(id);
            }
        }
        for id in expired {
            let Some(batch) = self.accumulator.batch(id).cloned() else { continue };
            let sentence = format!(
                "TimeoutException: Expiring {} record(s) for {}:{} ms has passed since batch creation",
                batch.record_count(),
                batch.partition,
                now_ms - batch.created_ms
            );
            self.complain(cx.now, sentence);
            self.fail_batch(cx.now, id, ErrorCode::RequestTimedOut, "TimeoutException", false);
            if let Some(idempotence) = self.idempotence.as_mut().filter(|_| batch.attempts > 0) {
                idempotence.mark_unresolved(&batch);
            }
        }
    }

    /// One request with a batch for each of several partitions.
    fn send_produce_request(&mut self, cx: &mut Context<'_>, node: NodeId, batches: &[BatchId]) {
        let mut topics: Vec<TopicProduceData> = Vec::new();
        let mut sent = Vec::new();
        for &id in batches {
            let Some(batch) = self.accumulator.batch_mut(id) else { continue };
            let records = batch.close();
            let tp = batch.partition.clone();
            let last_sequence = if batch.has_sequence() { batch.last_sequence() } else { -1 };
            let count = batch.record_count();
            let data = PartitionProduceData {
                index: tp.partition,
                records: Some(records),
                ..PartitionProduceData::default()
            };
            match topics.iter_mut().find(|topic| topic.name.as_str() == &*tp.topic) {
                Some(topic) => topic.partition_data.push(data),
                None => topics.push(TopicProduceData {
                    name: KafkaString::from(tp.topic.to_string()),
                    topic_id: self.metadata.topic_id(&tp.topic).unwrap_or_default(),
                    partition_data: vec![data],
                    ..TopicProduceData::default()
                }),
            }
            sent.push(SentBatch { batch: id, partition: tp, count, last_sequence });
        }
        let request = Request::Produce(ProduceRequestData {
            acks: self.config.acks,
            timeout_ms: self.config.request_timeout_ms,
            topic_data: topics,
            ..ProduceRequestData::default()
        });
        self.delivery.requests_sent += 1;
        self.delivery.batches_sent += sent.len() as u64;
        let sent: Arc<[SentBatch]> = sent.into();
        if self.config.acks == 0 {
            let written = self.client.send_one_way(cx, node, request);
            self.on_no_answer(cx, &sent, if written { ErrorCode::None } else { ErrorCode::NetworkException });
        } else if !self.client.send(cx, node, request, Tag::Produce(sent.clone())) {
            self.on_no_answer(cx, &sent, ErrorCode::UnsupportedVersion);
        }
    }
}
