use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::Consumer;

/// Calls that are kept.
const KEPT: usize = 16;

/// A method of `ConsumerRebalanceListener`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListenerKind {
    /// `onPartitionsAssigned`
    Assigned,
    /// `onPartitionsRevoked`: it still owns them, and may commit.
    Revoked,
    /// `onPartitionsLost`: others may own them already.
    Lost,
}

/// One call of the rebalance listener.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListenerCall {
    pub at: Instant,
    pub kind: ListenerKind,
    /// Sorted.
    pub partitions: Vec<TopicPartition>,
}

impl Consumer {
    /// Calls the application's listener, which only watches.
    pub(super) fn call_listener(
        &mut self,
        at: Instant,
        kind: ListenerKind,
        mut partitions: Vec<TopicPartition>,
    ) {
        partitions.arrange();
        if self.group.calls.len() == KEPT {
            self.group.calls.pop_front();
        }
        self.group.calls.push_back(ListenerCall { at, kind, partitions });
    }
}
