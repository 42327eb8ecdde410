//! Where a partition begins, who commits and when, and what a program does around it.

use super::stage::Stage;
use super::stage::at;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Assignment;
use crate::kafka::client::consumer::Commit;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::ConsumerCommand;
use crate::kafka::client::consumer::OnPoison;
use crate::kafka::client::consumer::Program;
use crate::kafka::client::consumer::Subscription;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;

fn commits(commit: Commit) -> Program {
    Program { per_record_us: 1_000_000, commit, ..Program::default() }
}

fn member(program: Program) -> Stage {
    let mut stage = Stage::new(&[], program);
    stage.become_member(1, "range", &[at("t", 0)]);
    stage
}

#[test]
fn a_partition_begins_at_what_the_group_has_committed() {
    let mut stage = Stage::new(&[], Program::default());
    stage.committed.insert(("t", 1), 40);
    stage.become_member(1, "range", &[at("t", 0), at("t", 1)]);
    assert_eq!((stage.position(0), stage.position(1)), (Some(0), Some(40)));
    assert_eq!(stage.consumer.group().committed().get(&at("t", 1)).map(|c| c.offset), Some(40));
    let mut stage = Stage::new(&[("auto.offset.reset", "none")], Program::default());
    stage.become_member(1, "range", &[at("t", 0)]);
    assert_eq!(stage.position(0), None);
}

#[test]
fn a_committed_offset_is_checked_with_the_leader_before_anything_is_read_from_it() {
    for (end, begins) in [(50, 40), (30, 30)] {
        let mut stage = Stage::new(&[], Program::default());
        stage.committed.insert(("t", 1), 40);
        stage.committed_epoch = 0;
        stage.become_member(1, "range", &[at("t", 1)]);
        assert_eq!(stage.fetching(), [], "the leader may have lost what was read");
        stage.answer_epoch_end(end);
        assert_eq!(stage.fetching(), [(1, begins)], "the leader's log of that epoch ends at {end}");
    }
}

#[test]
fn a_broker_is_left_alone_while_something_of_it_is_buffered() {
    let slow = Program { per_record_us: 1_000_000, ..Program::default() };
    let mut stage = Stage::new(&[("max.poll.records", "1")], slow);
    stage.become_member(1, "range", &[at("t", 0), at("t", 1)]);
    assert_eq!(stage.fetching(), [(0, 0), (1, 0)]);
    stage.feed(0, 0, &["a", "b"]);
    assert_eq!(
        stage.fetching(),
        [],
        "b is buffered: a fetch without partition 0 would drop it from the session"
    );
    stage.run_until(2_010);
    assert_eq!(stage.fetching(), [(0, 2)], "b was taken; the session still knows partition 1");
}

#[test]
fn who_commits_before_the_work_has_committed_while_it_works() {
    let mut stage = member(commits(Commit::Before));
    stage.feed(0, 0, &["a", "b"]);
    assert!(stage.consumer.application().is_committing());
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 2)]);
    assert_eq!(stage.consumer.application().processed, 0);
    stage.run_until(stage.now.as_millis() + 2_001);
    assert_eq!(stage.consumer.application().processed, 2);
    assert!(!stage.asked().contains(&Api::OffsetCommit));
}

#[test]
fn who_commits_after_the_work_commits_what_is_done() {
    let mut stage = member(commits(Commit::After));
    stage.feed(0, 0, &["a", "b"]);
    assert!(stage.group.is_empty());
    stage.run_until(2_010);
    assert!(stage.consumer.application().is_committing());
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 2)]);
    assert!(stage.consumer.application().is_polling());
}

#[test]
fn who_commits_asynchronously_does_not_wait() {
    let mut stage = member(commits(Commit::AfterAsync));
    stage.feed(0, 0, &["a"]);
    stage.run_until(1_010);
    assert_eq!(stage.asked(), [Api::OffsetCommit]);
    assert!(stage.consumer.application().is_polling());
    stage.answer_commit(ErrorCode::CoordinatorLoadInProgress);
    assert_eq!(stage.caught().as_deref(), Some("RetriableCommitFailedException"));
    assert!(stage.asked().is_empty(), "it is not tried again");
}

#[test]
fn commit_sync_tries_again_and_gives_up_when_its_time_is_over() {
    let mut stage = Stage::new(&[("default.api.timeout.ms", "500")], commits(Commit::Before));
    stage.become_member(1, "range", &[at("t", 0)]);
    stage.feed(0, 0, &["a"]);
    stage.answer_commit(ErrorCode::CoordinatorLoadInProgress);
    stage.run_until(200);
    stage.answer_commit(ErrorCode::CoordinatorLoadInProgress);
    stage.run_until(505);
    assert_eq!(stage.caught().as_deref(), Some("TimeoutException"));
    assert!(stage.consumer.application().working_until().is_some(), "it goes on with the work");
}

#[test]
fn a_commit_fails_when_the_group_has_moved_on() {
    let mut stage = member(commits(Commit::After));
    stage.feed(0, 0, &["a"]);
    stage.run_until(1_010);
    stage.answer_commit(ErrorCode::UnknownMemberId);
    assert_eq!(stage.caught().as_deref(), Some("CommitFailedException"));
    assert_eq!(stage.calls(), ["Assigned 0", "Lost 0"]);
    assert_eq!(stage.asked(), [Api::JoinGroup]);

    let mut stage = member(commits(Commit::After));
    stage.feed(0, 0, &["a"]);
    stage.run_until(1_010);
    stage.answer_commit(ErrorCode::RebalanceInProgress);
    assert_eq!(stage.caught().as_deref(), Some("RebalanceInProgressException"));
    assert_eq!(stage.calls(), ["Assigned 0", "Revoked 0"]);
}

