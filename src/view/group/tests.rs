//! Pictures of real groups: who owns what, what a rebalance cost, who was given what twice.

use std::rc::Rc;

use super::Cause;
use super::Doings;
use super::GroupLine;
use super::GroupProtocol;
use super::GroupState;
use super::GroupView;
use super::Groups;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::producer::Keys;
use crate::kafka::client::producer::Values;
use crate::kafka::client::producer::Workload;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Configs;
use crate::lab::Genesis;
use crate::lab::Kind;
use crate::lab::NewConsumer;
use crate::lab::Timeline;
use crate::view::ClusterView;

pub(super) const A: i32 = 20_001;
pub(super) const B: i32 = 20_002;
const COOPERATIVE: (&str, &str) = ("partition.assignment.strategy", "cooperative-sticky");

fn configs(pairs: &[(&str, &str)]) -> Configs {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

pub(super) fn run(timeline: &mut Timeline, ms: u64) {
    timeline.seek(timeline.now() + Duration::from_millis(ms));
}

/// One broker that coordinates at once, a topic `orders`, and a producer.
pub(super) fn world(partitions: i32, rate: u64) -> Timeline {
    let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 42 });
    let broker = [
        ("offsets.topic.replication.factor", "1"),
        ("offsets.topic.num.partitions", "4"),
        ("group.initial.rebalance.delay.ms", "500"),
    ];
    timeline.act(Act::AddBroker { id: None, rack: None, configs: configs(&broker) }).unwrap();
    run(&mut timeline, 1_000);
    let create = Act::CreateTopic { name: name("orders"), partitions, replication: 1, configs: configs(&[]) };
    timeline.act(create).unwrap();
    run(&mut timeline, 500);
    let workload = Workload {
        topic: name("orders"),
        rate,
        keys: Keys::None,
        values: Values::Size { min: 50, max: 50 },
        partition: None,
    };
    timeline.act(Act::AddProducer { id: None, workload, configs: configs(&[("linger.ms", "5")]) }).unwrap();
    run(&mut timeline, 500);
    timeline
}

pub(super) fn member(timeline: &mut Timeline, pairs: &[(&str, &str)], program: Program) {
    let mut all = configs(&[("auto.offset.reset", "earliest")]);
    all.extend(configs(pairs));
    let act = Act::AddConsumer(NewConsumer {
        topics: vec![name("orders")],
        group: Some(name("readers")),
        program: Some(program),
        configs: all,
        ..NewConsumer::default()
    });
    timeline.act(act).unwrap();
}

pub(super) fn view(timeline: &Timeline) -> GroupView {
    GroupView::of(timeline.world(), timeline.journal(), "readers", None).expect("there is a group")
}

fn numbers(partitions: &[crate::kafka::base::TopicPartition]) -> Vec<i32> {
    partitions.iter().map(|partition| partition.partition).collect()
}

/// A member that commits before the work, dies with work undone, and is started again.
pub(super) fn one_that_skips() -> Timeline {
    let mut timeline = world(1, 100);
    let program =
        Program { commit: Commit::Before, crash_after: Some(25), per_record_us: 1_000, ..Program::default() };
    member(&mut timeline, &[("max.poll.records", "10"), ("session.timeout.ms", "6000")], program);
    run(&mut timeline, 6_000);
    timeline.act(Act::Restart { node: NodeId(A) }).unwrap();
    run(&mut timeline, 20_000);
    timeline
}

/// Two members, of which the second came when the first had read for five seconds.
pub(super) fn two_members(pairs: &[(&str, &str)]) -> Timeline {
    let mut timeline = world(6, 200);
    member(&mut timeline, pairs, Program::default());
    run(&mut timeline, 6_000);
    member(&mut timeline, pairs, Program::default());
    run(&mut timeline, 8_000);
    timeline
}

