use crate::kafka::base::NodeId;

/// A change of the in-sync set that the controller has not confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IsrChange {
    Expand(NodeId),
    Shrink(Vec<NodeId>),
}

/// The in-sync set as a leader sees it (Kafka: `PartitionState` with `CommittedPartitionState`, `PendingExpandIsr`,
/// `PendingShrinkIsr`).
///
/// Two sets matter. The *committed* one is what the controller wrote; it decides whether `acks=all` may append. The
/// *maximal* one also counts a member that is about to join; it decides what is committed, because whatever the
/// controller answers, no possible leader may lack a committed record (KIP-497).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IsrState {
    committed: Vec<NodeId>,
    pending: Option<IsrChange>,
}

impl IsrState {
    pub fn committed(isr: Vec<NodeId>) -> Self {
        Self { committed: isr, pending: None }
    }

    /// The set that the controller confirmed, in its order.
    pub fn isr(&self) -> &[NodeId] {
        &self.committed
    }

    /// The change on its way to the controller.
    pub fn pending(&self) -> Option<&IsrChange> {
        self.pending.as_ref()
    }

    pub fn is_in_flight(&self) -> bool {
        self.pending.is_some()
    }

    /// Whether everything committed must be on this replica.
    pub fn in_maximal(&self, id: NodeId) -> bool {
        self.committed.contains(&id) || self.pending == Some(IsrChange::Expand(id))
    }

    pub fn maximal_len(&self) -> usize {
        self.committed.len() + usize::from(matches!(self.pending, Some(IsrChange::Expand(_))))
    }

    /// The set that counts for the high watermark.
    pub fn maximal(&self) -> Vec<NodeId> {
        let joining = match self.pending {
            Some(IsrChange::Expand(id)) => Some(id),
            _ => None,
        };
        self.committed.iter().copied().chain(joining).collect()
    }

    /// The set that the controller is asked for.
    pub fn proposed(&self) -> Vec<NodeId> {
        match &self.pending {
            None | Some(IsrChange::Expand(_)) => self.maximal(),
            Some(IsrChange::Shrink(out)) => {
                self.committed.iter().copied().filter(|id| !out.contains(id)).collect()
            }
        }
    }

    pub(super) fn propose(&mut self, change: IsrChange) {
        debug_assert!(self.pending.is_none(), "one change at a time");
        self.pending = Some(change);
    }

    /// The controller says it did not apply the change.
    pub(super) fn withdraw(&mut self) {
        self.pending = None;
    }
}
