//! What an admin does with a group, and what the journal tells of it.

use kafkascope::kafka::base::GROUP_METADATA_TOPIC;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::admin::Describe;
use kafkascope::kafka::client::admin::ResetPoint;
use kafkascope::kafka::client::consumer::Program;
use kafkascope::kafka::coordinator::partition_for;
use kafkascope::kafka::protocol::Api;
use kafkascope::kafka::protocol::ErrorCode;
use kafkascope::lab::ADMIN;
use kafkascope::lab::Act;
use kafkascope::lab::Genesis;
use kafkascope::lab::GroupState;
use kafkascope::lab::Kind;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::Timeline;
use kafkascope::view::ClusterView;
use kafkascope::view::Directory;
use kafkascope::view::GroupRecordView;

use super::support::PRODUCER;
use super::support::at;
use super::support::cluster;
use super::support::configs;
use super::support::count;
use super::support::member;
use super::support::producer;
use super::support::run;

const READER: NodeId = NodeId(20_001);

/// 200 records in one partition, and a member of group `readers` that has read and committed them.
fn group_that_has_read(pairs: &[(&str, &str)]) -> Timeline {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 100, &[]);
    run(&mut timeline, 2_000);
    timeline.act(Act::SetRate { node: PRODUCER, rate: 0 }).unwrap();
    member(&mut timeline, None, pairs, Program::default());
    run(&mut timeline, 20_000);
    timeline
}

/// The error and the sentence of the newest answer.
fn answer(timeline: &Timeline) -> (Option<ErrorCode>, String) {
    let admin = timeline.world().node(ADMIN).unwrap().as_admin().unwrap();
    let last = admin.results().last().expect("an answer");
    (last.error, last.message.clone().unwrap_or_default())
}

fn committed(timeline: &Timeline) -> Option<Offset> {
    let brokers = timeline.world().brokers().into_iter();
    let brokers = brokers.filter_map(|id| timeline.world().node(id)?.as_broker());
    let mut offsets = brokers.flat_map(|broker| {
        let shards = broker.coordinators().shards();
        shards.filter_map(|it| Some(it.shard.committed().offsets.get("readers", &at(0))?.offset))
    });
    offsets.next()
}

fn reset(timeline: &mut Timeline, to: ResetPoint) -> (Option<ErrorCode>, String) {
    let group = name("readers");
    timeline.act(Act::ResetOffsets { group, topic: None, partitions: Vec::new(), to }).unwrap();
    run(timeline, 2_000);
    answer(timeline)
}

fn read(timeline: &Timeline) -> u64 {
    timeline.world().node(READER).unwrap().as_consumer().unwrap().application().records
}

#[test]
fn a_live_groups_offsets_stay_and_those_of_one_at_rest_go_where_the_admin_says() {
    for protocol in ["classic", "consumer"] {
        let mut timeline = group_that_has_read(&[("group.protocol", protocol)]);
        let all = read(&timeline);
        assert!(all > 100, "{protocol}: {all}");
        assert_eq!(committed(&timeline), Some(all as Offset), "{protocol}");
        let (error, why) = reset(&mut timeline, ResetPoint::Earliest);
        assert_eq!(error, Some(ErrorCode::NonEmptyGroup), "{protocol}");
        assert!(why.contains("readers is Stable") && why.contains("1 members"), "{why}");
        assert_eq!(committed(&timeline), Some(all as Offset), "nothing has changed");
        timeline.act(Act::DeleteGroup { group: name("readers") }).unwrap();
        timeline.act(Act::DeleteOffsets { group: name("readers"), topic: name("orders") }).unwrap();
        run(&mut timeline, 2_000);
        assert_eq!(answer(&timeline).0, Some(ErrorCode::GroupSubscribedToTopic), "{protocol}");
        timeline.act(Act::CloseConsumer { node: READER }).unwrap();
        run(&mut timeline, 2_000);
        let (error, said) = reset(&mut timeline, ResetPoint::ShiftBy(-30));
        assert_eq!((error, said), (None, format!("orders-0 = {}", all - 30)), "{protocol}");
        timeline.act(Act::Restart { node: READER }).unwrap();
        run(&mut timeline, 20_000);
        assert_eq!(read(&timeline), 30, "{protocol}: they come again, and no others");
    }
}

#[test]
fn a_group_without_members_is_deleted_with_what_it_committed() {
    let mut timeline = group_that_has_read(&[]);
    timeline.act(Act::RemoveMembers { group: name("readers"), instances: Vec::new() }).unwrap();
    timeline.act(Act::Crash { node: READER }).unwrap();
    run(&mut timeline, 60_000);
    timeline.act(Act::DeleteGroup { group: name("readers") }).unwrap();
    run(&mut timeline, 2_000);
    assert_eq!(answer(&timeline), (None, String::new()));
    assert_eq!(committed(&timeline), None);
    let dead = |kind: &Kind| matches!(kind, Kind::GroupMoved { state: GroupState::Dead, .. });
    assert_eq!(count(&timeline, dead), 1);
    let forgotten = |kind: &Kind| matches!(kind, Kind::Committed { to: -1, .. });
    assert_eq!(count(&timeline, forgotten), 1);
}

