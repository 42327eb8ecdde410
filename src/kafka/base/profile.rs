use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// Which Apache Kafka a world runs: defaults and protocol rules differ, the code is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// Apache Kafka 3.9.1.
    #[serde(rename = "classic-3.x")]
    Classic,
    /// Apache Kafka 4.4.
    #[default]
    #[serde(rename = "modern-4.x")]
    Modern,
}

impl Profile {
    pub const ALL: [Self; 2] = [Self::Classic, Self::Modern];

    /// `classic-3.x` or `modern-4.x`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic-3.x",
            Self::Modern => "modern-4.x",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
