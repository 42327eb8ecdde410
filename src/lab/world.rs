use std::sync::Arc;

use bytes::Bytes;

use super::act::BlobId;
use super::agenda::Agenda;
use super::agenda::Due;
use super::contents::Contents;
use super::disk::DiskDoor;
use super::disk::WRITE_BACK_EVERY;
use super::hash::Chain;
use super::hash::StateHash;
use super::journal::Entry;
use super::journal::Kind;
use super::journal::Names;
use super::journal::Seq;
use super::journal::Sink;
use super::machine::Machine;
use super::machine::Pending;
use super::machine::State;
use super::machine::Waiting;
use super::machine::cpu_ns;
use super::network::Delivery;
use super::network::Host;
use super::network::Moment;
use super::network::Network;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::Purpose;
use crate::kafka::base::RandomStreams;
use crate::kafka::base::Set;
use crate::kafka::machine::Context;
use crate::kafka::machine::Effect;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::node::Node;
use crate::kafka::node::NodeSpec;

/// What a world begins with. The same beginning and the same acts make the same world, bit by bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Genesis {
    pub profile: Profile,
    pub seed: u64,
}

/// Everything there is, as a value.
///
/// It changes in two ways only: a person acts ([`act`](Self::act)), or the next thing in the agenda happens
/// ([`step`](Self::step)). *One event, all its effects, then the next event.* Cloning it copies pointers; a machine is
/// copied when it is next touched.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    pub(super) genesis: Genesis,
    pub(super) now: Instant,
    pub(super) machines: Map<NodeId, Arc<Machine>>,
    pub(super) network: Network,
    pub(super) agenda: Agenda,
    pub(super) names: Names,
    pub(super) acts: u32,
    /// Numbers of machines that were taken away: no other gets them.
    pub(super) removed: Set<NodeId>,
    random: RandomStreams,
    next_connection: u64,
    seq: Seq,
    chain: Chain,
    pub(super) contents: Contents,
    /// The event that is happening is in the journal already.
    event_began: bool,
}

impl World {
    /// A world without machines.
    pub fn empty(genesis: Genesis) -> Self {
        Self {
            genesis,
            now: Instant::ZERO,
            machines: Map::new(),
            network: Network::new(genesis.seed),
            agenda: Agenda::default(),
            names: Names::default(),
            acts: 0,
            removed: Set::new(),
            random: RandomStreams::new(genesis.seed),
            next_connection: 0,
            seq: 0,
            chain: Chain::default(),
            contents: Contents::default(),
            event_began: false,
        }
    }

    pub const fn genesis(&self) -> Genesis {
        self.genesis
    }

    pub const fn profile(&self) -> Profile {
        self.genesis.profile
    }

    pub const fn now(&self) -> Instant {
        self.now
    }

    /// How many journal entries there have been.
    pub const fn seq(&self) -> Seq {
        self.seq
    }

    pub fn machines(&self) -> impl Iterator<Item = (NodeId, &Machine)> {
        self.machines.iter().map(|(id, machine)| (*id, &**machine))
    }

    pub fn machine(&self, node: NodeId) -> Option<&Machine> {
        self.machines.get(&node).map(|machine| &**machine)
    }

    /// The running process of a machine.
    pub fn node(&self, node: NodeId) -> Option<&Node> {
        self.machine(node)?.node()
    }

    pub const fn network(&self) -> &Network {
        &self.network
    }

    pub const fn agenda(&self) -> &Agenda {
        &self.agenda
    }

    /// The names that journal entries refer to by number.
    pub const fn names(&self) -> &Names {
        &self.names
    }

    /// The bytes of file chunks that all worlds of this one's timeline share.
    pub fn shared_bytes(&self) -> u64 {
        self.contents.bytes()
    }

    /// How many acts there have been.
    pub fn acts_done(&self) -> usize {
        self.acts as usize
    }

    /// Counts an act that could not be done.
    pub(super) const fn skip_act(&mut self) {
        self.acts += 1;
    }

    /// Keeps bytes that acts may refer to by their hash; all worlds of a timeline share them.
    pub fn keep_blob(&mut self, bytes: Bytes) -> BlobId {
        self.contents.keep_blob(bytes)
    }

    pub fn blob(&self, id: BlobId) -> Option<Bytes> {
        self.contents.blob(id)
    }

    /// The chain over all journal entries so far, joined with a hash of everything there is.
    pub fn digest(&self) -> u64 {
        let mut chain = self.chain;
        for (id, machine) in &self.machines {
            chain.word(u64::from(id.0.cast_unsigned()));
            chain.word(StateHash::of(&machine.state));
            chain.word(StateHash::of(&(&machine.spec, &machine.timers, &machine.inbox, &machine.pending)));
            chain.word(machine.disk.hash());
        }
        chain.word(StateHash::of(&self.network));
        chain.word(StateHash::of(&self.agenda));
        chain.word(StateHash::of(&self.random));
        chain.value()
    }

    /// When the next event is due.
    pub fn next_at(&self) -> Option<Instant> {
        self.agenda.next_at()
    }

