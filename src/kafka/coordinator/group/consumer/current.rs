//! One member's way from what it owns to what it should own (Kafka: `CurrentAssignmentBuilder`, KIP-848).
//!
//! A member first gives up what it may not keep, then enters the target's epoch, then gets what is free.

use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;

use super::member::Member;
use super::member::MemberState;
use super::member::Owned;
use super::member::Target;

/// What a reconciliation needs to know.
pub struct Reconciliation<'a> {
    pub target_epoch: Epoch,
    pub target: &'a Target,
    /// Topics that the member is subscribed to; only these may be kept or given.
    pub subscribed: &'a Set<Uuid>,
    /// The member names no topic, not even one that does not exist.
    pub reads_nothing: bool,
    /// The member has just changed its subscription: topics that it left are taken at once.
    pub subscription_changed: bool,
    /// Whether a member, this one included, holds the partition.
    pub is_held: &'a dyn Fn(Uuid, i32) -> bool,
    /// What the member says that it owns; none: unchanged since it last said.
    pub reported: Option<&'a Target>,
    /// Before 4.0 a member entered the next epoch when it had given up its partitions, even if it had to give up more,
    /// and what it had just given up was not free before the next heartbeat, not even for itself.
    pub epoch_per_revocation: bool,
}

/// The member's next step; the member itself when there is none.
///
/// # Errors
/// `None` stands for `FENCED_MEMBER_EPOCH`: its state is one of a newer Kafka, so it must start again with nothing.
pub fn reconcile(member: &Member, plan: &Reconciliation<'_>) -> Option<Member> {
    Some(match member.state {
        MemberState::Stable if member.epoch != plan.target_epoch => plan.next(member, member.epoch),
        MemberState::Stable if plan.subscription_changed => plan.leave_topics(member),
        MemberState::Stable => member.clone(),
        MemberState::UnrevokedPartitions if plan.still_owns(&member.revoking) => {
            if plan.subscription_changed { plan.leave_topics(member) } else { member.clone() }
        }
        MemberState::UnrevokedPartitions => {
            plan.next(member, member.epoch + Epoch::from(plan.epoch_per_revocation))
        }
        MemberState::UnreleasedPartitions => plan.next(member, member.epoch),
        MemberState::Unknown if plan.reported.is_some_and(Map::is_empty) => {
            plan.next(member, plan.target_epoch)
        }
        MemberState::Unknown => return None,
    })
}

impl Reconciliation<'_> {
    /// Whether the member may still own one of these: it says so, or it says nothing.
    fn still_owns(&self, revoking: &Owned) -> bool {
        let Some(reported) = self.reported else { return true };
        reported.iter().any(|(topic, partitions)| {
            revoking
                .get(topic)
                .is_some_and(|of| partitions.iter().any(|partition| of.contains_key(partition)))
        })
    }

    /// Takes the topics that the member is no longer subscribed to.
    fn leave_topics(&self, member: &Member) -> Member {
        let mut next = member.clone();
        for (topic, partitions) in
            member.assigned.iter().filter(|(topic, _)| !self.subscribed.contains(topic))
        {
            next.assigned.remove(topic);
            next.revoking.entry(*topic).or_default().extend(partitions.iter().map(|(p, epoch)| (*p, *epoch)));
        }
        // Who reads nothing any more goes a step even if it had nothing.
        let reads_nothing = self.reads_nothing && member.revoking.is_empty();
        if next.assigned.len() == member.assigned.len() && !reads_nothing {
            return next;
        }
        if !next.revoking.is_empty() && self.still_owns(&next.revoking) {
            next.state = MemberState::UnrevokedPartitions;
        } else {
            next.revoking = member.revoking.clone();
        }
        next.enter(member.epoch);
        next
    }

    /// Compares what the member has with its target. `epoch` is the one it is in if it must give something up.
    fn next(&self, member: &Member, epoch: Epoch) -> Member {
        let mut kept = Owned::new();
        let mut revoked = Owned::new();
        let mut given = Owned::new();
        let mut waits = false;
        let none = Set::new();
        let wanted = |topic: &Uuid| {
            self.target.get(topic).filter(|_| self.subscribed.contains(topic)).unwrap_or(&none)
        };
        for (topic, partitions) in member.assigned.iter() {
            let target = wanted(topic);
            for (partition, assigned_in) in partitions.iter() {
                let owned = if target.contains(partition) { &mut kept } else { &mut revoked };
                owned.entry(*topic).or_default().insert(*partition, *assigned_in);
            }
        }
        for topic in self.target.keys() {
            let own = member.assigned.get(topic);
            for partition in wanted(topic).iter().filter(|p| !own.is_some_and(|own| own.contains_key(p))) {
                let own_revoking = !self.epoch_per_revocation
                    && member.revoking.get(topic).is_some_and(|of| of.contains_key(partition));
                if (self.is_held)(*topic, *partition) && !own_revoking {
                    waits = true;
                } else {
                    given.entry(*topic).or_default().insert(*partition, self.target_epoch);
                }
            }
        }
        let mut next = member.clone();
        if !revoked.is_empty() && self.still_owns(&revoked) {
            next.state = MemberState::UnrevokedPartitions;
            next.enter(epoch);
            next.assigned = kept;
            next.revoking = revoked;
            return next;
        }
        for (topic, partitions) in given {
            kept.entry(topic).or_default().extend(partitions);
        }
        next.state = if waits { MemberState::UnreleasedPartitions } else { MemberState::Stable };
        next.enter(self.target_epoch);
        next.assigned = kept;
        next.revoking = Owned::new();
        next
    }
}
