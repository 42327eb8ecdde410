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

/// Answers with the text that was set under a name.
type Place<'a> = &'a dyn Fn(&str) -> Option<Name>;

/// What was set, by place. Each answers with the text that was set under a name there.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    pub profile: Profile,
    pub topic: Place<'a>,
    /// For one broker, by IncrementalAlterConfigs.
    pub broker: Place<'a>,
    /// For all brokers, by IncrementalAlterConfigs.
    pub all_brokers: Place<'a>,
    /// In the broker's properties file.
    pub file: Place<'a>,
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

/// What DescribeConfigs lists behind a topic's config (`ConfigHelper.createTopicConfigEntry`): as it was set and named, by
/// place, and from the first place on at which the strongest name is set. A value of `log.retention.hours` is therefore in
/// force and not listed.
pub fn topic_synonyms(def: &ConfigDef, settings: &Settings<'_>) -> Vec<Resolved> {
    let own = (settings.topic)(def.name);
    let own = own.map(|value| Resolved { name: def.name, value: Some(value), source: ConfigSource::Topic });
    let of_brokers = def.synonyms.first().and_then(|synonym| broker_config(synonym.name));
    own.into_iter().chain(of_brokers.into_iter().flat_map(|def| broker_synonyms(def, settings))).collect()
}

/// What DescribeConfigs lists behind a broker's config (`ConfigHelper.configSynonyms`).
pub fn broker_synonyms(def: &ConfigDef, settings: &Settings<'_>) -> Vec<Resolved> {
    let defaults = |name: &str| broker_config(name)?.default(settings.profile).map(Name::from);
    let places: [(Place<'_>, ConfigSource); 4] = [
        (settings.broker, ConfigSource::DynamicBroker),
        (settings.all_brokers, ConfigSource::DynamicDefaultBroker),
        (settings.file, ConfigSource::StaticBroker),
        (&defaults, ConfigSource::Default),
    ];
    let alone = [def.name];
    let family = FAMILIES.iter().find(|family| family.contains(&def.name)).map_or(&alone[..], |it| it);
    let mut listed = Vec::new();
    for (place, source) in places {
        for name in family {
            let Some(value) = place(name) else { continue };
            if !listed.is_empty() || *name == def.name {
                listed.push(Resolved { name, value: Some(value), source });
            }
        }
    }
    listed
}

/// Broker configs that stand for each other, the strongest first (`DynamicBrokerConfig.brokerConfigSynonyms`).
const FAMILIES: [&[&str]; 4] = [
    &["log.roll.ms", "log.roll.hours"],
    &["log.roll.jitter.ms", "log.roll.jitter.hours"],
    &["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
];

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

    /// As a broker of 4.4.0 with `log.retention.hours=2` in its file describes a topic with a `segment.bytes` of its own.
    #[test]
    fn what_is_listed_behind_a_value_is_what_kafka_lists() {
        let none = |_: &str| None;
        let file = |name: &str| (name == "log.retention.hours").then(|| Name::from("2"));
        let topic = |name: &str| (name == "segment.bytes").then(|| Name::from("2097152"));
        let settings = Settings {
            profile: Profile::Modern,
            topic: &topic,
            broker: &none,
            all_brokers: &none,
            file: &file,
        };
        let told = |found: Vec<Resolved>| -> Vec<String> {
            let one = |it: &Resolved| {
                format!("{:?}:{}={}", it.source, it.name, it.value.as_deref().unwrap_or("null"))
            };
            found.iter().map(one).collect()
        };
        let of_topic = |name| told(topic_synonyms(topic_config(name).expect("a topic config"), &settings));
        let of_broker =
            |name| told(broker_synonyms(broker_config(name).expect("a broker config"), &settings));
        assert_eq!(
            of_topic("segment.bytes"),
            ["Topic:segment.bytes=2097152", "Default:log.segment.bytes=1073741824"]
        );
        assert_eq!(of_topic("cleanup.policy"), ["Default:log.cleanup.policy=delete"]);
        for name in ["retention.ms", "segment.ms", "flush.ms", "leader.replication.throttled.replicas"] {
            assert_eq!(of_topic(name), Vec::<String>::new(), "{name}");
        }
        assert_eq!(
            of_broker("log.retention.hours"),
            ["StaticBroker:log.retention.hours=2", "Default:log.retention.hours=168"]
        );
        assert_eq!(of_broker("log.retention.ms"), Vec::<String>::new());
        assert_eq!(of_broker("broker.rack"), Vec::<String>::new());
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
