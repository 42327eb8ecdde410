//! Kafka's primitives, as far as records need them: plain ones, and compact ones of flexible versions. A null where none
//! may be is an error, as in Kafka's generated readers.

use bytes::BufMut;
use bytes::Bytes;
use bytes::BytesMut;

use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Uuid;

/// Why bytes are not the fields that somebody reads, in a sentence whose subject is the record.
#[derive(Debug)]
pub(in crate::kafka) struct FieldError(pub(in crate::kafka) String);

pub(in crate::kafka) type Result<T> = std::result::Result<T, FieldError>;

fn not_null<T>(what: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| FieldError(format!("{what} that may not be null is null")))
}

/// Reads fields one after the other and never past the end.
pub(in crate::kafka) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(in crate::kafka) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(in crate::kafka) fn remaining(&self) -> usize {
        self.0.len()
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        if len > self.0.len() {
            let missing = len - self.0.len();
            return Err(FieldError(format!("the record ends {missing} byte(s) before the end of a field")));
        }
        let (head, tail) = self.0.split_at(len);
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("take gives N bytes"))
    }

    pub(in crate::kafka) fn bool(&mut self) -> Result<bool> {
        Ok(self.i8()? != 0)
    }

    pub(in crate::kafka) fn i8(&mut self) -> Result<i8> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    pub(in crate::kafka) fn i16(&mut self) -> Result<i16> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    pub(in crate::kafka) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(in crate::kafka) fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(in crate::kafka) fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    pub(in crate::kafka) fn varint(&mut self) -> Result<u32> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.array::<1>()?[0];
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(FieldError("a varint is longer than 5 bytes".into()))
    }

    pub(in crate::kafka) fn uuid(&mut self) -> Result<Uuid> {
        let high = self.i64()? as u64;
        let low = self.i64()? as u64;
        Ok(Uuid::from_parts(high, low))
    }

    pub(in crate::kafka) fn node(&mut self) -> Result<NodeId> {
        self.i32().map(NodeId)
    }

    fn text(&mut self, len: usize) -> Result<Name> {
        let text = std::str::from_utf8(self.take(len)?);
        text.map(Name::from).map_err(|_| FieldError("a string is not UTF-8".into()))
    }

    /// A text with a length of two bytes; -1 is null.
    pub(in crate::kafka) fn nullable_string(&mut self) -> Result<Option<Name>> {
        usize::try_from(self.i16()?).ok().map(|len| self.text(len)).transpose()
    }

    pub(in crate::kafka) fn string(&mut self) -> Result<Name> {
        not_null("a string", self.nullable_string()?)
    }

    /// Bytes with a length of four bytes; -1 is null.
    pub(in crate::kafka) fn nullable_bytes(&mut self) -> Result<Option<Bytes>> {
        let len = usize::try_from(self.i32()?).ok();
        len.map(|len| self.take(len).map(Bytes::copy_from_slice)).transpose()
    }

    pub(in crate::kafka) fn bytes(&mut self) -> Result<Bytes> {
        not_null("a field of bytes", self.nullable_bytes()?)
    }

    /// How many elements follow: four bytes.
    pub(in crate::kafka) fn count(&mut self) -> Result<usize> {
        not_null("an array", usize::try_from(self.i32()?).ok())
    }

    /// The length of a compact text, list or field of bytes; 0 stands for null, and 1 for nothing.
    fn compact_len(&mut self) -> Result<Option<usize>> {
        Ok(self.varint()?.checked_sub(1).map(|len| len as usize))
    }

    pub(in crate::kafka) fn compact_nullable_string(&mut self) -> Result<Option<Name>> {
        self.compact_len()?.map(|len| self.text(len)).transpose()
    }

    pub(in crate::kafka) fn compact_string(&mut self) -> Result<Name> {
        not_null("a string", self.compact_nullable_string()?)
    }

    pub(in crate::kafka) fn compact_bytes(&mut self) -> Result<Bytes> {
        let len = not_null("a field of bytes", self.compact_len()?)?;
        self.take(len).map(Bytes::copy_from_slice)
    }

    pub(in crate::kafka) fn compact_nullable_list<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Option<Vec<T>>> {
        let Some(len) = self.compact_len()? else { return Ok(None) };
        let mut list = Vec::with_capacity(len.min(self.remaining()));
        for _ in 0..len {
            list.push(read(self)?);
        }
        Ok(Some(list))
    }

    pub(in crate::kafka) fn compact_list<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        not_null("an array", self.compact_nullable_list(read)?)
    }

    /// Reads the tagged fields: `read` gets each tag and its bytes. Tags that it does not know are skipped.
    pub(in crate::kafka) fn tags(
        &mut self,
        mut read: impl FnMut(u32, &mut Self) -> Result<()>,
    ) -> Result<()> {
        for _ in 0..self.varint()? {
            let tag = self.varint()?;
            let len = self.varint()? as usize;
            read(tag, &mut Self(self.take(len)?))?;
        }
        Ok(())
    }

    pub(in crate::kafka) fn no_tags(&mut self) -> Result<()> {
        self.tags(|_, _| Ok(()))
    }
}

