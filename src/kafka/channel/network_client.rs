use std::sync::Arc;

use crate::kafka::base::Duration;
use crate::kafka::base::ExponentialBackoff;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Purpose;
use crate::kafka::channel::InFlight;
use crate::kafka::channel::Peer;
use crate::kafka::channel::PeerState;
use crate::kafka::machine::Closed;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Context;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::RequestHeader;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::messages::api_versions_request::ApiVersionsRequestData;

/// The settings of a client's connections, under their Kafka names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelConfig {
    /// `max.in.flight.requests.per.connection`
    pub max_in_flight: usize,
    /// `reconnect.backoff.ms`: the wait after the first failed connect.
    pub reconnect_backoff: Duration,
    /// `reconnect.backoff.max.ms`: the wait never grows beyond this.
    pub reconnect_backoff_max: Duration,
    /// `request.timeout.ms`
    pub request_timeout: Duration,
}

impl Default for ChannelConfig {
    /// The defaults of Kafka's clients.
    fn default() -> Self {
        Self {
            max_in_flight: 5,
            reconnect_backoff: Duration::from_millis(50),
            reconnect_backoff_max: Duration::from_millis(1000),
            request_timeout: Duration::from_millis(30_000),
        }
    }
}

/// What became of something that this client did.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Outcome<T> {
    /// The peer can be sent requests from now on.
    Ready { peer: NodeId },
    /// The answer to a request.
    Response { peer: NodeId, tag: T, response: ResponseFrame, round_trip: Duration },
    /// The connection is gone: nobody knows whether the request was carried out. `timed_out` when this client closed
    /// it because an answer did not come within `request.timeout.ms`.
    Disconnected { peer: NodeId, tag: T, timed_out: bool },
    /// No connection could be made, or it broke. Comes once, after the requests that were in flight on it.
    Unreachable { peer: NodeId, why: Closed },
}

/// The connections of one client. `T` is the client's note on a request, handed back with its outcome.
///
/// The owner calls [`on_input`](Self::on_input) first with every input, acts on the outcomes, and then does what it
/// wants to do now: [`ready`](Self::ready) asks for a connection, and the owner is woken when it may be tried again.
/// Source: `NetworkClient`, `ClusterConnectionStates`, `InFlightRequests`.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct NetworkClient<T> {
    number: u8,
    client_id: Name,
    config: ChannelConfig,
    peers: Map<NodeId, Peer<T>>,
    next_correlation: i32,
}

impl<T: Clone> NetworkClient<T> {
    /// `number` tells the clients of one node apart; it goes into [`Timer::Network`].
    pub fn new(number: u8, client_id: Name, config: ChannelConfig) -> Self {
        Self { number, client_id, config, peers: Map::new(), next_correlation: 0 }
    }

    /// Goes on counting where another client stopped: a restarted client of the same process.
    pub fn keep_correlation(&mut self, before: &Self) {
        self.next_correlation = before.next_correlation;
    }

    pub fn peers(&self) -> impl Iterator<Item = (NodeId, &Peer<T>)> {
        self.peers.iter().map(|(id, peer)| (*id, peer))
    }

    pub fn peer(&self, peer: NodeId) -> Option<&Peer<T>> {
        self.peers.get(&peer)
    }

    pub fn in_flight(&self, peer: NodeId) -> usize {
        self.peers.get(&peer).map_or(0, |p| p.in_flight.len())
    }

    /// Whether a request could be sent right now (`NetworkClient.isReady`).
    pub fn is_ready(&self, peer: NodeId) -> bool {
        self.peers.get(&peer).is_some_and(|p| p.is_ready() && p.in_flight.len() < self.config.max_in_flight)
    }

    /// The version in which a request of this API would go to the peer.
    pub fn version(&self, peer: NodeId, api: Api) -> Option<i16> {
        self.peers.get(&peer)?.version(api)
    }

    /// Whether a request can be sent; when there is no connection, asks for one as soon as the backoff allows.
    pub fn ready(&mut self, cx: &mut Context<'_>, peer: NodeId) -> bool {
        if self.is_ready(peer) {
            return true;
        }
        let entry = self.peers.entry(peer).or_insert_with(Peer::new);
        if let PeerState::Disconnected { retry_at } = entry.state {
            if retry_at <= cx.now {
                entry.state = PeerState::Connecting(cx.connect(peer));
            }
            self.arm(cx);
        }
        false
    }

