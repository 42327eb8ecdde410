use crate::kafka::base::Profile;
use crate::kafka::client::config::ConfigError;
use crate::kafka::client::config::ConfigKey;
use crate::kafka::client::config::ConfigType;
use crate::kafka::client::config::ConfigValues;
use std::collections::BTreeMap;

/// Idempotent producers keep at most five batches of a partition in flight, as many as the broker remembers.
const MAX_IN_FLIGHT_FOR_IDEMPOTENCE: i32 = 5;

/// The one interceptor that applications here have on their class path: its `onSend()` writes the key in capitals.
pub(super) const UPPER_CASE_KEY: &str = "demo.UpperCaseKey";

const INT: i64 = i32::MAX as i64;

const fn number(name: &'static str, min: i64, max: i64, default: &'static str) -> ConfigKey {
    ConfigKey::new(name, ConfigType::Number { min, max }, default)
}

/// The configs of a producer that are honoured here (`org.apache.kafka.clients.producer.ProducerConfig`).
pub const PRODUCER_CONFIGS: &[ConfigKey] = &[
    ConfigKey::new("acks", ConfigType::OneOf(&["all", "-1", "0", "1"]), "all"),
    number("batch.size", 0, INT, "16384"),
    number("buffer.memory", 0, i64::MAX, "33554432"),
    ConfigKey::new("client.id", ConfigType::Text, ""),
    ConfigKey::new("compression.type", ConfigType::OneOf(&["none", "gzip", "snappy", "lz4", "zstd"]), "none"),
    number("connections.max.idle.ms", -1, i64::MAX, "540000"),
    number("delivery.timeout.ms", 0, INT, "120000"),
    ConfigKey::new("enable.idempotence", ConfigType::Boolean, "true"),
    ConfigKey::new("interceptor.classes", ConfigType::OneOf(&["", UPPER_CASE_KEY]), ""),
    ConfigKey {
        name: "linger.ms",
        kind: ConfigType::Number { min: 0, max: i64::MAX },
        classic: "0",
        modern: "5",
    },
    number("max.block.ms", 0, i64::MAX, "60000"),
    number("max.in.flight.requests.per.connection", 1, INT, "5"),
    number("max.request.size", 0, INT, "1048576"),
    number("metadata.max.age.ms", 0, i64::MAX, "300000"),
    number("metadata.max.idle.ms", 5000, i64::MAX, "300000"),
    ConfigKey::new("partitioner.adaptive.partitioning.enable", ConfigType::Boolean, "true"),
    number("partitioner.availability.timeout.ms", 0, i64::MAX, "0"),
    ConfigKey::new("partitioner.ignore.keys", ConfigType::Boolean, "false"),
    number("reconnect.backoff.max.ms", 0, i64::MAX, "1000"),
    number("reconnect.backoff.ms", 0, i64::MAX, "50"),
    number("request.timeout.ms", 0, INT, "30000"),
    number("retries", 0, INT, "2147483647"),
    number("retry.backoff.max.ms", 0, i64::MAX, "1000"),
    number("retry.backoff.ms", 0, i64::MAX, "100"),
    number("socket.connection.setup.timeout.max.ms", 0, i64::MAX, "30000"),
    number("socket.connection.setup.timeout.ms", 0, i64::MAX, "10000"),
];

/// A producer's configuration, checked as `ProducerConfig` and `KafkaProducer` check it. Times are milliseconds,
/// sizes are bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProducerConfig {
    pub values: ConfigValues,
    /// -1 = all in-sync replicas, 1 = the leader, 0 = nobody.
    pub acks: i16,
    /// At least 1: a `batch.size` of 0 means a batch for every record.
    pub batch_size: i32,
    pub buffer_memory: i64,
    pub delivery_timeout_ms: i64,
    pub enable_idempotence: bool,
    /// Whether `demo.UpperCaseKey` stands in `interceptor.classes`.
    pub upper_case_key: bool,
    pub linger_ms: i64,
    pub max_block_ms: i64,
    pub max_in_flight: i32,
    pub max_request_size: i32,
    pub request_timeout_ms: i32,
    pub retries: i32,
    pub retry_backoff_ms: i64,
    pub retry_backoff_max_ms: i64,
    /// What Kafka would have written to its log while it changed a value by itself.
    pub notes: Vec<String>,
}

