/// Kafka's hash of a record's key (`Utils.murmur2`): MurmurHash2 with a fixed seed.
pub fn murmur2(data: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    const SEED: u32 = 0x9747_b28c;
    let mut hash = SEED ^ data.len() as u32;
    let mut words = data.chunks_exact(4);
    for word in &mut words {
        let mut k = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(M);
        k = (k ^ (k >> 24)).wrapping_mul(M);
        hash = hash.wrapping_mul(M) ^ k;
    }
    let tail = words.remainder();
    if !tail.is_empty() {
        for (i, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * i);
        }
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    (hash ^ (hash >> 15)) as i32
}

/// A hash without its sign bit (`Utils.toPositive`).
pub const fn to_positive(hash: i32) -> i32 {
    hash & 0x7fff_ffff
}

/// The partition of a key: its hash over all partitions, those without a leader too
/// (`BuiltInPartitioner.partitionForKey`). `partitions` must be above 0.
pub fn partition_for_key(key: &[u8], partitions: i32) -> i32 {
    to_positive(murmur2(key)) % partitions.max(1)
}

/// `String.hashCode` of Java: over UTF-16 units, so that characters beyond the first plane count twice.
pub fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// `Long.hashCode` of Java: both halves, one over the other. With it a `HashMap` finds the bucket of a producer id.
pub const fn java_hash_long(number: i64) -> i32 {
    (number ^ ((number as u64) >> 32) as i64) as i32
}

/// `HashMap.hash` of Java, and `improveHash` of Scala's: the upper half of a hash over its lower one, so that small tables
/// see both. The bucket is this, cut to the size of the table.
pub const fn java_spread(hash: i32) -> u32 {
    let hash = hash.cast_unsigned();
    hash ^ (hash >> 16)
}

/// Kafka's `Utils.abs`: the absolute value, and 0 for the one number that has none.
pub const fn java_abs(number: i32) -> i32 {
    if number == i32::MIN { 0 } else { number.abs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked of Kafka's own class (`UtilsTest.testMurmur2`) and of a Java shell.
    #[test]
    fn hashes_are_javas() {
        assert_eq!(murmur2(b"21"), -973_932_308);
        assert_eq!(murmur2(b"a-little-bit-long-string"), -985_981_536);
        assert_eq!(partition_for_key(b"foobar", 50), 16);
        assert_eq!(java_hash("hello"), 99_162_322);
        assert_eq!(java_abs(i32::MIN), 0);
    }
}
