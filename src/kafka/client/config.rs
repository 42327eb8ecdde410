//! What every client's configuration has in common: names, types, ranges and defaults as a table (Kafka's `ConfigDef`).

use std::collections::BTreeMap;
use std::fmt;

use crate::kafka::base::Profile;

/// The type of a config and what values it takes (`ConfigDef.Type` and its `Validator`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfigType {
    /// A whole number between two bounds, both allowed.
    Number { min: i64, max: i64 },
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, or a text that begins so; its owner reads and checks it.
    OneOfOr(&'static [&'static str], &'static str),
    /// Any text.
    Text,
}

/// One config of a client: its name in Kafka, type, and default in either profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConfigKey {
    pub name: &'static str,
    pub kind: ConfigType,
    pub classic: &'static str,
    pub modern: &'static str,
}

impl ConfigKey {
    /// A config whose default is the same in both profiles.
    pub const fn new(name: &'static str, kind: ConfigType, default: &'static str) -> Self {
        Self { name, kind, classic: default, modern: default }
    }

    pub const fn default_in(&self, profile: Profile) -> &'static str {
        match profile {
            Profile::Classic => self.classic,
            Profile::Modern => self.modern,
        }
    }

    /// Whether the value has the right type and lies in the range.
    fn check(&self, value: &str) -> Result<(), ConfigError> {
        let invalid =
            |why: String| Err(ConfigError::Invalid { name: self.name.into(), value: value.into(), why });
        match self.kind {
            ConfigType::Number { min, max } => {
                let is_int = max == i64::from(i32::MAX);
                let number = value.parse::<i64>().ok();
                match number.filter(|number| !is_int || i32::try_from(*number).is_ok()) {
                    Some(number) if number < min => invalid(format!("Value must be at least {min}")),
                    Some(number) if number > max => invalid(format!("Value must be no more than {max}")),
                    Some(_) => Ok(()),
                    None => invalid(format!("Not a number of type {}", if is_int { "INT" } else { "LONG" })),
                }
            }
            ConfigType::Boolean => match value {
                "true" | "false" => Ok(()),
                _ => invalid("Expected value to be either true or false".into()),
            },
            ConfigType::OneOf(words) if words.contains(&value) => Ok(()),
            ConfigType::OneOf(words) => invalid(format!("String must be one of: {}", words.join(", "))),
            ConfigType::Text | ConfigType::OneOfOr(..) => Ok(()),
        }
    }
}

/// Why a client refuses its configuration; Kafka's `ConfigException`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ConfigError {
    /// There is no config of this name, or this laboratory does not honour it.
    Unknown { name: String },
    /// The value has the wrong type or is out of range.
    Invalid { name: String, value: String, why: String },
    /// Two values contradict each other.
    Conflict(String),
    /// Kafka refuses it with an exception of this name.
    Refused { exception: &'static str, why: String },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => {
                write!(f, "ConfigException: there is no config {name} here; choose one from the list")
            }
            Self::Invalid { name, value, why } => {
                write!(f, "ConfigException: Invalid value {value} for configuration {name}: {why}")
            }
            Self::Conflict(why) => write!(f, "ConfigException: {why}"),
            Self::Refused { exception, why } => write!(f, "{exception}: {why}"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// The values of one client: what somebody set, over the defaults of the profile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConfigValues {
    keys: &'static [ConfigKey],
    profile: Profile,
    set: BTreeMap<String, String>,
}

impl ConfigValues {
    /// Checks names, types and ranges.
    ///
    /// # Errors
    /// [`ConfigError::Unknown`] for a name that is not in `keys`, [`ConfigError::Invalid`] for a bad value.
    pub fn new(
        keys: &'static [ConfigKey],
        profile: Profile,
        set: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let mut trimmed = BTreeMap::new();
        for (name, value) in set {
            let key = keys.iter().find(|key| key.name == name);
            let key = key.ok_or_else(|| ConfigError::Unknown { name: name.clone() })?;
            key.check(value.trim())?;
            trimmed.insert(name.clone(), value.trim().to_owned());
        }
        Ok(Self { keys, profile, set: trimmed })
    }

    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// What somebody set, without the defaults.
    pub const fn set(&self) -> &BTreeMap<String, String> {
        &self.set
    }

    /// Whether somebody set this config.
    pub fn is_set(&self, name: &str) -> bool {
        self.set.contains_key(name)
    }

    /// The value in force, as text; empty for a name that is not in the table.
    pub fn text(&self, name: &str) -> &str {
        self.set.get(name).map_or_else(|| self.default(name), String::as_str)
    }

    /// The default of the profile, as text; empty for a name that is not in the table.
    pub fn default(&self, name: &str) -> &'static str {
        let key = self.keys.iter().find(|key| key.name == name);
        key.map_or("", |key| key.default_in(self.profile))
    }

    /// The value in force of a config of type [`ConfigType::Number`].
    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }

    /// The value in force, as an `int` of Kafka: larger numbers become the largest `int`.
    pub fn int(&self, name: &str) -> i32 {
        i32::try_from(self.number(name)).unwrap_or(i32::MAX)
    }

    /// The value in force of a config of type [`ConfigType::Boolean`].
    pub fn boolean(&self, name: &str) -> bool {
        self.text(name) == "true"
    }
}
