use super::Found;
use super::LookupCost;
use super::LookupView;
use super::of_log::Directory;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::storage::LookupStep;
use crate::kafka::storage::LookupTrace;

/// Batches that the walk without an index reads at most.
const MOST_WALKED: u32 = 20_000;

impl LookupView {
    /// How the broker would search now; `None` while no broker runs over the directory.
    ///
    /// # Errors
    /// What the broker's log says of its files.
    pub fn of(directory: &Directory<'_>, asked: i64, by_time: bool) -> Option<Result<Self, String>> {
        let mut log = directory.log()?.clone();
        let trace = directory.through_a_copy(|disk| {
            if by_time { log.lookup_trace_by_time(disk, asked) } else { log.lookup_trace(disk, asked) }
        });
        Some(trace.map(|trace| Self::from_trace(directory, asked, by_time, trace)).map_err(|e| e.to_string()))
    }

    fn from_trace(directory: &Directory<'_>, asked: i64, by_time: bool, trace: LookupTrace) -> Self {
        let place = trace.steps.iter().rev().find_map(|step| match step {
            LookupStep::Batch { segment, position, found: true, .. } => {
                Some((*segment, u64::from(position.unsigned_abs())))
            }
            _ => None,
        });
        let found =
            trace.found.zip(place).map(|(offset, (segment, position))| Found { segment, position, offset });
        let count =
            |wanted: fn(&LookupStep) -> bool| trace.steps.iter().filter(|step| wanted(step)).count() as u32;
        let cost = LookupCost {
            segments: count(|step| matches!(step, LookupStep::Segment { .. })),
            index_entries: count(|step| {
                matches!(step, LookupStep::OffsetIndexEntry { .. } | LookupStep::TimeIndexEntry { .. })
            }),
            batches: count(|step| matches!(step, LookupStep::Batch { .. })),
            bytes: trace.bytes_read,
        };
        let (without_index, without_index_is_more) = without_index(directory, found, by_time);
        Self { asked, by_time, steps: trace.steps, found, cost, without_index, without_index_is_more }
    }
}

/// Reads batch after batch from the start of the log until the one that was found; true when it gave up before.
fn without_index(directory: &Directory<'_>, found: Option<Found>, by_time: bool) -> (LookupCost, bool) {
    let mut cost = LookupCost::default();
    for base in directory.bases() {
        cost.segments += 1;
        for head in directory.walk(base, 0) {
            cost.batches += 1;
            cost.bytes += BATCH_OVERHEAD as u64;
            if found.is_some_and(|found| found.segment == base && found.position == head.position) {
                if by_time {
                    cost.bytes += head.size - BATCH_OVERHEAD as u64;
                }
                return (cost, false);
            }
            if cost.batches == MOST_WALKED {
                return (cost, true);
            }
        }
    }
    (cost, false)
}
