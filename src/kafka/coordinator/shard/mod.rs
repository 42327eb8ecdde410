//! The runtime of one partition of `__consumer_offsets` on its leader (`CoordinatorRuntime.CoordinatorContext` and
//! `GroupCoordinatorShard`).
//!
//! Everything that happens to a shard is an operation: a request, a timer, new metadata. An operation decides, and may
//! give records. They are replayed into the [`Timeline`] and appended; if the append fails the timeline goes back to
//! where it was. What an operation answers waits until its records are below the high watermark, and so does an
//! operation without records while others wait before it. Reads see the state as of the high watermark.
//!
//! So does Kafka 4. What 3.9's older coordinator does differently, [`Edition`] says.

mod answer;
mod config;
mod dispatch;
mod edition;
mod forget;
mod hands;
mod io;
mod load;
mod operation;
mod run;
mod timeline;
mod timers;

pub use config::GroupConfig;
pub use config::MigrationPolicy;
pub use edition::Edition;
pub use io::Ask;
pub use io::Batch;
pub use io::Body;
pub use io::Io;
pub use io::Marker;
pub use io::Reply;
pub use io::ShardLog;
pub use io::Ticket;
pub use io::Topics;
pub use load::LoadedRecord;
pub use operation::Refusal;
pub use timeline::Timeline;
pub use timers::Timer;
pub use timers::TimerKey;
pub use timers::Timers;
pub use timers::Work;

pub(crate) use answer::join_refused;
pub(crate) use forget::Forget;
pub(crate) use hands::Hands;
pub(crate) use operation::Decision;
pub(crate) use operation::Outcome;
pub(crate) use operation::Then;

use std::collections::VecDeque;
use std::sync::Arc;

use super::group::ClassicId;
use super::group::Group;
use super::group::GroupView;
use super::group::classic::ClassicGroup;
use super::group::consumer::Soft;
use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::protocol::ErrorCode;
use operation::Deferred;
pub(crate) use timeline::Snapshots;

/// One partition of `__consumer_offsets` on its leader: decides, appends, replays, holds answers until the high watermark.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Shard {
    pub partition: i32,
    /// The epoch in which this broker leads the partition.
    pub leader_epoch: Epoch,
    pub(crate) config: Arc<GroupConfig>,
    pub(crate) timeline: Timeline,
    snapshots: Snapshots,
    /// Classic groups by identity. Their members, states and waiting requests are not in the timeline: what a failed
    /// append does to them is said by its [`Then`].
    pub(crate) classics: Map<ClassicId, Arc<ClassicGroup>>,
    next_classic: u64,
    pub(crate) timers: Timers,
    /// What is known of consumer groups beside the timeline.
    pub(crate) consumers: Soft,
    /// Answers that wait for the high watermark, in the order of the log.
    deferred: VecDeque<Deferred>,
    operations: u64,
    pub(crate) waiting: Waiting,
}

/// Who has asked and not been answered, with the request.
pub(crate) type Waiting = Map<Ticket, Arc<Ask>>;

impl Shard {
    /// A shard before it is loaded.
    pub fn new(partition: i32, leader_epoch: Epoch, config: GroupConfig) -> Self {
        Self {
            partition,
            leader_epoch,
            config: Arc::new(config),
            timeline: Timeline::default(),
            snapshots: Snapshots::new(0, Timeline::default()),
            classics: Map::new(),
            next_classic: 0,
            timers: Timers::default(),
            consumers: Soft::default(),
            deferred: VecDeque::new(),
            operations: 0,
            waiting: Map::new(),
        }
    }

    /// Broker configs have changed.
    pub fn set_config(&mut self, config: GroupConfig) {
        self.config = Arc::new(config);
    }

    pub fn edition(&self) -> Edition {
        self.config.edition()
    }

    pub fn config(&self) -> &GroupConfig {
        &self.config
    }

