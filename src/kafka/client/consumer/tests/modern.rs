//! Membership by KIP-848.

use super::stage::Stage;
use super::stage::at;
use super::stage::id_of;
use super::stage::text;
use crate::kafka::client::consumer::ConsumerCommand;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::client::consumer::group::ModernState;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::consumer_group_heartbeat_request::ConsumerGroupHeartbeatRequestData;
use crate::kafka::protocol::messages::consumer_group_heartbeat_response as response;

const MODERN: (&str, &str) = ("group.protocol", "consumer");

fn stage(pairs: &[(&str, &str)], program: Program) -> Stage {
    let pairs: Vec<(&str, &str)> = [MODERN].iter().chain(pairs).copied().collect();
    Stage::new(&pairs, program)
}

/// Takes the heartbeat that waits, and answers it with an epoch and, with partitions, a target.
fn answer(
    stage: &mut Stage,
    error: ErrorCode,
    epoch: i32,
    partitions: Option<&[i32]>,
) -> ConsumerGroupHeartbeatRequestData {
    let waiting = stage.take(Api::ConsumerGroupHeartbeat);
    let Request::ConsumerGroupHeartbeat(asked) = &*waiting.frame.body else { unreachable!() };
    let asked = asked.clone();
    let topic = |numbers: &[i32]| {
        let topic =
            response::TopicPartitions::default().with_topic_id(id_of("t")).with_partitions(numbers.to_vec());
        let topics = if numbers.is_empty() { Vec::new() } else { vec![topic] };
        Box::new(response::Assignment::default().with_topic_partitions(topics))
    };
    let answer = response::ConsumerGroupHeartbeatResponseData::default()
        .with_error_code(error.code())
        .with_member_id(Some(asked.member_id.clone()))
        .with_member_epoch(epoch)
        .with_heartbeat_interval_ms(5_000)
        .with_assignment(partitions.map(topic));
    stage.respond(&waiting, Response::ConsumerGroupHeartbeat(answer));
    asked
}

fn told(asked: &ConsumerGroupHeartbeatRequestData) -> Option<Vec<i32>> {
    let topics = asked.topic_partitions.as_ref()?;
    Some(topics.iter().flat_map(|topic| topic.partitions.clone()).collect())
}

/// A stable member with these partitions, in epoch 2.
fn member(pairs: &[(&str, &str)], program: Program, partitions: &[i32]) -> Stage {
    let mut stage = stage(pairs, program);
    answer(&mut stage, ErrorCode::None, 2, Some(partitions));
    answer(&mut stage, ErrorCode::None, 2, None);
    stage
}

#[test]
fn a_member_joins_with_a_heartbeat_takes_its_partitions_and_says_so() {
    let pairs = [("group.remote.assignor", "range"), ("client.rack", "r1"), ("enable.auto.commit", "false")];
    let mut stage = stage(&pairs, Program::default());
    let asked = answer(&mut stage, ErrorCode::None, 2, Some(&[0, 1]));
    assert_eq!((asked.member_epoch, asked.rebalance_timeout_ms), (0, 300_000));
    assert_eq!(asked.member_id.len(), 22, "the client draws it");
    assert_eq!(asked.subscribed_topic_names, Some(vec![text("t")]));
    assert_eq!(
        (asked.server_assignor.clone(), asked.rack_id.clone()),
        (Some(text("range")), Some(text("r1")))
    );
    assert_eq!(told(&asked), Some(Vec::new()));
    assert_eq!((stage.owned(), stage.calls()), (vec![0, 1], vec!["Assigned 0 1".to_owned()]));
    let asked = answer(&mut stage, ErrorCode::None, 2, None);
    assert_eq!((asked.member_epoch, told(&asked)), (2, Some(vec![0, 1])));
    assert_eq!((asked.subscribed_topic_names, asked.rebalance_timeout_ms), (None, -1), "said before");
    assert_eq!(stage.consumer.group().modern().state(), ModernState::Stable);
    stage.run_until(4_900);
    assert!(stage.group.is_empty());
    stage.run_until(5_000);
    let asked = answer(&mut stage, ErrorCode::None, 2, None);
    assert_eq!(told(&asked), None);
}

#[test]
fn what_it_gives_up_is_committed_first_and_told_before_the_next_epoch() {
    let mut stage = member(&[], Program::default(), &[0, 1]);
    stage.run_until(4_999);
    stage.run_until(5_000);
    assert_eq!(stage.asked().first(), Some(&Api::OffsetCommit), "auto commit is due too");
    stage.answer_commit(ErrorCode::None);
    answer(&mut stage, ErrorCode::None, 2, Some(&[0]));
    assert_eq!(stage.owned(), [0, 1]);
    assert_eq!(stage.consumer.group().modern().state(), ModernState::Reconciling);
    stage.answer_commit(ErrorCode::None);
    assert_eq!(stage.calls(), ["Assigned 0 1", "Revoked 1", "Assigned"]);
    let asked = answer(&mut stage, ErrorCode::None, 3, None);
    assert_eq!((asked.member_epoch, told(&asked)), (2, Some(vec![0])));
    assert_eq!((stage.consumer.group().generation(), stage.owned()), (3, vec![0]));
}

