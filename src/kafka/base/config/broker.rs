use super::definition::ConfigDef;
use super::definition::ConfigKind;
use super::definition::Update;
use super::definition::Valid;

const MAX_INT: &str = "2147483647";
const MAX_LONG: &str = "9223372036854775807";

const fn def(
    name: &'static str,
    kind: ConfigKind,
    default: Option<&'static str>,
    valid: Valid,
    update: Update,
) -> ConfigDef {
    ConfigDef { name, kind, classic: default, modern: default, valid, update, synonyms: &[], honoured: true }
}

const fn int(name: &'static str, default: &'static str, min: i64, update: Update) -> ConfigDef {
    def(name, ConfigKind::Int, Some(default), Valid::AtLeast(min), update)
}

const fn long(name: &'static str, default: &'static str, min: i64, update: Update) -> ConfigDef {
    def(name, ConfigKind::Long, Some(default), Valid::AtLeast(min), update)
}

const fn unset(name: &'static str, kind: ConfigKind, update: Update) -> ConfigDef {
    def(name, kind, None, Valid::Any, update)
}

const fn flag(name: &'static str, default: &'static str, update: Update) -> ConfigDef {
    def(name, ConfigKind::Boolean, Some(default), Valid::Any, update)
}

use Update::ClusterWide;
use Update::ReadOnly;

