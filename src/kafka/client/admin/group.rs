//! What an admin does with a consumer group: several requests, one after the other (`kafka-consumer-groups.sh`:
//! `ConsumerGroupCommand`; `KafkaAdminClient` and its handlers).

use std::fmt::Write;

use serde::Deserialize;
use serde::Serialize;

use super::AdminRequest;
use super::messages;
use super::printed;
use super::printed::Described;
use super::printed::Member;
use crate::kafka::base::Arrange;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::client::MetadataCache;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;

/// Where the offsets of a group go (`kafka-consumer-groups.sh --reset-offsets`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResetPoint {
    /// The log start of each partition.
    Earliest,
    /// The end of each partition.
    Latest,
    /// This offset, or the nearest one that the partition has.
    Offset(Offset),
    /// So many records on, or back when below zero; never beyond the log.
    ShiftBy(i64),
    /// The first record with at least this timestamp, in milliseconds since 1970; the end when there is none.
    Time(i64),
    /// The same for the moment so many milliseconds ago.
    Duration(i64),
}

/// What is shown of a group (`--describe` with `--offsets`, `--members` or `--state`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Describe {
    #[default]
    Offsets,
    Members,
    State,
}

/// `ListOffsetsRequest.LATEST_TIMESTAMP`
const LATEST: i64 = -1;
/// `ListOffsetsRequest.EARLIEST_TIMESTAMP`
const EARLIEST: i64 = -2;

/// The newest versions that name topics and not their ids.
const NEWEST_COMMIT_BY_NAME: i16 = 9;
const NEWEST_FETCH_BY_NAME: i16 = 9;

/// What is asked next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    FindCoordinator,
    /// First as a KIP-848 group, then as a classic one.
    DescribeConsumer,
    DescribeClassic,
    Committed,
    /// Offsets at this timestamp.
    ListOffsets(i64),
    Write,
}

/// A task about one group.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct GroupWork {
    task: AdminRequest,
    stage: Stage,
    coordinator: Option<NodeId>,
    /// The group, when it was asked for.
    described: Described,
    /// What the group has committed.
    committed: Map<TopicPartition, Offset>,
    /// Offsets by timestamp that was asked for.
    listed: Map<(i64, TopicPartition), Offset>,
    /// The moment that [`ResetPoint::Time`] and [`ResetPoint::Duration`] mean.
    timestamp: i64,
}

/// What is to be done now.
pub(super) enum Step {
    /// Send this, in no newer version than that.
    Ask(NodeId, Request, i16),
    /// Send this to any broker.
    AskAny(Request),
    /// Wait until these topics are known.
    Metadata(Vec<Name>),
    Fail(ErrorCode, String),
}

/// What an answer means.
pub(super) enum Progress {
    /// Go on with the next step.
    Next,
    /// Try the same again, after a moment.
    Again(ErrorCode),
    Done(Option<ErrorCode>, Option<String>),
}

impl GroupWork {
    /// The steps of a task about a group; `None` for one that is about something else.
    pub(super) fn of(task: &AdminRequest, wall_ms: i64) -> Option<Self> {
        let to = match task {
            AdminRequest::ResetOffsets { to, .. } => Some(*to),
            AdminRequest::DeleteOffsets { .. }
            | AdminRequest::DeleteGroup { .. }
            | AdminRequest::DescribeGroup { .. }
            | AdminRequest::RemoveMembers { .. } => None,
            _ => return None,
        };
        Some(Self {
            task: task.clone(),
            stage: Stage::FindCoordinator,
            coordinator: None,
            described: Described::default(),
            committed: Map::new(),
            listed: Map::new(),
            timestamp: match to {
                Some(ResetPoint::Time(ms)) => ms,
                Some(ResetPoint::Duration(ms)) => wall_ms - ms,
                _ => 0,
            },
        })
    }

