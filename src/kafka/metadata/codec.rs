//! Records to bytes and back, as Kafka's `MetadataRecordSerde` does: the frame version (always 1), the record's key and
//! its version as unsigned varints, then the fields of that version.

use std::fmt;

use bytes::Bytes;

use super::record::BeginTransactionRecord;
use super::record::BrokerRegistrationChangeRecord;
use super::record::ClearElrRecord;
use super::record::ConfigRecord;
use super::record::Endpoint;
use super::record::FeatureLevelRecord;
use super::record::FeatureRange;
use super::record::LeaderRecoveryState;
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
use crate::kafka::base::NodeId;
use crate::kafka::protocol::fields::FieldError;
use crate::kafka::protocol::fields::Reader;
use crate::kafka::protocol::fields::Result;
use crate::kafka::protocol::fields::Tags;
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
const NO_LEADER: i32 = -1;
const NO_LEADER_CHANGE: i32 = -2;

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

fn write_endpoint(out: &mut Writer, endpoint: &Endpoint) {
    out.compact_string(&endpoint.name);
    out.compact_string(&endpoint.host);
    out.u16(endpoint.port);
    out.i16(endpoint.security_protocol);
    out.no_tags();
}

fn read_endpoint(input: &mut Reader<'_>) -> Result<Endpoint> {
    let endpoint = Endpoint {
        name: input.compact_string()?,
        host: input.compact_string()?,
        port: input.u16()?,
        security_protocol: input.i16()?,
    };
    input.no_tags()?;
    Ok(endpoint)
}

fn write_feature(out: &mut Writer, feature: &FeatureRange) {
    out.compact_string(&feature.name);
    out.i16(feature.min);
    out.i16(feature.max);
    out.no_tags();
}

fn read_feature(input: &mut Reader<'_>) -> Result<FeatureRange> {
    let feature = FeatureRange { name: input.compact_string()?, min: input.i16()?, max: input.i16()? };
    input.no_tags()?;
    Ok(feature)
}

impl RegisterBrokerRecord {
    fn write(&self, out: &mut Writer, version: i16) {
        out.node(self.broker);
        if version >= 2 {
            out.bool(false); // IsMigratingZkBroker
        }
        out.uuid(self.incarnation);
        out.i64(self.broker_epoch);
        out.compact_list(self.endpoints.iter(), write_endpoint);
        out.compact_list(self.features.iter(), write_feature);
        out.compact_nullable_string(self.rack.as_deref());
        out.bool(self.fenced);
        if version >= 1 {
            out.bool(self.in_controlled_shutdown);
        }
        let mut tags = Tags::default();
        if version >= 3 && !self.log_dirs.is_empty() {
            tags.put(0, |field| field.uuids(&self.log_dirs));
        }
        out.tags(tags);
    }

    fn read(input: &mut Reader<'_>, version: i16) -> Result<Self> {
        let broker = input.node()?;
        if version >= 2 {
            input.bool()?; // IsMigratingZkBroker
        }
        let mut record = Self {
            broker,
            incarnation: input.uuid()?,
            broker_epoch: input.i64()?,
            endpoints: input.compact_list(read_endpoint)?,
            features: input.compact_list(read_feature)?,
            rack: input.compact_nullable_string()?,
            fenced: input.bool()?,
            in_controlled_shutdown: version >= 1 && input.bool()?,
            log_dirs: Vec::new(),
        };
        input.tags(|tag, field| {
            if tag == 0 {
                record.log_dirs = field.compact_list(Reader::uuid)?;
            }
            Ok(())
        })?;
        Ok(record)
    }
}

