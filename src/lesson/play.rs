use super::Graded;
use super::Lesson;
use super::Round;
use super::Task;
use super::Value;

/// Where a step stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Stand {
    /// The learner reads, predicts or tries.
    Open,
    /// The answer is locked, and the run goes on until this moment of the world.
    Runs { until: crate::kafka::base::Instant },
    /// The engine has decided; for a step without a question, it is over.
    Done(Option<Graded>),
}

/// A lesson as one learner goes through it. The page shows it and tells it what happened; it decides what may come next.
#[derive(Clone)]
pub struct Play {
    pub lesson: &'static Lesson,
    /// The number of the step.
    pub at: usize,
    pub stand: Stand,
    /// What was predicted in this step: it does not change any more once it is there.
    pub locked: Option<Value>,
    /// The trial of this step.
    pub round: Option<Round>,
    /// For each step with a question that is over: whether it was answered right at the first try.
    pub marks: Vec<(usize, bool)>,
}

impl PartialEq for Play {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.lesson, other.lesson)
            && (self.at, &self.stand, &self.locked, &self.marks)
                == (other.at, &other.stand, &other.locked, &other.marks)
    }
}

impl Play {
    pub fn new(lesson: &'static Lesson) -> Self {
        let mut play =
            Self { lesson, at: 0, stand: Stand::Open, locked: None, round: None, marks: Vec::new() };
        play.go(0);
        play
    }

    /// The task of this step.
    pub fn task(&self) -> &'static Task {
        &self.lesson.steps[self.at].task
    }

    /// To a step, which is then open.
    pub fn go(&mut self, at: usize) {
        self.at = at.min(self.lesson.steps.len() - 1);
        self.stand = Stand::Open;
        self.locked = None;
        self.round = self.task().trial().map(Round::from);
    }

    /// Locks a prediction. `false` when one is locked already: it stays.
    pub fn lock(&mut self, value: Value) -> bool {
        let free = self.locked.is_none() && self.stand == Stand::Open;
        if free {
            self.locked = Some(value);
        }
        free
    }

    /// Whether the run of this step may begin: a question wants its prediction first.
    pub const fn may_run(&self) -> bool {
        matches!(self.stand, Stand::Open) && (self.round.is_none() || self.locked.is_some())
    }

    /// The engine has decided.
    pub fn decide(&mut self, graded: Option<Graded>) {
        if let Some(graded) = &graded
            && !self.marks.iter().any(|(at, _)| *at == self.at)
        {
            self.marks.push((self.at, graded.right));
        }
        self.stand = Stand::Done(graded);
    }

    pub fn is_last(&self) -> bool {
        self.at + 1 == self.lesson.steps.len()
    }
}
