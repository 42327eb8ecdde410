//! The answers: which guard let a batch go or holds it, with its numbers.

use super::About;
use super::Blocking;
use super::DequeView;
use super::LinkState;
use super::QueuedBatch;
use super::SendingView;
use super::SlotsView;
use super::Stands;
use super::percent;
use super::words as w;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::to_positive;
use crate::kafka::client::errors::error_name;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::client::producer::Called;
use crate::kafka::client::producer::Chosen;
use crate::kafka::client::producer::Drain;
use crate::kafka::client::producer::Setback;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::view::BlockedOn;
use crate::view::Past;
use crate::view::Root;
use crate::view::Said;
use crate::view::Why;

impl SendingView {
    /// The answers to what one can ask about a thing, the most pressing first. `past` is that of the moment at
    /// which the view was taken.
    pub fn why(&self, about: &About, past: &Past<'_>) -> Vec<Why> {
        match about {
            About::Send => [self.why_blocked(past), self.why_partition()].into_iter().flatten().collect(),
            About::Memory => self.why_blocked(past).into_iter().collect(),
            About::Deque(partition) => {
                let deque = self.deques.iter().find(|deque| deque.partition == *partition);
                deque.map(|deque| self.why_stands(deque, past)).into_iter().collect()
            }
            About::Broker(id) => {
                let broker = self.brokers.iter().find(|broker| broker.broker == *id);
                broker.map(|broker| self.why_broker(broker, past)).into_iter().collect()
            }
            About::Batch(id) => match self.batch(*id) {
                Some(batch) => self.why_batch(batch, past),
                None => self.callback_of(*id).map(|c| self.why_called(c, past)).unwrap_or_default(),
            },
            About::Callback(number) => {
                let called = self.called.iter().find(|called| called.number == *number);
                called.map(|called| self.why_called(called, past)).unwrap_or_default()
            }
        }
    }

