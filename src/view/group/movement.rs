//! What of groups moves on the stage: partitions between owners, and what is read once more.

use std::rc::Rc;

use super::Groups;
use super::reads::Owner;
use super::reads::Reads;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::lab::Journal;
use crate::lab::Seq;
use crate::lab::World;
use crate::view::ClusterView;
use crate::view::HandoverView;
use crate::view::RepeatedView;

/// With more partitions of a group on their way than this, those with the same way go together.
pub(super) const FEW: usize = 60;
/// So many things are on their way at most, and two heaps of what waits.
pub(super) const MOST: usize = 120;

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
            let known = |reads: &Reads| reads.owners.first().is_some_and(|first| first.seq <= seq);
            let owned: Vec<_> = story.reads.iter().filter(|(_, reads)| known(reads)).collect();
            let mut told = Vec::new();
            for (place, (spot, reads)) in owned.iter().enumerate() {
                let Some(partition) = names.spot_of(**spot) else { continue };
                let one = handover(&story.name, partition, reads, seq, since);
                told.extend(one.map(|one| HandoverView { place: (place, owned.len()), ..one }));
            }
            if told.len() > FEW {
                view.handovers.extend(together(told));
                continue;
            }
            for one in &mut told {
                let its = |reads: &Reads| reads.owner_before(one.left).map(|node| node.0) == one.from;
                one.seat = owned[..one.place.0].iter().filter(|(_, reads)| its(reads)).count();
            }
            view.handovers.extend(told);
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
        count: 1,
        group: group.clone(),
        from: owners.last().and_then(|owner| owner.node).map(|node| node.0),
        left: gone.map_or(last.at, |owner| owner.at),
        to: taken,
        lost: gone.is_some_and(|owner| owner.lost),
        seat: 0,
        place: (0, 1),
    })
}

/// What tells apart what goes together: to whom, since when, from whom, and whether it was lost.
type Way = (Option<i32>, Option<Instant>, Option<i32>, bool);

/// What goes together of very many: what one member gave up at a moment, and what one member took of another. When these
/// are still too many, it is no longer told from whom a member took, then no longer when, and at last what waits lies on one
/// heap.
fn together(told: Vec<HandoverView>) -> Vec<HandoverView> {
    let ways: [fn(&HandoverView) -> Way; 4] = [
        |one| match one.to {
            Some((id, at)) => (Some(id), Some(at), one.from, false),
            None => (None, Some(one.left), one.from, one.lost),
        },
        |one| match one.to {
            Some((id, at)) => (Some(id), Some(at), None, false),
            None => (None, Some(one.left), one.from, one.lost),
        },
        |one| match one.to {
            Some((id, _)) => (Some(id), None, None, false),
            None => (None, None, one.from, one.lost),
        },
        |one| (one.to.map(|(id, _)| id), None, None, one.to.is_none() && one.lost),
    ];
    let mut all = told;
    for way in ways {
        all = merged(all, way);
        if all.len() <= MOST {
            return all;
        }
    }
    // So many members take at once that not even each of them has a thing of its own.
    all.iter_mut().skip(MOST).for_each(|one| one.to = None);
    merged(all, ways[3])
}

fn merged(all: Vec<HandoverView>, way: fn(&HandoverView) -> Way) -> Vec<HandoverView> {
    let mut ways: Map<Way, HandoverView> = Map::new();
    for mut one in all {
        let way = way(&one);
        // Their sum, of which the mean is made when all are there.
        one.place.0 *= one.count;
        match ways.get_mut(&way) {
            Some(with) => with.take_up(&one),
            None => drop(ways.insert(way, one)),
        }
    }
    let mut all: Vec<HandoverView> = ways.into_values().collect();
    all.iter_mut().for_each(|one| one.place.0 /= one.count);
    all
}

