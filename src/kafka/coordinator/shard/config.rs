//! The configs that a shard reads (`GroupCoordinatorConfig`).

use crate::kafka::base::Profile;

/// `group.consumer.migration.policy`: which of the two protocols a live group may change to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MigrationPolicy {
    Disabled,
    Upgrade,
    Downgrade,
    Bidirectional,
}

/// Broker configs of groups and of committed offsets; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupConfig {
    pub profile: Profile,
    /// `group.coordinator.rebalance.protocols` contains `consumer`.
    pub consumer_protocol: bool,
    pub initial_rebalance_delay_ms: i32,
    pub min_session_timeout_ms: i32,
    pub max_session_timeout_ms: i32,
    pub max_size: i32,
    pub consumer_session_timeout_ms: i32,
    pub consumer_heartbeat_interval_ms: i32,
    pub consumer_max_size: i32,
    /// `group.consumer.assignors`, the first is the default.
    pub consumer_assignors: Vec<String>,
    /// `group.consumer.assignment.interval.ms`: the least time between two target assignments.
    pub consumer_assignment_interval_ms: i32,
    /// `group.consumer.assignor.offload.enable`: the target is computed after the request, not in it.
    pub consumer_assignor_offload: bool,
    pub migration_policy: MigrationPolicy,
    pub offset_metadata_max_bytes: i32,
    pub offsets_retention_ms: i64,
    pub offsets_retention_check_interval_ms: i64,
    /// `offsets.commit.timeout.ms`: how long an answer waits for the high watermark.
    pub commit_timeout_ms: i64,
}

impl GroupConfig {
    /// Kafka's defaults.
    pub fn new(profile: Profile) -> Self {
        let modern = profile == Profile::Modern;
        Self {
            profile,
            consumer_protocol: modern,
            initial_rebalance_delay_ms: 3_000,
            min_session_timeout_ms: 6_000,
            max_session_timeout_ms: 1_800_000,
            max_size: i32::MAX,
            consumer_session_timeout_ms: 45_000,
            consumer_heartbeat_interval_ms: 5_000,
            consumer_max_size: i32::MAX,
            consumer_assignors: vec!["uniform".to_owned(), "range".to_owned()],
            consumer_assignment_interval_ms: if modern { 1_000 } else { 0 },
            consumer_assignor_offload: modern,
            migration_policy: if modern { MigrationPolicy::Bidirectional } else { MigrationPolicy::Disabled },
            offset_metadata_max_bytes: 4_096,
            offsets_retention_ms: 10_080 * 60_000,
            offsets_retention_check_interval_ms: 600_000,
            commit_timeout_ms: 5_000,
        }
    }

    /// Takes one broker config over by its name; `false` when no group reads a config of this name, or not this value.
    pub fn set(&mut self, name: &str, value: &str) -> bool {
        let number = value.parse::<i64>().ok();
        let int = number.and_then(|number| i32::try_from(number).ok());
        let place = match name {
            "group.initial.rebalance.delay.ms" => &mut self.initial_rebalance_delay_ms,
            "group.min.session.timeout.ms" => &mut self.min_session_timeout_ms,
            "group.max.session.timeout.ms" => &mut self.max_session_timeout_ms,
            "group.max.size" => &mut self.max_size,
            "group.consumer.session.timeout.ms" => &mut self.consumer_session_timeout_ms,
            "group.consumer.heartbeat.interval.ms" => &mut self.consumer_heartbeat_interval_ms,
            "group.consumer.max.size" => &mut self.consumer_max_size,
            "group.consumer.assignment.interval.ms" => &mut self.consumer_assignment_interval_ms,
            "offset.metadata.max.bytes" => &mut self.offset_metadata_max_bytes,
            _ => return self.set_other(name, value, number),
        };
        int.map(|int| *place = int).is_some()
    }

    fn set_other(&mut self, name: &str, value: &str, number: Option<i64>) -> bool {
        match (name, number) {
            ("offsets.retention.minutes", Some(minutes)) => self.offsets_retention_ms = minutes * 60_000,
            ("offsets.retention.check.interval.ms", Some(ms)) => {
                self.offsets_retention_check_interval_ms = ms;
            }
            ("offsets.commit.timeout.ms", Some(ms)) => self.commit_timeout_ms = ms,
            ("group.consumer.assignor.offload.enable", None) => {
                self.consumer_assignor_offload = value == "true";
            }
            ("group.consumer.assignors", None) => {
                self.consumer_assignors = value.split(',').map(|part| part.trim().to_owned()).collect();
            }
            ("group.coordinator.rebalance.protocols", None) => {
                self.consumer_protocol = value.split(',').any(|protocol| protocol.trim() == "consumer");
            }
            ("group.consumer.migration.policy", None) => {
                self.migration_policy = match value.to_ascii_lowercase().as_str() {
                    "disabled" => MigrationPolicy::Disabled,
                    "upgrade" => MigrationPolicy::Upgrade,
                    "downgrade" => MigrationPolicy::Downgrade,
                    "bidirectional" => MigrationPolicy::Bidirectional,
                    _ => return false,
                };
            }
            _ => return false,
        }
        true
    }
}
