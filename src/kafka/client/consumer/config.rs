use crate::kafka::base::Profile;
use crate::kafka::client::config::ConfigError;
use crate::kafka::client::config::ConfigKey;
use crate::kafka::client::config::ConfigType;
use crate::kafka::client::config::ConfigValues;
use std::collections::BTreeMap;

const INT: i64 = i32::MAX as i64;

const fn number(name: &'static str, min: i64, max: i64, default: &'static str) -> ConfigKey {
    ConfigKey::new(name, ConfigType::Number { min, max }, default)
}

/// The configs of a consumer that are honoured here (`org.apache.kafka.clients.consumer.ConsumerConfig`).
pub const CONSUMER_CONFIGS: &[ConfigKey] = &[
    ConfigKey::new("auto.offset.reset", ConfigType::OneOf(&["latest", "earliest", "none"]), "latest"),
    ConfigKey::new("check.crcs", ConfigType::Boolean, "true"),
    ConfigKey::new("client.id", ConfigType::Text, ""),
    number("fetch.max.bytes", 0, INT, "52428800"),
    number("fetch.max.wait.ms", 0, INT, "500"),
    number("fetch.min.bytes", 0, INT, "1"),
    ConfigKey::new(
        "isolation.level",
        ConfigType::OneOf(&["read_committed", "read_uncommitted"]),
        "read_uncommitted",
    ),
    number("max.partition.fetch.bytes", 0, INT, "1048576"),
    number("max.poll.records", 1, INT, "500"),
    number("metadata.max.age.ms", 0, i64::MAX, "300000"),
    number("reconnect.backoff.max.ms", 0, i64::MAX, "1000"),
    number("reconnect.backoff.ms", 0, i64::MAX, "50"),
    number("request.timeout.ms", 0, INT, "30000"),
    number("retry.backoff.max.ms", 0, i64::MAX, "1000"),
    number("retry.backoff.ms", 0, i64::MAX, "100"),
];

/// What a consumer does when it has no position or its position does not exist (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OffsetReset {
    Latest,
    Earliest,
    /// Tell the application.
    None,
}

/// A consumer's configuration, checked. Times are milliseconds, sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerConfig {
    pub values: ConfigValues,
    pub auto_offset_reset: OffsetReset,
    pub check_crcs: bool,
    pub fetch_max_bytes: i32,
    pub fetch_max_wait_ms: i32,
    pub fetch_min_bytes: i32,
    pub read_committed: bool,
    pub max_partition_fetch_bytes: i32,
    pub max_poll_records: usize,
    pub request_timeout_ms: i32,
    pub retry_backoff_ms: i64,
}

impl ConsumerConfig {
    /// Checks a configuration.
    ///
    /// # Errors
    /// An unknown name, or a value out of its range.
    pub fn new(profile: Profile, set: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let values = ConfigValues::new(CONSUMER_CONFIGS, profile, set)?;
        Ok(Self {
            auto_offset_reset: match values.text("auto.offset.reset") {
                "earliest" => OffsetReset::Earliest,
                "none" => OffsetReset::None,
                _ => OffsetReset::Latest,
            },
            check_crcs: values.boolean("check.crcs"),
            fetch_max_bytes: values.int("fetch.max.bytes"),
            fetch_max_wait_ms: values.int("fetch.max.wait.ms"),
            fetch_min_bytes: values.int("fetch.min.bytes"),
            read_committed: values.text("isolation.level") == "read_committed",
            max_partition_fetch_bytes: values.int("max.partition.fetch.bytes"),
            max_poll_records: usize::try_from(values.int("max.poll.records")).unwrap_or(usize::MAX),
            request_timeout_ms: values.int("request.timeout.ms"),
            retry_backoff_ms: values.number("retry.backoff.ms"),
            values,
        })
    }
}
