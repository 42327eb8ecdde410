//! Members go: by themselves, by a timer, or as static members for a while (Kafka: `consumerGroupLeave`,
//! `consumerGroupFenceMembers`).

use std::sync::Arc;

use crate::kafka::base::Name;
use crate::kafka::base::Profile;
use crate::kafka::base::Set;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::consumer::GroupEpoch;
use crate::kafka::coordinator::record::consumer::TargetEpoch;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::coordinator::shard::TimerKey;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::coordinator::shared;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequestData;
use crate::kafka::protocol::messages::consumer_group_heartbeat_response::ConsumerGroupHeartbeatResponseData;

use super::change::current_record;
use super::change::remove_member;
use super::group::ConsumerGroup;
use super::member::LEAVE_STATIC;
use super::member::Member;
use super::member::Owned;
use super::topics::metadata_hash;
use super::validate;

impl Shard {
    /// A heartbeat with epoch −1 or −2.
    pub(super) fn consumer_leave(
        &mut self,
        io: &mut Io<'_>,
        request: &ConsumerGroupHeartbeatRequestData,
    ) -> Decision {
        let group = self
            .consumer_group(request.group_id.as_str())
            .ok_or_else(|| self.not_a_consumer_group(request.group_id.as_str()))?;
        let id = shared(&request.member_id);
        let member = match &request.instance_id {
            None => group.members.get(&id).ok_or_else(|| validate::unknown_member(&id, &group.id))?,
            Some(instance) => {
                let instance = instance.as_str();
                let member =
                    group.static_member(instance).ok_or_else(|| validate::unknown_instance(instance))?;
                validate::not_replaced(member, &id, instance)?;
                member
            }
        };
        let response = ConsumerGroupHeartbeatResponseData::default()
            .with_member_id(Some(text(&id)))
            .with_member_epoch(request.member_epoch);
        let reply = Reply::Response(Response::ConsumerGroupHeartbeat(response));
        if request.instance_id.is_some() && request.member_epoch == LEAVE_STATIC {
            let mut away = Member::clone(member);
            away.epoch = LEAVE_STATIC;
            away.revoking = Owned::new();
            // Since when it has held them is not known any more (4.4).
            for partitions in away.assigned.values_mut() {
                partitions.values_mut().for_each(|epoch| *epoch = 0);
            }
            let record = GroupRecord::Consumer(current_record(&group.id, &away));
            return Ok(Outcome::write(vec![record], Some(reply)));
        }
        let going = Set::from([member.id.clone()]);
        Ok(self.fence_members(io, &group, &going, Some(reply)))
    }

    /// A group that is not there, or is a classic one.
    pub(super) fn not_a_consumer_group(&self, group: &str) -> Refusal {
        let message = if self.timeline.groups.contains_key(group) {
            format!("Group {group} is not a consumer group.")
        } else {
            format!("Group {group} not found.")
        };
        Refusal::because(ErrorCode::GroupIdNotFound, message)
    }

    /// Members are taken out of the group. If only classic ones stay, the group may become a classic one.
    pub(super) fn fence_members(
        &mut self,
        io: &mut Io<'_>,
        group: &Arc<ConsumerGroup>,
        going: &Set<Name>,
        reply: Option<Reply>,
    ) -> Outcome {
        if going.is_empty() {
            return Outcome { reply, ..Outcome::nothing() };
        }
        if self.may_downgrade(group, going) {
            return self.downgrade(io, group, going, reply);
        }
        let mut records = Vec::new();
        for member in going.iter() {
            remove_member(&mut records, &group.id, member);
        }
        let stays = |member: &Member| !going.contains(&member.id);
        for regex in group.regexes_of(|member| !stays(member)).iter() {
            if !group.members.values().any(|member| stays(member) && member.metadata.regex == *regex) {
                let record =
                    ConsumerRecord::Regex { group: group.id.clone(), regex: regex.clone(), value: None };
                records.push(GroupRecord::Consumer(record));
            }
        }
        let hash = metadata_hash(io.topics, group.subscribed_names(stays));
        let epoch = group.epoch + 1;
        let value = Some(GroupEpoch { epoch, metadata_hash: hash });
        records.push(GroupRecord::Consumer(ConsumerRecord::Group { group: group.id.clone(), value }));
        if self.config.profile == Profile::Modern && going.len() == group.members.len() {
            // Nobody is left to be assigned something: 4.4 says so, and an empty group is not behind its epoch.
            let value = Some(TargetEpoch { epoch, timestamp_ms: 0 });
            records
                .push(GroupRecord::Consumer(ConsumerRecord::TargetEpoch { group: group.id.clone(), value }));
        }
        for member in going.iter() {
            self.cancel_member_timers(&group.id, member);
        }
        Outcome::write(records, reply)
    }

    pub(super) fn cancel_member_timers(&mut self, group: &Name, member: &Name) {
        let (group, member) = (group.clone(), member.clone());
        for key in [
            TimerKey::Session { group: group.clone(), member: member.clone() },
            TimerKey::Rebalance { group: group.clone(), member: member.clone() },
            TimerKey::MemberJoin { group: group.clone(), member: member.clone() },
            TimerKey::MemberSync { group, member },
        ] {
            self.timers.cancel(&key);
        }
    }

    /// A timer of a member: its session, or the time to give up partitions, to rejoin, to sync. It is taken out, unless
    /// it has gone on in time.
    pub(super) fn member_timed_out(
        &mut self,
        io: &mut Io<'_>,
        group: &Name,
        member: &Name,
        work: Work,
    ) -> Outcome {
        let Some(group) = self.consumer_group(group) else { return Outcome::nothing() };
        let Some(known) = group.members.get(member) else { return Outcome::nothing() };
        if matches!(work, Work::Epoch(epoch) if epoch != known.epoch) {
            return Outcome::nothing();
        }
        self.fence_members(io, &group, &Set::from([member.clone()]), None)
    }
}
