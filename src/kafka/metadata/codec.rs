//! Records to bytes and back, as Kafka's `MetadataRecordSerde` does: the frame version (always 1), the record's key and
//! its version as unsigned varints, then the fields of that version.

mod fields;

use std::fmt;

use bytes::Bytes;

use super::record::BeginTransactionRecord;
use super::record::BrokerRegistrationChangeRecord;
use super::record::ClearElrRecord;
use super::record::ConfigRecord;
use super::record::FeatureLevelRecord;
use super::record::MetadataRecord;
use super::record::PartitionChangeRecord;
use super::record::PartitionRecord;
use super::record::ProducerIdsRecord;
use super::record::RegisterBrokerRecord;
use super::record::RegisterControllerRecord;
use super::record::RemoveTopicRecord;
use super::record::TopicRecord;
use super::record::UnregisterBrokerRecord;
use super::version::MetadataVersion;
use crate::kafka::protocol::fields::FieldError;
use crate::kafka::protocol::fields::Reader;
use crate::kafka::protocol::fields::Result;
use crate::kafka::protocol::fields::Writer;

/// Why bytes are not a metadata record (Kafka's `MetadataParseException`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataParseError(pub String);

impl fmt::Display for MetadataParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MetadataParseError {}

const FRAME_VERSION: u32 = 1;

impl MetadataRecord {
    /// The number of the record's type (`apiKey` of its schema).
    pub const fn key(&self) -> i16 {
        match self {
            Self::RegisterBroker(_) => 0,
            Self::UnregisterBroker(_) => 1,
            Self::Topic(_) => 2,
            Self::Partition(_) => 3,
            Self::Config(_) => 4,
            Self::PartitionChange(_) => 5,
            Self::RemoveTopic(_) => 9,
            Self::FeatureLevel(_) => 12,
            Self::ProducerIds(_) => 15,
            Self::BrokerRegistrationChange(_) => 17,
            Self::NoOp => 20,
            Self::ZkMigrationState(_) => 21,
            Self::BeginTransaction(_) => 23,
            Self::EndTransaction => 24,
            Self::RegisterController(_) => 27,
            Self::ClearElr(_) => 28,
        }
    }

