use std::rc::Rc;

use super::Asked;
use super::Desk;
use super::keys::Wish;
use super::state::Dialog;
use super::state::LogFocus;
use super::state::Screen;
use super::state::Shared;
use super::state::Sheet;
use super::state::Tone;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::lab::Act;
use crate::ui::engine::Opening;
use crate::ui::stage::Thing;
use crate::ui::words as w;
use crate::view::BrokerView;
use crate::view::ClusterView;
use crate::view::FlowView;
use crate::view::LifeStage;
use crate::view::ReplicaView;
use crate::view::Role;

/// The longest step of the reader's time in one frame, in ms: after a pause of the browser time does not jump.
const LONGEST_FRAME: f64 = 100.0;
/// Components look again at most this often while time runs, in ms.
const TELL_EVERY: f64 = 100.0;
/// With more consumers than this, the picture of their group is taken in a frame of its own, and every component draws
/// itself in one of its own: those of a hundred members do not go into one frame with the engine and the stage.
const CROWD: usize = 40;
/// What a flow is counted over, in the reader's ms.
const FLOW_MS: f64 = 120.0;
/// How long a partition glides to its new owner, in milliseconds of the reader's time.
const GLIDE_MS: f64 = 600.0;
/// In a picture that stands still, or that comes later than the asked speed wants it, only what changed hands so recently, in
/// ms of the world, is on its way.
const STILL_MS: f64 = 2_000.0;

/// The shortest time in ms that a frame is taken for: two callbacks in a row are no burst of records.
const SHORTEST_MS: f64 = 8.0;
/// How much of a frame goes into the mean growth: little enough that one batch in one frame changes nothing.
const PACE_SHARE: f64 = 0.025;
/// Cells a frame above which they stand for more, and below which for less.
const MOST_CELLS: f64 = 0.6;
const FEWEST_CELLS: f64 = 0.03;

/// What a frame is for. Where there is no crowd, it is for everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The engine moves on, and the stage is painted; then the components behind this one have their turn, if any.
    Time(Option<u64>),
    /// The picture of the group is taken.
    Group,
    /// The next component behind this one draws itself.
    Component(u64),
}

impl Default for Turn {
    fn default() -> Self {
        Self::Time(None)
    }
}

impl Desk {
    /// Moves on by a frame and paints it. `time` is the browser's; `in_budget` says whether the engine may go on.
    /// True while another frame is wanted.
    pub fn frame(&self, time: f64, in_budget: &dyn Fn() -> bool) -> bool {
        let waiting = match self.0.next_frame.take() {
            Turn::Time(waiting) => waiting,
            Turn::Group => {
                // Kept until the components ask.
                _ = self.group();
                self.0.next_frame.set(Turn::Component(0));
                return true;
            }
            Turn::Component(last) => {
                let drawn = self.tell_one(last);
                if drawn.is_none() {
                    self.settle();
                }
                self.0.next_frame.set(Turn::Time(drawn));
                return true;
            }
        };
        let last = self.0.last_frame.replace(time);
        let ms = (time - last).clamp(0.0, LONGEST_FRAME);
        let ran = self.read(|page| page.clock.playing);
        if ran {
            self.run(ms, in_budget);
        }
        let mut moves = ran;
        let painters: Vec<_> = self.0.painters.borrow().iter().map(|(_, p)| Rc::clone(p)).collect();
        let page = self.0.page.borrow();
        for painter in painters {
            moves |= painter(&page, ms);
        }
        drop(page);
        if let Some(last) = waiting {
            self.0.next_frame.set(Turn::Component(last));
            moves = true;
        } else if ran && time - self.0.last_told.get() >= TELL_EVERY {
            self.0.last_told.set(time);
            self.look_at_timeline();
            let (crowd, screen) = self.read(|page| (page.seen.cluster.consumers.len() > CROWD, page.screen));
            if crowd {
                let turn = if screen == Screen::Group { Turn::Group } else { Turn::Component(0) };
                self.0.next_frame.set(turn);
            } else {
                self.tell();
                self.settle();
            }
        }
        if !moves {
            // The next frame follows a pause, not this one.
            self.0.last_frame.set(f64::MAX);
        }
        moves
    }

