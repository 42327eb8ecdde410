//! What both indexes of a segment share: a preallocated file of fixed entries and a binary search (`AbstractIndex`).

use std::cmp::Ordering;

use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;

/// The part of the search that Kafka tries first, in bytes: it stays warm in the page cache.
const WARM_BYTES: i32 = 8192;
/// Bytes of the larger one of the two kinds of entries.
const LARGEST_ENTRY: usize = 12;

/// An index file as its owner sees it. The entries themselves stay on the disk.
///
/// Kafka maps the file into memory: `length` is the size of the map, and the write position stands behind the last
/// entry. Cutting the index only moves that position; what was written stays in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IndexFile {
    pub(crate) entry_size: i32,
    pub(crate) entries: i32,
    pub(crate) max_entries: i32,
    pub(crate) length: i64,
    pub(crate) max_size: i32,
}

/// Which end of the gap a search wants when the key is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Bound {
    LargestLower,
    SmallestUpper,
}

impl IndexFile {
    /// Opens the file, or makes it at its full size. Every whole slot of a file that exists counts as an entry.
    pub(crate) fn open(
        disk: &mut dyn Disk,
        path: &str,
        entry_size: i32,
        max_size: i32,
    ) -> Result<Self, LogError> {
        let (length, entries) = match disk.len(path) {
            Some(length) => (length as i64, (length as i64 / i64::from(entry_size)) as i32),
            None => {
                let rounded = if max_size < entry_size { 0 } else { max_size / entry_size * entry_size };
                disk.set_len(path, rounded as u64)?;
                if max_size < entry_size {
                    return Err(LogError::IllegalArgument(format!("Invalid max index size: {max_size}")));
                }
                (i64::from(rounded), 0)
            }
        };
        let max_entries = (length / i64::from(entry_size)) as i32;
        Ok(Self { entry_size, entries, max_entries, length, max_size })
    }

    pub(crate) fn is_full(&self) -> bool {
        self.entries >= self.max_entries
    }

    /// Cuts or extends the file; false when it already has that size.
    pub(crate) fn resize(&mut self, disk: &mut dyn Disk, path: &str, size: i32) -> Result<bool, LogError> {
        let rounded = i64::from(size / self.entry_size * self.entry_size);
        if self.length == rounded {
            return Ok(false);
        }
        disk.set_len(path, rounded as u64)?;
        self.length = rounded;
        self.max_entries = (rounded / i64::from(self.entry_size)) as i32;
        if self.entries > self.max_entries {
            return Err(LogError::IllegalArgument(format!(
                "newPosition > limit: ({} > {rounded})",
                i64::from(self.entries) * i64::from(self.entry_size)
            )));
        }
        Ok(true)
    }

    /// Cuts off the slots that were never used.
    pub(crate) fn trim(&mut self, disk: &mut dyn Disk, path: &str) -> Result<bool, LogError> {
        self.resize(disk, path, self.entry_size * self.entries)
    }

    /// The bytes of a slot, zeros behind them.
    pub(crate) fn slot(
        &self,
        disk: &mut dyn Disk,
        path: &str,
        slot: i32,
    ) -> Result<[u8; LARGEST_ENTRY], LogError> {
        let mut found = [0; LARGEST_ENTRY];
        self.walk(disk, path, slot, &mut |_, bytes| {
            found[..bytes.len()].copy_from_slice(bytes);
            None
        })?;
        Ok(found)
    }

    /// Reads one slot after the other: `next` is given its bytes and says which one is next.
    fn walk(
        &self,
        disk: &mut dyn Disk,
        path: &str,
        first: i32,
        next: &mut dyn FnMut(i32, &[u8]) -> Option<i32>,
    ) -> Result<(), LogError> {
        let place = |slot: i32| (i64::from(slot) * i64::from(self.entry_size)) as u64;
        let (mut slot, mut is_short) = (first, false);
        let mut buffer = [0; LARGEST_ENTRY];
        let entry = &mut buffer[..self.entry_size as usize];
        disk.read_into(path, place(first), entry, &mut |bytes| {
            is_short = bytes.len() < self.entry_size as usize;
            if is_short {
                return None;
            }
            slot = next(slot, bytes)?;
            Some(place(slot))
        })?;
        if is_short {
            return Err(LogError::IllegalState(format!("{path} ends before its entry {slot}")));
        }
        Ok(())
    }

