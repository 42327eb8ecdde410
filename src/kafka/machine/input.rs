use std::fmt;

use crate::kafka::base::NodeId;
use crate::kafka::machine::Command;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::ResponseFrame;

/// One connection between two nodes, from connect to close. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// One thing that happened to a node.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Input {
    /// The process has just started on its machine; the disk is as the last process left it.
    Started,
    /// A connection that this node asked for is open.
    Connected { connection: ConnectionId, peer: NodeId },
    /// A connection is gone: one that this node opened, or one that a client had opened to it.
    Disconnected { connection: ConnectionId, peer: NodeId, why: Closed },
    /// A client's request has arrived. Answer it with [`Context::respond`](super::Context::respond), now or later.
    Request { connection: ConnectionId, from: NodeId, request: RequestFrame },
    /// The answer to a request of this node has arrived.
    Response { connection: ConnectionId, from: NodeId, response: ResponseFrame },
    /// A timer that this node had set is due.
    Timer(Timer),
    /// Somebody at the page asks this process for something.
    Command(Command),
}

/// Why a connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Closed {
    /// Nobody listens there: the machine is up, the process is not.
    Refused,
    /// No answer to the connect within `socket.connection.setup.timeout.ms`.
    SetupTimeout,
    /// The other side closed it, or its process died and its machine said so.
    Reset,
    /// The bytes could not be delivered for so long that the sender's machine gave up.
    Lost,
}
