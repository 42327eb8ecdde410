//! What a coordinator reaches of this broker: the log of its partition, and the topics of the cluster.

use std::cell::RefCell;

use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::Batch;
use crate::kafka::coordinator::Marker;
use crate::kafka::coordinator::ShardLog;
use crate::kafka::coordinator::Topics;
use crate::kafka::coordinator::shard::Edition;
use crate::kafka::coordinator::shard::LoadedRecord;
use crate::kafka::machine::Context;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;
use crate::kafka::record::EndTxnMarker;
use crate::kafka::record::batches;
use crate::kafka::replication::Partition;
use crate::kafka::replication::Rules;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::Isolation;
use crate::kafka::storage::Log;

/// How much is read at once while a shard loads (`offsets.load.buffer.size`).
const LOAD_BYTES: i32 = 5 * 1024 * 1024;

/// The partition behind a shard, while the shard works.
pub(super) struct PartitionLog<'a, 'cx> {
    pub(super) cx: &'a RefCell<&'a mut Context<'cx>>,
    /// `None` when the replica is gone.
    pub(super) partition: Option<&'a mut Partition>,
    pub(super) rules: Rules<'a>,
    pub(super) edition: Edition,
    /// Something was appended.
    pub(super) moved: bool,
    /// Why the disk failed.
    pub(super) failed: Option<String>,
}

impl PartitionLog<'_, '_> {
    /// The leader's log alone answers (acks=1): whether the others have the batch, the high watermark tells later
    /// (`CoordinatorPartitionWriter.append`).
    fn try_append(&mut self, batch: &Batch) -> Result<Offset, ErrorCode> {
        let partition = self.partition.as_deref_mut().ok_or(ErrorCode::NotLeaderOrFollower)?;
        partition.log_for(-1, true)?;
        let records = bytes_of(batch, self.edition).ok_or(ErrorCode::UnknownServerError)?;
        let epoch = partition.leader_epoch();
        let mut cx = self.cx.borrow_mut();
        let log = partition.log_mut()?;
        let appended =
            log.append_as_leader(cx.disk, self.rules.now_ms, records, epoch, AppendOrigin::Coordinator);
        let appended = appended.and_then(|info| {
            partition.raise_high_watermark(cx.disk, &self.rules)?;
            Ok(info.last_offset + 1)
        });
        appended.map_err(|error| {
            let code = error.error_code();
            if code == ErrorCode::KafkaStorageError {
                self.failed = Some(error.to_string());
            }
            code
        })
    }
}

impl ShardLog for PartitionLog<'_, '_> {
    fn append(&mut self, batch: Batch) -> Result<Offset, ErrorCode> {
        let end = self.try_append(&batch)?;
        self.moved = true;
        Ok(end)
    }

    fn high_watermark(&self) -> Offset {
        self.partition.as_ref().and_then(|it| it.log()).map_or(0, Log::high_watermark)
    }

    fn has_enough_replicas(&self) -> bool {
        let Some(partition) = self.partition.as_deref() else { return true };
        let (Some(leader), Some(log)) = (partition.leader(), partition.log()) else { return true };
        leader.check_append(-1, log.config().min_insync_replicas).is_ok()
    }

    fn max_batch_bytes(&self) -> usize {
        let log = self.partition.as_ref().and_then(|it| it.log());
        log.map_or(0, |log| log.config().max_message_bytes.unsigned_abs() as usize)
    }
}

fn bytes_of(batch: &Batch, edition: Edition) -> Option<bytes::Bytes> {
    match batch {
        Batch::Records { timestamp_ms, producer, records } => {
            let base_sequence = edition.base_sequence(records);
            let mut spec = BatchSpec { base_sequence, ..BatchSpec::default() };
            if let Some((id, epoch)) = producer {
                (spec.producer_id, spec.producer_epoch, spec.transactional) = (*id, *epoch, true);
            }
            let mut builder = BatchBuilder::new(spec);
            for (key, value) in records {
                builder.append(*timestamp_ms, Some(key), value.as_deref(), &[]).ok()?;
            }
            builder.close().ok()
        }
        Batch::EndTransaction { timestamp_ms, marker } => {
            let producer = (marker.producer_id, marker.producer_epoch);
            EndTxnMarker { commit: marker.commit, coordinator_epoch: marker.coordinator_epoch }
                .batch(0, *timestamp_ms, -1, producer)
                .ok()
        }
    }
}

/// Everything in a log from its start to its end, for a shard that loads.
///
/// # Errors
/// The log cannot be read, with the reason.
pub(super) fn loaded(cx: &mut Context<'_>, log: &mut Log) -> Result<Vec<LoadedRecord>, String> {
    let mut records = Vec::new();
    let mut at = log.log_start_offset();
    while at < log.log_end_offset() {
        let read = log.read(cx.disk, at, LOAD_BYTES, Isolation::LogEnd, true);
        let bytes = read.map_err(|error| error.to_string())?.records;
        let before = at;
        for batch in batches(&bytes) {
            let batch = batch.map_err(|error| error.to_string())?;
            let producer = batch.is_transactional().then(|| batch.producer_id());
            for record in batch.records().map_err(|error| error.to_string())? {
                let record = record.map_err(|error| error.to_string())?;
                let (offset, key) = (record.offset, record.key.unwrap_or_default());
                if offset < at {
                    continue;
                }
                if batch.is_control() {
                    let value = record.value.unwrap_or_default();
                    let end = EndTxnMarker::parse(&key, &value).map_err(|error| error.to_string())?;
                    records.extend(end.map(|end| LoadedRecord::EndTransaction {
                        offset,
                        marker: Marker {
                            producer_id: batch.producer_id(),
                            producer_epoch: batch.producer_epoch(),
                            coordinator_epoch: end.coordinator_epoch,
                            commit: end.commit,
                        },
                    }));
                } else {
                    records.push(LoadedRecord::Data { offset, producer, key, value: record.value });
                }
            }
            at = at.max(batch.next_offset());
        }
        if at == before {
            break;
        }
    }
    Ok(records)
}

/// The topics as this broker's metadata knows them.
pub(super) struct TopicsOf<'a> {
    pub(super) image: &'a ClusterImage,
    pub(super) version: Offset,
}

impl Topics for TopicsOf<'_> {
    fn id(&self, topic: &str) -> Option<Uuid> {
        self.image.topic(topic).map(|topic| topic.id)
    }

    fn name(&self, id: Uuid) -> Option<Name> {
        self.image.topic_name(id).cloned()
    }

    fn partitions(&self, topic: &str) -> Option<i32> {
        self.image.topic(topic).and_then(|topic| i32::try_from(topic.partitions.len()).ok())
    }

    fn racks(&self, topic: &str, partition: i32) -> Vec<Name> {
        let found = self.image.topic(topic).and_then(|topic| topic.partitions.get(&partition));
        let replicas = found.map(|partition| &partition.replicas[..]).unwrap_or_default();
        replicas.iter().filter_map(|id| self.image.broker(*id)?.rack.clone()).collect()
    }

    fn names(&self) -> Vec<Name> {
        self.image.topics().keys().cloned().collect()
    }

    fn version(&self) -> Offset {
        self.version
    }
}
