//! Every why has a story: what waits, fails or surprises says so with its numbers, and with the act at its root.

use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::name;
use kafkascope::lab::Act;
use kafkascope::lab::CONTROLLER;
use kafkascope::lab::Kind;
use kafkascope::lab::Timeline;
use kafkascope::view::Language;
use kafkascope::view::Life;
use kafkascope::view::Past;
use kafkascope::view::Root;
use kafkascope::view::StageKind;
use kafkascope::view::Told;
use kafkascope::view::Why;

use crate::support::CONSUMER;
use crate::support::PRODUCER;
use crate::support::at;
use crate::support::cluster;
use crate::support::consumer;
use crate::support::leader;
use crate::support::producer;
use crate::support::replica;
use crate::support::run;

fn past(timeline: &Timeline) -> Past<'_> {
    Past { world: timeline.world(), journal: timeline.journal(), acts: &timeline.branch().acts }
}

/// The one why whose question begins so.
fn asked(whys: Vec<Why>, question: &str) -> Why {
    let told: Vec<String> = whys.iter().map(|why| why.question.of(Language::En)).collect();
    let found = whys.into_iter().find(|why| why.question.of(Language::En).starts_with(question));
    found.unwrap_or_else(|| panic!("nobody asks {question:?}, only {told:#?}"))
}

fn said(why: &Why) -> String {
    why.sentence.of(Language::En)
}

/// `what value` of the guards that do not hold.
fn failing(why: &Why) -> Vec<String> {
    let fails = why.guards.iter().filter(|guard| !guard.holds);
    fails.map(|guard| format!("{}: {}", guard.what.of(Language::En), guard.value)).collect()
}

fn acts_at_root<'a>(timeline: &'a Timeline, why: &Why) -> Vec<&'a Act> {
    let number = |root: &Root| match root {
        Root::Act { number, .. } => Some(&timeline.branch().acts[*number as usize].act),
        Root::Config { .. } => None,
    };
    why.roots.iter().filter_map(number).collect()
}

fn configs_at_root(why: &Why) -> Vec<String> {
    let told = |root: &Root| match root {
        Root::Config { name, value, default, .. } => Some(format!("{name}={value} ({default})")),
        Root::Act { .. } => None,
    };
    why.roots.iter().filter_map(told).collect()
}

/// The why of the latest entry of a kind.
fn of_latest(timeline: &Timeline, fits: impl Fn(&Kind) -> bool) -> Why {
    let journal = timeline.journal();
    let (entry, _) = journal.iter_from(1).filter(|(_, entry)| fits(&entry.kind)).last().expect("it happened");
    let (before, after) = timeline.around(entry).expect("it can be replayed");
    Past { world: &before, ..past(timeline) }.of_entry(entry, &after).expect("it has a why")
}

fn hold(timeline: &mut Timeline, from: NodeId, to: NodeId) {
    timeline.act(Act::Hold { from, to, api: Some("Fetch".into()) }).unwrap();
}

#[test]
fn the_high_watermark_waits_for_the_follower_whose_fetch_is_held() {
    let mut timeline = cluster(1, &[]);
    let leading = leader(&timeline, 0).unwrap();
    let slow = NodeId(leading.0 % 3 + 1);
    producer(&mut timeline, 20, &[]);
    run(&mut timeline, 500);
    hold(&mut timeline, slow, leading);
    run(&mut timeline, 1_000);
    let why = asked(past(&timeline).of_replica(leading, &at(0)), "Why is the high watermark");
    let log = replica(&timeline, leading, 0).unwrap().log().unwrap();
    let (watermark, end) = (log.high_watermark(), log.log_end_offset());
    assert!(watermark < end);
    assert!(
        said(&why).contains(&format!("broker {} has only what lies below {watermark}", slow.0)),
        "{why:?}"
    );
    assert_eq!(failing(&why), [format!("LEO of broker {}: {watermark} ≥ {end}", slow.0)]);
    assert!(
        matches!(acts_at_root(&timeline, &why)[..], [Act::Hold { from, .. }] if *from == slow),
        "{why:?}"
    );
    let chain = past(&timeline).chain(why.cause.expect("something was appended"));
    assert!(chain.iter().any(|step| matches!(step.told, Told::Arrived { from, .. } if from == PRODUCER.0)));
    let told = asked(past(&timeline).of_replica(leading, &at(0)), "Why is the Produce");
    assert!(failing(&told)[0].starts_with("high watermark ≥ required offset"), "{told:?}");
}

