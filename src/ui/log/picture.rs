//! What the Log view looks at, taken from the world in one go.

use std::rc::Rc;

use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::metadata::METADATA_TOPIC;
use crate::kafka::storage::Log;
use crate::lab::World;
use crate::ui::desk::LogFocus;
use crate::view::BatchView;
use crate::view::ClusterView;
use crate::view::Directory;
use crate::view::Foreign;
use crate::view::LogView;
use crate::view::LookupView;
use crate::view::SegmentContents;

/// Records of a batch that are decoded for the list.
pub(super) const RECORDS: usize = 40;

/// The directory of one replica with what is open in it.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) broker: i32,
    pub(super) partition: TopicPartition,
    /// `None` when the broker has no directory of the partition.
    pub(super) log: Option<Rc<LogView>>,
    /// The segment that is open.
    pub(super) base: Offset,
    pub(super) contents: Rc<SegmentContents>,
    /// The batch of the chosen record.
    pub(super) batch: Option<Rc<BatchView>>,
}

/// The answer of the last search, kept until something that it depends on has changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Searched {
    key: Option<Key>,
    answer: Option<Answer>,
}

/// What a search came to; `None` when nobody searches, because the broker is down.
type Answer = Option<Result<Rc<LookupView>, String>>;

#[derive(Clone, Debug, PartialEq)]
struct Key {
    place: (i32, TopicPartition),
    asked: (i64, bool),
    log: (Offset, Offset, usize, bool),
}

impl Searched {
    /// The answer, when there was a question.
    pub(super) fn answer(&self) -> Option<&Answer> {
        self.answer.as_ref()
    }

    fn look(&mut self, picture: &Picture, asked: Option<(i64, bool)>, directory: &Directory<'_>) {
        let key = asked.map(|asked| Key {
            place: (picture.broker, picture.partition.clone()),
            asked,
            log: (
                directory.log().map_or(0, Log::log_start_offset),
                directory.end(),
                directory.bases().len(),
                directory.log().is_some(),
            ),
        });
        if key != self.key {
            self.answer = asked.map(|(asked, by_time)| {
                LookupView::of(directory, asked, by_time).map(|found| found.map(Rc::new))
            });
            self.key = key;
        }
    }

    fn near(&self) -> Option<Offset> {
        let found = self.answer.as_ref()?.as_ref()?.as_ref().ok()?;
        found.found.map(|found| found.offset).or_else(|| found.segment())
    }
}

impl Picture {
    pub(super) fn of(
        world: &World,
        focus: &LogFocus,
        cluster: &ClusterView,
        searched: &mut Searched,
    ) -> Option<Self> {
        if let Some((foreign, dir)) = &focus.foreign {
            let dir = foreign.dirs().get(*dir)?;
            let mut picture = Self::empty(0, Foreign::partition(dir));
            picture.open(&foreign.directory(dir), focus, searched);
            return Some(picture);
        }
        let partition =
            focus.partition.clone().or_else(|| cluster.partitions.first().map(|p| p.partition.clone()))?;
        let broker = Some(focus.broker).filter(|broker| *broker > 0).or_else(|| home(cluster, &partition))?;
        let mut picture = Self::empty(broker, partition.clone());
        Directory::with(world, NodeId(broker), &partition, |directory| {
            picture.open(directory, focus, searched)
        });
        Some(picture)
    }

    fn empty(broker: i32, partition: TopicPartition) -> Self {
        Self { broker, partition, log: None, base: 0, contents: Rc::default(), batch: None }
    }

    fn open(&mut self, directory: &Directory<'_>, focus: &LogFocus, searched: &mut Searched) {
        searched.look(self, focus.asked, directory);
        let end = directory.end();
        let near = searched.near().or(focus.record).or(focus.segment).unwrap_or(end - 1).clamp(0, end.max(0));
        self.base = directory.segment_of(near).unwrap_or(0);
        self.log = Some(Rc::new(directory.view(self.broker, &self.partition, near)));
        self.contents = Rc::new(directory.segment(self.base, near));
        let place = focus.record.and_then(|record| directory.place_of(record).map(|place| (record, place)));
        self.batch = place.and_then(|(record, (base, position))| {
            let head = directory.batch(base, position, 0, 0)?;
            let number = usize::try_from(record - head.head.base).unwrap_or(0);
            directory.batch(base, position, number.saturating_sub(RECORDS / 2), RECORDS).map(Rc::new)
        });
    }
}

/// The log of the controller's decisions; it has no place in the cluster's picture.
pub(super) fn metadata_log() -> TopicPartition {
    TopicPartition::new(&name(METADATA_TOPIC), 0)
}

/// The broker whose copy is shown first: the leader's, or any; of the metadata the controller's.
pub(super) fn home(cluster: &ClusterView, partition: &TopicPartition) -> Option<i32> {
    if *partition == metadata_log() {
        return Some(cluster.controller.id);
    }
    let found = cluster.partition(partition)?;
    found.leader.or_else(|| found.replicas.first().copied())
}
