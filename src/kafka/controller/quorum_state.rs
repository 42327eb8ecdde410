use serde::Deserialize;
use serde::Serialize;

use crate::kafka::base::Epoch;
use crate::kafka::base::NodeId;
use crate::kafka::storage::Disk;
use crate::kafka::storage::DiskError;

/// The file `quorum-state`, version 0: which epoch this voter has seen, and whom it follows
/// (`org.apache.kafka.raft.FileQuorumStateStore`). Written before the epoch is used, so that none is used twice.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct QuorumState {
    cluster_id: String,
    leader_id: i32,
    pub(super) leader_epoch: Epoch,
    voted_id: i32,
    applied_offset: i64,
    current_voters: Vec<Voter>,
    #[serde(rename = "data_version")]
    data_version: i16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Voter {
    voter_id: i32,
}

impl QuorumState {
    pub(super) fn of(leader: NodeId, leader_epoch: Epoch, voters: &[NodeId]) -> Self {
        Self {
            cluster_id: String::new(),
            leader_id: leader.0,
            leader_epoch,
            voted_id: -1,
            applied_offset: 0,
            current_voters: voters.iter().map(|voter| Voter { voter_id: voter.0 }).collect(),
            data_version: 0,
        }
    }

    /// `None` when there is no such file, or none that can be read.
    pub(super) fn read(disk: &mut dyn Disk, path: &str) -> Option<Self> {
        let len = disk.len(path)?;
        serde_json::from_slice(&disk.read(path, 0, len as usize).ok()?).ok()
    }

    /// Replaces the file and makes it durable.
    pub(super) fn write(&self, disk: &mut dyn Disk, path: &str) -> Result<(), DiskError> {
        let temporary = format!("{path}.tmp");
        let text = serde_json::to_vec(self).expect("numbers and texts are JSON");
        disk.remove(&temporary)?;
        disk.append(&temporary, text.into())?;
        disk.flush(&temporary)?;
        disk.rename(&temporary, path)
    }
}
