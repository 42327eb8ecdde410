//! Lessons and questions on the desk: a world for them, locked answers, runs that end where they should.

mod run;

use super::Ask;
use super::Clock;
use super::Course;
use super::Desk;
use super::LogFocus;
use super::Run;
use super::Screen;
use super::Sheet;
use super::Source;
use super::Speed;
use super::Tail;
use crate::lab::Timeline;
use crate::lesson::LESSONS;
use crate::lesson::Lesson;
use crate::lesson::Look;
use crate::lesson::Play;
use crate::lesson::QUESTIONS;
use crate::lesson::Question;
use crate::lesson::Round;
use crate::lesson::Stand;
use crate::lesson::Task;
use crate::lesson::generate;
use crate::lesson::lesson;
use crate::lesson::stage;
use crate::lesson::walk;
use crate::ui::engine::Engine;
use crate::ui::lesson::words as w;
use crate::ui::stage::Thing;

/// Questions of earlier lessons at the end of one.
const EARLIER: usize = 2;

/// The reader's own world, put aside.
pub(super) struct Own {
    engine: Engine,
    clock: Clock,
    screen: Screen,
    selected: Option<Thing>,
    log: LogFocus,
}

impl Desk {
    /// Opens a lesson at a step, counted from 0. The reader's own world is put aside.
    pub fn open_lesson(&self, lesson: &'static Lesson, step: usize) {
        self.0.starts.borrow_mut().clear();
        self.change(|page| {
            let play = Play::new(lesson);
            page.course = Some(Course { play, tail: Tail::default(), hinted: false });
        });
        self.go_to_step(step);
    }

