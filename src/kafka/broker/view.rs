//! What a broker shows of itself. Nothing here changes anything.

use std::sync::Arc;

use super::AlterPartitions;
use super::Broker;
use super::BrokerConfig;
use super::BrokerSpec;
use super::Coordinators;
use super::Delayed;
use super::FetchSessions;
use super::Forwarding;
use super::Lifecycle;
use super::MetadataLog;
use super::ReplicaFetcher;
use super::spec::describe_broker;
use super::spec::describe_topic;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::config::ConfigDef;
use crate::kafka::base::config::Resolved;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::replication::Partition;
use crate::kafka::replication::Purgatory;

impl Broker {
    pub fn spec(&self) -> &BrokerSpec {
        &self.spec
    }

    pub fn id(&self) -> NodeId {
        self.spec.id
    }

    /// Changes with every input.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// All replicas here, by topic and number.
    pub fn partitions(&self) -> impl Iterator<Item = &Arc<Partition>> {
        self.partitions.values()
    }

    pub fn partition(&self, id: &TopicPartition) -> Option<&Partition> {
        self.partitions.get(id).map(Arc::as_ref)
    }

    /// The requests that wait, and for what.
    pub fn purgatory(&self) -> &Purgatory<Delayed> {
        &self.purgatory
    }

    pub fn fetch_sessions(&self) -> &FetchSessions {
        &self.sessions
    }

    pub fn lifecycle(&self) -> &Lifecycle {
        &self.lifecycle
    }

    /// Whether the controller, as far as this broker knows, keeps clients away from it.
    pub fn is_fenced(&self) -> bool {
        self.lifecycle.is_fenced()
    }

    /// The metadata log and how far it was replayed.
    pub fn metadata(&self) -> &MetadataLog {
        &self.metadata
    }

    /// The cluster as this broker knows it.
    pub fn cluster(&self) -> &ClusterImage {
        self.metadata.image()
    }

    /// What is copied from each leader.
    pub fn fetchers(&self) -> impl Iterator<Item = (NodeId, &ReplicaFetcher)> {
        self.fetchers.iter().map(|(leader, fetcher)| (*leader, fetcher))
    }

    pub fn alter_partitions(&self) -> &AlterPartitions {
        &self.alter
    }

    pub fn forwarding(&self) -> &Forwarding {
        &self.forwarding
    }

    /// The group coordinators here.
    pub fn coordinators(&self) -> &Coordinators {
        &self.coordinators
    }

    pub fn config(&self) -> &BrokerConfig {
        &self.config
    }

    /// The value of a broker's config here and everything it overrides, the strongest first.
    pub fn broker_config(&self, def: &ConfigDef) -> Vec<Resolved> {
        describe_broker(&self.spec, self.cluster(), def)
    }

    /// The value of a topic's config here and everything it overrides, the strongest first.
    pub fn topic_config(&self, topic: &Name, def: &ConfigDef) -> Vec<Resolved> {
        describe_topic(&self.spec, self.cluster(), topic, def)
    }

    /// The id of the log directory, from `meta.properties`.
    pub fn directory_id(&self) -> Uuid {
        self.directory_id
    }

    /// Why the log directory is offline.
    pub fn disk_failure(&self) -> Option<&str> {
        self.disk_failed.as_deref()
    }

    /// Why the process has ended, or is about to.
    pub fn exit_reason(&self) -> Option<&str> {
        self.exit_reason.as_deref()
    }

    /// Whether the logs are open: after the first catch-up with the metadata.
    pub fn has_logs(&self) -> bool {
        self.logs_loaded
    }
}
