//! Every why about groups has its story.

use super::tests::A;
use super::tests::B;
use super::tests::member;
use super::tests::one_that_skips;
use super::tests::run;
use super::tests::two_members;
use super::tests::view;
use super::tests::world;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Call;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Program;
use crate::lab::Act;
use crate::lab::GroupState;
use crate::lab::Kind;
use crate::lab::Timeline;
use crate::view::Doings;
use crate::view::Happened;
use crate::view::Language;
use crate::view::Past;
use crate::view::Root;
use crate::view::Told;
use crate::view::Why;

fn past(timeline: &Timeline) -> Past<'_> {
    Past { world: timeline.world(), journal: timeline.journal(), acts: &timeline.branch().acts }
}

fn asked(whys: Vec<Why>, question: &str) -> Why {
    let told: Vec<String> = whys.iter().map(|why| why.question.of(Language::En)).collect();
    let found = whys.into_iter().find(|why| why.question.of(Language::En).starts_with(question));
    let why = found.unwrap_or_else(|| panic!("nobody asks {question:?}, only {told:#?}"));
    for language in [Language::En, Language::Zh] {
        let guards = why.guards.iter().map(|guard| guard.what.of(language));
        for text in guards.chain([why.question.of(language), why.sentence.of(language)]) {
            assert!(!text.contains('{') && !text.contains("  "), "{text}");
        }
    }
    why
}

fn said(why: &Why) -> String {
    why.sentence.of(Language::En)
}

fn configs_at_root(why: &Why) -> Vec<&'static str> {
    let config = |root: &Root| match root {
        Root::Config { name, .. } => Some(*name),
        Root::Act { .. } => None,
    };
    why.roots.iter().filter_map(config).collect()
}

fn acts_at_root<'a>(timeline: &'a Timeline, why: &Why) -> Vec<&'a Act> {
    let act = |root: &Root| match root {
        Root::Act { number, .. } => Some(&timeline.branch().acts[*number as usize].act),
        Root::Config { .. } => None,
    };
    why.roots.iter().filter_map(act).collect()
}

fn of_latest(timeline: &Timeline, fits: impl Fn(&Kind) -> bool) -> Why {
    let journal = timeline.journal();
    let (entry, _) = journal.iter_from(1).filter(|(_, entry)| fits(&entry.kind)).last().expect("it happened");
    let (before, after) = timeline.around(entry).expect("it can be replayed");
    let why = Past { world: &before, ..past(timeline) }.of_entry(entry, &after).expect("it has a why");
    asked(vec![why], "Why")
}

fn slow_worker() -> Program {
    Program { per_poll_us: 40_000_000, ..Program::default() }
}

#[test]
fn a_group_waits_for_the_member_that_still_works() {
    let mut timeline = world(4, 100);
    member(&mut timeline, &[], slow_worker());
    run(&mut timeline, 6_000);
    member(&mut timeline, &[], Program::default());
    run(&mut timeline, 4_000);
    let why = asked(past(&timeline).of_group("readers"), "Why does the group readers wait?");
    assert!(said(&why).contains("1 of 2") && said(&why).contains("consumer-1"), "{}", said(&why));
    assert_eq!(configs_at_root(&why), ["max.poll.interval.ms"]);
    let works = why.guards.iter().map(|guard| guard.what.of(Language::En)).collect::<Vec<_>>();
    assert!(
        works.iter().any(|what| what.starts_with("consumer-1 works on what poll() gave it")),
        "{works:?}"
    );
    let waits = view(&timeline).waits.expect("it waits");
    assert_eq!((waits.missing.len(), waits.pending, waits.initial_delay), (1, 0, false));
    let second = asked(past(&timeline).of_consumer(NodeId(B)), "Why has consumer-2 no partition?");
    assert!(said(&second).contains("PreparingRebalance"), "{}", said(&second));
    run(&mut timeline, 60_000);
    assert_eq!(past(&timeline).group_waits("readers"), None, "it is stable");
}

#[test]
fn more_members_than_partitions_leave_somebody_without() {
    let mut timeline = world(1, 100);
    member(&mut timeline, &[], Program::default());
    member(&mut timeline, &[], Program::default());
    run(&mut timeline, 8_000);
    let idle = [A, B].into_iter().find(|node| past(&timeline).no_partition(NodeId(*node)).is_some());
    let why = past(&timeline).no_partition(NodeId(idle.expect("one partition has one owner"))).unwrap();
    assert_eq!(
        said(&why),
        "The group readers has 2 members for 1 partition. A partition has one owner in a group, so somebody is left \
         without."
    );
    assert_eq!(configs_at_root(&why), ["partition.assignment.strategy"]);
}

