use std::fmt;
use std::sync::Arc;

use super::ELR_FEATURE;
use super::METADATA_VERSION_FEATURE;
use super::partition::PartitionRegistration;
use super::record::BrokerRegistrationChangeRecord;
use super::record::ClearElrRecord;
use super::record::ConfigRecord;
use super::record::Endpoint;
use super::record::FeatureLevelRecord;
use super::record::FeatureRange;
use super::record::MetadataRecord;
use super::record::PartitionChangeRecord;
use super::record::PartitionRecord;
use super::record::RegisterBrokerRecord;
use super::record::RegisterControllerRecord;
use super::record::RemoveTopicRecord;
use super::record::TopicRecord;
use super::version::MetadataVersion;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::ProducerId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;

/// The state of the cluster after some offset of the metadata log (`org.apache.kafka.image.MetadataImage`).
///
/// It changes only by [`replay`](Self::replay). Cloning it is cheap: what did not change is shared.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct ClusterImage {
    pub(super) features: Map<Name, i16>,
    pub(super) brokers: Map<NodeId, Arc<BrokerRegistration>>,
    pub(super) controllers: Map<NodeId, Arc<RegisterControllerRecord>>,
    pub(super) topics: Map<Name, TopicImage>,
    pub(super) topic_names: Map<Uuid, Name>,
    pub(super) configs: Map<ConfigResource, Map<Name, Name>>,
    pub(super) next_producer_id: Option<ProducerId>,
}

/// A broker as it has registered (`org.apache.kafka.metadata.BrokerRegistration`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerRegistration {
    pub id: NodeId,
    /// The offset of the record that registered it: grows with every restart.
    pub epoch: i64,
    /// Names the process.
    pub incarnation: Uuid,
    pub endpoints: Vec<Endpoint>,
    pub features: Vec<FeatureRange>,
    pub rack: Option<Name>,
    /// Not to be used: silent, or not yet caught up.
    pub fenced: bool,
    pub in_controlled_shutdown: bool,
    pub directories: Vec<Uuid>,
}

impl BrokerRegistration {
    /// May hold replicas and lead: neither fenced nor on its way out.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }
}

/// A topic and its partitions.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct TopicImage {
    pub name: Name,
    pub id: Uuid,
    pub partitions: Map<i32, Arc<PartitionRegistration>>,
}

/// What a config belongs to (`org.apache.kafka.common.config.ConfigResource`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigResource {
    Topic(Name),
    /// One broker, or with `None` the default of all brokers.
    Broker(Option<NodeId>),
}

impl ConfigResource {
    pub const TOPIC: i8 = 2;
    pub const BROKER: i8 = 4;

    /// The resource of this type and name; `None` for other types and for a broker whose name is no number.
    pub fn of(resource_type: i8, name: &str) -> Option<Self> {
        match resource_type {
            Self::TOPIC => Some(Self::Topic(Name::from(name))),
            Self::BROKER if name.is_empty() => Some(Self::Broker(None)),
            Self::BROKER => name.parse().ok().map(|id| Self::Broker(Some(NodeId(id)))),
            _ => None,
        }
    }

    pub const fn resource_type(&self) -> i8 {
        match self {
            Self::Topic(_) => Self::TOPIC,
            Self::Broker(_) => Self::BROKER,
        }
    }

    pub fn resource_name(&self) -> Name {
        match self {
            Self::Topic(name) => name.clone(),
            Self::Broker(None) => Name::from(""),
            Self::Broker(Some(id)) => Name::from(id.to_string()),
        }
    }
}

/// A record that does not fit the image it is replayed on. Never the case for the log of a healthy controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReplayError(String);

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReplayError {}

type Result<T> = std::result::Result<T, ReplayError>;

