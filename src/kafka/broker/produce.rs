//! Produce: batches onto the leader's log, and the answer that `acks` asks for.

use bytes::Bytes;

use super::Broker;
use super::broker::Caller;
use super::delayed::Delayed;
use super::delayed::DelayedProduce;
use super::delayed::Needed;
use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::is_internal_topic;
use crate::kafka::base::name;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::produce_request::ProduceRequestData;
use crate::kafka::protocol::messages::produce_request::TopicProduceData;
use crate::kafka::protocol::messages::produce_response::BatchIndexAndErrorMessage;
use crate::kafka::protocol::messages::produce_response::LeaderIdAndEpoch;
use crate::kafka::protocol::messages::produce_response::NodeEndpoint;
use crate::kafka::protocol::messages::produce_response::PartitionProduceResponse;
use crate::kafka::protocol::messages::produce_response::ProduceResponseData;
use crate::kafka::protocol::messages::produce_response::TopicProduceResponse;
use crate::kafka::record::BatchError;
use crate::kafka::record::batches;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::LogError;

/// From this version on, Produce names topics by id.
const FIRST_VERSION_WITH_IDS: i16 = 13;
/// From this version on, the answer says who leads now.
const FIRST_VERSION_WITH_LEADER: i16 = 10;

/// Why a partition's records were refused.
struct Refused {
    error: ErrorCode,
    message: Option<String>,
    records: Vec<BatchIndexAndErrorMessage>,
}

impl From<ErrorCode> for Refused {
    fn from(error: ErrorCode) -> Self {
        Self { error, message: None, records: Vec::new() }
    }
}

impl From<LogError> for Refused {
    fn from(error: LogError) -> Self {
        let record = |e: &crate::kafka::storage::RecordError| {
            BatchIndexAndErrorMessage::default()
                .with_batch_index(e.batch_index)
                .with_batch_index_error_message(Some(KafkaString::from(e.message.clone())))
        };
        // Clients hear the sentence only when single records are wrong (`LogAppendResult.hasCustomErrorMessage`); that a
        // disk has failed, this broker must hear.
        let has_message = matches!(error, LogError::RecordValidation { .. } | LogError::KafkaStorage(_));
        Self {
            error: error.error_code(),
            message: has_message.then(|| error.to_string()),
            records: error.record_errors().iter().map(record).collect(),
        }
    }
}

impl Broker {
    pub(super) fn handle_produce(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        body: &ProduceRequestData,
    ) {
        let mut response = ProduceResponseData::default();
        let mut needed = Vec::new();
        for topic in &body.topic_data {
            let at = response.responses.len();
            response.responses.push(self.append_topic(cx, caller.version, body.acks, topic, at, &mut needed));
        }
        if body.acks == -1 && !needed.is_empty() {
            let keys = needed.iter().map(|need| need.partition.clone()).collect();
            let operation = DelayedProduce { caller: caller.clone(), needed, response };
            return self.wait_for_acks(cx, body.timeout_ms, keys, operation);
        }
        self.answer_produce(cx, caller, body.acks, response);
    }

    /// Answers at once when the watermark is already there, else lets the request wait.
    fn wait_for_acks(
        &mut self,
        cx: &mut Context<'_>,
        timeout_ms: i32,
        keys: Vec<TopicPartition>,
        mut produce: DelayedProduce,
    ) {
        let DelayedProduce { needed, response, .. } = &mut produce;
        needed.retain(|need| {
            let answer = &mut response.responses[need.at.0].partition_responses[need.at.1];
            let Some(outcome) = self.check_acknowledged(&need.partition, need.required) else {
                // Stays so when nothing happens in time; the records remain in the log.
                answer.error_code = ErrorCode::RequestTimedOut.code();
                return true;
            };
            answer.error_code = outcome.map_or_else(|error| error.code(), |()| 0);
            false
        });
        if produce.needed.is_empty() {
            return self.answer_produce(cx, &produce.caller, -1, produce.response);
        }
        self.wait(cx.now, timeout_ms, keys, Delayed::Produce(produce));
    }

    fn append_topic(
        &mut self,
        cx: &mut Context<'_>,
        version: i16,
        acks: i16,
        topic: &TopicProduceData,
        at: usize,
        needed: &mut Vec<Needed>,
    ) -> TopicProduceResponse {
        let by_id = version >= FIRST_VERSION_WITH_IDS;
        let known = if by_id {
            self.image().topic_name(topic.topic_id).cloned()
        } else {
            Some(name(topic.name.as_str()))
        };
        let mut answer =
            TopicProduceResponse::default().with_name(topic.name.clone()).with_topic_id(topic.topic_id);
        for data in &topic.partition_data {
            let mut partition =
                PartitionProduceResponse::default().with_index(data.index).with_base_offset(-1);
            let id = known.as_ref().map(|topic| TopicPartition::new(topic, data.index));
            let appended = match &id {
                Some(id) => self.append(cx, acks, id, data.records.as_ref()),
                None => Err(ErrorCode::UnknownTopicId.into()),
            };
            match (appended, id) {
                (Ok(appended), Some(partition_id)) => {
                    partition.base_offset = appended.first_offset;
                    partition.log_append_time_ms = appended.log_append_time;
                    partition.log_start_offset = appended.log_start_offset;
                    let at = (at, answer.partition_responses.len());
                    needed.push(Needed { partition: partition_id, at, required: appended.last_offset + 1 });
                }
                (Err(refused), id) => self.tell_refusal(version, &mut partition, refused, id.as_ref()),
                (Ok(_), None) => {}
            }
            answer.partition_responses.push(partition);
        }
        answer
    }

