//! What must hold of groups at every moment.

use std::collections::BTreeSet;

use kafkascope::kafka::base::Map;
use kafkascope::kafka::base::Name;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::broker::Stage;
use kafkascope::kafka::client::consumer::Consumer;
use kafkascope::kafka::protocol::Api;
use kafkascope::lab::Entry;
use kafkascope::lab::Kind;
use kafkascope::lab::World;
use kafkascope::lab::invariant::Claims as Replicas;

/// The claims, and what they must remember.
#[derive(Default)]
pub(crate) struct Claims {
    replicas: Replicas,
    committed: Map<(Name, TopicPartition), Known>,
    /// Connections that the first node has given up, to its loss or by its own will.
    given_up: BTreeSet<(NodeId, u64)>,
}

/// What a group has committed in a partition, below the high watermark of its coordinator.
struct Known {
    highest: Offset,
    /// Where commits that came late may have moved it back to, until the last of them is below the high watermark: several
    /// abandoned connections may deliver theirs at once, in any order.
    late: BTreeSet<Offset>,
}

impl Claims {
    /// Looks after an event that wrote these entries.
    pub(crate) fn check(&mut self, world: &World, entries: &[Entry]) -> Result<(), String> {
        let (mut owners, mut offsets, mut replicas, mut late) = (false, false, false, false);
        for entry in entries {
            match entry.kind {
                Kind::Took { .. } | Kind::GroupMoved { .. } => owners = true,
                Kind::Committed { .. } => offsets = true,
                Kind::Received { api: Api::OffsetCommit, response: false, .. } => {
                    (offsets, late) = (true, late || self.is_late(entry));
                }
                Kind::Hung { connection, .. } | Kind::Disconnected { connection, .. } => {
                    self.given_up.insert((entry.node, connection));
                }
                Kind::HighWatermark { .. } => (offsets, replicas) = (true, true),
                Kind::Appended { .. } | Kind::Truncated { .. } | Kind::LeaderChanged { .. } => {
                    replicas = true
                }
                _ => {}
            }
        }
        if owners {
            one_owner(world)?;
        }
        if offsets {
            self.never_back(world, late)?;
        }
        if replicas {
            self.replicas.check(world).map_err(|broken| broken.to_string())?;
        }
        Ok(())
    }

    /// A committed offset moves back only when somebody resets, deletes or seeks, and nobody does here, or by a commit of
    /// the same generation that comes late over an abandoned connection. A new coordinator
    /// reads its partition to the end: what is below the high watermark anywhere must be there.
    fn never_back(&mut self, world: &World, comes_late: bool) -> Result<(), String> {
        for broker in world.machines().filter_map(|(_, machine)| machine.node()?.as_broker()) {
            for coordinator in broker.coordinators().shards() {
                let shard = &coordinator.shard;
                let leads =
                    coordinator.stage == Stage::Active && is_leader(world, broker.id(), shard.partition);
                for (group, of) in shard.committed().offsets.by_group() {
                    for (partition, committed) in of {
                        let now = shard.timeline().offsets.get(group, partition).map_or(-1, |it| it.offset);
                        let known = self
                            .committed
                            .entry((group.clone(), partition.clone()))
                            .or_insert(Known { highest: committed.offset, late: BTreeSet::new() });
                        known.highest = known.highest.max(committed.offset);
                        if comes_late {
                            known.late.insert(now);
                        }
                        if leads && known.late.contains(&now) {
                            known.highest = known.highest.min(now);
                        }
                        if leads && now < known.highest {
                            return Err(format!(
                                "group {group} had committed {} in {partition}, and now {now}, at coordinator {}",
                                known.highest,
                                broker.id()
                            ));
                        }
                        if leads && !comes_late && committed.offset == now {
                            known.late.clear();
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a commit came over a connection that its member had given up: the bytes were on their way when the member
    /// asked again over another one. The generation is still the same, and so Kafka takes it, however late.
    fn is_late(&self, request: &Entry) -> bool {
        let Kind::Received { connection, peer, .. } = request.kind else { return false };
        self.given_up.contains(&(peer, connection.into()))
    }
}

/// Whether the controller has this broker as leader of a partition of `__consumer_offsets`.
fn is_leader(world: &World, broker: NodeId, partition: i32) -> bool {
    let controller = world.node(kafkascope::lab::CONTROLLER).and_then(|node| node.as_controller());
    let id = TopicPartition::new(&kafkascope::kafka::base::name("__consumer_offsets"), partition);
    controller.and_then(|it| it.image().partition(&id)?.leader) == Some(broker)
}

/// The members of all groups that run.
pub(crate) fn members(world: &World) -> impl Iterator<Item = (NodeId, &str, &Consumer)> {
    world.machines().filter_map(|(id, machine)| {
        let consumer = machine.node()?.as_consumer()?;
        Some((id, &**consumer.group().id()?, consumer))
    })
}

/// No partition has two owners in one generation or epoch.
fn one_owner(world: &World) -> Result<(), String> {
    let mut owners: Map<(&str, i32, &TopicPartition), NodeId> = Map::new();
    for (id, group, consumer) in members(world) {
        let generation = consumer.group().generation();
        if generation <= 0 {
            continue;
        }
        for (partition, _) in consumer.assigned() {
            if let Some(other) = owners.insert((group, generation, partition), id) {
                return Err(format!(
                    "{partition} of group {group} has two owners in generation {generation}: {other} and {id}"
                ));
            }
        }
    }
    Ok(())
}
