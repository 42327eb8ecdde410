//! What is in the files of one segment.

use std::collections::VecDeque;

use bytes::Bytes;

use super::BATCHES_SHOWN;
use super::Directory;
use super::ENTRIES_SHOWN;
use super::INDEX_ENTRY;
use super::TIME_ENTRY;
use crate::kafka::base::Offset;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::record::Batch;
use crate::kafka::storage::AbortedTxn;
use crate::kafka::storage::ProducerStateEntry;
use crate::kafka::storage::TransactionIndex;
use crate::kafka::storage::names;
use crate::kafka::storage::producer_state::decode_snapshot;
use crate::view::BatchHead;
use crate::view::BatchView;
use crate::view::IndexEntry;
use crate::view::Roll;
use crate::view::SegmentContents;
use crate::view::TimeEntry;

impl<'a> Directory<'a> {
    pub(super) fn roll(&self, base: Offset, used: u64, next: Offset, entries: u32) -> Option<Roll> {
        let config = self.log?.config();
        let next = self.walk(next, 0).next()?;
        if used + next.size > u64::from(config.segment_bytes.unsigned_abs()) {
            return Some(Roll::Full { used, next: next.size, limit: config.segment_bytes });
        }
        let waited = next.max_timestamp - self.walk(base, 0).next()?.max_timestamp;
        if waited > config.max_segment_ms() {
            return Some(Roll::Old { waited, limit: config.max_segment_ms() });
        }
        let room = u64::from(config.segment_index_bytes.unsigned_abs()) / INDEX_ENTRY;
        (u64::from(entries) >= room).then_some(Roll::IndexFull { entries })
    }

    /// How many entries of the `.index` are in use: behind them there are zeros, and no entry but the first of an
    /// empty index points at byte 0.
    pub(super) fn index_used(&self, base: Offset) -> u64 {
        let path = self.path(base, names::INDEX_SUFFIX);
        partition(self.len(&path) / INDEX_ENTRY, |slot| {
            self.peek(&path, slot * INDEX_ENTRY, 8).iter().any(|byte| *byte != 0)
        })
    }

    pub(super) fn times_used(&self, base: Offset) -> u64 {
        let path = self.path(base, names::TIME_INDEX_SUFFIX);
        partition(self.len(&path) / TIME_ENTRY, |slot| {
            self.peek(&path, slot * TIME_ENTRY, 12).iter().any(|byte| *byte != 0)
        })
    }

    fn index_entry(&self, base: Offset, slot: u64) -> Option<IndexEntry> {
        let bytes = self.peek(&self.path(base, names::INDEX_SUFFIX), slot * INDEX_ENTRY, 8);
        let relative = i32::from_be_bytes(bytes.get(..4)?.try_into().ok()?);
        let position = u32::from_be_bytes(bytes.get(4..8)?.try_into().ok()?);
        Some(IndexEntry { slot: slot as u32, relative, offset: base + i64::from(relative), position })
    }

    pub(super) fn time_entry(&self, base: Offset, slot: u64) -> Option<TimeEntry> {
        let bytes = self.peek(&self.path(base, names::TIME_INDEX_SUFFIX), slot * TIME_ENTRY, 12);
        let timestamp = i64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
        let relative = i32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
        Some(TimeEntry { slot: slot as u32, timestamp, relative, offset: base + i64::from(relative) })
    }

    /// The number of the last index entry at or before an offset, and the byte it points at; the start of the file when
    /// there is none.
    pub(super) fn index_floor(&self, base: Offset, offset: Offset) -> (u64, u64) {
        let used = self.index_used(base);
        let behind =
            partition(used, |slot| self.index_entry(base, slot).is_some_and(|entry| entry.offset <= offset));
        match behind.checked_sub(1).and_then(|slot| self.index_entry(base, slot)) {
            Some(entry) => (u64::from(entry.slot), u64::from(entry.position)),
            None => (0, 0),
        }
    }

    /// All batches of a segment, headers only.
    pub fn batches(&self, base: Offset) -> Vec<BatchHead> {
        self.walk(base, 0).collect()
    }

