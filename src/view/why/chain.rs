use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::protocol::Api;
use crate::lab::Entry;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Names;
use crate::lab::Recorded;
use crate::lab::Seq;
use crate::lab::World;
use crate::view::Happened;

/// Steps of one chain.
const MOST: usize = 10;
/// Timers of one chain: behind the second one lies daily work, which goes back to the beginning of the world.
const TIMERS: usize = 2;

/// What a `why` is answered from: the world at the playhead, and how it came there.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    pub world: &'a World,
    /// Of the branch that is played; only what lies before the playhead is looked at.
    pub journal: &'a Journal,
    /// The acts of that branch.
    pub acts: &'a [Recorded],
}

/// One step of what led to something; the timeline can go there.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub at: Instant,
    /// The number of the journal entry.
    pub entry: Seq,
    pub told: Told,
}

/// What a step tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Happened(Happened),
    /// A process was woken by a timer of this name.
    Timer {
        node: i32,
        timer: Name,
    },
    /// A request or a response came in.
    Arrived {
        from: i32,
        to: i32,
        api: Api,
        response: bool,
    },
    /// A connection stands.
    Connected {
        from: i32,
        to: i32,
    },
    /// A person's command came in.
    Commanded {
        node: i32,
    },
}

impl Told {
    fn of(entry: &Entry, names: &Names) -> Option<Self> {
        let node = entry.node.0;
        Some(match entry.kind {
            // It is told where it arrives.
            Kind::Sent { .. } => return None,
            Kind::TimerFired { timer } => Self::Timer { node, timer: names.text(timer).clone() },
            Kind::Received { peer, api, response, .. } => {
                Self::Arrived { from: peer.0, to: node, api, response }
            }
            Kind::Connected { peer, .. } => Self::Connected { from: node, to: peer.0 },
            Kind::Commanded => Self::Commanded { node },
            _ => Self::Happened(Happened::of(entry, names)?),
        })
    }
}

impl Past<'_> {
    /// What led to an entry of the journal, the entry itself first; up to an act, or to the daily work behind it.
    pub fn chain(&self, entry: Seq) -> Vec<Step> {
        let mut steps = Vec::new();
        let (mut seq, mut timers) = (entry, 0);
        while let Some(entry) = self.journal.get(seq) {
            if let Some(told) = Told::of(entry, self.world.names()) {
                timers += usize::from(matches!(told, Told::Timer { .. }));
                steps.push(Step { at: entry.at, entry: seq, told });
            }
            let ends = matches!(entry.kind, Kind::Act { .. }) || timers >= TIMERS || steps.len() >= MOST;
            if ends || entry.cause >= seq {
                break;
            }
            seq = entry.cause;
        }
        steps
    }

    /// The latest entry before the playhead that fits; it is looked for in the last `back` entries.
    pub fn latest(&self, back: u64, fits: impl Fn(&Entry) -> bool) -> Option<Seq> {
        let last = self.world.seq().min(self.journal.len());
        let first = last.saturating_sub(back).max(1);
        (first..=last).rev().find(|seq| self.journal.get(*seq).is_some_and(&fits))
    }
}
