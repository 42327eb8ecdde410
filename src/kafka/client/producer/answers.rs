//! What the sender does with the answer to a produce request, or with its loss (`handleProduceResponse`).

use super::BatchId;
use super::Decided;
use super::Producer;
use super::ProducerBatch;
use super::SentBatch;
use super::memory::Setback;
use crate::kafka::base::Epoch;
use crate::kafka::base::ExponentialBackoff;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Purpose;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::errors::error_name;
use crate::kafka::client::errors::is_invalid_metadata;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::messages::produce_response::PartitionProduceResponse;
use crate::kafka::protocol::messages::produce_response::ProduceResponseData;

/// The part of an answer that is about one batch.
struct PartitionAnswer<'a> {
    error: ErrorCode,
    base_offset: Offset,
    log_start_offset: Offset,
    message: Option<&'a str>,
    /// How many single records the broker named as invalid.
    record_errors: usize,
    leader: Option<(NodeId, Epoch)>,
    /// It came from the broker.
    answered: bool,
}

impl<'a> PartitionAnswer<'a> {
    const fn error(error: ErrorCode) -> Self {
        Self {
            error,
            base_offset: -1,
            log_start_offset: -1,
            message: None,
            record_errors: 0,
            leader: None,
            answered: false,
        }
    }

    fn of(answer: &'a PartitionProduceResponse) -> Self {
        let leader = &answer.current_leader;
        let named = leader.leader_id >= 0 && leader.leader_epoch >= 0;
        Self {
            error: ErrorCode::from(answer.error_code),
            base_offset: answer.base_offset,
            log_start_offset: answer.log_start_offset,
            message: answer.error_message.as_ref().map(|text| text.as_str()),
            record_errors: answer.record_errors.len(),
            leader: named.then_some((NodeId(leader.leader_id), leader.leader_epoch)),
            answered: true,
        }
    }
}

impl Producer {
    pub(super) fn on_produce(
        &mut self,
        cx: &mut Context<'_>,
        sent: &[SentBatch],
        response: &ProduceResponseData,
    ) {
        for topic in &response.responses {
            // From version 13 on a topic is named by its id.
            let name = match topic.name.as_str() {
                "" => self.metadata.topic_name(topic.topic_id).cloned(),
                name => Some(crate::kafka::base::name(name)),
            };
            let Some(name) = name else { continue };
            for answer in &topic.partition_responses {
                let about = |sent: &&SentBatch| {
                    sent.partition.partition == answer.index && sent.partition.topic == name
                };
                if let Some(sent) = sent.iter().find(about) {
                    self.on_answer(cx, sent, &PartitionAnswer::of(answer));
                }
            }
        }
    }

    /// There will be no answer: none was asked for, or the connection broke.
    pub(super) fn on_no_answer(&mut self, cx: &mut Context<'_>, sent: &[SentBatch], error: ErrorCode) {
        for sent in sent {
            self.on_answer(cx, sent, &PartitionAnswer::error(error));
        }
    }

    /// `completeBatch`.
    fn on_answer(&mut self, cx: &mut Context<'_>, sent: &SentBatch, answer: &PartitionAnswer<'_>) {
        let known = self.accumulator.batch(sent.batch).cloned();
        match (answer.error, known) {
            (ErrorCode::None | ErrorCode::DuplicateSequenceNumber, batch) => {
                self.complete_batch(cx.now, sent, batch.as_ref(), answer.base_offset);
            }
            // It had expired before its answer came.
            (_, None) => {}
            (ErrorCode::MessageTooLarge, Some(batch)) if batch.record_count() > 1 => {
                self.split_batch(sent.batch, &batch);
            }
            (_, Some(batch)) => self.on_error(cx, sent, &batch, answer),
        }
        if self.config.one_in_flight() {
            self.accumulator.unmute(&sent.partition);
        }
    }

    fn on_error(
        &mut self,
        cx: &mut Context<'_>,
        sent: &SentBatch,
        batch: &ProducerBatch,
        answer: &PartitionAnswer<'_>,
    ) {
        let error = answer.error;
        if self.can_retry(batch, answer, cx.wall_ms()) {
            let setback = Setback { at: cx.now, error, answered: answer.answered };
            self.retry_batch(cx, batch, setback);
        } else {
            let name = error_name(error);
            let why = answer.message.map_or(String::new(), |text| format!(": {text}"));
            let (count, tp) = (batch.record_count(), &batch.partition);
            self.complain(cx.now, format!("{name}: {count} record(s) for {tp} failed{why}"));
            let adjust = i64::from(batch.attempts) < i64::from(self.config.retries);
            self.fail_batch(cx.now, sent.batch, error, &name, adjust);
            if answer.record_errors > 0 {
                // The records that were not named fall with those that were.
                self.delivery.rename_failed(&name, "KafkaException", count - answer.record_errors as i32);
            }
        }
        if is_invalid_metadata(error) {
            if matches!(error, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch)
                && let Some((leader, epoch)) = answer.leader
            {
                self.metadata.update_leader(&sent.partition, leader, epoch);
            }
            self.metadata.request_update();
        }
    }