    /// What is in the files of a segment around an offset.
    pub fn segment(&self, base: Offset, near: Offset) -> SegmentContents {
        let index_entries = self.index_used(base);
        let time_entries = self.times_used(base);
        let (slot, _) = self.index_floor(base, near);
        let window = |count: u64| {
            let most = ENTRIES_SHOWN as u64;
            let first = slot.saturating_sub(most / 2).min(count.saturating_sub(most));
            first..count.min(first + most)
        };
        let mut contents = SegmentContents {
            base,
            index: window(index_entries).filter_map(|slot| self.index_entry(base, slot)).collect(),
            index_entries: index_entries as u32,
            times: window(time_entries).filter_map(|slot| self.time_entry(base, slot)).collect(),
            time_entries: time_entries as u32,
            aborted: self.aborted(base),
            producers: self.producers(base),
            ..SegmentContents::default()
        };
        self.add_batches(&mut contents, near);
        contents
    }

    /// The batches around an offset: some before it, the rest behind.
    fn add_batches(&self, contents: &mut SegmentContents, near: Offset) {
        let (slot, _) = self.index_floor(contents.base, near);
        let mut back = 1;
        loop {
            let entry = slot.checked_sub(back).and_then(|slot| self.index_entry(contents.base, slot));
            let start = entry.map_or(0, |entry| u64::from(entry.position));
            let heads = self.batches_from(contents, start, near);
            // Too few: the window lies at the end, and begins some entries earlier.
            if heads.len() == BATCHES_SHOWN || start == 0 {
                let whole = |head: BatchHead| self.whole(contents.base, head.position).unwrap_or(head);
                contents.batches = heads.into_iter().map(whole).collect();
                return;
            }
            back *= 2;
        }
    }

    fn batches_from(&self, contents: &mut SegmentContents, start: u64, near: Offset) -> VecDeque<BatchHead> {
        let mut walk = self.walk(contents.base, start);
        let mut heads: VecDeque<BatchHead> = VecDeque::new();
        (contents.earlier, contents.later) = (start > 0, false);
        for head in walk.by_ref() {
            if heads.len() == BATCHES_SHOWN {
                if heads[BATCHES_SHOWN / 3].last >= near {
                    contents.later = true;
                    break;
                }
                heads.pop_front();
                contents.earlier = true;
            }
            heads.push_back(head);
        }
        contents.broken = walk.broken;
        heads
    }

    fn whole(&self, base: Offset, position: u64) -> Option<BatchHead> {
        let batch = Batch::parse(&self.batch_bytes(base, position)?).ok()?;
        Some(BatchHead::of(&batch, position))
    }

    fn batch_bytes(&self, base: Offset, position: u64) -> Option<Bytes> {
        let path = self.path(base, names::LOG_SUFFIX);
        let head = self.peek(&path, position, BATCH_OVERHEAD);
        let size = Batch::next_size(&head).ok()??;
        Some(self.peek(&path, position, size))
    }

    /// The batch that begins at a byte of a segment, with `most` of its records from number `first` on.
    pub fn batch(&self, base: Offset, position: u64, first: usize, most: usize) -> Option<BatchView> {
        BatchView::of(&self.batch_bytes(base, position)?, position, first, most).ok()
    }

    /// The segment and the byte at which the batch of an offset begins, when the offset is in the log.
    pub fn place_of(&self, offset: Offset) -> Option<(Offset, u64)> {
        let base = self.segment_of(offset)?;
        let (_, start) = self.index_floor(base, offset);
        let head = self.walk(base, start).find(|head| head.last >= offset)?;
        (head.base <= offset).then_some((base, head.position))
    }

    fn aborted(&self, base: Offset) -> Vec<AbortedTxn> {
        let path = self.path(base, names::TXN_INDEX_SUFFIX);
        if self.len(&path) == 0 {
            return Vec::new();
        }
        self.through_a_copy(|disk| TransactionIndex::open(disk, &path, base).all(disk, &path))
            .unwrap_or_default()
    }

    fn producers(&self, base: Offset) -> Vec<ProducerStateEntry> {
        let path = self.path(base, names::SNAPSHOT_SUFFIX);
        let bytes = self.peek(&path, 0, usize::try_from(self.len(&path)).unwrap_or(0));
        decode_snapshot(&bytes).unwrap_or_default()
    }
}

/// The first number below `count` for which `inside` does not hold; it must hold for all before.
fn partition(count: u64, inside: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if inside(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
