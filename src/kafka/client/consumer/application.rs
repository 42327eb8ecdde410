use std::collections::VecDeque;

use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Calls;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::Taken;
use crate::kafka::record::Record;

/// Records that are kept for the page.
const RECENT: usize = 8;

/// What one `poll()` returned.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Polled {
    pub records: usize,
    pub bytes: usize,
    /// The offsets of each partition, in the order of the records: first and last.
    pub ranges: Vec<(TopicPartition, Offset, Offset)>,
    /// The last record of each partition.
    pub last: Vec<(TopicPartition, Record)>,
    /// The first record that the program cannot process: how many come before it, and where it is.
    pub poison: Option<(usize, TopicPartition, Offset)>,
    /// Records that the program cannot process.
    pub poisoned: u64,
}

impl Polled {
    pub(super) fn add(&mut self, partition: &TopicPartition, taken: Taken) {
        if let (None, Some((before, offset))) = (&self.poison, taken.poison) {
            self.poison = Some((self.records + before, partition.clone(), offset));
        }
        self.poisoned += taken.poisoned;
        self.records += taken.records;
        self.bytes += taken.bytes;
        if let Some((first, last)) = taken.range {
            self.ranges.push((partition.clone(), first, last));
        }
        if let Some(record) = taken.last {
            self.last.push((partition.clone(), record));
        }
    }
}

/// What ends a spell of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// All records are processed.
    Done,
    /// So many records of the poll are processed when the process dies.
    Crash(u64),
    /// So many records are processed, and the next one throws.
    Poison(u64),
    /// The pause before a record is tried again is over.
    Pause,
}

/// What comes after a `commitSync()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Then {
    Work,
    Poll,
}

/// Where the application's thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// Inside `poll()`, which returns as soon as there is something.
    Polling,
    /// Inside `commitSync()`.
    Committing(Then),
    /// Inside a call that asks: see [`Calls`].
    Calling,
    /// Working on what it got.
    Working { until: Instant, end: End },
    /// Inside `close()`.
    Closing,
}

/// The loop that an application writes around `poll()`.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Application {
    pub(super) program: Program,
    pub(super) state: State,
    /// When `poll()` last returned with records: `max.poll.interval.ms` counts from here.
    pub left_poll_at: Instant,
    /// A person wants a commit at the next chance: `commitSync()` when true.
    pub(super) commit_wanted: Option<bool>,
    /// A `commitSync()` met a rebalance or took too long: it is repeated as soon as the member is settled.
    pub(super) commit_again: bool,
    /// A person wants it to close.
    pub(super) close_wanted: bool,
    /// `wakeup()` was called: the next blocking call throws.
    pub(super) woken: bool,
    /// The process dies when so many records are processed.
    pub(super) crash_at: Option<u64>,
    /// Calls of `poll()` that returned records.
    pub polls: u64,
    pub records: u64,
    pub bytes: u64,
    /// Records of which the work is done; it stays behind `records` while it works.
    pub processed: u64,
    /// Records that were skipped because they could not be processed.
    pub skipped: u64,
    /// Times that a record was tried again.
    pub retried: u64,
    /// WakeupExceptions that it has caught.
    pub wakeups: u64,
    /// What the last `poll()` with records returned.
    pub last_poll: Option<(Instant, Polled)>,
    /// The last records that were handed over, oldest first.
    pub recent: VecDeque<(TopicPartition, Record)>,
    /// The last exception that it caught and logged, and when.
    pub last_exception: Option<(Instant, Name)>,
    /// The calls with which it asks for offsets.
    pub calls: Calls,
}

impl Application {
    pub(super) fn new(program: Program) -> Self {
        Self {
            crash_at: program.crash_after,
            program,
            state: State::Polling,
            left_poll_at: Instant::ZERO,
            commit_wanted: None,
            commit_again: false,
            close_wanted: false,
            woken: false,
            polls: 0,
            records: 0,
            bytes: 0,
            processed: 0,
            skipped: 0,
            retried: 0,
            wakeups: 0,
            last_poll: None,
            recent: VecDeque::new(),
            last_exception: None,
            calls: Calls::default(),
        }
    }

    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Whether it waits inside `poll()`.
    pub fn is_polling(&self) -> bool {
        self.state == State::Polling
    }

    /// Whether it waits inside `commitSync()`.
    pub fn is_committing(&self) -> bool {
        matches!(self.state, State::Committing(_))
    }

    /// Whether it waits inside a call that asks for offsets.
    pub fn is_calling(&self) -> bool {
        self.state == State::Calling
    }

    /// Whether it is inside `close()`.
    pub fn is_closing(&self) -> bool {
        self.state == State::Closing
    }

    /// Until when it works on what it got.
    pub fn working_until(&self) -> Option<Instant> {
        match self.state {
            State::Working { until, .. } => Some(until),
            _ => None,
        }
    }

    /// Notes what `poll()` returned.
    pub(super) fn returned(&mut self, now: Instant, polled: Polled) {
        self.left_poll_at = now;
        self.polls += 1;
        self.records += polled.records as u64;
        self.bytes += polled.bytes as u64;
        for (partition, record) in &polled.last {
            if self.recent.len() == RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back((partition.clone(), record.clone()));
        }
        self.last_poll = Some((now, polled));
    }

    /// Begins the work on what the last `poll()` returned; says until when.
    pub(super) fn work(&mut self, now: Instant) -> Instant {
        let (records, poison) = match &self.last_poll {
            Some((_, polled)) => (polled.records as u64, polled.poison.as_ref().map(|p| p.0 as u64)),
            None => (0, None),
        };
        let crash = self.crash_at.map(|at| at.saturating_sub(self.processed)).filter(|n| *n <= records);
        let (count, end) = match (crash, poison) {
            (Some(n), poison) if poison.is_none_or(|p| n <= p) => (n, End::Crash(n)),
            (_, Some(before)) => (before + 1, End::Poison(before)),
            _ => (records, End::Done),
        };
        // A record that is skipped costs its time; the rest of the poll comes after it.
        let skips = matches!(end, End::Poison(_)) && self.program.on_poison == super::OnPoison::Skip;
        let (count, end) = match end {
            End::Poison(_) if skips => match crash {
                Some(n) => (n, End::Crash(n)),
                None => (records, End::Done),
            },
            _ => (count, end),
        };
        let until = now + self.program.work(self.processed, count);
        self.state = State::Working { until, end };
        until
    }
}
