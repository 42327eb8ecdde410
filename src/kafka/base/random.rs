use std::hash::Hash;
use std::hash::Hasher;

use rand_pcg::Pcg32;
use rand_pcg::rand_core::Rng;

use super::NodeId;
use crate::kafka::base::Map;

/// What a stream of random numbers is for. Each purpose of each node draws from its own stream, so that turning one
/// knob does not reshuffle the rest. Append new purposes at the end: the number is the stream's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Delays, loss and jitter on a link.
    Network,
    /// Where the controller puts replicas, and ids of topics.
    Placement,
    /// Jitter of retries and reconnects.
    Backoff,
    /// Which partition a record without a key goes to.
    Partitioner,
    /// Keys, sizes and gaps of what an application writes.
    Workload,
    /// Ids of processes, sessions and members.
    Identity,
    /// Times at which a disk answers.
    Disk,
    /// Jitter of `segment.ms` and of periodic tasks.
    Broker,
    /// Ids that a coordinator gives to members of groups.
    Group,
}

/// One stream of random numbers: the same on every machine and in every build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Random(Pcg32);

/// What it would give next tells where it stands.
impl Hash for Random {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut next = self.clone();
        [next.next_u64(), next.next_u64()].hash(state);
    }
}

impl Random {
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg32::new(seed, stream))
    }

    pub fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.next_u32()) * u64::from(bound)) >> 32) as u32
    }
}

/// All streams of a world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RandomStreams {
    seed: u64,
    streams: Map<(NodeId, Purpose), Random>,
}

impl RandomStreams {
    pub fn new(seed: u64) -> Self {
        Self { seed, streams: Map::new() }
    }

    /// The stream of this purpose of this node; made on first use.
    pub fn stream(&mut self, node: NodeId, purpose: Purpose) -> &mut Random {
        let seed = self.seed;
        self.streams
            .entry((node, purpose))
            .or_insert_with(|| Random::new(seed, ((node.0 as u64) << 8) | purpose as u64))
    }
}
