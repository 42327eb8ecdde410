use std::rc::Rc;

use super::Form;
use super::Ran;
use super::Said;
use super::Scene;
use super::Text;
use super::Trial;
use super::Value;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::lab::Act;
use crate::lab::Seq;
use crate::lab::Timeline;

/// A trial as it is asked: one of the written ones, or one that was made for a world.
#[derive(Clone)]
pub struct Round {
    pub ask: Said,
    pub form: AskedForm,
    /// What happens once the prediction is locked: milliseconds and acts.
    pub acts: Vec<(u64, Act)>,
    pub ms: u64,
    pub probe: Rc<dyn Fn(&Ran<'_>) -> Value>,
    pub explain: Rc<dyn Fn(&Ran<'_>) -> Said>,
}

/// How an answer is given, with its texts filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum AskedForm {
    Choice(Vec<(Said, Value)>),
    Number(Text),
    Click { ordered: bool, kinds: Vec<String> },
    Order(Vec<(String, Text)>),
    Match { labels: Vec<Text>, places: Vec<(String, Text)> },
}

/// What a run said of a prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    pub right: bool,
    /// What the probe read.
    pub truth: Value,
    pub explain: Said,
}

impl From<&'static Trial> for Round {
    fn from(trial: &'static Trial) -> Self {
        Self {
            ask: trial.ask.into(),
            form: trial.form.into(),
            acts: (trial.script)(),
            ms: trial.ms,
            probe: Rc::new(trial.probe),
            explain: Rc::new(|ran| Said::of_parts(trial.explain.text, (trial.explain.parts)(ran))),
        }
    }
}

impl From<Form> for AskedForm {
    fn from(form: Form) -> Self {
        let named = |list: &[(&str, Text)]| list.iter().map(|(n, text)| ((*n).to_owned(), *text)).collect();
        match form {
            Form::Choice(choices) => {
                Self::Choice(choices.iter().map(|c| (c.text.into(), c.claim.value())).collect())
            }
            Form::Number(unit) => Self::Number(unit),
            Form::Click { ordered, kinds } => {
                Self::Click { ordered, kinds: kinds.iter().map(|k| (*k).to_owned()).collect() }
            }
            Form::Order(items) => Self::Order(named(items)),
            Form::Match { labels, places } => Self::Match { labels: labels.to_vec(), places: named(places) },
        }
    }
}

impl Round {
    /// Compares a prediction with what came of the run.
    pub fn grade(&self, given: &Value, ran: &Ran<'_>) -> Graded {
        let truth = (self.probe)(ran);
        let right = match (&self.form, given, &truth) {
            (AskedForm::Click { ordered: false, .. }, Value::Things(a), Value::Things(b)) => {
                let sorted = |things: &[String]| {
                    let mut things = things.to_vec();
                    things.arrange();
                    things
                };
                sorted(a) == sorted(b)
            }
            _ => *given == truth,
        };
        Graded { right, truth, explain: (self.explain)(ran) }
    }
}

/// The world of a scene, at the moment at which it is first seen.
///
/// # Panics
/// When the scene's acts are not allowed: a mistake in a lesson, which its test finds.
pub fn stage(scene: &Scene) -> Timeline {
    let mut timeline = Timeline::new(scene.genesis);
    for recorded in &scene.acts {
        timeline.seek(recorded.at);
        timeline.act(recorded.act.clone()).expect("the acts of a scene are allowed");
    }
    timeline.seek(scene.seen_at);
    timeline
}

/// Does a script and runs so long; the journal entry and the moment at which it began go into [`Ran::since`].
pub fn run(timeline: &mut Timeline, acts: Vec<(u64, Act)>, ms: u64) -> (Seq, Instant) {
    let began = (timeline.world().seq(), timeline.now());
    timeline.plan(acts.into_iter().map(|(after, act)| (Duration::from_millis(after), act)));
    timeline.seek(began.1 + Duration::from_millis(ms));
    began
}
