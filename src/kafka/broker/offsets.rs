//! ListOffsets, OffsetForLeaderEpoch and DeleteRecords: questions about, and a cut of, a leader's log.

use super::Broker;
use super::broker::BrokersOf;
use super::broker::Caller;
use super::delayed::Delayed;
use super::delayed::DelayedDeleteRecords;
use super::delayed::Needed;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::delete_records_request::DeleteRecordsRequestData;
use crate::kafka::protocol::messages::delete_records_response::DeleteRecordsPartitionResult;
use crate::kafka::protocol::messages::delete_records_response::DeleteRecordsResponseData;
use crate::kafka::protocol::messages::delete_records_response::DeleteRecordsTopicResult;
use crate::kafka::protocol::messages::list_offsets_request::ListOffsetsPartition;
use crate::kafka::protocol::messages::list_offsets_request::ListOffsetsRequestData;
use crate::kafka::protocol::messages::list_offsets_response::ListOffsetsPartitionResponse;
use crate::kafka::protocol::messages::list_offsets_response::ListOffsetsResponseData;
use crate::kafka::protocol::messages::list_offsets_response::ListOffsetsTopicResponse;
use crate::kafka::protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderEpochRequestData;
use crate::kafka::protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use crate::kafka::protocol::messages::offset_for_leader_epoch_response::EpochEndOffset;
use crate::kafka::protocol::messages::offset_for_leader_epoch_response::OffsetForLeaderEpochResponseData;
use crate::kafka::protocol::messages::offset_for_leader_epoch_response::OffsetForLeaderTopicResult;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
/// Before this version, a leader that does not know yet what is committed says LEADER_NOT_AVAILABLE.
const FIRST_VERSION_WITH_NOT_AVAILABLE: i16 = 5;
/// DeleteRecords up to the high watermark.
const HIGH_WATERMARK: Offset = -1;

/// Who asks for an offset: a consumer sees only what is committed.
#[derive(Clone, Copy)]
enum Asker {
    Consumer { read_committed: bool },
    Replica,
}

/// The lowest number that means something in a version; below it there are no named places
/// (`ReplicaManager.isListOffsetsTimestampUnsupported`).
const fn first_timestamp(version: i16) -> i64 {
    match version {
        ..7 => EARLIEST,
        7 => MAX_TIMESTAMP,
        8 => EARLIEST_LOCAL,
        _ => LATEST_TIERED,
    }
}

impl Broker {
    pub(super) fn handle_list_offsets(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        body: &ListOffsetsRequestData,
    ) {
        let asker = match body.replica_id {
            -1 => Asker::Consumer { read_committed: body.isolation_level == 1 },
            _ => Asker::Replica,
        };
        let mut topics = Vec::with_capacity(body.topics.len());
        for topic in &body.topics {
            let topic_name = name(topic.name.as_str());
            let mut partitions = Vec::with_capacity(topic.partitions.len());
            for (at, asked) in topic.partitions.iter().enumerate() {
                let mut answer = ListOffsetsPartitionResponse::default()
                    .with_partition_index(asked.partition_index)
                    .with_timestamp(-1)
                    .with_offset(-1)
                    .with_leader_epoch(-1);
                let id = TopicPartition::new(&topic_name, asked.partition_index);
                let twice = topic.partitions.iter().enumerate().any(|(other_at, other)| {
                    other_at != at && other.partition_index == asked.partition_index
                });
                let found = if twice {
                    Err(ErrorCode::InvalidRequest)
                } else if asked.timestamp < first_timestamp(caller.version) {
                    Err(ErrorCode::UnsupportedVersion)
                } else {
                    self.list_offset(cx, &id, asked, asker)
                };
                match found {
                    Ok(Some((timestamp, offset, epoch))) => {
                        (answer.timestamp, answer.offset, answer.leader_epoch) = (timestamp, offset, epoch);
                    }
                    Ok(None) => {}
                    Err(ErrorCode::OffsetNotAvailable)
                        if caller.version < FIRST_VERSION_WITH_NOT_AVAILABLE =>
                    {
                        answer.error_code = ErrorCode::LeaderNotAvailable.code();
                    }
                    Err(error) => answer.error_code = error.code(),
                }
                partitions.push(answer);
            }
            topics.push(
                ListOffsetsTopicResponse::default().with_name(topic.name.clone()).with_partitions(partitions),
            );
        }
        caller.answer(cx, Response::ListOffsets(ListOffsetsResponseData::default().with_topics(topics)));
    }

