//! The configs of a topic: their real names, defaults and limits (`LogConfig`, `TopicConfig`).

use std::collections::BTreeMap;

use crate::kafka::base::Map;
use crate::kafka::base::Profile;
use crate::kafka::base::config::ConfigDef;
use crate::kafka::base::config::ConfigError;
use crate::kafka::base::config::LOG_CONFIGS;
use crate::kafka::base::config::TOPIC_CONFIGS;
use crate::kafka::record::Compression;
use crate::kafka::record::TimestampType;

/// What a log is told: the configs of its topic over those of its broker. Sizes are bytes, times milliseconds.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct LogConfig {
    pub segment_bytes: i32,
    pub segment_ms: i64,
    pub segment_jitter_ms: i64,
    pub segment_index_bytes: i32,
    pub flush_messages: i64,
    pub flush_ms: i64,
    pub retention_bytes: i64,
    pub retention_ms: i64,
    pub max_message_bytes: i32,
    pub index_interval_bytes: i32,
    pub delete_retention_ms: i64,
    pub min_compaction_lag_ms: i64,
    pub max_compaction_lag_ms: i64,
    pub file_delete_delay_ms: i64,
    /// `cleanup.policy` holds `compact`.
    pub compact: bool,
    /// `cleanup.policy` holds `delete`.
    pub delete: bool,
    pub unclean_leader_election_enable: bool,
    pub min_insync_replicas: i32,
    /// `None` keeps what the producer chose.
    pub compression: Option<Compression>,
    pub compression_gzip_level: i32,
    pub compression_lz4_level: i32,
    pub compression_zstd_level: i32,
    pub preallocate: bool,
    pub message_timestamp_type: TimestampType,
    pub message_timestamp_before_max_ms: i64,
    pub message_timestamp_after_max_ms: i64,
    /// Every config with its value as text, set or default.
    values: Map<&'static str, String>,
}

impl LogConfig {
    /// Defaults of a profile with `overrides` on top, given by their real names.
    ///
    /// Refuses an unknown name, a value of the wrong type and a value out of its range, naming each.
    pub fn new(profile: Profile, overrides: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut values = Map::new();
        for (def, default) in Self::known(profile) {
            values.insert(def.name, default.to_owned());
        }
        for (name, value) in overrides {
            let Some(def) = Self::def(profile, name) else {
                return Err(ConfigError(format!("Unknown topic config name: {name}")));
            };
            def.check(value.trim())?;
            values.insert(def.name, value.trim().to_owned());
        }
        let config = Self::from_values(values);
        config.check_together()?;
        Ok(config)
    }

