use super::Ran;
use super::Text;
use crate::lab::Act;

/// Acts with the milliseconds after which each is done, counted from the moment at which the script begins.
pub type Script = fn() -> Vec<(u64, Act)>;

/// What a probe reads, and what an answer claims. Two values agree when they are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// There was nothing to read: the thing does not exist.
    Nothing,
    Number(i64),
    Numbers(Vec<i64>),
    /// A word of the trial's own (`yes`, `old`), or an error by its Kafka name.
    Word(String),
    /// Things in order, by the names that the stage has for them: `record/1/orders-0/7`.
    Things(Vec<String>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Word(if yes { "yes" } else { "no" }.to_owned())
    }
}

impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

/// What a choice claims that the probe will read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    Number(i64),
    Numbers(&'static [i64]),
    Word(&'static str),
}

impl Claim {
    pub fn value(self) -> Value {
        match self {
            Self::Number(number) => Value::Number(number),
            Self::Numbers(numbers) => Value::Numbers(numbers.to_vec()),
            Self::Word(word) => word.into(),
        }
    }
}

/// One of several answers.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub text: Text,
    pub claim: Claim,
}

impl Choice {
    pub const fn number(text: Text, number: i64) -> Self {
        Self { text, claim: Claim::Number(number) }
    }

    pub const fn numbers(text: Text, numbers: &'static [i64]) -> Self {
        Self { text, claim: Claim::Numbers(numbers) }
    }

    pub const fn word(text: Text, word: &'static str) -> Self {
        Self { text, claim: Claim::Word(word) }
    }
}

/// How a prediction is given.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    Choice(&'static [Choice]),
    /// A whole number, with what it counts.
    Number(Text),
    /// A click on a thing of the stage or the Log view, or several in order; the names begin with one of `kinds`
    /// (`segment/`).
    Click {
        ordered: bool,
        kinds: &'static [&'static str],
    },
    /// All of these, put in order: the value is the names in order.
    Order(&'static [(&'static str, Text)]),
    /// For each of the first, one of the second: the value is the names of the second, in the order of the first.
    Match {
        labels: &'static [Text],
        places: &'static [(&'static str, Text)],
    },
}

/// What is said after the run, with readings in its places.
#[derive(Clone, Copy)]
pub struct Explain {
    pub text: Text,
    /// What fills the places `{}` of the text, read from the world after the run.
    pub parts: fn(&Ran<'_>) -> Vec<String>,
}

impl Explain {
    /// An explanation without readings.
    pub const fn plain(text: Text) -> Self {
        Self { text, parts: |_| Vec::new() }
    }
}

/// Predict, run, see: the answer is what the probe reads when the script has run.
#[derive(Clone, Copy)]
pub struct Trial {
    pub ask: Text,
    pub form: Form,
    /// What happens once the prediction is locked.
    pub script: Script,
    /// How long it runs, in milliseconds of the world.
    pub ms: u64,
    pub probe: fn(&Ran<'_>) -> Value,
    pub explain: Explain,
}
