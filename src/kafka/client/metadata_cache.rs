use std::sync::Arc;

use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::ExponentialBackoff;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::channel::NetworkClient;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::messages::metadata_request::MetadataRequestData;
use crate::kafka::protocol::messages::metadata_request::MetadataRequestTopic;
use crate::kafka::protocol::messages::metadata_response::MetadataResponseData;
use crate::kafka::protocol::messages::metadata_response::MetadataResponsePartition;
use crate::kafka::protocol::messages::metadata_response::MetadataResponseTopic;

/// What a client knows of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartitionMetadata {
    pub leader: Option<NodeId>,
    pub leader_epoch: Epoch,
    pub replicas: Vec<NodeId>,
    pub isr: Vec<NodeId>,
}

/// What a client knows of one topic. `error` is what the broker answered instead, such as UNKNOWN_TOPIC_OR_PARTITION.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct TopicMetadata {
    pub id: Uuid,
    pub error: Option<ErrorCode>,
    pub partitions: Map<i32, PartitionMetadata>,
}

/// How often a client asks, under the Kafka names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MetadataConfig {
    /// `metadata.max.age.ms`
    pub max_age: Duration,
    /// `retry.backoff.ms`
    pub retry_backoff: Duration,
    /// `retry.backoff.max.ms`
    pub retry_backoff_max: Duration,
    /// `allow.auto.create.topics`: a topic that nobody has made may come into being because this client asks for it. A
    /// producer always allows it, an admin client never.
    pub may_create: bool,
}

impl Default for MetadataConfig {
    fn default() -> Self {
        Self {
            max_age: Duration::from_millis(300_000),
            retry_backoff: Duration::from_millis(100),
            retry_backoff_max: Duration::from_millis(1000),
            may_create: false,
        }
    }
}

/// A client's picture of the cluster: old until somebody notices.
///
/// It is asked for again when something proves it wrong ([`request_update`](Self::request_update)), when a topic is
/// missing, and every `metadata.max.age.ms`. A leader epoch never goes back. Source: `org.apache.kafka.clients.Metadata`.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct MetadataCache {
    config: MetadataConfig,
    bootstrap: Vec<NodeId>,
    brokers: Vec<NodeId>,
    /// Shared: a hundred clients that know a thousand partitions are cloned with every keyframe.
    topics: Map<Name, Arc<TopicMetadata>>,
    /// Brokers with a rack, as the last answer told.
    racks: Map<NodeId, Name>,
    /// The topics that this client uses.
    wanted: Vec<Name>,
    /// It uses all topics.
    wants_all: bool,
    wants_update: bool,
    in_flight: bool,
    last_success: Option<Instant>,
    last_attempt: Option<Instant>,
    failures: u32,
    version: u64,
}

impl MetadataCache {
    pub fn new(bootstrap: Vec<NodeId>, config: MetadataConfig) -> Self {
        Self {
            config,
            bootstrap,
            brokers: Vec::new(),
            topics: Map::new(),
            racks: Map::new(),
            wanted: Vec::new(),
            wants_all: false,
            wants_update: true,
            in_flight: false,
            last_success: None,
            last_attempt: None,
            failures: 0,
            version: 0,
        }
    }

    /// Counts the news: it rises with every answer and every leader that was named.
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The brokers of the last answer, or the bootstrap list before there was one.
    pub fn brokers(&self) -> &[NodeId] {
        if self.brokers.is_empty() { &self.bootstrap } else { &self.brokers }
    }

    /// Tells the client of other brokers to begin with (`bootstrap.servers`); what it has learned since stays.
    pub fn set_bootstrap(&mut self, nodes: Vec<NodeId>) {
        self.bootstrap = nodes;
        self.wants_update = true;
    }

    pub fn topic(&self, topic: &str) -> Option<&TopicMetadata> {
        self.topics.get(topic).map(Arc::as_ref)
    }

    pub fn topics(&self) -> impl Iterator<Item = (&Name, &TopicMetadata)> {
        self.topics.iter().map(|(name, topic)| (name, &**topic))
    }

    /// How many partitions the topic has; `None` while it is unknown.
    pub fn partition_count(&self, topic: &str) -> Option<i32> {
        let topic = self.topics.get(topic)?;
        (topic.error.is_none() && !topic.partitions.is_empty()).then_some(topic.partitions.len() as i32)
    }

    pub fn partition(&self, partition: &TopicPartition) -> Option<&PartitionMetadata> {
        let number = partition.partition;
        self.topics.get(&partition.topic)?.partitions.get_near(number as usize, &number)
    }

