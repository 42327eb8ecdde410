//! Elections that nobody asked for: back to preferred leaders, and unclean ones.

use super::decider::Decider;
use super::partition_change::Election;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::metadata::TopicImage;

/// The most elections of one run (`ReplicationControlManager.MAX_ELECTIONS_PER_IMBALANCE`).
pub(super) const MAX_ELECTIONS: usize = 1000;

impl Decider<'_> {
    pub(super) fn are_leaders_imbalanced(&self) -> bool {
        self.image.partitions().any(|(_, _, partition)| !partition.has_preferred_leader())
    }

    /// Gives leadership back to preferred replicas that are in sync.
    pub(super) fn balance_leaders(&self) -> Vec<MetadataRecord> {
        let imbalanced =
            |_: &TopicImage, partition: &PartitionRegistration| !partition.has_preferred_leader();
        self.elect(Election::Preferred, imbalanced)
    }

    /// Elects uncleanly where there is no leader and the topic allows it.
    pub(super) fn elect_unclean_leaders(&self) -> Vec<MetadataRecord> {
        self.elect(Election::Unclean, |topic, partition| {
            partition.leader.is_none() && self.is_unclean_election_enabled(topic)
        })
    }

    fn elect(
        &self,
        election: Election,
        concerns: impl Fn(&TopicImage, &PartitionRegistration) -> bool,
    ) -> Vec<MetadataRecord> {
        let partitions = self.image.partitions().filter(|(topic, _, before)| concerns(topic, before));
        let changes = partitions.filter_map(|(topic, number, before)| {
            let mut change = self.change(topic, number, before);
            change.election = election;
            change.build(&|broker| self.is_acceptable(before, broker))
        });
        changes.map(MetadataRecord::PartitionChange).take(MAX_ELECTIONS).collect()
    }
}