    /// Runs the engine as far as the reader's time has gone.
    fn run(&self, ms: f64, in_budget: &dyn Fn() -> bool) {
        let (at, speed) = self.read(|page| (page.clock.at, page.clock.speed));
        let until = self.read(|page| page.run.map_or(f64::MAX, |run| run.until.0 as f64));
        let target = (at + ms * 1000.0 * speed.times()).min(until);
        let reached = self.0.engine.borrow_mut().run_to(Instant(target as u64), in_budget);
        let full = self.engine(super::Engine::is_full);
        let mut page = self.0.page.borrow_mut();
        // Between two events the playhead has fractions that the engine does not know.
        let behind = reached < Instant(target as u64);
        page.clock.at = if behind { reached.0 as f64 } else { target };
        let share = (page.clock.at - at) / (target - at).max(1e-9);
        page.clock.lag = behind.then_some(share);
        if full {
            page.clock.playing = false;
            page.dialog = Some(Dialog::Room);
        }
        drop(page);
        self.look(ms);
        if full {
            self.tell();
        }
        if self.read(|page| page.clock.at >= until) {
            self.settle();
        }
    }

    /// Takes the picture of the cluster at the playhead.
    fn look(&self, ms: f64) {
        let glide = self.read(|page| {
            let keeps_up = page.clock.playing && page.clock.lag.is_none();
            let most = if keeps_up { f64::INFINITY } else { STILL_MS };
            (GLIDE_MS * page.clock.speed.times()).min(most) * 1000.0
        });
        let glide = Duration::from_micros(glide as u64);
        let (last, last_other) = self.read(|page| (page.seen.cluster.clone(), page.seen.other.clone()));
        let cluster = self.0.engine.borrow_mut().cluster(glide, &last);
        let other = self.0.engine.borrow_mut().other_cluster(glide, &last_other);
        let engine = self.0.engine.borrow();
        let mut page = self.0.page.borrow_mut();
        if page.clock.playing && page.clock.speed.shows_flows() {
            let span = FLOW_MS * 1000.0 * page.clock.speed.times();
            let since = Instant((page.clock.at - span).max(0.0) as u64);
            page.seen.flows = Shared::new(FlowView::between(engine.journal(), since, cluster.now));
        } else if !page.seen.flows.is_empty() {
            page.seen.flows = Shared::default();
        }
        if let Some(answer) = &cluster.answer
            && page.seen.cluster.answer.as_ref().is_some_and(|old| old.number < answer.number)
            && let Some(error) = &answer.error
        {
            let text = match &answer.message {
                Some(message) => format!("{error}: {message}"),
                None => error.clone(),
            };
            page.notice = Some(super::Notice { text, tone: Tone::Bad });
        }
        if page.clock.playing {
            // As if every frame were as long as at 60 frames a second.
            let grown = growth(&page.seen.cluster, &cluster) as f64 * 16.7 / ms.max(SHORTEST_MS);
            page.pace += (grown - page.pace) * PACE_SHARE;
            page.unit = unit_for(page.pace, page.unit);
        } else {
            (page.pace, page.unit) = (0.0, 1);
        }
        page.seen.cluster = Shared::new(cluster);
        if let Some(other) = other {
            page.seen.other = Shared::new(other);
        }
    }

    /// Takes the pictures that change slowly: the timeline and what just happened.
    fn look_at_timeline(&self) {
        let mut engine = self.0.engine.borrow_mut();
        let (timeline, news) = engine.tell();
        let room = engine.room();
        let twin = engine.compare();
        let mut page = self.0.page.borrow_mut();
        page.seen.timeline = Shared::new(timeline);
        page.seen.room = room;
        if page.seen.twin.as_deref() != twin.as_ref() {
            page.seen.twin = twin.map(Shared::new);
        }
        if *page.seen.news != news {
            page.seen.news = Shared::new(news);
        }
    }

    /// Takes all pictures anew and tells everybody.
    pub fn look_again(&self) {
        let now = self.engine(|engine| engine.world().now());
        self.0.page.borrow_mut().clock.at = now.0 as f64;
        self.look(16.7);
        self.look_at_timeline();
        self.tell();
    }

    /// Stops time and goes to a moment, back or forth.
    pub fn seek(&self, to: Instant) {
        let to = self.stop_for(to);
        self.0.engine.borrow_mut().seek(to);
        self.look_again();
        self.settle();
        if self.engine(|engine| engine.timeline().now()) < to {
            self.open(Dialog::Room);
        }
    }

    /// Stops time, to go to a moment; the moment, or the end of a lesson's run when that is before it.
    pub(super) fn stop_for(&self, to: Instant) -> Instant {
        self.0.page.borrow_mut().clock.playing = false;
        self.read(|page| page.run.map_or(to, |run| run.until.min(to)))
    }

    /// Stops time and goes to just after the event that wrote this journal entry.
    pub fn seek_entry(&self, entry: u64) {
        let at = self.engine(|engine| engine.journal().get(entry).map(|line| line.at));
        if let Some(at) = at.filter(|at| self.read(|page| page.run.is_some_and(|run| run.until < *at))) {
            return self.seek(at);
        }
        self.0.page.borrow_mut().clock.playing = false;
        self.0.engine.borrow_mut().seek_entry(entry);
        self.look_again();
        self.settle();
    }

