//! The questions of the interview bank, by topic.

mod basics;
mod producer;
mod replication;
mod storage;
mod sync;
mod topics;

use super::Question;
pub(super) use basics::{in_order, nine_in_turns, ten};
pub(super) use topics::{before_and_after, one_more_partition, three_partitions};

/// All questions, in the order of their numbers.
pub const QUESTIONS: &[&Question] = &[
    // Basics and storage.
    &basics::Q3,
    &basics::Q5,
    &basics::Q6,
    &basics::Q7,
    &basics::Q8,
    &basics::Q9,
    &storage::Q10,
    &storage::Q11,
    &storage::Q12,
    &storage::Q14,
    &storage::Q15,
    &storage::Q16,
    &sync::Q17,
    &sync::Q18,
    // Replication.
    &replication::Q20,
    &replication::Q21,
    &replication::Q22,
    &sync::Q25,
    &sync::Q28,
    // The producer.
    &producer::Q38,
    &producer::Q39,
    &producer::Q40,
    &producer::Q41,
    &producer::Q42,
    &producer::Q43,
    &producer::Q44,
    &producer::Q45,
    // Topics and partitions.
    &topics::Q49,
    &topics::Q50,
    &topics::Q51,
];
