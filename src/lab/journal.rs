mod entry;
mod names;

use std::sync::Arc;

use crate::kafka::base::Instant;
pub use entry::{Entry, GroupId, GroupState, Kind, NameId, Seq, Spot};
pub use names::Names;

/// Where a world's entries go.
pub trait Sink {
    fn push(&mut self, entry: Entry);
}

/// For replays: the entries are known already.
pub struct Nowhere;

impl Sink for Nowhere {
    fn push(&mut self, _: Entry) {}
}

impl Sink for Vec<Entry> {
    fn push(&mut self, entry: Entry) {
        Vec::push(self, entry);
    }
}

/// How many entries a chunk of the journal has. Full chunks are shared by all branches that have them in common.
const CHUNK: usize = 4096;

/// Everything that happened in one branch, in order.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Journal {
    full: Vec<Arc<Vec<Entry>>>,
    last: Vec<Entry>,
}

impl Sink for Journal {
    fn push(&mut self, entry: Entry) {
        self.last.push(entry);
        if self.last.len() == CHUNK {
            self.full.push(Arc::new(std::mem::take(&mut self.last)));
        }
    }
}

impl Journal {
    /// How many entries there are, and the number of the last one.
    pub fn len(&self) -> Seq {
        (self.full.len() * CHUNK + self.last.len()) as Seq
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry of this number.
    pub fn get(&self, seq: Seq) -> Option<&Entry> {
        let index = usize::try_from(seq.checked_sub(1)?).ok()?;
        match self.full.get(index / CHUNK) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.last.get(index - self.full.len() * CHUNK),
        }
    }

    /// Entries with their numbers, from the entry `from` on.
    pub fn iter_from(&self, from: Seq) -> impl DoubleEndedIterator<Item = (Seq, &Entry)> {
        (from.max(1)..=self.len()).map(|seq| (seq, self.get(seq).expect("it is within the journal")))
    }

    /// The number of the last entry at or before this moment; 0 when there is none.
    pub fn last_at(&self, moment: Instant) -> Seq {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low).div_ceil(2);
            if self.get(middle).is_some_and(|entry| entry.at <= moment) {
                low = middle
            } else {
                high = middle - 1
            }
        }
        low
    }

    /// The first `len` entries; full chunks are shared.
    pub fn prefix(&self, len: Seq) -> Self {
        let len = len.min(self.len()) as usize;
        let full: Vec<_> = self.full[..len / CHUNK].to_vec();
        let start = full.len() * CHUNK;
        let last = (start..len)
            .map(|index| *self.get(index as Seq + 1).expect("it is within the journal"))
            .collect();
        Self { full, last }
    }

    /// The bytes of memory it takes, shared chunks included.
    pub fn memory(&self) -> u64 {
        self.len() * size_of::<Entry>() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::NodeId;

    fn entry(at: u64) -> Entry {
        Entry::new(Instant(at), 0, NodeId(1), Kind::Crashed, true)
    }

    #[test]
    fn an_entry_is_small() {
        assert!(size_of::<Entry>() <= 48, "{} bytes", size_of::<Entry>());
    }

    #[test]
    fn a_prefix_shares_and_ends_where_it_should() {
        let mut journal = Journal::default();
        (0..10_000).for_each(|at| journal.push(entry(at / 2)));
        assert_eq!(journal.len(), 10_000);
        assert_eq!(journal.last_at(Instant(0)), 2);
        assert_eq!(journal.last_at(Instant(4_000)), 8_002);
        assert_eq!(journal.last_at(Instant::MAX), 10_000);
        let prefix = journal.prefix(5_000);
        assert!(prefix.iter_from(0).eq(journal.iter_from(0).take(5_000)));
        assert_eq!(prefix.get(5_001), None);
        assert!(Arc::ptr_eq(&prefix.full[0], &journal.full[0]));
    }
}
