//! Runs of a task: what is locked, what happens, and what decides.

use crate::kafka::base::Duration;
use crate::lab::ActError;
use crate::lesson::Graded;
use crate::lesson::Ran;
use crate::lesson::Stand;
use crate::lesson::Task;
use crate::lesson::script;
use crate::ui::desk::Ask;
use crate::ui::desk::Desk;
use crate::ui::desk::Run;
use crate::ui::desk::Source;
use crate::ui::desk::Speed;
use crate::ui::desk::Tone;
use crate::ui::engine::Engine;
use crate::ui::lesson::words as w;

impl Desk {
    /// Locks the answer. From now on it stays as it is.
    pub fn lock(&self) {
        let value = self.read(|page| page.ask.as_ref().filter(|ask| ask.is_open()).map(Ask::value));
        let Some(value) = value else { return };
        let Some(value) = value else { return self.hurry(w::CHOOSE_FIRST) };
        self.change(|page| {
            if let Some(ask) = &mut page.ask {
                if let (Source::Step, Some(course)) = (ask.source, &mut page.course) {
                    course.play.lock(value.clone());
                }
                ask.locked = Some(value);
            }
            page.notice = None;
        });
    }

    pub(super) fn hurry(&self, text: crate::lesson::Text) {
        let language = self.read(|page| page.taste.language);
        self.say(Tone::Plain, text.of(language));
    }

    /// Begins the run of the question or step, in the world in which it was asked.
    pub fn begin_run(&self) {
        let ready = self.read(|page| match (&page.ask, &page.course) {
            (Some(ask), _) if ask.stand == Stand::Open && ask.locked.is_some() => {
                Some((ask.round.acts.clone(), ask.round.ms))
            }
            (None, Some(course)) if course.play.stand == Stand::Open && !course.tail.over => {
                Some(script(course.play.task()))
            }
            _ => None,
        });
        let Some((acts, ms)) = ready else { return };
        let Some(start) = self.0.start.borrow().clone() else { return };
        let run = {
            let mut engine = self.0.engine.borrow_mut();
            *engine = Engine::over(start);
            let (since, began) = (engine.world().seq(), engine.world().now());
            engine.plan_given(acts);
            Run { since, began, until: began + Duration::from_millis(ms) }
        };
        self.change(|page| {
            let stand = Stand::Runs { until: run.until };
            if let Some(ask) = &mut page.ask {
                ask.stand = stand.clone();
            }
            if let Some(course) = page.course.as_mut().filter(|c| !c.tail.over) {
                course.play.stand = stand;
            }
            page.run = Some(run);
            page.revealed = false;
            page.clock.speed = Speed::of_run(ms);
            page.clock.playing = true;
            page.notice = None;
        });
        self.look_again();
    }

    /// Once more what was watched.
    pub fn see_again(&self) {
        self.change(|page| {
            if let Some(course) = &mut page.course {
                course.play.stand = Stand::Open;
            }
        });
        self.begin_run();
    }

    /// The lesson from its first step on.
    pub fn once_more(&self) {
        if let Some(lesson) = self.read(|page| page.course.as_ref().map(|course| course.play.lesson)) {
            self.open_lesson(lesson, 0);
        }
    }

    /// Whether the page waits for the end of a run.
    pub fn runs(&self) -> bool {
        self.read(|page| page.run.is_some_and(|run| run.until.0 < u64::MAX))
    }

    /// Why an act must wait, if it must: a run that was predicted is not disturbed.
    pub(in crate::ui::desk) fn must_wait(&self) -> Result<(), ActError> {
        if self.runs() {
            let language = self.read(|page| page.taste.language);
            return Err(ActError::new(w::RUN_FIRST.of(language)));
        }
        Ok(())
    }

    /// Looks whether the run is over, or the task done; the engine's state decides.
    pub(in crate::ui::desk) fn settle(&self) {
        let Some(run) = self.read(|page| page.run) else { return };
        let now = self.engine(|engine| engine.world().now());
        if now < run.until {
            return self.settle_task(run);
        }
        if now > run.until {
            self.0.engine.borrow_mut().seek(run.until);
        }
        let graded = {
            let (engine, page) = (self.0.engine.borrow(), self.0.page.borrow());
            let ran = Ran::since(engine.timeline(), run.since, run.began);
            let grade = |ask: &Ask| Some(ask.round.grade(ask.locked.as_ref()?, &ran));
            page.ask.as_ref().and_then(grade)
        };
        self.keep_next_start();
        self.decide(graded);
    }

    /// The world after an undisturbed run is the one in which the next step begins.
    fn keep_next_start(&self) {
        let next = self.read(|page| {
            let course = page.course.as_ref().filter(|c| !matches!(c.play.stand, Stand::Done(_)))?;
            let step = course.play.lesson.steps.get(course.play.at + 1)?;
            step.scene.is_none().then_some(course.play.at + 1)
        });
        let mut starts = self.0.starts.borrow_mut();
        if next == Some(starts.len()) {
            let world = self.engine(|engine| engine.timeline().clone());
            starts.push(world);
        }
    }

    /// Looks whether what the learner was asked to do is done.
    fn settle_task(&self, run: Run) {
        let open = self.read(|page| {
            let course = page.course.as_ref().filter(|c| c.play.stand == Stand::Open)?;
            match course.play.task() {
                Task::Do { done, .. } => Some(*done),
                _ => None,
            }
        });
        let Some(done) = open else { return };
        let is = self.engine(|engine| done(&Ran::since(engine.timeline(), run.since, run.began)));
        if is {
            self.decide(None);
        }
    }

    fn decide(&self, graded: Option<Graded>) {
        {
            let mut page = self.0.page.borrow_mut();
            page.run = None;
            page.clock.playing = false;
            let source = page.ask.as_ref().map(|ask| ask.source);
            if let Some(ask) = &mut page.ask {
                ask.stand = Stand::Done(graded.clone());
            }
            if let Some(course) = &mut page.course {
                match source {
                    Some(Source::Earlier(..)) => {
                        course.tail.marks.extend(graded.map(|graded| graded.right));
                    }
                    _ => course.play.decide(graded),
                }
            }
        }
        self.take_down();
        self.look_again();
    }

    /// Takes down what was decided.
    fn take_down(&self) {
        let (ask, step) = self.read(|page| {
            let step = page.course.as_ref().map(|c| (c.play.lesson.id, c.play.at as u32 + 1));
            (page.ask.as_ref().map(|ask| (ask.source, ask.graded().is_some_and(|g| g.right))), step)
        });
        self.learn(|progress, day| match (ask, step) {
            (Some((Source::Question(q) | Source::Earlier(_, q), right)), _) => {
                progress.answered(q.id, right, day);
            }
            (Some((Source::Claim(card), right)), _) => progress.answered(card.id, right, day),
            (Some((Source::Quiz, _)), _) | (None, None) => {}
            (_, Some((lesson, step))) => progress.step_over(lesson, step),
            (Some((Source::Step, _)), None) => {}
        });
    }

    /// To the end of the run at once.
    pub fn skip_run(&self) {
        if let Some(run) = self.read(|page| page.run).filter(|_| self.runs()) {
            self.seek(run.until);
        }
    }
}
