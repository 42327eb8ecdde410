//! The log `__cluster_metadata-0`: what is decided becomes true when it is in here. With one voter, whatever is
//! durable on its disk is committed; a quorum of controllers would change this file and no other.

use bytes::Bytes;
use imbl::OrdMap;

use super::control_records;
use super::quorum_state::QuorumState;
use crate::kafka::base::Epoch;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Uuid;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::MetadataVersion;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;
use crate::kafka::record::ControlType;
use crate::kafka::record::batches;
use crate::kafka::storage::Disk;
use crate::kafka::storage::DiskError;
use crate::kafka::storage::encode_partition_metadata;

/// The directory of the log, and of its snapshots.
pub const METADATA_DIR: &str = "__cluster_metadata-0";

/// The metadata log on this controller's disk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataLog {
    /// Where each batch begins in the file, by its first offset.
    positions: OrdMap<Offset, u64>,
    /// The first offset of each epoch.
    epochs: OrdMap<Epoch, Offset>,
    epoch: Epoch,
    end: Offset,
    size: u64,
    last_timestamp: i64,
}

fn log_path() -> String {
    format!("{METADATA_DIR}/{:020}.log", 0)
}

fn quorum_path() -> String {
    format!("{METADATA_DIR}/quorum-state")
}

impl MetadataLog {
    /// Opens what the last process left; a torn batch at the end is cut off.
    pub(super) fn open(disk: &mut dyn Disk) -> Result<Self, DiskError> {
        let mut log = Self::default();
        let path = log_path();
        disk.create_dir(METADATA_DIR)?;
        let len = disk.len(&path).unwrap_or(0);
        if len == 0 {
            disk.set_len(&path, 0)?;
            let metadata = format!("{METADATA_DIR}/partition.metadata");
            disk.append(&metadata, encode_partition_metadata(Uuid::METADATA_TOPIC_ID).into())?;
            disk.flush(&metadata)?;
        }
        let bytes = if len == 0 { Bytes::new() } else { disk.read(&path, 0, len as usize)? };
        for batch in batches(&bytes).map_while(Result::ok) {
            if batch.base_offset() != log.end || !batch.is_valid() {
                break;
            }
            log.note(&batch);
        }
        if log.size < len {
            disk.set_len(&path, log.size)?;
        }
        let voted = QuorumState::read(disk, &quorum_path()).map_or(0, |state| state.leader_epoch);
        log.epoch = log.epoch.max(voted);
        Ok(log)
    }

    fn note(&mut self, batch: &Batch) {
        self.positions.insert(batch.base_offset(), self.size);
        self.epoch = batch.partition_leader_epoch();
        self.epochs.entry(self.epoch).or_insert(batch.base_offset());
        self.end = batch.next_offset();
        self.size += batch.size() as u64;
        self.last_timestamp = batch.max_timestamp();
    }

    /// Begins a new epoch as its leader: the first batch says so.
    pub(super) fn begin_epoch(
        &mut self,
        disk: &mut dyn Disk,
        leader: NodeId,
        voters: &[NodeId],
        now_ms: i64,
    ) -> Result<(), DiskError> {
        self.epoch += 1;
        QuorumState::of(leader, self.epoch, voters).write(disk, &quorum_path())?;
        let value = control_records::leader_change(leader, voters, voters);
        let batch = control_batch(self.end, self.epoch, now_ms, ControlType::LeaderChange, &value);
        self.append_batch(disk, batch)
    }

    /// Writes records as one batch, which is committed when this returns.
    pub(super) fn append(
        &mut self,
        disk: &mut dyn Disk,
        records: &[MetadataRecord],
        level: MetadataVersion,
        now_ms: i64,
    ) -> Result<(), DiskError> {
        let batch = data_batch(self.end, self.epoch, now_ms, records, level);
        self.append_batch(disk, batch)
    }

    fn append_batch(&mut self, disk: &mut dyn Disk, bytes: Bytes) -> Result<(), DiskError> {
        let batch = Batch::header(bytes).expect("the builder makes whole batches");
        disk.append(&log_path(), batch.bytes().clone())?;
        disk.flush(&log_path())?;
        self.note(&batch);
        Ok(())
    }

    /// Whole batches from the one that holds `from` on: as many as fit, and at least one.
    pub(super) fn read(
        &self,
        disk: &mut dyn Disk,
        from: Offset,
        max_bytes: usize,
    ) -> Result<Bytes, DiskError> {
        let Some((_, start)) = self.positions.get_prev(&from).filter(|_| from < self.end) else {
            return Ok(Bytes::new());
        };
        let boundaries = self.positions.range(from + 1..).map(|(_, position)| *position).chain([self.size]);
        let mut end = *start;
        for boundary in boundaries {
            if end > *start && boundary - *start > max_bytes as u64 {
                break;
            }
            end = boundary;
        }
        disk.read(&log_path(), *start, (end - *start) as usize)
    }

    /// The newest epoch.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub fn start_offset(&self) -> Offset {
        0
    }

    /// The offset of the next record. With one voter it is the high watermark too.
    pub fn end_offset(&self) -> Offset {
        self.end
    }

    pub fn high_watermark(&self) -> Offset {
        self.end
    }

    /// Bytes of all batches.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// When the last batch was written, in milliseconds since 1970.
    pub fn last_timestamp(&self) -> i64 {
        self.last_timestamp
    }

    /// The newest epoch up to this one that the log knows, and where it ends.
    pub(super) fn end_of_epoch(&self, epoch: Epoch) -> (Epoch, Offset) {
        let known = self.epochs.get_prev(&epoch).map_or(0, |(known, _)| *known);
        let end = self.epochs.range(known + 1..).next().map_or(self.end, |(_, start)| *start);
        (known, if known == 0 { self.start_offset() } else { end })
    }
}

/// A batch of metadata records: no keys, one timestamp.
pub(super) fn data_batch(
    base_offset: Offset,
    leader_epoch: Epoch,
    now_ms: i64,
    records: &[MetadataRecord],
    level: MetadataVersion,
) -> Bytes {
    let mut builder = BatchBuilder::new(BatchSpec { base_offset, leader_epoch, ..BatchSpec::default() });
    for record in records {
        builder.append(now_ms, None, Some(&record.encode(level)), &[]).expect("offsets rise by one");
    }
    builder.close().expect("a batch without a producer")
}

pub(super) fn control_batch(
    base_offset: Offset,
    leader_epoch: Epoch,
    now_ms: i64,
    kind: ControlType,
    value: &[u8],
) -> Bytes {
    let spec = BatchSpec { base_offset, leader_epoch, control: true, ..BatchSpec::default() };
    let mut builder = BatchBuilder::new(spec);
    builder.append(now_ms, Some(&kind.key()), Some(value), &[]).expect("the first record of a batch");
    builder.close().expect("a batch without a producer")
}
