use super::act::Act;
use super::act::ActError;
use super::journal::Entry;
use super::journal::Journal;
use super::journal::Kind;
use super::journal::Seq;
use super::timeline::Playhead;
use super::timeline::Progress;
use super::timeline::Timeline;
use super::world::World;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;

/// One clock: while one world plays this far, the other waits for it.
const STRIDE: Duration = Duration::from_millis(100);

/// One of two worlds that were one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// As it was.
    A,
    /// With the change.
    B,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// The first thing that happened in one world and not, or not then, in the other: the acts of people are not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pub at: Instant,
    /// What each world did there or, when that is later, next: an entry with its number.
    pub sides: [Option<(Seq, Entry)>; 2],
}

/// Two branches of one timeline, played on one clock: A as it was, B with a change. Others with another change may play
/// along behind them; any of them can be made B.
///
/// The timeline stands in A or B ([`focus`](Self::focus)), so that whatever looks at a timeline looks at that world; the
/// twin holds the place in the others. Every method must be given the timeline that the twin was begun in, and while there
/// is a twin, only the twin moves it.
#[derive(Clone, Debug)]
pub struct Twin {
    other: Playhead,
    focus: Side,
    from: Seq,
    at: Instant,
    /// How many acts there were before the change, and how many the change has.
    acts_before: usize,
    changes: usize,
    beside: Vec<Way>,
    /// How far the journals of both were compared.
    read: [Seq; 2],
    difference: Option<Difference>,
}

/// A world that plays along and is neither A nor B.
#[derive(Clone, Debug)]
struct Way {
    head: Playhead,
    /// How many acts its change has.
    changes: usize,
}

impl Twin {
    /// Forks where the timeline stands, and does these acts in B. What the reader did later is done in both. The timeline
    /// then stands in B.
    ///
    /// # Errors
    /// Why an act cannot be done; nothing is changed then.
    pub fn begin(timeline: &mut Timeline, change: &[Act]) -> Result<Self, ActError> {
        let other = timeline.fork_with(change)?;
        let (from, at) = (other.world().seq(), other.world().now());
        let acts_before = other.world().acts_done();
        let (read, changes) = ([from; 2], change.len());
        let beside = Vec::new();
        Ok(Self { other, focus: Side::B, from, at, acts_before, changes, beside, read, difference: None })
    }

    /// Forks A once more where the two parted, and does these acts in the new world, which is B from now on; the B of
    /// before plays along beside. All then stand where they parted.
    ///
    /// # Errors
    /// Why an act cannot be done; nothing is changed then, except that the timeline stands in A.
    pub fn add(&mut self, timeline: &mut Timeline, change: &[Act]) -> Result<(), ActError> {
        self.choose(timeline, Side::A);
        let now = timeline.now();
        timeline.seek(self.at);
        let a = match timeline.fork_with(change) {
            Ok(a) => a,
            Err(error) => {
                timeline.seek(now);
                return Err(error);
            }
        };
        let head = std::mem::replace(&mut self.other, a);
        self.beside.push(Way { head, changes: self.changes });
        (self.focus, self.changes) = (Side::B, change.len());
        self.compare_anew();
        self.follow(timeline);
        Ok(())
    }

    /// How many worlds play along beside A and B.
    pub const fn beside(&self) -> usize {
        self.beside.len()
    }

