use std::sync::Arc;

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::Set;
use crate::kafka::base::java_hash_long;
use crate::kafka::base::java_spread;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::Disk;
use crate::kafka::storage::DiskError;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;
use crate::kafka::storage::names::DELETED_SUFFIX;
use crate::kafka::storage::names::SNAPSHOT_SUFFIX;
use crate::kafka::storage::names::offset_of;
use crate::kafka::storage::names::snapshot_path;
use crate::kafka::storage::producer_state::CompletedTxn;
use crate::kafka::storage::producer_state::ProducerAppendInfo;
use crate::kafka::storage::producer_state::ProducerStateEntry;
use crate::kafka::storage::producer_state::decode_snapshot;
use crate::kafka::storage::producer_state::encode_snapshot;

/// A transaction as a partition sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TxnMetadata {
    pub producer_id: ProducerId,
    pub first_offset: LogOffsetMetadata,
    /// Its marker, once there is one.
    pub last_offset: Option<Offset>,
}

/// A producer with the moment it came: Java's hash map keeps that order among producers of one bucket.
#[derive(Clone, Debug, PartialEq, Hash)]
struct Slot {
    arrival: u64,
    entry: ProducerStateEntry,
}

/// All producers of a partition, and the snapshots of them on its disk.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct ProducerStateManager {
    dir: Arc<str>,
    expiration_ms: i64,
    producers: Map<ProducerId, Slot>,
    arrivals: u64,
    /// Size of Java's hash table, which grows but never shrinks: it decides the order in a snapshot.
    table: u32,
    /// Open transactions by their first offset.
    ongoing: Map<Offset, TxnMetadata>,
    /// Ended transactions whose marker is not below the high watermark yet.
    unreplicated: Map<Offset, TxnMetadata>,
    snapshots: Set<Offset>,
    last_map_offset: Offset,
    last_snap_offset: Offset,
}

impl ProducerStateManager {
    /// Knows no producer yet, but the snapshots in the directory.
    pub fn open(disk: &dyn Disk, dir: &str, expiration_ms: i64) -> Result<Self, LogError> {
        Ok(Self {
            dir: Arc::from(dir),
            expiration_ms,
            producers: Map::new(),
            arrivals: 0,
            table: 0,
            ongoing: Map::new(),
            unreplicated: Map::new(),
            snapshots: list_snapshots(disk, dir)?,
            last_map_offset: 0,
            last_snap_offset: 0,
        })
    }

    pub fn set_dir(&mut self, dir: &str) {
        self.dir = Arc::from(dir);
    }

    pub fn get(&self, producer_id: ProducerId) -> Option<&ProducerStateEntry> {
        self.producers.get(&producer_id).map(|slot| &slot.entry)
    }

    /// All producers by id.
    pub fn iter(&self) -> impl Iterator<Item = &ProducerStateEntry> {
        self.producers.values().map(|slot| &slot.entry)
    }

    pub fn len(&self) -> usize {
        self.producers.len()
    }

    pub fn is_empty(&self) -> bool {
        self.producers.is_empty() && self.unreplicated.is_empty()
    }

    /// The open transactions, oldest first.
    pub fn ongoing(&self) -> impl Iterator<Item = &TxnMetadata> {
        self.ongoing.values()
    }

    /// Up to which offset the log is reflected here.
    pub fn map_end_offset(&self) -> Offset {
        self.last_map_offset
    }

    pub fn update_map_end_offset(&mut self, offset: Offset) {
        self.last_map_offset = offset;
    }

    pub fn latest_snapshot(&self) -> Option<Offset> {
        self.snapshots.last().copied()
    }

    /// Where the first transaction begins that is open, or ended above the high watermark.
    pub fn first_unstable_offset(&self) -> Option<LogOffsetMetadata> {
        let first = |txns: &Map<Offset, TxnMetadata>| txns.first_key_value().map(|(_, txn)| txn.first_offset);
        match (first(&self.unreplicated), first(&self.ongoing)) {
            (Some(unreplicated), Some(undecided)) if undecided.offset < unreplicated.offset => {
                Some(undecided)
            }
            (unreplicated, undecided) => unreplicated.or(undecided),
        }
    }

    /// Where the first open transaction begins.
    pub fn first_undecided_offset(&self) -> Option<Offset> {
        self.ongoing.first_key_value().map(|(offset, _)| *offset)
    }

    pub fn on_high_watermark_updated(&mut self, high_watermark: Offset) {
        while let Some((first, _)) = self
            .unreplicated
            .iter()
            .find(|(_, txn)| txn.last_offset.is_some_and(|last| last < high_watermark))
        {
            let first = *first;
            self.unreplicated.remove(&first);
        }
    }

