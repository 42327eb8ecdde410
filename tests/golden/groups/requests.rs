//! Requests from Kafka's JSON form.

use kafkascope::kafka::base::name;
use kafkascope::kafka::coordinator::Ask;
use kafkascope::kafka::coordinator::Body;
use kafkascope::kafka::coordinator::Marker;
use kafkascope::kafka::protocol::Request;
use kafkascope::kafka::protocol::messages as m;
use m::consumer_group_describe_request::ConsumerGroupDescribeRequestData;
use m::delete_groups_request::DeleteGroupsRequestData;
use m::describe_groups_request::DescribeGroupsRequestData;
use m::heartbeat_request::HeartbeatRequestData;
use m::join_group_request::JoinGroupRequestData;
use m::join_group_request::JoinGroupRequestProtocol;
use m::leave_group_request::LeaveGroupRequestData;
use m::leave_group_request::MemberIdentity;
use m::list_groups_request::ListGroupsRequestData;
use m::offset_commit_request as commit;
use m::offset_delete_request as delete;
use m::offset_fetch_request as fetch;
use m::sync_group_request::SyncGroupRequestAssignment;
use m::sync_group_request::SyncGroupRequestData;
use m::txn_offset_commit_request as txn;
use serde_json::Value;

use super::super::report::flag;
use super::super::report::int;
use super::consumer;
use super::fields::Fields;
use super::fields::index;
use super::fields::word;

/// `DescribeGroups` is asked in the newest version.
const NEWEST_DESCRIBE: i64 = 6;

/// The request of a step; `None` when the step asks nothing.
pub(super) fn ask(step: &Value) -> Result<Option<Ask>, String> {
    let request = &step["request"];
    let version = step["version"].as_i64().unwrap_or(NEWEST_DESCRIBE) as i16;
    let groups = || Fields::of(step)?.list("groups", word);
    let body = match step["op"].as_str().unwrap_or_default() {
        "JoinGroup" => Body::Request(Request::JoinGroup(join(request, version)?)),
        "SyncGroup" => Body::Request(Request::SyncGroup(sync(request)?)),
        "Heartbeat" => Body::Request(Request::Heartbeat(heartbeat(request)?)),
        "LeaveGroup" => Body::Request(Request::LeaveGroup(leave(request)?)),
        "ListGroups" => Body::Request(Request::ListGroups(list(request)?)),
        "DescribeGroups" => Body::Request(Request::DescribeGroups(
            DescribeGroupsRequestData::default().with_groups(groups()?),
        )),
        "DeleteGroups" => Body::Request(Request::DeleteGroups(
            DeleteGroupsRequestData::default().with_groups_names(groups()?),
        )),
        "OffsetCommit" => Body::Request(Request::OffsetCommit(offset_commit(request)?)),
        "OffsetFetch" => {
            let stable = flag(step, "require_stable")?;
            Body::Request(Request::OffsetFetch(
                fetch::OffsetFetchRequestData::default()
                    .with_groups(vec![offset_fetch(request)?])
                    .with_require_stable(stable),
            ))
        }
        "OffsetDelete" => Body::Request(Request::OffsetDelete(offset_delete(request)?)),
        "ConsumerGroupHeartbeat" => {
            Body::Request(Request::ConsumerGroupHeartbeat(consumer::heartbeat(request)?))
        }
        "ConsumerGroupDescribe" => Body::Request(Request::ConsumerGroupDescribe(
            ConsumerGroupDescribeRequestData::default().with_group_ids(groups()?),
        )),
        "TxnOffsetCommit" => Body::TxnOffsetCommit(txn_offset_commit(request)?),
        "CompleteTransaction" => Body::CompleteTransaction(Marker {
            producer_id: int(step, "producer_id")?,
            producer_epoch: int(step, "producer_epoch")? as i16,
            coordinator_epoch: int(step, "coordinator_epoch")? as i32,
            commit: flag(step, "commit")?,
        }),
        _ => return Ok(None),
    };
    let host = step["client_host"].as_str().unwrap_or("127.0.0.1");
    Ok(Some(Ask {
        version,
        client_id: name(step["client_id"].as_str().unwrap_or_default()),
        client_host: name(&format!("/{host}")),
        body,
    }))
}

