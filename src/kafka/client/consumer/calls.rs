//! The calls with which an application asks where a partition begins and ends, where a time is, and what is committed.
//! They block: while one runs the application is not inside `poll()`, and when nobody has answered within
//! `default.api.timeout.ms` they throw (`OffsetFetcher.fetchOffsetsByTimes`,
//! `ConsumerCoordinator.fetchCommittedOffsets`).

use std::collections::VecDeque;

use serde::Deserialize;
use serde::Serialize;

use super::application::State;
use super::group::GroupTag;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::ResetTo;
use crate::kafka::client::consumer::SeekTo;
use crate::kafka::client::consumer::Tag;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::messages::list_offsets_response::ListOffsetsResponseData;

/// Answers that are kept for the page.
const KEPT: usize = 8;

/// A call that asks and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Call {
    /// The log start offsets.
    BeginningOffsets,
    /// The high watermarks, or with `read_committed` the last stable offsets.
    EndOffsets,
    /// The first records with at least a timestamp.
    OffsetsForTimes,
    /// What the group has committed, as its coordinator knows it.
    Committed,
}

impl Call {
    /// The method's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeginningOffsets => "beginningOffsets",
            Self::EndOffsets => "endOffsets",
            Self::OffsetsForTimes => "offsetsForTimes",
            Self::Committed => "committed",
        }
    }
}

/// A call with what it is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Calling {
    pub call: Call,
    /// For [`Call::OffsetsForTimes`]: in ms since 1970.
    pub time: i64,
    /// None = all that are assigned to the consumer.
    pub partitions: Vec<TopicPartition>,
    /// The application seeks to what it is told, and to the end of a partition where it is told nothing.
    pub seek: bool,
}

/// Offset and timestamp of what was found; the timestamp is -1 where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Found {
    pub offset: Offset,
    pub timestamp: i64,
}

/// How a call has ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Answered {
    pub call: Call,
    pub time: i64,
    /// When it was called, and when it returned or threw.
    pub called: Instant,
    pub at: Instant,
    /// What it returned for each partition: nothing where no record is that young, or nothing is committed.
    pub found: Vec<(TopicPartition, Option<Found>)>,
    /// What it threw instead.
    pub exception: Option<Name>,
}

/// An exception that the application has caught, and the method that threw it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thrown {
    pub method: Name,
    pub exception: Name,
}

/// A call that has not returned, and what it waits for.
#[derive(Clone, Copy, Debug)]
pub struct Blocked<'a> {
    pub call: Call,
    pub since: Instant,
    /// Without all answers until then it throws.
    pub deadline: Instant,
    /// When it asks again about what is open.
    pub again_at: Instant,
    /// Partitions that nobody is asked about at the moment.
    pub open: &'a Set<TopicPartition>,
    /// Partitions that somebody is asked about.
    pub asked: &'a Set<TopicPartition>,
    /// How many partitions have their answer.
    pub answered: usize,
}

/// The calls of one application.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Calls {
    /// What a person wants it to call at the next chance.
    pub(super) wanted: VecDeque<Calling>,
    inside: Option<Inside>,
    answers: VecDeque<Answered>,
    ended: u64,
    thrown: VecDeque<Thrown>,
    throws: u64,
}

impl Calls {
    /// The last answers, oldest first.
    pub fn answers(&self) -> impl DoubleEndedIterator<Item = &Answered> {
        self.answers.iter()
    }

    /// Calls that have returned or thrown.
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// The last exceptions, oldest first.
    pub fn thrown(&self) -> impl DoubleEndedIterator<Item = &Thrown> {
        self.thrown.iter()
    }

    /// Exceptions so far.
    pub fn throws(&self) -> u64 {
        self.throws
    }

    /// The call that has not returned, with what it waits for.
    pub fn blocked(&self) -> Option<Blocked<'_>> {
        let inside = self.inside.as_ref()?;
        Some(Blocked {
            call: inside.what.call,
            since: inside.since,
            deadline: inside.deadline,
            again_at: inside.not_before,
            open: &inside.open,
            asked: &inside.asked,
            answered: inside.found.len(),
        })
    }

    /// The call that it is inside.
    pub fn inside(&self) -> Option<Call> {
        self.inside.as_ref().map(|inside| inside.what.call)
    }
}

