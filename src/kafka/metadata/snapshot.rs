use super::METADATA_VERSION_FEATURE;
use super::image::BrokerRegistration;
use super::image::ClusterImage;
use super::record::ConfigRecord;
use super::record::FeatureLevelRecord;
use super::record::MetadataRecord;
use super::record::ProducerIdsRecord;
use super::record::RegisterBrokerRecord;
use super::record::TopicRecord;
use crate::kafka::base::NodeId;

impl ClusterImage {
    /// The shortest list of records that makes this image out of nothing: what a snapshot holds. In Kafka's order:
    /// features (`metadata.version` first), brokers, controllers, topics, configs, producer ids.
    pub fn to_records(&self) -> Vec<MetadataRecord> {
        let mut records = Vec::new();
        self.write_features(&mut records);
        for broker in self.brokers.values() {
            records.push(MetadataRecord::RegisterBroker(broker.to_record()));
        }
        for controller in self.controllers.values() {
            records.push(MetadataRecord::RegisterController(controller.as_ref().clone()));
        }
        for topic in self.topics.values() {
            let record = TopicRecord { name: topic.name.clone(), topic_id: topic.id };
            records.push(MetadataRecord::Topic(record));
            for (partition, registration) in &topic.partitions {
                records.push(MetadataRecord::Partition(registration.to_record(topic.id, *partition)));
            }
        }
        self.write_configs(&mut records);
        if let Some(next_producer_id) = self.next_producer_id {
            let record = ProducerIdsRecord { broker: NodeId(-1), broker_epoch: -1, next_producer_id };
            records.push(MetadataRecord::ProducerIds(record));
        }
        records
    }

    fn write_features(&self, records: &mut Vec<MetadataRecord>) {
        let first = self.features.get_key_value(METADATA_VERSION_FEATURE);
        let others = self.features.iter().filter(|(name, _)| name.as_ref() != METADATA_VERSION_FEATURE);
        for (name, level) in first.into_iter().chain(others) {
            let record = FeatureLevelRecord { name: name.clone(), feature_level: *level };
            records.push(MetadataRecord::FeatureLevel(record));
        }
    }

    fn write_configs(&self, records: &mut Vec<MetadataRecord>) {
        for (resource, configs) in &self.configs {
            for (name, value) in configs {
                records.push(MetadataRecord::Config(ConfigRecord {
                    resource_type: resource.resource_type(),
                    resource_name: resource.resource_name(),
                    name: name.clone(),
                    value: Some(value.clone()),
                }));
            }
        }
    }
}

impl BrokerRegistration {
    fn to_record(&self) -> RegisterBrokerRecord {
        RegisterBrokerRecord {
            broker: self.id,
            incarnation: self.incarnation,
            broker_epoch: self.epoch,
            endpoints: self.endpoints.clone(),
            features: self.features.clone(),
            rack: self.rack.clone(),
            fenced: self.fenced,
            in_controlled_shutdown: self.in_controlled_shutdown,
            log_dirs: self.directories.clone(),
        }
    }
}
