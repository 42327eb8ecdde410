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
        let at = i64::from(slot) * i64::from(self.entry_size);
        let mut bytes = [0; LARGEST_ENTRY];
        let size = self.entry_size as usize;
        if disk.read_into(path, at as u64, &mut bytes[..size])? < size {
            return Err(LogError::IllegalState(format!("{path} ends before its entry {slot}")));
        }
        Ok(bytes)
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

    /// The slot that holds `target`, or the one beside the gap; -1 when there is none on that side. `key` reads the
    /// key of a slot; it is called once for each slot that the search looks at.
    pub(crate) fn search(
        &self,
        target: i64,
        bound: Bound,
        mut key: impl FnMut(i32) -> Result<i64, LogError>,
    ) -> Result<i32, LogError> {
        if self.entries == 0 {
            return Ok(-1);
        }
        let first_hot = (self.entries - 1 - WARM_BYTES / self.entry_size).max(0);
        if key(first_hot)? < target {
            return self.binary_search(target, bound, first_hot, self.entries - 1, key);
        }
        if key(0)? > target {
            return Ok(match bound {
                Bound::LargestLower => -1,
                Bound::SmallestUpper => 0,
            });
        }
        self.binary_search(target, bound, 0, first_hot, key)
    }

    /// Forgets the entries at and behind an offset; `offset_of` reads the offset of a slot. Their bytes stay in the
    /// file.
    pub(crate) fn truncate_to(
        &mut self,
        offset: i64,
        mut offset_of: impl FnMut(i32) -> Result<i64, LogError>,
    ) -> Result<(), LogError> {
        self.entries = match self.search(offset, Bound::LargestLower, &mut offset_of)? {
            slot if slot < 0 => 0,
            slot if offset_of(slot)? == offset => slot,
            slot => slot + 1,
        };
        Ok(())
    }

    fn binary_search(
        &self,
        target: i64,
        bound: Bound,
        begin: i32,
        end: i32,
        mut key: impl FnMut(i32) -> Result<i64, LogError>,
    ) -> Result<i32, LogError> {
        let (mut low, mut high) = (begin, end);
        while low < high {
            let middle = (low + high + 1) / 2;
            match key(middle)?.cmp(&target) {
                Ordering::Greater => high = middle - 1,
                Ordering::Less => low = middle,
                Ordering::Equal => return Ok(middle),
            }
        }
        Ok(match bound {
            Bound::LargestLower => low,
            Bound::SmallestUpper if low == self.entries - 1 => -1,
            Bound::SmallestUpper => low + 1,
        })
    }
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
