//! Stories of one log. Kafka's own answers are in `tests/golden`; here is what no recording can show.

use std::collections::BTreeMap;

use bytes::Bytes;
use bytes::BytesMut;
use proptest::prelude::*;

use super::*;
use crate::kafka::base::Profile;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;
use crate::kafka::record::EndTxnMarker;
use crate::kafka::record::batches;
use crate::kafka::record::field;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::MemoryDisk;

const DIR: &str = "orders-0";
const NOW: i64 = 1_700_000_000_000;

fn small_config() -> LogConfig {
    let overrides = [
        ("segment.bytes", "400"),
        ("index.interval.bytes", "100"),
        ("segment.index.bytes", "120"),
        ("file.delete.delay.ms", "1000"),
    ];
    let overrides = overrides.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    LogConfig::new(Profile::Classic, &overrides).unwrap()
}

fn batch(spec: BatchSpec, timestamp: i64, values: &[&str]) -> Bytes {
    let mut builder = BatchBuilder::new(spec);
    for value in values {
        builder.append(timestamp, Some(b"k"), Some(value.as_bytes()), &[]).unwrap();
    }
    builder.close().unwrap()
}

fn plain(values: &[&str]) -> Bytes {
    batch(BatchSpec::default(), NOW, values)
}

fn from_producer(id: i64, sequence: i32, transactional: bool) -> Bytes {
    let spec = BatchSpec {
        producer_id: id,
        producer_epoch: 0,
        base_sequence: sequence,
        transactional,
        ..BatchSpec::default()
    };
    batch(spec, NOW + i64::from(sequence), &["one", "two"])
}

fn open(disk: &mut MemoryDisk, options: OpenOptions) -> Result<Log, LogError> {
    Log::open(disk, DIR, small_config(), NOW, options)
}

fn append(
    log: &mut Log,
    disk: &mut MemoryDisk,
    records: Bytes,
    origin: AppendOrigin,
) -> Result<(), LogError> {
    log.append_as_leader(disk, NOW, records, 3, origin).map(drop)
}

/// A log with several segments, two producers, a committed, an aborted and an open transaction.
fn lived_in(disk: &mut MemoryDisk) -> Log {
    let mut log = open(disk, OpenOptions::default()).unwrap();
    for round in 0..6 {
        append(&mut log, disk, plain(&["a", "b", "c"]), AppendOrigin::Client).unwrap();
        append(&mut log, disk, from_producer(7, round * 2, false), AppendOrigin::Client).unwrap();
        append(&mut log, disk, from_producer(9, round * 2, true), AppendOrigin::Client).unwrap();
        if round < 5 {
            let marker = EndTxnMarker { commit: round % 2 == 0, coordinator_epoch: 1 };
            let marker = marker.batch(0, NOW, -1, (9, 0)).unwrap();
            append(&mut log, disk, marker, AppendOrigin::Coordinator).unwrap();
        }
    }
    log
}

/// Everything that a broker may ask of a log; answers do not matter here.
fn use_it(log: &mut Log, disk: &mut MemoryDisk) {
    let (start, end) = (log.log_start_offset(), log.log_end_offset());
    let _ = log.update_high_watermark(disk, end);
    for isolation in [Isolation::LogEnd, Isolation::HighWatermark, Isolation::TxnCommitted] {
        for offset in [start, start.wrapping_add(5), end.wrapping_sub(1), end] {
            let _ = log.read(disk, offset, 300, isolation, true);
        }
    }
    for timestamp in [LATEST_TIMESTAMP, EARLIEST_TIMESTAMP, MAX_TIMESTAMP, NOW, NOW + 5] {
        let _ = log.offset_by_timestamp(disk, timestamp);
    }
    let _ = log.lookup_trace(disk, start.wrapping_add(3));
    let _ = log.lookup_trace_by_time(disk, NOW + 3);
    let _ = append(log, disk, plain(&["after"]), AppendOrigin::Client);
    let _ = append(log, disk, from_producer(7, 12, false), AppendOrigin::Client);
    let _ = append(log, disk, from_producer(9, 12, true), AppendOrigin::Client);
    let _ = log.truncate_to(disk, NOW, end.wrapping_sub(2));
    let _ = log.delete_old_segments(disk, NOW);
    let _ = log.run_due_tasks(disk, NOW + 2000);
    let _ = log.close(disk, NOW, true);
}

