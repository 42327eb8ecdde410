use std::sync::Arc;

use super::alter_partition::AlterPartitions;
use super::coordinators::Coordinators;
use super::delayed::Delayed;
use super::fetcher::ReplicaFetcher;
use super::forwarding::Forwarding;
use super::lifecycle::Lifecycle;
use super::metadata_log::MetadataLog;
use super::producer_ids::ProducerIds;
use super::session::FetchSessions;
use super::spec::BrokerConfig;
use super::spec::BrokerSpec;
use super::spec::group_config;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::channel::ChannelConfig;
use crate::kafka::channel::NetworkClient;
use crate::kafka::channel::Outcome;
use crate::kafka::machine::Command;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Context;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::Response;
use crate::kafka::replication::LiveBrokers;
use crate::kafka::replication::Partition;
use crate::kafka::replication::Purgatory;
use crate::kafka::replication::Rules;

/// Numbers of the network clients of a broker, in [`Timer::Network`].
const LIFECYCLE_CLIENT: u8 = 0;
const METADATA_CLIENT: u8 = 1;
const ALTER_CLIENT: u8 = 2;
const FORWARD_CLIENT: u8 = 3;
const REPLICA_CLIENT: u8 = 4;

/// What a request to a leader was for.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum ReplicaTag {
    Fetch,
    /// ListOffsets for a partition whose fetch was out of range.
    LookUp(TopicPartition),
}

/// Who waits for an answer, and how it must look.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    pub connection: ConnectionId,
    pub from: NodeId,
    pub correlation: i32,
    pub version: i16,
    pub client_id: Name,
}

impl Caller {
    pub(super) fn answer(&self, cx: &mut Context<'_>, response: Response) {
        cx.respond(self.connection, self.correlation, response);
    }
}

/// A broker: logs, replication and metadata put behind Kafka's APIs.
///
/// Its one door is [`handle`](Self::handle). Each connection to the controller is one of Kafka's own channels, so that a
/// long poll for metadata never holds up a heartbeat.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Broker {
    pub(super) spec: Arc<BrokerSpec>,
    pub(super) config: Arc<BrokerConfig>,
    pub(super) lifecycle: Lifecycle,
    pub(super) lifecycle_client: NetworkClient<()>,
    pub(super) metadata: MetadataLog,
    pub(super) metadata_client: NetworkClient<()>,
    pub(super) alter: AlterPartitions,
    pub(super) alter_client: NetworkClient<()>,
    pub(super) forwarding: Forwarding,
    pub(super) forward_client: NetworkClient<super::forwarding::ForwardTag>,
    pub(super) producer_ids: ProducerIds,
    pub(super) fetchers: Map<NodeId, ReplicaFetcher>,
    pub(super) replica_client: NetworkClient<ReplicaTag>,
    pub(super) partitions: Map<TopicPartition, Arc<Partition>>,
    /// Renamed directories that wait for `file.delete.delay.ms`.
    pub(super) deleted_dirs: Vec<(Instant, Name)>,
    pub(super) sessions: FetchSessions,
    pub(super) purgatory: Purgatory<Delayed>,
    /// When the timer of the purgatory will ring.
    pub(super) purgatory_alarm: Option<Instant>,
    /// Partitions that moved while this input was handled: those who wait for them are looked at before it ends.
    pub(super) moved: Set<TopicPartition>,
    /// The id of the broker's only log directory.
    pub(super) directory_id: Uuid,
    /// Whether the last process on this disk stopped in good order.
    pub(super) clean_start: bool,
    /// The broker epoch that the last process had when it stopped in good order; -1 = none.
    pub(super) previous_epoch: i64,
    pub(super) logs_loaded: bool,
    pub(super) coordinators: Coordinators,
    pub(super) disk_failed: Option<Name>,
    /// Why the process has ended, or is about to.
    pub(super) exit_reason: Option<Name>,
    pub(super) version: u64,
}

