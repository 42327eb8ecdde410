//! Groups of consumers with real brokers: who reads what, and what a rebalance costs.

use std::collections::BTreeMap;
use std::fmt::Write;

use expect_test::expect;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::consumer::Commit;
use kafkascope::kafka::client::consumer::Consumer;
use kafkascope::kafka::client::consumer::Program;
use kafkascope::kafka::client::consumer::group::ListenerKind;
use kafkascope::kafka::client::errors::error_name;
use kafkascope::kafka::protocol::Api;
use kafkascope::lab::Act;
use kafkascope::lab::Kind;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::Timeline;

use super::support::PRODUCER;
use super::support::cluster;
use super::support::configs;
use super::support::member;
use super::support::producer;
use super::support::run;

const A: NodeId = NodeId(20_001);
const B: NodeId = NodeId(20_002);
const COOPERATIVE: (&str, &str) = ("partition.assignment.strategy", "cooperative-sticky");

fn consumer(timeline: &Timeline, node: NodeId) -> &Consumer {
    timeline.world().node(node).unwrap_or_else(|| panic!("{node} runs")).as_consumer().unwrap()
}

fn owned(timeline: &Timeline, node: NodeId) -> Vec<i32> {
    consumer(timeline, node).assigned().map(|(tp, _)| tp.partition).collect()
}

fn generation(timeline: &Timeline, node: NodeId) -> i32 {
    consumer(timeline, node).group().classic().generation().id
}

/// Partitions that the listener was told are revoked.
fn revoked(timeline: &Timeline, node: NodeId) -> usize {
    let calls = consumer(timeline, node).group().listener_calls();
    calls.filter(|call| call.kind == ListenerKind::Revoked).map(|call| call.partitions.len()).sum()
}

#[test]
fn members_share_the_partitions_and_take_over_those_of_who_goes() {
    let mut timeline = cluster(4, &[]);
    member(&mut timeline, None, &[], Program::default());
    run(&mut timeline, 5_000);
    assert_eq!(owned(&timeline, A), [0, 1, 2, 3]);
    member(&mut timeline, None, &[], Program::default());
    run(&mut timeline, 5_000);
    assert_eq!((owned(&timeline, A), owned(&timeline, B)), (vec![0, 1], vec![2, 3]));
    assert_eq!(generation(&timeline, A), generation(&timeline, B));
    timeline.act(Act::CloseConsumer { node: B }).unwrap();
    run(&mut timeline, 5_000);
    assert!(timeline.world().node(B).is_none(), "close() ends the process");
    assert_eq!(owned(&timeline, A), [0, 1, 2, 3]);
}

#[test]
fn a_crashed_member_is_missed_when_its_session_is_over() {
    let mut timeline = cluster(4, &[]);
    member(&mut timeline, None, &[], Program::default());
    member(&mut timeline, None, &[], Program::default());
    run(&mut timeline, 8_000);
    assert_eq!((owned(&timeline, A).len(), owned(&timeline, B).len()), (2, 2));
    timeline.act(Act::Crash { node: B }).unwrap();
    run(&mut timeline, 40_000);
    assert_eq!(owned(&timeline, A).len(), 2, "session.timeout.ms is 45 s");
    run(&mut timeline, 15_000);
    assert_eq!(owned(&timeline, A), [0, 1, 2, 3]);
}

#[test]
fn a_cooperative_rebalance_revokes_only_what_moves() {
    let cost = |pairs: &[(&str, &str)]| {
        let mut timeline = cluster(6, &[]);
        member(&mut timeline, None, pairs, Program::default());
        run(&mut timeline, 5_000);
        member(&mut timeline, None, pairs, Program::default());
        run(&mut timeline, 10_000);
        assert_eq!((owned(&timeline, A).len(), owned(&timeline, B).len()), (3, 3));
        (revoked(&timeline, A), generation(&timeline, A))
    };
    assert_eq!(cost(&[]), (6, 2), "eager: everything, in one rebalance");
    assert_eq!(cost(&[COOPERATIVE]), (3, 3), "cooperative: what moves, in two");
}

