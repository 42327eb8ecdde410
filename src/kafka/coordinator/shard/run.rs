//! Append, replay, revert, and the fate of an operation.

use std::sync::Arc;

use super::Batch;
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
use crate::kafka::coordinator::Ticket;
use crate::kafka::coordinator::group::ClassicId;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::group::classic::ClassicGroup;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::protocol::ErrorCode;
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
        let Outcome { records, replay, written, atomic, producer, then, reply } = match decision {
            Ok(outcome) => outcome,
            Err(refusal) => {
                if let Some(ticket) = ticket {
                    self.fail(io, ticket, &refusal);
                }
                return;
            }
        };
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
        if !written && !self.is_ahead() {
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
            self.finish(io, deferred, Some(ErrorCode::RequestTimedOut.into()));
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
            (None, Some(reply)) => {
                if self.waiting.remove(&ticket).is_some() {
                    io.answers.push((ticket, Ok(reply)));
                }
            }
            (None, None) => {}
        }
    }

    /// Answers with an error, unless this one was answered before.
    pub(crate) fn fail(&mut self, io: &mut Io<'_>, ticket: Ticket, refusal: &Refusal) {
        if let Some(ask) = self.waiting.remove(&ticket) {
            io.answers.push((ticket, answer::refused(&ask, refusal)));
        }
    }

    /// Answers, unless this one was answered before.
    pub(crate) fn answer(&mut self, io: &mut Io<'_>, ticket: Ticket, response: Response) {
        if self.waiting.remove(&ticket).is_some() {
            io.answers.push((ticket, Ok(super::Reply::Response(response))));
        }
    }

    /// Puts a classic group into the timeline (not into the log).
    pub(crate) fn put_classic(&mut self, group: ClassicGroup) -> ClassicId {
        let id = ClassicId(self.next_classic);
        self.next_classic += 1;
        self.timeline.groups.insert(group.name.clone(), Group::Classic(id));
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
