//! Connections between nodes, as TCP gives them: within one, messages arrive once and in order; loss, jitter and cuts
//! are delay, until somebody gives up; the server is handed one request of a connection at a time.
//!
//! The first message of a pipe is in the agenda; those behind it follow. What stops a message — a cut, a hold, a machine
//! without power — stops it at the moment of its arrival.

mod connection;
mod link;

use std::sync::Arc;

use super::agenda::Agenda;
use super::agenda::Due;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::machine::Closed;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Input;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;

pub use connection::{Connection, Direction, Flight, Head, Message, Pipe, Serving, Waiting};
pub use link::{
    BANDWIDTH, CLIENT_LATENCY, CONNECT_RETRANSMIT, FIRST_CLIENT, GIVE_UP, Link, MILLION, RETRANSMIT_MAX,
    RETRANSMIT_MIN, SERVER_LATENCY,
};

/// `socket.connection.setup.timeout.ms`: how long a client waits for the server's consent.
pub const SETUP_TIMEOUT: Duration = Duration::from_secs(10);
/// `socket.request.max.bytes`: a longer frame closes the connection.
pub const REQUEST_MAX_BYTES: u64 = 104_857_600;

/// What the network finds at a node's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// A process that listens.
    Up,
    /// A machine without the process: it says so.
    NoProcess,
    /// No power: silence.
    Off,
}

/// Something for a process, with the journal entry of its cause, and the message that brought it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Delivery {
    pub node: NodeId,
    pub input: Input,
    pub flight: Option<(u64, u64)>,
    pub cause: u64,
}

/// A message on its way, as a picture needs it.
#[derive(Clone, Copy, Debug)]
pub struct FlightInfo<'a> {
    pub flight: &'a Flight,
    pub connection: ConnectionId,
    pub from: NodeId,
    pub to: NodeId,
    /// When it arrives; `None` while something holds it or one before it.
    pub due_at: Option<Instant>,
}

/// What the network is told about the moment.
pub struct Moment<'a> {
    pub now: Instant,
    pub agenda: &'a mut Agenda,
    /// What listens at an address.
    pub host: &'a dyn Fn(NodeId) -> Host,
    /// Who receives something because of it.
    pub out: &'a mut Vec<Delivery>,
}

/// All links and connections.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Network {
    seed: u64,
    links: Map<(NodeId, NodeId), Arc<Link>>,
    connections: Map<ConnectionId, Arc<Connection>>,
    next_flight: u64,
}

impl Network {
    pub fn new(seed: u64) -> Self {
        Self { seed, links: Map::new(), connections: Map::new(), next_flight: 0 }
    }