#[test]
fn a_static_member_that_restarts_within_its_session_makes_no_rebalance() {
    for (instances, same) in [([Some("a"), Some("b")], true), ([None, None], false)] {
        let mut timeline = cluster(4, &[]);
        for instance in instances {
            member(&mut timeline, instance, &[], Program::default());
        }
        run(&mut timeline, 8_000);
        let (before, had) = (generation(&timeline, A), owned(&timeline, B));
        timeline.act(Act::CloseConsumer { node: B }).unwrap();
        run(&mut timeline, 5_000);
        timeline.act(Act::Restart { node: B }).unwrap();
        run(&mut timeline, 10_000);
        assert_eq!(generation(&timeline, A) == before, same, "{instances:?}");
        if same {
            assert_eq!(owned(&timeline, B), had);
        }
    }
}

/// Records that were processed in both processes of a consumer that dies after 25, and the number of records there are.
fn processed_around_a_crash(commit: Commit) -> (u64, u64) {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 100, &[]);
    run(&mut timeline, 1_500);
    timeline.act(Act::SetRate { node: PRODUCER, rate: 0 }).unwrap();
    run(&mut timeline, 1_000);
    let program = Program { commit, crash_after: Some(25), per_record_us: 1_000, ..Program::default() };
    member(&mut timeline, None, &[("max.poll.records", "10")], program);
    run(&mut timeline, 8_000);
    assert!(timeline.world().node(A).is_none(), "its program has killed it");
    timeline.act(Act::Restart { node: A }).unwrap();
    run(&mut timeline, 90_000);
    let sent = timeline.world().node(PRODUCER).unwrap().as_producer().unwrap().delivery().acked;
    (25 + consumer(&timeline, A).application().processed, sent)
}

#[test]
fn who_commits_after_the_work_repeats_and_who_commits_before_it_skips() {
    let (processed, sent) = processed_around_a_crash(Commit::After);
    assert_eq!(processed, sent + 5, "20 were committed, and 5 come again");
    let (processed, sent) = processed_around_a_crash(Commit::Before);
    assert_eq!(processed, sent - 5, "30 were committed, and 5 were never done");
}

#[test]
fn a_slow_member_leaves_its_group_and_its_commit_fails() {
    let mut timeline = cluster(2, &[]);
    producer(&mut timeline, 10, &[]);
    let slow = Program { per_record_us: 20_000_000, commit: Commit::After, ..Program::default() };
    member(&mut timeline, None, &[("max.poll.interval.ms", "10000"), ("max.poll.records", "1")], slow);
    run(&mut timeline, 20_000);
    member(&mut timeline, None, &[], Program::default());
    run(&mut timeline, 15_000);
    let slow = consumer(&timeline, A);
    let (_, exception) = slow.application().last_exception.clone().expect("commitSync() threw");
    assert_eq!(&*exception, "CommitFailedException");
    assert!(slow.group().listener_calls().any(|call| call.kind == ListenerKind::Lost));
}

#[test]
fn every_partition_has_one_owner_whatever_comes_and_goes() {
    let mut timeline = cluster(6, &[]);
    producer(&mut timeline, 50, &[]);
    let strategies: [&[(&str, &str)]; 2] = [&[], &[COOPERATIVE]];
    for pairs in strategies {
        let first =
            timeline.world().machines().filter(|(id, _)| (20_000..30_000).contains(&id.0)).count() as i32;
        for _ in 0..3 {
            member(&mut timeline, None, pairs, Program::default());
            run(&mut timeline, 7_000);
        }
        run(&mut timeline, 10_000);
        let mut owners: BTreeMap<i32, i32> = BTreeMap::new();
        let ids: Vec<NodeId> = (1..=3).map(|n| NodeId(20_000 + first + n)).collect();
        for id in &ids {
            for partition in owned(&timeline, *id) {
                assert_eq!(owners.insert(partition, id.0), None, "{partition} has two owners");
            }
        }
        assert_eq!(owners.len(), 6);
        for id in ids {
            timeline.act(Act::CloseConsumer { node: id }).unwrap();
        }
        run(&mut timeline, 5_000);
    }
}