impl PartitionRecord {
    fn write(&self, out: &mut Writer, version: i16) {
        out.i32(self.partition);
        out.uuid(self.topic_id);
        out.nodes(&self.replicas);
        out.nodes(&self.isr);
        out.nodes(&self.removing_replicas);
        out.nodes(&self.adding_replicas);
        out.i32(self.leader.map_or(NO_LEADER, |leader| leader.0));
        out.i32(self.leader_epoch);
        out.i32(self.partition_epoch);
        if version >= 1 {
            out.uuids(&self.directories);
        }
        let mut tags = Tags::default();
        if self.leader_recovery_state != LeaderRecoveryState::Recovered {
            tags.put(0, |field| field.i8(self.leader_recovery_state.value()));
        }
        if version >= 2 {
            tags.nodes(1, self.eligible_leader_replicas.as_deref());
            tags.nodes(2, self.last_known_elr.as_deref());
        }
        out.tags(tags);
    }

    fn read(input: &mut Reader<'_>, version: i16) -> Result<Self> {
        let mut record = Self {
            partition: input.i32()?,
            topic_id: input.uuid()?,
            replicas: input.compact_list(Reader::node)?,
            isr: input.compact_list(Reader::node)?,
            removing_replicas: input.compact_list(Reader::node)?,
            adding_replicas: input.compact_list(Reader::node)?,
            leader: leader_of(input.i32()?),
            leader_recovery_state: LeaderRecoveryState::Recovered,
            leader_epoch: input.i32()?,
            partition_epoch: input.i32()?,
            directories: if version >= 1 { input.compact_list(Reader::uuid)? } else { Vec::new() },
            eligible_leader_replicas: None,
            last_known_elr: None,
        };
        input.tags(|tag, field| {
            match tag {
                0 => record.leader_recovery_state = recovery_state(field)?,
                1 => record.eligible_leader_replicas = field.compact_nullable_list(Reader::node)?,
                2 => record.last_known_elr = field.compact_nullable_list(Reader::node)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(record)
    }
}

impl PartitionChangeRecord {
    fn write(&self, out: &mut Writer, version: i16) {
        out.i32(self.partition);
        out.uuid(self.topic_id);
        let mut tags = Tags::default();
        tags.nodes(0, self.isr.as_deref());
        if let Some(leader) = self.leader {
            tags.put(1, |field| field.i32(leader.map_or(NO_LEADER, |leader| leader.0)));
        }
        tags.nodes(2, self.replicas.as_deref());
        tags.nodes(3, self.removing_replicas.as_deref());
        tags.nodes(4, self.adding_replicas.as_deref());
        if let Some(state) = self.leader_recovery_state {
            tags.put(5, |field| field.i8(state.value()));
        }
        if version >= 2 {
            tags.nodes(6, self.eligible_leader_replicas.as_deref());
            tags.nodes(7, self.last_known_elr.as_deref());
        }
        if version >= 1
            && let Some(directories) = &self.directories
        {
            tags.put(8, |field| field.uuids(directories));
        }
        out.tags(tags);
    }

    fn read(input: &mut Reader<'_>, _version: i16) -> Result<Self> {
        let mut record = Self { partition: input.i32()?, topic_id: input.uuid()?, ..Self::default() };
        input.tags(|tag, field| {
            match tag {
                0 => record.isr = field.compact_nullable_list(Reader::node)?,
                1 => match field.i32()? {
                    NO_LEADER_CHANGE => {}
                    leader => record.leader = Some(leader_of(leader)),
                },
                2 => record.replicas = field.compact_nullable_list(Reader::node)?,
                3 => record.removing_replicas = field.compact_nullable_list(Reader::node)?,
                4 => record.adding_replicas = field.compact_nullable_list(Reader::node)?,
                5 => record.leader_recovery_state = Some(recovery_state(field)?),
                6 => record.eligible_leader_replicas = field.compact_nullable_list(Reader::node)?,
                7 => record.last_known_elr = field.compact_nullable_list(Reader::node)?,
                8 => record.directories = field.compact_nullable_list(Reader::uuid)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(record)
    }
}

impl ConfigRecord {
    fn write(&self, out: &mut Writer) {
        out.i8(self.resource_type);
        out.compact_string(&self.resource_name);
        out.compact_string(&self.name);
        out.compact_nullable_string(self.value.as_deref());
        out.no_tags();
    }

    fn read(input: &mut Reader<'_>) -> Result<Self> {
        let record = Self {
            resource_type: input.i8()?,
            resource_name: input.compact_string()?,
            name: input.compact_string()?,
            value: input.compact_nullable_string()?,
        };
        input.no_tags()?;
        Ok(record)
    }
}

impl ProducerIdsRecord {
    fn write(&self, out: &mut Writer) {
        out.node(self.broker);
        out.i64(self.broker_epoch);
        out.i64(self.next_producer_id);
        out.no_tags();
    }

    fn read(input: &mut Reader<'_>) -> Result<Self> {
        let record =
            Self { broker: input.node()?, broker_epoch: input.i64()?, next_producer_id: input.i64()? };
        input.no_tags()?;
        Ok(record)
    }
}

impl BrokerRegistrationChangeRecord {
    fn write(&self, out: &mut Writer, version: i16) {
        out.node(self.broker);
        out.i64(self.broker_epoch);
        let mut tags = Tags::default();
        if let Some(fenced) = self.fenced {
            tags.put(0, |field| field.i8(if fenced { 1 } else { -1 }));
        }
        if version >= 1 && self.in_controlled_shutdown {
            tags.put(1, |field| field.i8(1));
        }
        if version >= 2 && !self.log_dirs.is_empty() {
            tags.put(2, |field| field.uuids(&self.log_dirs));
        }
        if version >= 3
            && let Some(directories) = &self.cordoned_log_dirs
        {
            tags.put(3, |field| field.uuids(directories));
        }
        out.tags(tags);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self> {
        let mut record = Self::of(input.node()?, input.i64()?);
        input.tags(|tag, field| {
            match tag {
                0 => record.fenced = fenced(field.i8()?)?,
                1 => record.in_controlled_shutdown = field.i8()? == 1,
                2 => record.log_dirs = field.compact_list(Reader::uuid)?,
                3 => record.cordoned_log_dirs = field.compact_nullable_list(Reader::uuid)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(record)
    }
}

impl BeginTransactionRecord {
    fn write(&self, out: &mut Writer) {
        let mut tags = Tags::default();
        if let Some(name) = &self.name {
            tags.put(0, |field| field.compact_string(name));
        }
        out.tags(tags);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self> {
        let mut record = Self { name: None };
        input.tags(|tag, field| {
            if tag == 0 {
                record.name = field.compact_nullable_string()?;
            }
            Ok(())
        })?;
        Ok(record)
    }
}

impl RegisterControllerRecord {
    fn write(&self, out: &mut Writer) {
        out.node(self.controller);
        out.uuid(self.incarnation);
        out.bool(self.zk_migration_ready);
        out.compact_list(self.endpoints.iter(), write_endpoint);
        out.compact_list(self.features.iter(), write_feature);
        out.no_tags();
    }

    fn read(input: &mut Reader<'_>) -> Result<Self> {
        let record = Self {
            controller: input.node()?,
            incarnation: input.uuid()?,
            zk_migration_ready: input.bool()?,
            endpoints: input.compact_list(read_endpoint)?,
            features: input.compact_list(read_feature)?,
        };
        input.no_tags()?;
        Ok(record)
    }
}

fn leader_of(id: i32) -> Option<NodeId> {
    (id != NO_LEADER).then_some(NodeId(id))
}

fn recovery_state(field: &mut Reader<'_>) -> Result<LeaderRecoveryState> {
    let value = field.i8()?;
    LeaderRecoveryState::of(value)
        .ok_or_else(|| FieldError(format!("{value} is not a leader recovery state")))
}

fn fenced(value: i8) -> Result<Option<bool>> {
    match value {
        -1 => Ok(Some(false)),
        0 => Ok(None),
        1 => Ok(Some(true)),
        _ => Err(FieldError(format!("{value} is not a change of fencing"))),
    }
}