/// Writes fields one after the other.
#[derive(Default)]
pub(in crate::kafka) struct Writer(BytesMut);

impl Writer {
    pub(in crate::kafka) fn into_bytes(self) -> Bytes {
        self.0.freeze()
    }

    pub(in crate::kafka) fn bool(&mut self, value: bool) {
        self.0.put_u8(u8::from(value));
    }

    pub(in crate::kafka) fn i8(&mut self, value: i8) {
        self.0.put_i8(value);
    }

    pub(in crate::kafka) fn i16(&mut self, value: i16) {
        self.0.put_i16(value);
    }

    pub(in crate::kafka) fn u16(&mut self, value: u16) {
        self.0.put_u16(value);
    }

    pub(in crate::kafka) fn i32(&mut self, value: i32) {
        self.0.put_i32(value);
    }

    pub(in crate::kafka) fn i64(&mut self, value: i64) {
        self.0.put_i64(value);
    }

    pub(in crate::kafka) fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.0.put_u8((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.put_u8(value as u8);
    }

    pub(in crate::kafka) fn uuid(&mut self, value: Uuid) {
        self.0.put_slice(&value.to_bytes());
    }

    pub(in crate::kafka) fn node(&mut self, node: NodeId) {
        self.i32(node.0);
    }

    pub(in crate::kafka) fn nullable_string(&mut self, value: Option<&str>) {
        match value {
            None => self.i16(-1),
            Some(value) => {
                self.i16(value.len() as i16);
                self.0.put_slice(value.as_bytes());
            }
        }
    }

    pub(in crate::kafka) fn string(&mut self, value: &str) {
        self.nullable_string(Some(value));
    }

    pub(in crate::kafka) fn bytes(&mut self, value: &[u8]) {
        self.count(value.len());
        self.0.put_slice(value);
    }

    /// How many elements of a plain list follow.
    pub(in crate::kafka) fn count(&mut self, count: usize) {
        self.i32(count as i32);
    }

    /// How many elements of a compact list follow.
    pub(in crate::kafka) fn compact_count(&mut self, count: usize) {
        self.varint(length(count) + 1);
    }

    pub(in crate::kafka) fn compact_nullable_string(&mut self, value: Option<&str>) {
        match value {
            None => self.varint(0),
            Some(value) => self.compact_bytes(value.as_bytes()),
        }
    }

    pub(in crate::kafka) fn compact_string(&mut self, value: &str) {
        self.compact_bytes(value.as_bytes());
    }

    pub(in crate::kafka) fn compact_bytes(&mut self, value: &[u8]) {
        self.compact_count(value.len());
        self.0.put_slice(value);
    }

    pub(in crate::kafka) fn compact_list<T>(
        &mut self,
        list: impl ExactSizeIterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) {
        self.compact_count(list.len());
        for item in list {
            write(self, item);
        }
    }

    pub(in crate::kafka) fn nodes(&mut self, nodes: &[NodeId]) {
        self.compact_list(nodes.iter(), |out, node| out.node(*node));
    }

    pub(in crate::kafka) fn uuids(&mut self, ids: &[Uuid]) {
        self.compact_list(ids.iter(), |out, id| out.uuid(*id));
    }

    pub(in crate::kafka) fn tags(&mut self, tags: Tags) {
        self.varint(length(tags.0.len()));
        for (tag, field) in tags.0 {
            self.varint(tag);
            self.varint(length(field.len()));
            self.0.put_slice(&field);
        }
    }

    pub(in crate::kafka) fn no_tags(&mut self) {
        self.varint(0);
    }
}

/// Tagged fields that are there; in ascending order of their tags.
#[derive(Default)]
pub(in crate::kafka) struct Tags(Vec<(u32, Bytes)>);

impl Tags {
    /// One tagged field and nothing else.
    pub(in crate::kafka) fn one(tag: u32, write: impl FnOnce(&mut Writer)) -> Self {
        let mut tags = Self::default();
        tags.put(tag, write);
        tags
    }

    pub(in crate::kafka) fn put(&mut self, tag: u32, write: impl FnOnce(&mut Writer)) {
        let mut field = Writer::default();
        write(&mut field);
        self.0.push((tag, field.into_bytes()));
    }

    pub(in crate::kafka) fn nodes(&mut self, tag: u32, nodes: Option<&[NodeId]>) {
        if let Some(nodes) = nodes {
            self.put(tag, |out| out.nodes(nodes));
        }
    }
}

fn length(len: usize) -> u32 {
    u32::try_from(len).expect("a record is smaller than 4 GB")
}