#[derive(Clone, Debug, PartialEq, Hash)]
struct Inside {
    what: Calling,
    since: Instant,
    deadline: Instant,
    not_before: Instant,
    /// Partitions that nobody is asked about at the moment.
    open: Set<TopicPartition>,
    /// Partitions that somebody is asked about.
    asked: Set<TopicPartition>,
    found: Map<TopicPartition, Option<Found>>,
}

impl Consumer {
    /// The application calls, and is inside the call until it has its answers.
    pub(super) fn begin_call(&mut self, cx: &mut Context<'_>, mut what: Calling) {
        if what.partitions.is_empty() {
            what.partitions = self.assigned.keys().cloned().collect();
        }
        let wait = Duration::from_millis(self.config.default_api_timeout_ms.unsigned_abs().into());
        let inside = Inside {
            since: cx.now,
            deadline: cx.now + wait,
            not_before: cx.now,
            open: what.partitions.iter().cloned().collect(),
            asked: Set::new(),
            found: Map::new(),
            what,
        };
        inside.open.iter().for_each(|tp| self.metadata.add_topic(&tp.topic));
        let of_group = inside.what.call == Call::Committed;
        self.application.calls.inside = Some(inside);
        self.application.state = State::Calling;
        if of_group && self.group.id().is_none() {
            return self.end_call(cx, Some("InvalidGroupIdException"));
        }
        self.run_call(cx);
    }

    /// Asks for what is open, and ends the call when nothing is, or when its time is over.
    pub(super) fn run_call(&mut self, cx: &mut Context<'_>) {
        let Some(inside) = &self.application.calls.inside else { return };
        if inside.open.is_empty() && inside.asked.is_empty() {
            return self.end_call(cx, None);
        }
        if inside.deadline <= cx.now {
            return self.end_call(cx, Some("TimeoutException"));
        }
        if inside.not_before <= cx.now && !inside.open.is_empty() {
            match inside.what.call {
                Call::Committed => self.ask_coordinator(cx),
                _ => self.ask_leaders(cx),
            }
        }
        if let Some(inside) = &self.application.calls.inside {
            let retry = Some(inside.not_before).filter(|at| *at > cx.now && !inside.open.is_empty());
            cx.set_timer(Timer::Poll, retry.map_or(inside.deadline, |at| at.min(inside.deadline)));
        }
    }

    fn ask_leaders(&mut self, cx: &mut Context<'_>) {
        let Some(inside) = &self.application.calls.inside else { return };
        let to = match inside.what.call {
            Call::BeginningOffsets => ResetTo::Earliest,
            Call::OffsetsForTimes => ResetTo::Timestamp(inside.what.time),
            Call::EndOffsets | Call::Committed => ResetTo::Latest,
        };
        let mut by_leader: Map<NodeId, Map<TopicPartition, ResetTo>> = Map::new();
        let mut leaderless = false;
        for tp in &inside.open {
            match self.metadata.leader(tp) {
                Some((leader, _)) => _ = by_leader.entry(leader).or_default().insert(tp.clone(), to),
                None => leaderless = true,
            }
        }
        for (leader, asked) in by_leader {
            let request = self.list_offsets(&asked);
            let partitions: Vec<TopicPartition> = asked.into_keys().collect();
            let tag = Tag::Call(self.application.calls.ended, partitions.clone());
            if self.client.ready(cx, leader) && self.client.send(cx, leader, request, tag) {
                self.asked_about(&partitions);
            }
        }
        if leaderless {
            self.call_later(cx.now);
        }
    }

    fn ask_coordinator(&mut self, cx: &mut Context<'_>) {
        if !self.find_coordinator(cx) {
            return;
        }
        let Some(inside) = &self.application.calls.inside else { return };
        let partitions: Vec<TopicPartition> = inside.open.iter().cloned().collect();
        let number = self.application.calls.ended;
        self.asked_about(&partitions);
        let request = self.offset_fetch(&partitions);
        self.tell_coordinator(cx, request, GroupTag::Call(number));
    }

    fn asked_about(&mut self, partitions: &[TopicPartition]) {
        let Some(inside) = &mut self.application.calls.inside else { return };
        for partition in partitions {
            inside.open.remove(partition);
            inside.asked.insert(partition.clone());
        }
    }

