//! `OffsetCommitKey` and `OffsetCommitValue`.

use bytes::Bytes;

use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::Uuid;
use crate::kafka::protocol::fields::FieldError;
use crate::kafka::protocol::fields::Reader;
use crate::kafka::protocol::fields::Result;
use crate::kafka::protocol::fields::Tags;
use crate::kafka::protocol::fields::Writer;

/// The key is written in version 1; version 0 had the same fields.
const KEY_VERSION: i16 = 1;
const TOPIC_ID_TAG: u32 = 0;

/// How far a group has read one partition, or that this is forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetCommit {
    pub group: Name,
    pub topic: Name,
    pub partition: i32,
    pub value: Option<OffsetCommitValue>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OffsetCommitValue {
    /// Of the schema: 1 with an explicit expiry, else 3 (Kafka 3.x) or 4.
    pub version: i16,
    pub offset: Offset,
    /// -1 when the client did not say.
    pub leader_epoch: i32,
    pub metadata: Name,
    /// Milliseconds since 1970.
    pub commit_timestamp: i64,
    /// Only in version 1; -1 for none.
    pub expire_timestamp: i64,
    /// Only in version 4, as a tagged field; zero when it is not known.
    pub topic_id: Uuid,
}

impl OffsetCommit {
    pub(super) fn key(&self) -> Bytes {
        let mut out = Writer::default();
        out.i16(KEY_VERSION);
        out.string(&self.group);
        out.string(&self.topic);
        out.i32(self.partition);
        out.into_bytes()
    }

    pub(super) fn read(key: &mut Reader<'_>, value: Option<Reader<'_>>) -> Result<Self> {
        Ok(Self {
            group: key.string()?,
            topic: key.string()?,
            partition: key.i32()?,
            value: value.map(OffsetCommitValue::read).transpose()?,
        })
    }
}

impl OffsetCommitValue {
    pub(super) fn write(&self) -> Bytes {
        let mut out = Writer::default();
        out.i16(self.version);
        out.i64(self.offset);
        if self.version >= 3 {
            out.i32(self.leader_epoch);
        }
        if self.version >= 4 {
            out.compact_string(&self.metadata);
        } else {
            out.string(&self.metadata);
        }
        out.i64(self.commit_timestamp);
        if self.version == 1 {
            out.i64(self.expire_timestamp);
        }
        if self.version >= 4 {
            out.tags(self.tags());
        }
        out.into_bytes()
    }

    fn tags(&self) -> Tags {
        if self.topic_id == Uuid::ZERO {
            return Tags::default();
        }
        Tags::one(TOPIC_ID_TAG, |field| field.uuid(self.topic_id))
    }

    fn read(mut value: Reader<'_>) -> Result<Self> {
        let version = value.i16()?;
        if !(0..=4).contains(&version) {
            return Err(FieldError(format!("OffsetCommitValue has no version {version}")));
        }
        let offset = value.i64()?;
        let leader_epoch = if version >= 3 { value.i32()? } else { -1 };
        let metadata = if version >= 4 { value.compact_string()? } else { value.string()? };
        let commit_timestamp = value.i64()?;
        let expire_timestamp = if version == 1 { value.i64()? } else { -1 };
        let mut topic_id = Uuid::ZERO;
        if version >= 4 {
            value.tags(|tag, field| {
                if tag == TOPIC_ID_TAG {
                    topic_id = field.uuid()?;
                }
                Ok(())
            })?;
        }
        Ok(Self { version, offset, leader_epoch, metadata, commit_timestamp, expire_timestamp, topic_id })
    }
}