    /// The leader and its epoch, when the partition has one.
    pub fn leader(&self, partition: &TopicPartition) -> Option<(NodeId, Epoch)> {
        let known = self.partition(partition)?;
        Some((known.leader?, known.leader_epoch))
    }

    /// The id of a topic, for the versions that name topics by id.
    pub fn topic_id(&self, topic: &str) -> Option<Uuid> {
        self.topics.get(topic).filter(|t| t.error.is_none()).map(|t| t.id)
    }

    /// The name that belongs to a topic id.
    pub fn topic_name(&self, id: Uuid) -> Option<&Name> {
        self.topics.iter().find(|(_, t)| t.error.is_none() && t.id == id).map(|(name, _)| name)
    }

    /// Asks for this topic from now on; a new one is asked for at once.
    pub fn add_topic(&mut self, topic: &Name) {
        if !self.wanted.contains(topic) {
            self.wanted.push(topic.clone());
            self.wants_update = true;
            self.last_attempt = None; // The backoff is for topics that were asked for before.
            self.failures = 0;
        }
    }

    /// Asks for these topics and no others from now on; new ones are asked for at once.
    pub fn set_topics(&mut self, topics: impl Iterator<Item = Name>) {
        self.wants_all = false;
        let old = std::mem::take(&mut self.wanted);
        for topic in topics {
            if old.contains(&topic) {
                self.wanted.push(topic);
            } else {
                self.add_topic(&topic);
            }
        }
    }

    /// Asks for all topics from now on.
    pub fn set_all_topics(&mut self) {
        if !self.wants_all {
            self.wants_all = true;
            self.wants_update = true;
            self.last_attempt = None;
        }
    }

    /// For each partition of a topic the racks of its replicas.
    pub fn racks_of(&self, topic: &str) -> Vec<Vec<Name>> {
        let partitions = self.topics.get(topic).into_iter().flat_map(|topic| topic.partitions.values());
        let racks = |p: &PartitionMetadata| {
            p.replicas.iter().filter_map(|node| self.racks.get(node)).cloned().collect()
        };
        partitions.map(racks).collect()
    }

    /// Something has proved the picture wrong: ask again as soon as the backoff allows.
    pub fn request_update(&mut self) {
        self.wants_update = true;
    }

    /// Takes a newer leader that an answer named (`current_leader`, KIP-951). True when it was news.
    pub fn update_leader(&mut self, partition: &TopicPartition, leader: NodeId, epoch: Epoch) -> bool {
        // Mostly it is no news: then nothing is copied.
        if self.partition(partition).is_none_or(|known| epoch <= known.leader_epoch) {
            return false;
        }
        let topic = self.topics.get_mut(&partition.topic).map(Arc::make_mut);
        let known = topic.and_then(|topic| topic.partitions.get_mut(&partition.partition));
        match known {
            Some(known) if epoch > known.leader_epoch => {
                known.leader = Some(leader);
                known.leader_epoch = epoch;
                if !self.brokers.contains(&leader) {
                    self.brokers.push(leader);
                }
                self.version += 1;
                true
            }
            _ => false,
        }
    }

    /// When the next request is due; `None` while one is under way.
    pub fn next_request(&self) -> Option<Instant> {
        if self.in_flight {
            return None;
        }
        let aged = self.last_success.map_or(Instant::ZERO, |at| at + self.config.max_age);
        let due = if self.wants_update { Instant::ZERO } else { aged };
        let allowed = self.last_attempt.map_or(Instant::ZERO, |at| at + self.backoff());
        Some(due.max(allowed))
    }

    fn backoff(&self) -> Duration {
        let backoff = ExponentialBackoff::new(self.config.retry_backoff, self.config.retry_backoff_max);
        backoff.plain(self.failures.saturating_sub(1))
    }

    /// Sends a request when one is due and a broker can be asked; true when it was sent. Connects when it must.
    pub fn maybe_request<T: Clone>(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut NetworkClient<T>,
        tag: T,
    ) -> bool {
        if self.next_request().is_none_or(|at| at > cx.now) {
            return false;
        }
        let node = client
            .least_loaded(cx.now, self.brokers())
            .or_else(|| client.least_loaded(cx.now, &self.bootstrap));
        let Some(node) = node else { return false };
        if !client.ready(cx, node) || !client.send(cx, node, self.request(), tag) {
            return false;
        }
        self.in_flight = true;
        self.wants_update = false;
        self.last_attempt = Some(cx.now);
        true
    }

