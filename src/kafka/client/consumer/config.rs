use crate::kafka::base::Name;
use crate::kafka::base::Profile;
use crate::kafka::base::name as name_of;
use crate::kafka::client::config::ConfigError;
use crate::kafka::client::config::ConfigKey;
use crate::kafka::client::config::ConfigType;
use crate::kafka::client::config::ConfigValues;
use crate::kafka::client::consumer::Assignor;
use crate::kafka::client::consumer::ResetTo;
use std::collections::BTreeMap;

const INT: i64 = i32::MAX as i64;

const fn number(name: &'static str, min: i64, max: i64, default: &'static str) -> ConfigKey {
    ConfigKey::new(name, ConfigType::Number { min, max }, default)
}

/// The configs of a consumer that are honoured here (`org.apache.kafka.clients.consumer.ConsumerConfig`).
pub const CONSUMER_CONFIGS: &[ConfigKey] = &[
    ConfigKey::new("allow.auto.create.topics", ConfigType::Boolean, "true"),
    number("auto.commit.interval.ms", 0, INT, "5000"),
    ConfigKey::new(
        "auto.offset.reset",
        ConfigType::OneOfOr(&["latest", "earliest", "none"], BY_DURATION),
        "latest",
    ),
    ConfigKey::new("check.crcs", ConfigType::Boolean, "true"),
    ConfigKey::new("client.id", ConfigType::Text, ""),
    ConfigKey::new("client.rack", ConfigType::Text, ""),
    number("default.api.timeout.ms", 0, INT, "60000"),
    ConfigKey::new("enable.auto.commit", ConfigType::Boolean, "true"),
    number("fetch.max.bytes", 0, INT, "52428800"),
    number("fetch.max.wait.ms", 0, INT, "500"),
    number("fetch.min.bytes", 0, INT, "1"),
    ConfigKey::new("group.id", ConfigType::Text, ""),
    ConfigKey::new("group.instance.id", ConfigType::Text, ""),
    ConfigKey::new("group.protocol", ConfigType::OneOf(&["classic", "consumer"]), "classic"),
    ConfigKey::new("group.remote.assignor", ConfigType::Text, ""),
    number("heartbeat.interval.ms", 0, INT, "3000"),
    ConfigKey::new("internal.leave.group.on.close", ConfigType::Boolean, "true"),
    ConfigKey::new(
        "isolation.level",
        ConfigType::OneOf(&["read_committed", "read_uncommitted"]),
        "read_uncommitted",
    ),
    number("max.partition.fetch.bytes", 0, INT, "1048576"),
    number("max.poll.interval.ms", 1, INT, "300000"),
    number("max.poll.records", 1, INT, "500"),
    number("metadata.max.age.ms", 0, i64::MAX, "300000"),
    ConfigKey::new("partition.assignment.strategy", ConfigType::Text, "range,cooperative-sticky"),
    number("reconnect.backoff.max.ms", 0, i64::MAX, "1000"),
    number("reconnect.backoff.ms", 0, i64::MAX, "50"),
    number("request.timeout.ms", 0, INT, "30000"),
    number("retry.backoff.max.ms", 0, i64::MAX, "1000"),
    number("retry.backoff.ms", 0, i64::MAX, "100"),
    number("session.timeout.ms", 0, INT, "45000"),
];

/// What begins the third kind of `auto.offset.reset` (KIP-1106, since 4.0): `by_duration:PT1H`.
const BY_DURATION: &str = "by_duration:";

/// What a consumer does when it has no position or its position does not exist (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OffsetReset {
    Latest,
    Earliest,
    /// The first record that is not older than so many milliseconds.
    ByDuration(i64),
    /// Tell the application.
    None,
}

impl OffsetReset {
    /// Where a partition without a position begins; nothing when the application must say.
    pub fn reset_to(self, wall_ms: i64) -> Option<ResetTo> {
        match self {
            Self::Latest => Some(ResetTo::Latest),
            Self::Earliest => Some(ResetTo::Earliest),
            Self::ByDuration(ms) => Some(ResetTo::Timestamp((wall_ms - ms).max(0))),
            Self::None => None,
        }
    }

