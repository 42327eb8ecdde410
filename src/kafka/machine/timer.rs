use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;

/// Why a node wants to be woken. A node has at most one timer of each value: setting it again moves it. This page is the
/// list of everything that can happen by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Any node: requests of one of its network clients have waited too long, or a reconnect backoff is over.
    Network { client: u8 },

    // Broker
    /// Fetch from this leader again, after a backoff (`replica.fetch.backoff.ms`) or a fetch that brought nothing.
    ReplicaFetch { leader: NodeId },
    /// Look for followers that fell behind, every `replica.lag.time.max.ms` / 2.
    IsrExpiration,
    /// Something in the purgatory has waited its `max.wait.ms` or `timeout.ms`.
    Purgatory,
    /// Delete old segments, every `log.retention.check.interval.ms`.
    Retention,
    /// Remove files renamed to `.deleted`, after `file.delete.delay.ms`.
    DeleteFiles,
    /// Write `recovery-point-offset-checkpoint`, every `log.flush.offset.checkpoint.interval.ms`.
    RecoveryPointCheckpoint,
    /// Write `replication-offset-checkpoint`, every `replica.high.watermark.checkpoint.interval.ms`.
    HighWatermarkCheckpoint,
    /// Write `log-start-offset-checkpoint`, every `log.flush.start.offset.checkpoint.interval.ms`.
    LogStartCheckpoint,
    /// Flush logs whose `flush.ms` has passed.
    Flush,
    /// Forget producer ids that have been silent for `producer.id.expiration.ms`.
    ProducerExpiration,
    /// Tell the controller that this broker is alive, every `broker.heartbeat.interval.ms`.
    Heartbeat,
    /// Fetch the metadata log from the controller again.
    MetadataFetch,
    /// Ask the controller again for a change of the in-sync set that failed.
    AlterPartitionRetry,
    /// Register with the controller again.
    RegistrationRetry,
    /// A request that was passed on to the controller has waited too long.
    Forwarding,
    /// Controlled shutdown has taken too long: exit without it.
    ShutdownDeadline,

    // Controller
    /// A broker's session ends (`broker.session.timeout.ms`).
    BrokerSession,
    /// Look for partitions whose preferred replica does not lead (`leader.imbalance.check.interval.seconds`).
    LeaderImbalance,
    /// Look for leaderless partitions that may elect uncleanly.
    UncleanElection,
    /// Write a snapshot of the metadata.
    MetadataSnapshot,
    /// A follower of the metadata log has waited its `max.wait.ms`.
    MetadataPurgatory,
    /// Write a NoOpRecord (`metadata.max.idle.interval.ms`).
    MetadataIdle,

    // Clients
    /// Producer: its Sender thread has something to do (linger, backoff, expiry).
    Sender,
    /// Producer: the application calls `send()` again.
    Application,
    /// Producer: a `send()` that waits for memory or metadata gives up after `max.block.ms`.
    MaxBlock,
    /// Client: ask for metadata again.
    MetadataRefresh,
    /// Consumer: the application calls `poll()` again.
    Poll,
    /// Consumer: the heartbeat thread has something to do (`heartbeat.interval.ms`, `session.timeout.ms`).
    GroupHeartbeat,
    /// Consumer: the application has not called `poll()` for `max.poll.interval.ms`.
    MaxPoll,
    /// Consumer: something of the group waits inside `poll()`, `commitSync()` or `close()`: the automatic commit, a
    /// backoff, a deadline.
    Commit,
    /// Consumer: fetch or list offsets again after `retry.backoff.ms`.
    FetchBackoff,
    /// Admin: try a request again.
    AdminRetry,
    /// For one partition: retry something.
    Partition(TopicPartition),

    // Of groups
    /// Broker: something of the groups of this partition of `__consumer_offsets` is due, or its log is to be loaded.
    Coordinator { partition: i32 },
}

impl Timer {
    /// Its word, without what it is about.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Network { .. } => "Network",
            Self::ReplicaFetch { .. } => "ReplicaFetch",
            Self::IsrExpiration => "IsrExpiration",
            Self::Purgatory => "Purgatory",
            Self::Retention => "Retention",
            Self::DeleteFiles => "DeleteFiles",
            Self::RecoveryPointCheckpoint => "RecoveryPointCheckpoint",
            Self::HighWatermarkCheckpoint => "HighWatermarkCheckpoint",
            Self::LogStartCheckpoint => "LogStartCheckpoint",
            Self::Flush => "Flush",
            Self::ProducerExpiration => "ProducerExpiration",
            Self::Heartbeat => "Heartbeat",
            Self::MetadataFetch => "MetadataFetch",
            Self::AlterPartitionRetry => "AlterPartitionRetry",
            Self::RegistrationRetry => "RegistrationRetry",
            Self::Forwarding => "Forwarding",
            Self::ShutdownDeadline => "ShutdownDeadline",
            Self::BrokerSession => "BrokerSession",
            Self::LeaderImbalance => "LeaderImbalance",
            Self::UncleanElection => "UncleanElection",
            Self::MetadataSnapshot => "MetadataSnapshot",
            Self::MetadataPurgatory => "MetadataPurgatory",
            Self::MetadataIdle => "MetadataIdle",
            Self::Sender => "Sender",
            Self::Application => "Application",
            Self::MaxBlock => "MaxBlock",
            Self::MetadataRefresh => "MetadataRefresh",
            Self::Poll => "Poll",
            Self::GroupHeartbeat => "GroupHeartbeat",
            Self::MaxPoll => "MaxPoll",
            Self::Commit => "Commit",
            Self::FetchBackoff => "FetchBackoff",
            Self::AdminRetry => "AdminRetry",
            Self::Partition(_) => "Partition",
            Self::Coordinator { .. } => "Coordinator",
        }
    }
}
