//! `RangeAssignor` of the coordinator: the members of each topic in order, static ones first, each with a range of it.

use std::ops::Range;
use std::sync::Arc;

use super::AssignorError;
use super::GroupSpec;
use super::Partitions;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;

/// A topic that is being cut.
struct Topic {
    /// Where the next range begins.
    next: usize,
    /// What each member gets at least, and how many of those that follow get one more.
    each: usize,
    odd: usize,
}

pub(super) fn assign(spec: &GroupSpec<'_>) -> Result<Vec<Arc<Partitions>>, AssignorError> {
    let (ids, mut wants) = numbered(spec);
    let mut members = vec![0; ids.len()];
    for (list, of_list) in &wants {
        for topic in list {
            members[*topic] += of_list.len();
        }
    }
    let mut topics = Vec::with_capacity(ids.len());
    for (id, members) in ids.iter().zip(members) {
        let partitions = spec.count(*id)?;
        topics.push(Topic { next: 0, each: partitions / members, odd: partitions % members });
    }
    let mut list_of = vec![0; spec.members.len()];
    for (number, (_, members)) in wants.iter().enumerate() {
        for member in members {
            list_of[*member] = number;
        }
    }
    let mut order: Vec<usize> = (0..spec.members.len()).collect();
    order.sort_by_key(|at| {
        let member = &spec.members[*at];
        (member.instance.is_none(), member.instance.unwrap_or(member.id))
    });
    let nothing = Arc::new(Partitions::new());
    let mut targets = vec![nothing.clone(); order.len()];
    let mut cuts = Vec::new();
    for member in order {
        cuts.clear();
        // What has been dealt out to its end is not asked again: with more members than partitions most get nothing.
        wants[list_of[member]].0.retain(|at| {
            let range = topics[*at].cut();
            let some = !range.is_empty();
            if some {
                cuts.push((ids[*at], range));
            }
            some
        });
        targets[member] = target(&cuts, spec.members[member].current, &nothing);
    }
    Ok(targets)
}

/// A member's target: the one that it has, where that says the same.
fn target(
    cuts: &[(Uuid, Range<usize>)],
    current: &Arc<Partitions>,
    nothing: &Arc<Partitions>,
) -> Arc<Partitions> {
    let is = |numbers: &Set<i32>, range: &Range<usize>| {
        let ends = numbers.first().zip(numbers.last());
        numbers.len() == range.len() && ends == Some((&(range.start as i32), &(range.end as i32 - 1)))
    };
    let mut both = cuts.iter().zip(current.iter());
    if cuts.len() == current.len()
        && both.all(|((id, range), (had, numbers))| id == had && is(numbers, range))
    {
        return current.clone();
    }
    if cuts.is_empty() {
        return nothing.clone();
    }
    let numbers = |range: &Range<usize>| range.clone().map(|number| number as i32).collect();
    Arc::new(cuts.iter().map(|(id, range)| (*id, numbers(range))).collect())
}

/// A list of topics, and the members who want these.
type Wanted = (Vec<usize>, Vec<usize>);

/// All topics in the order of their ids, and the lists of them that are wanted. Members mostly want the same: a list
/// that stands next to an equal one is looked up once.
fn numbered(spec: &GroupSpec<'_>) -> (Vec<Uuid>, Vec<Wanted>) {
    let mut lists: Vec<(&[Uuid], Vec<usize>)> = Vec::new();
    for (at, member) in spec.members.iter().enumerate() {
        match lists.last_mut() {
            Some((topics, members)) if *topics == member.topics => members.push(at),
            _ => lists.push((member.topics, vec![at])),
        }
    }
    let mut ids: Vec<Uuid> = lists.iter().flat_map(|(topics, _)| topics.iter().copied()).collect();
    ids.sort_unstable();
    ids.dedup();
    let numbers = |topics: &[Uuid]| {
        let mut list: Vec<usize> = topics.iter().filter_map(|id| ids.binary_search(id).ok()).collect();
        list.sort_unstable();
        list
    };
    let wanted = lists.into_iter().map(|(topics, members)| (numbers(topics), members)).collect();
    (ids, wanted)
}

impl Topic {
    /// The range of the next member: the first ones get one more if it does not come out even.
    fn cut(&mut self) -> Range<usize> {
        let one_more = usize::from(self.odd > 0);
        self.odd -= one_more;
        let start = self.next;
        self.next += self.each + one_more;
        start..self.next
    }
}
