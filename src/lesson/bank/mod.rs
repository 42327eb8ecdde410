//! The questions of the interview bank, by topic.

use super::Question;

/// All questions, in the order of their numbers.
pub const QUESTIONS: &[&Question] = &[
    // Basics and storage.
    //
    // Replication.
    //
    // The producer.
    //
    // Topics and partitions.
];
