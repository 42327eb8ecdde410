//! What of groups moves on the stage: partitions between owners, and what is read once more.

use std::rc::Rc;

use super::Groups;
use super::reads::Owner;
use super::reads::Reads;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::lab::Journal;
use crate::lab::Seq;
use crate::lab::World;
use crate::view::ClusterView;
use crate::view::HandoverView;
use crate::view::RepeatedView;

impl Groups {
    /// Marks in a picture of the cluster what the groups' past tells: which partitions are on their way, or have arrived
    /// within the last `span` of simulated time, and which records are read for the second time. As all of it follows from
    /// the moment, it is the same however fast and in whichever direction time runs.
    pub fn mark(&mut self, world: &World, journal: &Journal, view: &mut ClusterView, span: Duration) {
        self.stories.follow(world, journal);
        let (seq, now, names) = (world.seq(), world.now(), world.names());
        let since = Instant(now.0.saturating_sub(u64::try_from(span.as_micros()).unwrap_or(u64::MAX)));
        view.handovers.clear();
        view.glide = span;
        for story in self.stories.all() {
            // What was followed beyond the playhead is not known there yet.
            let owned = || {
                let known = |reads: &Reads| reads.owners.first().is_some_and(|first| first.seq <= seq);
                story.reads.iter().filter(move |(_, reads)| known(reads))
            };
            let many = owned().count();
            for (place, (spot, reads)) in owned().enumerate() {
                let Some(partition) = names.spot_of(*spot) else { continue };
                let told = handover(&story.name, partition, reads, seq, since);
                let seat = |told: &HandoverView| {
                    let its = |reads: &Reads| reads.owner_before(told.left).map(|node| node.0) == told.from;
                    owned().take(place).filter(|(_, reads)| its(reads)).count()
                };
                view.handovers.extend(told.map(|told| HandoverView {
                    place: (place, many),
                    seat: seat(&told),
                    ..told
                }));
            }
        }
        for consumer in &mut view.consumers {
            let id = consumer.id;
            let Some(story) = self.stories.of_member(crate::kafka::base::NodeId(id)) else { continue };
            let repeated = |partition: &TopicPartition| {
                let reads = story.reads.get(&names.spot_called(partition)?)?;
                let known = reads.repeats.partition_point(|repeat| repeat.seq <= seq);
                let last = reads.repeats[..known].last().filter(|repeat| repeat.node.0 == id)?;
                Some(RepeatedView { from: last.from, to: last.to, since: last.at })
            };
            let marks: Vec<_> = consumer.readings.iter().map(|it| repeated(&it.partition)).collect();
            if marks.iter().any(Option::is_some) {
                let consumer = Rc::make_mut(consumer);
                for (reading, mark) in consumer.readings.iter_mut().zip(marks) {
                    reading.repeated = mark;
                }
            }
        }
    }
}

/// The latest change of a partition's owner: always while nobody owns it, else when it was not before `since`.
fn handover(
    group: &Name,
    partition: &TopicPartition,
    reads: &Reads,
    seq: Seq,
    since: Instant,
) -> Option<HandoverView> {
    let known = &reads.owners[..reads.owners.partition_point(|owner| owner.seq <= seq)];
    let last = known.last()?;
    if last.node.is_some() && last.at < since {
        return None;
    }
    let taken = last.node.map(|node| (node.0, last.at));
    // Who had it, and when that ended.
    let before = if taken.is_some() { &known[..known.len() - 1] } else { known };
    let gone: Option<&Owner> = before.last().filter(|owner| owner.node.is_none());
    let owners = if gone.is_some() { &before[..before.len() - 1] } else { before };
    Some(HandoverView {
        partition: partition.clone(),
        group: group.clone(),
        from: owners.last().and_then(|owner| owner.node).map(|node| node.0),
        left: gone.map_or(last.at, |owner| owner.at),
        to: taken,
        lost: gone.is_some_and(|owner| owner.lost),
        seat: 0,
        place: (0, 1),
    })
}
