//! Members that speak the classic protocol inside a consumer group (Kafka: `classicGroupJoinToConsumerGroup`,
//! `classicGroupSyncToConsumerGroup`, `classicGroupHeartbeatToConsumerGroup`, `classicGroupLeaveToConsumerGroup`).
//!
//! To them each step of their reconciliation is a rebalance of their own: a heartbeat tells them to rejoin, the join
//! takes the step, the sync hands out what they may own now.

use std::sync::Arc;

use crate::kafka::base::Epoch;
use crate::kafka::base::Name;
use crate::kafka::base::Profile;
use crate::kafka::base::Set;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::classic::CONSUMER;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::coordinator::shard::Then;
use crate::kafka::coordinator::shard::TimerKey;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages as m;
use m::heartbeat_request::HeartbeatRequestData;
use m::heartbeat_response::HeartbeatResponseData;
use m::leave_group_request::LeaveGroupRequestData;
use m::leave_group_response::LeaveGroupResponseData;
use m::leave_group_response::MemberResponse;
use m::sync_group_request::SyncGroupRequestData;
use m::sync_group_response::SyncGroupResponseData;

use super::ConsumerThen;
use super::group::ConsumerGroup;
use super::member::ClassicMember;
use super::member::Member;
use super::member::MemberState;
use super::member::partitions_of;
use super::migration::encode_target;
use super::migration::protocol_version;
use super::validate;

impl Shard {
    pub(super) fn classic_sync(
        &mut self,
        io: &mut Io<'_>,
        group: &Arc<ConsumerGroup>,
        request: &SyncGroupRequestData,
    ) -> Decision {
        let instance = request.group_instance_id.as_ref();
        let (member, classic) = classic_member(group, &request.member_id, instance, request.generation_id)?;
        let first = classic.protocols.first();
        let other_type = request.protocol_type.as_ref().is_some_and(|kind| kind.as_str() != CONSUMER);
        let other_name = request
            .protocol_name
            .as_ref()
            .is_some_and(|name| first.is_some_and(|(known, _)| name.as_str() != &**known));
        if other_type || other_name {
            return Err(ErrorCode::InconsistentGroupProtocol.into());
        }
        if self.asked_epoch(group) > member.epoch && member.state != MemberState::UnrevokedPartitions {
            self.schedule_rejoin(io, &group.id, member);
            return Err(ErrorCode::RebalanceInProgress.into());
        }
        let version = protocol_version(first.map_or(&[][..], |(_, metadata)| metadata));
        let response = SyncGroupResponseData::default()
            .with_protocol_type(request.protocol_type.clone())
            .with_protocol_name(request.protocol_name.clone())
            .with_assignment(encode_target(io.topics, &partitions_of(&member.assigned), version));
        let then = ConsumerThen::Synced {
            group: group.id.clone(),
            member: member.id.clone(),
            session_timeout_ms: classic.session_timeout_ms,
        };
        let reply = Reply::Response(Response::SyncGroup(response));
        Ok(Outcome { then: Then::Consumer(then), ..Outcome::reply(reply) })
    }

    pub(super) fn classic_heartbeat(
        &mut self,
        io: &mut Io<'_>,
        group: &Arc<ConsumerGroup>,
        request: &HeartbeatRequestData,
    ) -> Decision {
        let instance = request.group_instance_id.as_ref();
        let (member, classic) = classic_member(group, &request.member_id, instance, request.generation_id)?;
        self.schedule_session(io, &group.id, &member.id, classic.session_timeout_ms);
        let rejoin = member.epoch < self.asked_epoch(group)
            || member.state == MemberState::UnrevokedPartitions
            || member.state == MemberState::UnreleasedPartitions && !group.waits_for_others(member);
        let error = if rejoin {
            self.schedule_rejoin(io, &group.id, member);
            ErrorCode::RebalanceInProgress
        } else {
            ErrorCode::None
        };
        let response = HeartbeatResponseData::default().with_error_code(error.code());
        Ok(Outcome::reply(Reply::Response(Response::Heartbeat(response))))
    }

