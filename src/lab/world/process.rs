//! What happens to the process of a machine: inputs come in, effects go out when their cost is paid, it begins and ends.

use std::sync::Arc;

use super::World;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Purpose;
use crate::kafka::machine::Context;
use crate::kafka::machine::Effect;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::node::Node;
use crate::kafka::node::NodeSpec;
use crate::lab::agenda::Due;
use crate::lab::disk::DiskDoor;
use crate::lab::disk::WRITE_BACK_EVERY;
use crate::lab::journal::Kind;
use crate::lab::journal::Seq;
use crate::lab::journal::Sink;
use crate::lab::machine::Machine;
use crate::lab::machine::Pending;
use crate::lab::machine::State;
use crate::lab::machine::Waiting;
use crate::lab::machine::cpu_ns;

impl World {
    /// Gives a process an input: now when it is idle, in turn when it is busy. Without a process it is lost.
    pub(in crate::lab) fn give(&mut self, node: NodeId, waiting: Waiting, journal: &mut impl Sink) {
        // Clients that were taken away may still be sent something.
        let Some(machine) = self.machines.get_mut(&node).map(Arc::make_mut) else { return };
        if !machine.is_running() {
            return;
        }
        if machine.pending.is_some() {
            machine.inbox.push_back(waiting);
        } else {
            self.handle(node, waiting, journal);
        }
    }

    /// A process handles one input. Its effects wait until their cost is paid.
    fn handle(&mut self, node: NodeId, waiting: Waiting, journal: &mut impl Sink) {
        let kind = self.describe(&waiting);
        let cause = match kind {
            Some(kind) => self.log(journal, waiting.cause, node, kind),
            None => waiting.cause,
        };
        let bytes = waiting.flight.map_or(0, |(_, bytes)| bytes);
        let cpu = cpu_ns(&waiting.input, bytes);
        let machine =
            Arc::make_mut(self.machines.get_mut(&node).expect("only machines of this world are named"));
        let State::Running(process) = &mut machine.state else { return };
        let mut disk = DiskDoor::new(&mut machine.disk, &self.contents, self.now);
        let mut cx = Context::new(node, self.now, &mut disk, &mut self.random, &mut self.next_connection);
        process.handle(&mut cx, waiting.input);
        let effects = cx.into_effects();
        let changes = machine.watch.look(machine.boots, process, &mut self.names);
        let cost = Duration::from_nanos(cpu + machine.disk.take_cost_ns());
        let cost = Duration::from_micros(u64::try_from(cost.as_micros()).unwrap_or(u64::MAX).max(1));
        machine.busy += cost;
        let done_at = self.now + cost;
        let slot = self.agenda.enter(done_at, Due::Ready { node }, cause);
        machine.pending = Some(Pending { effects, cause, done_at, slot });
        if machine.disk.is_dirty() && machine.write_back.is_none() {
            let due = Due::WriteBack { node };
            machine.write_back = Some(self.agenda.enter(self.now + WRITE_BACK_EVERY, due, cause));
        }
        for change in changes {
            self.log(journal, cause, node, change);
        }
    }

    /// The line that tells of an input; [`Kind::Started`] was written when the process was made.
    fn describe(&mut self, waiting: &Waiting) -> Option<Kind> {
        let (flight, bytes) = waiting.flight.unwrap_or_default();
        let (flight, bytes) = (flight as u32, u32::try_from(bytes).unwrap_or(u32::MAX));
        Some(match &waiting.input {
            Input::Started => return None,
            Input::Connected { connection, peer } => {
                Kind::Connected { connection: connection.0, peer: *peer }
            }
            Input::Disconnected { connection, peer, why } => {
                Kind::Disconnected { connection: connection.0, peer: *peer, why: *why }
            }
            Input::Request { connection, from, request } => Kind::Received {
                flight,
                connection: connection.0 as u32,
                bytes,
                peer: *from,
                api: request.header.api,
                response: false,
                error: 0,
            },
            Input::Response { connection, from, response } => Kind::Received {
                flight,
                connection: connection.0 as u32,
                bytes,
                peer: *from,
                api: response.body.api(),
                response: true,
                error: response.body.error_code(),
            },
            Input::Timer(timer) => Kind::TimerFired { timer: self.names.text_id(timer.name()) },
            Input::Command(_) => Kind::Commanded,
        })
    }

