//! The questions of the interview bank, by topic.

mod basics;
mod groups;
mod loss;
mod offsets;
mod producer;
mod rebalances;
mod replication;
mod storage;
mod sync;
mod topics;
mod way;

use super::Question;
use super::Ran;
use super::rig::PRODUCER;
use super::scene::send_from;
use crate::lab::Act;
pub(super) use basics::{in_order, nine_in_turns, ten};
pub(super) use topics::{before_and_after, one_more_partition, three_partitions};

/// All questions, in the order of their numbers.
pub const QUESTIONS: &[&Question] = &[
    // Basics and storage.
    &way::Q1,
    &basics::Q3,
    &groups::Q4,
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
    &way::Q26,
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
    // Groups and offsets.
    &groups::Q52,
    &rebalances::Q53,
    &rebalances::Q54,
    &groups::Q55,
    &rebalances::Q56,
    &rebalances::Q57,
    &groups::Q58,
    &rebalances::Q59,
    &rebalances::Q60,
    &offsets::Q62,
    &offsets::Q63,
    &offsets::Q64,
    &offsets::Q65,
    &offsets::Q66,
    &loss::Q69,
    &offsets::Q70,
    &offsets::Q71,
];

/// A record whose processing takes a minute, for the first member.
pub(super) fn a_big_order() -> Vec<(u64, Act)> {
    vec![(500, send_from(PRODUCER, Some(0), None, "a big order"))]
}

/// The first offset that a consumer was given since the run began.
pub(super) fn began_at(ran: &Ran<'_>, consumer: i32) -> Option<i64> {
    ran.deliveries(consumer).first().map(|(_, from, _)| *from)
}
