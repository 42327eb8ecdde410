use std::rc::Rc;

use super::hue_of;
use super::moment::Happened;
use super::moment::Lane;
use super::moment::fault_of;
use crate::kafka::base::Instant;
use crate::kafka::base::Set;
use crate::lab::Act;
use crate::lab::GroupId;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Names;
use crate::lab::Seq;

/// What a cell of a lane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    #[default]
    Nothing,
    /// Something of a partition of this hue.
    Hue(u8),
    /// Something of no partition.
    Plain,
    /// A group shares its partitions out anew.
    Rebalance,
    Fault,
}

/// The marks under the stage: a row of cells for each lane, each as long as [`cell_us`](Self::cell_us).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineView {
    /// The latest moment the journal has reached on this branch.
    pub end: Instant,
    pub events: u64,
    /// How much time a cell stands for, in microseconds.
    pub cell_us: u64,
    pub lanes: [Rc<[Cell]>; LANES],
    /// A group has shared partitions out.
    pub groups: bool,
}

const LANES: usize = Lane::ALL.len();

/// Most cells of a lane: twice what a wide screen can tell apart.
const CELLS: usize = 1024;
/// What a cell stands for in a young world: a millisecond.
const FIRST_CELL_US: u64 = 1_000;

/// Follows a journal and keeps the timeline's lanes. However long the journal is, the lanes stay as small.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    read: Seq,
    cell_us: u64,
    lanes: [Vec<Cell>; LANES],
    open: Set<(i32, i32)>,
    /// Groups that share their partitions out.
    rebalancing: Set<GroupId>,
    groups: bool,
    end: Instant,
}

impl Lanes {
    /// Reads on from where it stopped. A journal that is shorter than what was read is another one.
    pub fn follow(&mut self, journal: &Journal, names: &Names, acts: &dyn Fn(u32) -> Option<Act>) {
        if journal.len() < self.read {
            *self = Self::default();
        }
        self.cell_us = self.cell_us.max(FIRST_CELL_US);
        let from = self.read + 1;
        for (seq, entry) in journal.iter_from(from) {
            self.reach(entry.at);
            if let Kind::Act { number } = entry.kind
                && let Some((a, b, begins)) = acts(number).as_ref().and_then(fault_of)
            {
                if begins {
                    self.open.insert((a, b));
                } else {
                    self.open.remove(&(a, b));
                }
            }
            if let Kind::GroupMoved { group, state, .. } = entry.kind {
                self.groups = true;
                if state.is_rebalance() {
                    self.rebalancing.insert(group);
                } else {
                    self.rebalancing.remove(&group);
                }
            }
            if let Some(happened) = Happened::of(entry, names) {
                self.mark(&happened, entry.at);
            }
            self.read = seq;
        }
    }

    /// Makes the lanes reach this moment; open faults last until then.
    fn reach(&mut self, at: Instant) {
        while at.0 / self.cell_us >= CELLS as u64 {
            self.halve();
        }
        let (first, last) = ((self.end.0 / self.cell_us) as usize, (at.0 / self.cell_us) as usize);
        for lane in &mut self.lanes {
            if lane.len() <= last {
                lane.resize(last + 1, Cell::Nothing);
            }
        }
        if !self.open.is_empty() && first <= last {
            self.lanes[Lane::Faults as usize][first..=last].fill(Cell::Fault);
        }
        if !self.rebalancing.is_empty() && first <= last {
            self.lanes[Lane::Rebalance as usize][first..=last].fill(Cell::Rebalance);
        }
        self.end = self.end.max(at);
    }

    /// Joins pairs of cells.
    fn halve(&mut self) {
        self.cell_us *= 2;
        for lane in &mut self.lanes {
            *lane = lane
                .chunks(2)
                .map(|pair| if pair[0] == Cell::Nothing { *pair.last().unwrap_or(&pair[0]) } else { pair[0] })
                .collect();
        }
    }

    fn mark(&mut self, happened: &Happened, at: Instant) {
        let lane = happened.lane();
        let cell = &mut self.lanes[lane as usize][(at.0 / self.cell_us) as usize];
        *cell = match happened.partition() {
            _ if lane == Lane::Faults => Cell::Fault,
            _ if matches!(lane, Lane::Rebalance | Lane::JoinSync) => Cell::Rebalance,
            Some(partition) => Cell::Hue(hue_of(partition) as u8),
            None if *cell == Cell::Nothing => Cell::Plain,
            None => *cell,
        };
    }

    pub fn view(&self) -> TimelineView {
        TimelineView {
            end: self.end,
            events: self.read,
            groups: self.groups,
            cell_us: self.cell_us,
            lanes: self.lanes.each_ref().map(|lane| Rc::from(lane.as_slice())),
        }
    }
}