    fn why_batch(&self, batch: &QueuedBatch, past: &Past<'_>) -> Vec<Why> {
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
    fn why_called(&self, called: &Called, past: &Past<'_>) -> Vec<Why> {
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

    /// Why the application's thread stands still, or whether it would.
    fn why_blocked(&self, past: &Past<'_>) -> Option<Why> {
        let Some(blocking) = &self.blocked else {
            let (needed, free) = (i64::from(self.limits.batch_size), self.pool.free);
            let text = if free >= needed { w::S_WOULD_NOT } else { w::S_WOULD };
            let why = Why::new(w::Q_WOULD_BLOCK, Said::new(text, &[&needed, &free]), "BufferPool.allocate");
            let why = why.guard(w::G_FREE, format!("{free} / {needed} B"), free >= needed);
            return Some(why.config("buffer.memory", self.limits.buffer_memory));
        };
        let why = match blocking.on {
            BlockedOn::Memory => self.blocked_on_memory(past),
            BlockedOn::Metadata => self.blocked_on_metadata(blocking),
            BlockedOn::Flush => self.blocked_on_batches(w::S_FLUSH, "RecordAccumulator.awaitFlushCompletion"),
            BlockedOn::Close => self.blocked_on_batches(w::S_CLOSE, "KafkaProducer.close"),
        };
        let block = format!("{} / {} ms", blocking.waited_ms, self.limits.max_block_ms);
        let why = match blocking.left_ms {
            Some(left) => why.guard(w::G_BLOCK, block, left > 0),
            None => why,
        };
        Some(why.cause(self.entry_at(past, blocking.since, |_| true)))
    }

    fn blocked_on_memory(&self, past: &Past<'_>) -> Why {
        let pool = &self.pool;
        let size = pool.waiters.first().map_or(0, |waiter| waiter.size);
        let given = pool.waiters.first().map_or(0, |waiter| waiter.given);
        let sentence = Said::new(w::S_MEMORY, &[&size, &pool.free, &pool.queued, &pool.in_flight]);
        let mut why = Why::new(w::Q_BLOCKS, sentence, "BufferPool.allocate").guard(
            w::G_FREE,
            format!("{} / {size} B", pool.free + given),
            pool.free + given >= size,
        );
        for deque in self.deques.iter().filter(|deque| !deque.batches.is_empty()) {
            let holds = deque.stands == Stands::Ready;
            let value = self.stands_in_short(deque);
            why = why.guard(Said::new(w::G_HEAD, &[&deque.partition]), value, holds);
        }
        let heads =
            self.deques.iter().filter(|deque| !deque.batches.is_empty()).filter_map(|deque| deque.leader);
        let flying =
            self.brokers.iter().filter(|broker| !broker.slots.is_empty()).map(|broker| broker.broker);
        let fault = heads.chain(flying).find_map(|broker| self.fault(past, broker));
        why.config("buffer.memory", self.limits.buffer_memory).root(fault)
    }

    fn stands_in_short(&self, deque: &DequeView) -> String {
        let broker = deque.leader.unwrap_or_default();
        match deque.stands {
            Stands::Empty | Stands::Ready => "✓".into(),
            Stands::NoLeader => "leader –".into(),
            Stands::Muted => "muted".into(),
            Stands::BacksOff { left_ms } => format!("backoff {left_ms} ms"),
            Stands::Lingers { left_ms } => format!("linger {left_ms} ms"),
            Stands::NoProducerId => "producer id –".into(),
            Stands::NoConnection { .. } => format!("broker {broker} –"),
            Stands::SlotsFull => format!("{0} / {0}", self.limits.max_in_flight),
            Stands::HeldBack => "sequence".into(),
        }
    }

    fn blocked_on_metadata(&self, blocking: &Blocking) -> Why {
        let Some((topic, partition)) = &blocking.wanted else {
            return Why::new(w::Q_BLOCKS, Said::new(w::S_METADATA, &[&"–"]), "KafkaProducer.waitOnMetadata");
        };
        let text = if blocking.known.is_some() { w::S_PARTITION } else { w::S_METADATA };
        let known = blocking.known.map_or("–".to_owned(), |count| count.to_string());
        let mut why = Why::new(w::Q_BLOCKS, Said::new(text, &[topic]), "KafkaProducer.waitOnMetadata").guard(
            w::G_IN_METADATA,
            topic,
            blocking.known.is_some(),
        );
        if let (Some(partition), Some(count)) = (partition, blocking.known) {
            why = why.guard(w::G_HAS_PARTITION, format!("{partition} < {known}"), *partition < count);
        }
        why.config("max.block.ms", self.limits.max_block_ms)
    }

    fn blocked_on_batches(&self, sentence: crate::view::Text, source: &'static str) -> Why {
        let queued: usize = self.deques.iter().map(|deque| deque.batches.len()).sum();
        let slots = self.brokers.iter().flat_map(|broker| &broker.slots);
        let left = queued + slots.map(|slot| slot.batches.len()).sum::<usize>();
        Why::new(w::Q_BLOCKS, sentence, source).guard(w::G_ALL_DONE, format!("{left} → 0"), left == 0)
    }

    /// How the latest record found its partition.
    fn why_partition(&self) -> Option<Why> {
        let path = self.path.as_ref()?;
        let question = match path.partition {
            Some(partition) => Said::new(w::Q_PARTITION, &[&partition]),
            None => w::Q_PARTITION_SOON.into(),
        };
        let source = "KafkaProducer.partition";
        let explicit = path.chosen == Chosen::Explicit;
        let named = path.partition.filter(|_| explicit).map_or("–".to_owned(), |p| p.to_string());
        let ask = |sentence: Said, source| {
            Why::new(question, sentence, source).guard(w::G_EXPLICIT, &named, explicit)
        };
        let why = match path.chosen {
            Chosen::Explicit => ask(w::S_EXPLICIT.into(), source),
            Chosen::Key => {
                let hash = self.hash.unwrap_or_default();
                let sum = format!("{} % {}", to_positive(hash), path.partitions);
                ask(Said::new(w::S_KEY, &[&path.partitions]), "BuiltInPartitioner.partitionForKey").guard(
                    w::G_HAS_KEY,
                    sum,
                    true,
                )
            }
            Chosen::Sticky => {
                let ignored = path.key.is_some();
                let sentence = if ignored { w::S_IGNORED } else { w::S_STICKY };
                let why = ask(sentence.into(), "BuiltInPartitioner.updatePartitionInfo").guard(
                    w::G_HAS_KEY,
                    if ignored { "partitioner.ignore.keys" } else { "–" },
                    false,
                );
                let (sticky, bytes) = self.sticky.unwrap_or_default();
                why.guard(
                    Said::new(w::G_STICKY, &[&sticky]),
                    format!("{bytes} / {}", self.limits.batch_size),
                    true,
                )
                .config("batch.size", self.limits.batch_size)
            }
        };
        Some(why)
    }

    /// What holds the first batch of a queue: every guard up to the one that does not hold.
    fn why_stands(&self, deque: &DequeView, past: &Past<'_>) -> Why {
        let Some(first) = deque.batches.first() else {
            return Why::new(
                Said::new(w::Q_EMPTY, &[&deque.partition]),
                w::S_EMPTY,
                "RecordAccumulator.ready",
            );
        };
        let limits = &self.limits;
        let broker = deque.leader.unwrap_or_default();
        let in_flight = self.brokers.iter().find(|b| b.broker == broker).map_or(0, |b| b.slots.len());
        let (sentence, source, config): (Said, &'static str, Option<(&str, String)>) = match deque.stands {
            Stands::Empty | Stands::Ready => (w::S_READY.into(), "Sender.runOnce", None),
            Stands::NoLeader => (w::S_NO_LEADER.into(), "RecordAccumulator.partitionReady", None),
            Stands::Muted => (
                w::S_MUTED.into(),
                "RecordAccumulator.mutePartition",
                Some(("max.in.flight.requests.per.connection", limits.max_in_flight.to_string())),
            ),
            Stands::BacksOff { left_ms } => {
                let error = first.setback.map_or("–".into(), |setback| error_name(setback.error));
                (Said::new(w::S_BACKS_OFF, &[&error, &left_ms]), "RecordAccumulator.batchReady", None)
            }
            Stands::Lingers { left_ms } => (
                Said::new(w::S_LINGERS, &[&left_ms]),
                "RecordAccumulator.batchReady",
                Some(("linger.ms", limits.linger_ms.to_string())),
            ),
            Stands::NoProducerId => (
                w::S_NO_ID.into(),
                "Sender.runOnce, TransactionManager.bumpIdempotentEpochAndResetIdIfNeeded",
                Some(("enable.idempotence", limits.idempotent.to_string())),
            ),
            Stands::NoConnection { retry_in_ms } => (
                match retry_in_ms {
                    Some(ms) => Said::new(w::S_NOT_CONNECTED, &[&broker, &ms]),
                    None => Said::new(w::S_CONNECTING, &[&broker]),
                },
                "Sender.sendProducerData, NetworkClient.ready",
                None,
            ),
            Stands::SlotsFull => (
                Said::new(w::S_SLOTS_FULL, &[&in_flight, &broker]),
                "InFlightRequests.canSendMore",
                Some(("max.in.flight.requests.per.connection", limits.max_in_flight.to_string())),
            ),
            Stands::HeldBack => (
                w::S_HELD_BACK.into(),
                "RecordAccumulator.shouldStopDrainBatchesForPartition",
                Some(("enable.idempotence", limits.idempotent.to_string())),
            ),
        };
        let question = Said::new(w::Q_STANDS, &[&deque.partition]);
        let mut why = Why::new(question, sentence, source);
        why.guards = self.guards_of(deque, first, in_flight);
        why.config = config.map(|(name, value)| (name.to_owned(), value));
        let lost = matches!(deque.stands, Stands::NoConnection { .. } | Stands::NoLeader);
        let cause = match first.setback {
            Some(setback) => self.entry_at(past, setback.at, |_| true),
            None if lost => self.last_lost(past, self.now),
            None => None,
        };
        let held =
            matches!(deque.stands, Stands::NoConnection { .. } | Stands::SlotsFull | Stands::BacksOff { .. });
        why.cause(cause).root(held.then(|| self.fault(past, broker)).flatten())
    }

    fn guards_of(&self, deque: &DequeView, first: &QueuedBatch, in_flight: usize) -> Vec<crate::view::Guard> {
        let limits = &self.limits;
        let broker = deque.leader.unwrap_or_default();
        let stands = deque.stands;
        let leader = deque.leader.map_or("–".to_owned(), |id| format!("broker {id}"));
        let waited = format!("{} / {} ms", first.waited_ms, limits.linger_ms);
        let size = format!("{} / {} B · {waited}", first.bytes, limits.batch_size);
        let backoff = format!("{} / {} ms", first.waited_ms, first.backoff_ms);
        let sequence = first.sequence.map_or("–".to_owned(), |(.., sequence)| sequence.to_string());
        let slots = format!("{in_flight} / {}", limits.max_in_flight);
        let mut guards = Why::new(w::Q_HERE, w::S_READY, "")
            .guard(w::G_LEADER, leader, stands != Stands::NoLeader)
            .guard(w::G_NOT_MUTED, "", stands != Stands::Muted)
            .guards;
        let mut add = |what: Said, value: String, holds: bool| {
            if guards.iter().all(|guard| guard.holds) {
                guards.push(crate::view::Guard::new(what, value, holds));
            }
        };
        if first.attempts > 0 {
            add(w::G_BACKOFF.into(), backoff, !matches!(stands, Stands::BacksOff { .. }));
        } else {
            add(w::G_LINGER_OR_FULL.into(), size, !matches!(stands, Stands::Lingers { .. }));
        }
        if limits.idempotent {
            add(w::G_ID.into(), String::new(), stands != Stands::NoProducerId);
            add(w::G_ORDER.into(), sequence, stands != Stands::HeldBack);
        }
        let connected = !matches!(stands, Stands::NoConnection { .. });
        add(Said::new(w::G_CONNECTED, &[&broker]), String::new(), connected);
        add(w::G_SLOT.into(), slots, stands != Stands::SlotsFull);
        let failed = guards.iter().position(|guard| !guard.holds);
        guards.truncate(failed.map_or(guards.len(), |at| at + 1));
        guards
    }

    fn why_broker(&self, broker: &SlotsView, past: &Past<'_>) -> Why {
        let (count, most) = (broker.slots.len(), self.limits.max_in_flight);
        let full = count as i64 >= i64::from(most);
        let sentence = match broker.link {
            LinkState::Ready if full => Said::new(w::S_BROKER_FULL, &[&most]),
            LinkState::Ready => Said::new(w::S_BROKER_OPEN, &[&count, &most]),
            LinkState::Connecting => w::S_BROKER_CONNECTING.into(),
            LinkState::Disconnected { retry_in_ms } => Said::new(w::S_BROKER_GONE, &[&retry_in_ms]),
        };
        let open = broker.link == LinkState::Ready && !full;
        let question = if open { w::Q_BROKER_OPEN } else { w::Q_BROKER };
        let question = Said::new(question, &[&broker.broker]);
        let oldest = broker.slots.first();
        let mut why = Why::new(question, sentence, "NetworkClient.isReady, InFlightRequests.canSendMore")
            .guard(Said::new(w::G_CONNECTED, &[&broker.broker]), "", broker.link == LinkState::Ready)
            .guard(w::G_SLOT, format!("{count} / {most}"), !full);
        if let Some(slot) = oldest {
            let waited = format!("{} / {} ms", slot.age_ms, slot.age_ms + slot.left_ms);
            why = why.guard(w::G_REQUEST, waited, slot.left_ms > 0);
        }
        why.config("max.in.flight.requests.per.connection", most).root(self.fault(past, broker.broker))
    }

    /// What a person did so that a broker does not answer, while it lasts.
    fn fault(&self, past: &Past<'_>, broker: i32) -> Option<Root> {
        let (own, broker) = (NodeId(self.node), NodeId(broker));
        past.down(broker).or_else(|| past.link(own, broker))
    }

    /// The entry of this producer at a moment; the first of its event when none is of the kind that is looked for.
    fn entry_at(&self, past: &Past<'_>, at: Instant, wanted: impl Fn(&Kind) -> bool) -> Option<Seq> {
        let last = past.journal.last_at(at);
        let here = (1..=last)
            .rev()
            .map_while(|seq| past.journal.get(seq).filter(|entry| entry.at == at).map(|entry| (seq, entry)))
            .filter(|(_, entry)| entry.node == NodeId(self.node));
        let mut fallback = None;
        for (seq, entry) in here {
            if wanted(&entry.kind) {
                return Some(seq);
            }
            fallback = Some(seq);
        }
        fallback
    }

    /// The latest entry up to a moment at which this producer lost a connection.
    fn last_lost(&self, past: &Past<'_>, until: Instant) -> Option<Seq> {
        const BACK: Seq = 20_000;
        let last = past.journal.last_at(until);
        (last.saturating_sub(BACK).max(1)..=last).rev().find(|seq| {
            past.journal.get(*seq).is_some_and(|entry| {
                entry.node == NodeId(self.node)
                    && matches!(entry.kind, Kind::Disconnected { .. } | Kind::Hung { .. })
            })
        })
    }
}
