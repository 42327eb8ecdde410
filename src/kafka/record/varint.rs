//! Variable-length integers of Kafka's records (`ByteUtils`): seven bits a byte, low bits first; signed ones zig-zag.
//!
//! Each record has seven of them. The page's program is built for its size, and would call a function for each.

use std::fmt;

/// Why a variable-length integer could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VarintError {
    /// The bytes end inside the number (`BufferUnderflowException`).
    Truncated,
    /// A continuation bit after the last byte that the type allows: 5 for 32 bits, 10 for 64 (`IllegalArgumentException`).
    TooLong,
}

impl fmt::Display for VarintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(f, "the bytes end inside a variable-length integer"),
            Self::TooLong => write!(f, "a variable-length integer is longer than its type allows"),
        }
    }
}

impl std::error::Error for VarintError {}

/// Reads an unsigned 32-bit number at `*pos` and moves `*pos` behind it.
///
/// # Errors
/// [`VarintError`]; `*pos` is then somewhere inside the number.
pub fn read_unsigned(data: &[u8], pos: &mut usize) -> Result<u32, VarintError> {
    read(data, pos, 35).map(|value| value as u32)
}

/// Reads an unsigned 64-bit number at `*pos` and moves `*pos` behind it.
///
/// # Errors
/// [`VarintError`]; `*pos` is then somewhere inside the number.
pub fn read_unsigned_long(data: &[u8], pos: &mut usize) -> Result<u64, VarintError> {
    read(data, pos, 70)
}

fn read(data: &[u8], pos: &mut usize, bits: u32) -> Result<u64, VarintError> {
    let (mut value, mut shift) = (0, 0);
    while shift < bits {
        let Some(&byte) = data.get(*pos) else { return Err(VarintError::Truncated) };
        *pos += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
        shift += 7;
    }
    Err(VarintError::TooLong)
}

/// Reads a zig-zag number of one or two bytes, as most of a record's are. `None`: it is longer, or the bytes end.
#[inline(always)]
pub fn read_short(data: &[u8], pos: &mut usize) -> Option<i32> {
    let low = u32::from(*data.get(*pos)?);
    *pos += 1;
    if low & 0x80 == 0 {
        return Some(unzigzag(low));
    }
    let high = u32::from(*data.get(*pos)?);
    *pos += 1;
    (high & 0x80 == 0).then(|| unzigzag(low & 0x7f | high << 7))
}

#[inline(always)]
const fn unzigzag(raw: u32) -> i32 {
    (raw >> 1) as i32 ^ -((raw & 1) as i32)
}

/// Reads a zig-zag 32-bit number at `*pos` and moves `*pos` behind it.
///
/// # Errors
/// [`VarintError`].
pub fn read_int(data: &[u8], pos: &mut usize) -> Result<i32, VarintError> {
    Ok(unzigzag(read_unsigned(data, pos)?))
}

/// Reads a zig-zag 64-bit number at `*pos` and moves `*pos` behind it.
///
/// # Errors
/// [`VarintError`].
pub fn read_long(data: &[u8], pos: &mut usize) -> Result<i64, VarintError> {
    let raw = read_unsigned_long(data, pos)?;
    Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
}

/// Appends an unsigned 32-bit number.
pub fn write_unsigned(out: &mut Vec<u8>, value: u32) {
    write_unsigned_long(out, u64::from(value));
}

/// Appends an unsigned 64-bit number.
pub fn write_unsigned_long(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes a zig-zag number at `*pos`, where there is room for it, and moves `*pos` behind it.
#[inline(always)]
pub fn put_long(out: &mut [u8], pos: &mut usize, value: i64) {
    let mut value = zigzag_long(value);
    while value >= 0x80 {
        out[*pos] = value as u8 | 0x80;
        *pos += 1;
        value >>= 7;
    }
    out[*pos] = value as u8;
    *pos += 1;
}

/// Appends a zig-zag 32-bit number.
pub fn write_int(out: &mut Vec<u8>, value: i32) {
    write_unsigned(out, zigzag(value));
}

/// Appends a zig-zag 64-bit number.
pub fn write_long(out: &mut Vec<u8>, value: i64) {
    write_unsigned_long(out, zigzag_long(value));
}

/// How many bytes an unsigned 32-bit number takes: 1 to 5.
pub const fn size_of_unsigned(value: u32) -> usize {
    size_of_unsigned_long(value as u64)
}

/// How many bytes an unsigned 64-bit number takes: 1 to 10. A seventh of its bits, rounded up: 9/64 is near enough.
#[inline(always)]
pub const fn size_of_unsigned_long(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    (bits * 9 + 64) / 64
}

/// How many bytes a zig-zag 32-bit number takes: 1 to 5.
pub const fn size_of_int(value: i32) -> usize {
    size_of_unsigned(zigzag(value))
}

/// How many bytes a zig-zag 64-bit number takes: 1 to 10.
pub const fn size_of_long(value: i64) -> usize {
    size_of_unsigned_long(zigzag_long(value))
}

#[inline(always)]
const fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

#[inline(always)]
const fn zigzag_long(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::any;
    use proptest::prelude::proptest;

    use super::*;

    proptest! {
        #[test]
        fn every_number_comes_back_in_as_many_bytes_as_foretold(int in any::<i32>(), long in any::<i64>(), shift in 0u32..64) {
            let (int, long) = (int >> (shift / 2), long >> shift);
            let mut out = Vec::new();
            write_int(&mut out, int);
            assert_eq!(out.len(), size_of_int(int));
            write_long(&mut out, long);
            assert_eq!(out.len(), size_of_int(int) + size_of_long(long));
            let mut pos = 0;
            assert_eq!(read_int(&out, &mut pos), Ok(int));
            assert_eq!(read_long(&out, &mut pos), Ok(long));
            assert_eq!(pos, out.len());
            let mut put = vec![0; out.len()];
            let mut pos = 0;
            put_long(&mut put, &mut pos, int.into());
            let short = (pos <= 2).then_some(int);
            assert_eq!(read_short(&put, &mut 0), short);
            put_long(&mut put, &mut pos, long);
            assert_eq!((&put, pos), (&out, out.len()));
        }
    }

    #[test]
    fn a_number_without_end_is_refused() {
        assert_eq!(read_int(&[0xff; 5], &mut 0), Err(VarintError::TooLong));
        assert_eq!(read_int(&[0xff; 4], &mut 0), Err(VarintError::Truncated));
        assert_eq!(read_long(&[0xff; 10], &mut 0), Err(VarintError::TooLong));
        assert_eq!(read_long(&[0xff; 9], &mut 0), Err(VarintError::Truncated));
    }
}
