use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;

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
    Produced {
        producer: i32,
        broker: i32,
        partition: TopicPartition,
        records: u32,
    },
    Refused {
        broker: i32,
        to: i32,
        error: &'static str,
    },
    Appended {
        broker: i32,
        partition: TopicPartition,
        base: Offset,
        last: Offset,
    },
    Replicated {
        broker: i32,
        partition: TopicPartition,
        log_end: Offset,
    },
    Committed {
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    Consumed {
        consumer: i32,
        partition: TopicPartition,
        position: Offset,
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
        next: Offset,
    },
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
    NodeDown {
        node: i32,
        power: bool,
    },
    NodeUp {
        node: i32,
    },
    ConnectionLost {
        from: i32,
        to: i32,
    },
    /// A person's act, in the act's own words.
    Act {
        words: String,
    },
}

/// The lane of the timeline an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    Produce,
    Replicate,
    Consume,
    Control,
    Faults,
}

impl Lane {
    pub const ALL: [Self; 5] = [Self::Produce, Self::Replicate, Self::Consume, Self::Control, Self::Faults];
}

impl Happened {
    pub const fn lane(&self) -> Lane {
        match self {
            Self::Produced { .. } | Self::Appended { .. } | Self::Rolled { .. } => Lane::Produce,
            Self::Replicated { .. } | Self::Committed { .. } | Self::Truncated { .. } => Lane::Replicate,
            Self::Consumed { .. } => Lane::Consume,
            Self::SegmentDeleted { .. }
            | Self::LeaderChanged { .. }
            | Self::IsrShrank { .. }
            | Self::IsrGrew { .. }
            | Self::Unfenced { .. }
            | Self::NodeUp { .. }
            | Self::Act { .. } => Lane::Control,
            Self::Refused { .. }
            | Self::Fenced { .. }
            | Self::NodeDown { .. }
            | Self::ConnectionLost { .. } => Lane::Faults,
        }
    }

    /// Whether it is told in "What just happened" even when the cluster is busy.
    pub const fn is_news(&self) -> bool {
        !matches!(
            self,
            Self::Produced { .. }
                | Self::Appended { .. }
                | Self::Replicated { .. }
                | Self::Committed { .. }
                | Self::Consumed { .. }
        )
    }
}

/// The marks under the stage, one lane per kind of event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineView {
    pub start: Instant,
    /// The latest moment the engine has reached on this branch.
    pub end: Instant,
    pub events: u64,
    pub marks: Vec<Mark>,
}

/// One mark of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub lane: Lane,
    pub at: Instant,
    /// For faults that last: until when.
    pub until: Option<Instant>,
    pub hue: Option<u8>,
}