fn join(value: &Value, version: i16) -> Result<JoinGroupRequestData, String> {
    let mut of = Fields::of(value)?;
    let mut request = JoinGroupRequestData::default()
        .with_group_id(of.text("groupId"))
        .with_session_timeout_ms(of.int("sessionTimeoutMs", 0))
        .with_rebalance_timeout_ms(of.int("rebalanceTimeoutMs", -1))
        .with_member_id(of.text("memberId"))
        .with_group_instance_id(of.maybe_text("groupInstanceId"))
        .with_protocol_type(of.text("protocolType"))
        .with_reason(of.maybe_text("reason"))
        .with_protocols(of.list("protocols", |protocol| {
            let mut of = Fields::of(protocol)?;
            let read = JoinGroupRequestProtocol::default()
                .with_name(of.text("name"))
                .with_metadata(of.bytes("metadata")?);
            of.end().map(|()| read)
        })?);
    if version == 0 {
        request.rebalance_timeout_ms = request.session_timeout_ms;
    }
    of.end().map(|()| request)
}

fn sync(value: &Value) -> Result<SyncGroupRequestData, String> {
    let mut of = Fields::of(value)?;
    let request = SyncGroupRequestData::default()
        .with_group_id(of.text("groupId"))
        .with_generation_id(of.int("generationId", 0))
        .with_member_id(of.text("memberId"))
        .with_group_instance_id(of.maybe_text("groupInstanceId"))
        .with_protocol_type(of.maybe_text("protocolType"))
        .with_protocol_name(of.maybe_text("protocolName"))
        .with_assignments(of.list("assignments", |assignment| {
            let mut of = Fields::of(assignment)?;
            let read = SyncGroupRequestAssignment::default()
                .with_member_id(of.text("memberId"))
                .with_assignment(of.bytes("assignment")?);
            of.end().map(|()| read)
        })?);
    of.end().map(|()| request)
}

fn heartbeat(value: &Value) -> Result<HeartbeatRequestData, String> {
    let mut of = Fields::of(value)?;
    let request = HeartbeatRequestData::default()
        .with_group_id(of.text("groupId"))
        .with_generation_id(of.int("generationId", 0))
        .with_member_id(of.text("memberId"))
        .with_group_instance_id(of.maybe_text("groupInstanceId"));
    of.end().map(|()| request)
}

fn leave(value: &Value) -> Result<LeaveGroupRequestData, String> {
    let mut of = Fields::of(value)?;
    let request = LeaveGroupRequestData::default().with_group_id(of.text("groupId")).with_members(of.list(
        "members",
        |member| {
            let mut of = Fields::of(member)?;
            let read = MemberIdentity::default()
                .with_member_id(of.text("memberId"))
                .with_group_instance_id(of.maybe_text("groupInstanceId"))
                .with_reason(of.maybe_text("reason"));
            of.end().map(|()| read)
        },
    )?);
    of.end().map(|()| request)
}

fn list(value: &Value) -> Result<ListGroupsRequestData, String> {
    let mut of = Fields::of(value)?;
    let request = ListGroupsRequestData::default()
        .with_states_filter(of.list("statesFilter", word)?)
        .with_types_filter(of.list("typesFilter", word)?);
    of.end().map(|()| request)
}

