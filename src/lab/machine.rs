use std::collections::VecDeque;

use super::agenda::Slot;
use super::disk::Disk;
use super::network::Host;
use super::observe::Watch;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::machine::Effect;
use crate::kafka::machine::Input;
use crate::kafka::machine::Timer;
use crate::kafka::node::Node;
use crate::kafka::node::NodeSpec;

/// What a process spends on a request, all its threads' work together: parsing, routing, purgatory. Brokers with one core
/// answer 20 to 50 thousand small requests a second.
pub const REQUEST_NS: u64 = 25_000;
/// What a process spends on an answer or a connection's event.
pub const ANSWER_NS: u64 = 8_000;
/// What a timer's task costs before it touches anything.
pub const TIMER_NS: u64 = 2_000;
/// A process checks and moves the bytes of a message at this rate (CRC-32C and one copy: about 2 GB/s).
pub const PROCESS_BYTES_PER_US: u64 = 2_000;

/// A machine's process, or why there is none.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum State {
    Running(Box<Node>),
    /// The process died; the machine is up.
    Crashed,
    /// The machine has no power.
    Off,
    /// The process ended by itself.
    Exited,
}

/// Effects that leave when what they cost is paid.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Pending {
    pub effects: Vec<Effect>,
    /// The journal entry of the input.
    pub cause: u64,
    pub done_at: Instant,
    pub slot: Slot,
}

/// One server: a disk, and a process that handles one input at a time.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Machine {
    pub spec: NodeSpec,
    pub state: State,
    pub disk: Disk,
    /// What the journal has told of the process's state.
    pub watch: Watch,
    pub timers: Map<Timer, Slot>,
    /// What came in while the process was busy, each with the journal entry it came from.
    pub inbox: VecDeque<Waiting>,
    pub pending: Option<Pending>,
    /// When the operating system looks for old dirty pages again.
    pub write_back: Option<Slot>,
    /// How many processes this machine has seen.
    pub boots: u32,
    /// What the last process said when it ended by itself.
    pub last_words: Option<Name>,
    /// How long its processes have worked.
    pub busy: Duration,
}

/// An input that waits for the process, with its cause and the message (number, bytes) that brought it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Waiting {
    pub input: Input,
    pub flight: Option<(u64, u64)>,
    pub cause: u64,
}

impl Machine {
    pub fn new(spec: NodeSpec) -> Self {
        Self {
            spec,
            state: State::Off,
            disk: Disk::default(),
            watch: Watch::default(),
            timers: Map::new(),
            inbox: VecDeque::new(),
            pending: None,
            write_back: None,
            boots: 0,
            last_words: None,
            busy: Duration::ZERO,
        }
    }

    pub fn node(&self) -> Option<&Node> {
        match &self.state {
            State::Running(node) => Some(node),
            State::Crashed | State::Off | State::Exited => None,
        }
    }

    pub const fn is_running(&self) -> bool {
        matches!(self.state, State::Running(_))
    }

    /// What the network finds here.
    pub const fn host(&self) -> Host {
        match self.state {
            State::Running(_) => Host::Up,
            State::Crashed | State::Exited => Host::NoProcess,
            State::Off => Host::Off,
        }
    }
}

/// What handling an input costs a process, without its disk.
pub fn cpu_ns(input: &Input, message_bytes: u64) -> u64 {
    let base = match input {
        Input::Started | Input::Request { .. } | Input::Command(_) => REQUEST_NS,
        Input::Response { .. } | Input::Connected { .. } | Input::Disconnected { .. } => ANSWER_NS,
        Input::Timer(_) => TIMER_NS,
    };
    base + message_bytes * 1_000 / PROCESS_BYTES_PER_US
}
