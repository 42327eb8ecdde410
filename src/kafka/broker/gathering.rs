//! Answers that are put together: of groups of several shards, or with a part that was refused before a shard was asked.

use super::Broker;
use super::broker::Caller;
use crate::kafka::base::Map;
use crate::kafka::coordinator::Ask;
use crate::kafka::coordinator::Reply;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::offset_commit_response::OffsetCommitResponseTopic;
use crate::kafka::protocol::messages::offset_fetch_response::OffsetFetchResponseData;
use crate::kafka::protocol::messages::offset_fetch_response::OffsetFetchResponseGroup;

/// Who waits for a shard.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) enum Waiter {
    Caller(Caller),
    /// One part of an answer.
    Part {
        gathering: u64,
        place: usize,
    },
}

/// An answer that waits for its parts.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Gathering {
    caller: Caller,
    /// What is known already. Of OffsetFetch: each group, with the topics that need no shard.
    shell: Response,
    parts: Map<usize, Response>,
    missing: usize,
}

impl Broker {
    /// Asks several shards, and answers with the shell and all their parts.
    pub(super) fn gather(
        &mut self,
        cx: &mut Context<'_>,
        caller: Caller,
        shell: Response,
        asks: Vec<(i32, Ask)>,
    ) {
        if asks.is_empty() {
            return self.answer_group(cx, &caller, shell);
        }
        let number = self.coordinators.gatherings.last_key_value().map_or(1, |(last, _)| last + 1);
        let gathering = Gathering { caller, shell, parts: Map::new(), missing: asks.len() };
        self.coordinators.gatherings.insert(number, gathering);
        for (place, (partition, ask)) in asks.into_iter().enumerate() {
            self.ask_shard(cx, partition, ask, Waiter::Part { gathering: number, place });
        }
    }

    /// A part has come; the last one sends the answer.
    pub(super) fn gathered(
        &mut self,
        cx: &mut Context<'_>,
        number: u64,
        place: usize,
        part: Result<Reply, ErrorCode>,
    ) {
        let Some(gathering) = self.coordinators.gatherings.get_mut(&number) else { return };
        gathering.missing -= 1;
        match part {
            Ok(Reply::Response(part)) => {
                gathering.parts.insert(place, part);
            }
            // Only OffsetFetch is refused by its bare code.
            Err(error) => {
                let group = OffsetFetchResponseGroup::default().with_error_code(error.code());
                let part = OffsetFetchResponseData::default().with_groups(vec![group]);
                gathering.parts.insert(place, Response::OffsetFetch(part));
            }
            Ok(_) => {}
        }
        if gathering.missing == 0
            && let Some(Gathering { caller, shell, parts, .. }) = self.coordinators.gatherings.remove(&number)
        {
            let whole = parts.into_iter().fold(shell, |whole, (place, part)| join(whole, place, part));
            self.answer_group(cx, &caller, whole);
        }
    }
}

/// Adds a part to an answer.
fn join(whole: Response, place: usize, part: Response) -> Response {
    match (whole, part) {
        (Response::ListGroups(mut whole), Response::ListGroups(part)) => {
            // One shard that cannot say fails the whole list.
            if whole.error_code == 0 && part.error_code != 0 {
                whole.groups.clear();
                whole.error_code = part.error_code;
            } else if whole.error_code == 0 {
                whole.groups.extend(part.groups);
            }
            Response::ListGroups(whole)
        }
        (Response::DescribeGroups(mut whole), Response::DescribeGroups(part)) => {
            whole.groups.extend(part.groups);
            Response::DescribeGroups(whole)
        }
        (Response::ConsumerGroupDescribe(mut whole), Response::ConsumerGroupDescribe(part)) => {
            whole.groups.extend(part.groups);
            Response::ConsumerGroupDescribe(whole)
        }
        (Response::DeleteGroups(mut whole), Response::DeleteGroups(part)) => {
            whole.results.extend(part.results);
            Response::DeleteGroups(whole)
        }
        (Response::OffsetCommit(mut whole), Response::OffsetCommit(part)) => {
            part.topics.into_iter().for_each(|topic| join_topic(&mut whole.topics, topic));
            Response::OffsetCommit(whole)
        }
        (Response::OffsetFetch(mut whole), Response::OffsetFetch(part)) => {
            if let (Some(group), Some(mut fetched)) =
                (whole.groups.get_mut(place), part.groups.into_iter().next())
            {
                if fetched.error_code == 0 {
                    fetched.topics.append(&mut group.topics);
                }
                (group.topics, group.error_code) = (fetched.topics, fetched.error_code);
            }
            Response::OffsetFetch(whole)
        }
        (whole, _) => whole,
    }
}

/// Adds the partitions of a topic to those of the same topic (`OffsetCommitResponse.Builder.merge`).
fn join_topic(topics: &mut Vec<OffsetCommitResponseTopic>, new: OffsetCommitResponseTopic) {
    let same =
        |topic: &&mut OffsetCommitResponseTopic| topic.name == new.name && topic.topic_id == new.topic_id;
    match topics.iter_mut().find(same) {
        Some(topic) => topic.partitions.extend(new.partitions),
        None => topics.push(new),
    }
}
