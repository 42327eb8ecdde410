//! OffsetDelete, and all offsets of a group that goes.

use super::tombstone;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Reply;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::GroupView;
use crate::kafka::coordinator::group::classic::ClassicState;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::shard::Decision;
use crate::kafka::coordinator::shard::Forget;
use crate::kafka::coordinator::shard::Outcome;
use crate::kafka::coordinator::shared;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages as m;
use m::offset_delete_request::OffsetDeleteRequestData;
use m::offset_delete_response::OffsetDeleteResponseData;
use m::offset_delete_response::OffsetDeleteResponsePartition;
use m::offset_delete_response::OffsetDeleteResponseTopic;

impl Shard {
    /// `deleteOffsets`: only of topics that nobody in the group reads.
    pub(crate) fn delete_offsets(&mut self, io: &mut Io<'_>, request: &OffsetDeleteRequestData) -> Decision {
        let name = shared(&request.group_id);
        let group = self.group(&name).ok_or(ErrorCode::GroupIdNotFound)?;
        group.validate_offset_delete()?;
        let mut records = Vec::new();
        let mut topics = Vec::new();
        let mut eligible = Vec::new();
        for topic in &request.topics {
            let subscribed = group.is_subscribed_to(topic.name.as_str());
            let error = if subscribed { ErrorCode::GroupSubscribedToTopic } else { ErrorCode::None };
            let mut partitions = Vec::new();
            for partition in &topic.partitions {
                let index = partition.partition_index;
                partitions.push(
                    OffsetDeleteResponsePartition::default()
                        .with_partition_index(index)
                        .with_error_code(error.code()),
                );
                let partition = TopicPartition::new(&shared(&topic.name), index);
                let offsets = &self.timeline.offsets;
                let known = offsets.get(&name, &partition).is_some() || offsets.is_pending(&name, &partition);
                if !subscribed && known {
                    records.push(tombstone(&name, &partition));
                }
                if !subscribed {
                    eligible.push(partition);
                }
            }
            topics.push(
                OffsetDeleteResponseTopic::default()
                    .with_name(topic.name.clone())
                    .with_partitions(partitions),
            );
        }
        if !self.edition().confirms_removals() {
            records.clear();
            if !eligible.is_empty() {
                self.forget(io, &name, &Forget::Offsets(eligible));
            }
        }
        let response = OffsetDeleteResponseData::default().with_topics(topics);
        Ok(Outcome::write(records, Some(Reply::Response(Response::OffsetDelete(response)))))
    }

    /// Topics are gone: of every group the offsets that it has committed for them, in the old coordinator. Groups that are
    /// empty and have none go with them, whatever the topic.
    pub(crate) fn forget_topics(&mut self, io: &mut Io<'_>, topics: &[(Name, Uuid)]) {
        let names: Vec<Name> = self.groups().map(|(name, _)| name.clone()).collect();
        for name in names {
            let offsets = &self.timeline.offsets;
            let plain = offsets.of_group(&name).map(|(partition, _)| partition);
            let all: Set<TopicPartition> = plain
                .chain(offsets.pending_of_group(&name).map(|(_, partition, _)| partition))
                .filter(|partition| topics.iter().any(|(topic, _)| partition.topic == *topic))
                .cloned()
                .collect();
            self.forget(io, &name, &Forget::Offsets(all.into_iter().collect()));
        }
    }

    /// `deleteAllOffsets`: one tombstone for each partition, whether a transaction or a plain commit has it, or both.
    pub(crate) fn delete_all_offsets(&self, group: &Name, records: &mut Vec<GroupRecord>) {
        let offsets = &self.timeline.offsets;
        let plain = offsets.of_group(group).map(|(partition, _)| partition.clone());
        let pending = offsets.pending_of_group(group).map(|(_, partition, _)| partition.clone());
        let all: Set<TopicPartition> = plain.chain(pending).collect();
        records.extend(all.iter().map(|partition| tombstone(group, partition)));
    }
}

impl GroupView<'_> {
    /// `validateOffsetDelete`: consumers tell what they read, so that the rest can go while they live.
    fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        match self {
            Self::Classic(group) => match group.state {
                ClassicState::Dead => Err(ErrorCode::GroupIdNotFound),
                ClassicState::Empty => Ok(()),
                _ if group.is_of_consumers() => Ok(()),
                _ => Err(ErrorCode::NonEmptyGroup),
            },
            Self::Consumer(_) => Ok(()),
        }
    }

    /// Whether somebody in the group reads the topic.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        match self {
            Self::Classic(group) => group.is_subscribed_to(topic),
            Self::Consumer(group) => group.is_subscribed_to(topic),
        }
    }
}
