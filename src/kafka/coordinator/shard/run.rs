//! Append, replay, revert, and the fate of an operation.

use std::sync::Arc;

use super::Batch;
use super::Body;
use super::Hands;
use super::Io;
use super::Outcome;
use super::Shard;
use super::Then;
use super::TimerKey;
use super::Work;
use super::answer;
use super::operation::Decision;
use super::operation::Deferred;
use super::operation::Refusal;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::TopicPartition;
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::group::ClassicId;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::group::classic::ClassicGroup;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::shared;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;

/// What a batch and a record in it need beside key and value (`AbstractRecords.estimateSizeInBytes`).
const BATCH_OVERHEAD: usize = 61;
const RECORD_OVERHEAD: usize = 21;

/// When the work of a timer that failed is tried again (`CoordinatorTimerImpl`).
const RETRY_BACKOFF_MS: i64 = 500;

impl Shard {
    /// Writes what was decided, and answers now or later.
    pub(crate) fn complete_operation(&mut self, io: &mut Io<'_>, ticket: Option<Ticket>, decision: Decision) {
        self.complete(io, ticket, None, decision);
    }

    /// The same; `timer` is whose work it is.
    pub(super) fn complete(
        &mut self,
        io: &mut Io<'_>,
        ticket: Option<Ticket>,
        timer: Option<(TimerKey, Work)>,
        decision: Decision,
    ) {
        let Outcome { records, replay, written, atomic, reply_first, producer, then, mut reply } =
            match decision {
                Ok(outcome) => outcome,
                Err(refusal) => {
                    if let Some(ticket) = ticket {
                        self.fail(io, ticket, &refusal);
                    }
                    return;
                }
            };
        if reply_first && let (Some(ticket), Some(reply)) = (ticket, reply.take()) {
            self.reply(io, ticket, reply);
        }
        let written = match self.append(io, records, replay, atomic, producer) {
            Ok(appended) => appended || written,
            Err(code) => {
                let failed = Deferred { number: 0, offset: 0, ticket, then, reply, timer };
                self.finish(io, failed, Some(code.into()));
                return;
            }
        };
        let deferred = Deferred { number: 0, offset: 0, ticket, then, reply, timer };
        self.defer(io, written, deferred);
    }

    /// Lets an answer wait for the high watermark, or gives it when there is nothing to wait for.
    fn defer(&mut self, io: &mut Io<'_>, written: bool, mut deferred: Deferred) {
        let number = self.operations;
        self.operations += 1;
        (deferred.number, deferred.offset) = (number, self.snapshots.written());
        let waits_for_others = self.edition().answers_in_order() && self.is_ahead();
        if !written && !waits_for_others {
            self.finish(io, deferred, None);
            return;
        }
        let due = io.now_ms + self.config.commit_timeout_ms;
        self.timers.schedule(TimerKey::WriteTimeout(number), due, Work::Plain);
        self.deferred.push_back(deferred);
    }

    /// Whether something is written that is not below the high watermark.
    fn is_ahead(&self) -> bool {
        self.snapshots.iter().nth(1).is_some()
    }

    /// Replays and appends. `false` when there was nothing to.
    fn append(
        &mut self,
        io: &mut Io<'_>,
        records: Vec<GroupRecord>,
        replay: bool,
        atomic: bool,
        producer: Option<(ProducerId, i16)>,
    ) -> Result<bool, ErrorCode> {
        let mut rest = records.as_slice();
        while !rest.is_empty() {
            let fit = if atomic { rest.len() } else { fitting(rest, io.log.max_batch_bytes()) };
            let (batch, more) = rest.split_at(fit);
            self.append_batch(io, batch, replay, producer)?;
            rest = more;
        }
        Ok(!records.is_empty())
    }

