use super::broker_config;
use super::definition::ConfigError;
use super::definition::Update;
use super::topic_config;
use crate::kafka::base::Profile;

/// Checks all configs of a topic together (`LogConfig.validate`).
///
/// # Errors
/// INVALID_CONFIG: an unknown name, a value of the wrong type or out of its range, or two that contradict each other.
pub fn validate_topic_configs<'a>(
    configs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), ConfigError> {
    let (mut min_lag, mut max_lag) = (0, i64::MAX);
    for (name, value) in configs {
        let config =
            topic_config(name).ok_or_else(|| ConfigError(format!("Unknown topic config name: {name}")))?;
        config.check(value)?;
        match name {
            "min.compaction.lag.ms" => min_lag = value.trim().parse().unwrap_or(min_lag),
            "remote.storage.enable" if value.trim().eq_ignore_ascii_case("true") => {
                let why = "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with \
                           remote log storage.";
                return Err(ConfigError(why.into()));
            }
            "max.compaction.lag.ms" => max_lag = value.trim().parse().unwrap_or(max_lag),
            _ => {}
        }
    }
    if min_lag > max_lag {
        return Err(ConfigError(format!(
            "conflict topic config setting min.compaction.lag.ms ({min_lag}) > max.compaction.lag.ms ({max_lag})"
        )));
    }
    Ok(())
}

/// Checks one config that somebody wants to change on a running broker; `value` is `None` to remove it.
///
/// # Errors
/// INVALID_REQUEST: a name that is not known here (Kafka would accept it and do nothing), one that only a restart can
/// change, or a bad value.
pub fn validate_dynamic_broker_config(
    profile: Profile,
    name: &str,
    value: Option<&str>,
) -> Result<(), ConfigError> {
    let config =
        broker_config(name).ok_or_else(|| ConfigError(format!("Unknown broker config name: {name}")))?;
    if config.update == Update::ReadOnly {
        let names = if profile == Profile::Classic { format!("Set({name})") } else { format!("[{name}]") };
        return Err(ConfigError(format!("Cannot update these configs dynamically: {names}")));
    }
    let Some(value) = value else { return Ok(()) };
    config.check(value)?;
    let why = match (name, value.trim()) {
        ("log.retention.ms", "0") => "must be unlimited (-1) or, greater than or equal to 1",
        ("log.roll.ms", number) if number.starts_with('-') || number == "0" => {
            "must be greater than or equal to 1"
        }
        _ => return Ok(()),
    };
    Err(ConfigError(format!("requirement failed: {name} {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each sentence was read off a real broker of 3.9.1.
    #[test]
    fn bad_values_are_refused_with_kafkas_own_sentences() {
        let refused = [
            (
                "retention.ms",
                "abc",
                "Invalid value abc for configuration retention.ms: Not a number of type LONG",
            ),
            (
                "segment.bytes",
                "1",
                "Invalid value 1 for configuration segment.bytes: Value must be at least 14",
            ),
            ("nosuch", "1", "Unknown topic config name: nosuch"),
            (
                "compression.type",
                "xx",
                "Invalid value xx for configuration compression.type: String must be one of: uncompressed, zstd, \
                 lz4, snappy, gzip, producer",
            ),
            (
                "preallocate",
                "",
                "Invalid value  for configuration preallocate: Expected value to be either true or false",
            ),
            (
                "segment.ms",
                "99999999999999999999",
                "Invalid value 99999999999999999999 for configuration segment.ms: Not a number of type LONG",
            ),
        ];
        for (name, value, sentence) in refused {
            assert_eq!(validate_topic_configs([(name, value)]).unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn compaction_lags_may_not_contradict_each_other() {
        let error = validate_topic_configs([("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "5")]);

        assert_eq!(
            error.unwrap_err().to_string(),
            "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)"
        );
    }

    #[test]
    fn a_running_broker_changes_only_what_is_dynamic() {
        let validate = |profile, name: &str, value| {
            validate_dynamic_broker_config(profile, name, Some(value)).map_err(|why| why.to_string())
        };
        assert_eq!(validate(Profile::Modern, "log.retention.ms", "1000"), Ok(()));
        let refused = |names: &str| Err(format!("Cannot update these configs dynamically: {names}"));
        assert_eq!(validate(Profile::Classic, "num.partitions", "3"), refused("Set(num.partitions)"));
        assert_eq!(validate(Profile::Modern, "num.partitions", "3"), refused("[num.partitions]"));
        assert!(validate(Profile::Modern, "log.segment.bytes", "1").is_err());
        assert_eq!(
            validate(Profile::Modern, "log.retention.ms", "0"),
            Err("requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
                .into())
        );
        assert!(validate(Profile::Modern, "compression.type", "xx").is_err());
    }

    /// Each sentence was read off a real broker of 4.4.0.
    #[test]
    fn a_word_of_a_list_a_share_and_tiered_storage_are_refused_as_kafka_refuses_them() {
        let refused = [
            (
                "cleanup.policy",
                "compact,xx",
                "Invalid value xx for configuration cleanup.policy: String must be one of: compact, delete",
            ),
            (
                "min.cleanable.dirty.ratio",
                "2",
                "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1",
            ),
            (
                "min.cleanable.dirty.ratio",
                "-0.1",
                "Invalid value -0.1 for configuration min.cleanable.dirty.ratio: Value must be at least 0",
            ),
            (
                "min.cleanable.dirty.ratio",
                "abc",
                "Invalid value abc for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE",
            ),
            (
                "remote.storage.enable",
                "true",
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log \
                 storage.",
            ),
        ];
        for (name, value, sentence) in refused {
            assert_eq!(validate_topic_configs([(name, value)]).unwrap_err().to_string(), sentence);
        }
    }
}
