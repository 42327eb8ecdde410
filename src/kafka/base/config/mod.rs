//! Configs of topics and brokers under their Kafka names: type, default in each profile, range, and where a topic's
//! value comes from when the topic itself has none.

mod broker;
mod definition;
mod doc;
mod resolve;
mod topic;
mod validate;

pub use broker::BROKER_CONFIGS;
pub use definition::{ConfigDef, ConfigError, ConfigKind, Synonym, Update, Valid};
pub use resolve::{
    ConfigSource, Resolved, Settings, broker_synonyms, broker_value, topic_synonyms, topic_value,
};
pub use topic::{LOG_CONFIGS, TOPIC_CONFIGS};
pub use validate::{validate_dynamic_broker_config, validate_topic_configs};

/// The definition of a topic's config.
pub fn topic_config(name: &str) -> Option<&'static ConfigDef> {
    TOPIC_CONFIGS.iter().find(|def| def.name == name)
}

/// The definition of a broker's config.
pub fn broker_config(name: &str) -> Option<&'static ConfigDef> {
    BROKER_CONFIGS.iter().find(|def| def.name == name)
}
