//! Kafka's primitives, as far as records of groups need them: plain ones, and compact ones of flexible versions.

use std::fmt;

use bytes::BufMut;
use bytes::Bytes;
use bytes::BytesMut;

use crate::kafka::base::Name;
use crate::kafka::base::Uuid;

/// Why bytes are not a record of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordError(pub String);

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RecordError {}

type Result<T> = std::result::Result<T, RecordError>;

/// Reads fields one after the other and never past the end. A null where none may be is read as empty.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        if len > self.0.len() {
            let missing = len - self.0.len();
            return Err(RecordError(format!("it ends {missing} byte(s) before the end of a field")));
        }
        let (head, tail) = self.0.split_at(len);
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("take gives N bytes"))
    }

    pub(crate) fn i8(&mut self) -> Result<i8> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    pub(crate) fn i16(&mut self) -> Result<i16> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    pub(crate) fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(crate) fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    pub(crate) fn varint(&mut self) -> Result<u32> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.array::<1>()?[0];
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(RecordError("a varint is longer than 5 bytes".into()))
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid> {
        let high = self.i64()? as u64;
        let low = self.i64()? as u64;
        Ok(Uuid::from_parts(high, low))
    }

    fn text(&mut self, len: usize) -> Result<Name> {
        let text = std::str::from_utf8(self.take(len)?);
        text.map(Name::from).map_err(|_| RecordError("a text is not UTF-8".into()))
    }

    /// A text with a length of two bytes; -1 is null.
    pub(crate) fn nullable_string(&mut self) -> Result<Option<Name>> {
        usize::try_from(self.i16()?).ok().map(|len| self.text(len)).transpose()
    }

    pub(crate) fn string(&mut self) -> Result<Name> {
        Ok(self.nullable_string()?.unwrap_or_default())
    }

    /// Bytes with a length of four bytes.
    pub(crate) fn bytes(&mut self) -> Result<Bytes> {
        let len = usize::try_from(self.i32()?).unwrap_or(0);
        self.take(len).map(Bytes::copy_from_slice)
    }

    /// The same; -1 is null.
    pub(crate) fn nullable_bytes(&mut self) -> Result<Option<Bytes>> {
        let len = usize::try_from(self.i32()?).ok();
        len.map(|len| self.take(len).map(Bytes::copy_from_slice)).transpose()
    }

    /// How many elements follow: four bytes.
    pub(crate) fn count(&mut self) -> Result<usize> {
        Ok(usize::try_from(self.i32()?).unwrap_or(0))
    }

    pub(crate) fn compact_nullable_string(&mut self) -> Result<Option<Name>> {
        self.varint()?.checked_sub(1).map(|len| self.text(len as usize)).transpose()
    }

    pub(crate) fn compact_string(&mut self) -> Result<Name> {
        Ok(self.compact_nullable_string()?.unwrap_or_default())
    }

    pub(crate) fn compact_bytes(&mut self) -> Result<Bytes> {
        let len = self.varint()?.saturating_sub(1);
        self.take(len as usize).map(Bytes::copy_from_slice)
    }

    /// How many elements of a compact list follow; `None` for null.
    pub(crate) fn compact_count(&mut self) -> Result<Option<usize>> {
        Ok(self.varint()?.checked_sub(1).map(|count| count as usize))
    }

    /// Reads the tagged fields: `read` gets each tag and its bytes. Tags that it does not know are skipped.
    pub(crate) fn tags(&mut self, mut read: impl FnMut(u32, &mut Self) -> Result<()>) -> Result<()> {
        for _ in 0..self.varint()? {
            let tag = self.varint()?;
            let len = self.varint()? as usize;
            read(tag, &mut Self(self.take(len)?))?;
        }
        Ok(())
    }

    pub(crate) fn no_tags(&mut self) -> Result<()> {
        self.tags(|_, _| Ok(()))
    }
}

/// Writes fields one after the other.
#[derive(Default)]
pub(crate) struct Writer(BytesMut);

impl Writer {
    pub(crate) fn into_bytes(self) -> Bytes {
        self.0.freeze()
    }

    pub(crate) fn i8(&mut self, value: i8) {
        self.0.put_i8(value);
    }

    pub(crate) fn i16(&mut self, value: i16) {
        self.0.put_i16(value);
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.0.put_i32(value);
    }

    pub(crate) fn i64(&mut self, value: i64) {
        self.0.put_i64(value);
    }

    pub(crate) fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.0.put_u8((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.put_u8(value as u8);
    }

    pub(crate) fn uuid(&mut self, value: Uuid) {
        self.0.put_slice(&value.to_bytes());
    }

    pub(crate) fn nullable_string(&mut self, value: Option<&str>) {
        match value {
            None => self.i16(-1),
            Some(value) => {
                self.i16(value.len() as i16);
                self.0.put_slice(value.as_bytes());
            }
        }
    }

    pub(crate) fn string(&mut self, value: &str) {
        self.nullable_string(Some(value));
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) {
        self.count(value.len());
        self.0.put_slice(value);
    }

    pub(crate) fn count(&mut self, count: usize) {
        self.i32(count as i32);
    }

    pub(crate) fn compact_nullable_string(&mut self, value: Option<&str>) {
        match value {
            None => self.varint(0),
            Some(value) => self.compact_bytes(value.as_bytes()),
        }
    }

    pub(crate) fn compact_string(&mut self, value: &str) {
        self.compact_bytes(value.as_bytes());
    }

    pub(crate) fn compact_bytes(&mut self, value: &[u8]) {
        self.compact_count(Some(value.len()));
        self.0.put_slice(value);
    }

    /// How many elements of a compact list follow; `None` for null.
    pub(crate) fn compact_count(&mut self, count: Option<usize>) {
        self.varint(count.map_or(0, |count| count as u32 + 1));
    }

    /// A tagged field; `no_tags` or a count stands before.
    pub(crate) fn tag(&mut self, tag: u32, field: &Self) {
        self.varint(tag);
        self.varint(field.0.len() as u32);
        self.0.put_slice(&field.0);
    }

    pub(crate) fn no_tags(&mut self) {
        self.varint(0);
    }
}
