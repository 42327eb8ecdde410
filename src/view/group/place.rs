//! Where a group lives, and what its coordinator shows.

use super::CoordinatorPlace;
use super::GroupLine;
use super::GroupProtocol;
use super::GroupState;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::java_hash;
use crate::kafka::base::name;
use crate::kafka::broker::Broker;
use crate::kafka::broker::Stage;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::GroupView as Known;
use crate::kafka::coordinator::partition_for;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::node::Node;
use crate::kafka::node::NodeSpec;
use crate::lab::World;
use crate::view::of_world::image_of;

/// A coordinator of a world that runs.
#[derive(Clone, Copy)]
pub(in crate::view) struct Coordinator<'a> {
    pub node: NodeId,
    pub shard: &'a Shard,
}

/// The partition of `__consumer_offsets` of a group and how many there are; `None` while nobody can tell.
fn partition_of(world: &World, image: &ClusterImage, group: &str) -> Option<(i32, i32)> {
    let created = image.topic(GROUP_METADATA_TOPIC).map(|topic| topic.partitions.len());
    let partitions = match created.and_then(|count| i32::try_from(count).ok()).filter(|count| *count > 0) {
        Some(count) => count,
        None => {
            brokers(world).map(|(_, broker)| broker.coordinators().partitions()).find(|count| *count > 0)?
        }
    };
    Some((partition_for(group, partitions), partitions))
}

fn brokers(world: &World) -> impl Iterator<Item = (NodeId, &Broker)> {
    world.machines().filter_map(|(id, machine)| Some((id, machine.node()?.as_broker()?)))
}

impl CoordinatorPlace {
    pub(in crate::view) fn of(world: &World, group: &str) -> Option<Self> {
        let image = image_of(world)?;
        let (partition, partitions) = partition_of(world, image, group)?;
        let id = TopicPartition::new(&name(GROUP_METADATA_TOPIC), partition);
        let leader = image.partition(&id).and_then(|registered| registered.leader);
        let stage = leader
            .and_then(|leader| Some(world.node(leader)?.as_broker()?.coordinators().shard(partition)?.stage));
        Some(Self {
            broker: leader.map(|leader| leader.0),
            hash: java_hash(group),
            partition,
            partitions,
            loading: leader.is_some() && stage != Some(Stage::Active),
        })
    }
}

impl<'a> Coordinator<'a> {
    /// Who coordinates a group now. While two brokers believe that they do, it is the one that the cluster believes.
    pub(in crate::view) fn of(world: &'a World, group: &str) -> Option<Self> {
        let place = CoordinatorPlace::of(world, group)?;
        let node = NodeId(place.broker?);
        let known = world.node(node)?.as_broker()?.coordinators().shard(place.partition)?;
        (known.stage == Stage::Active).then_some(Self { node, shard: &known.shard })
    }

    pub(in crate::view) fn group(&self, group: &str) -> Option<Known<'a>> {
        self.shard.group(group)
    }
}

/// The protocol and the state of a group as its coordinator has it, its generation or epoch, and how many members it has.
pub(in crate::view) fn headline(known: &Known<'_>) -> (GroupProtocol, GroupState, i32, usize) {
    let state = GroupState::called(known.state());
    match known {
        Known::Classic(group) => (GroupProtocol::Classic, state, group.generation, group.members.len()),
        Known::Consumer(group) => (GroupProtocol::Consumer, state, group.epoch, group.members.len()),
    }
}

/// The assignor in force: what the members of a classic group have agreed on, or what the coordinator uses.
pub(in crate::view) fn assignor(known: &Known<'_>, shard: &Shard) -> Option<Name> {
    match known {
        Known::Classic(group) => group.protocol.clone(),
        Known::Consumer(group) => {
            let default = || shard.config().consumer_assignors.first().map(|name| Name::from(name.as_str()));
            group.preferred_assignor().or_else(default)
        }
    }
}

/// How far a partition can be read: its leader's high watermark and log start.
pub(in crate::view) fn ends(
    world: &World,
    image: &ClusterImage,
    partition: &TopicPartition,
) -> Option<(Offset, Offset)> {
    let leader = image.partition(partition)?.leader?;
    let log = world.node(leader)?.as_broker()?.partition(partition)?.log()?;
    Some((log.log_start_offset(), log.high_watermark()))
}

impl GroupLine {
    /// The groups of a world by name: those that coordinators know, and those that consumers want to be in.
    pub fn all(world: &World) -> Vec<Self> {
        let Some(image) = image_of(world) else { return Vec::new() };
        let mut lines: Vec<Self> = Vec::new();
        for (id, broker) in brokers(world) {
            for it in broker.coordinators().shards().filter(|it| it.stage == Stage::Active) {
                let partition = TopicPartition::new(&name(GROUP_METADATA_TOPIC), it.shard.partition);
                if image.partition(&partition).and_then(|registered| registered.leader) == Some(id) {
                    lines.extend(it.shard.groups().map(|(name, known)| {
                        Self::known(world, image, Coordinator { node: id, shard: &it.shard }, name, &known)
                    }));
                }
            }
        }
        for (_, machine) in world.machines() {
            let NodeSpec::Consumer(spec) = &machine.spec else { continue };
            let Some(group) = spec.group() else { continue };
            if !lines.iter().any(|line| *line.name == *group) {
                let coordinator = CoordinatorPlace::of(world, group).and_then(|place| place.broker);
                lines.push(Self {
                    name: Name::from(group),
                    protocol: GroupProtocol::Classic,
                    state: GroupState::Empty,
                    members: 0,
                    lag: None,
                    coordinator: coordinator.unwrap_or(-1),
                });
            }
        }
        lines.arrange_by(|a, b| a.name.cmp(&b.name));
        lines
    }

    fn known(
        world: &World,
        image: &ClusterImage,
        coordinator: Coordinator<'_>,
        name: &Name,
        known: &Known<'_>,
    ) -> Self {
        let (protocol, state, _, members) = headline(known);
        let behind = |(partition, committed): (&TopicPartition, &_)| {
            let committed: &crate::kafka::coordinator::group::offsets::CommittedOffset = committed;
            let (_, end) = ends(world, image, partition)?;
            Some((end - committed.offset).max(0))
        };
        let mut lag = None;
        for one in coordinator.shard.committed().offsets.of_group(name).filter_map(behind) {
            lag = Some(lag.unwrap_or(0) + one);
        }
        Self { name: name.clone(), protocol, state, members, lag, coordinator: coordinator.node.0 }
    }
}

/// The consumer that runs on a machine.
pub(in crate::view) fn consumer(
    world: &World,
    node: NodeId,
) -> Option<&crate::kafka::client::consumer::Consumer> {
    world.node(node).and_then(Node::as_consumer)
}
