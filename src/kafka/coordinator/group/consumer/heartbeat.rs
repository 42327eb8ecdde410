//! `ConsumerGroupHeartbeat` (Kafka: `GroupMetadataManager.consumerGroupHeartbeat`, KIP-848): a member joins, says what
//! changed, hears its epoch and what it may own.

use crate::kafka::base::Epoch;
use crate::kafka::base::Name;
use crate::kafka::base::Profile;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::consumer::GroupEpoch;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::coordinator::shard::TimerKey;
use crate::kafka::coordinator::shard::Work;
use crate::kafka::coordinator::shared;
use crate::kafka::coordinator::shared_option;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequestData;
use crate::kafka::protocol::messages::consumer_group_heartbeat_request::TopicPartitions as Reported;
use crate::kafka::protocol::messages::consumer_group_heartbeat_response::Assignment;
use crate::kafka::protocol::messages::consumer_group_heartbeat_response::ConsumerGroupHeartbeatResponseData;
use crate::kafka::protocol::messages::consumer_group_heartbeat_response::TopicPartitions;

use super::change::Change;
use super::change::current_record;
use super::change::replace_static;
use super::current::Reconciliation;
use super::current::reconcile;
use super::group::ConsumerGroup;
use super::member::Member;
use super::member::MemberState;
use super::member::Owned;
use super::member::Target;
use super::member::same_partitions;
use super::topics::metadata_hash;
use super::validate;
use super::votes;

impl Shard {
    /// A heartbeat of a member that stays, or joins.
    pub(super) fn consumer_beat(
        &mut self,
        io: &mut Io<'_>,
        ask: &Ask,
        request: &ConsumerGroupHeartbeatRequestData,
    ) -> Decision {
        let joins = request.member_epoch == 0;
        let mut records = Vec::new();
        let group = self.consumer_group_for(io, &shared(&request.group_id), joins, &mut records)?;
        let instance = request.instance_id.as_ref().map(KafkaString::as_str);
        self.refuse_if_full(&group, request.member_id.as_str(), instance)?;
        let id = if request.member_id.is_empty() {
            Name::from((io.fresh)().to_string())
        } else {
            shared(&request.member_id)
        };
        let reported = request.topic_partitions.as_deref().map(reported_partitions);
        let old = match &request.instance_id {
            None => {
                let known = group.members.get(&id).map(|member| Member::clone(member));
                let member = known.or_else(|| joins.then(|| Member::new(&id)));
                let member = member.ok_or_else(|| validate::unknown_member(&id, &group.id))?;
                validate::epoch(&member, request.member_epoch, reported.as_ref())?;
                member
            }
            Some(instance) => static_beat(
                &group,
                &id,
                instance.as_str(),
                request.member_epoch,
                reported.as_ref(),
                &mut records,
            )?,
        };
        let new = told(&old, ask, request);
        let mut change = Change::new(group, old, new, records);
        let names_changed = change.write_member();
        let regex = self.update_regexes(io, &mut change)?;
        change.subscription_changed = names_changed || regex.changed();
        let assignor_changed = self.config.profile == Profile::Modern
            && self.chosen_assignor(votes::preferred(&change.group))
                != self.chosen_assignor(votes::preferred_after(&change.group, &change.old, &change.new));
        let first = change.epoch == 0;
        self.update_epoch(io, &mut change, first || names_changed || regex.resolved() || assignor_changed);
        self.assign_and_reconcile(io, &mut change, reported.as_ref())?;
        self.schedule_session(io, &change.group.id, &change.new.id, self.config.consumer_session_timeout_ms);
        let full = request.rebalance_timeout_ms != -1
            && (request.subscribed_topic_names.is_some() || request.subscribed_topic_regex.is_some())
            && request.topic_partitions.is_some();
        let told = joins || full || !same_partitions(&change.old.assigned, &change.new.assigned);
        let response = ConsumerGroupHeartbeatResponseData::default()
            .with_member_id(Some(text(&change.new.id)))
            .with_member_epoch(change.new.epoch)
            .with_heartbeat_interval_ms(self.config.consumer_heartbeat_interval_ms)
            .with_assignment(told.then(|| Box::new(assignment(&change.new.assigned))));
        let reply = Reply::Response(Response::ConsumerGroupHeartbeat(response));
        Ok(Outcome::write(change.records, Some(reply)))
    }

    /// A static member that comes back finds its place kept (4.4).
    pub(super) fn refuse_if_full(
        &self,
        group: &ConsumerGroup,
        member: &str,
        instance: Option<&str>,
    ) -> Result<(), Refusal> {
        let known = || instance.and_then(|instance| group.static_member(instance)).is_some();
        if self.config.profile == Profile::Modern && known() {
            return Ok(());
        }
        let most = self.config.consumer_max_size;
        if group.members.len() < usize::try_from(most).unwrap_or(0) || group.members.contains_key(member) {
            return Ok(());
        }
        let message = format!("The consumer group has reached its maximum capacity of {most} members.");
        Err(Refusal::because(ErrorCode::GroupMaxSizeReached, message))
    }

    /// Starts a new epoch if it is needed: for a reason that the caller knows, or because the topics look different.
    pub(super) fn update_epoch(&mut self, io: &Io<'_>, change: &mut Change, bump: bool) {
        if !bump && !self.consumers.needs_refresh(&change.group, io.now_ms) {
            return;
        }
        change.looked = true;
        let hash = metadata_hash(io.topics, change.subscribed_names());
        if bump || hash != change.group.metadata_hash {
            change.epoch += 1;
            let value = Some(GroupEpoch { epoch: change.epoch, metadata_hash: hash });
            change.add(ConsumerRecord::Group { group: change.group.id.clone(), value });
        }
        self.consumers.refreshed(&change.group.id, change.epoch, io.now_ms);
        if change.group.has_partition_metadata {
            change.add(ConsumerRecord::PartitionMetadata { group: change.group.id.clone(), value: None });
        }
    }

