//! The APIs of groups: what the request layer does before a coordinator is asked, and after it has answered (Kafka:
//! `KafkaApis`, `GroupCoordinatorService`).

use super::Broker;
use super::broker::Caller;
use super::gathering::Waiter;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Body;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages as m;
use m::consumer_group_describe_request::ConsumerGroupDescribeRequestData;
use m::consumer_group_describe_response::ConsumerGroupDescribeResponseData;
use m::delete_groups_request::DeleteGroupsRequestData;
use m::delete_groups_response::DeleteGroupsResponseData;
use m::describe_groups_request::DescribeGroupsRequestData;
use m::describe_groups_response::DescribeGroupsResponseData;
use m::leave_group_request::LeaveGroupRequestData;
use m::leave_group_request::MemberIdentity;
use m::list_groups_request::ListGroupsRequestData;
use m::list_groups_response::ListGroupsResponseData;
use m::offset_commit_request::OffsetCommitRequestData;
use m::offset_commit_request::OffsetCommitRequestTopic;
use m::offset_commit_response::OffsetCommitResponseData;
use m::offset_commit_response::OffsetCommitResponsePartition;
use m::offset_commit_response::OffsetCommitResponseTopic;
use m::offset_fetch_request::OffsetFetchRequestData;
use m::offset_fetch_request::OffsetFetchRequestGroup;
use m::offset_fetch_request::OffsetFetchRequestTopics;
use m::offset_fetch_response::OffsetFetchResponseData;
use m::offset_fetch_response::OffsetFetchResponseGroup;
use m::offset_fetch_response::OffsetFetchResponsePartition;
use m::offset_fetch_response::OffsetFetchResponsePartitions;
use m::offset_fetch_response::OffsetFetchResponseTopic;
use m::offset_fetch_response::OffsetFetchResponseTopics;
use m::sync_group_response::SyncGroupResponseData;

/// From this version on, OffsetCommit and OffsetFetch name topics by id.
const FIRST_VERSION_WITH_IDS: i16 = 10;
/// From this version on, OffsetFetch asks for many groups.
const FIRST_FETCH_OF_MANY: i16 = 8;
/// From this version on, LeaveGroup takes many members out.
const FIRST_LEAVE_OF_MANY: i16 = 3;
/// From this version on, a JoinGroup answer may lack the protocol's name.
const FIRST_JOIN_WITHOUT_PROTOCOL: i16 = 7;
/// From this version on, SyncGroup must say which protocol it means.
const FIRST_SYNC_WITH_PROTOCOL: i16 = 5;

impl Broker {
    /// A request to do with groups.
    pub(super) fn handle_group(&mut self, cx: &mut Context<'_>, caller: Caller, request: &Request) {
        match request {
            Request::JoinGroup(body) => {
                let mut body = body.clone();
                if caller.version == 0 {
                    body.rebalance_timeout_ms = body.session_timeout_ms;
                }
                let group = body.group_id.clone();
                self.ask_group(cx, caller, &group, Request::JoinGroup(body));
            }
            Request::SyncGroup(body)
                if caller.version >= FIRST_SYNC_WITH_PROTOCOL
                    && (body.protocol_type.is_none() || body.protocol_name.is_none()) =>
            {
                let error = ErrorCode::InconsistentGroupProtocol.code();
                let response = SyncGroupResponseData::default().with_error_code(error);
                caller.answer(cx, Response::SyncGroup(response));
            }
            Request::SyncGroup(body) => self.ask_group(cx, caller, &body.group_id, request.clone()),
            Request::Heartbeat(body) => self.ask_group(cx, caller, &body.group_id, request.clone()),
            Request::OffsetDelete(body) => self.ask_group(cx, caller, &body.group_id, request.clone()),
            Request::LeaveGroup(body) => {
                let body = many_members(body, caller.version);
                let group = body.group_id.clone();
                self.ask_group(cx, caller, &group, Request::LeaveGroup(body));
            }
            Request::ConsumerGroupHeartbeat(_) | Request::ConsumerGroupDescribe(_)
                if !self.coordinators.config.consumer_protocol =>
            {
                let ask = ask(&caller, request.clone());
                let refused = Shard::refuse(&self.coordinators.config, &ask, ErrorCode::UnsupportedVersion);
                if let Ok(Reply::Response(response)) = refused {
                    caller.answer(cx, response);
                }
            }
            Request::ConsumerGroupHeartbeat(body) => {
                self.ask_group(cx, caller, &body.group_id, request.clone());
            }
            Request::OffsetCommit(body) => self.handle_offset_commit(cx, caller, body),
            Request::OffsetFetch(body) => self.handle_offset_fetch(cx, caller, body),
            Request::ListGroups(body) => self.handle_list_groups(cx, caller, body),
            other => self.handle_many_groups(cx, caller, other),
        }
    }