impl Broker {
    /// A process that has not started yet; [`Input::Started`] comes next.
    pub fn new(spec: BrokerSpec) -> Self {
        let config = BrokerConfig::of(&spec, &ClusterImage::default());
        let id = spec.id;
        let channel = |number, name: &str, timeout| {
            let settings =
                ChannelConfig { max_in_flight: 1, request_timeout: timeout, ..ChannelConfig::default() };
            (number, Name::from(format!("broker-{id}-{name}")), settings)
        };
        let socket_timeout = Duration::from_millis(30_000);
        let (n, name, settings) =
            channel(LIFECYCLE_CLIENT, "to-controller-heartbeat", config.session_timeout / 2);
        let lifecycle_client = NetworkClient::new(n, name, settings);
        let (n, name, settings) = channel(METADATA_CLIENT, "raft-client", Duration::from_millis(2000));
        let metadata_client = NetworkClient::new(n, name, settings);
        let (n, name, settings) = channel(ALTER_CLIENT, "to-controller-alter-partition", socket_timeout);
        let alter_client = NetworkClient::new(n, name, settings);
        let (n, name, settings) = channel(FORWARD_CLIENT, "to-controller-forwarding", socket_timeout);
        let forward_client = NetworkClient::new(n, name, settings);
        let (n, name, settings) = channel(REPLICA_CLIENT, "fetcher-0", config.replica_socket_timeout);
        let replica_client = NetworkClient::new(n, name, settings);
        let coordinators = Coordinators::new(group_config(&spec), config.offsets_topic.partitions);
        Self {
            spec: Arc::new(spec),
            config: Arc::new(config),
            lifecycle: Lifecycle::default(),
            lifecycle_client,
            metadata: MetadataLog::default(),
            metadata_client,
            alter: AlterPartitions::default(),
            alter_client,
            forwarding: Forwarding::default(),
            forward_client,
            producer_ids: ProducerIds::default(),
            fetchers: Map::new(),
            replica_client,
            partitions: Map::new(),
            deleted_dirs: Vec::new(),
            sessions: FetchSessions::default(),
            purgatory: Purgatory::default(),
            purgatory_alarm: None,
            moved: Set::new(),
            directory_id: Uuid::ZERO,
            clean_start: false,
            previous_epoch: -1,
            logs_loaded: false,
            coordinators,
            disk_failed: None,
            exit_reason: None,
            version: 0,
        }
    }

