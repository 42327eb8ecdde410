use std::collections::VecDeque;

use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::ResponseFrame;
use crate::lab::agenda::Slot;

/// One of the two ways of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the client, who opened the connection, to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What travels on a connection.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Message {
    /// "May I connect?"
    Syn,
    /// "You may."
    SynAck,
    Request(RequestFrame),
    Response {
        api: Api,
        frame: ResponseFrame,
    },
    /// "I send no more."
    Fin,
    /// "Nobody here knows this connection."
    Rst,
}

impl Message {
    pub fn api(&self) -> Option<Api> {
        match self {
            Self::Request(frame) => Some(frame.header.api),
            Self::Response { api, .. } => Some(*api),
            Self::Syn | Self::SynAck | Self::Fin | Self::Rst => None,
        }
    }

    /// Bytes on the wire, without the headers of TCP and IP.
    pub fn wire_len(&self) -> u64 {
        match self {
            Self::Request(frame) => frame.wire_len() as u64,
            Self::Response { frame, .. } => frame.wire_len() as u64,
            Self::Syn | Self::SynAck | Self::Fin | Self::Rst => 0,
        }
    }

    pub const fn is_close(&self) -> bool {
        matches!(self, Self::Fin | Self::Rst)
    }
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Flight {
    /// Counts all messages of a world.
    pub id: u64,
    pub message: Message,
    pub bytes: u64,
    pub sent_at: Instant,
    /// When it would arrive if nothing stops it.
    pub due_at: Instant,
    /// The journal entry of the sending.
    pub cause: u64,
}

/// How the first message of a pipe stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Hash)]
pub enum Head {
    /// There is none.
    #[default]
    Empty,
    /// It arrives at this slot of the agenda.
    Due(Slot),
    /// It waits before its arrival until the link is released.
    Held,
    /// The link is cut or the other machine is off: the sender's machine keeps trying until it gives up.
    Stalled { since: Instant, give_up: Slot },
    /// It was lost for good, and nothing behind it can arrive.
    Dropped { give_up: Slot },
}

/// One direction of a connection: messages in the order in which they were sent and will arrive.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Pipe {
    pub queue: VecDeque<Flight>,
    pub head: Head,
}

/// What has arrived at a server whose channel is muted.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Waiting {
    Request { request: RequestFrame, flight: u64, bytes: u64, cause: u64 },
    Closed { cause: u64 },
}

/// The request that a server is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Serving {
    pub api: Api,
    pub version: i16,
    pub correlation: i32,
    pub since: Instant,
}

/// A connection between two nodes, with both its ends.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Connection {
    pub client: NodeId,
    pub server: NodeId,
    /// The client's process knows this connection.
    pub client_open: bool,
    /// The server's process knows this connection.
    pub server_open: bool,
    /// The client knows that it is open.
    pub established: bool,
    /// When the client stops waiting for the server's consent.
    pub setup: Option<Slot>,
    pub up: Pipe,
    pub down: Pipe,
    /// What the server is busy with: until it has answered, the channel is muted.
    pub serving: Option<Serving>,
    /// What has arrived meanwhile.
    pub waiting: VecDeque<Waiting>,
}

impl Connection {
    pub fn new(client: NodeId, server: NodeId) -> Self {
        Self {
            client,
            server,
            client_open: true,
            server_open: false,
            established: false,
            setup: None,
            up: Pipe::default(),
            down: Pipe::default(),
            serving: None,
            waiting: VecDeque::new(),
        }
    }

    pub const fn pipe(&self, direction: Direction) -> &Pipe {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }

    pub const fn pipe_mut(&mut self, direction: Direction) -> &mut Pipe {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }

    /// Sender and receiver of a direction.
    pub const fn ends(&self, direction: Direction) -> (NodeId, NodeId) {
        match direction {
            Direction::Up => (self.client, self.server),
            Direction::Down => (self.server, self.client),
        }
    }

    /// Whether nobody and nothing needs it any more.
    pub fn is_over(&self) -> bool {
        !self.client_open && !self.server_open && self.up.queue.is_empty() && self.down.queue.is_empty()
    }
}