    /// What was done in one of them and not in A.
    pub fn change_beside<'a>(
        &self,
        timeline: &'a Timeline,
        way: usize,
    ) -> impl Iterator<Item = &'a Act> + use<'a> {
        let Way { head, changes } = &self.beside[way];
        self.acts_of(timeline, head.branch(), *changes)
    }

    /// The branch, the world and the journal of one of them.
    pub fn world_beside<'a>(&'a self, timeline: &'a Timeline, way: usize) -> (usize, &'a World, &'a Journal) {
        let head = &self.beside[way].head;
        (head.branch(), head.world(), &timeline.branches()[head.branch()].journal)
    }

    /// Makes one of them B; the B of before takes its place.
    pub fn exchange(&mut self, timeline: &mut Timeline, way: usize) {
        self.choose(timeline, Side::A);
        if let Some(Way { head, changes }) = self.beside.get_mut(way) {
            std::mem::swap(&mut self.other, head);
            std::mem::swap(&mut self.changes, changes);
            self.compare_anew();
        }
        self.choose(timeline, Side::B);
    }

    /// The world that the timeline stands in.
    pub const fn focus(&self) -> Side {
        self.focus
    }

    /// The last journal entry that both have, and the moment at which they parted.
    pub const fn from(&self) -> (Seq, Instant) {
        (self.from, self.at)
    }

    /// What was done in B and not in A.
    pub fn change<'a>(&self, timeline: &'a Timeline) -> impl Iterator<Item = &'a Act> + use<'a> {
        self.acts_of(timeline, self.branch(timeline, Side::B), self.changes)
    }

    fn acts_of<'a>(
        &self,
        timeline: &'a Timeline,
        branch: usize,
        changes: usize,
    ) -> impl Iterator<Item = &'a Act> + use<'a> {
        let acts = &timeline.branches()[branch].acts;
        acts.iter().skip(self.acts_before).take(changes).map(|recorded| &recorded.act)
    }

    pub fn branch(&self, timeline: &Timeline, side: Side) -> usize {
        if side == self.focus { timeline.current() } else { self.other.branch() }
    }

    pub fn world<'a>(&'a self, timeline: &'a Timeline, side: Side) -> &'a World {
        if side == self.focus { timeline.world() } else { self.other.world() }
    }

    pub fn journal<'a>(&self, timeline: &'a Timeline, side: Side) -> &'a Journal {
        &timeline.branches()[self.branch(timeline, side)].journal
    }

    /// Puts the timeline into this world, at the same moment.
    pub fn choose(&mut self, timeline: &mut Timeline, side: Side) {
        if side != self.focus {
            timeline.exchange(&mut self.other);
            self.focus = side;
        }
    }

    /// In all worlds that the timeline does not stand in.
    fn in_others<R>(&mut self, timeline: &mut Timeline, mut work: impl FnMut(&mut Timeline) -> R) -> Vec<R> {
        let heads = std::iter::once(&mut self.other).chain(self.beside.iter_mut().map(|way| &mut way.head));
        heads.map(|head| within(head, timeline, &mut work)).collect()
    }

    /// Plays both on to a moment, at most about `budget` journal entries of one of them. Both then stand at the same
    /// moment, however far they got.
    pub fn play_to(&mut self, timeline: &mut Timeline, until: Instant, budget: u64) -> Progress {
        let stop = timeline.world().seq().saturating_add(budget);
        loop {
            let stride = until.min(timeline.now() + STRIDE);
            let left = stop.saturating_sub(timeline.world().seq());
            let progress = timeline.play_to(stride, left);
            let followed = self.follow(timeline);
            if [progress, followed].contains(&Progress::Full) {
                return Progress::Full;
            }
            if timeline.now() >= until && progress == Progress::Reached {
                return Progress::Reached;
            }
            if timeline.world().seq() >= stop {
                return Progress::More;
            }
        }
    }

    /// Brings the other worlds to the moment of the one that the timeline stands in, forth by playing and back by seeking.
    pub fn follow(&mut self, timeline: &mut Timeline) -> Progress {
        let now = timeline.now();
        let followed = self.in_others(timeline, |timeline| {
            if timeline.now() > now {
                timeline.seek(now);
                return Progress::Reached;
            }
            timeline.play_to(now, u64::MAX)
        });
        if followed.contains(&Progress::Full) { Progress::Full } else { Progress::Reached }
    }

    /// Goes to a moment in all worlds.
    pub fn seek(&mut self, timeline: &mut Timeline, to: Instant) {
        timeline.seek(to);
        self.in_others(timeline, |timeline| timeline.seek(to));
    }

    /// Does what a person wants in the world that the timeline stands in and, with `both`, in all others.
    ///
    /// # Errors
    /// Why not, and in which world; nothing is changed then.
    pub fn act(&mut self, timeline: &mut Timeline, act: &Act, both: bool) -> Result<(), ActError> {
        if timeline.now() < self.at {
            return Err(ActError::new(format!(
                "the two worlds part at {}: go on to that moment, or keep one of them first",
                self.at
            )));
        }
        if both {
            let here = timeline.check_now(act);
            let there = self.in_others(timeline, |timeline| timeline.check_now(act));
            here?;
            for (place, there) in there.into_iter().enumerate() {
                there.map_err(|mut error| {
                    let which = match place {
                        0 => format!("world {:?}", self.focus.other()),
                        _ => "a world beside them".to_owned(),
                    };
                    error.sentence = format!("in {which}: {}. Try it in one world only", error.sentence);
                    error
                })?;
            }
        }
        let before = self.branches(timeline);
        timeline.act(act.clone())?;
        if both {
            for done in self.in_others(timeline, |timeline| timeline.act(act.clone())) {
                done?;
            }
        }
        if self.branches(timeline) != before {
            self.compare_anew();
        }
        Ok(())
    }

    fn branches(&self, timeline: &Timeline) -> [usize; 2] {
        Side::BOTH.map(|side| self.branch(timeline, side))
    }

    fn compare_anew(&mut self) {
        (self.read, self.difference) = ([self.from; 2], None);
    }

    /// The first difference, once both have played that far. Looks only at what is new since the last call.
    pub fn difference(&mut self, timeline: &Timeline) -> Option<Difference> {
        if self.difference.is_some() {
            return self.difference;
        }
        let journals = Side::BOTH.map(|side| self.journal(timeline, side));
        // A moment that is not over may still bring something.
        let sure = Side::BOTH.map(|side| timeline.branches()[self.branch(timeline, side)].end);
        loop {
            for (journal, read) in journals.iter().zip(&mut self.read) {
                while journal.get(*read + 1).is_some_and(|entry| !is_compared(journal, *read + 1, entry)) {
                    *read += 1;
                }
            }
            let next =
                [0, 1].map(|side| Some((self.read[side] + 1, *journals[side].get(self.read[side] + 1)?)));
            match next {
                [Some((_, a)), Some((_, b))] if same(&a, &b) => self.read = self.read.map(|read| read + 1),
                [Some((_, a)), Some((_, b))] => return self.found(a.at.min(b.at), next),
                [Some((_, a)), None] if a.at < sure[1] => return self.found(a.at, next),
                [None, Some((_, b))] if b.at < sure[0] => return self.found(b.at, next),
                _ => return None,
            }
        }
    }

    const fn found(&mut self, at: Instant, sides: [Option<(Seq, Entry)>; 2]) -> Option<Difference> {
        self.difference = Some(Difference { at, sides });
        self.difference
    }
}

