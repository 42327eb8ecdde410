//! Consumer groups of KIP-848 (`ConsumerGroup`, and the half of `GroupMetadataManager` that serves them).

mod seam;

use crate::kafka::base::Name;
use crate::kafka::protocol::ErrorCode;

/// What waits for records of a consumer group to be safe.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum ConsumerThen {}

/// A group of KIP-848: all of its state is what was replayed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroup {
    pub name: Name,
}

/// `ConsumerGroup.ConsumerGroupState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerState {
    Empty,
}

impl ConsumerState {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
        }
    }
}

impl ConsumerGroup {
    pub fn state(&self) -> ConsumerState {
        ConsumerState::Empty
    }

    pub fn is_empty(&self) -> bool {
        true
    }

    /// Whether somebody in the group reads the topic: its offsets are kept then.
    pub fn is_subscribed_to(&self, _topic: &str) -> bool {
        false
    }

    /// `validateOffsetCommit`.
    pub(crate) fn validate_offset_commit(
        &self,
        _member: &str,
        _instance: Option<&str>,
        _epoch: i32,
        _transactional: bool,
        _version: i16,
    ) -> Result<(), ErrorCode> {
        Ok(())
    }

    /// `validateOffsetFetch`.
    pub(crate) fn validate_offset_fetch(&self, _member: Option<&str>, _epoch: i32) -> Result<(), ErrorCode> {
        Ok(())
    }
}
