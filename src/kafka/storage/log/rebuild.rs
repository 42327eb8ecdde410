use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;
use crate::kafka::storage::ProducerStateManager;
use crate::kafka::storage::Scan;
use crate::kafka::storage::producer_state::ProducerUpdates;
use crate::kafka::storage::segments::Segments;

/// Which part of a log the producers are to reflect.
#[derive(Clone, Copy, Debug)]
pub(super) struct RebuildRange {
    pub(super) log_start: Offset,
    pub(super) end: Offset,
    /// Without any snapshot after a clean stop the producers are taken as unknown instead of reading the whole log.
    pub(super) from_clean_shutdown: bool,
}

/// Reads the newest producer snapshot and the batches behind it (`UnifiedLog.rebuildProducerState`). Snapshots are
/// written at the last two segments and at the end, so that the next time less has to be read.
pub(super) fn rebuild_producer_state(
    disk: &mut dyn Disk,
    now_ms: i64,
    at: &TopicPartition,
    segments: &mut Segments,
    producers: &mut ProducerStateManager,
    range: RebuildRange,
) -> Result<(), LogError> {
    let last = segments.last().map(|segment| segment.base_offset());
    let before_last = last.and_then(|last| segments.lower(last));
    if producers.latest_snapshot().is_none() && range.from_clean_shutdown {
        for offset in [before_last, last, Some(range.end)].into_iter().flatten() {
            producers.update_map_end_offset(offset);
            producers.take_snapshot(disk, true)?;
        }
        return Ok(());
    }
    let was_empty = producers.is_empty() && producers.map_end_offset() >= range.end;
    producers.truncate_and_reload(disk, range.log_start, range.end, now_ms)?;
    if range.end > producers.map_end_offset() && !was_empty {
        let segment_of_end = segments.floor(range.end);
        for base in segments.between(producers.map_end_offset(), range.end)? {
            let start = base.max(producers.map_end_offset()).max(range.log_start);
            producers.update_map_end_offset(start);
            if [before_last, last, Some(range.end)].contains(&Some(base)) {
                producers.take_snapshot(disk, true)?;
            }
            let segment = segments.get_mut(base)?;
            let max_position = match segment_of_end == Some(base) {
                true => {
                    segment.translate_offset(disk, range.end)?.map_or(segment.size(), |batch| batch.position)
                }
                false => segment.size(),
            };
            let found = segment.read(disk, start, i32::MAX, Some(i64::from(max_position)), false)?;
            if let Some(found) = found {
                let scan = Scan::new(&segment.files.log, found.from, found.from + found.len);
                load_producers(disk, at, producers, scan)?;
            }
        }
    }
    producers.update_map_end_offset(range.end);
    producers.take_snapshot(disk, true)?;
    Ok(())
}

fn load_producers(
    disk: &mut dyn Disk,
    at: &TopicPartition,
    producers: &mut ProducerStateManager,
    mut scan: Scan<'_>,
) -> Result<(), LogError> {
    let mut loaded = ProducerUpdates::default();
    let mut completed = Vec::new();
    while let Some(found) = scan.next(disk)? {
        let Some(batch) = found.for_producer(disk, scan.path())? else { continue };
        let id = batch.producer_id();
        let info = loaded.of(id, || producers.prepare_update(id, AppendOrigin::Replication));
        completed.extend(info.append(at, &batch, None)?);
    }
    for info in loaded.in_order() {
        producers.update(info)?;
    }
    for txn in &completed {
        producers.complete_txn(txn)?;
    }
    Ok(())
}
