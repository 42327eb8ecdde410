//! Brokers follow the metadata log by Fetch, and by FetchSnapshot when they are far behind (`KafkaRaftClient`).

use bytes::Bytes;

use super::metadata_log::MetadataLog;
use super::snapshot;
use super::snapshot::SnapshotId;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Uuid;
use crate::kafka::machine::ConnectionId;
use crate::kafka::metadata::METADATA_TOPIC;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_response as tell;
use crate::kafka::protocol::messages::fetch_snapshot_request::FetchSnapshotRequestData;
use crate::kafka::protocol::messages::fetch_snapshot_request::PartitionSnapshot as WantedSnapshot;
use crate::kafka::protocol::messages::fetch_snapshot_response as snapshot_tell;
use crate::kafka::storage::Disk;

/// `KafkaRaftClient.MAX_FETCH_SIZE_BYTES`.
const MAX_FETCH_BYTES: i32 = 8 * 1024 * 1024;

/// A broker that has read everything and waits for more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct WaitingFetch {
    pub connection: ConnectionId,
    pub correlation: i32,
    pub version: i16,
    pub offset: Offset,
    pub deadline: Instant,
}

/// What a fetch asks for; refusals are errors of the whole response or of the partition.
pub(super) struct MetadataFetch<'a> {
    partition: &'a FetchPartition,
    version: i16,
}

/// Where a fetching broker stands.
pub(super) enum Position {
    /// At the end of the log: it may wait.
    End,
    /// Records follow.
    Behind,
    /// Its log has another history: it must cut back to the end of this epoch.
    Diverging { epoch: i32, end_offset: Offset },
}

impl<'a> MetadataFetch<'a> {
    /// Picks the one partition out of the request.
    pub(super) fn of(request: &'a FetchRequestData, version: i16) -> Result<Self, tell::FetchResponseData> {
        let refuse = |error: ErrorCode| tell::FetchResponseData::default().with_error_code(error.code());
        let [topic] = &request.topics[..] else { return Err(refuse(ErrorCode::InvalidRequest)) };
        let [partition] = &topic.partitions[..] else { return Err(refuse(ErrorCode::InvalidRequest)) };
        let is_metadata = if version >= 13 {
            topic.topic_id == Uuid::METADATA_TOPIC_ID
        } else {
            topic.topic.as_str() == METADATA_TOPIC
        };
        if is_metadata && partition.partition == 0 {
            return Ok(Self { partition, version });
        }
        let error =
            if version >= 13 { ErrorCode::UnknownTopicId } else { ErrorCode::UnknownTopicOrPartition };
        let partition = refused(partition.partition, error);
        let topic = tell::FetchableTopicResponse::default()
            .with_topic(topic.topic.clone())
            .with_topic_id(topic.topic_id)
            .with_partitions(vec![partition]);
        Err(tell::FetchResponseData::default().with_responses(vec![topic]))
    }

    pub(super) fn offset(&self) -> Offset {
        self.partition.fetch_offset
    }

