//! One line of a journal.

use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::client::consumer::Call;
use crate::kafka::machine::Closed;
use crate::kafka::protocol::Api;
use crate::lab::hash::Chain;

/// The number of a journal entry, counted from 1. 0 = the beginning of the world.
pub type Seq = u64;

/// One line of the journal. Its number is its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    pub at: Instant,
    /// The entry that this one followed from.
    pub cause: Seq,
    pub node: NodeId,
    pub kind: Kind,
    first: bool,
}

/// A text that the world has numbered, so that an entry is small: see [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(pub u32);

/// A partition that the world has numbered: see [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot(pub u32);

/// A consumer group that the world has numbered: see [`Names`]. It is short so that an entry stays small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u16);

/// The state of a group as its coordinator has it (`ClassicGroupState`, `ConsumerGroup.ConsumerGroupState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupState {
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
    /// KIP-848: the target assignment is older than the group.
    Assigning,
    /// KIP-848: members are on their way to the target assignment.
    Reconciling,
}

impl GroupState {
    /// As Kafka's tools print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
        }
    }

    /// The state of this name.
    pub fn called(name: &str) -> Self {
        let all = [
            Self::Empty,
            Self::PreparingRebalance,
            Self::CompletingRebalance,
            Self::Stable,
            Self::Assigning,
            Self::Reconciling,
        ];
        all.into_iter().find(|state| state.name() == name).unwrap_or(Self::Dead)
    }

    /// Whether partitions are being shared out anew.
    pub const fn is_rebalance(self) -> bool {
        !matches!(self, Self::Empty | Self::Stable | Self::Dead)
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person's act; its number among the acts of the world, from 0.
    Act {
        number: u32,
    },
    /// A process began on this machine, for the `boot`-th time.
    Started {
        boot: u32,
    },
    /// The process died; what it had written stays in memory.
    Crashed,
    /// The machine lost its power; what was not flushed is gone.
    PoweredOff,
    /// The process ended by itself.
    Exited,
    Connecting {
        connection: u64,
        peer: NodeId,
    },
    Connected {
        connection: u64,
        peer: NodeId,
    },
    Disconnected {
        connection: u64,
        peer: NodeId,
        why: Closed,
    },
    /// This end closed the connection.
    Hung {
        connection: u64,
        peer: NodeId,
    },
    /// A request or response left this node.
    Sent {
        flight: u32,
        connection: u32,
        bytes: u32,
        peer: NodeId,
        api: Api,
        response: bool,
        /// The first error that a response tells; 0 = none.
        error: i16,
    },
    /// A request or response came into this process's hands.
    Received {
        flight: u32,
        connection: u32,
        bytes: u32,
        peer: NodeId,
        api: Api,
        response: bool,
        /// The first error that a response tells; 0 = none.
        error: i16,
    },
    /// A request needs no answer (acks=0).
    Silent {
        connection: u64,
    },
    TimerFired {
        timer: NameId,
    },
    /// A person's command came into this process's hands.
    Commanded,
    /// The operating system made old pages durable.
    WroteBack {
        bytes: u64,
    },

    // What a node's state shows that it did not show before.
    Appended {
        spot: Spot,
        base: Offset,
        last: Offset,
    },
    HighWatermark {
        spot: Spot,
        from: Offset,
        to: Offset,
    },
    LogStart {
        spot: Spot,
        from: Offset,
        to: Offset,
    },
    Truncated {
        spot: Spot,
        from: Offset,
        to: Offset,
    },
    Rolled {
        spot: Spot,
        base: Offset,
    },
    SegmentDeleted {
        spot: Spot,
        base: Offset,
    },
    /// The controller chose; `leader` -1 = none.
    LeaderChanged {
        spot: Spot,
        leader: NodeId,
        epoch: i32,
    },
    IsrShrank {
        spot: Spot,
        gone: NodeId,
    },
    IsrGrew {
        spot: Spot,
        back: NodeId,
    },
    Fenced {
        broker: NodeId,
    },
    Unfenced {
        broker: NodeId,
    },
    TopicCreated {
        topic: NameId,
    },
    TopicDeleted {
        topic: NameId,
    },
    /// A consumer's position moved because `poll()` handed over what lies between.
    Consumed {
        spot: Spot,
        from: Offset,
        to: Offset,
    },
    /// A consumer's position is another one without any record handed over: a seek, a reset, or the committed offset of
    /// a partition that it took. `from` -1 = it had none in this process.
    Jumped {
        spot: Spot,
        from: Offset,
        to: Offset,
    },
    /// A call of a consumer's application returned this for a partition: offset and timestamp, -1 = none.
    Told {
        call: Call,
        spot: Spot,
        offset: Offset,
        timestamp: i64,
    },
    /// A method of the consumer threw an exception that the application has caught: the names of both.
    Threw {
        method: NameId,
        exception: NameId,
    },
    /// The process of a member ended before it had worked on records that `poll()` had handed over.
    Dropped {
        spot: Spot,
        from: Offset,
        to: Offset,
    },
    /// A member of a group owns a partition.
    Took {
        spot: Spot,
    },
    /// A member of a group does not own a partition any more; `lost` = it was not asked before it was gone.
    GaveUp {
        spot: Spot,
        lost: bool,
    },
    /// A coordinator's group is in another state or generation (KIP-848: epoch).
    GroupMoved {
        group: GroupId,
        state: GroupState,
        generation: i32,
    },
    /// A coordinator counts a member, by its id, to the group.
    MemberCame {
        group: GroupId,
        member: NameId,
    },
    MemberWent {
        group: GroupId,
        member: NameId,
    },
    /// A coordinator keeps another offset for a group; -1 = none.
    Committed {
        group: GroupId,
        spot: Spot,
        from: Offset,
        to: Offset,
    },
    /// A producer was told that its records are written.
    Acked {
        spot: Spot,
        base: Offset,
        records: u32,
    },
    /// A producer gave up on records; the error by its Kafka name.
    Failed {
        error: NameId,
        records: u32,
    },
}