    pub(super) fn classic_leave(
        &mut self,
        io: &mut Io<'_>,
        group: &Arc<ConsumerGroup>,
        request: &LeaveGroupRequestData,
    ) -> Decision {
        let mut going = Set::new();
        let mut members = Vec::new();
        for identity in &request.members {
            let found = match identity.group_instance_id.as_ref().map(KafkaString::as_str) {
                None => group.members.get(identity.member_id.as_str()).ok_or(ErrorCode::UnknownMemberId),
                Some(instance) => match group.static_member(instance) {
                    None => Err(ErrorCode::UnknownMemberId),
                    Some(member)
                        if !identity.member_id.is_empty() && *member.id != *identity.member_id.as_str() =>
                    {
                        Err(ErrorCode::FencedInstanceId)
                    }
                    Some(member) => Ok(member),
                },
            };
            let error = match found {
                Ok(member) => {
                    going.insert(member.id.clone());
                    ErrorCode::None
                }
                Err(error) => error,
            };
            members.push(
                MemberResponse::default()
                    .with_member_id(identity.member_id.clone())
                    .with_group_instance_id(identity.group_instance_id.clone())
                    .with_error_code(error.code()),
            );
        }
        let response = LeaveGroupResponseData::default().with_members(members);
        Ok(self.fence_members(io, group, &going, Some(Reply::Response(Response::LeaveGroup(response)))))
    }

    /// The epoch that classic members are called to. In 4.4 that is the target's, which may be older than the group's.
    fn asked_epoch(&self, group: &ConsumerGroup) -> Epoch {
        match self.config.profile {
            Profile::Classic => group.epoch,
            Profile::Modern => group.assignment_epoch,
        }
    }

    /// The time to rejoin runs from the first heartbeat that asks for it.
    fn schedule_rejoin(&mut self, io: &Io<'_>, group: &Name, member: &Member) {
        let key = TimerKey::MemberJoin { group: group.clone(), member: member.id.clone() };
        if self.timers.get(&key).is_none() {
            let due = io.now_ms + i64::from(member.metadata.rebalance_timeout_ms);
            self.timers.schedule(key, due, Work::Plain);
        }
    }

    /// The records behind an answer to a classic member are safe.
    pub(super) fn classic_answered(&mut self, io: &Io<'_>, then: ConsumerThen) {
        match then {
            ConsumerThen::Joined { group, member, timeouts } => {
                self.timers.cancel(&TimerKey::MemberJoin { group: group.clone(), member: member.clone() });
                let Some((session_ms, rebalance_ms)) = timeouts else { return };
                self.schedule_session(io, &group, &member, session_ms);
                let due = io.now_ms + i64::from(rebalance_ms);
                self.timers.schedule(TimerKey::MemberSync { group, member }, due, Work::Plain);
            }
            ConsumerThen::Synced { group, member, session_timeout_ms } => {
                self.timers.cancel(&TimerKey::MemberSync { group: group.clone(), member: member.clone() });
                self.schedule_session(io, &group, &member, session_timeout_ms);
            }
        }
    }
}

/// A member of the classic protocol by its id, or by its instance id, which must then fit the id; it must be of this
/// generation, which is its epoch.
fn classic_member<'a>(
    group: &'a ConsumerGroup,
    id: &KafkaString,
    instance: Option<&KafkaString>,
    generation: Epoch,
) -> Result<(&'a Member, &'a ClassicMember), Refusal> {
    let id = id.as_str();
    let member = match instance.map(KafkaString::as_str) {
        None => group.members.get(id).ok_or_else(|| validate::unknown_member(id, &group.id))?,
        Some(instance) => {
            let member = group.static_member(instance).ok_or_else(|| validate::unknown_instance(instance))?;
            validate::not_replaced(member, id, instance)?;
            member
        }
    };
    let classic = member.metadata.classic.as_ref().ok_or(ErrorCode::UnknownMemberId)?;
    if member.epoch != generation {
        return Err(ErrorCode::IllegalGeneration.into());
    }
    Ok((member, classic))
}
