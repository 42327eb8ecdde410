//! Membership by the classic protocol.

use super::stage::Stage;
use super::stage::at;
use super::stage::text;
use crate::kafka::base::name;
use crate::kafka::client::consumer::ConsumerCommand;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::client::consumer::group::MemberState;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;

const COOPERATIVE: (&str, &str) = ("partition.assignment.strategy", "cooperative-sticky");

fn program(per_record_ms: u64) -> Program {
    Program { per_record_us: per_record_ms * 1_000, ..Program::default() }
}

#[test]
fn a_member_asks_for_its_id_joins_and_gets_its_partitions() {
    let mut stage = Stage::new(&[], Program::default());
    stage.refuse_join(ErrorCode::MemberIdRequired, "m1");
    let waiting = stage.group.front().expect("it joins again at once");
    let Request::JoinGroup(asked) = &*waiting.frame.body else { panic!("{:?}", waiting.frame.body) };
    assert_eq!((asked.member_id.as_str(), asked.session_timeout_ms), ("m1", 45_000));
    assert_eq!(asked.rebalance_timeout_ms, 300_000, "max.poll.interval.ms");
    let names: Vec<&str> = asked.protocols.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["range", "cooperative-sticky"]);
    stage.join(1, "range", "m2", &[]);
    stage.sync(&[at("t", 0), at("t", 1)]);
    assert_eq!((stage.owned(), stage.calls()), (vec![0, 1], vec!["Assigned 0 1".to_owned()]));
    assert_eq!(stage.consumer.group().classic().state(), MemberState::Stable);
    assert_eq!(stage.position(0), Some(0), "auto.offset.reset=earliest");
}

#[test]
fn the_leader_deals_out_the_topics_of_all_members() {
    let mut stage = Stage::new(&[("metadata.max.age.ms", "2000")], Program::default());
    stage.refuse_join(ErrorCode::MemberIdRequired, "m1");
    stage.join(1, "range", "m1", &["m2"]);
    let given = stage.sync(&[at("t", 0), at("t", 1)]);
    assert_eq!(
        given,
        [("m1".to_owned(), vec![at("t", 0), at("t", 1)]), ("m2".to_owned(), vec![at("t", 2), at("t", 3)])]
    );
    assert!(stage.consumer.group().classic().is_leader());
    // The topic grows: the leader sees it in its metadata, and asks for a rebalance.
    stage.topics.insert("t", 6);
    stage.run_until(2_100);
    stage.answer_commit(ErrorCode::None);
    assert_eq!(stage.asked(), [Api::JoinGroup]);
    assert_eq!(stage.calls(), ["Assigned 0 1", "Revoked 0 1"], "eager: it gives up everything first");
}

#[test]
fn heartbeats_go_on_while_the_application_works() {
    let mut stage = Stage::new(&[], program(10_000));
    stage.become_member(1, "range", &[at("t", 0)]);
    stage.feed(0, 0, &["a"]);
    assert!(!stage.consumer.application().is_polling());
    for _ in 0..3 {
        stage.run_until(stage.now.as_millis() + 3_000);
        stage.answer_heartbeat(ErrorCode::None);
    }
    assert!(!stage.consumer.application().is_polling() && stage.group.is_empty());
}

#[test]
fn a_rebalance_waits_for_the_application_to_poll() {
    let mut stage = Stage::new(&[], program(10_000));
    stage.become_member(1, "range", &[at("t", 0)]);
    stage.feed(0, 0, &["a"]);
    stage.run_until(3_100);
    stage.answer_heartbeat(ErrorCode::RebalanceInProgress);
    assert!(stage.group.is_empty(), "it works, and does not join");
    assert_eq!(stage.consumer.group().classic().rejoin_reason(), Some("group is already rebalancing"));
    stage.run_until(9_900);
    while stage.group.front().is_some_and(|w| w.frame.header.api == Api::Heartbeat) {
        stage.answer_heartbeat(ErrorCode::RebalanceInProgress);
    }
    stage.run_until(10_100);
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 1)], "poll() first commits what it has read");
    assert_eq!(stage.asked(), [Api::JoinGroup]);
    assert_eq!(stage.calls(), ["Assigned 0", "Revoked 0"]);
    assert!(stage.owned().is_empty());
}

