//! Requests that wait in the purgatory (Kafka: `DelayedProduce`, `DelayedFetch`, `DelayedDeleteRecords`).

use std::hash::Hash;
use std::hash::Hasher;

use super::Broker;
use super::broker::BrokersOf;
use super::broker::Caller;
use super::fetch::FetchJob;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::hash_wire;
use crate::kafka::protocol::messages::delete_records_response::DeleteRecordsResponseData;
use crate::kafka::protocol::messages::produce_response::ProduceResponseData;
use crate::kafka::replication::AckCheck;
use crate::kafka::storage::Isolation;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogError;
use crate::kafka::storage::LogOffsetMetadata;

/// What a waiting request waits for.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Delayed {
    Produce(DelayedProduce),
    Fetch(DelayedFetch),
    DeleteRecords(DelayedDeleteRecords),
}

/// A partition that a waiting Produce or DeleteRecords still needs: `at` is its place in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Needed {
    pub partition: TopicPartition,
    pub at: (usize, usize),
    /// The watermark must reach this offset.
    pub required: Offset,
}

/// `acks=all`: waits until the high watermark has passed everything that was appended.
#[derive(Clone, Debug, PartialEq)]
pub struct DelayedProduce {
    pub caller: Caller,
    pub needed: Vec<Needed>,
    pub response: ProduceResponseData,
}

impl Hash for DelayedProduce {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { caller, needed, response } = self;
        (caller, needed).hash(state);
        hash_wire(state, |out| response.write(out, caller.version));
    }
}

/// Waits until there are `min.bytes` to give.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct DelayedFetch {
    pub caller: Caller,
    pub job: FetchJob,
    /// Where each partition's fetch begins, in the order of the job; `None` = nothing to wait for there.
    pub starts: Vec<Option<LogOffsetMetadata>>,
}

/// Waits until all live replicas have cut off what was deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct DelayedDeleteRecords {
    pub caller: Caller,
    pub needed: Vec<Needed>,
    pub response: DeleteRecordsResponseData,
}

impl Hash for DelayedDeleteRecords {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { caller, needed, response } = self;
        (caller, needed).hash(state);
        hash_wire(state, |out| response.write(out, caller.version));
    }
}

impl Delayed {
    /// Fetches are looked at first, then produces, then deletions, as Kafka does.
    const fn rank(&self) -> u8 {
        match self {
            Self::Fetch(_) => 0,
            Self::Produce(_) => 1,
            Self::DeleteRecords(_) => 2,
        }
    }

    pub fn caller(&self) -> &Caller {
        match self {
            Self::Fetch(DelayedFetch { caller, .. })
            | Self::Produce(DelayedProduce { caller, .. })
            | Self::DeleteRecords(DelayedDeleteRecords { caller, .. }) => caller,
        }
    }
}

impl Broker {
    /// Looks at every request that watches a partition which has moved.
    pub(super) fn complete_delayed(&mut self, cx: &mut Context<'_>) {
        while let Some(partition) = self.moved.pop_first() {
            self.shard_moved(cx, &partition);
            let mut ids = self.purgatory.watchers(&partition);
            ids.arrange_by_key(|&id| self.purgatory.get(id).map(|waiting| waiting.operation.rank()));
            for id in ids {
                self.try_complete(cx, id);
            }
        }
    }

    fn try_complete(&mut self, cx: &mut Context<'_>, id: u64) {
        let Some(waiting) = self.purgatory.get(id) else { return };
        let done = match &waiting.operation {
            Delayed::Fetch(_) => self.is_waiting_fetch_ready(cx, id),
            Delayed::Produce(_) => self.progress_produce(id),
            Delayed::DeleteRecords(_) => self.progress_delete_records(id),
        };
        if done {
            self.finish_delayed(cx, id);
        }
    }

    fn is_waiting_fetch_ready(&mut self, cx: &mut Context<'_>, id: u64) -> bool {
        let Some(waiting) = self.purgatory.shared(id) else { return false };
        match &waiting.operation {
            Delayed::Fetch(fetch) => self.is_fetch_ready(cx, fetch),
            _ => false,
        }
    }

    /// Ends what has waited long enough; each gets what there is.
    pub(super) fn expire_delayed(&mut self, cx: &mut Context<'_>) {
        self.purgatory_alarm = None;
        while let Some(id) = self.purgatory.expired(cx.now) {
            self.finish_delayed(cx, id);
        }
    }

    fn finish_delayed(&mut self, cx: &mut Context<'_>, id: u64) {
        let Some(waiting) = self.purgatory.remove(id) else { return };
        match &waiting.operation {
            Delayed::Fetch(fetch) => self.finish_fetch(cx, fetch),
            Delayed::Produce(produce) => {
                self.answer_produce(cx, &produce.caller, -1, produce.response.clone())
            }
            Delayed::DeleteRecords(delete) => {
                let response = crate::kafka::protocol::Response::DeleteRecords(delete.response.clone());
                delete.caller.answer(cx, response);
            }
        }
    }

    pub(super) fn wait(&mut self, now: Instant, wait_ms: i32, keys: Vec<TopicPartition>, operation: Delayed) {
        let span = crate::kafka::base::Duration::from_millis(u64::try_from(wait_ms).unwrap_or(0));
        self.purgatory.watch(now, now + span, keys, operation);
    }

    pub(super) fn arm_purgatory(&mut self, cx: &mut Context<'_>) {
        let next = self.purgatory.next_deadline();
        if next == self.purgatory_alarm {
            return;
        }
        self.purgatory_alarm = next;
        match next {
            Some(at) => cx.set_timer(Timer::Purgatory, at),
            None => cx.stop_timer(Timer::Purgatory),
        }
    }

