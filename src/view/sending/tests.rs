//! Stories of one producer: what it says of itself when asked why.

use super::*;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::name;
use crate::kafka::client::producer::Chosen;
use crate::kafka::client::producer::Workload;
use crate::lab::Act;
use crate::lab::Configs;
use crate::lab::Genesis;
use crate::lab::Kind;
use crate::lab::Timeline;
use crate::view::Language;
use crate::view::Past;
use crate::view::Why;

const BROKER: NodeId = NodeId(1);
const PRODUCER: NodeId = NodeId(10_001);

fn configs(pairs: &[(&str, &str)]) -> Configs {
    pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect()
}

/// One broker, a topic `orders`, and a producer that has its id and sends what it is told to.
fn world(partitions: i32, producer: &[(&str, &str)]) -> Timeline {
    let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 42 });
    timeline.act(Act::AddBroker { id: None, rack: None, configs: Configs::new() }).unwrap();
    run(&mut timeline, 1_000);
    let topic =
        Act::CreateTopic { name: name("orders"), partitions, replication: 1, configs: Configs::new() };
    timeline.act(topic).unwrap();
    run(&mut timeline, 500);
    let workload = Workload::new(&name("orders"), 0);
    timeline.act(Act::AddProducer { id: None, workload, configs: configs(producer) }).unwrap();
    run(&mut timeline, 500);
    send(&mut timeline, Some(0), None, "first");
    run(&mut timeline, 1_500);
    timeline
}

fn run(timeline: &mut Timeline, ms: u64) {
    timeline.seek(timeline.now() + Duration::from_millis(ms));
}

fn send(timeline: &mut Timeline, partition: Option<i32>, key: Option<&str>, value: &str) {
    let act = Act::Produce {
        node: PRODUCER,
        topic: None,
        partition,
        key: key.map(str::to_owned),
        value: Some(value.to_owned()),
    };
    timeline.act(act).unwrap();
}

fn hold(timeline: &mut Timeline) {
    timeline.act(Act::Hold { from: PRODUCER, to: BROKER, api: Some("Produce".into()) }).unwrap();
}

fn view(timeline: &Timeline) -> SendingView {
    SendingView::of(timeline.world(), PRODUCER).unwrap()
}

fn whys(timeline: &Timeline, about: &About) -> Vec<Why> {
    let past = Past { world: timeline.world(), journal: timeline.journal(), acts: &timeline.branch().acts };
    view(timeline).why(about, &past)
}

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new(&name("orders"), partition)
}

/// What a reader is told: question, sentence, the guard that decided, the config.
fn told(why: &Why, holds: bool) -> (String, String, Vec<String>, Option<String>) {
    let guards = why.guards.iter().filter(|guard| guard.holds == holds);
    (
        why.question.of(Language::En),
        why.sentence.of(Language::En),
        guards.map(|guard| format!("{}: {}", guard.what.of(Language::En), guard.value)).collect(),
        why.config.as_ref().map(|(name, value)| format!("{name}={value}")),
    )
}

#[test]
fn a_batch_that_lingered_is_sent_half_full_and_says_so_with_its_numbers() {
    let mut timeline = world(1, &[("linger.ms", "50"), ("batch.size", "1000")]);
    hold(&mut timeline);
    send(&mut timeline, Some(0), None, &"v".repeat(400));
    run(&mut timeline, 20);
    let seen = view(&timeline);
    assert_eq!(seen.deques[0].stands, Stands::Lingers { left_ms: 30 });
    let waits = told(&whys(&timeline, &About::Deque(orders(0)))[0], false);
    assert_eq!(waits.2, ["full, or linger.ms over: 470 / 1000 B · 20 / 50 ms"]);
    run(&mut timeline, 40);
    let seen = view(&timeline);
    let batch = &seen.brokers[0].slots[0].batches[0];
    let sent = &whys(&timeline, &About::Batch(batch.id))[0];
    let (question, sentence, guards, config) = told(sent, true);
    assert_eq!(question, "Why was this batch sent 47 % full?");
    assert!(sentence.starts_with("linger.ms was over"), "{sentence}");
    assert_eq!(guards, ["linger.ms over: 50 / 50 ms"]);
    assert_eq!(config.as_deref(), Some("linger.ms=50"));
    let entry = timeline.journal().get(sent.cause.unwrap()).unwrap();
    assert_eq!((entry.at, entry.node), (batch.drain.unwrap().at, PRODUCER), "the timer that let it go");
}

