//! What a shard will do by itself, and when (`CoordinatorTimer`).

use std::fmt;

use crate::kafka::base::Map;
use crate::kafka::base::Name;

/// Names a timer; a second one of the same name takes the first one's place. Printed as Kafka's keys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKey {
    /// The session of a member of a classic group, or the patience with an id that was given out and not used yet.
    Heartbeat { group: Name, member: Name },
    /// The rebalance of a classic group: the initial delay, or the time to rejoin.
    Join { group: Name },
    /// The time to sync after a classic rebalance.
    Sync { group: Name },
    /// The session of a member of a consumer group.
    Session { group: Name, member: Name },
    /// The time in which a member of a consumer group must give up partitions.
    Rebalance { group: Name, member: Name },
    /// The time in which a classic member of a consumer group must rejoin.
    MemberJoin { group: Name, member: Name },
    /// The time in which a classic member of a consumer group must sync.
    MemberSync { group: Name, member: Name },
    /// The search for expired offsets and groups without any.
    ExpireGroupMetadata,
    /// An answer that waits for the high watermark; the number of its operation.
    WriteTimeout(u64),
}

impl TimerKey {
    /// Whether its work is tried again when it fails; of classic groups nothing is.
    pub(super) fn is_tried_again(&self) -> bool {
        matches!(
            self,
            Self::Session { .. }
                | Self::Rebalance { .. }
                | Self::MemberJoin { .. }
                | Self::MemberSync { .. }
                | Self::ExpireGroupMetadata
        )
    }
}

impl fmt::Display for TimerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heartbeat { group, member } => write!(f, "heartbeat-{group}-{member}"),
            Self::Join { group } => write!(f, "join-{group}"),
            Self::Sync { group } => write!(f, "sync-{group}"),
            Self::Session { group, member } => write!(f, "session-timeout-{group}-{member}"),
            Self::Rebalance { group, member } => write!(f, "rebalance-timeout-{group}-{member}"),
            Self::MemberJoin { group, member } => write!(f, "join-{group}-{member}"),
            Self::MemberSync { group, member } => write!(f, "sync-{group}-{member}"),
            Self::ExpireGroupMetadata => f.write_str("expire-group-metadata"),
            Self::WriteTimeout(_) => f.write_str("write-timeout"),
        }
    }
}

/// What a timer knows beside its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Work {
    Plain,
    /// `tryCompleteInitialRebalanceElseSchedule`: how long this delay was, and how much may follow.
    InitialDelay {
        delay_ms: i32,
        remaining_ms: i32,
    },
    /// The generation or member epoch that the timer was started in.
    Epoch(i32),
}

/// A timer that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timer {
    pub due_ms: i64,
    /// Timers of one due time fire in the order in which they were scheduled.
    order: u64,
    pub work: Work,
}

/// All timers of a shard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Timers {
    by_key: Map<TimerKey, Timer>,
    by_due: Map<(i64, u64), TimerKey>,
    scheduled: u64,
}

impl Timers {
    pub(crate) fn schedule(&mut self, key: TimerKey, due_ms: i64, work: Work) {
        self.cancel(&key);
        let order = self.scheduled;
        self.scheduled += 1;
        self.by_due.insert((due_ms, order), key.clone());
        self.by_key.insert(key, Timer { due_ms, order, work });
    }

    pub(crate) fn cancel(&mut self, key: &TimerKey) {
        if let Some(timer) = self.by_key.remove(key) {
            self.by_due.remove(&(timer.due_ms, timer.order));
        }
    }

    pub(crate) fn clear(&mut self) {
        self.by_key.clear();
        self.by_due.clear();
    }

    pub fn get(&self, key: &TimerKey) -> Option<Timer> {
        self.by_key.get(key).copied()
    }

    /// When the next one is due, in milliseconds.
    pub fn next(&self) -> Option<i64> {
        self.by_due.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    /// Takes the next one that is due.
    pub(crate) fn take_due(&mut self, now_ms: i64) -> Option<(TimerKey, Timer)> {
        let ((due_ms, _), key) = self.by_due.first_key_value()?;
        if *due_ms > now_ms {
            return None;
        }
        let key = key.clone();
        let timer = self.get(&key)?;
        self.cancel(&key);
        Some((key, timer))
    }

    /// Another one whenever a timer was started, stopped or rang.
    pub fn pulse(&self) -> (u64, usize) {
        (self.scheduled, self.by_key.len())
    }

    /// All timers, by due time.
    pub fn iter(&self) -> impl Iterator<Item = (&TimerKey, i64)> {
        self.by_due.iter().map(|((due_ms, _), key)| (key, *due_ms))
    }
}
