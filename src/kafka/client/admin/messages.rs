//! The requests about groups, and what went wrong with them.

use super::m;
use super::text;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::MetadataCache;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;

pub(super) fn find_coordinator(group: &str) -> Request {
    Request::FindCoordinator(
        m::find_coordinator_request::FindCoordinatorRequestData::default()
            .with_key_type(0)
            .with_coordinator_keys(vec![text(group)]),
    )
}

pub(super) fn consumer_group_describe(group: &str) -> Request {
    Request::ConsumerGroupDescribe(
        m::consumer_group_describe_request::ConsumerGroupDescribeRequestData::default()
            .with_group_ids(vec![text(group)]),
    )
}

pub(super) fn list_groups(states: &[Name], types: &[Name]) -> Request {
    let texts = |names: &[Name]| names.iter().map(|name| text(name)).collect();
    Request::ListGroups(
        m::list_groups_request::ListGroupsRequestData::default()
            .with_states_filter(texts(states))
            .with_types_filter(texts(types)),
    )
}

pub(super) fn describe_group(group: &str) -> Request {
    Request::DescribeGroups(
        m::describe_groups_request::DescribeGroupsRequestData::default().with_groups(vec![text(group)]),
    )
}

/// All that the group has committed.
pub(super) fn offset_fetch(group: &str) -> Request {
    let group = m::offset_fetch_request::OffsetFetchRequestGroup::default()
        .with_group_id(text(group))
        .with_member_epoch(-1)
        .with_topics(None);
    Request::OffsetFetch(m::offset_fetch_request::OffsetFetchRequestData::default().with_groups(vec![group]))
}

pub(super) fn list_offsets<'a>(
    partitions: impl Iterator<Item = &'a TopicPartition>,
    timestamp: i64,
    metadata: &MetadataCache,
) -> Request {
    use m::list_offsets_request::ListOffsetsPartition;
    use m::list_offsets_request::ListOffsetsRequestData;
    use m::list_offsets_request::ListOffsetsTopic;
    let of = |id: &TopicPartition| {
        ListOffsetsPartition::default()
            .with_partition_index(id.partition)
            .with_current_leader_epoch(metadata.leader(id).map_or(-1, |(_, epoch)| epoch))
            .with_timestamp(timestamp)
    };
    let topics = by_topic(partitions, of).into_iter().map(|(topic, partitions)| {
        ListOffsetsTopic::default().with_name(text(&topic)).with_partitions(partitions)
    });
    Request::ListOffsets(ListOffsetsRequestData::default().with_replica_id(-1).with_topics(topics.collect()))
}

/// A commit of nobody: without member and generation (`AlterConsumerGroupOffsetsHandler`).
pub(super) fn offset_commit(group: &str, offsets: &[(TopicPartition, Offset)]) -> Request {
    use m::offset_commit_request::OffsetCommitRequestData;
    use m::offset_commit_request::OffsetCommitRequestPartition;
    use m::offset_commit_request::OffsetCommitRequestTopic;
    let offset_of = |id: &TopicPartition| offsets.iter().find(|(of, _)| of == id).map_or(0, |(_, to)| *to);
    let of = |id: &TopicPartition| {
        OffsetCommitRequestPartition::default()
            .with_partition_index(id.partition)
            .with_committed_offset(offset_of(id))
            .with_committed_leader_epoch(-1)
            .with_committed_metadata(Some(text("")))
    };
    let topics = by_topic(offsets.iter().map(|(id, _)| id), of).into_iter().map(|(topic, partitions)| {
        OffsetCommitRequestTopic::default().with_name(text(&topic)).with_partitions(partitions)
    });
    Request::OffsetCommit(
        OffsetCommitRequestData::default()
            .with_group_id(text(group))
            .with_generation_id_or_member_epoch(-1)
            .with_topics(topics.collect()),
    )
}

pub(super) fn offset_delete(group: &str, partitions: &[TopicPartition]) -> Request {
    use m::offset_delete_request::OffsetDeleteRequestData;
    use m::offset_delete_request::OffsetDeleteRequestPartition;
    use m::offset_delete_request::OffsetDeleteRequestTopic;
    let of = |id: &TopicPartition| OffsetDeleteRequestPartition::default().with_partition_index(id.partition);
    let topics = by_topic(partitions.iter(), of).into_iter().map(|(topic, partitions)| {
        OffsetDeleteRequestTopic::default().with_name(text(&topic)).with_partitions(partitions)
    });
    Request::OffsetDelete(
        OffsetDeleteRequestData::default().with_group_id(text(group)).with_topics(topics.collect()),
    )
}

pub(super) fn delete_group(group: &str) -> Request {
    Request::DeleteGroups(
        m::delete_groups_request::DeleteGroupsRequestData::default().with_groups_names(vec![text(group)]),
    )
}

/// Takes members out of the group (`RemoveMembersFromConsumerGroupHandler`).
pub(super) fn leave_group(group: &str, members: &[(Name, Option<Name>)]) -> Request {
    use m::leave_group_request::LeaveGroupRequestData;
    use m::leave_group_request::MemberIdentity;
    let member = |(id, instance): &(Name, Option<Name>)| {
        MemberIdentity::default()
            // A static member is named by its instance alone.
            .with_member_id(text(if instance.is_some() { "" } else { id }))
            .with_group_instance_id(instance.as_deref().map(text))
            .with_reason(Some(text("member was removed by an admin")))
    };
    Request::LeaveGroup(
        LeaveGroupRequestData::default()
            .with_group_id(text(group))
            .with_members(members.iter().map(member).collect()),
    )
}

fn by_topic<'a, T>(
    partitions: impl Iterator<Item = &'a TopicPartition>,
    of: impl Fn(&TopicPartition) -> T,
) -> Vec<(Name, Vec<T>)> {
    let mut topics: Vec<(Name, Vec<T>)> = Vec::new();
    for id in partitions {
        match topics.last_mut().filter(|(topic, _)| *topic == id.topic) {
            Some((_, known)) => known.push(of(id)),
            None => topics.push((id.topic.clone(), vec![of(id)])),
        }
    }
    topics
}

/// The first error in the answer to a request that changes something, and what it is about.
pub(super) fn error_of_written(answer: &Response) -> Option<(ErrorCode, Option<String>)> {
    let first = match answer {
        Response::OffsetCommit(answer) => {
            let partitions = answer.topics.iter().flat_map(|topic| &topic.partitions);
            partitions.map(|p| (p.error_code, None)).find(|(code, _)| *code != 0)
        }
        Response::OffsetDelete(answer) if answer.error_code != 0 => Some((answer.error_code, None)),
        Response::OffsetDelete(answer) => answer.topics.iter().find_map(|topic| {
            let code = topic.partitions.iter().map(|p| p.error_code).find(|code| *code != 0)?;
            Some((code, Some(topic.name.to_string())))
        }),
        Response::DeleteGroups(answer) => answer.results.first().map(|result| (result.error_code, None)),
        Response::LeaveGroup(answer) if answer.error_code != 0 => Some((answer.error_code, None)),
        Response::LeaveGroup(answer) => answer.members.iter().find(|m| m.error_code != 0).map(|member| {
            let instance = member.group_instance_id.as_ref().unwrap_or(&member.member_id);
            (member.error_code, Some(instance.to_string()))
        }),
        _ => Some((ErrorCode::UnknownServerError.code(), None)),
    };
    first.filter(|(code, _)| *code != 0).map(|(code, of)| (ErrorCode::from(code), of))
}
