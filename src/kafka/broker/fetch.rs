//! Fetch: records for consumers and followers, with long polls, limits and sessions.

use std::hash::Hash;
use std::hash::Hasher;
use std::sync::Arc;

use super::Broker;
use super::broker::BrokersOf;
use super::broker::Caller;
use super::delayed::Delayed;
use super::delayed::DelayedFetch;
use super::session::FetchContext;
use super::session::FetchKey;
use super::session::Parts;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Purpose;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::hash_fetch_partition;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_response::AbortedTransaction;
use crate::kafka::protocol::messages::fetch_response::EpochEndOffset;
use crate::kafka::protocol::messages::fetch_response::FetchResponseData;
use crate::kafka::protocol::messages::fetch_response::FetchableTopicResponse;
use crate::kafka::protocol::messages::fetch_response::LeaderIdAndEpoch;
use crate::kafka::protocol::messages::fetch_response::NodeEndpoint;
use crate::kafka::protocol::messages::fetch_response::PartitionData;
use crate::kafka::replication::FollowerFetch;
use crate::kafka::storage::AbortedTxn;
use crate::kafka::storage::Isolation;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;

/// From this version on, consumers tell their rack, and followers may serve them.
const FIRST_VERSION_FOR_FOLLOWERS: i16 = 11;
/// From this version on, Fetch names topics by id.
const FIRST_VERSION_WITH_IDS: i16 = 13;
/// From this version on, followers name themselves in a tagged field.
const FIRST_VERSION_WITH_REPLICA_STATE: i16 = 15;
/// From this version on, the answer says who leads now.
const FIRST_VERSION_WITH_LEADER: i16 = 16;

/// A fetch, as it stays while it waits.
#[derive(Clone, Debug, PartialEq)]
pub struct FetchJob {
    pub context: FetchContext,
    /// The follower that asks; `None` for a consumer.
    pub follower: Option<NodeId>,
    /// The follower's broker epoch; -1 when the request has none.
    pub broker_epoch: i64,
    pub isolation: Isolation,
    /// Followers of the partition may not answer.
    pub only_leader: bool,
    /// Where the consumer stands, if it told.
    pub rack: Option<Name>,
    pub max_wait_ms: i32,
    pub min_bytes: i32,
    pub max_bytes: i32,
    /// The partitions in the order in which they are read.
    pub wanted: Vec<(FetchKey, FetchPartition)>,
}

impl Hash for FetchJob {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self {
            context,
            follower,
            broker_epoch,
            isolation,
            only_leader,
            rack,
            max_wait_ms,
            min_bytes,
            max_bytes,
            wanted,
        } = self;
        (context, follower, broker_epoch, isolation, only_leader, rack, max_wait_ms, min_bytes, max_bytes)
            .hash(state);
        for (key, partition) in wanted {
            key.hash(state);
            hash_fetch_partition(partition, state);
        }
    }
}

/// The read of one partition.
struct ReadResult {
    data: PartitionData,
    /// Where the fetch begins, for a wait; `None` after an error.
    start: Option<LogOffsetMetadata>,
    diverging: bool,
}

