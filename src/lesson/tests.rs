//! Every lesson, question and card is solved, and failed with each wrong choice.

use super::AskedForm;
use super::CARDS;
use super::LESSONS;
use super::Lesson;
use super::QUESTIONS;
use super::Ran;
use super::Round;
use super::Scene;
use super::Task;
use super::Trial;
use super::Value;
use super::run;
use super::stage;
use crate::lab::Timeline;

/// Runs a trial and checks: the truth exists, exactly one choice claims it, every other one is wrong.
fn solve(name: &str, trial: &'static Trial, timeline: &mut Timeline) {
    let round = Round::from(trial);
    let (since, began) = run(timeline, round.acts.clone(), round.ms);
    let ran = Ran::since(timeline, since, began);
    let truth = (round.probe)(&ran);
    assert_ne!(truth, Value::Nothing, "{name}: the probe read nothing");
    assert!(round.grade(&truth, &ran).right, "{name}: what the probe reads is right");
    match &round.form {
        AskedForm::Choice(choices) => {
            let right = choices.iter().filter(|(_, value)| round.grade(value, &ran).right).count();
            assert_eq!(right, 1, "{name}: one choice is right, the probe read {truth:?}");
            assert!(choices.len() >= 2, "{name}: there is something to choose");
        }
        AskedForm::Number(_) => {
            let Value::Number(number) = truth else { panic!("{name}: {truth:?} is not a number") };
            assert!(!round.grade(&Value::Number(number + 1), &ran).right, "{name}: one more is wrong");
        }
        AskedForm::Order(items) => {
            let Value::Things(things) = &truth else { panic!("{name}: {truth:?} are not things") };
            let mut all: Vec<String> = items.iter().map(|(name, _)| name.clone()).collect();
            let mut found = things.clone();
            all.sort();
            found.sort();
            assert_eq!(all, found, "{name}: all of the boxes are in the right order, and no other");
            let wrong: Vec<String> = things.iter().rev().cloned().collect();
            assert!(!round.grade(&Value::Things(wrong), &ran).right, "{name}: the other way round is wrong");
        }
        AskedForm::Click { kinds, .. } => {
            let Value::Things(things) = &truth else { panic!("{name}: {truth:?} are not things") };
            assert!(!things.is_empty(), "{name}: there is something to click");
            let fits = |thing: &String| kinds.iter().any(|kind| thing.starts_with(kind.as_str()));
            assert!(things.iter().all(fits), "{name}: {things:?} can be clicked");
            assert!(!round.grade(&Value::Things(Vec::new()), &ran).right, "{name}: nothing is wrong");
        }
        AskedForm::Match { labels, places } => {
            let Value::Things(things) = &truth else { panic!("{name}: {truth:?} are not things") };
            assert_eq!(things.len(), labels.len(), "{name}: each label has its place");
            let known = |thing: &String| places.iter().any(|(place, _)| place == thing);
            assert!(things.iter().all(known), "{name}: {things:?} are places");
            let wrong: Vec<String> = things.iter().rev().cloned().collect();
            assert!(!round.grade(&Value::Things(wrong), &ran).right, "{name}: the other way round is wrong");
        }
    }
    let explain = (round.explain)(&ran);
    assert!(explain.is_whole(), "{name}: each place of the explanation is filled, in both languages");
}

/// Checks every one, and tells of all that fail.
fn each(checks: impl Iterator<Item = Box<dyn FnOnce() + std::panic::UnwindSafe>>) {
    let failed = checks.map(std::panic::catch_unwind).filter(Result::is_err).count();
    assert_eq!(failed, 0, "so many failed; what each of them says stands above");
}

fn alone(
    name: &'static str,
    scene: fn() -> Scene,
    trial: &'static Trial,
) -> Box<dyn FnOnce() + std::panic::UnwindSafe> {
    Box::new(move || solve(name, trial, &mut stage(&scene())))
}

fn take(lesson: &Lesson) {
    let mut timeline = stage(&(lesson.scene)());
    for (number, step) in lesson.steps.iter().enumerate() {
        let name = format!("{} step {}", lesson.id, number + 1);
        if let Some(scene) = step.scene {
            timeline = stage(&scene());
        }
        match &step.task {
            Task::Watch { script, ms } => {
                run(&mut timeline, script(), *ms);
            }
            Task::Predict(trial) | Task::Recall(trial) => solve(&name, trial, &mut timeline),
            Task::Do { done, example, ms, .. } => {
                let now = (timeline.world().seq(), timeline.now());
                assert!(!done(&Ran::since(&timeline, now.0, now.1)), "{name}: it is not done before");
                let (since, began) = run(&mut timeline, example(), *ms);
                assert!(done(&Ran::since(&timeline, since, began)), "{name}: the example does it");
            }
        }
    }
    assert!(lesson.steps[lesson.class.vote].task.trial().is_some(), "{}: a class can vote", lesson.id);
    let recalled = lesson.steps.iter().any(|step| matches!(step.task, Task::Recall(_)));
    let done = lesson.steps.iter().any(|step| matches!(step.task, Task::Do { .. }));
    assert!(
        recalled && done,
        "{}: something is changed by the learner, and something is recalled",
        lesson.id
    );
}

#[test]
fn every_lesson_can_be_solved_and_failed() {
    each(LESSONS.iter().map(|lesson| Box::new(|| take(lesson)) as _));
}

#[test]
fn every_question_can_be_solved_and_failed() {
    each(QUESTIONS.iter().map(|question| alone(question.id, question.scene, &question.trial)));
}

#[test]
fn every_claim_is_decided_by_its_run() {
    each(CARDS.iter().map(|card| alone(card.id, card.scene, &card.trial)));
}

#[test]
fn questions_stand_in_the_order_of_their_numbers() {
    let number = |id: &str| -> u32 { id.trim_start_matches('Q').parse().expect("Q and a number") };
    let numbers: Vec<u32> = QUESTIONS.iter().map(|question| number(question.id)).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
}

#[test]
fn numbers_are_unique_and_lessons_exist() {
    let mut ids: Vec<&str> = LESSONS.iter().map(|l| l.id).collect();
    ids.extend(QUESTIONS.iter().map(|q| q.id));
    ids.extend(CARDS.iter().map(|c| c.id));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "each number once");
    let known = |id: &str| LESSONS.iter().any(|lesson| lesson.id == id);
    assert!(QUESTIONS.iter().all(|q| known(q.lesson)), "each question has its lesson");
    assert!(CARDS.iter().all(|c| known(c.lesson)), "each claim has its lesson");
}