#[test]
fn a_damaged_magic_byte_makes_a_batch_corrupt_unless_it_passes_the_old_crc() {
    let mut disk = MemoryDisk::new(NOW);
    let mut log = open(&mut disk, OpenOptions::default()).unwrap();
    let mut bytes = BytesMut::from(&plain(&["one"])[..]);
    bytes[field::MAGIC] = 1;
    let mut refusal = |bytes: &BytesMut| {
        let records = Bytes::copy_from_slice(bytes);
        append(&mut log, &mut disk, records, AppendOrigin::Client).unwrap_err().exception()
    };
    assert_eq!(refusal(&bytes), "CorruptRecordException");
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[16..]);
    bytes[12..16].copy_from_slice(&crc.sum().to_be_bytes());
    assert_eq!(refusal(&bytes), "UnsupportedForMessageFormatException");
}

#[test]
fn an_index_entry_before_the_file_reads_from_its_start_and_fails_a_look_up_by_time() {
    let mut disk = MemoryDisk::new(NOW);
    let mut log = open(&mut disk, OpenOptions::default()).unwrap();
    for later in 0..4 {
        let records = batch(BatchSpec::default(), NOW + later, &["a value"]);
        append(&mut log, &mut disk, records, AppendOrigin::Client).unwrap();
    }
    log.close(&mut disk, NOW, true).unwrap();
    let mut image = disk.image(DIR);
    let index = image.get_mut("00000000000000000000.index").unwrap();
    assert!(!index.is_empty(), "300 bytes have entries every 100");
    let mut bytes = BytesMut::from(&index[..]);
    for entry in bytes.chunks_exact_mut(8) {
        entry[4..].copy_from_slice(&(-1i32).to_be_bytes());
    }
    *index = bytes.freeze();
    disk.restore(DIR, &image);
    let recovery_point_checkpoint = 4;
    let options = OpenOptions { clean_shutdown: true, recovery_point_checkpoint, ..OpenOptions::default() };
    let mut log = open(&mut disk, options).unwrap();
    let read = log.read(&mut disk, 3, 1000, Isolation::LogEnd, true).unwrap();
    assert!(!read.records.is_empty(), "offset 3 is found all the same");
    let by_time = log.offset_by_timestamp(&mut disk, NOW + 3).unwrap_err();
    assert_eq!(by_time.exception(), "IllegalArgumentException");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damage_to_a_directory_makes_a_load_panic(
        closed: bool,
        clean_shutdown: bool,
        recovery_point in 0i64..60,
        log_start in 0i64..50,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..5),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..2),
        lost in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut disk = MemoryDisk::new(NOW);
        let mut log = lived_in(&mut disk);
        if closed {
            log.close(&mut disk, NOW, true).unwrap();
        }
        let mut image = disk.image(DIR);
        let names: Vec<String> = image.keys().cloned().collect();
        for (file, bit) in flips {
            let mut bytes = BytesMut::from(&image[file.get(&names)][..]);
            if !bytes.is_empty() {
                let bit = bit.index(bytes.len() * 8);
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            image.insert(file.get(&names).clone(), bytes.freeze());
        }
        for (file, at) in cuts {
            let bytes = image[file.get(&names)].clone();
            image.insert(file.get(&names).clone(), bytes.slice(..at.index(bytes.len() + 1)));
        }
        if let Some(file) = lost {
            image.remove(file.get(&names));
        }
        disk.restore(DIR, &image);
        let options = OpenOptions {
            clean_shutdown,
            recovery_point_checkpoint: recovery_point,
            log_start_checkpoint: log_start,
            ..OpenOptions::default()
        };
        if let Ok(mut log) = open(&mut disk, options) {
            use_it(&mut log, &mut disk);
        }
    }
}

#[test]
fn a_follower_shares_the_bytes_of_its_leader() {
    let mut disk = MemoryDisk::new(NOW);
    let mut log = lived_in(&mut disk);
    let fetched = log.read(&mut disk, 0, 1000, Isolation::LogEnd, true).unwrap().records;
    let whole = batches(&fetched).map_while(Result::ok).map(|batch| batch.size()).sum::<usize>();
    let first = fetched.slice(..batches(&fetched).next().unwrap().unwrap().size());
    let mut follower_disk = MemoryDisk::new(NOW);
    let mut follower = open(&mut follower_disk, OpenOptions::default()).unwrap();
    follower.append_as_follower(&mut follower_disk, NOW, first.clone(), 3).unwrap();
    let read = follower.read(&mut follower_disk, 0, 1, Isolation::LogEnd, true).unwrap().records;
    assert_eq!(read.as_ptr(), first.as_ptr(), "the file holds the very bytes of the fetch");
    follower.append_as_follower(&mut follower_disk, NOW, fetched.slice(first.len()..), 3).unwrap();
    assert_eq!(follower.size(), whole as i64);
}

