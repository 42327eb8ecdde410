use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;

use bytes::Bytes;
use bytes::BytesMut;

use super::act::BlobId;
use super::hash::Chain;
use crate::kafka::base::Map;
use crate::kafka::base::Set;

/// How many new chunks may be entered before those that nobody uses any more are looked for.
const PRUNE_EVERY: usize = 1024;

/// Of so many bytes, one is looked at to find an equal chunk: a number that shares no divisor with the sizes of records.
const SAMPLE_EVERY: usize = 61;

/// Equal chunks of files, held once (three replicas of a partition have the same bytes), and what people dropped in. All worlds of a timeline share
/// one table. It only saves memory: it is no part of a world's state, and any two tables are equal.
#[derive(Clone, Default)]
pub struct Contents(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    chunks: Map<u64, Bytes>,
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
    /// Joins pieces into one buffer, or finds the buffer of another file that holds the same bytes.
    pub fn join(&self, pieces: &[Bytes]) -> Bytes {
        let hash = sample_hash(pieces);
        let mut table = self.0.lock().expect("nobody panics while holding the table");
        if let Some(known) = table.chunks.get(&hash)
            && is_joined(known, pieces)
        {
            return known.clone();
        }
        let joined = join(pieces);
        table.enter(hash, joined.clone());
        joined
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
        table.chunks.values().chain(table.blobs.values()).map(|bytes| bytes.len() as u64).sum()
    }

    /// Forgets the chunks that no file of any world holds.
    pub fn prune(&self) {
        self.0.lock().expect("nobody panics while holding the table").prune();
    }
}

impl Table {
    fn enter(&mut self, hash: u64, chunk: Bytes) {
        self.entered += 1;
        if self.entered >= PRUNE_EVERY {
            self.prune();
        }
        self.chunks.insert(hash, chunk);
    }

    fn prune(&mut self) {
        self.entered = 0;
        self.chunks.retain(|_, chunk| !chunk.is_unique());
    }
}

/// A hash of the length and of some bytes of each page, wherever the pieces begin. It is enough to find what may be equal:
/// that it is, a comparison says.
fn sample_hash(pieces: &[Bytes]) -> u64 {
    let mut chain = Chain::default();
    let (mut start, mut next) = (0, 0);
    for piece in pieces {
        let end = start + piece.len();
        while next < end {
            chain.word(u64::from(piece[next - start]));
            next += SAMPLE_EVERY;
        }
        start = end;
    }
    chain.word(start as u64);
    chain.value()
}

fn is_joined(whole: &Bytes, pieces: &[Bytes]) -> bool {
    let mut rest = &whole[..];
    for piece in pieces {
        match rest.split_at_checked(piece.len()) {
            Some((head, tail)) if head == piece => rest = tail,
            _ => return false,
        }
    }
    rest.is_empty()
}

fn join(pieces: &[Bytes]) -> Bytes {
    if let [only] = pieces {
        // A slice of a larger buffer would keep all of that alive.
        return Bytes::copy_from_slice(only);
    }
    let mut joined = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
    pieces.iter().for_each(|piece| joined.extend_from_slice(piece));
    joined.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_chunks_are_held_once_and_forgotten_when_unused() {
        let contents = Contents::default();
        let one = contents.join(&[Bytes::from_static(b"abc"), Bytes::from_static(b"def")]);
        let two = contents.join(&[Bytes::from_static(b"abcd"), Bytes::from_static(b"ef")]);
        assert_eq!(one.as_ptr(), two.as_ptr());
        assert_eq!(contents.bytes(), 6);
        drop((one, two));
        contents.prune();
        assert_eq!(contents.bytes(), 0);
    }
}
