//! Racks of members and of the replicas that they could read from (KIP-881).

use super::input::Input;
use crate::kafka::base::Name;
use crate::kafka::base::Set;

/// Racks as far as they matter: empty when no choice of a member could bring a partition nearer.
#[derive(Default)]
pub(super) struct Racks<'a> {
    of_member: Vec<Option<&'a str>>,
    of_partition: Vec<&'a [Name]>,
}

impl<'a> Racks<'a> {
    /// For an assignment of all topics together (`AbstractStickyAssignor.RackInfo`).
    pub(super) fn new(input: &Input<'a>) -> Self {
        let of_member: Vec<Option<&str>> = (0..input.members.len()).map(|at| input.rack(at)).collect();
        if of_member.iter().all(Option::is_none) {
            return Self::default();
        }
        let of_partition: Vec<&[Name]> = (0..input.partitions()).map(|at| racks_of(input, at)).collect();
        if matter(of_member.iter().flatten().copied(), &of_partition) {
            Self { of_member, of_partition }
        } else {
            Self::default()
        }
    }

    pub(super) fn matter(&self) -> bool {
        !self.of_member.is_empty()
    }

    pub(super) fn of_member(&self, member: usize) -> Option<&'a str> {
        self.of_member.get(member).copied().flatten()
    }

    /// Whether a reader in the rack has no replica of the partition there. One without a rack is nowhere else.
    pub(super) fn mismatch(&self, rack: Option<&str>, partition: usize) -> bool {
        rack.is_some_and(|rack| {
            self.of_partition.get(partition).is_none_or(|racks| racks.iter().all(|other| **other != *rack))
        })
    }

    /// Whether the member has a rack and the partition a replica there.
    pub(super) fn share(&self, member: usize, partition: usize) -> bool {
        let rack = self.of_member(member);
        rack.is_some() && !self.mismatch(rack, partition)
    }

    /// Partitions that few members have in their rack come first (`sortPartitionsByRackConsumers`).
    pub(super) fn fewest_readers_first(&self, partitions: &mut [usize]) {
        if !self.matter() {
            return;
        }
        let readers = |partition: &usize| {
            let racks: Set<&str> = self.of_partition[*partition].iter().map(|rack| &**rack).collect();
            self.of_member.iter().flatten().filter(|rack| racks.contains(**rack)).count()
        };
        partitions.sort_by_cached_key(readers);
    }
}

/// The racks of a partition's replicas.
pub(super) fn racks_of<'a>(input: &Input<'a>, partition: usize) -> &'a [Name] {
    let topic = input.topics[input.topic_of(partition)];
    topic.racks.get(input.number_in_topic(partition)).map_or(&[], Vec::as_slice)
}

/// Whether some member has a rack in which some, but not all, of the partitions have a replica
/// (`useRackAwareAssignment`).
pub(super) fn matter<'a>(members: impl Iterator<Item = &'a str>, partitions: &[&'a [Name]]) -> bool {
    let members: Set<&str> = members.collect();
    let set = |racks: &&'a [Name]| racks.iter().map(|rack| &**rack).collect::<Set<&str>>();
    let all: Set<&str> = partitions.iter().flat_map(|racks| racks.iter().map(|rack| &**rack)).collect();
    members.intersection(&all).next().is_some() && partitions.iter().any(|racks| set(racks) != all)
}