#[test]
fn a_batch_goes_along_when_another_partition_of_its_broker_is_ready() {
    let mut timeline = world(2, &[("linger.ms", "900"), ("batch.size", "300")]);
    hold(&mut timeline);
    send(&mut timeline, Some(1), None, "small");
    run(&mut timeline, 5);
    for _ in 0..2 {
        send(&mut timeline, Some(0), None, &"v".repeat(200));
    }
    run(&mut timeline, 5);
    let seen = view(&timeline);
    let carried = &seen.brokers[0].slots[0].batches;
    let small = carried.iter().find(|batch| batch.partition == orders(1)).expect("it went along");
    let (_, sentence, guards, _) = told(&whys(&timeline, &About::Batch(small.id))[0], true);
    assert!(sentence.starts_with("orders-0 was ready"), "{sentence}");
    assert_eq!(guards, ["its broker was ready: orders-0"]);
}

#[test]
fn send_blocks_when_the_memory_is_used_up_and_a_broker_is_away() {
    let small =
        [("linger.ms", "0"), ("batch.size", "300"), ("buffer.memory", "600"), ("max.block.ms", "2000")];
    let mut timeline = world(1, &small);
    assert!(told(&whys(&timeline, &About::Memory)[0], true).1.starts_with("No: a new batch takes 300 B"));
    timeline.act(Act::Crash { node: BROKER }).unwrap();
    for _ in 0..3 {
        send(&mut timeline, Some(0), None, &"v".repeat(200));
    }
    run(&mut timeline, 500);
    let why = &whys(&timeline, &About::Send)[0];
    let (question, sentence, guards, config) = told(why, false);
    assert_eq!(question, "Why does send() block?");
    assert!(sentence.contains("takes 300 B") && sentence.contains("600 stand in queues"), "{sentence}");
    assert_eq!(
        guards,
        ["enough memory is free: 0 / 300 B", "orders-0: its first batch may leave: broker 1 –"]
    );
    assert_eq!(config.as_deref(), Some("buffer.memory=600"));
    assert!(why.guards.iter().any(|guard| guard.value == "499 / 2000 ms"), "{why:?}");
    let head = &whys(&timeline, &About::Deque(orders(0)))[0];
    assert!(told(head, false).1.contains("no connection to broker 1"), "{head:?}");
    let lost = timeline.journal().get(head.cause.expect("the connection was lost")).unwrap();
    assert!(matches!(lost.kind, Kind::Disconnected { .. }), "{lost:?}");
    run(&mut timeline, 2_000);
    assert!(matches!(why.roots[..], [crate::view::Root::Act { .. }]), "the crash is at the root: {why:?}");
    let refused = view(&timeline).called[0].clone();
    assert_eq!(refused.result.as_ref().map_err(|error| error.as_ref()), Err("BufferExhaustedException"));
    let refused = told(&whys(&timeline, &About::Callback(refused.number))[0], false);
    assert_eq!(refused.3.as_deref(), Some("max.block.ms=2000"));
}

#[test]
fn send_blocks_for_a_topic_that_nobody_knows() {
    let mut timeline = world(1, &[("max.block.ms", "5000")]);
    timeline
        .act(Act::Produce {
            node: PRODUCER,
            topic: None,
            partition: Some(7),
            key: None,
            value: Some("lost".into()),
        })
        .unwrap();
    run(&mut timeline, 300);
    let why = told(&whys(&timeline, &About::Send)[0], false);
    assert_eq!(why.1, "The record asks for a partition that orders does not have.");
    assert_eq!(why.2, ["it has that partition: 7 < 1"]);
    assert_eq!(view(&timeline).blocked.unwrap().left_ms, Some(4_700));
}

