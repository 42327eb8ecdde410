use std::sync::Arc;

use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;
use crate::kafka::storage::Segment;

/// The segments of a log by their base offsets (`LogSegments`).
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(super) struct Segments(Map<Offset, Arc<Segment>>);

impl Segments {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, segment: Segment) {
        self.0.insert(segment.base_offset(), Arc::new(segment));
    }

    pub(super) fn remove(&mut self, base: Offset) -> Option<Segment> {
        self.0.remove(&base).map(Arc::unwrap_or_clone)
    }

    pub(super) fn contains(&self, base: Offset) -> bool {
        self.0.contains_key(&base)
    }

    pub(super) fn get(&self, base: Offset) -> Option<&Segment> {
        self.0.get(&base).map(|segment| &**segment)
    }

    pub(super) fn get_mut(&mut self, base: Offset) -> Result<&mut Segment, LogError> {
        self.0
            .get_mut(&base)
            .map(Arc::make_mut)
            .ok_or_else(|| LogError::IllegalState(format!("there is no segment at {base}")))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Segment> {
        self.0.values().map(|segment| &**segment)
    }

    pub(super) fn first(&self) -> Option<&Segment> {
        self.0.first_key_value().map(|(_, segment)| &**segment)
    }

    pub(super) fn last(&self) -> Option<&Segment> {
        self.0.last_key_value().map(|(_, segment)| &**segment)
    }

    /// The segment that appends go to.
    pub(super) fn active(&mut self) -> Result<&mut Segment, LogError> {
        self.0
            .values_mut()
            .next_back()
            .map(Arc::make_mut)
            .ok_or_else(|| LogError::IllegalState("the log has no segment".into()))
    }

    /// The base offset of the segment that begins at or before an offset.
    pub(super) fn floor(&self, offset: Offset) -> Option<Offset> {
        self.0.range(..=offset).next_back().map(|(base, _)| *base)
    }

    /// The base offset of the segment before this one.
    pub(super) fn lower(&self, base: Offset) -> Option<Offset> {
        self.floor(base.checked_sub(1)?)
    }

    /// The base offset of the segment behind this one.
    pub(super) fn higher(&self, base: Offset) -> Option<Offset> {
        self.0.range(base.checked_add(1)?..).next().map(|(base, _)| *base)
    }

    pub(super) fn bases(&self) -> Vec<Offset> {
        self.0.keys().copied().collect()
    }

    /// The base offsets of the segments that hold offsets between `from` and `to` (which is not included).
    pub(super) fn between(&self, from: Offset, to: Offset) -> Result<Vec<Offset>, LogError> {
        if from == to {
            return Ok(Vec::new());
        }
        if to < from {
            return Err(LogError::IllegalArgument(format!(
                "Invalid log segment range: requested segments from offset {from} which is greater than limit offset {to}"
            )));
        }
        let first = self.floor(from).unwrap_or(Offset::MIN);
        if first >= to {
            return Ok(Vec::new());
        }
        Ok(self.0.range(first..to).map(|(base, _)| *base).collect())
    }

    pub(super) fn size(&self) -> i64 {
        self.iter().map(|segment| i64::from(segment.size())).sum()
    }

    pub(super) fn close(&mut self, disk: &mut dyn Disk) -> Result<(), LogError> {
        for base in self.bases() {
            self.get_mut(base)?.close(disk)?;
        }
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn set_dir(&mut self, dir: &str) {
        for base in self.bases() {
            if let Ok(segment) = self.get_mut(base) {
                segment.set_dir(dir);
            }
        }
    }
}
