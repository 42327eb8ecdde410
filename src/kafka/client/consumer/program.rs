//! What a learner writes around `poll()`: how long the work takes, when it commits, and what goes wrong.

use serde::Deserialize;
use serde::Serialize;

use crate::kafka::base::Duration;

/// How long the application works on what `poll()` gave it, before it calls again. Microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pace {
    pub per_poll_us: u64,
    pub per_record_us: u64,
}

impl Pace {
    /// It works on nothing: what it gets is done at once.
    pub const fn is_none(&self) -> bool {
        self.per_poll_us == 0 && self.per_record_us == 0
    }
}

/// When the application commits the positions that it has reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Commit {
    /// It leaves it to the client: `enable.auto.commit`.
    #[default]
    Auto,
    /// `commitSync()` first, then the work: a crash skips what was not done yet.
    Before,
    /// The work first, then `commitSync()`: a crash brings what was done once more. A commit that a rebalance stops is
    /// repeated after it.
    After,
    /// The work first, then `commitAsync()`, without waiting for the answer.
    AfterAsync,
    Never,
}

/// What the application does when a record cannot be processed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OnPoison {
    /// Nobody catches the exception: the process ends.
    #[default]
    Crash,
    /// It catches the exception and goes on with the next record.
    Skip,
    /// It seeks back to the record, waits a second and polls again.
    Retry,
}

/// The loop around `poll()`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Program {
    pub per_poll_us: u64,
    pub per_record_us: u64,
    pub commit: Commit,
    /// Every so many records a call takes so many microseconds more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow_every: Option<(u64, u64)>,
    /// A record with this value cannot be processed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poison: Option<String>,
    pub on_poison: OnPoison,
    /// The process dies, as from kill -9, when so many more records are processed, before the commit that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crash_after: Option<u64>,
}

impl From<Pace> for Program {
    fn from(pace: Pace) -> Self {
        Self { per_poll_us: pace.per_poll_us, per_record_us: pace.per_record_us, ..Self::default() }
    }
}

impl Program {
    pub const fn pace(&self) -> Pace {
        Pace { per_poll_us: self.per_poll_us, per_record_us: self.per_record_us }
    }

    /// Whether it can be run.
    ///
    /// # Errors
    /// What makes no sense, and what to write instead.
    pub fn check(&self) -> Result<(), String> {
        if matches!(self.slow_every, Some((0, _))) {
            return Err("a slow call comes every 1 record or more".into());
        }
        if self.crash_after == Some(0) {
            return Err("a crash comes after 1 record or more: crash the node to end it now".into());
        }
        Ok(())
    }

    /// How long it works on `count` records, of which the first is number `from` of this process, counted from 0.
    pub fn work(&self, from: u64, count: u64) -> Duration {
        let slow = self.slow_every.filter(|(every, _)| *every > 0).map_or(0, |(every, us)| {
            let calls = (from + count) / every - from / every;
            calls.saturating_mul(us)
        });
        let work = self.per_record_us.saturating_mul(count).saturating_add(self.per_poll_us);
        Duration::from_micros(work.saturating_add(slow))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_call_comes_every_so_many_records_whatever_the_polls() {
        let program =
            Program { per_poll_us: 5, per_record_us: 1, slow_every: Some((10, 1_000)), ..Program::default() };
        assert_eq!(program.work(0, 9).as_micros(), 14);
        assert_eq!(program.work(9, 1).as_micros(), 1_006);
        assert_eq!(program.work(0, 25).as_micros(), 2_030);
        assert!(Program { slow_every: Some((0, 1)), ..Program::default() }.check().is_err());
    }
}
