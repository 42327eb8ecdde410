use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

use bytes::Bytes;
use bytes::BytesMut;
use imbl::Vector;

use super::contents::Contents;
use super::contents::PIECES_MAX;
use super::contents::Pieces;
use super::contents::are_equal;
use super::contents::joined;
use super::hash::Chain;
use super::hash::content_hash;

/// Files are kept in chunks of this many bytes; a full one is shared with every equal one.
pub const CHUNK: u64 = 64 * 1024;
/// The page of the simulated memory.
pub const PAGE: u64 = 4096;
const PAGES: usize = (CHUNK / PAGE) as usize;
const FULL: u32 = CHUNK as u32;

type Page = [u8; PAGE as usize];

/// One chunk of a file. What it does not hold is zero.
#[derive(Clone, Debug)]
enum Chunk {
    Zero,
    /// Appended pieces, one after the other from the chunk's start: `filled` bytes.
    Pieces {
        pieces: Pieces,
        filled: u32,
    },
    /// Written here and there.
    Pages(Arc<[Option<Arc<Page>>; PAGES]>),
}

/// Where pieces end says nothing: a replica may hold those of another.
impl PartialEq for Chunk {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Zero, Self::Zero) => true,
            (Self::Pieces { pieces: one, .. }, Self::Pieces { pieces: other, .. }) => {
                Arc::ptr_eq(one, other) || are_equal(one, other)
            }
            (Self::Pages(one), Self::Pages(other)) => one == other,
            _ => false,
        }
    }
}

impl Hash for Chunk {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Hash::hash(&self.content_hash(), state);
    }
}

/// The bytes of a file: sparse, shared, cheap to clone. A world has tens of thousands of small files, and history keeps
/// them all: one with few bytes takes few.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Image {
    /// Up to the last one that was written to; behind them all is zero.
    chunks: Vector<Chunk>,
    len: u64,
}

impl Image {
    pub const fn len(&self) -> u64 {
        self.len
    }

    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds bytes at the end, without copying them.
    pub fn append(&mut self, mut bytes: Bytes, contents: &Contents) {
        while !bytes.is_empty() {
            let within = self.len % CHUNK;
            let room = (CHUNK - within) as usize;
            let piece = bytes.split_to(room.min(bytes.len()));
            let len = piece.len() as u64;
            self.chunk_mut(self.len).append(within, piece, contents);
            self.len += len;
        }
    }

    pub fn write_at(&mut self, pos: u64, mut bytes: &[u8]) {
        self.len = self.len.max(pos + bytes.len() as u64);
        let mut pos = pos;
        while !bytes.is_empty() {
            let part = (PAGE - pos % PAGE).min(bytes.len() as u64) as usize;
            self.chunk_mut(pos).write(pos % CHUNK, &bytes[..part]);
            bytes = &bytes[part..];
            pos += part as u64;
        }
    }

    /// Cuts the file or extends it with zeros.
    pub fn set_len(&mut self, len: u64) {
        if len < self.len {
            self.chunks.truncate(len.div_ceil(CHUNK) as usize);
            if let Some(chunk) = self.chunks.get_mut((len / CHUNK) as usize) {
                chunk.cut(len % CHUNK);
            }
        }
        self.len = len;
    }

    /// Reads up to `len` bytes; shares memory when they lie in one piece.
    pub fn read(&self, pos: u64, len: usize) -> Bytes {
        let end = self.len.min(pos.saturating_add(len as u64));
        if pos >= end {
            return Bytes::new();
        }
        if let Some(shared) = self.chunk(pos).and_then(|chunk| chunk.shared(pos % CHUNK, end - pos)) {
            return shared;
        }
        let mut out = BytesMut::with_capacity((end - pos) as usize);
        let mut pos = pos;
        while pos < end {
            let stop = end.min((pos / CHUNK + 1) * CHUNK);
            match self.chunk(pos) {
                Some(chunk) => chunk.copy(pos % CHUNK, stop - pos, &mut out),
                None => out.resize((out.len() as u64 + stop - pos) as usize, 0),
            }
            pos = stop;
        }
        out.freeze()
    }

    /// Reads into a buffer; how many bytes there were.
    pub fn read_into(&self, pos: u64, out: &mut [u8]) -> usize {
        let within = (pos % PAGE) as usize;
        if within + out.len() <= PAGE as usize
            && pos + out.len() as u64 <= self.len
            && let Some(Chunk::Pages(pages)) = self.chunk(pos)
        {
            match &pages[(pos % CHUNK / PAGE) as usize] {
                Some(page) => out.copy_from_slice(&page[within..within + out.len()]),
                None => out.fill(0),
            }
            return out.len();
        }
        let bytes = self.read(pos, out.len());
        out[..bytes.len()].copy_from_slice(&bytes);
        bytes.len()
    }

    /// The chunk of a position, when something was written to it or behind it.
    fn chunk(&self, pos: u64) -> Option<&Chunk> {
        self.chunks.get((pos / CHUNK) as usize)
    }

