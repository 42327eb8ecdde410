//! The uniform assignor for members that all want the same (`UniformHomogeneousAssignmentBuilder`): everyone keeps what
//! it has up to its share, those who have room get the rest one after the other.

use std::sync::Arc;

use super::AssignorError;
use super::GroupSpec;
use super::Partitions;
use super::uuid_hash;
use crate::kafka::base::Map;
use crate::kafka::base::Profile;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;
use crate::kafka::base::hash_copy_order;
use crate::kafka::base::hash_map_order;

pub(super) fn assign(spec: &GroupSpec<'_>) -> Result<Vec<Arc<Partitions>>, AssignorError> {
    let order = spec.members_in_order();
    let topics = spec.members[order[0]].topics;
    let nothing = Arc::new(Partitions::new());
    let mut targets = vec![nothing; spec.members.len()];
    if topics.is_empty() {
        return Ok(targets);
    }
    let (mut free, all) = free_partitions(spec, topics)?;
    let least = all / order.len();
    let mut with_one_more = all % order.len();
    let subscribed: Set<Uuid> = topics.iter().copied().collect();
    let mut unfilled = Vec::new();
    for (place, member) in order.iter().copied().enumerate() {
        let mut gets_one_more = with_one_more > 0;
        let mut room = least + usize::from(gets_one_more);
        targets[member] = keep(spec.members[member].current, &subscribed, &mut room, &mut free);
        // Kafka 4 leaves the odd partition to a later member, who may have it already, as long as there are enough.
        let enough_follow = order.len() - place > with_one_more;
        if spec.profile == Profile::Modern && gets_one_more && room > 0 && enough_follow {
            gets_one_more = false;
            room -= 1;
        }
        if room > 0 {
            unfilled.push((member, room));
        }
        with_one_more -= usize::from(gets_one_more);
    }
    let mut free = free.into_iter();
    for (member, room) in unfilled {
        let mut more = free.by_ref().take(room).peekable();
        if more.peek().is_some() {
            let target = Arc::make_mut(&mut targets[member]);
            more.for_each(|(topic, partition)| _ = target.entry(topic).or_default().insert(partition));
        }
    }
    match free.next() {
        None => Ok(targets),
        Some(_) => Err(AssignorError("Partitions were left unassigned".into())),
    }
}

/// The partitions that nobody has, topics in the order of Kafka's set of them; and how many partitions there are.
fn free_partitions(
    spec: &GroupSpec<'_>,
    topics: &[Uuid],
) -> Result<(Vec<(Uuid, i32)>, usize), AssignorError> {
    let mut taken: Map<Uuid, Vec<bool>> = Map::new();
    let mut all = 0;
    for topic in topics {
        let count = spec.count(*topic)?;
        taken.insert(*topic, vec![false; count]);
        all += count;
    }
    for (topic, numbers) in spec.members.iter().flat_map(|member| member.current.iter()) {
        let Some(taken) = taken.get_mut(topic) else { continue };
        for number in numbers.iter() {
            if let Some(taken) = usize::try_from(*number).ok().and_then(|number| taken.get_mut(number)) {
                *taken = true;
            }
        }
    }
    let mut free = Vec::new();
    for at in hash_copy_order(topics.iter().map(|topic| uuid_hash(*topic))) {
        let taken = taken[&topics[at]].iter().enumerate();
        free.extend(taken.filter(|(_, taken)| !**taken).map(|(number, _)| (topics[at], number as i32)));
    }
    Ok((free, all))
}

/// What a member keeps of its target: topics that it still wants, as long as there is room; what it gives up becomes
/// free.
fn keep(
    current: &Arc<Partitions>,
    subscribed: &Set<Uuid>,
    room: &mut usize,
    free: &mut Vec<(Uuid, i32)>,
) -> Arc<Partitions> {
    let mut kept = current.clone();
    if !kept.keys().all(|topic| subscribed.contains(topic)) {
        Arc::make_mut(&mut kept).retain(|topic, _| subscribed.contains(topic));
    }
    let size: usize = kept.values().map(Set::len).sum();
    if size <= *room {
        *room -= size;
        return kept;
    }
    let topics: Vec<Uuid> = current.keys().copied().collect();
    let of = Arc::make_mut(&mut kept);
    for at in hash_map_order(topics.iter().map(|topic| uuid_hash(*topic))) {
        let Some(numbers) = of.get_mut(&topics[at]) else { continue };
        if numbers.len() <= *room {
            *room -= numbers.len();
            continue;
        }
        let given_up = hash_copy_order(numbers.iter().copied()).split_off(*room);
        let given_up: Vec<i32> = given_up.into_iter().map(|at| numbers.iter().as_slice()[at]).collect();
        *room = 0;
        for number in given_up {
            numbers.remove(&number);
            free.push((topics[at], number));
        }
    }
    of.retain(|_, numbers| !numbers.is_empty());
    kept
}
