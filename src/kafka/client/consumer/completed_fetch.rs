use bytes::Bytes;

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::read_committed::AbortedFilter;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchError;
use crate::kafka::record::Batches;
use crate::kafka::record::Record;
use crate::kafka::record::Records;
use crate::kafka::record::batches;

/// What a fetch brought for one partition, of which `poll()` has taken a part (`CompletedFetch`).
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct CompletedFetch {
    pub partition: TopicPartition,
    /// The position that was asked for; a seek since then makes the rest worthless.
    pub fetched_from: Offset,
    /// The next record that the application has not seen.
    pub next_offset: Offset,
    /// Bytes of the whole answer for this partition.
    pub size: usize,
    batches: Batches,
    current: Option<(Batch, Records)>,
    /// The leader epoch of the last batch that was opened.
    pub last_epoch: Option<Epoch>,
    check_crcs: bool,
    filter: Option<AbortedFilter>,
}

/// What one `poll()` took from a completed fetch.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Taken {
    pub records: usize,
    pub bytes: usize,
    /// The offsets of the first and the last record taken.
    pub range: Option<(Offset, Offset)>,
    /// Records below the offset up to which the application had read before.
    pub repeated: u64,
    /// The last record, in full.
    pub last: Option<Record>,
    /// The first record with the value that was looked for: how many were taken before it, and its offset.
    pub poison: Option<(usize, Offset)>,
    /// Records with that value.
    pub poisoned: u64,
    /// Nothing is left.
    pub drained: bool,
}

impl CompletedFetch {
    /// `aborted` = the answer's list of aborted transactions, for `isolation.level=read_committed` only.
    pub fn new(
        partition: TopicPartition,
        fetched_from: Offset,
        records: &Bytes,
        check_crcs: bool,
        aborted: Option<Vec<(i64, Offset)>>,
    ) -> Self {
        Self {
            partition,
            fetched_from,
            next_offset: fetched_from,
            size: records.len(),
            batches: batches(records),
            current: None,
            last_epoch: None,
            check_crcs,
            filter: aborted.map(AbortedFilter::new),
        }
    }

    /// Takes up to `max` records for the application. `furthest`: up to where it had read before. `poison`: a value to
    /// look for.
    ///
    /// # Errors
    /// A batch or record whose bytes make no sense; the position stays before it.
    pub fn take(&mut self, max: usize, furthest: Offset, poison: Option<&str>) -> Result<Taken, BatchError> {
        let mut taken = Taken::default();
        while taken.records < max {
            if self.current.is_none() && !self.open_next()? {
                taken.drained = true;
                break;
            }
            self.take_from_current(max, furthest, poison, &mut taken)?;
        }
        Ok(taken)
    }

    fn take_from_current(
        &mut self,
        max: usize,
        furthest: Offset,
        poison: Option<&str>,
        taken: &mut Taken,
    ) -> Result<(), BatchError> {
        let Some((batch, records)) = &mut self.current else { return Ok(()) };
        let mut last = None;
        let mut ended = false;
        while taken.records < max {
            let Some(outline) = records.next_outline() else {
                ended = true;
                break;
            };
            let outline = outline?;
            // A batch is fetched whole: what lies before the position is dropped here.
            if outline.offset < self.next_offset {
                continue;
            }
            self.next_offset = outline.offset + 1;
            if let Some(value) = poison
                && records.fill(&outline).value.is_some_and(|found| found == value.as_bytes())
            {
                taken.poison = taken.poison.or(Some((taken.records, outline.offset)));
                taken.poisoned += 1;
            }
            taken.records += 1;
            taken.bytes += outline.size();
            taken.repeated += u64::from(outline.offset < furthest);
            match &mut taken.range {
                Some((_, end)) => *end = outline.offset,
                None => taken.range = Some((outline.offset, outline.offset)),
            }
            last = Some(outline.range().start);
        }
        if let Some(position) = last {
            taken.last = records.read_at(position).ok();
        }
        if ended {
            // Gaps that compaction left at the end of a batch are stepped over too.
            self.next_offset = self.next_offset.max(batch.next_offset());
            self.current = None;
        }
        Ok(())
    }

    /// Opens the next batch that holds something for the application; false at the end.
    fn open_next(&mut self) -> Result<bool, BatchError> {
        for batch in self.batches.by_ref() {
            let batch = batch?;
            if self.check_crcs {
                batch.ensure_valid()?;
            }
            self.last_epoch = Some(batch.partition_leader_epoch()).filter(|e| *e >= 0);
            let aborted = match &mut self.filter {
                Some(filter) => filter.hides(&batch)?,
                None => false,
            };
            if batch.is_control() || aborted || batch.next_offset() <= self.next_offset {
                self.next_offset = self.next_offset.max(batch.next_offset());
                continue;
            }
            let records = batch.records()?;
            self.current = Some((batch, records));
            return Ok(true);
        }
        Ok(false)
    }
}
