use super::ConfigDef;

impl ConfigDef {
    /// What the config does, in one line; nothing for the few that the engine only stores.
    pub fn doc(&self) -> &'static str {
        DOCS.binary_search_by_key(&self.name, |(name, _)| name).map_or("", |at| DOCS[at].1)
    }
}

/// By name, sorted. A config of the same name on a topic and on a broker means the same.
const DOCS: &[(&str, &str)] = &[
    ("auto.create.topics.enable", "Whether asking for an unknown topic makes it."),
    ("auto.leader.rebalance.enable", "Whether the controller gives leadership back to preferred replicas."),
    ("broker.heartbeat.interval.ms", "How often a broker tells the controller that it is alive."),
    ("broker.rack", "The rack of the broker; replicas are spread over racks."),
    ("broker.session.timeout.ms", "A broker silent for so long is fenced."),
    ("cleanup.policy", "What happens to old segments: delete them, or keep only the last value of each key."),
    ("compression.gzip.level", "How hard gzip tries when the broker compresses."),
    ("compression.lz4.level", "How hard lz4 tries when the broker compresses."),
    ("compression.type", "How batches are compressed in the log; \"producer\" keeps them as they came."),
    ("compression.zstd.level", "How hard zstd tries when the broker compresses."),
    (
        "controlled.shutdown.enable",
        "Whether a broker that is asked to stop first moves its leaderships away.",
    ),
    ("default.replication.factor", "Replicas of a topic whose maker does not say."),
    ("delete.retention.ms", "How long a tombstone stays in a compacted topic."),
    ("delete.topic.enable", "Whether topics may be deleted."),
    ("fetch.max.bytes", "The most that one fetch answers."),
    ("file.delete.delay.ms", "How long a file waits, renamed to .deleted, before it is removed."),
    ("flush.messages", "Force the log to disk after so many records."),
    ("flush.ms", "Force the log to disk after so long."),
    (
        "group.consumer.assignment.interval.ms",
        "The coordinator computes the target assignment of a KIP-848 group at most this often.",
    ),
    (
        "group.consumer.assignor.offload.enable",
        "Whether the target assignment is computed beside the request, not in it.",
    ),
    ("group.consumer.assignors", "The assignors of the coordinator; the first is the default."),
    (
        "group.consumer.heartbeat.interval.ms",
        "How often members of a KIP-848 group are told to send heartbeats.",
    ),
    ("group.consumer.max.heartbeat.interval.ms", "The longest heartbeat interval that a group may be given."),
    (
        "group.consumer.max.session.timeout.ms",
        "The longest session timeout that a KIP-848 group may be given.",
    ),
    ("group.consumer.max.size", "The most members that a KIP-848 group takes."),
    (
        "group.consumer.migration.policy",
        "Which way a group with members may change between the two protocols.",
    ),
    (
        "group.consumer.min.heartbeat.interval.ms",
        "The shortest heartbeat interval that a group may be given.",
    ),
    (
        "group.consumer.min.session.timeout.ms",
        "The shortest session timeout that a KIP-848 group may be given.",
    ),
    (
        "group.consumer.session.timeout.ms",
        "A member of a KIP-848 group that is silent for so long is removed.",
    ),
    ("group.coordinator.rebalance.protocols", "The protocols that groups may use."),
    (
        "group.initial.rebalance.delay.ms",
        "How long a new group waits for more members before its first rebalance.",
    ),
    ("group.max.session.timeout.ms", "The longest session.timeout.ms that a member may ask for."),
    ("group.max.size", "The most members that a classic group takes."),
    ("group.min.session.timeout.ms", "The shortest session.timeout.ms that a member may ask for."),
    ("index.interval.bytes", "One index entry for so many bytes of log."),
    (
        "initial.broker.registration.timeout.ms",
        "How long a starting broker tries to register before it gives up.",
    ),
    (
        "leader.imbalance.check.interval.seconds",
        "How often the controller looks for partitions that the preferred replica does not lead.",
    ),
    ("log.cleaner.delete.retention.ms", "How long a tombstone stays in a compacted topic."),
    ("log.cleaner.max.compaction.lag.ms", "The longest a record may stay uncompacted."),
    ("log.cleaner.min.cleanable.ratio", "How much of a log must be uncompacted before it is compacted."),
    ("log.cleaner.min.compaction.lag.ms", "The shortest time a record stays uncompacted."),
    ("log.cleanup.policy", "What happens to old segments of topics that do not say."),
    ("log.flush.interval.messages", "Force logs to disk after so many records."),
    ("log.flush.interval.ms", "Force logs to disk after so long."),
    ("log.flush.offset.checkpoint.interval.ms", "How often the recovery points are written down."),
    ("log.flush.scheduler.interval.ms", "How often the broker looks for logs to force to disk."),
    ("log.flush.start.offset.checkpoint.interval.ms", "How often the log start offsets are written down."),
    ("log.index.interval.bytes", "One index entry for so many bytes of log."),
    ("log.index.size.max.bytes", "The size of an index file."),
    ("log.initial.task.delay.ms", "How long after its start a broker first looks for old segments."),
    ("log.message.timestamp.after.max.ms", "How far a record's time may lie after the broker's."),
    ("log.message.timestamp.before.max.ms", "How far a record's time may lie before the broker's."),
    ("log.message.timestamp.type", "Whose clock a record's time comes from."),
    ("log.preallocate", "Reserve the whole file when a segment opens."),
    ("log.retention.bytes", "Delete the oldest segments when a partition is larger; -1 is no limit."),
    ("log.retention.check.interval.ms", "How often a broker looks for old segments."),
    ("log.retention.hours", "Delete segments whose newest record is older."),
    ("log.retention.minutes", "The same in minutes; stronger than hours."),
    ("log.retention.ms", "The same in milliseconds; the strongest."),
    ("log.roll.hours", "A new segment opens after so long, full or not."),
    ("log.roll.jitter.hours", "Open new segments up to so much earlier."),
    ("log.roll.jitter.ms", "The same in milliseconds; stronger than hours."),
    ("log.roll.ms", "A new segment opens after so long; stronger than hours."),
    ("log.segment.bytes", "A new segment opens when this one would grow larger."),
    ("log.segment.delete.delay.ms", "How long a file waits, renamed to .deleted, before it is removed."),
    ("max.compaction.lag.ms", "The longest a record may stay uncompacted."),
    ("max.incremental.fetch.session.cache.slots", "How many fetch sessions a broker remembers."),
    ("max.message.bytes", "The largest batch that the broker takes."),
    ("message.max.bytes", "The largest batch that the broker takes."),
    ("message.timestamp.after.max.ms", "How far a record's time may lie after the broker's."),
    ("message.timestamp.before.max.ms", "How far a record's time may lie before the broker's."),
    ("message.timestamp.type", "Whose clock a record's time comes from."),
    (
        "metadata.log.max.record.bytes.between.snapshots",
        "Write a snapshot of the metadata after so many bytes of records.",
    ),
    ("metadata.log.max.snapshot.interval.ms", "Write a snapshot of the metadata after so long; 0 is never."),
    (
        "metadata.log.segment.bytes",
        "A new segment of the metadata log opens when this one would grow larger.",
    ),
    (
        "metadata.max.idle.interval.ms",
        "How often the controller writes a NoOpRecord when nothing happens; 0 is never.",
    ),
    ("min.cleanable.dirty.ratio", "How much of a log must be uncompacted before it is compacted."),
    ("min.compaction.lag.ms", "The shortest time a record stays uncompacted."),
    ("min.insync.replicas", "With acks=all, how many replicas must be in sync for a write to be taken."),
    ("num.partitions", "Partitions of a topic whose maker does not say."),
    ("num.replica.fetchers", "Fetching threads for each broker that is followed."),
    ("offset.metadata.max.bytes", "The longest note that may be committed with an offset."),
    ("offsets.commit.timeout.ms", "How long a commit waits until all in-sync replicas have it."),
    ("offsets.retention.check.interval.ms", "How often the coordinator looks for offsets that have expired."),
    ("offsets.retention.minutes", "Forget the offsets of a group that has been empty for so long."),
    ("offsets.topic.num.partitions", "Partitions of __consumer_offsets when it is created."),
    (
        "offsets.topic.replication.factor",
        "Replicas of __consumer_offsets; with fewer brokers it is not created.",
    ),
    ("offsets.topic.segment.bytes", "segment.bytes of __consumer_offsets when it is created."),
    ("preallocate", "Reserve the whole file when a segment opens."),
    ("producer.id.expiration.check.interval.ms", "How often a broker looks for silent producers."),
    ("producer.id.expiration.ms", "Forget a producer that was silent for so long."),
    ("replica.fetch.backoff.ms", "How long a follower waits after an error."),
    ("replica.fetch.max.bytes", "The most that a follower asks of one partition."),
    ("replica.fetch.min.bytes", "A leader answers a follower when it has so much."),
    ("replica.fetch.response.max.bytes", "The most that a follower asks in one fetch."),
    ("replica.fetch.wait.max.ms", "How long a leader lets a follower wait for records."),
    ("replica.high.watermark.checkpoint.interval.ms", "How often the high watermarks are written down."),
    ("replica.lag.time.max.ms", "A follower that has not caught up for so long leaves the in-sync set."),
    (
        "replica.selector.class",
        "Who may serve consumers: the leader, or with RackAwareReplicaSelector a replica in their rack.",
    ),
    ("replica.socket.timeout.ms", "How long a follower waits for an answer."),
    ("request.timeout.ms", "How long a broker waits for an answer."),
    ("retention.bytes", "Delete the oldest segments when a partition is larger; -1 is no limit."),
    ("retention.ms", "Delete segments whose newest record is older; -1 is no limit."),
    ("segment.bytes", "A new segment opens when this one would grow larger."),
    ("segment.index.bytes", "The size of an index file; a full index opens a new segment."),
    ("segment.jitter.ms", "Open new segments up to so much earlier, so that not all do at once."),
    ("segment.ms", "A new segment opens after so long, full or not."),
    ("socket.request.max.bytes", "A larger request closes its connection."),
    ("unclean.leader.election.enable", "Whether a replica outside the in-sync set may lead, losing records."),
    (
        "unclean.leader.election.interval.ms",
        "How often the controller looks for leaderless partitions that may elect uncleanly.",
    ),
];

#[cfg(test)]
mod tests {
    use super::DOCS;
    use crate::kafka::base::config::BROKER_CONFIGS;
    use crate::kafka::base::config::TOPIC_CONFIGS;

    #[test]
    fn every_config_that_the_engine_honours_says_what_it_does() {
        assert!(DOCS.is_sorted_by(|a, b| a.0 < b.0));
        for config in TOPIC_CONFIGS.iter().chain(BROKER_CONFIGS) {
            assert!(!config.honoured || !config.doc().is_empty(), "{}", config.name);
        }
    }
}
