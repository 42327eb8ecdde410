//! The uniform assignor for members that want different things (`UniformHeterogeneousAssignmentBuilder`): everyone keeps
//! what it still wants; what is left goes, topic by topic, to the reader that has least; then partitions move until
//! each topic's readers are even, or until it has been tried often enough.

use std::cmp::Ordering;
use std::sync::Arc;

use super::AssignorError;
use super::GroupSpec;
use super::Partitions;
use super::balancer::Balancer;
use crate::kafka::base::Map;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;

/// How often the topics are gone through at most (`MAX_ITERATION_COUNT`).
const ROUNDS: usize = 16;

struct Topic {
    id: Uuid,
    /// Members by their number in Kafka's order, ascending.
    readers: Vec<usize>,
    /// Who has each partition.
    owners: Vec<Option<usize>>,
}

struct Board {
    /// In the order of their ids, unsigned.
    topics: Vec<Topic>,
    /// How many partitions each member has.
    loads: Vec<usize>,
    balancer: Balancer,
    /// Where in the list of a topic's partitions those of a member stand.
    places: Vec<(usize, usize)>,
}

pub(super) fn assign(spec: &GroupSpec<'_>) -> Result<Vec<Arc<Partitions>>, AssignorError> {
    let order = spec.members_in_order();
    let mut board = Board::new(spec, &order)?;
    board.keep(spec, &order);
    let sorted = board.sorted_topics();
    for topic in &sorted {
        board.deal(*topic);
    }
    let shared = |topic: &usize| board.topics[*topic].readers.len() >= 2;
    let shared: Vec<usize> = sorted.into_iter().filter(shared).collect();
    board.balance(&shared);
    Ok(board.targets(&order))
}

impl Board {
    fn new(spec: &GroupSpec<'_>, order: &[usize]) -> Result<Self, AssignorError> {
        let mut readers: Map<Uuid, Vec<usize>> = Map::new();
        for (number, member) in order.iter().enumerate() {
            for topic in spec.members[*member].topics {
                readers.entry(*topic).or_default().push(number);
            }
        }
        let topics = readers.into_iter().map(|(id, readers)| {
            let owners = vec![None; spec.count(id)?];
            Ok(Topic { id, readers, owners })
        });
        Ok(Self {
            topics: topics.collect::<Result<_, _>>()?,
            loads: vec![0; order.len()],
            balancer: Balancer::default(),
            places: vec![(0, 0); order.len()],
        })
    }

    /// Members keep what they have of topics that they want.
    fn keep(&mut self, spec: &GroupSpec<'_>, order: &[usize]) {
        for (number, member) in order.iter().enumerate() {
            for (id, partitions) in spec.members[*member].current.iter() {
                let Ok(at) = self.topics.binary_search_by(|topic| topic.id.cmp(id)) else { continue };
                let topic = &mut self.topics[at];
                if topic.readers.binary_search(&number).is_err() {
                    continue;
                }
                for partition in partitions {
                    if let Some(owner) =
                        usize::try_from(*partition).ok().and_then(|at| topic.owners.get_mut(at))
                    {
                        *owner = Some(number);
                        self.loads[number] += 1;
                    }
                }
            }
        }
    }

    /// Topics with the most partitions for each reader first, then those with fewer readers, then by id.
    fn sorted_topics(&self) -> Vec<usize> {
        let mut sorted: Vec<usize> = (0..self.topics.len()).collect();
        sorted.sort_by(|a, b| compare(&self.topics[*a], &self.topics[*b]));
        sorted
    }

    /// Gives what nobody has of a topic to those who have least.
    fn deal(&mut self, topic: usize) {
        let topic = &mut self.topics[topic];
        self.balancer.start(&topic.readers, &self.loads);
        for owner in topic.owners.iter_mut().filter(|owner| owner.is_none()) {
            let member = self.balancer.next_least_loaded(&self.loads);
            *owner = Some(member);
            self.loads[member] += 1;
        }
    }

    /// Goes round the topics until a whole round has moved nothing.
    fn balance(&mut self, topics: &[usize]) {
        let mut last_moved = None;
        for _ in 0..ROUNDS {
            for topic in topics {
                if last_moved == Some(*topic) {
                    return;
                }
                if self.balance_topic(*topic) || last_moved.is_none() {
                    last_moved = Some(*topic);
                }
            }
        }
    }

    /// Moves partitions of a topic from those who have most to those who have least; says whether any moved.
    fn balance_topic(&mut self, topic: usize) -> bool {
        let Self { topics, loads, balancer, places } = self;
        let topic = &mut topics[topic];
        if balancer.start(&topic.readers, loads) <= 1 {
            return false;
        }
        let mut by_owner: Vec<usize> = (0..topic.owners.len()).collect();
        by_owner.sort_by_key(|partition| topic.owners[*partition]);
        for reader in &topic.readers {
            places[*reader] = (0, 0);
        }
        for (at, partition) in by_owner.iter().enumerate() {
            let Some(owner) = topic.owners[*partition] else { continue };
            let (start, end) = &mut places[owner];
            if start == end {
                *start = at;
            }
            *end = at + 1;
        }
        let mut moved = false;
        while let Some(from) = balancer.next_most_loaded(loads) {
            let (start, end) = &mut places[from];
            if start == end {
                balancer.exclude_most_loaded();
                continue;
            }
            *end -= 1;
            let partition = by_owner[*end];
            let to = balancer.next_least_loaded(loads);
            if balancer.is_balanced() {
                break;
            }
            topic.owners[partition] = Some(to);
            loads[from] -= 1;
            loads[to] += 1;
            moved = true;
        }
        moved
    }

    /// Each member's partitions, in the order of the members that were given.
    fn targets(self, order: &[usize]) -> Vec<Arc<Partitions>> {
        let mut targets = vec![Partitions::new(); order.len()];
        for topic in self.topics {
            for (partition, owner) in topic.owners.into_iter().enumerate() {
                if let Some(owner) = owner {
                    let numbers: &mut Set<i32> = targets[order[owner]].entry(topic.id).or_default();
                    numbers.insert(partition as i32);
                }
            }
        }
        targets.into_iter().map(Arc::new).collect()
    }
}

/// Kafka compares the quotients as floating-point numbers, which differ whenever the fractions do; so the fractions are
/// compared.
fn compare(a: &Topic, b: &Topic) -> Ordering {
    let share = |of: &Topic, other: &Topic| of.owners.len() as u64 * other.readers.len() as u64;
    let id =
        |topic: &Topic| (topic.id.most_significant_bits() as i64, topic.id.least_significant_bits() as i64);
    share(b, a)
        .cmp(&share(a, b))
        .then_with(|| a.readers.len().cmp(&b.readers.len()))
        .then_with(|| id(a).cmp(&id(b)))
}
