use crate::kafka::base::Epoch;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;

/// Where a consumer stands in one partition: the next record it will read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    pub offset: Offset,
    /// The leader epoch of the record before, when one was read; it tells whether a new leader still has it.
    pub epoch: Option<Epoch>,
}

/// Where an offset reset goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResetTo {
    Earliest,
    Latest,
    /// The first record with at least this timestamp, in ms since 1970; the end when there is none.
    Timestamp(i64),
}

impl ResetTo {
    /// The timestamp that ListOffsets asks with.
    pub const fn timestamp(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest => -1,
            Self::Timestamp(ms) => ms,
        }
    }
}

/// What a consumer is doing about one partition (`SubscriptionState.FetchStates`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FetchState {
    /// It must ask the group's coordinator where the group had come to.
    AwaitCommitted,
    /// It must ask the leader where to begin.
    AwaitReset {
        to: ResetTo,
        not_before: Instant,
    },
    /// A new leader came: is the position still part of its log? (KIP-320)
    AwaitValidation {
        position: Position,
        not_before: Instant,
    },
    Fetching {
        position: Position,
    },
    /// Nothing more comes before the application does something; the sentence says why.
    Failed {
        error: String,
        position: Option<Position>,
    },
}

/// One assigned partition (`SubscriptionState.TopicPartitionState`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AssignedPartition {
    pub state: FetchState,
    pub paused: bool,
    /// It is given up in the rebalance that begins; nothing of it is handed over any more.
    pub pending_revocation: bool,
    /// The leader epoch under which the position was last found good.
    pub validated_epoch: Epoch,
    /// As the last fetch answered; -1 before.
    pub high_watermark: Offset,
    /// As the last fetch answered; -1 before.
    pub last_stable_offset: Offset,
    /// As the last fetch answered; -1 before.
    pub log_start_offset: Offset,
    /// Records handed to the application so far, and their bytes.
    pub consumed_records: u64,
    pub consumed_bytes: u64,
    /// Records handed over whose offset was below one handed over before.
    pub repeated_records: u64,
    /// One past the highest offset that was ever handed over.
    pub furthest: Offset,
    /// The replica that the leader has sent the consumer to, and until when (KIP-392).
    pub preferred: Option<(NodeId, Instant)>,
    /// No fetch before this moment, after an error.
    pub backoff_until: Instant,
    /// The last error that a broker answered for this partition, and when.
    pub last_error: Option<(Instant, String)>,
}

impl AssignedPartition {
    pub fn new(state: FetchState) -> Self {
        Self {
            state,
            paused: false,
            pending_revocation: false,
            validated_epoch: -1,
            high_watermark: -1,
            last_stable_offset: -1,
            log_start_offset: -1,
            consumed_records: 0,
            consumed_bytes: 0,
            repeated_records: 0,
            furthest: -1,
            preferred: None,
            backoff_until: Instant::ZERO,
            last_error: None,
        }
    }

    /// The client starts anew: what it waited for will not come.
    pub(super) fn restart(&mut self) {
        if let FetchState::AwaitReset { not_before, .. } | FetchState::AwaitValidation { not_before, .. } =
            &mut self.state
        {
            *not_before = Instant::ZERO;
        }
    }

    /// What this process has read of the partition before it got it again.
    pub(super) fn remember(&mut self, before: &Self) {
        self.consumed_records = before.consumed_records;
        self.consumed_bytes = before.consumed_bytes;
        self.repeated_records = before.repeated_records;
        self.furthest = before.furthest;
    }

    pub fn position(&self) -> Option<Position> {
        match &self.state {
            FetchState::AwaitCommitted | FetchState::AwaitReset { .. } => None,
            FetchState::AwaitValidation { position, .. } | FetchState::Fetching { position } => {
                Some(*position)
            }
            FetchState::Failed { position, .. } => *position,
        }
    }

    /// Whether a fetch may be sent now.
    pub fn is_fetchable(&self, now: Instant) -> bool {
        matches!(self.state, FetchState::Fetching { .. })
            && !self.paused
            && !self.pending_revocation
            && self.backoff_until <= now
    }

    /// The replica that it reads from instead of the leader, if it is among these brokers.
    pub fn preferred_replica(&self, now: Instant, brokers: &[NodeId]) -> Option<NodeId> {
        let (replica, until) = self.preferred?;
        (until > now && brokers.contains(&replica)).then_some(replica)
    }

    /// Records between the position and the end that this consumer may read; `None` before either is known.
    pub fn lag(&self, read_committed: bool) -> Option<Offset> {
        let end = if read_committed { self.last_stable_offset } else { self.high_watermark };
        let position = self.position()?;
        (end >= 0).then(|| (end - position.offset).max(0))
    }
}
