//! Why a batch was sent when it was, is sent again, is not answered, or has failed.

use crate::kafka::client::errors::error_name;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::client::producer::Called;
use crate::kafka::client::producer::Drain;
use crate::kafka::client::producer::Setback;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::lab::Kind;
use crate::view::Past;
use crate::view::Said;
use crate::view::Why;
use crate::view::sending::QueuedBatch;
use crate::view::sending::SendingView;
use crate::view::sending::percent;
use crate::view::sending::words as w;

impl SendingView {
    pub(super) fn why_batch(&self, batch: &QueuedBatch, past: &Past<'_>) -> Vec<Why> {
        let mut whys = Vec::new();
        if batch.in_flight {
            whys.extend(batch.drain.map(|drain| self.why_sent(batch.id, &drain, past)));
            whys.extend(batch.setback.map(|setback| self.why_again(batch, &setback, past)));
            whys.extend(self.why_unanswered(batch, past));
        } else {
            let deque = self.deques.iter().find(|deque| deque.partition == batch.partition);
            if let Some(deque) = deque {
                let before = deque.batches.iter().position(|b| b.id == batch.id).unwrap_or(0);
                whys.push(match before {
                    0 => self.why_stands(deque, past),
                    _ => Why::new(w::Q_HERE, Said::new(w::S_BEHIND, &[&before]), "RecordAccumulator.drain"),
                });
            }
            whys.extend(batch.setback.map(|setback| self.why_again(batch, &setback, past)));
        }
        whys
    }

    /// Why a batch left its queue when it did.
    fn why_sent(&self, id: u64, drain: &Drain, past: &Past<'_>) -> Why {
        let limits = &self.limits;
        let full = percent(drain.bytes, limits.batch_size);
        let companion = self.slot_of(id).and_then(|(_, slot)| {
            let ready = |b: &&QueuedBatch| b.id != id && b.drain.is_some_and(|drain| drain.was_ready());
            slot.batches.iter().find(ready).map(|batch| batch.partition.to_string())
        });
        let mut source = "RecordAccumulator.batchReady";
        let (sentence, config): (Said, Option<(&str, String)>) = if drain.attempt > 0 {
            (w::S_RETRY.into(), None)
        } else if drain.full {
            (w::S_FULL.into(), Some(("batch.size", limits.batch_size.to_string())))
        } else if drain.followed {
            (w::S_FOLLOWED.into(), Some(("batch.size", limits.batch_size.to_string())))
        } else if drain.waited_ms >= drain.wait_ms {
            (w::S_LINGERED.into(), Some(("linger.ms", drain.wait_ms.to_string())))
        } else if drain.waiters > 0 {
            (w::S_EXHAUSTED.into(), Some(("buffer.memory", limits.buffer_memory.to_string())))
        } else if drain.flush {
            (w::S_FLUSHED.into(), None)
        } else if drain.closed {
            (w::S_CLOSED.into(), None)
        } else {
            source = "RecordAccumulator.drainBatchesForOneNode";
            let sentence = match &companion {
                Some(partition) => Said::new(w::S_BROKER_OF, &[partition]),
                None => w::S_BROKER.into(),
            };
            (sentence, Some(("max.request.size", limits.max_request_size.to_string())))
        };
        let mut why = Why::new(Said::new(w::Q_SENT, &[&full]), sentence, source).guard(
            w::G_FULL,
            format!("{} / {} B", drain.bytes, limits.batch_size),
            drain.full,
        );
        if drain.followed {
            why = why.guard(w::G_FOLLOWED, "✓", true);
        }
        let flush = match (drain.flush, drain.closed) {
            (true, _) => "flush()",
            (_, true) => "close()",
            _ => "–",
        };
        why = why
            .guard(
                w::G_LINGER,
                format!("{} / {} ms", drain.waited_ms, drain.wait_ms),
                drain.waited_ms >= drain.wait_ms,
            )
            .guard(w::G_MEMORY, format!("waiting-threads {}", drain.waiters), drain.waiters > 0)
            .guard(w::G_FLUSH, flush, drain.flush || drain.closed);
        if !drain.was_ready() {
            why = why.guard(w::G_BROKER, companion.unwrap_or_else(|| "✓".into()), true);
        }
        why.config = config.map(|(name, value)| (name.to_owned(), value));
        why.cause(self.entry_at(past, drain.at, |_| true))
    }

