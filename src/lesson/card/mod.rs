//! The claims that circulate, each with the run that checks it.

use super::Scene;
use super::Text;
use super::Trial;

/// A claim that circulates, and the run that checks it.
#[derive(Clone, Copy)]
pub struct Card {
    /// `E21` for a sentence found in notes, `M25` for a misconception.
    pub id: &'static str,
    pub lesson: &'static str,
    pub claim: Text,
    /// What is true instead.
    pub truth: Text,
    pub scene: fn() -> Scene,
    pub trial: Trial,
}

/// All claims to check.
pub const CARDS: &[&Card] = &[
    // The log, its files, topics and keys.
    //
    // Replication.
    //
    // The producer.
];