    fn parse(text: &str, profile: Profile) -> Result<Self, ConfigError> {
        let invalid = |why: String| {
            Err(ConfigError::Invalid { name: "auto.offset.reset".into(), value: text.into(), why })
        };
        let span = text.strip_prefix(BY_DURATION).and_then(iso_duration_ms);
        match (text, span, profile) {
            ("earliest", ..) => Ok(Self::Earliest),
            ("none", ..) => Ok(Self::None),
            ("latest", ..) => Ok(Self::Latest),
            (_, Some(ms), Profile::Modern) => Ok(Self::ByDuration(ms)),
            (_, Some(_), Profile::Classic) => invalid(
                "String must be one of: latest, earliest, none. by_duration came with Kafka 4.0".into(),
            ),
            (_, None, Profile::Classic) => invalid("String must be one of: latest, earliest, none".into()),
            (_, None, Profile::Modern) => invalid(format!(
                "Invalid value `{text}` for configuration auto.offset.reset. The value must be either 'earliest', \
                 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."
            )),
        }
    }
}

/// Milliseconds of an ISO 8601 duration as `java.time.Duration` reads it, without signs: `P1DT2H3M4.5S`.
fn iso_duration_ms(text: &str) -> Option<i64> {
    let text = text.to_ascii_uppercase();
    let (days, times) = match text.strip_prefix('P')?.split_once('T') {
        Some((days, times)) if !times.is_empty() => (days.to_owned(), times.to_owned()),
        Some(_) => return None,
        None => (text[1..].to_owned(), String::new()),
    };
    let mut total: i64 = 0;
    let mut found = false;
    for (mut part, units) in [(days.as_str(), "D"), (times.as_str(), "HMS")] {
        for unit in units.chars() {
            let Some((number, rest)) = part.split_once(unit) else { continue };
            let ms = match unit {
                'D' => number.parse::<i64>().ok()?.checked_mul(86_400_000)?,
                'H' => number.parse::<i64>().ok()?.checked_mul(3_600_000)?,
                'M' => number.parse::<i64>().ok()?.checked_mul(60_000)?,
                _ => seconds_ms(number)?,
            };
            if ms < 0 {
                return None;
            }
            total = total.checked_add(ms)?;
            (part, found) = (rest, true);
        }
        if !part.is_empty() {
            return None;
        }
    }
    found.then_some(total)
}

fn seconds_ms(number: &str) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let thousandths: i64 = format!("{fraction:0<3}")[..3].parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(thousandths)
}

/// How the members of a group agree on who reads what (`group.protocol`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupProtocol {
    /// JoinGroup and SyncGroup: the member that leads the group assigns.
    Classic,
    /// KIP-848: the coordinator assigns, and members learn it from their heartbeats.
    Consumer,
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
    pub retry_backoff_max_ms: i64,
    /// `group.id`, when it is set and not empty.
    pub group_id: Option<Name>,
    pub group_instance_id: Option<Name>,
    pub group_protocol: GroupProtocol,
    /// `group.remote.assignor`; the group's own choice when it is not set.
    pub remote_assignor: Option<Name>,
    /// `partition.assignment.strategy`: the assignors' names, dearest first.
    pub assignors: Vec<Assignor>,
    pub session_timeout_ms: i32,
    pub heartbeat_interval_ms: i32,
    pub max_poll_interval_ms: i32,
    pub default_api_timeout_ms: i32,
    pub auto_commit_interval_ms: i32,
    pub client_rack: Option<Name>,
    pub leave_on_close: bool,
}

impl ConsumerConfig {
    /// Checks a configuration.
    ///
    /// # Errors
    /// An unknown name, or a value out of its range.
    pub fn new(profile: Profile, set: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let values = ConfigValues::new(CONSUMER_CONFIGS, profile, set)?;
        check_group(&values)?;
        let text = |name: &str| Some(values.text(name)).filter(|t| !t.is_empty()).map(name_of);
        Ok(Self {
            auto_offset_reset: OffsetReset::parse(values.text("auto.offset.reset"), profile)?,
            check_crcs: values.boolean("check.crcs"),
            fetch_max_bytes: values.int("fetch.max.bytes"),
            fetch_max_wait_ms: values.int("fetch.max.wait.ms"),
            fetch_min_bytes: values.int("fetch.min.bytes"),
            read_committed: values.text("isolation.level") == "read_committed",
            max_partition_fetch_bytes: values.int("max.partition.fetch.bytes"),
            max_poll_records: usize::try_from(values.int("max.poll.records")).unwrap_or(usize::MAX),
            request_timeout_ms: values.int("request.timeout.ms"),
            retry_backoff_ms: values.number("retry.backoff.ms"),
            retry_backoff_max_ms: values.number("retry.backoff.max.ms"),
            group_id: text("group.id"),
            group_instance_id: text("group.instance.id"),
            group_protocol: match values.text("group.protocol") {
                "consumer" => GroupProtocol::Consumer,
                _ => GroupProtocol::Classic,
            },
            remote_assignor: text("group.remote.assignor"),
            assignors: assignors(values.text("partition.assignment.strategy"))?,
            session_timeout_ms: values.int("session.timeout.ms"),
            heartbeat_interval_ms: values.int("heartbeat.interval.ms"),
            max_poll_interval_ms: values.int("max.poll.interval.ms"),
            default_api_timeout_ms: values.int("default.api.timeout.ms"),
            auto_commit_interval_ms: values.int("auto.commit.interval.ms"),
            client_rack: text("client.rack"),
            leave_on_close: values.boolean("internal.leave.group.on.close"),
            values,
        })
    }

