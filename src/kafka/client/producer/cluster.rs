use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::MetadataCache;

/// One partition, as the accumulator needs to know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionInfo {
    /// `None`: nobody leads it, or its leader is not among the live brokers.
    pub leader: Option<NodeId>,
    pub leader_epoch: Option<Epoch>,
}

/// The partitions of one topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TopicPartitions {
    pub partitions: Map<i32, PartitionInfo>,
    /// Those with a leader, in the order in which the partitioner counts them.
    pub available: Vec<i32>,
}

/// The cluster as accumulator and partitioner see it at one moment (`MetadataSnapshot`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClusterSnapshot {
    pub topics: Map<Name, TopicPartitions>,
    /// The partitions that each broker leads, in the order in which the sender walks over them.
    pub led_by: Map<NodeId, Vec<TopicPartition>>,
}

impl ClusterSnapshot {
    /// What the client knows now; partitions in the order of their names.
    pub fn of(metadata: &MetadataCache) -> Self {
        let mut snapshot = Self::default();
        for (name, topic) in metadata.topics().filter(|(_, topic)| topic.error.is_none()) {
            let mut info = TopicPartitions::default();
            for (&partition, known) in &topic.partitions {
                let leader = known.leader.filter(|leader| metadata.brokers().contains(leader));
                let leader_epoch = (known.leader_epoch >= 0).then_some(known.leader_epoch);
                info.partitions.insert(partition, PartitionInfo { leader, leader_epoch });
                if let Some(leader) = leader {
                    info.available.push(partition);
                    snapshot.led_by.entry(leader).or_default().push(TopicPartition::new(name, partition));
                }
            }
            snapshot.topics.insert(name.clone(), info);
        }
        snapshot
    }

    pub fn partition(&self, topic: &str, partition: i32) -> Option<PartitionInfo> {
        self.topics.get(topic)?.partitions.get_near(partition as usize, &partition).copied()
    }
}