    /// Opens what an address asks for (`lesson=L01&step=2`).
    ///
    /// # Errors
    /// The sentence for the reader when there is no such lesson or step; nothing is changed then.
    pub fn open_address(&self, text: &str) -> Result<(), String> {
        let language = self.read(|page| page.taste.language);
        let field = |wanted: &str| {
            text.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == wanted)
        };
        let id = field("lesson").map_or("", |(_, id)| id);
        let Some(found) = lesson(id) else { return Err(w::NO_LESSON.with(language, &[&id])) };
        let step = field("step").map_or("1", |(_, step)| step);
        let wanted = step.parse::<usize>().ok().filter(|n| (1..=found.steps.len()).contains(n));
        let Some(number) = wanted else {
            return Err(w::NO_STEP.with(language, &[&id, &found.steps.len(), &step]));
        };
        self.open_lesson(found, number - 1);
        Ok(())
    }

    /// Puts a world on the stage in the place of the reader's own, which is kept.
    fn borrow_stage(&self, timeline: Timeline) {
        *self.0.start.borrow_mut() = Some(timeline.clone());
        let before = self.0.engine.replace(Engine::over(timeline));
        let mut own = self.0.own.borrow_mut();
        let mut page = self.0.page.borrow_mut();
        if own.is_none() {
            *own = Some(Own {
                engine: before,
                clock: page.clock.clone(),
                screen: page.screen,
                selected: page.selected.clone(),
                log: page.log.clone(),
            });
        }
        page.clock = Clock { playing: false, ..Clock::default() };
        (page.selected, page.hovered, page.notice, page.run) = (None, None, None, None);
        page.log = LogFocus::default();
    }

    /// Whether the world on the stage is not the reader's own.
    pub fn is_away(&self) -> bool {
        self.0.own.borrow().is_some()
    }

    /// The reader came here from the practice page.
    pub fn came_from_home(&self) -> bool {
        self.0.own.borrow().as_ref().is_some_and(|own| own.screen == Screen::Home)
    }

    /// Back to the reader's own world.
    pub fn go_home(&self) {
        if let Some(own) = self.0.own.borrow_mut().take() {
            *self.0.engine.borrow_mut() = own.engine;
            let mut page = self.0.page.borrow_mut();
            page.clock = Clock { playing: false, ..own.clock };
            (page.screen, page.selected, page.log) = (own.screen, own.selected, own.log);
            page.notice = None;
        }
        self.change(|page| (page.course, page.ask, page.run) = (None, None, None));
        self.0.starts.borrow_mut().clear();
        *self.0.start.borrow_mut() = None;
        self.look_again();
    }

    /// Goes to a step of the lesson, which begins in the world that the lesson gives it.
    pub fn go_to_step(&self, at: usize) {
        let Some(lesson) = self.read(|page| page.course.as_ref().map(|c| c.play.lesson)) else { return };
        let world = walk(lesson, at, &mut self.0.starts.borrow_mut());
        self.borrow_stage(world);
        let start = self.engine(|engine| (engine.world().seq(), engine.world().now()));
        self.change(|page| {
            let Some(course) = &mut page.course else { return };
            course.play.go(at);
            (course.hinted, course.tail) = (false, Tail::default());
            page.ask = course.play.round.clone().map(|round| Ask::new(Source::Step, round));
            let step = &lesson.steps[course.play.at];
            if let Task::Do { ms, .. } = step.task {
                // The learner works: time goes on.
                page.clock.speed = Speed::of_run(ms);
                page.clock.playing = true;
                page.run = Some(Run {
                    since: start.0,
                    began: start.1,
                    until: crate::kafka::base::Instant(u64::MAX),
                });
            }
            page.taste.left = true;
            page.taste.sheet = Some(Sheet::Left);
        });
        self.look_as(lesson.steps[at.min(lesson.steps.len() - 1)].look);
        self.look_again();
    }

    /// Shows what a step is about.
    fn look_as(&self, look: Look) {
        let thing = look.select.parse::<Thing>().ok();
        self.change(|page| {
            page.screen = match look.screen {
                "log" => Screen::Log,
                "cluster" => Screen::Cluster,
                "producer" => Screen::Producer,
                "group" => Screen::Group,
                _ if page.screen == Screen::Home => Screen::Cluster,
                _ => page.screen,
            };
            page.log.segment = None;
            if let Some(Thing::Producer(id)) = thing {
                page.producer.node = id;
            }
            if let Some((node, partition)) = thing.as_ref().and_then(|t| Some((t.node()?, t.partition()?))) {
                (page.log.broker, page.log.partition) = (node, Some(partition.clone()));
                page.log.record = match thing {
                    Some(Thing::Record(_, _, offset)) => Some(offset),
                    _ => None,
                };
            }
            page.selected = thing;
        });
    }

    /// Asks a question in a world of its own.
    pub fn ask(&self, source: Source, world: Timeline, round: Round) {
        self.borrow_stage(world);
        self.change(|page| {
            page.ask = Some(Ask::new(source, round));
            page.screen = Screen::Cluster;
            page.taste.left = true;
            page.taste.sheet = Some(Sheet::Left);
        });
        self.look_again();
    }

    /// Asks something about the reader's world, and decides it on a copy.
    pub fn quiz(&self) {
        if self.read(|page| page.course.is_some()) {
            return self.hurry(w::QUIZ_LATER);
        }
        self.go_home();
        let turn = self.read(|page| page.turn);
        let world = self.engine(|engine| engine.timeline().clone());
        match generate::any(&world, turn) {
            Some((world, round)) => {
                self.change(|page| page.turn += 1);
                self.ask(Source::Quiz, world, round);
            }
            None => self.hurry(w::NO_QUIZ),
        }
    }

    /// Changes the answer that is being given, as long as it is not locked.
    pub fn draft(&self, change: impl FnOnce(&mut super::Draft)) {
        self.change(|page| {
            if let Some(ask) = page.ask.as_mut().filter(|ask| ask.is_open()) {
                change(&mut ask.draft);
            }
        });
    }

    /// A thing was clicked: it is part of the answer when things are asked for, and is looked at otherwise.
    pub fn point(&self, thing: Option<Thing>) {
        if let Some(thing) = &thing
            && self.points(thing)
        {
            return;
        }
        self.select(thing);
    }

    /// Takes a thing into the answer when such things are asked for.
    pub fn points(&self, thing: &Thing) -> bool {
        let mut taken = false;
        self.change(|page| {
            let cluster = page.seen.cluster.clone();
            taken = page.ask.as_mut().is_some_and(|ask| ask.point(thing, &cluster));
        });
        taken
    }

    /// A record was clicked in the Log view.
    pub fn point_in_log(&self, offset: i64) {
        let replica = self.read(|page| Some((page.log.broker, page.log.partition.clone()?)));
        if let Some((broker, partition)) = replica {
            self.points(&Thing::Record(broker, partition, offset));
        }
    }

    /// The next thing that can be done: lock, run, the next step. For a presenter's remote and for Enter.
    pub fn turn(&self, forward: bool) {
        if !forward {
            return self.turn_back();
        }
        if self.runs() {
            return self.skip_run();
        }
        if self
            .read(|page| page.hides_answer() && page.ask.as_ref().is_some_and(|ask| ask.graded().is_some()))
        {
            return self.change(|page| page.revealed = true);
        }
        let asked = self.read(|page| page.ask.as_ref().map(|ask| (ask.is_open(), ask.stand.clone())));
        let step = self.read(|page| page.course.as_ref().map(|c| (c.play.stand.clone(), c.tail.over)));
        match (asked, step) {
            (Some((true, _)), _) => self.lock(),
            (Some((false, Stand::Open)), _) | (None, Some((Stand::Open, false))) => self.begin_run(),
            (_, Some((_, false))) => self.next(),
            (None, Some((_, true))) | (Some(_), _) => self.go_home(),
            (None, None) => {}
        }
    }

    fn turn_back(&self) {
        let at = self.read(|page| page.course.as_ref().map(|course| course.play.at));
        let after = self.read(|page| {
            page.course.as_ref().is_some_and(|c| c.tail.over)
                || page.ask.as_ref().is_some_and(|ask| matches!(ask.source, Source::Earlier(..)))
        });
        match at {
            Some(at) if after => self.go_to_step(at),
            Some(at) => self.go_to_step(at.saturating_sub(1)),
            None => {}
        }
    }

    /// To the next step, or to what follows the last one.
    pub fn next(&self) {
        let at = self.read(|page| page.course.as_ref().map(|c| (c.play.lesson, c.play.at, c.play.is_last())));
        let Some((lesson, at, last)) = at else { return };
        if !last {
            return self.go_to_step(at + 1);
        }
        let asked = self.read(|page| match page.ask.as_ref().map(|ask| ask.source) {
            Some(Source::Earlier(number, _)) => number + 1,
            _ => 0,
        });
        match earlier(lesson).get(asked) {
            Some(question) => {
                let world = stage(&(question.scene)());
                self.ask(Source::Earlier(asked, question), world, Round::from(&question.trial));
            }
            None => self.change(|page| {
                page.ask = None;
                if let Some(course) = &mut page.course {
                    course.tail.over = true;
                }
            }),
        }
    }

    /// Opens the lesson after this one.
    pub fn next_lesson(&self) {
        let this = self.read(|page| page.course.as_ref().map(|c| c.play.lesson.id));
        let at = LESSONS.iter().position(|lesson| Some(lesson.id) == this);
        if let Some(next) = at.and_then(|at| LESSONS.get(at + 1)) {
            self.open_lesson(next, 0);
        }
    }
}

/// Two questions of lessons before this one: of the nearest, and of one that lies further back.
fn earlier(lesson: &Lesson) -> Vec<&'static Question> {
    let place = |id: &str| LESSONS.iter().position(|lesson| lesson.id == id);
    let here = place(lesson.id);
    let known: Vec<_> = QUESTIONS.iter().copied().filter(|q| place(q.lesson) < here).collect();
    let mut out: Vec<_> = known.iter().max_by_key(|q| place(q.lesson)).copied().into_iter().collect();
    let further = known.iter().filter(|q| out.iter().all(|taken| taken.lesson != q.lesson));
    let rest: Vec<_> = further.copied().collect();
    out.extend(rest.get(here.unwrap_or(0) * 7 % rest.len().max(1)).or(known.iter().rev().nth(1)));
    out.truncate(EARLIER);
    out
}
