//! Where the shard calls consumer groups.

use std::sync::Arc;

use super::ConsumerGroup;
use super::ConsumerThen;
use super::member::MemberState;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::TimerKey;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages as m;
use m::consumer_group_describe_request::ConsumerGroupDescribeRequestData;
use m::consumer_group_describe_response::ConsumerGroupDescribeResponseData;
use m::consumer_group_describe_response::DescribedGroup;
use m::consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequestData;
use m::heartbeat_request::HeartbeatRequestData;
use m::join_group_request::JoinGroupRequestData;
use m::leave_group_request::LeaveGroupRequestData;
use m::sync_group_request::SyncGroupRequestData;

impl Shard {
    /// A consumer group as it is in memory.
    pub(crate) fn consumer_group(&self, name: &str) -> Option<Arc<ConsumerGroup>> {
        match self.timeline.groups.get(name)? {
            Group::Consumer(group) => Some(group.clone()),
            Group::Classic(_) => None,
        }
    }

    /// `consumerGroupHeartbeat`.
    pub(crate) fn consumer_heartbeat(
        &mut self,
        io: &mut Io<'_>,
        _ticket: Ticket,
        ask: &Ask,
        request: &ConsumerGroupHeartbeatRequestData,
    ) -> Decision {
        if request.member_epoch < 0 {
            self.consumer_leave(io, request)
        } else {
            self.consumer_beat(io, ask, request)
        }
    }

    /// `consumerGroupDescribe`, as of the high watermark.
    pub(crate) fn consumer_describe(
        &self,
        io: &Io<'_>,
        request: &ConsumerGroupDescribeRequestData,
    ) -> ConsumerGroupDescribeResponseData {
        let (mut groups, named) = nameless_first(&request.group_ids);
        groups.extend(named.into_iter().map(|id| self.describe_consumer_group(io, id)));
        ConsumerGroupDescribeResponseData::default().with_groups(groups)
    }

    /// `classicGroupJoinToConsumerGroup`: a classic member asks a consumer group that has members.
    pub(crate) fn classic_join_to_consumer(
        &mut self,
        io: &mut Io<'_>,
        ticket: Ticket,
        ask: &Ask,
        group: &Arc<ConsumerGroup>,
        request: &JoinGroupRequestData,
    ) -> Decision {
        self.classic_join(io, ticket, ask, group, request)
    }

    /// `classicGroupSyncToConsumerGroup`.
    pub(crate) fn classic_sync_to_consumer(
        &mut self,
        io: &mut Io<'_>,
        _ticket: Ticket,
        group: &Arc<ConsumerGroup>,
        request: &SyncGroupRequestData,
    ) -> Decision {
        self.classic_sync(io, group, request)
    }

    /// `classicGroupHeartbeatToConsumerGroup`.
    pub(crate) fn classic_heartbeat_to_consumer(
        &mut self,
        io: &mut Io<'_>,
        group: &Arc<ConsumerGroup>,
        request: &HeartbeatRequestData,
    ) -> Decision {
        self.classic_heartbeat(io, group, request)
    }

    /// `classicGroupLeaveToConsumerGroup`.
    pub(crate) fn classic_leave_to_consumer(
        &mut self,
        io: &mut Io<'_>,
        group: &Arc<ConsumerGroup>,
        request: &LeaveGroupRequestData,
    ) -> Decision {
        self.classic_leave(io, group, request)
    }

    /// The tombstones of a consumer group (`createGroupTombstoneRecords`).
    pub(crate) fn consumer_tombstones(&self, group: &ConsumerGroup, records: &mut Vec<GroupRecord>) {
        records.extend(tombstones(group, Name::clone));
    }

    /// A timer of a member of a consumer group.
    pub(crate) fn consumer_timer(&mut self, io: &mut Io<'_>, key: &TimerKey, work: Work) -> Decision {
        match key {
            TimerKey::Session { group, member }
            | TimerKey::Rebalance { group, member }
            | TimerKey::MemberJoin { group, member }
            | TimerKey::MemberSync { group, member } => Ok(self.member_timed_out(io, group, member, work)),
            _ => Ok(Outcome::nothing()),
        }
    }

