//! What the coordinator knows of consumer groups and does not write to the log.

use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;

use super::group::ConsumerGroup;

/// A group's topics are looked at again after an hour at the latest (`METADATA_REFRESH_INTERVAL_MS`).
const REFRESH_INTERVAL_MS: i64 = 3_600_000;

/// When the topics of a group are looked at again, and the epoch in which that was decided (`metadataRefreshDeadline`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Refresh {
    at_ms: i64,
    epoch: Epoch,
}

/// Regular expressions of a group that are to be resolved behind the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Resolving {
    pub(super) group: Name,
    pub(super) regexes: Set<Name>,
}

/// State beside the timeline: an append that fails does not take it back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Soft {
    refresh: Map<Name, Refresh>,
    pub(super) resolving: Vec<Resolving>,
    /// The version of the metadata in which topics came last: regular expressions are resolved again then.
    pub(super) new_topics_version: Offset,
    /// All topics, to see which are new.
    pub(super) known_topics: Set<Uuid>,
}

impl Default for Soft {
    fn default() -> Self {
        Self { refresh: Map::new(), resolving: Vec::new(), new_topics_version: -1, known_topics: Set::new() }
    }
}

impl Soft {
    /// Whether the topics of a group have to be looked at again.
    pub(super) fn needs_refresh(&self, group: &ConsumerGroup, now_ms: i64) -> bool {
        let refresh = self.refresh.get(&group.id).copied().unwrap_or_default();
        now_ms >= refresh.at_ms || group.epoch < refresh.epoch
    }

    /// The topics were looked at.
    pub(super) fn refreshed(&mut self, group: &Name, epoch: Epoch, now_ms: i64) {
        self.refresh.insert(group.clone(), Refresh { at_ms: now_ms + REFRESH_INTERVAL_MS, epoch });
    }

    /// The topics of a group have changed, or the group is another one.
    pub(super) fn request_refresh(&mut self, group: &str) {
        self.refresh.remove(group);
    }
}
