use std::sync::Arc;

use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Purpose;
use crate::kafka::base::Random;
use crate::kafka::base::RandomStreams;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Timer;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::Response;
use crate::kafka::storage::Disk;

/// One thing a node wants done. A node only asks; the laboratory decides when, and whether.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Effect {
    /// Open a connection; [`Input::Connected`](super::Input) or [`Input::Disconnected`](super::Input) follows.
    Connect {
        connection: ConnectionId,
        peer: NodeId,
    },
    /// Send a request on a connection that this node opened. Nothing happens when it is gone.
    Send {
        connection: ConnectionId,
        request: RequestFrame,
    },
    /// Answer the request that this connection waits for. `None` = nothing goes back (acks=0) and the next one may come.
    Respond {
        connection: ConnectionId,
        correlation: i32,
        response: Option<Arc<Response>>,
    },
    /// Close a connection.
    Close {
        connection: ConnectionId,
    },
    /// Wake this node at that moment; replaces an earlier wish for the same timer.
    SetTimer {
        timer: Timer,
        at: Instant,
    },
    StopTimer {
        timer: Timer,
    },
    /// The process ends by itself, its files closed.
    Exit,
}

/// What a node may touch while it handles one input.
pub struct Context<'a> {
    /// The node's own number.
    pub node: NodeId,
    pub now: Instant,
    pub disk: &'a mut dyn Disk,
    random: &'a mut RandomStreams,
    next_connection: &'a mut u64,
    effects: Vec<Effect>,
}

impl<'a> Context<'a> {
    /// For the laboratory: lends a node its machine for one input.
    pub fn new(
        node: NodeId,
        now: Instant,
        disk: &'a mut dyn Disk,
        random: &'a mut RandomStreams,
        next_connection: &'a mut u64,
    ) -> Self {
        Self { node, now, disk, random, next_connection, effects: Vec::new() }
    }

    /// For the laboratory: what the node wants done, in order.
    pub fn into_effects(self) -> Vec<Effect> {
        self.effects
    }

    /// Milliseconds since 1970 on this machine's clock.
    pub fn wall_ms(&self) -> i64 {
        self.now.wall_ms()
    }

    pub fn random(&mut self, purpose: Purpose) -> &mut Random {
        self.random.stream(self.node, purpose)
    }

    pub fn connect(&mut self, peer: NodeId) -> ConnectionId {
        *self.next_connection += 1;
        let connection = ConnectionId(*self.next_connection);
        self.effects.push(Effect::Connect { connection, peer });
        connection
    }

    pub fn send(&mut self, connection: ConnectionId, request: RequestFrame) {
        self.effects.push(Effect::Send { connection, request });
    }

    pub fn respond(&mut self, connection: ConnectionId, correlation: i32, response: Response) {
        let response = Some(Arc::new(response));
        self.effects.push(Effect::Respond { connection, correlation, response });
    }

    /// The request needs no answer (acks=0); the next one of the connection may come.
    pub fn respond_nothing(&mut self, connection: ConnectionId, correlation: i32) {
        self.effects.push(Effect::Respond { connection, correlation, response: None });
    }

    pub fn close(&mut self, connection: ConnectionId) {
        self.effects.push(Effect::Close { connection });
    }

    pub fn set_timer(&mut self, timer: Timer, at: Instant) {
        self.effects.push(Effect::SetTimer { timer, at });
    }

    pub fn stop_timer(&mut self, timer: Timer) {
        self.effects.push(Effect::StopTimer { timer });
    }

    pub fn exit(&mut self) {
        self.effects.push(Effect::Exit);
    }
}
