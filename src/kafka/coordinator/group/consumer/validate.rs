//! What a heartbeat may say (Kafka: `GroupCoordinatorService.throwIfConsumerGroupHeartbeatRequestIsInvalid`, and the
//! `throwIf…` of `GroupMetadataManager`).

use crate::kafka::base::Epoch;
use crate::kafka::coordinator::GroupConfig;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::messages::consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequestData;

use super::member::LEAVE;
use super::member::LEAVE_STATIC;
use super::member::Member;
use super::member::Target;

/// Since this version a member brings its own id (KIP-1082).
const OWN_ID_VERSION: i16 = 1;

/// Refuses what is wrong whatever the group looks like; it is answered at once.
pub(crate) fn heartbeat(
    config: &GroupConfig,
    request: &ConsumerGroupHeartbeatRequestData,
    version: i16,
) -> Result<(), Refusal> {
    if !config.consumer_protocol {
        return Err(ErrorCode::UnsupportedVersion.into());
    }
    let invalid = |message: &str| Err(Refusal::because(ErrorCode::InvalidRequest, message));
    let epoch = request.member_epoch;
    if (version >= OWN_ID_VERSION || epoch > 0 || epoch == LEAVE) && request.member_id.is_empty() {
        return invalid("MemberId can't be empty.");
    }
    if request.group_id.is_empty() {
        return invalid("GroupId can't be empty.");
    }
    if request.instance_id.as_ref().is_some_and(|id| id.is_empty()) {
        return invalid("InstanceId can't be empty.");
    }
    if request.rack_id.as_ref().is_some_and(|rack| rack.is_empty()) {
        return invalid("RackId can't be empty.");
    }
    if epoch == 0 {
        if request.rebalance_timeout_ms == -1 {
            return invalid("RebalanceTimeoutMs must be provided in first request.");
        }
        if request.topic_partitions.as_ref().is_none_or(|owned| !owned.is_empty()) {
            return invalid("TopicPartitions must be empty when (re-)joining.");
        }
        if request.subscribed_topic_names.is_none() && request.subscribed_topic_regex.is_none() {
            return invalid(
                "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
            );
        }
    } else if epoch == LEAVE_STATIC && request.instance_id.is_none() {
        return invalid("InstanceId can't be null.");
    } else if epoch < LEAVE_STATIC {
        return invalid("MemberEpoch is invalid.");
    }
    match &request.server_assignor {
        Some(wanted) if !config.consumer_assignors.iter().any(|known| known == wanted.as_str()) => {
            let known = config.consumer_assignors.join(", ");
            let message = format!("ServerAssignor {wanted} is not supported. Supported assignors: {known}.");
            Err(Refusal::because(ErrorCode::UnsupportedAssignor, message))
        }
        _ => Ok(()),
    }
}

/// Refuses an epoch that is not the member's. The previous one is good while the member reports nothing that it should
/// not have: the answer with the new one may be lost.
pub(super) fn epoch(member: &Member, received: Epoch, reported: Option<&Target>) -> Result<(), Refusal> {
    let known = member.epoch;
    let fenced = |size: &str| {
        let message = format!(
            "The consumer group member has a {size} member epoch ({received}) than the one known by the group \
             coordinator ({known}). The member must abandon all its partitions and rejoin."
        );
        Err(Refusal::because(ErrorCode::FencedMemberEpoch, message))
    };
    if received == 0 || received == known {
        return Ok(());
    }
    if received > known {
        return fenced("greater");
    }
    let is_subset = reported.is_some_and(|reported| {
        reported.iter().all(|(topic, partitions)| {
            let owned = member.assigned.get(topic);
            owned.is_some_and(|owned| partitions.iter().all(|partition| owned.contains_key(partition)))
        })
    });
    if received == member.previous_epoch && is_subset { Ok(()) } else { fenced("smaller") }
}

/// A static member comes back under another id: not while the old one is there.
pub(super) fn released(existing: &Member, member: &str, instance: &str) -> Result<(), Refusal> {
    if existing.epoch == LEAVE_STATIC {
        return Ok(());
    }
    let message = format!(
        "Static member {member} with instance id {instance} cannot join the group because the instance id is owned by \
         {} member.",
        existing.id
    );
    Err(Refusal::because(ErrorCode::UnreleasedInstanceId, message))
}

/// A member with an instance id that belongs to another member now.
pub(super) fn not_replaced(existing: &Member, member: &str, instance: &str) -> Result<(), Refusal> {
    if *existing.id == *member {
        return Ok(());
    }
    let message =
        format!("Static member {member} with instance id {instance} was fenced by member {}.", existing.id);
    Err(Refusal::because(ErrorCode::FencedInstanceId, message))
}

pub(super) fn unknown_member(member: &str, group: &str) -> Refusal {
    Refusal::because(ErrorCode::UnknownMemberId, format!("Member {member} is not a member of group {group}."))
}

pub(super) fn unknown_instance(instance: &str) -> Refusal {
    Refusal::because(ErrorCode::UnknownMemberId, format!("Instance id {instance} is unknown."))
}