#[test]
fn an_eager_rebalance_takes_everything_and_is_counted_as_it_was() {
    let timeline = two_members(&[]);
    let view = view(&timeline);
    let rebalance = view.rebalance.as_ref().expect("there was one");
    assert!(matches!(&rebalance.cause, Cause::Joined { member } if member.starts_with("consumer-2-")));
    assert_eq!((rebalance.generations, rebalance.to.is_some()), ((1, 2), true));
    let rows: Vec<_> = rebalance
        .rows
        .iter()
        .map(|row| (row.node, row.new, numbers(&row.before), numbers(&row.after)))
        .collect();
    assert_eq!(rows, [(A, false, vec![0, 1, 2, 3, 4, 5], vec![0, 1, 2]), (B, true, vec![], vec![3, 4, 5])]);
    let cost = rebalance.cost;
    assert_eq!((cost.rounds, cost.revoked, cost.moved, cost.kept), (1, 6, 3, 0));
    assert!(cost.longest_pause_ms > 0 && cost.paused_ms == 6 * cost.longest_pause_ms, "{cost:?}");
    let states: Vec<_> = view.chart.bands.iter().map(|band| (band.state, band.generation)).collect();
    let (preparing, completing) = (GroupState::PreparingRebalance, GroupState::CompletingRebalance);
    let stable = GroupState::Stable;
    assert_eq!(states, [(stable, 1), (preparing, 1), (completing, 2), (stable, 2)]);
    let errors: Vec<_> = view.chart.lines.iter().filter_map(|line| line.error.as_deref()).collect();
    assert_eq!(errors, ["MEMBER_ID_REQUIRED", "REBALANCE_IN_PROGRESS"]);
    assert!(
        view.chart.quiet > 0
            && view
                .chart
                .lines
                .iter()
                .all(|line| line.api != Api::Heartbeat || !line.response || line.error.is_some())
    );
    let nodes: Vec<_> =
        view.chart.columns.iter().map(|it| (it.node, it.coordinator, it.leads, it.new)).collect();
    assert_eq!(nodes, [(1, true, false, false), (A, false, true, false), (B, false, false, true)]);
    for strip in &view.consuming {
        let gaps = strip.spans.windows(2).filter(|pair| pair[0].to != pair[1].from).count();
        assert_eq!((gaps, strip.spans.len()), (0, 3), "{strip:?}");
        assert_eq!((strip.spans[0].from, strip.spans[2].to), (view.chart.from, view.chart.to));
        assert_eq!((strip.spans[0].node, strip.spans[1].node), (Some(A), None));
    }
}

#[test]
fn a_cooperative_rebalance_is_one_of_two_rounds_and_what_stays_never_stops() {
    let view = view(&two_members(&[COOPERATIVE]));
    let rebalance = view.rebalance.as_ref().expect("there was one");
    let cost = rebalance.cost;
    assert_eq!((cost.rounds, cost.revoked, cost.moved, cost.kept), (2, 3, 3, 3));
    assert_eq!(rebalance.generations, (1, 3));
    let whole = view.consuming.iter().filter(|strip| strip.spans.len() == 1).count();
    assert_eq!((whole, view.assignor.as_deref()), (3, Some("cooperative-sticky")));
}

#[test]
fn a_group_of_kip_848_moves_what_must_move_and_nothing_else() {
    let view = view(&two_members(&[("group.protocol", "consumer")]));
    assert_eq!((view.protocol, view.state), (GroupProtocol::Consumer, GroupState::Stable));
    let rebalance = view.rebalance.as_ref().expect("there was one");
    assert!(matches!(rebalance.cause, Cause::Joined { .. }), "{:?}", rebalance.cause);
    let cost = rebalance.cost;
    assert_eq!((cost.rounds, cost.revoked, cost.moved, cost.kept), (1, 3, 3, 3), "{:?}", view.chart.bands);
    for member in &view.members {
        assert_eq!((member.epoch, &member.owned), (Some(view.generation), &member.target));
    }
}

