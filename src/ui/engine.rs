//! The engine as the page holds it: a timeline, and the lanes that follow its journal.

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::lab::Act;
use crate::lab::ActError;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Progress;
use crate::lab::Recorded;
use crate::lab::Recording;
use crate::lab::Side;
use crate::lab::Timeline;
use crate::lab::Twin;
use crate::lab::World;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Value;
use crate::lesson::first;
use crate::lesson::probe;
use crate::lesson::stage;
use crate::ui::telling::Deed;
use crate::view::ClusterView;
use crate::view::Comparison;
use crate::view::GroupView;
use crate::view::Groups;
use crate::view::Happened;
use crate::view::Lanes;
use crate::view::Life;
use crate::view::LifeStage;
use crate::view::MessageView;
use crate::view::MomentView;
use crate::view::Past;
use crate::view::TimelineView;
use crate::view::TwinView;
use crate::view::Why;

/// How many entries the engine runs before it asks whether there is time for more. With thousands of partitions an entry
/// takes a tenth of a millisecond in a browser, and a frame must not wait for many of them.
const SLICE: u64 = 16;
/// How many moments "What just happened" keeps that matter, however fast time runs: as many as a reader can take in.
const MATTERS: usize = 5;
/// How many of records that are gone it keeps beside them.
const GRAVE: usize = 2;
/// How many others it tells, and how far back it looks for them.
const OTHERS: usize = 2;
const NEWS_BACK: u64 = 20_000;
/// A beat is looked for this far, in entries.
const BEAT_MAX: u64 = 20_000;

/// Where acts are kept before they are applied.
pub type Keeper = Option<Box<dyn Fn(&Recording)>>;

/// What the history of a world takes, and how far back it goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Of [`MEMORY_MAX`](crate::lab::MEMORY_MAX), in MB.
    pub taken_mb: u64,
    /// What was before is let go.
    pub begin: Instant,
    pub branches: usize,
    /// The older half goes by itself when there is no room.
    pub goes: bool,
}

/// See the module.
pub struct Engine {
    timeline: Timeline,
    lanes: Lanes,
    groups: Groups,
    /// Those of the world that is not looked at.
    other_groups: Groups,
    /// The branch that the lanes follow.
    followed: usize,
    /// The entries that matter, and those of records that are gone, up to the one that was read last.
    matters: (u64, [Vec<u64>; 2]),
    /// The acts that are not the reader's: how the world began, and the run that was prepared.
    given: Vec<Recorded>,
    /// The record that is followed.
    life: Option<Life>,
    /// Memory has met its bound.
    full: bool,
    keep: Keeper,
    /// The second world, while there are two.
    twin: Option<(Twin, Comparison)>,
}

/// A world on the way to the moment of its recording. It is played from its beginning, which may take as long as a cup of
/// tea: whoever opens it says meanwhile how far it is.
pub struct Opening {
    timeline: Timeline,
    recording: Recording,
}

impl Opening {
    pub fn of(recording: Recording) -> Self {
        let mut timeline = Timeline::open(&recording);
        // A world that was played for hours comes to its moment, with as much of its past as there is room for.
        timeline.let_history_go(true);
        Self { timeline, recording }
    }

    /// Plays on while `go_on` says yes. `true` when the moment is reached, or when the world itself has no more room.
    pub fn play(&mut self, go_on: &dyn Fn() -> bool) -> bool {
        loop {
            if self.timeline.play_to(self.recording.moment, SLICE) != Progress::More {
                return true;
            }
            if !go_on() {
                return false;
            }
        }
    }

    /// Where it is, and where it goes.
    pub fn way(&self) -> [Instant; 2] {
        [self.timeline.now(), self.recording.moment]
    }

    /// The world as far as it has come, and whether its digest agrees, if it has come to its moment.
    pub fn done(mut self) -> (Engine, bool) {
        self.timeline.let_history_go(false);
        let [now, moment] = self.way();
        let same = now < moment || self.recording.agrees(|| self.timeline.digest());
        let mut engine = Engine::over(self.timeline);
        // Whoever made it, the reader does not tell them apart from his own; only the first world began by itself.
        let first = first().acts;
        let alike = engine.given.iter().zip(&first).take_while(|(act, first)| act == first).count();
        engine.given.truncate(alike);
        (engine, same)
    }
}

