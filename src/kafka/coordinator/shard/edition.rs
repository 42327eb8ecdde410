//! What the two group coordinators of Apache Kafka do differently.

use bytes::Bytes;

use super::GroupConfig;
use crate::kafka::base::Profile;
use crate::kafka::protocol::ErrorCode;

/// Which group coordinator a shard is. All that differs between the two is asked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edition {
    /// `kafka.coordinator.group.GroupCoordinator`, which 3.9 runs unless KIP-848 is switched on. Groups live in memory; the
    /// log has a generation when its leader has synced, and offsets. Who has not written anything is answered at once.
    Old,
    /// `org.apache.kafka.coordinator.group.GroupCoordinatorService`, the only one since 4.0. Whatever is true is a record, and
    /// every answer waits until all that was written before it is safe.
    New,
}

impl Edition {
    const fn is_new(self) -> bool {
        matches!(self, Self::New)
    }

    /// Whether a group is a record as soon as somebody asks to join it.
    pub(crate) const fn writes_new_groups(self) -> bool {
        self.is_new()
    }

    /// Whether an answer waits for what others have written before it.
    pub(crate) const fn answers_in_order(self) -> bool {
        self.is_new()
    }

    /// Whether who leaves, or deletes, hears of it when the records of it are safe, and not before they are written.
    pub(crate) const fn confirms_removals(self) -> bool {
        self.is_new()
    }

    /// Whether ListGroups and DescribeGroups tell what is below the high watermark, and not what is in memory.
    pub(crate) const fn tells_what_is_safe(self) -> bool {
        self.is_new()
    }

    /// Whether a stable OffsetFetch waits for offsets that are being written; else it says `UNSTABLE_OFFSET_COMMIT`.
    pub(crate) const fn waits_for_stable_offsets(self) -> bool {
        self.is_new()
    }

    /// Whether the log's own answer is asked with acks=1, and the rest is left to the high watermark; with acks=all an append
    /// is refused when `min.insync.replicas` are not there.
    pub(crate) const fn appends_below_min_isr(self) -> bool {
        self.is_new()
    }

    /// Whether an offset whose commit has timed out counts once it is replicated after all.
    pub(crate) const fn keeps_timed_out_offsets(self) -> bool {
        self.is_new()
    }

    /// Whether members who leave in one request are taken out first, and the group is looked at afterwards.
    pub(crate) const fn leaves_together(self) -> bool {
        self.is_new()
    }

    /// Whether the initial delay grows with newcomers in every group that was empty, and not only before its first
    /// generation.
    pub(crate) const fn extends_every_initial_delay(self) -> bool {
        self.is_new()
    }

    /// Whether the initial delay lasts when the last one who was waited for is given up (`InitialDelayedJoin.tryComplete`).
    pub(crate) const fn keeps_initial_delay(self) -> bool {
        !self.is_new()
    }

    /// Whether a protocol that has as many votes as another wins by the order of a Java hash map, and not of a Scala one.
    pub(crate) const fn counts_votes_in_java(self) -> bool {
        self.is_new()
    }

    /// The `baseSequence` of a batch without a producer: commits of the old coordinator have 0, all else of it has none.
    pub(crate) fn base_sequence(self, records: &[(Bytes, Option<Bytes>)]) -> i32 {
        let is_commit = |(key, value): &(Bytes, Option<Bytes>)| key.starts_with(&[0, 1]) && value.is_some();
        if self.is_new() || records.first().is_some_and(is_commit) { 0 } else { -1 }
    }

    /// Whether a SyncGroup in a stable group shows that its member lives.
    pub(crate) const fn sync_keeps_session(self) -> bool {
        !self.is_new()
    }

    /// Whether a static member whose new id could not be stored has its old protocols back. The old coordinator notes them
    /// after it has replaced them.
    pub(crate) const fn restores_protocols(self) -> bool {
        self.is_new()
    }

    /// Whether an unknown group is an error of its own for who commits as a member.
    pub(crate) const fn knows_group_id_not_found(self) -> bool {
        self.is_new()
    }

    /// Whether the session timeout is looked at before it is known who coordinates the group.
    pub(crate) const fn checks_session_first(self) -> bool {
        self.is_new()
    }

    /// What a SyncGroup, or the JoinGroup of a static member who comes back, hears when its group could not be written.
    pub(crate) const fn store_error(self, code: ErrorCode) -> ErrorCode {
        match (self, code) {
            (Self::Old, ErrorCode::RequestTimedOut) => ErrorCode::RebalanceInProgress,
            (_, code) => as_group_error(code),
        }
    }

    /// What any other request hears.
    pub(crate) const fn error(self, code: ErrorCode) -> ErrorCode {
        match (self, code) {
            (Self::New, code) => as_group_error(code),
            // `maybeConvertOffsetCommitError`: only commits meet errors of the log.
            (_, ErrorCode::RequestTimedOut) => code,
            (_, ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge | ErrorCode::InvalidFetchSize) => {
                ErrorCode::InvalidCommitOffsetSize
            }
            (_, code) => as_group_error(code),
        }
    }

    /// What a SyncGroup hears: consumers before 3.0 do not expect `COORDINATOR_LOAD_IN_PROGRESS` there.
    pub(crate) const fn sync_error(self, code: ErrorCode) -> ErrorCode {
        match (self, code) {
            (Self::Old, ErrorCode::CoordinatorLoadInProgress) => ErrorCode::RebalanceInProgress,
            (_, code) => self.error(code),
        }
    }
}

impl GroupConfig {
    /// Which coordinator brokers of this version with these configs run (`KafkaConfig.isNewGroupCoordinatorEnabled`).
    pub fn edition(&self) -> Edition {
        let old = self.profile == Profile::Classic && !self.consumer_protocol;
        if old { Edition::Old } else { Edition::New }
    }
}

/// Errors of the log as a client of the coordinator is to understand them
/// (`CoordinatorOperationExceptionHelper.handleOperationException`).
pub(crate) const fn as_group_error(code: ErrorCode) -> ErrorCode {
    match code {
        ErrorCode::UnknownTopicOrPartition | ErrorCode::NotEnoughReplicas | ErrorCode::RequestTimedOut => {
            ErrorCode::CoordinatorNotAvailable
        }
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
        ErrorCode::MessageTooLarge | ErrorCode::RecordListTooLarge | ErrorCode::InvalidFetchSize => {
            ErrorCode::UnknownServerError
        }
        other => other,
    }
}
