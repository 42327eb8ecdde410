//! One consumer group at the playhead: who is in it, who owns what, how it came to that, and what it cost.
//!
//! The state is read from the coordinator and from the members; what lies behind the playhead comes from the journal.
//! Times are moments of the world; spans are whole milliseconds.

mod chart;
mod lags;
mod members;
mod movement;
mod place;
mod reads;
mod rebalance;
mod story;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod whys;

use lags::Stamps;
pub(super) use members::poll_until;
pub(super) use place::Coordinator;
use story::Stories;

use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Call;
use crate::kafka::protocol::Api;
pub use crate::lab::GroupState;
use crate::lab::Journal;
use crate::lab::Seq;
use crate::lab::World;
use crate::view::of_world::image_of;

/// Which of the two protocols a group speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupProtocol {
    /// JoinGroup and SyncGroup; the leader assigns.
    Classic,
    /// KIP-848: heartbeats carry everything, the coordinator assigns.
    Consumer,
}

/// Takes pictures of groups. It follows the journal and keeps what it has read, so that a picture in every frame is cheap
/// however long the world has run; the playhead may go back and forth.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    stories: Stories,
    stamps: Map<Name, Stamps>,
}

impl Groups {
    /// A group at the playhead; `None` when neither a coordinator nor a consumer nor the journal knows it. The charts show
    /// this time, or the latest rebalance with what is around it.
    pub fn view(
        &mut self,
        world: &World,
        journal: &Journal,
        group: &str,
        window: Option<(Instant, Instant)>,
    ) -> Option<GroupView> {
        let read = self.stories.read;
        self.stories.follow(world, journal);
        if self.stories.read < read {
            self.stamps.clear();
        }
        let image = image_of(world)?;
        let place = CoordinatorPlace::of(world, group)?;
        let story = self.stories.story(group);
        let coordinator = Coordinator::of(world, group);
        let known = coordinator.as_ref().and_then(|it| it.group(group));
        if story.is_none() && known.is_none() {
            return None;
        }
        let name = Name::from(group);
        let at = self.stories.at(world);
        let last = story.and_then(|story| story.moves_until(at.seq).last());
        // While nobody coordinates it, it is as it was told last.
        let (protocol, state, generation) = match (&known, last) {
            (Some(known), _) => {
                let (protocol, state, generation, _) = place::headline(known);
                (protocol, state, generation)
            }
            (None, last) => (
                GroupProtocol::Classic,
                last.map_or(GroupState::Empty, |it| it.state),
                last.map_or(0, |it| it.generation),
            ),
        };
        let members = MemberView::all(world, &name, coordinator.as_ref(), story, journal);
        let source =
            lags::Source { world, image, group, coordinator: coordinator.as_ref(), members: &members, story };
        let lag = LagLine::all(&source, self.stamps.entry(name.clone()).or_default());
        let window = window.or_else(|| Some(story?.window(&at))).unwrap_or((world.now(), world.now()));
        let mut chart = story.map(|story| Chart::of(story, &at, journal, window)).unwrap_or_default();
        for column in &mut chart.columns {
            column.leads = members.iter().any(|member| member.leads && member.node == Some(column.node));
        }
        Some(GroupView {
            now: world.now(),
            place,
            protocol,
            state,
            generation,
            assignor: known
                .as_ref()
                .zip(coordinator.as_ref())
                .and_then(|(known, it)| place::assignor(known, it.shard)),
            waits: coordinator.zip(known).and_then(|(it, known)| GroupWait::of(&it, &known)),
            members,
            lag,
            rebalance: story.and_then(|story| RebalanceView::of(story, &at, journal)),
            consuming: story.map(|story| Strip::all(story, &at, window)).unwrap_or_default(),
            chart,
            name,
        })
    }
}

impl Groups {
    /// What all rebalances of a group after a journal entry have cost together, up to the playhead.
    pub fn cost_after(
        &mut self,
        world: &World,
        journal: &Journal,
        group: &str,
        entry: Seq,
    ) -> Option<RebalanceCost> {
        self.stories.follow(world, journal);
        Some(self.stories.story(group)?.cost_after(&self.stories.at(world), entry))
    }
}

