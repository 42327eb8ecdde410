//! What a timeline takes of memory, its bound, and what can be let go to stay within it.

use super::Timeline;
use crate::kafka::base::Instant;
use crate::lab::image::CHUNK;
use crate::lab::journal::Seq;
use crate::lab::machine::Machine;

/// What a timeline may take of memory; above it play stops, or the oldest history is let go.
pub const MEMORY_MAX: u64 = 1 << 30;
/// How often memory is looked at while something new is played, in entries: counting it up takes longer than most of them.
const MEMORY_EVERY: u64 = 256;
/// What is kept of a file beside its bytes, with what a broker knows of its segment.
const FILE_BYTES: u64 = 1 << 10;
/// What a keyframe holds of its own for each machine that changed. Both by what the first screen allocates: 276 MB in a
/// minute of its world natively, where this says 290; a seventh less in wasm, for hardly a half of it is pointers.
const KEYFRAME_MACHINE_BYTES: u64 = 48 << 10;
/// Of a history of fewer keyframes nothing is let go: what is full then is the world, not its past.
const KEYFRAMES_LEFT: usize = 8;

/// Where the memory of a timeline goes, in bytes. Keyframes are an estimate: they share most of what they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    pub journal: u64,
    pub keyframes: u64,
    pub files: u64,
}

impl Memory {
    pub const fn total(self) -> u64 {
        self.journal + self.keyframes + self.files
    }
}

impl Timeline {
    /// The earliest moment that can be gone to: what was before has been let go.
    pub fn begin(&self) -> Instant {
        self.branch().first_world().now()
    }

    /// From now on the older half of the history goes by itself when memory has met its bound, or not.
    pub const fn let_history_go(&mut self, goes: bool) {
        self.lets_go = goes;
    }

    /// Whether it does.
    pub const fn lets_history_go(&self) -> bool {
        self.lets_go
    }

    /// Forgets the older half of what can be gone back to; acts stay, so a link or a file still tells the whole world.
    /// `false`, and nothing is forgotten, while there are other branches or when there is hardly any history.
    pub fn let_older_half_go(&mut self) -> bool {
        let [branch] = &mut self.branches[..] else { return false };
        let known: Vec<Seq> = branch.keyframes.range(..=self.world.seq()).map(|(seq, _)| *seq).collect();
        if known.len() < KEYFRAMES_LEFT {
            return false;
        }
        let middle = known[0].midpoint(known[known.len() - 1]);
        let first = known[known.partition_point(|seq| *seq < middle)];
        branch.keyframes.retain(|seq, _| *seq >= first);
        branch.journal.let_go_before(first + 1);
        self.near.clear();
        self.world.contents.prune();
        true
    }

    /// Whether there is room for more that is new; asked often, it counts now and then.
    pub(super) fn has_room(&mut self) -> bool {
        let seq = self.world.seq();
        if seq < self.journal().len() || seq.abs_diff(self.measured) < MEMORY_EVERY {
            return true;
        }
        while self.memory().total() > MEMORY_MAX {
            if !self.lets_go || !self.let_older_half_go() {
                return false;
            }
        }
        self.measured = seq;
        true
    }

    /// Where the memory goes. A keyframe keeps the files of its moment: those that are deleted by now are still held.
    pub fn memory(&self) -> Memory {
        let first = self.branch().first_world();
        let tails = self.world.machines().map(|(id, machine)| {
            let files = machine.disk.files_made() - first.machine(id).map_or(0, files_gone);
            files * FILE_BYTES + machine.disk.counters().bytes_written.min(files * CHUNK)
        });
        let files = self.world.shared_bytes() + tails.sum::<u64>();
        let mut memory = Memory { journal: 0, keyframes: 0, files };
        for branch in &self.branches {
            let shared = branch.parent.map_or(0, |(_, seq)| seq);
            memory.journal += branch.journal.memory_after(shared);
            let frames = branch.keyframes.keys().filter(|seq| **seq > shared).count() as u64;
            memory.keyframes += frames * self.world.machines().count() as u64 * KEYFRAME_MACHINE_BYTES;
        }
        let near = self.near.len() as u64 * self.world.machines().count() as u64;
        memory.keyframes += near * KEYFRAME_MACHINE_BYTES;
        memory
    }
}

/// How many files this machine had made and deleted.
fn files_gone(machine: &Machine) -> u64 {
    machine.disk.files_made() - machine.disk.files().count() as u64
}
