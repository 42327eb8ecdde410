//! Why the application's thread stands still in `send()`.

use crate::view::BlockedOn;
use crate::view::Past;
use crate::view::Said;
use crate::view::Why;
use crate::view::sending::Blocking;
use crate::view::sending::DequeView;
use crate::view::sending::SendingView;
use crate::view::sending::Stands;
use crate::view::sending::words as w;

impl SendingView {
    /// Why the application's thread stands still, or whether it would.
    pub(super) fn why_blocked(&self, past: &Past<'_>) -> Option<Why> {
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
}
