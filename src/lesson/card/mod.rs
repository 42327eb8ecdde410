//! The claims that circulate, each with the run that checks it.

mod basics;
mod groups;
mod offsets;
mod producer;
mod replication;
mod resets;
mod storage;
mod topics;

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
    &topics::E7,
    &topics::E10,
    &storage::E17,
    &topics::E23,
    &storage::E24,
    &basics::M01,
    &basics::M02,
    &topics::M04,
    &topics::M07,
    &topics::M08,
    &topics::M09,
    &topics::M10,
    &storage::M40,
    &storage::M41,
    &storage::M43,
    //
    // Replication.
    &replication::E11,
    &replication::E12,
    &replication::E19,
    &replication::M27,
    &replication::M28,
    &replication::M31,
    &replication::M32,
    &replication::M36,
    // The producer.
    &producer::E21,
    &producer::M24,
    &producer::M25,
    &producer::M26,
    // Groups and offsets.
    &offsets::E5,
    &resets::E6,
    &offsets::E13,
    &offsets::E22,
    &groups::E25,
    &groups::M03,
    &groups::M05,
    &groups::M06,
    &offsets::M11,
    &resets::M12,
    &offsets::M14,
    &offsets::M15,
    &offsets::M16,
    &resets::M20,
    &resets::M21,
    &groups::M22,
    &groups::M23,
];