#[test]
fn the_journal_tells_of_members_states_and_offsets_once_whoever_coordinates() {
    let mut timeline = group_that_has_read(&[]);
    let moved = |state: GroupState| move |kind: &Kind| matches!(kind, Kind::GroupMoved { state: to, .. } if *to == state);
    let came = |kind: &Kind| matches!(kind, Kind::MemberCame { .. });
    assert_eq!(count(&timeline, came), 1);
    assert_eq!(count(&timeline, moved(GroupState::PreparingRebalance)), 1);
    assert_eq!(count(&timeline, moved(GroupState::Stable)), 1);
    let first_commit = |kind: &Kind| matches!(kind, Kind::Committed { from: -1, .. });
    assert_eq!(count(&timeline, first_commit), 1);
    let coordinator = timeline.world().brokers().into_iter().find(|id| {
        let broker = timeline.world().node(*id).and_then(|node| node.as_broker());
        broker.is_some_and(|it| it.coordinators().shards().any(|one| one.shard.group("readers").is_some()))
    });
    timeline.act(Act::Crash { node: coordinator.expect("somebody coordinates") }).unwrap();
    run(&mut timeline, 30_000);
    assert_eq!(count(&timeline, came), 1, "whom the next one has found in the log is no news");
    assert_eq!(count(&timeline, moved(GroupState::PreparingRebalance)), 1, "nobody had to rejoin");
    assert_eq!(count(&timeline, first_commit), 1);
    assert!(read(&timeline) > 100);
}

#[test]
fn an_act_on_a_group_needs_its_name() {
    let mut timeline = cluster(1, &[]);
    let refused = timeline.act(Act::DeleteGroup { group: name("") }).unwrap_err();
    assert_eq!(refused.error, Some(ErrorCode::InvalidGroupId));
    let group = name("readers");
    let partitions = Act::ResetOffsets { group, topic: None, partitions: vec![0], to: ResetPoint::Latest };
    assert!(timeline.act(partitions).unwrap_err().sentence.contains("name the topic"));
}

#[test]
fn the_offsets_topic_has_no_place_in_the_picture_and_opens_in_the_log_like_any_other() {
    let timeline = group_that_has_read(&[]);
    let view = ClusterView::of(timeline.world());
    assert!(view.partitions.iter().all(|it| &*it.partition.topic == "orders"));
    assert_eq!(view.internal.len(), 50);
    let replicas = || view.brokers.iter().flat_map(|broker| &broker.replicas);
    assert!(replicas().all(|replica| &*replica.partition.topic == "orders"), "{view}");
    let offsets = TopicPartition::new(&name(GROUP_METADATA_TOPIC), partition_for("readers", 50));
    let leader = view.partition(&offsets).and_then(|it| it.leader).expect("a coordinator");
    let told = Directory::with(timeline.world(), NodeId(leader), &offsets, |directory| {
        let batch = directory.batch(0, 0, 0, 10).expect("the first batch");
        let record = &batch.records[0];
        GroupRecordView::of(GROUP_METADATA_TOPIC, record.key.as_ref(), record.value.as_ref())
    });
    assert_eq!(told.flatten().expect("a record of the group").key, "GroupMetadata group=readers");
}

/// What the tool prints for an act, its columns with single spaces.
fn printed(timeline: &mut Timeline, act: Act) -> Vec<String> {
    timeline.act(act).unwrap();
    run(timeline, 2_000);
    let (error, said) = answer(timeline);
    assert_eq!(error, None, "{said}");
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    said.lines().map(words).filter(|line| !line.is_empty()).collect()
}

fn list(timeline: &mut Timeline, states: &[&str], types: &[&str]) -> Vec<String> {
    let names = |list: &[&str]| list.iter().map(|it| name(it)).collect();
    let act = Act::ListGroups { states: names(states), types: names(types) };
    printed(timeline, act).split_off(1)
}

