//! `GroupMetadataKey` and `GroupMetadataValue`: a classic group.

use bytes::Bytes;

use crate::kafka::base::Name;
use crate::kafka::protocol::fields::FieldError;
use crate::kafka::protocol::fields::Reader;
use crate::kafka::protocol::fields::Result;
use crate::kafka::protocol::fields::Writer;

const KEY_VERSION: i16 = 2;
/// Version 4 is the first flexible one and is read, not written (KIP-915).
const VALUE_VERSION: i16 = 3;

/// A classic group after a rebalance, or its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupMetadata {
    pub group: Name,
    pub value: Option<GroupMetadataValue>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupMetadataValue {
    pub protocol_type: Name,
    pub generation: i32,
    pub protocol: Option<Name>,
    pub leader: Option<Name>,
    /// Since when the group is in its state, in milliseconds since 1970; -1 when that is not known.
    pub current_state_timestamp: i64,
    pub members: Vec<MemberMetadata>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberMetadata {
    pub member_id: Name,
    pub group_instance_id: Option<Name>,
    pub client_id: Name,
    pub client_host: Name,
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    /// As the member sent it (`ConsumerProtocolSubscription`).
    pub subscription: Bytes,
    /// As the leader sent it (`ConsumerProtocolAssignment`).
    pub assignment: Bytes,
}

impl GroupMetadata {
    pub(super) fn key(&self) -> Bytes {
        let mut out = Writer::default();
        out.i16(KEY_VERSION);
        out.string(&self.group);
        out.into_bytes()
    }

    pub(super) fn read(key: &mut Reader<'_>, value: Option<Reader<'_>>) -> Result<Self> {
        Ok(Self { group: key.string()?, value: value.map(GroupMetadataValue::read).transpose()? })
    }
}

impl GroupMetadataValue {
    pub(super) fn write(&self) -> Bytes {
        let mut out = Writer::default();
        out.i16(VALUE_VERSION);
        out.string(&self.protocol_type);
        out.i32(self.generation);
        out.nullable_string(self.protocol.as_deref());
        out.nullable_string(self.leader.as_deref());
        out.i64(self.current_state_timestamp);
        out.count(self.members.len());
        for member in &self.members {
            out.string(&member.member_id);
            out.nullable_string(member.group_instance_id.as_deref());
            out.string(&member.client_id);
            out.string(&member.client_host);
            out.i32(member.rebalance_timeout);
            out.i32(member.session_timeout);
            out.bytes(&member.subscription);
            out.bytes(&member.assignment);
        }
        out.into_bytes()
    }

    fn read(mut value: Reader<'_>) -> Result<Self> {
        let version = value.i16()?;
        match version {
            0..=3 => Self::read_plain(&mut value, version),
            4 => Self::read_flexible(&mut value),
            _ => Err(FieldError(format!("GroupMetadataValue has no version {version}"))),
        }
    }

    fn read_plain(value: &mut Reader<'_>, version: i16) -> Result<Self> {
        let mut read = Self {
            protocol_type: value.string()?,
            generation: value.i32()?,
            protocol: value.nullable_string()?,
            leader: value.nullable_string()?,
            current_state_timestamp: if version >= 2 { value.i64()? } else { -1 },
            members: Vec::new(),
        };
        for _ in 0..value.count()? {
            read.members.push(MemberMetadata {
                member_id: value.string()?,
                group_instance_id: if version >= 3 { value.nullable_string()? } else { None },
                client_id: value.string()?,
                client_host: value.string()?,
                rebalance_timeout: if version >= 1 { value.i32()? } else { -1 },
                session_timeout: value.i32()?,
                subscription: value.bytes()?,
                assignment: value.bytes()?,
            });
        }
        Ok(read)
    }

    fn read_flexible(value: &mut Reader<'_>) -> Result<Self> {
        let read = Self {
            protocol_type: value.compact_string()?,
            generation: value.i32()?,
            protocol: value.compact_nullable_string()?,
            leader: value.compact_nullable_string()?,
            current_state_timestamp: value.i64()?,
            members: value.compact_list(MemberMetadata::read_flexible)?,
        };
        value.no_tags()?;
        Ok(read)
    }
}

impl MemberMetadata {
    fn read_flexible(value: &mut Reader<'_>) -> Result<Self> {
        let member = Self {
            member_id: value.compact_string()?,
            group_instance_id: value.compact_nullable_string()?,
            client_id: value.compact_string()?,
            client_host: value.compact_string()?,
            rebalance_timeout: value.i32()?,
            session_timeout: value.i32()?,
            subscription: value.compact_bytes()?,
            assignment: value.compact_bytes()?,
        };
        value.no_tags()?;
        Ok(member)
    }
}