    /// A request for groups of this shard. What can be answered now is in `io.answers` afterwards.
    pub fn on_request(&mut self, io: &mut Io<'_>, ticket: Ticket, ask: Ask) {
        if let Some(reply) = answer::refuse_early(&self.config, &ask, true) {
            io.answers.push((ticket, Ok(reply)));
            return;
        }
        let ask = Arc::new(ask);
        if let Some(answer) = self.read(io, &ask) {
            io.answers.push((ticket, answer));
            return;
        }
        self.waiting.insert(ticket, ask.clone());
        let decision = self.decide(io, ticket, &ask);
        self.complete_operation(io, Some(ticket), decision);
        self.after_operation(io);
    }

    /// The answer to a request for a partition whose coordinator is not here (`NOT_COORDINATOR`) or not ready yet
    /// (`COORDINATOR_LOAD_IN_PROGRESS`), or that cannot be reached (`COORDINATOR_NOT_AVAILABLE`).
    ///
    /// # Errors
    /// The code itself, where the request layer turns it into a response (`OffsetFetch`, `CompleteTransaction`).
    pub fn refuse(config: &GroupConfig, ask: &Ask, code: ErrorCode) -> Result<Reply, ErrorCode> {
        match answer::refuse_early(config, ask, false) {
            Some(reply) => Ok(reply),
            None => answer::refused(config.edition(), ask, &code.into()),
        }
    }

    /// The high watermark has moved: answers whose records are below it can be sent.
    pub fn on_high_watermark(&mut self, io: &mut Io<'_>, high_watermark: Offset) {
        self.snapshots.prune(high_watermark);
        while self.deferred.front().is_some_and(|deferred| deferred.offset <= high_watermark) {
            if let Some(deferred) = self.deferred.pop_front() {
                self.finish(io, deferred, None);
            }
        }
        self.forget_classics();
    }

    /// When [`on_timer`](Self::on_timer) is to be called next, in milliseconds.
    pub fn next_timer(&self) -> Option<i64> {
        self.timers.next()
    }

    /// Fires every timer that is due.
    pub fn on_timer(&mut self, io: &mut Io<'_>) {
        while self.fire_next(io).is_some() {}
    }

    /// Fires the one timer that is due next, and names it; `None` when none is due.
    pub fn fire_next(&mut self, io: &mut Io<'_>) -> Option<TimerKey> {
        let (key, timer) = self.timers.take_due(io.now_ms)?;
        if let TimerKey::WriteTimeout(number) = key {
            self.write_timed_out(io, number);
        } else {
            let decision = self.decide_timer(io, &key, timer.work);
            let again = key.is_tried_again().then(|| (key.clone(), timer.work));
            self.complete(io, None, again, decision);
        }
        self.after_operation(io);
        Some(key)
    }

    /// All groups by name, as they are in memory (ahead of the high watermark).
    pub fn groups(&self) -> impl Iterator<Item = (&Name, GroupView<'_>)> {
        self.timeline.groups.iter().filter_map(|(name, group)| Some((name, self.view(group)?)))
    }

    /// A group as it is in memory.
    pub fn group(&self, name: &str) -> Option<GroupView<'_>> {
        self.view(self.timeline.groups.get(name)?)
    }

    pub(crate) fn view<'a>(&'a self, group: &'a Group) -> Option<GroupView<'a>> {
        match group {
            Group::Classic(id) => Some(GroupView::Classic(self.classics.get(id)?)),
            Group::Consumer(group) => Some(GroupView::Consumer(group)),
        }
    }

    /// Groups and offsets as they are in memory.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Groups and offsets as of the high watermark.
    pub fn committed(&self) -> &Timeline {
        self.snapshots.committed()
    }

    pub fn timers(&self) -> &Timers {
        &self.timers
    }

    /// Who waits for an answer, and what he asked.
    pub fn waiting(&self) -> impl Iterator<Item = (Ticket, &Ask)> {
        self.waiting.iter().map(|(ticket, ask)| (*ticket, &**ask))
    }
}