#[test]
fn who_is_silent_is_taken_out_and_who_is_slow_leaves() {
    let mut timeline = two_members(&[]);
    timeline.act(Act::Crash { node: NodeId(B) }).unwrap();
    run(&mut timeline, 60_000);
    let went = |kind: &Kind| matches!(kind, Kind::MemberWent { .. });
    let why = of_latest(&timeline, went);
    assert!(said(&why).contains("did not hear of it for its session timeout, 45000 ms"), "{}", said(&why));
    assert_eq!(acts_at_root(&timeline, &why), [&Act::Crash { node: NodeId(B) }]);
    let began = of_latest(&timeline, |kind| {
        matches!(kind, Kind::GroupMoved { state: GroupState::PreparingRebalance, .. })
    });
    assert!(said(&began).starts_with("consumer-2 is no member any more"), "{}", said(&began));

    let mut timeline = world(2, 100);
    member(&mut timeline, &[("max.poll.interval.ms", "10000")], slow_worker());
    run(&mut timeline, 25_000);
    let why = of_latest(&timeline, went);
    assert!(said(&why).contains("did not call poll() for max.poll.interval.ms = 10000"), "{}", said(&why));
    assert_eq!(configs_at_root(&why), ["max.poll.interval.ms"]);
    let out = asked(past(&timeline).of_consumer(NodeId(A)), "Why is consumer-1 no member of readers?");
    assert!(said(&out).starts_with("It has left the group"), "{}", said(&out));
}

#[test]
fn a_position_comes_from_the_policy_the_commit_or_a_seek() {
    let mut timeline = world(1, 100);
    member(&mut timeline, &[], Program::default());
    run(&mut timeline, 8_000);
    let start = |timeline: &Timeline| {
        asked(past(timeline).of_consumer(NodeId(A)), "Why did consumer-1 begin to read orders-0 at")
    };
    let first = start(&timeline);
    assert!(said(&first).contains("earliest"), "{}", said(&first));
    assert_eq!(configs_at_root(&first), ["auto.offset.reset"]);
    timeline.act(Act::Crash { node: NodeId(A) }).unwrap();
    timeline.act(Act::Restart { node: NodeId(A) }).unwrap();
    run(&mut timeline, 60_000);
    assert!(said(&start(&timeline)).starts_with("That is what the group readers has committed"));
    let seek = Act::Seek {
        node: NodeId(A),
        topic: name("orders"),
        partition: 0,
        to: crate::lab::SeekPoint::Offset(3),
    };
    timeline.act(seek.clone()).unwrap();
    run(&mut timeline, 100);
    let why = start(&timeline);
    assert!(said(&why).starts_with("It was told to"), "{}", said(&why));
    assert_eq!(acts_at_root(&timeline, &why), [&seek]);
}

#[test]
fn a_record_comes_twice_when_its_reader_died_before_the_commit() {
    let mut timeline = two_members(&[]);
    let never = Program { commit: Commit::Never, ..Program::default() };
    timeline
        .act(Act::SetClientConfig {
            node: NodeId(B),
            config: "auto.commit.interval.ms".into(),
            value: Some("60000".into()),
        })
        .unwrap();
    timeline.act(Act::SetProgram { node: NodeId(B), program: never }).unwrap();
    run(&mut timeline, 10_000);
    timeline.act(Act::Crash { node: NodeId(B) }).unwrap();
    run(&mut timeline, 60_000);
    let line =
        view(&timeline).lag.into_iter().find(|line| line.delivered_twice > 0).expect("something came twice");
    let journal = timeline.journal();
    let spot = timeline.world().names().spot_called(&line.partition);
    let mut back = journal.iter_from(1).filter_map(|(_, entry)| match entry.kind {
        Kind::Jumped { spot: it, to, .. } if Some(it) == spot && entry.node == NodeId(A) => Some(to),
        _ => None,
    });
    let offset = back.next_back().expect("the other one took it");
    let why = asked(past(&timeline).of_record(NodeId(1), &line.partition, offset), "Why was offset");
    assert!(why.question.of(Language::En).ends_with("delivered twice to the group readers?"));
    assert!(said(&why).starts_with("consumer-2 was given it at"), "{}", said(&why));
    assert!(acts_at_root(&timeline, &why).contains(&&Act::Crash { node: NodeId(B) }));
}