#[test]
fn every_broker_is_asked_for_the_groups_that_it_coordinates() {
    for profile in [Profile::Classic, Profile::Modern] {
        let mut timeline = cluster_of_profile(profile);
        for (group, protocol) in [("alpha", "classic"), ("beta", "consumer"), ("gamma", "classic")] {
            if (profile, protocol) != (Profile::Classic, "consumer") {
                join(&mut timeline, group, &[("group.protocol", protocol)]);
            }
        }
        run(&mut timeline, 10_000);
        let gone = NodeId(20_000 + if profile == Profile::Classic { 2 } else { 3 });
        timeline.act(Act::CloseConsumer { node: gone }).unwrap();
        run(&mut timeline, 5_000);
        let before = count(&timeline, asks_for_groups);
        let all = list(&mut timeline, &[], &[]);
        assert_eq!(count(&timeline, asks_for_groups) - before, 3, "{profile}: one question a broker");
        let (alpha, gamma) = ("alpha Classic Stable", "gamma Classic Empty");
        if profile == Profile::Classic {
            assert_eq!(all, [alpha, gamma]);
        } else {
            assert_eq!(all, [alpha, "beta Consumer Stable", gamma]);
            assert_eq!(list(&mut timeline, &[], &["consumer"]), ["beta Consumer Stable"]);
        }
        assert_eq!(list(&mut timeline, &["Empty"], &[]), [gamma], "{profile}");
        assert_eq!(list(&mut timeline, &["Stable"], &["classic"]), [alpha], "{profile}");
        let refused = timeline.act(Act::ListGroups { states: vec![name("Idle")], types: Vec::new() });
        assert!(refused.unwrap_err().sentence.contains("Idle is no state"));
    }
}

fn asks_for_groups(kind: &Kind) -> bool {
    matches!(kind, Kind::Sent { api: Api::ListGroups, response: false, .. })
}

fn cluster_of_profile(profile: Profile) -> Timeline {
    let mut timeline = Timeline::new(Genesis { profile, seed: 42 });
    for _ in 0..3 {
        timeline.act(Act::AddBroker { id: None, rack: None, configs: configs(&[]) }).unwrap();
    }
    run(&mut timeline, 1_000);
    let create =
        Act::CreateTopic { name: name("orders"), partitions: 1, replication: 3, configs: configs(&[]) };
    timeline.act(create).unwrap();
    run(&mut timeline, 500);
    timeline
}

fn join(timeline: &mut Timeline, group: &str, pairs: &[(&str, &str)]) {
    let act = Act::AddConsumer(NewConsumer {
        topics: vec![name("orders")],
        group: Some(name(group)),
        configs: configs(pairs),
        ..NewConsumer::default()
    });
    timeline.act(act).unwrap();
}

#[test]
fn a_list_with_a_broker_missing_is_one_of_the_brokers_that_are_there() {
    let mut timeline = cluster_of_profile(Profile::Modern);
    join(&mut timeline, "alpha", &[]);
    run(&mut timeline, 5_000);
    timeline.act(Act::Crash { node: NodeId(2) }).unwrap();
    run(&mut timeline, 30_000);
    assert_eq!(list(&mut timeline, &[], &[]), ["alpha Classic Stable"]);
}

#[test]
fn a_group_is_described_as_the_tool_prints_it() {
    for protocol in ["classic", "consumer"] {
        let mut timeline = group_that_has_read(&[("group.protocol", protocol)]);
        let all = read(&timeline);
        let describe = |show| Act::DescribeGroup { group: name("readers"), show };
        let offsets = printed(&mut timeline, describe(Describe::Offsets));
        let head = "GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID";
        assert_eq!(offsets[0], head);
        assert!(offsets[1].starts_with(&format!("readers orders 0 {all} {all} 0 ")), "{offsets:?}");
        assert!(offsets[1].ends_with("/10.0.78.33 consumer-1"), "{offsets:?}");
        let members = printed(&mut timeline, describe(Describe::Members));
        assert_eq!(members[0], "GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS ASSIGNMENT");
        assert!(members[1].ends_with("/10.0.78.33 consumer-1 1 orders(0)"), "{members:?}");
        let state = printed(&mut timeline, describe(Describe::State));
        assert_eq!(state[0], "GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS");
        let strategy = if protocol == "classic" { "range" } else { "uniform" };
        assert!(state[1].ends_with(&format!(") {strategy} Stable 1")), "{state:?}");
        timeline.act(Act::CloseConsumer { node: READER }).unwrap();
        run(&mut timeline, 2_000);
        let offsets = printed(&mut timeline, describe(Describe::Offsets));
        assert_eq!(offsets[0], "Consumer group 'readers' has no active members.");
        assert_eq!(offsets[2], format!("readers orders 0 {all} {all} 0 - - -"));
        let unknown = Act::DescribeGroup { group: name("nobody"), show: Describe::State };
        timeline.act(unknown).unwrap();
        run(&mut timeline, 2_000);
        let (error, said) = answer(&timeline);
        assert_eq!(error, Some(ErrorCode::GroupIdNotFound));
        assert_eq!(said, "Consumer group 'nobody' does not exist.");
    }
}