    /// Kafka's name: `PartitionChangeRecord`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::RegisterBroker(_) => "RegisterBrokerRecord",
            Self::UnregisterBroker(_) => "UnregisterBrokerRecord",
            Self::Topic(_) => "TopicRecord",
            Self::Partition(_) => "PartitionRecord",
            Self::Config(_) => "ConfigRecord",
            Self::PartitionChange(_) => "PartitionChangeRecord",
            Self::RemoveTopic(_) => "RemoveTopicRecord",
            Self::FeatureLevel(_) => "FeatureLevelRecord",
            Self::ProducerIds(_) => "ProducerIdsRecord",
            Self::BrokerRegistrationChange(_) => "BrokerRegistrationChangeRecord",
            Self::NoOp => "NoOpRecord",
            Self::ZkMigrationState(_) => "ZkMigrationRecord",
            Self::BeginTransaction(_) => "BeginTransactionRecord",
            Self::EndTransaction => "EndTransactionRecord",
            Self::RegisterController(_) => "RegisterControllerRecord",
            Self::ClearElr(_) => "ClearElrRecord",
        }
    }

    /// The bytes of the record in the schema version that clusters of this metadata version write.
    pub fn encode(&self, level: MetadataVersion) -> Bytes {
        self.encode_version(level.record_version(self))
    }

    /// The bytes of the record in this version of its schema. Fields that the version lacks are left out.
    pub fn encode_version(&self, version: i16) -> Bytes {
        let mut out = Writer::default();
        out.varint(FRAME_VERSION);
        out.varint(self.key() as u32);
        out.varint(version as u32);
        match self {
            Self::RegisterBroker(record) => record.write(&mut out, version),
            Self::UnregisterBroker(record) => {
                out.node(record.broker);
                out.i64(record.broker_epoch);
                out.no_tags();
            }
            Self::Topic(record) => {
                out.compact_string(&record.name);
                out.uuid(record.topic_id);
                out.no_tags();
            }
            Self::Partition(record) => record.write(&mut out, version),
            Self::Config(record) => record.write(&mut out),
            Self::PartitionChange(record) => record.write(&mut out, version),
            Self::RemoveTopic(record) => {
                out.uuid(record.topic_id);
                out.no_tags();
            }
            Self::FeatureLevel(record) => {
                out.compact_string(&record.name);
                out.i16(record.feature_level);
                out.no_tags();
            }
            Self::ProducerIds(record) => record.write(&mut out),
            Self::BrokerRegistrationChange(record) => record.write(&mut out, version),
            Self::NoOp | Self::EndTransaction => out.no_tags(),
            Self::ZkMigrationState(state) => {
                out.i8(*state);
                out.no_tags();
            }
            Self::BeginTransaction(record) => record.write(&mut out),
            Self::RegisterController(record) => record.write(&mut out),
            Self::ClearElr(record) => {
                out.compact_string(&record.topic_name);
                out.no_tags();
            }
        }
        out.into_bytes()
    }

    /// Reads the value of a record of the metadata log.
    ///
    /// # Errors
    /// Another frame version, a type that is not known here, fields cut short, or bytes left over.
    pub fn decode(bytes: &[u8]) -> std::result::Result<Self, MetadataParseError> {
        Ok(Self::decode_versioned(bytes)?.0)
    }

    /// The same, with the version of the record's schema.
    pub fn decode_versioned(bytes: &[u8]) -> std::result::Result<(Self, i16), MetadataParseError> {
        Self::read_framed(bytes).map_err(|why| MetadataParseError(why.0))
    }

    fn read_framed(bytes: &[u8]) -> Result<(Self, i16)> {
        let mut input = Reader::new(bytes);
        let frame = input.varint()?;
        if frame != FRAME_VERSION {
            return Err(FieldError(format!(
                "frame version {frame} is unknown; only {FRAME_VERSION} is supported"
            )));
        }
        let key = input.varint()?;
        let version = i16::try_from(input.varint()?)
            .map_err(|_| FieldError(format!("the version of the record with type {key} is too large")))?;
        let record = Self::read(key, version, &mut input)?;
        match input.remaining() {
            0 => Ok((record, version)),
            left => Err(FieldError(format!("{left} byte(s) of garbage after the record with type {key}"))),
        }
    }

    fn read(key: u32, version: i16, input: &mut Reader<'_>) -> Result<Self> {
        let record = match key {
            0 => return RegisterBrokerRecord::read(input, version).map(Self::RegisterBroker),
            3 => return PartitionRecord::read(input, version).map(Self::Partition),
            4 => return ConfigRecord::read(input).map(Self::Config),
            5 => return PartitionChangeRecord::read(input, version).map(Self::PartitionChange),
            15 => return ProducerIdsRecord::read(input).map(Self::ProducerIds),
            17 => return BrokerRegistrationChangeRecord::read(input).map(Self::BrokerRegistrationChange),
            23 => return BeginTransactionRecord::read(input).map(Self::BeginTransaction),
            27 => return RegisterControllerRecord::read(input).map(Self::RegisterController),
            1 => Self::UnregisterBroker(UnregisterBrokerRecord {
                broker: input.node()?,
                broker_epoch: input.i64()?,
            }),
            2 => Self::Topic(TopicRecord { name: input.compact_string()?, topic_id: input.uuid()? }),
            9 => Self::RemoveTopic(RemoveTopicRecord { topic_id: input.uuid()? }),
            12 => Self::FeatureLevel(FeatureLevelRecord {
                name: input.compact_string()?,
                feature_level: input.i16()?,
            }),
            20 => Self::NoOp,
            21 => Self::ZkMigrationState(input.i8()?),
            24 => Self::EndTransaction,
            28 => Self::ClearElr(ClearElrRecord { topic_name: input.compact_string()? }),
            _ => {
                return Err(FieldError(format!("a metadata record with type {key} is not known here")));
            }
        };
        input.no_tags()?;
        Ok(record)
    }
}