    /// Sends a request to a peer that is [ready](Self::is_ready); false when it is not or does not serve the API.
    pub fn send(&mut self, cx: &mut Context<'_>, peer: NodeId, request: Request, tag: T) -> bool {
        let timeout = self.config.request_timeout;
        self.send_within(cx, peer, request, tag, timeout)
    }

    /// [`send`](Self::send) with a timeout of its own.
    pub fn send_within(
        &mut self,
        cx: &mut Context<'_>,
        peer: NodeId,
        request: Request,
        tag: T,
        timeout: Duration,
    ) -> bool {
        let version = self.version(peer, request.api());
        let (true, Some(version)) = (self.is_ready(peer), version) else { return false };
        self.put_on_wire(cx, peer, request, version, Some(tag), timeout);
        true
    }

    /// [`send`](Self::send) in no newer version than this one.
    pub fn send_up_to(
        &mut self,
        cx: &mut Context<'_>,
        peer: NodeId,
        request: Request,
        tag: T,
        newest: i16,
    ) -> bool {
        let version = self.version(peer, request.api());
        let (true, Some(version)) = (self.is_ready(peer), version) else { return false };
        let timeout = self.config.request_timeout;
        self.put_on_wire(cx, peer, request, version.min(newest), Some(tag), timeout);
        true
    }

    /// Sends a request that gets no answer (Produce with acks=0).
    pub fn send_one_way(&mut self, cx: &mut Context<'_>, peer: NodeId, request: Request) -> bool {
        let version = self.version(peer, request.api());
        let connection = self.peers.get(&peer).and_then(Peer::connection);
        let (true, Some(version), Some(connection)) = (self.is_ready(peer), version, connection) else {
            return false;
        };
        let frame = self.frame(request, version);
        cx.send(connection, frame);
        true
    }

    /// Closes the connection to a peer, if there is one; what was in flight is unknown.
    pub fn close(&mut self, cx: &mut Context<'_>, peer: NodeId) -> Vec<Outcome<T>> {
        let Some(connection) = self.peers.get(&peer).and_then(Peer::connection) else { return Vec::new() };
        cx.close(connection);
        let outcomes = self.disconnect(cx, peer, false);
        self.arm(cx);
        outcomes
    }

    /// The node to ask when any will do: one without requests in flight, else the ready one with the fewest, else one
    /// that is being connected, else one whose backoff is over (`NetworkClient.leastLoadedNode`).
    pub fn least_loaded(&self, now: Instant, candidates: &[NodeId]) -> Option<NodeId> {
        let rank = |id: &NodeId| match self.peers.get(id) {
            None => Some((2, 0)),
            Some(p) => match p.state {
                PeerState::Ready(_) if p.in_flight.len() < self.config.max_in_flight => {
                    Some((0, p.in_flight.len()))
                }
                PeerState::Ready(_) => None,
                PeerState::Connecting(_) | PeerState::CheckingVersions(_) => Some((1, 0)),
                PeerState::Disconnected { retry_at } => (retry_at <= now).then_some((2, p.failures as usize)),
            },
        };
        candidates
            .iter()
            .filter_map(|id| rank(id).map(|r| (r, *id)))
            .min_by_key(|(r, _)| *r)
            .map(|(_, id)| id)
    }

    /// Takes what happened to this client's connections; an input that is not its own changes nothing.
    pub fn on_input(&mut self, cx: &mut Context<'_>, input: &Input) -> Vec<Outcome<T>> {
        let outcomes = match input {
            Input::Connected { connection, peer } if self.owns(*peer, *connection) => {
                self.ask_versions(cx, *peer, *connection, Api::ApiVersions.versions().1);
                Vec::new()
            }
            Input::Disconnected { connection, peer, why } if self.owns(*peer, *connection) => {
                let mut outcomes = self.disconnect(cx, *peer, false);
                outcomes.push(Outcome::Unreachable { peer: *peer, why: *why });
                outcomes
            }
            Input::Response { connection, from, response } if self.owns(*from, *connection) => {
                self.on_response(cx, *from, *connection, response)
            }
            Input::Timer(Timer::Network { client }) if *client == self.number => self.on_timer(cx),
            _ => return Vec::new(),
        };
        self.arm(cx);
        outcomes
    }

    fn owns(&self, peer: NodeId, connection: ConnectionId) -> bool {
        self.peers.get(&peer).and_then(Peer::connection) == Some(connection)
    }