    /// Computes a new target if the epoch asks for one and it is time, and takes the member a step towards it.
    pub(super) fn assign_and_reconcile(
        &mut self,
        io: &Io<'_>,
        change: &mut Change,
        reported: Option<&Target>,
    ) -> Result<(), Refusal> {
        let due = change.group.assigned_at_ms + i64::from(self.config.consumer_assignment_interval_ms);
        let (epoch, target) = if change.epoch > change.group.assignment_epoch && io.now_ms >= due {
            (change.epoch, self.compute_target(io, change)?)
        } else {
            (change.group.assignment_epoch, change.group.target_of(&change.new))
        };
        self.reconcile_member(io, change, epoch, &target, reported)
    }

    /// One step of the member towards a target, written and timed (`maybeReconcile`).
    pub(super) fn reconcile_member(
        &mut self,
        io: &Io<'_>,
        change: &mut Change,
        target_epoch: Epoch,
        target: &Target,
        reported: Option<&Target>,
    ) -> Result<(), Refusal> {
        if !change.subscription_changed && change.new.is_reconciled_to(target_epoch) {
            return Ok(());
        }
        let names = change.group.names_of(&change.new);
        let subscribed: Set<Uuid> = names.iter().filter_map(|name| io.topics.id(name)).collect();
        let group = change.group.clone();
        let next = reconcile(
            &change.new,
            &Reconciliation {
                target_epoch,
                target,
                subscribed: &subscribed,
                reads_nothing: names.is_empty(),
                subscription_changed: change.subscription_changed,
                is_held: &|topic, partition| group.is_held(topic, partition),
                reported,
                epoch_per_revocation: self.config.profile == Profile::Classic,
            },
        );
        let next = next.ok_or_else(|| {
            let message = "The consumer group member is in a unknown state. The member must abandon all its \
                           partitions and rejoin.";
            Refusal::because(ErrorCode::FencedMemberEpoch, message)
        })?;
        if next == change.new {
            return Ok(());
        }
        change.new = next;
        change.add(current_record(&change.group.id, &change.new));
        if !change.new.is_classic() {
            let key = TimerKey::Rebalance { group: change.group.id.clone(), member: change.new.id.clone() };
            if change.new.state == MemberState::UnrevokedPartitions {
                let due = io.now_ms + i64::from(change.new.metadata.rebalance_timeout_ms);
                self.timers.schedule(key, due, Work::Epoch(change.new.epoch));
            } else {
                self.timers.cancel(&key);
            }
        }
        Ok(())
    }

    pub(super) fn schedule_session(&mut self, io: &Io<'_>, group: &Name, member: &Name, timeout_ms: i32) {
        let key = TimerKey::Session { group: group.clone(), member: member.clone() };
        self.timers.schedule(key, io.now_ms + i64::from(timeout_ms), Work::Plain);
    }
}

/// What the request changes of what is known of the member.
fn told(old: &Member, ask: &Ask, request: &ConsumerGroupHeartbeatRequestData) -> Member {
    let mut new = old.clone();
    let metadata = &mut new.metadata;
    metadata.instance = shared_option(request.instance_id.as_ref()).or(metadata.instance.take());
    metadata.rack = shared_option(request.rack_id.as_ref()).or(metadata.rack.take());
    if request.rebalance_timeout_ms != -1 {
        metadata.rebalance_timeout_ms = request.rebalance_timeout_ms;
    }
    metadata.assignor = shared_option(request.server_assignor.as_ref()).or(metadata.assignor.take());
    if let Some(names) = &request.subscribed_topic_names {
        metadata.topics = names.iter().map(shared).collect();
    }
    if let Some(regex) = &request.subscribed_topic_regex {
        metadata.regex = shared(regex);
    }
    metadata.client_id = ask.client_id.clone();
    metadata.client_host = ask.client_host.clone();
    metadata.classic = None;
    new
}

/// The member behind an instance id. One that comes back under a new id takes the place of the old one; the records
/// for that are added.
fn static_beat(
    group: &ConsumerGroup,
    id: &Name,
    instance: &str,
    epoch: Epoch,
    reported: Option<&Target>,
    records: &mut Vec<GroupRecord>,
) -> Result<Member, Refusal> {
    let existing = group.static_member(instance);
    if epoch == 0 {
        let Some(existing) = existing else {
            return Ok(group.members.get(id).map_or_else(|| Member::new(id), |member| Member::clone(member)));
        };
        if !existing.is_classic() {
            validate::released(existing, id, instance)?;
        }
        return Ok(replace_static(group, existing, id, records));
    }
    let existing = existing.ok_or_else(|| validate::unknown_instance(instance))?;
    validate::not_replaced(existing, id, instance)?;
    validate::epoch(existing, epoch, reported)?;
    Ok(Member::clone(existing))
}

fn reported_partitions(reported: &[Reported]) -> Target {
    reported.iter().map(|topic| (topic.topic_id, topic.partitions.iter().copied().collect())).collect()
}

fn assignment(owned: &Owned) -> Assignment {
    let topics = owned.iter().map(|(topic, partitions)| {
        TopicPartitions::default().with_topic_id(*topic).with_partitions(partitions.keys().copied().collect())
    });
    Assignment::default().with_topic_partitions(topics.collect())
}
