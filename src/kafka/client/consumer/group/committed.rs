//! Where a partition begins: at the offset that its group has committed, or where `auto.offset.reset` says
//! (`ConsumerCoordinator.initWithCommittedOffsetsIfNeeded`).

use super::Committed;
use super::coordinator::kafka_text;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::consumer::Position;
use crate::kafka::client::consumer::group::GroupTag;
use crate::kafka::client::errors::is_retriable;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::offset_fetch_request::OffsetFetchRequestData;
use crate::kafka::protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use crate::kafka::protocol::messages::offset_fetch_request::OffsetFetchRequestTopics;
use crate::kafka::protocol::messages::offset_fetch_response::OffsetFetchResponseData;
use crate::kafka::protocol::messages::offset_fetch_response::OffsetFetchResponseGroup;

impl Consumer {
    /// Asks the coordinator for the committed offsets of partitions that have no position yet.
    pub(super) fn fetch_committed(&mut self, cx: &mut Context<'_>) {
        if self.group.fetching_committed || self.group.committed_not_before > cx.now {
            return;
        }
        let waits = |state: &FetchState| *state == FetchState::AwaitCommitted;
        let waiting = self.assigned.iter().filter(|(_, a)| waits(&a.state)).map(|(tp, _)| tp.clone());
        let waiting: Vec<TopicPartition> = waiting.collect();
        if waiting.is_empty() || !self.find_coordinator(cx) {
            return;
        }
        self.group.fetching_committed = true;
        let request = self.offset_fetch(&waiting);
        self.tell_coordinator(cx, request, GroupTag::Committed);
    }

    /// Asks for what the group has committed for these partitions.
    pub(in crate::kafka::client::consumer) fn offset_fetch(&self, partitions: &[TopicPartition]) -> Request {
        let mut topics: Vec<OffsetFetchRequestTopics> = Vec::new();
        for tp in partitions {
            match topics.last_mut().filter(|topic| topic.name.as_str() == &*tp.topic) {
                Some(topic) => topic.partition_indexes.push(tp.partition),
                None => topics.push(
                    OffsetFetchRequestTopics::default()
                        .with_name(kafka_text(&tp.topic))
                        .with_topic_id(self.metadata.topic_id(&tp.topic).unwrap_or_default())
                        .with_partition_indexes(vec![tp.partition]),
                ),
            }
        }
        let mut group =
            OffsetFetchRequestGroup::default().with_group_id(self.group_name()).with_topics(Some(topics));
        let modern = &self.group.modern;
        if modern.is_member() {
            group = group.with_member_id(Some(kafka_text(modern.member()))).with_member_epoch(modern.epoch());
        }
        let request = OffsetFetchRequestData::default().with_groups(vec![group]).with_require_stable(true);
        Request::OffsetFetch(request)
    }

    /// The coordinator answers the application's `committed()`.
    pub(super) fn on_asked(&mut self, cx: &mut Context<'_>, number: u64, answer: &OffsetFetchResponseData) {
        let Some(group) = answer.groups.first() else { return self.on_call_unanswered(cx, number, &[]) };
        match ErrorCode::from(group.error_code) {
            ErrorCode::None => {
                let lines = self.committed_offsets(group);
                self.on_call_committed(cx, number, lines);
            }
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.on_call_unanswered(cx, number, &[]);
                self.forget_coordinator(cx);
            }
            _ => self.on_call_unanswered(cx, number, &[]),
        }
    }

    /// The question got no answer that helps: ask again after the backoff.
    pub(super) fn committed_later(&mut self, cx: &mut Context<'_>) {
        let wait = self.backoff(cx, self.group.committed_attempts);
        self.group.fetching_committed = false;
        self.group.committed_attempts += 1;
        self.group.committed_not_before = cx.now + wait;
    }

    pub(super) fn on_committed(&mut self, cx: &mut Context<'_>, answer: &OffsetFetchResponseData) {
        let Some(group) = answer.groups.first() else { return self.committed_later(cx) };
        match ErrorCode::from(group.error_code) {
            ErrorCode::None => {}
            error @ (ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator) => {
                debug_assert!(is_retriable(error));
                self.committed_later(cx);
                return self.forget_coordinator(cx);
            }
            // The epoch has moved on, or the member was removed: its heartbeat will tell.
            ErrorCode::StaleMemberEpoch | ErrorCode::UnknownMemberId => return self.committed_later(cx),
            error if is_retriable(error) => return self.committed_later(cx),
            error => return self.throw(cx, error),
        }
        let found = self.committed_offsets(group);
        let errors = found.iter().map(|(_, _, _, error)| *error);
        if let Some(error) =
            errors.filter(|error| *error != ErrorCode::None).max_by_key(|e| !is_retriable(*e))
        {
            if is_retriable(error) && error != ErrorCode::UnknownTopicOrPartition {
                return self.committed_later(cx);
            }
            return self.throw(cx, error);
        }
        self.group.fetching_committed = false;
        self.group.committed_attempts = 0;
        for (tp, offset, epoch, _) in found {
            let begin = if offset >= 0 {
                let committed = Committed { offset, at: cx.now, own: false };
                self.group.committed.insert(tp.clone(), committed);
                FetchState::Fetching { position: Position { offset, epoch: Some(epoch).filter(|e| *e >= 0) } }
            } else {
                self.unplaced(cx.now)
            };
            if let Some(assigned) =
                self.assigned.get_mut(&tp).filter(|a| a.state == FetchState::AwaitCommitted)
            {
                assigned.state = begin;
            }
        }
    }

    /// Partition, offset, leader epoch and error of each line of an answer.
    fn committed_offsets(
        &self,
        group: &OffsetFetchResponseGroup,
    ) -> Vec<(TopicPartition, Offset, i32, ErrorCode)> {
        let mut out = Vec::new();
        for topic in &group.topics {
            let by_id = self.metadata.topic_name(topic.topic_id).cloned();
            let name = if topic.name.is_empty() { by_id } else { Some(Name::from(topic.name.as_str())) };
            let Some(name) = name else { continue };
            for p in &topic.partitions {
                let tp = TopicPartition::new(&name, p.partition_index);
                out.push((tp, p.committed_offset, p.committed_leader_epoch, ErrorCode::from(p.error_code)));
            }
        }
        out
    }
}