const MODERN: (&str, &str) = ("group.protocol", "consumer");

#[test]
fn a_group_of_kip_848_moves_partitions_one_by_one_without_a_barrier() {
    let mut timeline = cluster(6, &[]);
    member(&mut timeline, None, &[MODERN], Program::default());
    run(&mut timeline, 4_000);
    assert_eq!(owned(&timeline, A), [0, 1, 2, 3, 4, 5]);
    member(&mut timeline, None, &[MODERN], Program::default());
    run(&mut timeline, 20_000);
    let (a, b) = (owned(&timeline, A), owned(&timeline, B));
    assert_eq!((a.len(), b.len()), (3, 3));
    assert!(a.iter().all(|partition| !b.contains(partition)));
    assert_eq!(revoked(&timeline, A), 3, "only what moves");
    timeline.act(Act::CloseConsumer { node: B }).unwrap();
    run(&mut timeline, 15_000);
    assert_eq!(owned(&timeline, A), [0, 1, 2, 3, 4, 5]);
    timeline.act(Act::Restart { node: B }).unwrap();
    run(&mut timeline, 20_000);
    assert_eq!(owned(&timeline, B).len(), 3);
    timeline.act(Act::Crash { node: B }).unwrap();
    run(&mut timeline, 60_000);
    assert_eq!(owned(&timeline, A), [0, 1, 2, 3, 4, 5], "the session of 45 s is over");
}

#[test]
fn a_coordinator_that_dies_is_replaced_and_the_group_goes_on() {
    for pairs in [&[][..], &[MODERN][..]] {
        let mut timeline = cluster(4, &[]);
        producer(&mut timeline, 20, &[]);
        member(&mut timeline, None, pairs, Program::default());
        member(&mut timeline, None, pairs, Program::default());
        run(&mut timeline, 15_000);
        assert_eq!((owned(&timeline, A).len(), owned(&timeline, B).len()), (2, 2), "{pairs:?}");
        let coordinator = consumer(&timeline, A).group().coordinator().expect("it has one");
        timeline.act(Act::Crash { node: coordinator }).unwrap();
        run(&mut timeline, 30_000);
        let read =
            consumer(&timeline, A).application().records + consumer(&timeline, B).application().records;
        run(&mut timeline, 60_000);
        let after =
            consumer(&timeline, A).application().records + consumer(&timeline, B).application().records;
        assert!(after > read + 1_000, "{pairs:?}: {read} then {after}");
        assert_ne!(consumer(&timeline, A).group().coordinator(), Some(coordinator));
        let mut all = owned(&timeline, A);
        all.extend(owned(&timeline, B));
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3], "{pairs:?}");
    }
}

#[test]
fn a_consumer_reads_from_the_replica_in_its_rack() {
    use kafkascope::lab::Genesis;
    let mut timeline = Timeline::new(Genesis { profile: kafkascope::kafka::base::Profile::Modern, seed: 42 });
    for rack in ["r1", "r2", "r3"] {
        let selector = ("replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector");
        let act = Act::AddBroker { id: None, rack: Some(name(rack)), configs: configs(&[selector]) };
        timeline.act(act).unwrap();
    }
    run(&mut timeline, 1_000);
    let create =
        Act::CreateTopic { name: name("orders"), partitions: 3, replication: 3, configs: configs(&[]) };
    timeline.act(create).unwrap();
    run(&mut timeline, 500);
    producer(&mut timeline, 50, &[]);
    member(&mut timeline, None, &[("client.rack", "r2")], Program::default());
    run(&mut timeline, 10_000);
    let reader = consumer(&timeline, A);
    for (partition, assigned) in reader.assigned() {
        let leader = super::support::leader(&timeline, partition.partition).unwrap();
        let reads_from = assigned.preferred.map(|(replica, _)| replica);
        assert_eq!(reads_from, (leader != NodeId(2)).then_some(NodeId(2)), "{partition}");
    }
    assert!(reader.application().records > 300);
}

