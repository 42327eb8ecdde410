//! Requests and timers find their classic group here.

use super::ClassicGroup;
use crate::kafka::base::Name;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::group::ClassicId;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::record::GroupMetadata;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::coordinator::shard::Then;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::coordinator::shard::join_refused;
use crate::kafka::coordinator::shared;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages as m;
use m::heartbeat_request::HeartbeatRequestData;
use m::join_group_request::JoinGroupRequestData;
use m::leave_group_request::LeaveGroupRequestData;
use m::sync_group_request::SyncGroupRequestData;

/// A group that is not there.
const NO_GROUP: &str = "the group was found";

impl Shard {
    /// `classicGroupJoin`.
    pub(crate) fn join_group(
        &mut self,
        io: &mut Io<'_>,
        ticket: Ticket,
        ask: &Ask,
        request: &JoinGroupRequestData,
    ) -> Decision {
        let name = shared(&request.group_id);
        let mut records = Vec::new();
        match self.timeline.groups.get(&name).cloned() {
            Some(Group::Consumer(group)) if !group.is_empty() => {
                return self.classic_join_to_consumer(io, ticket, ask, &group, request);
            }
            Some(Group::Consumer(group)) => {
                // The tombstones are not replayed: the group goes now.
                self.consumer_tombstones(&group, &mut records);
                self.timeline.groups.remove(&name);
            }
            _ => {}
        }
        let known = self.timeline.groups.get(&name).cloned();
        let id = match known {
            Some(Group::Classic(id)) => id,
            _ if request.member_id.is_empty() => self.put_classic(ClassicGroup::new(name, io.now_ms)),
            _ => {
                let unknown = join_refused(ErrorCode::UnknownMemberId);
                let response = unknown.with_member_id(request.member_id.clone());
                self.answer(io, ticket, Response::JoinGroup(response));
                return Ok(Outcome::nothing());
            }
        };
        let outcome = self
            .with_classic(io, id, |group, hands| group.join(hands, ticket, ask, request))
            .expect(NO_GROUP);
        if known.is_some() || !outcome.records.is_empty() || !self.edition().writes_new_groups() {
            return Ok(outcome);
        }
        // A new group is written at once, so that a failed append takes it back.
        records.extend(self.classics.get(&id).map(|group| group.empty_record()));
        Ok(Outcome::note(records, Then::Nothing))
    }

    /// `classicGroupSync`.
    pub(crate) fn sync_group(
        &mut self,
        io: &mut Io<'_>,
        ticket: Ticket,
        request: &SyncGroupRequestData,
    ) -> Decision {
        let unknown = || Err(ErrorCode::UnknownMemberId.into());
        let synced = match self.timeline.groups.get(request.group_id.as_str()).cloned() {
            Some(Group::Classic(id)) => {
                let synced = self.with_classic(io, id, |group, hands| group.sync(hands, ticket, request));
                synced.unwrap_or_else(unknown)
            }
            Some(Group::Consumer(group)) if !group.is_empty() => {
                return self.classic_sync_to_consumer(io, ticket, &group, request);
            }
            _ => unknown(),
        };
        // Who is refused hears it now, but the operation goes on, and ends when all before it are safe.
        synced.or_else(|refusal: Refusal| {
            self.fail(io, ticket, &refusal);
            Ok(Outcome::nothing())
        })
    }

    /// `classicGroupHeartbeat`.
    pub(crate) fn heartbeat(
        &mut self,
        io: &mut Io<'_>,
        _ticket: Ticket,
        request: &HeartbeatRequestData,
    ) -> Decision {
        match self.timeline.groups.get(request.group_id.as_str()).cloned() {
            Some(Group::Classic(id)) => {
                let beat = self.with_classic(io, id, |group, hands| group.heartbeat(hands, request));
                let response = beat.unwrap_or(Err(ErrorCode::UnknownMemberId))?;
                Ok(Outcome::reply(Reply::Response(Response::Heartbeat(response))))
            }
            Some(Group::Consumer(group)) => self.classic_heartbeat_to_consumer(io, &group, request),
            None => Err(ErrorCode::UnknownMemberId.into()),
        }
    }

    /// `classicGroupLeave`.
    pub(crate) fn leave_group(&mut self, io: &mut Io<'_>, request: &LeaveGroupRequestData) -> Decision {
        match self.timeline.groups.get(request.group_id.as_str()).cloned() {
            Some(Group::Classic(id)) => self
                .with_classic(io, id, |group, hands| group.leave(hands, request))
                .ok_or_else(|| ErrorCode::UnknownMemberId.into()),
            Some(Group::Consumer(group)) => self.classic_leave_to_consumer(io, &group, request),
            None => Err(ErrorCode::UnknownMemberId.into()),
        }
    }

    fn classic_id(&self, name: &str) -> Option<ClassicId> {
        match self.timeline.groups.get(name)? {
            Group::Classic(id) => Some(*id),
            Group::Consumer(_) => None,
        }
    }

    /// `expireClassicGroupMemberHeartbeat`.
    pub(crate) fn heartbeat_expired(&mut self, io: &mut Io<'_>, group: &str, member: &Name) -> Decision {
        let Some(id) = self.classic_id(group) else { return Ok(Outcome::nothing()) };
        let outcome = self.with_classic(io, id, |group, hands| group.session_expired(hands, member));
        Ok(outcome.unwrap_or_else(Outcome::nothing))
    }

    /// The initial delay is over (`tryCompleteInitialRebalanceElseSchedule`), or the time to rejoin
    /// (`completeClassicGroupJoin`).
    pub(crate) fn join_expired(&mut self, io: &mut Io<'_>, group: &str, work: Work) -> Decision {
        let Some(id) = self.classic_id(group) else { return Ok(Outcome::nothing()) };
        let outcome = self.with_classic(io, id, |group, hands| match work {
            Work::InitialDelay { delay_ms, remaining_ms } => {
                group.initial_delay_over(hands, delay_ms, remaining_ms)
            }
            _ => group.complete_join(hands),
        });
        Ok(outcome.unwrap_or_else(Outcome::nothing))
    }

    /// `expirePendingSync`.
    pub(crate) fn sync_expired(&mut self, io: &mut Io<'_>, group: &str, work: Work) -> Decision {
        let (Some(id), Work::Epoch(generation)) = (self.classic_id(group), work) else {
            return Ok(Outcome::nothing());
        };
        let outcome = self.with_classic(io, id, |group, hands| group.sync_expired(hands, generation));
        Ok(outcome.unwrap_or_else(Outcome::nothing))
    }

    /// `replay` of `GroupMetadata`.
    pub(crate) fn replay_group_metadata(&mut self, record: &GroupMetadata) {
        match &record.value {
            None => drop(self.timeline.groups.remove(&record.group)),
            Some(value) => {
                self.put_classic(ClassicGroup::restored(record.group.clone(), value));
            }
        }
    }

    /// The record that ends a classic group.
    pub(crate) fn classic_tombstone(name: &Name) -> GroupRecord {
        GroupRecord::GroupMetadata(GroupMetadata { group: name.clone(), value: None })
    }
}