impl GroupView {
    /// One picture of a group. Who takes one with every frame keeps a [`Groups`].
    pub fn of(
        world: &World,
        journal: &Journal,
        group: &str,
        window: Option<(Instant, Instant)>,
    ) -> Option<Self> {
        Groups::default().view(world, journal, group, window)
    }
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupLine {
    pub name: Name,
    pub protocol: GroupProtocol,
    pub state: GroupState,
    pub members: usize,
    /// Records between the committed offsets and the ends; `None` when nothing was committed.
    pub lag: Option<i64>,
    pub coordinator: i32,
}

/// Everything about one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupView {
    pub name: Name,
    pub now: Instant,
    pub place: CoordinatorPlace,
    pub protocol: GroupProtocol,
    pub state: GroupState,
    /// The generation of a classic group; the group epoch of a consumer group.
    pub generation: i32,
    /// The assignor that the members have agreed on, or that the coordinator uses.
    pub assignor: Option<Name>,
    /// What the group waits for.
    pub waits: Option<GroupWait>,
    pub members: Vec<MemberView>,
    pub lag: Vec<LagLine>,
    /// The latest rebalance, finished or not; `None` before the first.
    pub rebalance: Option<RebalanceView>,
    pub chart: Chart,
    /// Who read each partition when, over the same span as the chart.
    pub consuming: Vec<Strip>,
}

/// Where the group lives: the leader of partition `abs(hash) % count` of `__consumer_offsets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoordinatorPlace {
    /// `None` while that partition has no leader.
    pub broker: Option<i32>,
    /// `"billing".hashCode()`, as Java computes it.
    pub hash: i32,
    pub partition: i32,
    /// `offsets.topic.num.partitions`.
    pub partitions: i32,
    /// It still reads its partition.
    pub loading: bool,
}

/// A join or sync phase that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupWait {
    /// Until when at most.
    pub until: Instant,
    /// Members that have not come yet, by their ids.
    pub missing: Vec<Name>,
    /// Ids that were handed out and not used yet (MEMBER_ID_REQUIRED).
    pub pending: usize,
    /// `group.initial.rebalance.delay.ms` runs, and more members may still come.
    pub initial_delay: bool,
}

/// One member as its coordinator knows it, and as it knows itself.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberView {
    pub id: Name,
    /// The machine that it runs on, while it is there.
    pub node: Option<i32>,
    /// `client.id`.
    pub client: Name,
    pub instance: Option<Name>,
    pub leads: bool,
    /// What it is doing, in its own words: `Stable`, `Joining`, `Reconciling`, `Processing`, `Left`…
    pub state: Doings,
    /// What it reads now.
    pub owned: Vec<TopicPartition>,
    /// What it shall own.
    pub target: Vec<TopicPartition>,
    /// KIP-848: its own epoch.
    pub epoch: Option<i32>,
    /// Until its coordinator gives it up.
    pub session_left_ms: Option<i64>,
    /// Until its own heartbeat thread leaves because `poll()` was not called (`max.poll.interval.ms`).
    pub poll_left_ms: Option<i64>,
    /// The latest error that it was told, by its Kafka name, and when.
    pub last_error: Option<(Instant, String)>,
    /// The call that asks for offsets and has not returned.
    pub call: Option<CallWait>,
}

/// A call of an application that blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallWait {
    pub call: Call,
    /// Since it was called, and until it throws TimeoutException (`default.api.timeout.ms`).
    pub waited_ms: i64,
    pub left_ms: i64,
    /// Partitions that have their answer, of so many.
    pub answered: usize,
    pub partitions: usize,
}

/// What a member is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doings {
    Polling,
    Processing,
    /// Inside a call that asks for offsets, neither in `poll()` nor at work.
    Calling,
    Joining,
    Syncing,
    /// KIP-848: gives up, or waits for, partitions.
    Reconciling,
    /// It has left by itself because `poll()` came too late.
    LeftTooSlow,
    Fenced,
    /// Its process does not run; the coordinator does not know yet.
    Gone,
    /// Its application has closed it, and its process has ended.
    Closed,
}

