//! The order in which Kafka walks its own hash tables (`org.apache.kafka.timeline.BaseHashTable`).

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Name;
use crate::kafka::base::java_hash;

const LEAST_SLOTS: u64 = 2;

/// Names in the order of a table that has only ever held these. Names of one slot come in reverse order of what is
/// given here; Kafka's order among them depends on the table's history.
pub(super) fn table_order<T>(items: &mut [T], name: impl Fn(&T) -> &Name) {
    let mut slots = LEAST_SLOTS;
    for held in 1..=items.len() as u64 {
        if held * 3 > slots * 4 {
            slots *= 2;
        }
    }
    items.reverse();
    items.arrange_by_key(|item| slot(name(item), slots));
}

/// `BaseHashTable.findSlot`: the highest bits of a Fibonacci hash.
fn slot(name: &str, slots: u64) -> u64 {
    let hash = i64::from(java_hash(name)).wrapping_mul(-7_046_029_254_386_353_131).cast_unsigned();
    hash >> (64 - slots.trailing_zeros())
}
