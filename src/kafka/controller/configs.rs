//! IncrementalAlterConfigs, and the configs of new topics (`ConfigurationControlManager`).

use super::decider::Decider;
use super::decision::ApiError;
use super::decision::Decision;
use super::decision::outcome;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Profile;
use crate::kafka::base::config::ConfigKind;
use crate::kafka::base::config::Settings;
use crate::kafka::base::config::TOPIC_CONFIGS;
use crate::kafka::base::config::broker_config;
use crate::kafka::base::config::topic_config;
use crate::kafka::base::config::topic_value;
use crate::kafka::base::config::validate_dynamic_broker_config;
use crate::kafka::base::config::validate_topic_configs;
use crate::kafka::metadata::ConfigResource;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::record::ClearElrRecord;
use crate::kafka::metadata::record::ConfigRecord;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopic;
use crate::kafka::protocol::messages::create_topics_response::CreatableTopicConfigs;
use crate::kafka::protocol::messages::incremental_alter_configs_request as ask;
use crate::kafka::protocol::messages::incremental_alter_configs_response as tell;

type Result<T> = std::result::Result<T, ApiError>;
type Configs = Map<Name, Name>;

const MIN_ISR: &str = "min.insync.replicas";

/// `AlterConfigOp.OpType`.
const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

impl Decider<'_> {
    pub(super) fn incremental_alter_configs(
        &self,
        request: &ask::IncrementalAlterConfigsRequestData,
    ) -> Decision<tell::IncrementalAlterConfigsResponseData> {
        let mut records = Vec::new();
        let mut responses = Vec::new();
        for (at, resource) in request.resources.iter().enumerate() {
            let is_same = |other: &ask::AlterConfigsResource| {
                other.resource_type == resource.resource_type && other.resource_name == resource.resource_name
            };
            let twice = request.resources.iter().filter(|other| is_same(other)).count() > 1;
            if twice && request.resources[..at].iter().any(is_same) {
                continue;
            }
            let result = if twice {
                let message = "Each resource must appear at most once.";
                Err(ApiError::new(ErrorCode::InvalidRequest, message))
            } else {
                self.alter_resource(resource).map(|new| records.extend(new))
            };
            let (code, message) = outcome(&result);
            responses.push(
                tell::AlterConfigsResourceResponse::default()
                    .with_resource_type(resource.resource_type)
                    .with_resource_name(resource.resource_name.clone())
                    .with_error_code(code)
                    .with_error_message(message),
            );
        }
        if request.validate_only {
            records.clear();
        }
        Decision::of(records, tell::IncrementalAlterConfigsResponseData::default().with_responses(responses))
    }

    fn alter_resource(&self, request: &ask::AlterConfigsResource) -> Result<Vec<MetadataRecord>> {
        let resource = self.config_resource(request)?;
        let existing = self.image.configs(&resource);
        let mut all: Configs = existing.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let mut records = Vec::new();
        for (at, config) in request.configs.iter().enumerate() {
            let name = config.name.as_str();
            if request.configs[..at].iter().any(|other| other.name == config.name) {
                let message = format!("Error due to duplicate config keys: {name}");
                return Err(ApiError::new(ErrorCode::InvalidRequest, message));
            }
            let value = self.new_value(&resource, config, all.get(name))?;
            let changes = existing.get(name) != value.as_ref();
            match &value {
                Some(value) => all.insert(Name::from(name), value.clone()),
                None => all.remove(name),
            };
            if changes || matches!(resource, ConfigResource::Broker(_)) {
                records.push(config_record(&resource, name, value));
            }
        }
        self.check_configs(&resource, &all, request)?;
        let min_isr_changes = request.configs.iter().any(|config| config.name.as_str() == MIN_ISR);
        if min_isr_changes && !records.is_empty() {
            records.extend(self.clear_elr(&resource));
        }
        Ok(records)
    }

    /// Another `min.insync.replicas` gives the eligible leader replicas another meaning: they are forgotten.
    fn clear_elr(&self, resource: &ConfigResource) -> Option<MetadataRecord> {
        let topic_name = match resource {
            ConfigResource::Topic(name) => name.clone(),
            ConfigResource::Broker(_) => Name::from(""),
        };
        self.image.is_elr_enabled().then_some(MetadataRecord::ClearElr(ClearElrRecord { topic_name }))
    }

    fn config_resource(&self, request: &ask::AlterConfigsResource) -> Result<ConfigResource> {
        let name = request.resource_name.as_str();
        let invalid = |message: String| Err(ApiError::new(ErrorCode::InvalidRequest, message));
        match ConfigResource::of(request.resource_type, name) {
            Some(ConfigResource::Topic(name)) if name.is_empty() => {
                invalid("Default topic resources are not allowed.".into())
            }
            Some(ConfigResource::Topic(name)) if self.image.topic(&name).is_none() => {
                let message = format!("The topic '{name}' does not exist.");
                Err(ApiError::new(ErrorCode::UnknownTopicOrPartition, message))
            }
            Some(ConfigResource::Broker(Some(id))) if self.image.broker(id).is_none() => {
                let message = format!("No node with id {id} found.");
                Err(ApiError::new(ErrorCode::BrokerIdNotRegistered, message))
            }
            Some(resource) => Ok(resource),
            None if request.resource_type == ConfigResource::BROKER => {
                invalid(format!("Unable to parse broker name as a base 10 number: {name}"))
            }
            None => invalid(format!("Unexpected resource type {} for {name}.", request.resource_type)),
        }
    }

    fn new_value(
        &self,
        resource: &ConfigResource,
        config: &ask::AlterableConfig,
        current: Option<&Name>,
    ) -> Result<Option<Name>> {
        let name = config.name.as_str();
        let given = || match &config.value {
            Some(value) => Ok(value.as_str()),
            None => {
                let message = format!("Null value not supported for : {name}");
                Err(ApiError::new(ErrorCode::InvalidRequest, message))
            }
        };
        match config.config_operation {
            SET => Ok(Some(Name::from(given()?))),
            DELETE => Ok(None),
            operation @ (APPEND | SUBTRACT) => {
                let def = match resource {
                    ConfigResource::Topic(_) => topic_config(name),
                    ConfigResource::Broker(_) => broker_config(name),
                };
                let Some(def) = def.filter(|def| def.kind == ConfigKind::List) else {
                    let word = if operation == APPEND { "APPEND" } else { "SUBTRACT" };
                    let message = format!("Can't {word} to key {name} because its type is not LIST.");
                    return Err(ApiError::new(ErrorCode::InvalidConfig, message));
                };
                let default = def.default(Profile::Modern).unwrap_or_default();
                let words = current.map_or(default, |value| value.as_ref());
                Ok(Some(spliced(words, operation, given()?)))
            }
            other => {
                let message = format!("Unknown operation type {other} for config {name}.");
                Err(ApiError::new(ErrorCode::InvalidRequest, message))
            }
        }
    }

    fn check_configs(
        &self,
        resource: &ConfigResource,
        all: &Configs,
        request: &ask::AlterConfigsResource,
    ) -> Result<()> {
        let altered = |name: &str| request.configs.iter().find(|config| config.name.as_str() == name);
        match resource {
            ConfigResource::Topic(_) => check_topic_configs(all),
            ConfigResource::Broker(id) => {
                if let Some(min_isr) = altered(MIN_ISR).filter(|_| self.image.is_elr_enabled()) {
                    check_min_isr_with_elr(id.is_some(), min_isr.config_operation == DELETE)?;
                }
                request.configs.iter().try_for_each(|config| {
                    let name = config.name.as_str();
                    validate_dynamic_broker_config(
                        self.config.profile,
                        name,
                        all.get(name).map(AsRef::as_ref),
                    )
                    .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))
                })
            }
        }
    }

    /// The configs that the maker of a topic wants for it.
    pub(super) fn creation_configs(&self, topic: &CreatableTopic) -> Result<Configs> {
        let nulls = topic.configs.iter().filter(|config| config.value.is_none());
        let nulls: Vec<&str> = nulls.map(|config| config.name.as_str()).collect();
        if !nulls.is_empty() {
            let message = format!("Null value not supported for topic configs: {}", nulls.join(","));
            return Err(ApiError::new(ErrorCode::InvalidConfig, message));
        }
        let given = topic.configs.iter().filter_map(|config| Some((&config.name, config.value.as_ref()?)));
        let configs =
            given.map(|(name, value)| (Name::from(name.as_str()), Name::from(value.as_str()))).collect();
        check_topic_configs(&configs)?;
        Ok(configs)
    }

    pub(super) fn config_records_of_new_topic(&self, topic: &str, configs: &Configs) -> Vec<MetadataRecord> {
        let resource = ConfigResource::Topic(Name::from(topic));
        let mut records: Vec<MetadataRecord> =
            configs.iter().map(|(name, value)| config_record(&resource, name, Some(value.clone()))).collect();
        if configs.contains_key(MIN_ISR) {
            records.extend(self.clear_elr(&resource));
        }
        records
    }

    /// All configs of a new topic, set or not, as CreateTopics answers them.
    pub(super) fn described_configs(&self, configs: &Configs) -> Vec<CreatableTopicConfigs> {
        let settings = Settings {
            profile: self.config.profile,
            topic: &|name| configs.get(name).cloned(),
            broker: &|_| None,
            all_brokers: &|name| self.image.config(&ConfigResource::Broker(None), name).cloned(),
            file: &|_| None,
        };
        let describe = |def| {
            let found = topic_value(def, &settings).swap_remove(0);
            CreatableTopicConfigs::default()
                .with_name(KafkaString::from(def.name.to_owned()))
                .with_value(found.value.map(|value| KafkaString::from(value.to_string())))
                .with_config_source(found.source.code())
        };
        TOPIC_CONFIGS.iter().map(describe).collect()
    }
}

