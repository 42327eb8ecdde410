//! `RangeAssignor`: each topic for itself, cut into as many ranges as it has readers. With racks (KIP-881) a reader first
//! gets what lies in its rack, as far as its share allows; topics with equal readers and partitions stay side by side.

use super::input::Input;
use super::racks;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::hash_map_order;
use crate::kafka::base::java_hash;

/// A topic that is being handed out.
struct TopicState<'a> {
    /// The number of its first partition.
    first: usize,
    /// Its readers, static ones first, each with its rack.
    readers: Vec<(usize, Option<&'a str>)>,
    /// Partitions without a reader, ascending.
    left: Vec<usize>,
    /// How many partitions each of `readers` has.
    counts: Vec<usize>,
    /// What each reader gets at least.
    each: usize,
    /// How many readers may still get one more.
    extra: usize,
    /// Racks of the partitions; empty if no reader has one.
    racks: Vec<&'a [Name]>,
    racks_matter: bool,
}

pub(super) fn assign(input: &Input<'_>) -> Vec<Vec<TopicPartition>> {
    let members = input.static_members_first();
    let order = hash_map_order(input.topics.iter().map(|topic| java_hash(&topic.name)));
    let mut states: Vec<TopicState<'_>> =
        order.into_iter().map(|topic| TopicState::new(input, topic, &members)).collect();
    let mut lists = vec![Vec::new(); input.members.len()];
    let racks_matter = states.iter().any(|state| state.racks_matter);
    if racks_matter {
        assign_by_rack(&mut states, &mut lists);
    }
    for state in &mut states {
        state.assign_ranges(false, &mut lists);
    }
    if racks_matter {
        lists.iter_mut().for_each(|list| list.sort_unstable());
    }
    input.named(lists)
}

impl<'a> TopicState<'a> {
    fn new(input: &Input<'a>, topic: usize, members: &[usize]) -> Self {
        let readers = members.iter().filter(|member| input.wants_topic(**member, topic));
        let readers: Vec<(usize, Option<&str>)> =
            readers.map(|member| (*member, input.rack(*member))).collect();
        let partitions = input.range(topic);
        let with_rack = readers.iter().any(|(_, rack)| rack.is_some());
        let racks: Vec<&[Name]> = if with_rack {
            partitions.clone().map(|at| racks::racks_of(input, at)).collect()
        } else {
            Vec::new()
        };
        Self {
            first: partitions.start,
            each: partitions.len() / readers.len().max(1),
            extra: partitions.len() % readers.len().max(1),
            left: partitions.collect(),
            counts: vec![0; readers.len()],
            racks_matter: with_rack && racks::matter(readers.iter().filter_map(|(_, rack)| *rack), &racks),
            racks,
            readers,
        }
    }

    /// How many more partitions the reader may get.
    fn room(&self, reader: usize) -> usize {
        (self.each + usize::from(self.extra > 0)).saturating_sub(self.counts[reader])
    }

    fn give(&mut self, reader: usize, partitions: &[usize], lists: &mut [Vec<usize>]) {
        lists[self.readers[reader].0].extend(partitions);
        self.counts[reader] += partitions.len();
        if self.counts[reader] > self.each {
            self.extra = self.extra.saturating_sub(1);
        }
    }

    /// Whether the partition has a replica in the reader's rack; a reader without one takes any.
    fn rack_matches(&self, reader: usize, partition: usize) -> bool {
        self.readers[reader].1.is_none_or(|rack| {
            let racks = self.racks.get(partition - self.first);
            racks.is_some_and(|racks| racks.iter().any(|other| **other == *rack))
        })
    }

    /// Gives each reader in turn the first partitions that are left, up to its share; by rack only those of its rack.
    fn assign_ranges(&mut self, by_rack: bool, lists: &mut [Vec<usize>]) {
        let mut left = std::mem::take(&mut self.left).into_iter();
        for reader in 0..self.readers.len() {
            let room = self.room(reader);
            let taken: Vec<usize> = if by_rack {
                let (taken, rest) = pick(left, room, |at| self.rack_matches(reader, at));
                left = rest.into_iter();
                taken
            } else {
                left.by_ref().take(room).collect()
            };
            if !taken.is_empty() {
                self.give(reader, &taken, lists);
            }
        }
        self.left = left.collect();
    }
}

/// Takes the first `room` elements that fit; the others stay in order.
fn pick(
    list: impl ExactSizeIterator<Item = usize>,
    room: usize,
    fits: impl Fn(usize) -> bool,
) -> (Vec<usize>, Vec<usize>) {
    let mut taken = Vec::with_capacity(room.min(list.len()));
    let mut rest = Vec::with_capacity(list.len());
    for at in list {
        let to = if taken.len() < room && fits(at) { &mut taken } else { &mut rest };
        to.push(at);
    }
    (taken, rest)
}

/// Topics with the same readers and, if one of these has a rack, as many partitions belong together.
fn assign_by_rack(states: &mut [TopicState<'_>], lists: &mut [Vec<usize>]) {
    let mut groups: Map<(Vec<usize>, usize), Vec<usize>> = Map::new();
    for (at, state) in states.iter().enumerate() {
        let readers = state.readers.iter().map(|(member, _)| *member).collect();
        groups.entry((readers, state.racks.len())).or_default().push(at);
    }
    for ((_, partitions), group) in groups {
        if let [alone] = *group {
            if states[alone].racks_matter {
                states[alone].assign_ranges(true, lists);
            }
        } else {
            side_by_side(states, &group, partitions, lists);
        }
    }
}

/// Gives the partitions of one number of all topics to one reader in whose rack all of them are.
fn side_by_side(states: &mut [TopicState<'_>], group: &[usize], partitions: usize, lists: &mut [Vec<usize>]) {
    let mut remaining: Vec<usize> = (0..states[group[0]].readers.len()).collect();
    for number in 0..partitions {
        let fits = |state: &TopicState<'_>, reader: usize| {
            state.rack_matches(reader, state.first + number) && state.room(reader) > 0
        };
        let found = remaining.iter().position(|reader| group.iter().all(|at| fits(&states[*at], *reader)));
        let Some(place) = found else { continue };
        let reader = remaining[place];
        for at in group {
            let state = &mut states[*at];
            let partition = state.first + number;
            state.left.retain(|left| *left != partition);
            state.give(reader, &[partition], lists);
        }
        if group.iter().all(|at| states[*at].room(reader) == 0) {
            remaining.remove(place);
            if remaining.is_empty() {
                break;
            }
        }
    }
}
