//! A cluster with clients: what a new reader plays through.

use std::collections::BTreeMap;

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::name;
use kafkascope::lab::Act;
use kafkascope::lab::Kind;
use kafkascope::lab::transcript::state_text;

use super::support::CONSUMER;
use super::support::PRODUCER;
use super::support::bytes;
use super::support::cluster;
use super::support::consumer;
use super::support::count;
use super::support::leader;
use super::support::lost;
use super::support::producer;
use super::support::run;

#[test]
fn records_travel_from_producer_to_three_replicas_and_to_the_consumer() {
    let mut timeline = cluster(3, &[("segment.bytes", "2000"), ("index.interval.bytes", "100")]);
    producer(&mut timeline, 100, &[]);
    consumer(&mut timeline);
    run(&mut timeline, 5_000);
    timeline.act(Act::SetRate { node: PRODUCER, rate: 0 }).unwrap();
    run(&mut timeline, 2_000);
    let delivery = timeline.world().node(PRODUCER).unwrap().as_producer().unwrap().delivery();
    assert!(delivery.sent > 450, "{} sent", delivery.sent);
    assert_eq!((delivery.acked, delivery.failed_total()), (delivery.sent, 0));
    let consumer = timeline.world().node(CONSUMER).unwrap().as_consumer().unwrap();
    assert_eq!(consumer.application().records, delivery.sent);
    for partition in 0..3 {
        let copies: Vec<_> = (1..=3).map(|broker| bytes(&timeline, NodeId(broker), partition)).collect();
        assert!(copies[0].len() > 2_000 && copies[0] == copies[1] && copies[1] == copies[2]);
    }
    assert!(
        count(&timeline, |kind| matches!(kind, Kind::Rolled { .. })) > 9,
        "segments roll on three brokers"
    );
    assert!(count(&timeline, |kind| matches!(kind, Kind::HighWatermark { .. })) > 9);
    assert!(count(&timeline, |kind| matches!(kind, Kind::Consumed { .. })) > 3);
}

/// The reader's path: with acks=1 a leader that followers cannot fetch from acknowledges records that die with it.
#[test]
fn a_crashed_leader_takes_acknowledged_records_with_it_unless_all_must_have_them() {
    let mut timeline = cluster(1, &[]);
    let old = leader(&timeline, 0).unwrap();
    let followers: Vec<NodeId> = (1..=3).map(NodeId).filter(|id| *id != old).collect();
    producer(&mut timeline, 100, &[("acks", "1"), ("enable.idempotence", "false")]);
    run(&mut timeline, 2_000);
    let fork_at = timeline.now();
    for from in &followers {
        timeline.act(Act::Hold { from: *from, to: old, api: Some("Fetch".into()) }).unwrap();
    }
    run(&mut timeline, 1_000);
    assert_eq!(lost(&timeline, 0), Vec::<Offset>::new());
    timeline.act(Act::Crash { node: old }).unwrap();
    run(&mut timeline, 12_000);
    let new = leader(&timeline, 0).expect("a new leader after the session ended");
    assert_ne!(new, old);
    timeline.act(Act::SetRate { node: PRODUCER, rate: 0 }).unwrap();
    for from in &followers {
        timeline.act(Act::Release { from: *from, to: old }).unwrap();
    }
    timeline.act(Act::Restart { node: old }).unwrap();
    run(&mut timeline, 10_000);
    let gone = lost(&timeline, 0);
    assert!(gone.len() > 50, "{gone:?}");
    assert!(gone.windows(2).all(|pair| pair[0] + 1 == pair[1]), "they are the tail of the old leader");
    let cut = timeline.journal().iter_from(1).find_map(|(_, entry)| match entry.kind {
        Kind::Truncated { from, to, .. } if entry.node == old => Some((from, to)),
        _ => None,
    });
    let (_, to) = cut.expect("the old leader's tail is cut");
    assert_eq!(gone[0], to, "at the boundary of the epoch");
    assert_eq!(bytes(&timeline, old, 0), bytes(&timeline, new, 0));

    // Back before the crash, and another future.
    timeline.seek(fork_at);
    for (config, value) in [("acks", "all"), ("enable.idempotence", "true")] {
        let value = Some(value.to_owned());
        timeline.act(Act::SetClientConfig { node: PRODUCER, config: config.into(), value }).unwrap();
    }
    let value = Some("2".to_owned());
    let act = Act::SetTopicConfig { topic: name("orders"), config: "min.insync.replicas".into(), value };
    timeline.act(act).unwrap();
    run(&mut timeline, 1_000);
    for from in &followers {
        timeline.act(Act::Hold { from: *from, to: old, api: Some("Fetch".into()) }).unwrap();
    }
    run(&mut timeline, 1_000);
    timeline.act(Act::Crash { node: old }).unwrap();
    run(&mut timeline, 12_000);
    for from in &followers {
        timeline.act(Act::Release { from: *from, to: old }).unwrap();
    }
    timeline.act(Act::Restart { node: old }).unwrap();
    run(&mut timeline, 10_000);
    assert_ne!(leader(&timeline, 0), Some(old));
    assert_eq!(lost(&timeline, 0), Vec::<Offset>::new());
    assert_eq!(timeline.branches().len(), 2);
}

#[test]
fn the_digest_does_not_depend_on_how_the_run_is_sliced() {
    let played = |slice_us: u64| {
        let mut timeline = cluster(2, &[("segment.bytes", "3000")]);
        producer(&mut timeline, 200, &[]);
        consumer(&mut timeline);
        let end = timeline.now() + Duration::from_millis(1_500);
        while timeline.now() < end {
            timeline.play_to(end.min(timeline.now() + Duration::from_micros(slice_us)), 7);
        }
        timeline
    };
    let (whole, sliced) = (played(10_000_000), played(977));
    assert_eq!(whole.digest(), sliced.digest());
    assert_eq!(whole.journal(), sliced.journal());
    assert_eq!(whole.world(), sliced.world());
}

#[test]
fn seeking_finds_the_world_that_playing_found() {
    let mut timeline = cluster(1, &[("segment.bytes", "3000")]);
    producer(&mut timeline, 300, &[]);
    consumer(&mut timeline);
    let mut seen = BTreeMap::new();
    for _ in 0..12 {
        run(&mut timeline, 500);
        seen.insert(timeline.now(), (timeline.digest(), timeline.world().clone()));
    }
    assert!(timeline.world().seq() > 10_000, "{} entries", timeline.world().seq());
    for (moment, (digest, world)) in seen.iter().rev() {
        timeline.seek(*moment);
        assert_eq!(timeline.digest(), *digest, "at {moment}");
        assert_eq!(timeline.world(), world, "at {moment}\n{}", state_text(world));
    }
    timeline.seek(Instant::from_millis(2_000));
    let start = timeline.world().seq();
    for _ in 0..50 {
        assert!(timeline.step_back());
        assert!(timeline.replayed() <= 4_000);
    }
    while timeline.world().seq() < start {
        assert!(timeline.step_forward());
    }
    assert_eq!(timeline.world().seq(), start);
}