/// The configs of a broker that the engine reads (`KafkaConfig` and the classes it is made of), by name.
pub const BROKER_CONFIGS: &[ConfigDef] = &[
    flag("auto.create.topics.enable", "true", ReadOnly),
    flag("auto.leader.rebalance.enable", "true", ReadOnly),
    int("broker.heartbeat.interval.ms", "2000", 1, ReadOnly),
    def("broker.rack", ConfigKind::String, None, Valid::Any, ReadOnly),
    int("broker.session.timeout.ms", "9000", 1, ReadOnly),
    int("compression.gzip.level", "-1", -1, ClusterWide),
    int("compression.lz4.level", "9", 1, ClusterWide),
    def(
        "compression.type",
        ConfigKind::String,
        Some("producer"),
        Valid::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]),
        ClusterWide,
    ),
    int("compression.zstd.level", "3", -131_072, ClusterWide),
    flag("controlled.shutdown.enable", "true", ReadOnly),
    int("default.replication.factor", "1", 1, ReadOnly),
    int("fetch.max.bytes", "57671680", 1024, ReadOnly),
    ConfigDef { classic: Some("0"), ..int("group.consumer.assignment.interval.ms", "1000", 0, ReadOnly) },
    ConfigDef { classic: Some("false"), ..flag("group.consumer.assignor.offload.enable", "true", ReadOnly) },
    def(
        "group.consumer.assignors",
        ConfigKind::List,
        Some("uniform,range"),
        Valid::OneOf(&["uniform", "range"]),
        ReadOnly,
    ),
    int("group.consumer.heartbeat.interval.ms", "5000", 1, ReadOnly),
    int("group.consumer.max.heartbeat.interval.ms", "15000", 1, ReadOnly),
    int("group.consumer.max.session.timeout.ms", "60000", 1, ReadOnly),
    int("group.consumer.max.size", MAX_INT, 1, ReadOnly),
    ConfigDef {
        classic: Some("disabled"),
        ..def(
            "group.consumer.migration.policy",
            ConfigKind::String,
            Some("bidirectional"),
            Valid::OneOf(&["disabled", "downgrade", "upgrade", "bidirectional"]),
            ReadOnly,
        )
    },
    int("group.consumer.min.heartbeat.interval.ms", "5000", 1, ReadOnly),
    int("group.consumer.min.session.timeout.ms", "45000", 1, ReadOnly),
    int("group.consumer.session.timeout.ms", "45000", 1, ReadOnly),
    ConfigDef {
        classic: Some("classic"),
        ..def(
            "group.coordinator.rebalance.protocols",
            ConfigKind::List,
            Some("classic,consumer"),
            Valid::OneOf(&["classic", "consumer"]),
            ReadOnly,
        )
    },
    int("group.initial.rebalance.delay.ms", "3000", i64::MIN, ReadOnly),
    int("group.max.session.timeout.ms", "1800000", i64::MIN, ReadOnly),
    int("group.max.size", MAX_INT, 1, ReadOnly),
    int("group.min.session.timeout.ms", "6000", i64::MIN, ReadOnly),
    int("initial.broker.registration.timeout.ms", "60000", 1, ReadOnly),
    long("leader.imbalance.check.interval.seconds", "300", 1, ReadOnly),
    long("log.cleaner.delete.retention.ms", "86400000", 0, ClusterWide),
    long("log.cleaner.max.compaction.lag.ms", MAX_LONG, 1, ClusterWide),
    def("log.cleaner.min.cleanable.ratio", ConfigKind::Double, Some("0.5"), Valid::Any, ClusterWide),
    long("log.cleaner.min.compaction.lag.ms", "0", 0, ClusterWide),
    def(
        "log.cleanup.policy",
        ConfigKind::List,
        Some("delete"),
        Valid::OneOf(&["compact", "delete"]),
        ClusterWide,
    ),
    long("log.flush.interval.messages", MAX_LONG, 1, ClusterWide),
    unset("log.flush.interval.ms", ConfigKind::Long, ClusterWide),
    int("log.flush.offset.checkpoint.interval.ms", "60000", 0, ReadOnly),
    long("log.flush.scheduler.interval.ms", MAX_LONG, 1, ReadOnly),
    int("log.flush.start.offset.checkpoint.interval.ms", "60000", 0, ReadOnly),
    int("log.index.interval.bytes", "4096", 0, ClusterWide),
    int("log.index.size.max.bytes", "10485760", 4, ClusterWide),
    long("log.initial.task.delay.ms", "30000", 0, ReadOnly),
    ConfigDef {
        modern: Some("3600000"),
        ..long("log.message.timestamp.after.max.ms", MAX_LONG, 0, ClusterWide)
    },
    long("log.message.timestamp.before.max.ms", MAX_LONG, 0, ClusterWide),
    def(
        "log.message.timestamp.type",
        ConfigKind::String,
        Some("CreateTime"),
        Valid::OneOf(&["CreateTime", "LogAppendTime"]),
        ClusterWide,
    ),
    flag("log.preallocate", "false", ClusterWide),
    long("log.retention.bytes", "-1", i64::MIN, ClusterWide),
    long("log.retention.check.interval.ms", "300000", 1, ReadOnly),
    int("log.retention.hours", "168", i64::MIN, ReadOnly),
    unset("log.retention.minutes", ConfigKind::Int, ReadOnly),
    unset("log.retention.ms", ConfigKind::Long, ClusterWide),
    int("log.roll.hours", "168", 1, ReadOnly),
    int("log.roll.jitter.hours", "0", 0, ReadOnly),
    unset("log.roll.jitter.ms", ConfigKind::Long, ClusterWide),
    unset("log.roll.ms", ConfigKind::Long, ClusterWide),
    int("log.segment.bytes", "1073741824", 14, ClusterWide),
    long("log.segment.delete.delay.ms", "60000", 0, ClusterWide),
    int("max.incremental.fetch.session.cache.slots", "1000", 0, ReadOnly),
    int("message.max.bytes", "1048588", 0, ClusterWide),
    long("metadata.log.max.record.bytes.between.snapshots", "20971520", 1, ReadOnly),
    long("metadata.log.max.snapshot.interval.ms", "3600000", 0, ReadOnly),
    int("metadata.log.segment.bytes", "1073741824", 14, ReadOnly),
    int("metadata.max.idle.interval.ms", "500", 0, ReadOnly),
    int("min.insync.replicas", "1", 1, ClusterWide),
    int("num.partitions", "1", 1, ReadOnly),
    int("num.replica.fetchers", "1", 1, ReadOnly),
    int("offset.metadata.max.bytes", "4096", i64::MIN, ReadOnly),
    int("offsets.commit.timeout.ms", "5000", 1, ReadOnly),
    long("offsets.retention.check.interval.ms", "600000", 1, ReadOnly),
    int("offsets.retention.minutes", "10080", 1, ReadOnly),
    int("offsets.topic.num.partitions", "50", 1, ReadOnly),
    def("offsets.topic.replication.factor", ConfigKind::Short, Some("3"), Valid::AtLeast(1), ReadOnly),
    int("offsets.topic.segment.bytes", "104857600", 1, ReadOnly),
    int("producer.id.expiration.check.interval.ms", "600000", 1, ReadOnly),
    int("producer.id.expiration.ms", "86400000", 1, ClusterWide),
    int("replica.fetch.backoff.ms", "1000", 0, ReadOnly),
    int("replica.fetch.max.bytes", "1048576", 0, ReadOnly),
    int("replica.fetch.min.bytes", "1", 0, ReadOnly),
    int("replica.fetch.response.max.bytes", "10485760", 0, ReadOnly),
    int("replica.fetch.wait.max.ms", "500", 0, ReadOnly),
    long("replica.high.watermark.checkpoint.interval.ms", "5000", 1, ReadOnly),
    long("replica.lag.time.max.ms", "30000", 1, ReadOnly),
    def("replica.selector.class", ConfigKind::String, None, Valid::Any, ReadOnly),
    int("replica.socket.timeout.ms", "30000", 1, ReadOnly),
    int("socket.request.max.bytes", "104857600", 1, ReadOnly),
    flag("unclean.leader.election.enable", "false", ClusterWide),
    long("unclean.leader.election.interval.ms", "300000", 1, ReadOnly),
];
