use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::protocol::Api;
use crate::lab::World;

/// A link, both ways.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkDetail {
    pub ways: [Way; 2],
    /// Connections between the two that are open.
    pub connections: usize,
}

/// One direction of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub from: i32,
    pub to: i32,
    pub latency: Duration,
    pub jitter: Duration,
    /// Bytes a second.
    pub bandwidth: u64,
    /// Of a million messages, how many are lost once and sent again.
    pub loss_ppm: u32,
    pub cut: bool,
    /// What waits just before it arrives; `None` = everything.
    pub held: Vec<Option<Api>>,
    /// What is lost next; `None` = the next message of any kind.
    pub drop_next: Vec<Option<Api>>,
    /// Messages on their way, and how many of them stand still.
    pub flights: usize,
    pub waiting: usize,
}

impl LinkDetail {
    pub fn of(world: &World, a: NodeId, b: NodeId) -> Self {
        let network = world.network();
        let between = network
            .connections()
            .filter(|(_, it)| (it.client, it.server) == (a, b) || (it.client, it.server) == (b, a));
        Self { ways: [Way::of(world, a, b), Way::of(world, b, a)], connections: between.count() }
    }
}

impl Way {
    fn of(world: &World, from: NodeId, to: NodeId) -> Self {
        let link = world.network().link(from, to);
        let flights = || world.network().flights().filter(|info| (info.from, info.to) == (from, to));
        Self {
            from: from.0,
            to: to.0,
            latency: link.latency,
            jitter: link.jitter,
            bandwidth: link.bandwidth,
            loss_ppm: link.loss_ppm,
            cut: link.cut,
            held: link.held,
            drop_next: link.drop_next,
            flights: flights().count(),
            waiting: flights().filter(|info| info.due_at.is_none()).count(),
        }
    }
}