#[test]
fn the_stage_is_told_what_changes_hands_and_what_is_read_again() {
    let mut timeline = two_members(&[]);
    let mut groups = Groups::default();
    let handovers = |timeline: &Timeline, groups: &mut Groups| {
        let mut cluster = ClusterView::of(timeline.world());
        groups.mark(timeline.world(), timeline.journal(), &mut cluster, Duration::from_millis(500));
        cluster
    };
    assert_eq!(handovers(&timeline, &mut groups).handovers, [], "all is quiet");
    timeline.act(Act::Crash { node: NodeId(B) }).unwrap();
    run(&mut timeline, 20_000);
    let between = handovers(&timeline, &mut groups);
    let told: Vec<_> =
        between.handovers.iter().map(|it| (it.partition.partition, it.from, it.to, it.lost)).collect();
    assert_eq!(told, [3, 4, 5].map(|number| (number, Some(B), None, true)));
    let membership = between.consumers[0].group.clone().expect("it is in a group");
    assert_eq!((&*membership.group, membership.state), ("readers", Some(GroupState::Stable)));
    let taken =
        timeline.journal().iter_from(1).filter(|(_, entry)| matches!(entry.kind, Kind::Took { .. })).count();
    while timeline.journal().iter_from(1).filter(|(_, entry)| matches!(entry.kind, Kind::Took { .. })).count()
        == taken
    {
        run(&mut timeline, 1_000);
    }
    let (entry, last) = timeline
        .journal()
        .iter_from(1)
        .rfind(|(_, it)| matches!(it.kind, Kind::Took { .. }))
        .map(|(seq, it)| (seq, *it))
        .unwrap();
    assert!(entry > 0);
    timeline.seek(last.at + Duration::from_millis(100));
    let after = handovers(&timeline, &mut groups);
    let of_b: Vec<_> =
        after.handovers.iter().filter(|it| it.from == Some(B)).map(|it| it.to.map(|to| to.0)).collect();
    assert_eq!(of_b, [Some(A); 3], "they glide to the one that is left");
    timeline.seek(last.at - Duration::from_millis(2_000));
    assert_eq!(handovers(&timeline, &mut groups).handovers.len(), 3, "backwards they hang again");
}

/// Seven members share seventy partitions, and an eighth comes.
#[test]
fn of_very_many_partitions_those_with_the_same_way_go_together_and_all_are_told() {
    let mut timeline = world(70, 20);
    for _ in 0..7 {
        member(&mut timeline, &[], Program::default());
    }
    run(&mut timeline, 10_000);
    member(&mut timeline, &[], Program::default());
    let mut groups = Groups::default();
    let mut most = 0;
    for _ in 0..200 {
        run(&mut timeline, 50);
        let mut cluster = ClusterView::of(timeline.world());
        groups.mark(timeline.world(), timeline.journal(), &mut cluster, Duration::from_millis(500));
        let told: usize = cluster.handovers.iter().map(|it| it.count).sum();
        assert!(told <= 70 && cluster.handovers.len() <= 60, "{:?}", cluster.handovers);
        most = most.max(told);
        for one in cluster.handovers.iter().filter(|it| it.count > 1) {
            let (id, _) = one.to.expect("nobody waits for long");
            let owner = cluster.consumers.iter().find(|it| it.id == id).expect("it takes them");
            let to_it = cluster.handovers.iter().filter(|it| it.to.is_some_and(|to| to.0 == id));
            assert_eq!(
                owner.readings.len(),
                to_it.map(|it| it.count).sum::<usize>(),
                "it took all that it has"
            );
        }
    }
    assert_eq!(most, 70, "all of them changed hands, or came back");
}