    fn append_batch(
        &mut self,
        io: &mut Io<'_>,
        records: &[GroupRecord],
        replay: bool,
        producer: Option<(ProducerId, i16)>,
    ) -> Result<(), ErrorCode> {
        if !self.edition().appends_below_min_isr() && !io.log.has_enough_replicas() {
            return Err(ErrorCode::NotEnoughReplicas);
        }
        if replay {
            for (offset, record) in (self.snapshots.written()..).zip(records) {
                self.replay(io, offset, producer.map(|(id, _)| id), record);
            }
        }
        let bytes = records.iter().map(|record| (record.key(), record.value())).collect();
        let batch = Batch::Records { timestamp_ms: io.now_ms, producer, records: bytes };
        self.append_to_log(io, batch)
    }

    /// Appends; when that fails, the timeline is what it was after the append before.
    pub(super) fn append_to_log(&mut self, io: &mut Io<'_>, batch: Batch) -> Result<(), ErrorCode> {
        match io.log.append(batch) {
            Ok(end) => {
                self.snapshots.push(end, self.timeline.clone());
                Ok(())
            }
            Err(code) => {
                self.timeline = self.snapshots.last();
                self.forget_classics();
                Err(code)
            }
        }
    }

    /// What an operation set in motion beside its answer: the high watermark may have moved with the append, and work
    /// may stand behind the request.
    pub(super) fn after_operation(&mut self, io: &mut Io<'_>) {
        let high_watermark = io.log.high_watermark();
        self.on_high_watermark(io, high_watermark);
        if self.run_background(io) {
            let high_watermark = io.log.high_watermark();
            self.on_high_watermark(io, high_watermark);
        }
    }

    /// An answer has waited for `offsets.commit.timeout.ms`. The records stay where they are.
    pub(super) fn write_timed_out(&mut self, io: &mut Io<'_>, number: u64) {
        let at = self.deferred.iter().position(|deferred| deferred.number == number);
        if let Some(deferred) = at.and_then(|at| self.deferred.remove(at)) {
            if !self.edition().keeps_timed_out_offsets() {
                self.take_back(&deferred);
            }
            self.finish(io, deferred, Some(ErrorCode::RequestTimedOut.into()));
        }
    }

    /// An OffsetCommit is given up: its records stay in the log, but nobody here knows of them any more.
    fn take_back(&mut self, deferred: &Deferred) {
        let ask = deferred.ticket.and_then(|ticket| self.waiting.get(&ticket));
        let Some(Body::Request(Request::OffsetCommit(request))) = ask.map(|ask| &ask.body) else { return };
        let group = shared(&request.group_id);
        let parts =
            request.topics.iter().flat_map(|topic| topic.partitions.iter().map(move |it| (topic, it)));
        let parts = parts.filter(|(_, part)| self.fits(part.committed_metadata.as_ref()));
        let partitions: Vec<TopicPartition> = parts
            .map(|(topic, part)| TopicPartition::new(&shared(&topic.name), part.partition_index))
            .collect();
        let end = deferred.offset;
        let records = end - partitions.len() as Offset..end;
        let before = self.committed().offsets.clone();
        for timeline in self.snapshots.iter_mut().chain([&mut self.timeline]) {
            for partition in &partitions {
                timeline.offsets.take_back(&group, partition, &records, &before);
            }
        }
    }

    /// Everybody who waits for the high watermark hears an error.
    pub(super) fn fail_all(&mut self, io: &mut Io<'_>, code: ErrorCode) {
        while let Some(deferred) = self.deferred.pop_front() {
            self.finish(io, deferred, Some(code.into()));
        }
    }

