//! The sticky algorithm for members that want different things (`GeneralAssignmentBuilder`).
//!
//! Everyone keeps what it had; what is left goes to whoever has least; then partitions move from those who have more to
//! those who have fewer, until no move makes it more even. Moves go first to a former owner, and back along a way that
//! another partition of the topic has already come.
//!
//! Kafka asks before each partition whether everything is even, by looking at everything. Here it is known who of each
//! kind of member has least, so that a partition costs a look at its topic's readers: the moves are the same.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::input::Input;
use super::racks::Racks;
use super::sticky::Assigned;
use super::sticky::Claims;

/// Members that want the same and stand in the same rack are of one kind; the one that has least of them is the one that
/// gets the next partition.
struct Kind<'a> {
    topics: usize,
    rack: Option<&'a str>,
    /// How much each has, and its rank by id.
    by_load: BTreeSet<(usize, usize)>,
}

/// Who owns what, with all that the algorithm wants to know about it.
struct Board<'a> {
    input: &'a Input<'a>,
    kinds: Vec<Kind<'a>>,
    kind_of: Vec<usize>,
    /// The kinds of members that want a topic, and how many members these are.
    kinds_of_topic: Vec<Vec<usize>>,
    readers_of_topic: Vec<usize>,
    /// All members by load, for a look at how even it is.
    by_load: BTreeSet<(usize, usize)>,
    rank: Vec<usize>,
    by_rank: Vec<usize>,
    state: State,
    movements: Movements,
}

/// What is put back when the moves did not make the assignment more even.
#[derive(Clone)]
struct State {
    /// A member, and when it got the partition.
    owner: Vec<Option<(usize, u64)>>,
    load: Vec<usize>,
    clock: u64,
}

pub(super) fn assign(input: &Input<'_>, racks: &Racks<'_>, claims: Claims) -> Assigned {
    let mut board = Board::new(input, racks);
    let mut revoked = false;
    for member in &claims.order {
        for partition in &claims.owned[*member] {
            let wants = input.wants_topic(*member, input.topic_of(*partition));
            if wants && !racks.mismatch(racks.of_member(*member), *partition) {
                board.state.give(*partition, *member);
            } else {
                revoked = true;
            }
        }
    }
    board.enter_all();
    let nobody_had_any = board.by_load.last().is_none_or(|(load, _)| *load == 0);
    let sorted = board.partitions_by_readers();
    let unassigned: Vec<usize> =
        sorted.iter().copied().filter(|at| board.state.owner[*at].is_none()).collect();
    let mut rest = unassigned.clone();
    if racks.matter() {
        rest = board.deal(&rest, Some(racks));
    }
    board.deal(&rest, None);
    board.balance(&claims.previous, &sorted, if revoked { &[] } else { &unassigned }, nobody_had_any);
    Assigned { lists: board.state.lists(), moving: None }
}

impl State {
    fn give(&mut self, partition: usize, member: usize) {
        self.clock += 1;
        self.owner[partition] = Some((member, self.clock));
        self.load[member] += 1;
    }

    /// Each member's partitions in the order in which it got them.
    fn lists(&self) -> Vec<Vec<usize>> {
        let mut lists = vec![Vec::new(); self.load.len()];
        for (partition, owner) in self.owner.iter().enumerate() {
            if let Some((member, when)) = owner {
                lists[*member].push((*when, partition));
            }
        }
        let sorted = |mut list: Vec<(u64, usize)>| {
            list.sort_unstable();
            list.into_iter().map(|(_, partition)| partition).collect()
        };
        lists.into_iter().map(sorted).collect()
    }
}