impl Entry {
    pub const fn new(at: Instant, cause: Seq, node: NodeId, kind: Kind, first: bool) -> Self {
        Self { at, cause, node, kind, first }
    }

    /// Whether it is the first entry of its event; those that follow belong to the same.
    pub const fn starts_event(&self) -> bool {
        self.first
    }

    /// Folds the entry into the digest.
    #[expect(clippy::too_many_lines, reason = "one arm a kind of entry: the table of its words")]
    pub fn fold(&self, chain: &mut Chain) {
        let node = |node: NodeId| u64::from(node.0.cast_unsigned());
        let signed = i64::cast_unsigned;
        let int = |number: i32| u64::from(number.cast_unsigned());
        chain.word(self.at.0);
        chain.word(self.cause);
        let mut words = |tag: u64, a: u64, b: u64, c: u64| {
            chain.word(tag | (node(self.node) << 8));
            chain.word(a);
            chain.word(b);
            chain.word(c);
        };
        match self.kind {
            Kind::Act { number } => words(1, number.into(), 0, 0),
            Kind::Started { boot } => words(2, boot.into(), 0, 0),
            Kind::Crashed => words(3, 0, 0, 0),
            Kind::PoweredOff => words(4, 0, 0, 0),
            Kind::Exited => words(5, 0, 0, 0),
            Kind::Connecting { connection, peer } => words(6, connection, node(peer), 0),
            Kind::Connected { connection, peer } => words(7, connection, node(peer), 0),
            Kind::Disconnected { connection, peer, why } => words(8, connection, node(peer), why as u64),
            Kind::Hung { connection, peer } => words(9, connection, node(peer), 0),
            Kind::Sent { flight, connection, bytes, peer, api, response, error } => {
                words(
                    10 + u64::from(response),
                    pair(flight, connection),
                    pair(bytes, api as u32),
                    node(peer) | u64::from(error.cast_unsigned()) << 32,
                );
            }
            Kind::Received { flight, connection, bytes, peer, api, response, error } => {
                words(
                    12 + u64::from(response),
                    pair(flight, connection),
                    pair(bytes, api as u32),
                    node(peer) | u64::from(error.cast_unsigned()) << 32,
                );
            }
            Kind::Silent { connection } => words(14, connection, 0, 0),
            Kind::TimerFired { timer } => words(15, timer.0.into(), 0, 0),
            Kind::Commanded => words(16, 0, 0, 0),
            Kind::WroteBack { bytes } => words(17, bytes, 0, 0),
            Kind::Appended { spot, base, last } => words(18, spot.0.into(), signed(base), signed(last)),
            Kind::HighWatermark { spot, from, to } => words(19, spot.0.into(), signed(from), signed(to)),
            Kind::LogStart { spot, from, to } => words(20, spot.0.into(), signed(from), signed(to)),
            Kind::Truncated { spot, from, to } => words(21, spot.0.into(), signed(from), signed(to)),
            Kind::Rolled { spot, base } => words(22, spot.0.into(), signed(base), 0),
            Kind::SegmentDeleted { spot, base } => words(23, spot.0.into(), signed(base), 0),
            Kind::LeaderChanged { spot, leader, epoch } => words(24, spot.0.into(), node(leader), int(epoch)),
            Kind::IsrShrank { spot, gone } => words(25, spot.0.into(), node(gone), 0),
            Kind::IsrGrew { spot, back } => words(26, spot.0.into(), node(back), 0),
            Kind::Fenced { broker } => words(27, node(broker), 0, 0),
            Kind::Unfenced { broker } => words(28, node(broker), 0, 0),
            Kind::TopicCreated { topic } => words(29, topic.0.into(), 0, 0),
            Kind::TopicDeleted { topic } => words(30, topic.0.into(), 0, 0),
            Kind::Consumed { spot, from, to } => words(31, spot.0.into(), signed(from), signed(to)),
            Kind::Acked { spot, base, records } => words(32, spot.0.into(), signed(base), records.into()),
            Kind::Failed { error, records } => words(33, error.0.into(), records.into(), 0),
            Kind::Jumped { spot, from, to } => words(34, spot.0.into(), signed(from), signed(to)),
            Kind::Took { spot } => words(35, spot.0.into(), 0, 0),
            Kind::GaveUp { spot, lost } => words(36, spot.0.into(), lost.into(), 0),
            Kind::GroupMoved { group, state, generation: it } => {
                words(37, group.0.into(), state as u64, int(it));
            }
            Kind::MemberCame { group, member } => words(38, group.0.into(), member.0.into(), 0),
            Kind::MemberWent { group, member } => words(39, group.0.into(), member.0.into(), 0),
            Kind::Committed { group, spot, from, to } => {
                words(40, pair(group.0.into(), spot.0), signed(from), signed(to));
            }
            Kind::Dropped { spot, from, to } => words(41, spot.0.into(), signed(from), signed(to)),
            Kind::Told { call, spot, offset, timestamp } => {
                words(42, pair(call as u32, spot.0), signed(offset), signed(timestamp));
            }
            Kind::Threw { method, exception } => words(43, method.0.into(), exception.0.into(), 0),
        }
    }
}

fn pair(high: u32, low: u32) -> u64 {
    (u64::from(high) << 32) | u64::from(low)
}
