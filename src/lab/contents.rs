use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;

use bytes::Bytes;

use super::act::BlobId;
use super::hash::Chain;
use crate::kafka::base::Map;
use crate::kafka::base::Set;

/// How many new chunks may be entered before those that nobody uses any more are looked for.
const PRUNE_EVERY: usize = 1024;

/// Of so many bytes, one is looked at to find an equal chunk: a number that shares no divisor with the sizes of records.
const SAMPLE_EVERY: usize = 509;
/// A chunk in more pieces than this is joined: they are small, and each keeps a buffer of its own alive.
pub const PIECES_MAX: usize = 16;

/// What a chunk consists of, one after the other.
pub type Pieces = Arc<Vec<Bytes>>;

/// Equal chunks of files, held once (three replicas of a partition have the same bytes), and what people dropped in. All worlds of a timeline share
/// one table. It only saves memory: it is no part of a world's state, and any two tables are equal.
#[derive(Clone, Default)]
pub struct Contents(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    chunks: Map<u64, Pieces>,
    blobs: Map<BlobId, Bytes>,
    /// Which of those were read from end to end and found good, in which format.
    checked: Set<(BlobId, String)>,
    entered: usize,
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contents")
    }
}

impl PartialEq for Contents {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Contents {
    /// The pieces of another file that hold the same bytes, or these, which are joined when there are many.
    pub fn share(&self, pieces: &Pieces) -> Pieces {
        let hash = sample_hash(pieces);
        let mut table = self.0.lock().expect("nobody panics while holding the table");
        if let Some(known) = table.chunks.get(&hash)
            && are_equal(known, pieces)
        {
            return known.clone();
        }
        let kept = if pieces.len() > PIECES_MAX { joined(pieces) } else { pieces.clone() };
        table.enter(hash, kept.clone());
        kept
    }

    /// Keeps what a person dropped in.
    pub fn keep_blob(&self, bytes: Bytes) -> BlobId {
        let id = BlobId::of(&bytes);
        self.0.lock().expect("nobody panics while holding the table").blobs.entry(id).or_insert(bytes);
        id
    }

    /// Whether this data was found good in this format before; if not, looks now and remembers that it is.
    ///
    /// # Errors
    /// What the look found.
    pub fn check_blob<E>(
        &self,
        id: BlobId,
        format: &str,
        look: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let key = (id, format.to_owned());
        if self.0.lock().expect("nobody panics while holding the table").checked.contains(&key) {
            return Ok(());
        }
        look()?;
        self.0.lock().expect("nobody panics while holding the table").checked.insert(key);
        Ok(())
    }

    pub fn blob(&self, id: BlobId) -> Option<Bytes> {
        self.0.lock().expect("nobody panics while holding the table").blobs.get(&id).cloned()
    }

    /// The bytes that the table keeps alive.
    pub fn bytes(&self) -> u64 {
        let table = self.0.lock().expect("nobody panics while holding the table");
        let chunks = table.chunks.values().flat_map(|pieces| pieces.iter());
        chunks.chain(table.blobs.values()).map(|bytes| bytes.len() as u64).sum()
    }

    /// Forgets the chunks that no file of any world holds.
    pub fn prune(&self) {
        self.0.lock().expect("nobody panics while holding the table").prune();
    }
}

impl Table {
    fn enter(&mut self, hash: u64, chunk: Pieces) {
        self.entered += 1;
        if self.entered >= PRUNE_EVERY {
            self.prune();
        }
        self.chunks.insert(hash, chunk);
    }

    fn prune(&mut self) {
        self.entered = 0;
        self.chunks.retain(|_, chunk| Arc::strong_count(chunk) > 1);
    }
}

/// A hash of the length and of some bytes of each page, wherever the pieces begin. It is enough to find what may be equal:
/// that it is, a comparison says.
fn sample_hash(pieces: &[Bytes]) -> u64 {
    let mut chain = Chain::default();
    let (mut start, mut next, mut word) = (0, 0, 0_u64);
    for piece in pieces {
        let end = start + piece.len();
        while next < end {
            word = word << 8 | u64::from(piece[next - start]);
            next += SAMPLE_EVERY;
            if next.is_multiple_of(8 * SAMPLE_EVERY) {
                chain.word(word);
            }
        }
        start = end;
    }
    chain.word(word);
    chain.word(start as u64);
    chain.value()
}

/// The same bytes in one piece.
pub fn joined(pieces: &[Bytes]) -> Pieces {
    Arc::new(vec![pieces.concat().into()])
}

/// Whether pieces hold the same bytes, wherever each of them ends.
pub fn are_equal(one: &[Bytes], other: &[Bytes]) -> bool {
    let (mut these, mut those) = (one.iter(), other.iter());
    let (mut this, mut that): (&[u8], &[u8]) = (&[], &[]);
    loop {
        while this.is_empty() {
            let Some(next) = these.next() else {
                return that.is_empty() && those.all(|piece| piece.is_empty());
            };
            this = next;
        }
        while that.is_empty() {
            let Some(next) = those.next() else { return false };
            that = next;
        }
        let len = this.len().min(that.len());
        let ((head, this_rest), (same, that_rest)) = (this.split_at(len), that.split_at(len));
        if !std::ptr::eq(head, same) && !same_bytes(head, same) {
            return false;
        }
        (this, that) = (this_rest, that_rest);
    }
}

/// Whether two slices of one length hold the same bytes.
fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    if !cfg!(target_arch = "wasm32") {
        return one == other;
    }
    // Eight at a time: WebAssembly's own comparison looks at each byte.
    let ((words, rest), (same_words, same_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    let mut pairs = words.iter().zip(same_words);
    pairs.all(|(one, other)| u64::from_le_bytes(*one) == u64::from_le_bytes(*other)) && rest == same_rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_chunks_are_held_once_and_forgotten_when_unused() {
        let contents = Contents::default();
        let share = |pieces: &[&'static [u8]]| {
            contents.share(&Arc::new(pieces.iter().copied().map(Bytes::from_static).collect()))
        };
        let one = share(&[b"abc", b"def"]);
        let two = share(&[b"abcd", b"ef"]);
        assert!(Arc::ptr_eq(&one, &two));
        assert_eq!(contents.bytes(), 6);
        drop((one, two));
        contents.prune();
        assert_eq!(contents.bytes(), 0);
    }

    #[test]
    fn where_pieces_end_makes_no_difference() {
        let cut = |at: &[usize]| -> Vec<Bytes> {
            let whole = Bytes::from_static(b"0123456789");
            at.windows(2).map(|ends| whole.slice(ends[0]..ends[1])).collect()
        };
        let whole = cut(&[0, 10]);
        for other in [cut(&[0, 3, 10]), cut(&[0, 0, 9, 10, 10]), whole.clone()] {
            assert!(are_equal(&whole, &other) && are_equal(&other, &whole), "{other:?}");
            assert_eq!(sample_hash(&whole), sample_hash(&other));
        }
        for other in [cut(&[0, 9]), cut(&[1, 10]), vec![]] {
            assert!(!are_equal(&whole, &other) && !are_equal(&other, &whole), "{other:?}");
        }
    }
}