#[test]
fn a_fenced_member_loses_everything_and_joins_again_with_its_name() {
    let mut stage = member(&[("enable.auto.commit", "false")], Program::default(), &[0]);
    let name = stage.consumer.group().member().clone();
    stage.run_until(5_000);
    answer(&mut stage, ErrorCode::FencedMemberEpoch, 0, None);
    assert_eq!(stage.calls(), ["Assigned 0", "Lost 0"]);
    let asked = answer(&mut stage, ErrorCode::None, 4, Some(&[0]));
    assert_eq!((asked.member_epoch, asked.member_id.as_str()), (0, &*name));
    assert_eq!(stage.owned(), [0]);
}

#[test]
fn who_does_not_poll_in_time_leaves_and_joins_again_with_its_next_poll() {
    let slow = Program { per_record_us: 12_000_000, ..Program::default() };
    let pairs = [("max.poll.interval.ms", "6000"), ("enable.auto.commit", "false")];
    for (instance, epoch) in [(None, -1), (Some(("group.instance.id", "i")), -2)] {
        let pairs: Vec<(&str, &str)> = pairs.into_iter().chain(instance).collect();
        let mut stage = member(&pairs, slow.clone(), &[0]);
        stage.feed(0, 0, &["a"]);
        stage.run_until(5_000);
        answer(&mut stage, ErrorCode::None, 2, None);
        stage.run_until(6_000);
        assert_eq!(answer(&mut stage, ErrorCode::None, epoch, None).member_epoch, epoch);
        assert_eq!(stage.consumer.group().modern().state(), ModernState::Stale);
        stage.run_until(11_000);
        assert!(stage.group.is_empty(), "it is silent");
        stage.run_until(12_001);
        assert_eq!(stage.calls(), ["Assigned 0", "Lost 0"]);
        assert_eq!(answer(&mut stage, ErrorCode::None, 5, Some(&[0])).member_epoch, 0);
    }
}

#[test]
fn a_goodbye_is_an_epoch() {
    for (instance, epoch) in [(None, -1), (Some(("group.instance.id", "i")), -2)] {
        let pairs: Vec<(&str, &str)> = instance.into_iter().collect();
        let mut stage = member(&pairs, Program::default(), &[0]);
        stage.command(ConsumerCommand::Close);
        stage.answer_commit(ErrorCode::None);
        assert_eq!(answer(&mut stage, ErrorCode::None, epoch, None).member_epoch, epoch);
        assert_eq!(stage.exit_reason(), "closed");
    }
}

#[test]
fn a_lost_heartbeat_is_said_again_in_full() {
    let mut stage = member(&[], Program::default(), &[0]);
    stage.run_until(5_000);
    stage.answer_commit(ErrorCode::None);
    stage.cut_coordinator();
    stage.run_until(6_000);
    let asked = answer(&mut stage, ErrorCode::None, 2, None);
    assert_eq!((asked.member_epoch, told(&asked)), (2, Some(vec![0])));
    assert_eq!(asked.subscribed_topic_names, Some(vec![text("t")]));
}

#[test]
fn fatal_errors_end_it_by_name() {
    for (error, exception) in [
        (ErrorCode::UnreleasedInstanceId, "UnreleasedInstanceIdException"),
        (ErrorCode::UnsupportedAssignor, "UnsupportedAssignorException"),
        (ErrorCode::GroupMaxSizeReached, "GroupMaxSizeReachedException"),
    ] {
        let mut stage = stage(&[], Program::default());
        answer(&mut stage, error, 0, None);
        assert!(stage.exit_reason().starts_with(exception), "{}", stage.exit_reason());
    }
}

#[test]
fn a_pattern_is_the_coordinators_to_match() {
    let reading = Subscription::Pattern("t.*".into());
    let mut stage = Stage::reading(reading, &[MODERN], Program::default());
    let asked = answer(&mut stage, ErrorCode::None, 2, Some(&[3]));
    assert_eq!(asked.subscribed_topic_regex, Some(text("t.*")));
    assert_eq!(asked.subscribed_topic_names, Some(Vec::new()));
    assert_eq!(stage.owned(), [3]);
    assert_eq!(stage.consumer.assigned().next().map(|(tp, _)| tp.clone()), Some(at("t", 3)));
}
