use super::broker_config;
use super::definition::ConfigDef;
use crate::kafka::base::Name;
use crate::kafka::base::Profile;

/// Where a value comes from (`DescribeConfigsResponse.ConfigSource`), the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfigSource {
    Topic,
    DynamicBroker,
    DynamicDefaultBroker,
    StaticBroker,
    Default,
}

impl ConfigSource {
    /// The number in a DescribeConfigs response.
    pub const fn code(self) -> i8 {
        match self {
            Self::Topic => 1,
            Self::DynamicBroker => 2,
            Self::DynamicDefaultBroker => 3,
            Self::StaticBroker => 4,
            Self::Default => 5,
        }
    }
}

/// One candidate for a value: the config that was set, its text in that config's unit, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resolved {
    pub name: &'static str,
    pub value: Option<Name>,
    pub source: ConfigSource,
}

/// What was set, by place. Each answers with the text that was set under a name there.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    pub profile: Profile,
    pub topic: &'a dyn Fn(&str) -> Option<Name>,
    /// For one broker, by IncrementalAlterConfigs.
    pub broker: &'a dyn Fn(&str) -> Option<Name>,
    /// For all brokers, by IncrementalAlterConfigs.
    pub all_brokers: &'a dyn Fn(&str) -> Option<Name>,
    /// In the broker's properties file.
    pub file: &'a dyn Fn(&str) -> Option<Name>,
}

/// The value of a broker's config and everything that it overrides; the first one counts. The default is the last.
pub fn broker_value(def: &ConfigDef, settings: &Settings<'_>) -> Vec<Resolved> {
    let places = [
        (settings.broker, ConfigSource::DynamicBroker),
        (settings.all_brokers, ConfigSource::DynamicDefaultBroker),
        (settings.file, ConfigSource::StaticBroker),
    ];
    let set = places.into_iter().filter_map(|(place, source)| {
        place(def.name).map(|value| Resolved { name: def.name, value: Some(value), source })
    });
    let default = Resolved {
        name: def.name,
        value: def.default(settings.profile).map(Name::from),
        source: ConfigSource::Default,
    };
    set.chain([default]).collect()
}

/// The value of a topic's config and everything that it overrides; the first one counts, and its value is in the
/// topic's unit.
pub fn topic_value(def: &ConfigDef, settings: &Settings<'_>) -> Vec<Resolved> {
    let mut all = Vec::new();
    if let Some(value) = (settings.topic)(def.name) {
        all.push(Resolved { name: def.name, value: Some(value), source: ConfigSource::Topic });
    }
    for synonym in def.synonyms {
        let Some(of_broker) = broker_config(synonym.name) else { continue };
        for mut found in broker_value(of_broker, settings) {
            if found.source != ConfigSource::Default && found.value.is_some() {
                if all.is_empty() && synonym.scale != 1 {
                    found.value = found.value.as_deref().map(|text| scaled(text, synonym.scale));
                }
                all.push(found);
            }
        }
    }
    let value = def.default(settings.profile).map(Name::from);
    all.push(Resolved { name: def.name, value, source: ConfigSource::Default });
    all
}

fn scaled(text: &str, scale: i64) -> Name {
    match text.trim().parse::<i64>() {
        // Below zero means "no limit" in any unit.
        Ok(number) if number >= 0 => Name::from(number.saturating_mul(scale).to_string()),
        _ => Name::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::config::topic_config;

    #[test]
    fn a_topic_takes_its_retention_from_the_strongest_place_that_has_one() {
        let none = |_: &str| None;
        let hours = |name: &str| (name == "log.retention.hours").then(|| Name::from("2"));
        let ms = |name: &str| (name == "log.retention.ms").then(|| Name::from("5000"));
        let def = topic_config("retention.ms").expect("a topic config");
        let first = |topic: &dyn Fn(&str) -> Option<Name>, broker: &dyn Fn(&str) -> Option<Name>, file| {
            let settings = Settings { profile: Profile::Classic, topic, broker, all_brokers: &none, file };
            let found = topic_value(def, &settings).swap_remove(0);
            (found.value.expect("a value").to_string(), found.source)
        };
        assert_eq!(first(&none, &none, &none), ("604800000".into(), ConfigSource::Default));
        assert_eq!(first(&none, &none, &hours), ("7200000".into(), ConfigSource::StaticBroker));
        assert_eq!(first(&none, &ms, &hours), ("5000".into(), ConfigSource::DynamicBroker));
        let topic = |name: &str| (name == "retention.ms").then(|| Name::from("-1"));
        assert_eq!(first(&topic, &ms, &hours), ("-1".into(), ConfigSource::Topic));
    }

    #[test]
    fn a_value_out_of_its_range_is_refused_in_a_sentence() {
        let check = |name: &str, value: &str| topic_config(name).expect("a topic config").check(value);
        assert_eq!(check("min.insync.replicas", "2"), Ok(()));
        let why = check("min.insync.replicas", "0").expect_err("0 is too small").0;
        assert_eq!(why, "Invalid value 0 for configuration min.insync.replicas: Value must be at least 1");
        assert!(check("segment.bytes", "big").is_err());
        assert!(check("cleanup.policy", "compact,delete").is_ok());
        assert!(check("cleanup.policy", "burn").is_err());
    }
}
