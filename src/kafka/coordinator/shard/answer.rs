//! Errors as each API tells them (`GroupCoordinatorService`).

use super::Ask;
use super::Body;
use super::Edition;
use super::GroupConfig;
use super::Refusal;
use super::Reply;
use super::edition::as_group_error;
use crate::kafka::coordinator::group::consumer::nameless_first;
use crate::kafka::coordinator::group::consumer::validate_heartbeat;
use crate::kafka::coordinator::group::in_order;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages as m;
use m::consumer_group_describe_response::ConsumerGroupDescribeResponseData;
use m::consumer_group_heartbeat_response::ConsumerGroupHeartbeatResponseData;
use m::delete_groups_response::DeletableGroupResult;
use m::delete_groups_response::DeleteGroupsResponseData;
use m::describe_groups_response::DescribeGroupsResponseData;
use m::heartbeat_response::HeartbeatResponseData;
use m::join_group_request::JoinGroupRequestData;
use m::join_group_response::JoinGroupResponseData;
use m::leave_group_request::LeaveGroupRequestData;
use m::leave_group_response::LeaveGroupResponseData;
use m::leave_group_response::MemberResponse;
use m::list_groups_response::ListGroupsResponseData;
use m::offset_commit_request::OffsetCommitRequestData;
use m::offset_commit_response::OffsetCommitResponseData;
use m::offset_commit_response::OffsetCommitResponsePartition;
use m::offset_commit_response::OffsetCommitResponseTopic;
use m::offset_delete_response::OffsetDeleteResponseData;
use m::offset_fetch_request::OffsetFetchRequestData;
use m::offset_fetch_response::OffsetFetchResponseData;
use m::offset_fetch_response::OffsetFetchResponseGroup;
use m::sync_group_response::SyncGroupResponseData;
use m::txn_offset_commit_request::TxnOffsetCommitRequestData;
use m::txn_offset_commit_response::TxnOffsetCommitResponseData;
use m::txn_offset_commit_response::TxnOffsetCommitResponsePartition;
use m::txn_offset_commit_response::TxnOffsetCommitResponseTopic;

/// What is refused before any shard is asked: an empty group id, a session timeout out of bounds.
///
/// `here`: this broker coordinates the group, and is ready to.
pub(super) fn refuse_early(config: &GroupConfig, ask: &Ask, here: bool) -> Option<Reply> {
    let invalid = |group: &KafkaString| group.is_empty().then_some(ErrorCode::InvalidGroupId);
    let code = match &ask.body {
        Body::Request(Request::JoinGroup(request)) => {
            let looks = here || config.edition().checks_session_first();
            let code =
                invalid(&request.group_id).or_else(|| bad_session(config, request).filter(|_| looks))?;
            let response = join_refused(code).with_member_id(request.member_id.clone());
            return Some(Reply::Response(Response::JoinGroup(response)));
        }
        Body::Request(Request::SyncGroup(request)) => invalid(&request.group_id),
        Body::Request(Request::Heartbeat(request)) => invalid(&request.group_id),
        Body::Request(Request::LeaveGroup(request)) => invalid(&request.group_id),
        Body::Request(Request::OffsetDelete(request)) => invalid(&request.group_id),
        Body::TxnOffsetCommit(request) => invalid(&request.group_id),
        Body::Request(Request::ConsumerGroupHeartbeat(request)) => {
            let refusal = validate_heartbeat(config, request, ask.version).err()?;
            return refused(config.edition(), ask, &refusal).ok();
        }
        _ => None,
    };
    refused(config.edition(), ask, &code?.into()).ok()
}

fn bad_session(config: &GroupConfig, request: &JoinGroupRequestData) -> Option<ErrorCode> {
    let bounds = config.min_session_timeout_ms..=config.max_session_timeout_ms;
    (!bounds.contains(&request.session_timeout_ms)).then_some(ErrorCode::InvalidSessionTimeout)
}