impl Broker {
    pub(super) fn handle_fetch(&mut self, cx: &mut Context<'_>, caller: Caller, body: &FetchRequestData) {
        let with_state = caller.version >= FIRST_VERSION_WITH_REPLICA_STATE;
        let replica = if with_state { body.replica_state.replica_id } else { body.replica_id };
        let is_follower = replica >= 0;
        let (named, forgotten) = self.named_partitions(caller.version, body);
        let session = (body.session_id, body.session_epoch);
        let begun = self.sessions.begin(cx.now, session, is_follower, named, &forgotten);
        let (context, wanted) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                let response = FetchResponseData::default().with_error_code(error.code());
                return caller.answer(cx, Response::Fetch(response));
            }
        };
        let max_bytes = body.max_bytes.min(self.config.fetch_max_bytes);
        let job = FetchJob {
            context,
            follower: is_follower.then_some(NodeId(replica)),
            broker_epoch: if with_state { body.replica_state.replica_epoch } else { -1 },
            isolation: match (is_follower, body.isolation_level) {
                (true, _) => Isolation::LogEnd,
                (false, 1) => Isolation::TxnCommitted,
                (false, _) => Isolation::HighWatermark,
            },
            // A consumer that can be sent elsewhere may read from a follower too (KIP-392).
            only_leader: is_follower || caller.version < FIRST_VERSION_FOR_FOLLOWERS,
            rack: Some(body.rack_id.as_str()).filter(|rack| !rack.is_empty() && !is_follower).map(name),
            max_wait_ms: body.max_wait_ms,
            min_bytes: body.min_bytes.min(max_bytes),
            max_bytes,
            wanted,
        };
        self.fetch(cx, caller, job);
    }

    fn named_partitions(
        &self,
        version: i16,
        body: &FetchRequestData,
    ) -> (Vec<(FetchKey, FetchPartition)>, Vec<FetchKey>) {
        let by_id = version >= FIRST_VERSION_WITH_IDS;
        let topic_of = |id, text: &KafkaString| match by_id {
            true => self.image().topic_name(id).cloned(),
            false => Some(name(text.as_str())),
        };
        let mut named = Vec::new();
        for topic in &body.topics {
            let known = topic_of(topic.topic_id, &topic.topic);
            for partition in &topic.partitions {
                let key = FetchKey {
                    topic: known.clone(),
                    topic_id: topic.topic_id,
                    partition: partition.partition,
                };
                named.push((key, partition.clone()));
            }
        }
        let mut forgotten = Vec::new();
        for topic in &body.forgotten_topics_data {
            let known = topic_of(topic.topic_id, &topic.topic);
            for &partition in &topic.partitions {
                forgotten.push(FetchKey { topic: known.clone(), topic_id: topic.topic_id, partition });
            }
        }
        (named, forgotten)
    }

    /// Answers at once, or waits for more (Kafka: `ReplicaManager.fetchMessages`).
    fn fetch(&mut self, cx: &mut Context<'_>, caller: Caller, job: FetchJob) {
        let results = self.read_all(cx, &job, true);
        let bytes: usize = results.iter().map(|r| r.data.records.as_ref().map_or(0, bytes::Bytes::len)).sum();
        let at_once = job.max_wait_ms <= 0
            || results.is_empty()
            || bytes >= usize::try_from(job.min_bytes).unwrap_or(0)
            || results
                .iter()
                .any(|r| hurries(r.data.error_code) || r.diverging || r.data.preferred_read_replica >= 0)
            // Of partitions that nobody has heard of there is nothing to wait for.
            || results.iter().all(|r| r.data.error_code != 0);
        if at_once {
            return self.answer_fetch(cx, &caller, &job, results);
        }
        let keys = job.wanted.iter().filter_map(|(key, _)| key.topic_partition()).collect();
        let starts = results.into_iter().map(|r| r.start).collect();
        let (now, wait_ms) = (cx.now, job.max_wait_ms);
        let fetch = DelayedFetch { caller, job, starts };
        if self.is_fetch_ready(cx, &fetch) {
            return self.finish_fetch(cx, &fetch);
        }
        self.wait(now, wait_ms, keys, Delayed::Fetch(fetch));
    }

    pub(super) fn finish_fetch(&mut self, cx: &mut Context<'_>, fetch: &DelayedFetch) {
        let results = self.read_all(cx, &fetch.job, false);
        self.answer_fetch(cx, &fetch.caller, &fetch.job, results);
    }

    /// Reads every partition in order, within the limits of the request; the first one that has anything gives at
    /// least one batch. `is_new`: the fetch has just come and tells what its follower has.
    fn read_all(&mut self, cx: &mut Context<'_>, job: &FetchJob, is_new: bool) -> Vec<ReadResult> {
        let mut left = job.max_bytes;
        let mut min_one = true;
        let mut results = Vec::with_capacity(job.wanted.len());
        for (key, request) in &job.wanted {
            let limit = request.partition_max_bytes.min(left);
            let result = match self.read_one(cx, job, key, request, (limit, min_one), is_new) {
                Ok(result) => result,
                Err(error) => self.read_error(key, request, error),
            };
            let size = result.data.records.as_ref().map_or(0, bytes::Bytes::len);
            if size > 0 {
                min_one = false;
                left = (left - i32::try_from(size).unwrap_or(i32::MAX)).max(0);
            }
            results.push(result);
        }
        results
    }

    fn read_one(
        &mut self,
        cx: &mut Context<'_>,
        job: &FetchJob,
        key: &FetchKey,
        request: &FetchPartition,
        (limit, min_one): (i32, bool),
        is_new: bool,
    ) -> Result<ReadResult, ErrorCode> {
        let id = key.topic_partition().ok_or(ErrorCode::UnknownTopicId)?;
        let preferred = match job.rack.as_deref() {
            Some(rack) => self.preferred_replica(self.hosted(&id)?, rack, request.fetch_offset),
            None => None,
        };
        let Some(partition) = self.partitions.get_mut(&id).map(Arc::make_mut) else {
            return Err(self.not_hosted(&id));
        };
        let log = partition.log_for(request.current_leader_epoch, job.only_leader)?;
        if let (Some(follower), Some(leader)) = (job.follower, partition.leader())
            && leader.follower(follower).is_none()
        {
            return Err(ErrorCode::UnknownLeaderEpoch);
        }
        let mut data = PartitionData {
            partition_index: key.partition,
            high_watermark: log.high_watermark(),
            last_stable_offset: log.last_stable_offset(),
            log_start_offset: log.log_start_offset(),
            records: Some(bytes::Bytes::new()),
            ..PartitionData::default()
        };
        let leader_end = log.log_end_offset();
        if let Some(found) = diverges(log, request)
            && let Some(diverging) = found?
        {
            data.diverging_epoch = diverging;
            let start = Some(LogOffsetMetadata::offset_only(request.fetch_offset));
            return Ok(ReadResult { data, start, diverging: true });
        }
        if let Some(replica) = preferred {
            data.preferred_read_replica = replica.0;
            let start = Some(LogOffsetMetadata::offset_only(request.fetch_offset));
            return Ok(ReadResult { data, start, diverging: false });
        }
        let now_ms = cx.wall_ms();
        let log = partition.log_to_read().ok_or(ErrorCode::KafkaStorageError)?;
        let read = match log.read(cx.disk, request.fetch_offset, limit, job.isolation, min_one) {
            Ok(read) => read,
            Err(error) => return Err(self.on_log_error(&error)),
        };
        if job.isolation == Isolation::TxnCommitted {
            data.aborted_transactions = Some(read.aborted.iter().flatten().map(aborted).collect());
        }
        data.records = Some(read.records);
        if let (Some(follower), true) = (job.follower, is_new) {
            let fetch = FollowerFetch {
                follower,
                fetch_offset: request.fetch_offset,
                log_start_offset: request.log_start_offset,
                broker_epoch: job.broker_epoch,
                leader_end,
                now_ms,
            };
            let view = BrokersOf(self.metadata.image());
            let rules = view.rules(&self.config, now_ms);
            let effect = partition.record_fetch(cx.disk, &fetch, &rules)?;
            if effect.wants_alter {
                self.submit_alter_partition(&id);
            }
            if effect.moved {
                self.moved.insert(id);
            }
        }
        Ok(ReadResult { data, start: Some(read.position), diverging: false })
    }

    /// A replica that this broker hosts.
    pub(super) fn hosted(
        &self,
        id: &TopicPartition,
    ) -> Result<&crate::kafka::replication::Partition, ErrorCode> {
        self.partitions.get(id).map(|partition| &**partition).ok_or_else(|| self.not_hosted(id))
    }

    fn not_hosted(&self, id: &TopicPartition) -> ErrorCode {
        match self.image().partition(id) {
            Some(_) => ErrorCode::NotLeaderOrFollower,
            None => ErrorCode::UnknownTopicOrPartition,
        }
    }

    /// A log, to read in it: its memory of where things lie may change, nothing that anybody sees.
    pub(super) fn log_to_read(&mut self, id: &TopicPartition) -> Result<&mut Log, ErrorCode> {
        let partition = self.partition_mut(id).ok_or(ErrorCode::UnknownTopicOrPartition)?;
        partition.log_to_read().ok_or(ErrorCode::KafkaStorageError)
    }

    fn read_error(&self, key: &FetchKey, request: &FetchPartition, error: ErrorCode) -> ReadResult {
        let mut data = PartitionData::default()
            .with_partition_index(request.partition)
            .with_error_code(error.code())
            .with_high_watermark(-1)
            .with_records(Some(bytes::Bytes::new()));
        let wrong_leader = [ErrorCode::NotLeaderOrFollower, ErrorCode::FencedLeaderEpoch].contains(&error);
        let now = key.topic_partition().and_then(|id| self.image().partition(&id));
        if let (true, Some(now)) = (wrong_leader, now) {
            data.current_leader = LeaderIdAndEpoch::default()
                .with_leader_id(now.leader.map_or(-1, |id| id.0))
                .with_leader_epoch(now.leader_epoch);
        }
        ReadResult { data, start: None, diverging: false }
    }

    /// The code of a log's error; a broken disk takes the broker's log directory offline.
    pub(super) fn on_log_error(&mut self, error: &LogError) -> ErrorCode {
        if matches!(error, LogError::KafkaStorage(_)) {
            self.fail_disk(&error.to_string());
        }
        error.error_code()
    }

    fn answer_fetch(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        job: &FetchJob,
        results: Vec<ReadResult>,
    ) {
        let data = results.into_iter().map(|r| r.data).collect();
        let draw = match job.context {
            FetchContext::Full { .. } => cx.random(Purpose::Identity).next_u32(),
            _ => 0,
        };
        let slots = self.config.fetch_session_slots;
        let finished = self.sessions.finish(cx.now, &job.context, slots, draw, &job.wanted, data);
        let response = match finished {
            Ok((session, data)) => self.fetch_response(caller.version, session, data),
            Err(error) => FetchResponseData::default().with_error_code(error.code()),
        };
        caller.answer(cx, Response::Fetch(response));
    }

    fn fetch_response(&self, version: i16, session: i32, data: Parts<'_>) -> FetchResponseData {
        let mut topics: Vec<FetchableTopicResponse> = Vec::new();
        let mut current: Option<&FetchKey> = None;
        let mut leaders = Set::new();
        for (key, mut partition) in data {
            if version < FIRST_VERSION_WITH_LEADER {
                partition.current_leader = LeaderIdAndEpoch::default();
            } else if partition.current_leader.leader_id >= 0 {
                leaders.insert(partition.current_leader.leader_id);
            }
            let same = current.is_some_and(|c| c.topic == key.topic && c.topic_id == key.topic_id);
            if !same {
                let mut topic = FetchableTopicResponse::default();
                if version >= FIRST_VERSION_WITH_IDS {
                    topic.topic_id = key.topic_id;
                } else {
                    topic.topic = KafkaString::from(key.topic.as_deref().unwrap_or("").to_owned());
                }
                topics.push(topic);
                current = Some(key);
            }
            topics.last_mut().expect("a topic was just added").partitions.push(partition);
        }
        let endpoint = |id: i32| {
            let endpoint = self.image().broker(NodeId(id))?.endpoints.first()?;
            let host = KafkaString::from(endpoint.host.to_string());
            Some(NodeEndpoint::default().with_node_id(id).with_host(host).with_port(i32::from(endpoint.port)))
        };
        FetchResponseData::default()
            .with_session_id(session)
            .with_responses(topics)
            .with_node_endpoints(leaders.into_iter().filter_map(endpoint).collect())
    }
}

