//! The answers: which guard let a batch go or holds it, with its numbers.

mod batch;
mod blocked;

use super::About;
use super::DequeView;
use super::LinkState;
use super::QueuedBatch;
use super::SendingView;
use super::SlotsView;
use super::Stands;
use super::words as w;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::to_positive;
use crate::kafka::client::errors::error_name;
use crate::kafka::client::producer::Chosen;
use crate::lab::Kind;
use crate::lab::Seq;
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
