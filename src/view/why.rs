//! Why something waits, fails or surprises: the answer as data, in both languages, read from a world's state, with what
//! led to it, read from the journal. Nothing is recorded for it.

macro_rules! texts {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(const $name: Text = Text::new($en, $zh);)*
    };
}

mod calls;
mod chain;
mod clients;
mod groups;
mod log;
mod machines;
mod moment;
mod readings;
mod rebalance;
mod replica;
mod root;

use std::fmt;

pub use chain::{Past, Step, Told};
pub use root::{Owner, Root};

use super::text::Language;
use super::text::Text;
use crate::lab::Seq;

/// Milliseconds, with fractions below ten.
fn ms(span: crate::kafka::base::Duration) -> String {
    let micros = span.as_micros();
    if micros < 10_000 && !micros.is_multiple_of(1000) {
        format!("{}.{} ms", micros / 1000, micros % 1000 / 100)
    } else {
        format!("{} ms", micros / 1000)
    }
}

/// A sentence with its numbers and names already filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    text: Text,
    parts: Vec<String>,
}

impl Said {
    /// Fills the places of the text, in order.
    pub fn new(text: Text, parts: &[&dyn fmt::Display]) -> Self {
        Self { text, parts: parts.iter().map(ToString::to_string).collect() }
    }

    /// With parts that are filled in already.
    pub const fn of_parts(text: Text, parts: Vec<String>) -> Self {
        Self { text, parts }
    }

    /// Whether each place of the text has its part, in both languages.
    pub fn is_whole(&self) -> bool {
        [self.text.en, self.text.zh].iter().all(|text| text.matches("{}").count() == self.parts.len())
    }

    pub fn of(&self, language: Language) -> String {
        let parts: Vec<&dyn fmt::Display> = self.parts.iter().map(|part| part as &dyn fmt::Display).collect();
        self.text.with(language, &parts)
    }
}

impl From<Text> for Said {
    fn from(text: Text) -> Self {
        Self { text, parts: Vec::new() }
    }
}

/// One condition that Kafka looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    pub what: Said,
    /// Its numbers: `2.1 of 5 ms`.
    pub value: String,
    pub holds: bool,
}

impl Guard {
    pub fn new(what: impl Into<Said>, value: impl fmt::Display, holds: bool) -> Self {
        Self { what: what.into(), value: value.to_string(), holds }
    }
}

/// The answer to one question of a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// What was asked, as a heading.
    pub question: Said,
    pub sentence: Said,
    /// The conditions, in the order in which Kafka looks at them. The one that decided says so by `holds`.
    pub guards: Vec<Guard>,
    /// The config or the fault at the root: its name and its value.
    pub config: Option<(String, String)>,
    /// Class and method of Kafka: `RecordAccumulator.batchReady`.
    pub source: &'static str,
    /// The acts and configs without which it would be otherwise, the strongest first.
    pub roots: Vec<Root>,
    /// The journal entry with which it began; the timeline can go there. [`Past::chain`] tells what led to it.
    pub cause: Option<Seq>,
}

impl Why {
    pub fn new(question: impl Into<Said>, sentence: impl Into<Said>, source: &'static str) -> Self {
        Self {
            question: question.into(),
            sentence: sentence.into(),
            guards: Vec::new(),
            config: None,
            roots: Vec::new(),
            source,
            cause: None,
        }
    }

    /// With a condition more.
    #[must_use]
    pub fn guard(mut self, what: impl Into<Said>, value: impl fmt::Display, holds: bool) -> Self {
        self.guards.push(Guard::new(what, value, holds));
        self
    }

    /// With the config or the fault at its root.
    #[must_use]
    pub fn config(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.config = Some((name.into(), value.to_string()));
        self
    }

    /// With something without which it would be otherwise, if there is such a thing.
    #[must_use]
    pub fn root(mut self, root: impl Into<Option<Root>>) -> Self {
        self.roots.extend(root.into());
        self
    }

    #[must_use]
    pub fn cause(mut self, cause: Option<Seq>) -> Self {
        self.cause = cause;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_in_the_readers_language_with_the_same_numbers() {
        let said = Said::new(Text::new("{} of {} ms", "{}／{} 毫秒"), &[&2.1, &5]);
        assert_eq!(
            (said.of(Language::En), said.of(Language::Zh)),
            ("2.1 of 5 ms".into(), "2.1／5 毫秒".into())
        );
    }
}
