//! The records of consumer groups (KIP-848) in `__consumer_offsets`, with their exact bytes (Kafka:
//! `GroupCoordinatorRecordHelpers`, `group-coordinator/src/main/resources/common/message/ConsumerGroup*.json`).
//!
//! A key is its type and then texts with a length of two bytes; a value is version 0 of a flexible message.

use bytes::Bytes;

use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::group::consumer::member::ClassicMember;
use crate::kafka::coordinator::group::consumer::member::MemberMetadata;
use crate::kafka::coordinator::group::consumer::member::MemberState;
use crate::kafka::coordinator::group::consumer::member::Owned;
use crate::kafka::coordinator::group::consumer::member::Target;
use crate::kafka::protocol::fields::Reader;
use crate::kafka::protocol::fields::Result;
use crate::kafka::protocol::fields::Tags;
use crate::kafka::protocol::fields::Writer;

/// `ConsumerGroupMetadataValue`: the group's epoch and what its topics looked like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupEpoch {
    pub epoch: Epoch,
    /// Since 4.1; 0: not known or no topics.
    pub metadata_hash: i64,
}

/// `ConsumerGroupTargetAssignmentMetadataValue`: the epoch of the target assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TargetEpoch {
    pub epoch: Epoch,
    /// Since 4.4: when it was computed, in ms; 0: not known.
    pub timestamp_ms: i64,
}

/// `ConsumerGroupCurrentMemberAssignmentValue`: where a member stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CurrentAssignment {
    pub epoch: Epoch,
    pub previous_epoch: Epoch,
    pub state: MemberState,
    pub assigned: Owned,
    pub revoking: Owned,
}

/// `ConsumerGroupRegularExpressionValue`: the topics that a regular expression found (4.0).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResolvedRegex {
    pub topics: Set<Name>,
    /// The version of the cluster's metadata that it was resolved against.
    pub version: i64,
    pub timestamp_ms: i64,
}

/// A record of a consumer group; without a value it is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerRecord {
    Group {
        group: Name,
        value: Option<GroupEpoch>,
    },
    /// Topics as Kafka kept them before 4.1; only its tombstone is written.
    PartitionMetadata {
        group: Name,
        value: Option<()>,
    },
    Member {
        group: Name,
        member: Name,
        value: Option<MemberMetadata>,
    },
    TargetEpoch {
        group: Name,
        value: Option<TargetEpoch>,
    },
    Target {
        group: Name,
        member: Name,
        value: Option<Target>,
    },
    Current {
        group: Name,
        member: Name,
        value: Option<CurrentAssignment>,
    },
    Regex {
        group: Name,
        regex: Name,
        value: Option<ResolvedRegex>,
    },
}

