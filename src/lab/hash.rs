use std::fmt;
use std::hash::Hash;
use std::hash::Hasher;

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const PRIME: u64 = 0xD6E8_FEB8_6659_FD93;

/// A 64-bit chain over words: the same natively and in wasm, since it never sees a pointer, a `usize` or a hash map.
/// Each word is folded in by a multiplication and a shift (the finaliser of Mueller's and Stafford's mixers).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chain(u64);

impl Default for Chain {
    fn default() -> Self {
        Self(SEED)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Chain {
    pub fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(PRIME);
        self.0 = mixed ^ (mixed >> 32);
    }

    /// Folds in bytes and how many they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(last));
        }
    }

    pub const fn value(self) -> u64 {
        self.0
    }
}

/// Hashes the state of a value, the same on every machine: what std leaves to the machine, the width of `usize` and of the
/// numbers of variants, is 64 bits here. (A slice of `usize` would be hashed as the machine's own bytes; no state has one.)
#[derive(Default)]
pub struct StateHash(Chain);

impl StateHash {
    pub fn of(value: &impl Hash) -> u64 {
        let mut hash = Self::default();
        value.hash(&mut hash);
        hash.finish()
    }
}

impl Hasher for StateHash {
    fn finish(&self) -> u64 {
        self.0.value()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.bytes(bytes);
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(number.into());
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    #[inline(never)]
    fn write_u64(&mut self, number: u64) {
        self.0.word(number);
    }

    fn write_u128(&mut self, number: u128) {
        self.write(&number.to_le_bytes());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_i8(&mut self, number: i8) {
        self.write_i64(number.into());
    }

    fn write_i16(&mut self, number: i16) {
        self.write_i64(number.into());
    }

    fn write_i32(&mut self, number: i32) {
        self.write_i64(number.into());
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }

    fn write_i128(&mut self, number: i128) {
        self.write(&number.to_le_bytes());
    }

    fn write_isize(&mut self, number: isize) {
        self.write_i64(number as i64);
    }
}

/// Hashes a buffer fast, four words at a time, to find equal chunks of files. Not part of any digest.
pub fn content_hash<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> u64 {
    let mut chain = Chain::default();
    let mut carry = [0u8; 32];
    let mut filled = 0;
    let mut lanes = [SEED, SEED ^ 1, SEED ^ 2, SEED ^ 3];
    for mut piece in pieces {
        if filled > 0 {
            let take = piece.len().min(32 - filled);
            carry[filled..filled + take].copy_from_slice(&piece[..take]);
            filled += take;
            piece = &piece[take..];
            if filled < 32 {
                continue;
            }
            fold(&mut lanes, &carry);
        }
        let (blocks, rest) = piece.as_chunks::<32>();
        for block in blocks {
            fold(&mut lanes, block);
        }
        carry[..rest.len()].copy_from_slice(rest);
        filled = rest.len();
    }
    lanes.into_iter().for_each(|lane| chain.word(lane));
    chain.bytes(&carry[..filled]);
    chain.value()
}

fn fold(lanes: &mut [u64; 4], block: &[u8; 32]) {
    let (words, _) = block.as_chunks::<8>();
    for (lane, word) in lanes.iter_mut().zip(words) {
        let mixed = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(PRIME);
        *lane = mixed ^ (mixed >> 29);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_hash_does_not_see_where_pieces_end() {
        let data: Vec<u8> = (0..1000u32).map(|i| (i * 7 % 251) as u8).collect();
        let whole = content_hash([&data[..]].into_iter());
        for cut in [1, 31, 32, 33, 500, 999] {
            assert_eq!(content_hash([&data[..cut], &data[cut..]].into_iter()), whole, "cut at {cut}");
        }
        let mut other = data.clone();
        other[500] ^= 1;
        assert_ne!(content_hash([&other[..]].into_iter()), whole);
    }

    #[test]
    fn the_chain_is_the_same_in_every_build() {
        let mut chain = Chain::default();
        chain.word(1);
        chain.bytes(b"kafkascope");
        assert_eq!(
            format!("{chain:?} {:016x}", StateHash::of(&(1, -2_isize, "a", Some(3_usize), [4_u16, 5]))),
            "08b3964e0819a2e2 d2d6d6436552fe8d"
        );
    }
}