    fn group(&self) -> &Name {
        match &self.task {
            AdminRequest::ResetOffsets { group, .. }
            | AdminRequest::DeleteOffsets { group, .. }
            | AdminRequest::DeleteGroup { group }
            | AdminRequest::DescribeGroup { group, .. }
            | AdminRequest::RemoveMembers { group, .. } => group,
            _ => unreachable!("only tasks about groups have steps"),
        }
    }

    /// The topics whose partitions must be known.
    fn topics(&self) -> Vec<Name> {
        match &self.task {
            AdminRequest::ResetOffsets { topic: Some(topic), .. }
            | AdminRequest::DeleteOffsets { topic, .. } => vec![topic.clone()],
            AdminRequest::ResetOffsets { .. } | AdminRequest::DescribeGroup { .. } => {
                let mut topics: Vec<Name> = self.known().into_iter().map(|it| it.topic).collect();
                topics.dedup();
                topics
            }
            _ => Vec::new(),
        }
    }

    /// The partitions that the group has committed, and of one that is described those that its members have.
    fn known(&self) -> Vec<TopicPartition> {
        let mut all: Vec<TopicPartition> = self.committed.keys().cloned().collect();
        if self.shows().is_some() {
            all.extend(self.described.members.iter().flat_map(|member| member.partitions.iter().cloned()));
            all.arrange();
            all.dedup();
        }
        all
    }

    /// What of the group is to be shown.
    const fn shows(&self) -> Option<Describe> {
        match &self.task {
            AdminRequest::DescribeGroup { show, .. } => Some(*show),
            _ => None,
        }
    }

    /// The partitions that the task is about.
    fn partitions(&self, metadata: &MetadataCache) -> Vec<TopicPartition> {
        let (topic, wanted) = match &self.task {
            AdminRequest::ResetOffsets { topic: Some(topic), partitions, .. } => (topic, partitions.clone()),
            AdminRequest::DeleteOffsets { topic, .. } => (topic, Vec::new()),
            _ => return self.known(),
        };
        let all = 0..metadata.partition_count(topic).unwrap_or(0);
        let numbers = if wanted.is_empty() { all.collect() } else { wanted };
        numbers.into_iter().map(|number| TopicPartition::new(topic, number)).collect()
    }

    /// What to send, or to wait for.
    pub(super) fn step(&self, metadata: &MetadataCache) -> Step {
        if self.stage == Stage::FindCoordinator {
            return Step::AskAny(messages::find_coordinator(self.group()));
        }
        let Some(coordinator) = self.coordinator else {
            return Step::AskAny(messages::find_coordinator(self.group()));
        };
        let ask = |request: Request| {
            let newest = match request {
                Request::OffsetCommit(_) => NEWEST_COMMIT_BY_NAME,
                Request::OffsetFetch(_) => NEWEST_FETCH_BY_NAME,
                _ => i16::MAX,
            };
            Step::Ask(coordinator, request, newest)
        };
        match self.stage {
            Stage::DescribeConsumer => ask(messages::consumer_group_describe(self.group())),
            Stage::DescribeClassic => ask(messages::describe_group(self.group())),
            Stage::Committed => ask(messages::offset_fetch(self.group())),
            Stage::FindCoordinator | Stage::ListOffsets(_) | Stage::Write => {
                let topics = self.topics();
                if let Some(unknown) = topics.iter().find(|topic| metadata.partition_count(topic).is_none()) {
                    return match metadata.topic(unknown).and_then(|topic| topic.error) {
                        Some(ErrorCode::UnknownTopicOrPartition) => Step::Fail(
                            ErrorCode::UnknownTopicOrPartition,
                            format!("there is no topic {unknown}"),
                        ),
                        _ => Step::Metadata(topics),
                    };
                }
                let partitions = self.partitions(metadata);
                if let Some(missing) = partitions.iter().find(|it| metadata.partition(it).is_none()) {
                    return Step::Fail(
                        ErrorCode::UnknownTopicOrPartition,
                        format!("there is no partition {missing}"),
                    );
                }
                match self.stage {
                    Stage::ListOffsets(timestamp) => self.list_offsets(timestamp, &partitions, metadata),
                    _ => match self.write(&partitions) {
                        Ok(request) => ask(request),
                        Err(why) => Step::Fail(ErrorCode::InvalidRequest, why),
                    },
                }
            }
        }
    }

