//! The log `__cluster_metadata-0`: what is decided becomes true when it is in here. With one voter, whatever is
//! durable on its disk is committed; a quorum of controllers would change this file and no other.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::control_records;
use super::quorum_state::QuorumState;
use crate::kafka::base::Epoch;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Profile;
use crate::kafka::base::Uuid;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::MetadataVersion;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;
use crate::kafka::record::ControlType;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::Disk;
use crate::kafka::storage::Isolation;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogConfig;
use crate::kafka::storage::LogError;
use crate::kafka::storage::OpenOptions;

/// The directory of the log, and of its snapshots.
pub const METADATA_DIR: &str = "__cluster_metadata-0";

/// `KafkaRaftClient.MAX_BATCH_SIZE_BYTES`.
const MAX_BATCH_BYTES: i32 = 8 * 1024 * 1024;

/// The metadata log on this controller's disk (`kafka.raft.KafkaMetadataLog`).
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct MetadataLog {
    /// `None` until the process has opened it.
    log: Option<Log>,
    epoch: Epoch,
    last_timestamp: i64,
}

fn quorum_path() -> String {
    format!("{METADATA_DIR}/quorum-state")
}

impl MetadataLog {
    /// Opens what the last process left. It is taken as not closed: all batches are checked, and a torn or changed one
    /// is cut off with everything behind it.
    pub(super) fn open(
        disk: &mut dyn Disk,
        profile: Profile,
        segment_bytes: &str,
        now_ms: i64,
    ) -> Result<Self, LogError> {
        let overrides = BTreeMap::from([
            ("segment.bytes".to_owned(), segment_bytes.to_owned()),
            ("max.message.bytes".to_owned(), MAX_BATCH_BYTES.to_string()),
            ("retention.ms".to_owned(), "-1".to_owned()),
        ]);
        let config =
            LogConfig::new(profile, &overrides).map_err(|error| LogError::kafka(error.to_string()))?;
        let options = OpenOptions {
            clean_shutdown: false,
            topic_id: Some(Uuid::METADATA_TOPIC_ID),
            ..OpenOptions::default()
        };
        let log = Log::open(disk, METADATA_DIR, config, now_ms, options)?;
        let voted = QuorumState::read(disk, &quorum_path()).map_or(0, |state| state.leader_epoch);
        let epoch = log.latest_epoch().unwrap_or(0).max(voted);
        Ok(Self { log: Some(log), epoch, last_timestamp: 0 })
    }

    /// Begins a new epoch as its leader: the first batch says so.
    pub(super) fn begin_epoch(
        &mut self,
        disk: &mut dyn Disk,
        leader: NodeId,
        voters: &[NodeId],
        now_ms: i64,
    ) -> Result<(), LogError> {
        self.epoch = self.epoch.saturating_add(1);
        QuorumState::of(leader, self.epoch, voters).write(disk, &quorum_path())?;
        let value = control_records::leader_change(leader, voters, voters);
        let batch = control_batch(self.end_offset(), self.epoch, now_ms, ControlType::LeaderChange, &value);
        self.append_batch(disk, batch, now_ms)
    }

    /// Writes records as one batch, which is committed when this returns.
    pub(super) fn append(
        &mut self,
        disk: &mut dyn Disk,
        records: &[MetadataRecord],
        level: MetadataVersion,
        now_ms: i64,
    ) -> Result<(), LogError> {
        let batch = data_batch(self.end_offset(), self.epoch, now_ms, records, level);
        self.append_batch(disk, batch, now_ms)
    }

    fn append_batch(&mut self, disk: &mut dyn Disk, batch: Bytes, now_ms: i64) -> Result<(), LogError> {
        let log = self.log.as_mut().ok_or_else(|| LogError::kafka("the metadata log is not open"))?;
        log.append_as_leader(disk, now_ms, batch, self.epoch, AppendOrigin::RaftLeader)?;
        log.flush(disk, now_ms, true)?;
        log.update_high_watermark(disk, log.log_end_offset())?;
        self.last_timestamp = now_ms;
        Ok(())
    }

    /// Batches from the one that holds `from` on, up to so many bytes, the first one whole.
    pub(super) fn read(
        &mut self,
        disk: &mut dyn Disk,
        from: Offset,
        max_bytes: i32,
    ) -> Result<Bytes, LogError> {
        match &mut self.log {
            Some(log) => log.read(disk, from, max_bytes, Isolation::LogEnd, true).map(|data| data.records),
            None => Ok(Bytes::new()),
        }
    }

    /// The newest epoch.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub fn start_offset(&self) -> Offset {
        self.log.as_ref().map_or(0, Log::log_start_offset)
    }

    /// The offset of the next record. With one voter it is the high watermark too.
    pub fn end_offset(&self) -> Offset {
        self.log.as_ref().map_or(0, Log::log_end_offset)
    }

    pub fn high_watermark(&self) -> Offset {
        self.log.as_ref().map_or(0, Log::high_watermark)
    }

    /// Bytes of all batches.
    pub fn size(&self) -> u64 {
        self.log.as_ref().map_or(0, |log| u64::try_from(log.size()).unwrap_or(0))
    }

    /// When this process last wrote a batch, in milliseconds since 1970.
    pub fn last_timestamp(&self) -> i64 {
        self.last_timestamp
    }

    /// The log as every other log is; `None` until the process has opened it.
    pub fn storage(&self) -> Option<&Log> {
        self.log.as_ref()
    }

    /// The newest epoch up to this one that the log knows, and where it ends.
    pub(super) fn end_of_epoch(&self, epoch: Epoch) -> (Epoch, Offset) {
        let found = self.log.as_ref().and_then(|log| log.end_offset_for_epoch(epoch));
        found.map_or((self.epoch, self.end_offset()), |end| (end.epoch, end.offset))
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