    fn ask_group(&mut self, cx: &mut Context<'_>, caller: Caller, group: &KafkaString, request: Request) {
        let partition = self.partition_of_group(group.as_str());
        let ask = ask(&caller, request);
        self.ask_shard(cx, partition, ask, Waiter::Caller(caller));
    }

    /// Requests that name groups: each shard is asked for its own.
    fn handle_many_groups(&mut self, cx: &mut Context<'_>, caller: Caller, request: &Request) {
        let (groups, shell) = match request {
            Request::DescribeGroups(body) => {
                (&body.groups, Response::DescribeGroups(DescribeGroupsResponseData::default()))
            }
            Request::DeleteGroups(body) => {
                (&body.groups_names, Response::DeleteGroups(DeleteGroupsResponseData::default()))
            }
            Request::ConsumerGroupDescribe(body) => {
                let shell = ConsumerGroupDescribeResponseData::default();
                (&body.group_ids, Response::ConsumerGroupDescribe(shell))
            }
            _ => return cx.close(caller.connection),
        };
        let mut shards: Map<i32, Vec<KafkaString>> = Map::new();
        for group in groups {
            let of_shard = shards.entry(self.partition_of_group(group.as_str())).or_default();
            let again = matches!(request, Request::DeleteGroups(_)) && of_shard.contains(group);
            if !again {
                of_shard.push(group.clone());
            }
        }
        let part = |groups: Vec<KafkaString>| match request {
            Request::DeleteGroups(_) => {
                Request::DeleteGroups(DeleteGroupsRequestData::default().with_groups_names(groups))
            }
            Request::ConsumerGroupDescribe(body) => Request::ConsumerGroupDescribe(
                ConsumerGroupDescribeRequestData::default()
                    .with_group_ids(groups)
                    .with_include_authorized_operations(body.include_authorized_operations),
            ),
            _ => Request::DescribeGroups(DescribeGroupsRequestData::default().with_groups(groups)),
        };
        let asks = shards.into_iter().map(|(shard, groups)| (shard, ask(&caller, part(groups)))).collect();
        self.gather(cx, caller, shell, asks);
    }

    /// All groups of all shards here.
    fn handle_list_groups(&mut self, cx: &mut Context<'_>, caller: Caller, body: &ListGroupsRequestData) {
        let mut shell = ListGroupsResponseData::default();
        if !self.logs_loaded {
            shell.error_code = ErrorCode::CoordinatorNotAvailable.code();
        }
        let one = |shard: &i32| (*shard, ask(&caller, Request::ListGroups(body.clone())));
        let asks = self.coordinators.shards.keys().map(one).collect();
        self.gather(cx, caller, Response::ListGroups(shell), asks);
    }

