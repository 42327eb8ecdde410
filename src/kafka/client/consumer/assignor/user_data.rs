//! The bytes that the sticky assignors add to a subscription, and what a member owned by them.

use bytes::Buf;
use bytes::BufMut;
use bytes::Bytes;

use crate::kafka::base::TopicPartition;
use crate::kafka::base::hash_map_order;
use crate::kafka::base::java_hash;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use crate::kafka::protocol::consumer_protocol::NO_GENERATION;
use crate::kafka::protocol::consumer_protocol::by_topic;
use crate::kafka::protocol::consumer_protocol::get_partitions;
use crate::kafka::protocol::consumer_protocol::put_topics;

/// What a member says that it owned, and in which generation if it says so (`AbstractStickyAssignor.MemberData`).
pub(super) struct MemberData {
    pub(super) owned: Vec<TopicPartition>,
    pub(super) generation: Option<i32>,
}

/// Reads what a member owned from its subscription.
pub(super) type ReadMember = fn(&ConsumerProtocolSubscription) -> MemberData;

/// `StickyAssignor`: its protocol is eager, so that a member owns nothing any more when it asks. What it had stands in
/// the user data.
pub(super) fn sticky(subscription: &ConsumerProtocolSubscription) -> MemberData {
    let Some(bytes) = subscription.user_data.as_ref().filter(|bytes| !bytes.is_empty()) else {
        return MemberData { owned: Vec::new(), generation: None };
    };
    let mut from = bytes.clone();
    match get_partitions(&mut from) {
        // Version 0 of these bytes ends before the generation.
        Ok(owned) => MemberData { owned, generation: from.try_get_i32().ok() },
        Err(_) => MemberData { owned: Vec::new(), generation: Some(NO_GENERATION) },
    }
}

/// `CooperativeStickyAssignor`: the fields of the subscription, and before version 2 of it the generation of the user
/// data.
pub(super) fn cooperative(subscription: &ConsumerProtocolSubscription) -> MemberData {
    let generation = generation(subscription).or_else(|| {
        let bytes = subscription.user_data.as_ref()?;
        Some(bytes.clone().try_get_i32().unwrap_or(NO_GENERATION))
    });
    MemberData { owned: subscription.owned.clone(), generation }
}

/// The generation that stands in the subscription itself.
pub(super) fn generation(subscription: &ConsumerProtocolSubscription) -> Option<i32> {
    Some(subscription.generation).filter(|generation| *generation >= 0)
}

/// The bytes of `StickyAssignor`, version 1: topics in the order of a Java hash map, and the generation.
pub(super) fn put_sticky(owned: &[TopicPartition], generation: i32) -> Bytes {
    let topics = by_topic(owned);
    let order = hash_map_order(topics.iter().map(|(topic, _)| java_hash(topic)));
    let topics: Vec<_> = order.into_iter().map(|at| topics[at].clone()).collect();
    let mut out = Vec::with_capacity(64);
    put_topics(&mut out, &topics);
    out.put_i32(generation);
    out.into()
}

/// The bytes of `CooperativeStickyAssignor`, version 0.
pub(super) fn put_cooperative(generation: i32) -> Bytes {
    Bytes::copy_from_slice(&generation.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    fn partitions(list: &[(&str, i32)]) -> Vec<TopicPartition> {
        list.iter().map(|(topic, partition)| TopicPartition::new(&name(topic), *partition)).collect()
    }

    /// `foo` (hash 101574) comes before `bar` (97299) in a Java map of 16: buckets 7 and 2 … the lower one first.
    #[test]
    fn sticky_bytes_hold_the_assignment_by_topic_and_its_generation() {
        let owned = partitions(&[("foo", 1), ("bar", 0), ("foo", 2)]);
        let bytes = put_sticky(&owned, 5);
        let expected = [
            &[0, 0, 0, 2][..],
            &[0, 3, b'b', b'a', b'r', 0, 0, 0, 1, 0, 0, 0, 0],
            &[0, 3, b'f', b'o', b'o', 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2],
            &[0, 0, 0, 5],
        ]
        .concat();
        assert_eq!(bytes, expected);
        let read = sticky(&ConsumerProtocolSubscription { user_data: Some(bytes), ..Default::default() });
        assert_eq!(read.generation, Some(5));
        assert_eq!(read.owned, partitions(&[("bar", 0), ("foo", 1), ("foo", 2)]));
    }

    #[test]
    fn older_and_broken_sticky_bytes_are_read_as_kafka_does() {
        let read = |bytes: &[u8]| {
            let user_data = Some(Bytes::copy_from_slice(bytes));
            let data = sticky(&ConsumerProtocolSubscription { user_data, ..Default::default() });
            (data.owned, data.generation)
        };
        assert_eq!(read(&[]), (Vec::new(), None));
        let version_0 = [0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 1, 0, 0, 0, 3];
        assert_eq!(read(&version_0), (partitions(&[("t", 3)]), None));
        assert_eq!(read(&version_0[..9]), (Vec::new(), Some(NO_GENERATION)));
    }

    #[test]
    fn cooperative_bytes_count_only_when_the_subscription_has_no_generation() {
        let read = |generation: i32, user_data: Option<Bytes>| {
            cooperative(&ConsumerProtocolSubscription { generation, user_data, ..Default::default() })
                .generation
        };
        assert_eq!(read(4, Some(put_cooperative(3))), Some(4));
        assert_eq!(read(-1, Some(put_cooperative(3))), Some(3));
        assert_eq!(read(-1, Some(Bytes::from_static(&[1]))), Some(-1));
        assert_eq!(read(-1, None), None);
    }
}
