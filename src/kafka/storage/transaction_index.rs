use bytes::Bytes;

use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;
use crate::kafka::storage::index::long_at;

/// A transaction that was aborted, as the `.txnindex` file keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbortedTxn {
    pub producer_id: ProducerId,
    /// The first record of the transaction in this partition.
    pub first_offset: Offset,
    /// The marker.
    pub last_offset: Offset,
    /// Up to where everything was decided when the marker was written.
    pub last_stable_offset: Offset,
}

impl AbortedTxn {
    pub const SIZE: usize = 34;

    fn encode(&self) -> Bytes {
        let mut bytes = vec![0; 2];
        for field in [self.producer_id, self.first_offset, self.last_offset, self.last_stable_offset] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        Bytes::from(bytes)
    }

    fn decode(bytes: &[u8]) -> Self {
        Self {
            producer_id: long_at(bytes, 2),
            first_offset: long_at(bytes, 10),
            last_offset: long_at(bytes, 18),
            last_stable_offset: long_at(bytes, 26),
        }
    }
}

/// The `.txnindex` file: the transactions whose abort marker lies in this segment (`TransactionIndex`). The file is
/// made with the first entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransactionIndex {
    start_offset: Offset,
    /// How many bytes the open file has; `None` while there is no file, or it is closed.
    size: Option<u64>,
    last_offset: Option<Offset>,
}

impl TransactionIndex {
    pub fn open(disk: &dyn Disk, path: &str, start_offset: Offset) -> Self {
        Self { start_offset, size: disk.len(path), last_offset: None }
    }

    pub fn append(&mut self, disk: &mut dyn Disk, path: &str, txn: AbortedTxn) -> Result<(), LogError> {
        if let Some(last) = self.last_offset.filter(|last| *last >= txn.last_offset) {
            return Err(LogError::IllegalArgument(format!(
                "The last offset of appended transactions must increase sequentially, but {} is not greater than current last offset {last} of index {path}",
                txn.last_offset
            )));
        }
        self.last_offset = Some(txn.last_offset);
        let size = self.size.or_else(|| disk.len(path)).unwrap_or(0);
        disk.append(path, txn.encode())?;
        self.size = Some(size + AbortedTxn::SIZE as u64);
        Ok(())
    }

    pub(crate) fn flush(&self, disk: &mut dyn Disk, path: &str) -> Result<(), LogError> {
        if self.size.is_some() {
            disk.flush(path)?;
        }
        Ok(())
    }

    pub(crate) fn reset(&mut self, disk: &mut dyn Disk, path: &str) -> Result<(), LogError> {
        self.last_offset = None;
        if self.size.is_some_and(|size| size > 0) {
            disk.set_len(path, 0)?;
            self.size = Some(0);
        }
        Ok(())
    }

    pub(crate) fn close(&mut self) {
        self.size = None;
    }

    /// Forgets the transactions that ended at or behind an offset.
    pub fn truncate_to(&mut self, disk: &mut dyn Disk, path: &str, offset: Offset) -> Result<(), LogError> {
        let mut last_offset = None;
        for slot in 0..self.entries() {
            let txn = self.entry(disk, path, slot)?;
            if txn.last_offset >= offset {
                let size = slot * AbortedTxn::SIZE as u64;
                disk.set_len(path, size)?;
                self.size = Some(size);
                self.last_offset = last_offset;
                return Ok(());
            }
            last_offset = Some(txn.last_offset);
        }
        Ok(())
    }

    /// Adds the transactions that touch the fetched range to `found`; true when no later segment can hold more.
    pub fn collect_aborted(
        &self,
        disk: &mut dyn Disk,
        path: &str,
        fetch_offset: Offset,
        upper_bound: Offset,
        found: &mut Vec<AbortedTxn>,
    ) -> Result<bool, LogError> {
        for slot in 0..self.entries() {
            let txn = self.entry(disk, path, slot)?;
            if txn.last_offset >= fetch_offset && txn.first_offset < upper_bound {
                found.push(txn);
            }
            if txn.last_stable_offset >= upper_bound {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Every entry, in the order of the markers.
    pub fn all(&self, disk: &mut dyn Disk, path: &str) -> Result<Vec<AbortedTxn>, LogError> {
        (0..self.entries()).map(|slot| self.entry(disk, path, slot)).collect()
    }

    pub(crate) fn sanity_check(&self, disk: &mut dyn Disk, path: &str) -> Result<(), LogError> {
        for slot in 0..self.entries() {
            let txn = self.entry(disk, path, slot)?;
            if txn.last_offset < self.start_offset {
                return Err(LogError::CorruptIndex(format!(
                    "Last offset of aborted transaction {txn:?} in index {path} is less than start offset {}",
                    self.start_offset
                )));
            }
        }
        Ok(())
    }

    fn entries(&self) -> u64 {
        self.size.unwrap_or(0) / AbortedTxn::SIZE as u64
    }

    fn entry(&self, disk: &mut dyn Disk, path: &str, slot: u64) -> Result<AbortedTxn, LogError> {
        let bytes = disk.read(path, slot * AbortedTxn::SIZE as u64, AbortedTxn::SIZE)?;
        if bytes.len() < AbortedTxn::SIZE {
            return Err(LogError::kafka(format!("Failed to read from the transaction index {path}")));
        }
        // The version has two bytes, of which Kafka looks at the first.
        let version = bytes[0] as i8;
        if version > 0 {
            return Err(LogError::kafka(format!(
                "Unexpected aborted transaction version {version} in transaction index {path}, current version is 0"
            )));
        }
        Ok(AbortedTxn::decode(&bytes))
    }
}
