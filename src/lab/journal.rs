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

/// Everything that happened in one branch, in order. What happened first may have been let go; numbers stay.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Journal {
    /// How many chunks were let go.
    gone: usize,
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
        ((self.gone + self.full.len()) * CHUNK + self.last.len()) as Seq
    }

    /// The number of the first entry that is kept.
    pub const fn first(&self) -> Seq {
        (self.gone * CHUNK) as Seq + 1
    }

    /// Lets go of what happened before this entry, as far as it fills chunks.
    pub fn let_go_before(&mut self, entry: Seq) {
        let gone = (entry.saturating_sub(self.first()) as usize / CHUNK).min(self.full.len());
        self.full.drain(..gone);
        self.gone += gone;
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry of this number; `None` when there is none, or it was let go.
    pub fn get(&self, seq: Seq) -> Option<&Entry> {
        let index = usize::try_from(seq.checked_sub(self.first())?).ok()?;
        match self.full.get(index / CHUNK) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.last.get(index - self.full.len() * CHUNK),
        }
    }

    /// Entries with their numbers, from the entry `from` on, or from the first that is kept.
    pub fn iter_from(&self, from: Seq) -> impl DoubleEndedIterator<Item = (Seq, &Entry)> {
        (from.max(self.first())..=self.len())
            .map(|seq| (seq, self.get(seq).expect("it is within the journal")))
    }

    /// The number of the last entry at or before this moment; when there is none, that before the first.
    pub fn last_at(&self, moment: Instant) -> Seq {
        let (mut low, mut high) = (self.first() - 1, self.len());
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

    /// The entries up to this number; full chunks are shared.
    pub fn prefix(&self, len: Seq) -> Self {
        let len = len.min(self.len()) as usize;
        let full: Vec<_> = self.full[..(len / CHUNK).saturating_sub(self.gone)].to_vec();
        let start = (self.gone + full.len()) * CHUNK;
        let last = (start..len)
            .map(|index| *self.get(index as Seq + 1).expect("it is within the journal"))
            .collect();
        Self { gone: self.gone, full, last }
    }

    /// The bytes of memory that the entries after this one take, shared chunks included.
    pub fn memory_after(&self, entry: Seq) -> u64 {
        (self.len() - entry.clamp(self.first() - 1, self.len())) * size_of::<Entry>() as u64
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

    #[test]
    fn what_is_let_go_leaves_the_numbers_of_the_rest() {
        let mut journal = Journal::default();
        (0..10_000).for_each(|at| journal.push(entry(at / 2)));
        let whole = journal.clone();
        journal.let_go_before(5_000);
        assert_eq!((journal.first(), journal.len()), (4_097, 10_000));
        assert_eq!((journal.get(4_096), journal.get(4_097)), (None, whole.get(4_097)));
        assert!(journal.iter_from(0).eq(whole.iter_from(4_097)));
        assert!(journal.prefix(9_000).iter_from(0).eq(whole.prefix(9_000).iter_from(4_097)));
        assert_eq!([0, 4_000].map(|at| journal.last_at(Instant(at))), [4_096, 8_002]);
        assert_eq!(journal.memory_after(0), 5_904 * size_of::<Entry>() as u64);
        journal.let_go_before(100);
        assert_eq!(journal.first(), 4_097, "it is gone already");
    }
}