    pub fn on_log_start_offset_incremented(&mut self, log_start: Offset) {
        self.on_high_watermark_updated(log_start);
        self.last_map_offset = self.last_map_offset.max(log_start);
        self.last_snap_offset = self.latest_snapshot().unwrap_or(log_start);
    }

    pub fn prepare_update(&self, producer_id: ProducerId, origin: AppendOrigin) -> ProducerAppendInfo {
        match self.get(producer_id) {
            Some(entry) => ProducerAppendInfo::new(entry, origin),
            None => ProducerAppendInfo::new(&ProducerStateEntry::empty(producer_id), origin),
        }
    }

    pub fn update(&mut self, info: &ProducerAppendInfo) -> Result<(), LogError> {
        let producer_id = info.producer_id();
        if producer_id == -1 {
            return Err(LogError::IllegalArgument("Invalid producer id -1 passed to update".into()));
        }
        match self.producers.get_mut(&producer_id) {
            Some(slot) => slot.entry.update(info.updated()),
            None => self.put(info.updated().clone()),
        }
        for txn in info.started() {
            self.ongoing.insert(txn.first_offset.offset, *txn);
        }
        Ok(())
    }

    /// Puts a producer in, as `HashMap.put` does: the table doubles when it is three quarters full.
    fn put(&mut self, entry: ProducerStateEntry) {
        let producer_id = entry.producer_id;
        if let Some(slot) = self.producers.get_mut(&producer_id) {
            slot.entry = entry;
            return;
        }
        self.table = self.table.max(16);
        let bucket = bucket(producer_id, self.table);
        self.arrivals += 1;
        self.producers.insert(producer_id, Slot { arrival: self.arrivals, entry });
        // A ninth entry in one bucket of a small table makes Java double the table instead of growing a tree.
        let crowded = self.table < 64
            && self.producers.len() > 8
            && self.producers.keys().filter(|id| self::bucket(**id, self.table) == bucket).count() > 8;
        if crowded {
            self.table *= 2;
        }
        if self.producers.len() as u64 > u64::from(self.table) * 3 / 4 {
            self.table = self.table.saturating_mul(2);
        }
    }

    /// The producers in the order in which Java's hash map yields them.
    fn in_java_order(&self) -> Vec<&ProducerStateEntry> {
        let mut slots: Vec<(u32, u64, &ProducerStateEntry)> = self
            .producers
            .iter()
            .map(|(id, slot)| (bucket(*id, self.table), slot.arrival, &slot.entry))
            .collect();
        slots.arrange_by_key(|(bucket, arrival, _)| (*bucket, *arrival));
        slots.into_iter().map(|(_, _, entry)| entry).collect()
    }

    /// The last stable offset as it will be once this transaction is complete.
    pub fn last_stable_offset(&self, completed: &CompletedTxn) -> Offset {
        let other = self.ongoing.values().find(|txn| txn.producer_id != completed.producer_id);
        other.map_or(completed.last_offset.wrapping_add(1), |txn| txn.first_offset.offset)
    }

    pub fn complete_txn(&mut self, completed: &CompletedTxn) -> Result<(), LogError> {
        let Some(txn) = self.ongoing.remove(&completed.first_offset) else {
            return Err(LogError::IllegalArgument(format!(
                "Attempted to complete transaction {completed:?} which was not started"
            )));
        };
        let ended = TxnMetadata { last_offset: Some(completed.last_offset), ..txn };
        self.unreplicated.insert(completed.first_offset, ended);
        Ok(())
    }

    /// Forgets producers that have been silent for `producer.id.expiration.ms`, but none with an open transaction.
    pub fn remove_expired(&mut self, now_ms: i64) {
        let expired: Vec<ProducerId> = self
            .iter()
            .filter(|entry| self.is_expired(now_ms, entry))
            .map(|entry| entry.producer_id)
            .collect();
        for producer_id in expired {
            self.producers.remove(&producer_id);
        }
    }

    fn is_expired(&self, now_ms: i64, entry: &ProducerStateEntry) -> bool {
        entry.current_txn_first_offset.is_none()
            && now_ms.saturating_sub(entry.last_timestamp) >= self.expiration_ms
    }

