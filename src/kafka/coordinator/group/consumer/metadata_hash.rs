//! The hash of the topics that a group is subscribed to (Kafka 4.1: `Utils.computeTopicHash`, `computeGroupHash`).
//!
//! It stands in `ConsumerGroupMetadata`: when it differs, a topic has come, gone, grown or moved, and the group needs a
//! new epoch. Both hashes are XXH3 over little-endian fields.

use twox_hash::XxHash3_64;

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Name;
use crate::kafka::base::Uuid;

/// What a topic's hash is made of.
pub struct HashedTopic<'a> {
    pub id: Uuid,
    pub name: &'a str,
    /// For each partition the racks of its replicas, in any order.
    pub racks: &'a [Vec<Name>],
}

/// The hash of one topic. A text stands as its UTF-16 units and their number.
pub fn topic_hash(topic: &HashedTopic<'_>) -> u64 {
    let mut bytes = vec![0_u8];
    for half in topic.id.to_bytes().chunks_exact(8) {
        bytes.extend(half.iter().rev());
    }
    text(&mut bytes, topic.name);
    number(&mut bytes, topic.racks.len());
    for (partition, racks) in topic.racks.iter().enumerate() {
        number(&mut bytes, partition);
        let mut racks: Vec<&Name> = racks.iter().collect();
        racks.arrange();
        for rack in racks {
            number(&mut bytes, rack.encode_utf16().count());
            text(&mut bytes, rack);
        }
    }
    XxHash3_64::oneshot(&bytes)
}

/// The hash of a group: the hashes of its existing topics in the order of their names; 0 if there are none.
pub fn group_hash(topics: impl Iterator<Item = u64>) -> i64 {
    let bytes: Vec<u8> = topics.flat_map(u64::to_le_bytes).collect();
    if bytes.is_empty() { 0 } else { XxHash3_64::oneshot(&bytes).cast_signed() }
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    number(bytes, text.encode_utf16().count());
}

fn number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend(u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(low: u64, high: u64) -> Uuid {
        Uuid::from_parts(high, low)
    }

    #[test]
    fn the_hash_follows_id_name_partitions_and_racks_but_not_the_order_of_racks() {
        let racks = |a: &str, b: &str| vec![vec![Name::from(a), Name::from(b)]];
        let hash = |id, name, racks: &[Vec<Name>]| topic_hash(&HashedTopic { id, name, racks });
        let one = hash(id(1, 2), "foo", &racks("a", "b"));
        assert_eq!(one, hash(id(1, 2), "foo", &racks("b", "a")));
        assert_ne!(one, hash(id(2, 2), "foo", &racks("a", "b")));
        assert_ne!(one, hash(id(1, 2), "bar", &racks("a", "b")));
        assert_ne!(one, hash(id(1, 2), "foo", &racks("a", "c")));
        assert_ne!(one, hash(id(1, 2), "foo", &[vec![], vec![]]));
        assert_eq!(group_hash([].into_iter()), 0);
        assert_ne!(group_hash([1, 2].into_iter()), group_hash([2, 1].into_iter()));
    }
}
