use std::cmp::Ordering;
use std::fmt;

use crate::kafka::base::Profile;

/// The type of a config's value (`ConfigDef.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConfigKind {
    Boolean,
    Short,
    Int,
    Long,
    Double,
    String,
    List,
}

impl ConfigKind {
    /// The number in a DescribeConfigs response.
    pub const fn code(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::String => 2,
            Self::Int => 3,
            Self::Short => 4,
            Self::Long => 5,
            Self::Double => 6,
            Self::List => 7,
        }
    }

    /// Kafka's name of the type.
    pub const fn java_name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Short => "short",
            Self::Int => "int",
            Self::Long => "long",
            Self::Double => "double",
            Self::String => "string",
            Self::List => "list",
        }
    }
}

/// Which values are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Valid {
    Any,
    AtLeast(i64),
    Between(i64, i64),
    /// Between the two, or the third.
    BetweenOr(i64, i64, i64),
    OneOf(&'static [&'static str]),
}

/// How a broker's config can change (`DynamicBrokerConfig`). A topic's can always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Update {
    ReadOnly,
    PerBroker,
    ClusterWide,
}

/// A broker config that a topic's value comes from when the topic has none; `scale` turns its unit into the topic's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Synonym {
    pub name: &'static str,
    pub scale: i64,
}

/// One config as Kafka documents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConfigDef {
    pub name: &'static str,
    pub kind: ConfigKind,
    pub(super) classic: Option<&'static str>,
    pub(super) modern: Option<&'static str>,
    pub valid: Valid,
    pub update: Update,
    /// Of a topic's config: the broker configs behind it, the strongest first.
    pub synonyms: &'static [Synonym],
    /// Whether the engine does something with it. The others are accepted, stored and described.
    pub honoured: bool,
}

/// A value that is not allowed; the text is what Kafka answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConfigError(pub String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

impl ConfigDef {
    /// The default, `None` where Kafka has null.
    pub const fn default(&self, profile: Profile) -> Option<&'static str> {
        match profile {
            Profile::Classic => self.classic,
            Profile::Modern => self.modern,
        }
    }

    /// Whether a value is of the right type and in its range.
    ///
    /// # Errors
    /// A sentence in Kafka's words; the error code that goes with it is `INVALID_CONFIG`.
    pub fn check(&self, value: &str) -> Result<(), ConfigError> {
        let invalid = |why: String| {
            Err(ConfigError(format!("Invalid value {value} for configuration {}: {why}", self.name)))
        };
        let text = value.trim();
        let number = match self.kind {
            ConfigKind::Boolean if !["true", "false"].contains(&text.to_ascii_lowercase().as_str()) => {
                return invalid("Expected value to be either true or false".into());
            }
            ConfigKind::Short => text.parse::<i16>().map(i64::from).ok(),
            ConfigKind::Int => text.parse::<i32>().map(i64::from).ok(),
            ConfigKind::Long => text.parse::<i64>().ok(),
            ConfigKind::Double => match share(text) {
                Some(Ordering::Equal) => Some(0),
                Some(side) => return Err(self.not_a_share(text, side)),
                None => None,
            },
            _ => Some(0),
        };
        let Some(number) = number else {
            return invalid(format!("Not a number of type {}", self.kind.java_name().to_ascii_uppercase()));
        };
        match self.valid {
            Valid::AtLeast(min) if number < min => invalid(format!("Value must be at least {min}")),
            Valid::Between(min, _) if number < min => invalid(format!("Value must be at least {min}")),
            Valid::Between(_, max) if number > max => invalid(format!("Value must be no more than {max}")),
            Valid::BetweenOr(min, max, other) if !(min..=max).contains(&number) && number != other => {
                invalid(format!("Value must be between {min} and {max} or equal to {other}"))
            }
            Valid::OneOf(allowed) => {
                let parts: Vec<&str> = match self.kind {
                    ConfigKind::List => text.split(',').map(str::trim).filter(|p| !p.is_empty()).collect(),
                    _ => vec![text],
                };
                match parts.iter().find(|part| !allowed.contains(part)) {
                    Some(part) => Err(ConfigError(format!(
                        "Invalid value {part} for configuration {}: String must be one of: {}",
                        self.name,
                        allowed.join(", ")
                    ))),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Java writes a whole number of this type with a zero behind the point.
    fn not_a_share(&self, text: &str, side: Ordering) -> ConfigError {
        let zero = if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') { ".0" } else { "" };
        let why = if side == Ordering::Less { "at least 0" } else { "no more than 1" };
        ConfigError(format!(
            "Invalid value {text}{zero} for configuration {}: Value must be {why}",
            self.name
        ))
    }
}

/// Where a decimal number lies: below 0, between 0 and 1, above 1; nothing for another text. Digit by digit: the reader of
/// floats would bring ten kilobytes of powers into the page.
fn share(text: &str) -> Option<Ordering> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()),
        None => (text, Some(0)),
    };
    let (negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = [whole, part].concat();
    let exponent = exponent?;
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // The number is 0.SIGNIFICANT times ten to the power of `point`.
    let significant = digits.trim_start_matches('0');
    let point = exponent.saturating_add(whole.len() as i32 - (digits.len() - significant.len()) as i32);
    let significant = significant.trim_end_matches('0');
    Some(match (significant, negative) {
        ("", _) => Ordering::Equal,
        (_, true) => Ordering::Less,
        (significant, false) if point <= 0 || point == 1 && significant == "1" => Ordering::Equal,
        _ => Ordering::Greater,
    })
}

#[cfg(test)]
mod tests {
    use super::Ordering;
    use super::share;

    #[test]
    fn a_share_is_a_number_from_nothing_to_all() {
        for text in ["0", "1", "0.5", ".5", "1.", "1.00", "-0.0", "5e-1", "10E-1", "0.0001e4", "+0.3"] {
            assert_eq!(share(text), Some(Ordering::Equal), "{text}");
        }
        for number in ["1.01", "2", "1e1", "0.5e1", "10", "1e99999"] {
            assert_eq!(share(number), Some(Ordering::Greater), "{number}");
        }
        assert_eq!(share("-0.1"), Some(Ordering::Less));
        for text in ["", ".", "half", "0x1", "1e", "1 2", "--1"] {
            assert_eq!(share(text), None, "{text}");
        }
    }
}
