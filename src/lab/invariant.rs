//! Claims that hold in every world at every moment; tests look after each event.

use std::fmt;

use super::world::World;
use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::node::Node;
use crate::kafka::replication::Partition;

/// What the claims must remember to be checked.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    leaders: Map<(TopicPartition, Epoch), NodeId>,
    high_watermarks: Map<(TopicPartition, Epoch, NodeId, u32), Offset>,
    versions: Map<(TopicPartition, NodeId, u32), u64>,
}

/// A claim that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Broken {
    pub claim: &'static str,
    /// Where, with the numbers.
    pub case: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it does not hold that {}: {}", self.claim, self.case)
    }
}

impl Claims {
    /// Looks at all replicas that changed since the last look.
    ///
    /// # Errors
    /// The first claim that does not hold.
    pub fn check(&mut self, world: &World) -> Result<(), Broken> {
        for (id, machine) in world.machines() {
            let Some(Node::Broker(broker)) = machine.node() else { continue };
            for partition in broker.partitions() {
                let key = (partition.id().clone(), id, machine.boots);
                if self.versions.insert(key, partition.version()) != Some(partition.version()) {
                    self.check_replica(id, machine.boots, partition)?;
                }
            }
        }
        Ok(())
    }

    fn check_replica(&mut self, broker: NodeId, boot: u32, partition: &Partition) -> Result<(), Broken> {
        let Some(log) = partition.log() else { return Ok(()) };
        let (id, epoch) = (partition.id(), partition.leader_epoch());
        let (start, high_watermark, end) =
            (log.log_start_offset(), log.high_watermark(), log.log_end_offset());
        let broken = |claim, case: String| Err(Broken { claim, case: format!("{id} on {broker}: {case}") });
        if high_watermark > end {
            return broken(
                "the high watermark lies in the log",
                format!("high watermark {high_watermark}, end {end}"),
            );
        }
        if start > end {
            return broken("a log begins before it ends", format!("start {start}, end {end}"));
        }
        if partition.leader().is_none() {
            return Ok(());
        }
        let other = *self.leaders.entry((id.clone(), epoch)).or_insert(broker);
        if other != broker {
            return broken("an epoch has one leader", format!("epoch {epoch} was led by {other}"));
        }
        let before = self.high_watermarks.entry((id.clone(), epoch, broker, boot)).or_insert(high_watermark);
        if *before > high_watermark {
            let case = format!("{before} -> {high_watermark} in epoch {epoch}");
            return broken("a leader's high watermark never moves back", case);
        }
        *before = high_watermark;
        Ok(())
    }
}

/// Looks at the logs of all replicas byte by byte: below the lowest high watermark they must be the same.
///
/// # Errors
/// The first two that differ.
pub fn replicas_agree(world: &World) -> Result<(), Broken> {
    let mut seen: Map<TopicPartition, (NodeId, Vec<Offset>, Vec<u8>, Offset)> = Map::new();
    for (id, machine) in world.machines() {
        let Some(Node::Broker(broker)) = machine.node() else { continue };
        for partition in broker.partitions() {
            let Some(log) = partition.log().filter(|log| log.high_watermark() == log.log_end_offset()) else {
                continue;
            };
            let name = partition.id();
            let inside = |path: &str| path.starts_with(&format!("{}/", log.dir())) && path.ends_with(".log");
            let files = machine.disk.files().filter(|(path, _)| inside(path));
            let bytes: Vec<u8> = files.flat_map(|(_, file)| file.peek(0, usize::MAX).to_vec()).collect();
            let bases = log.segments().map(|segment| segment.base_offset()).collect();
            match seen.get(name) {
                Some((other, there, same, end)) if *end == log.log_end_offset() && *there == bases => {
                    if *same != bytes {
                        let case = format!("{name} on {other} and on {id}");
                        return Err(Broken { claim: "replicas have the same bytes", case });
                    }
                }
                Some(_) => {}
                None => {
                    seen.insert(name.clone(), (id, bases, bytes, log.log_end_offset()));
                }
            }
        }
    }
    Ok(())
}