impl ClusterImage {
    /// The image after one more record.
    ///
    /// # Errors
    /// The record speaks of a topic, partition or broker that is not there. The image stays as it was.
    pub fn replay(&mut self, record: &MetadataRecord) -> Result<()> {
        match record {
            MetadataRecord::RegisterBroker(record) => self.register_broker(record),
            MetadataRecord::UnregisterBroker(record) => {
                self.registered(record.broker, record.broker_epoch)?;
                self.brokers.remove(&record.broker);
            }
            MetadataRecord::BrokerRegistrationChange(record) => self.change_registration(record)?,
            MetadataRecord::RegisterController(record) => {
                self.controllers.insert(record.controller, Arc::new(record.clone()));
            }
            MetadataRecord::Topic(record) => self.create_topic(record)?,
            MetadataRecord::RemoveTopic(record) => self.remove_topic(record)?,
            MetadataRecord::Partition(record) => self.create_partition(record)?,
            MetadataRecord::PartitionChange(record) => self.change_partition(record)?,
            MetadataRecord::ClearElr(record) => self.clear_elr(record)?,
            MetadataRecord::Config(record) => self.change_config(record)?,
            MetadataRecord::ProducerIds(record) => self.next_producer_id = Some(record.next_producer_id),
            MetadataRecord::FeatureLevel(record) => self.change_feature(record),
            MetadataRecord::NoOp
            | MetadataRecord::ZkMigrationState(_)
            | MetadataRecord::BeginTransaction(_)
            | MetadataRecord::EndTransaction => {}
        }
        Ok(())
    }

    fn register_broker(&mut self, record: &RegisterBrokerRecord) {
        let registration = BrokerRegistration {
            id: record.broker,
            epoch: record.broker_epoch,
            incarnation: record.incarnation,
            endpoints: record.endpoints.clone(),
            features: record.features.clone(),
            rack: record.rack.clone(),
            fenced: record.fenced,
            in_controlled_shutdown: record.in_controlled_shutdown,
            directories: record.log_dirs.clone(),
        };
        self.brokers.insert(record.broker, Arc::new(registration));
    }

    fn registered(&self, broker: NodeId, epoch: i64) -> Result<&BrokerRegistration> {
        match self.broker(broker) {
            Some(registration) if registration.epoch == epoch => Ok(registration),
            Some(other) => Err(ReplayError(format!(
                "broker {broker} is registered with epoch {}, not with epoch {epoch}",
                other.epoch
            ))),
            None => Err(ReplayError(format!("broker {broker} is not registered"))),
        }
    }

    fn change_registration(&mut self, record: &BrokerRegistrationChangeRecord) -> Result<()> {
        let mut registration = self.registered(record.broker, record.broker_epoch)?.clone();
        if let Some(fenced) = record.fenced {
            registration.fenced = fenced;
        }
        registration.in_controlled_shutdown |= record.in_controlled_shutdown;
        if !record.log_dirs.is_empty() {
            registration.directories.clone_from(&record.log_dirs);
        }
        self.brokers.insert(record.broker, Arc::new(registration));
        Ok(())
    }

    fn create_topic(&mut self, record: &TopicRecord) -> Result<()> {
        if let Some(existing) = self.topics.get(&record.name) {
            return Err(ReplayError(format!(
                "topic {} exists already, with the id {}",
                record.name, existing.id
            )));
        }
        let topic = TopicImage { name: record.name.clone(), id: record.topic_id, partitions: Map::default() };
        self.topic_names.insert(record.topic_id, record.name.clone());
        self.topics.insert(record.name.clone(), topic);
        Ok(())
    }

    fn name_of(&self, id: Uuid) -> Result<Name> {
        self.topic_names.get(&id).cloned().ok_or_else(|| ReplayError(format!("no topic has the id {id}")))
    }

    fn remove_topic(&mut self, record: &RemoveTopicRecord) -> Result<()> {
        let name = self.name_of(record.topic_id)?;
        self.topics.remove(&name);
        self.topic_names.remove(&record.topic_id);
        self.configs.remove(&ConfigResource::Topic(name));
        Ok(())
    }

    fn create_partition(&mut self, record: &PartitionRecord) -> Result<()> {
        let name = self.name_of(record.topic_id)?;
        let registration = Arc::new(PartitionRegistration::of(record));
        self.topic_mut(&name).partitions.insert(record.partition, registration);
        Ok(())
    }

    fn change_partition(&mut self, record: &PartitionChangeRecord) -> Result<()> {
        let name = self.name_of(record.topic_id)?;
        let topic = self.topic_mut(&name);
        let Some(before) = topic.partitions.get(&record.partition) else {
            return Err(ReplayError(format!("topic {name} has no partition {}", record.partition)));
        };
        let after = Arc::new(before.merge(record));
        topic.partitions.insert(record.partition, after);
        Ok(())
    }

    fn topic_mut(&mut self, name: &Name) -> &mut TopicImage {
        self.topics.get_mut(name).expect("every name of an id has a topic")
    }

    fn clear_elr(&mut self, record: &ClearElrRecord) -> Result<()> {
        if record.topic_name.is_empty() {
            let names: Vec<Name> = self.topics.keys().cloned().collect();
            names.iter().for_each(|name| self.topic_mut(name).clear_elr());
            return Ok(());
        }
        match self.topics.get_mut(&record.topic_name) {
            Some(topic) => topic.clear_elr(),
            None => return Err(ReplayError(format!("there is no topic {}", record.topic_name))),
        }
        Ok(())
    }

