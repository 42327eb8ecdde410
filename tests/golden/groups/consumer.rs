//! Consumer groups (KIP-848) in the words of the files.

use kafkascope::kafka::base::Set;
use kafkascope::kafka::coordinator::group::consumer::ConsumerGroup;
use kafkascope::kafka::coordinator::group::consumer::ConsumerState;
use kafkascope::kafka::coordinator::group::consumer::member::Member;
use kafkascope::kafka::coordinator::group::consumer::member::MemberState;
use kafkascope::kafka::coordinator::group::consumer::member::Owned;
use kafkascope::kafka::coordinator::group::consumer::member::Target;
use kafkascope::kafka::coordinator::record::ConsumerRecord;
use kafkascope::kafka::protocol::KafkaString;
use kafkascope::kafka::protocol::messages::consumer_group_describe_response as describe;
use kafkascope::kafka::protocol::messages::consumer_group_heartbeat_request as beat;
use kafkascope::kafka::protocol::messages::consumer_group_heartbeat_response as answer;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::fields::Fields;
use super::fields::index;
use super::fields::word;
use super::responses::sorted;

type Partitions = kafkascope::kafka::base::Map<i32, i32>;

/// A group's state. What a file leaves out when it has no value is left out here too.
pub(super) fn state(group: &ConsumerGroup) -> Value {
    let state = match group.state() {
        ConsumerState::Empty => "EMPTY",
        ConsumerState::Assigning => "ASSIGNING",
        ConsumerState::Reconciling => "RECONCILING",
        ConsumerState::Stable => "STABLE",
    };
    let members: Map<String, Value> =
        group.members.iter().map(|(id, one)| (id.to_string(), member(one))).collect();
    let targets: Map<String, Value> =
        group.target.iter().map(|(id, target)| (id.to_string(), plain(target))).collect();
    let mut json = json!({
        "type": "consumer",
        "state": state,
        "epoch": group.epoch,
        "assignment_epoch": group.assignment_epoch,
        "metadata_hash": group.metadata_hash,
        "assignor": group.preferred_assignor(),
        "members": members,
        "target": targets,
    });
    if group.assigned_at_ms != 0 {
        json["assignment_timestamp"] = json!(group.assigned_at_ms);
    }
    if !group.regexes.is_empty() {
        json["regexes"] = (group.regexes.iter())
            .map(|(regex, resolved)| (regex.to_string(), json!(resolved.topics.iter().collect::<Vec<_>>())))
            .collect::<Map<String, Value>>()
            .into();
    }
    json
}

fn member(member: &Member) -> Value {
    let state = match member.state {
        MemberState::Stable => "STABLE",
        MemberState::UnrevokedPartitions => "UNREVOKED_PARTITIONS",
        MemberState::UnreleasedPartitions => "UNRELEASED_PARTITIONS",
        MemberState::Unknown => "UNKNOWN",
    };
    let mut json = json!({
        "epoch": member.epoch,
        "previous": member.previous_epoch,
        "state": state,
        "rebalance_ms": member.metadata.rebalance_timeout_ms,
        "assigned": owned(&member.assigned),
    });
    for (field, text) in [("instance", &member.metadata.instance), ("assignor", &member.metadata.assignor)] {
        if let Some(text) = text {
            json[field] = json!(text);
        }
    }
    if !member.metadata.topics.is_empty() {
        json["topics"] = json!(member.metadata.topics.iter().collect::<Vec<_>>());
    }
    if let Some(regex) = member.regex() {
        json["regex"] = json!(regex);
    }
    if !member.revoking.is_empty() {
        json["revoking"] = owned(&member.revoking);
    }
    if let Some(classic) = &member.metadata.classic {
        json["classic_session_ms"] = json!(classic.session_timeout_ms);
    }
    json
}

fn owned(owned: &Owned) -> Value {
    let of = |partitions: &Partitions| -> Map<String, Value> {
        partitions.iter().map(|(partition, epoch)| (partition.to_string(), json!(epoch))).collect()
    };
    Value::Object(
        owned.iter().map(|(topic, partitions)| (topic.to_string(), json!(of(partitions)))).collect(),
    )
}

fn plain(target: &Target) -> Value {
    let numbers = |partitions: &Set<i32>| json!(partitions.iter().collect::<Vec<_>>());
    Value::Object(target.iter().map(|(topic, partitions)| (topic.to_string(), numbers(partitions))).collect())
}

