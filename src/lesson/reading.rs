//! Probes that read what lies in the logs, and what readers were given.

use super::Ran;
use super::scene::spot;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::storage::LookupStep;
use crate::view::Directory;
use crate::view::RecordView;

impl Ran<'_> {
    /// How a leader finds an offset, in numbers: base offset of the file, offset and byte of the index entry, how many
    /// batch headers were read, and the byte at which the batch lies.
    pub fn search(&self, partition: &str, offset: Offset) -> Option<[i64; 5]> {
        let lookup = self.lookup(partition, offset)?;
        let found = lookup.found?;
        let entry = lookup.steps.iter().rev().find_map(|step| match step {
            LookupStep::OffsetIndexFound { entry, .. } => Some((entry.offset, i64::from(entry.position))),
            _ => None,
        })?;
        let position = i64::try_from(found.position).ok()?;
        Some([found.segment, entry.0, entry.1, i64::from(lookup.cost.batches), position])
    }

    /// What the leader opens and reads to find an offset, in order, by the names that the stage has: the file, then each
    /// batch by its first record.
    pub fn touched(&self, partition: &str, offset: Offset) -> Option<Vec<String>> {
        let leader = self.leader(partition)?;
        let name = |step: &LookupStep| match step {
            LookupStep::Segment { base_offset, chosen: true, .. } => {
                Some(format!("segment/{leader}/{partition}/{base_offset}"))
            }
            LookupStep::Batch { base_offset, .. } => {
                Some(format!("record/{leader}/{partition}/{base_offset}"))
            }
            _ => None,
        };
        Some(self.lookup(partition, offset)?.steps.iter().filter_map(name).collect())
    }

    /// How many entries the offset index of one segment has.
    pub fn index_entries(&self, broker: i32, partition: &str, base: Offset) -> i64 {
        let count = |dir: &Directory<'_>| dir.segment(base, base).index_entries;
        self.dir(broker, partition, count).map_or(0, i64::from)
    }

    /// Bytes of a segment's offset index on disk, zeros included.
    pub fn index_bytes(&self, broker: i32, partition: &str, base: Offset) -> Option<i64> {
        let spot = spot(partition);
        let view = self.dir(broker, partition, |dir| dir.view(broker, &spot, base))?;
        let segment = view.segments.into_iter().find(|segment| segment.base == base)?;
        let file = segment.beside.into_iter().find(|file| file.name.ends_with(".index"))?;
        i64::try_from(file.bytes).ok()
    }

    /// Every record of a replica, oldest first.
    pub fn records(&self, broker: i32, partition: &str) -> Vec<RecordView> {
        let read = |dir: &Directory<'_>| -> Vec<RecordView> {
            let batch = |base, position| dir.batch(base, position, 0, usize::MAX).map(|b| b.records);
            let of_segment =
                |base| dir.batches(base).into_iter().filter_map(move |h| batch(base, h.position));
            dir.bases().into_iter().flat_map(of_segment).flatten().collect()
        };
        self.dir(broker, partition, read).unwrap_or_default()
    }

    /// The values of a topic's partition as its leader has them, oldest first.
    pub fn values(&self, partition: &str) -> Vec<String> {
        let leader = self.leader(partition).and_then(|id| i32::try_from(id).ok());
        let records = leader.map(|leader| self.records(leader, partition)).unwrap_or_default();
        records.iter().map(value).collect()
    }

    /// The number of the partition that holds a record with this value.
    pub fn partition_of(&self, topic: &str, value: &str) -> Option<i64> {
        let cluster = self.cluster();
        let mut numbers = cluster.partitions.iter().filter(|p| &*p.partition.topic == topic);
        let holds = |number: i32| self.values(&format!("{topic}-{number}")).iter().any(|v| v == value);
        numbers.find(|p| holds(p.partition.partition)).map(|p| i64::from(p.partition.partition))
    }

    /// The values that a consumer was given since the run began, in the order in which it was given them, each with the
    /// number of its partition.
    pub fn given(&self, consumer: i32) -> Vec<(i32, String)> {
        let mut given = Vec::new();
        for (spot, from, to) in self.deliveries(consumer) {
            let partition = spot.to_string();
            let Some(leader) = self.leader(&partition).and_then(|id| i32::try_from(id).ok()) else {
                continue;
            };
            let records = (from..to).filter_map(|offset| self.record(leader, &partition, offset));
            given.extend(records.map(|record| (spot.partition, value(&record))));
        }
        given
    }

    /// Partition directories on the disks of all brokers.
    pub fn all_directories(&self) -> i64 {
        self.per_broker().iter().sum()
    }

    /// Partition directories on the disk of each broker, in the order of their numbers.
    pub fn per_broker(&self) -> Vec<i64> {
        let brokers: Vec<i32> = self.cluster().brokers.iter().map(|b| b.id).collect();
        brokers.into_iter().map(|id| self.directories(id)).collect()
    }

    /// The newest error that the cluster answered to a person, by its Kafka name.
    pub fn refusal(&self) -> Option<String> {
        self.cluster().answer?.error
    }

    /// Whether a broker runs.
    pub fn runs(&self, broker: i32) -> bool {
        self.cluster().broker(NodeId(broker)).is_some_and(|broker| broker.state.runs())
    }
}

fn value(record: &RecordView) -> String {
    record.value.as_ref().map_or_else(String::new, |value| String::from_utf8_lossy(value).into_owned())
}