    /// What is committed for topics and partitions that do not exist is refused here; the rest goes to the group.
    fn handle_offset_commit(&mut self, cx: &mut Context<'_>, caller: Caller, body: &OffsetCommitRequestData) {
        let mut refused = OffsetCommitResponseData::default();
        let mut wanted = OffsetCommitRequestData { topics: Vec::new(), ..body.clone() };
        for topic in &body.topics {
            let named = self.topic_of(caller.version, &topic.name, topic.topic_id);
            let (topic_name, known) = match named {
                Ok((topic_name, known)) => (topic_name, Ok(known)),
                Err(error) => (topic.name.clone(), Err(error)),
            };
            let mut good = OffsetCommitRequestTopic {
                name: topic_name.clone(),
                partitions: Vec::new(),
                ..topic.clone()
            };
            let mut bad =
                OffsetCommitResponseTopic::default().with_name(topic_name).with_topic_id(topic.topic_id);
            for partition in &topic.partitions {
                let index = partition.partition_index;
                let error = match &known {
                    Ok(count) if (0..*count).contains(&index) => {
                        good.partitions.push(partition.clone());
                        continue;
                    }
                    Ok(_) => ErrorCode::UnknownTopicOrPartition,
                    Err(error) => *error,
                };
                let answer = OffsetCommitResponsePartition::default().with_partition_index(index);
                bad.partitions.push(answer.with_error_code(error.code()));
            }
            wanted.topics.extend((!good.partitions.is_empty()).then_some(good));
            refused.topics.extend((!bad.partitions.is_empty()).then_some(bad));
        }
        let shard = self.partition_of_group(body.group_id.as_str());
        let asks = if wanted.topics.is_empty() {
            Vec::new()
        } else {
            vec![(shard, ask(&caller, Request::OffsetCommit(wanted)))]
        };
        self.gather(cx, caller, Response::OffsetCommit(refused), asks);
    }

    /// The name of a topic of a commit or fetch, and how many partitions it has.
    fn topic_of(&self, version: i16, topic: &KafkaString, id: Uuid) -> Result<(KafkaString, i32), ErrorCode> {
        let by_id = version >= FIRST_VERSION_WITH_IDS;
        let found = if by_id { self.image().topic_by_id(id) } else { self.image().topic(topic.as_str()) };
        let unknown = if by_id { ErrorCode::UnknownTopicId } else { ErrorCode::UnknownTopicOrPartition };
        let found = found.ok_or(unknown)?;
        let count = i32::try_from(found.partitions.len()).unwrap_or(i32::MAX);
        Ok((KafkaString::from(found.name.to_string()), count))
    }

    /// Each group of the request is asked for by itself.
    fn handle_offset_fetch(&mut self, cx: &mut Context<'_>, caller: Caller, body: &OffsetFetchRequestData) {
        let groups =
            if caller.version < FIRST_FETCH_OF_MANY { vec![only_group(body)] } else { body.groups.clone() };
        let mut shell = OffsetFetchResponseData::default();
        let mut asks = Vec::new();
        for mut group in groups {
            let mut answer = OffsetFetchResponseGroup::default().with_group_id(group.group_id.clone());
            if caller.version >= FIRST_VERSION_WITH_IDS
                && let Some(topics) = group.topics.take()
            {
                let (named, unknown) = self.name_topics(topics);
                group.topics = Some(named);
                answer.topics = unknown;
            }
            let shard = self.partition_of_group(group.group_id.as_str());
            let part = OffsetFetchRequestData::default()
                .with_groups(vec![group])
                .with_require_stable(body.require_stable);
            shell.groups.push(answer);
            asks.push((shard, ask(&caller, Request::OffsetFetch(part))));
        }
        self.gather(cx, caller, Response::OffsetFetch(shell), asks);
    }

    /// Gives topics their names; those whose id nobody knows are answered at once.
    fn name_topics(
        &self,
        topics: Vec<OffsetFetchRequestTopics>,
    ) -> (Vec<OffsetFetchRequestTopics>, Vec<OffsetFetchResponseTopics>) {
        let (mut named, mut unknown) = (Vec::new(), Vec::new());
        for mut topic in topics {
            if let Some(known) = self.image().topic_name(topic.topic_id) {
                topic.name = KafkaString::from(known.to_string());
                named.push(topic);
                continue;
            }
            let partitions = topic.partition_indexes.iter().map(|index| {
                OffsetFetchResponsePartitions::default()
                    .with_partition_index(*index)
                    .with_committed_offset(-1)
                    .with_metadata(Some(KafkaString::default()))
                    .with_error_code(ErrorCode::UnknownTopicId.code())
            });
            let answer = OffsetFetchResponseTopics::default()
                .with_topic_id(topic.topic_id)
                .with_partitions(partitions.collect());
            unknown.push(answer);
        }
        (named, unknown)
    }

