use super::QUESTIONS;
use super::Scene;
use super::Text;
use super::Trial;

/// For whom a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Junior,
    Middle,
    Senior,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    Basics,
    Storage,
    Replication,
    Producer,
    Topics,
    Groups,
    Offsets,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// The question itself says something wrong.
    Trap,
    /// The answer that circulates is out of date.
    Outdated,
    /// Asked most often.
    Classic,
}

/// A question of an interview, with a trial that decides what is true.
#[derive(Clone, Copy)]
pub struct Question {
    /// `Q11`.
    pub id: &'static str,
    /// The lesson that teaches it: `L06`.
    pub lesson: &'static str,
    pub level: Level,
    pub topic: Topic,
    pub tags: &'static [Tag],
    pub ask: Text,
    /// The answer in one or two sentences.
    pub answer: Text,
    /// What a good answer has, to be marked by the one who gave it.
    pub points: [Text; 3],
    pub follow_up: Text,
    /// What the run cannot show of a version before, and what is said of it.
    pub outdated: Option<Text>,
    pub scene: fn() -> Scene,
    pub trial: Trial,
}

/// The question of this number.
pub fn question(id: &str) -> Option<&'static Question> {
    QUESTIONS.iter().copied().find(|question| question.id == id)
}