    fn chunk_mut(&mut self, pos: u64) -> &mut Chunk {
        let number = (pos / CHUNK) as usize;
        while self.chunks.len() <= number {
            self.chunks.push_back(Chunk::Zero);
        }
        self.chunks.get_mut(number).expect("there are so many now")
    }

    /// Joins the pieces of the last chunk when there are many.
    pub fn join_tail(&mut self, contents: &Contents) {
        if let Some(Chunk::Pieces { pieces, .. }) = self.chunks.back_mut()
            && pieces.len() > PIECES_MAX
        {
            *pieces = contents.share(pieces);
        }
    }

    /// A hash of the bytes, for the digest of the state. It does not tell how they are kept.
    pub fn hash(&self) -> u64 {
        let mut chain = Chain::default();
        chain.word(self.len);
        for (number, chunk) in self.chunks.iter().enumerate() {
            if let Some(hash) = chunk.content_hash() {
                chain.word(number as u64);
                chain.word(hash);
            }
        }
        chain.value()
    }
}

impl Chunk {
    fn append(&mut self, within: u64, piece: Bytes, contents: &Contents) {
        if !self.ends_at(within) {
            return self.write_pages(within, &piece);
        }
        self.push(piece);
        if let Self::Pieces { pieces, filled: FULL } = self {
            *pieces = contents.share(pieces);
        }
    }

    /// Whether a piece can be added here.
    const fn ends_at(&self, within: u64) -> bool {
        match self {
            Self::Zero => within == 0,
            Self::Pieces { filled, .. } => *filled as u64 == within,
            Self::Pages(_) => false,
        }
    }

    /// Adds a piece at the end of the pieces, if it has no pages.
    fn push(&mut self, piece: Bytes) {
        if let Self::Zero = self {
            *self = Self::Pieces { pieces: Pieces::default(), filled: 0 };
        }
        if let Self::Pieces { pieces, filled } = self {
            *filled += piece.len() as u32;
            Arc::make_mut(pieces).push(piece);
        }
    }