#[test]
fn who_does_not_poll_in_time_leaves_and_comes_back() {
    let mut stage = Stage::new(&[("max.poll.interval.ms", "5000")], program(8_000));
    stage.become_member(1, "range", &[at("t", 0)]);
    stage.feed(0, 0, &["a"]);
    stage.run_until(3_100);
    stage.answer_heartbeat(ErrorCode::None);
    stage.run_until(5_100);
    let waiting = stage.group.front().expect("it leaves").clone();
    let Request::LeaveGroup(asked) = &*waiting.frame.body else { panic!("{:?}", waiting.frame.body) };
    assert_eq!(asked.members[0].reason, Some(text("consumer poll timeout has expired.")));
    stage.answer_leave();
    assert_eq!(stage.owned(), [0], "the application does not know it yet");
    stage.run_until(8_100);
    assert_eq!(stage.calls(), ["Assigned 0", "Lost 0"]);
    let waiting = stage.take(Api::JoinGroup);
    let Request::JoinGroup(asked) = &*waiting.frame.body else { unreachable!() };
    assert_eq!(asked.member_id, text(""));
}

#[test]
fn a_cooperative_member_keeps_what_stays_and_joins_again_after_it_gave_something_up() {
    let mut stage = Stage::new(&[COOPERATIVE], Program::default());
    stage.become_member(1, "cooperative-sticky", &[at("t", 0), at("t", 1)]);
    stage.run_until(3_100);
    stage.answer_heartbeat(ErrorCode::RebalanceInProgress);
    stage.answer_commit(ErrorCode::None);
    assert_eq!(stage.owned(), [0, 1], "it goes on reading meanwhile");
    stage.join(2, "cooperative-sticky", "m2", &[]);
    stage.sync(&[at("t", 0)]);
    assert_eq!(stage.owned(), [0]);
    stage.answer_commit(ErrorCode::None);
    assert_eq!(stage.calls(), ["Assigned 0 1", "Revoked 1", "Assigned"]);
    let waiting = stage.group.front().expect("the second rebalance").clone();
    let Request::JoinGroup(asked) = &*waiting.frame.body else { panic!("{:?}", waiting.frame.body) };
    assert_eq!(asked.reason, Some(text("need to revoke partitions and re-join")));
    let told = ConsumerProtocolSubscription::decode(&asked.protocols[0].metadata).unwrap();
    assert_eq!((told.owned, told.generation), (vec![at("t", 0)], 2));
}

#[test]
fn a_member_that_the_group_has_forgotten_starts_anew() {
    for (error, keeps_id) in [(ErrorCode::UnknownMemberId, false), (ErrorCode::IllegalGeneration, true)] {
        let mut stage = Stage::new(&[("enable.auto.commit", "false")], Program::default());
        stage.become_member(1, "range", &[at("t", 0)]);
        stage.run_until(3_100);
        stage.answer_heartbeat(error);
        let waiting = stage.take(Api::JoinGroup);
        let Request::JoinGroup(asked) = &*waiting.frame.body else { unreachable!() };
        assert_eq!(asked.member_id, text(if keeps_id { "m1" } else { "" }));
        assert_eq!(stage.calls(), ["Assigned 0", "Lost 0"]);
    }
}

#[test]
fn a_fenced_static_member_ends_and_a_full_group_ends_a_newcomer() {
    let mut stage = Stage::new(&[("group.instance.id", "i")], Program::default());
    stage.join(1, "range", "m2", &[]);
    stage.sync(&[at("t", 0)]);
    stage.run_until(3_100);
    stage.answer_heartbeat(ErrorCode::FencedInstanceId);
    assert!(stage.exit_reason().starts_with("FencedInstanceIdException"));

    let mut stage = Stage::new(&[], Program::default());
    stage.refuse_join(ErrorCode::GroupMaxSizeReached, "");
    assert!(stage.exit_reason().starts_with("GroupMaxSizeReachedException"));

    let mut stage = Stage::new(&[], Program::default());
    stage.refuse_join(ErrorCode::InconsistentGroupProtocol, "");
    assert!(stage.exit_reason().starts_with("InconsistentGroupProtocolException"));
}