    fn can_retry(&mut self, batch: &ProducerBatch, answer: &PartitionAnswer<'_>, now_ms: i64) -> bool {
        let timeout = self.accumulator.delivery_timeout_ms();
        let may = !batch.has_reached_delivery_timeout(timeout, now_ms)
            && i64::from(batch.attempts) < i64::from(self.config.retries);
        may && match &mut self.idempotence {
            Some(id) => id.can_retry(batch, answer.error, answer.log_start_offset),
            None => is_retriable(answer.error),
        }
    }

    /// `reenqueueBatch`.
    fn retry_batch(&mut self, cx: &mut Context<'_>, batch: &ProducerBatch, setback: Setback) {
        let draw = cx.random(Purpose::Backoff).next_u32();
        let (initial, max) = (self.config.retry_backoff_ms, self.config.retry_backoff_max_ms);
        let backoff = ExponentialBackoff::from_millis(initial, max).jittered(batch.attempts, draw);
        let backoff_ms = i64::try_from(backoff.as_millis()).unwrap_or(i64::MAX);
        self.accumulator.reenqueue(batch.id, cx.wall_ms(), backoff_ms, self.idempotence.is_some());
        if let Some(batch) = self.accumulator.batch_mut(batch.id) {
            batch.setback = Some(setback);
        }
        self.sender.remove(&batch.partition, batch.id);
        self.delivery.retried += batch.record_count().unsigned_abs() as u64;
    }

    fn split_batch(&mut self, id: BatchId, batch: &ProducerBatch) {
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.remove_in_flight(batch);
        }
        self.accumulator.split(id, self.idempotence.as_mut());
        self.sender.remove(&batch.partition, id);
        self.accumulator.remove(id);
        self.delivery.splits += 1;
    }

    /// The batch is written. `batch` is none when it had expired before its answer came: too late for its callbacks.
    fn complete_batch(
        &mut self,
        now: Instant,
        sent: &SentBatch,
        batch: Option<&ProducerBatch>,
        base_offset: Offset,
    ) {
        if let Some(idempotence) = &mut self.idempotence {
            let last = batch.map_or(sent.last_sequence, ProducerBatch::last_sequence);
            idempotence.on_completed(&sent.partition, last, base_offset, sent.count);
            if let Some(batch) = batch {
                idempotence.remove_in_flight(batch);
            }
        }
        let Some(batch) = batch else { return };
        self.sender.remove(&sent.partition, sent.batch);
        self.accumulator.remove(sent.batch);
        let epoch = batch.leader_epoch().unwrap_or(-1);
        self.decide(&sent.partition, sent.count, Ok(base_offset));
        self.call_back(now, &sent.partition, sent.count, Ok(base_offset), Some(batch));
        self.delivery.ack(&sent.partition, base_offset, sent.count, batch.estimated_size(), epoch);
        if let Some(progress) = &mut self.application.feed {
            progress.acked += batch.fed.unsigned_abs() as u64;
        }
    }

    pub(super) fn decide(&mut self, tp: &TopicPartition, records: i32, result: Result<Offset, ErrorCode>) {
        self.decided.push(Decided { partition: tp.clone(), records: records.unsigned_abs(), result });
    }

    /// `failBatch`: the callbacks get an error.
    pub(super) fn fail_batch(
        &mut self,
        now: Instant,
        id: BatchId,
        error: ErrorCode,
        name: &str,
        adjust_sequences: bool,
    ) {
        let Some(batch) = self.accumulator.remove(id) else { return };
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.on_failed(&batch, error, adjust_sequences);
        }
        self.sender.remove(&batch.partition, id);
        self.count_failed(now, &batch, error, name);
    }

    pub(super) fn count_failed(&mut self, now: Instant, batch: &ProducerBatch, error: ErrorCode, name: &str) {
        self.decide(&batch.partition, batch.record_count(), Err(error));
        self.call_back(now, &batch.partition, batch.record_count(), Err(name), Some(batch));
        self.delivery.fail(name, batch.record_count());
        if let Some(progress) = &mut self.application.feed {
            progress.failed += batch.fed.unsigned_abs() as u64;
        }
    }
}
