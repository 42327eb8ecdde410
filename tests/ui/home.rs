use kafkascope::lesson::CARDS;
use kafkascope::lesson::LESSONS;
use kafkascope::lesson::Language;
use kafkascope::lesson::QUESTIONS;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Phase;
use kafkascope::ui::desk::Screen;

use crate::assert_has;
use crate::desk;
use crate::page;

/// The practice page of a learner who has done nothing yet.
fn home(language: Language) -> Desk {
    let desk = desk(language);
    desk.begin_progress(None, 20_000, Box::new(|_| true));
    desk.change(|page| page.screen = Screen::Home);
    desk
}

#[tokio::test(flavor = "current_thread")]
async fn the_practice_page_shows_what_exists_in_both_languages() {
    let text = page(&home(Language::En)).await;
    let count = format!("{} lessons · 0 done", LESSONS.len());
    assert_has(&text, &[&count, LESSONS[0].title.en, "id=\"export\"", "Progress stays in this browser"]);
    assert_has(&text, &["better after L01", "Question of the day"]);
    assert!(!text.contains("id=\"track-Beyond\""), "a track without lessons has no heading");
    let text = page(&home(Language::Zh)).await;
    let count = format!("{} 课 · 已完成 0", LESSONS.len());
    assert_has(&text, &[&count, LESSONS[0].title.zh, "进度只存在本机"]);
    assert!(!text.contains(LESSONS[0].title.en), "an English title is left in the Chinese page");
}

#[tokio::test(flavor = "current_thread")]
async fn what_was_learned_is_seen_on_the_map_and_kept() {
    let desk = home(Language::En);
    desk.open_lesson(LESSONS[0], 0);
    desk.draft(|draft| draft.choice = Some(1));
    desk.lock();
    desk.begin_run();
    desk.skip_run();
    desk.go_home();
    assert_eq!(desk.read(|page| page.screen), Screen::Home, "back to where it was opened");
    let steps = format!("1 of {} steps", LESSONS[0].steps.len());
    assert_has(&page(&desk).await, &[&steps]);
    assert!(desk.read(|page| page.progress.to_text()).contains("lesson L01 steps 1"));
}

#[tokio::test(flavor = "current_thread")]
async fn where_nothing_can_be_kept_one_line_says_so_and_all_goes_on() {
    let desk = desk(Language::En);
    desk.begin_progress(None, 20_000, Box::new(|_| false));
    desk.change(|page| page.screen = Screen::Home);
    desk.learn(|progress, day| progress.answered("Q1", true, day));
    assert_has(&page(&desk).await, &["Progress is not kept"]);
    assert_eq!(desk.read(|page| page.progress.items.len()), 1);
}

#[tokio::test(flavor = "current_thread")]
async fn a_progress_file_from_elsewhere_is_one_sentence_and_nothing_is_lost() {
    let desk = home(Language::En);
    desk.learn(|progress, day| progress.answered("Q1", true, day));
    let before = desk.read(|page| page.progress.to_text());
    desk.import_progress("holiday.png", "\u{89}PNG");
    assert_has(
        &page(&desk).await,
        &["holiday.png is not a progress file of kafkascope: nothing was changed."],
    );
    desk.import_progress("mine.txt", "kafkascope progress 1\nitem Q1 right many\n");
    assert_has(&page(&desk).await, &["Line 2 of mine.txt is broken"]);
    assert_eq!(desk.read(|page| page.progress.to_text()), before);
    desk.import_progress("mine.txt", "kafkascope progress 1\nlesson L01 steps 1 2\n");
    assert_eq!(desk.read(|page| (page.progress.items.len(), page.progress.steps_of("L01"))), (0, 2));
    desk.other_tab(&before);
    assert_eq!(desk.read(|page| page.progress.to_text()), before, "the later tab wins");
}

#[tokio::test(flavor = "current_thread")]
async fn an_interview_asks_marks_and_ends_with_what_was_said() {
    if QUESTIONS.is_empty() {
        return;
    }
    let desk = home(Language::En);
    desk.begin_interview(5, None, false, 7, 0.0);
    let count = desk.read(|page| page.interview.as_ref().map_or(0, |i| i.ids.len()));
    assert_eq!(count, QUESTIONS.len().min(5));
    for number in 0..count {
        let now = number as f64 * 100_000.0;
        desk.answered(now + 42_000.0);
        desk.mark_point(0);
        desk.mark_point(2);
        assert_has(&page(&desk).await, &["id=\"point-2\"", "id=\"see-run\"", "You took "]);
        if number == 0 {
            let id = desk.read(|page| page.interview.as_ref().unwrap().ids[0]);
            desk.open_question(id);
            assert_has(&page(&desk).await, &["id=\"question\"", "Back to the interview"]);
            desk.go_home();
        }
        desk.interview_on(now + 50_000.0);
        assert_has(&page(&desk).await, &["id=\"follow-up\""]);
        desk.interview_on(now + 100_000.0);
    }
    assert_eq!(desk.read(|page| page.interview.as_ref().unwrap().phase), Phase::Over);
    assert_has(&page(&desk).await, &[&format!("{} of {} key points said", count * 2, count * 3)]);
    assert_eq!(desk.read(|page| page.progress.items.len()), count, "each is taken down");
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_due_is_asked_one_after_the_other() {
    let [first, second, ..] = QUESTIONS else { return };
    let desk = home(Language::En);
    for question in [first, second] {
        desk.learn(|progress, today| progress.answered(question.id, false, today - 2));
    }
    assert_eq!(desk.read(|page| page.due().len()), 2);
    for left in [1, 0] {
        desk.drill();
        let asked = desk.read(|page| page.due()[0]);
        assert_has(&page(&desk).await, &[&format!("Question {asked}"), "Back to practice"]);
        desk.learn(|progress, today| progress.answered(asked, true, today));
        desk.draft(|draft| {
            draft.choice = Some(0);
            draft.number = "3".into();
        });
        desk.lock();
        desk.begin_run();
        desk.skip_run();
        let seen = page(&desk).await;
        assert_eq!(seen.contains(&format!("Next to repeat ({left})")), left > 0, "{left} left: {seen}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_claim_is_checked_by_its_run() {
    let Some(card) = CARDS.first() else { return };
    let desk = home(Language::En);
    desk.open_claim(card.id);
    assert_has(&page(&desk).await, &["Check this claim", "id=\"lock\""]);
    assert!(desk.is_away(), "it has a world of its own");
}

#[tokio::test(flavor = "current_thread")]
async fn the_readers_own_world_asks_and_a_copy_decides() {
    let desk = desk(Language::En);
    let own = desk.engine(|engine| engine.digest());
    for _ in 0..6 {
        desk.quiz();
        assert_has(&page(&desk).await, &["About this world", "id=\"lock\""]);
        desk.draft(|draft| {
            draft.choice = Some(0);
            draft.number = "3".into();
            draft.things.push("segment/1/orders-0/0".into());
        });
        desk.lock();
        desk.begin_run();
        desk.skip_run();
        assert_has(&page(&desk).await, &["id=\"outcome\"", "Another question"]);
    }
    desk.go_home();
    assert_eq!(desk.engine(|engine| engine.digest()), own, "the reader's own world is as it was");
}
