use super::decider::Decider;
use super::decision::Decision;
use super::elections::MAX_ELECTIONS;
use super::fetch::MetadataFetch;
use super::fetch::Position;
use super::fetch::WaitingFetch;
use super::heartbeats::BrokerHeartbeats;
use super::heartbeats::BrokerState;
use super::metadata_log::MetadataLog;
use super::snapshot;
use super::snapshot::SnapshotId;
use super::spec::ControllerConfig;
use super::spec::ControllerSpec;
use crate::kafka::base::Duration;
use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Context;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;

/// The process that decides for the cluster (`org.apache.kafka.controller.QuorumController`, with the Raft leader of a
/// quorum of one inside).
///
/// Every decision is a list of records. They are written to the metadata log first and replayed then; nothing else
/// changes the [image](Self::image). What is not in the log — when brokers were last heard of, who waits for more —
/// is lost with the process, and that is right.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Controller {
    spec: ControllerSpec,
    pub(super) config: ControllerConfig,
    pub(super) log: MetadataLog,
    pub(super) image: ClusterImage,
    pub(super) heartbeats: BrokerHeartbeats,
    /// Where each broker's last RegisterBrokerRecord stands: it is caught up once it has read that far.
    pub(super) registered_at: Map<NodeId, Offset>,
    waiting: Vec<WaitingFetch>,
    latest_snapshot: Option<SnapshotId>,
    /// The size of the log when the last snapshot was written.
    snapshot_at_size: u64,
    /// When the session of the broker that was silent for longest ends, as the timer is set.
    session_ends: Option<Instant>,
    started: bool,
}

/// What a broker looks like to the controller now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BrokerStanding {
    pub id: NodeId,
    pub epoch: i64,
    pub state: BrokerState,
    pub last_contact: Instant,
    /// When it will be fenced unless it is heard of; `None` when it is fenced already.
    pub session_ends: Option<Instant>,
    /// How much of the metadata it says to have applied; −1 before its first heartbeat.
    pub metadata_offset: Offset,
}

impl Controller {
    /// A process that has not yet started; [`Input::Started`] makes it read its disk.
    pub fn new(spec: ControllerSpec) -> Self {
        let config = ControllerConfig::of(&spec);
        Self {
            spec,
            config,
            log: MetadataLog::default(),
            image: ClusterImage::default(),
            heartbeats: BrokerHeartbeats::default(),
            registered_at: Map::new(),
            waiting: Vec::new(),
            latest_snapshot: None,
            snapshot_at_size: 0,
            session_ends: None,
            started: false,
        }
    }