impl<'a> Board<'a> {
    fn new(input: &'a Input<'a>, racks: &Racks<'a>) -> Self {
        let members = input.members.len();
        let mut numbers = BTreeMap::new();
        let mut kinds: Vec<Kind<'_>> = Vec::new();
        let mut kind_of = Vec::with_capacity(members);
        for member in 0..members {
            let (topics, rack) = (input.subscription_of[member], racks.of_member(member));
            let kind = *numbers.entry((topics, rack)).or_insert(kinds.len());
            if kind == kinds.len() {
                kinds.push(Kind { topics, rack, by_load: BTreeSet::new() });
            }
            kind_of.push(kind);
        }
        let mut kinds_of_topic = vec![Vec::new(); input.topics.len()];
        let mut readers_of_topic = vec![0; input.topics.len()];
        for (number, kind) in kinds.iter().enumerate() {
            for topic in &input.subscriptions[kind.topics] {
                kinds_of_topic[*topic].push(number);
            }
        }
        for member in 0..members {
            for topic in input.wants(member) {
                readers_of_topic[*topic] += 1;
            }
        }
        let rank = input.ranks_by_id();
        let mut by_rank = vec![0; members];
        for (member, rank) in rank.iter().enumerate() {
            by_rank[*rank] = member;
        }
        let state = State { owner: vec![None; input.partitions()], load: vec![0; members], clock: 0 };
        Self {
            input,
            kinds,
            kind_of,
            kinds_of_topic,
            readers_of_topic,
            by_load: BTreeSet::new(),
            rank,
            by_rank,
            state,
            movements: Movements::default(),
        }
    }

    /// Enters all members with what they have.
    fn enter_all(&mut self) {
        for member in 0..self.kind_of.len() {
            self.enter(member);
        }
    }

    fn enter(&mut self, member: usize) {
        let place = (self.state.load[member], self.rank[member]);
        self.kinds[self.kind_of[member]].by_load.insert(place);
        self.by_load.insert(place);
    }

    fn take_out(&mut self, member: usize) {
        let place = (self.state.load[member], self.rank[member]);
        self.kinds[self.kind_of[member]].by_load.remove(&place);
        self.by_load.remove(&place);
    }

    fn takes_part(&self, member: usize) -> bool {
        self.by_load.contains(&(self.state.load[member], self.rank[member]))
    }

    /// All partitions, those of topics with the fewest readers first.
    fn partitions_by_readers(&self) -> Vec<usize> {
        let mut topics: Vec<usize> = (0..self.input.topics.len()).collect();
        topics.sort_by_key(|topic| self.readers_of_topic[*topic]);
        topics.into_iter().flat_map(|topic| self.input.range(topic)).collect()
    }