impl Engine {
    /// A world that is there already.
    pub fn over(timeline: Timeline) -> Self {
        Self {
            given: timeline.branch().acts.clone(),
            timeline,
            lanes: Lanes::default(),
            groups: Groups::default(),
            other_groups: Groups::default(),
            followed: 0,
            matters: Default::default(),
            life: None,
            full: false,
            keep: None,
            twin: None,
        }
    }

    /// A world that a scene describes, at the moment at which it is first seen.
    pub fn begin(scene: &Scene) -> Self {
        Self::over(stage(scene))
    }

    /// Where acts are kept before they are applied.
    pub fn keep_with(&mut self, keep: impl Fn(&Recording) + 'static) {
        self.keep = Some(Box::new(keep));
    }

    pub fn take_keeper(&mut self) -> Keeper {
        self.keep.take()
    }

    pub fn give_keeper(&mut self, keep: Keeper) {
        self.keep = keep;
    }

    pub const fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// As [`plan`](Self::plan), of a run that was prepared for the reader.
    pub fn plan_given(&mut self, acts: impl IntoIterator<Item = (u64, Act)>) {
        self.plan(acts);
        self.given.clone_from(&self.timeline.branch().acts);
    }

    /// Records acts that will be done when their time has come, counted in ms from the playhead.
    pub fn plan(&mut self, acts: impl IntoIterator<Item = (u64, Act)>) {
        self.timeline.plan(acts.into_iter().map(|(after, act)| (Duration::from_millis(after), act)));
    }

    pub const fn world(&self) -> &World {
        self.timeline.world()
    }