fn check_topic_configs(configs: &Configs) -> Result<()> {
    validate_topic_configs(configs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
        .map_err(|error| ApiError::new(ErrorCode::InvalidConfig, error.to_string()))
}

/// With eligible leader replicas, all brokers must agree on `min.insync.replicas`.
fn check_min_isr_with_elr(of_one_broker: bool, removed: bool) -> Result<()> {
    let message = match (of_one_broker, removed) {
        (true, _) => "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
        (false, true) => "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
        (false, false) => return Ok(()),
    };
    Err(ApiError::new(ErrorCode::InvalidConfig, message))
}

fn config_record(resource: &ConfigResource, name: &str, value: Option<Name>) -> MetadataRecord {
    MetadataRecord::Config(ConfigRecord {
        resource_type: resource.resource_type(),
        resource_name: resource.resource_name(),
        name: Name::from(name),
        value,
    })
}

/// A list with words added, each once, or taken away.
fn spliced(words: &str, operation: i8, given: &str) -> Name {
    let mut words: Vec<&str> = words.split(',').filter(|word| !word.is_empty()).collect();
    for word in given.split(',') {
        let at = words.iter().position(|other| *other == word);
        match (operation, at) {
            (APPEND, None) => words.push(word),
            (SUBTRACT, Some(at)) => drop(words.remove(at)),
            _ => {}
        }
    }
    Name::from(words.join(","))
}