    /// Follows a record: the rest dims, and its life is told.
    pub fn follow(&self, record: Option<(TopicPartition, i64)>) {
        self.change(|page| page.followed = record);
    }

    /// The life of the record that is followed.
    pub fn life(&self) -> Vec<LifeStage> {
        let followed = self.read(|page| page.followed.clone());
        let life = |(partition, offset)| self.0.engine.borrow_mut().life(&partition, offset);
        followed.map(life).unwrap_or_default()
    }

    /// Opens a why, where it is seen.
    pub fn ask_why(&self, asked: Asked) {
        self.change(|page| {
            page.asked = asked;
            page.taste.right = true;
            if matches!(page.screen, Screen::Cluster | Screen::Group) {
                page.taste.sheet = Some(Sheet::Right);
            }
        });
    }

    /// Does what a person wants, or says why not.
    pub fn act(&self, act: Act) -> bool {
        match self.try_act(act) {
            Ok(()) => {
                self.change(|page| page.notice = None);
                true
            }
            Err(error) => {
                self.say(Tone::Bad, error.to_string());
                false
            }
        }
    }

    /// As [`act`](Self::act), for a form that shows the refusal itself.
    ///
    /// # Errors
    /// Why not; nothing is changed then.
    pub fn try_act(&self, act: Act) -> Result<(), crate::lab::ActError> {
        self.must_wait()?;
        let both = self.read(|page| !page.one_world);
        self.0.engine.borrow_mut().act_in(act, both)?;
        self.look_again();
        self.settle();
        Ok(())
    }

    /// Lets these acts happen when their time has come, in ms from the playhead. What the reader does before that leaves
    /// the rest of the plan behind.
    pub fn plan(&self, acts: Vec<(u64, Act)>) {
        let language = self.read(|page| page.taste.language);
        if self.read(|page| page.seen.twin.is_some()) {
            return self.say(Tone::Bad, w::PLAN_ONE_WORLD.of(language));
        }
        if let Err(error) = self.must_wait() {
            return self.say(Tone::Bad, error.to_string());
        }
        let count = acts.len();
        {
            let mut engine = self.0.engine.borrow_mut();
            engine.plan(acts);
            engine.keep_now();
        }
        self.look_again();
        self.settle();
        self.say(Tone::Good, w::PLANNED_N.with(language, &[&count]));
    }

    /// Keeps bytes that acts may refer to.
    pub fn keep_blob(&self, bytes: bytes::Bytes) -> crate::lab::BlobId {
        self.0.engine.borrow_mut().keep_blob(bytes)
    }

    /// Where acts are kept before they are applied.
    pub fn keep_with(&self, keep: impl Fn(&crate::lab::Recording) + 'static) {
        self.0.engine.borrow_mut().keep_with(keep);
    }

    /// Shows another world in the place of this one.
    pub fn replace(&self, opening: Opening) {
        self.go_home();
        let (engine, same) = opening.done();
        let keep = self.0.engine.borrow_mut().take_keeper();
        *self.0.engine.borrow_mut() = engine;
        self.0.engine.borrow_mut().give_keeper(keep);
        self.0.engine.borrow().keep_now();
        {
            let mut page = self.0.page.borrow_mut();
            page.clock.playing = false;
            (page.selected, page.notice, page.followed) = (None, None, None);
            page.asked = Asked::Nothing;
        }
        self.look_again();
        if !same {
            let language = self.read(|page| page.taste.language);
            self.say(Tone::Bad, crate::ui::words::OTHER_DIGEST.of(language));
        }
    }

    /// Opens one of the views.
    pub fn show(&self, screen: Screen) {
        self.change(|page| {
            page.screen = screen;
            page.clock.playing &= screen != Screen::Home;
        });
    }

    pub fn play(&self, playing: bool) {
        self.change(|page| page.clock.playing = playing);
    }

    /// Stops time where it is. A picture that stands still shows single records.
    fn pause(&self) {
        self.0.page.borrow_mut().clock.playing = false;
        self.look_again();
    }

    /// Lets the older half of the history go, now and whenever there is no room for more, and plays on.
    pub fn let_history_go(&self) {
        let went = self.0.engine.borrow_mut().let_history_go();
        self.look_again();
        if went {
            self.close();
            self.play(true);
        }
    }

    /// Forgets the other branches.
    pub fn drop_other_branches(&self) {
        self.0.engine.borrow_mut().drop_other_branches();
        self.look_again();
    }

    /// Shows another branch of the world's time.
    pub fn switch(&self, branch: usize) {
        if self.runs() {
            return;
        }
        self.0.page.borrow_mut().clock.playing = false;
        self.0.engine.borrow_mut().switch(branch);
        self.look_again();
    }

