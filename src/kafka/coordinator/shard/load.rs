//! A shard begins and ends (`CoordinatorLoaderImpl`, `onLoaded`, `onUnloaded`, `onNewMetadataImage`).

use bytes::Bytes;

use super::Io;
use super::Marker;
use super::Outcome;
use super::Shard;
use super::Snapshots;
use super::TimerKey;
use super::Work;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::group::consumer::Table;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::protocol::ErrorCode;

/// What a loader finds in the partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LoadedRecord {
    Data { offset: Offset, producer: Option<ProducerId>, key: Bytes, value: Option<Bytes> },
    EndTransaction { offset: Offset, marker: Marker },
}

/// In which order Kafka walks groups and members when a shard is loaded: timers that are due together fire in it.
#[derive(Default)]
struct Walk {
    groups: Table,
    members: Map<Name, Table>,
}

impl Walk {
    fn replayed(&mut self, shard: &Shard, record: &GroupRecord) {
        let name = Name::from(record.group());
        let group = shard.timeline.groups.get(&name);
        self.groups.set(&name, group.is_some());
        match (group, record) {
            (Some(Group::Consumer(group)), GroupRecord::Consumer(ConsumerRecord::Member { member, .. })) => {
                self.members.entry(name).or_default().set(member, group.members.contains_key(member));
            }
            (Some(Group::Consumer(_)), _) => {}
            _ => drop(self.members.remove(&name)),
        }
    }
}

impl Shard {
    /// Replays the whole log of the partition, in order, up to its end, and starts the timers. Records of types that are
    /// not known are passed over, as Kafka's loader does.
    ///
    /// # Errors
    /// A record of a known type that cannot be read, with the reason; Kafka's shard fails then too.
    pub fn load(
        &mut self,
        io: &mut Io<'_>,
        records: &mut dyn Iterator<Item = LoadedRecord>,
    ) -> Result<(), String> {
        let high_watermark = io.log.high_watermark();
        let mut walk = Walk::default();
        for record in records {
            let end = match record {
                LoadedRecord::Data { offset, producer, key, value } => {
                    let read = GroupRecord::read(&key, value.as_ref());
                    if let Some(record) =
                        read.map_err(|error| format!("the record at offset {offset}: {error}"))?
                    {
                        self.replay(io, offset, producer, &record);
                        walk.replayed(self, &record);
                    }
                    offset + 1
                }
                LoadedRecord::EndTransaction { offset, marker } => {
                    self.timeline.offsets.end_transaction(marker.producer_id, marker.commit);
                    offset + 1
                }
            };
            if end >= high_watermark {
                self.snapshots.push(end, self.timeline.clone());
            }
        }
        if self.snapshots.written() == 0 {
            self.snapshots = Snapshots::new(high_watermark, self.timeline.clone());
        }
        self.snapshots.prune(high_watermark);
        self.on_loaded(io, &walk);
        Ok(())
    }

    fn on_loaded(&mut self, io: &mut Io<'_>, walk: &Walk) {
        self.look_for_new_topics(io);
        for name in walk.groups.names() {
            match self.timeline.groups.get(&name).cloned() {
                Some(Group::Classic(id)) => {
                    self.with_classic(io, id, |group, hands| group.loaded(hands));
                }
                Some(Group::Consumer(group)) => {
                    let members = walk.members.get(&name).map(Table::names).unwrap_or_default();
                    self.consumer_loaded(io, &group, &members);
                }
                None => {}
            }
        }
        self.forget_classics();
        self.schedule_expiration(io);
    }

    pub(super) fn schedule_expiration(&mut self, io: &Io<'_>) {
        let due = io.now_ms + self.config.offsets_retention_check_interval_ms;
        self.timers.schedule(TimerKey::ExpireGroupMetadata, due, Work::Plain);
    }

    /// The broker does not lead the partition any more: who waits gets `NOT_COORDINATOR`. The shard is of no use afterwards.
    ///
    /// A JoinGroup or SyncGroup whose place was taken by a later one of the same member is never answered, as in Kafka.
    pub fn unload(&mut self, io: &mut Io<'_>) {
        self.timers.clear();
        self.fail_all(io, ErrorCode::NotCoordinator);
        let classics: Vec<_> = self.classics.keys().copied().collect();
        for id in classics {
            self.with_classic(io, id, |group, hands| group.unloaded(hands));
        }
        self.waiting.clear();
        self.timers.clear();
    }

    /// The cluster's topics have changed. `deleted`: topics that are gone, by name and id; `changed`: topics that came, grew, or
    /// went. What was committed for a deleted topic is deleted too.
    pub fn on_metadata(&mut self, io: &mut Io<'_>, changed: &[Name], deleted: &[(Name, Uuid)]) {
        self.consumer_metadata(io, changed);
        if !deleted.is_empty() && !self.edition().confirms_removals() {
            self.forget_topics(io, deleted);
        } else if !deleted.is_empty() {
            let records = self.timeline.offsets.tombstones_of_topics(deleted);
            let outcome = Outcome { atomic: false, ..Outcome::write(records, None) };
            self.complete_operation(io, None, Ok(outcome));
        }
        self.after_operation(io);
    }
}
