//! AllocateProducerIds: each broker hands out producer ids of blocks of its own (`ProducerIdControlManager`).

use super::decider::Decider;
use super::decision::Decision;
use crate::kafka::base::NodeId;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::metadata::record::ProducerIdsRecord;
use crate::kafka::protocol::messages::allocate_producer_ids_request::AllocateProducerIdsRequestData;
use crate::kafka::protocol::messages::allocate_producer_ids_response::AllocateProducerIdsResponseData;

/// `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`.
const BLOCK_SIZE: i32 = 1000;

impl Decider<'_> {
    pub(super) fn allocate_producer_ids(
        &self,
        request: &AllocateProducerIdsRequestData,
    ) -> Decision<AllocateProducerIdsResponseData> {
        let response = AllocateProducerIdsResponseData::default();
        if let Err(error) = self.check_broker_epoch(request.broker_id, request.broker_epoch) {
            return Decision::answer(response.with_error_code(error.code()));
        }
        let first = self.image.next_producer_id();
        let record = ProducerIdsRecord {
            broker: NodeId(request.broker_id),
            broker_epoch: request.broker_epoch,
            next_producer_id: first + i64::from(BLOCK_SIZE),
        };
        let response = response.with_producer_id_start(first).with_producer_id_len(BLOCK_SIZE);
        Decision::of(vec![MetadataRecord::ProducerIds(record)], response)
    }
}
