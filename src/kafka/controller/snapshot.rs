//! Snapshots of the metadata: files `OFFSET-EPOCH.checkpoint` beside the log (`org.apache.kafka.snapshot`).

use bytes::Bytes;
use bytes::BytesMut;

use super::control_records;
use super::metadata_log::METADATA_DIR;
use super::metadata_log::control_batch;
use super::metadata_log::data_batch;
use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::record::ControlType;
use crate::kafka::storage::Disk;
use crate::kafka::storage::DiskError;

/// Which snapshot: the offset behind its last record, and that record's epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId {
    pub end_offset: Offset,
    pub epoch: Epoch,
}

impl SnapshotId {
    /// The file's path, relative to the log directory.
    pub fn path(self) -> String {
        format!("{METADATA_DIR}/{:020}-{:010}.checkpoint", self.end_offset, self.epoch)
    }

    fn of_file(name: &str) -> Option<Self> {
        let (offset, epoch) = name.strip_suffix(".checkpoint")?.split_once('-')?;
        Some(Self { end_offset: offset.parse().ok()?, epoch: epoch.parse().ok()? })
    }
}

/// At most so many records in a batch of a snapshot (`RecordsSnapshotWriter.MAX_BATCH_SIZE` counts bytes, 8 MiB).
const RECORDS_PER_BATCH: usize = 1024;

/// The newest snapshot on the disk.
pub(super) fn latest(disk: &dyn Disk) -> Option<SnapshotId> {
    disk.list(METADATA_DIR).iter().filter_map(|name| SnapshotId::of_file(name)).max()
}

/// Writes a snapshot and makes it durable before it gets its name.
pub(super) fn write(
    disk: &mut dyn Disk,
    id: SnapshotId,
    image: &ClusterImage,
    last_timestamp: i64,
    now_ms: i64,
) -> Result<(), DiskError> {
    let temporary = format!("{}.part", id.path());
    disk.remove(&temporary)?;
    disk.append(&temporary, encode(id, image, last_timestamp, now_ms))?;
    disk.flush(&temporary)?;
    disk.rename(&temporary, &id.path())
}

fn encode(id: SnapshotId, image: &ClusterImage, last_timestamp: i64, now_ms: i64) -> Bytes {
    let header = control_records::snapshot_header(last_timestamp);
    let mut out = BytesMut::new();
    out.extend_from_slice(&control_batch(0, id.epoch, now_ms, ControlType::SnapshotHeader, &header));
    let mut offset = 1;
    for records in image.to_records().chunks(RECORDS_PER_BATCH) {
        out.extend_from_slice(&data_batch(offset, id.epoch, now_ms, records, image.metadata_version()));
        offset += records.len() as Offset;
    }
    let footer = control_records::snapshot_footer();
    out.extend_from_slice(&control_batch(offset, id.epoch, now_ms, ControlType::SnapshotFooter, &footer));
    out.freeze()
}

/// The bytes of a snapshot; `None` when there is no such file.
pub(super) fn read(disk: &mut dyn Disk, id: SnapshotId) -> Result<Option<Bytes>, DiskError> {
    let Some(len) = disk.len(&id.path()) else { return Ok(None) };
    disk.read(&id.path(), 0, len as usize).map(Some)
}
