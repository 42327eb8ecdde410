//! What breaks, and what Kafka makes of it.

use bytes::Bytes;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::producer::FeedFormat;
use kafkascope::kafka::protocol::ErrorCode;
use kafkascope::lab::ADMIN;
use kafkascope::lab::Act;
use kafkascope::lab::CONTROLLER;
use kafkascope::lab::Kind;
use kafkascope::lab::SeekPoint;
use kafkascope::lab::Timeline;

use super::support::CONSUMER;
use super::support::PRODUCER;
use super::support::at;
use super::support::bytes;
use super::support::cluster;
use super::support::cluster_of;
use super::support::consumer;
use super::support::count;
use super::support::leader;
use super::support::lost;
use super::support::producer;
use super::support::replica;
use super::support::run;

fn consumed(timeline: &Timeline) -> u64 {
    timeline.world().node(CONSUMER).unwrap().as_consumer().unwrap().application().records
}

fn acked(timeline: &Timeline) -> u64 {
    timeline.world().node(PRODUCER).unwrap().as_producer().unwrap().delivery().acked
}

/// How the admin client's last request ended.
fn answer(timeline: &Timeline) -> Option<ErrorCode> {
    let admin = timeline.world().node(ADMIN).unwrap().as_admin().unwrap();
    admin.results().last().expect("the admin client has an answer").error
}

fn log_file(partition: i32) -> String {
    format!("orders-{partition}/00000000000000000000.log")
}

fn end(timeline: &Timeline, broker: NodeId) -> Offset {
    replica(timeline, broker, 0).unwrap().log().unwrap().log_end_offset()
}

#[test]
fn without_power_a_broker_loses_its_tail_and_takes_it_from_the_leader_again() {
    let mut timeline = cluster(1, &[]);
    let first = leader(&timeline, 0).unwrap();
    let other = NodeId(1 + first.0 % 3);
    producer(&mut timeline, 100, &[]);
    run(&mut timeline, 3_000);
    let before = end(&timeline, other);
    let written = bytes(&timeline, other, 0).len() as u64;
    timeline.act(Act::PowerOff { node: other }).unwrap();
    let kept = timeline.world().machine(other).unwrap().disk.file(&log_file(0)).unwrap().len();
    assert!(kept < written && kept.is_multiple_of(512), "{kept} of {written} bytes had reached the device");
    run(&mut timeline, 1_000);
    timeline.act(Act::Restart { node: other }).unwrap();
    run(&mut timeline, 15_000);
    timeline.act(Act::SetRate { node: PRODUCER, rate: 0 }).unwrap();
    run(&mut timeline, 2_000);
    assert!(end(&timeline, other) > before);
    assert_eq!(bytes(&timeline, other, 0), bytes(&timeline, first, 0));
    assert_eq!(lost(&timeline, 0), Vec::<Offset>::new());
    assert!(count(&timeline, |kind| matches!(kind, Kind::IsrGrew { back, .. } if *back == other)) > 0);
}

#[test]
fn traffic_goes_on_without_the_controller_and_metadata_stand_still() {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 100, &[]);
    consumer(&mut timeline);
    run(&mut timeline, 2_000);
    timeline.act(Act::Crash { node: CONTROLLER }).unwrap();
    let before = (acked(&timeline), consumed(&timeline));
    run(&mut timeline, 20_000);
    assert!(acked(&timeline) > before.0 + 1_900 && consumed(&timeline) > before.1 + 1_900);
    let leaders = count(&timeline, |kind| matches!(kind, Kind::LeaderChanged { .. }));
    timeline.act(Act::Restart { node: CONTROLLER }).unwrap();
    run(&mut timeline, 15_000);
    assert_eq!(
        count(&timeline, |kind| matches!(kind, Kind::LeaderChanged { .. })),
        leaders,
        "its log was read back"
    );
    timeline
        .act(Act::CreateTopic {
            name: name("new"),
            partitions: 1,
            replication: 3,
            configs: Default::default(),
        })
        .unwrap();
    run(&mut timeline, 2_000);
    assert_eq!(answer(&timeline), None);
}

#[test]
fn a_broker_that_is_removed_leaves_in_good_order_and_its_replicas_stay_its_own() {
    let mut timeline = cluster(3, &[]);
    producer(&mut timeline, 100, &[]);
    run(&mut timeline, 2_000);
    timeline.act(Act::RemoveBroker { node: NodeId(2) }).unwrap();
    run(&mut timeline, 5_000);
    assert!(timeline.world().node(NodeId(2)).is_none(), "the process has ended");
    let controller = timeline.world().node(CONTROLLER).unwrap().as_controller().unwrap();
    for number in 0..3 {
        let partition = controller.image().partition(&at(number)).unwrap();
        assert!(partition.leader.is_some_and(|leader| leader != NodeId(2)));
        assert_eq!((partition.replicas.len(), partition.isr.len()), (3, 2));
    }
    let failed = timeline.world().node(PRODUCER).unwrap().as_producer().unwrap().delivery().failed_total();
    assert_eq!(failed, 0);
}

