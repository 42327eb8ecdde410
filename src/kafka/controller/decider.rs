use super::partition_change::Election;
use super::partition_change::PartitionChange;
use super::spec::ControllerConfig;
use crate::kafka::base::NodeId;
use crate::kafka::base::Uuid;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::metadata::ConfigResource;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::metadata::TopicImage;
use crate::kafka::protocol::ErrorCode;

/// Decides, from what is known, what to write. It cannot change anything.
#[derive(Clone, Copy)]
pub(super) struct Decider<'a> {
    pub image: &'a ClusterImage,
    pub config: &'a ControllerConfig,
}

/// Why leaders and in-sync sets are looked at anew.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BrokerChange {
    /// Leaves all in-sync sets and leads nothing.
    pub remove: Option<NodeId>,
    /// May lead from now on, although the image still shows it fenced.
    pub add: Option<NodeId>,
    /// Died without flushing: not eligible either.
    pub unclean_shutdown: Option<NodeId>,
}

impl<'a> Decider<'a> {
    /// Refuses a broker whose registration is not the newest (`ClusterControlManager.checkBrokerEpoch`).
    pub(super) fn check_broker_epoch(&self, broker: i32, epoch: i64) -> Result<(), ErrorCode> {
        match self.image.broker(NodeId(broker)) {
            Some(registration) if registration.epoch == epoch => Ok(()),
            _ => Err(ErrorCode::StaleBrokerEpoch),
        }
    }

    /// The value of a topic's config as the metadata and the controller's own file give it.
    fn topic_setting(&self, topic: &TopicImage, name: &str) -> Option<&'a str> {
        let of_topic = self.image.config(&ConfigResource::Topic(topic.name.clone()), name);
        let of_cluster = || self.image.config(&ConfigResource::Broker(None), name);
        of_topic.or_else(of_cluster).map(|value| value.trim())
    }

    /// `min.insync.replicas`, at most the replication factor.
    pub(super) fn effective_min_isr(&self, topic: &TopicImage) -> usize {
        let set = self.topic_setting(topic, "min.insync.replicas").and_then(|value| value.parse().ok());
        let min_isr: i32 = set.unwrap_or(self.config.min_insync_replicas);
        let replicas = topic.partitions.get(&0).map_or(1, |partition| partition.replicas.len());
        usize::try_from(min_isr).unwrap_or(1).min(replicas)
    }

    pub(super) fn is_unclean_election_enabled(&self, topic: &TopicImage) -> bool {
        let set = self.topic_setting(topic, "unclean.leader.election.enable");
        set.map_or(self.config.unclean_leader_election, |value| value.eq_ignore_ascii_case("true"))
    }

    /// A change of nothing yet, with what the cluster says about the topic.
    pub(super) fn change<'p>(
        &self,
        topic: &TopicImage,
        partition: i32,
        before: &'p PartitionRegistration,
    ) -> PartitionChange<'p> {
        let mut change = PartitionChange::new(before, topic.id, partition);
        change.min_isr = self.effective_min_isr(topic);
        change.elr_enabled = self.image.is_elr_enabled();
        if self.is_unclean_election_enabled(topic) {
            change.election = Election::Unclean;
        }
        change
    }

    /// Whether the broker's directory of this replica is there, as far as is known (`LeaderAcceptor`).
    fn has_online_directory(&self, before: &PartitionRegistration, broker: NodeId) -> bool {
        let at = before.replicas.iter().position(|replica| *replica == broker);
        let Some(directory) = at.and_then(|at| before.directories.get(at)) else { return true };
        let Some(registration) = self.image.broker(broker) else { return false };
        match (directory.most_significant_bits(), directory.least_significant_bits()) {
            (0, 0 | 1) => true, // MIGRATING, UNASSIGNED
            (0, 2) => false,    // LOST
            _ => registration.directories.is_empty() || registration.directories.contains(directory),
        }
    }

    /// Whether the broker may lead this partition.
    pub(super) fn is_acceptable(&self, before: &PartitionRegistration, broker: NodeId) -> bool {
        self.image.is_active(broker) && self.has_online_directory(before, broker)
    }

    /// Looks at the partitions that `concerns` picks, after a change of one broker
    /// (`ReplicationControlManager.generateLeaderAndIsrUpdates`).
    pub(super) fn leader_and_isr_updates(
        &self,
        change: BrokerChange,
        concerns: impl Fn(&PartitionRegistration) -> bool,
        records: &mut Vec<MetadataRecord>,
    ) {
        let goes = |broker: NodeId| change.remove == Some(broker) || change.unclean_shutdown == Some(broker);
        for (topic, number, before) in self.image.partitions().filter(|(_, _, before)| concerns(before)) {
            let mut builder = self.change(topic, number, before);
            builder.unclean_shutdown = change.unclean_shutdown;
            builder.target_isr.retain(|replica| !goes(*replica));
            let is_acceptable = |broker: NodeId| {
                let alive = change.add == Some(broker) || self.image.is_active(broker);
                !goes(broker) && alive && self.has_online_directory(before, broker)
            };
            records.extend(builder.build(&is_acceptable).map(MetadataRecord::PartitionChange));
        }
    }

    /// The directory for a new replica: the broker's only one, or none yet.
    pub(super) fn default_directory(&self, broker: NodeId) -> Uuid {
        match self.image.broker(broker).map(|registration| &registration.directories[..]) {
            Some([only]) => *only,
            _ => super::partition_change::UNASSIGNED,
        }
    }
}
