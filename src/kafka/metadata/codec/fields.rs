//! The fields of those records that have more than one or two.

use crate::kafka::base::NodeId;
use crate::kafka::metadata::record::BeginTransactionRecord;
use crate::kafka::metadata::record::BrokerRegistrationChangeRecord;
use crate::kafka::metadata::record::ConfigRecord;
use crate::kafka::metadata::record::Endpoint;
use crate::kafka::metadata::record::FeatureRange;
use crate::kafka::metadata::record::LeaderRecoveryState;
use crate::kafka::metadata::record::PartitionChangeRecord;
use crate::kafka::metadata::record::PartitionRecord;
use crate::kafka::metadata::record::ProducerIdsRecord;
use crate::kafka::metadata::record::RegisterBrokerRecord;
use crate::kafka::metadata::record::RegisterControllerRecord;
use crate::kafka::protocol::fields::FieldError;
use crate::kafka::protocol::fields::Reader;
use crate::kafka::protocol::fields::Result;
use crate::kafka::protocol::fields::Tags;
use crate::kafka::protocol::fields::Writer;

const NO_LEADER: i32 = -1;
const NO_LEADER_CHANGE: i32 = -2;

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
    pub(super) fn write(&self, out: &mut Writer, version: i16) {
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

    pub(super) fn read(input: &mut Reader<'_>, version: i16) -> Result<Self> {
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
    pub(super) fn write(&self, out: &mut Writer, version: i16) {
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

    pub(super) fn read(input: &mut Reader<'_>, version: i16) -> Result<Self> {
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
    pub(super) fn write(&self, out: &mut Writer, version: i16) {
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

    pub(super) fn read(input: &mut Reader<'_>, _version: i16) -> Result<Self> {
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
    pub(super) fn write(&self, out: &mut Writer) {
        out.i8(self.resource_type);
        out.compact_string(&self.resource_name);
        out.compact_string(&self.name);
        out.compact_nullable_string(self.value.as_deref());
        out.no_tags();
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self> {
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
    pub(super) fn write(&self, out: &mut Writer) {
        out.node(self.broker);
        out.i64(self.broker_epoch);
        out.i64(self.next_producer_id);
        out.no_tags();
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self> {
        let record =
            Self { broker: input.node()?, broker_epoch: input.i64()?, next_producer_id: input.i64()? };
        input.no_tags()?;
        Ok(record)
    }
}

impl BrokerRegistrationChangeRecord {
    pub(super) fn write(&self, out: &mut Writer, version: i16) {
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

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self> {
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
    pub(super) fn write(&self, out: &mut Writer) {
        let mut tags = Tags::default();
        if let Some(name) = &self.name {
            tags.put(0, |field| field.compact_string(name));
        }
        out.tags(tags);
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self> {
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
    pub(super) fn write(&self, out: &mut Writer) {
        out.node(self.controller);
        out.uuid(self.incarnation);
        out.bool(self.zk_migration_ready);
        out.compact_list(self.endpoints.iter(), write_endpoint);
        out.compact_list(self.features.iter(), write_feature);
        out.no_tags();
    }

    pub(super) fn read(input: &mut Reader<'_>) -> Result<Self> {
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