#[test]
fn a_flipped_bit_is_found_by_whoever_checks_the_bytes() {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 100, &[]);
    run(&mut timeline, 2_000);
    let first = leader(&timeline, 0).unwrap();
    timeline.act(Act::FlipBit { node: first, path: log_file(0), byte: 90, bit: 3 }).unwrap();
    consumer(&mut timeline);
    run(&mut timeline, 3_000);
    assert_eq!(consumed(&timeline), 0, "the first batch is corrupt");
    timeline.act(Act::Crash { node: first }).unwrap();
    run(&mut timeline, 12_000);
    assert_eq!(consumed(&timeline), 0, "its application was told and has to act");
    let to = SeekPoint::Beginning;
    timeline.act(Act::Seek { node: CONSUMER, topic: name("orders"), partition: 0, to }).unwrap();
    run(&mut timeline, 2_000);
    assert!(consumed(&timeline) > 500, "the next leader's bytes are good");
    timeline.act(Act::Restart { node: first }).unwrap();
    run(&mut timeline, 10_000);
    timeline.act(Act::SetRate { node: PRODUCER, rate: 0 }).unwrap();
    run(&mut timeline, 2_000);
    let second = leader(&timeline, 0).unwrap();
    assert_eq!(
        bytes(&timeline, first, 0),
        bytes(&timeline, second, 0),
        "recovery cut the log before the bad batch"
    );
}

#[test]
fn a_broken_disk_takes_its_broker_out_and_the_others_go_on() {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 100, &[]);
    run(&mut timeline, 2_000);
    let first = leader(&timeline, 0).unwrap();
    timeline.act(Act::SetDisk { node: first, slow: 1, full: false, broken: true }).unwrap();
    run(&mut timeline, 15_000);
    assert_ne!(leader(&timeline, 0), Some(first));
    let before = acked(&timeline);
    run(&mut timeline, 2_000);
    assert!(acked(&timeline) > before + 150);
    assert_eq!(lost(&timeline, 0), Vec::<Offset>::new());
}

#[test]
fn fewer_partitions_are_refused_with_kafkas_error() {
    let mut timeline = cluster(3, &[]);
    timeline.act(Act::AddPartitions { topic: name("orders"), total: 2 }).unwrap();
    run(&mut timeline, 1_000);
    assert_eq!(answer(&timeline), Some(ErrorCode::InvalidPartitions));
    timeline.act(Act::AddPartitions { topic: name("orders"), total: 4 }).unwrap();
    run(&mut timeline, 1_000);
    assert_eq!(answer(&timeline), None);
    assert!(leader(&timeline, 3).is_some());
    timeline.act(Act::DeleteTopic { name: name("orders") }).unwrap();
    run(&mut timeline, 1_000);
    assert_eq!(count(&timeline, |kind| matches!(kind, Kind::TopicDeleted { .. })), 1);
}

/// How many partitions `orders` has some seconds after it was deleted under a producer.
fn partitions_after_a_deletion(broker: &[(&str, &str)]) -> usize {
    let mut timeline = cluster_of(broker, 2, &[]);
    producer(&mut timeline, 10, &[]);
    run(&mut timeline, 1_000);
    timeline.act(Act::DeleteTopic { name: name("orders") }).unwrap();
    run(&mut timeline, 5_000);
    (0..2).filter(|partition| leader(&timeline, *partition).is_some()).count()
}

#[test]
fn a_producer_brings_a_deleted_topic_back_unless_brokers_forbid_it() {
    assert_eq!(partitions_after_a_deletion(&[]), 1, "made anew with num.partitions = 1");
    assert_eq!(partitions_after_a_deletion(&[("auto.create.topics.enable", "false")]), 0);
}

#[test]
fn old_segments_go_by_retention() {
    let broker = [("log.retention.check.interval.ms", "2000"), ("log.initial.task.delay.ms", "1000")];
    let mut timeline = cluster_of(&broker, 1, &[("segment.bytes", "1000"), ("retention.bytes", "3000")]);
    producer(&mut timeline, 50, &[]);
    run(&mut timeline, 6_000);
    let deleted = count(&timeline, |kind| matches!(kind, Kind::SegmentDeleted { .. }));
    assert!(deleted > 15, "{deleted} segments were deleted");
    assert!(count(&timeline, |kind| matches!(kind, Kind::LogStart { .. })) >= 3);
}

#[test]
fn a_dropped_csv_becomes_records_once_and_can_be_cancelled() {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 0, &[]);
    consumer(&mut timeline);
    let rows: String = (0..5_000).map(|row| format!("{row},customer-{},{}\n", row % 7, row * 3)).collect();
    let blob = timeline.keep_blob(Bytes::from(format!("id,customer,amount\n{rows}")));
    let format = FeedFormat::Csv { header: true, key_column: Some(1) };
    let feed = |rate| Act::Feed { node: PRODUCER, topic: name("orders"), blob, format: format.clone(), rate };
    timeline.act(feed(0)).unwrap();
    run(&mut timeline, 5_000);
    assert_eq!((acked(&timeline), consumed(&timeline)), (5_000, 5_000));

    timeline.act(feed(1_000)).unwrap();
    run(&mut timeline, 1_000);
    timeline.act(Act::CancelFeed { node: PRODUCER }).unwrap();
    run(&mut timeline, 2_000);
    assert!((5_500..7_000).contains(&acked(&timeline)), "{} records", acked(&timeline));

    let bad = timeline.keep_blob(Bytes::from_static(b"a,b\nc\n"));
    let refused =
        timeline.act(Act::Feed { node: PRODUCER, topic: name("orders"), blob: bad, format, rate: 0 });
    assert!(refused.unwrap_err().to_string().starts_with("line "));
    let recording = timeline.recording();
    let again = kafkascope::lab::Recording::from_file(&recording.to_file()).unwrap();
    let mut again = Timeline::open(&again);
    again.seek(recording.moment);
    assert_eq!(Some(again.digest()), recording.digest, "the file carries what was dropped");
}
