//! A classic group becomes a consumer group when a member of the new protocol joins, and a classic one again when the
//! last such member leaves (Kafka: `convertToConsumerGroup`, `convertToClassicGroup`, KIP-848 online migration).

use std::sync::Arc;

use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::Topics;
use crate::kafka::coordinator::group::ClassicId;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::group::classic::CONSUMER;
use crate::kafka::coordinator::group::classic::ClassicGroup;
use crate::kafka::coordinator::group::classic::ClassicMember as OldMember;
use crate::kafka::coordinator::group::classic::ClassicState;
use crate::kafka::coordinator::group::classic::Protocol;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::consumer::GroupEpoch;
use crate::kafka::coordinator::record::consumer::TargetEpoch;
use crate::kafka::coordinator::shard::Edition;
use crate::kafka::coordinator::shard::MigrationPolicy;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::coordinator::shard::Then;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;

use super::change::current_record;
use super::group::ConsumerGroup;
use super::member::ClassicMember;
use super::member::Member;
use super::member::MemberMetadata;
use super::member::Owned;
use super::member::Target;
use super::member::partitions_of;
use super::table_order::table_order;
use super::topics::metadata_hash;

impl Shard {
    /// The consumer group of a request: as it is, new, or made of a classic one
    /// (`getOrMaybeCreateConsumerGroup`).
    pub(super) fn consumer_group_for(
        &mut self,
        io: &mut Io<'_>,
        name: &Name,
        create: bool,
        records: &mut Vec<GroupRecord>,
    ) -> Result<Arc<ConsumerGroup>, Refusal> {
        let new = || Arc::new(ConsumerGroup::new(name, self.config.profile));
        let id = match self.timeline.groups.get(name) {
            Some(Group::Consumer(group)) => return Ok(group.clone()),
            Some(Group::Classic(id)) if create => *id,
            Some(Group::Classic(_)) => return Err(self.not_a_consumer_group(name)),
            None if create => return Ok(new()),
            None => return Err(not_found(format!("Consumer group {name} not found."))),
        };
        if self.classics.get(&id).is_some_and(|group| group.is_empty()) {
            records.push(Self::classic_tombstone(name));
            return Ok(new());
        }
        self.may_upgrade(name, id)?;
        self.upgrade(io, name, id, records)
    }

    fn may_upgrade(&self, name: &Name, id: ClassicId) -> Result<(), Refusal> {
        let Some(group) = self.classics.get(&id) else { return Ok(()) };
        let policy = self.config.migration_policy;
        let why = if !matches!(policy, MigrationPolicy::Upgrade | MigrationPolicy::Bidirectional) {
            "online upgrade is disabled"
        } else if group.protocol_type.as_deref() != Some(CONSUMER) {
            "the group does not use the consumer embedded protocol"
        } else if group.members.len() > usize::try_from(self.config.consumer_max_size).unwrap_or(0) {
            "the group size exceeds the consumer group maximum size"
        } else {
            return Ok(());
        };
        Err(cannot_upgrade(name, why))
    }

    /// Whoever waits in the classic group is told to rejoin; then the group is written as a consumer group, and each of
    /// its members as a member that speaks the classic protocol.
    fn upgrade(
        &mut self,
        io: &mut Io<'_>,
        name: &Name,
        id: ClassicId,
        records: &mut Vec<GroupRecord>,
    ) -> Result<Arc<ConsumerGroup>, Refusal> {
        self.with_classic(io, id, |group, hands| group.answer_all(hands, ErrorCode::RebalanceInProgress));
        records.push(Self::classic_tombstone(name));
        let Some(classic) = self.classics.get(&id).cloned() else {
            return Err(self.not_a_consumer_group(name));
        };
        let group = Arc::new(from_classic(io.topics, &classic, self.config.profile)?);
        records.extend(group_records(&group).into_iter().map(GroupRecord::Consumer));
        for member in group.members.values() {
            if let Some(classic) = &member.metadata.classic {
                self.schedule_session(io, name, &member.id, classic.session_timeout_ms);
            }
        }
        Ok(group)
    }

    /// Whether only classic members stay when these go, and the group may become a classic one.
    pub(super) fn may_downgrade(&self, group: &ConsumerGroup, going: &Set<Name>) -> bool {
        let mut staying = group.members.values().filter(|member| !going.contains(&member.id)).peekable();
        staying.peek().is_some()
            && staying.all(|member| member.is_classic())
            && self.downgrade_enabled(group.members.len() - going.len())
    }