    /// Asks the leader of the first partition that is not known yet for all of its partitions.
    fn list_offsets(&self, timestamp: i64, all: &[TopicPartition], metadata: &MetadataCache) -> Step {
        let open = || all.iter().filter(|it| !self.listed.contains_key(&(timestamp, (*it).clone())));
        let leader = open().next().and_then(|first| metadata.leader(first));
        let Some((leader, _)) = leader else { return Step::Metadata(self.topics()) };
        let of_leader = open().filter(|it| metadata.leader(it).is_some_and(|(node, _)| node == leader));
        Step::Ask(leader, messages::list_offsets(of_leader, timestamp, metadata), i16::MAX)
    }

    /// The request that changes something.
    fn write(&self, partitions: &[TopicPartition]) -> Result<Request, String> {
        let group = self.group();
        Ok(match &self.task {
            AdminRequest::DeleteOffsets { .. } => messages::offset_delete(group, partitions),
            AdminRequest::DeleteGroup { .. } => messages::delete_group(group),
            AdminRequest::RemoveMembers { instances, .. } if !instances.is_empty() => {
                let named = instances.iter().map(|instance| (name(""), Some(instance.clone())));
                messages::leave_group(group, &named.collect::<Vec<_>>())
            }
            AdminRequest::RemoveMembers { .. } => {
                let members = self.described.members.iter().map(|it| (it.id.clone(), it.instance.clone()));
                messages::leave_group(group, &members.collect::<Vec<_>>())
            }
            _ => messages::offset_commit(group, &self.new_offsets(partitions)?),
        })
    }

    /// Where each partition's offset goes.
    fn new_offsets(&self, partitions: &[TopicPartition]) -> Result<Vec<(TopicPartition, Offset)>, String> {
        let AdminRequest::ResetOffsets { to, .. } = &self.task else { return Ok(Vec::new()) };
        let listed = |timestamp: i64, partition: &TopicPartition| {
            self.listed.get(&(timestamp, partition.clone())).copied().unwrap_or(0)
        };
        let mut out = Vec::new();
        for partition in partitions {
            let within = |offset: Offset| {
                let (start, end) = (listed(EARLIEST, partition), listed(LATEST, partition));
                offset.clamp(start, end.max(start))
            };
            let offset = match to {
                ResetPoint::Earliest => listed(EARLIEST, partition),
                ResetPoint::Latest => listed(LATEST, partition),
                ResetPoint::Offset(offset) => within(*offset),
                ResetPoint::ShiftBy(by) => match self.committed.get(partition) {
                    Some(now) => within(now.saturating_add(*by)),
                    None => {
                        return Err(format!(
                            "{partition} has no committed offset of group {} to shift from: choose an offset or a time",
                            self.group()
                        ));
                    }
                },
                ResetPoint::Time(_) | ResetPoint::Duration(_) => match listed(self.timestamp, partition) {
                    -1 => listed(LATEST, partition),
                    offset => offset,
                },
            };
            out.push((partition.clone(), offset));
        }
        Ok(out)
    }

    /// The timestamps whose offsets must be asked for, in order.
    fn timestamps(&self) -> Vec<i64> {
        let AdminRequest::ResetOffsets { to, .. } = &self.task else {
            return self.shows().map(|_| LATEST).into_iter().collect();
        };
        match to {
            ResetPoint::Earliest => vec![EARLIEST],
            ResetPoint::Latest => vec![LATEST],
            ResetPoint::Offset(_) | ResetPoint::ShiftBy(_) => vec![EARLIEST, LATEST],
            ResetPoint::Time(_) | ResetPoint::Duration(_) => vec![self.timestamp, LATEST],
        }
    }

    /// The coordinator does not answer, or is another one by now.
    pub(super) fn lost(&mut self) {
        self.coordinator = None;
    }

