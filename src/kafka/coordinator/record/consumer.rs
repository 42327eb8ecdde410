//! The records of KIP-848 groups.

use bytes::Bytes;

use super::RecordError;
use super::wire::Reader;

/// A record of a consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerRecord {}

impl ConsumerRecord {
    pub(super) fn key(&self) -> Bytes {
        match *self {}
    }

    pub(super) fn value(&self) -> Option<Bytes> {
        match *self {}
    }

    pub(super) const fn name(&self) -> &'static str {
        match *self {}
    }

    pub(super) fn group(&self) -> &str {
        match *self {}
    }

    /// Reads a record by the number of its key's type; `None` when it is not of a consumer group.
    pub(super) fn read(
        _kind: i16,
        _key: &mut Reader<'_>,
        _value: Option<Reader<'_>>,
    ) -> Result<Option<Self>, RecordError> {
        Ok(None)
    }
}
