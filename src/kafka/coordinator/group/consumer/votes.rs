//! Which server-side assignor the members want (Kafka: `preferredServerAssignor`, `computePreferredServerAssignor`).
//!
//! The most votes win. At a tie the order of two different hash tables of Java decides, one for the group as it is, one
//! for the group as it would be; where they differ Kafka 4.4 sees a change in every heartbeat and starts epoch after
//! epoch. This is reproduced.

use crate::kafka::base::Name;

use super::group::ConsumerGroup;
use super::member::Member;
use super::table_order::table_order;

/// The assignor that the group wants as it is.
pub(super) fn preferred(group: &ConsumerGroup) -> Option<Name> {
    most(&counted(group))
}

/// The assignor that it wants when one member is replaced by its next self.
pub(super) fn preferred_after(group: &ConsumerGroup, old: &Member, new: &Member) -> Option<Name> {
    let mut votes = counted(group);
    if let Some(vote) = &old.metadata.assignor
        && let Some(at) = votes.iter().position(|(name, _)| name == vote)
    {
        votes[at].1 -= 1;
        votes.retain(|(_, count)| *count > 0);
    }
    if let Some(vote) = &new.metadata.assignor {
        match votes.iter_mut().find(|(name, _)| name == vote) {
            Some((_, count)) => *count += 1,
            // Kafka's two assignors share a slot of its table, and `HashMap.compute` puts a newcomer in front.
            None => votes.insert(0, (vote.clone(), 1)),
        }
    }
    most(&votes)
}

/// The votes in the order of the table that holds them.
fn counted(group: &ConsumerGroup) -> Vec<(Name, usize)> {
    let mut votes = Vec::new();
    for member in group.members.values() {
        if let Some(vote) = &member.metadata.assignor {
            add(&mut votes, vote);
        }
    }
    table_order(&mut votes, |(name, _)| name);
    votes
}

fn add(votes: &mut Vec<(Name, usize)>, vote: &Name) {
    match votes.iter_mut().find(|(name, _)| name == vote) {
        Some((_, count)) => *count += 1,
        None => votes.push((vote.clone(), 1)),
    }
}

/// The first of those with the most votes.
fn most(votes: &[(Name, usize)]) -> Option<Name> {
    let best = votes.iter().map(|(_, count)| *count).max()?;
    votes.iter().find(|(_, count)| *count == best).map(|(name, _)| name.clone())
}
