use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::is_internal_topic;
use crate::kafka::client::consumer::Call;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Entry;
use crate::lab::FIRST_PRODUCER;
use crate::lab::GroupState;
use crate::lab::Kind;
use crate::lab::Names;
use crate::lab::Seq;

/// One thing worth telling, with the journal entry it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct MomentView {
    pub at: Instant,
    /// The number of the journal entry.
    pub entry: u64,
    pub happened: Happened,
}

/// What happened, as data: the page says it in the reader's language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    Asked {
        from: i32,
        to: i32,
        api: Api,
    },
    Appended {
        broker: i32,
        partition: TopicPartition,
        base: Offset,
        last: Offset,
    },
    Committed {
        broker: i32,
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    Consumed {
        consumer: i32,
        partition: TopicPartition,
        position: Offset,
    },
    /// A consumer's position was set, forth or back, without a record handed over; `from` -1 = it had none.
    Jumped {
        consumer: i32,
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    /// A call of a consumer's application has returned this for a partition; `offset` -1 = nothing.
    Told {
        consumer: i32,
        call: Call,
        partition: TopicPartition,
        offset: Offset,
    },
    /// A method of the consumer has thrown.
    Threw {
        consumer: i32,
        method: Name,
        exception: Name,
    },
    /// A member's process ended before it had worked on records that it had been handed.
    Dropped {
        consumer: i32,
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    /// A member of a group owns a partition.
    Took {
        consumer: i32,
        partition: TopicPartition,
    },
    /// A member of a group gave a partition up, or lost it.
    GaveUp {
        consumer: i32,
        partition: TopicPartition,
        lost: bool,
    },
    /// A group is in another state or generation.
    GroupMoved {
        broker: i32,
        group: Name,
        state: GroupState,
        generation: i32,
    },
    MemberCame {
        group: Name,
        member: Name,
    },
    MemberWent {
        group: Name,
        member: Name,
    },
    /// A group's committed offset moved; -1 = none.
    OffsetCommitted {
        group: Name,
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    /// A producer was told that its records are written.
    Acked {
        producer: i32,
        partition: TopicPartition,
        base: Offset,
        records: u32,
    },
    /// A producer gave up on records.
    Lost {
        producer: i32,
        records: u32,
        error: Name,
    },
    Rolled {
        broker: i32,
        partition: TopicPartition,
        base: Offset,
    },
    SegmentDeleted {
        broker: i32,
        partition: TopicPartition,
        base: Offset,
    },
    StartMoved {
        broker: i32,
        partition: TopicPartition,
        to: Offset,
    },
    /// Records from … to … were cut off.
    Truncated {
        broker: i32,
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    LeaderChanged {
        partition: TopicPartition,
        leader: Option<i32>,
        epoch: Epoch,
    },
    IsrShrank {
        partition: TopicPartition,
        gone: i32,
    },
    IsrGrew {
        partition: TopicPartition,
        back: i32,
    },
    Fenced {
        broker: i32,
    },
    Unfenced {
        broker: i32,
    },
    /// The process ended; without `power`, so did the machine.
    NodeDown {
        node: i32,
        power: bool,
    },
    /// The process of a client ended by itself.
    NodeEnded {
        node: i32,
    },
    NodeUp {
        node: i32,
    },
    TopicCreated {
        topic: Name,
    },
    TopicDeleted {
        topic: Name,
    },
    ConnectionLost {
        from: i32,
        to: i32,
    },
    /// A person's act, by its number among the acts of the world.
    Act {
        number: u32,
    },
}

/// The lane of the timeline an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    Produce,
    Replicate,
    JoinSync,
    Heartbeat,
    Consume,
    Rebalance,
    Control,
    Faults,
}

impl Lane {
    /// In their order from above.
    pub const ALL: [Self; 8] = [
        Self::Produce,
        Self::Replicate,
        Self::JoinSync,
        Self::Heartbeat,
        Self::Consume,
        Self::Rebalance,
        Self::Control,
        Self::Faults,
    ];

    /// Those of a world; of one with groups, those of their members where a group is looked at.
    pub const fn shown(groups: bool, group_view: bool) -> &'static [Self] {
        match (groups, group_view) {
            (_, true) => &[
                Self::JoinSync,
                Self::Heartbeat,
                Self::Consume,
                Self::Rebalance,
                Self::Control,
                Self::Faults,
            ],
            (true, false) => {
                &[Self::Produce, Self::Replicate, Self::Consume, Self::Rebalance, Self::Control, Self::Faults]
            }
            (false, false) => &[Self::Produce, Self::Replicate, Self::Consume, Self::Control, Self::Faults],
        }
    }
}

/// The requests with which members and their coordinator make a group, heartbeats aside.
pub(super) const fn is_join_or_sync(api: Api) -> bool {
    matches!(api, Api::JoinGroup | Api::SyncGroup | Api::LeaveGroup | Api::FindCoordinator)
}

impl Happened {
    /// What a line of the journal tells, if it is worth telling.
    #[expect(clippy::too_many_lines, reason = "one arm a kind of entry: the table of what is told of it")]
    pub fn of(entry: &Entry, names: &Names) -> Option<Self> {
        let node = entry.node.0;
        // An entry of the future may name what this world does not know yet.
        let at = |spot| names.spot_of(spot).cloned();
        let called = |group| names.group_of(group).cloned();
        Some(match entry.kind {
            Kind::Act { number } => Self::Act { number },
            Kind::Started { .. } => Self::NodeUp { node },
            // What a client's application did: closed it, or did not catch what it threw.
            Kind::Exited if entry.node >= FIRST_PRODUCER => Self::NodeEnded { node },
            Kind::Crashed | Kind::Exited => Self::NodeDown { node, power: true },
            Kind::PoweredOff => Self::NodeDown { node, power: false },
            Kind::Disconnected { peer, .. } => Self::ConnectionLost { from: node, to: peer.0 },
            Kind::Sent { peer, api, response: false, .. } => Self::Asked { from: node, to: peer.0, api },
            Kind::Appended { spot, base, last } => {
                Self::Appended { broker: node, partition: at(spot)?, base, last }
            }
            Kind::HighWatermark { spot, from, to } => {
                Self::Committed { broker: node, partition: at(spot)?, from, to }
            }
            Kind::LogStart { spot, to, .. } => Self::StartMoved { broker: node, partition: at(spot)?, to },
            Kind::Truncated { spot, from, to } => {
                Self::Truncated { broker: node, partition: at(spot)?, from, to }
            }
            Kind::Rolled { spot, base } => Self::Rolled { broker: node, partition: at(spot)?, base },
            Kind::SegmentDeleted { spot, base } => {
                Self::SegmentDeleted { broker: node, partition: at(spot)?, base }
            }
            Kind::LeaderChanged { spot, leader, epoch } => Self::LeaderChanged {
                partition: at(spot)?,
                leader: (leader.0 >= 0).then_some(leader.0),
                epoch,
            },
            Kind::IsrShrank { spot, gone } => Self::IsrShrank { partition: at(spot)?, gone: gone.0 },
            Kind::IsrGrew { spot, back } => Self::IsrGrew { partition: at(spot)?, back: back.0 },
            Kind::Fenced { broker } => Self::Fenced { broker: broker.0 },
            Kind::Unfenced { broker } => Self::Unfenced { broker: broker.0 },
            Kind::TopicCreated { topic } => Self::TopicCreated { topic: names.text_of(topic)?.clone() },
            Kind::TopicDeleted { topic } => Self::TopicDeleted { topic: names.text_of(topic)?.clone() },
            Kind::Consumed { spot, to, .. } => {
                Self::Consumed { consumer: node, partition: at(spot)?, position: to }
            }
            Kind::Jumped { spot, from, to } => {
                Self::Jumped { consumer: node, partition: at(spot)?, from, to }
            }
            Kind::Told { call, spot, offset, .. } => {
                Self::Told { consumer: node, call, partition: at(spot)?, offset }
            }
            Kind::Threw { method, exception } => {
                let (method, exception) = (names.text_of(method)?.clone(), names.text_of(exception)?.clone());
                Self::Threw { consumer: node, method, exception }
            }
            Kind::Dropped { spot, from, to } => {
                Self::Dropped { consumer: node, partition: at(spot)?, from, to }
            }
            Kind::Took { spot } => Self::Took { consumer: node, partition: at(spot)? },
            Kind::GaveUp { spot, lost } => Self::GaveUp { consumer: node, partition: at(spot)?, lost },
            Kind::GroupMoved { group, state, generation } => {
                Self::GroupMoved { broker: node, group: called(group)?, state, generation }
            }
            Kind::MemberCame { group, member } => {
                Self::MemberCame { group: called(group)?, member: names.text_of(member)?.clone() }
            }
            Kind::MemberWent { group, member } => {
                Self::MemberWent { group: called(group)?, member: names.text_of(member)?.clone() }
            }
            Kind::Committed { group, spot, from, to } => {
                Self::OffsetCommitted { group: called(group)?, partition: at(spot)?, from, to }
            }
            Kind::Acked { spot, base, records } => {
                Self::Acked { producer: node, partition: at(spot)?, base, records }
            }
            Kind::Failed { records, error } => {
                Self::Lost { producer: node, records, error: names.text_of(error)?.clone() }
            }
            _ => return None,
        })
    }

    pub fn lane(&self) -> Lane {
        match self {
            Self::Asked { api: Api::Produce, .. }
            | Self::Appended { .. }
            | Self::Acked { .. }
            | Self::Rolled { .. } => Lane::Produce,
            Self::Asked { from, api: Api::Fetch, .. } if *from >= 10_000 => Lane::Consume,
            Self::Asked { api: Api::Fetch, .. } | Self::Committed { .. } | Self::Truncated { .. } => {
                Lane::Replicate
            }
            Self::Consumed { .. }
            | Self::Jumped { .. }
            | Self::Told { .. }
            | Self::Threw { .. }
            | Self::OffsetCommitted { .. }
            | Self::Asked { api: Api::OffsetCommit | Api::OffsetFetch, .. } => Lane::Consume,
            Self::Asked { api: Api::Heartbeat | Api::ConsumerGroupHeartbeat, .. } => Lane::Heartbeat,
            Self::Asked { api, .. } if is_join_or_sync(*api) => Lane::JoinSync,
            Self::Took { .. } | Self::GaveUp { .. } | Self::GroupMoved { .. } => Lane::Rebalance,
            Self::Lost { .. } | Self::Dropped { .. } | Self::Fenced { .. } | Self::NodeDown { .. } => {
                Lane::Faults
            }
            _ => Lane::Control,
        }
    }

    /// The partition it is about.
    pub const fn partition(&self) -> Option<&TopicPartition> {
        match self {
            Self::Appended { partition, .. }
            | Self::Committed { partition, .. }
            | Self::Consumed { partition, .. }
            | Self::Jumped { partition, .. }
            | Self::Told { partition, .. }
            | Self::Dropped { partition, .. }
            | Self::Took { partition, .. }
            | Self::GaveUp { partition, .. }
            | Self::OffsetCommitted { partition, .. }
            | Self::Acked { partition, .. }
            | Self::Rolled { partition, .. }
            | Self::SegmentDeleted { partition, .. }
            | Self::StartMoved { partition, .. }
            | Self::Truncated { partition, .. }
            | Self::LeaderChanged { partition, .. }
            | Self::IsrShrank { partition, .. }
            | Self::IsrGrew { partition, .. } => Some(partition),
            _ => None,
        }
    }

    /// Whether it is told in "What just happened": what a person or a failure did, not the daily work.
    pub const fn is_news(&self) -> bool {
        matches!(
            self,
            Self::Act { .. }
                | Self::NodeUp { .. }
                | Self::NodeDown { .. }
                | Self::NodeEnded { .. }
                | Self::Truncated { .. }
                | Self::SegmentDeleted { .. }
                | Self::LeaderChanged { .. }
                | Self::IsrShrank { .. }
                | Self::IsrGrew { .. }
                | Self::Fenced { .. }
                | Self::Unfenced { .. }
                | Self::TopicCreated { .. }
                | Self::TopicDeleted { .. }
                | Self::MemberCame { .. }
                | Self::MemberWent { .. }
                | Self::GroupMoved { .. }
                | Self::Told { .. }
                | Self::Threw { .. }
                | Self::Lost { .. }
        )
    }

    /// News that a reader must not miss, however fast time runs. What happens to copies of internal topics is news, but
    /// it happens to the reader's own topics at the same time.
    pub fn matters(&self) -> bool {
        self.is_news()
            && !self.partition().is_some_and(|it| is_internal_topic(&it.topic))
            && !matches!(
                self,
                Self::SegmentDeleted { .. }
                    | Self::GroupMoved {
                        state: GroupState::CompletingRebalance | GroupState::Reconciling,
                        ..
                    }
            )
    }

    /// News of records that are gone: it outlasts all other.
    pub const fn is_grave(&self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::Lost { .. })
    }

    /// Whether there is more to say to a "why?" than that a person did it.
    pub const fn has_why(&self) -> bool {
        self.is_news()
            && !matches!(
                self,
                Self::Act { .. }
                    | Self::NodeUp { .. }
                    | Self::TopicCreated { .. }
                    | Self::TopicDeleted { .. }
                    | Self::MemberCame { .. }
                    | Self::Told { .. }
                    | Self::Threw { .. }
            )
    }

    /// Daily work that is worth a line now and then.
    pub const fn is_daily(&self) -> bool {
        matches!(self, Self::Acked { .. } | Self::Rolled { .. })
    }

    /// Whether a reader may step to it as the next beat.
    pub const fn is_beat(&self) -> bool {
        self.is_news() || self.is_daily() || matches!(self, Self::Appended { .. } | Self::Committed { .. })
    }
}

impl MomentView {
    pub fn of(seq: Seq, entry: &Entry, names: &Names) -> Option<Self> {
        Happened::of(entry, names).map(|happened| Self { at: entry.at, entry: seq, happened })
    }
}

/// What opens or ends a fault, so that the timeline can show how long it lasted.
pub(super) fn fault_of(act: &Act) -> Option<(i32, i32, bool)> {
    match act {
        Act::Cut { from, to, .. } | Act::Hold { from, to, .. } => Some((from.0, to.0, true)),
        Act::Heal { from, to, .. } | Act::Release { from, to } => Some((from.0, to.0, false)),
        Act::Crash { node } | Act::PowerOff { node } => Some((node.0, node.0, true)),
        Act::Restart { node } => Some((node.0, node.0, false)),
        _ => None,
    }
}