    /// Timestamp, offset and epoch of what was asked for (Kafka: `Partition.fetchOffsetForTimestamp`).
    fn list_offset(
        &mut self,
        cx: &mut Context<'_>,
        id: &TopicPartition,
        asked: &ListOffsetsPartition,
        asker: Asker,
    ) -> Result<Option<(i64, Offset, i32)>, ErrorCode> {
        let partition = self.hosted(id)?;
        let log = partition.log_for(asked.current_leader_epoch, true)?;
        let epoch_start = partition.leader().map_or(0, |leader| leader.epoch_start_offset());
        let (last, not_yet) = match asker {
            Asker::Replica => (log.log_end_offset(), false),
            Asker::Consumer { read_committed: true } => {
                (log.last_stable_offset(), epoch_start > log.high_watermark())
            }
            Asker::Consumer { read_committed: false } => {
                (log.high_watermark(), epoch_start > log.high_watermark())
            }
        };
        let epoch = partition.leader_epoch();
        match asked.timestamp {
            // A new leader does not know yet how much of its log is committed.
            LATEST if not_yet => Err(ErrorCode::OffsetNotAvailable),
            LATEST => Ok(Some((-1, last, epoch))),
            EARLIEST | EARLIEST_LOCAL => {
                let start = log.log_start_offset();
                let epoch =
                    log.leader_epochs().and_then(|epochs| epochs.epoch_for_offset(start)).unwrap_or(-1);
                Ok(Some((-1, start, epoch)))
            }
            timestamp => {
                let log = self.log_to_read(id)?;
                let found = match log.offset_by_timestamp(cx.disk, timestamp) {
                    Ok(found) => found,
                    Err(error) => return Err(self.on_log_error(&error)),
                };
                match found {
                    Some(found) if found.offset < last => {
                        Ok(Some((found.timestamp, found.offset, found.leader_epoch.unwrap_or(-1))))
                    }
                    // It is there, but this asker may not see it yet.
                    _ if not_yet => Err(ErrorCode::OffsetNotAvailable),
                    _ => Ok(None),
                }
            }
        }
    }

    pub(super) fn handle_offset_for_leader_epoch(
        &self,
        cx: &mut Context<'_>,
        caller: &Caller,
        body: &OffsetForLeaderEpochRequestData,
    ) {
        let end = |topic: &str, asked: &OffsetForLeaderPartition| {
            let mut answer = EpochEndOffset::default()
                .with_partition(asked.partition)
                .with_leader_epoch(-1)
                .with_end_offset(-1);
            let id = TopicPartition::new(&name(topic), asked.partition);
            match self.hosted(&id).and_then(|partition| partition.log_for(asked.current_leader_epoch, true)) {
                Ok(log) => {
                    if let Some(end) = log.end_offset_for_epoch(asked.leader_epoch) {
                        (answer.leader_epoch, answer.end_offset) = (end.epoch, end.offset);
                    }
                }
                Err(error) => answer.error_code = error.code(),
            }
            answer
        };
        let topics = body.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|asked| end(topic.topic.as_str(), asked)).collect();
            OffsetForLeaderTopicResult::default().with_topic(topic.topic.clone()).with_partitions(partitions)
        });
        let response = OffsetForLeaderEpochResponseData::default().with_topics(topics.collect());
        caller.answer(cx, Response::OffsetForLeaderEpoch(response));
    }

    pub(super) fn handle_delete_records(
        &mut self,
        cx: &mut Context<'_>,
        caller: Caller,
        body: &DeleteRecordsRequestData,
    ) {
        let mut response = DeleteRecordsResponseData::default();
        let mut needed = Vec::new();
        for topic in &body.topics {
            let topic_name = name(topic.name.as_str());
            let mut result = DeleteRecordsTopicResult::default().with_name(topic.name.clone());
            for asked in &topic.partitions {
                let mut answer = DeleteRecordsPartitionResult::default()
                    .with_partition_index(asked.partition_index)
                    .with_low_watermark(-1);
                let id = TopicPartition::new(&topic_name, asked.partition_index);
                match self.delete_records(cx, &id, asked.offset) {
                    Ok((required, low)) if low >= required => answer.low_watermark = low,
                    Ok((required, _)) => {
                        answer.error_code = ErrorCode::RequestTimedOut.code();
                        let at = (response.topics.len(), result.partitions.len());
                        needed.push(Needed { partition: id, at, required });
                    }
                    Err(error) => answer.error_code = error.code(),
                }
                result.partitions.push(answer);
            }
            response.topics.push(result);
        }
        if needed.is_empty() {
            return caller.answer(cx, Response::DeleteRecords(response));
        }
        let keys = needed.iter().map(|need| need.partition.clone()).collect();
        let operation = Delayed::DeleteRecords(DelayedDeleteRecords { caller, needed, response });
        self.wait(cx.now, body.timeout_ms, keys, operation);
    }

    /// Raises the leader's log start. Gives the offset and the low watermark, which the followers hold back.
    fn delete_records(
        &mut self,
        cx: &mut Context<'_>,
        id: &TopicPartition,
        offset: Offset,
    ) -> Result<(Offset, Offset), ErrorCode> {
        let log = self.hosted(id)?.log_for(-1, true)?;
        if !log.config().delete {
            return Err(ErrorCode::PolicyViolation);
        }
        let offset = if offset == HIGH_WATERMARK { log.high_watermark() } else { offset };
        if offset < 0 || offset > log.high_watermark() {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let moved = match self.partition_mut(id) {
            Some(partition) => partition.log_mut()?.increment_log_start_offset(cx.disk, offset),
            None => return Err(ErrorCode::UnknownTopicOrPartition),
        };
        if let Err(error) = moved {
            return Err(self.on_log_error(&error));
        }
        self.moved.insert(id.clone());
        let low = self.hosted(id)?.low_watermark(&BrokersOf(self.image()))?;
        Ok((offset, low))
    }
}