    /// Lets events happen until one is in the journal, with all its effects. Returns its moment, or `None` when nothing
    /// will ever happen by itself.
    pub fn step(&mut self, journal: &mut impl Sink) -> Option<Instant> {
        let before = self.seq;
        while self.seq == before {
            self.event(journal)?;
        }
        Some(self.now)
    }

    /// Lets everything happen that is due up to `until`, and then it is that moment. Stops earlier, after an event, when
    /// there were `max_entries` new journal entries. `true` when the moment was reached.
    pub fn run_until(&mut self, until: Instant, max_entries: u64, journal: &mut impl Sink) -> bool {
        let stop = self.seq.saturating_add(max_entries);
        while self.agenda.next_at().is_some_and(|at| at <= until) {
            if self.seq >= stop {
                return false;
            }
            self.event(journal);
        }
        self.now = self.now.max(until);
        true
    }

    /// One visible event, unless the next one is due after the limit: then nothing more happens. `true` when something
    /// is in the journal.
    pub(super) fn step_within(&mut self, limit: Instant, journal: &mut impl Sink) -> bool {
        let before = self.seq;
        while self.seq == before && self.agenda.next_at().is_some_and(|at| at <= limit) {
            self.event(journal);
        }
        self.seq > before
    }

    fn event(&mut self, journal: &mut impl Sink) -> Option<()> {
        let (at, due, cause) = self.agenda.pop()?;
        self.begin_event();
        self.now = self.now.max(at);
        match due {
            Due::Arrival { connection, direction } => {
                self.with_network(journal, |network, at| network.arrive(at, connection, direction));
            }
            Due::SetupTimeout { connection } => {
                self.with_network(journal, |network, at| network.setup_timeout(at, connection, cause));
            }
            Due::GiveUp { connection, direction } => {
                self.with_network(journal, |network, at| network.give_up(at, connection, direction, cause));
            }
            Due::Ready { node } => self.ready(node, journal),
            Due::Timer { node, timer } => {
                self.machine_mut(node).timers.remove(&timer);
                self.give(node, Waiting { input: Input::Timer(timer), flight: None, cause }, journal);
            }
            Due::WriteBack { node } => self.write_back(node, cause, journal),
        }
        Some(())
    }

    /// What is written next belongs to a new event.
    pub(super) const fn begin_event(&mut self) {
        self.event_began = false;
    }

    /// Writes a line of the journal and tells its number.
    pub(super) fn log(&mut self, journal: &mut impl Sink, cause: Seq, node: NodeId, kind: Kind) -> Seq {
        let first = !std::mem::replace(&mut self.event_began, true);
        let entry = Entry::new(self.now, cause, node, kind, first);
        self.seq += 1;
        entry.fold(&mut self.chain);
        journal.push(entry);
        self.seq
    }

    pub(super) fn machine_mut(&mut self, node: NodeId) -> &mut Machine {
        Arc::make_mut(self.machines.get_mut(&node).expect("only machines of this world are named"))
    }

    /// Lets the network do something, then hands out what it delivers.
    pub(super) fn with_network<R>(
        &mut self,
        journal: &mut impl Sink,
        work: impl FnOnce(&mut Network, &mut Moment<'_>) -> R,
    ) -> R {
        let mut out = Vec::new();
        let machines = &self.machines;
        let host = |node: NodeId| machines.get(&node).map_or(Host::NoProcess, |machine| machine.host());
        let mut at = Moment { now: self.now, agenda: &mut self.agenda, host: &host, out: &mut out };
        let result = work(&mut self.network, &mut at);
        for Delivery { node, input, flight, cause } in out {
            self.give(node, Waiting { input, flight, cause }, journal);
        }
        result
    }

    /// Gives a process an input: now when it is idle, in turn when it is busy. Without a process it is lost.
    pub(super) fn give(&mut self, node: NodeId, waiting: Waiting, journal: &mut impl Sink) {
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
            Input::Timer(timer) => {
                let text = format!("{timer:?}");
                let word = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                Kind::TimerFired { timer: self.names.text_id(word) }
            }
            Input::Command(_) => Kind::Commanded,
        })
    }

    /// A machine has paid for its last input: the effects leave, and the next input has its turn.
    fn ready(&mut self, node: NodeId, journal: &mut impl Sink) {
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
        if let Some(slot) = machine.timers.remove(&timer) {
            self.agenda.cancel(slot);
        }
        if let Some(at) = at {
            let due = Due::Timer { node, timer: timer.clone() };
            machine.timers.insert(timer, self.agenda.enter(at.max(self.now), due, cause));
        }
    }

    fn write_back(&mut self, node: NodeId, cause: Seq, journal: &mut impl Sink) {
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
    pub(super) fn add_machine(&mut self, node: NodeId, spec: NodeSpec, cause: Seq, journal: &mut impl Sink) {
        self.machines.insert(node, Arc::new(Machine::new(spec)));
        self.boot(node, cause, journal);
    }

    /// Starts a process over what the last one left on the disk.
    pub(super) fn boot(&mut self, node: NodeId, cause: Seq, journal: &mut impl Sink) {
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
    pub(super) fn end_process(&mut self, node: NodeId, state: State, cause: Seq, journal: &mut impl Sink) {
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