/// How far a group is in one partition.
#[derive(Clone, Debug, PartialEq)]
pub struct LagLine {
    pub partition: TopicPartition,
    /// The member's machine.
    pub owner: Option<i32>,
    pub log_start: Offset,
    /// The high watermark.
    pub end: Offset,
    pub committed: Option<Offset>,
    pub position: Option<Offset>,
    /// `end` − `committed`; `None` without a committed offset (the tool prints `-`).
    pub lag: Option<i64>,
    /// How old the first record is that is not committed; `None` when there is none.
    pub lag_ms: Option<i64>,
    /// Lag over time: the latest points, oldest first.
    pub history: Vec<(Instant, i64)>,
    /// Records that were handed to a member of the group more than once since the beginning.
    pub delivered_twice: u64,
    /// Records below the committed offset that no member was ever given.
    pub skipped: u64,
}

/// One rebalance: from the moment at which the group stopped being stable to the moment at which it was again. A
/// cooperative one may have two rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct RebalanceView {
    pub from: Instant,
    /// `None` while it goes on.
    pub to: Option<Instant>,
    /// The generation (group epoch) before and the latest one.
    pub generations: (i32, i32),
    pub cause: Cause,
    /// What made it, to go there.
    pub entry: Option<Seq>,
    pub rows: Vec<MoveRow>,
    pub cost: RebalanceCost,
}

/// Why a rebalance began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A member came.
    Joined {
        member: Name,
    },
    /// A member said goodbye.
    Left {
        member: Name,
    },
    /// A member was not heard of for its session timeout, or did not rejoin in time.
    Removed {
        member: Name,
    },
    /// A member wants other topics, or a topic has more partitions.
    Subscription,
    /// A new coordinator took over.
    FailOver,
    Unknown,
}

/// What one member had and has.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveRow {
    pub node: i32,
    pub client: Name,
    /// It was not in the group before.
    pub new: bool,
    /// It is not in the group after.
    pub gone: bool,
    pub before: Vec<TopicPartition>,
    pub after: Vec<TopicPartition>,
}

/// What a rebalance cost, counted in this run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RebalanceCost {
    /// Generations (target assignments) that were needed.
    pub rounds: u32,
    /// Partitions that were taken from a member, the ones that it got back included.
    pub revoked: u32,
    /// Partitions that have another owner after than before.
    pub moved: u32,
    /// Partitions that never stopped being owned by the same member.
    pub kept: u32,
    /// The longest time for which a partition had no owner.
    pub longest_pause_ms: i64,
    /// All such times, summed over partitions.
    pub paused_ms: i64,
    pub delivered_twice: u64,
}

/// The sequence chart: real requests between the members and the coordinator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    pub from: Instant,
    pub to: Instant,
    /// The coordinator first (there are two when it moved), then the members in the order in which they came.
    pub columns: Vec<Column>,
    pub bands: Vec<Band>,
    pub lines: Vec<ChartLine>,
    /// Heartbeats without an error that were left out.
    pub quiet: u32,
    /// Lines before `from` that had no room.
    pub earlier: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub node: i32,
    pub name: Name,
    pub coordinator: bool,
    pub leads: bool,
    /// It joined within the chart.
    pub new: bool,
    pub gone: bool,
}

/// A state of the group, from one moment to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    pub from: Instant,
    /// `None` = it still is.
    pub to: Option<Instant>,
    pub state: GroupState,
    pub generation: i32,
}

/// One request or answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartLine {
    /// The journal entry of its departure: opening it decodes the message.
    pub entry: Seq,
    pub sent: Instant,
    /// `None` while it travels, or when it never came.
    pub arrived: Option<Instant>,
    pub from: i32,
    pub to: i32,
    pub api: Api,
    pub response: bool,
    /// The error of an answer, by its Kafka name.
    pub error: Option<String>,
    /// What its receiver took because of it.
    pub took: Vec<TopicPartition>,
    /// What its receiver gave up because of it; of a request: what its sender gave up before it.
    pub gave_up: Vec<TopicPartition>,
}

/// Who read one partition when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    pub partition: TopicPartition,
    /// In order, without gaps between `Chart::from` and `Chart::to`; `None` = nobody.
    pub spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub node: Option<i32>,
    pub from: Instant,
    pub to: Instant,
}
