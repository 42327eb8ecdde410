//! The group coordinators on this broker: one for each partition of `__consumer_offsets` that it leads.

use std::hash::Hash;
use std::hash::Hasher;

use super::Broker;
use super::find_coordinator::group_partition;

/// What this broker keeps of groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coordinators {
    /// How many partitions `__consumer_offsets` had, or would get, when this process began.
    pub(super) partitions: i32,
}

/// A broker that coordinates nothing has the hash that it had before there were coordinators.
impl Hash for Coordinators {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Broker {
    /// The partition of `__consumer_offsets` that a group belongs to. The number of partitions is looked up once, when the
    /// coordinator starts; partitions that are added later count after a restart (Kafka: `GroupCoordinator.startup`).
    pub fn partition_of_group(&self, group: &str) -> i32 {
        group_partition(group, self.coordinators.partitions)
    }
}
