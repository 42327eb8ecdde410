//! The network by itself: two ends, and what TCP makes of what happens between them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::name;
use kafkascope::kafka::machine::ConnectionId;
use kafkascope::kafka::machine::Input;
use kafkascope::kafka::protocol::Api;
use kafkascope::kafka::protocol::Request;
use kafkascope::kafka::protocol::RequestFrame;
use kafkascope::kafka::protocol::RequestHeader;
use kafkascope::kafka::protocol::Response;
use kafkascope::lab::agenda::Agenda;
use kafkascope::lab::agenda::Due;
use kafkascope::lab::network::Delivery;
use kafkascope::lab::network::Host;
use kafkascope::lab::network::Moment;
use kafkascope::lab::network::Network;

const CLIENT: NodeId = NodeId(2);
const SERVER: NodeId = NodeId(1);
const FIRST: ConnectionId = ConnectionId(1);

/// A network, its agenda, and a transcript of what the ends are told.
struct Wire {
    network: Network,
    agenda: Agenda,
    hosts: BTreeMap<NodeId, Host>,
    now: Instant,
    told: String,
}

impl Wire {
    fn new() -> Self {
        let hosts = [(CLIENT, Host::Up), (SERVER, Host::Up)].into();
        Self {
            network: Network::new(1),
            agenda: Agenda::default(),
            hosts,
            now: Instant::ZERO,
            told: String::new(),
        }
    }

    fn connected() -> Self {
        let mut wire = Self::new();
        wire.with(|network, at| network.connect(at, FIRST, CLIENT, SERVER, 0));
        wire.run_ms(10);
        wire.told.clear();
        wire
    }