#[test]
fn a_record_is_sent_again_after_a_timeout_and_expires_in_the_end() {
    let timeouts = [
        ("linger.ms", "0"),
        ("request.timeout.ms", "500"),
        ("delivery.timeout.ms", "1500"),
        ("retries", "9"),
    ];
    let mut timeline = world(1, &timeouts);
    hold(&mut timeline);
    send(&mut timeline, Some(0), None, "again");
    run(&mut timeline, 530);
    let seen = view(&timeline);
    let Stands::BacksOff { left_ms } = seen.deques[0].stands else { panic!("{:?}", seen.deques[0]) };
    assert!((1..=120).contains(&left_ms), "{left_ms}");
    run(&mut timeline, 300);
    let seen = view(&timeline);
    let batch = &seen.brokers[0].slots.iter().find(|slot| !slot.batches.is_empty()).unwrap().batches[0];
    assert_eq!(batch.attempts, 1);
    let whys_now = whys(&timeline, &About::Batch(batch.id));
    let again =
        whys_now.iter().find(|why| why.question.of(Language::En) == "Why was it sent again?").unwrap();
    let (_, sentence, guards, config) = told(again, true);
    assert!(sentence.starts_with("No answer came within request.timeout.ms = 500"), "{sentence}");
    assert!(guards.contains(&"the error may go away: REQUEST_TIMED_OUT".to_owned()), "{guards:?}");
    assert!(guards.contains(&"retries left: 1 / 9".to_owned()), "{guards:?}");
    assert_eq!(config.as_deref(), Some("request.timeout.ms=500"));
    let id = batch.id;
    run(&mut timeline, 1_000);
    let expired = &whys(&timeline, &About::Batch(id))[0];
    let (question, sentence, guards, config) = told(expired, false);
    assert_eq!(question, "Why did it expire?");
    assert!(sentence.contains("1500 ms after it was created"), "{sentence}");
    assert_eq!(guards[0], "younger than delivery.timeout.ms: 1500 / 1500 ms");
    assert_eq!(config.as_deref(), Some("delivery.timeout.ms=1500"));
}

#[test]
fn a_broken_connection_leaves_it_open_whether_the_record_was_written() {
    let mut timeline = world(1, &[("linger.ms", "0")]);
    hold(&mut timeline);
    send(&mut timeline, Some(0), None, "open");
    run(&mut timeline, 50);
    timeline.act(Act::Crash { node: BROKER }).unwrap();
    run(&mut timeline, 20);
    let batch = view(&timeline).deques[0].batches[0].id;
    let whys = whys(&timeline, &About::Batch(batch));
    let again = told(&whys[1], true);
    assert!(again.1.starts_with("The connection broke before the answer came"), "{again:?}");
    assert!(again.2.iter().any(|guard| guard.starts_with("its sequence betrays a repeat")), "{again:?}");
}

#[test]
fn a_partition_is_named_or_hashed_or_sticky() {
    let mut timeline = world(3, &[("linger.ms", "0")]);
    let mut chosen = |partition, key| {
        send(&mut timeline, partition, key, "v");
        run(&mut timeline, 50);
        let path = view(&timeline).path.unwrap();
        let why = whys(&timeline, &About::Send).pop().unwrap();
        (path.chosen, path.partition, told(&why, true).2)
    };
    assert_eq!(chosen(Some(1), Some("user-3")).0, Chosen::Explicit);
    let keyed = chosen(None, Some("user-3"));
    assert_eq!((keyed.0, keyed.1), (Chosen::Key, Some(2)), "murmur2 of user-3 in three partitions");
    assert!(keyed.2[0].ends_with(" % 3"), "{keyed:?}");
    let sticky = chosen(None, None);
    assert_eq!(sticky.0, Chosen::Sticky);
    assert!(sticky.2[0].starts_with("sticky partition"), "{sticky:?}");
}

#[test]
fn with_one_request_in_flight_the_next_batch_waits_for_the_answer() {
    let mut timeline = world(1, &[("linger.ms", "0"), ("max.in.flight.requests.per.connection", "1")]);
    hold(&mut timeline);
    for _ in 0..2 {
        send(&mut timeline, Some(0), None, "v");
        run(&mut timeline, 20);
    }
    let seen = view(&timeline);
    assert_eq!(seen.deques[0].stands, Stands::Muted);
    assert_eq!((seen.brokers[0].slots.len(), seen.pool.in_flight), (1, 16_384));
    let broker = told(&whys(&timeline, &About::Broker(1))[0], false);
    assert_eq!(broker.0, "Why does nothing more go to broker 1?");
    assert_eq!(broker.2, ["a slot is free: 1 / 1"]);
}

#[test]
fn the_memory_of_a_batch_is_free_again_when_its_callback_has_come() {
    let mut timeline = world(1, &[("linger.ms", "10")]);
    send(&mut timeline, Some(0), None, "v");
    run(&mut timeline, 5);
    let before = view(&timeline);
    assert_eq!((before.pool.queued, before.pool.total - before.pool.free), (16_384, 16_384));
    run(&mut timeline, 200);
    let after = view(&timeline);
    assert_eq!(after.pool.free, after.pool.total);
    assert_eq!(after.called[0].result, Ok(1), "the second record of the log");
    assert_eq!(after.counts.acked, 2);
    timeline.step_back();
    assert!(view(&timeline).called.len() <= after.called.len(), "going back in time takes callbacks back");
}
