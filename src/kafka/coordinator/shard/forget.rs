//! How the old coordinator forgets (`GroupMetadataManager.cleanupGroupMetadata`, in Scala): what goes is gone from memory at
//! once, each group writes its own tombstones, nobody waits for them, and nothing happens when they cannot be written.

use super::Batch;
use super::Io;
use super::Shard;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::coordinator::group::GroupView;
use crate::kafka::coordinator::group::offsets::tombstone;
use crate::kafka::coordinator::record::GroupRecord;

/// What of a group is forgotten.
pub(crate) enum Forget {
    /// These offsets, and what open transactions have committed for these partitions.
    Offsets(Vec<TopicPartition>),
    /// Offsets that have expired.
    Expired(Vec<TopicPartition>),
    /// All of it.
    Group(Vec<TopicPartition>),
}

impl Shard {
    /// Forgets, and with it the group when it is empty and has no offsets left. A group that never had a generation is not in
    /// the log, and gets no tombstone.
    pub(crate) fn forget(&mut self, io: &mut Io<'_>, name: &Name, what: &Forget) {
        let (Forget::Offsets(partitions) | Forget::Expired(partitions) | Forget::Group(partitions)) = what;
        let mut records: Vec<GroupRecord> = Vec::new();
        for partition in partitions {
            let is_there = self.timeline.offsets.get(name, partition).is_some();
            if is_there && self.committed().offsets.get(name, partition).is_some() {
                records.push(tombstone(name, partition));
            }
            let with_pending = !matches!(what, Forget::Expired(_));
            self.timeline.offsets.forget(name, partition, with_pending);
        }
        let is_over = matches!(what, Forget::Group(_)) || !self.timeline.offsets.has_any(name);
        if let Some(GroupView::Classic(group)) = self.group(name).filter(|group| is_over && group.is_empty())
        {
            if group.generation > 0 {
                records.push(Self::classic_tombstone(name));
            }
            self.timeline.groups.remove(name);
        }
        self.snapshots.amend(&self.timeline);
        if records.is_empty() {
            return;
        }
        let records = records.iter().map(|record| (record.key(), record.value())).collect();
        let batch = Batch::Records { timestamp_ms: io.now_ms, producer: None, records };
        if let Ok(end) = io.log.append(batch) {
            self.snapshots.push(end, self.timeline.clone());
        }
    }
}
