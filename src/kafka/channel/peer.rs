use std::collections::VecDeque;

use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::machine::ConnectionId;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::api_versions_response::ApiVersionsResponseData;

/// Where the connection to a peer stands.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum PeerState {
    /// No connection; a new one may be tried from `retry_at` on.
    Disconnected { retry_at: Instant },
    /// The connection was asked for.
    Connecting(ConnectionId),
    /// Open; the peer was asked which versions it speaks.
    CheckingVersions(ConnectionId),
    /// Open, and requests may be sent.
    Ready(ConnectionId),
}

/// A request whose answer has not come.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct InFlight<T> {
    pub correlation: i32,
    pub api: Api,
    /// `None` for the client's own ApiVersions.
    pub tag: Option<T>,
    pub sent_at: Instant,
    pub deadline: Instant,
}

/// One node that this client talks to.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Peer<T> {
    pub state: PeerState,
    pub in_flight: VecDeque<InFlight<T>>,
    /// Connects that failed one after the other; the backoff grows with them.
    pub failures: u32,
    versions: Map<i16, (i16, i16)>,
}

impl<T> Peer<T> {
    pub(super) fn new() -> Self {
        Self {
            state: PeerState::Disconnected { retry_at: Instant::ZERO },
            in_flight: VecDeque::new(),
            failures: 0,
            versions: Map::new(),
        }
    }

    pub fn connection(&self) -> Option<ConnectionId> {
        match self.state {
            PeerState::Disconnected { .. } => None,
            PeerState::Connecting(id) | PeerState::CheckingVersions(id) | PeerState::Ready(id) => Some(id),
        }
    }

    pub fn is_ready(&self) -> bool {
        matches!(self.state, PeerState::Ready(_))
    }

    /// The newest version that both sides speak; `None` when the peer does not serve the API.
    pub fn version(&self, api: Api) -> Option<i16> {
        let (own_min, own_max) = api.versions();
        let (min, max) = *self.versions.get(&api.key())?;
        let version = own_max.min(max);
        (version >= own_min.max(min)).then_some(version)
    }

    /// Takes the versions from an answer; false when it is not a usable one.
    pub(super) fn learn_versions(&mut self, response: &Response) -> bool {
        let Response::ApiVersions(ApiVersionsResponseData { error_code: 0, api_keys, .. }) = response else {
            return false;
        };
        self.versions = api_keys.iter().map(|a| (a.api_key, (a.min_version, a.max_version))).collect();
        true
    }

    /// The requests whose answers will never come now.
    pub(super) fn take_in_flight(&mut self) -> impl Iterator<Item = InFlight<T>> {
        std::mem::take(&mut self.in_flight).into_iter()
    }

    /// When the first request in flight gives up.
    pub(super) fn first_deadline(&self) -> Option<Instant> {
        self.in_flight.iter().map(|r| r.deadline).min()
    }

    /// How long the oldest request has waited.
    pub fn waiting_since(&self, now: Instant) -> Option<Duration> {
        self.in_flight.front().map(|r| now.since(r.sent_at))
    }
}