#[test]
fn below_min_insync_replicas_the_high_watermark_is_frozen_and_acks_all_is_refused() {
    let mut timeline = cluster(1, &[("min.insync.replicas", "2")]);
    let leading = leader(&timeline, 0).unwrap();
    producer(&mut timeline, 5, &[("delivery.timeout.ms", "3000"), ("request.timeout.ms", "1000")]);
    run(&mut timeline, 500);
    for other in (1..=3).map(NodeId).filter(|id| *id != leading) {
        timeline.act(Act::Crash { node: other }).unwrap();
    }
    run(&mut timeline, 15_000);
    producer(&mut timeline, 20, &[("acks", "1"), ("enable.idempotence", "false")]);
    run(&mut timeline, 3_000);
    let why = asked(past(&timeline).of_replica(leading, &at(0)), "Why is the high watermark");
    assert_eq!(failing(&why), ["|ISR| ≥ min.insync.replicas: 1 ≥ 2"]);
    assert_eq!(acts_at_root(&timeline, &why).len(), 2, "both crashes: {why:?}");
    assert_eq!(configs_at_root(&why), ["min.insync.replicas=2 (1)"]);
    let refused = of_latest(&timeline, |kind| matches!(kind, Kind::Failed { .. }));
    assert!(said(&refused).contains("delivery.timeout.ms"), "{refused:?}");
}

#[test]
fn a_replica_is_out_of_the_isr_because_it_crashed_or_because_it_was_late() {
    let mut timeline = cluster(1, &[]);
    let leading = leader(&timeline, 0).unwrap();
    let [late, dead] = [1, 2].map(|step| NodeId((leading.0 - 1 + step) % 3 + 1));
    producer(&mut timeline, 20, &[]);
    run(&mut timeline, 500);
    hold(&mut timeline, late, leading);
    run(&mut timeline, 60_000);
    let why = asked(past(&timeline).of_replica(late, &at(0)), "Why is broker");
    assert!(
        failing(&why)[0].starts_with("time since it had everything ≤ replica.lag.time.max.ms: "),
        "{why:?}"
    );
    assert!(failing(&why)[0].ends_with(" ≤ 30000"), "{why:?}");
    assert!(matches!(acts_at_root(&timeline, &why)[..], [Act::Hold { .. }]), "{why:?}");
    let then = of_latest(&timeline, |kind| matches!(kind, Kind::IsrShrank { gone, .. } if *gone == late));
    assert!(said(&then).contains(&format!("The leader, broker {}", leading.0)), "{then:?}");
    assert!(failing(&then)[0].ends_with(" ≤ 30000"), "{then:?}");
    timeline.act(Act::Crash { node: dead }).unwrap();
    run(&mut timeline, 15_000);
    let why = asked(past(&timeline).of_replica(dead, &at(0)), "Why is broker");
    assert!(said(&why).starts_with("No process runs there"), "{why:?}");
    let then = of_latest(&timeline, |kind| matches!(kind, Kind::IsrShrank { gone, .. } if *gone == dead));
    assert!(matches!(acts_at_root(&timeline, &then)[..], [Act::Crash { node }] if *node == dead), "{then:?}");
}