impl HandoverView {
    /// Goes on together with another that goes to the same member, or that nobody has either; places are added up.
    fn take_up(&mut self, other: &Self) {
        self.count += other.count;
        self.place.0 += other.place.0;
        self.seat = (self.count - 1) / 2;
        if self.from != other.from {
            self.from = None;
        }
        self.left = self.left.max(other.left);
        self.to = self.to.zip(other.to).map(|((id, a), (_, b))| (id, a.max(b)));
        self.lost &= other.lost;
        if other.partition < self.partition {
            self.partition = other.partition.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;

    /// One of a thousand partitions that its owner of a hundred gave up, and that, of all below `taken`, another has taken.
    fn of_thousand(partition: usize, taken: usize) -> HandoverView {
        let to = (partition < taken).then(|| (20_001 + partition as i32 % 101, Instant::from_millis(20)));
        HandoverView {
            partition: TopicPartition::new(&name("orders"), partition as i32),
            count: 1,
            group: name("billing"),
            from: Some(20_001 + partition as i32 / 10),
            left: Instant::from_millis(10 + partition as u64 / 10),
            to,
            lost: partition < 10,
            seat: 0,
            place: (partition, 1000),
        }
    }

    fn packed(taken: usize) -> Vec<HandoverView> {
        together((0..1000).map(|partition| of_thousand(partition, taken)).collect())
    }

    #[test]
    fn of_a_thousand_partitions_few_things_move_and_none_is_missing() {
        for taken in [0, 1, 300, 500, 999, 1000] {
            let things = packed(taken);
            assert!(things.len() <= MOST + 2, "{} things at {taken}", things.len());
            assert_eq!(things.iter().map(|one| one.count).sum::<usize>(), 1000, "at {taken}");
            let waiting = things.iter().filter(|one| one.to.is_none()).map(|one| one.count);
            assert_eq!(waiting.sum::<usize>(), 1000 - taken, "what waits waits");
        }
    }

    #[test]
    fn what_one_member_gave_up_goes_together_and_so_does_what_one_takes() {
        let leaving = packed(0);
        assert!(leaving.iter().all(|one| one.count == 10 && one.from.is_some()), "{leaving:?}");
        assert_eq!(
            leaving.iter().filter(|one| one.lost).map(|one| one.from).collect::<Vec<_>>(),
            [Some(20_001)]
        );
        let first = leaving.iter().find(|one| one.from == Some(20_002)).expect("member 2 gave some up");
        assert_eq!(
            (first.partition.partition, first.place, first.left),
            (10, (14, 1000), Instant::from_millis(11))
        );
        let coming = packed(1000);
        assert_eq!(coming.len(), 101, "one for each that takes");
        assert!(coming.iter().all(|one| one.to.is_some() && one.from.is_none()), "they came from many");
    }

    #[test]
    fn a_stack_comes_from_its_owner_when_owners_are_few() {
        let told = (0..100).map(|n| HandoverView {
            from: Some(20_001 + n % 4),
            to: Some((20_005 + n % 2, Instant::from_millis(20))),
            ..of_thousand(n.unsigned_abs() as usize, 1000)
        });
        let coming = together(told.collect());
        assert_eq!(coming.len(), 4, "each of four owners gave to one of two: {coming:?}");
        assert!(coming.iter().all(|one| one.count == 25 && one.from.is_some()), "{coming:?}");
    }

    #[test]
    fn moments_do_not_tell_very_many_apart() {
        let at_their_own_time = |partition: usize| HandoverView {
            left: Instant::from_millis(partition as u64),
            ..of_thousand(partition, 0)
        };
        let things = together((0..1000).map(at_their_own_time).collect());
        assert_eq!(things.len(), 100, "one for each owner");
        let crowd = |partition: usize| HandoverView {
            to: Some((20_001 + partition as i32, Instant::from_millis(20))),
            ..of_thousand(partition, 0)
        };
        assert!(together((0..1000).map(crowd).collect()).len() <= MOST + 2);
    }
}
