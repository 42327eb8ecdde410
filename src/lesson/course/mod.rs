//! The lessons: hook, predict, run, explain, modify, recall.

mod l01;
mod l02;
mod l03;
mod l04;
mod l06;
mod l08;
mod l09;
mod l10;
mod l11;
pub(super) mod l16;
pub(super) mod l17;
pub(super) mod l18;
pub(super) mod l19;

use super::Plan;
use super::Ran;
use super::Scene;
use super::Script;
use super::Text;
use super::Trial;

/// All lessons, in order.
pub const LESSONS: &[&Lesson] = &[
    &l01::LESSON,
    &l02::LESSON,
    &l03::LESSON,
    &l04::LESSON,
    &l06::LESSON,
    &l08::LESSON,
    &l09::LESSON,
    &l10::LESSON,
    &l11::LESSON,
    &l16::LESSON,
    &l17::LESSON,
    &l18::LESSON,
    &l19::LESSON,
];

/// The lesson of this number.
pub fn lesson(id: &str) -> Option<&'static Lesson> {
    LESSONS.iter().copied().find(|lesson| lesson.id == id)
}

/// A part of the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    Core,
    Cluster,
    Consumers,
    Transactions,
    Beyond,
}

impl Track {
    pub const ALL: [Self; 5] = [Self::Core, Self::Cluster, Self::Consumers, Self::Transactions, Self::Beyond];

    pub const fn title(self) -> Text {
        match self {
            Self::Core => Text::new("Core", "核心"),
            Self::Cluster => Text::new("Cluster", "集群"),
            Self::Consumers => Text::new("Consumers and API", "消费与 API"),
            Self::Transactions => Text::new("Exactly once", "精确一次"),
            Self::Beyond => Text::new("Beyond", "延伸"),
        }
    }

    /// The number of its last lesson.
    const fn last(self) -> u32 {
        match self {
            Self::Core => 12,
            Self::Cluster => 15,
            Self::Consumers => 21,
            Self::Transactions => 24,
            Self::Beyond => 28,
        }
    }

    /// Its lessons, in order.
    pub fn lessons(self) -> impl Iterator<Item = &'static Lesson> {
        LESSONS.iter().copied().filter(move |lesson| lesson.track() == self)
    }
}

/// What is better known before a track begins: its first lesson, and one of another track.
const CROSSINGS: [(&str, &str); 5] =
    [("L13", "L12"), ("L16", "L10"), ("L22", "L09"), ("L24", "L18"), ("L25", "L06")];

impl Lesson {
    /// The part of the course that it belongs to, by its number.
    pub fn track(&self) -> Track {
        let number: u32 = self.id.trim_start_matches('L').parse().unwrap_or(0);
        Track::ALL.into_iter().find(|track| number <= track.last()).unwrap_or(Track::Beyond)
    }

    /// The lesson that is better done first: one of another track where two tracks meet, else the one before it.
    pub fn after(&self) -> Option<&'static Self> {
        let crossing = CROSSINGS.iter().find(|(id, _)| *id == self.id).and_then(|(_, before)| lesson(before));
        crossing.or_else(|| self.track().lessons().take_while(|other| other.id != self.id).last())
    }
}

/// A lesson of about ten minutes.
pub struct Lesson {
    /// `L06`.
    pub id: &'static str,
    pub title: Text,
    /// What the learner can do afterwards.
    pub goal: Text,
    pub minutes: u32,
    /// Why it matters, in a sentence or two: read in twenty seconds.
    pub hook: Text,
    pub scene: fn() -> Scene,
    pub steps: &'static [Step],
    /// What of it is real, what is scaled and what is left out.
    pub honest: Text,
    pub class: Class,
}

/// What a teacher needs to give the lesson to a class.
pub struct Class {
    /// The number of the step whose trial the class votes on.
    pub vote: usize,
    /// The wrong answer that many give, and where it comes from.
    pub likely_wrong: Text,
    /// What to ask when the vote is over.
    pub follow_up: Text,
    /// What the speaker says, in notes.
    pub notes: Text,
}

/// What the page shows while a step is worked on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// The view by its name: `cluster`, `log`, `producer`; empty = as it is.
    pub screen: &'static str,
    /// The thing that is selected, by its name on the stage: `replica/1/demo-0`; empty = nothing.
    pub select: &'static str,
    /// What happens at the laboratory's queue, which then stands in the panel; empty = there is none.
    pub queue: Plan,
}

impl Look {
    /// The cluster as it is.
    pub const CLUSTER: Self = Self::at("");

    pub const fn log(select: &'static str) -> Self {
        Self { screen: "log", select, queue: &[] }
    }

    pub const fn producer(select: &'static str) -> Self {
        Self { screen: "producer", select, queue: &[] }
    }

    pub const fn at(select: &'static str) -> Self {
        Self { screen: "cluster", select, queue: &[] }
    }

    /// The cluster, with the laboratory's queue beside it.
    pub const fn beside(queue: Plan) -> Self {
        Self { screen: "cluster", select: "", queue }
    }
}

/// One step of a lesson.
pub struct Step {
    /// What the teacher says.
    pub say: Text,
    /// The step begins in another world than the one that the step before left.
    pub scene: Option<fn() -> Scene>,
    pub look: Look,
    pub task: Task,
}

/// What is done in a step.
pub enum Task {
    /// Something happens, and is watched.
    Watch { script: Script, ms: u64 },
    /// The learner predicts, then it happens.
    Predict(Trial),
    /// The learner changes something; the engine's state says when it is done.
    Do {
        done: fn(&Ran<'_>) -> bool,
        /// What to try, for those who do not find it.
        hint: Text,
        /// Acts that do it: shown when asked for, and run by the lesson's test.
        example: Script,
        ms: u64,
    },
    /// As a prediction, from memory: the picture is hidden until the answer is locked.
    Recall(Trial),
}

impl Task {
    pub const fn trial(&self) -> Option<&Trial> {
        match self {
            Self::Predict(trial) | Self::Recall(trial) => Some(trial),
            _ => None,
        }
    }
}