    fn ask_versions(&mut self, cx: &mut Context<'_>, peer: NodeId, connection: ConnectionId, version: i16) {
        if let Some(entry) = self.peers.get_mut(&peer) {
            entry.state = PeerState::CheckingVersions(connection);
        }
        let request = ApiVersionsRequestData::default()
            .with_client_software_name(KafkaString::from("kafkascope".to_owned()))
            .with_client_software_version(KafkaString::from(env!("CARGO_PKG_VERSION").to_owned()));
        self.put_on_wire(cx, peer, Request::ApiVersions(request), version, None, self.config.request_timeout);
    }

    fn put_on_wire(
        &mut self,
        cx: &mut Context<'_>,
        peer: NodeId,
        request: Request,
        version: i16,
        tag: Option<T>,
        timeout: Duration,
    ) {
        let frame = self.frame(request, version);
        let Some(entry) = self.peers.get_mut(&peer) else { return };
        let Some(connection) = entry.connection() else { return };
        entry.in_flight.push_back(InFlight {
            correlation: frame.header.correlation,
            api: frame.header.api,
            tag,
            sent_at: cx.now,
            deadline: cx.now + timeout,
        });
        cx.send(connection, frame);
        self.arm(cx);
    }

    fn frame(&mut self, request: Request, version: i16) -> RequestFrame {
        let correlation = self.next_correlation;
        self.next_correlation = self.next_correlation.checked_add(1).unwrap_or(0);
        let header =
            RequestHeader { api: request.api(), version, correlation, client_id: self.client_id.clone() };
        RequestFrame { header, body: Arc::new(request) }
    }

    fn on_response(
        &mut self,
        cx: &mut Context<'_>,
        from: NodeId,
        connection: ConnectionId,
        response: &ResponseFrame,
    ) -> Vec<Outcome<T>> {
        let Some(peer) = self.peers.get_mut(&from) else { return Vec::new() };
        let Some(request) = peer.in_flight.pop_front() else { return Vec::new() };
        debug_assert_eq!(
            request.correlation, response.correlation,
            "answers come in the order of their requests"
        );
        if let Some(tag) = request.tag {
            let round_trip = cx.now.since(request.sent_at);
            return vec![Outcome::Response { peer: from, tag, response: response.clone(), round_trip }];
        }
        if peer.learn_versions(&response.body) {
            peer.state = PeerState::Ready(connection);
            peer.failures = 0;
            return vec![Outcome::Ready { peer: from }];
        }
        // UNSUPPORTED_VERSION comes back in version 0, which every broker speaks (KIP-511).
        self.ask_versions(cx, from, connection, 0);
        Vec::new()
    }

    fn on_timer(&mut self, cx: &mut Context<'_>) -> Vec<Outcome<T>> {
        let late = |p: &Peer<T>| p.first_deadline().is_some_and(|d| d <= cx.now);
        let peers: Vec<NodeId> = self.peers.iter().filter(|(_, p)| late(p)).map(|(id, _)| *id).collect();
        let mut outcomes = Vec::new();
        for peer in peers {
            if let Some(connection) = self.peers.get(&peer).and_then(Peer::connection) {
                cx.close(connection);
            }
            outcomes.extend(self.disconnect(cx, peer, true));
            outcomes.push(Outcome::Unreachable { peer, why: Closed::Lost });
        }
        outcomes
    }

    fn disconnect(&mut self, cx: &mut Context<'_>, peer: NodeId, timed_out: bool) -> Vec<Outcome<T>> {
        let Some(entry) = self.peers.get_mut(&peer) else { return Vec::new() };
        entry.failures += 1;
        let backoff =
            ExponentialBackoff::new(self.config.reconnect_backoff, self.config.reconnect_backoff_max);
        let backoff = backoff.spread(entry.failures - 1, cx.random(Purpose::Backoff).below(401));
        entry.state = PeerState::Disconnected { retry_at: cx.now + backoff };
        entry
            .take_in_flight()
            .filter_map(|r| r.tag.map(|tag| Outcome::Disconnected { peer, tag, timed_out }))
            .collect()
    }

    /// Sets the timer to the first moment at which something happens by itself.
    fn arm(&self, cx: &mut Context<'_>) {
        let moment = |p: &Peer<T>| match p.state {
            PeerState::Disconnected { retry_at } if retry_at > cx.now => Some(retry_at),
            _ => p.first_deadline(),
        };
        let timer = Timer::Network { client: self.number };
        match self.peers.values().filter_map(moment).min() {
            Some(at) => cx.set_timer(timer, at),
            None => cx.stop_timer(timer),
        }
    }
}