    /// Whether somebody has set `group.id`, be it to nothing.
    pub fn names_a_group(&self) -> bool {
        self.values.is_set("group.id")
    }
}

/// What `ConsumerConfig` and the coordinators' constructors refuse about groups.
fn check_group(values: &ConfigValues) -> Result<(), ConfigError> {
    let refused = |exception, why: String| Err(ConfigError::Refused { exception, why });
    if !values.is_set("group.id")
        && values.is_set("enable.auto.commit")
        && values.boolean("enable.auto.commit")
    {
        let why = "enable.auto.commit cannot be set to true when default group id (null) is used.";
        return refused("InvalidConfigurationException", why.into());
    }
    if values.is_set("group.instance.id") {
        check_instance_id(values.text("group.instance.id"))?;
    }
    let modern = values.text("group.protocol") == "consumer";
    if modern {
        let theirs = ["partition.assignment.strategy", "heartbeat.interval.ms", "session.timeout.ms"];
        // 3.9 does not look at them and takes the group's.
        let refuses = values.profile() == Profile::Modern;
        if let Some(name) = theirs.iter().find(|name| refuses && values.is_set(name)) {
            return Err(ConfigError::Conflict(format!("{name} cannot be set when group.protocol=CONSUMER")));
        }
    } else if !values.text("group.remote.assignor").is_empty() {
        let why = "group.remote.assignor cannot be set when group.protocol=CLASSIC";
        return Err(ConfigError::Conflict(why.into()));
    }
    if !modern && values.number("heartbeat.interval.ms") >= values.number("session.timeout.ms") {
        let why = "Heartbeat must be set lower than the session timeout".into();
        return refused("IllegalArgumentException", why);
    }
    Ok(())
}