impl ConsumerRecord {
    /// The name of its schema without `Key` and `Value`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Group { .. } => "ConsumerGroupMetadata",
            Self::PartitionMetadata { .. } => "ConsumerGroupPartitionMetadata",
            Self::Member { .. } => "ConsumerGroupMemberMetadata",
            Self::TargetEpoch { .. } => "ConsumerGroupTargetAssignmentMetadata",
            Self::Target { .. } => "ConsumerGroupTargetAssignmentMember",
            Self::Current { .. } => "ConsumerGroupCurrentMemberAssignment",
            Self::Regex { .. } => "ConsumerGroupRegularExpression",
        }
    }

    /// The number that a key begins with.
    const fn kind(&self) -> i16 {
        match self {
            Self::Group { .. } => 3,
            Self::PartitionMetadata { .. } => 4,
            Self::Member { .. } => 5,
            Self::TargetEpoch { .. } => 6,
            Self::Target { .. } => 7,
            Self::Current { .. } => 8,
            Self::Regex { .. } => 16,
        }
    }

    /// The group that it belongs to.
    pub const fn group_name(&self) -> &Name {
        match self {
            Self::Group { group, .. }
            | Self::PartitionMetadata { group, .. }
            | Self::Member { group, .. }
            | Self::TargetEpoch { group, .. }
            | Self::Target { group, .. }
            | Self::Current { group, .. }
            | Self::Regex { group, .. } => group,
        }
    }

    pub(super) fn group(&self) -> &str {
        self.group_name()
    }

    /// Whether it has no value.
    pub const fn is_tombstone(&self) -> bool {
        match self {
            Self::Group { value, .. } => value.is_none(),
            Self::PartitionMetadata { value, .. } => value.is_none(),
            Self::Member { value, .. } => value.is_none(),
            Self::TargetEpoch { value, .. } => value.is_none(),
            Self::Target { value, .. } => value.is_none(),
            Self::Current { value, .. } => value.is_none(),
            Self::Regex { value, .. } => value.is_none(),
        }
    }

    /// The second text of its key: a member or a regular expression.
    const fn part(&self) -> Option<&Name> {
        match self {
            Self::Member { member, .. } | Self::Target { member, .. } | Self::Current { member, .. } => {
                Some(member)
            }
            Self::Regex { regex, .. } => Some(regex),
            Self::Group { .. } | Self::PartitionMetadata { .. } | Self::TargetEpoch { .. } => None,
        }
    }

    pub(super) fn key(&self) -> Bytes {
        let mut out = Writer::default();
        out.i16(self.kind());
        out.string(self.group_name());
        if let Some(part) = self.part() {
            out.string(part);
        }
        out.into_bytes()
    }

    /// The value's bytes; none: a tombstone.
    pub(super) fn value(&self) -> Option<Bytes> {
        let mut out = Writer::default();
        out.i16(0);
        match self {
            Self::Group { value, .. } => {
                let value = (*value)?;
                out.i32(value.epoch);
                number_tag(&mut out, value.metadata_hash);
            }
            Self::PartitionMetadata { value, .. } => {
                (*value)?;
                out.compact_count(0);
                out.no_tags();
            }
            Self::Member { value, .. } => write_member(&mut out, value.as_ref()?),
            Self::TargetEpoch { value, .. } => {
                let value = (*value)?;
                out.i32(value.epoch);
                number_tag(&mut out, value.timestamp_ms);
            }
            Self::Target { value, .. } => {
                out.compact_list(by_text(value.as_ref()?).into_iter(), |out, (topic, partitions)| {
                    out.uuid(*topic);
                    numbers(out, partitions.iter());
                    out.no_tags();
                });
                out.no_tags();
            }
            Self::Current { value, .. } => write_current(&mut out, value.as_ref()?),
            Self::Regex { value, .. } => {
                let value = value.as_ref()?;
                texts(&mut out, &value.topics);
                out.i64(value.version);
                out.i64(value.timestamp_ms);
                out.no_tags();
            }
        }
        Some(out.into_bytes())
    }

    /// Reads a record by the number that its key begins with; none if it is not of a consumer group.
    pub(super) fn read(kind: i16, key: &mut Reader<'_>, value: Option<Reader<'_>>) -> Result<Option<Self>> {
        if !(3..=8).contains(&kind) && kind != 16 {
            return Ok(None);
        }
        let group = key.string()?;
        let mut value = value;
        if let Some(value) = &mut value {
            value.i16()?;
        }
        Ok(Some(match kind {
            3 => Self::Group {
                group,
                value: value
                    .map(read_number_tag)
                    .transpose()?
                    .map(|(epoch, metadata_hash)| GroupEpoch { epoch, metadata_hash }),
            },
            4 => Self::PartitionMetadata { group, value: value.map(|_| ()) },
            6 => Self::TargetEpoch {
                group,
                value: value
                    .map(read_number_tag)
                    .transpose()?
                    .map(|(epoch, timestamp_ms)| TargetEpoch { epoch, timestamp_ms }),
            },
            5 => Self::Member { group, member: key.string()?, value: value.map(read_member).transpose()? },
            7 => Self::Target { group, member: key.string()?, value: value.map(read_target).transpose()? },
            8 => Self::Current { group, member: key.string()?, value: value.map(read_current).transpose()? },
            _ => Self::Regex { group, regex: key.string()?, value: value.map(read_regex).transpose()? },
        }))
    }
}

/// Topics in the order of their ids' texts: Kafka's order is that of a hash map, this one can be read.
fn by_text<V>(map: &Map<Uuid, V>) -> Vec<(&Uuid, &V)> {
    let mut list: Vec<(&Uuid, &V)> = map.iter().collect();
    list.sort_by_cached_key(|(id, _)| id.to_string());
    list
}

fn numbers<'a>(out: &mut Writer, numbers: impl ExactSizeIterator<Item = &'a i32>) {
    out.compact_list(numbers, |out, number| out.i32(*number));
}

fn texts(out: &mut Writer, texts: &Set<Name>) {
    out.compact_list(texts.iter(), |out, text| out.compact_string(text));
}

/// The end of a value whose only tagged field is a number that may be 0.
fn number_tag(out: &mut Writer, number: i64) {
    match number {
        0 => out.no_tags(),
        _ => out.tags(Tags::one(0, |field| field.i64(number))),
    }
}