    /// Writes an entry behind the last one.
    pub(crate) fn push(&mut self, disk: &mut dyn Disk, path: &str, entry: &[u8]) -> Result<(), LogError> {
        let at = i64::from(self.entries) * i64::from(self.entry_size);
        if at + i64::from(self.entry_size) > self.length {
            return Err(LogError::BufferOverflow(format!("{path} has no room for an entry at byte {at}")));
        }
        disk.write_at(path, at as u64, entry)?;
        self.entries += 1;
        Ok(())
    }

    /// The slot that holds `target`, or the one beside the gap; -1 when there is none on that side. `key` takes the key
    /// from the bytes of a slot; it is called once for each slot that the search looks at: where the warm part begins,
    /// then perhaps at the first one, then in the middle of what is left.
    pub(crate) fn search(
        &self,
        disk: &mut dyn Disk,
        path: &str,
        target: i64,
        bound: Bound,
        key: &mut dyn FnMut(i32, &[u8]) -> i64,
    ) -> Result<i32, LogError> {
        if self.entries == 0 {
            return Ok(-1);
        }
        let last = self.entries - 1;
        let first_hot = (last - WARM_BYTES / self.entry_size).max(0);
        let (mut low, mut high) = (first_hot, last);
        let (mut stage, mut exact) = (Stage::Warm, None);
        self.walk(disk, path, first_hot, &mut |slot, bytes| {
            match (stage, key(slot, bytes).cmp(&target)) {
                (Stage::Warm, Ordering::Less) => stage = Stage::Between,
                (Stage::Warm, _) => {
                    (stage, low, high) = (Stage::First, 0, first_hot);
                    return Some(0);
                }
                (Stage::First, Ordering::Greater) => (low, high) = (-1, -1),
                (Stage::First, _) => stage = Stage::Between,
                (Stage::Between, Ordering::Greater) => high = slot - 1,
                (Stage::Between, Ordering::Less) => low = slot,
                (Stage::Between, Ordering::Equal) => {
                    exact = Some(slot);
                    return None;
                }
            }
            (low < high).then(|| (low + high + 1) / 2)
        })?;
        Ok(exact.unwrap_or(match bound {
            Bound::LargestLower => low,
            Bound::SmallestUpper if low == last => -1,
            Bound::SmallestUpper => low + 1,
        }))
    }

    /// Forgets the entries at and behind an offset; `offset_of` takes the offset from the bytes of a slot. They stay in
    /// the file.
    pub(crate) fn truncate_to(
        &mut self,
        disk: &mut dyn Disk,
        path: &str,
        offset: i64,
        offset_of: &dyn Fn(&[u8]) -> i64,
    ) -> Result<(), LogError> {
        let found = self.search(disk, path, offset, Bound::LargestLower, &mut |_, bytes| offset_of(bytes))?;
        self.entries = match found {
            slot if slot < 0 => 0,
            slot if offset_of(&self.slot(disk, path, slot)?) == offset => slot,
            slot => slot + 1,
        };
        Ok(())
    }
}

/// Where a search stands.
#[derive(Clone, Copy)]
enum Stage {
    Warm,
    First,
    Between,
}

/// The offset relative to the base, when it fits into an entry.
pub(crate) fn relative(base_offset: i64, offset: i64) -> Option<i32> {
    i32::try_from(offset.wrapping_sub(base_offset)).ok().filter(|relative| *relative >= 0)
}

pub(crate) fn relative_or_overflow(base_offset: i64, offset: i64, path: &str) -> Result<i32, LogError> {
    relative(base_offset, offset).ok_or_else(|| {
        LogError::IndexOffsetOverflow(format!("Integer overflow for offset: {offset} ({path})"))
    })
}

pub(crate) fn int_at(bytes: &[u8], at: usize) -> i32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, i32::from_be_bytes)
}

pub(crate) fn long_at(bytes: &[u8], at: usize) -> i64 {
    bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map_or(0, i64::from_be_bytes)
}