    /// Messages on their way, by connection and in order.
    pub fn flights(&self) -> impl Iterator<Item = FlightInfo<'_>> {
        self.connections.iter().flat_map(|(id, connection)| {
            [Direction::Up, Direction::Down].into_iter().flat_map(move |direction| {
                let (from, to) = connection.ends(direction);
                let pipe = connection.pipe(direction);
                let moving = matches!(pipe.head, Head::Due(_));
                pipe.queue.iter().map(move |flight| {
                    let due_at = moving.then_some(flight.due_at);
                    FlightInfo { flight, connection: *id, from, to, due_at }
                })
            })
        })
    }

    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.connections.iter().map(|(id, connection)| (*id, &**connection))
    }

    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        self.connections.get(&id).map(|connection| &**connection)
    }

    /// The links that were ever used or changed.
    pub fn links(&self) -> impl Iterator<Item = (NodeId, NodeId, &Link)> {
        self.links.iter().map(|((from, to), link)| (*from, *to, &**link))
    }

    /// The link between two nodes, as it is or would be.
    pub fn link(&self, from: NodeId, to: NodeId) -> Link {
        self.links.get(&(from, to)).map_or_else(|| Link::new(self.seed, from, to), |link| (**link).clone())
    }

    pub fn link_mut(&mut self, from: NodeId, to: NodeId) -> &mut Link {
        let seed = self.seed;
        let link = self.links.entry((from, to)).or_insert_with(|| Arc::new(Link::new(seed, from, to)));
        Arc::make_mut(link)
    }

    fn get(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.connections.get_mut(&id).map(Arc::make_mut)
    }

    /// A client opens a connection. Its number must be new.
    pub fn connect(
        &mut self,
        at: &mut Moment<'_>,
        id: ConnectionId,
        client: NodeId,
        server: NodeId,
        cause: u64,
    ) {
        let mut connection = Connection::new(client, server);
        let setup = Due::SetupTimeout { connection: id };
        connection.setup = Some(at.agenda.enter(at.now + SETUP_TIMEOUT, setup, cause));
        self.connections.insert(id, Arc::new(connection));
        self.push(at, id, Direction::Up, Message::Syn, cause);
    }

    /// A client sends a request; `None` when it does not have this connection any more.
    pub fn send(
        &mut self,
        at: &mut Moment<'_>,
        id: ConnectionId,
        request: RequestFrame,
        cause: u64,
    ) -> Option<&Flight> {
        self.connection(id).filter(|connection| connection.client_open)?;
        self.push(at, id, Direction::Up, Message::Request(request), cause)
    }

    /// A server answers the request it is busy with, and the connection's next one may come. Returns the number and the
    /// bytes of the answer, if one goes back.
    pub fn respond(
        &mut self,
        at: &mut Moment<'_>,
        id: ConnectionId,
        correlation: i32,
        response: Option<Arc<Response>>,
        cause: u64,
    ) -> Option<(u64, u64)> {
        let connection = self.get(id)?;
        let serving = connection.serving.take_if(|serving| serving.correlation == correlation)?;
        let flight = response.and_then(|body| {
            let frame = ResponseFrame { correlation, version: serving.version, body };
            let message = Message::Response { api: serving.api, frame };
            self.push(at, id, Direction::Down, message, cause).map(|flight| (flight.id, flight.bytes))
        });
        self.unmute(at, id);
        flight
    }

    /// One end closes a connection.
    pub fn close(&mut self, at: &mut Moment<'_>, id: ConnectionId, node: NodeId, cause: u64) {
        self.leave(at, id, node, Some(Message::Fin), cause);
    }

    /// A process is gone. Its machine says so to all its peers, or, without power, to nobody.
    pub fn process_gone(&mut self, at: &mut Moment<'_>, node: NodeId, power: bool, cause: u64) {
        let mine = |connection: &Connection| connection.client == node || connection.server == node;
        let ids: Vec<_> = self.connections().filter(|(_, it)| mine(it)).map(|(id, _)| id).collect();
        for id in ids {
            self.leave(at, id, node, power.then_some(Message::Rst), cause);
        }
    }

    fn leave(
        &mut self,
        at: &mut Moment<'_>,
        id: ConnectionId,
        node: NodeId,
        word: Option<Message>,
        cause: u64,
    ) {
        let Some(connection) = self.get(id) else { return };
        let (open, direction) = if node == connection.client {
            (&mut connection.client_open, Direction::Up)
        } else {
            (&mut connection.server_open, Direction::Down)
        };
        if !std::mem::replace(open, false) {
            return;
        }
        if direction == Direction::Down {
            connection.serving = None;
            connection.waiting.clear();
        } else if let Some(setup) = connection.setup.take() {
            at.agenda.cancel(setup);
        }
        // What was lost for good need not be waited for by what says goodbye.
        if let Head::Dropped { give_up } = connection.pipe(direction).head {
            at.agenda.cancel(give_up);
            *connection.pipe_mut(direction) = Pipe::default();
        }
        match word {
            Some(word) => {
                self.push(at, id, direction, word, cause);
            }
            None => self.sweep(id),
        }
    }

    /// Puts a message into a pipe.
    fn push(
        &mut self,
        at: &mut Moment<'_>,
        id: ConnectionId,
        direction: Direction,
        message: Message,
        cause: u64,
    ) -> Option<&Flight> {
        let (from, to) = self.connection(id)?.ends(direction);
        let bytes = message.wire_len();
        let arrival = self.link_mut(from, to).transmit(at.now, bytes);
        self.next_flight += 1;
        let flight = self.next_flight;
        let pipe = self.get(id)?.pipe_mut(direction);
        let due_at = pipe.queue.back().map_or(arrival, |last| last.due_at.max(arrival));
        pipe.queue.push_back(Flight { id: flight, message, bytes, sent_at: at.now, due_at, cause });
        if pipe.head == Head::Empty {
            pipe.head = Head::Due(at.agenda.enter(due_at, Due::Arrival { connection: id, direction }, cause));
        }
        pipe.queue.back()
    }

    /// The first message of a pipe would arrive now. `true`: something happened that a journal should tell.
    pub fn arrive(&mut self, at: &mut Moment<'_>, id: ConnectionId, direction: Direction) {
        let Some(connection) = self.connection(id) else { return };
        let Some(flight) = connection.pipe(direction).queue.front() else { return };
        let (from, to) = connection.ends(direction);
        let (api, cause) = (flight.message.api(), flight.cause);
        let give_up = Due::GiveUp { connection: id, direction };
        let link = self.link_mut(from, to);
        let stop = if link.holds(api) {
            Head::Held
        } else if link.cut || (at.host)(to) == Host::Off {
            Head::Stalled { since: at.now, give_up: at.agenda.enter(at.now + GIVE_UP, give_up, cause) }
        } else if link.takes(api) {
            Head::Dropped { give_up: at.agenda.enter(at.now + GIVE_UP, give_up, cause) }
        } else {
            let flight = self.pop(at, id, direction);
            return self.hand_over(at, id, direction, flight);
        };
        self.get(id).expect("it was found above").pipe_mut(direction).head = stop;
    }

    /// Takes the first message out of a pipe; the next one becomes due.
    fn pop(&mut self, at: &mut Moment<'_>, id: ConnectionId, direction: Direction) -> Flight {
        let pipe = self.get(id).expect("the connection exists").pipe_mut(direction);
        let flight = pipe.queue.pop_front().expect("the pipe has a first message");
        pipe.head = match pipe.queue.front() {
            Some(next) => {
                let due = Due::Arrival { connection: id, direction };
                Head::Due(at.agenda.enter(next.due_at.max(at.now), due, next.cause))
            }
            None => Head::Empty,
        };
        flight
    }

    fn hand_over(&mut self, at: &mut Moment<'_>, id: ConnectionId, direction: Direction, flight: Flight) {
        let cause = flight.cause;
        let carried = Some((flight.id, flight.bytes));
        let connection = self.get(id).expect("the connection exists");
        let (client, server) = (connection.client, connection.server);
        match flight.message {
            Message::Syn => match (at.host)(server) {
                Host::Up => {
                    connection.server_open = true;
                    self.push(at, id, Direction::Down, Message::SynAck, cause);
                }
                Host::NoProcess | Host::Off => {
                    self.push(at, id, Direction::Down, Message::Rst, cause);
                }
            },
            Message::SynAck if connection.client_open => {
                connection.established = true;
                connection.setup.take().into_iter().for_each(|setup| at.agenda.cancel(setup));
                let input = Input::Connected { connection: id, peer: server };
                at.out.push(Delivery { node: client, input, flight: None, cause });
            }
            Message::Request(_) if connection.server_open && flight.bytes > REQUEST_MAX_BYTES => {
                self.leave(at, id, server, Some(Message::Rst), cause);
                at.out.push(disconnected(server, id, client, Closed::Reset, cause));
            }
            Message::Request(request) if connection.server_open => {
                let waiting = Waiting::Request { request, flight: flight.id, bytes: flight.bytes, cause };
                connection.waiting.push_back(waiting);
                self.unmute(at, id);
            }
            Message::Response { frame, .. } if connection.client_open => {
                let input = Input::Response { connection: id, from: server, response: frame };
                at.out.push(Delivery { node: client, input, flight: carried, cause });
            }
            Message::SynAck | Message::Request(_) | Message::Response { .. } => {
                self.nobody(at, id, direction, cause)
            }
            Message::Fin if direction == Direction::Up => {
                connection.waiting.push_back(Waiting::Closed { cause });
                self.unmute(at, id);
            }
            Message::Fin | Message::Rst => self.closed_by_peer(at, id, direction, cause),
        }
        self.sweep(id);
    }

    /// Bytes came to an end that does not exist: its machine answers with a reset, unless a goodbye is under way.
    fn nobody(&mut self, at: &mut Moment<'_>, id: ConnectionId, direction: Direction, cause: u64) {
        let connection = self.get(id).expect("the connection exists");
        let (back, open) = match direction {
            Direction::Up => (Direction::Down, connection.client_open),
            Direction::Down => (Direction::Up, connection.server_open),
        };
        if open && !connection.pipe(back).queue.iter().any(|flight| flight.message.is_close()) {
            self.push(at, id, back, Message::Rst, cause);
        }
    }

    fn closed_by_peer(&mut self, at: &mut Moment<'_>, id: ConnectionId, direction: Direction, cause: u64) {
        let connection = self.get(id).expect("the connection exists");
        let (peer, node) = connection.ends(direction);
        let why = if connection.established || direction == Direction::Up {
            Closed::Reset
        } else {
            Closed::Refused
        };
        let open = match direction {
            Direction::Up => connection.server_open,
            Direction::Down => connection.client_open,
        };
        self.leave(at, id, node, None, cause);
        if open {
            at.out.push(disconnected(node, id, peer, why, cause));
        }
    }

    /// Hands the server the next thing that has arrived on a connection, when it is not busy with another.
    fn unmute(&mut self, at: &mut Moment<'_>, id: ConnectionId) {
        let Some(connection) = self.get(id) else { return };
        if connection.serving.is_some() {
            return;
        }
        let (client, server) = (connection.client, connection.server);
        match connection.waiting.pop_front() {
            Some(Waiting::Request { request, flight, bytes, cause }) => {
                let header = &request.header;
                connection.serving = Some(Serving {
                    api: header.api,
                    version: header.version,
                    correlation: header.correlation,
                    since: at.now,
                });
                let input = Input::Request { connection: id, from: client, request };
                at.out.push(Delivery { node: server, input, flight: Some((flight, bytes)), cause });
            }
            Some(Waiting::Closed { cause }) => {
                self.closed_by_peer(at, id, Direction::Up, cause);
                self.sweep(id);
            }
            None => {}
        }
    }

    /// The server has not answered a connect in time.
    pub fn setup_timeout(&mut self, at: &mut Moment<'_>, id: ConnectionId, cause: u64) {
        let Some(connection) = self.get(id) else { return };
        let (client, server) = (connection.client, connection.server);
        connection.setup = None;
        connection.client_open = false;
        if !connection.server_open {
            self.empty(at, id, Direction::Up);
        }
        at.out.push(disconnected(client, id, server, Closed::SetupTimeout, cause));
        self.sweep(id);
    }

    /// The sender's machine has tried for long enough.
    pub fn give_up(&mut self, at: &mut Moment<'_>, id: ConnectionId, direction: Direction, cause: u64) {
        self.empty(at, id, direction);
        let Some(connection) = self.get(id) else { return };
        let (node, peer) = connection.ends(direction);
        let open = match direction {
            Direction::Up => connection.client_open,
            Direction::Down => connection.server_open,
        };
        self.leave(at, id, node, None, cause);
        if open {
            at.out.push(disconnected(node, id, peer, Closed::Lost, cause));
        }
        self.sweep(id);
    }

    fn empty(&mut self, at: &mut Moment<'_>, id: ConnectionId, direction: Direction) {
        let Some(connection) = self.get(id) else { return };
        match std::mem::take(connection.pipe_mut(direction)).head {
            Head::Due(slot) | Head::Stalled { give_up: slot, .. } | Head::Dropped { give_up: slot } => {
                at.agenda.cancel(slot);
            }
            Head::Empty | Head::Held => {}
        }
    }

    /// After a link was healed or released, or a machine was switched on: what waited there moves again.
    pub fn resume(&mut self, at: &mut Moment<'_>) {
        let stuck = |head| matches!(head, Head::Held | Head::Stalled { .. });
        let mut waiting = Vec::new();
        for (id, connection) in self.connections() {
            for direction in [Direction::Up, Direction::Down] {
                if stuck(connection.pipe(direction).head) {
                    waiting.push((id, direction));
                }
            }
        }
        for (id, direction) in waiting {
            self.resume_pipe(at, id, direction);
        }
    }

    fn resume_pipe(&mut self, at: &mut Moment<'_>, id: ConnectionId, direction: Direction) {
        let connection = self.connection(id).expect("it was just found");
        let (from, to) = connection.ends(direction);
        let pipe = connection.pipe(direction);
        let flight = pipe.queue.front().expect("a stuck pipe has a first message");
        let (syn, api, cause) = (matches!(flight.message, Message::Syn), flight.message.api(), flight.cause);
        let link = self.link(from, to);
        let due = match pipe.head {
            Head::Held if !link.holds(api) => at.now,
            Head::Stalled { since, give_up } if !link.cut && (at.host)(to) != Host::Off => {
                at.agenda.cancel(give_up);
                link.next_attempt(since, at.now, if syn { CONNECT_RETRANSMIT } else { RETRANSMIT_MIN })
            }
            _ => return,
        };
        let slot = at.agenda.enter(due, Due::Arrival { connection: id, direction }, cause);
        let pipe = self.get(id).expect("it was just found").pipe_mut(direction);
        pipe.head = Head::Due(slot);
        for flight in &mut pipe.queue {
            flight.due_at = flight.due_at.max(due);
        }
    }

    fn sweep(&mut self, id: ConnectionId) {
        if self.connection(id).is_some_and(Connection::is_over) {
            self.connections.remove(&id);
        }
    }
}

fn disconnected(node: NodeId, connection: ConnectionId, peer: NodeId, why: Closed, cause: u64) -> Delivery {
    let input = Input::Disconnected { connection, peer, why };
    Delivery { node, input, flight: None, cause }
}
