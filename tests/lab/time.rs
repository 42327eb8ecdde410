use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::lab::Act;
use kafkascope::lab::Genesis;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::Progress;
use kafkascope::lab::Timeline;

use super::support::cluster;
use super::support::configs;
use super::support::producer;
use super::support::run;
use super::support::workload;

const CONSUMER: NodeId = NodeId(20_001);

fn with_a_consumer() -> Timeline {
    let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 42 });
    let partition = TopicPartition::new(&name("orders"), 0);
    let act = Act::AddConsumer(NewConsumer { partitions: vec![partition], ..NewConsumer::default() });
    timeline.act(act).unwrap();
    timeline
}

#[test]
fn an_act_that_cannot_be_done_is_refused_and_changes_nothing() {
    let mut timeline = with_a_consumer();
    let before = timeline.world().clone();
    for (act, complaint) in [
        (Act::Crash { node: NodeId(7) }, "there is no node 7: this world has 3000, 20001, 30000"),
        (Act::Restart { node: CONSUMER }, "node 20001 is running: crash it or switch it off first"),
        (
            Act::Cut { from: CONSUMER, to: CONSUMER, both: true },
            "node 20001 has no link to itself: name two nodes",
        ),
        (
            Act::Hold { from: CONSUMER, to: NodeId(30_000), api: Some("Fetsch".into()) },
            "no API is called \"Fetsch\": try Produce or Fetch",
        ),
        (
            Act::SetClientConfig {
                node: CONSUMER,
                config: "fetch.min.bytes".into(),
                value: Some("-1".into()),
            },
            "INVALID_CONFIG: ConfigException: Invalid value -1 for configuration fetch.min.bytes: Value must be at least 0",
        ),
    ] {
        assert_eq!(timeline.act(act).unwrap_err().to_string(), complaint);
    }
    assert_eq!(timeline.world(), &before);
    assert!(timeline.branch().acts.len() == 1 && timeline.branches().len() == 1);
}

#[test]
fn acting_in_the_past_forks_and_both_futures_are_kept() {
    let mut timeline = with_a_consumer();
    timeline.seek(Instant::from_millis(500));
    timeline.act(Act::Crash { node: CONSUMER }).unwrap();
    timeline.seek(Instant::from_millis(900));
    timeline.act(Act::Restart { node: CONSUMER }).unwrap();
    let first = timeline.digest();
    assert_eq!(timeline.branches().len(), 1);

    timeline.seek(Instant::from_millis(700));
    timeline.act(Act::PowerOff { node: CONSUMER }).unwrap();
    assert_eq!((timeline.branches().len(), timeline.current()), (2, 1));
    assert_eq!(timeline.branch().acts.len(), 3);

    timeline.switch(0);
    assert_eq!(timeline.play_to(Instant::from_millis(900), u64::MAX), Progress::Reached);
    assert_eq!(timeline.digest(), first);
    assert!(timeline.world().machine(CONSUMER).unwrap().is_running());
}

#[test]
fn steps_back_undo_steps_forward() {
    let mut timeline = with_a_consumer();
    timeline.seek(Instant::from_millis(300));
    timeline.act(Act::Crash { node: CONSUMER }).unwrap();
    timeline.act(Act::Restart { node: CONSUMER }).unwrap();
    timeline.seek(Instant::from_millis(0));
    let mut seen = vec![timeline.world().seq()];
    while timeline.world().acts_done() < 3 {
        assert!(timeline.step_forward());
        seen.push(timeline.world().seq());
    }
    while seen.pop().is_some_and(|seq| seq == timeline.world().seq()) && !seen.is_empty() {
        assert!(timeline.step_back());
    }
    assert!(seen.is_empty(), "{seen:?}");
}

#[test]
fn what_is_let_go_is_out_of_reach_and_the_rest_is_as_it_was() {
    let mut timeline = cluster(3, &[]);
    producer(&mut timeline, 400, &[]);
    run(&mut timeline, 20_000);
    let (end, events, before) = (timeline.now(), timeline.journal().len(), timeline.memory());
    let kept = timeline.clone();
    assert!(timeline.let_older_half_go());

    let begin = timeline.begin();
    assert!(begin > Instant::ZERO && begin < end);
    let after = timeline.memory();
    assert!(
        after.journal * 10 < before.journal * 6 && after.keyframes * 10 < before.keyframes * 6,
        "{after:?}"
    );
    assert_eq!((timeline.now(), timeline.journal().len()), (end, events), "the playhead stays");
    let recording = timeline.recording();
    assert_eq!(recording.to_link(), kept.recording().to_link(), "a link tells the whole world");

    timeline.seek(Instant::from_millis(1));
    assert_eq!(timeline.now(), begin);
    assert!(!timeline.step_back() && timeline.step_forward());
    timeline.act(Act::AddProducer { id: None, workload: workload(1), configs: configs(&[]) }).unwrap();
    assert_eq!(timeline.branches().len(), 2);
    assert!(!timeline.let_older_half_go(), "another branch is the reader's to drop");
    timeline.switch(0);
    timeline.seek(end);
    assert_eq!(Some(timeline.digest()), recording.digest);

    timeline.drop_other_branches();
    while timeline.let_older_half_go() {}
    assert!(timeline.begin() < end, "something to go back to is always left");
    run(&mut timeline, 1_000);
    let mut whole = kept;
    run(&mut whole, 1_000);
    assert_eq!(timeline.digest(), whole.digest());
}