/// The key's JSON text, by which neighbours of one kind are sorted.
pub(super) fn key_text(record: &ConsumerRecord) -> String {
    let group = record.group_name();
    match record {
        ConsumerRecord::Group { .. }
        | ConsumerRecord::PartitionMetadata { .. }
        | ConsumerRecord::TargetEpoch { .. } => format!(r#"{{"groupId":"{group}"}}"#),
        ConsumerRecord::Member { member, .. }
        | ConsumerRecord::Target { member, .. }
        | ConsumerRecord::Current { member, .. } => {
            format!(r#"{{"groupId":"{group}","memberId":"{member}"}}"#)
        }
        ConsumerRecord::Regex { regex, .. } => {
            format!(r#"{{"groupId":"{group}","regularExpression":"{regex}"}}"#)
        }
    }
}

pub(super) fn heartbeat(value: &Value) -> Result<beat::ConsumerGroupHeartbeatRequestData, String> {
    let mut of = Fields::of(value)?;
    let request = beat::ConsumerGroupHeartbeatRequestData::default()
        .with_group_id(of.text("groupId"))
        .with_member_id(of.text("memberId"))
        .with_member_epoch(of.int("memberEpoch", 0))
        .with_instance_id(of.maybe_text("instanceId"))
        .with_rack_id(of.maybe_text("rackId"))
        .with_rebalance_timeout_ms(of.int("rebalanceTimeoutMs", -1))
        .with_subscribed_topic_names(of.maybe_list("subscribedTopicNames", word)?)
        .with_subscribed_topic_regex(of.maybe_text("subscribedTopicRegex"))
        .with_server_assignor(of.maybe_text("serverAssignor"))
        .with_topic_partitions(of.maybe_list("topicPartitions", |topic| {
            let mut of = Fields::of(topic)?;
            let read = beat::TopicPartitions::default()
                .with_topic_id(of.uuid("topicId")?)
                .with_partitions(of.list("partitions", index)?);
            of.end().map(|()| read)
        })?);
    of.end().map(|()| request)
}

fn maybe(text: Option<&KafkaString>) -> Option<&str> {
    text.map(KafkaString::as_str)
}

pub(super) fn heartbeat_response(response: &answer::ConsumerGroupHeartbeatResponseData) -> Value {
    let assignment = response.assignment.as_ref().map(|assignment| {
        let topics = assignment
            .topic_partitions
            .iter()
            .map(|topic| json!({ "topicId": topic.topic_id.to_string(), "partitions": topic.partitions }));
        json!({ "topicPartitions": sorted(topics.collect(), "topicId") })
    });
    json!({
        "errorCode": response.error_code,
        "errorMessage": maybe(response.error_message.as_ref()),
        "memberId": maybe(response.member_id.as_ref()),
        "memberEpoch": response.member_epoch,
        "heartbeatIntervalMs": response.heartbeat_interval_ms,
        "assignment": assignment,
    })
}

pub(super) fn described(group: &describe::DescribedGroup) -> Value {
    let members = group.members.iter().map(|member| {
        json!({
            "memberId": member.member_id.as_str(),
            "instanceId": maybe(member.instance_id.as_ref()),
            "rackId": maybe(member.rack_id.as_ref()),
            "memberEpoch": member.member_epoch,
            "clientId": member.client_id.as_str(),
            "clientHost": member.client_host.as_str(),
            "subscribedTopicNames": member.subscribed_topic_names.iter().map(KafkaString::as_str).collect::<Vec<_>>(),
            "subscribedTopicRegex": maybe(member.subscribed_topic_regex.as_ref()),
            "assignment": described_assignment(&member.assignment),
            "targetAssignment": described_assignment(&member.target_assignment),
            "memberType": member.member_type,
        })
    });
    json!({
        "errorCode": group.error_code,
        "errorMessage": maybe(group.error_message.as_ref()),
        "groupId": group.group_id.as_str(),
        "groupState": group.group_state.as_str(),
        "groupEpoch": group.group_epoch,
        "assignmentEpoch": group.assignment_epoch,
        "assignorName": group.assignor_name.as_str(),
        "members": sorted(members.collect(), "memberId"),
        "authorizedOperations": group.authorized_operations,
    })
}

fn described_assignment(assignment: &describe::Assignment) -> Value {
    let topics = assignment.topic_partitions.iter().map(|topic| {
        json!({
            "topicId": topic.topic_id.to_string(),
            "topicName": topic.topic_name.as_str(),
            "partitions": topic.partitions,
        })
    });
    json!({ "topicPartitions": sorted(topics.collect(), "topicId") })
}
