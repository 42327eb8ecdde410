//! How far a group is in every partition: in records, in time, and over time.

use super::LagLine;
use super::place::Coordinator;
use super::place::consumer;
use super::place::ends;
use super::story::Story;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::metadata::ClusterImage;
use crate::lab::World;
use crate::view::Directory;
use crate::view::MemberView;

/// Points of a line's history; where there are many lines, fewer.
const POINTS: usize = 48;
const FEW_POINTS: usize = 12;
const MANY_LINES: usize = 100;
/// Records that one picture looks up in logs.
const LOOKED_UP: usize = 12;

/// The timestamps of records that were not committed when they were last looked at.
pub(super) type Stamps = Map<TopicPartition, (Offset, i64)>;

/// What a picture of lag is made from.
pub(super) struct Source<'a> {
    pub world: &'a World,
    pub image: &'a ClusterImage,
    pub group: &'a str,
    pub coordinator: Option<&'a Coordinator<'a>>,
    pub members: &'a [MemberView],
    pub story: Option<&'a Story>,
}

impl LagLine {
    /// One line for each partition that is committed or owned, in order.
    pub(super) fn all(source: &Source<'_>, stamps: &mut Stamps) -> Vec<Self> {
        let Source { world, image, story, .. } = *source;
        let mut owners: Map<TopicPartition, (i32, Option<Offset>)> = Map::new();
        for node in source.members.iter().filter_map(|member| member.node) {
            let Some(consumer) = consumer(world, NodeId(node)) else { continue };
            for (partition, assigned) in consumer.assigned() {
                owners.insert(partition.clone(), (node, assigned.position().map(|it| it.offset)));
            }
        }
        let mut committed: Map<TopicPartition, Option<Offset>> =
            owners.keys().map(|partition| (partition.clone(), None)).collect();
        if let Some(coordinator) = source.coordinator {
            let offsets = coordinator.shard.committed().offsets.of_group(source.group);
            committed.extend(offsets.map(|(partition, it)| (partition.clone(), Some(it.offset))));
        }
        let points = if committed.len() > MANY_LINES { FEW_POINTS } else { POINTS };
        let mut budget = LOOKED_UP;
        let seq = world.seq();
        let line = |(partition, committed): (TopicPartition, Option<Offset>)| {
            let (log_start, end) = ends(world, image, &partition)?;
            let lag = committed.map(|committed| (end - committed).max(0));
            let reads = story.and_then(|it| it.reads.get(&world.names().spot_called(&partition)?));
            let mut history = reads.map(|reads| reads.lag.until(seq, points)).unwrap_or_default();
            history.extend(lag.filter(|_| !history.is_empty()).map(|lag| (world.now(), lag)));
            let waits = committed.filter(|_| lag.is_some_and(|lag| lag > 0)).map(|it| it.max(log_start));
            let stamp = waits.and_then(|offset| stamp(world, image, &partition, offset, stamps, &mut budget));
            Some(Self {
                owner: owners.get(&partition).map(|(node, _)| *node),
                position: owners.get(&partition).and_then(|(_, position)| *position),
                log_start,
                end,
                committed,
                lag,
                lag_ms: stamp.map(|stamp| (world.now().wall_ms() - stamp).max(0)),
                history,
                delivered_twice: reads.map_or(0, |reads| reads.twice(seq)),
                skipped: reads.map_or(0, |reads| reads.skipped(seq)),
                partition,
            })
        };
        committed.into_iter().filter_map(line).collect()
    }
}

/// The timestamp of a record, in milliseconds since 1970. Each is looked up once; what has no room in this picture has the
/// timestamp of the record that waited before.
fn stamp(
    world: &World,
    image: &ClusterImage,
    partition: &TopicPartition,
    offset: Offset,
    stamps: &mut Stamps,
    budget: &mut usize,
) -> Option<i64> {
    let known = stamps.get(partition).copied();
    if known.is_some_and(|(of, _)| of == offset) || *budget == 0 {
        return known.map(|(_, stamp)| stamp);
    }
    *budget -= 1;
    let leader = image.partition(partition)?.leader?;
    let stamp = Directory::with(world, leader, partition, |directory| {
        let (base, position) = directory.place_of(offset)?;
        let head = directory.batch(base, position, 0, 0)?.head;
        let number = usize::try_from(offset - head.base).ok()?;
        let batch = directory.batch(base, position, number, 1)?;
        batch.record(offset).or(batch.records.first()).map(|record| record.timestamp)
    })??;
    stamps.insert(partition.clone(), (offset, stamp));
    Some(stamp)
}