    /// What a `why` is answered from.
    pub fn past(&self) -> Past<'_> {
        Past { world: self.world(), journal: self.journal(), acts: &self.timeline.branch().acts }
    }

    /// Everything that happened in this branch, also after the playhead.
    pub fn journal(&self) -> &Journal {
        self.timeline.journal()
    }

    /// The latest moment that was played on this branch.
    pub fn end(&self) -> Instant {
        self.timeline.branch().end.max(self.timeline.now())
    }

    /// Whether it cannot go on because memory has met its bound.
    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// What history takes, and how far back it goes.
    pub fn room(&self) -> Room {
        Room {
            taken_mb: self.timeline.memory().total() >> 20,
            begin: self.timeline.begin(),
            branches: self.timeline.branches().len(),
            goes: self.timeline.lets_history_go(),
        }
    }

    /// Lets the older half of the history go, now and whenever memory has met its bound again. `false`: there are other
    /// branches, or what is full is not history.
    pub fn let_history_go(&mut self) -> bool {
        self.timeline.let_history_go(true);
        self.timeline.let_older_half_go()
    }

    /// Runs up to a moment while `go_on` says yes; tells which moment was reached.
    pub fn run_to(&mut self, to: Instant, go_on: &dyn Fn() -> bool) -> Instant {
        self.full = false;
        loop {
            let progress = match &mut self.twin {
                Some((twin, _)) => twin.play_to(&mut self.timeline, to, SLICE),
                None => self.timeline.play_to(to, SLICE),
            };
            match progress {
                Progress::Reached => break,
                Progress::More if go_on() => {}
                Progress::More => break,
                Progress::Full => {
                    self.full = true;
                    break;
                }
            }
        }
        self.timeline.now()
    }

    /// Does what a person wants, after it was kept.
    ///
    /// # Errors
    /// Why not; nothing is changed then.
    pub fn act(&mut self, act: Act) -> Result<(), ActError> {
        self.act_in(act, true)
    }

    /// As [`act`](Self::act); while there are two worlds, in both or only in the one that is looked at.
    ///
    /// # Errors
    /// Why not; nothing is changed then.
    pub fn act_in(&mut self, act: Act, both: bool) -> Result<(), ActError> {
        self.timeline.world().check(&act)?;
        if let Some(keep) = &self.keep {
            keep(&self.timeline.recording_before(&act));
        }
        match &mut self.twin {
            Some((twin, _)) => twin.act(&mut self.timeline, &act, both),
            None => self.timeline.act(act),
        }
    }

    /// Keeps the world and the moment as they are.
    pub fn keep_now(&self) {
        if let Some(keep) = &self.keep {
            keep(&self.timeline.recording());
        }
    }

    /// Keeps bytes that acts may refer to.
    pub fn keep_blob(&mut self, bytes: bytes::Bytes) -> crate::lab::BlobId {
        self.timeline.keep_blob(bytes)
    }

    /// Goes to a moment, back or forth.
    pub fn seek(&mut self, to: Instant) {
        match &mut self.twin {
            Some((twin, _)) => twin.seek(&mut self.timeline, to),
            None => self.timeline.seek(to),
        }
    }

    /// How things stand: who moves the clock, or acts, in between is found out by it.
    pub fn stand(&self) -> (usize, Instant, u64, usize) {
        (self.branch(), self.timeline.now(), self.world().seq(), self.timeline.branch().acts.len())
    }

    /// Makes a second world here: B with these acts, A without them. `both` is what then happens in each of them.
    ///
    /// # Errors
    /// Why an act cannot be done; there is one world then, as before.
    pub fn begin_twin(&mut self, change: &[Act], both: Vec<(Duration, Act)>) -> Result<(), ActError> {
        (self.twin, self.other_groups) = (None, Groups::default());
        for act in change {
            self.timeline.world().check(act)?;
        }
        if !both.is_empty() {
            self.timeline.plan(both);
        }
        let twin = Twin::begin(&mut self.timeline, change)?;
        let comparison = Comparison::begin(&twin, &self.timeline);
        self.twin = Some((twin, comparison));
        Ok(())
    }

    /// A further world from the moment at which the two parted, with the acts that `change` finds for it there; it is B
    /// from now on, and the B of before plays along. `false`, and nothing is changed, when there are no such acts.
    ///
    /// # Errors
    /// Why an act cannot be done; the clock stands as before.
    pub fn add_way(&mut self, change: impl FnOnce(&World) -> Option<Vec<Act>>) -> Result<bool, ActError> {
        let Some((twin, _)) = &mut self.twin else { return Ok(false) };
        let (now, focus) = (self.timeline.now(), twin.focus());
        twin.choose(&mut self.timeline, Side::A);
        twin.seek(&mut self.timeline, twin.from().1);
        let added = match change(self.timeline.world()) {
            Some(acts) => twin.add(&mut self.timeline, &acts).map(|()| true),
            None => Ok(false),
        };
        if added != Ok(true) {
            twin.seek(&mut self.timeline, now);
            twin.choose(&mut self.timeline, focus);
        }
        self.other_groups = Groups::default();
        added
    }

    /// Draws a world that plays along, as B.
    pub fn draw_way(&mut self, way: usize) {
        if let Some((twin, _)) = &mut self.twin {
            twin.exchange(&mut self.timeline, way);
            self.other_groups = Groups::default();
        }
    }

    /// One world again: the one that is looked at. The other is kept among the branches.
    pub fn end_twin(&mut self) {
        self.twin = None;
    }

    /// Looks at this one of the two worlds.
    pub fn choose(&mut self, side: Side) {
        if let Some((twin, _)) = &mut self.twin {
            twin.choose(&mut self.timeline, side);
            self.other_groups = Groups::default();
        }
    }

    /// The world that is not looked at, while there are two; see [`cluster`](Self::cluster).
    pub fn other_cluster(&mut self, span: Duration, last: &ClusterView) -> Option<ClusterView> {
        let (twin, _) = self.twin.as_ref()?;
        let side = twin.focus().other();
        let (world, journal) = (twin.world(&self.timeline, side), twin.journal(&self.timeline, side));
        Some(picture(world, journal, &mut self.other_groups, span, last))
    }

    /// What differs between the two worlds, while there are two.
    pub fn compare(&mut self) -> Option<TwinView> {
        let (twin, comparison) = self.twin.as_mut()?;
        Some(comparison.look(twin, &self.timeline))
    }

    fn bring_the_other(&mut self) {
        if let Some((twin, _)) = &mut self.twin {
            twin.follow(&mut self.timeline);
        }
    }

    /// Goes to just after the event that wrote this journal entry.
    pub fn seek_entry(&mut self, entry: u64) {
        self.timeline.seek_entry(entry);
        self.bring_the_other();
    }

    /// Why an entry of the journal happened, asked of the world just before it.
    pub fn why_of(&self, entry: u64) -> Option<Why> {
        let (before, after) = self.timeline.around(entry)?;
        Past { world: &before, ..self.past() }.of_entry(entry, &after)
    }

    /// The message whose departure this entry is, read from the world just after it; the playhead stays.
    pub fn message(&self, entry: u64) -> Option<MessageView> {
        let Kind::Sent { flight, .. } = self.journal().get(entry)?.kind else { return None };
        let (_, after) = self.timeline.around(entry)?;
        MessageView::of(&after, u64::from(flight))
    }

    /// The life of a record on this branch, as far as it was played.
    pub fn life(&mut self, partition: &TopicPartition, offset: Offset) -> Vec<LifeStage> {
        let same = |life: &Life| life.partition == *partition && life.offset == offset;
        if !self.life.as_ref().is_some_and(same) {
            self.life = Some(Life::new(partition.clone(), offset));
        }
        let life = self.life.as_mut().expect("it was just set");
        life.follow(self.timeline.journal(), self.timeline.world());
        life.stages.clone()
    }

    /// Goes to the next or the last event, or beat.
    pub fn step(&mut self, forward: bool, beat: bool) {
        self.step_here(forward, beat);
        self.bring_the_other();
    }

    fn step_here(&mut self, forward: bool, beat: bool) {
        if !beat {
            if forward {
                self.timeline.step_forward();
            } else {
                self.timeline.step_back();
            }
            return;
        }
        if forward {
            let start = self.world().seq();
            while self.timeline.step_forward() && self.world().seq() < start + BEAT_MAX {
                let here = self.world().seq();
                if self.is_beat(here) {
                    return;
                }
            }
            return;
        }
        let here = self.world().seq();
        let found = (here.saturating_sub(BEAT_MAX).max(1)..here).rev().find(|seq| self.is_beat(*seq));
        if let Some(seq) = found {
            self.timeline.seek_entry(seq);
        }
    }

    fn is_beat(&self, seq: u64) -> bool {
        let entry = self.journal().get(seq);
        entry.and_then(|entry| Happened::of(entry, self.world().names())).is_some_and(|h| h.is_beat())
    }

    /// The branches: for each the moment at which it was forked.
    pub fn branches(&self) -> Vec<Option<Instant>> {
        let branches = self.timeline.branches();
        let forked = |parent: Option<(usize, u64)>| {
            let (parent, seq) = parent?;
            Some(branches[parent].journal.get(seq).map_or(Instant::ZERO, |entry| entry.at))
        };
        branches.iter().map(|branch| forked(branch.parent)).collect()
    }

    pub const fn branch(&self) -> usize {
        self.timeline.current()
    }

    /// Goes to another branch: to one world, where there were two.
    pub fn switch(&mut self, branch: usize) {
        self.twin = None;
        self.timeline.switch(branch);
    }

    /// Forgets the other branches, with the second world where there is one.
    pub fn drop_other_branches(&mut self) {
        self.twin = None;
        self.timeline.drop_other_branches();
    }

    /// The act of this number, as it is told.
    pub fn deed(&self, number: u32) -> Option<Deed> {
        Deed::of(&self.timeline.branch().acts, &self.given, number as usize)
    }

    /// The acts of the branch that is shown, oldest first; those behind the world's moment among them.
    pub fn acts(&self) -> impl Iterator<Item = &Recorded> {
        self.timeline.branch().acts.iter()
    }

    pub fn recording(&self) -> Recording {
        self.timeline.recording()
    }

    pub fn digest(&self) -> u64 {
        self.timeline.digest()
    }

    /// What a probe reads of the world at the playhead.
    ///
    /// # Errors
    /// A sentence that says which probes there are, or what one takes.
    pub fn probe(&self, text: &str) -> Result<Value, String> {
        probe::read(&Ran::since(&self.timeline, 0, Instant::ZERO), text)
    }

    /// Forgets what was read from another branch.
    fn follow_branch(&mut self) {
        if self.followed != self.timeline.current() {
            (self.lanes, self.groups) = Default::default();
            self.followed = self.timeline.current();
            (self.matters, self.life) = Default::default();
        }
    }

    /// The cluster at the playhead, with what is on its way in groups, or has arrived within the last `span`. What is as
    /// it was in the `last` picture is shared with it.
    pub fn cluster(&mut self, span: Duration, last: &ClusterView) -> ClusterView {
        self.follow_branch();
        let (world, journal) = (self.timeline.world(), self.timeline.journal());
        picture(world, journal, &mut self.groups, span, last)
    }

    /// A consumer group at the playhead.
    pub fn group(&mut self, name: &str) -> Option<GroupView> {
        self.follow_branch();
        self.groups.view(self.timeline.world(), self.timeline.journal(), name, None)
    }

    /// The timeline's lanes and what just happened, newest first.
    pub fn tell(&mut self) -> (TimelineView, Vec<MomentView>) {
        self.follow_branch();
        let branch = self.timeline.branch();
        let world = self.timeline.world();
        let act_of = |number: u32| branch.acts.get(number as usize).map(|recorded| recorded.act.clone());
        self.lanes.follow(&branch.journal, world.names(), &act_of);
        for (seq, entry) in branch.journal.iter_from(self.matters.0 + 1) {
            if let Some(happened) = Happened::of(entry, world.names()).filter(Happened::matters) {
                self.matters.1[usize::from(happened.is_grave())].push(seq);
            }
            self.matters.0 = seq;
        }
        let last = world.seq();
        let told = |seq: u64| MomentView::of(seq, branch.journal.get(seq)?, world.names());
        let latest = |seqs: &'_ [u64], most: usize| -> Vec<MomentView> {
            let known = seqs.partition_point(|seq| *seq <= last);
            seqs[known.saturating_sub(most)..known].iter().filter_map(|seq| told(*seq)).collect()
        };
        let [matters, grave] = &self.matters.1;
        let matters = latest(matters, MATTERS).into_iter().chain(latest(grave, GRAVE));
        let mut cleaned = None;
        let others =
            (last.saturating_sub(NEWS_BACK).max(1)..=last).rev().filter_map(told).filter(
                |moment| match moment.happened {
                    // One check of retention takes many segments: the newest of them stands for all.
                    Happened::SegmentDeleted { broker, .. } => {
                        cleaned.replace((moment.at, broker)) != Some((moment.at, broker))
                    }
                    _ => moment.happened.is_daily(),
                },
            );
        let mut news: Vec<MomentView> = matters.chain(others.take(OTHERS)).collect();
        news.arrange_by_key(|moment| std::cmp::Reverse(moment.entry));
        (self.lanes.view(), news)
    }
}

fn picture(
    world: &World,
    journal: &Journal,
    groups: &mut Groups,
    span: Duration,
    last: &ClusterView,
) -> ClusterView {
    let mut view = ClusterView::after(world, last);
    groups.mark(world, journal, &mut view, span);
    view
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::lesson::first;

    #[test]
    fn a_frame_never_waits_for_many_entries() {
        let mut engine = Engine::begin(&first());
        let asked = Cell::new(0);
        let (before, until) = (engine.world().seq(), engine.world().now() + Duration::from_secs(2));
        engine.run_to(until, &|| {
            asked.set(asked.get() + 1);
            true
        });
        let entries = engine.world().seq() - before;
        assert!(
            entries > 500 && asked.get() * 32 >= entries,
            "{entries} entries, asked {} times",
            asked.get()
        );
        let (before, until) = (engine.world().seq(), engine.world().now() + Duration::from_secs(2));
        assert!(engine.run_to(until, &|| false) < until, "there is no time");
        assert!(engine.world().seq() - before <= 32, "an event is not cut in two");
    }
}
