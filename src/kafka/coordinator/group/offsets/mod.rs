//! Committed offsets (`OffsetMetadataManager`).

mod commit;
mod delete;
mod expire;
mod fetch;

use std::ops::Range;

pub(crate) use fetch::Sight;

use imbl::OrdMap;

use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::OffsetCommit;
use crate::kafka::coordinator::record::OffsetCommitValue;

/// How far a group has read a partition (`OffsetAndMetadata`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommittedOffset {
    /// The next record to read.
    pub offset: Offset,
    /// The epoch of the last record that was read; -1 when the client did not say.
    pub leader_epoch: i32,
    pub metadata: Name,
    /// In milliseconds since 1970.
    pub commit_ms: i64,
    /// When it ends, where an old client has said so.
    pub expire_ms: Option<i64>,
    /// The topic as it was then; zero when the commit named it only.
    pub topic_id: Uuid,
    /// Where in the partition of `__consumer_offsets` it stands.
    pub record_offset: Offset,
}

/// The offsets of one group, by partition.
pub type PartitionOffsets = OrdMap<TopicPartition, CommittedOffset>;

/// The offsets of all groups of a shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Offsets {
    by_group: OrdMap<Name, PartitionOffsets>,
    /// What transactions that are still open have committed.
    pending: Map<ProducerId, OrdMap<Name, PartitionOffsets>>,
}

impl Offsets {
    /// What is committed for each group.
    pub fn by_group(&self) -> &OrdMap<Name, PartitionOffsets> {
        &self.by_group
    }

    /// What is committed for a group.
    pub fn of_group(&self, group: &str) -> impl Iterator<Item = (&TopicPartition, &CommittedOffset)> {
        self.by_group.get(group).into_iter().flat_map(OrdMap::iter)
    }

    pub fn get(&self, group: &str, partition: &TopicPartition) -> Option<&CommittedOffset> {
        self.by_group.get(group)?.get(partition)
    }

    /// What open transactions have committed for a group, by producer.
    pub fn pending_of_group(
        &self,
        group: &str,
    ) -> impl Iterator<Item = (ProducerId, &TopicPartition, &CommittedOffset)> {
        self.pending.iter().flat_map(move |(producer, groups)| {
            groups
                .get(group)
                .into_iter()
                .flat_map(OrdMap::iter)
                .map(|(partition, offset)| (*producer, partition, offset))
        })
    }

    /// Whether an open transaction has committed an offset of this partition.
    pub fn is_pending(&self, group: &str, partition: &TopicPartition) -> bool {
        self.pending
            .values()
            .any(|groups| groups.get(group).is_some_and(|offsets| offsets.contains_key(partition)))
    }

    fn put(&mut self, group: &Name, partition: TopicPartition, offset: CommittedOffset) {
        self.by_group.entry(group.clone()).or_default().insert(partition, offset);
    }

    fn remove(&mut self, group: &Name, partition: &TopicPartition) {
        remove_from(&mut self.by_group, group, partition);
    }

    /// Whether a group has committed anything, or an open transaction has for it.
    pub(crate) fn has_any(&self, group: &str) -> bool {
        self.by_group.contains_key(group) || self.pending_of_group(group).next().is_some()
    }

    /// Forgets an offset, with or without what open transactions have committed for its partition.
    pub(crate) fn forget(&mut self, group: &Name, partition: &TopicPartition, with_pending: bool) {
        self.remove(group, partition);
        if with_pending {
            self.forget_pending(group, partition);
        }
    }

    fn forget_pending(&mut self, group: &Name, partition: &TopicPartition) {
        let producers: Vec<ProducerId> = self.pending.keys().copied().collect();
        for producer in producers {
            if let Some(groups) = self.pending.get_mut(&producer) {
                remove_from(groups, group, partition);
            }
        }
    }

    /// Takes a commit back that stands in these records: what was committed before it counts again.
    pub(crate) fn take_back(
        &mut self,
        group: &Name,
        partition: &TopicPartition,
        records: &Range<Offset>,
        before: &Self,
    ) {
        if self.get(group, partition).is_some_and(|offset| records.contains(&offset.record_offset)) {
            match before.get(group, partition) {
                Some(offset) => self.put(group, partition.clone(), offset.clone()),
                None => self.remove(group, partition),
            }
        }
    }

    /// `replay` of `OffsetCommit`. A tombstone also takes what open transactions have committed.
    pub(crate) fn replay(&mut self, at: Offset, producer: Option<ProducerId>, record: &OffsetCommit) {
        let partition = TopicPartition::new(&record.topic, record.partition);
        match (&record.value, producer) {
            (Some(value), None) => self.put(&record.group, partition, CommittedOffset::of(value, at)),
            (Some(value), Some(producer)) => {
                let groups = self.pending.entry(producer).or_default();
                let offsets = groups.entry(record.group.clone()).or_default();
                offsets.insert(partition, CommittedOffset::of(value, at));
            }
            (None, _) => {
                self.forget(&record.group, &partition, true);
            }
        }
    }

    /// `replayEndTransactionMarker`: what a transaction has committed counts, unless a later record says otherwise.
    pub(crate) fn end_transaction(&mut self, producer: ProducerId, commit: bool) {
        let Some(groups) = self.pending.remove(&producer).filter(|_| commit) else { return };
        for (group, offsets) in &groups {
            for (partition, offset) in offsets {
                let known = self.get(group, partition);
                if known.is_none_or(|known| offset.record_offset > known.record_offset) {
                    self.put(group, partition.clone(), offset.clone());
                }
            }
        }
    }

    /// Tombstones for everything that any group has committed for these topics, but not for others that had their names
    /// before or have them now (`onTopicsDeleted`).
    pub(crate) fn tombstones_of_topics(&self, topics: &[(Name, Uuid)]) -> Vec<GroupRecord> {
        let mut records = Vec::new();
        let mut delete = |groups: &OrdMap<Name, PartitionOffsets>| {
            for (group, offsets) in groups {
                let of_topics = offsets.iter().filter(|(partition, offset)| {
                    topics.iter().any(|(name, id)| partition.topic == *name && offset.is_of(*id))
                });
                records.extend(of_topics.map(|(partition, _)| tombstone(group, partition)));
            }
        };
        delete(&self.by_group);
        self.pending.values().for_each(delete);
        records
    }
}

impl CommittedOffset {
    /// Whether it may be one of the topic with this id: it is not if both ids are known and differ.
    pub(crate) fn is_of(&self, topic: Uuid) -> bool {
        self.topic_id == Uuid::ZERO || topic == Uuid::ZERO || self.topic_id == topic
    }

    fn of(value: &OffsetCommitValue, record_offset: Offset) -> Self {
        Self {
            offset: value.offset,
            leader_epoch: value.leader_epoch,
            metadata: value.metadata.clone(),
            commit_ms: value.commit_timestamp,
            expire_ms: (value.expire_timestamp >= 0).then_some(value.expire_timestamp),
            topic_id: value.topic_id,
            record_offset,
        }
    }
}

fn remove_from(groups: &mut OrdMap<Name, PartitionOffsets>, group: &Name, partition: &TopicPartition) {
    if let Some(offsets) = groups.get_mut(group) {
        offsets.remove(partition);
        if offsets.is_empty() {
            groups.remove(group);
        }
    }
}

/// The record that forgets an offset.
pub(crate) fn tombstone(group: &Name, partition: &TopicPartition) -> GroupRecord {
    GroupRecord::OffsetCommit(OffsetCommit {
        group: group.clone(),
        topic: partition.topic.clone(),
        partition: partition.partition,
        value: None,
    })
}