#[test]
fn a_leader_is_the_first_in_sync_and_alive_and_without_one_there_is_none() {
    let mut timeline = cluster(1, &[]);
    let first = leader(&timeline, 0).unwrap();
    timeline.act(Act::Crash { node: first }).unwrap();
    let why = asked(past(&timeline).of_replica(first, &at(0)), "Why does broker");
    assert!(said(&why).contains("until its session ends at"), "{why:?}");
    run(&mut timeline, 15_000);
    let second = leader(&timeline, 0).unwrap();
    let why = asked(past(&timeline).of_replica(second, &at(0)), "Why does broker");
    assert!(said(&why).contains(&format!("here broker {}, epoch 1", second.0)), "{why:?}");
    assert_eq!(failing(&why), [format!("broker {}: in the ISR and alive: ✗ ∧ ✗", first.0)]);
    let then = of_latest(&timeline, |kind| matches!(kind, Kind::LeaderChanged { .. }));
    assert!(matches!(acts_at_root(&timeline, &then)[..], [Act::Crash { .. }, ..]), "{then:?}");
    for node in (1..=3).map(NodeId).filter(|id| *id != first) {
        timeline.act(Act::Crash { node }).unwrap();
        run(&mut timeline, 15_000);
    }
    let why = asked(past(&timeline).of_replica(first, &at(0)), "Why has orders-0 no leader");
    assert_eq!(failing(&why).len(), 3, "{why:?}");
    assert_eq!(configs_at_root(&why), ["unclean.leader.election.enable=false (false)"]);
}

#[test]
fn an_idle_fetch_waits_in_the_purgatory_with_its_two_limits() {
    let mut timeline = cluster(1, &[]);
    consumer(&mut timeline);
    run(&mut timeline, 2_000);
    let leading = leader(&timeline, 0).unwrap();
    let whys = past(&timeline).of_replica(leading, &at(0));
    let of_follower = asked(whys.clone(), "Why does the fetch of broker");
    assert_eq!(
        configs_at_root(&of_follower),
        ["replica.fetch.min.bytes=1 (1)", "replica.fetch.wait.max.ms=500 (500)"]
    );
    assert!(failing(&of_follower)[0].starts_with("end − fetch offset > 0: 0 − 0 = 0"), "{of_follower:?}");
    let of_consumer = asked(whys, "Why does the fetch of consumer");
    assert_eq!(configs_at_root(&of_consumer), ["fetch.min.bytes=1 (1)", "fetch.max.wait.ms=500 (500)"]);
    let unread = asked(past(&timeline).of_consumer(CONSUMER), "Why has");
    assert!(said(&unread).starts_with("Its fetch waits at the leader: from offset 0"), "{unread:?}");
}

#[test]
fn a_consumer_does_not_get_what_is_not_committed_nor_what_it_paused() {
    let mut timeline = cluster(1, &[]);
    let leading = leader(&timeline, 0).unwrap();
    producer(&mut timeline, 20, &[("acks", "1"), ("enable.idempotence", "false")]);
    consumer(&mut timeline);
    run(&mut timeline, 1_000);
    hold(&mut timeline, NodeId(leading.0 % 3 + 1), leading);
    run(&mut timeline, 2_000);
    let log = replica(&timeline, leading, 0).unwrap().log().unwrap();
    let last = log.log_end_offset() - 1;
    let why = past(&timeline).unread(CONSUMER, &at(0), last).unwrap();
    assert!(said(&why).contains(&format!("above the high watermark {}", log.high_watermark())), "{why:?}");
    assert!(matches!(acts_at_root(&timeline, &why)[..], [Act::Hold { .. }]), "{why:?}");
    assert!(past(&timeline).of_record(leading, &at(0), last).contains(&why));
    timeline.act(Act::Pause { node: CONSUMER, topic: name("orders"), partition: 0 }).unwrap();
    let why = past(&timeline).unread(CONSUMER, &at(0), last).unwrap();
    assert!(said(&why).starts_with("The partition is paused"), "{why:?}");
    assert!(failing(&why).contains(&"not paused: ✗".to_owned()));
    assert_eq!(past(&timeline).unread(CONSUMER, &at(0), 0), None, "what was read needs no why");
}

