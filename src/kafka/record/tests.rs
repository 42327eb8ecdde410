use bytes::Bytes;
use bytes::BytesMut;
use proptest::prelude::Strategy;
use proptest::prelude::any;
use proptest::prelude::prop;
use proptest::prelude::proptest;

use super::*;

type Field = Option<Vec<u8>>;
type Fields = (i64, Field, Field, Vec<(String, Field)>);

fn bytes_or_null() -> impl Strategy<Value = Field> {
    prop::option::of(prop::collection::vec(any::<u8>(), 0..80))
}

fn fields() -> impl Strategy<Value = Vec<Fields>> {
    let headers = prop::collection::vec(("[a-z]{0,4}", bytes_or_null()), 0..3);
    prop::collection::vec((-1i64..1 << 42, bytes_or_null(), bytes_or_null(), headers), 1..30)
}

fn headers_of(fields: &Fields) -> Vec<Header> {
    fields.3.iter().map(|(key, value)| Header::new(key, value.as_deref())).collect()
}

fn build(spec: BatchSpec, records: &[Fields]) -> Bytes {
    let mut builder = BatchBuilder::new(spec);
    for record in records {
        let (timestamp, key, value, _) = record;
        builder.append(*timestamp, key.as_deref(), value.as_deref(), &headers_of(record)).unwrap();
    }
    builder.close().unwrap()
}

/// Looks at every corner of whatever the bytes hold.
fn walk(bytes: &Bytes) {
    for batch in batches(bytes).flatten() {
        drop((batch.is_valid(), batch.last_sequence(), batch.delete_horizon_ms(), format!("{batch:?}")));
        if let Ok(records) = batch.records() {
            records.for_each(drop);
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(records in fields(), codec in 0u8..5, base in 0i64..1 << 50, sequence in 0i32..=i32::MAX) {
        let compression = Compression::from_id(codec).unwrap();
        let spec = BatchSpec {
            compression, base_offset: base, producer_id: 7, producer_epoch: 1, base_sequence: sequence, ..BatchSpec::default()
        };
        let bytes = build(spec, &records);
        let batch = Batch::parse(&bytes).unwrap();
        assert!(batch.is_valid());
        assert_eq!(batch.compression(), Ok(compression));
        assert_eq!(batch.last_offset(), base + records.len() as i64 - 1);
        assert_eq!(batch.max_timestamp(), records.iter().map(|record| record.0).max().unwrap());
        let read: Vec<Record> = batch.records().unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(read.len(), records.len());
        for (i, (read, written)) in read.iter().zip(&records).enumerate() {
            assert_eq!(read.offset, base + i as i64);
            assert_eq!(read.sequence, increment_sequence(sequence, i as i32));
            assert_eq!((read.timestamp, read.key.as_deref(), read.value.as_deref()), (written.0, written.1.as_deref(), written.2.as_deref()));
            assert_eq!(read.headers, headers_of(written));
        }
    }

    #[test]
    fn another_codec_writes_the_same_bytes(records in fields(), base in 0i64..1 << 50) {
        let bytes = build(BatchSpec { base_offset: base, leader_epoch: 3, ..BatchSpec::default() }, &records);
        let theirs = kacrab_protocol::record::RecordBatch::decode(&mut bytes.clone()).unwrap();
        assert_eq!(theirs.records.len(), records.len());
        let mut again = BytesMut::new();
        theirs.encode(&mut again).unwrap();
        assert_eq!(again.freeze(), bytes);
    }

    #[test]
    fn broken_bytes_never_panic(
        records in fields(), codec in 0u8..5, flips in prop::collection::vec((any::<u32>(), any::<u8>()), 1..5)
    ) {
        let spec = BatchSpec { compression: Compression::from_id(codec).unwrap(), ..BatchSpec::default() };
        let mut bytes = build(spec, &records).to_vec();
        let twice = bytes.clone();
        bytes.extend(twice);
        for (at, with) in flips {
            let at = at as usize % bytes.len();
            bytes[at] ^= with;
        }
        walk(&Bytes::from(bytes));
    }

    #[test]
    fn random_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 61..300), count in 0u8..20) {
        let length = bytes.len() - LOG_OVERHEAD;
        bytes[field::LENGTH..field::LENGTH + 4].copy_from_slice(&(length as u32).to_be_bytes());
        bytes[field::MAGIC] = 2;
        bytes[field::RECORDS_COUNT..field::RECORDS_COUNT + 4].copy_from_slice(&[0, 0, 0, count]);
        walk(&Bytes::from(bytes));
    }
}