#[test]
fn a_copy_of_a_log_is_the_same_log_and_goes_its_own_way() {
    let mut disk = MemoryDisk::new(NOW);
    let mut log = lived_in(&mut disk);
    let (mut other_disk, mut other) = (disk.clone(), log.clone());
    assert_eq!(log, other);
    append(&mut log, &mut disk, plain(&["x"]), AppendOrigin::Client).unwrap();
    assert_ne!(log, other);
    append(&mut other, &mut other_disk, plain(&["x"]), AppendOrigin::Client).unwrap();
    assert_eq!((log, disk), (other, other_disk));
}

#[test]
fn a_trace_names_all_that_a_look_up_touches_and_finds_what_a_read_finds() {
    let mut disk = MemoryDisk::new(NOW);
    let mut log = lived_in(&mut disk);
    for offset in log.log_start_offset()..log.log_end_offset() {
        let trace = log.lookup_trace(&mut disk, offset).unwrap();
        assert_eq!(trace.found, Some(offset));
        let read = log.read(&mut disk, offset, 1, Isolation::LogEnd, true).unwrap();
        let first = batches(&read.records).next().unwrap().unwrap();
        let last_step = trace.steps.last().unwrap();
        let LookupStep::Batch { segment, position, base_offset, found: true, .. } = last_step else {
            panic!("the last thing touched is the batch, not {last_step:?}")
        };
        assert_eq!((*segment, *position), (read.position.segment_base_offset, read.position.position));
        assert_eq!(*base_offset, first.base_offset());
    }
    let trace = log.lookup_trace_by_time(&mut disk, NOW + 4).unwrap();
    let found = log.offset_by_timestamp(&mut disk, NOW + 4).unwrap().unwrap();
    assert_eq!(trace.found, Some(found.offset));
    assert_eq!(log.lookup_trace(&mut disk, log.log_end_offset()).unwrap(), LookupTrace::default());
}

#[test]
fn a_directory_of_another_topic_is_refused() {
    let mut disk = MemoryDisk::new(NOW);
    let with = |id| OpenOptions { topic_id: Some(Uuid::from_parts(0, id)), ..OpenOptions::default() };
    open(&mut disk, with(5)).unwrap();
    assert_eq!(open(&mut disk, with(6)).unwrap_err().exception(), "InconsistentTopicIdException");
    assert_eq!(open(&mut disk, OpenOptions::default()).unwrap().topic_id(), Some(Uuid::from_parts(0, 5)));
}

#[test]
fn old_segments_wait_for_their_time_before_their_files_go() {
    let mut disk = MemoryDisk::new(NOW);
    let mut log = lived_in(&mut disk);
    log.update_high_watermark(&mut disk, i64::MAX).unwrap();
    let last = log.active_segment().unwrap().base_offset();
    log.increment_log_start_offset(&mut disk, last).unwrap();
    assert!(log.delete_old_segments(&mut disk, NOW).unwrap() > 1);
    assert_eq!(log.segments().count(), 1);
    let marked = |disk: &MemoryDisk| disk.list(DIR).iter().filter(|name| name.ends_with(".deleted")).count();
    assert_ne!(marked(&disk), 0);
    assert_eq!(log.next_due(), Some(NOW + 1000));
    assert_eq!(log.run_due_tasks(&mut disk, NOW + 999).unwrap(), 0);
    log.run_due_tasks(&mut disk, NOW + 1000).unwrap();
    assert_eq!((marked(&disk), log.next_due()), (0, None));
}

#[test]
fn a_failed_disk_is_told_and_nothing_is_lost_from_the_log() {
    let mut disk = MemoryDisk::new(NOW);
    let mut log = lived_in(&mut disk);
    disk.restore(DIR, &BTreeMap::new());
    let refused = log.read(&mut disk, 0, 100, Isolation::LogEnd, true).unwrap_err();
    assert_eq!(refused.exception(), "KafkaStorageException");
    assert_eq!(refused.error_code(), kacrab_protocol::generated::ErrorCode::KafkaStorageError);
}
