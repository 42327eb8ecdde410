//! JoinGroup of a member that speaks the classic protocol inside a consumer group (Kafka:
//! `classicGroupJoinToConsumerGroup`).

use std::sync::Arc;

use crate::kafka::base::Name;
use crate::kafka::base::Profile;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::Topics;
use crate::kafka::coordinator::group::classic::CONSUMER;
use crate::kafka::coordinator::group::classic::REQUIRES_KNOWN_MEMBER_ID;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::MigrationPolicy;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::coordinator::shard::Then;
use crate::kafka::coordinator::shard::join_refused;
use crate::kafka::coordinator::shared;
use crate::kafka::coordinator::shared_option;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use crate::kafka::protocol::messages as m;
use m::join_group_request::JoinGroupRequestData;
use m::join_group_response::JoinGroupResponseData;

use super::ConsumerThen;
use super::change::Change;
use super::change::replace_static;
use super::group::ConsumerGroup;
use super::member::ClassicMember;
use super::member::Member;
use super::member::Target;
use super::validate;

impl Shard {
    pub(super) fn classic_join(
        &mut self,
        io: &mut Io<'_>,
        ticket: Ticket,
        ask: &Ask,
        group: &Arc<ConsumerGroup>,
        request: &JoinGroupRequestData,
    ) -> Decision {
        // Since 4.4 a group does not mix protocols when it may not change over.
        let mixes = self.config.migration_policy != MigrationPolicy::Disabled;
        if !mixes && self.config.profile == Profile::Modern {
            return Err(ErrorCode::InconsistentGroupProtocol.into());
        }
        let unknown = request.member_id.is_empty();
        let id = if unknown { fresh_id(io) } else { shared(&request.member_id) };
        let instance = shared_option(request.group_instance_id.as_ref());
        self.refuse_if_full(group, &id, instance.as_deref())?;
        if !supports(group, request) {
            return Err(ErrorCode::InconsistentGroupProtocol.into());
        }
        if unknown && instance.is_none() && ask.version >= REQUIRES_KNOWN_MEMBER_ID {
            let response = join_refused(ErrorCode::MemberIdRequired).with_member_id(text(&id));
            self.answer(io, ticket, Response::JoinGroup(response));
            return Ok(Outcome::nothing());
        }
        let mut records = Vec::new();
        let old = joining(group, &id, instance.as_deref(), unknown, &mut records)?;
        let replaced = instance.as_deref().and_then(|instance| group.static_member(instance)).cloned();
        let downgrade = replaced.as_ref().is_some_and(|replaced| {
            !replaced.is_classic()
                && group.classic_members().count() == group.members.len() - 1
                && self.downgrade_enabled(group.members.len())
        });
        let metadata =
            request.protocols.first().map(|protocol| protocol.metadata.clone()).unwrap_or_default();
        let subscription = ConsumerProtocolSubscription::decode(&metadata)
            .map_err(|_| ErrorCode::InconsistentGroupProtocol)?;
        let new = told(&old, ask, request, &subscription);
        let group = group.clone();
        let mut change = Change::new(group, old, new, records);
        let names_changed = change.write_member();
        let regex = self.update_regexes(io, &mut change)?;
        change.subscription_changed = names_changed || regex.changed();
        let bump = change.subscription_changed;
        self.update_epoch(io, &mut change, bump);
        let reported = reported(io.topics, &subscription);
        if downgrade {
            if !bump {
                let target = change.group.target_of(&change.new);
                let epoch = change.group.assignment_epoch;
                self.reconcile_member(io, &mut change, epoch, &target, Some(&reported))?;
            }
            self.downgrade_by_join(io, &mut change, replaced.as_deref(), bump);
        } else {
            self.assign_and_reconcile(io, &mut change, Some(&reported))?;
        }
        let response = JoinGroupResponseData::default()
            .with_member_id(text(&change.new.id))
            .with_generation_id(change.new.epoch)
            .with_protocol_type(Some(text(CONSUMER)))
            .with_protocol_name(request.protocols.first().map(|protocol| protocol.name.clone()));
        let then = ConsumerThen::Joined {
            group: change.group.id.clone(),
            member: change.new.id.clone(),
            timeouts: (!downgrade).then_some((request.session_timeout_ms, request.rebalance_timeout_ms)),
        };
        Ok(Outcome {
            then: Then::Consumer(then),
            replay: !downgrade,
            ..Outcome::write(change.records, Some(Reply::Response(Response::JoinGroup(response))))
        })
    }

