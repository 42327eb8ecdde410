use std::sync::Arc;

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;

/// One request that waits for a partition to move, or for its time to run out.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Waiting<T> {
    pub since: Instant,
    pub deadline: Instant,
    /// The partitions whose movement may end the wait.
    pub keys: Vec<TopicPartition>,
    pub operation: T,
}

/// Requests that cannot be answered yet (Kafka: `DelayedOperationPurgatory`). A request watches partitions; whoever
/// moves one asks for its watchers, tries each, and takes out those that are done. Few wait, and almost every one of
/// them for many partitions: it is looked for, not listed by partition.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Purgatory<T> {
    next_id: u64,
    waiting: Map<u64, Arc<Waiting<T>>>,
    deadlines: Set<(Instant, u64)>,
}

impl<T> Default for Purgatory<T> {
    fn default() -> Self {
        Self { next_id: 0, waiting: Map::new(), deadlines: Set::new() }
    }
}

impl<T: Clone> Purgatory<T> {
    /// Lets a request wait; the number names it from now on.
    pub fn watch(
        &mut self,
        since: Instant,
        deadline: Instant,
        keys: Vec<TopicPartition>,
        operation: T,
    ) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.deadlines.insert((deadline, id));
        self.waiting.insert(id, Arc::new(Waiting { since, deadline, keys, operation }));
        id
    }

    /// Who watches this partition, the longest waiting first.
    pub fn watchers(&self, key: &TopicPartition) -> Vec<u64> {
        self.waiting.iter().filter(|(_, it)| it.keys.contains(key)).map(|(id, _)| *id).collect()
    }

    pub fn get(&self, id: u64) -> Option<&Waiting<T>> {
        self.waiting.get(&id).map(Arc::as_ref)
    }

    /// The same, to hold on to while the purgatory changes.
    pub fn shared(&self, id: u64) -> Option<Arc<Waiting<T>>> {
        self.waiting.get(&id).cloned()
    }

    /// For an operation that remembers what it has already seen.
    pub fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        self.waiting.get_mut(&id).map(|waiting| &mut Arc::make_mut(waiting).operation)
    }

    /// Ends a wait.
    pub fn remove(&mut self, id: u64) -> Option<Arc<Waiting<T>>> {
        let waiting = self.waiting.remove(&id)?;
        self.deadlines.remove(&(waiting.deadline, id));
        Some(waiting)
    }

    /// The next request whose time has run out.
    pub fn expired(&self, now: Instant) -> Option<u64> {
        self.deadlines.first().filter(|(deadline, _)| *deadline <= now).map(|&(_, id)| id)
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }

    /// All that waits, the longest waiting first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Waiting<T>)> {
        self.waiting.iter().map(|(&id, waiting)| (id, waiting.as_ref()))
    }

    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Purgatory;
    use crate::kafka::base::Instant;
    use crate::kafka::base::TopicPartition;
    use crate::kafka::base::name;

    #[test]
    fn a_request_is_found_by_each_partition_and_leaves_no_trace() {
        let (a, b) = (TopicPartition::new(&name("t"), 0), TopicPartition::new(&name("t"), 1));
        let mut purgatory = Purgatory::default();
        let at = Instant::from_millis;
        let long = purgatory.watch(at(0), at(500), vec![a.clone(), b.clone()], "long");
        let short = purgatory.watch(at(1), at(20), vec![a.clone()], "short");
        assert_eq!((purgatory.watchers(&a), purgatory.watchers(&b)), (vec![long, short], vec![long]));
        assert_eq!((purgatory.expired(at(19)), purgatory.expired(at(20))), (None, Some(short)));
        assert_eq!(purgatory.remove(short).map(|w| w.operation), Some("short"));
        assert_eq!((purgatory.watchers(&a), purgatory.next_deadline()), (vec![long], Some(at(500))));
        purgatory.remove(long);
        assert!(purgatory.is_empty() && purgatory.watchers(&b).is_empty());
    }
}