    /// Whether a partition's records below `required` may be acknowledged; an error also ends the wait.
    pub(super) fn check_acknowledged(
        &self,
        partition: &TopicPartition,
        required: Offset,
    ) -> Option<Result<(), ErrorCode>> {
        let Some(partition) = self.partitions.get(partition) else {
            return Some(Err(ErrorCode::NotLeaderOrFollower));
        };
        let (Some(leader), Some(log)) = (partition.leader(), partition.log()) else {
            let offline = partition.log().is_none();
            let error = if offline { ErrorCode::KafkaStorageError } else { ErrorCode::NotLeaderOrFollower };
            return Some(Err(error));
        };
        match leader.check_reached(required, log.high_watermark(), log.config().min_insync_replicas) {
            AckCheck::Waiting => None,
            AckCheck::Done => Some(Ok(())),
            AckCheck::NotEnoughReplicasAfterAppend => Some(Err(ErrorCode::NotEnoughReplicasAfterAppend)),
        }
    }

    fn progress_produce(&mut self, id: u64) -> bool {
        let Some(Delayed::Produce(produce)) = self.purgatory.get(id).map(|w| &w.operation) else {
            return false;
        };
        let settled: Vec<(Needed, Result<(), ErrorCode>)> = produce
            .needed
            .iter()
            .filter_map(|need| Some((need.clone(), self.check_acknowledged(&need.partition, need.required)?)))
            .collect();
        if settled.is_empty() {
            return false;
        }
        let Some(Delayed::Produce(produce)) = self.purgatory.get_mut(id) else { return false };
        for (need, outcome) in settled {
            produce.needed.retain(|other| other.at != need.at);
            let answer = &mut produce.response.responses[need.at.0].partition_responses[need.at.1];
            answer.error_code = outcome.map_or_else(|error| error.code(), |()| 0);
        }
        produce.needed.is_empty()
    }

    fn progress_delete_records(&mut self, id: u64) -> bool {
        let Some(Delayed::DeleteRecords(delete)) = self.purgatory.get(id).map(|w| &w.operation) else {
            return false;
        };
        let brokers = BrokersOf(self.image());
        let low = |need: &Needed| match self.partitions.get(&need.partition) {
            Some(partition) => partition.low_watermark(&brokers),
            None => Err(ErrorCode::NotLeaderOrFollower),
        };
        let settled: Vec<(Needed, Result<Offset, ErrorCode>)> = delete
            .needed
            .iter()
            .map(|need| (need.clone(), low(need)))
            .filter(|(need, low)| !matches!(low, Ok(low) if *low < need.required))
            .collect();
        if settled.is_empty() {
            return false;
        }
        let Some(Delayed::DeleteRecords(delete)) = self.purgatory.get_mut(id) else { return false };
        for (need, outcome) in settled {
            delete.needed.retain(|other| other.at != need.at);
            let answer = &mut delete.response.topics[need.at.0].partitions[need.at.1];
            match outcome {
                Ok(low) => (answer.error_code, answer.low_watermark) = (0, low),
                Err(error) => (answer.error_code, answer.low_watermark) = (error.code(), -1),
            }
        }
        delete.needed.is_empty()
    }

    /// Whether a waiting fetch has something to bring home (Kafka: `DelayedFetch.tryComplete`).
    pub(super) fn is_fetch_ready(&mut self, cx: &mut Context<'_>, fetch: &DelayedFetch) -> bool {
        let job = &fetch.job;
        let mut available: i64 = 0;
        for ((key, request), start) in job.wanted.iter().zip(&fetch.starts) {
            let Some(start) = start else { continue };
            let Some(id) = key.topic_partition() else { return true };
            let Some(partition) = self.partitions.get(&id) else { return true };
            let Ok(log) = partition.log_for(request.current_leader_epoch, job.only_leader) else {
                return true;
            };
            if super::fetch::diverges(log, request).is_some_and(|found| !matches!(found, Ok(None))) {
                return true;
            }
            if start.offset == end_offset(log, job.isolation) {
                continue;
            }
            let Ok(log) = self.log_to_read(&id) else { return true };
            let Ok(end) = end_metadata(log, cx, job.isolation) else { return true };
            if start.offset > end.offset || start.is_on_older_segment(&end) && start.offset < end.offset {
                return true;
            }
            if start.offset < end.offset && start.segment_base_offset == end.segment_base_offset {
                let bytes = i64::from(end.position) - i64::from(start.position);
                available += bytes.min(i64::from(request.partition_max_bytes));
            }
        }
        available >= i64::from(job.min_bytes)
    }
}

fn end_offset(log: &Log, isolation: Isolation) -> Offset {
    match isolation {
        Isolation::LogEnd => log.log_end_offset(),
        Isolation::HighWatermark => log.high_watermark(),
        Isolation::TxnCommitted => log.last_stable_offset(),
    }
}

/// The end of what a reader may see, with its place.
fn end_metadata(
    log: &mut Log,
    cx: &mut Context<'_>,
    isolation: Isolation,
) -> Result<LogOffsetMetadata, LogError> {
    match isolation {
        Isolation::LogEnd => Ok(log.log_end_offset_metadata()),
        Isolation::HighWatermark => log.fetch_high_watermark_metadata(cx.disk),
        Isolation::TxnCommitted => log.fetch_last_stable_offset_metadata(cx.disk),
    }
}