    fn request(&self) -> Request {
        let topic = |name: &Name| {
            MetadataRequestTopic::default().with_name(Some(KafkaString::from(name.to_string())))
        };
        let topics = (!self.wants_all).then(|| self.wanted.iter().map(topic).collect());
        Request::Metadata(
            MetadataRequestData::default()
                .with_topics(topics)
                .with_allow_auto_topic_creation(self.config.may_create),
        )
    }

    /// Takes an answer. Partitions whose epoch is older than the known one keep what is known.
    pub fn on_response(&mut self, now: Instant, response: &MetadataResponseData) {
        self.in_flight = false;
        if response.brokers.is_empty() {
            return self.failed(now);
        }
        self.brokers = response.brokers.iter().map(|b| NodeId(b.node_id)).collect();
        let racks = response.brokers.iter().filter_map(|b| Some((NodeId(b.node_id), b.rack.as_ref()?)));
        self.racks = racks.map(|(id, rack)| (id, Name::from(rack.as_str()))).collect();
        let mut incomplete = false;
        let mut topics = Map::new();
        for answer in &response.topics {
            let Some(name) = &answer.name else { continue };
            let name = Name::from(name.as_str());
            let topic = self.merge(&name, answer);
            incomplete |= topic.error.is_some() || topic.partitions.values().any(|p| p.leader.is_none());
            topics.insert(name, Arc::new(topic));
        }
        self.topics = topics;
        self.version += 1;
        self.last_success = Some(now);
        // An answer with a topic or leader missing is asked for again, each time later (KIP-580).
        self.failures = if incomplete { self.failures + 1 } else { 0 };
        self.wants_update |= incomplete;
    }

    fn merge(&self, name: &Name, answer: &MetadataResponseTopic) -> TopicMetadata {
        let error = (answer.error_code != 0).then(|| ErrorCode::from(answer.error_code));
        let known = self.topics.get(name).filter(|t| t.id == answer.topic_id);
        let partitions = answer.partitions.iter().map(|p| {
            let old = known.and_then(|t| t.partitions.get(&p.partition_index));
            let stale = old.filter(|o| o.leader_epoch > p.leader_epoch && p.leader_epoch >= 0);
            (p.partition_index, stale.cloned().unwrap_or_else(|| partition(p)))
        });
        TopicMetadata { id: answer.topic_id, error, partitions: partitions.collect() }
    }

    /// The request under way has failed; the next one waits for the backoff.
    pub fn on_failure(&mut self, now: Instant) {
        self.in_flight = false;
        self.failed(now);
    }

    fn failed(&mut self, now: Instant) {
        self.failures += 1;
        self.last_attempt = Some(now);
        self.wants_update = true;
    }
}

fn partition(answer: &MetadataResponsePartition) -> PartitionMetadata {
    let nodes = |ids: &[i32]| ids.iter().copied().map(NodeId).collect();
    PartitionMetadata {
        leader: (answer.leader_id >= 0).then_some(NodeId(answer.leader_id)),
        leader_epoch: answer.leader_epoch,
        replicas: nodes(&answer.replica_nodes),
        isr: nodes(&answer.isr_nodes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::name;
    use crate::kafka::protocol::messages::metadata_response::MetadataResponseBroker;

    fn answer(leader: i32, epoch: i32) -> MetadataResponseData {
        let partition = MetadataResponsePartition::default().with_leader_id(leader).with_leader_epoch(epoch);
        let topic = MetadataResponseTopic::default()
            .with_name(Some(KafkaString::from("t".to_owned())))
            .with_partitions(vec![partition]);
        MetadataResponseData::default()
            .with_brokers(vec![MetadataResponseBroker::default().with_node_id(1)])
            .with_topics(vec![topic])
    }

    #[test]
    fn a_leader_epoch_never_goes_back() {
        let mut cache = MetadataCache::new(vec![NodeId(1)], MetadataConfig::default());
        let tp = TopicPartition::new(&name("t"), 0);
        cache.on_response(Instant::ZERO, &answer(1, 5));
        cache.on_response(Instant::ZERO, &answer(2, 4));
        assert_eq!(cache.leader(&tp), Some((NodeId(1), 5)));
        assert!(cache.update_leader(&tp, NodeId(3), 6));
        assert_eq!(cache.leader(&tp), Some((NodeId(3), 6)));
    }

    #[test]
    fn a_partition_without_a_leader_is_asked_for_again_and_again_later() {
        let mut cache = MetadataCache::new(vec![NodeId(1)], MetadataConfig::default());
        cache.on_response(Instant::from_millis(10), &answer(-1, 5));
        assert!(cache.wants_update);
        assert_eq!(cache.failures, 1);
        cache.on_response(Instant::from_millis(20), &answer(1, 5));
        assert_eq!(cache.failures, 0);
    }
}