#[test]
fn a_segment_rolls_is_kept_and_is_deleted_for_numbers() {
    let mut timeline = cluster(1, &[("segment.bytes", "600"), ("retention.bytes", "1500")]);
    let leading = leader(&timeline, 0).unwrap();
    producer(&mut timeline, 20, &[("linger.ms", "0")]);
    run(&mut timeline, 3_000);
    let whys = past(&timeline).of_segment(leading, &at(0), 0);
    let rolled = asked(whys.clone(), "Why was the segment 0 closed");
    assert!(said(&rolled).contains("> segment.bytes = 600"), "{rolled:?}");
    assert_eq!(configs_at_root(&rolled)[0].split(' ').next(), Some("segment.bytes=600"));
    assert!(rolled.cause.is_some(), "the timeline can go there");
    let kept = asked(whys, "Why is the segment 0 still there");
    assert!(said(&kept).contains("log.retention.check.interval.ms = 300000"), "{kept:?}");
    run(&mut timeline, 600_000);
    let gone = of_latest(&timeline, |kind| matches!(kind, Kind::SegmentDeleted { .. }));
    assert!(said(&gone).contains("retention.bytes allows 1500"), "{gone:?}");
    assert_eq!(configs_at_root(&gone), ["retention.bytes=1500 (-1)"]);
    assert!(
        past(&timeline)
            .of_record(leading, &at(0), 0)
            .iter()
            .any(|why| said(why).contains("log start offset"))
    );
}

#[test]
fn a_tail_is_cut_where_the_epochs_part() {
    let mut timeline = cluster(1, &[]);
    let old = leader(&timeline, 0).unwrap();
    producer(&mut timeline, 20, &[("acks", "1"), ("enable.idempotence", "false"), ("linger.ms", "0")]);
    run(&mut timeline, 2_000);
    let followers: Vec<NodeId> = (1..=3).map(NodeId).filter(|id| *id != old).collect();
    followers.iter().for_each(|other| hold(&mut timeline, *other, old));
    run(&mut timeline, 1_000);
    timeline.act(Act::Crash { node: old }).unwrap();
    run(&mut timeline, 15_000);
    for from in followers {
        timeline.act(Act::Release { from, to: old }).unwrap();
    }
    timeline.act(Act::Restart { node: old }).unwrap();
    run(&mut timeline, 10_000);
    let why = of_latest(&timeline, |kind| matches!(kind, Kind::Truncated { .. }));
    assert!(said(&why).contains("were of leader epoch 0"), "{why:?}");
    assert!(failing(&why)[0].starts_with("its log end ≤ the leader's end of epoch 0"), "{why:?}");
    assert!(matches!(acts_at_root(&timeline, &why)[..], [Act::Crash { node }] if *node == old), "{why:?}");
    let chain = past(&timeline).chain(why.cause.unwrap());
    assert!(matches!(chain[0].told, Told::Happened(_)) && chain.len() > 2, "{chain:?}");
}

#[test]
fn a_broker_is_fenced_when_its_session_ends_and_the_controller_may_be_gone_too() {
    let mut timeline = cluster(1, &[]);
    assert!(past(&timeline).of_broker(NodeId(2)).is_empty(), "nothing to ask about a healthy broker");
    timeline.act(Act::Crash { node: NodeId(2) }).unwrap();
    run(&mut timeline, 15_000);
    let whys = past(&timeline).of_broker(NodeId(2));
    let fenced = asked(whys.clone(), "Why is broker 2 fenced");
    assert!(failing(&fenced)[0].ends_with("< 9000 ms"), "{fenced:?}");
    assert!(matches!(acts_at_root(&timeline, &fenced)[..], [Act::Crash { .. }]), "{fenced:?}");
    assert!(said(&asked(whys, "Why does broker 2 not run")).contains("killed"));
    let then = of_latest(&timeline, |kind| matches!(kind, Kind::Crashed));
    assert!(said(&then).contains("killed") && acts_at_root(&timeline, &then).len() == 1, "{then:?}");
    let then = of_latest(&timeline, |kind| matches!(kind, Kind::Fenced { .. }));
    assert!(failing(&then)[0].ends_with("< 9000 ms"), "{then:?}");
    assert!(past(&timeline).of_controller().is_empty());
    timeline.act(Act::Crash { node: CONTROLLER }).unwrap();
    let why = past(&timeline).of_controller().remove(0);
    assert!(said(&why).contains("Metadata stands still"), "{why:?}");
}

