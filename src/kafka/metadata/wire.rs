//! Kafka's flexible-version primitives, as far as metadata records need them.

use std::fmt;

use bytes::BufMut;
use bytes::Bytes;
use bytes::BytesMut;

use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Uuid;

/// Why bytes are not a metadata record (Kafka's `MetadataParseException`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataParseError(pub String);

impl fmt::Display for MetadataParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MetadataParseError {}

pub(super) type Result<T> = std::result::Result<T, MetadataParseError>;

/// Reads fields one after the other and never past the end.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn remaining(&self) -> usize {
        self.0.len()
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        if len > self.0.len() {
            return Err(MetadataParseError(format!(
                "the record ends {} byte(s) before the end of a field",
                len - self.0.len()
            )));
        }
        let (head, tail) = self.0.split_at(len);
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        Ok(self.take(N)?.try_into().expect("take gives N bytes"))
    }

    pub(super) fn bool(&mut self) -> Result<bool> {
        Ok(self.i8()? != 0)
    }

    pub(super) fn i8(&mut self) -> Result<i8> {
        Ok(i8::from_be_bytes(self.array()?))
    }

    pub(super) fn i16(&mut self) -> Result<i16> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(super) fn i32(&mut self) -> Result<i32> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(super) fn i64(&mut self) -> Result<i64> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    pub(super) fn varint(&mut self) -> Result<u32> {
        let mut value = 0_u32;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.array::<1>()?[0];
            value |= u32::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(MetadataParseError("a varint is longer than 5 bytes".into()))
    }

    pub(super) fn uuid(&mut self) -> Result<Uuid> {
        let high = self.i64()? as u64;
        let low = self.i64()? as u64;
        Ok(Uuid::from_parts(high, low))
    }

    pub(super) fn node(&mut self) -> Result<NodeId> {
        self.i32().map(NodeId)
    }

    pub(super) fn string(&mut self) -> Result<Name> {
        self.nullable_string()?
            .ok_or_else(|| MetadataParseError("a string that may not be null is null".into()))
    }

    pub(super) fn nullable_string(&mut self) -> Result<Option<Name>> {
        let Some(len) = self.varint()?.checked_sub(1) else { return Ok(None) };
        let text = std::str::from_utf8(self.take(len as usize)?)
            .map_err(|_| MetadataParseError("a string is not UTF-8".into()))?;
        Ok(Some(Name::from(text)))
    }

    pub(super) fn nullable_list<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T>,
    ) -> Result<Option<Vec<T>>> {
        let Some(len) = self.varint()?.checked_sub(1) else { return Ok(None) };
        let mut list = Vec::with_capacity((len as usize).min(self.remaining()));
        for _ in 0..len {
            list.push(read(self)?);
        }
        Ok(Some(list))
    }

    pub(super) fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.nullable_list(read)?
            .ok_or_else(|| MetadataParseError("an array that may not be null is null".into()))
    }

    /// Reads the tagged fields: `read` gets each tag and its bytes. Tags that it does not know are skipped.
    pub(super) fn tags(&mut self, mut read: impl FnMut(u32, &mut Self) -> Result<()>) -> Result<()> {
        for _ in 0..self.varint()? {
            let tag = self.varint()?;
            let len = self.varint()? as usize;
            let mut field = Self(self.take(len)?);
            read(tag, &mut field)?;
        }
        Ok(())
    }

    pub(super) fn no_tags(&mut self) -> Result<()> {
        self.tags(|_, _| Ok(()))
    }
}

/// Writes fields one after the other.
#[derive(Default)]
pub(super) struct Writer(BytesMut);

impl Writer {
    pub(super) fn into_bytes(self) -> Bytes {
        self.0.freeze()
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.0.put_u8(u8::from(value));
    }

    pub(super) fn i8(&mut self, value: i8) {
        self.0.put_i8(value);
    }

    pub(super) fn i16(&mut self, value: i16) {
        self.0.put_i16(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.0.put_u16(value);
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.0.put_i32(value);
    }

    pub(super) fn i64(&mut self, value: i64) {
        self.0.put_i64(value);
    }

    pub(super) fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.0.put_u8((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.put_u8(value as u8);
    }

    pub(super) fn uuid(&mut self, value: Uuid) {
        self.0.put_slice(&value.to_bytes());
    }

    pub(super) fn node(&mut self, node: NodeId) {
        self.i32(node.0);
    }

    pub(super) fn nullable_string(&mut self, value: Option<&str>) {
        let Some(value) = value else { return self.varint(0) };
        self.varint(length(value.len()) + 1);
        self.0.put_slice(value.as_bytes());
    }

    pub(super) fn string(&mut self, value: &str) {
        self.nullable_string(Some(value));
    }

    pub(super) fn list<T>(&mut self, list: &[T], write: impl Fn(&mut Self, &T)) {
        self.varint(length(list.len()) + 1);
        for item in list {
            write(self, item);
        }
    }

    pub(super) fn nodes(&mut self, nodes: &[NodeId]) {
        self.list(nodes, |out, node| out.node(*node));
    }

    pub(super) fn uuids(&mut self, ids: &[Uuid]) {
        self.list(ids, |out, id| out.uuid(*id));
    }

    pub(super) fn tags(&mut self, tags: Tags) {
        self.varint(length(tags.0.len()));
        for (tag, field) in tags.0 {
            self.varint(tag);
            self.varint(length(field.len()));
            self.0.put_slice(&field);
        }
    }

    pub(super) fn no_tags(&mut self) {
        self.varint(0);
    }
}

/// Tagged fields that are there; in ascending order of their tags.
#[derive(Default)]
pub(super) struct Tags(Vec<(u32, Bytes)>);

impl Tags {
    pub(super) fn put(&mut self, tag: u32, write: impl FnOnce(&mut Writer)) {
        let mut field = Writer::default();
        write(&mut field);
        self.0.push((tag, field.into_bytes()));
    }

    pub(super) fn nodes(&mut self, tag: u32, nodes: Option<&[NodeId]>) {
        if let Some(nodes) = nodes {
            self.put(tag, |out| out.nodes(nodes));
        }
    }
}

fn length(len: usize) -> u32 {
    u32::try_from(len).expect("a record is smaller than 4 GB")
}