#[test]
fn an_incomplete_last_batch_is_left_alone() {
    let one = build(BatchSpec::default(), &[(5, Some(b"k".to_vec()), None, Vec::new())]);
    let mut two = BytesMut::from(&one[..]);
    two.extend_from_slice(&one[..one.len() - 1]);
    let two = two.freeze();
    let mut found = batches(&two);
    assert_eq!(found.next().unwrap().unwrap().bytes(), &one);
    assert_eq!(found.next(), None);
    assert_eq!(found.position(), one.len());
}

#[test]
fn old_formats_and_nonsense_are_told_apart() {
    let good = build(BatchSpec::default(), &[(5, None, None, Vec::new())]);
    let with = |at: usize, byte: u8| {
        let mut bytes = good.to_vec();
        bytes[at] = byte;
        batches(&Bytes::from(bytes)).next()
    };
    assert_eq!(with(field::MAGIC, 1), Some(Err(BatchError::UnsupportedMagic(1))));
    assert_eq!(with(field::MAGIC, 3), Some(Err(BatchError::InvalidMagic(3))));
    assert_eq!(with(field::LENGTH + 3, 20), Some(Err(BatchError::TooSmall { size: 32, minimum: 61 })));
    assert_eq!(with(field::LENGTH + 3, 13), Some(Err(BatchError::TooSmall { size: 13, minimum: 14 })));
    assert_eq!(with(field::LENGTH, 0x7f), None);
}

#[test]
fn a_patch_outside_the_crc_leaves_it_and_a_timestamp_renews_it() {
    let batch = Batch::parse(&build(BatchSpec::default(), &vec![(5, None, None, Vec::new()); 3])).unwrap();
    let crc = batch.crc();
    let mut patch = batch.into_mut();
    patch.set_last_offset(102);
    patch.set_partition_leader_epoch(9);
    let batch = patch.freeze();
    assert_eq!((batch.base_offset(), batch.partition_leader_epoch(), batch.crc()), (100, 9, crc));
    assert!(batch.is_valid());
    let mut patch = batch.into_mut();
    patch.set_max_timestamp(TimestampType::LogAppendTime, 77);
    let batch = patch.freeze();
    assert!(batch.is_valid() && batch.crc() != crc);
    assert!(batch.records().unwrap().all(|record| record.unwrap().timestamp == 77));
}

#[test]
fn room_is_counted_before_a_record_and_the_first_always_fits() {
    let spec = BatchSpec { write_limit: 80, ..BatchSpec::default() };
    let mut builder = BatchBuilder::new(spec);
    let big = [0u8; 100];
    assert!(builder.has_room_for(0, None, Some(&big), &[]));
    builder.append(0, None, Some(b"12345"), &[]).unwrap();
    assert_eq!(builder.estimated_size(), 61 + 12);
    assert!(builder.has_room_for(0, None, None, &[]));
    assert!(!builder.has_room_for(0, None, Some(b"1"), &[]));
    builder.append(0, None, None, &[]).unwrap();
    assert!(builder.is_full());
    let bytes = builder.close().unwrap();
    assert_eq!(bytes.len(), 80);
    assert_eq!(builder.append(0, None, None, &[]), Err(BuildError::Closed));
    builder.rewrite_producer_state(5, 0, 10, false);
    let again = Batch::parse(&builder.close().unwrap()).unwrap();
    assert!(again.is_valid());
    assert_eq!((again.producer_id(), again.last_sequence()), (5, 11));
}

#[test]
fn a_marker_takes_78_bytes_and_is_read_back() {
    let marker = EndTxnMarker { commit: false, coordinator_epoch: 5 };
    let bytes = marker.batch(42, 1_700_000_000_000, 4, (9000, 3)).unwrap();
    assert_eq!(bytes.len(), 78);
    let batch = Batch::parse(&bytes).unwrap();
    assert!(batch.is_control() && batch.is_transactional() && batch.is_valid());
    let record = batch.records().unwrap().next().unwrap().unwrap();
    assert_eq!(EndTxnMarker::parse(&record.key.unwrap(), &record.value.unwrap()), Ok(Some(marker)));
    assert_eq!(ControlType::parse(&[0, 0, 0, 9]), Ok(ControlType::Unknown(9)));
    assert!(ControlType::parse(&[0, 0, 0]).is_err());
}