/// `JoinGroupRequest.validateGroupInstanceId`, which has the rules of topics' names.
fn check_instance_id(id: &str) -> Result<(), ConfigError> {
    let refused = |why: String| {
        let why = format!("Group instance id is invalid: {why}");
        Err(ConfigError::Refused { exception: "InvalidConfigurationException", why })
    };
    let legal = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
    match id {
        "" => Err(ConfigError::Invalid {
            name: "group.instance.id".into(),
            value: String::new(),
            why: "String must be non-empty".into(),
        }),
        "." | ".." => refused(format!("'{id}' is not allowed")),
        id if id.len() > 249 => {
            refused(format!("the length of '{id}' is longer than the max allowed length 249"))
        }
        id if !id.chars().all(legal) => refused(format!(
            "'{id}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        )),
        _ => Ok(()),
    }
}

/// Where Kafka's assignors are; it may be left out.
const PACKAGE: &str = "org.apache.kafka.clients.consumer.";

/// Reads `partition.assignment.strategy`: assignors by the names that they have on the wire, or by their classes' names.
fn assignors(text: &str) -> Result<Vec<Assignor>, ConfigError> {
    let mut out = Vec::new();
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        let short = |text| str::strip_prefix(text, PACKAGE).unwrap_or(text);
        let found =
            Assignor::ALL.iter().find(|it| [it.name(), short(it.class_name())].contains(&short(word)));
        let assignor = *found.ok_or_else(|| ConfigError::Invalid {
            name: "partition.assignment.strategy".into(),
            value: word.into(),
            why: "Class not found: take range, roundrobin, sticky or cooperative-sticky".into(),
        })?;
        if out.contains(&assignor) {
            return Err(ConfigError::Refused {
                exception: "KafkaException",
                why: format!("The assignor name: '{}' is used in more than one assignor", assignor.name()),
            });
        }
        out.push(assignor);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(profile: Profile, pairs: &[(&str, &str)]) -> Result<ConsumerConfig, String> {
        let set = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        ConsumerConfig::new(profile, &set).map_err(|error| error.to_string())
    }

    #[test]
    fn a_consumer_refuses_what_kafka_refuses_by_name() {
        let modern = |pairs| config(Profile::Modern, pairs).unwrap_err();
        assert!(
            modern(&[("group.id", "g"), ("heartbeat.interval.ms", "45000")])
                .starts_with("IllegalArgumentException")
        );
        assert!(
            modern(&[("group.id", "g"), ("group.protocol", "consumer"), ("session.timeout.ms", "9000")])
                .contains("session.timeout.ms cannot be set when group.protocol=CONSUMER")
        );
        assert!(modern(&[("group.remote.assignor", "uniform")]).contains("group.protocol=CLASSIC"));
        assert!(modern(&[("enable.auto.commit", "true")]).starts_with("InvalidConfigurationException"));
        assert!(modern(&[("partition.assignment.strategy", "fair")]).contains("fair"));
        assert!(
            modern(&[("partition.assignment.strategy", "range,RangeAssignor")]).contains("more than one")
        );
    }

    /// Each sentence was read off the clients of 3.9.1 and 4.3.1.
    #[test]
    fn what_is_wrong_is_said_in_kafkas_words_and_3_9_lets_more_pass() {
        let modern = |pairs| config(Profile::Modern, pairs).unwrap_err();
        assert_eq!(
            modern(&[("auto.offset.reset", "xx")]),
            "ConfigException: Invalid value xx for configuration auto.offset.reset: Invalid value `xx` for \
             configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of the format \
             'by_duration:<PnDTnHnMn.nS.>'."
        );
        assert_eq!(
            config(Profile::Classic, &[("auto.offset.reset", "xx")]).unwrap_err(),
            "ConfigException: Invalid value xx for configuration auto.offset.reset: String must be one of: latest, \
             earliest, none"
        );
        assert_eq!(
            modern(&[("group.id", "g"), ("group.instance.id", "")]),
            "ConfigException: Invalid value  for configuration group.instance.id: String must be non-empty"
        );
        assert_eq!(
            modern(&[("group.id", "g"), ("group.instance.id", "a b")]),
            "InvalidConfigurationException: Group instance id is invalid: 'a b' contains one or more characters other \
             than ASCII alphanumerics, '.', '_' and '-'"
        );
        let theirs = [("group.id", "g"), ("group.protocol", "consumer"), ("session.timeout.ms", "10000")];
        assert!(config(Profile::Classic, &theirs).is_ok());
    }

    #[test]
    fn a_reset_by_duration_is_a_matter_of_4_0() {
        let reset =
            |text| config(Profile::Modern, &[("auto.offset.reset", text)]).map(|c| c.auto_offset_reset);
        assert_eq!(reset("by_duration:PT1H"), Ok(OffsetReset::ByDuration(3_600_000)));
        assert_eq!(reset("by_duration:P1DT2M3.25S"), Ok(OffsetReset::ByDuration(86_523_250)));
        for bad in ["by_duration:", "by_duration:P", "by_duration:PT", "by_duration:1H", "by_duration:-PT1H"]
        {
            assert!(reset(bad).is_err(), "{bad}");
        }
        assert!(config(Profile::Classic, &[("auto.offset.reset", "by_duration:PT1H")]).is_err());
        assert_eq!(OffsetReset::ByDuration(1_000).reset_to(5_000), Some(ResetTo::Timestamp(4_000)));
    }

    #[test]
    fn assignors_are_named_as_on_the_wire_or_by_class() {
        let named =
            |text| config(Profile::Modern, &[("partition.assignment.strategy", text)]).unwrap().assignors;
        assert_eq!(named("range,cooperative-sticky"), [Assignor::Range, Assignor::CooperativeSticky]);
        let classes = "org.apache.kafka.clients.consumer.RoundRobinAssignor, StickyAssignor";
        assert_eq!(named(classes), [Assignor::RoundRobin, Assignor::Sticky]);
    }
}