    /// The one door: takes what happened, leaves its wishes in `cx`.
    pub fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        if self.lifecycle.is_over() {
            return;
        }
        self.version += 1;
        self.on_channels(cx, &input);
        match input {
            Input::Started => self.start(cx),
            Input::Request { connection, from, request } => self.on_request(cx, connection, from, &request),
            Input::Timer(timer) => self.on_timer(cx, timer),
            Input::Command(Command::ShutDown) => self.begin_shutdown(cx),
            _ => {}
        }
        self.settle(cx);
    }

    fn on_channels(&mut self, cx: &mut Context<'_>, input: &Input) {
        for outcome in self.lifecycle_client.on_input(cx, input) {
            self.on_lifecycle_outcome(cx, outcome);
        }
        for outcome in self.metadata_client.on_input(cx, input) {
            self.on_metadata_outcome(cx, outcome);
        }
        for outcome in self.alter_client.on_input(cx, input) {
            self.on_alter_outcome(cx, outcome);
        }
        for outcome in self.forward_client.on_input(cx, input) {
            self.on_forward_outcome(cx, outcome);
        }
        for outcome in self.replica_client.on_input(cx, input) {
            self.on_replica_outcome(cx, outcome);
        }
    }

    /// What follows from this input: waiting requests that may be done, then everything that may be sent now.
    fn settle(&mut self, cx: &mut Context<'_>) {
        self.complete_delayed(cx);
        if self.lifecycle.is_over() {
            return;
        }
        self.drive_lifecycle(cx);
        self.drive_metadata(cx);
        self.drive_alter_partition(cx);
        self.drive_forwarding(cx);
        self.drive_fetchers(cx);
        self.arm_purgatory(cx);
        if let Some(why) = &self.disk_failed {
            // Kafka halts (`LogManager.handleLogDirFailure`).
            let why = format!("Shutdown broker because all log dirs have failed: {why}");
            self.exit(cx, &why);
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_>, timer: Timer) {
        match timer {
            Timer::ReplicaFetch { leader } => self.on_fetch_timer(leader),
            Timer::IsrExpiration => self.on_isr_expiration(cx),
            Timer::Purgatory => self.expire_delayed(cx),
            Timer::Retention => self.on_retention(cx),
            Timer::DeleteFiles => self.on_delete_files(cx),
            Timer::RecoveryPointCheckpoint => self.on_recovery_point_checkpoint(cx),
            Timer::HighWatermarkCheckpoint => self.on_high_watermark_checkpoint(cx),
            Timer::LogStartCheckpoint => self.on_log_start_checkpoint(cx),
            Timer::Flush => self.on_flush(cx),
            Timer::ProducerExpiration => self.on_producer_expiration(cx),
            Timer::Heartbeat | Timer::RegistrationRetry => self.on_lifecycle_timer(cx),
            Timer::MetadataFetch => self.metadata.on_timer(),
            Timer::AlterPartitionRetry => self.alter.on_timer(),
            Timer::Forwarding => self.expire_forwarded(cx),
            Timer::Coordinator { partition } => self.on_coordinator_timer(cx, partition),
            Timer::ShutdownDeadline => self.finish_shutdown(cx),
            _ => {}
        }
    }

    fn on_request(
        &mut self,
        cx: &mut Context<'_>,
        connection: ConnectionId,
        from: NodeId,
        frame: &RequestFrame,
    ) {
        let header = &frame.header;
        let caller = Caller {
            connection,
            from,
            correlation: header.correlation,
            version: header.version,
            client_id: header.client_id.clone(),
        };
        let (min, max) = header.api.versions();
        if let Request::ApiVersions(_) = &*frame.body {
            return self.handle_api_versions(cx, &caller);
        }
        let is_too_large = matches!(&*frame.body, Request::Produce(_))
            && frame.wire_len() > self.config.socket_request_max_bytes.saturating_add(4);
        if is_too_large || header.version < min || header.version > max {
            // A frame above `socket.request.max.bytes`, or in a version that nobody offered, ends the connection.
            return cx.close(connection);
        }
        match &*frame.body {
            Request::Produce(body) => self.handle_produce(cx, &caller, body),
            Request::Fetch(body) => self.handle_fetch(cx, caller, body),
            Request::ListOffsets(body) => self.handle_list_offsets(cx, &caller, body),
            Request::Metadata(body) => self.handle_metadata(cx, &caller, body),
            Request::DeleteRecords(body) => self.handle_delete_records(cx, caller, body),
            Request::InitProducerId(body) => self.handle_init_producer_id(cx, &caller, body),
            Request::OffsetForLeaderEpoch(body) => self.handle_offset_for_leader_epoch(cx, &caller, body),
            Request::DescribeConfigs(body) => self.handle_describe_configs(cx, &caller, body),
            Request::FindCoordinator(body) => self.handle_find_coordinator(cx, &caller, body),
            Request::CreateTopics(_)
            | Request::DeleteTopics(_)
            | Request::CreatePartitions(_)
            | Request::IncrementalAlterConfigs(_) => self.forward(cx, caller, frame),
            Request::JoinGroup(_)
            | Request::SyncGroup(_)
            | Request::Heartbeat(_)
            | Request::LeaveGroup(_)
            | Request::OffsetCommit(_)
            | Request::OffsetFetch(_)
            | Request::OffsetDelete(_)
            | Request::ListGroups(_)
            | Request::DescribeGroups(_)
            | Request::DeleteGroups(_)
            | Request::ConsumerGroupHeartbeat(_)
            | Request::ConsumerGroupDescribe(_) => self.handle_group(cx, caller, &frame.body),
            // The rest is the controller's.
            _ => cx.close(connection),
        }
    }

    /// The process ends; `why` is what its log would say last.
    pub(super) fn exit(&mut self, cx: &mut Context<'_>, why: &str) {
        self.lifecycle.end();
        self.exit_reason = Some(Name::from(why));
        cx.exit();
    }

    pub(super) fn image(&self) -> &ClusterImage {
        self.metadata.image()
    }

    /// A replica, to change it.
    pub(super) fn partition_mut(&mut self, id: &TopicPartition) -> Option<&mut Partition> {
        self.partitions.get_mut(id).map(Arc::make_mut)
    }

    /// Runs a change of a leader's replica with the rules that hold now.
    pub(super) fn with_rules<R>(
        &mut self,
        cx: &mut Context<'_>,
        id: &TopicPartition,
        change: impl FnOnce(&mut Context<'_>, &mut Partition, &Rules<'_>) -> R,
    ) -> Option<R> {
        let view = BrokersOf(self.metadata.image());
        let rules = view.rules(&self.config, cx.wall_ms());
        let partition = Arc::make_mut(self.partitions.get_mut(id)?);
        Some(change(cx, partition, &rules))
    }
}

/// What leaders know of other brokers: the image that this broker has replayed.
pub(super) struct BrokersOf<'a>(pub(super) &'a ClusterImage);

impl BrokersOf<'_> {
    /// What a leader goes by at this moment.
    pub(super) fn rules(&self, config: &BrokerConfig, now_ms: i64) -> Rules<'_> {
        Rules { now_ms, lag_time_max_ms: config.replica_lag_time_max_ms, brokers: self }
    }
}

impl LiveBrokers for BrokersOf<'_> {
    fn alive_epoch(&self, broker: NodeId) -> Option<i64> {
        self.0
            .broker(broker)
            .filter(|registration| !registration.fenced)
            .map(|registration| registration.epoch)
    }

    fn is_shutting_down(&self, broker: NodeId) -> bool {
        self.0.broker(broker).is_some_and(|registration| registration.in_controlled_shutdown)
    }
}

/// The response of an outcome, or `None` when the request came to nothing.
pub(super) fn response_of<T>(outcome: &Outcome<T>) -> Option<&Response> {
    match outcome {
        Outcome::Response { response, .. } => Some(&response.body),
        _ => None,
    }
}