    fn step(&self, forward: bool, beat: bool) {
        self.0.page.borrow_mut().clock.playing = false;
        self.0.engine.borrow_mut().step(forward, beat);
        self.look_again();
        self.settle();
    }

    /// Does what a key asks for.
    pub fn grant(&self, wish: Wish) {
        match wish {
            Wish::PlayOrPause if self.read(|page| page.clock.playing) => self.pause(),
            Wish::PlayOrPause => self.play(true),
            Wish::Step { forward } => self.step(forward, false),
            Wish::Beat { forward } => self.step(forward, true),
            Wish::Start => self.seek(Instant::ZERO),
            Wish::End => {
                let end = self.engine(super::Engine::end);
                self.seek(end);
            }
            Wish::Speed(speed) => self.change(|page| page.clock.speed = speed),
            Wish::Fault => self.open(Dialog::Faults),
            Wish::Why => self.ask_why(match self.read(|page| page.asked) {
                Asked::Nothing => Asked::Thing(0),
                open => open,
            }),
            Wish::Bookmark => self.change(|page| {
                let at = Instant(page.clock.at as u64);
                if let Err(place) = page.clock.bookmarks.binary_search(&at) {
                    page.clock.bookmarks.insert(place, at);
                }
            }),
            Wish::Search => self.open(Dialog::Palette),
            Wish::Help => self.open(Dialog::Help),
            Wish::Escape => self.change(|page| {
                page.what_if = None;
                if page.dialog.take().is_none()
                    && page.notice.take().is_none()
                    && std::mem::take(&mut page.asked) == Asked::Nothing
                    && page.followed.take().is_none()
                {
                    page.selected = None;
                }
            }),
            Wish::Fit => {}
            Wish::FullScreen => crate::ui::browser::full_screen(),
            Wish::Blank => self.change(|page| page.blank = !page.blank),
            Wish::Turn { forward } => self.turn(forward),
            Wish::Enter => self.turn(true),
            Wish::Choose(choice) => self.draft(|draft| draft.choice = Some(choice)),
        }
    }

    pub fn open(&self, dialog: Dialog) {
        self.change(|page| page.dialog = Some(dialog));
    }

    pub fn close(&self) {
        self.change(|page| (page.dialog, page.what_if) = (None, None));
    }

    pub fn select(&self, thing: Option<Thing>) {
        self.change(|page| {
            if page.selected != thing && matches!(page.asked, Asked::Thing(_)) {
                page.asked = Asked::Nothing;
            }
            page.selected = thing;
            if page.selected.is_some() {
                page.taste.sheet = Some(Sheet::Right);
            }
        });
    }

    /// Opens the files of a replica.
    pub fn open_log(&self, broker: i32, partition: &TopicPartition, record: Option<i64>) {
        self.change(|page| {
            page.screen = Screen::Log;
            page.log = LogFocus {
                broker,
                partition: Some(partition.clone()),
                record,
                asked: record.map(|offset| (offset, false)),
                ..LogFocus::default()
            };
        });
    }
}

/// How many offsets the fastest log has grown by between two pictures. A leader that is the same in both has not.
fn growth(before: &ClusterView, after: &ClusterView) -> i64 {
    let of_broker = |broker: &Rc<BrokerView>| {
        let old = before.broker(NodeId(broker.id))?;
        let grown = |(at, leader): (usize, &Rc<ReplicaView>)| {
            let beside = old.replicas.get(at).filter(|it| it.partition == leader.partition);
            let was = beside.or_else(|| old.replica(&leader.partition))?;
            Some(leader.log_end - was.log_end)
        };
        let leaders = broker.replicas.iter().enumerate().filter(|(_, replica)| replica.role == Role::Leader);
        leaders.filter_map(grown).max()
    };
    after.brokers.iter().filter_map(of_broker).max().unwrap_or(0)
}

/// How many offsets a cell stands for: more when logs grow faster than a reader can follow. `pace` is the mean growth
/// in a frame.
fn unit_for(pace: f64, unit: i64) -> i64 {
    let unit = unit.max(1);
    let cells = pace / unit as f64;
    if cells > MOST_CELLS {
        unit * 10
    } else if unit > 1 && cells < FEWEST_CELLS {
        unit / 10
    } else {
        unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_log_gets_cells_that_stand_for_more_and_a_slow_one_single_records() {
        let settle = |pace: f64| (0..20).fold(1, |unit, _| unit_for(pace, unit));
        assert_eq!([settle(0.1), settle(3.0), settle(40.0)], [1, 10, 100]);
        assert_eq!((0..20).fold(1000, |unit, _| unit_for(0.0, unit)), 1);
    }
}
