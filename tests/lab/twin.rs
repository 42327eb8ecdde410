//! Two worlds that differ in one thing, on one clock.

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::name;
use kafkascope::lab::Act;
use kafkascope::lab::Kind;
use kafkascope::lab::Progress;
use kafkascope::lab::Side;
use kafkascope::lab::Timeline;
use kafkascope::lab::Twin;
use kafkascope::view::Outcome;
use kafkascope::view::Outcomes;

use super::support::PRODUCER;
use super::support::cluster;
use super::support::consumer;
use super::support::leader;
use super::support::lost;
use super::support::producer;
use super::support::run;

/// A cluster that is written to with `acks=1`, and read.
fn world() -> Timeline {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 100, &[("acks", "1"), ("enable.idempotence", "false")]);
    consumer(&mut timeline);
    run(&mut timeline, 2_000);
    timeline
}

fn acks_all() -> [Act; 2] {
    let set = |config: &str, value: &str| (config.to_owned(), Some(value.to_owned()));
    let (config, value) = set("min.insync.replicas", "2");
    let topic = Act::SetTopicConfig { topic: name("orders"), config, value };
    let (config, value) = set("acks", "all");
    [topic, Act::SetClientConfig { node: PRODUCER, config, value }]
}

fn pass(twin: &mut Twin, timeline: &mut Timeline, ms: u64) {
    let until = timeline.now() + Duration::from_millis(ms);
    while twin.play_to(timeline, until, 300) == Progress::More {}
    let moments = Side::BOTH.map(|side| twin.world(timeline, side).now());
    assert_eq!(moments, [until; 2], "one clock");
}

/// The followers' fetches are held up, and then the leader dies.
fn crash(twin: &mut Twin, timeline: &mut Timeline) {
    let first = leader(timeline, 0).unwrap();
    for node in [1, 2, 3].map(NodeId).into_iter().filter(|node| *node != first) {
        let hold = Act::Hold { from: node, to: first, api: Some("Fetch".into()) };
        twin.act(timeline, &hold, true).unwrap();
    }
    pass(twin, timeline, 700);
    twin.act(timeline, &Act::Crash { node: first }, true).unwrap();
    pass(twin, timeline, 15_000);
}

fn lost_in(twin: &mut Twin, timeline: &mut Timeline, side: Side) -> Vec<Offset> {
    twin.choose(timeline, side);
    lost(timeline, 0)
}

#[test]
fn with_acks_1_a_crash_takes_what_was_promised_and_with_acks_all_it_does_not() {
    let mut timeline = world();
    let parted = timeline.now();
    let mut twin = Twin::begin(&mut timeline, &acks_all()).unwrap();
    let mut outcomes = Outcomes::begin(&twin, &timeline);
    assert_eq!(twin.change(&timeline).count(), 2);
    crash(&mut twin, &mut timeline);
    let lost = Side::BOTH.map(|side| lost_in(&mut twin, &mut timeline, side).len());
    assert!(lost[0] > 20 && lost[1] == 0, "{lost:?} records were lost");
    let [a, b] = outcomes.count(&twin, &timeline).unwrap();
    assert_eq!([a.lost as usize, b.lost as usize], lost);
    assert_eq!((a.failed, b.failed), (0, 0));
    assert!(a.acked > 1_000 && b.acked > 1_000, "{a:?} {b:?}");
    assert_eq!((b.duplicated, b.read), (0, b.stored), "{b:?}");
    let delays = [a, b].map(|side| side.delay.unwrap());
    assert!(delays[1].p99_ms > 700, "what waited for the next leader is late: {delays:?}");
    let difference = twin.difference(&timeline).expect("they differ");
    assert!(difference.at >= parted && difference.at < parted + Duration::from_millis(100), "{difference:?}");
    assert_eq!(timeline.branches().len(), 2, "both are kept");
}

#[test]
fn without_a_change_two_worlds_never_differ() {
    let mut timeline = world();
    let mut twin = Twin::begin(&mut timeline, &[]).unwrap();
    crash(&mut twin, &mut timeline);
    assert_eq!(twin.difference(&timeline), None);
    let [a, b] = Side::BOTH.map(|side| twin.world(&timeline, side).digest());
    assert_eq!(a, b);
}

#[test]
fn it_does_not_matter_how_two_worlds_are_sliced_or_which_is_looked_at() {
    let end = |slice: u64, looked_at: Side| {
        let mut timeline = world();
        let mut twin = Twin::begin(&mut timeline, &acks_all()).unwrap();
        twin.choose(&mut timeline, looked_at);
        let until = timeline.now() + Duration::from_millis(900);
        let mut difference = None;
        while twin.play_to(&mut timeline, until, slice) == Progress::More {
            difference = twin.difference(&timeline);
        }
        (difference, Side::BOTH.map(|side| twin.world(&timeline, side).digest()))
    };
    let whole = end(u64::MAX, Side::B);
    assert_eq!(end(7, Side::B).1, whole.1);
    let (difference, digests) = end(100, Side::A);
    assert_eq!(digests, whole.1);
    assert!(difference.is_some());
}