/// Whether an error is told at once. A partition that is in no metadata is taken out before anything is read, and the
/// others may still wait (`KafkaApis.handleFetchRequest`, `erroneous`).
fn hurries(error: i16) -> bool {
    let unknown = [ErrorCode::UnknownTopicOrPartition, ErrorCode::UnknownTopicId].map(|code| code.code());
    error != 0 && !unknown.contains(&error)
}

fn aborted(transaction: &AbortedTxn) -> AbortedTransaction {
    AbortedTransaction::default()
        .with_producer_id(transaction.producer_id)
        .with_first_offset(transaction.first_offset)
}

/// What a log says to a fetch that tells the epoch of the last record before it: `Some(Ok(Some(..)))` when the histories
/// have parted, with where; `None` when the fetch does not tell.
pub(super) fn diverges(
    log: &Log,
    request: &FetchPartition,
) -> Option<Result<Option<EpochEndOffset>, ErrorCode>> {
    if request.last_fetched_epoch < 0 {
        return None;
    }
    let Some(end) = log.end_offset_for_epoch(request.last_fetched_epoch) else {
        return Some(Err(ErrorCode::OffsetOutOfRange));
    };
    if request.fetch_offset < log.log_start_offset() {
        return Some(Err(ErrorCode::OffsetOutOfRange));
    }
    let parted = end.epoch < request.last_fetched_epoch || end.offset < request.fetch_offset;
    let told = EpochEndOffset::default().with_epoch(end.epoch).with_end_offset(end.offset);
    Some(Ok(parted.then_some(told)))
}
