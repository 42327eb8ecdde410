use std::collections::VecDeque;

use super::Append;
use super::BatchId;
use super::Feed;
use super::WaiterId;
use super::Workload;
use super::workload::Filler;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;

/// A fast application wakes up this often and sends all that is due.
const TICK: Duration = Duration::from_millis(1);
/// What an application reads of a file in one go when nothing else slows it down, in bytes.
const FEED_BURST: usize = 256 * 1024;

/// Why the application's thread stands still inside a call of the producer.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Blocked {
    /// In `send()`: the topic or the partition is not known yet.
    Metadata { record: Append, since: Instant, until: Instant },
    /// In `send()`: `buffer.memory` is used up.
    Memory { waiter: WaiterId, since: Instant, until: Instant },
    /// In `flush()`: until every batch up to this one has its fate.
    Flush { last: BatchId, since: Instant },
    /// In `close()`: the client is being started anew.
    Close { since: Instant },
}

impl Blocked {
    pub const fn since(&self) -> Instant {
        match self {
            Self::Metadata { since, .. }
            | Self::Memory { since, .. }
            | Self::Flush { since, .. }
            | Self::Close { since } => *since,
        }
    }

    /// When `send()` gives up (`max.block.ms`).
    pub const fn until(&self) -> Option<Instant> {
        match self {
            Self::Metadata { until, .. } | Self::Memory { until, .. } => Some(*until),
            Self::Flush { .. } | Self::Close { .. } => None,
        }
    }
}

/// A file on its way into a topic.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct FeedProgress {
    pub feed: Feed,
    /// Records handed to `send()`.
    pub sent: u64,
    pub acked: u64,
    pub failed: u64,
    /// Lines that made no record.
    pub skipped: u64,
    pub cancelled: bool,
    /// Every line was read, or the feed was cancelled.
    pub read: bool,
}

impl FeedProgress {
    pub(super) const fn new(feed: Feed) -> Self {
        Self { feed, sent: 0, acked: 0, failed: 0, skipped: 0, cancelled: false, read: false }
    }

    /// Nothing more will happen: all was read, and every record has its fate.
    pub const fn is_over(&self) -> bool {
        self.read && self.acked + self.failed >= self.sent
    }
}

/// How many records are due, at a steady rate since a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pace {
    from: Instant,
    count: u64,
    rate: u64,
}

impl Pace {
    /// The first record is due at `from`.
    pub(super) const fn new(from: Instant, rate: u64) -> Self {
        Self { from, count: 0, rate }
    }

    fn due(&self, now: Instant) -> u64 {
        if self.rate == 0 || now < self.from {
            return 0;
        }
        let elapsed = now.since(self.from).as_micros();
        let total = elapsed * u128::from(self.rate) / 1_000_000 + 1;
        u64::try_from(total).unwrap_or(u64::MAX).saturating_sub(self.count)
    }

    fn next(&self, last_tick: Instant) -> Option<Instant> {
        if self.rate == 0 {
            return None;
        }
        let micros = (u128::from(self.count) * 1_000_000).div_ceil(u128::from(self.rate));
        let due = self.from + Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
        Some(if self.count == 0 { due } else { due.max(last_tick + TICK.min(gap(self.rate))) })
    }
}

/// The time between two records, but never less than a tick.
fn gap(rate: u64) -> Duration {
    Duration::from_micros(1_000_000 / rate.max(1)).max(TICK)
}

/// The program around the producer: one thread that makes records and calls `send()`.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Application {
    pub workload: Workload,
    pub paused: bool,
    pub blocked: Option<Blocked>,
    /// The file that is being sent, or was last sent. While it is read, the workload stands still.
    pub feed: Option<FeedProgress>,
    /// Records to send before anything else.
    pub(super) pending: VecDeque<Append>,
    pub(super) flush_wanted: bool,
    /// Records that the workload has made so far.
    pub(super) made: u64,
    pub(super) next_tag: u64,
    pub(super) filler: Filler,
    pace: Pace,
    last_tick: Instant,
}

impl Application {
    pub(super) fn new(workload: Workload) -> Self {
        Self {
            filler: workload.filler(),
            pace: Pace::new(Instant::ZERO, workload.rate),
            workload,
            paused: false,
            blocked: None,
            feed: None,
            pending: VecDeque::new(),
            flush_wanted: false,
            made: 0,
            next_tag: 0,
            last_tick: Instant::ZERO,
        }
    }

    /// Records that wait for their turn outside of the producer.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    pub fn set_workload(&mut self, now: Instant, workload: Workload) {
        self.filler = workload.filler();
        self.workload = workload;
        self.restart_pace(now);
    }

    /// The steady rate begins anew: what was missed is not made up for.
    pub(super) fn restart_pace(&mut self, now: Instant) {
        self.pace = Pace::new(now, self.rate());
        self.last_tick = now;
    }

    pub(super) fn is_feeding(&self) -> bool {
        self.feed.as_ref().is_some_and(|progress| !progress.read)
    }

    fn rate(&self) -> u64 {
        match &self.feed {
            Some(progress) if !progress.read => progress.feed.rate,
            _ => self.workload.rate,
        }
    }

    /// How much may be sent now: records, and bytes of a file.
    pub(super) fn allowance(&self, now: Instant) -> (u64, usize) {
        if self.paused {
            return (0, 0);
        }
        if self.is_feeding() && self.rate() == 0 {
            let tick = now >= self.last_tick + TICK || self.pace.count == 0;
            return if tick { (u64::MAX, FEED_BURST) } else { (0, 0) };
        }
        let ready = self.pace.next(self.last_tick).is_some_and(|at| at <= now);
        (if ready { self.pace.due(now) } else { 0 }, usize::MAX)
    }

    /// `count` records went out at this moment.
    pub(super) fn sent(&mut self, now: Instant, count: u64) {
        self.pace.count += count;
        self.last_tick = now;
    }

    /// When the thread wants to run again by itself.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        if self.paused || self.blocked.is_some() {
            return None;
        }
        if self.is_feeding() && self.rate() == 0 {
            return Some(self.last_tick + TICK);
        }
        self.pace.next(self.last_tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_is_kept_to_the_record_however_long_it_runs() {
        let mut pace = Pace::new(Instant::ZERO, 3);
        let mut sent = Vec::new();
        let mut last = Instant::ZERO;
        while let Some(at) = pace.next(last).filter(|at| *at < Instant::from_millis(1500)) {
            assert_eq!(pace.due(at), 1);
            pace.count += 1;
            last = at;
            sent.push(at.0);
        }
        assert_eq!(sent, [0, 333_334, 666_667, 1_000_000, 1_333_334]);
    }

    #[test]
    fn a_fast_application_sends_all_that_is_due_once_a_tick() {
        let mut pace = Pace::new(Instant::ZERO, 3_000_000);
        pace.count = 1;
        assert_eq!(pace.next(Instant::ZERO), Some(Instant::from_millis(1)));
        assert_eq!(pace.due(Instant::from_millis(1)), 3000);
    }
}
