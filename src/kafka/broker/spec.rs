use std::collections::BTreeMap;
use std::hash::Hash;
use std::hash::Hasher;

use crate::kafka::base::Duration;
use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::config::BROKER_CONFIGS;
use crate::kafka::base::config::ConfigDef;
use crate::kafka::base::config::Resolved;
use crate::kafka::base::config::Settings;
use crate::kafka::base::config::TOPIC_CONFIGS;
use crate::kafka::base::config::broker_config;
use crate::kafka::base::config::broker_synonyms;
use crate::kafka::base::config::broker_value;
use crate::kafka::base::config::topic_synonyms;
use crate::kafka::base::config::topic_value;
use crate::kafka::coordinator::GroupConfig;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::metadata::ConfigResource;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopic;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopicConfig;
use crate::kafka::storage::LogConfig;

/// What is needed to boot a broker's process: its `server.properties`.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct BrokerSpec {
    pub id: NodeId,
    pub rack: Option<Name>,
    pub controller: NodeId,
    pub cluster_id: Name,
    /// Configs by their real names; what is missing has its default.
    pub configs: Map<Name, Name>,
    pub profile: Profile,
}

impl BrokerSpec {
    pub fn new(id: NodeId, controller: NodeId, cluster_id: &str, profile: Profile) -> Self {
        Self { id, rack: None, controller, cluster_id: Name::from(cluster_id), configs: Map::new(), profile }
    }

    /// Sets a config by its real name.
    #[must_use]
    pub fn with_config(mut self, name: &str, value: &str) -> Self {
        self.configs.insert(Name::from(name), Name::from(value));
        self
    }
}

/// The numbers of the configs in force now. Rebuilt when a broker config changes.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct BrokerConfig {
    pub heartbeat_interval: Duration,
    pub session_timeout: Duration,
    pub registration_timeout: Duration,
    pub replica_lag_time_max_ms: i64,
    pub replica_fetch_wait_max_ms: i32,
    pub replica_fetch_min_bytes: i32,
    pub replica_fetch_max_bytes: i32,
    pub replica_fetch_response_max_bytes: i32,
    pub replica_fetch_backoff: Duration,
    pub replica_selector_class: Name,
    pub replica_socket_timeout: Duration,
    pub fetch_max_bytes: i32,
    pub fetch_session_slots: usize,
    pub socket_request_max_bytes: usize,
    pub retention_check_interval: Duration,
    pub initial_task_delay: Duration,
    pub high_watermark_checkpoint_interval: Duration,
    pub recovery_point_checkpoint_interval: Duration,
    pub log_start_checkpoint_interval: Duration,
    pub flush_interval: Duration,
    pub producer_expiration_interval: Duration,
    pub producer_expiration_ms: i32,
    pub auto_create_topics: bool,
    pub num_partitions: i32,
    pub default_replication_factor: i16,
    pub controlled_shutdown: bool,
    pub offsets_topic: OffsetsTopic,
}

/// How `__consumer_offsets` is made when it is not there.
#[derive(Clone, Debug, PartialEq)]
pub struct OffsetsTopic {
    /// `offsets.topic.num.partitions`
    pub partitions: i32,
    /// `offsets.topic.replication.factor`
    pub replication: i16,
    /// `offsets.topic.segment.bytes`
    pub segment_bytes: i32,
}