#[test]
fn a_lost_coordinator_is_looked_for_and_the_join_comes_again() {
    let mut stage = Stage::new(&[], Program::default());
    stage.refuse_join(ErrorCode::MemberIdRequired, "m1");
    stage.cut_coordinator();
    assert_eq!(
        stage.consumer.group().coordinator(),
        Some(crate::kafka::base::NodeId(super::stage::COORDINATOR))
    );
    stage.run_until(1_000);
    assert_eq!(stage.asked(), [Api::JoinGroup]);
    stage.refuse_join(ErrorCode::NotCoordinator, "m1");
    assert!(stage.asked().is_empty());
    stage.run_until(2_000);
    assert_eq!(stage.asked(), [Api::JoinGroup]);
    stage.refuse_join(ErrorCode::CoordinatorLoadInProgress, "m1");
    assert!(stage.asked().is_empty(), "it waits for retry.backoff.ms");
    stage.run_until(2_101);
    assert_eq!(stage.asked(), [Api::JoinGroup]);
}

#[test]
fn a_dynamic_member_leaves_when_it_closes_and_a_static_one_does_not() {
    for (instance, leaves) in [(None, true), (Some(("group.instance.id", "i")), false)] {
        let pairs: Vec<(&str, &str)> = instance.into_iter().collect();
        let mut stage = Stage::new(&pairs, Program::default());
        if instance.is_none() {
            stage.refuse_join(ErrorCode::MemberIdRequired, "m1");
        }
        stage.join(1, "range", "m2", &[]);
        stage.sync(&[at("t", 0)]);
        stage.command(ConsumerCommand::Close);
        stage.answer_commit(ErrorCode::None);
        assert_eq!(stage.asked().contains(&Api::LeaveGroup), leaves);
        assert_eq!(stage.calls(), ["Assigned 0", "Revoked 0"]);
        if leaves {
            stage.answer_leave();
        }
        assert_eq!(stage.exit_reason(), "closed");
    }
}

#[test]
fn a_pattern_takes_topics_that_come_later_and_not_kafkas_own() {
    let reading = Subscription::Pattern("t|u.*".into());
    let mut stage = Stage::reading(reading, &[("metadata.max.age.ms", "2000")], Program::default());
    stage.topics.insert("__consumer_offsets", 50);
    stage.become_member(1, "range", &[at("t", 0)]);
    let wanted = |stage: &Stage| -> Vec<String> {
        stage.consumer.group().classic().subscription().iter().map(|name| name.to_string()).collect()
    };
    assert_eq!(wanted(&stage), ["t"]);
    stage.topics.insert("users", 1);
    stage.run_until(2_100);
    assert_eq!(wanted(&stage), ["t", "users"]);
    stage.answer_commit(ErrorCode::None);
    let waiting = stage.take(Api::JoinGroup);
    let Request::JoinGroup(asked) = &*waiting.frame.body else { unreachable!() };
    let told = ConsumerProtocolSubscription::decode(&asked.protocols[0].metadata).unwrap();
    assert_eq!(told.topics, [name("t"), name("users")]);
}

#[test]
fn unsubscribing_leaves_and_subscribing_to_something_else_joins_with_it() {
    let mut stage = Stage::new(&[("enable.auto.commit", "false")], Program::default());
    stage.topics.insert("u", 2);
    stage.become_member(1, "range", &[at("t", 0)]);
    stage.command(ConsumerCommand::Subscribe(Subscription::Topics(vec![name("u")])));
    assert_eq!(stage.calls(), ["Assigned 0", "Revoked 0"]);
    stage.join(2, "range", "m2", &[]);
    stage.sync(&[at("u", 1)]);
    assert_eq!(stage.owned(), [1]);
    stage.command(ConsumerCommand::Unsubscribe);
    assert_eq!(stage.asked(), [Api::LeaveGroup]);
    assert!(stage.owned().is_empty());
    stage.answer_leave();
    stage.run_until(20_000);
    assert!(stage.group.is_empty(), "{:?}", stage.asked());
}
