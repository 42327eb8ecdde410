use crate::kafka::base::Duration;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::Uuid;
use crate::kafka::base::config::broker_config;
use crate::kafka::metadata::MetadataVersion;

/// What is needed to boot a controller's process: its `server.properties`.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct ControllerSpec {
    pub id: NodeId,
    pub cluster_id: Name,
    pub profile: Profile,
    /// Configs by their real names; what is missing has its default.
    pub configs: Map<Name, Name>,
    /// The directory of its log directory (`directory.id` in `meta.properties`).
    pub directory_id: Uuid,
}

impl ControllerSpec {
    pub fn new(id: NodeId, cluster_id: &str, profile: Profile) -> Self {
        Self {
            id,
            cluster_id: Name::from(cluster_id),
            profile,
            configs: Map::new(),
            directory_id: Uuid::from_parts(0x6b61_666b_6173_636f, id.0 as u64),
        }
    }

    /// Sets a config by its real name.
    #[must_use]
    pub fn with_config(mut self, name: &str, value: &str) -> Self {
        self.configs.insert(Name::from(name), Name::from(value));
        self
    }

    /// The features of a new cluster, `metadata.version` first.
    pub(super) fn bootstrap_features(&self) -> &'static [(&'static str, i16)] {
        match self.profile {
            Profile::Classic => &[("metadata.version", MetadataVersion::V3_9.0)],
            Profile::Modern => &[
                ("metadata.version", MetadataVersion::V4_4.0),
                ("eligible.leader.replicas.version", 1),
                ("group.version", 1),
                ("share.version", 2),
                ("streams.version", 1),
                ("transaction.version", 2),
            ],
        }
    }
}

/// The numbers of the controller's configs.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct ControllerConfig {
    pub profile: Profile,
    pub session_timeout: Duration,
    pub num_partitions: i32,
    pub default_replication_factor: i16,
    pub min_insync_replicas: i32,
    pub unclean_leader_election: bool,
    pub auto_leader_rebalance: bool,
    pub imbalance_interval: Duration,
    pub unclean_interval: Duration,
    /// Zero: never.
    pub idle_interval: Duration,
    pub log_segment_bytes: String,
    pub snapshot_bytes: u64,
    /// Zero: never.
    pub snapshot_interval: Duration,
}

impl ControllerConfig {
    pub(super) fn of(spec: &ControllerSpec) -> Self {
        let text = |name: &str| -> Option<&str> {
            let set = spec.configs.get(name).map(|value| value.trim());
            set.or_else(|| broker_config(name)?.default(spec.profile))
        };
        let long = |name: &str| text(name).and_then(|value| value.parse::<i64>().ok()).unwrap_or_default();
        let int = |name: &str| i32::try_from(long(name)).unwrap_or(i32::MAX);
        let ms = |name: &str| Duration::from_millis(u64::try_from(long(name)).unwrap_or_default());
        let flag = |name: &str| text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        Self {
            profile: spec.profile,
            session_timeout: ms("broker.session.timeout.ms"),
            num_partitions: int("num.partitions"),
            default_replication_factor: i16::try_from(int("default.replication.factor")).unwrap_or(i16::MAX),
            min_insync_replicas: int("min.insync.replicas"),
            unclean_leader_election: flag("unclean.leader.election.enable"),
            auto_leader_rebalance: flag("auto.leader.rebalance.enable"),
            imbalance_interval: ms("leader.imbalance.check.interval.seconds") * 1000,
            unclean_interval: ms("unclean.leader.election.interval.ms"),
            idle_interval: ms("metadata.max.idle.interval.ms"),
            log_segment_bytes: text("metadata.log.segment.bytes").unwrap_or_default().to_owned(),
            snapshot_bytes: u64::try_from(long("metadata.log.max.record.bytes.between.snapshots"))
                .unwrap_or(u64::MAX),
            snapshot_interval: ms("metadata.log.max.snapshot.interval.ms"),
        }
    }
}