    pub fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        match input {
            Input::Started => self.start(cx),
            Input::Request { connection, request, .. } => self.request(cx, connection, &request),
            Input::Disconnected { connection, .. } => {
                self.waiting.retain(|fetch| fetch.connection != connection);
            }
            Input::Timer(timer) => self.timer(cx, &timer),
            // A controller opens no connections and takes no commands.
            Input::Connected { .. } | Input::Response { .. } | Input::Command(_) => {}
        }
        self.arm_session_timer(cx);
    }

    pub(super) fn decider(&self) -> Decider<'_> {
        Decider { image: &self.image, config: &self.config }
    }

    /// Writes the records of a decision, replays them and gives back its answer. On a disk that refuses there is no
    /// answer, and the process ends: what it decided never was.
    pub(super) fn commit<R>(&mut self, cx: &mut Context<'_>, decision: Decision<R>) -> Option<R> {
        if self.write(cx, &decision.records) { Some(decision.response) } else { None }
    }

    pub(super) fn write(&mut self, cx: &mut Context<'_>, records: &[MetadataRecord]) -> bool {
        if records.is_empty() {
            return true;
        }
        let base = self.log.end_offset();
        let level = self.image.metadata_version();
        let now_ms = cx.wall_ms();
        let written = self.log.append(cx.disk, records, level, now_ms);
        let replayed =
            written.is_ok() && records.iter().zip(base..).all(|(record, at)| self.replay(record, at));
        if !replayed {
            cx.exit();
            return false;
        }
        self.answer_waiting(cx, |fetch, end| fetch.offset < end);
        self.maybe_snapshot(cx);
        true
    }

    /// The only way in which the image changes.
    pub(super) fn replay(&mut self, record: &MetadataRecord, offset: Offset) -> bool {
        if let MetadataRecord::RegisterBroker(record) = record {
            self.registered_at.insert(record.broker, offset);
        }
        self.image.replay(record).is_ok()
    }

    pub(super) fn lead(&mut self, cx: &mut Context<'_>) {
        self.heartbeats = BrokerHeartbeats::of(&self.image, cx.now);
        self.started = true;
        let delay = |interval: Duration| (interval > Duration::ZERO).then(|| cx.now + interval);
        let timers = [
            (Timer::LeaderImbalance, delay(self.config.imbalance_interval)),
            (Timer::UncleanElection, delay(self.config.unclean_interval)),
            (Timer::MetadataIdle, delay(self.config.idle_interval)),
            (Timer::MetadataSnapshot, delay(self.config.snapshot_interval)),
        ];
        for (timer, at) in timers {
            if let Some(at) = at {
                cx.set_timer(timer, at);
            }
        }
    }

    pub(super) fn fetch(
        &mut self,
        cx: &mut Context<'_>,
        connection: ConnectionId,
        frame: &RequestFrame,
        request: &FetchRequestData,
    ) {
        let header = &frame.header;
        let fetch = match MetadataFetch::of(request, header.version) {
            Ok(fetch) => fetch,
            Err(refusal) => return cx.respond(connection, header.correlation, Response::Fetch(refusal)),
        };
        let position = fetch.position(&self.log);
        let max_wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
        if matches!(position, Ok(Position::End)) && max_wait > Duration::ZERO {
            self.waiting.push(WaitingFetch {
                connection,
                correlation: header.correlation,
                version: header.version,
                offset: fetch.offset(),
                deadline: cx.now + max_wait,
            });
            return self.arm_purgatory_timer(cx);
        }
        let response = fetch.answer(position, self.spec.id, &mut self.log, cx.disk);
        cx.respond(connection, header.correlation, Response::Fetch(response));
    }

    /// Answers the waiting fetches for which `is_due` holds, given the end of the log.
    fn answer_waiting(&mut self, cx: &mut Context<'_>, is_due: impl Fn(&WaitingFetch, Offset) -> bool) {
        let end = self.log.end_offset();
        let (due, still): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|fetch| is_due(fetch, end));
        self.waiting = still;
        for fetch in due {
            let response = fetch.answer(self.spec.id, &mut self.log, cx.disk);
            cx.respond(fetch.connection, fetch.correlation, Response::Fetch(response));
        }
        self.arm_purgatory_timer(cx);
    }

    fn arm_purgatory_timer(&self, cx: &mut Context<'_>) {
        match self.waiting.iter().map(|fetch| fetch.deadline).min() {
            Some(at) => cx.set_timer(Timer::MetadataPurgatory, at),
            None => cx.stop_timer(Timer::MetadataPurgatory),
        }
    }

    fn arm_session_timer(&mut self, cx: &mut Context<'_>) {
        let wanted = self.heartbeats.next_expiry(self.config.session_timeout).map(|(_, at)| at);
        if wanted != self.session_ends {
            match wanted {
                Some(at) => cx.set_timer(Timer::BrokerSession, at),
                None => cx.stop_timer(Timer::BrokerSession),
            }
            self.session_ends = wanted;
        }
    }

    fn timer(&mut self, cx: &mut Context<'_>, timer: &Timer) {
        match timer {
            Timer::BrokerSession => {
                self.session_ends = None;
                self.fence_one_stale_broker(cx);
            }
            Timer::MetadataPurgatory => {
                let now = cx.now;
                self.answer_waiting(cx, |fetch, _| fetch.deadline <= now);
            }
            Timer::MetadataIdle => {
                self.write(cx, &[MetadataRecord::NoOp]);
                cx.set_timer(Timer::MetadataIdle, cx.now + self.config.idle_interval);
            }
            Timer::MetadataSnapshot => {
                self.snapshot(cx);
                cx.set_timer(Timer::MetadataSnapshot, cx.now + self.config.snapshot_interval);
            }
            Timer::LeaderImbalance => {
                if self.config.auto_leader_rebalance && self.decider().are_leaders_imbalanced() {
                    let records = self.decider().balance_leaders();
                    self.elect(cx, timer, self.config.imbalance_interval, &records);
                } else {
                    cx.set_timer(timer.clone(), cx.now + self.config.imbalance_interval);
                }
            }
            Timer::UncleanElection => {
                let records = self.decider().elect_unclean_leaders();
                self.elect(cx, timer, self.config.unclean_interval, &records);
            }
            _ => {}
        }
    }

    /// Writes elections; there may be more than one run may hold, and then the next comes at once.
    fn elect(&mut self, cx: &mut Context<'_>, timer: &Timer, interval: Duration, records: &[MetadataRecord]) {
        self.write(cx, records);
        let again = if records.len() >= MAX_ELECTIONS { cx.now } else { cx.now + interval };
        cx.set_timer(timer.clone(), again);
    }

    /// One at a time, so that what fencing one broker does is seen when the next is looked at.
    fn fence_one_stale_broker(&mut self, cx: &mut Context<'_>) {
        let Some((broker, ends)) = self.heartbeats.next_expiry(self.config.session_timeout) else { return };
        if ends > cx.now {
            return;
        }
        let mut records = Vec::new();
        self.decider().fence(broker, &mut records);
        if self.write(cx, &records) {
            self.heartbeats.fence(broker);
        }
    }

    fn maybe_snapshot(&mut self, cx: &mut Context<'_>) {
        if self.log.size() - self.snapshot_at_size >= self.config.snapshot_bytes {
            self.snapshot(cx);
        }
    }

    /// Writes what is known now; a snapshot that cannot be written is only not there.
    fn snapshot(&mut self, cx: &mut Context<'_>) {
        let id = SnapshotId { end_offset: self.log.end_offset(), epoch: self.log.epoch() };
        if self.latest_snapshot == Some(id) {
            return;
        }
        let now_ms = cx.wall_ms();
        let written = snapshot::write(cx.disk, id, &self.image, self.log.last_timestamp(), now_ms);
        if written.is_ok() {
            self.latest_snapshot = Some(id);
            self.snapshot_at_size = self.log.size();
        }
    }

    pub(super) fn found_snapshot(&mut self, id: Option<SnapshotId>) {
        self.latest_snapshot = id;
        self.snapshot_at_size = self.log.size();
    }
}