/// An epoch and a tagged number.
fn read_number_tag(mut from: Reader<'_>) -> Result<(Epoch, i64)> {
    let (epoch, mut number) = (from.i32()?, 0);
    from.tags(|tag, field| {
        if tag == 0 {
            number = field.i64()?;
        }
        Ok(())
    })?;
    Ok((epoch, number))
}

fn write_member(out: &mut Writer, value: &MemberMetadata) {
    out.compact_nullable_string(value.instance.as_deref());
    out.compact_nullable_string(value.rack.as_deref());
    out.compact_string(&value.client_id);
    out.compact_string(&value.client_host);
    texts(out, &value.topics);
    out.compact_string(&value.regex);
    out.i32(value.rebalance_timeout_ms);
    out.compact_nullable_string(value.assignor.as_deref());
    // Kafka writes this tagged field even when it is null.
    out.tags(Tags::one(0, |field| match &value.classic {
        None => field.varint(0),
        Some(classic) => {
            field.varint(1);
            field.i32(classic.session_timeout_ms);
            field.compact_list(classic.protocols.iter(), |field, (name, metadata)| {
                field.compact_string(name);
                field.compact_bytes(metadata);
                field.no_tags();
            });
            field.no_tags();
        }
    }));
}

fn read_member(mut from: Reader<'_>) -> Result<MemberMetadata> {
    let mut value = MemberMetadata {
        instance: from.compact_nullable_string()?,
        rack: from.compact_nullable_string()?,
        client_id: from.compact_string()?,
        client_host: from.compact_string()?,
        topics: from.compact_list(Reader::compact_string)?.into_iter().collect(),
        regex: from.compact_nullable_string()?.unwrap_or_default(),
        rebalance_timeout_ms: from.i32()?,
        assignor: from.compact_nullable_string()?,
        classic: None,
    };
    from.tags(|tag, field| {
        if tag == 0 && field.varint()? != 0 {
            let session_timeout_ms = field.i32()?;
            let protocols = field.compact_list(|from| {
                let protocol = (from.compact_string()?, from.compact_bytes()?);
                from.no_tags()?;
                Ok(protocol)
            })?;
            value.classic = Some(ClassicMember { session_timeout_ms, protocols });
        }
        Ok(())
    })?;
    Ok(value)
}

fn read_target(mut from: Reader<'_>) -> Result<Target> {
    let topics = from.compact_list(|from| {
        let topic = (from.uuid()?, from.compact_list(Reader::i32)?.into_iter().collect());
        from.no_tags()?;
        Ok(topic)
    })?;
    Ok(topics.into_iter().collect())
}

fn write_current(out: &mut Writer, value: &CurrentAssignment) {
    out.i32(value.epoch);
    out.i32(value.previous_epoch);
    out.i8(value.state.code());
    for owned in [&value.assigned, &value.revoking] {
        out.compact_list(by_text(owned).into_iter(), |out, (topic, partitions)| {
            out.uuid(*topic);
            numbers(out, partitions.keys());
            out.tags(Tags::one(0, |field| numbers(field, partitions.values())));
        });
    }
    out.no_tags();
}

fn read_current(mut from: Reader<'_>) -> Result<CurrentAssignment> {
    Ok(CurrentAssignment {
        epoch: from.i32()?,
        previous_epoch: from.i32()?,
        state: MemberState::from_code(from.i8()?),
        assigned: read_owned(&mut from)?,
        revoking: read_owned(&mut from)?,
    })
}

fn read_owned(from: &mut Reader<'_>) -> Result<Owned> {
    let topics = from.compact_list(|from| {
        let topic = from.uuid()?;
        let partitions = from.compact_list(Reader::i32)?;
        let mut epochs = Vec::new();
        from.tags(|tag, field| {
            if tag == 0 {
                epochs = field.compact_list(Reader::i32)?;
            }
            Ok(())
        })?;
        // What a broker before 4.3 wrote has no epochs.
        epochs.resize(partitions.len(), 0);
        Ok((topic, partitions.into_iter().zip(epochs).collect()))
    })?;
    Ok(topics.into_iter().collect())
}

fn read_regex(mut from: Reader<'_>) -> Result<ResolvedRegex> {
    let topics = from.compact_list(Reader::compact_string)?.into_iter().collect();
    Ok(ResolvedRegex { topics, version: from.i64()?, timestamp_ms: from.i64()? })
}
