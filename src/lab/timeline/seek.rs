//! Going to a moment: by the best keyframe, and a replay from there.

use super::KEYFRAME_EVERY;
use super::KEYFRAME_GAP_MAX;
use super::KEYFRAME_GAP_SHARE;
use super::NEAR_EVERY;
use super::NEAR_MAX;
use super::Progress;
use super::REPLAY_MAX;
use super::Recorded;
use super::Tail;
use super::Timeline;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::lab::journal::Nowhere;
use crate::lab::journal::Seq;
use crate::lab::world::World;

impl Timeline {
    /// Goes to a moment: back by a keyframe and a replay, forward by playing, beyond the end by running there, as far as
    /// memory goes. What was let go is out of reach: it goes to the [beginning](Self::begin) of what is kept.
    pub fn seek(&mut self, moment: Instant) {
        let moment = moment.max(self.begin());
        self.go_back_before(|_, world| world.now() <= moment, moment >= self.world.now());
        self.replayed = 0;
        let start = self.world.seq();
        let known = self.journal().len();
        while self.play_to(moment, KEYFRAME_EVERY) == Progress::More {}
        self.replayed = known.min(self.world.seq()).saturating_sub(start);
        assert!(self.replayed <= REPLAY_MAX, "a seek replayed {} entries", self.replayed);
    }

    /// One event forward, with all its effects, or one recorded act. `false`: nothing will ever happen by itself.
    pub fn step_forward(&mut self) -> bool {
        let before = self.world.seq();
        let limit = self.next_act().map_or(Instant::MAX, |recorded| recorded.at);
        let seq = self.world.seq();
        let branch = &mut self.branches[self.current];
        let mut sink = Tail { journal: &mut branch.journal, seq };
        if !self.world.step_within(limit, &mut sink) && limit < Instant::MAX {
            self.advance(limit, u64::MAX);
        }
        let now = self.world.now();
        let branch = &mut self.branches[self.current];
        branch.end = branch.end.max(now);
        self.keep_keyframe();
        self.world.seq() > before
    }

    /// One event back: to just after the event before the last one. `false` at the beginning.
    pub fn step_back(&mut self) -> bool {
        let Some(start) = self.event_start(self.world.seq()) else { return false };
        self.seek_entry(start - 1)
    }

    /// Goes to just after the event that wrote this journal entry. `false` when there is no such entry.
    pub fn seek_entry(&mut self, entry: Seq) -> bool {
        let first = self.branch().first_world().seq();
        if entry < first || entry > self.journal().len() {
            return false;
        }
        if entry == first {
            self.world = self.branch().keyframes[&first].clone();
            self.replayed = 0;
            return true;
        }
        self.go_back_before(|seq, _| seq < entry, self.world.seq() < entry);
        let start = self.world.seq();
        self.near.retain(|seq, _| seq.abs_diff(entry) <= KEYFRAME_GAP_MAX);
        while self.world.seq() < entry {
            if self.world.seq().saturating_sub(self.last_known()) >= NEAR_EVERY && self.near.len() < NEAR_MAX
            {
                self.near.insert(self.world.seq(), self.world.clone());
            }
            if !self.step_forward() {
                break;
            }
        }
        self.replayed = self.world.seq() - start;
        assert!(self.replayed <= REPLAY_MAX, "a seek replayed {} entries", self.replayed);
        true
    }

    /// The world just before and just after the event that wrote this journal entry, both at its moment, without moving
    /// the playhead: a copy of a keyframe and a replay, of at most [`REPLAY_MAX`] entries. `None` when there is no such entry.
    pub fn around(&self, entry: Seq) -> Option<(World, World)> {
        let target = self.event_start(entry)? - 1;
        let fits = |frames: &Map<Seq, World>| frames.range(..=target).next_back().map(|(_, w)| w.clone());
        let frames = fits(&self.near).into_iter().chain(fits(&self.branch().keyframes));
        let mut world = frames.max_by_key(World::seq)?;
        while world.seq() < target {
            self.replay_one(&mut world)?;
        }
        let mut before = world.clone();
        self.replay_one(&mut world)?;
        before.now = world.now();
        Some((before, world))
    }

    /// Lets the next event of this branch, or its next act, happen to a copy.
    fn replay_one(&self, world: &mut World) -> Option<()> {
        let next = self.branch().acts.get(world.acts_done());
        let limit = next.map_or(Instant::MAX, |recorded| recorded.at);
        if !world.step_within(limit, &mut Nowhere) {
            let Recorded { at, act } = next?;
            world.run_until(*at, u64::MAX, &mut Nowhere);
            if world.act(act, &mut Nowhere).is_err() {
                world.skip_act();
            }
        }
        Some(())
    }

    /// Puts the playhead on the best keyframe that fits, unless it fits itself (`stay`) and is at least as good.
    fn go_back_before(&mut self, fits: impl Fn(Seq, &World) -> bool, stay: bool) {
        let best = |frames: &Map<Seq, World>| {
            frames.iter().rev().find(|(seq, world)| fits(**seq, world)).map(|(_, world)| world.clone())
        };
        let found = best(&self.near).into_iter().chain(best(&self.branch().keyframes)).max_by_key(World::seq);
        match found {
            Some(world) if !stay || world.seq() > self.world.seq() => self.world = world,
            _ => assert!(stay, "the first keyframe fits every moment"),
        }
    }

    /// The number of the first entry of the event that wrote this entry.
    fn event_start(&self, entry: Seq) -> Option<Seq> {
        let journal = self.journal();
        let mut seq = entry;
        while seq > 0 && !journal.get(seq)?.starts_event() {
            seq -= 1;
        }
        (seq > 1).then_some(seq)
    }

    fn last_known(&self) -> Seq {
        let seq = self.world.seq();
        let before = |frames: &Map<Seq, World>| frames.range(..=seq).next_back().map_or(0, |(at, _)| *at);
        before(&self.near).max(before(&self.branch().keyframes))
    }

    pub(super) fn keep_keyframe(&mut self) {
        let newest = self.branch().keyframes.last_key_value().map_or(0, |(seq, _)| *seq);
        let seq = self.world.seq();
        if seq < newest + KEYFRAME_EVERY {
            return;
        }
        let world = self.world.clone();
        let keyframes = &mut self.branches[self.current].keyframes;
        keyframes.insert(seq, world);
        thin_out(keyframes);
    }
}

/// Removes keyframes that are closer together than their age asks for.
fn thin_out(keyframes: &mut Map<Seq, World>) {
    let newest = keyframes.last_key_value().map_or(0, |(seq, _)| *seq);
    let seqs: Vec<Seq> = keyframes.keys().copied().collect();
    let mut kept = seqs[0];
    for window in seqs.windows(2).skip(1) {
        let [this, next] = *window else { continue };
        let allowed = ((newest - this) / KEYFRAME_GAP_SHARE).clamp(2 * KEYFRAME_EVERY, KEYFRAME_GAP_MAX);
        if next - kept <= allowed && newest - this > 2 * KEYFRAME_EVERY {
            keyframes.remove(&this);
        } else {
            kept = this;
        }
    }
}