impl ProducerConfig {
    /// Checks a configuration.
    ///
    /// # Errors
    /// An unknown name, a value out of its range, or values that contradict each other: `delivery.timeout.ms` below
    /// `linger.ms` + `request.timeout.ms`, or an idempotent producer without acks=all, retries, or with more than five
    /// requests in flight.
    pub fn new(profile: Profile, set: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let values = ConfigValues::new(PRODUCER_CONFIGS, profile, set)?;
        let acks = match values.text("acks") {
            "0" => 0,
            "1" => 1,
            _ => -1,
        };
        let mut config = Self {
            acks,
            batch_size: values.int("batch.size").max(1),
            buffer_memory: values.number("buffer.memory"),
            delivery_timeout_ms: values.number("delivery.timeout.ms"),
            enable_idempotence: values.boolean("enable.idempotence"),
            upper_case_key: values.text("interceptor.classes") == UPPER_CASE_KEY,
            linger_ms: values.number("linger.ms").min(INT),
            max_block_ms: values.number("max.block.ms"),
            max_in_flight: values.int("max.in.flight.requests.per.connection"),
            max_request_size: values.int("max.request.size"),
            request_timeout_ms: values.int("request.timeout.ms"),
            retries: values.int("retries"),
            retry_backoff_ms: values.number("retry.backoff.ms"),
            retry_backoff_max_ms: values.number("retry.backoff.max.ms"),
            notes: Vec::new(),
            values,
        };
        config.settle_idempotence()?;
        config.settle_delivery_timeout()?;
        Ok(config)
    }

