//! KIP-392: a leader sends a consumer to a replica in the consumer's rack (`ReplicaManager.findPreferredReadReplica`,
//! `RackAwareReplicaSelector`).

use super::Broker;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::replication::Partition;

/// The class that comes with Kafka; another one is not there.
const RACK_AWARE: &str = "RackAwareReplicaSelector";

impl Broker {
    /// The replica in this rack that has the offset and has come furthest; nothing when the leader will do.
    pub(super) fn preferred_replica(
        &self,
        partition: &Partition,
        rack: &str,
        offset: Offset,
    ) -> Option<NodeId> {
        let leader = partition.leader()?;
        if !self.config.replica_selector_class.ends_with(RACK_AWARE)
            || self.spec.rack.as_deref() == Some(rack)
        {
            return None;
        }
        let here = |id: NodeId| {
            let broker = self.image().broker(id);
            broker.is_some_and(|broker| !broker.fenced && broker.rack.as_deref() == Some(rack))
        };
        let has = |start: Offset, end: Offset| start <= offset && offset <= end;
        let followers = leader.followers().filter(|f| has(f.log_start_offset, f.log_end_offset));
        let near = followers.filter(|follower| here(follower.broker));
        near.max_by_key(|follower| (follower.log_end_offset, follower.last_caught_up_ms)).map(|f| f.broker)
    }
}
