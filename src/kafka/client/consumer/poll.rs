//! The application's thread: what happens between one `poll()` and the next.

use std::collections::VecDeque;

use super::application::End;
use super::application::State;
use super::application::Then;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::AssignedPartition;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::CompletedFetch;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::FetchState;
use crate::kafka::client::consumer::OnPoison;
use crate::kafka::client::consumer::Polled;
use crate::kafka::client::consumer::Position;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::SeekTo;
use crate::kafka::client::consumer::group::CommitCall;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;

/// How long the application waits before it tries a record again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

impl Consumer {
    /// What an application that waits in `poll()` can do now: what a person asked for, or take what was fetched.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        let blocked = self.application.is_committing() || self.application.is_calling();
        if self.application.woken && (blocked || self.application.is_polling()) {
            self.throw_wakeup(cx);
        }
        if !self.application.is_polling() || self.ended.is_some() {
            return;
        }
        if self.application.close_wanted {
            return self.close(cx);
        }
        if let Some(sync) = self.application.commit_wanted.take() {
            self.commit_from_application(cx, sync, Then::Poll);
            if !self.application.is_polling() {
                return;
            }
        }
        if self.application.commit_again && self.is_settled() {
            self.application.commit_again = false;
            self.commit_from_application(cx, true, Then::Poll);
            if !self.application.is_polling() {
                return;
            }
        }
        while let Some(call) = self.application.calls.wanted.pop_front() {
            self.begin_call(cx, call);
            if !self.application.is_polling() {
                return;
            }
        }
        let polled = self.take_completed();
        if polled.records == 0 {
            return;
        }
        self.application.returned(cx.now, polled);
        match self.application.program.commit {
            Commit::Before => self.commit_from_application(cx, true, Then::Work),
            _ => self.work(cx),
        }
    }

    /// `WakeupException`: the application catches it and calls `poll()` again.
    fn throw_wakeup(&mut self, cx: &mut Context<'_>) {
        self.application.woken = false;
        self.application.wakeups += 1;
        self.application.last_exception = Some((cx.now, "WakeupException".into()));
        self.end_call(cx, Some("WakeupException"));
        if let State::Committing(then) = self.application.state {
            self.forget_sync_commit();
            self.go_on(cx, then);
        }
    }

    fn take_completed(&mut self) -> Polled {
        let mut polled = Polled::default();
        let mut aside = VecDeque::new();
        let poison = self.spec.program.poison.clone();
        while polled.records < self.config.max_poll_records
            && let Some(mut fetch) = self.completed.pop_front()
        {
            let Some(assigned) = self.assigned.get_mut(&fetch.partition) else { continue };
            if assigned.position().is_none_or(|p| p.offset != fetch.next_offset) {
                continue; // A seek or a reset has moved the position since.
            }
            if assigned.paused || assigned.pending_revocation {
                aside.push_back(fetch);
                continue;
            }
            let room = self.config.max_poll_records - polled.records;
            if !take(assigned, &mut fetch, room, poison.as_deref(), &mut polled) {
                self.completed.push_front(fetch);
            }
        }
        aside.extend(std::mem::take(&mut self.completed));
        self.completed = aside;
        polled
    }

    fn work(&mut self, cx: &mut Context<'_>) {
        let until = self.application.work(cx.now);
        cx.set_timer(Timer::Poll, until);
    }

    /// The work that was begun is over.
    pub(super) fn on_work_done(&mut self, cx: &mut Context<'_>) {
        let State::Working { end, .. } = self.application.state else { return };
        let (records, poisoned) =
            self.application.last_poll.as_ref().map_or((0, 0), |(_, p)| (p.records as u64, p.poisoned));
        match end {
            End::Done => {
                self.application.processed += records;
                if self.spec.program.on_poison == OnPoison::Skip {
                    self.application.skipped += poisoned;
                }
            }
            End::Crash(count) => {
                self.application.processed += count;
                let where_to = self.place_in_poll(count.saturating_sub(1));
                return self.end(cx, &format!("killed by its program {where_to}"));
            }
            End::Poison(count) => {
                self.application.processed += count;
                return self.on_poison(cx);
            }
            End::Pause => {}
        }
        match self.application.program.commit {
            Commit::After => self.commit_from_application(cx, true, Then::Poll),
            Commit::AfterAsync => self.commit_from_application(cx, false, Then::Poll),
            Commit::Auto | Commit::Before | Commit::Never => self.go_on(cx, Then::Poll),
        }
    }

    /// A record cannot be processed: the process ends, or goes back to the record.
    fn on_poison(&mut self, cx: &mut Context<'_>) {
        let polled = self.application.last_poll.as_ref();
        let Some((_, partition, offset)) = polled.and_then(|(_, polled)| polled.poison.clone()) else {
            return;
        };
        let exception = format!("cannot process the record at offset {offset} of {partition}");
        if self.spec.program.on_poison == OnPoison::Crash {
            return self.end(cx, &format!("RuntimeException: {exception}"));
        }
        self.application.retried += 1;
        self.application.last_exception = Some((cx.now, exception.into()));
        for (partition, offset) in self.unprocessed(&partition, offset) {
            self.seek(&partition, SeekTo::Offset(offset));
        }
        let until = cx.now + RETRY_PAUSE;
        self.application.state = State::Working { until, end: End::Pause };
        cx.set_timer(Timer::Poll, until);
    }

    /// Where the work begins again in each partition when it stopped at this record.
    fn unprocessed(&self, at: &TopicPartition, offset: Offset) -> Vec<(TopicPartition, Offset)> {
        let ranges = self.application.last_poll.iter().flat_map(|(_, polled)| &polled.ranges);
        let rest = ranges.skip_while(|(partition, ..)| partition != at);
        rest.map(|(partition, first, _)| (partition.clone(), if partition == at { offset } else { *first }))
            .collect()
    }

    /// Words for the record of the last poll with this number, counted from 0, as far as its partition has no gaps.
    fn place_in_poll(&self, mut number: u64) -> String {
        for (partition, first, last) in self.application.last_poll.iter().flat_map(|(_, p)| &p.ranges) {
            let count = (last - first + 1).unsigned_abs();
            if number < count {
                return format!("after the record at offset {} of {partition}", first + number as i64);
            }
            number -= count;
        }
        "after the last record of a poll".into()
    }

    /// Calls `commitSync()` or `commitAsync()` with the positions of all partitions.
    fn commit_from_application(&mut self, cx: &mut Context<'_>, sync: bool, then: Then) {
        if self.group.id().is_none() {
            return self.go_on(cx, then);
        }
        let offsets = self.all_consumed();
        if sync {
            self.application.state = State::Committing(then);
            self.commit(cx, CommitCall::Sync, offsets);
        } else {
            self.commit(cx, CommitCall::Async, offsets);
            self.go_on(cx, then);
        }
    }

    /// `commitSync()` has returned, or thrown: the application logs what it caught and goes on. What a rebalance has
    /// stopped it commits after it, as the exception says.
    pub(super) fn on_commit_returned(&mut self, cx: &mut Context<'_>, exception: Option<&str>) {
        self.application.commit_again = exception
            .is_some_and(|name| ["RebalanceInProgressException", "TimeoutException"].contains(&name));
        self.note_exception(cx.now, exception);
        if let State::Committing(then) = self.application.state {
            self.go_on(cx, then);
        }
    }

    /// The callback of `commitAsync()` logs what went wrong.
    pub(super) fn note_exception(&mut self, now: Instant, exception: Option<&str>) {
        if let Some(exception) = exception {
            self.application.last_exception = Some((now, exception.into()));
        }
    }

    fn go_on(&mut self, cx: &mut Context<'_>, then: Then) {
        match then {
            Then::Work => self.work(cx),
            Then::Poll => self.application.state = State::Polling,
        }
    }

    /// Another program ends the work on the last records at once.
    pub(super) fn restart_work(&mut self, cx: &mut Context<'_>, program: Program) {
        let application = &mut self.application;
        if application.program.crash_after != program.crash_after {
            application.crash_at = program.crash_after.map(|after| application.processed + after);
        }
        application.program = program;
        if application.working_until().is_some() {
            application.state = State::Working { until: cx.now, end: End::Done };
            cx.set_timer(Timer::Poll, cx.now);
        }
    }
}

/// Takes up to `max` records for the application; true when the fetch has nothing left.
fn take(
    assigned: &mut AssignedPartition,
    fetch: &mut CompletedFetch,
    max: usize,
    poison: Option<&str>,
    polled: &mut Polled,
) -> bool {
    let result = fetch.take(max, assigned.furthest, poison);
    let position = Position { offset: fetch.next_offset, epoch: fetch.last_epoch };
    match result {
        Ok(taken) => {
            assigned.state = FetchState::Fetching { position };
            assigned.consumed_records += taken.records as u64;
            assigned.consumed_bytes += taken.bytes as u64;
            assigned.repeated_records += taken.repeated;
            assigned.furthest = assigned.furthest.max(position.offset);
            let drained = taken.drained;
            polled.add(&fetch.partition, taken);
            drained
        }
        Err(error) => {
            let error = format!("KafkaException: {error}. Seek past the record to continue.");
            assigned.state = FetchState::Failed { error, position: Some(position) };
            true
        }
    }
}