    /// A classic member takes the place of the last one of the consumer protocol.
    fn downgrade_by_join(
        &mut self,
        io: &mut Io<'_>,
        change: &mut Change,
        replaced: Option<&Member>,
        rebalance: bool,
    ) {
        let group = change.group.clone();
        let replaced = replaced.map_or(&change.new.id, |replaced| &replaced.id);
        let joining = &change.new;
        let as_written = |id: &Name| if id == replaced { joining.id.clone() } else { id.clone() };
        change.records.extend(super::seam::tombstones(&group, as_written));
        let staying = group.members.values().filter(|member| member.id != *replaced);
        let mut staying: Vec<(Member, Name)> =
            staying.map(|member| (Member::clone(member), member.id.clone())).collect();
        staying.push((joining.clone(), replaced.clone()));
        self.become_classic(io, &group, staying, rebalance, &mut change.records);
    }
}

/// Whether somebody who speaks these protocols may join: all classic members share one of them.
fn supports(group: &ConsumerGroup, request: &JoinGroupRequestData) -> bool {
    let count = group.classic_members().count();
    let shared_by_all = |name: &str| {
        let speaks = |member: &&Arc<Member>| {
            let protocols = member.metadata.classic.iter().flat_map(|classic| &classic.protocols);
            protocols.into_iter().any(|(known, _)| **known == *name)
        };
        group.classic_members().filter(speaks).count() == count
    };
    request.protocol_type.as_str() == CONSUMER
        && request.protocols.iter().any(|protocol| shared_by_all(protocol.name.as_str()))
}

/// The member that joins: known, new, or a static one under a new id.
fn joining(
    group: &ConsumerGroup,
    id: &Name,
    instance: Option<&str>,
    unknown: bool,
    records: &mut Vec<GroupRecord>,
) -> Result<Member, Refusal> {
    let known = || group.members.get(id).map_or_else(|| Member::new(id), |member| Member::clone(member));
    let Some(instance) = instance else { return Ok(known()) };
    match group.static_member(instance) {
        None if unknown => Ok(known()),
        None => Err(validate::unknown_instance(instance)),
        Some(existing) if unknown => Ok(replace_static(group, existing, id, records)),
        Some(existing) => {
            validate::not_replaced(existing, id, instance)?;
            Ok(Member::clone(existing))
        }
    }
}

fn told(
    old: &Member,
    ask: &Ask,
    request: &JoinGroupRequestData,
    subscription: &ConsumerProtocolSubscription,
) -> Member {
    let mut new = old.clone();
    let metadata = &mut new.metadata;
    metadata.instance = shared_option(request.group_instance_id.as_ref()).or(metadata.instance.take());
    metadata.rack = subscription.rack.clone().or(metadata.rack.take());
    if request.rebalance_timeout_ms != -1 {
        metadata.rebalance_timeout_ms = request.rebalance_timeout_ms;
    }
    metadata.topics = subscription.topics.iter().cloned().collect();
    metadata.regex = Name::from("");
    metadata.client_id = ask.client_id.clone();
    metadata.client_host = ask.client_host.clone();
    let protocols =
        request.protocols.iter().map(|protocol| (shared(&protocol.name), protocol.metadata.clone()));
    metadata.classic = Some(ClassicMember {
        session_timeout_ms: request.session_timeout_ms,
        protocols: protocols.collect(),
    });
    new
}

/// What the member says that it owns, as far as the topics are known.
fn reported(topics: &dyn Topics, subscription: &ConsumerProtocolSubscription) -> Target {
    let mut reported = Target::new();
    for partition in &subscription.owned {
        if let Some(id) = topics.id(&partition.topic) {
            reported.entry(id).or_default().insert(partition.partition);
        }
    }
    reported
}

/// An id for a member that comes without one: as Kafka draws it, never beginning with a dash.
fn fresh_id(io: &mut Io<'_>) -> Name {
    loop {
        let id = (io.fresh)().to_string();
        if !id.starts_with('-') {
            return Name::from(id);
        }
    }
}
