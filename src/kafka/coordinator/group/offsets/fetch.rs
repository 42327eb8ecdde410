//! OffsetFetch.

use super::CommittedOffset;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::shard::Refusal;
use crate::kafka::coordinator::shard::Timeline;
use crate::kafka::coordinator::shared;
use crate::kafka::coordinator::text;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages as m;
use m::offset_fetch_request::OffsetFetchRequestData;
use m::offset_fetch_request::OffsetFetchRequestGroup;
use m::offset_fetch_response::OffsetFetchResponseData;
use m::offset_fetch_response::OffsetFetchResponseGroup;
use m::offset_fetch_response::OffsetFetchResponsePartitions;
use m::offset_fetch_response::OffsetFetchResponseTopics;

/// What an OffsetFetch sees.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    /// What is there; an offset that is not is not told.
    now: &'a Timeline,
    /// What is told of it. An offset that differs from what is there is being written.
    safe: &'a Timeline,
}

impl<'a> Sight<'a> {
    pub(crate) const fn of(timeline: &'a Timeline) -> Self {
        Self { now: timeline, safe: timeline }
    }

    fn get(self, group: &str, partition: &TopicPartition) -> Option<&'a CommittedOffset> {
        self.now.offsets.get(group, partition).and_then(|_| self.safe.offsets.get(group, partition))
    }

    /// Whether a transaction that is open, or a commit that is being written, may give the partition another offset.
    fn is_unstable(self, group: &str, partition: &TopicPartition) -> bool {
        let of = |timeline: &'a Timeline| &timeline.offsets;
        let now = of(self.now).get(group, partition);
        of(self.now).is_pending(group, partition)
            || of(self.safe).is_pending(group, partition)
            || (now.is_some() && now != of(self.safe).get(group, partition))
    }
}

impl Shard {
    /// What an OffsetFetch sees that waits for nothing.
    pub(crate) fn offsets_now(&self) -> Sight<'_> {
        if self.edition().waits_for_stable_offsets() {
            Sight::of(self.committed())
        } else {
            Sight { now: self.timeline(), safe: self.committed() }
        }
    }

    /// `fetchOffsets` and `fetchAllOffsets` of one group. A stable fetch of a partition for which a transaction is open gets no
    /// offset but `UNSTABLE_OFFSET_COMMIT`.
    pub(crate) fn fetch_offsets(
        &self,
        request: &OffsetFetchRequestData,
        sight: Sight<'_>,
    ) -> Result<OffsetFetchResponseData, Refusal> {
        let mut groups = Vec::new();
        for group in &request.groups {
            groups.push(fetch_group(group, sight, request.require_stable)?);
        }
        Ok(OffsetFetchResponseData::default().with_groups(groups))
    }
}

fn fetch_group(
    request: &OffsetFetchRequestGroup,
    sight: Sight<'_>,
    stable: bool,
) -> Result<OffsetFetchResponseGroup, Refusal> {
    let group = request.group_id.as_str();
    if let Some(Group::Consumer(group)) = sight.now.groups.get(group) {
        let member = request.member_id.as_ref().map(KafkaString::as_str);
        group.validate_offset_fetch(member, request.member_epoch)?;
    }
    let known = sight.now.groups.contains_key(group);
    // What was committed for a topic that had the name before is nothing to this one.
    let fetch = |partition: &TopicPartition, topic: Uuid| {
        let pending = stable && sight.is_unstable(group, partition);
        let offset = sight.get(group, partition).filter(|it| known && it.is_of(topic));
        fetched(partition.partition, offset, pending)
    };
    let topics = match &request.topics {
        Some(topics) => topics
            .iter()
            .map(|topic| {
                let name = shared(&topic.name);
                let partitions = topic.partition_indexes.iter();
                let partitions =
                    partitions.map(|index| fetch(&TopicPartition::new(&name, *index), topic.topic_id));
                OffsetFetchResponseTopics::default()
                    .with_name(topic.name.clone())
                    .with_topic_id(topic.topic_id)
                    .with_partitions(partitions.collect())
            })
            .collect(),
        None => {
            let mut topics: Vec<OffsetFetchResponseTopics> = Vec::new();
            let mut last: Option<Name> = None;
            let told = sight.safe.offsets.of_group(group).map(|(partition, _)| partition);
            for partition in told.filter(|partition| known && sight.get(group, partition).is_some()) {
                if last.as_ref() != Some(&partition.topic) {
                    topics.push(OffsetFetchResponseTopics::default().with_name(text(&partition.topic)));
                    last = Some(partition.topic.clone());
                }
                if let Some(topic) = topics.last_mut() {
                    topic.partitions.push(fetch(partition, Uuid::ZERO));
                }
            }
            topics
        }
    };
    Ok(OffsetFetchResponseGroup::default().with_group_id(request.group_id.clone()).with_topics(topics))
}

fn fetched(partition: i32, offset: Option<&CommittedOffset>, pending: bool) -> OffsetFetchResponsePartitions {
    let response = OffsetFetchResponsePartitions::default().with_partition_index(partition);
    match offset {
        _ if pending => response
            .with_error_code(ErrorCode::UnstableOffsetCommit.code())
            .with_committed_offset(-1)
            .with_committed_leader_epoch(-1)
            .with_metadata(Some(KafkaString::default())),
        None => response
            .with_committed_offset(-1)
            .with_committed_leader_epoch(-1)
            .with_metadata(Some(KafkaString::default())),
        Some(offset) => response
            .with_committed_offset(offset.offset)
            .with_committed_leader_epoch(offset.leader_epoch)
            .with_metadata(Some(text(&offset.metadata))),
    }
}