    /// Compares the broker's end with this log (`validateFetchOffsetAndEpoch`).
    pub(super) fn position(&self, log: &MetadataLog) -> Result<Position, ErrorCode> {
        let FetchPartition { fetch_offset, current_leader_epoch, last_fetched_epoch, .. } = *self.partition;
        if current_leader_epoch >= 0 && current_leader_epoch < log.epoch() {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        if current_leader_epoch > log.epoch() {
            return Err(ErrorCode::UnknownLeaderEpoch);
        }
        if fetch_offset < 0 {
            return Err(ErrorCode::InvalidRequest);
        }
        let begins = fetch_offset == 0 && last_fetched_epoch <= 0;
        let (epoch, end_offset) = log.end_of_epoch(last_fetched_epoch);
        if !begins && (epoch != last_fetched_epoch || end_offset < fetch_offset) {
            return Ok(Position::Diverging { epoch, end_offset });
        }
        Ok(if fetch_offset < log.end_offset() { Position::Behind } else { Position::End })
    }

    /// The answer for where the broker stands now.
    pub(super) fn answer(
        &self,
        position: Result<Position, ErrorCode>,
        leader: NodeId,
        log: &mut MetadataLog,
        disk: &mut dyn Disk,
    ) -> tell::FetchResponseData {
        let partition = match position {
            Err(error) => refused(0, error),
            Ok(Position::Diverging { epoch, end_offset }) => served(log, Bytes::new()).with_diverging_epoch(
                tell::EpochEndOffset::default().with_epoch(epoch).with_end_offset(end_offset),
            ),
            Ok(Position::End | Position::Behind) => match log.read(disk, self.offset(), MAX_FETCH_BYTES) {
                Ok(records) => served(log, records),
                Err(_) => refused(0, ErrorCode::KafkaStorageError),
            },
        };
        wrapped(partition, self.version, leader, log)
    }
}

impl WaitingFetch {
    /// The answer when there is more, or when it has waited long enough.
    pub(super) fn answer(
        &self,
        leader: NodeId,
        log: &mut MetadataLog,
        disk: &mut dyn Disk,
    ) -> tell::FetchResponseData {
        let partition = match log.read(disk, self.offset, MAX_FETCH_BYTES) {
            Ok(records) => served(log, records),
            Err(_) => refused(0, ErrorCode::KafkaStorageError),
        };
        wrapped(partition, self.version, leader, log)
    }
}

fn refused(partition: i32, error: ErrorCode) -> tell::PartitionData {
    let data = tell::PartitionData::default().with_partition_index(partition).with_error_code(error.code());
    data.with_high_watermark(-1).with_records(Some(Bytes::new()))
}

fn served(log: &MetadataLog, records: Bytes) -> tell::PartitionData {
    tell::PartitionData::default()
        .with_high_watermark(log.high_watermark())
        .with_last_stable_offset(log.high_watermark())
        .with_log_start_offset(log.start_offset())
        .with_records(Some(records))
}

fn wrapped(
    partition: tell::PartitionData,
    version: i16,
    leader: NodeId,
    log: &MetadataLog,
) -> tell::FetchResponseData {
    let current = tell::LeaderIdAndEpoch::default().with_leader_id(leader.0).with_leader_epoch(log.epoch());
    let partition = if version >= 12 { partition.with_current_leader(current) } else { partition };
    let topic = tell::FetchableTopicResponse::default().with_partitions(vec![partition]);
    let topic = if version >= 13 {
        topic.with_topic_id(Uuid::METADATA_TOPIC_ID)
    } else {
        topic.with_topic(KafkaString::from_static(METADATA_TOPIC))
    };
    tell::FetchResponseData::default().with_responses(vec![topic])
}

/// Serves a piece of a snapshot (`KafkaRaftClient.handleFetchSnapshotRequest`).
pub(super) fn fetch_snapshot(
    request: &FetchSnapshotRequestData,
    leader: NodeId,
    log: &MetadataLog,
    disk: &mut dyn Disk,
) -> snapshot_tell::FetchSnapshotResponseData {
    let refuse =
        |error: ErrorCode| snapshot_tell::FetchSnapshotResponseData::default().with_error_code(error.code());
    let [topic] = &request.topics[..] else { return refuse(ErrorCode::InvalidRequest) };
    let [wanted] = &topic.partitions[..] else { return refuse(ErrorCode::InvalidRequest) };
    let id = wanted.snapshot_id.clone();
    let current = snapshot_tell::LeaderIdAndEpoch::default();
    let current = current.with_leader_id(leader.0).with_leader_epoch(log.epoch());
    let answer = snapshot_tell::PartitionSnapshot::default()
        .with_index(wanted.partition)
        .with_snapshot_id(
            snapshot_tell::SnapshotId::default().with_end_offset(id.end_offset).with_epoch(id.epoch),
        )
        .with_current_leader(current);
    let known = topic.name.as_str() == METADATA_TOPIC && wanted.partition == 0;
    let piece =
        if known { piece(wanted, request.max_bytes, disk) } else { Err(ErrorCode::UnknownTopicOrPartition) };
    let answer = match piece {
        Ok((size, bytes)) => {
            answer.with_size(size).with_position(wanted.position).with_unaligned_records(Some(bytes))
        }
        Err(error) => answer.with_error_code(error.code()).with_unaligned_records(Some(Bytes::new())),
    };
    let topic =
        snapshot_tell::TopicSnapshot::default().with_name(topic.name.clone()).with_partitions(vec![answer]);
    snapshot_tell::FetchSnapshotResponseData::default().with_topics(vec![topic])
}

/// The size of the snapshot, and the bytes wanted of it.
fn piece(wanted: &WantedSnapshot, max_bytes: i32, disk: &mut dyn Disk) -> Result<(i64, Bytes), ErrorCode> {
    let id = SnapshotId { end_offset: wanted.snapshot_id.end_offset, epoch: wanted.snapshot_id.epoch };
    let found = snapshot::read(disk, id).map_err(|_| ErrorCode::KafkaStorageError)?;
    let bytes = found.ok_or(ErrorCode::SnapshotNotFound)?;
    let start = usize::try_from(wanted.position).ok().filter(|start| *start < bytes.len());
    let start = start.ok_or(ErrorCode::PositionOutOfRange)?;
    let len = usize::try_from(max_bytes.min(MAX_FETCH_BYTES)).unwrap_or(0).min(bytes.len() - start);
    Ok((bytes.len() as i64, bytes.slice(start..start + len)))
}