    fn tell_refusal(
        &self,
        version: i16,
        answer: &mut PartitionProduceResponse,
        refused: Refused,
        id: Option<&TopicPartition>,
    ) {
        answer.error_code = refused.error.code();
        let told = refused.message.filter(|_| refused.error != ErrorCode::KafkaStorageError);
        answer.error_message = told.map(KafkaString::from);
        if tells_log_start(refused.error) {
            let log = id.and_then(|id| self.partitions.get(id)?.log());
            answer.log_start_offset = log.map_or(-1, crate::kafka::storage::Log::log_start_offset);
        }
        answer.record_errors = refused.records;
        if refused.error == ErrorCode::NotLeaderOrFollower && version >= FIRST_VERSION_WITH_LEADER {
            let now = id.and_then(|id| self.image().partition(id));
            if let Some((leader, epoch)) = now.and_then(|now| Some((now.leader?, now.leader_epoch))) {
                answer.current_leader =
                    LeaderIdAndEpoch::default().with_leader_id(leader.0).with_leader_epoch(epoch);
            }
        }
    }

    /// Appends to a partition that this broker leads; the high watermark may move with it.
    fn append(
        &mut self,
        cx: &mut Context<'_>,
        acks: i16,
        id: &TopicPartition,
        records: Option<&Bytes>,
    ) -> Result<Appended, Refused> {
        if self.image().partition(id).is_none() {
            return Err(ErrorCode::UnknownTopicOrPartition.into());
        }
        let records = records.cloned().unwrap_or_default();
        check_batches(&records)?;
        if !(-1..=1).contains(&acks) {
            return Err(ErrorCode::InvalidRequiredAcks.into());
        }
        if is_internal_topic(&id.topic) {
            // Only the coordinators write there (`ReplicaManager.appendToLocalLog`).
            return Err(ErrorCode::InvalidTopicException.into());
        }
        if !self.partitions.contains_key(id) {
            return Err(ErrorCode::NotLeaderOrFollower.into());
        }
        let appended = self.with_rules(cx, id, |cx, partition, rules| {
            let log = partition.log_for(-1, true)?;
            if let Some(leader) = partition.leader() {
                leader.check_append(acks, log.config().min_insync_replicas)?;
            }
            let epoch = partition.leader_epoch();
            let log = partition.log_mut()?;
            let info = log.append_as_leader(cx.disk, rules.now_ms, records, epoch, AppendOrigin::Client)?;
            let appended = Appended {
                first_offset: info.first_offset,
                last_offset: info.last_offset,
                log_append_time: info.log_append_time,
                log_start_offset: log.log_start_offset(),
            };
            partition.raise_high_watermark(cx.disk, rules)?;
            Ok(appended)
        });
        self.moved.insert(id.clone());
        let appended = appended.unwrap_or(Err(ErrorCode::UnknownTopicOrPartition.into()));
        if let Err(Refused { error: ErrorCode::KafkaStorageError, message: Some(message), .. }) = &appended {
            let message = message.clone();
            self.fail_disk(&message);
        }
        appended
    }

    pub(super) fn answer_produce(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        acks: i16,
        mut response: ProduceResponseData,
    ) {
        let mut partitions = response.responses.iter().flat_map(|topic| &topic.partition_responses);
        if acks == 0 {
            // Nobody reads an answer: the only way to say that something went wrong is to hang up.
            if partitions.any(|partition| partition.error_code != 0) {
                return cx.close(caller.connection);
            }
            return cx.respond_nothing(caller.connection, caller.correlation);
        }
        if caller.version >= FIRST_VERSION_WITH_LEADER {
            let leaders: Set<i32> =
                partitions.map(|p| p.current_leader.leader_id).filter(|id| *id >= 0).collect();
            response.node_endpoints =
                leaders.into_iter().filter_map(|id| self.endpoint(NodeId(id))).collect();
        }
        caller.answer(cx, Response::Produce(response));
    }

    fn endpoint(&self, id: NodeId) -> Option<NodeEndpoint> {
        let broker = self.image().broker(id)?;
        let endpoint = broker.endpoints.first()?;
        Some(
            NodeEndpoint::default()
                .with_node_id(id.0)
                .with_host(KafkaString::from(endpoint.host.to_string()))
                .with_port(i32::from(endpoint.port))
                .with_rack(broker.rack.as_ref().map(|rack| KafkaString::from(rack.to_string()))),
        )
    }
}

/// Whether a refusal comes with the log start: all do that Kafka did not expect (`ReplicaManager.processFailedRecord`), but
/// for those that are found before the log is looked at.
const fn tells_log_start(error: ErrorCode) -> bool {
    !matches!(
        error,
        ErrorCode::UnknownTopicOrPartition
            | ErrorCode::UnknownTopicId
            | ErrorCode::NotLeaderOrFollower
            | ErrorCode::MessageTooLarge
            | ErrorCode::RecordListTooLarge
            | ErrorCode::CorruptMessage
            | ErrorCode::KafkaStorageError
            | ErrorCode::InvalidRequiredAcks
            | ErrorCode::InvalidTopicException
    )
}

/// Exactly one batch in format 2 (Kafka: `ProduceRequest.validateRecords`). What is wrong with its bytes, the log says.
fn check_batches(records: &Bytes) -> Result<(), ErrorCode> {
    let mut found = batches(records);
    match (found.next(), found.next()) {
        (None | Some(Err(BatchError::UnsupportedMagic(_))), _) | (_, Some(_)) => {
            Err(ErrorCode::InvalidRecord)
        }
        _ => Ok(()),
    }
}

/// What the leader's log answered.
struct Appended {
    first_offset: i64,
    last_offset: i64,
    log_append_time: i64,
    log_start_offset: i64,
}