    /// The call that this answer is for, if it still runs.
    fn call_of(&mut self, number: u64) -> Option<&mut Inside> {
        let calls = &mut self.application.calls;
        calls.inside.as_mut().filter(|_| calls.ended == number)
    }

    /// A leader has answered.
    pub(super) fn on_call_offsets(
        &mut self,
        cx: &mut Context<'_>,
        number: u64,
        partitions: &[TopicPartition],
        answer: &ListOffsetsResponseData,
    ) {
        let Some(inside) = self.call_of(number) else { return };
        for topic in &answer.topics {
            for line in topic.partitions.iter().filter(|line| line.error_code == 0) {
                let tp = TopicPartition::new(&Name::from(topic.name.as_str()), line.partition_index);
                if inside.asked.remove(&tp) {
                    let found = Found { offset: line.offset, timestamp: line.timestamp };
                    inside.found.insert(tp, Some(found).filter(|found| found.offset >= 0));
                }
            }
        }
        self.on_call_unanswered(cx, number, partitions);
    }

    /// The coordinator has answered.
    pub(super) fn on_call_committed(
        &mut self,
        cx: &mut Context<'_>,
        number: u64,
        lines: Vec<(TopicPartition, Offset, i32, ErrorCode)>,
    ) {
        let Some(inside) = self.call_of(number) else { return };
        for (tp, offset, _, error) in lines {
            if error == ErrorCode::None && inside.asked.remove(&tp) {
                let found = Some(Found { offset, timestamp: -1 }).filter(|found| found.offset >= 0);
                inside.found.insert(tp, found);
            }
        }
        self.on_call_unanswered(cx, number, &[]);
    }

    /// These partitions, or with none of them all, are asked about again unless they have their answer.
    pub(super) fn on_call_unanswered(
        &mut self,
        cx: &mut Context<'_>,
        number: u64,
        partitions: &[TopicPartition],
    ) {
        let Some(inside) = self.call_of(number) else { return };
        let all: Vec<TopicPartition> = inside.asked.iter().cloned().collect();
        let mut again = false;
        for tp in all.iter().filter(|tp| partitions.is_empty() || partitions.contains(tp)) {
            inside.asked.remove(tp);
            inside.open.insert(tp.clone());
            again = true;
        }
        if again {
            self.call_later(cx.now);
        }
        self.run_call(cx);
    }

    fn call_later(&mut self, now: Instant) {
        let backoff = Duration::from_millis(self.config.retry_backoff_ms.unsigned_abs());
        if let Some(inside) = &mut self.application.calls.inside {
            inside.not_before = now + backoff;
        }
        self.metadata.request_update();
    }

    /// The application catches what a method throws, logs it, and goes on.
    pub(super) fn catch(&mut self, now: Instant, method: &str, exception: &str) {
        self.note_exception(now, Some(exception));
        let calls = &mut self.application.calls;
        if calls.thrown.len() == KEPT {
            calls.thrown.pop_front();
        }
        calls.throws += 1;
        calls.thrown.push_back(Thrown { method: method.into(), exception: exception.into() });
    }

    /// The call returns what it has found, or throws.
    pub(super) fn end_call(&mut self, cx: &mut Context<'_>, exception: Option<&str>) {
        let calls = &mut self.application.calls;
        let Some(Inside { what, since, found, .. }) = calls.inside.take() else { return };
        cx.stop_timer(Timer::Poll);
        let found = if exception.is_some() { Vec::new() } else { found.into_iter().collect() };
        if calls.answers.len() == KEPT {
            calls.answers.pop_front();
        }
        calls.ended += 1;
        calls.answers.push_back(Answered {
            call: what.call,
            time: what.time,
            called: since,
            at: cx.now,
            found: found.clone(),
            exception: exception.map(Name::from),
        });
        if let Some(exception) = exception {
            self.catch(cx.now, what.call.name(), exception);
        }
        self.application.state = State::Polling;
        for (partition, found) in found.into_iter().filter(|_| what.seek) {
            let to = found.map_or(SeekTo::Reset(ResetTo::Latest), |found| SeekTo::Offset(found.offset));
            self.seek(&partition, to);
        }
    }
}
