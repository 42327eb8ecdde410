//! The order in which a `java.util.HashMap` of texts is walked: Kafka's choice of a new leader and of the winner among
//! protocols with equal votes follows it.

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Name;
use crate::kafka::base::java_hash;
use crate::kafka::base::java_spread;

const FIRST_CAPACITY: u32 = 16;

/// A map by name, in the order of a Java hash map: capacity 16, doubled when more than three quarters are taken, never
/// shrunk; bucket `(h ^ h >>> 16) & (capacity - 1)`, and in a bucket the order of insertion.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HashOrder<V> {
    capacity: u32,
    /// Sorted by bucket.
    entries: Vec<(u32, Name, V)>,
}

impl<V> Default for HashOrder<V> {
    fn default() -> Self {
        Self { capacity: FIRST_CAPACITY, entries: Vec::new() }
    }
}

impl<V> HashOrder<V> {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Name, &V)> {
        self.entries.iter().map(|(_, key, value)| (key, value))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Name, &mut V)> {
        self.entries.iter_mut().map(|(_, key, value)| (&*key, value))
    }

    pub fn keys(&self) -> impl Iterator<Item = &Name> {
        self.entries.iter().map(|(_, key, _)| key)
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, _, value)| value)
    }

    pub fn get(&self, key: &str) -> Option<&V> {
        self.find(key).map(|at| &self.entries[at].2)
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.find(key).map(|at| &mut self.entries[at].2)
    }

    pub fn contains(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Enters a value, or puts it in the place of the one that is there.
    pub fn insert(&mut self, key: Name, value: V) -> Option<V> {
        if let Some(known) = self.get_mut(&key) {
            return Some(std::mem::replace(known, value));
        }
        let bucket = self.bucket(&key);
        let end = self.entries.partition_point(|(other, _, _)| *other <= bucket);
        self.entries.insert(end, (bucket, key, value));
        if self.entries.len() > (self.capacity / 4 * 3) as usize {
            self.grow();
        }
        None
    }

    pub fn remove(&mut self, key: &str) -> Option<V> {
        self.find(key).map(|at| self.entries.remove(at).2)
    }

    fn find(&self, key: &str) -> Option<usize> {
        let bucket = self.bucket(key);
        let start = self.entries.partition_point(|(other, _, _)| *other < bucket);
        let same = self.entries[start..].iter().take_while(|(other, _, _)| *other == bucket);
        same.into_iter().position(|(_, known, _)| **known == *key).map(|at| start + at)
    }

    fn bucket(&self, key: &str) -> u32 {
        java_spread(java_hash(key)) & (self.capacity - 1)
    }

    /// A bucket is split in two; both halves keep their order.
    fn grow(&mut self) {
        self.capacity *= 2;
        let mut entries = std::mem::take(&mut self.entries);
        for (bucket, key, _) in &mut entries {
            *bucket = self.bucket(key);
        }
        entries.arrange_by_key(|(bucket, _, _)| *bucket);
        self.entries = entries;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(keys: &[&str]) -> Vec<String> {
        let mut map = HashOrder::default();
        for key in keys {
            map.insert(Name::from(*key), ());
        }
        map.keys().map(ToString::to_string).collect()
    }

    /// As `HashMap.keySet()` of Java prints it.
    #[test]
    fn names_come_in_the_order_of_a_java_hash_map() {
        assert_eq!(order(&["cherry", "apple", "banana"]), ["banana", "cherry", "apple"]);
        // All of one bucket: as they were entered.
        assert_eq!(order(&["q", "a", "1"]), ["q", "a", "1"]);
    }

    /// `i` (105) and `Y` (89) share a bucket of 16, and not one of 32.
    #[test]
    fn a_table_that_grows_splits_its_buckets() {
        let mut keys: Vec<String> = ["Y", "i"].map(ToOwned::to_owned).into();
        assert_eq!(order(&["Y", "i"]), ["Y", "i"]);
        keys.extend((0..11).map(|n| format!("k{n}")));
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let ordered = order(&keys);
        let place = |key: &str| ordered.iter().position(|known| known == key);
        assert!(place("i") < place("Y"), "{ordered:?}");
    }

    #[test]
    fn what_was_entered_is_found_and_can_go() {
        let mut map = HashOrder::default();
        for n in 0..100 {
            assert_eq!(map.insert(Name::from(format!("member-{n}")), n), None);
        }
        assert_eq!((map.len(), map.get("member-42")), (100, Some(&42)));
        assert_eq!(map.insert(Name::from("member-42"), 7), Some(42));
        assert_eq!((map.remove("member-42"), map.remove("member-42"), map.len()), (Some(7), None, 99));
    }
}
