use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::record::Batch;
use crate::kafka::record::TimestampType;
use crate::kafka::replication::Partition;
use crate::kafka::storage::Log;
use crate::kafka::storage::Segment;
use crate::lab::machine::Machine;

/// The batches that became readable in one partition, read from the heads that lie in the leader's files.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    next: Offset,
    /// Where the next batch lies: the segment's first offset, and the position in its file.
    place: (Offset, u64),
    /// The CRCs of the batches so far. A CRC covers all that a producer wrote, and nothing that a broker adds.
    seen: Set<u32>,
    pub records: u64,
    pub duplicated: u64,
    pub batches: u64,
    pub delay_us: u64,
    /// How many batches took so many milliseconds.
    pub delays: Map<u64, u64>,
}

impl Stored {
    pub(super) fn begin(&mut self, next: Offset) {
        *self = Self { next, ..Self::default() };
    }

    /// Reads on up to the high watermark; `readable` says since when each offset is below it.
    pub(super) fn scan(
        &mut self,
        machine: &Machine,
        partition: &Partition,
        readable: &mut Vec<(Offset, Instant)>,
    ) {
        let Some(log) = partition.log() else { return };
        let end = log.high_watermark();
        while self.next < end {
            let Some(segment) = self.segment(log) else {
                // What comes next was deleted before it was seen.
                self.next = log.log_start_offset().max(self.next + 1);
                continue;
            };
            if self.place.0 != segment.base_offset() {
                self.place = (segment.base_offset(), 0);
            }
            let Some(file) = machine.disk.file(&segment.files().log) else { return };
            let Ok(batch) = Batch::header(file.peek(self.place.1, BATCH_OVERHEAD)) else {
                // Nothing more that can be read: a compacted tail, or a head that was damaged.
                let after =
                    log.segments().map(|segment| segment.base_offset()).find(|base| *base > self.next);
                self.next = after.unwrap_or(end);
                continue;
            };
            self.place.1 += batch.size() as u64;
            if batch.last_offset() >= self.next {
                self.take(&batch, readable);
            }
        }
        readable.retain(|(to, _)| *to > self.next);
    }

    /// The segment that has the next offset: the one that begins there, or the one that was read last.
    fn segment<'a>(&self, log: &'a Log) -> Option<&'a Segment> {
        let last = || log.segment(self.place.0).filter(|segment| self.place.1 < segment.size() as u64);
        let any = || log.segments().take_while(|segment| segment.base_offset() <= self.next).last();
        log.segment(self.next).or_else(last).or_else(any)
    }

    fn take(&mut self, batch: &Batch, readable: &[(Offset, Instant)]) {
        self.next = batch.last_offset() + 1;
        if batch.is_control() {
            return;
        }
        let records = u64::from(batch.record_count().unsigned_abs());
        self.records += records;
        if !self.seen.insert(batch.crc()) {
            self.duplicated += records;
            return;
        }
        let since = readable.get(readable.partition_point(|(to, _)| *to < self.next));
        if let Some((_, at)) = since
            && batch.timestamp_type() == TimestampType::CreateTime
        {
            let sent_us = (batch.base_timestamp() - Instant::ZERO.wall_ms()) * 1000;
            let delay_us = at.0.saturating_sub(sent_us.unsigned_abs());
            self.batches += 1;
            self.delay_us += delay_us;
            *self.delays.entry(delay_us.div_ceil(1000)).or_default() += 1;
        }
    }
}