    /// A machine has paid for its last input: the effects leave, and the next input has its turn.
    pub(super) fn ready(&mut self, node: NodeId, journal: &mut impl Sink) {
        // While its effects are applied the process counts as busy: what they bring it waits its turn.
        let Some(pending) = &mut self.machine_mut(node).pending else { return };
        let cause = pending.cause;
        for effect in std::mem::take(&mut pending.effects) {
            self.apply(node, effect, cause, journal);
        }
        let machine = self.machine_mut(node);
        machine.pending = None;
        if let Some(next) = machine.inbox.pop_front() {
            self.handle(node, next, journal);
        }
    }

    fn apply(&mut self, node: NodeId, effect: Effect, cause: Seq, journal: &mut impl Sink) {
        match effect {
            Effect::Connect { connection, peer } => {
                let seq = self.log(journal, cause, node, Kind::Connecting { connection: connection.0, peer });
                self.with_network(journal, |network, at| network.connect(at, connection, node, peer, seq));
            }
            Effect::Send { connection, request } => {
                let api = request.header.api;
                let seq = self.seq + 1;
                let sent = self.with_network(journal, |network, at| {
                    let flight = network.send(at, connection, request, seq)?;
                    let (id, bytes) = (flight.id, flight.bytes);
                    Some((id, bytes, network.connection(connection)?.server))
                });
                if let Some((flight, bytes, peer)) = sent {
                    let (flight, connection) = (flight as u32, connection.0 as u32);
                    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
                    let kind = Kind::Sent { flight, connection, bytes, peer, api, response: false, error: 0 };
                    self.log(journal, cause, node, kind);
                }
            }
            Effect::Respond { connection, correlation, response } => {
                let Some((api, peer)) = self.network.connection(connection).and_then(|it| {
                    let serving = it.serving.filter(|serving| serving.correlation == correlation)?;
                    Some((serving.api, it.client))
                }) else {
                    return;
                };
                let seq = self.seq + 1;
                let error = response.as_ref().map_or(0, |response| response.error_code());
                let sent = self.with_network(journal, |network, at| {
                    network.respond(at, connection, correlation, response, seq)
                });
                let kind = match sent {
                    Some((flight, bytes)) => Kind::Sent {
                        flight: flight as u32,
                        connection: connection.0 as u32,
                        bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
                        peer,
                        api,
                        response: true,
                        error,
                    },
                    None => Kind::Silent { connection: connection.0 },
                };
                self.log(journal, cause, node, kind);
            }
            Effect::Close { connection } => {
                let Some(it) = self.network.connection(connection) else { return };
                let peer = if it.client == node { it.server } else { it.client };
                let seq = self.log(journal, cause, node, Kind::Hung { connection: connection.0, peer });
                self.with_network(journal, |network, at| network.close(at, connection, node, seq));
            }
            Effect::SetTimer { timer, at } => self.set_timer(node, timer, Some(at), cause),
            Effect::StopTimer { timer } => self.set_timer(node, timer, None, cause),
            Effect::Exit => {
                let seq = self.log(journal, cause, node, Kind::Exited);
                let last_words = self.node(node).and_then(Node::exit_reason).map(Name::from);
                self.end_process(node, State::Exited, seq, journal);
                if let Some(machine) = self.machines.get_mut(&node) {
                    Arc::make_mut(machine).last_words = last_words;
                }
            }
        }
    }