#[test]
fn a_member_that_dies_is_missed_when_its_session_ends_and_what_it_had_not_committed_comes_again() {
    let mut timeline = two_members(&[]);
    let program = Program { commit: Commit::Never, ..Program::default() };
    timeline.act(Act::SetProgram { node: NodeId(B), program }).unwrap();
    run(&mut timeline, 2_000);
    timeline.act(Act::Crash { node: NodeId(B) }).unwrap();
    run(&mut timeline, 20_000);
    let before = view(&timeline);
    let dead = before.members.iter().find(|member| member.node == Some(B)).expect("the coordinator knows it");
    assert_eq!((dead.state, dead.owned.len(), dead.target.len()), (Doings::Gone, 0, 3));
    let left = dead.session_left_ms.expect("its session runs");
    assert!((20_000..30_000).contains(&left), "{left}");
    let line = before.lag.iter().find(|line| line.partition.partition == 4).unwrap();
    assert!(line.owner.is_none() && line.lag_ms.is_some_and(|ms| ms >= 20_000), "{line:?}");
    run(&mut timeline, 40_000);
    let after = view(&timeline);
    let rebalance = after.rebalance.as_ref().expect("there was one");
    assert!(matches!(&rebalance.cause, Cause::Removed { member } if member.starts_with("consumer-2-")));
    assert_eq!(rebalance.rows[1].before.len(), 3, "it had them until they were taken");
    assert!(rebalance.rows[1].gone && rebalance.cost.longest_pause_ms > 40_000, "{:?}", rebalance.cost);
    let again: u64 = after.lag.iter().map(|line| line.delivered_twice).sum();
    assert!(again > 0 && again == rebalance.cost.delivered_twice, "{again}");
    assert!(after.lag.iter().all(|line| line.skipped == 0));
}

#[test]
fn who_commits_before_the_work_and_dies_skips() {
    let timeline = one_that_skips();
    let line = &view(&timeline).lag[0];
    assert_eq!((line.skipped > 0, line.delivered_twice), (true, 0), "{line:?}");
}

#[test]
fn a_playhead_that_goes_back_sees_what_was_seen_there() {
    let mut timeline = two_members(&[]);
    let mut groups = Groups::default();
    let mut seen = Vec::new();
    for at in [2_200, 4_000, 8_100, 8_606, 9_000, 16_000] {
        timeline.seek(crate::kafka::base::Instant::from_millis(at));
        seen.push((at, groups.view(timeline.world(), timeline.journal(), "readers", None)));
    }
    for (at, picture) in seen.iter().rev() {
        timeline.seek(crate::kafka::base::Instant::from_millis(*at));
        let again = groups.view(timeline.world(), timeline.journal(), "readers", None);
        assert_eq!(
            again.as_ref().map(|it| (&it.rebalance, &it.members, it.state)),
            picture.as_ref().map(|it| (&it.rebalance, &it.members, it.state)),
            "at {at}"
        );
        let strips = |it: &Option<GroupView>| it.as_ref().map(|it| it.consuming.clone());
        assert_eq!(strips(&again), strips(picture), "at {at}");
    }
}

#[test]
fn groups_are_listed_with_their_lag() {
    let timeline = two_members(&[]);
    let lines = GroupLine::all(timeline.world());
    let lag: i64 = view(&timeline).lag.iter().filter_map(|line| line.lag).sum();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(
        (&*line.name, line.state, line.members, line.coordinator),
        ("readers", GroupState::Stable, 2, 1)
    );
    assert_eq!(line.lag, Some(lag));
}

#[test]
fn a_frame_makes_few_pictures_of_many_partitions_anew() {
    let mut timeline = world(64, 20);
    run(&mut timeline, 2_000);
    let mut last = ClusterView::of(timeline.world());
    for _ in 0..20 {
        run(&mut timeline, 20);
        let view = ClusterView::after(timeline.world(), &last);
        assert_eq!(view, ClusterView::of(timeline.world()));
        let both = view.brokers[0].replicas.iter().zip(&last.brokers[0].replicas);
        let new = both.filter(|(now, before)| !Rc::ptr_eq(now, before)).count();
        assert!(new <= 2, "20 records a second touch one partition in a frame, and {new} were made anew");
        assert!(Rc::ptr_eq(&view.partitions, &last.partitions) && Rc::ptr_eq(&view.internal, &last.internal));
        last = view;
    }
}
