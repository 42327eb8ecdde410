//! Storey 4: what the teacher says, as data, in both languages.
//!
//! A [`Trial`] is the heart of it: the learner predicts, the engine runs, and a probe of the engine's own state
//! ([`Ran`]) decides. [`Lesson`]s, [`Question`]s and [`Card`]s (claims to check) are trials with words around them.
//! Nothing here holds a right answer: a choice holds what it *claims*, and the probe says which claim came true.

mod bank;
mod card;
mod config_docs;
mod course;
mod fidelity;
mod first;
pub mod generate;
mod group;
mod group_pair;
mod grouped;
mod play;
pub mod probe;
pub mod progress;
mod question;
mod queue;
mod ran;
mod reading;
mod rig;
mod round;
mod scene;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod thirteen;
mod trial;
mod walk;
mod what_if;

pub use crate::view::{Language, Said, Text};
pub use bank::QUESTIONS;
pub use card::{CARDS, Card};
pub use config_docs::{client_config, server_config};
pub use course::{Class, LESSONS, Lesson, Look, Step, Task, Track, lesson};
pub use fidelity::{FIDELITY, Fidelity, FidelityLine};
pub use first::first;
pub use group_pair::{GroupPair, Instead};
pub use play::{Play, Stand};
pub use question::{Level, Question, Tag, Topic, question};
pub use queue::{Plan, Queue, QueueAct, Subscriber};
pub use ran::Ran;
pub use round::{AskedForm, Graded, Round, run, stage};
pub use scene::{Scene, Setup};
pub use trial::{Choice, Claim, Explain, Form, Script, Trial, Value};
pub use walk::{script, walk};
pub use what_if::WhatIf;
