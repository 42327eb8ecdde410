//! From registration to exit: what a broker tells the controller of itself (Kafka: `BrokerLifecycleManager`).

use super::Broker;
use super::broker::response_of;
use crate::kafka::base::Duration;
use crate::kafka::base::ExponentialBackoff;
use crate::kafka::base::Instant;
use crate::kafka::base::Profile;
use crate::kafka::base::Purpose;
use crate::kafka::base::Uuid;
use crate::kafka::channel::Outcome;
use crate::kafka::machine::Context;
use crate::kafka::machine::Timer;
use crate::kafka::metadata::METADATA_VERSION_FEATURE;
use crate::kafka::metadata::MetadataVersion;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::broker_heartbeat_request::BrokerHeartbeatRequestData;
use crate::kafka::protocol::messages::broker_heartbeat_response::BrokerHeartbeatResponseData;
use crate::kafka::protocol::messages::broker_registration_request::BrokerRegistrationRequestData;
use crate::kafka::protocol::messages::broker_registration_request::Feature;
use crate::kafka::protocol::messages::broker_registration_request::Listener;

/// Where the process stands (Kafka: `BrokerState`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BrokerState {
    #[default]
    NotRunning,
    /// Registering, and catching up with the metadata.
    Starting,
    /// Caught up; still fenced.
    Recovery,
    Running,
    /// Has asked to leave; waits until the controller has moved its leaders away.
    PendingControlledShutdown,
    ShuttingDown,
}

impl BrokerState {
    /// Kafka's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotRunning => "NOT_RUNNING",
            Self::Starting => "STARTING",
            Self::Recovery => "RECOVERY",
            Self::Running => "RUNNING",
            Self::PendingControlledShutdown => "PENDING_CONTROLLED_SHUTDOWN",
            Self::ShuttingDown => "SHUTTING_DOWN",
        }
    }
}

/// What a broker and the controller know of each other.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Lifecycle {
    pub state: BrokerState,
    /// Names this process.
    pub incarnation: Option<Uuid>,
    /// Given by the controller at registration; `None` before.
    pub broker_epoch: Option<i64>,
    /// What the last heartbeat's answer said; fenced until then.
    pub is_unfenced: bool,
    /// When the last heartbeat was answered.
    pub last_heartbeat: Option<Instant>,
    pub started: Instant,
    pub(super) ready_to_unfence: bool,
    in_flight: bool,
    /// The next message to the controller is due.
    due: bool,
    again_at_once: bool,
    failures: u32,
    got_shutdown_answer: bool,
}

impl Lifecycle {
    pub fn is_fenced(&self) -> bool {
        !self.is_unfenced
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == BrokerState::ShuttingDown
    }

    pub(super) fn end(&mut self) {
        self.state = BrokerState::ShuttingDown;
    }

    fn soon(&mut self) {
        if self.in_flight {
            self.again_at_once = true;
        } else {
            self.due = true;
        }
    }
}

impl Broker {
    pub(super) fn start_lifecycle(&mut self, cx: &mut Context<'_>) {
        let random = cx.random(Purpose::Identity);
        let incarnation = Uuid::from_parts(random.next_u64(), random.next_u64());
        self.lifecycle = Lifecycle {
            state: BrokerState::Starting,
            incarnation: Some(incarnation),
            started: cx.now,
            due: true,
            ..Lifecycle::default()
        };
        cx.set_timer(Timer::RegistrationRetry, cx.now + self.config.registration_timeout);
    }

    /// The broker has its logs open and serves: it may be unfenced.
    pub(super) fn set_ready_to_unfence(&mut self) {
        if !self.lifecycle.ready_to_unfence {
            self.lifecycle.ready_to_unfence = true;
            self.lifecycle.soon();
        }
    }

    pub(super) fn drive_lifecycle(&mut self, cx: &mut Context<'_>) {
        let running = !matches!(self.lifecycle.state, BrokerState::NotRunning | BrokerState::ShuttingDown);
        if !running || !self.lifecycle.due || self.lifecycle.in_flight {
            return;
        }
        if !self.lifecycle_client.ready(cx, self.spec.controller) {
            return;
        }
        let request = match self.lifecycle.broker_epoch {
            None => Request::BrokerRegistration(self.registration()),
            Some(epoch) => Request::BrokerHeartbeat(
                BrokerHeartbeatRequestData::default()
                    .with_broker_id(self.spec.id.0)
                    .with_broker_epoch(epoch)
                    .with_current_metadata_offset(self.metadata.last_applied_offset())
                    .with_want_fence(!self.lifecycle.ready_to_unfence)
                    .with_want_shut_down(self.lifecycle.state == BrokerState::PendingControlledShutdown),
            ),
        };
        if self.lifecycle_client.send(cx, self.spec.controller, request, ()) {
            self.lifecycle.due = false;
            self.lifecycle.in_flight = true;
        }
    }

