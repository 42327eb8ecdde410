use std::collections::VecDeque;

use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Taken;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::record::Record;

/// Records that are kept for the page.
const RECENT: usize = 8;

/// How long the application works on what `poll()` gave it, before it calls again. Microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Pace {
    pub per_poll_us: u64,
    pub per_record_us: u64,
}

/// What one `poll()` returned.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Polled {
    pub records: usize,
    pub bytes: usize,
    /// The offsets of each partition: first and last.
    pub ranges: Vec<(TopicPartition, Offset, Offset)>,
    /// The last record of each partition.
    pub last: Vec<(TopicPartition, Record)>,
}

impl Polled {
    pub(super) fn add(&mut self, partition: &TopicPartition, taken: Taken) {
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    /// Inside `poll()`, which returns as soon as there is something.
    Polling { since: Instant },
    /// Working on what it got.
    Working { until: Instant },
}

/// The loop that an application writes around `poll()`.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Application {
    pace: Pace,
    state: State,
    /// Calls of `poll()` that returned records.
    pub polls: u64,
    pub records: u64,
    pub bytes: u64,
    /// What the last `poll()` with records returned.
    pub last_poll: Option<(Instant, Polled)>,
    /// The last records that were handed over, oldest first.
    pub recent: VecDeque<(TopicPartition, Record)>,
}

impl Application {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            state: State::Polling { since: Instant::ZERO },
            polls: 0,
            records: 0,
            bytes: 0,
            last_poll: None,
            recent: VecDeque::new(),
        }
    }

    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Whether it waits inside `poll()`.
    pub fn is_polling(&self) -> bool {
        matches!(self.state, State::Polling { .. })
    }

    /// Until when it works on what it got.
    pub fn working_until(&self) -> Option<Instant> {
        match self.state {
            State::Polling { .. } => None,
            State::Working { until } => Some(until),
        }
    }

    pub(super) fn poll_again(&mut self, now: Instant) {
        self.state = State::Polling { since: now };
    }

    /// A faster pace ends the work on the last records at once.
    pub(super) fn set_pace(&mut self, cx: &mut Context<'_>, pace: Pace) {
        self.pace = pace;
        if !self.is_polling() {
            self.state = State::Working { until: cx.now };
            cx.set_timer(Timer::Poll, cx.now);
        }
    }

    pub(super) fn on_polled(&mut self, cx: &mut Context<'_>, polled: Polled) {
        if polled.records == 0 {
            return;
        }
        self.polls += 1;
        self.records += polled.records as u64;
        self.bytes += polled.bytes as u64;
        for (partition, record) in &polled.last {
            if self.recent.len() == RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back((partition.clone(), record.clone()));
        }
        let work = self.pace.per_poll_us + self.pace.per_record_us * polled.records as u64;
        let until = cx.now + Duration::from_micros(work);
        self.last_poll = Some((cx.now, polled));
        self.state = State::Working { until };
        cx.set_timer(Timer::Poll, until);
    }
}