/// A refusal in the form of the API that was asked.
///
/// # Errors
/// The code, where the request layer makes the response of it.
pub(super) fn refused(edition: Edition, ask: &Ask, refusal: &Refusal) -> Result<Reply, ErrorCode> {
    let code = edition.error(refusal.code);
    let error = code.code();
    let request = match &ask.body {
        Body::Request(request) => request,
        Body::TxnOffsetCommit(request) => {
            return Ok(Reply::TxnOffsetCommit(txn_offset_commit(request, code)));
        }
        Body::CompleteTransaction(_) => return Err(refusal.code),
    };
    Ok(Reply::Response(match request {
        Request::JoinGroup(_) => Response::JoinGroup(join_refused(code)),
        Request::SyncGroup(_) => {
            let error = edition.sync_error(refusal.code).code();
            Response::SyncGroup(SyncGroupResponseData::default().with_error_code(error))
        }
        Request::Heartbeat(_) => {
            // While the group is loading nobody is to rejoin for that.
            let loading = code == ErrorCode::CoordinatorLoadInProgress;
            let error = if loading { ErrorCode::None.code() } else { error };
            Response::Heartbeat(HeartbeatResponseData::default().with_error_code(error))
        }
        Request::LeaveGroup(request) => Response::LeaveGroup(leave_group(request, code)),
        Request::ListGroups(_) => Response::ListGroups(list_groups(code)),
        Request::DescribeGroups(request) => {
            let one = |id: &KafkaString| {
                m::describe_groups_response::DescribedGroup::default()
                    .with_group_id(id.clone())
                    .with_error_code(error)
            };
            let groups = request.groups.iter().map(one).collect();
            Response::DescribeGroups(DescribeGroupsResponseData::default().with_groups(groups))
        }
        Request::DeleteGroups(request) => {
            let one = |id: &KafkaString| {
                DeletableGroupResult::default().with_group_id(id.clone()).with_error_code(error)
            };
            let results = in_order(&request.groups_names).into_iter().map(one).collect();
            Response::DeleteGroups(DeleteGroupsResponseData::default().with_results(results))
        }
        Request::OffsetCommit(request) => Response::OffsetCommit(offset_commit(request, code)),
        Request::OffsetFetch(request) => Response::OffsetFetch(offset_fetch(request, refusal.code)?),
        Request::OffsetDelete(_) => {
            Response::OffsetDelete(OffsetDeleteResponseData::default().with_error_code(error))
        }
        Request::ConsumerGroupHeartbeat(_) => Response::ConsumerGroupHeartbeat(
            ConsumerGroupHeartbeatResponseData::default()
                .with_error_code(error)
                .with_error_message(refusal.message.as_deref().map(crate::kafka::coordinator::text)),
        ),
        Request::ConsumerGroupDescribe(request) => {
            let one = |id: &KafkaString| {
                m::consumer_group_describe_response::DescribedGroup::default()
                    .with_group_id(id.clone())
                    .with_error_code(error)
            };
            let (mut groups, named) = nameless_first(&request.group_ids);
            groups.extend(named.into_iter().map(one));
            Response::ConsumerGroupDescribe(ConsumerGroupDescribeResponseData::default().with_groups(groups))
        }
        _ => return Err(code),
    }))
}

/// A JoinGroup response with an error: its protocol is empty, and null only where Kafka says so.
pub(crate) fn join_refused(code: ErrorCode) -> JoinGroupResponseData {
    JoinGroupResponseData::default()
        .with_protocol_name(Some(KafkaString::default()))
        .with_error_code(code.code())
}

/// An unknown group is told member by member.
fn leave_group(request: &LeaveGroupRequestData, code: ErrorCode) -> LeaveGroupResponseData {
    if code != ErrorCode::UnknownMemberId {
        return LeaveGroupResponseData::default().with_error_code(code.code());
    }
    let members = request.members.iter().map(|member| {
        MemberResponse::default()
            .with_member_id(member.member_id.clone())
            .with_group_instance_id(member.group_instance_id.clone())
            .with_error_code(code.code())
    });
    LeaveGroupResponseData::default().with_members(members.collect())
}

/// A shard that is not here has no groups to list.
fn list_groups(code: ErrorCode) -> ListGroupsResponseData {
    let error = if code == ErrorCode::NotCoordinator { ErrorCode::None } else { code };
    ListGroupsResponseData::default().with_error_code(error.code())
}

fn offset_commit(request: &OffsetCommitRequestData, code: ErrorCode) -> OffsetCommitResponseData {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            OffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(code.code())
        });
        OffsetCommitResponseTopic::default()
            .with_name(topic.name.clone())
            .with_topic_id(topic.topic_id)
            .with_partitions(partitions.collect())
    });
    OffsetCommitResponseData::default().with_topics(topics.collect())
}

fn txn_offset_commit(request: &TxnOffsetCommitRequestData, code: ErrorCode) -> TxnOffsetCommitResponseData {
    let topics = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            TxnOffsetCommitResponsePartition::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(code.code())
        });
        TxnOffsetCommitResponseTopic::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    TxnOffsetCommitResponseData::default().with_topics(topics.collect())
}

/// A stable fetch that waited in vain says `NOT_COORDINATOR`: consumers before 3.9 know no other error here
/// (`handleOffsetFetchException`). What only reads is refused by its code.
fn offset_fetch(
    request: &OffsetFetchRequestData,
    code: ErrorCode,
) -> Result<OffsetFetchResponseData, ErrorCode> {
    if !request.require_stable {
        return Err(code);
    }
    let code = match code {
        ErrorCode::UnknownTopicOrPartition | ErrorCode::NotEnoughReplicas | ErrorCode::RequestTimedOut => {
            ErrorCode::NotCoordinator
        }
        other => as_group_error(other),
    };
    let groups = request.groups.iter().map(|group| {
        OffsetFetchResponseGroup::default().with_group_id(group.group_id.clone()).with_error_code(code.code())
    });
    Ok(OffsetFetchResponseData::default().with_groups(groups.collect()))
}