    fn registration(&self) -> BrokerRegistrationRequestData {
        let host = KafkaString::from(format!("broker-{}", self.spec.id));
        let listener = Listener::default()
            .with_name(KafkaString::from_static("PLAINTEXT"))
            .with_host(host)
            .with_port(LISTENER_PORT);
        let feature = Feature::default()
            .with_name(KafkaString::from_static(METADATA_VERSION_FEATURE))
            .with_min_supported_version(1)
            .with_max_supported_version(match self.spec.profile {
                Profile::Classic => MetadataVersion::V3_9.0,
                Profile::Modern => MetadataVersion::V4_4.0,
            });
        BrokerRegistrationRequestData::default()
            .with_broker_id(self.spec.id.0)
            .with_cluster_id(KafkaString::from(self.spec.cluster_id.to_string()))
            .with_incarnation_id(self.lifecycle.incarnation.unwrap_or(Uuid::ZERO))
            .with_listeners(vec![listener])
            .with_features(vec![feature])
            .with_rack(self.spec.rack.as_ref().map(|rack| KafkaString::from(rack.to_string())))
            .with_log_dirs(vec![self.directory_id])
            .with_previous_broker_epoch(self.previous_epoch)
    }

    pub(super) fn on_lifecycle_outcome(&mut self, cx: &mut Context<'_>, outcome: Outcome<()>) {
        match (&outcome, response_of(&outcome)) {
            (_, Some(Response::BrokerRegistration(answer))) => {
                self.lifecycle.in_flight = false;
                if answer.error_code == 0 {
                    self.lifecycle.failures = 0;
                    self.lifecycle.broker_epoch = Some(answer.broker_epoch);
                    self.lifecycle.due = true;
                    cx.stop_timer(Timer::RegistrationRetry);
                } else {
                    self.retry_lifecycle(cx);
                }
            }
            (_, Some(Response::BrokerHeartbeat(answer))) => {
                self.lifecycle.in_flight = false;
                if answer.error_code == 0 {
                    self.lifecycle.failures = 0;
                    self.on_heartbeat(cx, answer);
                } else {
                    self.retry_lifecycle(cx);
                }
            }
            (Outcome::Response { .. } | Outcome::Disconnected { .. }, _) => {
                self.lifecycle.in_flight = false;
                self.retry_lifecycle(cx);
            }
            (Outcome::Ready { .. } | Outcome::Unreachable { .. }, _) => {}
        }
    }

    fn on_heartbeat(&mut self, cx: &mut Context<'_>, answer: &BrokerHeartbeatResponseData) {
        self.lifecycle.last_heartbeat = Some(cx.now);
        self.lifecycle.is_unfenced = !answer.is_fenced;
        let mut wait = self.config.heartbeat_interval;
        match self.lifecycle.state {
            BrokerState::Starting => {
                if answer.is_caught_up {
                    self.lifecycle.state = BrokerState::Recovery;
                    if self.logs_loaded {
                        self.set_ready_to_unfence();
                    }
                }
                wait = Duration::from_millis(10);
            }
            BrokerState::Recovery if !answer.is_fenced => self.lifecycle.state = BrokerState::Running,
            BrokerState::PendingControlledShutdown => {
                if answer.should_shut_down {
                    return self.finish_shutdown(cx);
                }
                if !self.lifecycle.got_shutdown_answer {
                    wait = Duration::from_millis(50);
                }
                self.lifecycle.got_shutdown_answer = true;
            }
            _ => {}
        }
        if std::mem::take(&mut self.lifecycle.again_at_once) {
            self.lifecycle.due = true;
        } else {
            cx.set_timer(Timer::Heartbeat, cx.now + wait);
        }
    }

    /// 100 ms, doubling up to half a session, ± 20 %.
    fn retry_lifecycle(&mut self, cx: &mut Context<'_>) {
        let backoff = ExponentialBackoff::new(Duration::from_millis(100), self.config.session_timeout / 2);
        let wait = backoff.spread(self.lifecycle.failures, cx.random(Purpose::Backoff).below(401));
        self.lifecycle.failures += 1;
        self.lifecycle.again_at_once = false;
        cx.set_timer(Timer::Heartbeat, cx.now + wait);
    }

    pub(super) fn on_lifecycle_timer(&mut self, cx: &mut Context<'_>) {
        let waited = cx.now.since(self.lifecycle.started);
        if self.lifecycle.broker_epoch.is_none() && waited >= self.config.registration_timeout {
            return self
                .exit(cx, "Shutting down because we were unable to register with the controller quorum");
        }
        self.lifecycle.soon();
    }

    /// SIGTERM: asks the controller to move the leaders away first, when there is one and it is wanted.
    pub(super) fn begin_shutdown(&mut self, cx: &mut Context<'_>) {
        let may_ask = matches!(self.lifecycle.state, BrokerState::Running | BrokerState::Recovery);
        if !may_ask || !self.config.controlled_shutdown {
            return self.finish_shutdown(cx);
        }
        self.lifecycle.state = BrokerState::PendingControlledShutdown;
        self.lifecycle.soon();
        cx.set_timer(Timer::ShutdownDeadline, cx.now + CONTROLLED_SHUTDOWN_PATIENCE);
    }

    /// Stops in good order: flush, close, checkpoints, the mark of a clean stop, exit.
    pub(super) fn finish_shutdown(&mut self, cx: &mut Context<'_>) {
        self.lifecycle.end();
        self.close_logs(cx);
        self.exit(cx, "Shut down in good order");
    }
}

/// Every broker listens there; the host tells them apart.
pub const LISTENER_PORT: u16 = 9092;
/// `BrokerServer.shutdown` waits this long for the controller.
const CONTROLLED_SHUTDOWN_PATIENCE: Duration = Duration::from_millis(5 * 60_000);