    /// The records of an operation are safe, or they are not.
    pub(super) fn finish(&mut self, io: &mut Io<'_>, deferred: Deferred, failed: Option<Refusal>) {
        self.timers.cancel(&TimerKey::WriteTimeout(deferred.number));
        let error = failed.as_ref().map(|refusal| refusal.code);
        match deferred.then {
            Then::Nothing => {}
            Then::Assigned { group, generation, assignment } => {
                self.with_classic(io, group, |group, hands| {
                    group.assignment_stored(hands, generation, &assignment, error);
                });
            }
            Then::Replaced(replaced) => {
                self.with_classic(io, replaced.group, |group, hands| {
                    group.replacement_stored(hands, *replaced, error);
                });
            }
            Then::Consumer(then) => self.consumer_then(io, then, error),
        }
        if let (Some((key, work)), Some(code)) = (deferred.timer, error)
            && code != ErrorCode::NotCoordinator
        {
            let backoff_ms = match key {
                TimerKey::ExpireGroupMetadata => self.config.offsets_retention_check_interval_ms,
                _ => RETRY_BACKOFF_MS,
            };
            self.timers.schedule(key, io.now_ms + backoff_ms, work);
        }
        let Some(ticket) = deferred.ticket else { return };
        match (failed, deferred.reply) {
            (Some(refusal), _) => self.fail(io, ticket, &refusal),
            (None, Some(reply)) => self.reply(io, ticket, reply),
            (None, None) => {}
        }
    }

    /// Answers with an error, unless this one was answered before.
    pub(crate) fn fail(&mut self, io: &mut Io<'_>, ticket: Ticket, refusal: &Refusal) {
        if let Some(ask) = self.waiting.remove(&ticket) {
            io.answers.push((ticket, answer::refused(self.edition(), &ask, refusal)));
        }
    }

    /// Answers, unless this one was answered before.
    pub(crate) fn answer(&mut self, io: &mut Io<'_>, ticket: Ticket, response: Response) {
        self.reply(io, ticket, super::Reply::Response(response));
    }

    fn reply(&mut self, io: &mut Io<'_>, ticket: Ticket, reply: super::Reply) {
        if self.waiting.remove(&ticket).is_some() {
            io.answers.push((ticket, Ok(reply)));
        }
    }

    /// Puts a classic group into the timeline (not into the log).
    pub(crate) fn put_classic(&mut self, group: ClassicGroup) -> ClassicId {
        let id = ClassicId(self.next_classic);
        self.next_classic += 1;
        self.timeline.groups.insert(group.name.clone(), Group::Classic(id));
        if !self.edition().writes_new_groups() {
            self.snapshots.amend_groups(&self.timeline);
        }
        self.classics.insert(id, Arc::new(group));
        id
    }

    /// Works on a classic group. Nothing happens when it is gone.
    pub(crate) fn with_classic<T>(
        &mut self,
        io: &mut Io<'_>,
        id: ClassicId,
        work: impl FnOnce(&mut ClassicGroup, &mut Hands<'_, '_>) -> T,
    ) -> Option<T> {
        let group = Arc::make_mut(self.classics.get_mut(&id)?);
        let mut hands = Hands {
            group: id,
            io,
            timers: &mut self.timers,
            waiting: &mut self.waiting,
            config: &self.config,
        };
        Some(work(group, &mut hands))
    }

    /// Drops classic groups that no state and no snapshot names any more.
    pub(super) fn forget_classics(&mut self) {
        if self.classics.len() <= self.timeline.groups.len() && !self.is_ahead() {
            return;
        }
        let named = |id: &ClassicId, name: &str| {
            let names = |timeline: &super::Timeline| timeline.groups.get(name) == Some(&Group::Classic(*id));
            names(&self.timeline) || self.snapshots.iter().any(names)
        };
        let gone: Vec<ClassicId> =
            self.classics.iter().filter(|(id, group)| !named(id, &group.name)).map(|(id, _)| *id).collect();
        for id in gone {
            self.classics.remove(&id);
        }
    }
}

/// How many records of the front fit into one batch; at least one.
fn fitting(records: &[GroupRecord], max_bytes: usize) -> usize {
    let mut bytes = BATCH_OVERHEAD;
    for (at, record) in records.iter().enumerate() {
        bytes += RECORD_OVERHEAD + record.key().len() + record.value().map_or(0, |value| value.len());
        if bytes > max_bytes && at > 0 {
            return at;
        }
    }
    records.len()
}

/// The offset of the next record (`CoordinatorBatch.nextOffset`).
impl Shard {
    pub fn written(&self) -> Offset {
        self.snapshots.written()
    }
}