/// It follows from the file and the metadata, which a broker's hash has already.
impl Hash for OffsetsTopic {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl OffsetsTopic {
    /// What the controller is asked for (Kafka: `AutoTopicCreationManager.creatableTopic`).
    pub(super) fn wanted(&self) -> CreatableTopic {
        let configs = [
            ("cleanup.policy", "compact".to_owned()),
            ("compression.type", "producer".to_owned()),
            ("segment.bytes", self.segment_bytes.to_string()),
        ];
        let config = |(name, value): (&'static str, String)| {
            CreatableTopicConfig::default()
                .with_name(KafkaString::from_static(name))
                .with_value(Some(KafkaString::from(value)))
        };
        CreatableTopic::default()
            .with_name(KafkaString::from_static(GROUP_METADATA_TOPIC))
            .with_num_partitions(self.partitions)
            .with_replication_factor(self.replication)
            .with_configs(configs.into_iter().map(config).collect())
    }
}

/// The configs of groups. All of them are read-only: what the file says holds as long as the process lives.
pub(super) fn group_config(spec: &BrokerSpec) -> GroupConfig {
    let mut config = GroupConfig::new(spec.profile);
    let of_groups = |def: &&ConfigDef| def.name.starts_with("group.") || def.name.starts_with("offset");
    for def in BROKER_CONFIGS.iter().filter(of_groups) {
        if let Some(value) = spec.configs.get(def.name) {
            config.set(def.name, value.trim());
        }
    }
    config
}

impl BrokerConfig {
    /// The configs of a broker as its file and the metadata say.
    pub fn of(spec: &BrokerSpec, image: &ClusterImage) -> Self {
        let text = |name: &str| {
            let def = broker_config(name)?;
            with_settings(spec, image, None, |settings| broker_value(def, settings).swap_remove(0).value)
        };
        let long = |name: &str| text(name).and_then(|v| v.trim().parse::<i64>().ok()).unwrap_or_default();
        let int = |name: &str| i32::try_from(long(name)).unwrap_or(i32::MAX);
        let ms = |name: &str| Duration::from_millis(u64::try_from(long(name)).unwrap_or_default());
        let flag = |name: &str| text(name).is_some_and(|v| v.trim().eq_ignore_ascii_case("true"));
        Self {
            heartbeat_interval: ms("broker.heartbeat.interval.ms"),
            session_timeout: ms("broker.session.timeout.ms"),
            registration_timeout: ms("initial.broker.registration.timeout.ms"),
            replica_lag_time_max_ms: long("replica.lag.time.max.ms"),
            replica_fetch_wait_max_ms: int("replica.fetch.wait.max.ms"),
            replica_fetch_min_bytes: int("replica.fetch.min.bytes"),
            replica_fetch_max_bytes: int("replica.fetch.max.bytes"),
            replica_fetch_response_max_bytes: int("replica.fetch.response.max.bytes"),
            replica_fetch_backoff: ms("replica.fetch.backoff.ms"),
            replica_selector_class: Name::from(text("replica.selector.class").unwrap_or_default()),
            replica_socket_timeout: ms("replica.socket.timeout.ms"),
            fetch_max_bytes: int("fetch.max.bytes"),
            fetch_session_slots: int("max.incremental.fetch.session.cache.slots").unsigned_abs() as usize,
            socket_request_max_bytes: int("socket.request.max.bytes").unsigned_abs() as usize,
            retention_check_interval: ms("log.retention.check.interval.ms"),
            initial_task_delay: ms("log.initial.task.delay.ms"),
            high_watermark_checkpoint_interval: ms("replica.high.watermark.checkpoint.interval.ms"),
            recovery_point_checkpoint_interval: ms("log.flush.offset.checkpoint.interval.ms"),
            log_start_checkpoint_interval: ms("log.flush.start.offset.checkpoint.interval.ms"),
            flush_interval: ms("log.flush.scheduler.interval.ms"),
            producer_expiration_interval: ms("producer.id.expiration.check.interval.ms"),
            producer_expiration_ms: int("producer.id.expiration.ms"),
            auto_create_topics: flag("auto.create.topics.enable"),
            num_partitions: int("num.partitions"),
            default_replication_factor: i16::try_from(int("default.replication.factor")).unwrap_or(1),
            controlled_shutdown: flag("controlled.shutdown.enable"),
            offsets_topic: OffsetsTopic {
                partitions: int("offsets.topic.num.partitions"),
                replication: i16::try_from(int("offsets.topic.replication.factor")).unwrap_or(i16::MAX),
                segment_bytes: int("offsets.topic.segment.bytes"),
            },
        }
    }
}

/// Lends a closure the places where a value may have been set, for one topic or for none.
fn with_settings<R>(
    spec: &BrokerSpec,
    image: &ClusterImage,
    topic: Option<&Name>,
    look: impl FnOnce(&Settings<'_>) -> R,
) -> R {
    let resource = topic.map(|name| ConfigResource::Topic(name.clone()));
    look(&Settings {
        profile: spec.profile,
        topic: &|name| image.config(resource.as_ref()?, name).cloned(),
        broker: &|name| image.config(&ConfigResource::Broker(Some(spec.id)), name).cloned(),
        all_brokers: &|name| image.config(&ConfigResource::Broker(None), name).cloned(),
        file: &|name| spec.configs.get(name).cloned(),
    })
}

/// Everything known of a broker's config, the strongest first.
pub(super) fn describe_broker(spec: &BrokerSpec, image: &ClusterImage, def: &ConfigDef) -> Vec<Resolved> {
    with_settings(spec, image, None, |settings| broker_value(def, settings))
}

/// Everything known of a topic's config on this broker, the strongest first.
pub(super) fn describe_topic(
    spec: &BrokerSpec,
    image: &ClusterImage,
    topic: &Name,
    def: &ConfigDef,
) -> Vec<Resolved> {
    with_settings(spec, image, Some(topic), |settings| topic_value(def, settings))
}

/// What DescribeConfigs lists behind a config of this broker, or of a topic on it.
pub(super) fn synonyms(
    spec: &BrokerSpec,
    image: &ClusterImage,
    topic: Option<&Name>,
    def: &ConfigDef,
) -> Vec<Resolved> {
    with_settings(spec, image, topic, |settings| match topic {
        Some(_) => topic_synonyms(def, settings),
        None => broker_synonyms(def, settings),
    })
}

/// The configs of a topic's logs on this broker.
pub fn log_config(spec: &BrokerSpec, image: &ClusterImage, topic: &Name) -> LogConfig {
    let mut overrides = BTreeMap::new();
    for def in TOPIC_CONFIGS {
        let found = describe_topic(spec, image, topic, def).swap_remove(0);
        if let (true, Some(value)) =
            (Some(found.value.as_deref()) != Some(def.default(spec.profile)), found.value)
        {
            overrides.insert(def.name.to_owned(), value.to_string());
        }
    }
    // The controller has checked what it wrote; a value that slipped through leaves all defaults in force.
    LogConfig::new(spec.profile, &overrides).unwrap_or_else(|_| default_log_config(spec.profile))
}

pub(super) fn default_log_config(profile: Profile) -> LogConfig {
    LogConfig::new(profile, &BTreeMap::new()).expect("the defaults are allowed")
}
