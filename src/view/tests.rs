use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::kafka::base::Instant;
use crate::kafka::base::Profile;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchSpec;
use crate::kafka::storage::AppendOrigin;
use crate::kafka::storage::Log;
use crate::kafka::storage::LogConfig;
use crate::kafka::storage::OpenOptions;
use crate::lab::contents::Contents;
use crate::lab::disk::Disk;
use crate::lab::disk::DiskDoor;

const START: i64 = 1_700_000_000_000;

/// A log of `count` batches of one record each, 10 ms apart, in segments of 600 bytes.
pub(super) fn log_of(count: i64) -> (Disk, Log) {
    let mut disk = Disk::default();
    let contents = Contents::default();
    let mut door = DiskDoor::new(&mut disk, &contents, Instant::ZERO);
    let set = [("segment.bytes", "600"), ("index.interval.bytes", "150"), ("segment.index.bytes", "4096")];
    let set: BTreeMap<String, String> = set.map(|(name, value)| (name.into(), value.into())).into();
    let config = LogConfig::new(Profile::Modern, &set).unwrap();
    let mut log = Log::open(&mut door, "orders-0", config, START, OpenOptions::default()).unwrap();
    for number in 0..count {
        let mut builder = BatchBuilder::new(BatchSpec::default());
        let (key, value) = (format!("user-{number:02}"), vec![b'v'; 40]);
        builder.append(START + number * 10, Some(key.as_bytes()), Some(&value), &[]).unwrap();
        let bytes: Bytes = builder.close().unwrap();
        log.append_as_leader(&mut door, START, bytes, 1, AppendOrigin::Client).unwrap();
    }
    log.update_high_watermark(&mut door, count - 1).unwrap();
    (disk, log)
}

pub(super) fn orders() -> TopicPartition {
    TopicPartition::new(&name("orders"), 0)
}

#[test]
fn a_directory_shows_its_segments_and_why_each_was_closed() {
    let (disk, log) = log_of(12);
    let directory = Directory::new(&disk, Some(&log), "orders-0");
    let view = directory.view(1, &orders(), 0);
    let told: Vec<_> = view.segments.iter().map(|s| (s.base, s.next, s.bytes, s.active)).collect();
    assert_eq!(told, [(0, 5, 575, false), (5, 10, 575, false), (10, 12, 230, true)]);
    assert_eq!(view.segments[0].roll, Some(Roll::Full { used: 575, next: 115, limit: 600 }));
    assert_eq!(view.segments[2].roll, None, "the active segment is open");
    assert_eq!(view.epochs, [(1, 0)]);
    let live = view.live.as_ref().unwrap();
    assert_eq!((view.log_end, live.high_watermark, live.segment_bytes), (12, 11, 600));
    let index = &view.segments[2].beside.iter().find(|file| file.name.ends_with(".index")).unwrap();
    assert!(index.bytes > index.used, "the active segment's index is preallocated: {index:?}");
    assert!(view.others.iter().any(|file| file.name == "leader-epoch-checkpoint"));
}

#[test]
fn a_directory_without_a_broker_still_shows_what_its_files_say() {
    let (disk, _) = log_of(12);
    let directory = Directory::new(&disk, None, "orders-0");
    let view = directory.view(1, &orders(), 0);
    assert_eq!((view.live, view.log_end, view.segments.len()), (None, 12, 3));
    assert_eq!(view.epochs, [(1, 0)]);
    assert!(LookupView::of(&directory, 7, false).is_none(), "nobody is there to search");
}

#[test]
fn a_segment_shows_index_entries_and_batches_where_they_lie() {
    let (disk, log) = log_of(12);
    let directory = Directory::new(&disk, Some(&log), "orders-0");
    let contents = directory.segment(5, 7);
    let batches: Vec<_> =
        contents.batches.iter().map(|b| (b.base, b.position, b.crc_ok, b.payload)).collect();
    assert_eq!(batches[..2], [(5, 0, true, Some((7, 40))), (6, 115, true, Some((7, 40)))]);
    assert_eq!(batches.len(), 5);
    assert_eq!((contents.earlier, contents.later, contents.broken), (false, false, None));
    let entries: Vec<_> = contents.index.iter().map(|e| (e.relative, e.offset, e.position)).collect();
    assert_eq!(entries, [(2, 7, 230), (4, 9, 460)]);
    let batch = directory.batch(5, 230, 0, 10).unwrap();
    assert_eq!((batch.records[0].offset, batch.records[0].timestamp), (7, START + 70));
    assert_eq!(directory.place_of(8), Some((5, 345)));
    assert_eq!(directory.place_of(99), None);
}

