//! The order in which Java's hash maps are walked. Some of Kafka's decisions follow it, and it is defined: two runs of
//! Kafka decide alike, so that we can too.

use super::java_spread;

/// Capacity of a new `java.util.HashMap`.
const FIRST_CAPACITY: usize = 16;

/// The order in which a `java.util.HashMap` that was filled with these keys, given by their `hashCode`, is walked: the
/// places of the keys. Keys of one bucket keep the order in which they were entered.
///
/// (A bucket of more than eight keys makes a small table grow earlier, and becomes a tree in a large one; that is not
/// followed here. Ids do not fall like that unless somebody means them to.)
pub fn hash_map_order(hashes: impl ExactSizeIterator<Item = i32>) -> Vec<usize> {
    let mut capacity = FIRST_CAPACITY;
    while hashes.len() > capacity / 4 * 3 {
        capacity *= 2;
    }
    order(hashes, capacity)
}

/// The same for a map or set that was made as a copy of one of this size (`new HashSet<>(collection)`): it gets its
/// capacity at once, which can be twice that of one that has grown.
pub fn hash_copy_order(hashes: impl ExactSizeIterator<Item = i32>) -> Vec<usize> {
    let capacity = (hashes.len() * 4 / 3 + 1).max(FIRST_CAPACITY).next_power_of_two();
    order(hashes, capacity)
}

fn order(hashes: impl ExactSizeIterator<Item = i32>, capacity: usize) -> Vec<usize> {
    let mask = capacity as u32 - 1;
    let bucket = |hash: i32| java_spread(hash) & mask;
    // The bucket above the place: numbers are sorted faster than pairs.
    let place = |(at, hash)| u64::from(bucket(hash)) << 32 | at as u64;
    let mut places: Vec<u64> = hashes.enumerate().map(place).collect();
    places.sort_unstable();
    places.into_iter().map(|place| place as u32 as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::java_hash;

    fn walked(keys: &[&'static str]) -> Vec<&'static str> {
        hash_map_order(keys.iter().map(|key| java_hash(key))).into_iter().map(|at| keys[at]).collect()
    }

    /// Asked of a Java shell: `new HashMap<>()`, then `put` in this order, then `keySet()`.
    #[test]
    fn keys_come_as_java_gives_them() {
        assert_eq!(walked(&["c1", "c2", "c3", "c4"]), ["c3", "c4", "c1", "c2"]);
        // "Aa" and "BB" have the same hash.
        assert_eq!(walked(&["BB", "x", "Aa"]), ["BB", "Aa", "x"]);
    }

    #[test]
    fn a_copy_can_be_wider_than_a_map_that_has_grown() {
        let keys: Vec<i32> = (0..6).flat_map(|n| [n, n + 16]).collect();
        let in_order = |places: Vec<usize>| places.into_iter().map(|at| keys[at]).collect::<Vec<_>>();
        let grown = in_order(hash_map_order(keys.iter().copied()));
        assert_eq!(grown, [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21]);
        let copied = in_order(hash_copy_order(keys.iter().copied()));
        assert_eq!(copied, [0, 1, 2, 3, 4, 5, 16, 17, 18, 19, 20, 21]);
    }
}
