use bytes::BufMut;
use bytes::Bytes;
use bytes::BytesMut;

use super::BatchBuilder;
use super::BatchError;
use super::BatchSpec;
use super::BuildError;
use super::NO_SEQUENCE;
use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;

/// What a control record says, by its key (`ControlRecordType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ControlType {
    /// The producer's open transaction is aborted.
    Abort,
    /// The producer's open transaction is committed.
    Commit,
    /// A KRaft leader began its reign.
    LeaderChange,
    SnapshotHeader,
    SnapshotFooter,
    KraftVersion,
    KraftVoters,
    /// A type that this version does not know; readers skip it.
    Unknown(i16),
}

impl ControlType {
    pub const fn id(self) -> i16 {
        match self {
            Self::Abort => 0,
            Self::Commit => 1,
            Self::LeaderChange => 2,
            Self::SnapshotHeader => 3,
            Self::SnapshotFooter => 4,
            Self::KraftVersion => 5,
            Self::KraftVoters => 6,
            Self::Unknown(id) => id,
        }
    }

    pub const fn from_id(id: i16) -> Self {
        match id {
            0 => Self::Abort,
            1 => Self::Commit,
            2 => Self::LeaderChange,
            3 => Self::SnapshotHeader,
            4 => Self::SnapshotFooter,
            5 => Self::KraftVersion,
            6 => Self::KraftVoters,
            id => Self::Unknown(id),
        }
    }

    /// Reads the key of a control record: a version, then the type. Later versions begin alike.
    ///
    /// # Errors
    /// [`BatchError::InvalidRecord`] for a key that is too short or has a version below zero.
    pub fn parse(key: &[u8]) -> Result<Self, BatchError> {
        let Some([a, b, c, d]) = key.first_chunk::<4>() else {
            let what = format!("a control record's key needs 4 bytes, but has only {}", key.len());
            return Err(BatchError::InvalidRecord(what));
        };
        let version = i16::from_be_bytes([*a, *b]);
        if version < 0 {
            return Err(BatchError::InvalidRecord(format!(
                "Invalid version found for control record: {version}"
            )));
        }
        Ok(Self::from_id(i16::from_be_bytes([*c, *d])))
    }

    /// The key of a control record of this type.
    pub const fn key(self) -> [u8; 4] {
        let [a, b] = self.id().to_be_bytes();
        [0, 0, a, b]
    }
}

/// The record that ends a transaction in one partition (`EndTransactionMarker`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EndTxnMarker {
    pub commit: bool,
    pub coordinator_epoch: Epoch,
}

impl EndTxnMarker {
    pub const fn control_type(self) -> ControlType {
        if self.commit { ControlType::Commit } else { ControlType::Abort }
    }

    /// The value of the marker: a version and the coordinator's epoch, 6 bytes.
    pub fn value(self) -> Bytes {
        let mut out = BytesMut::with_capacity(6);
        out.put_i16(0);
        out.put_i32(self.coordinator_epoch);
        out.freeze()
    }

    /// Reads a marker from a control record; `None` when the record is of another type.
    ///
    /// # Errors
    /// [`BatchError::InvalidRecord`] for a value that is too short or has a version below zero.
    pub fn parse(key: &[u8], value: &[u8]) -> Result<Option<Self>, BatchError> {
        let commit = match ControlType::parse(key)? {
            ControlType::Commit => true,
            ControlType::Abort => false,
            _ => return Ok(None),
        };
        let Some([a, b, epoch @ ..]) = value.first_chunk::<6>() else {
            let what =
                format!("an end transaction marker's value needs 6 bytes, but has only {}", value.len());
            return Err(BatchError::InvalidRecord(what));
        };
        let version = i16::from_be_bytes([*a, *b]);
        if version < 0 {
            let what = format!("Invalid version found for end transaction marker: {version}");
            return Err(BatchError::InvalidRecord(what));
        }
        Ok(Some(Self { commit, coordinator_epoch: i32::from_be_bytes(*epoch) }))
    }

    /// The batch that carries this marker: 78 bytes (`MemoryRecords.withEndTransactionMarker`).
    ///
    /// # Errors
    /// [`BuildError`] for an id or a timestamp below zero.
    pub fn batch(
        self,
        base_offset: Offset,
        timestamp: i64,
        leader_epoch: Epoch,
        producer: (ProducerId, i16),
    ) -> Result<Bytes, BuildError> {
        let mut builder = BatchBuilder::new(BatchSpec {
            base_offset,
            leader_epoch,
            producer_id: producer.0,
            producer_epoch: producer.1,
            base_sequence: NO_SEQUENCE,
            transactional: true,
            control: true,
            ..BatchSpec::default()
        });
        builder.append(timestamp, Some(&self.control_type().key()), Some(&self.value()), &[])?;
        builder.close()
    }
}
