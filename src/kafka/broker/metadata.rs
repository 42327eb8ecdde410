//! Metadata: who is there, which partitions there are, who leads them.

use super::Broker;
use super::broker::Caller;
use crate::kafka::base::Purpose;
use crate::kafka::base::Uuid;
use crate::kafka::base::is_internal_topic;
use crate::kafka::machine::Context;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::metadata::TopicImage;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::metadata_request::MetadataRequestData;
use crate::kafka::protocol::messages::metadata_request::MetadataRequestTopic;
use crate::kafka::protocol::messages::metadata_response::MetadataResponseBroker;
use crate::kafka::protocol::messages::metadata_response::MetadataResponseData;
use crate::kafka::protocol::messages::metadata_response::MetadataResponsePartition;
use crate::kafka::protocol::messages::metadata_response::MetadataResponseTopic;

/// Names that Kafka accepts for a topic (`Topic.validate`).
fn is_valid_name(topic: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
    !topic.is_empty() && topic != "." && topic != ".." && topic.len() <= 249 && topic.chars().all(legal)
}

impl Broker {
    pub(super) fn handle_metadata(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        body: &MetadataRequestData,
    ) {
        // Version 0 had no null: an empty list meant all topics.
        let all =
            body.topics.is_none() || (caller.version == 0 && body.topics.as_ref().is_some_and(Vec::is_empty));
        let topics = if all {
            self.image().topics().values().map(|topic| self.describe(topic)).collect()
        } else {
            let asked = body.topics.as_deref().unwrap_or_default();
            asked.iter().map(|topic| self.find_topic(cx, body.allow_auto_topic_creation, topic)).collect()
        };
        let brokers: Vec<MetadataResponseBroker> = self.alive_brokers();
        // In KRaft the controllers are not for clients: any broker will do, and it forwards.
        let index = cx.random(Purpose::Broker).below(u32::try_from(brokers.len()).unwrap_or(0));
        let controller = brokers.get(index as usize).map_or(-1, |broker| broker.node_id);
        let response = MetadataResponseData::default()
            .with_brokers(brokers)
            .with_cluster_id(Some(KafkaString::from(self.spec.cluster_id.to_string())))
            .with_controller_id(controller)
            .with_topics(topics);
        caller.answer(cx, Response::Metadata(response));
    }

    fn alive_brokers(&self) -> Vec<MetadataResponseBroker> {
        let alive = self.image().brokers().values().filter(|broker| !broker.fenced);
        let describe = |broker: &std::sync::Arc<crate::kafka::metadata::BrokerRegistration>| {
            let endpoint = broker.endpoints.first()?;
            Some(
                MetadataResponseBroker::default()
                    .with_node_id(broker.id.0)
                    .with_host(KafkaString::from(endpoint.host.to_string()))
                    .with_port(i32::from(endpoint.port))
                    .with_rack(broker.rack.as_ref().map(|rack| KafkaString::from(rack.to_string()))),
            )
        };
        alive.filter_map(describe).collect()
    }

    fn find_topic(
        &mut self,
        cx: &mut Context<'_>,
        may_create: bool,
        asked: &MetadataRequestTopic,
    ) -> MetadataResponseTopic {
        let by_id = asked.topic_id != Uuid::ZERO;
        let found = if by_id {
            self.image().topic_by_id(asked.topic_id)
        } else {
            asked.name.as_ref().and_then(|name| self.image().topic(name.as_str()))
        };
        if let Some(topic) = found {
            return self.describe(topic);
        }
        let wanted = asked.name.as_ref().map_or("", |name| name.as_str()).to_owned();
        let error = if by_id {
            ErrorCode::UnknownTopicId
        } else if !is_valid_name(&wanted) {
            ErrorCode::InvalidTopicException
        } else {
            if may_create && self.config.auto_create_topics {
                self.auto_create(cx, &wanted);
            }
            ErrorCode::UnknownTopicOrPartition
        };
        MetadataResponseTopic::default()
            .with_error_code(error.code())
            .with_name(asked.name.clone())
            .with_is_internal(is_internal_topic(&wanted))
            .with_topic_id(asked.topic_id)
    }

    fn describe(&self, topic: &TopicImage) -> MetadataResponseTopic {
        let partitions =
            topic.partitions.iter().map(|(index, partition)| self.describe_partition(*index, partition));
        MetadataResponseTopic::default()
            .with_name(Some(KafkaString::from(topic.name.to_string())))
            .with_topic_id(topic.id)
            .with_is_internal(is_internal_topic(&topic.name))
            .with_partitions(partitions.collect())
    }

    fn describe_partition(&self, index: i32, partition: &PartitionRegistration) -> MetadataResponsePartition {
        let alive = |id| self.image().broker(id).is_some_and(|broker| !broker.fenced);
        let leader = partition.leader.filter(|id| alive(*id));
        let error = if leader.is_none() { ErrorCode::LeaderNotAvailable.code() } else { 0 };
        let ids = |list: &[crate::kafka::base::NodeId]| list.iter().map(|id| id.0).collect::<Vec<i32>>();
        MetadataResponsePartition::default()
            .with_error_code(error)
            .with_partition_index(index)
            .with_leader_id(leader.map_or(-1, |id| id.0))
            .with_leader_epoch(partition.leader_epoch)
            .with_replica_nodes(ids(&partition.replicas))
            .with_isr_nodes(ids(&partition.isr))
            .with_offline_replicas(
                partition.replicas.iter().filter(|id| !alive(**id)).map(|id| id.0).collect(),
            )
    }
}