#[test]
fn a_message_waits_for_its_link_and_a_connection_breaks_with_its_process() {
    let mut timeline = cluster(1, &[]);
    let leading = leader(&timeline, 0).unwrap();
    let other = NodeId(leading.0 % 3 + 1);
    producer(&mut timeline, 20, &[]);
    run(&mut timeline, 500);
    hold(&mut timeline, other, leading);
    run(&mut timeline, 2_000);
    let held = timeline.world().network().flights().find(|info| info.due_at.is_none()).unwrap().flight.id;
    let why = past(&timeline).of_message(held).remove(0);
    assert!(said(&why).starts_with("The link holds messages"), "{why:?}");
    assert!(matches!(acts_at_root(&timeline, &why)[..], [Act::Hold { .. }]), "{why:?}");
    let link = asked(past(&timeline).of_link(other, leading), "Why does nothing get");
    assert!(said(&link).contains("Fetch"), "{link:?}");
    let third = NodeId(other.0 % 3 + 1);
    timeline.act(Act::Crash { node: third }).unwrap();
    run(&mut timeline, 100);
    let broke = asked(past(&timeline).of_link(third, leading), "Why did the connection");
    assert!(matches!(acts_at_root(&timeline, &broke)[..], [Act::Crash { .. }]), "{broke:?}");
}

#[test]
fn a_record_is_not_durable_not_indexed_and_lost_with_the_power() {
    let mut timeline = cluster(1, &[("index.interval.bytes", "400")]);
    let leading = leader(&timeline, 0).unwrap();
    producer(&mut timeline, 50, &[("linger.ms", "0")]);
    run(&mut timeline, 1_000);
    let whys = past(&timeline).of_record(leading, &at(0), 3);
    let index = asked(whys.clone(), "Why has offset 3 no entry");
    assert!(failing(&index)[0].ends_with("> 400"), "{index:?}");
    let durable = asked(whys, "Why would offset 3 be lost");
    assert!(said(&durable).contains("durable up to byte 0"), "{durable:?}");
    timeline.act(Act::PowerOff { node: leading }).unwrap();
    run(&mut timeline, 1_000);
    timeline.act(Act::Restart { node: leading }).unwrap();
    run(&mut timeline, 300);
    let why = of_latest(&timeline, |kind| matches!(kind, Kind::Truncated { .. }));
    assert!(said(&why).contains("lost power"), "{why:?}");
    assert!(matches!(acts_at_root(&timeline, &why)[..], [Act::PowerOff { .. }]), "{why:?}");
}

#[test]
fn a_record_has_a_life_from_send_to_poll_wherever_the_playhead_is() {
    let mut timeline = cluster(1, &[]);
    producer(&mut timeline, 20, &[("linger.ms", "10")]);
    consumer(&mut timeline);
    run(&mut timeline, 3_000);
    let mut life = Life::new(at(0), 7);
    life.follow(timeline.journal(), timeline.world());
    let kinds: Vec<StageKind> = life.stages.iter().map(|stage| stage.kind).collect();
    assert_eq!(kinds[..3], [StageKind::Sent, StageKind::Drained, StageKind::Appended]);
    assert_eq!(kinds.iter().filter(|kind| **kind == StageKind::Replicated).count(), 2, "{kinds:?}");
    let after =
        |kind| kinds.iter().position(|it| *it == kind).unwrap_or_else(|| panic!("{kind:?} in {kinds:?}"));
    assert!(after(StageKind::Committed) > after(StageKind::Replicated), "{kinds:?}");
    assert!(after(StageKind::Acked) > after(StageKind::Committed), "acks=all waits for it: {kinds:?}");
    assert!(after(StageKind::Delivered) > after(StageKind::Committed), "{kinds:?}");
    let linger = life.at(StageKind::Drained).and_then(|stage| stage.took).unwrap();
    assert!((9..=12).contains(&linger.as_millis()), "the batch waited linger.ms: {linger:?}");
    let committed = life.at(StageKind::Committed).unwrap().clone();
    timeline.seek_entry(committed.entry.unwrap());
    assert_eq!(timeline.now(), committed.at);
    let leading = leader(&timeline, 0).unwrap();
    assert!(replica(&timeline, leading, 0).unwrap().log().unwrap().high_watermark() > 7);
    let mut again = Life::new(at(0), 7);
    again.follow(timeline.journal(), timeline.world());
    assert_eq!(again.stages, life.stages, "the same life, seen from an earlier moment");
    let mut nothing = Life::new(at(0), 1_000_000);
    nothing.follow(timeline.journal(), timeline.world());
    assert!(nothing.stages.is_empty());
}
