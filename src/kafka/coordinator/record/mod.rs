//! The records of `__consumer_offsets`, byte for byte (`GroupCoordinatorRecordSerde`). A key begins with the number of
//! its type, a value with the version of its schema.

pub mod consumer;
mod group_metadata;
mod offset_commit;

use std::fmt;

use bytes::Bytes;

pub use consumer::ConsumerRecord;
pub use group_metadata::GroupMetadata;
pub use group_metadata::GroupMetadataValue;
pub use group_metadata::MemberMetadata;
pub use offset_commit::OffsetCommit;
pub use offset_commit::OffsetCommitValue;

use crate::kafka::protocol::fields;
use crate::kafka::protocol::fields::Reader;

/// Why bytes are not a record of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordError(pub String);

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RecordError {}

/// A record of a group: a key, and a value or a tombstone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GroupRecord {
    OffsetCommit(OffsetCommit),
    GroupMetadata(GroupMetadata),
    /// The records of KIP-848.
    Consumer(ConsumerRecord),
}

impl GroupRecord {
    pub fn key(&self) -> Bytes {
        match self {
            Self::OffsetCommit(record) => record.key(),
            Self::GroupMetadata(record) => record.key(),
            Self::Consumer(record) => record.key(),
        }
    }

    /// The value; `None` is a tombstone.
    pub fn value(&self) -> Option<Bytes> {
        match self {
            Self::OffsetCommit(record) => record.value.as_ref().map(OffsetCommitValue::write),
            Self::GroupMetadata(record) => record.value.as_ref().map(GroupMetadataValue::write),
            Self::Consumer(record) => record.value(),
        }
    }

    /// The name of the schema without `Key` and `Value`: `OffsetCommit`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::OffsetCommit(_) => "OffsetCommit",
            Self::GroupMetadata(_) => "GroupMetadata",
            Self::Consumer(record) => record.name(),
        }
    }

    /// The group that the record belongs to.
    pub fn group(&self) -> &str {
        match self {
            Self::OffsetCommit(record) => &record.group,
            Self::GroupMetadata(record) => &record.group,
            Self::Consumer(record) => record.group(),
        }
    }

    /// Reads a record; `None` when its type is not known here.
    ///
    /// # Errors
    /// Bytes that end too early, or a version that no Kafka has written.
    pub fn read(key: &Bytes, value: Option<&Bytes>) -> Result<Option<Self>, RecordError> {
        Self::read_fields(key, value).map_err(|why| RecordError(why.0))
    }

    fn read_fields(key: &Bytes, value: Option<&Bytes>) -> fields::Result<Option<Self>> {
        let mut key = Reader::new(key);
        let kind = key.i16()?;
        let value = value.map(|value| Reader::new(value));
        match kind {
            0 | 1 => OffsetCommit::read(&mut key, value).map(|record| Some(Self::OffsetCommit(record))),
            2 => GroupMetadata::read(&mut key, value).map(|record| Some(Self::GroupMetadata(record))),
            _ => Ok(ConsumerRecord::read(kind, &mut key, value)?.map(Self::Consumer)),
        }
    }
}