    fn set_timer(&mut self, node: NodeId, timer: Timer, at: Option<Instant>, cause: Seq) {
        let machine =
            Arc::make_mut(self.machines.get_mut(&node).expect("only machines of this world are named"));
        machine.inbox.retain(|waiting| !matches!(&waiting.input, Input::Timer(fired) if *fired == timer));
        let known = machine.timers.get_mut(&timer);
        if let Some(slot) = &known {
            self.agenda.cancel(**slot);
        }
        let Some(at) = at else {
            machine.timers.remove(&timer);
            return;
        };
        let due = Due::Timer { node, timer: timer.clone() };
        let slot = self.agenda.enter(at.max(self.now), due, cause);
        match known {
            Some(known) => *known = slot,
            None => drop(machine.timers.insert(timer, slot)),
        }
    }

    pub(super) fn write_back(&mut self, node: NodeId, cause: Seq, journal: &mut impl Sink) {
        let now = self.now;
        let machine =
            Arc::make_mut(self.machines.get_mut(&node).expect("only machines of this world are named"));
        machine.write_back = None;
        let before = machine.disk.counters().bytes_flushed;
        machine.disk.write_back(now);
        let bytes = machine.disk.counters().bytes_flushed - before;
        if machine.disk.is_dirty() {
            let due = Due::WriteBack { node };
            machine.write_back = Some(self.agenda.enter(now + WRITE_BACK_EVERY, due, cause));
        }
        if bytes > 0 {
            self.log(journal, cause, node, Kind::WroteBack { bytes });
        }
    }

    /// Puts a new machine into the world and starts its process.
    pub(in crate::lab) fn add_machine(
        &mut self,
        node: NodeId,
        spec: NodeSpec,
        cause: Seq,
        journal: &mut impl Sink,
    ) {
        self.machines.insert(node, Arc::new(Machine::new(spec)));
        self.boot(node, cause, journal);
    }

    /// Starts a process over what the last one left on the disk.
    pub(in crate::lab) fn boot(&mut self, node: NodeId, cause: Seq, journal: &mut impl Sink) {
        let machine = self.machine_mut(node);
        machine.boots += 1;
        machine.last_words = None;
        let boot = machine.boots;
        if let NodeSpec::Consumer(spec) = &mut machine.spec
            && boot > 1
        {
            // It was one crash that was wanted, and it is over, or never came.
            spec.program.crash_after = None;
        }
        machine.state =
            State::Running(Box::new(Node::new(&machine.spec).expect("an act checks a spec first")));
        let cause = self.log(journal, cause, node, Kind::Started { boot });
        self.give(node, Waiting { input: Input::Started, flight: None, cause }, journal);
        self.with_network(journal, |network, at| network.resume(at));
    }

    /// The process of a machine is gone, with everything that it had in mind.
    pub(in crate::lab) fn end_process(
        &mut self,
        node: NodeId,
        state: State,
        cause: Seq,
        journal: &mut impl Sink,
    ) {
        let power = !matches!(state, State::Off);
        let machine =
            Arc::make_mut(self.machines.get_mut(&node).expect("only machines of this world are named"));
        let told = match &machine.state {
            State::Running(process) => machine.watch.end(process, self.now, &mut self.names),
            State::Crashed | State::Off | State::Exited => Vec::new(),
        };
        machine.state = state;
        machine.inbox.clear();
        let timers = std::mem::take(&mut machine.timers).into_values();
        let pending = machine.pending.take().map(|pending| pending.slot);
        timers.chain(pending).for_each(|slot| self.agenda.cancel(slot));
        if !power {
            machine.write_back.take().into_iter().for_each(|slot| self.agenda.cancel(slot));
            machine.disk.power_off(self.random.stream(node, Purpose::Disk));
        }
        for kind in told {
            self.log(journal, cause, node, kind);
        }
        self.with_network(journal, |network, at| network.process_gone(at, node, power, cause));
    }
}