    /// Takes an answer.
    pub(super) fn on_answer(&mut self, answer: &Response, metadata: &MetadataCache) -> Progress {
        match answer {
            Response::FindCoordinator(answer) => {
                let Some(found) = answer.coordinators.first() else {
                    return Progress::Again(ErrorCode::CoordinatorNotAvailable);
                };
                if found.error_code != 0 {
                    return self.failed(ErrorCode::from(found.error_code), None);
                }
                self.coordinator = Some(NodeId(found.node_id));
                let place = format!("{}:{}  ({})", found.host.as_str(), found.port, found.node_id);
                self.described.coordinator = name(&place);
                if self.stage == Stage::FindCoordinator {
                    self.stage = self.after_coordinator();
                }
                Progress::Next
            }
            Response::ConsumerGroupDescribe(answer) => {
                let Some(group) = answer.groups.first() else { return Progress::Next };
                match ErrorCode::from(group.error_code) {
                    ErrorCode::None => {
                        self.described.members = group.members.iter().map(Member::modern).collect();
                        self.described.strategy = name(group.assignor_name.as_str());
                        self.on_state(group.group_state.as_str())
                    }
                    // It may be a classic group, or this broker knows no other.
                    ErrorCode::GroupIdNotFound | ErrorCode::UnsupportedVersion => {
                        self.stage = Stage::DescribeClassic;
                        Progress::Next
                    }
                    error => self.failed(error, None),
                }
            }
            Response::DescribeGroups(answer) => {
                let Some(group) = answer.groups.first() else { return Progress::Next };
                match ErrorCode::from(group.error_code) {
                    ErrorCode::None => {
                        self.described.members = group.members.iter().map(Member::classic).collect();
                        self.described.strategy = name(group.protocol_data.as_str());
                        self.on_state(group.group_state.as_str())
                    }
                    ErrorCode::GroupIdNotFound => self.on_state("Dead"),
                    error => self.failed(error, None),
                }
            }
            Response::OffsetFetch(answer) => {
                let Some(group) = answer.groups.first() else { return Progress::Next };
                if group.error_code != 0 {
                    return self.failed(ErrorCode::from(group.error_code), None);
                }
                let offsets = group.topics.iter().flat_map(|topic| {
                    let topic_name = name(topic.name.as_str());
                    topic.partitions.iter().map(move |p| {
                        (TopicPartition::new(&topic_name, p.partition_index), p.committed_offset)
                    })
                });
                self.committed = offsets.filter(|(_, offset)| *offset >= 0).collect();
                self.after_committed()
            }
            Response::ListOffsets(answer) => self.on_listed(answer, metadata),
            other => self.on_written(other, metadata),
        }
    }

    fn after_coordinator(&self) -> Stage {
        match &self.task {
            AdminRequest::ResetOffsets { .. } | AdminRequest::DescribeGroup { .. } => Stage::DescribeConsumer,
            AdminRequest::RemoveMembers { instances, .. } if instances.is_empty() => Stage::DescribeConsumer,
            _ => Stage::Write,
        }
    }

    /// The group's state is known: offsets are reset only while nobody uses them.
    fn on_state(&mut self, state: &str) -> Progress {
        self.described.state = name(state);
        match self.shows() {
            Some(_) if state == "Dead" => {
                let why = format!("Consumer group '{}' does not exist.", self.group());
                return Progress::Done(Some(ErrorCode::GroupIdNotFound), Some(why));
            }
            Some(Describe::Offsets) => {
                self.stage = Stage::Committed;
                return Progress::Next;
            }
            Some(_) => return self.shown(),
            None => {}
        }
        if !matches!(self.task, AdminRequest::ResetOffsets { .. }) {
            self.stage = Stage::Write;
            return Progress::Next;
        }
        if !matches!(state, "Empty" | "Dead") {
            // The tool refuses by itself and names no error; that of a group with members says the same.
            let why = format!(
                "offsets are reset only while the group is inactive, and {} is {state}: stop its {} members first",
                self.group(),
                self.described.members.len()
            );
            return Progress::Done(Some(ErrorCode::NonEmptyGroup), Some(why));
        }
        self.stage = Stage::Committed;
        Progress::Next
    }