    fn change_config(&mut self, record: &ConfigRecord) -> Result<()> {
        let resource = ConfigResource::of(record.resource_type, &record.resource_name).ok_or_else(|| {
            ReplayError(format!(
                "a config of resource type {} named \"{}\" is not known here",
                record.resource_type, record.resource_name
            ))
        })?;
        let mut configs = self.configs.get(&resource).cloned().unwrap_or_default();
        match &record.value {
            Some(value) => configs.insert(record.name.clone(), value.clone()),
            None => configs.remove(&record.name),
        };
        if configs.is_empty() {
            self.configs.remove(&resource);
        } else {
            self.configs.insert(resource, configs);
        }
        Ok(())
    }

    fn change_feature(&mut self, record: &FeatureLevelRecord) {
        if record.feature_level == 0 {
            self.features.remove(&record.name);
        } else {
            self.features.insert(record.name.clone(), record.feature_level);
        }
    }
}

impl TopicImage {
    fn clear_elr(&mut self) {
        let numbers: Vec<i32> = self.partitions.keys().copied().collect();
        for number in numbers {
            let before = &self.partitions[&number];
            if !before.elr.is_empty() || !before.last_known_elr.is_empty() {
                let after = PartitionRegistration {
                    elr: Vec::new(),
                    last_known_elr: Vec::new(),
                    ..before.as_ref().clone()
                };
                self.partitions.insert(number, Arc::new(after));
            }
        }
    }
}

impl ClusterImage {
    pub fn features(&self) -> &Map<Name, i16> {
        &self.features
    }

    /// The level of `metadata.version`; 3.9's before the first record.
    pub fn metadata_version(&self) -> MetadataVersion {
        self.features
            .get(METADATA_VERSION_FEATURE)
            .map_or(MetadataVersion::V3_9, |level| MetadataVersion(*level))
    }

    /// Whether eligible leader replicas are kept (KIP-966).
    pub fn is_elr_enabled(&self) -> bool {
        self.features.get(ELR_FEATURE).is_some_and(|level| *level > 0)
    }

    pub fn brokers(&self) -> &Map<NodeId, Arc<BrokerRegistration>> {
        &self.brokers
    }

    pub fn broker(&self, id: NodeId) -> Option<&BrokerRegistration> {
        self.brokers.get(&id).map(Arc::as_ref)
    }

    /// Whether the broker may hold replicas and lead.
    pub fn is_active(&self, id: NodeId) -> bool {
        self.broker(id).is_some_and(BrokerRegistration::is_active)
    }

    pub fn controllers(&self) -> &Map<NodeId, Arc<RegisterControllerRecord>> {
        &self.controllers
    }

    /// All topics, by name.
    pub fn topics(&self) -> &Map<Name, TopicImage> {
        &self.topics
    }

    pub fn topic(&self, name: &str) -> Option<&TopicImage> {
        self.topics.get(name)
    }

    pub fn topic_by_id(&self, id: Uuid) -> Option<&TopicImage> {
        self.topics.get(self.topic_names.get(&id)?)
    }

    pub fn topic_name(&self, id: Uuid) -> Option<&Name> {
        self.topic_names.get(&id)
    }

    pub fn partition(&self, partition: &TopicPartition) -> Option<&PartitionRegistration> {
        self.topics.get(&partition.topic)?.partitions.get(&partition.partition).map(Arc::as_ref)
    }

    /// Every partition of every topic, by name and number.
    pub fn partitions(&self) -> impl Iterator<Item = (&TopicImage, i32, &PartitionRegistration)> {
        self.topics.values().flat_map(|topic| {
            topic
                .partitions
                .iter()
                .map(move |(partition, registration)| (topic, *partition, registration.as_ref()))
        })
    }

    /// What was set for this resource itself.
    pub fn configs(&self, resource: &ConfigResource) -> Map<Name, Name> {
        self.configs.get(resource).cloned().unwrap_or_default()
    }

    /// The value that was set for this resource itself.
    pub fn config(&self, resource: &ConfigResource, name: &str) -> Option<&Name> {
        self.configs.get(resource)?.get(name)
    }

    /// The first producer id that no block holds.
    pub fn next_producer_id(&self) -> ProducerId {
        self.next_producer_id.unwrap_or(0)
    }
}
