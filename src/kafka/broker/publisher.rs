//! What follows from new metadata: replicas that begin, lead, follow or end here, and configs (Kafka:
//! `BrokerMetadataPublisher`, `ReplicaManager.applyDelta`).

use std::sync::Arc;

use super::Broker;
use super::lifecycle::BrokerState;
use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::TopicPartition;
use crate::kafka::machine::Context;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::metadata::ConfigResource;
use crate::kafka::metadata::ImageDelta;
use crate::kafka::metadata::PartitionDelta;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::replication::Partition;

impl Broker {
    /// The first whole image: the logs are opened, and every replica takes its part.
    pub(super) fn publish_first(&mut self, cx: &mut Context<'_>) {
        self.reload_broker_config(cx);
        self.load_logs(cx);
        let known = self.image().topic(GROUP_METADATA_TOPIC).map(|topic| topic.partitions.len());
        let configured = self.config.offsets_topic.partitions;
        self.coordinators.partitions = known.and_then(|len| i32::try_from(len).ok()).unwrap_or(configured);
        self.publish(cx, &ClusterImage::default());
        if self.lifecycle.state != BrokerState::Starting {
            self.set_ready_to_unfence();
        }
    }

    pub(super) fn publish(&mut self, cx: &mut Context<'_>, before: &ClusterImage) {
        if !self.logs_loaded {
            return;
        }
        let delta = ImageDelta::between(before, self.image());
        if delta.configs.iter().any(|resource| matches!(resource, ConfigResource::Broker(_))) {
            self.reload_broker_config(cx);
        }
        for resource in &delta.configs {
            if let ConfigResource::Topic(topic) = resource {
                self.reload_topic_config(cx, topic);
            }
        }
        let own = self.spec.id;
        let is_ours =
            |r: &Option<Arc<PartitionRegistration>>| r.as_ref().is_some_and(|r| r.replicas.contains(&own));
        for change in delta.partitions.iter().filter(|change| !is_ours(&change.after)) {
            self.drop_replica(cx, &change.partition);
        }
        // Leaders first: a follower elsewhere may already be asking.
        let leads = |change: &&PartitionDelta| change.after.as_ref().is_some_and(|r| r.leader == Some(own));
        for change in delta.partitions.iter().filter(|change| is_ours(&change.after)).filter(leads) {
            self.become_leader(cx, change);
        }
        for change in delta.partitions.iter().filter(|change| is_ours(&change.after)) {
            if !leads(&change) {
                self.become_follower(cx, change);
            }
        }
        self.publish_to_coordinators(cx, &delta);
    }

    fn raise(&mut self, cx: &mut Context<'_>, id: &TopicPartition) {
        let raised =
            self.with_rules(cx, id, |cx, partition, rules| partition.raise_high_watermark(cx.disk, rules));
        match raised {
            Some(Ok(true)) => {
                self.moved.insert(id.clone());
            }
            Some(Err(error)) => {
                self.on_log_error(&error);
            }
            _ => {}
        }
    }

    /// The replica of a change; made when it is new here. `None` when its log could not be made.
    fn replica(&mut self, cx: &mut Context<'_>, change: &PartitionDelta, after: &Arc<PartitionRegistration>) {
        let id = &change.partition;
        if self.partitions.get(id).is_some_and(|partition| partition.topic_id() != change.topic_id) {
            self.drop_replica(cx, id);
        }
        if self.partitions.contains_key(id) {
            return;
        }
        let partition = match self.open_log(cx, id, Some(change.topic_id)) {
            Ok(log) => Partition::new(id.clone(), change.topic_id, log, after.clone()),
            Err(error) => {
                self.on_log_error(&error);
                Partition::offline(id.clone(), change.topic_id, after.clone(), &error.to_string())
            }
        };
        self.partitions.insert(id.clone(), Arc::new(partition));
    }

    fn become_leader(&mut self, cx: &mut Context<'_>, change: &PartitionDelta) {
        let Some(after) = &change.after else { return };
        let (id, own, now_ms) = (&change.partition, self.spec.id, cx.wall_ms());
        self.stop_fetching(id);
        self.replica(cx, change, after);
        let Some(partition) = self.partition_mut(id) else { return };
        if let Err(error) = partition.make_leader(cx.disk, own, after, now_ms) {
            self.on_log_error(&error);
            return;
        }
        self.moved.insert(id.clone());
        self.raise(cx, id);
    }

    fn become_follower(&mut self, cx: &mut Context<'_>, change: &PartitionDelta) {
        let Some(after) = &change.after else { return };
        let id = &change.partition;
        self.replica(cx, change, after);
        let Some(partition) = self.partition_mut(id) else { return };
        if partition.make_follower(after) {
            // Requests that wait for this broker as the leader learn that it is none.
            self.moved.insert(id.clone());
            self.stop_fetching(id);
            if let Some(leader) = after.leader {
                self.start_fetching(id, leader);
            }
        }
    }

    fn drop_replica(&mut self, cx: &mut Context<'_>, id: &TopicPartition) {
        let Some(partition) = self.partitions.remove(id) else { return };
        self.stop_fetching(id);
        self.moved.insert(id.clone());
        let partition = Arc::try_unwrap(partition).unwrap_or_else(|shared| (*shared).clone());
        if let Some(mut log) = partition.into_log() {
            self.delete_log(cx, &mut log);
        }
    }
}
