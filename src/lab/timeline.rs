mod memory;
mod seek;

use super::act::Act;
use super::act::ActError;
use super::journal::Entry;
use super::journal::Journal;
use super::journal::Seq;
use super::journal::Sink;
use super::recording::Recording;
use super::world::Genesis;
use super::world::World;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
pub use memory::MEMORY_MAX;
pub use memory::Memory;

/// No seek replays more journal entries than this.
pub const REPLAY_MAX: u64 = 50_000;
/// How far apart new keyframes are, in journal entries.
const KEYFRAME_EVERY: u64 = 2_000;
/// How far apart old keyframes may become.
const KEYFRAME_GAP_MAX: u64 = 8_000;
/// A keyframe of this age (in entries) may be this many times as far from the next as its age.
const KEYFRAME_GAP_SHARE: u64 = 16;
/// How far apart the keyframes around a playhead that goes backwards are.
const NEAR_EVERY: u64 = 250;
/// How many of those there are at most.
const NEAR_MAX: usize = 128;
/// An act and its moment. It takes place when everything that is due up to that moment has happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Recorded {
    pub at: Instant,
    pub act: Act,
}

/// One future that was played.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The branch it was forked from, and the journal entry after which it differs.
    pub parent: Option<(usize, Seq)>,
    pub acts: Vec<Recorded>,
    pub journal: Journal,
    /// The latest moment that was played.
    pub end: Instant,
    keyframes: Map<Seq, World>,
}

impl Branch {
    /// The world where this branch begins, as far as it is kept.
    fn first_world(&self) -> &World {
        self.keyframes.values().next().expect("a branch has its first keyframe")
    }
}

/// How a request to play ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    /// The moment was reached.
    Reached,
    /// The budget was used up first: ask again.
    More,
    /// Memory has met its bound ([`MEMORY_MAX`]) and nothing could be let go: see [`Timeline::drop_other_branches`],
    /// [`Timeline::let_history_go`].
    Full,
}

/// A second place in a timeline: a branch, and how far it was played. See [`Timeline::exchange`].
#[derive(Clone, Debug)]
pub struct Playhead {
    branch: usize,
    world: World,
}

impl Playhead {
    pub const fn branch(&self) -> usize {
        self.branch
    }

    /// The world there.
    pub const fn world(&self) -> &World {
        &self.world
    }
}

/// Time as a place: acts, what followed from them, and a playhead that goes anywhere.
///
/// Going back is a keyframe and a replay of acts. Acting in the past forks: both futures are kept.
#[derive(Clone, Debug)]
pub struct Timeline {
    branches: Vec<Branch>,
    current: usize,
    world: World,
    /// Keyframes around a playhead that goes backwards.
    near: Map<Seq, World>,
    replayed: u64,
    /// Where memory was looked at last, and found to be enough.
    measured: Seq,
    /// The oldest history goes when memory has met its bound.
    lets_go: bool,
}

impl Timeline {
    /// A timeline at its beginning.
    pub fn new(genesis: Genesis) -> Self {
        let mut journal = Journal::default();
        let world = World::new(genesis, &mut journal);
        let keyframes = Map::from([(world.seq(), world.clone())]);
        let branch = Branch { parent: None, acts: Vec::new(), journal, end: Instant::ZERO, keyframes };
        Self::over(branch, world)
    }

    /// A timeline of one branch, with its playhead at this world.
    fn over(branch: Branch, world: World) -> Self {
        Self {
            branches: vec![branch],
            current: 0,
            world,
            near: Map::new(),
            replayed: 0,
            measured: 0,
            lets_go: false,
        }
    }

    /// A timeline at its beginning that will do what was recorded: [`play_to`](Self::play_to) the recording's moment.
    pub fn open(recording: &Recording) -> Self {
        let mut timeline = Self::new(recording.genesis);
        recording.blobs.values().for_each(|blob| {
            timeline.world.keep_blob(blob.clone());
        });
        timeline.branches[0].acts = recording.acts.clone();
        timeline
    }

    /// The world at the playhead.
    pub const fn world(&self) -> &World {
        &self.world
    }

    pub const fn now(&self) -> Instant {
        self.world.now()
    }

    /// The branch that is played.
    pub fn branch(&self) -> &Branch {
        &self.branches[self.current]
    }

