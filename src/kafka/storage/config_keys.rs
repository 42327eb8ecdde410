use crate::kafka::base::Profile;
use crate::kafka::storage::ConfigError;

/// The type of a config's value (`ConfigDef.Type`) with what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub enum Kind {
    /// 32 bits, at least this.
    Int(i32),
    /// 64 bits, at least this.
    Long(i64),
    /// Between 0 and 1.
    Ratio,
    Boolean,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// Any number of these, between commas; no names = any text.
    List(&'static [&'static str]),
    /// A level of a codec: one of this range.
    Level(i32, i32),
    /// A level of a codec: one of this range, or -1 for the codec's own default.
    LevelOrDefault(i32, i32),
    Text,
}

impl Kind {
    /// The items of a list, as `ConfigDef` splits it.
    pub fn items(text: &str) -> impl Iterator<Item = &str> {
        text.split(',').map(str::trim).filter(|item| !item.is_empty())
    }

    /// `ConfigDef`'s name of the type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int(_) | Self::Level(..) | Self::LevelOrDefault(..) => "INT",
            Self::Long(_) => "LONG",
            Self::Ratio => "DOUBLE",
            Self::Boolean => "BOOLEAN",
            Self::OneOf(_) | Self::Text => "STRING",
            Self::List(_) => "LIST",
        }
    }
}

/// One config of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub struct ConfigKey {
    pub name: &'static str,
    pub kind: Kind,
    /// The default in 3.9.1.
    pub default: &'static str,
    /// The default in 4.x when it is another; `Some("")` with `removed` when it is gone.
    modern: Option<&'static str>,
    removed: bool,
    /// The broker's config that gives the default, where there is one (`ServerTopicConfigSynonyms`).
    pub server: &'static str,
}

impl ConfigKey {
    pub fn is_in(&self, profile: Profile) -> bool {
        !(self.removed && profile == Profile::Modern)
    }

    pub fn default_in(&self, profile: Profile) -> &'static str {
        match (profile, self.modern) {
            (Profile::Modern, Some(modern)) => modern,
            _ => self.default,
        }
    }

    /// Whether a value may be given to this config; the sentence is `ConfigException`'s.
    pub fn check(&self, value: &str) -> Result<(), ConfigError> {
        let bad = |why: String| {
            Err(ConfigError(format!("Invalid value {value} for configuration {}: {why}", self.name)))
        };
        let not_a = || bad(format!("Not a number of type {}", self.kind.name()));
        match self.kind {
            Kind::Int(least) => match value.parse::<i32>() {
                Ok(number) if number < least => bad(format!("Value must be at least {least}")),
                Ok(_) => Ok(()),
                Err(_) => not_a(),
            },
            Kind::Long(least) => match value.parse::<i64>() {
                Ok(number) if number < least => bad(format!("Value must be at least {least}")),
                Ok(_) => Ok(()),
                Err(_) => not_a(),
            },
            Kind::Level(least, most) => match value.parse::<i32>() {
                Ok(level) if level < least || level > most => {
                    bad(format!("Value must be between {least} and {most}"))
                }
                Ok(_) => Ok(()),
                Err(_) => not_a(),
            },
            Kind::LevelOrDefault(least, most) => match value.parse::<i32>() {
                Ok(level) if level != -1 && (level < least || level > most) => {
                    bad(format!("Value must be between {least} and {most} or equal to -1"))
                }
                Ok(_) => Ok(()),
                Err(_) => not_a(),
            },
            Kind::Ratio => match value.parse::<f64>() {
                Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(()),
                Ok(_) => bad("Value must be between 0 and 1".into()),
                Err(_) => not_a(),
            },
            Kind::Boolean if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") => {
                Ok(())
            }
            Kind::Boolean => bad("Expected value to be either true or false".into()),
            Kind::OneOf(names) if names.contains(&value) => Ok(()),
            Kind::OneOf(names) => bad(format!("String must be one of: {}", names.join(", "))),
            Kind::List([]) | Kind::Text => Ok(()),
            Kind::List(names) => match Kind::items(value).find(|item| !names.contains(item)) {
                Some(item) => bad(format!("String {item} must be one of: {}", names.join(", "))),
                None => Ok(()),
            },
        }
    }
}