#[test]
fn what_was_done_later_is_done_in_both() {
    let mut timeline = world();
    let parted = timeline.now();
    run(&mut timeline, 500);
    let first = leader(&timeline, 0).unwrap();
    timeline.act(Act::Crash { node: first }).unwrap();
    run(&mut timeline, 500);
    timeline.seek(parted);
    let mut twin = Twin::begin(&mut timeline, &acks_all()).unwrap();
    pass(&mut twin, &mut timeline, 1_000);
    for side in Side::BOTH {
        let crashed = twin.journal(&timeline, side).iter_from(1).find(|(_, e)| e.kind == Kind::Crashed);
        let (_, entry) = crashed.expect("the leader crashes in both worlds");
        assert_eq!((entry.at, entry.node), (parted + Duration::from_millis(500), first));
    }
}

#[test]
fn going_back_and_forth_shows_the_same_two_worlds() {
    let mut timeline = world();
    let parted = timeline.now();
    let mut twin = Twin::begin(&mut timeline, &acks_all()).unwrap();
    pass(&mut twin, &mut timeline, 1_000);
    let there = timeline.now();
    let digests = Side::BOTH.map(|side| twin.world(&timeline, side).digest());
    let difference = twin.difference(&timeline);
    twin.seek(&mut timeline, parted + Duration::from_millis(300));
    pass(&mut twin, &mut timeline, 700);
    assert_eq!(timeline.now(), there);
    assert_eq!(Side::BOTH.map(|side| twin.world(&timeline, side).digest()), digests);
    assert_eq!(twin.difference(&timeline), difference);

    twin.seek(&mut timeline, Instant::ZERO);
    let refused = twin.act(&mut timeline, &Act::Crash { node: NodeId(1) }, true).unwrap_err();
    assert!(refused.to_string().contains("the two worlds part at"), "{refused}");
}

#[test]
fn an_act_that_one_world_refuses_is_done_in_neither() {
    let mut timeline = world();
    let mut twin = Twin::begin(&mut timeline, &[Act::Crash { node: NodeId(1) }]).unwrap();
    let restart = Act::Restart { node: NodeId(1) };
    let refused = twin.act(&mut timeline, &restart, true).unwrap_err();
    assert!(refused.to_string().starts_with("in world A: node 1 is running"), "{refused}");
    assert!(twin.world(&timeline, Side::B).node(NodeId(1)).is_none());
    twin.act(&mut timeline, &restart, false).unwrap();
    assert!(twin.world(&timeline, Side::B).node(NodeId(1)).is_some());
    let branches = timeline.branches().len();
    assert!(Twin::begin(&mut timeline, &[Act::Restart { node: NodeId(1) }]).is_err());
    assert_eq!(timeline.branches().len(), branches, "nothing is left of what was refused");
}

#[test]
fn a_lost_answer_makes_a_duplicate_unless_the_producer_is_idempotent() {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 100, &[("enable.idempotence", "false"), ("request.timeout.ms", "1000")]);
    run(&mut timeline, 1_000);
    let (config, value) = ("enable.idempotence".to_owned(), Some("true".to_owned()));
    let idempotent = Act::SetClientConfig { node: PRODUCER, config, value };
    let mut twin = Twin::begin(&mut timeline, &[idempotent]).unwrap();
    let mut outcomes = Outcomes::begin(&twin, &timeline);
    pass(&mut twin, &mut timeline, 1_000);
    let from = leader(&timeline, 0).unwrap();
    twin.act(&mut timeline, &Act::DropNext { from, to: PRODUCER, api: Some("Produce".into()) }, true)
        .unwrap();
    pass(&mut twin, &mut timeline, 5_000);
    let [a, b] = outcomes.count(&twin, &timeline).unwrap();
    assert!(a.duplicated > 0 && b.duplicated == 0, "{a:?} {b:?}");
    assert_eq!(a.stored - a.duplicated, a.acked, "every record once, and some again");

    // Going back counts anew, and comes to the same.
    let there = timeline.now();
    twin.seek(&mut timeline, there - Duration::from_millis(3_000));
    assert!(outcomes.count(&twin, &timeline).unwrap()[0].acked < a.acked);
    twin.seek(&mut timeline, there);
    assert_eq!(outcomes.count(&twin, &timeline), Some([a, b]));
    twin.seek(&mut timeline, Instant::ZERO);
    assert_eq!(outcomes.count(&twin, &timeline), None);
}

#[test]
fn a_leader_that_is_restarted_has_lost_nothing_whatever_epoch_its_producer_knows() {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 100, &[]);
    consumer(&mut timeline);
    run(&mut timeline, 2_000);
    let mut outcome = Outcome::since(timeline.world(), timeline.journal());
    for _ in 0..3 {
        let node = leader(&timeline, 0).unwrap();
        timeline.act(Act::Crash { node }).unwrap();
        run(&mut timeline, 300);
        timeline.act(Act::Restart { node }).unwrap();
        run(&mut timeline, 12_000);
    }
    let counted = outcome.count(timeline.world(), timeline.journal());
    assert_eq!((counted.lost, counted.read_again), (0, 0), "{counted:?}");
    assert!(counted.acked > 3_000, "{counted:?}");
}
