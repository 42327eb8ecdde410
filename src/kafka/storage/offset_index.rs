use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;
use crate::kafka::storage::index::Bound;
use crate::kafka::storage::index::IndexFile;
use crate::kafka::storage::index::int_at;
use crate::kafka::storage::index::relative;
use crate::kafka::storage::index::relative_or_overflow;

/// One entry of an offset index: where in the `.log` file to start looking for an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OffsetPosition {
    pub offset: Offset,
    pub position: i32,
}

/// The `.index` file: offset → position, sparse (`OffsetIndex`). An entry is 8 bytes, offset relative to the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OffsetIndex {
    pub(crate) file: IndexFile,
    base_offset: Offset,
    last_offset: Offset,
}

impl OffsetIndex {
    pub const ENTRY_SIZE: i32 = 8;

    /// Opens the file, or makes it with room for `max_size` bytes.
    pub fn open(
        disk: &mut dyn Disk,
        path: &str,
        base_offset: Offset,
        max_size: i32,
    ) -> Result<Self, LogError> {
        let file = IndexFile::open(disk, path, Self::ENTRY_SIZE, max_size)?;
        let mut index = Self { file, base_offset, last_offset: base_offset };
        index.read_last(disk, path)?;
        Ok(index)
    }

    pub fn entries(&self) -> i32 {
        self.file.entries
    }

    pub fn max_entries(&self) -> i32 {
        self.file.max_entries
    }

    pub fn last_offset(&self) -> Offset {
        self.last_offset
    }

    pub fn is_full(&self) -> bool {
        self.file.is_full()
    }

    /// Whether the offset can be written relative to the base offset.
    pub fn can_append_offset(&self, offset: Offset) -> bool {
        relative(self.base_offset, offset).is_some()
    }

    pub fn entry(&self, disk: &mut dyn Disk, path: &str, slot: i32) -> Result<OffsetPosition, LogError> {
        Ok(self.parse(&self.file.slot(disk, path, slot)?))
    }

    fn parse(&self, bytes: &[u8]) -> OffsetPosition {
        OffsetPosition {
            offset: self.base_offset.wrapping_add(i64::from(int_at(bytes, 0))),
            position: int_at(bytes, 4),
        }
    }

    /// The entry at or before an offset; the segment's start when there is none.
    pub fn lookup(
        &self,
        disk: &mut dyn Disk,
        path: &str,
        target: Offset,
    ) -> Result<OffsetPosition, LogError> {
        self.lookup_traced(disk, path, target, &mut |_, _| {})
    }

    /// [`lookup`](Self::lookup), telling each slot that the search looks at.
    pub(crate) fn lookup_traced(
        &self,
        disk: &mut dyn Disk,
        path: &str,
        target: Offset,
        seen: &mut dyn FnMut(i32, OffsetPosition),
    ) -> Result<OffsetPosition, LogError> {
        let slot = self.file.search(disk, path, target, Bound::LargestLower, &mut |slot, bytes| {
            let entry = self.parse(bytes);
            seen(slot, entry);
            entry.offset
        })?;
        match slot {
            -1 => Ok(OffsetPosition { offset: self.base_offset, position: 0 }),
            slot => self.entry(disk, path, slot),
        }
    }

    /// An offset that surely lies behind `size` bytes read from `start`: the first entry at or behind that position.
    pub fn fetch_upper_bound(
        &self,
        disk: &mut dyn Disk,
        path: &str,
        start: OffsetPosition,
        size: i32,
    ) -> Result<Option<OffsetPosition>, LogError> {
        let end = i64::from(start.position.wrapping_add(size));
        let mut position = |_, bytes: &[u8]| i64::from(self.parse(bytes).position);
        match self.file.search(disk, path, end, Bound::SmallestUpper, &mut position)? {
            -1 => Ok(None),
            slot => self.entry(disk, path, slot).map(Some),
        }
    }

    /// Adds an entry; its offset must be larger than all before.
    pub fn append(
        &mut self,
        disk: &mut dyn Disk,
        path: &str,
        offset: Offset,
        position: i32,
    ) -> Result<(), LogError> {
        if self.is_full() {
            return Err(LogError::IllegalArgument(format!(
                "Attempt to append to a full index (size = {}).",
                self.entries()
            )));
        }
        if self.entries() != 0 && offset <= self.last_offset {
            return Err(LogError::InvalidOffset(format!(
                "Attempt to append an offset {offset} to position {} no larger than the last offset appended ({}) to {path}",
                self.entries(),
                self.last_offset
            )));
        }
        let relative = relative_or_overflow(self.base_offset, offset, path)?;
        let mut entry = [0; Self::ENTRY_SIZE as usize];
        entry[..4].copy_from_slice(&relative.to_be_bytes());
        entry[4..].copy_from_slice(&position.to_be_bytes());
        self.file.push(disk, path, &entry)?;
        self.last_offset = offset;
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
        self.last_offset = self.base_offset;
        self.file.resize(disk, path, self.file.max_size).map(drop)
    }

    fn read_last(&mut self, disk: &mut dyn Disk, path: &str) -> Result<(), LogError> {
        self.last_offset = match self.entries() {
            0 => self.base_offset,
            entries => self.entry(disk, path, entries - 1)?.offset,
        };
        Ok(())
    }
}
