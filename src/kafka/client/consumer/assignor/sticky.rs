//! `StickyAssignor`, and what the cooperative one shares with it (`AbstractStickyAssignor`): who owned what, and which of
//! two algorithms deals out the rest.

use super::constrained;
use super::general;
use super::input::Input;
use super::racks::Racks;
use super::user_data;
use super::user_data::ReadMember;
use crate::kafka::base::TopicPartition;
use crate::kafka::protocol::consumer_protocol::NO_GENERATION;

/// Who claims what.
pub(super) struct Claims {
    /// Each member's partitions from before, those that it may still call its own.
    pub(super) owned: Vec<Vec<usize>>,
    /// Partitions that two members claim in one generation.
    pub(super) doubly_claimed: Vec<bool>,
    /// What members of older generations had: the member and its generation, by partition.
    pub(super) previous: Vec<Option<(usize, i32)>>,
    /// Members in the order in which Kafka walks them.
    pub(super) order: Vec<usize>,
}

/// Numbers of partitions by member.
pub(super) struct Assigned {
    pub(super) lists: Vec<Vec<usize>>,
    /// Partitions that go from one member to another, with the new one; `None`: nobody has kept count.
    pub(super) moving: Option<Vec<(usize, usize)>>,
}

/// An assignment by name.
pub(super) fn assign(input: &Input<'_>, read: ReadMember) -> Vec<Vec<TopicPartition>> {
    input.named(assign_numbers(input, read).lists)
}

pub(super) fn assign_numbers(input: &Input<'_>, read: ReadMember) -> Assigned {
    let claims = Claims::new(input, read);
    let racks = Racks::new(input);
    if same_subscriptions(input, &claims.order) {
        constrained::assign(input, &racks, &claims)
    } else {
        general::assign(input, &racks, claims)
    }
}

/// Whether all members want the same. As in Kafka, members without any topic do not count if they come first.
fn same_subscriptions(input: &Input<'_>, order: &[usize]) -> bool {
    let lists = order.iter().map(|member| &input.members[*member].subscription.topics);
    let mut lists = lists.skip_while(|topics| topics.is_empty());
    let Some(first) = lists.next() else { return true };
    let mut sorted = first.clone();
    sorted.sort();
    lists.all(|topics| {
        topics == first
            || topics.len() == sorted.len() && topics.iter().all(|topic| sorted.binary_search(topic).is_ok())
    })
}

impl Claims {
    fn new(input: &Input<'_>, read: ReadMember) -> Self {
        let order = input.members_in_hash_order();
        let mut data: Vec<(Vec<usize>, Option<i32>)> = Vec::with_capacity(order.len());
        for member in input.members {
            let read = read(&member.subscription);
            data.push((input.known(&read.owned), read.generation));
        }
        let (owner, doubly_claimed) = settle(input, &order, &data);
        let previous = previous(input, &order, &data);
        let owned = data.into_iter().enumerate().map(|(member, (mut claimed, _))| {
            claimed.retain(|partition| owner[*partition] == Some(member));
            claimed
        });
        Self { owned: owned.collect(), doubly_claimed, previous, order }
    }
}

/// Who may call a partition its own: the only one who claims it, or the one with the newest generation.
fn settle(
    input: &Input<'_>,
    order: &[usize],
    data: &[(Vec<usize>, Option<i32>)],
) -> (Vec<Option<usize>>, Vec<bool>) {
    // Whose claim was last looked at, and whether it holds.
    let mut claimant: Vec<Option<usize>> = vec![None; input.partitions()];
    let mut holds = vec![false; input.partitions()];
    let mut doubly = vec![false; input.partitions()];
    for member in order {
        let (claimed, generation) = &data[*member];
        let generation = generation.unwrap_or(NO_GENERATION);
        for partition in claimed {
            // Of the other one Kafka asks the generation in its subscription, not in its user data.
            let other = claimant[*partition].map(|other| {
                user_data::generation(&input.members[other].subscription).unwrap_or(NO_GENERATION)
            });
            match other {
                Some(other) if generation < other => {}
                Some(other) if generation == other => {
                    claimant[*partition] = Some(*member);
                    holds[*partition] = false;
                    doubly[*partition] = true;
                }
                _ => {
                    claimant[*partition] = Some(*member);
                    holds[*partition] = true;
                }
            }
        }
    }
    let owner = claimant.into_iter().zip(holds).map(|(member, holds)| member.filter(|_| holds));
    (owner.collect(), doubly)
}

/// What members had in a generation before the newest one, the newest of these first.
fn previous(
    input: &Input<'_>,
    order: &[usize],
    data: &[(Vec<usize>, Option<i32>)],
) -> Vec<Option<(usize, i32)>> {
    let newest = data.iter().filter_map(|(_, generation)| *generation).max().unwrap_or(NO_GENERATION);
    let newest = newest.max(NO_GENERATION);
    let mut previous: Vec<Option<(usize, i32)>> = vec![None; input.partitions()];
    for member in order {
        let (claimed, generation) = &data[*member];
        let generation = generation.unwrap_or(NO_GENERATION);
        if generation >= newest {
            continue;
        }
        for partition in claimed {
            let known = &mut previous[*partition];
            if known.is_none_or(|(_, before)| generation > before) {
                *known = Some((*member, generation));
            }
        }
    }
    previous
}
