use kafkascope::lesson::AskedForm;
use kafkascope::lesson::LESSONS;
use kafkascope::lesson::Language;
use kafkascope::lesson::Task;
use kafkascope::lesson::Value;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Source;

use crate::desk;
use crate::page;

/// Gives some answer, whether it is right or not.
fn answer(desk: &Desk) {
    let form = desk.read(|page| page.ask.as_ref().map(|ask| ask.round.form.clone())).expect("a question");
    desk.draft(|draft| match &form {
        AskedForm::Choice(_) => draft.choice = Some(0),
        AskedForm::Number(_) => draft.number = "7".into(),
        AskedForm::Order(_) => {}
        AskedForm::Match { labels, .. } => draft.places = vec![Some(0); labels.len()],
        AskedForm::Click { kinds, .. } => draft.things.push(format!("{}1", kinds[0])),
    });
}

#[tokio::test(flavor = "current_thread")]
async fn every_lesson_is_gone_through_in_both_languages() {
    for (number, lesson) in LESSONS.iter().enumerate() {
        let language = if number % 2 == 0 { Language::Zh } else { Language::En };
        let desk = desk(language);
        desk.open_lesson(lesson, 0);
        for (at, step) in lesson.steps.iter().enumerate() {
            let name = format!("{} step {}", lesson.id, at + 1);
            assert_eq!(desk.read(|page| page.course.as_ref().map(|c| c.play.at)), Some(at), "{name}");
            let text = page(&desk).await;
            assert!(text.contains("id=\"lesson-step\""), "{name}: {text}");
            if step.task.trial().is_some() {
                assert!(text.contains("id=\"run\" type=\"button\" disabled"), "{name}: no run before a lock");
                desk.begin_run();
                assert!(!desk.runs(), "{name}: it does not run before the answer is locked");
                answer(&desk);
                desk.lock();
                assert!(desk.read(|page| page.ask.as_ref().is_some_and(|ask| !ask.is_open())), "{name}");
            }
            desk.begin_run();
            assert!(desk.runs(), "{name}: it runs");
            desk.skip_run();
            let text = page(&desk).await;
            assert!(
                matches!(step.task, Task::Watch { .. }) || text.contains("id=\"outcome\""),
                "{name}: {text}"
            );
            desk.next();
        }
        while desk.read(|page| page.ask.is_some()) {
            answer(&desk);
            desk.lock();
            desk.begin_run();
            desk.skip_run();
            desk.next();
        }
        assert!(page(&desk).await.contains("id=\"over\""), "{}: it ends with a score", lesson.id);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_readers_own_world_waits_and_comes_back() {
    let desk = desk(Language::En);
    let own = desk.engine(|engine| engine.digest());
    desk.open_lesson(LESSONS[0], 0);
    assert_ne!(desk.engine(|engine| engine.digest()), own, "the lesson has a world of its own");
    desk.go_home();
    assert_eq!(desk.engine(|engine| engine.digest()), own);
    assert!(page(&desk).await.contains("Crash a leader while it writes"), "the first screen is back");
}

#[tokio::test(flavor = "current_thread")]
async fn a_right_answer_and_a_wrong_one_stand_beside_what_the_engine_says() {
    for (choice, verdict) in [(1, "as predicted"), (2, "otherwise than predicted")] {
        let desk = desk(Language::En);
        desk.open_lesson(LESSONS[0], 0);
        desk.draft(|draft| draft.choice = Some(choice));
        desk.lock();
        desk.draft(|draft| draft.choice = Some(0));
        desk.begin_run();
        desk.skip_run();
        let text = page(&desk).await;
        for expected in [verdict, "You said", "The engine", "the log still holds 5"] {
            assert!(text.contains(expected), "{expected} is missing in:\n{text}");
        }
        let locked = desk.read(|page| page.ask.as_ref().and_then(|ask| ask.locked.clone()));
        assert_eq!(locked, Some(Value::Number([0, 5, 10][choice])), "a locked answer stays");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn an_answer_from_memory_is_given_without_the_picture() {
    let desk = desk(Language::En);
    let lesson = LESSONS[0];
    let at = lesson.steps.iter().position(|step| matches!(step.task, Task::Recall(_))).expect("a recall");
    desk.open_lesson(lesson, at);
    assert!(page(&desk).await.contains("id=\"veiled\""));
    answer(&desk);
    desk.lock();
    assert!(!page(&desk).await.contains("id=\"veiled\""));
}

#[tokio::test(flavor = "current_thread")]
async fn an_address_of_no_lesson_is_one_sentence_and_changes_nothing() {
    let desk = desk(Language::En);
    let own = desk.engine(|engine| engine.digest());
    for (text, expected) in
        [("lesson=L99", "no lesson “L99”"), ("lesson=L01&step=77", "not “77”"), ("lesson=", "no lesson “”")]
    {
        let sentence = desk.open_address(text).expect_err("no such place");
        assert!(sentence.contains(expected), "{sentence}");
    }
    assert_eq!(desk.engine(|engine| engine.digest()), own);
    desk.open_address("lesson=L01&step=3&lang=zh").expect("a step of the first lesson");
    let at = desk.read(|page| page.course.as_ref().map(|course| course.play.at));
    assert_eq!(at, Some(2));
}

#[test]
fn a_predicted_run_is_not_disturbed() {
    let desk = desk(Language::En);
    desk.open_lesson(LESSONS[0], 0);
    answer(&desk);
    desk.lock();
    desk.begin_run();
    let crash = kafkascope::lab::Act::Crash { node: kafkascope::kafka::base::NodeId(1) };
    assert!(!desk.act(crash.clone()), "not while it runs");
    desk.skip_run();
    assert!(desk.act(crash), "but afterwards");
    assert!(desk.read(|page| matches!(page.ask.as_ref().map(|ask| ask.source), Some(Source::Step))));
}
