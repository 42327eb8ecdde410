//! The calls with which a consumer's application asks for offsets.

use bytes::Bytes;
use expect_test::expect;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::consumer::Answered;
use kafkascope::kafka::client::consumer::Call;
use kafkascope::kafka::client::consumer::Consumer;
use kafkascope::kafka::protocol::Api;
use kafkascope::kafka::record::batches;
use kafkascope::lab::Act;
use kafkascope::lab::Genesis;
use kafkascope::lab::Kind;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::SeekPoint;
use kafkascope::lab::Timeline;
use kafkascope::lab::transcript::entry_line;

use super::support::CONSUMER;
use super::support::PRODUCER;
use super::support::at;
use super::support::bytes;
use super::support::configs;
use super::support::count;
use super::support::leader;
use super::support::producer;
use super::support::run;

/// Records in two partitions, one every 100 ms, and a consumer that has read them.
fn reader(profile: Profile, group: Option<&str>, pairs: &[(&str, &str)]) -> Timeline {
    let mut timeline = Timeline::new(Genesis { profile, seed: 42 });
    for _ in 0..3 {
        timeline.act(Act::AddBroker { id: None, rack: None, configs: configs(&[]) }).unwrap();
    }
    run(&mut timeline, 1_000);
    let create =
        Act::CreateTopic { name: name("orders"), partitions: 2, replication: 3, configs: configs(&[]) };
    timeline.act(create).unwrap();
    run(&mut timeline, 500);
    producer(&mut timeline, 10, &[("batch.size", "100")]);
    run(&mut timeline, 4_000);
    timeline.act(Act::SetRate { node: PRODUCER, rate: 0 }).unwrap();
    let mut all = configs(&[("auto.offset.reset", "earliest")]);
    all.extend(configs(pairs));
    let act = Act::AddConsumer(NewConsumer {
        topics: vec![name("orders")],
        group: group.map(name),
        configs: all,
        ..NewConsumer::default()
    });
    timeline.act(act).unwrap();
    run(&mut timeline, 9_000);
    timeline
}

fn consumer(timeline: &Timeline) -> &Consumer {
    timeline.world().node(CONSUMER).unwrap().as_consumer().unwrap()
}

fn call(timeline: &mut Timeline, call: Call, time: Option<i64>, ms: u64) -> Answered {
    let before = consumer(timeline).application().calls.ended();
    timeline.act(Act::Call { node: CONSUMER, call, time, partitions: Vec::new() }).unwrap();
    run(timeline, ms);
    let calls = &consumer(timeline).application().calls;
    assert_eq!(calls.ended(), before + 1, "{call:?} has ended");
    calls.answers().next_back().unwrap().clone()
}

fn offsets(answer: &Answered) -> Vec<Option<Offset>> {
    assert_eq!(answer.exception, None);
    answer.found.iter().map(|(_, found)| found.map(|found| found.offset)).collect()
}

fn end(timeline: &Timeline, partition: i32) -> Offset {
    let leader = leader(timeline, partition).unwrap();
    super::support::replica(timeline, leader, partition).unwrap().log().unwrap().log_end_offset()
}

/// The timestamp of each record of partition 0, from the leader's disk.
fn timestamps(timeline: &Timeline) -> Vec<i64> {
    let all = Bytes::from(bytes(timeline, leader(timeline, 0).unwrap(), 0));
    let records = batches(&all).flat_map(|batch| batch.unwrap().records().unwrap());
    records.map(|record| record.unwrap().timestamp).collect()
}

/// The lines of the transcript about the consumer's calls, from this entry on.
fn told(timeline: &Timeline, from: u64) -> Vec<String> {
    let of_client = timeline.journal().iter_from(from).filter(|(_, entry)| {
        entry.node == CONSUMER
            && match entry.kind {
                Kind::Sent { api, .. } | Kind::Received { api, .. } => api == Api::ListOffsets,
                Kind::Act { .. } | Kind::Told { .. } | Kind::Threw { .. } => true,
                _ => false,
            }
    });
    let names = timeline.world().names();
    let line = |(seq, entry)| entry_line(seq, entry, names, &timeline.branch().acts);
    of_client.map(line).map(|line| line.split_once("20001  ").unwrap().1.to_owned()).collect()
}