    /// Before an OffsetFetch answer by ids goes out: each topic gets its id, and what is gone is left out.
    fn with_topic_ids(&self, response: &mut OffsetFetchResponseData) {
        for group in &mut response.groups {
            for topic in group.topics.iter_mut().filter(|topic| topic.topic_id == Uuid::ZERO) {
                let known = self.image().topic(topic.name.as_str());
                topic.topic_id = known.map_or(Uuid::ZERO, |topic| topic.id);
            }
            group.topics.retain(|topic| topic.topic_id != Uuid::ZERO);
        }
    }

    /// Sends an answer of a coordinator in the form that the request's version knows.
    pub(super) fn answer_group(&self, cx: &mut Context<'_>, caller: &Caller, mut response: Response) {
        match &mut response {
            Response::JoinGroup(answer) if caller.version < FIRST_JOIN_WITHOUT_PROTOCOL => {
                answer.protocol_name.get_or_insert_default();
            }
            // `JoinGroupResponse`: where the field may be null, an empty protocol is.
            Response::JoinGroup(answer) => {
                answer.protocol_name = answer.protocol_name.take().filter(|name| !name.is_empty());
            }
            Response::LeaveGroup(answer) if caller.version < FIRST_LEAVE_OF_MANY => {
                let of_member = answer.members.first().map_or(0, |member| member.error_code);
                if answer.error_code == 0 {
                    answer.error_code = of_member;
                }
                answer.members.clear();
            }
            Response::OffsetFetch(answer) if caller.version < FIRST_FETCH_OF_MANY => flatten(answer),
            Response::OffsetFetch(answer) if caller.version >= FIRST_VERSION_WITH_IDS => {
                self.with_topic_ids(answer);
            }
            _ => {}
        }
        caller.answer(cx, response);
    }
}

/// A request as the coordinator sees it.
fn ask(caller: &Caller, request: Request) -> Ask {
    Ask {
        version: caller.version,
        client_id: caller.client_id.clone(),
        client_host: host_of(caller.from),
        body: Body::Request(request),
    }
}

/// The address of a node as Java prints it: `/10.0.78.33`.
fn host_of(node: NodeId) -> Name {
    let [_, _, high, low] = node.0.to_be_bytes();
    name(&format!("/10.0.{high}.{low}"))
}

/// An old LeaveGroup as a new one (`LeaveGroupRequest.normalizedData`).
fn many_members(body: &LeaveGroupRequestData, version: i16) -> LeaveGroupRequestData {
    if version >= FIRST_LEAVE_OF_MANY {
        return body.clone();
    }
    let member = MemberIdentity::default().with_member_id(body.member_id.clone());
    LeaveGroupRequestData::default().with_group_id(body.group_id.clone()).with_members(vec![member])
}

/// The one group of an old OffsetFetch.
fn only_group(body: &OffsetFetchRequestData) -> OffsetFetchRequestGroup {
    let topics = body.topics.as_ref().map(|topics| {
        let one = |topic: &m::offset_fetch_request::OffsetFetchRequestTopic| {
            OffsetFetchRequestTopics::default()
                .with_name(topic.name.clone())
                .with_partition_indexes(topic.partition_indexes.clone())
        };
        topics.iter().map(one).collect()
    });
    OffsetFetchRequestGroup::default()
        .with_group_id(body.group_id.clone())
        .with_member_epoch(-1)
        .with_topics(topics)
}

/// The answer for one group, as versions before 8 have it.
fn flatten(answer: &mut OffsetFetchResponseData) {
    let Some(group) = answer.groups.pop() else { return };
    answer.error_code = group.error_code;
    let topic = |topic: OffsetFetchResponseTopics| {
        let partition = |p: OffsetFetchResponsePartitions| {
            OffsetFetchResponsePartition::default()
                .with_partition_index(p.partition_index)
                .with_committed_offset(p.committed_offset)
                .with_committed_leader_epoch(p.committed_leader_epoch)
                .with_metadata(p.metadata)
                .with_error_code(p.error_code)
        };
        OffsetFetchResponseTopic::default()
            .with_name(topic.name)
            .with_partitions(topic.partitions.into_iter().map(partition).collect())
    };
    answer.topics = group.topics.into_iter().map(topic).collect();
}
