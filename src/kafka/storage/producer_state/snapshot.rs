use crate::kafka::record::crc32c;
use crate::kafka::storage::index::int_at;
use crate::kafka::storage::index::long_at;
use crate::kafka::storage::producer_state::BatchMetadata;
use crate::kafka::storage::producer_state::ProducerStateEntry;

const VERSION: i16 = 1;
/// Version and CRC stand before what the CRC covers.
const ENTRIES_AT: usize = 6;
const ENTRY_SIZE: usize = 46;

/// The bytes of a `.snapshot` file, with the producers in the order given.
pub fn encode_snapshot<'a>(producers: impl ExactSizeIterator<Item = &'a ProducerStateEntry>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ENTRIES_AT + 4 + producers.len() * ENTRY_SIZE);
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&(producers.len() as i32).to_be_bytes());
    for producer in producers {
        bytes.extend_from_slice(&producer.producer_id.to_be_bytes());
        bytes.extend_from_slice(&producer.producer_epoch.to_be_bytes());
        bytes.extend_from_slice(&producer.last_sequence().to_be_bytes());
        bytes.extend_from_slice(&producer.last_data_offset().to_be_bytes());
        bytes.extend_from_slice(&producer.last_offset_delta().to_be_bytes());
        bytes.extend_from_slice(&producer.last_timestamp.to_be_bytes());
        bytes.extend_from_slice(&producer.coordinator_epoch.to_be_bytes());
        bytes.extend_from_slice(&producer.current_txn_first_offset.unwrap_or(-1).to_be_bytes());
    }
    let crc = crc32c(&bytes[ENTRIES_AT..]);
    bytes[2..ENTRIES_AT].copy_from_slice(&crc.to_be_bytes());
    bytes
}

/// The producers of a `.snapshot` file in its order; `None` when the file is corrupt (`CorruptSnapshotException`).
pub fn decode_snapshot(bytes: &[u8]) -> Option<Vec<ProducerStateEntry>> {
    let version = i16::from_be_bytes(bytes.get(..2)?.try_into().ok()?);
    let crc = int_at(bytes.get(..ENTRIES_AT)?, 2) as u32;
    let count = int_at(bytes.get(..ENTRIES_AT + 4)?, ENTRIES_AT);
    let count = usize::try_from(count).ok()?;
    let entries = bytes.get(ENTRIES_AT + 4..)?;
    let complete = count.checked_mul(ENTRY_SIZE).is_some_and(|size| size <= entries.len());
    if version != VERSION || !complete || crc != crc32c(&bytes[ENTRIES_AT..]) {
        return None;
    }
    Some(entries.chunks_exact(ENTRY_SIZE).take(count).map(decode_entry).collect())
}

fn decode_entry(bytes: &[u8]) -> ProducerStateEntry {
    let mut entry = ProducerStateEntry::empty(long_at(bytes, 0));
    entry.producer_epoch = i16::from_be_bytes([bytes[8], bytes[9]]);
    let (last_sequence, last_offset) = (int_at(bytes, 10), long_at(bytes, 14));
    let offset_delta = int_at(bytes, 22);
    entry.last_timestamp = long_at(bytes, 26);
    entry.coordinator_epoch = int_at(bytes, 34);
    let first_offset = long_at(bytes, 38);
    entry.current_txn_first_offset = (first_offset >= 0).then_some(first_offset);
    if last_offset >= 0 {
        entry.push(BatchMetadata {
            last_sequence,
            last_offset,
            offset_delta,
            timestamp: entry.last_timestamp,
        });
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_comes_back_and_a_flipped_bit_is_noticed() {
        let mut producer = ProducerStateEntry::empty(7);
        producer
            .add_batch(1, BatchMetadata { last_sequence: 4, last_offset: 9, offset_delta: 2, timestamp: 77 });
        producer.current_txn_first_offset = Some(7);
        let bytes = encode_snapshot([&producer].into_iter());
        assert_eq!(decode_snapshot(&bytes), Some(vec![producer]));
        for bit in 0..bytes.len() * 8 {
            let mut broken = bytes.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(decode_snapshot(&broken), None, "bit {bit}");
        }
        assert_eq!(decode_snapshot(&bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn no_producers_make_ten_bytes() {
        assert_eq!(encode_snapshot([].into_iter()).len(), 10);
    }
}