    /// `replay` of the records of consumer groups. A record with a value makes the group, even in the place of one that
    /// only has offsets.
    pub(crate) fn replay_consumer(&mut self, _io: &mut Io<'_>, record: &ConsumerRecord) {
        let name = record.group_name();
        if let ConsumerRecord::Group { value: None, .. } = record {
            if self.consumer_group(name).is_some() {
                self.timeline.groups.remove(name);
                self.consumers.request_refresh(name);
            }
            return;
        }
        let known = matches!(self.timeline.groups.get(name), Some(Group::Consumer(_)));
        if !known {
            if record.is_tombstone() {
                return;
            }
            let group = ConsumerGroup::new(name, self.config.profile);
            self.timeline.groups.insert(name.clone(), Group::Consumer(Arc::new(group)));
        }
        if let Some(Group::Consumer(group)) = self.timeline.groups.get_mut(name) {
            Arc::make_mut(group).replay(record);
        }
    }

    /// The half of `onLoaded` that starts timers of consumer groups.
    pub(crate) fn consumer_loaded(&mut self, io: &mut Io<'_>, group: &ConsumerGroup, order: &[Name]) {
        for member in order.iter().filter_map(|id| group.members.get(id)) {
            self.schedule_session(io, &group.id, &member.id, self.config.consumer_session_timeout_ms);
            if member.state == MemberState::UnrevokedPartitions {
                let key = TimerKey::Rebalance { group: group.id.clone(), member: member.id.clone() };
                let due = io.now_ms + i64::from(member.metadata.rebalance_timeout_ms);
                self.timers.schedule(key, due, Work::Epoch(member.epoch));
            }
        }
    }

    /// Remembers in which version topics came last. To a shard that was just loaded they all came in the version that it
    /// finds: an expression that was resolved before it is resolved again.
    pub(crate) fn look_for_new_topics(&mut self, io: &Io<'_>) {
        let topics: Set<Uuid> = io.topics.names().iter().filter_map(|name| io.topics.id(name)).collect();
        let soft = &mut self.consumers;
        if soft.new_topics_version == -1 || topics.iter().any(|topic| !soft.known_topics.contains(topic)) {
            soft.new_topics_version = io.topics.version();
        }
        soft.known_topics = topics;
    }

    /// `onNewMetadataImage`: these topics came, changed or went.
    pub(crate) fn consumer_metadata(&mut self, io: &mut Io<'_>, changed: &[Name]) {
        self.look_for_new_topics(io);
        let soft = &mut self.consumers;
        for group in self.timeline.groups.values() {
            if let Group::Consumer(group) = group
                && changed.iter().any(|topic| group.is_subscribed_to(topic))
            {
                soft.request_refresh(&group.id);
            }
        }
    }

    /// The records behind a [`ConsumerThen`] are safe, or they are not.
    pub(crate) fn consumer_then(&mut self, io: &mut Io<'_>, then: ConsumerThen, error: Option<ErrorCode>) {
        if error.is_none() {
            self.classic_answered(io, then);
        }
    }

    /// Work that stands behind a request: regular expressions. `true` when something was done.
    pub(crate) fn run_background(&mut self, io: &mut Io<'_>) -> bool {
        self.resolve_regexes(io)
    }
}

/// The records that end a group; `named` says under which id a member stands in the log.
pub(super) fn tombstones(group: &ConsumerGroup, named: impl Fn(&Name) -> Name) -> Vec<GroupRecord> {
    let id = || group.id.clone();
    let members: Vec<Name> = group.members.keys().map(named).collect();
    let mut records = Vec::new();
    let all = || members.iter().cloned();
    records.extend(all().map(|member| ConsumerRecord::Current { group: id(), member, value: None }));
    records.extend(all().map(|member| ConsumerRecord::Target { group: id(), member, value: None }));
    records.push(ConsumerRecord::TargetEpoch { group: id(), value: None });
    records.extend(all().map(|member| ConsumerRecord::Member { group: id(), member, value: None }));
    let regexes = group.regexes.keys().cloned();
    records.extend(regexes.map(|regex| ConsumerRecord::Regex { group: id(), regex, value: None }));
    records.push(ConsumerRecord::PartitionMetadata { group: id(), value: None });
    records.push(ConsumerRecord::Group { group: id(), value: None });
    records.into_iter().map(GroupRecord::Consumer).collect()
}

/// The request layer answers for names that no group can have, before the others are asked for.
pub(crate) fn nameless_first(ids: &[KafkaString]) -> (Vec<DescribedGroup>, Vec<&KafkaString>) {
    let (nameless, named): (Vec<_>, Vec<_>) = ids.iter().partition(|id| id.is_empty());
    let invalid = |id: &KafkaString| {
        DescribedGroup::default().with_group_id(id.clone()).with_error_code(ErrorCode::InvalidGroupId.code())
    };
    (nameless.into_iter().map(invalid).collect(), named)
}