    fn why_again(&self, batch: &QueuedBatch, setback: &Setback, past: &Past<'_>) -> Why {
        let question = if batch.in_flight { w::Q_AGAIN } else { w::Q_AGAIN_SOON };
        let (sequence, backoff) = (batch.sequence, (batch.waited_ms, batch.backoff_ms));
        let why = self.why_put_back(question, batch.attempts, backoff.1, setback, past);
        let why = match batch.in_flight {
            true => why,
            false => {
                why.guard(w::G_BACKOFF, format!("{} / {} ms", backoff.0, backoff.1), backoff.0 >= backoff.1)
            }
        };
        let why = why.guard(
            w::G_AGE,
            format!("{} / {} ms", batch.age_ms, self.limits.delivery_timeout_ms),
            batch.left_ms > 0,
        );
        let known = sequence.filter(|_| self.limits.idempotent);
        let sequence = known.map_or("–".to_owned(), |(id, epoch, seq)| format!("{id}/{epoch} · {seq}"));
        why.guard(w::G_REPEAT, sequence, known.is_some())
    }

    fn why_put_back(
        &self,
        question: crate::view::Text,
        attempts: u32,
        backoff_ms: i64,
        setback: &Setback,
        past: &Past<'_>,
    ) -> Why {
        let error = error_name(setback.error);
        let timed_out = setback.error == ErrorCode::RequestTimedOut && !setback.answered;
        let timeout = self.limits.request_timeout_ms;
        let sentence = match (setback.answered, timed_out) {
            (true, _) => Said::new(w::S_ANSWERED, &[&error, &attempts, &backoff_ms]),
            (_, true) => Said::new(w::S_NO_ANSWER, &[&timeout, &attempts, &backoff_ms]),
            _ => Said::new(w::S_BROKEN, &[&attempts, &backoff_ms]),
        };
        let why = Why::new(question, sentence, "Sender.completeBatch, Sender.canRetry")
            .guard(w::G_RETRIABLE, error, is_retriable(setback.error))
            .guard(
                w::G_RETRIES,
                format!("{attempts} / {}", self.limits.retries),
                i64::from(attempts) <= i64::from(self.limits.retries),
            );
        let why = match timed_out {
            true => why.config("request.timeout.ms", timeout),
            false => why.config("retries", self.limits.retries),
        };
        why.cause(self.entry_at(past, setback.at, |kind| match kind {
            Kind::Received { api, response, .. } => *api == Api::Produce && *response,
            Kind::Disconnected { .. } | Kind::Hung { .. } => true,
            _ => false,
        }))
    }

    fn why_unanswered(&self, batch: &QueuedBatch, past: &Past<'_>) -> Option<Why> {
        let (broker, slot) = self.slot_of(batch.id)?;
        let limits = &self.limits;
        let (text, source) = match limits.acks {
            "all" => (w::S_ACKS_ALL, "ReplicaManager.appendRecords, DelayedProduce"),
            _ => (w::S_ACKS_ONE, "ReplicaManager.appendRecords"),
        };
        let why = Why::new(w::Q_ANSWER, Said::new(text, &[&broker]), source)
            .guard(
                w::G_REQUEST,
                format!("{} / {} ms", slot.age_ms, limits.request_timeout_ms),
                slot.left_ms > 0,
            )
            .guard(
                w::G_AGE,
                format!("{} / {} ms", batch.age_ms, limits.delivery_timeout_ms),
                batch.left_ms > 0,
            )
            .config("acks", limits.acks)
            .root(self.fault(past, broker));
        Some(why)
    }