    /// Forgets everything known and reads the newest snapshot in the range, unless the log still ends where it did.
    pub fn truncate_and_reload(
        &mut self,
        disk: &mut dyn Disk,
        log_start: Offset,
        log_end: Offset,
        now_ms: i64,
    ) -> Result<(), LogError> {
        let outside: Vec<Offset> = self
            .snapshots
            .iter()
            .copied()
            .filter(|offset| *offset > log_end || *offset <= log_start)
            .collect();
        for offset in outside {
            self.remove_snapshot(disk, offset)?;
        }
        if log_end == self.map_end_offset() {
            self.on_log_start_offset_incremented(log_start);
            return Ok(());
        }
        self.clear();
        while let Some(offset) = self.latest_snapshot() {
            let path = snapshot_path(&self.dir, offset);
            let len = disk.len(&path).ok_or_else(|| DiskError::NotFound(path.clone()))?;
            let bytes = disk.read(&path, 0, len as usize)?;
            if let Some(entries) = decode_snapshot(&bytes) {
                for entry in entries {
                    if !self.is_expired(now_ms, &entry) {
                        self.load_entry(entry);
                    }
                }
                self.last_snap_offset = offset;
                self.last_map_offset = offset;
                return Ok(());
            }
            self.remove_snapshot(disk, offset)?;
        }
        self.last_snap_offset = log_start;
        self.last_map_offset = log_start;
        Ok(())
    }

    /// Puts in a producer as a snapshot has it.
    pub fn load_entry(&mut self, entry: ProducerStateEntry) {
        if let Some(offset) = entry.current_txn_first_offset {
            let first_offset = LogOffsetMetadata::offset_only(offset);
            let txn = TxnMetadata { producer_id: entry.producer_id, first_offset, last_offset: None };
            self.ongoing.insert(offset, txn);
        }
        self.put(entry);
    }

    fn clear(&mut self) {
        self.producers.clear();
        self.ongoing.clear();
        self.unreplicated.clear();
    }

    pub fn truncate_fully_and_start_at(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<(), LogError> {
        self.clear();
        for snapshot in self.snapshots.clone() {
            self.remove_snapshot(disk, snapshot)?;
        }
        self.last_snap_offset = 0;
        self.last_map_offset = offset;
        Ok(())
    }

    /// Writes a snapshot unless one was written at this offset or later. `flush` makes it durable at once.
    pub fn take_snapshot(&mut self, disk: &mut dyn Disk, flush: bool) -> Result<Option<String>, LogError> {
        if self.last_map_offset <= self.last_snap_offset {
            return Ok(None);
        }
        let path = snapshot_path(&self.dir, self.last_map_offset);
        let bytes = encode_snapshot(self.in_java_order().into_iter());
        disk.write_at(&path, 0, &bytes)?;
        if flush {
            disk.flush(&path)?;
        }
        self.snapshots.insert(self.last_map_offset);
        self.last_snap_offset = self.last_map_offset;
        Ok(Some(path))
    }

    /// Reads the directory again and deletes snapshots that belong to no segment, except the newest one behind the
    /// last segment's start.
    pub fn remove_stray_snapshots(&mut self, disk: &mut dyn Disk, bases: &[Offset]) -> Result<(), LogError> {
        self.snapshots = list_snapshots(disk, &self.dir)?;
        let mut latest_stray = None;
        for offset in self.snapshots.clone() {
            if !bases.contains(&offset)
                && let Some(older) = latest_stray.replace(offset)
            {
                self.remove_snapshot(disk, older)?;
            }
        }
        if let (Some(stray), Some(last)) = (latest_stray, bases.iter().max())
            && stray < *last
        {
            self.remove_snapshot(disk, stray)?;
        }
        Ok(())
    }

    fn remove_snapshot(&mut self, disk: &mut dyn Disk, offset: Offset) -> Result<(), LogError> {
        self.snapshots.remove(&offset);
        disk.remove(&snapshot_path(&self.dir, offset))?;
        Ok(())
    }

    /// Renames a snapshot to `.deleted`; its new path, or `None` when there is none.
    pub fn mark_for_deletion(
        &mut self,
        disk: &mut dyn Disk,
        offset: Offset,
    ) -> Result<Option<String>, LogError> {
        if !self.snapshots.remove(&offset) {
            return Ok(None);
        }
        let path = snapshot_path(&self.dir, offset);
        let marked = format!("{path}{DELETED_SUFFIX}");
        match disk.rename(&path, &marked) {
            Ok(()) => Ok(Some(marked)),
            Err(DiskError::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// The bucket of a `Long` key in a `java.util.HashMap` with a table of this size.
fn bucket(producer_id: ProducerId, table: u32) -> u32 {
    spread_hash(producer_id) & (table.max(1) - 1)
}

/// The hash of a `Long` key that is not negative, as Java's and Scala's hash maps spread it.
pub(super) const fn spread_hash(producer_id: ProducerId) -> u32 {
    java_spread(java_hash_long(producer_id))
}

fn list_snapshots(disk: &dyn Disk, dir: &str) -> Result<Set<Offset>, LogError> {
    let names = disk.list(dir).into_iter().filter(|name| name.ends_with(SNAPSHOT_SUFFIX));
    let offset = |name: String| {
        offset_of(&name).ok_or_else(|| LogError::NumberFormat(format!("For input string: \"{name}\"")))
    };
    names.map(offset).collect()
}