    /// Whether a group of this size may become a classic one.
    pub(super) fn downgrade_enabled(&self, size: usize) -> bool {
        matches!(self.config.migration_policy, MigrationPolicy::Downgrade | MigrationPolicy::Bidirectional)
            && size <= usize::try_from(self.config.max_size).unwrap_or(0)
    }

    /// The group becomes a classic one without those who go; those who stay are to rejoin.
    pub(super) fn downgrade(
        &mut self,
        io: &mut Io<'_>,
        group: &Arc<ConsumerGroup>,
        going: &Set<Name>,
        reply: Option<Reply>,
    ) -> Outcome {
        let mut records = Vec::new();
        self.consumer_tombstones(group, &mut records);
        let staying = group.members.values().filter(|member| !going.contains(&member.id));
        let staying = staying.map(|member| (Member::clone(member), member.id.clone())).collect();
        self.become_classic(io, group, staying, true, &mut records);
        Outcome { reply, ..Outcome::note(records, Then::Nothing) }
    }

    /// Puts a classic group of these members in the place of a consumer group. Each member comes with the id under which
    /// its target is known.
    pub(super) fn become_classic(
        &mut self,
        io: &mut Io<'_>,
        group: &Arc<ConsumerGroup>,
        mut staying: Vec<(Member, Name)>,
        rebalance: bool,
        records: &mut Vec<GroupRecord>,
    ) {
        table_order(&mut staying, |(member, _)| &member.id);
        let mut classic = ClassicGroup::new(group.id.clone(), io.now_ms);
        classic.state = ClassicState::Stable;
        classic.generation = group.epoch;
        for (member, _) in &staying {
            classic.add(old_member(member));
        }
        classic.protocol = classic.select_protocol(Edition::New);
        classic.subscribed_topics = classic.compute_subscribed_topics();
        let protocol = classic.protocol.clone().unwrap_or_default();
        for (member, known_as) in &staying {
            let target = group.target.get(known_as).cloned().unwrap_or_default();
            if let Some(member) = classic.member_mut(&member.id) {
                let version =
                    protocol_version(member.metadata(&protocol).map_or(&[][..], |metadata| metadata));
                member.assignment = encode_target(io.topics, &target, version);
            }
        }
        records.push(classic.record(|member| member.assignment.clone()));
        let id = self.put_classic(classic);
        self.consumers.request_refresh(&group.id);
        self.with_classic(io, id, |group, hands| {
            for member in group.member_ids() {
                group.restart_session(hands, &member);
            }
            if rebalance {
                drop(group.prepare_rebalance(hands));
            }
        });
    }
}

/// `ConsumerGroup.fromClassicGroup`.
fn from_classic(
    topics: &dyn Topics,
    classic: &ClassicGroup,
    profile: crate::kafka::base::Profile,
) -> Result<ConsumerGroup, Refusal> {
    let malformed = || cannot_upgrade(&classic.name, "the embedded consumer protocol is malformed");
    let mut group = ConsumerGroup::new(&classic.name, profile);
    let epoch = classic.generation;
    let value = Some(TargetEpoch { epoch, timestamp_ms: 0 });
    group.replay(&ConsumerRecord::TargetEpoch { group: group.id.clone(), value });
    for old in classic.members.values() {
        let assigned = if old.assignment.is_empty() {
            Owned::new()
        } else {
            let assignment = ConsumerProtocolAssignment::decode(&old.assignment).map_err(|_| malformed())?;
            if assignment.user_data.is_some_and(|data| !data.is_empty()) {
                return Err(custom_assignor(&classic.name));
            }
            owned(topics, &assignment.partitions, epoch)
        };
        // The group has not chosen a protocol yet, or the member came since and does not speak the last one: Kafka fails.
        let protocol = classic.protocol.as_deref().ok_or(ErrorCode::UnknownServerError)?;
        let metadata = old.metadata(protocol).ok_or(ErrorCode::UnknownServerError)?;
        let subscription = ConsumerProtocolSubscription::decode(metadata).map_err(|_| malformed())?;
        let mut member = Member::new(&old.id);
        member.epoch = epoch;
        member.previous_epoch = epoch;
        member.assigned = assigned;
        member.metadata = MemberMetadata {
            instance: old.instance.clone(),
            rack: subscription.rack,
            client_id: old.client_id.clone(),
            client_host: old.client_host.clone(),
            topics: subscription.topics.into_iter().collect(),
            rebalance_timeout_ms: old.rebalance_timeout_ms,
            classic: Some(classic_member(old)),
            ..member.metadata
        };
        group.adopt(member);
    }
    let hash = metadata_hash(topics, group.subscribed_names(|_| true));
    let value = Some(GroupEpoch { epoch, metadata_hash: hash });
    group.replay(&ConsumerRecord::Group { group: group.id.clone(), value });
    Ok(group)
}