const fn key(name: &'static str, kind: Kind, default: &'static str, server: &'static str) -> ConfigKey {
    ConfigKey { name, kind, default, modern: None, removed: false, server }
}

const fn moved(mut key: ConfigKey, modern: &'static str) -> ConfigKey {
    key.modern = Some(modern);
    key
}

const fn gone(mut key: ConfigKey) -> ConfigKey {
    key.removed = true;
    key
}

const FOREVER: &str = "9223372036854775807";
const CODECS: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];

/// All configs of a topic, sorted by name.
pub const KEYS: &[ConfigKey] = &[
    key("cleanup.policy", Kind::List(&["compact", "delete"]), "delete", "log.cleanup.policy"),
    key("compression.gzip.level", Kind::LevelOrDefault(1, 9), "-1", "compression.gzip.level"),
    key("compression.lz4.level", Kind::Level(1, 17), "9", "compression.lz4.level"),
    key("compression.type", Kind::OneOf(CODECS), "producer", "compression.type"),
    key("compression.zstd.level", Kind::Level(-131_072, 22), "3", "compression.zstd.level"),
    key("delete.retention.ms", Kind::Long(0), "86400000", "log.cleaner.delete.retention.ms"),
    key("file.delete.delay.ms", Kind::Long(0), "60000", "log.segment.delete.delay.ms"),
    key("flush.messages", Kind::Long(1), FOREVER, "log.flush.interval.messages"),
    key("flush.ms", Kind::Long(0), FOREVER, "log.flush.interval.ms"),
    key("follower.replication.throttled.replicas", Kind::List(&[]), "", ""),
    key("index.interval.bytes", Kind::Int(0), "4096", "log.index.interval.bytes"),
    key("leader.replication.throttled.replicas", Kind::List(&[]), "", ""),
    key("local.retention.bytes", Kind::Long(-2), "-2", "log.local.retention.bytes"),
    key("local.retention.ms", Kind::Long(-2), "-2", "log.local.retention.ms"),
    key("max.compaction.lag.ms", Kind::Long(1), FOREVER, "log.cleaner.max.compaction.lag.ms"),
    key("max.message.bytes", Kind::Int(0), "1048588", "message.max.bytes"),
    gone(key("message.downconversion.enable", Kind::Boolean, "true", "log.message.downconversion.enable")),
    gone(key("message.format.version", Kind::Text, "3.0-IV1", "log.message.format.version")),
    moved(
        key("message.timestamp.after.max.ms", Kind::Long(0), FOREVER, "log.message.timestamp.after.max.ms"),
        "3600000",
    ),
    key("message.timestamp.before.max.ms", Kind::Long(0), FOREVER, "log.message.timestamp.before.max.ms"),
    gone(key(
        "message.timestamp.difference.max.ms",
        Kind::Long(0),
        FOREVER,
        "log.message.timestamp.difference.max.ms",
    )),
    key(
        "message.timestamp.type",
        Kind::OneOf(&["CreateTime", "LogAppendTime"]),
        "CreateTime",
        "log.message.timestamp.type",
    ),
    key("min.cleanable.dirty.ratio", Kind::Ratio, "0.5", "log.cleaner.min.cleanable.ratio"),
    key("min.compaction.lag.ms", Kind::Long(0), "0", "log.cleaner.min.compaction.lag.ms"),
    key("min.insync.replicas", Kind::Int(1), "1", "min.insync.replicas"),
    key("preallocate", Kind::Boolean, "false", "log.preallocate"),
    key("remote.log.copy.disable", Kind::Boolean, "false", ""),
    key("remote.log.delete.on.disable", Kind::Boolean, "false", ""),
    key("remote.storage.enable", Kind::Boolean, "false", ""),
    key("retention.bytes", Kind::Long(i64::MIN), "-1", "log.retention.bytes"),
    key("retention.ms", Kind::Long(-1), "604800000", "log.retention.ms"),
    key("segment.bytes", Kind::Int(14), "1073741824", "log.segment.bytes"),
    key("segment.index.bytes", Kind::Int(4), "10485760", "log.index.size.max.bytes"),
    key("segment.jitter.ms", Kind::Long(0), "0", "log.roll.jitter.ms"),
    key("segment.ms", Kind::Long(1), "604800000", "log.roll.ms"),
    key("unclean.leader.election.enable", Kind::Boolean, "false", "unclean.leader.election.enable"),
];
