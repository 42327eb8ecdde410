//! Where the replicas of new partitions go (`org.apache.kafka.metadata.placement.StripedReplicaPlacer`).
//!
//! Brokers are dealt out rack by rack and, within a rack, in turn; every partition starts one rack and one broker
//! further on, so that leaders and followers spread evenly. Fenced brokers are taken only where nobody else is left, and
//! never as the first (the preferred leader).

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::java_hash;
use crate::kafka::base::java_spread;

/// `java.util.Random` on top of its only primitive: `next(bits)` gives that many random bits as a number.
pub struct JavaRandom<F: FnMut(u32) -> i32>(F);

impl<F: FnMut(u32) -> i32> JavaRandom<F> {
    pub fn new(next: F) -> Self {
        Self(next)
    }

    /// A number from 0 to `bound` − 1; `bound` is positive.
    fn next_int(&mut self, bound: i32) -> i32 {
        let mut bits = (self.0)(31);
        if bound & (bound - 1) == 0 {
            return ((i64::from(bound) * i64::from(bits)) >> 31) as i32;
        }
        loop {
            let value = bits % bound;
            if bits.wrapping_sub(value).wrapping_add(bound - 1) >= 0 {
                return value;
            }
            bits = (self.0)(31);
        }
    }

    fn index(&mut self, len: usize) -> usize {
        self.next_int(i32::try_from(len).expect("a cluster has fewer than 2^31 brokers")) as usize
    }

    /// `Collections.shuffle`.
    fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (2..=list.len()).rev() {
            list.swap(end - 1, self.index(end));
        }
    }
}

/// A broker that may be given replicas.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UsableBroker {
    pub id: NodeId,
    pub rack: Option<Name>,
    pub fenced: bool,
}

/// Chooses the replicas of `partitions` new partitions; the first of each list is the preferred leader.
///
/// # Errors
/// Kafka's sentence for INVALID_REPLICATION_FACTOR: too few brokers are registered, or all of them are fenced.
pub fn place<F: FnMut(u32) -> i32>(
    brokers: &[UsableBroker],
    partitions: i32,
    replication_factor: i16,
    random: &mut JavaRandom<F>,
) -> Result<Vec<Vec<NodeId>>, String> {
    let mut racks = RackList::new(brokers, random);
    if replication_factor <= 0 {
        return Err(format!(
            "Invalid replication factor {replication_factor}: the replication factor must be positive."
        ));
    }
    if racks.unfenced == 0 {
        return Err("All brokers are currently fenced.".into());
    }
    if replication_factor as usize > brokers.len() {
        return Err(format!(
            "The target replication factor of {replication_factor} cannot be reached because only {} broker(s) \
             are registered.",
            brokers.len()
        ));
    }
    Ok((0..partitions).map(|_| racks.place(replication_factor as usize, random)).collect())
}

/// Brokers dealt out in turn. Each epoch deals every broker at most once and begins one further on.
#[derive(Default)]
struct BrokerList {
    brokers: Vec<NodeId>,
    index: usize,
    offset: usize,
    epoch: usize,
}

impl BrokerList {
    fn initialize<F: FnMut(u32) -> i32>(&mut self, random: &mut JavaRandom<F>) {
        if !self.brokers.is_empty() {
            self.brokers.arrange();
            self.offset = random.index(self.brokers.len());
        }
    }

    fn next(&mut self, epoch: usize) -> Option<NodeId> {
        if self.brokers.is_empty() {
            return None;
        }
        if self.epoch != epoch {
            self.epoch = epoch;
            self.index = 0;
            self.offset = (self.offset + 1) % self.brokers.len();
        }
        if self.index >= self.brokers.len() {
            return None;
        }
        let broker = self.brokers[(self.index + self.offset) % self.brokers.len()];
        self.index += 1;
        Some(broker)
    }
}

#[derive(Default)]
struct Rack {
    fenced: BrokerList,
    unfenced: BrokerList,
}

