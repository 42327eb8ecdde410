mod process;

use std::sync::Arc;

use bytes::Bytes;

use super::act::BlobId;
use super::agenda::Agenda;
use super::agenda::Due;
use super::contents::Contents;
use super::hash::Chain;
use super::hash::StateHash;
use super::journal::Entry;
use super::journal::Kind;
use super::journal::Names;
use super::journal::Seq;
use super::journal::Sink;
use super::machine::Machine;
use super::machine::Waiting;
use super::network::Delivery;
use super::network::Host;
use super::network::Moment;
use super::network::Network;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::RandomStreams;
use crate::kafka::base::Set;
use crate::kafka::machine::Input;
use crate::kafka::node::Node;

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
}