fn offset_commit(value: &Value) -> Result<commit::OffsetCommitRequestData, String> {
    let mut of = Fields::of(value)?;
    let request = commit::OffsetCommitRequestData::default()
        .with_group_id(of.text("groupId"))
        .with_generation_id_or_member_epoch(of.int("generationIdOrMemberEpoch", -1))
        .with_member_id(of.text("memberId"))
        .with_group_instance_id(of.maybe_text("groupInstanceId"))
        .with_retention_time_ms(of.number("retentionTimeMs", -1))
        .with_topics(of.list("topics", |topic| {
            let mut of = Fields::of(topic)?;
            let read = commit::OffsetCommitRequestTopic::default()
                .with_name(of.text("name"))
                .with_topic_id(of.uuid("topicId")?)
                .with_partitions(of.list("partitions", |partition| {
                    let mut of = Fields::of(partition)?;
                    let read = commit::OffsetCommitRequestPartition::default()
                        .with_partition_index(of.int("partitionIndex", 0))
                        .with_committed_offset(of.number("committedOffset", 0))
                        .with_committed_leader_epoch(of.int("committedLeaderEpoch", -1))
                        .with_committed_metadata(of.maybe_text("committedMetadata"));
                    of.end().map(|()| read)
                })?);
            of.end().map(|()| read)
        })?);
    of.end().map(|()| request)
}

fn offset_fetch(value: &Value) -> Result<fetch::OffsetFetchRequestGroup, String> {
    let mut of = Fields::of(value)?;
    let request = fetch::OffsetFetchRequestGroup::default()
        .with_group_id(of.text("groupId"))
        .with_member_id(of.maybe_text("memberId"))
        .with_member_epoch(of.int("memberEpoch", -1))
        .with_topics(of.maybe_list("topics", |topic| {
            let mut of = Fields::of(topic)?;
            let read = fetch::OffsetFetchRequestTopics::default()
                .with_name(of.text("name"))
                .with_partition_indexes(of.list("partitionIndexes", index)?);
            of.end().map(|()| read)
        })?);
    of.end().map(|()| request)
}

fn offset_delete(value: &Value) -> Result<delete::OffsetDeleteRequestData, String> {
    let mut of = Fields::of(value)?;
    let request = delete::OffsetDeleteRequestData::default().with_group_id(of.text("groupId")).with_topics(
        of.list("topics", |topic| {
            let mut of = Fields::of(topic)?;
            let read = delete::OffsetDeleteRequestTopic::default()
                .with_name(of.text("name"))
                .with_partitions(of.list("partitions", |partition| {
                    let mut of = Fields::of(partition)?;
                    let read = delete::OffsetDeleteRequestPartition::default()
                        .with_partition_index(of.int("partitionIndex", 0));
                    of.end().map(|()| read)
                })?);
            of.end().map(|()| read)
        })?,
    );
    of.end().map(|()| request)
}

fn txn_offset_commit(value: &Value) -> Result<txn::TxnOffsetCommitRequestData, String> {
    let mut of = Fields::of(value)?;
    let request = txn::TxnOffsetCommitRequestData::default()
        .with_transactional_id(of.text("transactionalId"))
        .with_group_id(of.text("groupId"))
        .with_producer_id(of.number("producerId", -1))
        .with_producer_epoch(of.int("producerEpoch", -1) as i16)
        .with_generation_id(of.int("generationIdOrMemberEpoch", -1))
        .with_member_id(of.text("memberId"))
        .with_group_instance_id(of.maybe_text("groupInstanceId"))
        .with_topics(of.list("topics", |topic| {
            let mut of = Fields::of(topic)?;
            let read = txn::TxnOffsetCommitRequestTopic::default()
                .with_name(of.text("name"))
                .with_partitions(of.list("partitions", |partition| {
                    let mut of = Fields::of(partition)?;
                    let read = txn::TxnOffsetCommitRequestPartition::default()
                        .with_partition_index(of.int("partitionIndex", 0))
                        .with_committed_offset(of.number("committedOffset", 0))
                        .with_committed_leader_epoch(of.int("committedLeaderEpoch", -1))
                        .with_committed_metadata(of.maybe_text("committedMetadata"));
                    of.end().map(|()| read)
                })?);
            of.end().map(|()| read)
        })?);
    of.end().map(|()| request)
}