    /// What is known of a config by this name; `None` when there is none in this profile.
    pub fn def(profile: Profile, name: &str) -> Option<&'static ConfigDef> {
        Self::known(profile).map(|(def, _)| def).find(|def| def.name == name)
    }

    /// The configs of a profile with their defaults.
    fn known(profile: Profile) -> impl Iterator<Item = (&'static ConfigDef, &'static str)> {
        let all = TOPIC_CONFIGS.iter().chain(LOG_CONFIGS);
        all.filter_map(move |def| Some((def, def.default(profile)?)))
    }

    /// The value of a config as text, or `None` when there is no such config.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// How long a segment may take records (`LogConfig.maxSegmentMs`).
    pub fn max_segment_ms(&self) -> i64 {
        let bounded = self.compact && self.max_compaction_lag_ms > 0;
        if bounded { self.segment_ms.min(self.max_compaction_lag_ms) } else { self.segment_ms }
    }

    fn from_values(values: Map<&'static str, String>) -> Self {
        let text = |name: &str| values.get(name).map_or("", String::as_str);
        let long = |name: &str| text(name).parse::<i64>().unwrap_or(i64::MAX);
        let int = |name: &str| text(name).parse::<i32>().unwrap_or(i32::MAX);
        let flag = |name: &str| text(name).eq_ignore_ascii_case("true");
        let policies = || text("cleanup.policy").split(',').map(str::trim);
        let policy = |wanted: &str| policies().any(|item| item.eq_ignore_ascii_case(wanted));
        // 3.x still has the older limit, which counts when the newer one was not set.
        let limit = |name: &str| match long(name) {
            i64::MAX => long("message.timestamp.difference.max.ms"),
            set => set,
        };
        Self {
            segment_bytes: int("segment.bytes"),
            segment_ms: long("segment.ms"),
            segment_jitter_ms: long("segment.jitter.ms"),
            segment_index_bytes: int("segment.index.bytes"),
            flush_messages: long("flush.messages"),
            flush_ms: long("flush.ms"),
            retention_bytes: long("retention.bytes"),
            retention_ms: long("retention.ms"),
            max_message_bytes: int("max.message.bytes"),
            index_interval_bytes: int("index.interval.bytes"),
            delete_retention_ms: long("delete.retention.ms"),
            min_compaction_lag_ms: long("min.compaction.lag.ms"),
            max_compaction_lag_ms: long("max.compaction.lag.ms"),
            file_delete_delay_ms: long("file.delete.delay.ms"),
            compact: policy("compact"),
            delete: policy("delete"),
            unclean_leader_election_enable: flag("unclean.leader.election.enable"),
            min_insync_replicas: int("min.insync.replicas"),
            compression: match text("compression.type") {
                "uncompressed" => Some(Compression::None),
                codec => Compression::from_name(codec),
            },
            compression_gzip_level: int("compression.gzip.level"),
            compression_lz4_level: int("compression.lz4.level"),
            compression_zstd_level: int("compression.zstd.level"),
            preallocate: flag("preallocate"),
            message_timestamp_type: match text("message.timestamp.type") {
                "LogAppendTime" => TimestampType::LogAppendTime,
                _ => TimestampType::CreateTime,
            },
            message_timestamp_before_max_ms: limit("message.timestamp.before.max.ms"),
            message_timestamp_after_max_ms: limit("message.timestamp.after.max.ms"),
            values,
        }
    }

    fn check_together(&self) -> Result<(), ConfigError> {
        let (min, max) = (self.min_compaction_lag_ms, self.max_compaction_lag_ms);
        if min > max {
            return Err(ConfigError(format!(
                "conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})"
            )));
        }
        Ok(())
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self::new(Profile::default(), &BTreeMap::new()).expect("the defaults are in their ranges")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(overrides: &[(&str, &str)]) -> Result<LogConfig, ConfigError> {
        let overrides = overrides.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        LogConfig::new(Profile::Classic, &overrides)
    }

    #[test]
    fn defaults_are_those_of_kafka() {
        let config = config(&[]).unwrap();
        assert_eq!(config.segment_bytes, 1 << 30);
        assert_eq!(config.max_message_bytes, 1_048_588);
        assert_eq!(config.retention_ms, 604_800_000);
        assert_eq!(config.message_timestamp_after_max_ms, i64::MAX);
        assert_eq!(LogConfig::default().message_timestamp_after_max_ms, 3_600_000);
        assert!(config.delete && !config.compact);
        assert_eq!(config.get("cleanup.policy"), Some("delete"));
    }

    #[test]
    fn a_wrong_name_or_value_is_refused_with_a_sentence() {
        let refusal = |name, value| config(&[(name, value)]).unwrap_err().0;
        assert_eq!(refusal("segment.byte", "1"), "Unknown topic config name: segment.byte");
        assert_eq!(
            refusal("segment.bytes", "13"),
            "Invalid value 13 for configuration segment.bytes: Value must be at least 14"
        );
        assert_eq!(
            refusal("segment.bytes", "x"),
            "Invalid value x for configuration segment.bytes: Not a number of type INT"
        );
        assert!(refusal("cleanup.policy", "compact,keep").contains("keep"));
        assert!(config(&[("min.compaction.lag.ms", "5"), ("max.compaction.lag.ms", "4")]).is_err());
    }

    #[test]
    fn both_policies_can_be_on() {
        let config =
            config(&[("cleanup.policy", "compact, delete"), ("max.compaction.lag.ms", "5")]).unwrap();
        assert!(config.compact && config.delete);
        assert_eq!(config.max_segment_ms(), 5);
    }
}
