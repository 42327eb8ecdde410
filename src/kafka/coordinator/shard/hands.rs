//! What a classic group reaches while it is worked on: time, timers, and those who wait.

use super::Edition;
use super::GroupConfig;
use super::Io;
use super::Reply;
use super::Ticket;
use super::TimerKey;
use super::Timers;
use super::Waiting;
use super::Work;
use crate::kafka::coordinator::group::ClassicId;
use crate::kafka::protocol::Response;

/// The rest of the shard, while one group of it is changed.
pub(crate) struct Hands<'a, 'io> {
    /// Which group it is.
    pub group: ClassicId,
    pub io: &'a mut Io<'io>,
    pub timers: &'a mut Timers,
    pub waiting: &'a mut Waiting,
    pub config: &'a GroupConfig,
}

impl Hands<'_, '_> {
    /// Answers, unless this one was answered before.
    pub(crate) fn answer(&mut self, ticket: Ticket, response: Response) {
        if self.waiting.remove(&ticket).is_some() {
            self.io.answers.push((ticket, Ok(Reply::Response(response))));
        }
    }

    pub(crate) fn edition(&self) -> Edition {
        self.config.edition()
    }

    pub(crate) fn schedule(&mut self, key: TimerKey, delay_ms: i32, work: Work) {
        self.timers.schedule(key, self.io.now_ms + i64::from(delay_ms), work);
    }
}
