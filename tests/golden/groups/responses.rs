//! Responses in Kafka's JSON form; lists that have no order are sorted.

use kafkascope::kafka::coordinator::Reply;
use kafkascope::kafka::protocol::KafkaString;
use kafkascope::kafka::protocol::Response;
use kafkascope::kafka::protocol::messages as m;
use serde_json::Value;
use serde_json::json;

use super::consumer;
use super::fields::base;

fn text(text: &KafkaString) -> &str {
    text.as_str()
}

fn maybe(text: Option<&KafkaString>) -> Option<&str> {
    text.map(KafkaString::as_str)
}

/// The response of a step.
pub(super) fn response(reply: &Reply) -> Result<Value, String> {
    let response = match reply {
        Reply::Response(response) => response,
        Reply::TxnOffsetCommit(response) => return Ok(txn_offset_commit(response)),
        Reply::TransactionCompleted => return Ok(Value::Null),
    };
    Ok(match response {
        Response::JoinGroup(response) => join(response),
        Response::SyncGroup(response) => json!({
            "errorCode": response.error_code,
            "protocolType": maybe(response.protocol_type.as_ref()),
            "protocolName": maybe(response.protocol_name.as_ref()),
            "assignment": base(&response.assignment),
        }),
        Response::Heartbeat(response) => json!({ "errorCode": response.error_code }),
        Response::LeaveGroup(response) => leave(response),
        Response::ListGroups(response) => list(response),
        Response::DescribeGroups(response) => Value::Array(response.groups.iter().map(described).collect()),
        Response::DeleteGroups(response) => {
            let one = |result: &m::delete_groups_response::DeletableGroupResult| json!({ "groupId": text(&result.group_id), "errorCode": result.error_code });
            Value::Array(response.results.iter().map(one).collect())
        }
        Response::OffsetCommit(response) => offset_commit(response),
        Response::OffsetFetch(response) => {
            let group = response.groups.first().ok_or("an OffsetFetch response without a group")?;
            offset_fetch(group)
        }
        Response::OffsetDelete(response) => offset_delete(response),
        Response::ConsumerGroupHeartbeat(response) => consumer::heartbeat_response(response),
        Response::ConsumerGroupDescribe(response) => {
            Value::Array(response.groups.iter().map(consumer::described).collect())
        }
        other => return Err(format!("no form for a response to {}", other.api().name())),
    })
}

/// The field by which elements of a list are sorted.
pub(super) fn sorted(mut list: Vec<Value>, field: &str) -> Value {
    list.sort_by(|a, b| {
        a[field].as_str().cmp(&b[field].as_str()).then(a[field].as_i64().cmp(&b[field].as_i64()))
    });
    Value::Array(list)
}

fn join(response: &m::join_group_response::JoinGroupResponseData) -> Value {
    let members = response.members.iter().map(|member| {
        json!({
            "memberId": text(&member.member_id),
            "groupInstanceId": maybe(member.group_instance_id.as_ref()),
            "metadata": base(&member.metadata),
        })
    });
    json!({
        "errorCode": response.error_code,
        "generationId": response.generation_id,
        "protocolType": maybe(response.protocol_type.as_ref()),
        "protocolName": maybe(response.protocol_name.as_ref()),
        "leader": text(&response.leader),
        "skipAssignment": response.skip_assignment,
        "memberId": text(&response.member_id),
        "members": sorted(members.collect(), "memberId"),
    })
}

fn leave(response: &m::leave_group_response::LeaveGroupResponseData) -> Value {
    let members = response.members.iter().map(|member| {
        json!({
            "memberId": text(&member.member_id),
            "groupInstanceId": maybe(member.group_instance_id.as_ref()),
            "errorCode": member.error_code,
        })
    });
    json!({ "errorCode": response.error_code, "members": sorted(members.collect(), "memberId") })
}

fn list(response: &m::list_groups_response::ListGroupsResponseData) -> Value {
    let groups = response.groups.iter().map(|group| {
        json!({
            "groupId": text(&group.group_id),
            "protocolType": text(&group.protocol_type),
            "groupState": text(&group.group_state),
            "groupType": text(&group.group_type),
        })
    });
    json!({ "errorCode": response.error_code, "groups": sorted(groups.collect(), "groupId") })
}

fn described(group: &m::describe_groups_response::DescribedGroup) -> Value {
    let members = group.members.iter().map(|member| {
        json!({
            "memberId": text(&member.member_id),
            "groupInstanceId": maybe(member.group_instance_id.as_ref()),
            "clientId": text(&member.client_id),
            "clientHost": text(&member.client_host),
            "memberMetadata": base(&member.member_metadata),
            "memberAssignment": base(&member.member_assignment),
        })
    });
    json!({
        "errorCode": group.error_code,
        "errorMessage": maybe(group.error_message.as_ref()),
        "groupId": text(&group.group_id),
        "groupState": text(&group.group_state),
        "protocolType": text(&group.protocol_type),
        "protocolData": text(&group.protocol_data),
        "members": sorted(members.collect(), "memberId"),
        "authorizedOperations": group.authorized_operations,
    })
}

fn offset_commit(response: &m::offset_commit_response::OffsetCommitResponseData) -> Value {
    let topics = response.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            json!({ "partitionIndex": partition.partition_index, "errorCode": partition.error_code })
        });
        json!({ "name": text(&topic.name), "partitions": partitions.collect::<Vec<_>>() })
    });
    json!({ "topics": topics.collect::<Vec<_>>() })
}

fn txn_offset_commit(response: &m::txn_offset_commit_response::TxnOffsetCommitResponseData) -> Value {
    let topics = response.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            json!({ "partitionIndex": partition.partition_index, "errorCode": partition.error_code })
        });
        json!({ "name": text(&topic.name), "partitions": partitions.collect::<Vec<_>>() })
    });
    json!({ "topics": topics.collect::<Vec<_>>() })
}

fn offset_fetch(group: &m::offset_fetch_response::OffsetFetchResponseGroup) -> Value {
    let topics = group.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            json!({
                "partitionIndex": partition.partition_index,
                "committedOffset": partition.committed_offset,
                "committedLeaderEpoch": partition.committed_leader_epoch,
                "metadata": maybe(partition.metadata.as_ref()),
                "errorCode": partition.error_code,
            })
        });
        json!({ "name": text(&topic.name), "partitions": sorted(partitions.collect(), "partitionIndex") })
    });
    json!({
        "groupId": text(&group.group_id),
        "topics": sorted(topics.collect(), "name"),
        "errorCode": group.error_code,
    })
}

fn offset_delete(response: &m::offset_delete_response::OffsetDeleteResponseData) -> Value {
    let topics = response.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            json!({ "partitionIndex": partition.partition_index, "errorCode": partition.error_code })
        });
        json!({ "name": text(&topic.name), "partitions": partitions.collect::<Vec<_>>() })
    });
    json!({ "errorCode": response.error_code, "topics": topics.collect::<Vec<_>>() })
}
