//! The order in which Kafka walks its own hash tables (`org.apache.kafka.timeline.BaseHashTable`).

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::java_hash;

const LEAST_SLOTS: u64 = 2;

/// Names in the order of a table that has only ever held these. Names of one slot come in reverse order of what is
/// given here; Kafka's order among them depends on the table's history.
pub(crate) fn table_order<T>(items: &mut [T], name: impl Fn(&T) -> &Name) {
    let mut slots = LEAST_SLOTS;
    for held in 1..=items.len() as u64 {
        slots = grown(slots, held);
    }
    items.reverse();
    items.arrange_by_key(|item| slot(name(item), slots));
}

/// A table's names, with its history: it never shrinks, and who left and came again is the newest of his slot.
pub(crate) struct Table {
    slots: u64,
    came: Map<Name, u64>,
    next: u64,
}

impl Default for Table {
    fn default() -> Self {
        Self { slots: LEAST_SLOTS, came: Map::new(), next: 0 }
    }
}

impl Table {
    /// Puts a name in, or takes it out.
    pub(crate) fn set(&mut self, name: &Name, present: bool) {
        if !present {
            self.came.remove(name);
        } else if !self.came.contains_key(name) {
            self.slots = grown(self.slots, self.came.len() as u64 + 1);
            self.came.insert(name.clone(), self.next);
            self.next += 1;
        }
    }

    /// The names in the order in which they are walked.
    pub(crate) fn names(&self) -> Vec<Name> {
        let mut names: Vec<(u64, u64, Name)> = Vec::with_capacity(self.came.len());
        names.extend(
            self.came.iter().map(|(name, came)| (slot(name, self.slots), u64::MAX - came, name.clone())),
        );
        names.arrange();
        names.into_iter().map(|(_, _, name)| name).collect()
    }
}

/// How many slots there are when one more is held.
const fn grown(slots: u64, held: u64) -> u64 {
    if held * 3 > slots * 4 { slots * 2 } else { slots }
}

/// `BaseHashTable.findSlot`: the highest bits of a Fibonacci hash.
fn slot(name: &str, slots: u64) -> u64 {
    let hash = i64::from(java_hash(name)).wrapping_mul(-7_046_029_254_386_353_131).cast_unsigned();
    hash >> (64 - slots.trailing_zeros())
}
