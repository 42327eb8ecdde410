//! The sticky algorithm for members that all want the same (`ConstrainedAssignmentBuilder`).
//!
//! Everyone keeps what it had, up to its share; what is left goes round among those below their share, in the order of
//! their ids. With racks a member keeps and first gets what lies in its rack.

use std::collections::VecDeque;

use super::input::Input;
use super::racks::Racks;
use super::sticky::Assigned;
use super::sticky::Claims;

/// An assignment in the making.
struct Builder<'a> {
    racks: &'a Racks<'a>,
    lists: Vec<Vec<usize>>,
    /// What a member must give up if somebody else gets it.
    given_up_by: Vec<Option<usize>>,
    doubly_claimed: &'a [bool],
    /// Partitions that go from one member to another.
    moving: Vec<(usize, usize)>,
    assigned: Vec<bool>,
    /// Members below the least share.
    below: Vec<usize>,
    /// Members at the least share that may get one more.
    at_least: VecDeque<usize>,
    /// Every member gets one of the two; they differ by at most one.
    least: usize,
    most: usize,
    /// How many members may have more than the least share, and how many have.
    allowed_above: usize,
    above: usize,
}

pub(super) fn assign(input: &Input<'_>, racks: &Racks<'_>, claims: &Claims) -> Assigned {
    let (partitions, members) = (input.partitions(), input.members.len());
    let mut builder = Builder {
        racks,
        lists: vec![Vec::new(); members],
        given_up_by: vec![None; partitions],
        doubly_claimed: &claims.doubly_claimed,
        moving: Vec::new(),
        assigned: vec![false; partitions],
        below: Vec::new(),
        at_least: VecDeque::new(),
        least: partitions / members,
        most: partitions.div_ceil(members),
        allowed_above: partitions % members,
        above: 0,
    };
    for member in &claims.order {
        builder.keep(input, *member, &claims.owned[*member]);
    }
    let ranks = input.ranks_by_id();
    builder.below.sort_by_key(|member| ranks[*member]);
    builder.at_least.make_contiguous().sort_by_key(|member| ranks[*member]);
    let mut left: Vec<usize> = (0..partitions).filter(|at| !builder.assigned[*at]).collect();
    racks.fewest_readers_first(&mut left);
    if racks.matter() {
        left = builder.deal_by_rack(left);
    }
    builder.deal(&left);
    Assigned { lists: builder.lists, moving: Some(builder.moving) }
}

impl Builder<'_> {
    /// A member keeps what it had, up to its share.
    fn keep(&mut self, input: &Input<'_>, member: usize, owned: &[usize]) {
        let rack = self.racks.of_member(member);
        let mut kept = Vec::with_capacity(owned.len());
        for partition in owned {
            if self.racks.mismatch(rack, *partition) {
                self.given_up_by[*partition] = Some(member);
            } else if !self.doubly_claimed[*partition] {
                kept.push(*partition);
            }
        }
        kept.sort_by_key(|partition| (input.number_in_topic(*partition), *partition));
        if kept.len() < self.least {
            self.below.push(member);
        } else {
            let share = if kept.len() >= self.most && self.above < self.allowed_above {
                self.count_above();
                self.most
            } else {
                if self.above < self.allowed_above {
                    self.at_least.push_back(member);
                }
                self.least
            };
            for partition in kept.drain(share..) {
                self.given_up_by[partition] = Some(member);
            }
        }
        for partition in &kept {
            self.assigned[*partition] = true;
        }
        self.lists[member] = kept;
    }

    /// One more member has more than the least share. After the last of them nobody else gets more.
    fn count_above(&mut self) {
        self.above += 1;
        if self.above == self.allowed_above {
            self.at_least.clear();
        }
    }

    /// Deals out what lies in the rack of somebody who has room; gives back the rest.
    fn deal_by_rack(&mut self, partitions: Vec<usize>) -> Vec<usize> {
        let mut rest = Vec::new();
        let mut next = 0;
        for partition in partitions {
            let places = (next..self.below.len()).chain(0..next.min(self.below.len()));
            let in_rack = |member: usize| self.racks.share(member, partition);
            if let Some(place) = places.into_iter().find(|place| in_rack(self.below[*place])) {
                next = self.give_below(place, partition);
            } else if let Some(place) = self.at_least.iter().position(|member| in_rack(*member)) {
                self.give_at_least(place, partition);
            } else {
                rest.push(partition);
            }
        }
        rest
    }

    /// Gives a partition to a member below the least share; returns who is asked next.
    fn give_below(&mut self, place: usize, partition: usize) -> usize {
        let member = self.below[place];
        let count = self.lists[member].len() + 1;
        let mut next = place;
        if count >= self.least {
            self.below.remove(place);
            if count < self.most && self.above < self.allowed_above {
                self.at_least.push_back(member);
            }
        } else {
            next += 1;
        }
        self.give(partition, member);
        if self.below.is_empty() { 0 } else { next % self.below.len() }
    }

    fn give_at_least(&mut self, place: usize, partition: usize) {
        let member = self.at_least[place];
        if self.lists[member].len() + 1 == self.most {
            self.at_least.remove(place);
            self.count_above();
        }
        self.give(partition, member);
    }

    /// Deals out in a circle: first up to the least share, then one more to those who come first.
    fn deal(&mut self, partitions: &[usize]) {
        let mut partitions = partitions.iter().copied();
        let mut circle = std::mem::take(&mut self.below);
        while !circle.is_empty() {
            let mut still_below = Vec::with_capacity(circle.len());
            for member in circle {
                let Some(partition) = partitions.next() else { return };
                self.give(partition, member);
                if self.lists[member].len() == self.least {
                    self.at_least.push_back(member);
                } else {
                    still_below.push(member);
                }
            }
            circle = still_below;
        }
        for partition in partitions {
            let Some(member) = self.at_least.pop_front() else { return };
            self.give(partition, member);
        }
    }

    fn give(&mut self, partition: usize, member: usize) {
        self.lists[member].push(partition);
        let from_another = self.given_up_by[partition].is_some_and(|before| before != member);
        if from_another || self.doubly_claimed[partition] {
            self.moving.push((partition, member));
        }
    }
}
