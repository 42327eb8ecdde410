//! The headers of a segment's batches, one after the other.

use bytes::Bytes;

use super::BROKEN_SHOWN;
use super::Directory;
use crate::kafka::base::Offset;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchError;
use crate::kafka::record::LOG_OVERHEAD;
use crate::kafka::record::field as at;
use crate::kafka::storage::names;
use crate::lab::disk::Disk;
use crate::view::BatchHead;
use crate::view::Broken;
use crate::view::BrokenKind;
use crate::view::batch::raw_header;

/// Walks over the headers of a segment's batches.
#[derive(Clone, Debug)]
pub(in crate::view) struct Walk<'a> {
    disk: &'a Disk,
    path: String,
    position: u64,
    end: u64,
    /// Why what follows is no batch.
    pub(in crate::view) broken: Option<Broken>,
}

impl<'a> Directory<'a> {
    /// Batches of a segment from a byte on, headers only.
    pub(in crate::view) fn walk(&self, base: Offset, position: u64) -> Walk<'a> {
        let path = self.path(base, names::LOG_SUFFIX);
        let live = self.log.and_then(|log| log.segment(base));
        let end = live.map_or_else(|| self.len(&path), |segment| u64::from(segment.size().unsigned_abs()));
        Walk { disk: self.disk, path, position, end, broken: None }
    }
}

impl Walk<'_> {
    /// Looks at what should be a batch and is none.
    fn examine(&self, error: Option<BatchError>, head: &Bytes) -> Broken {
        let left = usize::try_from(self.end - self.position).unwrap_or(usize::MAX);
        let bytes = self
            .disk
            .file(&self.path)
            .map_or_else(Bytes::new, |file| file.peek(self.position, left.min(BROKEN_SHOWN)));
        let length = head.get(at::LENGTH..at::PARTITION_LEADER_EPOCH).and_then(|four| four.try_into().ok());
        let size = length.map(i32::from_be_bytes).and_then(|length| u64::try_from(length).ok());
        let size = size.map(|length| length + LOG_OVERHEAD as u64);
        let ends_early =
            head.len() < at::PARTITION_LEADER_EPOCH || size.is_some_and(|size| size > left as u64);
        let (kind, first_bad) = match error {
            _ if left >= LOG_OVERHEAD && bytes.iter().all(|byte| *byte == 0) => (BrokenKind::Zeros, 0),
            Some(BatchError::UnsupportedMagic(magic)) => (BrokenKind::OldFormat(magic), at::MAGIC),
            Some(error @ BatchError::InvalidMagic(_)) => (BrokenKind::NoBatch(error), at::MAGIC),
            _ if ends_early => (BrokenKind::Cut { size }, left),
            Some(error) => (BrokenKind::NoBatch(error), at::LENGTH),
            None => (BrokenKind::Cut { size }, left),
        };
        Broken { position: self.position, kind, fields: raw_header(&bytes), bytes, first_bad }
    }
}

impl Iterator for Walk<'_> {
    type Item = BatchHead;

    fn next(&mut self) -> Option<BatchHead> {
        if self.position >= self.end || self.broken.is_some() {
            return None;
        }
        let head = self.disk.file(&self.path)?.peek(self.position, BATCH_OVERHEAD);
        let found = Batch::header(head.clone()).map_err(Some).and_then(|batch| {
            if self.position + batch.size() as u64 > self.end { Err(None) } else { Ok(batch) }
        });
        match found {
            Ok(batch) => {
                let head = BatchHead::of(&batch, self.position);
                self.position += head.size;
                Some(head)
            }
            Err(why) => {
                self.broken = Some(self.examine(why, &head));
                None
            }
        }
    }
}