    /// The same configuration with one value changed; an empty value takes the setting back.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(&self, name: &str, value: &str) -> Result<Self, ConfigError> {
        let mut set = self.values.set().clone();
        if value.is_empty() {
            set.remove(name);
        } else {
            set.insert(name.to_owned(), value.to_owned());
        }
        Self::new(self.values.profile(), &set)
    }

    /// `guaranteeMessageOrder`: with one request in flight, a partition waits until its batch is answered.
    pub const fn one_in_flight(&self) -> bool {
        self.max_in_flight == 1
    }

    pub fn adaptive_partitioning(&self) -> bool {
        self.values.boolean("partitioner.adaptive.partitioning.enable")
    }

    pub fn partition_availability_timeout_ms(&self) -> i64 {
        self.values.number("partitioner.availability.timeout.ms")
    }

    pub fn ignore_keys(&self) -> bool {
        self.values.boolean("partitioner.ignore.keys")
    }

    /// `postProcessAndValidateIdempotenceConfigs`: what contradicts idempotence switches it off, unless somebody asked
    /// for it by name.
    fn settle_idempotence(&mut self) -> Result<(), ConfigError> {
        if !self.enable_idempotence {
            return Ok(());
        }
        let asked = self.values.is_set("enable.idempotence");
        let too_many = self.max_in_flight > MAX_IN_FLIGHT_FOR_IDEMPOTENCE;
        let modern = self.values.profile() == Profile::Modern;
        if too_many && modern {
            return Err(ConfigError::Conflict(format!(
                "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. \
                 Current value is {}.",
                self.max_in_flight
            )));
        }
        let refusals = [
            (self.retries == 0, "Must set retries to non-zero when using the idempotent producer."),
            (
                self.acks != -1,
                "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.",
            ),
            (
                too_many,
                "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer.",
            ),
        ];
        for (contradicts, why) in refusals {
            if contradicts && asked {
                return Err(ConfigError::Conflict(why.into()));
            }
            if contradicts {
                self.notes.push(format!("Idempotence will be disabled. {why}"));
                self.enable_idempotence = false;
            }
        }
        Ok(())
    }

    /// `configureDeliveryTimeout`.
    fn settle_delivery_timeout(&mut self) -> Result<(), ConfigError> {
        let least = (self.linger_ms + i64::from(self.request_timeout_ms)).min(INT);
        if self.delivery_timeout_ms >= least {
            return Ok(());
        }
        let why = "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms";
        if self.values.is_set("delivery.timeout.ms") {
            return Err(ConfigError::Conflict(why.into()));
        }
        self.notes.push(format!("{why}. Setting it to {least}."));
        self.delivery_timeout_ms = least;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(profile: Profile, set: &[(&str, &str)]) -> Result<ProducerConfig, String> {
        let set = set.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        ProducerConfig::new(profile, &set).map_err(|error| error.to_string())
    }

    #[test]
    fn a_producer_is_idempotent_by_default_and_lingers_by_profile() {
        let classic = config(Profile::Classic, &[]).unwrap();
        let modern = config(Profile::Modern, &[]).unwrap();
        assert_eq!((classic.linger_ms, modern.linger_ms), (0, 5));
        assert!(classic.enable_idempotence && modern.enable_idempotence);
        assert_eq!((classic.acks, classic.batch_size, classic.buffer_memory), (-1, 16_384, 33_554_432));
    }

    #[test]
    fn acks_1_switches_idempotence_off_unless_it_was_asked_for() {
        assert!(!config(Profile::Modern, &[("acks", "1")]).unwrap().enable_idempotence);
        let refused = config(Profile::Modern, &[("acks", "1"), ("enable.idempotence", "true")]);
        assert!(refused.unwrap_err().contains("Must set acks to all"));
    }

    #[test]
    fn six_requests_in_flight_switch_idempotence_off_in_3_and_are_refused_in_4() {
        let six = [("max.in.flight.requests.per.connection", "6")];
        assert!(!config(Profile::Classic, &six).unwrap().enable_idempotence);
        assert_eq!(
            config(Profile::Modern, &six).unwrap_err(),
            "ConfigException: To use the idempotent producer, max.in.flight.requests.per.connection must be set to at \
             most 5. Current value is 6."
        );
    }

    #[test]
    fn the_delivery_timeout_covers_linger_and_one_request() {
        let long = config(Profile::Modern, &[("linger.ms", "200000")]).unwrap();
        assert_eq!(long.delivery_timeout_ms, 230_000);
        let refused = config(Profile::Modern, &[("delivery.timeout.ms", "1000")]).unwrap_err();
        assert!(refused.contains("delivery.timeout.ms should be equal to or larger than"), "{refused}");
    }

    #[test]
    fn a_bad_value_or_name_says_what_where_and_why() {
        assert_eq!(
            config(Profile::Modern, &[("acks", "2")]).unwrap_err(),
            "ConfigException: Invalid value 2 for configuration acks: String must be one of: all, -1, 0, 1"
        );
        assert_eq!(
            config(Profile::Modern, &[("batch.size", "-1")]).unwrap_err(),
            "ConfigException: Invalid value -1 for configuration batch.size: Value must be at least 0"
        );
        assert_eq!(
            config(Profile::Modern, &[("batch.size", "3000000000")]).unwrap_err(),
            "ConfigException: Invalid value 3000000000 for configuration batch.size: Not a number of type INT"
        );
        assert_eq!(
            config(Profile::Modern, &[("linger.ms", "abc")]).unwrap_err(),
            "ConfigException: Invalid value abc for configuration linger.ms: Not a number of type LONG"
        );
        assert!(
            config(Profile::Modern, &[("batch.sise", "1")]).unwrap_err().contains("no config batch.sise")
        );
    }

    #[test]
    fn changing_one_value_keeps_the_others_and_an_empty_one_is_the_default() {
        let config = config(Profile::Modern, &[("acks", "1"), ("linger.ms", "50")]).unwrap();
        let back = config.with("acks", "").unwrap();
        assert_eq!((back.acks, back.linger_ms, back.enable_idempotence), (-1, 50, true));
    }
}