#[test]
fn an_application_asks_where_partitions_begin_and_end_and_what_is_committed() {
    for profile in [Profile::Classic, Profile::Modern] {
        let mut timeline = reader(profile, Some("readers"), &[]);
        let ends = [end(&timeline, 0), end(&timeline, 1)];
        assert!(ends[0] > 5 && ends[1] > 5, "{ends:?}");
        timeline.act(Act::DeleteRecords { topic: name("orders"), partition: 1, before: 3 }).unwrap();
        run(&mut timeline, 2_000);
        let beginning = call(&mut timeline, Call::BeginningOffsets, None, 500);
        assert_eq!(offsets(&beginning), [Some(0), Some(3)], "{profile}");
        let answer = call(&mut timeline, Call::EndOffsets, None, 500);
        assert_eq!(offsets(&answer), ends.map(Some), "{profile}");
        let answer = call(&mut timeline, Call::Committed, None, 500);
        assert_eq!(offsets(&answer), ends.map(Some), "{profile}");
        let told = |kind: &Kind| matches!(kind, Kind::Told { call: Call::Committed, .. });
        assert_eq!(count(&timeline, told), 2);
        assert!(consumer(&timeline).application().is_polling(), "it is back in poll()");
    }
}

#[test]
fn the_transcript_has_the_call_its_requests_and_what_it_returned() {
    let mut timeline = reader(Profile::Modern, None, &[]);
    let from = timeline.journal().len() + 1;
    let act = Act::Call { node: CONSUMER, call: Call::EndOffsets, time: None, partitions: vec![at(0)] };
    timeline.act(act).unwrap();
    run(&mut timeline, 100);
    let lines = told(&timeline, from);
    let lines = lines.iter().map(|line| line.split("  <-").next().unwrap().to_owned() + "\n");
    expect![[r"
        act Call(call:EndOffsets,node:20001,partitions:!((partition:0,topic:orders)))
        sends ListOffsets request to 1 #15 62 bytes
        takes ListOffsets response from 1 #15 51 bytes
        endOffsets() orders-0 20
    "]]
    .assert_eq(&lines.collect::<String>());
}

#[test]
fn a_time_finds_the_first_record_that_is_as_young_or_nothing() {
    for profile in [Profile::Classic, Profile::Modern] {
        let mut timeline = reader(profile, None, &[]);
        let times = timestamps(&timeline);
        let wanted = times[5] - 1;
        let first = times.iter().position(|time| *time >= wanted).unwrap();
        let answer = call(&mut timeline, Call::OffsetsForTimes, Some(wanted), 500);
        let found = answer.found[0].1.unwrap();
        assert_eq!((found.offset, found.timestamp), (first as Offset, times[first]), "{profile}");
        let answer = call(&mut timeline, Call::OffsetsForTimes, Some(times[times.len() - 1] + 60_000), 500);
        assert_eq!(offsets(&answer), [None, None], "{profile}: no record is that young");
    }
}

#[test]
fn a_seek_to_a_time_is_a_search_and_a_seek() {
    let mut timeline = reader(Profile::Modern, None, &[]);
    let times = timestamps(&timeline);
    let first = times.iter().position(|time| *time >= times[4]).unwrap();
    let before = consumer(&timeline).application().records;
    let to = SeekPoint::Timestamp(times[4]);
    timeline.act(Act::Seek { node: CONSUMER, topic: name("orders"), partition: 0, to }).unwrap();
    run(&mut timeline, 2_000);
    let again = consumer(&timeline).application().records - before;
    assert_eq!(again, (times.len() - first) as u64, "from that record on they come again");
    let spot_jumped = |kind: &Kind| matches!(kind, Kind::Jumped { to, .. } if *to == first as Offset);
    assert_eq!(count(&timeline, spot_jumped), 1);
}

#[test]
fn a_call_that_nobody_answers_throws_when_its_time_is_over_and_a_wakeup_ends_it_before() {
    let mut timeline =
        reader(Profile::Modern, None, &[("default.api.timeout.ms", "5000"), ("request.timeout.ms", "2000")]);
    for broker in timeline.world().brokers() {
        timeline.act(Act::Crash { node: broker }).unwrap();
    }
    let answer = call(&mut timeline, Call::BeginningOffsets, None, 6_000);
    assert_eq!(answer.exception.as_deref(), Some("TimeoutException"));
    assert_eq!(answer.at.as_millis() - answer.called.as_millis(), 5_000);
    let threw = |kind: &Kind| matches!(kind, Kind::Threw { .. });
    assert_eq!(count(&timeline, threw), 1);
    let act = Act::Call { node: CONSUMER, call: Call::EndOffsets, time: None, partitions: Vec::new() };
    timeline.act(act).unwrap();
    run(&mut timeline, 1_000);
    assert!(consumer(&timeline).application().is_calling());
    timeline.act(Act::Wakeup { node: CONSUMER }).unwrap();
    run(&mut timeline, 100);
    let last = consumer(&timeline).application().calls.answers().next_back().unwrap();
    assert_eq!(last.exception.as_deref(), Some("WakeupException"));
    assert!(consumer(&timeline).application().is_polling());
}

#[test]
fn subscribe_without_a_group_throws_and_changes_nothing() {
    for profile in [Profile::Classic, Profile::Modern] {
        let mut timeline = reader(profile, None, &[]);
        let before = consumer(&timeline).assigned().count();
        let from = timeline.journal().len() + 1;
        let act = Act::Subscribe { node: CONSUMER, topics: vec![name("orders")], pattern: None };
        timeline.act(act).unwrap();
        run(&mut timeline, 2_000);
        let lines = told(&timeline, from);
        assert!(lines[1].starts_with("subscribe() throws InvalidGroupIdException"), "{lines:?}");
        assert_eq!(consumer(&timeline).assigned().count(), before);
        assert!(!consumer(&timeline).spec().subscription.by_group());
    }
}

#[test]
fn a_call_waits_for_a_new_leader() {
    let mut timeline = reader(Profile::Modern, None, &[]);
    let first = leader(&timeline, 0).unwrap();
    timeline.act(Act::Crash { node: first }).unwrap();
    let answer = call(&mut timeline, Call::EndOffsets, None, 40_000);
    assert_ne!(leader(&timeline, 0), Some(first));
    assert_eq!(offsets(&answer), [0, 1].map(|partition| Some(end(&timeline, partition))));
}

#[test]
fn the_end_that_a_reader_of_committed_records_is_told_is_its_own() {
    let mut timeline = reader(Profile::Modern, None, &[("isolation.level", "read_committed")]);
    let answer = call(&mut timeline, Call::EndOffsets, None, 500);
    assert_eq!(offsets(&answer)[0], Some(end(&timeline, 0)));
}

#[test]
fn what_kafka_refuses_is_refused_by_its_name() {
    let mut timeline = reader(Profile::Modern, None, &[]);
    let mut refused = |call, time| {
        let act = Act::Call { node: CONSUMER, call, time, partitions: Vec::<TopicPartition>::new() };
        timeline.act(act).unwrap_err().to_string()
    };
    assert!(refused(Call::Committed, None).starts_with("InvalidGroupIdException"));
    assert!(refused(Call::OffsetsForTimes, Some(-1)).starts_with("IllegalArgumentException"));
    assert!(refused(Call::OffsetsForTimes, None).contains("give one"));
    let act = Act::Call { node: NodeId(1), call: Call::EndOffsets, time: None, partitions: Vec::new() };
    assert!(timeline.act(act).unwrap_err().to_string().contains("no consumer"));
}

/// What the group is told after the topic that it has read was deleted and made anew while nobody coordinated it.
fn committed_for_another_topic(profile: Profile) -> Vec<Option<Offset>> {
    let mut timeline = reader(profile, Some("readers"), &[]);
    timeline.act(Act::CloseConsumer { node: CONSUMER }).unwrap();
    run(&mut timeline, 2_000);
    let coordinator = timeline.world().brokers().into_iter().find(|id| {
        let broker = timeline.world().node(*id).and_then(|node| node.as_broker());
        broker.is_some_and(|it| it.coordinators().shards().any(|one| one.shard.group("readers").is_some()))
    });
    timeline.act(Act::Crash { node: coordinator.expect("somebody coordinates") }).unwrap();
    timeline.act(Act::DeleteTopic { name: name("orders") }).unwrap();
    run(&mut timeline, 1_000);
    let create =
        Act::CreateTopic { name: name("orders"), partitions: 2, replication: 2, configs: configs(&[]) };
    timeline.act(create).unwrap();
    run(&mut timeline, 30_000);
    timeline.act(Act::Restart { node: CONSUMER }).unwrap();
    run(&mut timeline, 1_000);
    let partitions = vec![at(0), at(1)];
    let ask = Act::Call { node: CONSUMER, call: Call::Committed, time: None, partitions };
    timeline.act(ask).unwrap();
    run(&mut timeline, 10_000);
    offsets(consumer(&timeline).application().calls.answers().next_back().expect("it has an answer"))
}

#[test]
fn what_was_committed_for_a_topic_is_nothing_to_another_one_of_that_name() {
    assert_eq!(committed_for_another_topic(Profile::Modern), [None, None], "topics have ids");
    assert!(committed_for_another_topic(Profile::Classic)[0].is_some(), "topics have names only");
}
