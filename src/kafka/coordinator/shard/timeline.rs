//! The state that an append which fails takes back, and that readers see as of the high watermark (`SnapshotRegistry`,
//! `TimelineHashMap`).

use std::collections::VecDeque;

use imbl::OrdMap;

use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::group::offsets::Offsets;

/// Groups and committed offsets. A clone shares everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timeline {
    pub groups: OrdMap<Name, Group>,
    pub offsets: Offsets,
}

/// What the state was at the end of every append that is not below the high watermark yet, and of the last one that is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Snapshots(VecDeque<(Offset, Timeline)>);

impl Snapshots {
    pub(crate) fn new(offset: Offset, timeline: Timeline) -> Self {
        Self(VecDeque::from([(offset, timeline)]))
    }

    /// After an append that ended here.
    pub(crate) fn push(&mut self, offset: Offset, timeline: Timeline) {
        if self.written() == offset {
            self.0.pop_back();
        }
        self.0.push_back((offset, timeline));
    }

    /// What the last one holds is changed in memory, without an append: an append that fails does not take it back.
    pub(crate) fn amend(&mut self, timeline: &Timeline) {
        if let Some((_, last)) = self.0.back_mut() {
            last.clone_from(timeline);
        }
    }

    /// The same for groups alone.
    pub(crate) fn amend_groups(&mut self, timeline: &Timeline) {
        if let Some((_, last)) = self.0.back_mut() {
            last.groups.clone_from(&timeline.groups);
        }
    }

    /// The end of the last append.
    pub(crate) fn written(&self) -> Offset {
        self.0.back().map_or(0, |(offset, _)| *offset)
    }

    /// The state at the end of the last append; an append that failed goes back to it.
    pub(crate) fn last(&self) -> Timeline {
        self.0.back().map(|(_, timeline)| timeline.clone()).unwrap_or_default()
    }

    /// The state that is below the high watermark for certain.
    pub(crate) fn committed(&self) -> &Timeline {
        &self.0.front().expect("there is always a snapshot").1
    }

    /// Forgets what the high watermark has passed.
    pub(crate) fn prune(&mut self, high_watermark: Offset) {
        while self.0.get(1).is_some_and(|(offset, _)| *offset <= high_watermark) {
            self.0.pop_front();
        }
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Timeline> {
        self.0.iter_mut().map(|(_, timeline)| timeline)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Timeline> {
        self.0.iter().map(|(_, timeline)| timeline)
    }
}