#[test]
fn of_a_long_segment_only_the_batches_around_an_offset_are_read() {
    let (disk, mut log) = log_of(0);
    let mut disk = disk;
    let contents = Contents::default();
    let mut door = DiskDoor::new(&mut disk, &contents, Instant::ZERO);
    log.update_config(LogConfig::new(Profile::Modern, &BTreeMap::new()).unwrap());
    for _ in 0..300 {
        let mut builder = BatchBuilder::new(BatchSpec::default());
        builder.append(START, None, Some(b"x"), &[]).unwrap();
        log.append_as_leader(&mut door, START, builder.close().unwrap(), 1, AppendOrigin::Client).unwrap();
    }
    let directory = Directory::new(&disk, Some(&log), "orders-0");
    let near = |offset| {
        let seen = directory.segment(0, offset);
        (seen.earlier, seen.batches[0].base <= offset, seen.batches.len(), seen.later)
    };
    assert_eq!(near(0), (false, true, BATCHES_SHOWN, true));
    assert_eq!(near(150), (true, true, BATCHES_SHOWN, true));
    assert_eq!(near(299), (true, true, BATCHES_SHOWN, false));
    assert!(directory.segment(0, 150).batches.iter().any(|batch| batch.base == 150));
    assert_eq!(directory.segment(0, 299).batches.last().unwrap().base, 299);
}

#[test]
fn a_search_tells_what_it_touched_and_what_the_index_saved() {
    let (disk, log) = log_of(12);
    let directory = Directory::new(&disk, Some(&log), "orders-0");
    let by_offset = LookupView::of(&directory, 8, false).unwrap().unwrap();
    assert_eq!(by_offset.found, Some(Found { segment: 5, position: 345, offset: 8 }));
    assert_eq!(by_offset.seek(), Some((7, 230)));
    assert_eq!(by_offset.skipped(), 1);
    assert_eq!(by_offset.cost.batches, 2);
    assert_eq!((by_offset.without_index.batches, by_offset.without_index_is_more), (9, false));
    let stages: Vec<_> = by_offset.steps.iter().map(Stage::of).collect();
    assert!(stages.is_sorted(), "{stages:?}");
    let by_time = LookupView::of(&directory, START + 71, true).unwrap().unwrap();
    assert_eq!(by_time.found.map(|found| found.offset), Some(8));
    let nothing = LookupView::of(&directory, 99, false).unwrap().unwrap();
    assert_eq!(nothing.found, None);
}

#[test]
fn looking_changes_nothing_on_the_machine() {
    let (disk, log) = log_of(12);
    let before = disk.clone();
    let directory = Directory::new(&disk, Some(&log), "orders-0");
    directory.view(1, &orders(), 0);
    directory.segment(5, 7);
    LookupView::of(&directory, 8, false).unwrap().unwrap();
    assert_eq!(disk, before);
    assert_eq!(directory_of(&disk, &orders()).as_deref(), Some("orders-0"));
}

#[test]
fn from_afar_seven_machines_are_drawn_and_every_broker_is_among_them() {
    let member = Some(MembershipView { group: name("billing"), state: None, doing: None, generation: 1 });
    let consumer =
        |id| std::rc::Rc::new(ConsumerView { id, group: member.clone(), ..ConsumerView::default() });
    let producer = |id| std::rc::Rc::new(ProducerView { id, ..ProducerView::default() });
    let broker = |id| std::rc::Rc::new(BrokerView { id, ..BrokerView::default() });
    let view = ClusterView {
        controller: ControllerView { id: 3000, ..ControllerView::default() },
        brokers: (1..=3).map(broker).collect(),
        producers: (10_001..=10_002).map(producer).collect(),
        consumers: (20_001..=20_003).map(consumer).collect(),
        ..ClusterView::default()
    };
    let few = view.few(7);
    assert_eq!(
        (few.controller.id, few.brokers.len(), few.producers.len(), few.consumers.len()),
        (0, 3, 2, 2)
    );
    assert_eq!(few.left_out, [name("billing")], "its group says that somebody is missing");
    assert_eq!(view.few(9), view, "nothing is left out where there is room");
    assert_eq!(view.few(1).brokers.len(), 3, "a broker is never left out");
}