/// Works in the timeline at another place.
fn within<R>(head: &mut Playhead, timeline: &mut Timeline, work: impl FnOnce(&mut Timeline) -> R) -> R {
    timeline.exchange(head);
    let result = work(timeline);
    timeline.exchange(head);
    result
}

/// Whether an entry tells of something that can be seen from outside: no timer, no act, and nothing that only passes a
/// message or a command on.
fn is_compared(journal: &Journal, seq: Seq, entry: &Entry) -> bool {
    let seen = !matches!(
        entry.kind,
        Kind::Act { .. }
            | Kind::Commanded
            | Kind::TimerFired { .. }
            | Kind::WroteBack { .. }
            | Kind::Silent { .. }
            | Kind::Received { .. }
            | Kind::Connecting { .. }
            | Kind::Connected { .. }
            | Kind::Hung { .. }
            | Kind::Sent { response: true, .. }
    );
    seen && !belongs_to_act(journal, seq)
}

/// Whether an entry is part of an act itself, as the end of a process that is crashed.
fn belongs_to_act(journal: &Journal, mut seq: Seq) -> bool {
    while let Some(entry) = journal.get(seq) {
        if matches!(entry.kind, Kind::Act { .. }) {
            return true;
        }
        if entry.starts_event() {
            return false;
        }
        seq -= 1;
    }
    false
}

/// Whether two entries tell the same: numbers that a world hands out in order (connections, messages, names) do not count.
fn same(a: &Entry, b: &Entry) -> bool {
    (a.at, a.node) == (b.at, b.node) && bare(a.kind) == bare(b.kind)
}

const fn bare(kind: Kind) -> Kind {
    match kind {
        Kind::Sent { bytes, peer, api, response, error, .. } => {
            Kind::Sent { flight: 0, connection: 0, bytes, peer, api, response, error }
        }
        Kind::Disconnected { peer, why, .. } => Kind::Disconnected { connection: 0, peer, why },
        other => other,
    }
}
