//! One operation of a shard: what it decided, and what happens when its records are safe (`CoordinatorResult`,
//! `CoordinatorWriteEvent`).

use bytes::Bytes;

use super::io::Reply;
use super::io::Ticket;
use super::timers::TimerKey;
use super::timers::Work;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::coordinator::group::ClassicId;
use crate::kafka::coordinator::group::classic::Replaced;
use crate::kafka::coordinator::group::consumer::ConsumerThen;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::protocol::ErrorCode;

/// Why a request is refused: Kafka throws an `ApiException`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    pub code: ErrorCode,
    /// The exception's message, for the APIs that send it.
    pub message: Option<Name>,
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self { code, message: None }
    }
}

impl Refusal {
    pub(crate) fn because(code: ErrorCode, message: impl Into<Name>) -> Self {
        Self { code, message: Some(message.into()) }
    }
}

/// What an operation decided.
pub(crate) type Decision = Result<Outcome, Refusal>;

/// What is to be written, and what to say when it is.
pub(crate) struct Outcome {
    pub records: Vec<GroupRecord>,
    /// `false`: the state is changed already, or will be by `then`; the records are only written.
    pub replay: bool,
    /// Something is in the log already, and the answer waits for it.
    pub written: bool,
    /// `true`: all records in one batch or none.
    pub atomic: bool,
    /// Whoever asked is answered before anything is written, whatever becomes of it.
    pub reply_first: bool,
    /// The producer of a transaction that the records belong to.
    pub producer: Option<(ProducerId, i16)>,
    /// What the records' fate changes.
    pub then: Then,
    /// What the one who asked hears when the records are below the high watermark; `None` when he hears elsewhere.
    pub reply: Option<Reply>,
}

impl Outcome {
    /// Nothing to write.
    pub(crate) const fn nothing() -> Self {
        Self {
            records: Vec::new(),
            replay: true,
            written: false,
            atomic: true,
            reply_first: false,
            producer: None,
            then: Then::Nothing,
            reply: None,
        }
    }

    /// Nothing to write, and an answer, which still waits for what was written before it.
    pub(crate) fn reply(reply: Reply) -> Self {
        Self { reply: Some(reply), ..Self::nothing() }
    }

    /// Records that change the state by being replayed, and an answer.
    pub(crate) fn write(records: Vec<GroupRecord>, reply: Option<Reply>) -> Self {
        Self { records, reply, ..Self::nothing() }
    }

    /// Records of what is true already (`replayRecords = false`).
    pub(crate) fn note(records: Vec<GroupRecord>, then: Then) -> Self {
        Self { records, replay: false, then, ..Self::nothing() }
    }
}

/// What happens to a group when records are safe, or are not (`CoordinatorResult.appendFuture`).
#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) enum Then {
    Nothing,
    /// The leader's assignment is stored: everybody gets his part. Or it is not: everybody is told to rejoin.
    Assigned {
        group: ClassicId,
        generation: i32,
        assignment: Map<Name, Bytes>,
    },
    /// A static member's new id is stored, or the old one comes back.
    Replaced(Box<Replaced>),
    /// Of KIP-848 groups.
    Consumer(ConsumerThen),
}

/// An operation whose answer waits for the high watermark.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) struct Deferred {
    pub number: u64,
    /// The high watermark that it waits for.
    pub offset: Offset,
    pub ticket: Option<Ticket>,
    pub then: Then,
    pub reply: Option<Reply>,
    /// The timer whose work this is, when it is tried again after a failure.
    pub timer: Option<(TimerKey, Work)>,
}