    /// The description is complete.
    fn shown(&self) -> Progress {
        let ends = self.listed.iter().map(|((_, partition), end)| (partition.clone(), *end)).collect();
        let show = self.shows().unwrap_or_default();
        let said = printed::describe(self.group(), &self.described, show, &self.committed, &ends);
        Progress::Done(None, Some(said))
    }

    fn after_committed(&mut self) -> Progress {
        if self.shows().is_some() && self.known().is_empty() {
            return self.shown();
        }
        let names_topic = matches!(&self.task, AdminRequest::ResetOffsets { topic: Some(_), .. });
        if !names_topic && self.shows().is_none() && self.committed.is_empty() {
            let why = format!("group {} has committed nothing: name a topic", self.group());
            return Progress::Done(Some(ErrorCode::GroupIdNotFound), Some(why));
        }
        self.stage = self.timestamps().first().map_or(Stage::Write, |first| Stage::ListOffsets(*first));
        Progress::Next
    }

    fn on_listed(
        &mut self,
        answer: &super::m::list_offsets_response::ListOffsetsResponseData,
        metadata: &MetadataCache,
    ) -> Progress {
        let Stage::ListOffsets(timestamp) = self.stage else { return Progress::Next };
        for topic in &answer.topics {
            for partition in &topic.partitions {
                if partition.error_code != 0 {
                    return self.failed(ErrorCode::from(partition.error_code), None);
                }
                let id = TopicPartition::new(&name(topic.name.as_str()), partition.partition_index);
                self.listed.insert((timestamp, id), partition.offset);
            }
        }
        let all = self.partitions(metadata);
        if all.iter().all(|id| self.listed.contains_key(&(timestamp, id.clone()))) {
            if self.shows().is_some() {
                return self.shown();
            }
            let mut later = self.timestamps().into_iter().skip_while(|it| *it != timestamp).skip(1);
            self.stage = later.next().map_or(Stage::Write, Stage::ListOffsets);
        }
        Progress::Next
    }

    /// The answer to the request that changes something.
    fn on_written(&mut self, answer: &Response, metadata: &MetadataCache) -> Progress {
        match messages::error_of_written(answer) {
            Some((error, of)) => self.failed(error, of),
            None => {
                let said = match &self.task {
                    AdminRequest::ResetOffsets { .. } => {
                        self.new_offsets(&self.partitions(metadata)).ok().map(|offsets| said(&offsets))
                    }
                    _ => None,
                };
                Progress::Done(None, said)
            }
        }
    }

    fn failed(&mut self, error: ErrorCode, of: Option<String>) -> Progress {
        if matches!(error, ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable) {
            self.lost();
        }
        if is_retriable(error) && error != ErrorCode::UnknownTopicOrPartition {
            return Progress::Again(error);
        }
        let group = self.group();
        let why = match error {
            ErrorCode::GroupIdNotFound => format!("there is no group {group}"),
            ErrorCode::NonEmptyGroup => format!("group {group} has members: stop them first"),
            ErrorCode::GroupSubscribedToTopic => {
                format!("group {group} is subscribed to {}: its offsets are in use", of.unwrap_or_default())
            }
            ErrorCode::UnknownMemberId => match of {
                Some(member) => format!("group {group} has no member {member}"),
                None => format!("group {group} has members, and only they commit: stop them first"),
            },
            _ => error.to_string(),
        };
        Progress::Done(Some(error), Some(why))
    }
}

/// What was set: `orders-0 = 12, orders-1 = 0`.
fn said(offsets: &[(TopicPartition, Offset)]) -> String {
    let mut out = String::new();
    for (partition, offset) in offsets {
        let comma = if out.is_empty() { "" } else { ", " };
        let _ = write!(out, "{comma}{partition} = {offset}");
    }
    out
}
