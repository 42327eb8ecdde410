use std::collections::VecDeque;

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Offset;
use crate::kafka::base::ProducerId;
use crate::kafka::base::Set;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchError;
use crate::kafka::record::ControlType;

/// What the filter must know of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchFacts {
    pub last_offset: Offset,
    pub producer_id: ProducerId,
    pub transactional: bool,
    /// The type of the batch's first record, for a control batch.
    pub control: Option<ControlType>,
}

/// Hides what belongs to aborted transactions, from the list that a fetch brings with it.
///
/// The broker's list is by producer and first offset; the end of each transaction is its ABORT marker in the data.
/// Source: `CompletedFetch.consumeAbortedTransactionsUpTo`, `isBatchAborted`, `containsAbortMarker`.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct AbortedFilter {
    /// In the order of their first offsets.
    ahead: VecDeque<(Offset, ProducerId)>,
    open: Set<ProducerId>,
}

impl AbortedFilter {
    /// `aborted` = producer id and first offset of each transaction, in any order.
    pub fn new(aborted: Vec<(ProducerId, Offset)>) -> Self {
        let mut ahead: Vec<_> = aborted.into_iter().map(|(id, first)| (first, id)).collect();
        ahead.arrange_by_key(|(first, _)| *first);
        Self { ahead: ahead.into(), open: Set::new() }
    }

    /// Whether the next batch is part of an aborted transaction. Must see every batch, in order.
    pub fn next(&mut self, batch: BatchFacts) -> bool {
        while let Some((_, id)) = self.ahead.pop_front_if(|(first, _)| *first <= batch.last_offset) {
            self.open.insert(id);
        }
        if batch.producer_id < 0 {
            return false;
        }
        if batch.control == Some(ControlType::Abort) {
            self.open.remove(&batch.producer_id);
            return false;
        }
        batch.transactional && self.open.contains(&batch.producer_id)
    }

    /// [`next`](Self::next) for a batch of bytes.
    ///
    /// # Errors
    /// A control batch whose record cannot be read.
    pub fn hides(&mut self, batch: &Batch) -> Result<bool, BatchError> {
        let mut control = None;
        if batch.is_control()
            && let Some(record) = batch.records()?.next()
        {
            control = record?.key.map(|key| ControlType::parse(&key)).transpose()?;
        }
        Ok(self.next(BatchFacts {
            last_offset: batch.last_offset(),
            producer_id: batch.producer_id(),
            transactional: batch.is_transactional(),
            control,
        }))
    }
}
