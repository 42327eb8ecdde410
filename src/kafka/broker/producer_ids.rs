//! Producer ids, by blocks of the controller's (Kafka: `RPCProducerIdManager`), and InitProducerId.

use super::Broker;
use super::broker::Caller;
use crate::kafka::base::ProducerId;
use crate::kafka::machine::Context;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::allocate_producer_ids_response::AllocateProducerIdsResponseData;
use crate::kafka::protocol::messages::init_producer_id_request::InitProducerIdRequestData;
use crate::kafka::protocol::messages::init_producer_id_response::InitProducerIdResponseData;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Block {
    next: ProducerId,
    first: ProducerId,
    len: i64,
}

/// The block in use and the one that was fetched ahead.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(super) struct ProducerIds {
    current: Option<Block>,
    ahead: Option<Block>,
    wanted: bool,
    in_flight: bool,
}

impl ProducerIds {
    pub(super) fn wants_block(&self) -> bool {
        self.wanted && !self.in_flight && self.ahead.is_none()
    }

    pub(super) fn asked(&mut self) {
        self.in_flight = true;
    }

    pub(super) fn failed(&mut self) {
        self.in_flight = false;
    }

    pub(super) fn on_block(&mut self, answer: &AllocateProducerIdsResponseData) {
        self.in_flight = false;
        if answer.error_code == 0 {
            let (first, len) = (answer.producer_id_start, i64::from(answer.producer_id_len));
            self.ahead = Some(Block { next: first, first, len });
            self.wanted = false;
        }
    }

    /// The next id; `None` while a block is being fetched. At 90 % of a block the next one is asked for.
    fn take(&mut self) -> Option<ProducerId> {
        let used_up = self.current.is_none_or(|block| block.next >= block.first + block.len);
        if used_up {
            self.current = self.ahead.take();
        }
        let Some(block) = &mut self.current else {
            self.wanted = true;
            return None;
        };
        let id = block.next;
        block.next += 1;
        if id == block.first + block.len * 9 / 10 {
            self.wanted = true;
        }
        Some(id)
    }
}

impl Broker {
    pub(super) fn handle_init_producer_id(
        &mut self,
        cx: &mut Context<'_>,
        caller: &Caller,
        body: &InitProducerIdRequestData,
    ) {
        let mut response = InitProducerIdResponseData::default().with_producer_id(-1).with_producer_epoch(-1);
        if body.transactional_id.is_some() {
            // There is no transaction coordinator here.
            response.error_code = ErrorCode::CoordinatorNotAvailable.code();
        } else {
            match self.producer_ids.take() {
                Some(id) => (response.producer_id, response.producer_epoch) = (id, 0),
                None => response.error_code = ErrorCode::CoordinatorLoadInProgress.code(),
            }
        }
        caller.answer(cx, Response::InitProducerId(response));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_asked_for_when_it_is_needed_and_the_next_one_before_it_runs_out() {
        let mut ids = ProducerIds::default();
        assert_eq!((ids.take(), ids.wants_block()), (None, true));
        ids.asked();
        assert!(!ids.wants_block(), "one request at a time");
        let block = |start| {
            AllocateProducerIdsResponseData::default().with_producer_id_start(start).with_producer_id_len(10)
        };
        ids.on_block(&block(1000));
        let nine: Vec<_> = (0..9).map(|_| ids.take()).collect();
        assert_eq!((nine[0], nine[8], ids.wants_block()), (Some(1000), Some(1008), false));
        assert_eq!((ids.take(), ids.wants_block()), (Some(1009), true));
        ids.asked();
        ids.on_block(&block(5000));
        assert_eq!(ids.take(), Some(5000));
    }
}