#[test]
fn another_config_starts_the_client_anew_and_its_old_self_does_not_stay_in_the_group() {
    for pairs in [&[][..], &[MODERN][..]] {
        let mut timeline = cluster(4, &[]);
        member(&mut timeline, None, pairs, Program::default());
        member(&mut timeline, None, pairs, Program::default());
        run(&mut timeline, 15_000);
        let (config, value) = ("max.poll.records".to_owned(), Some("10".to_owned()));
        timeline.act(Act::SetClientConfig { node: A, config, value }).unwrap();
        run(&mut timeline, 12_000);
        assert_eq!((owned(&timeline, A).len(), owned(&timeline, B).len()), (2, 2), "{pairs:?}");
    }
}

#[test]
fn a_pattern_takes_the_topic_that_comes_later() {
    for pairs in [&[][..], &[MODERN][..]] {
        let mut timeline = cluster(1, &[]);
        let mut all = configs(&[("metadata.max.age.ms", "3000")]);
        all.extend(configs(pairs));
        let act = Act::AddConsumer(NewConsumer {
            group: Some(name("readers")),
            pattern: Some("orders.*".into()),
            configs: all,
            ..NewConsumer::default()
        });
        timeline.act(act).unwrap();
        run(&mut timeline, 8_000);
        assert_eq!(consumer(&timeline, A).assigned().count(), 1, "{pairs:?}");
        for topic in ["orders-old", "payments"] {
            let create =
                Act::CreateTopic { name: name(topic), partitions: 2, replication: 3, configs: configs(&[]) };
            timeline.act(create).unwrap();
        }
        run(&mut timeline, 15_000);
        let topics: Vec<String> =
            consumer(&timeline, A).assigned().map(|(tp, _)| tp.topic.to_string()).collect();
        assert_eq!(topics, ["orders", "orders-old", "orders-old"], "{pairs:?}");
    }
}

/// The requests about the group between two moments: who asks, what, and what is answered.
fn talk(timeline: &Timeline, from: u64) -> String {
    let apis = [Api::FindCoordinator, Api::JoinGroup, Api::SyncGroup, Api::LeaveGroup, Api::OffsetCommit];
    let mut out = String::new();
    for (_, entry) in timeline.journal().iter_from(1).filter(|(_, entry)| entry.at.as_millis() >= from) {
        if let Kind::Sent { peer, api, response, error, .. } = &entry.kind
            && apis.contains(api)
            && [entry.node, *peer].iter().any(|id| id.0 > 20_000)
        {
            let (node, way) = (entry.node, if *response { "answers" } else { "asks" });
            let error = match *error {
                0 => String::new(),
                code => format!(" {}", error_name(code.into())),
            };
            writeln!(out, "{node} {way} {peer} {}{error}", api.name()).unwrap();
        }
    }
    out
}

#[test]
fn a_second_member_makes_the_first_join_again() {
    let mut timeline = cluster(2, &[]);
    member(&mut timeline, None, &[], Program::default());
    run(&mut timeline, 6_000);
    let from = timeline.now().as_millis();
    member(&mut timeline, None, &[], Program::default());
    run(&mut timeline, 4_000);
    expect![[r#"
        20002 asks 1 FindCoordinator
        1 answers 20002 FindCoordinator
        20002 asks 3 JoinGroup
        3 answers 20002 JoinGroup MEMBER_ID_REQUIRED
        20002 asks 3 JoinGroup
        20001 asks 3 OffsetCommit
        3 answers 20001 OffsetCommit
        20001 asks 3 JoinGroup
        3 answers 20001 JoinGroup
        3 answers 20002 JoinGroup
        20001 asks 3 SyncGroup
        20002 asks 3 SyncGroup
        3 answers 20001 SyncGroup
        3 answers 20002 SyncGroup
    "#]]
    .assert_eq(&talk(&timeline, from));
}