impl Rack {
    fn next(&mut self, epoch: usize) -> Option<NodeId> {
        self.unfenced.next(epoch).or_else(|| self.fenced.next(epoch))
    }
}

struct RackList {
    /// By name, in the order in which a Java `HashMap` walks over them: the draws of random numbers depend on it.
    racks: Vec<Rack>,
    /// Positions in `racks`, in the order in which replicas are dealt out.
    order: Vec<usize>,
    unfenced: usize,
    epoch: usize,
    offset: usize,
}

impl RackList {
    fn new<F: FnMut(u32) -> i32>(brokers: &[UsableBroker], random: &mut JavaRandom<F>) -> Self {
        let mut names: Vec<Option<Name>> = Vec::new();
        for broker in brokers {
            if !names.contains(&broker.rack) {
                names.push(broker.rack.clone());
            }
        }
        let buckets = java_buckets(names.len());
        names.arrange_by_key(|name| java_bucket(name.as_deref(), buckets));
        let mut racks: Vec<Rack> = names.iter().map(|_| Rack::default()).collect();
        for broker in brokers {
            let rack = names.iter().position(|name| *name == broker.rack).expect("every rack has a place");
            let Rack { fenced, unfenced } = &mut racks[rack];
            if broker.fenced { fenced } else { unfenced }.brokers.push(broker.id);
        }
        for rack in &mut racks {
            rack.fenced.initialize(random);
            rack.unfenced.initialize(random);
        }
        let sorted: Map<&Option<Name>, usize> = names.iter().zip(0..).collect();
        let order: Vec<usize> = sorted.into_values().collect();
        let offset = if order.is_empty() { 0 } else { random.index(order.len()) };
        let unfenced = brokers.iter().filter(|broker| !broker.fenced).count();
        Self { racks, order, unfenced, epoch: 0, offset }
    }

    /// The replicas of the next partition; there is an unfenced broker, and as many brokers as replicas.
    fn place<F: FnMut(u32) -> i32>(&mut self, replicas: usize, random: &mut JavaRandom<F>) -> Vec<NodeId> {
        if self.epoch == self.unfenced && self.unfenced > 1 {
            self.shuffle(random);
            self.epoch = 0;
        }
        if self.offset == self.order.len() {
            self.offset = 0;
        }
        let (leader, mut leader_rack) = self.first_unfenced();
        let mut brokers = vec![leader];
        let mut rack = self.offset;
        while brokers.len() < replicas {
            if Some(rack) == leader_rack {
                leader_rack = None; // this rack has given the leader: pass it over once
            } else {
                brokers.extend(self.racks[self.order[rack]].next(self.epoch));
            }
            rack = (rack + 1) % self.order.len();
        }
        self.epoch += 1;
        self.offset += 1;
        brokers
    }

    fn first_unfenced(&mut self) -> (NodeId, Option<usize>) {
        let mut rack = self.offset;
        loop {
            if let Some(broker) = self.racks[self.order[rack]].unfenced.next(self.epoch) {
                return (broker, Some(rack));
            }
            rack = (rack + 1) % self.order.len();
        }
    }

    /// As many partitions were placed as there are unfenced brokers: mix, so that assignments do not repeat.
    fn shuffle<F: FnMut(u32) -> i32>(&mut self, random: &mut JavaRandom<F>) {
        random.shuffle(&mut self.order);
        for rack in &mut self.racks {
            random.shuffle(&mut rack.fenced.brokers);
            random.shuffle(&mut rack.unfenced.brokers);
        }
    }
}

/// The size of a `HashMap`'s table with so many entries.
fn java_buckets(entries: usize) -> u32 {
    let mut buckets = 16;
    while entries > buckets / 4 * 3 {
        buckets *= 2;
    }
    u32::try_from(buckets).expect("a cluster has fewer than 2^31 racks")
}

fn java_bucket(name: Option<&str>, buckets: u32) -> u32 {
    java_spread(name.map_or(0, java_hash)) & (buckets - 1)
}