    pub const fn current(&self) -> usize {
        self.current
    }

    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// Everything that happened in this branch, also after the playhead.
    pub fn journal(&self) -> &Journal {
        &self.branch().journal
    }

    /// Whether the playhead is at the latest moment of its branch.
    pub fn is_at_end(&self) -> bool {
        self.world.seq() == self.journal().len() && self.world.now() >= self.branch().end
    }

    /// How many journal entries the last seek replayed.
    pub const fn replayed(&self) -> u64 {
        self.replayed
    }

    /// Keeps bytes that acts may refer to by their hash, once for all branches.
    pub fn keep_blob(&mut self, bytes: bytes::Bytes) -> super::BlobId {
        self.world.keep_blob(bytes)
    }

    /// Does what a person wants, now. In the past this forks a branch, which is then the current one.
    ///
    /// # Errors
    /// Why not; nothing is changed then.
    pub fn act(&mut self, act: Act) -> Result<(), ActError> {
        self.finish_moment();
        self.world.check(&act)?;
        let seq = self.world.seq();
        let done = self.world.acts_done();
        let branch = &self.branches[self.current];
        if branch.journal.len() > seq || branch.acts.len() > done {
            self.fork();
        }
        let branch = &mut self.branches[self.current];
        branch.acts.push(Recorded { at: self.world.now(), act: act.clone() });
        branch.end = self.world.now();
        let mut sink = Tail { journal: &mut branch.journal, seq };
        self.world.act(&act, &mut sink)
    }

    /// Records acts that will be done when their time has come, counted from the playhead. In the past this forks.
    ///
    /// An act of a person before that time forks too, and leaves what was planned behind.
    pub fn plan(&mut self, acts: impl IntoIterator<Item = (Duration, Act)>) {
        self.finish_moment();
        if self.journal().len() > self.world.seq() || self.branch().acts.len() > self.world.acts_done() {
            self.fork();
        }
        let now = self.world.now();
        let planned = acts.into_iter().map(|(after, act)| Recorded { at: now + after, act });
        self.branches[self.current].acts.extend(planned);
    }

    /// Whether an act can be done at the end of this moment, which it lets come.
    pub(super) fn check_now(&mut self, act: &Act) -> Result<(), ActError> {
        self.finish_moment();
        self.world.check(act)
    }

    fn fork(&mut self) {
        let (seq, now) = (self.world.seq(), self.world.now());
        let from = &self.branches[self.current];
        let earlier = |(at, world): &(&Seq, &World)| **at <= seq && world.now() <= now;
        let keyframes =
            from.keyframes.iter().filter(earlier).map(|(at, world)| (*at, world.clone())).collect();
        let branch = Branch {
            parent: Some((self.current, seq)),
            acts: from.acts[..self.world.acts_done()].to_vec(),
            journal: from.journal.prefix(seq),
            end: now,
            keyframes,
        };
        self.branches.push(branch);
        self.current = self.branches.len() - 1;
        self.near.clear();
    }

    /// Forks here with these acts; what the reader did later on this branch is done in the new one too, at the same
    /// moments. Answers the place it left, where everything goes on as it was.
    ///
    /// # Errors
    /// Why one of them cannot be done; nothing is changed then.
    pub fn fork_with(&mut self, acts: &[Act]) -> Result<Playhead, ActError> {
        self.finish_moment();
        let left = Playhead { branch: self.current, world: self.world.clone() };
        let later = self.branch().acts[self.world.acts_done()..].to_vec();
        self.fork();
        for act in acts {
            if let Err(error) = self.act(act.clone()) {
                self.branches.pop();
                (self.current, self.world) = (left.branch, left.world);
                return Err(error);
            }
        }
        self.branches[self.current].acts.extend(later);
        Ok(left)
    }

    /// Goes to another place, and leaves there the one it was at. Both lie in this timeline.
    pub fn exchange(&mut self, other: &mut Playhead) {
        std::mem::swap(&mut self.current, &mut other.branch);
        std::mem::swap(&mut self.world, &mut other.world);
        self.near.clear();
    }

    /// Goes to another branch, at the same moment where it has one.
    pub fn switch(&mut self, branch: usize) {
        if branch < self.branches.len() && branch != self.current {
            let now = self.world.now();
            self.current = branch;
            self.near.clear();
            self.world = self.branch().first_world().clone();
            self.seek(now.min(self.branch().end));
        }
    }