impl Controller {
    pub fn spec(&self) -> &ControllerSpec {
        &self.spec
    }

    /// The cluster as this controller knows it.
    pub fn image(&self) -> &ClusterImage {
        &self.image
    }

    pub fn log(&self) -> &MetadataLog {
        &self.log
    }

    /// The epoch of this controller's reign: one more with every start.
    pub fn epoch(&self) -> Epoch {
        self.log.epoch()
    }

    /// Whether the process has read its log and leads.
    pub fn is_active(&self) -> bool {
        self.started
    }

    pub fn latest_snapshot(&self) -> Option<SnapshotId> {
        self.latest_snapshot
    }

    /// `broker.session.timeout.ms`.
    pub fn session_timeout(&self) -> crate::kafka::base::Duration {
        self.config.session_timeout
    }

    /// All registered brokers and what is known of them, by number.
    pub fn broker_states(&self) -> Vec<BrokerStanding> {
        let standing = |broker: &crate::kafka::metadata::BrokerRegistration| {
            let heartbeat = self.heartbeats.get(broker.id);
            let last_contact = heartbeat.map_or(Instant::ZERO, |heartbeat| heartbeat.last_contact);
            let state = self.heartbeats.state(broker.id);
            BrokerStanding {
                id: broker.id,
                epoch: broker.epoch,
                state,
                last_contact,
                session_ends: (!state.is_fenced()).then(|| last_contact + self.config.session_timeout),
                metadata_offset: heartbeat.map_or(-1, |heartbeat| heartbeat.metadata_offset),
            }
        };
        self.image.brokers().values().map(|broker| standing(broker)).collect()
    }
}
