use crate::kafka::base::Offset;
use crate::kafka::record::NO_TIMESTAMP;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;
use crate::kafka::storage::index::Bound;
use crate::kafka::storage::index::IndexFile;
use crate::kafka::storage::index::int_at;
use crate::kafka::storage::index::long_at;
use crate::kafka::storage::index::relative_or_overflow;

/// One entry of a time index: no record up to this offset is younger than this timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimestampOffset {
    pub timestamp: i64,
    pub offset: Offset,
}

/// The `.timeindex` file: timestamp → offset, sparse, both growing (`TimeIndex`). An entry is 12 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeIndex {
    pub(crate) file: IndexFile,
    base_offset: Offset,
    last_entry: TimestampOffset,
}

impl TimeIndex {
    pub const ENTRY_SIZE: i32 = 12;

    /// Opens the file, or makes it with room for `max_size` bytes.
    pub fn open(
        disk: &mut dyn Disk,
        path: &str,
        base_offset: Offset,
        max_size: i32,
    ) -> Result<Self, LogError> {
        let file = IndexFile::open(disk, path, Self::ENTRY_SIZE, max_size)?;
        let last_entry = TimestampOffset { timestamp: NO_TIMESTAMP, offset: base_offset };
        let mut index = Self { file, base_offset, last_entry };
        index.read_last(disk, path)?;
        Ok(index)
    }

    pub fn entries(&self) -> i32 {
        self.file.entries
    }

    pub fn max_entries(&self) -> i32 {
        self.file.max_entries
    }

    pub fn last_entry(&self) -> TimestampOffset {
        self.last_entry
    }

    /// The last slot is kept for the entry that a roll writes.
    pub fn is_full(&self) -> bool {
        self.entries() >= self.max_entries() - 1
    }

    pub fn entry(&self, disk: &mut dyn Disk, path: &str, slot: i32) -> Result<TimestampOffset, LogError> {
        Ok(self.parse(&self.file.slot(disk, path, slot)?))
    }

    fn parse(&self, bytes: &[u8]) -> TimestampOffset {
        TimestampOffset {
            timestamp: long_at(bytes, 0),
            offset: self.base_offset.wrapping_add(i64::from(int_at(bytes, 8))),
        }
    }

    /// The entry at or before a timestamp; (-1, base offset) when there is none.
    pub fn lookup(&self, disk: &mut dyn Disk, path: &str, target: i64) -> Result<TimestampOffset, LogError> {
        self.lookup_traced(disk, path, target, &mut |_, _| {})
    }

    /// [`lookup`](Self::lookup), telling each slot that the search looks at.
    pub(crate) fn lookup_traced(
        &self,
        disk: &mut dyn Disk,
        path: &str,
        target: i64,
        seen: &mut dyn FnMut(i32, TimestampOffset),
    ) -> Result<TimestampOffset, LogError> {
        let slot = self.file.search(disk, path, target, Bound::LargestLower, &mut |slot, bytes| {
            let entry = self.parse(bytes);
            seen(slot, entry);
            entry.timestamp
        })?;
        match slot {
            -1 => Ok(TimestampOffset { timestamp: NO_TIMESTAMP, offset: self.base_offset }),
            slot => self.entry(disk, path, slot),
        }
    }

    /// Adds an entry when its timestamp is larger than the last. `also_when_full` uses the slot that is kept for a roll.
    pub fn maybe_append(
        &mut self,
        disk: &mut dyn Disk,
        path: &str,
        timestamp: i64,
        offset: Offset,
        also_when_full: bool,
    ) -> Result<(), LogError> {
        if !also_when_full && self.is_full() {
            return Err(LogError::IllegalArgument(format!(
                "Attempt to append to a full time index (size = {}).",
                self.entries()
            )));
        }
        let last = self.last_entry;
        if self.entries() != 0 && offset < last.offset {
            return Err(LogError::InvalidOffset(format!(
                "Attempt to append an offset ({offset}) to slot {} no larger than the last offset appended ({}) to {path}",
                self.entries(),
                last.offset
            )));
        }
        if self.entries() != 0 && timestamp < last.timestamp {
            return Err(LogError::IllegalState(format!(
                "Attempt to append a timestamp ({timestamp}) to slot {} no larger than the last timestamp appended ({}) to {path}",
                self.entries(),
                last.timestamp
            )));
        }
        if timestamp <= last.timestamp {
            return Ok(());
        }
        let relative = relative_or_overflow(self.base_offset, offset, path)?;
        let mut entry = [0; Self::ENTRY_SIZE as usize];
        entry[..8].copy_from_slice(&timestamp.to_be_bytes());
        entry[8..].copy_from_slice(&relative.to_be_bytes());
        self.file.push(disk, path, &entry)?;
        self.last_entry = TimestampOffset { timestamp, offset };
        Ok(())
    }

    /// Forgets the entries at and behind an offset. Their bytes stay in the file.
    pub fn truncate_to(&mut self, disk: &mut dyn Disk, path: &str, offset: Offset) -> Result<(), LogError> {
        let mut file = self.file;
        file.truncate_to(disk, path, offset, &|bytes| self.parse(bytes).offset)?;
        self.file = file;
        self.read_last(disk, path)
    }

    /// Forgets everything and makes the file full size.
    pub(crate) fn reset(&mut self, disk: &mut dyn Disk, path: &str) -> Result<(), LogError> {
        self.file.entries = 0;
        self.last_entry = TimestampOffset { timestamp: NO_TIMESTAMP, offset: self.base_offset };
        self.resize(disk, path, self.file.max_size)
    }

    pub(crate) fn resize(&mut self, disk: &mut dyn Disk, path: &str, size: i32) -> Result<(), LogError> {
        if self.file.resize(disk, path, size)? {
            self.read_last(disk, path)?;
        }
        Ok(())
    }

    fn read_last(&mut self, disk: &mut dyn Disk, path: &str) -> Result<(), LogError> {
        self.last_entry = match self.entries() {
            0 => TimestampOffset { timestamp: NO_TIMESTAMP, offset: self.base_offset },
            entries => self.entry(disk, path, entries - 1)?,
        };
        Ok(())
    }
}