    /// Forgets the branches that are not played, with all that only they hold.
    pub fn drop_other_branches(&mut self) {
        let mut kept = self.branches.swap_remove(self.current);
        kept.parent = None;
        self.branches = vec![kept];
        self.current = 0;
    }

    /// Plays on to a moment, at most about `budget` journal entries at a time.
    pub fn play_to(&mut self, until: Instant, budget: u64) -> Progress {
        let stop = self.world.seq().saturating_add(budget);
        loop {
            if !self.has_room() {
                return Progress::Full;
            }
            let left = stop.saturating_sub(self.world.seq());
            let slice = left.min(KEYFRAME_EVERY - self.since_keyframe().min(KEYFRAME_EVERY - 1));
            let reached = self.advance(until, slice);
            self.keep_keyframe();
            if reached {
                return Progress::Reached;
            }
            if self.world.seq() >= stop {
                return Progress::More;
            }
        }
    }

    fn next_act(&self) -> Option<&Recorded> {
        self.branch().acts.get(self.world.acts_done())
    }

    fn since_keyframe(&self) -> u64 {
        let seq = self.world.seq();
        let last = self.branch().keyframes.range(..=seq).next_back().map_or(0, |(at, _)| *at);
        seq - last
    }

    /// Lets the world run along this branch, its acts included. `true` when the moment was reached.
    fn advance(&mut self, until: Instant, max_entries: u64) -> bool {
        let stop = self.world.seq().saturating_add(max_entries);
        loop {
            let seq = self.world.seq();
            let branch = &mut self.branches[self.current];
            let next =
                branch.acts.get(self.world.acts_done()).filter(|recorded| recorded.at <= until).cloned();
            let limit = next.as_ref().map_or(until, |recorded| recorded.at);
            let mut sink = Tail { journal: &mut branch.journal, seq };
            let reached = self.world.run_until(limit, stop.saturating_sub(seq), &mut sink);
            branch.end = branch.end.max(self.world.now());
            match next {
                Some(Recorded { act, .. }) if reached => {
                    if self.world.act(&act, &mut sink).is_err() {
                        // Recorded by another engine, which let it pass: the digest will tell that they disagree.
                        self.world.skip_act();
                    }
                }
                _ => return reached,
            }
        }
    }

    /// Lets everything happen that is due at this very moment.
    pub(super) fn finish_moment(&mut self) {
        let now = self.world.now();
        self.advance(now, u64::MAX);
    }

    /// What a link or a world file says: this branch up to the playhead.
    pub fn recording(&self) -> Recording {
        let mut there = self.clone_playhead();
        there.finish_moment();
        let acts = self.branch().acts[..there.world.acts_done()].to_vec();
        Recording::new(&there.world, acts, Some(there.world.digest()))
    }

    /// The same with an act that is about to be done, and without the digest: it takes long in a large world, and the
    /// reader waits for his act.
    pub fn recording_before(&self, act: &Act) -> Recording {
        let (done, now) = (self.world.acts_done(), self.now());
        let all = &self.branch().acts;
        let due = all[done..].iter().take_while(|recorded| recorded.at <= now).count();
        let mut acts = all[..done + due].to_vec();
        acts.push(Recorded { at: now, act: act.clone() });
        Recording::new(&self.world, acts, None)
    }

    /// The digest at the playhead, when its moment is over.
    pub fn digest(&self) -> u64 {
        let mut there = self.clone_playhead();
        there.finish_moment();
        there.world.digest()
    }

    fn clone_playhead(&self) -> Self {
        let branch = self.branch();
        let branch = Branch {
            parent: None,
            acts: branch.acts.clone(),
            journal: branch.journal.clone(),
            end: branch.end,
            keyframes: Map::new(),
        };
        let world = self.world.clone();
        Self::over(branch, world)
    }
}

/// Writes what is new; what is known must be the same again.
struct Tail<'a> {
    journal: &'a mut Journal,
    seq: Seq,
}

impl Sink for Tail<'_> {
    fn push(&mut self, entry: Entry) {
        self.seq += 1;
        match self.journal.get(self.seq) {
            Some(known) => debug_assert_eq!(*known, entry, "entry {} differs in a replay", self.seq),
            None => self.journal.push(entry),
        }
    }
}
