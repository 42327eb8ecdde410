use std::cmp::Ordering;
use std::sync::Arc;

use super::image::BrokerRegistration;
use super::image::ClusterImage;
use super::image::ConfigResource;
use super::image::TopicImage;
use super::partition::PartitionRegistration;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;

/// What differs between two images (`org.apache.kafka.image.MetadataDelta`).
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct ImageDelta {
    /// Partitions that were made, changed or removed; by topic name and number. A topic that was deleted and made anew
    /// gives its old partitions first, as removed, and then its new ones.
    pub partitions: Vec<PartitionDelta>,
    pub topics_created: Vec<(Name, Uuid)>,
    pub topics_deleted: Vec<(Name, Uuid)>,
    /// Resources whose configs are not what they were.
    pub configs: Vec<ConfigResource>,
    /// Brokers that registered, changed or left.
    pub brokers: Vec<NodeId>,
}

/// One partition before and after; `before` is `None` when it was made, `after` when it was removed.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct PartitionDelta {
    pub partition: TopicPartition,
    pub topic_id: Uuid,
    pub before: Option<Arc<PartitionRegistration>>,
    pub after: Option<Arc<PartitionRegistration>>,
}

impl ImageDelta {
    /// What happened between `before` and `after`. What they share is not looked at.
    pub fn between(before: &ClusterImage, after: &ClusterImage) -> Self {
        let mut delta = Self::default();
        for name in keys_that_differ(&before.topics, &after.topics) {
            match (before.topics.get(&name), after.topics.get(&name)) {
                (Some(old), Some(new)) if old.id == new.id => {
                    delta.diff_partitions(new, &old.partitions, &new.partitions);
                }
                (old, new) => {
                    old.into_iter().for_each(|topic| delta.remove_topic(topic));
                    new.into_iter().for_each(|topic| delta.add_topic(topic));
                }
            }
        }
        delta.configs = keys_that_differ(&before.configs, &after.configs);
        delta.brokers = keys_that_differ::<NodeId, Arc<BrokerRegistration>>(&before.brokers, &after.brokers);
        delta
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add_topic(&mut self, topic: &TopicImage) {
        self.topics_created.push((topic.name.clone(), topic.id));
        self.diff_partitions(topic, &Map::default(), &topic.partitions);
    }

    fn remove_topic(&mut self, topic: &TopicImage) {
        self.topics_deleted.push((topic.name.clone(), topic.id));
        self.diff_partitions(topic, &topic.partitions, &Map::default());
    }

    fn diff_partitions(
        &mut self,
        topic: &TopicImage,
        before: &Map<i32, Arc<PartitionRegistration>>,
        after: &Map<i32, Arc<PartitionRegistration>>,
    ) {
        for partition in keys_that_differ(before, after) {
            self.partitions.push(PartitionDelta {
                partition: TopicPartition::new(&topic.name, partition),
                topic_id: topic.id,
                before: before.get(&partition).cloned(),
                after: after.get(&partition).cloned(),
            });
        }
    }
}

/// In order.
fn keys_that_differ<K: Ord + Clone, V: PartialEq>(before: &Map<K, V>, after: &Map<K, V>) -> Vec<K> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let mut keys = Vec::new();
    loop {
        let order = match (before.peek(), after.peek()) {
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return keys,
        };
        let old = before.next_if(|_| order.is_le());
        let new = after.next_if(|_| order.is_ge());
        if old.map(|(_, value)| value) != new.map(|(_, value)| value) {
            keys.extend(old.or(new).map(|(key, _)| key.clone()));
        }
    }
}