/// `ConsumerGroup.createConsumerGroupRecords`.
fn group_records(group: &ConsumerGroup) -> Vec<ConsumerRecord> {
    let id = &group.id;
    let members = || group.members.values();
    let mut records = Vec::new();
    records.extend(members().map(|member| ConsumerRecord::Member {
        group: id.clone(),
        member: member.id.clone(),
        value: Some(member.metadata.clone()),
    }));
    let value = Some(GroupEpoch { epoch: group.epoch, metadata_hash: group.metadata_hash });
    records.push(ConsumerRecord::Group { group: id.clone(), value });
    records.extend(members().map(|member| ConsumerRecord::Target {
        group: id.clone(),
        member: member.id.clone(),
        value: Some(partitions_of(&member.assigned)),
    }));
    let value = Some(TargetEpoch { epoch: group.epoch, timestamp_ms: 0 });
    records.push(ConsumerRecord::TargetEpoch { group: id.clone(), value });
    records.extend(members().map(|member| current_record(id, member)));
    records
}

fn classic_member(old: &OldMember) -> ClassicMember {
    let protocols = old.protocols.iter().map(|protocol| (protocol.name.clone(), protocol.metadata.clone()));
    ClassicMember { session_timeout_ms: old.session_timeout_ms, protocols: protocols.collect() }
}

fn old_member(member: &Member) -> OldMember {
    let classic = member.metadata.classic.as_ref();
    let protocols = classic.into_iter().flat_map(|classic| &classic.protocols);
    let protocol =
        |(name, metadata): &(Name, bytes::Bytes)| Protocol { name: name.clone(), metadata: metadata.clone() };
    OldMember {
        id: member.id.clone(),
        instance: member.metadata.instance.clone(),
        client_id: member.metadata.client_id.clone(),
        client_host: member.metadata.client_host.clone(),
        session_timeout_ms: classic.map_or(0, |classic| classic.session_timeout_ms),
        rebalance_timeout_ms: member.metadata.rebalance_timeout_ms,
        protocol_type: Name::from(CONSUMER),
        protocols: protocols.map(protocol).collect(),
        assignment: bytes::Bytes::new(),
        awaiting_join: None,
        awaiting_sync: None,
        is_new: false,
    }
}

/// The version that a subscription is written in: its first two bytes.
pub(super) fn protocol_version(metadata: &[u8]) -> i16 {
    metadata.first_chunk().map_or(0, |version| i16::from_be_bytes(*version)).max(0)
}

/// Partitions as a classic member hears of them; topics that are gone are left out.
pub(super) fn encode_target(topics: &dyn Topics, target: &Target, version: i16) -> bytes::Bytes {
    let mut partitions = Vec::new();
    for (topic, numbers) in target.iter() {
        if let Some(name) = topics.name(*topic) {
            partitions.extend(numbers.iter().map(|partition| TopicPartition::new(&name, *partition)));
        }
    }
    let assignment = ConsumerProtocolAssignment { partitions, user_data: None };
    assignment.encode(version).unwrap_or_default()
}

/// Partitions by topic id; those of unknown topics are left out.
fn owned(topics: &dyn Topics, partitions: &[TopicPartition], epoch: Epoch) -> Owned {
    let mut owned: Owned = Map::new();
    for partition in partitions {
        if let Some(id) = topics.id(&partition.topic) {
            owned.entry(id).or_default().insert(partition.partition, epoch);
        }
    }
    owned
}

pub(super) fn not_found(message: impl Into<Name>) -> Refusal {
    Refusal::because(ErrorCode::GroupIdNotFound, message)
}

fn cannot_upgrade(group: &str, why: &str) -> Refusal {
    not_found(format!("Cannot upgrade classic group {group} to consumer group because {why}."))
}

fn custom_assignor(group: &str) -> Refusal {
    not_found(format!(
        "Cannot upgrade classic group {group} to consumer group because an unsupported custom assignor is in use. \
         Please refer to the documentation or switch to a default assignor before re-attempting the upgrade."
    ))
}