    /// The fate of a batch or a record, and how it came there.
    pub(super) fn why_called(&self, called: &Called, past: &Past<'_>) -> Vec<Why> {
        let mut whys = Vec::new();
        if let Err(error) = &called.result {
            whys.push(self.why_failed(called, error, past));
        }
        let Some(batch) = &called.batch else { return whys };
        whys.extend(batch.drain.map(|drain| self.why_sent(batch.id.0, &drain, past)));
        whys.extend(
            batch.setback.map(|setback| {
                self.why_put_back(w::Q_AGAIN, batch.attempts, batch.backoff_ms, &setback, past)
            }),
        );
        whys
    }

    fn why_failed(&self, called: &Called, error: &str, past: &Past<'_>) -> Why {
        let limits = &self.limits;
        let Some(batch) = &called.batch else { return self.why_refused(error) };
        let age = called.at.wall_ms() - batch.created_ms;
        let in_time = age < limits.delivery_timeout_ms;
        let tried = format!("{} / {}", batch.attempts, limits.retries);
        if error == "TimeoutException" {
            let flying = batch.was_in_flight();
            let text = if flying { w::S_EXPIRED_FLYING } else { w::S_EXPIRED_QUEUED };
            let source = "ProducerBatch.hasReachedDeliveryTimeout, RecordAccumulator.expiredBatches";
            let mut why = Why::new(w::Q_EXPIRED, Said::new(text, &[&age]), source)
                .guard(w::G_AGE, format!("{age} / {} ms", limits.delivery_timeout_ms), in_time)
                .guard(w::G_SENT, batch.attempts + u32::from(flying), batch.drain.is_some());
            let leader = called.leader.map(|(leader, _)| leader.0);
            why = why.guard(
                w::G_LEADER,
                leader.map_or("–".into(), |id| format!("broker {id}")),
                leader.is_some(),
            );
            if let Some((_, ready)) = called.leader {
                why = why.guard(w::G_LEADER_READY, if ready { "✓" } else { "–" }, ready);
            }
            let began = batch.setback.map(|setback| setback.at).or(batch.drain.map(|drain| drain.at));
            let cause = began.and_then(|at| self.entry_at(past, at, |_| true));
            let fault = leader.and_then(|leader| self.fault(past, leader));
            return why
                .root(fault)
                .config("delivery.timeout.ms", limits.delivery_timeout_ms)
                .cause(cause.or_else(|| self.last_lost(past, called.at)));
        }
        let used_up = i64::from(batch.attempts) >= i64::from(limits.retries);
        let sentence = match used_up {
            true => Said::new(w::S_NO_RETRIES, &[&error, &limits.retries]),
            false => Said::new(w::S_NOT_RETRIABLE, &[&error]),
        };
        let why = Why::new(w::Q_FAILED, sentence, "Sender.canRetry, Sender.failBatch")
            .guard(w::G_RETRIES, tried, !used_up)
            .guard(w::G_AGE, format!("{age} / {} ms", limits.delivery_timeout_ms), in_time)
            .config("retries", limits.retries);
        why.cause(self.entry_at(past, called.at, |kind| {
            matches!(
                kind,
                Kind::Received { api: Api::Produce, response: true, .. } | Kind::Disconnected { .. }
            )
        }))
    }

    /// `send()` itself brought the error.
    fn why_refused(&self, error: &str) -> Why {
        let limits = &self.limits;
        let about = |sentence, source| Why::new(w::Q_FAILED, sentence, source);
        match error {
            "RECORD_TOO_LARGE" => about(w::S_TOO_LARGE, "KafkaProducer.ensureValidRecordSize")
                .config("max.request.size", limits.max_request_size),
            "BufferExhaustedException" => about(w::S_GAVE_UP_MEMORY, "BufferPool.allocate")
                .guard(w::G_BLOCK, format!("{0} / {0} ms", limits.max_block_ms), false)
                .config("max.block.ms", limits.max_block_ms),
            "INVALID_TOPIC_EXCEPTION" => about(w::S_BAD_TOPIC, "KafkaProducer.waitOnMetadata"),
            _ => about(w::S_GAVE_UP_METADATA, "KafkaProducer.waitOnMetadata")
                .guard(w::G_BLOCK, format!("{0} / {0} ms", limits.max_block_ms), false)
                .config("max.block.ms", limits.max_block_ms),
        }
    }
}