#[test]
fn what_a_rebalance_stopped_is_committed_after_it() {
    let cooperative = ("partition.assignment.strategy", "cooperative-sticky");
    let mut stage = Stage::new(&[cooperative], commits(Commit::After));
    stage.become_member(1, "cooperative-sticky", &[at("t", 0)]);
    stage.feed(0, 0, &["a"]);
    stage.run_until(1_010);
    stage.answer_commit(ErrorCode::RebalanceInProgress);
    assert_eq!(stage.asked(), [Api::JoinGroup]);
    stage.join(2, "cooperative-sticky", "m2", &[]);
    stage.sync(&[at("t", 0)]);
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 1)]);
}

#[test]
fn auto_commit_is_inside_poll_and_every_five_seconds() {
    let mut stage = member(Program::default());
    stage.feed(0, 0, &["a"]);
    stage.run_until(4_900);
    assert!(!stage.asked().contains(&Api::OffsetCommit));
    stage.run_until(5_100);
    assert_eq!(stage.asked(), [Api::Heartbeat, Api::OffsetCommit]);
    stage.answer_heartbeat(ErrorCode::None);
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 1)]);

    let mut stage = member(commits(Commit::Auto));
    stage.feed(0, 0, &["a", "b", "c", "d", "e", "f", "g"]);
    stage.run_until(6_900);
    assert!(!stage.asked().contains(&Api::OffsetCommit), "it works, and nobody commits");
    stage.run_until(7_100);
    assert!(stage.asked().contains(&Api::OffsetCommit));
}

#[test]
fn nobody_commits_for_a_program_that_never_does() {
    let mut stage = member(commits(Commit::Never));
    stage.feed(0, 0, &["a"]);
    stage.run_until(20_000);
    assert!(!stage.asked().contains(&Api::OffsetCommit));
}

#[test]
fn a_crash_comes_between_the_work_and_the_commit() {
    let mut stage = member(Program { crash_after: Some(2), ..commits(Commit::After) });
    stage.feed(0, 10, &["a", "b", "c"]);
    stage.run_until(1_900);
    assert!(!stage.exited);
    stage.run_until(2_010);
    assert_eq!(stage.exit_reason(), "killed by its program after the record at offset 11 of t-0");
    assert!(stage.asked().is_empty(), "no commit, and no word to the group");
}

#[test]
fn a_poison_record_ends_is_skipped_or_comes_again() {
    let with = |on_poison| Program {
        poison: Some("bad".into()),
        on_poison,
        per_record_us: 1_000,
        ..commits(Commit::After)
    };
    let mut stage = member(with(OnPoison::Crash));
    stage.feed(0, 0, &["a", "bad", "c"]);
    stage.run_until(10);
    assert_eq!(stage.exit_reason(), "RuntimeException: cannot process the record at offset 1 of t-0");

    let mut stage = member(with(OnPoison::Skip));
    stage.feed(0, 0, &["a", "bad", "c"]);
    stage.run_until(10);
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 3)]);
    assert_eq!(stage.consumer.application().skipped, 1);

    let mut stage = member(with(OnPoison::Retry));
    stage.feed(0, 0, &["a", "bad", "c"]);
    stage.run_until(1_010);
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 1)], "what comes before it is done");
    stage.feed(0, 3, &["d"]); // It was asked for before, and is of no use now.
    stage.feed(0, 1, &["bad", "c"]);
    let (_, assigned) = stage.consumer.assigned().next().unwrap();
    assert_eq!((assigned.repeated_records, stage.consumer.application().retried), (2, 1));
}

#[test]
fn a_consumer_without_a_group_commits_nowhere_and_one_with_it_commits_what_it_was_assigned() {
    let reading = Subscription::Assign(Assignment::Topics(vec![name("t")]));
    let mut stage = Stage::reading(reading.clone(), &[], Program::default());
    stage.run_until(5_100);
    let waiting = stage.take(Api::OffsetCommit);
    let crate::kafka::protocol::Request::OffsetCommit(asked) = &*waiting.frame.body else { unreachable!() };
    assert_eq!((asked.generation_id_or_member_epoch, asked.member_id.as_str()), (-1, ""));

    let mut spec = stage.consumer.spec().clone();
    spec.config.remove("group.id");
    assert!(Consumer::new(spec.clone()).is_ok());
    spec.program.commit = Commit::After;
    assert!(Consumer::new(spec.clone()).unwrap_err().to_string().starts_with("InvalidGroupIdException"));
    spec.program.commit = Commit::Auto;
    spec.subscription = Subscription::Topics(vec![name("t")]);
    assert!(Consumer::new(spec).unwrap_err().to_string().starts_with("InvalidGroupIdException"));
}

#[test]
fn a_wakeup_ends_the_call_that_waits() {
    let mut stage = member(commits(Commit::Before));
    stage.feed(0, 0, &["a"]);
    stage.command(ConsumerCommand::Wakeup);
    assert_eq!(stage.caught().as_deref(), Some("WakeupException"));
    assert!(stage.consumer.application().working_until().is_some());
}

#[test]
fn a_person_can_commit_and_seek_everywhere() {
    let mut stage = member(Program { commit: Commit::Never, ..Program::default() });
    stage.feed(0, 0, &["a", "b"]);
    stage.run_until(stage.now.as_millis());
    stage.command(ConsumerCommand::Commit { sync: true });
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 2)]);
    let to = crate::kafka::client::consumer::SeekTo::Offset(1);
    stage.command(ConsumerCommand::SeekAll(to));
    stage.command(ConsumerCommand::Commit { sync: false });
    assert_eq!(stage.answer_commit(ErrorCode::None), [(0, 1)]);
}