    fn write_pages(&mut self, mut within: u64, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let part = (PAGE - within % PAGE).min(bytes.len() as u64) as usize;
            self.write(within, &bytes[..part]);
            bytes = &bytes[part..];
            within += part as u64;
        }
    }

    /// Writes bytes that lie in one page. An index, or a snapshot, that is written from its start stays a few pieces
    /// while it is smaller than a page.
    fn write(&mut self, within: u64, bytes: &[u8]) {
        if within + bytes.len() as u64 <= PAGE && self.ends_at(within) {
            self.push(Bytes::copy_from_slice(bytes));
            if let Self::Pieces { pieces, .. } = self
                && pieces.len() > PIECES_MAX
            {
                *pieces = joined(pieces);
            }
            return;
        }
        let pages = Arc::make_mut(self.pages());
        let page = pages[(within / PAGE) as usize].get_or_insert_with(|| Arc::new([0; PAGE as usize]));
        let start = (within % PAGE) as usize;
        Arc::make_mut(page)[start..start + bytes.len()].copy_from_slice(bytes);
    }

    /// Turns the chunk into pages, so that it can be written anywhere.
    fn pages(&mut self) -> &mut Arc<[Option<Arc<Page>>; PAGES]> {
        if let Self::Zero | Self::Pieces { .. } = self {
            let filled = if let Self::Pieces { filled, .. } = self { *filled } else { 0 };
            let mut whole = BytesMut::with_capacity(filled as usize);
            self.copy(0, u64::from(filled), &mut whole);
            let mut pages = [const { None }; PAGES];
            for (page, bytes) in pages.iter_mut().zip(whole.chunks(PAGE as usize)) {
                let mut content = [0; PAGE as usize];
                content[..bytes.len()].copy_from_slice(bytes);
                *page = Some(Arc::new(content));
            }
            *self = Self::Pages(Arc::new(pages));
        }
        match self {
            Self::Pages(pages) => pages,
            Self::Zero | Self::Pieces { .. } => unreachable!("it was turned into pages above"),
        }
    }

    /// Makes everything from `within` on zero.
    fn cut(&mut self, within: u64) {
        match self {
            Self::Zero => {}
            Self::Pieces { pieces, filled } => {
                let mut start = 0;
                let mut kept = Vec::new();
                for piece in pieces.iter() {
                    let take = piece.len().min((within - start) as usize);
                    kept.push(piece.slice(..take));
                    start += take as u64;
                    if start == within {
                        break;
                    }
                }
                *filled = start as u32;
                *pieces = Arc::new(kept);
            }
            // A preallocated index that is trimmed when its segment closes: it is written no more.
            Self::Pages(_) if within < PAGE => {
                let mut kept = BytesMut::with_capacity(within as usize);
                self.copy(0, within, &mut kept);
                *self = Self::Pieces { pieces: Arc::new(vec![kept.freeze()]), filled: within as u32 };
            }
            Self::Pages(pages) => {
                for (number, page) in Arc::make_mut(pages).iter_mut().enumerate() {
                    let from = within.saturating_sub(number as u64 * PAGE);
                    if from == 0 {
                        *page = None;
                    } else if let Some(page) = page
                        && from < PAGE
                    {
                        Arc::make_mut(page)[from as usize..].fill(0);
                    }
                }
            }
        }
    }

    /// The bytes, when they lie in one piece.
    fn shared(&self, within: u64, len: u64) -> Option<Bytes> {
        let Self::Pieces { pieces, filled } = self else { return None };
        // From the end: most reads are of what was written last.
        let mut end = u64::from(*filled);
        for piece in pieces.iter().rev() {
            let start = end - piece.len() as u64;
            if within >= start {
                let from = (within - start) as usize;
                return (within + len <= end).then(|| piece.slice(from..from + len as usize));
            }
            end = start;
        }
        None
    }

    fn copy(&self, within: u64, len: u64, out: &mut BytesMut) {
        let stop = out.len() + len as usize;
        match self {
            Self::Zero => {}
            Self::Pieces { pieces, .. } => {
                let mut start = 0;
                for piece in pieces.iter() {
                    let end = start + piece.len() as u64;
                    let from = within.max(start);
                    let to = (within + len).min(end);
                    if from < to {
                        out.extend_from_slice(&piece[(from - start) as usize..(to - start) as usize]);
                    }
                    start = end;
                }
            }
            Self::Pages(pages) => {
                let mut at = within;
                while at < within + len {
                    let end = (within + len).min((at / PAGE + 1) * PAGE);
                    let part = (end - at) as usize;
                    match &pages[(at / PAGE) as usize] {
                        Some(page) => {
                            let from = (at % PAGE) as usize;
                            out.extend_from_slice(&page[from..from + part]);
                        }
                        None => out.resize(out.len() + part, 0),
                    }
                    at = end;
                }
            }
        }
        out.resize(stop, 0);
    }

    /// A hash of the bytes up to the last one that is not zero; `None` when all are.
    fn content_hash(&self) -> Option<u64> {
        const NOTHING: &[u8] = &[0; PAGE as usize];
        let parts: Vec<&[u8]> = match self {
            Self::Zero => Vec::new(),
            Self::Pieces { pieces, .. } => pieces.iter().map(|piece| &piece[..]).collect(),
            Self::Pages(pages) => {
                pages.iter().map(|page| page.as_ref().map_or(NOTHING, |page| &page[..])).collect()
            }
        };
        let last = parts.iter().rposition(|part| part.iter().any(|byte| *byte != 0))?;
        let end = parts[last].iter().rposition(|byte| *byte != 0)? + 1;
        Some(content_hash(parts[..last].iter().copied().chain([&parts[last][..end]])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::Random;

    /// The image beside a plain vector: whatever is done to both, they hold the same bytes.
    #[test]
    fn an_image_behaves_like_a_plain_vector() {
        let contents = Contents::default();
        let mut random = Random::new(7, 1);
        for _ in 0..60 {
            let mut image = Image::default();
            let mut plain = Vec::new();
            for step in 0..40u8 {
                let size = random.below(40_000) as usize;
                let bytes: Vec<u8> = (0..size).map(|i| (i as u8).wrapping_mul(step)).collect();
                let pos = random.below(plain.len() as u32 + 3000) as usize;
                match random.below(5) {
                    0..=2 => {
                        plain.extend_from_slice(&bytes);
                        image.append(Bytes::from(bytes), &contents);
                    }
                    3 => {
                        let bytes = &bytes[..size.min(100)];
                        plain.resize(plain.len().max(pos + bytes.len()), 0);
                        plain[pos..pos + bytes.len()].copy_from_slice(bytes);
                        image.write_at(pos as u64, bytes);
                    }
                    _ => {
                        plain.resize(pos, 0);
                        image.set_len(pos as u64);
                    }
                }
                let from = random.below(plain.len() as u32 + 1) as usize;
                assert_eq!(image.len(), plain.len() as u64);
                assert_eq!(image.read(0, usize::MAX), plain);
                let to = plain.len().min(from + size);
                assert_eq!(image.read(from as u64, size), plain[from..to]);
            }
        }
    }

    #[test]
    fn preallocated_zeros_cost_nothing_and_replicas_share_their_bytes() {
        let contents = Contents::default();
        let mut index = Image::default();
        index.set_len(10 << 20);
        index.write_at(8, &[1; 8]);
        assert_eq!(index.len(), 10 << 20);
        let mut replicas = [const { None }; 3];
        for replica in &mut replicas {
            let mut image = Image::default();
            (0..100u8).for_each(|i| image.append(Bytes::from(vec![i; 16_000]), &contents));
            *replica = Some(image);
        }
        assert_eq!(
            contents.bytes(),
            1_600_000 / CHUNK * CHUNK,
            "three replicas, one copy of each full chunk"
        );
    }
}