#[test]
fn a_record_is_never_delivered_when_it_was_committed_before_the_work() {
    let timeline = one_that_skips();
    let orders = TopicPartition::new(&name("orders"), 0);
    let dropped = timeline.journal().iter_from(1).find_map(|(_, entry)| match entry.kind {
        Kind::Dropped { from, .. } => Some(from),
        _ => None,
    });
    let whys = past(&timeline).of_record(NodeId(1), &orders, dropped.expect("it died with work undone"));
    let why = asked(whys, "Why was offset");
    assert!(why.question.of(Language::En).ends_with("never delivered to the group readers?"));
    assert!(said(&why).contains("before the work was done"), "{}", said(&why));
}

#[test]
fn a_call_blocks_for_its_answer_and_throws_when_its_time_is_over() {
    let mut timeline = two_members(&[("default.api.timeout.ms", "5000")]);
    let broker = NodeId(1);
    let hold = Act::Hold { from: NodeId(B), to: broker, api: Some("ListOffsets".into()) };
    timeline.act(hold.clone()).unwrap();
    let call = Act::Call { node: NodeId(B), call: Call::EndOffsets, time: None, partitions: Vec::new() };
    timeline.act(call.clone()).unwrap();
    run(&mut timeline, 2_000);
    for whys in [past(&timeline).of_group("readers"), past(&timeline).of_consumer(NodeId(B))] {
        let why = asked(whys, "Why does endOffsets() of consumer-2 block?");
        assert!(
            said(&why).starts_with("It has asked broker 1 about orders-3, orders-4, orders-5"),
            "{}",
            said(&why)
        );
        assert_eq!(configs_at_root(&why), ["default.api.timeout.ms"]);
        assert_eq!(acts_at_root(&timeline, &why), [&hold, &call]);
        let guards: Vec<_> =
            why.guards.iter().map(|guard| (guard.what.of(Language::En), guard.holds)).collect();
        assert!(
            guards.contains(&("partitions answered = partitions asked about".to_owned(), false)),
            "{guards:?}"
        );
        assert!(guards.contains(&("waited < default.api.timeout.ms".to_owned(), true)), "{guards:?}");
        let began = past(&timeline).chain(why.cause.expect("it began with something"));
        assert!(
            began.iter().any(|step| matches!(&step.told, Told::Happened(Happened::Act { .. }))),
            "{began:?}"
        );
    }
    let member = view(&timeline).members.into_iter().find(|member| member.node == Some(B)).unwrap();
    let wait = member.call.expect("it is inside the call");
    assert_eq!(
        (member.state, wait.call, wait.answered, wait.partitions),
        (Doings::Calling, Call::EndOffsets, 0, 3)
    );
    assert_eq!(wait.waited_ms + wait.left_ms, 5_000);
    run(&mut timeline, 4_000);
    assert_eq!(past(&timeline).call_blocks(NodeId(B)), None);
    let why = asked(
        past(&timeline).of_consumer(NodeId(B)),
        "Why did endOffsets() of consumer-2 throw TimeoutException?",
    );
    assert_eq!(configs_at_root(&why), ["default.api.timeout.ms"]);
    assert!(!why.guards[0].holds && why.cause.is_some());
}

#[test]
fn a_call_without_a_coordinator_or_a_leader_says_who_is_missing() {
    let mut timeline = two_members(&[]);
    timeline.act(Act::Crash { node: NodeId(1) }).unwrap();
    run(&mut timeline, 500);
    for (call, begins) in [(Call::Committed, "Only the coordinator"), (Call::BeginningOffsets, "")] {
        timeline.act(Act::Call { node: NodeId(A), call, time: None, partitions: Vec::new() }).unwrap();
        run(&mut timeline, 3_000);
        let question = format!("Why does {}() of consumer-1 block?", call.name());
        let why = asked(past(&timeline).of_consumer(NodeId(A)), &question);
        assert!(said(&why).starts_with(begins), "{}", said(&why));
        assert!(acts_at_root(&timeline, &why).contains(&&Act::Crash { node: NodeId(1) }), "{why:?}");
        timeline.act(Act::Wakeup { node: NodeId(A) }).unwrap();
        run(&mut timeline, 500);
        let threw = format!("Why did {}() of consumer-1 throw WakeupException?", call.name());
        let why = asked(past(&timeline).of_consumer(NodeId(A)), &threw);
        assert_eq!(acts_at_root(&timeline, &why), [&Act::Wakeup { node: NodeId(A) }]);
    }
}
