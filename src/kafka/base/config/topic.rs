use super::definition::ConfigDef;
use super::definition::ConfigKind;
use super::definition::Synonym;
use super::definition::Update;
use super::definition::Valid;

const MAX_LONG: &str = "9223372036854775807";

const fn def(name: &'static str, kind: ConfigKind, default: &'static str, valid: Valid) -> ConfigDef {
    ConfigDef {
        name,
        kind,
        classic: Some(default),
        modern: Some(default),
        valid,
        update: Update::ClusterWide,
        synonyms: &[],
        honoured: true,
    }
}

const fn int(name: &'static str, default: &'static str, valid: Valid) -> ConfigDef {
    def(name, ConfigKind::Int, default, valid)
}

const fn long(name: &'static str, default: &'static str, valid: Valid) -> ConfigDef {
    def(name, ConfigKind::Long, default, valid)
}

const fn flag(name: &'static str, default: &'static str) -> ConfigDef {
    def(name, ConfigKind::Boolean, default, Valid::Any)
}

impl ConfigDef {
    const fn from(self, synonyms: &'static [Synonym]) -> Self {
        Self { synonyms, ..self }
    }

    const fn unused(self) -> Self {
        Self { honoured: false, ..self }
    }

    const fn modern(self, default: &'static str) -> Self {
        Self { modern: Some(default), ..self }
    }

    const fn gone(self) -> Self {
        Self { modern: None, ..self }
    }
}

macro_rules! of {
    ($($name:literal $(* $scale:literal)?),*) => {
        &[$(Synonym { name: $name, scale: 1 $(* $scale)? }),*]
    };
}

/// All configs of a topic (`TopicConfig`, `LogConfig`), by name.
pub const TOPIC_CONFIGS: &[ConfigDef] = &[
    def("cleanup.policy", ConfigKind::List, "delete", Valid::OneOf(&["compact", "delete"]))
        .from(of!["log.cleanup.policy"]),
    int("compression.gzip.level", "-1", Valid::BetweenOr(1, 9, -1))
        .from(of!["compression.gzip.level"])
        .unused(),
    int("compression.lz4.level", "9", Valid::Between(1, 17)).from(of!["compression.lz4.level"]).unused(),
    def(
        "compression.type",
        ConfigKind::String,
        "producer",
        Valid::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
    )
    .from(of!["compression.type"]),
    int("compression.zstd.level", "3", Valid::Between(-131_072, 22))
        .from(of!["compression.zstd.level"])
        .unused(),
    long("delete.retention.ms", "86400000", Valid::AtLeast(0))
        .from(of!["log.cleaner.delete.retention.ms"])
        .unused(),
    long("file.delete.delay.ms", "60000", Valid::AtLeast(0)).from(of!["log.segment.delete.delay.ms"]),
    long("flush.messages", MAX_LONG, Valid::AtLeast(1)).from(of!["log.flush.interval.messages"]),
    long("flush.ms", MAX_LONG, Valid::AtLeast(0)).from(of!["log.flush.interval.ms"]),
    def("follower.replication.throttled.replicas", ConfigKind::List, "", Valid::Any).unused(),
    int("index.interval.bytes", "4096", Valid::AtLeast(0)).from(of!["log.index.interval.bytes"]),
    def("leader.replication.throttled.replicas", ConfigKind::List, "", Valid::Any).unused(),
    long("local.retention.bytes", "-2", Valid::AtLeast(-2)).unused(),
    long("local.retention.ms", "-2", Valid::AtLeast(-2)).unused(),
    long("max.compaction.lag.ms", MAX_LONG, Valid::AtLeast(1))
        .from(of!["log.cleaner.max.compaction.lag.ms"])
        .unused(),
    int("max.message.bytes", "1048588", Valid::AtLeast(0)).from(of!["message.max.bytes"]),
    long("message.timestamp.after.max.ms", MAX_LONG, Valid::AtLeast(0))
        .modern("3600000")
        .from(of!["log.message.timestamp.after.max.ms"]),
    long("message.timestamp.before.max.ms", MAX_LONG, Valid::AtLeast(0))
        .from(of!["log.message.timestamp.before.max.ms"]),
    def(
        "message.timestamp.type",
        ConfigKind::String,
        "CreateTime",
        Valid::OneOf(&["CreateTime", "LogAppendTime"]),
    )
    .from(of!["log.message.timestamp.type"]),
    def("min.cleanable.dirty.ratio", ConfigKind::Double, "0.5", Valid::Any)
        .from(of!["log.cleaner.min.cleanable.ratio"])
        .unused(),
    long("min.compaction.lag.ms", "0", Valid::AtLeast(0))
        .from(of!["log.cleaner.min.compaction.lag.ms"])
        .unused(),
    int("min.insync.replicas", "1", Valid::AtLeast(1)).from(of!["min.insync.replicas"]),
    flag("preallocate", "false").from(of!["log.preallocate"]),
    flag("remote.storage.enable", "false").unused(),
    long("retention.bytes", "-1", Valid::Any).from(of!["log.retention.bytes"]),
    long("retention.ms", "604800000", Valid::AtLeast(-1)).from(of![
        "log.retention.ms",
        "log.retention.minutes" * 60_000,
        "log.retention.hours" * 3_600_000
    ]),
    // Kafka 4 wants at least 1 MiB; small segments are what a lesson needs, so the older minimum holds in both profiles.
    int("segment.bytes", "1073741824", Valid::AtLeast(14)).from(of!["log.segment.bytes"]),
    int("segment.index.bytes", "10485760", Valid::AtLeast(4)).from(of!["log.index.size.max.bytes"]),
    long("segment.jitter.ms", "0", Valid::AtLeast(0))
        .from(of!["log.roll.jitter.ms", "log.roll.jitter.hours" * 3_600_000]),
    long("segment.ms", "604800000", Valid::AtLeast(1)).from(of!["log.roll.ms", "log.roll.hours" * 3_600_000]),
    flag("unclean.leader.election.enable", "false").from(of!["unclean.leader.election.enable"]),
];

/// What a log knows besides: configs that 4.x has no more, and switches of tiered storage. Nothing here looks at them but
/// the limit of timestamps, so topics are not offered them.
pub const LOG_CONFIGS: &[ConfigDef] = &[
    flag("message.downconversion.enable", "true").gone(),
    def("message.format.version", ConfigKind::String, "3.0-IV1", Valid::Any).gone(),
    long("message.timestamp.difference.max.ms", MAX_LONG, Valid::AtLeast(0)).gone(),
    flag("remote.log.copy.disable", "false"),
    flag("remote.log.delete.on.disable", "false"),
];