    fn with<R>(&mut self, work: impl FnOnce(&mut Network, &mut Moment<'_>) -> R) -> R {
        let mut out = Vec::new();
        let hosts = &self.hosts;
        let host = |node: NodeId| hosts[&node];
        let mut at = Moment { now: self.now, agenda: &mut self.agenda, host: &host, out: &mut out };
        let result = work(&mut self.network, &mut at);
        for Delivery { node, input, .. } in out {
            let words = match input {
                Input::Connected { .. } => "connected".to_owned(),
                Input::Disconnected { why, .. } => format!("{why:?}"),
                Input::Request { request, .. } => format!("request {}", request.header.correlation),
                Input::Response { response, .. } => format!("response {}", response.correlation),
                other => format!("{other:?}"),
            };
            _ = writeln!(self.told, "{} ms, {node}: {words}", self.now.0 as f64 / 1000.0);
        }
        result
    }

    fn run_ms(&mut self, ms: u64) {
        let until = self.now + Duration::from_millis(ms);
        while self.agenda.next_at().is_some_and(|at| at <= until) {
            let (at, due, cause) = self.agenda.pop().unwrap();
            self.now = at;
            self.with(|network, at| match due {
                Due::Arrival { connection, direction } => network.arrive(at, connection, direction),
                Due::SetupTimeout { connection } => network.setup_timeout(at, connection, cause),
                Due::GiveUp { connection, direction } => network.give_up(at, connection, direction, cause),
                other => panic!("the network entered {other:?}"),
            });
        }
        self.now = until;
    }

    fn request(&mut self, connection: ConnectionId, correlation: i32, api: Api) -> bool {
        let body = match api {
            Api::Fetch => Request::Fetch(Default::default()),
            _ => Request::ApiVersions(Default::default()),
        };
        let header = RequestHeader { api, version: body_version(api), correlation, client_id: name("t") };
        let request = RequestFrame { header, body: Arc::new(body) };
        self.with(|network, at| network.send(at, connection, request, 0).is_some())
    }

    fn respond(&mut self, correlation: i32) {
        let body = Some(Arc::new(Response::ApiVersions(Default::default())));
        self.with(|network, at| network.respond(at, FIRST, correlation, body, 0));
    }

    fn told(&mut self) -> String {
        std::mem::take(&mut self.told)
    }

    fn link(&mut self, from: NodeId, to: NodeId, change: impl FnOnce(&mut kafkascope::lab::network::Link)) {
        change(self.network.link_mut(from, to));
        self.with(|network, at| network.resume(at));
    }
}

fn body_version(api: Api) -> i16 {
    if api == Api::Fetch { 12 } else { 3 }
}

#[test]
fn a_connect_takes_a_round_trip() {
    let mut wire = Wire::new();
    wire.with(|network, at| network.connect(at, FIRST, CLIENT, SERVER, 0));
    wire.run_ms(20_000);
    assert_eq!(wire.told(), "1 ms, 2: connected\n");
}

#[test]
fn nobody_at_home_refuses_and_no_power_is_silence() {
    let mut wire = Wire::new();
    wire.hosts.insert(SERVER, Host::NoProcess);
    wire.with(|network, at| network.connect(at, FIRST, CLIENT, SERVER, 0));
    wire.run_ms(100);
    assert_eq!(wire.told(), "1 ms, 2: Refused\n");
    wire.hosts.insert(SERVER, Host::Off);
    wire.with(|network, at| network.connect(at, ConnectionId(2), CLIENT, SERVER, 0));
    wire.run_ms(20_000);
    assert_eq!(wire.told(), "10100 ms, 2: SetupTimeout\n");
    assert_eq!(wire.network.connections().count(), 0);
}

#[test]
fn the_server_sees_one_request_of_a_connection_at_a_time() {
    let mut wire = Wire::connected();
    wire.request(FIRST, 1, Api::ApiVersions);
    wire.request(FIRST, 2, Api::ApiVersions);
    wire.run_ms(10);
    assert_eq!(wire.told(), "10.501 ms, 1: request 1\n");
    wire.respond(1);
    wire.run_ms(10);
    assert_eq!(wire.told(), "20 ms, 1: request 2\n20.501 ms, 2: response 1\n");
}

#[test]
fn a_held_message_holds_what_is_behind_it_and_release_lets_both_go() {
    let mut wire = Wire::connected();
    wire.link(CLIENT, SERVER, |link| link.held.push(Some(Api::Fetch)));
    wire.request(FIRST, 1, Api::ApiVersions);
    wire.request(FIRST, 2, Api::Fetch);
    wire.request(FIRST, 3, Api::ApiVersions);
    wire.run_ms(100);
    assert_eq!(wire.told(), "10.501 ms, 1: request 1\n");
    let waiting: Vec<_> = wire.network.flights().map(|info| info.due_at).collect();
    assert_eq!(waiting, [None, None]);
    wire.respond(1);
    wire.link(CLIENT, SERVER, |link| link.held.clear());
    wire.run_ms(0);
    assert_eq!(wire.told(), "110 ms, 1: request 2\n");
}

#[test]
fn a_cut_stalls_one_way_only_and_what_was_sent_arrives_after_it_heals() {
    let mut wire = Wire::connected();
    wire.request(FIRST, 1, Api::ApiVersions);
    wire.run_ms(10);
    wire.link(CLIENT, SERVER, |link| link.cut = true);
    wire.request(FIRST, 2, Api::ApiVersions);
    wire.respond(1);
    wire.run_ms(1_000);
    assert_eq!(wire.told(), "10.501 ms, 1: request 1\n20.501 ms, 2: response 1\n");
    wire.link(CLIENT, SERVER, |link| link.cut = false);
    wire.run_ms(1_000);
    assert_eq!(wire.told(), "1421.001 ms, 1: request 2\n", "the attempt after 200, 600 and 1400 ms");
}

#[test]
fn a_dropped_message_breaks_its_connection_only_when_somebody_gives_up() {
    let mut wire = Wire::connected();
    wire.link(CLIENT, SERVER, |link| link.drop_next.push(None));
    wire.request(FIRST, 1, Api::ApiVersions);
    wire.request(FIRST, 2, Api::ApiVersions);
    wire.run_ms(600_000);
    assert_eq!(wire.told(), "");
    wire.run_ms(600_000);
    assert_eq!(wire.told(), "924610.501 ms, 2: Lost\n");
}

#[test]
fn bytes_of_an_abandoned_connection_may_arrive_after_its_successors() {
    let mut wire = Wire::connected();
    wire.link(CLIENT, SERVER, |link| link.held.push(Some(Api::Fetch)));
    wire.request(FIRST, 1, Api::Fetch);
    wire.run_ms(10);
    wire.with(|network, at| network.close(at, FIRST, CLIENT, 0));
    let second = ConnectionId(2);
    wire.with(|network, at| network.connect(at, second, CLIENT, SERVER, 0));
    wire.run_ms(10);
    wire.request(second, 2, Api::ApiVersions);
    wire.run_ms(10);
    wire.link(CLIENT, SERVER, |link| link.held.clear());
    wire.run_ms(10);
    assert_eq!(wire.told(), "21 ms, 2: connected\n30.501 ms, 1: request 2\n40 ms, 1: request 1\n");
    wire.respond(1);
    wire.run_ms(10);
    assert_eq!(wire.told(), "50 ms, 1: Reset\n", "the goodbye stood behind the request");
}

#[test]
fn a_dead_process_resets_its_peers_and_a_machine_without_power_says_nothing() {
    let mut wire = Wire::connected();
    wire.request(FIRST, 1, Api::ApiVersions);
    wire.run_ms(10);
    wire.hosts.insert(SERVER, Host::NoProcess);
    wire.with(|network, at| network.process_gone(at, SERVER, true, 0));
    wire.run_ms(10);
    assert_eq!(wire.told(), "10.501 ms, 1: request 1\n20.5 ms, 2: Reset\n");
    assert!(!wire.request(FIRST, 2, Api::ApiVersions), "the client knows that it is gone");

    let mut wire = Wire::connected();
    wire.hosts.insert(SERVER, Host::Off);
    wire.with(|network, at| network.process_gone(at, SERVER, false, 0));
    wire.request(FIRST, 1, Api::ApiVersions);
    wire.run_ms(5_000);
    assert_eq!(wire.told(), "");
    wire.hosts.insert(SERVER, Host::Up);
    wire.with(|network, at| network.resume(at));
    wire.run_ms(5_000);
    assert_eq!(wire.told(), "6211.501 ms, 2: Reset\n", "the new process does not know the old connection");
}

#[test]
fn an_oversized_frame_closes_the_connection() {
    let mut wire = Wire::connected();
    let client_id = name(&"x".repeat(kafkascope::lab::network::REQUEST_MAX_BYTES as usize));
    let header = RequestHeader { api: Api::ApiVersions, version: 3, correlation: 1, client_id };
    let body = Arc::new(Request::ApiVersions(Default::default()));
    wire.with(|network, at| network.send(at, FIRST, RequestFrame { header, body }, 0).is_some());
    wire.run_ms(1_000);
    assert_eq!(wire.told(), "94.387 ms, 1: Reset\n94.887 ms, 2: Reset\n");
}