    /// The reader of a topic that has least, among kinds that fit.
    fn least_loaded(&self, topic: usize, fits: impl Fn(&Kind<'_>) -> bool) -> Option<(usize, usize)> {
        let kinds = self.kinds_of_topic[topic].iter().map(|kind| &self.kinds[*kind]);
        let least = kinds.filter(|kind| fits(kind)).filter_map(|kind| kind.by_load.first()).min();
        least.map(|(load, rank)| (*load, self.by_rank[*rank]))
    }

    /// Gives each partition to the reader that has least, if racks are given to one whose rack fits; gives back what
    /// nobody could take.
    fn deal(&mut self, partitions: &[usize], racks: Option<&Racks<'_>>) -> Vec<usize> {
        let mut rest = Vec::new();
        for partition in partitions {
            let fits = |kind: &Kind<'_>| racks.is_none_or(|racks| !racks.mismatch(kind.rack, *partition));
            let Some((_, member)) = self.least_loaded(self.input.topic_of(*partition), fits) else {
                rest.push(*partition);
                continue;
            };
            self.take_out(member);
            self.state.give(*partition, member);
            self.enter(member);
        }
        rest
    }

    /// Moves partitions until it is even; puts everything back if it did not get more even.
    fn balance(
        &mut self,
        previous: &[Option<(usize, i32)>],
        sorted: &[usize],
        unassigned: &[usize],
        nobody_had_any: bool,
    ) {
        let may_move = |board: &Self, partitions: &[usize]| -> Vec<usize> {
            let shared = |at: &usize| board.readers_of_topic[board.input.topic_of(*at)] >= 2;
            partitions.iter().copied().filter(shared).collect()
        };
        let (sorted, unassigned) = (may_move(self, sorted), may_move(self, unassigned));
        self.take_out_the_fixed();
        let before = (self.state.clone(), self.unevenness());
        self.move_partitions(&unassigned, previous);
        let moved = self.move_partitions(&sorted, previous);
        if !nobody_had_any && moved && self.unevenness() >= before.1 {
            self.state = before.0;
        }
    }

    /// Members that have all they can get, and none of it could go to somebody else, take no part.
    fn take_out_the_fixed(&mut self) {
        let mut shares = vec![false; self.kind_of.len()];
        for (partition, owner) in self.state.owner.iter().enumerate() {
            if let Some((member, _)) = owner {
                shares[*member] |= self.readers_of_topic[self.input.topic_of(partition)] >= 2;
            }
        }
        for (member, shares) in shares.into_iter().enumerate() {
            let wants = self.input.wants(member).iter();
            let all: usize = wants.map(|topic| self.input.range(*topic).len()).sum();
            if !shares && self.state.load[member] >= all {
                self.take_out(member);
            }
        }
    }

    /// The sum of the differences between any two members that take part (`getBalanceScore`).
    fn unevenness(&self) -> u64 {
        let mut sum = 0;
        let mut score = 0;
        for (place, (load, _)) in self.by_load.iter().enumerate() {
            score += (*load * place) as u64 - sum;
            sum += *load as u64;
        }
        score
    }

    /// Goes through the partitions until none of them can be moved to make it more even; says whether any was.
    fn move_partitions(&mut self, partitions: &[usize], previous: &[Option<(usize, i32)>]) -> bool {
        let mut any = false;
        loop {
            let mut moved = false;
            for partition in partitions {
                let loads = (self.by_load.first(), self.by_load.last());
                let (Some((least, _)), Some((most, _))) = loads else { return any };
                if most - least <= 1 {
                    break;
                }
                if let Some(to) = self.better_owner(*partition, previous[*partition]) {
                    self.move_or_move_back(*partition, to);
                    moved = true;
                }
            }
            any |= moved;
            if !moved {
                return any;
            }
        }
    }

    /// Who should have the partition instead: its former owner, or the reader that has least, if it has at least two
    /// fewer. As in `performReassignments`, nobody asks whether the former owner still reads the topic.
    fn better_owner(&self, partition: usize, previous: Option<(usize, i32)>) -> Option<usize> {
        let (owner, _) = self.state.owner[partition]?;
        let topic = self.input.topic_of(partition);
        let load = self.state.load[owner];
        let former = previous
            .map(|(member, _)| member)
            .filter(|member| self.takes_part(*member) && load > self.state.load[*member] + 1);
        former.or_else(|| {
            let (least, member) = self.least_loaded(topic, |_| true)?;
            (load > least + 1).then_some(member)
        })
    }

    fn move_or_move_back(&mut self, partition: usize, to: usize) {
        let Some((owner, _)) = self.state.owner[partition] else { return };
        let topic = self.input.topic_of(partition);
        let partition = self.movements.instead_of(topic, partition, owner, to);
        let Some((from, _)) = self.state.owner[partition] else { return };
        self.take_out(from);
        self.take_out(to);
        self.movements.enter(topic, partition, from, to);
        self.state.load[from] -= 1;
        self.state.give(partition, to);
        self.enter(to);
        self.enter(from);
    }
}

/// Which partitions have moved from whom to whom (`PartitionMovements`).
#[derive(Default)]
struct Movements {
    /// By topic, former owner and new owner.
    ways: BTreeMap<(usize, usize, usize), BTreeSet<usize>>,
    of_partition: BTreeMap<usize, (usize, usize)>,
}

impl Movements {
    /// A partition of the topic that came the opposite way goes back instead.
    fn instead_of(&self, topic: usize, partition: usize, from: usize, to: usize) -> usize {
        let source = self.of_partition.get(&partition).map_or(from, |(source, _)| *source);
        let back = self.ways.get(&(topic, to, source)).and_then(BTreeSet::first);
        back.copied().unwrap_or(partition)
    }

    fn enter(&mut self, topic: usize, partition: usize, from: usize, to: usize) {
        let mut source = from;
        if let Some((first, last)) = self.of_partition.remove(&partition) {
            if let Some(way) = self.ways.get_mut(&(topic, first, last)) {
                way.remove(&partition);
            }
            if first == to {
                return;
            }
            source = first;
        }
        self.of_partition.insert(partition, (source, to));
        self.ways.entry((topic, source, to)).or_default().insert(partition);
    }
}
