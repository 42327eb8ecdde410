//! Offsets that nobody needs any more.

use super::CommittedOffset;
use super::tombstone;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::coordinator::Io;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::GroupView;
use crate::kafka::coordinator::group::classic::ClassicState;
use crate::kafka::coordinator::group::consumer::table_order;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::shard::Forget;

impl Shard {
    /// `cleanupGroupMetadata`: the tombstones of offsets that have expired, and of groups that are empty and have none
    /// left.
    pub(crate) fn expired(&self, now_ms: i64) -> Vec<GroupRecord> {
        let mut records = Vec::new();
        let mut groups: Vec<(&Name, GroupView<'_>)> = self.groups().collect();
        table_order(&mut groups, |(name, _)| name);
        for (name, group) in groups {
            if self.expire_offsets(name, group, now_ms, &mut records) && group.is_empty() {
                self.group_tombstones(name, group, &mut records);
            }
        }
        records
    }

    /// The same in the old coordinator: an open transaction does not keep an older offset of its partition.
    pub(crate) fn forget_expired(&mut self, io: &mut Io<'_>) {
        let names: Vec<Name> = self.groups().map(|(name, _)| name.clone()).collect();
        for name in names {
            let Some(group) = self.group(&name) else { continue };
            let expired = self.timeline.offsets.of_group(&name).filter(|(partition, offset)| {
                let being_written = self.committed().offsets.get(&name, partition) != Some(*offset);
                !being_written && self.has_expired(group, partition, offset, io.now_ms)
            });
            let expired = expired.map(|(partition, _)| partition.clone()).collect();
            self.forget(io, &name, &Forget::Expired(expired));
        }
    }

    fn has_expired(
        &self,
        group: GroupView<'_>,
        partition: &TopicPartition,
        offset: &CommittedOffset,
        now_ms: i64,
    ) -> bool {
        let starts = group.retention_starts(offset);
        starts.is_some_and(|start| is_expired(offset, start, now_ms, self.config.offsets_retention_ms))
            && !group.is_subscribed_to(&partition.topic)
    }

    /// `cleanupExpiredOffsets`; `true` when none is left, and none is to come from an open transaction.
    fn expire_offsets(
        &self,
        name: &Name,
        group: GroupView<'_>,
        now_ms: i64,
        records: &mut Vec<GroupRecord>,
    ) -> bool {
        let offsets = &self.timeline.offsets;
        let mut none_left = true;
        for (partition, offset) in offsets.of_group(name) {
            let expired = self.has_expired(group, partition, offset, now_ms);
            if expired && !offsets.is_pending(name, partition) {
                records.push(tombstone(name, partition));
            } else {
                none_left = false;
            }
        }
        none_left && offsets.pending_of_group(name).next().is_none()
    }
}

/// Old clients have said when an offset ends; of the others it is the retention that counts.
fn is_expired(offset: &CommittedOffset, start: i64, now_ms: i64, retention_ms: i64) -> bool {
    offset.expire_ms.map_or(now_ms - start >= retention_ms, |expires| now_ms >= expires)
}

impl GroupView<'_> {
    /// From when on an offset ages (`offsetExpirationCondition`): since the group is empty; or since the commit, of a group
    /// that only has offsets, and of topics that a stable group of consumers does not read any more.
    fn retention_starts(&self, offset: &CommittedOffset) -> Option<i64> {
        let Self::Classic(group) = self else { return Some(offset.commit_ms) };
        if group.protocol_type.is_none() {
            return Some(offset.commit_ms);
        }
        match group.state {
            ClassicState::Empty => Some(group.state_since.unwrap_or(offset.commit_ms)),
            ClassicState::Stable if group.is_of_consumers() && group.subscribed_topics.is_some() => {
                Some(offset.commit_ms)
            }
            _ => None,
        }
    }
}
