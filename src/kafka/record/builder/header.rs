//! The 61 bytes before the records of a batch.

use bytes::Bytes;

use super::BatchSpec;
use crate::kafka::base::Offset;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::record::LOG_OVERHEAD;
use crate::kafka::record::MAGIC_V2;
use crate::kafka::record::NO_TIMESTAMP;
use crate::kafka::record::TimestampType;
use crate::kafka::record::batch;
use crate::kafka::record::crc32c;
use crate::kafka::record::field;

/// The header of a batch whose records compaction took away, 61 bytes: it keeps a producer's last sequence or the end
/// of a round (`DefaultRecordBatch.writeEmptyHeader`). Its largest timestamp is the spec's `log_append_time`.
pub fn empty_batch(spec: &BatchSpec, last_offset: Offset) -> Bytes {
    let mut bytes = vec![0; BATCH_OVERHEAD];
    let header = HeaderFields {
        last_offset_delta: (last_offset - spec.base_offset) as i32,
        base_timestamp: NO_TIMESTAMP,
        max_timestamp: spec.log_append_time,
        record_count: 0,
    };
    write_header(&mut bytes, spec, &header);
    Bytes::from(bytes)
}

pub(super) struct HeaderFields {
    pub(super) last_offset_delta: i32,
    pub(super) base_timestamp: i64,
    pub(super) max_timestamp: i64,
    pub(super) record_count: i32,
}

pub(super) fn write_header(bytes: &mut [u8], spec: &BatchSpec, header: &HeaderFields) {
    let length = (bytes.len() - LOG_OVERHEAD) as i32;
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(field::BASE_OFFSET, &spec.base_offset.to_be_bytes());
    put(field::LENGTH, &length.to_be_bytes());
    put(field::PARTITION_LEADER_EPOCH, &spec.leader_epoch.to_be_bytes());
    put(field::MAGIC, &MAGIC_V2.to_be_bytes());
    put(field::ATTRIBUTES, &attributes(spec).to_be_bytes());
    put(field::LAST_OFFSET_DELTA, &header.last_offset_delta.to_be_bytes());
    put(field::BASE_TIMESTAMP, &header.base_timestamp.to_be_bytes());
    put(field::MAX_TIMESTAMP, &header.max_timestamp.to_be_bytes());
    put(field::PRODUCER_ID, &spec.producer_id.to_be_bytes());
    put(field::PRODUCER_EPOCH, &spec.producer_epoch.to_be_bytes());
    put(field::BASE_SEQUENCE, &spec.base_sequence.to_be_bytes());
    put(field::RECORDS_COUNT, &header.record_count.to_be_bytes());
    let crc = crc32c(&bytes[field::ATTRIBUTES..]);
    bytes[field::CRC..field::ATTRIBUTES].copy_from_slice(&crc.to_be_bytes());
}

fn attributes(spec: &BatchSpec) -> i16 {
    let bit = |set: bool, mask: i16| if set { mask } else { 0 };
    i16::from(spec.compression.id())
        | bit(spec.timestamp_type == TimestampType::LogAppendTime, batch::TIMESTAMP_TYPE_MASK)
        | bit(spec.transactional, batch::TRANSACTIONAL_MASK)
        | bit(spec.control, batch::CONTROL_MASK)
        | bit(spec.delete_horizon_ms.is_some(), batch::DELETE_HORIZON_MASK)
}
