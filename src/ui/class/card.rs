use yew::prelude::*;

use super::speaker;
use super::words as w;
use super::worksheet;
use crate::lesson::Language;
use crate::lesson::Lesson;
use crate::ui::desk::Dialog;
use crate::ui::desk::Tone;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::desk::use_pick;
use crate::ui::words::CLOSE;

/// What a teacher needs to give the open lesson to a class.
#[component]
pub fn ClassCard() -> Html {
    let desk = use_desk();
    let language = use_language();
    let course = use_pick(|page| page.course.clone());
    let close = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.close())
    };
    let Some(lesson) = course.map(|course| course.play.lesson) else {
        return dialog(language, html! { <p>{ w::NO_LESSON.of(language) }</p> }, close);
    };
    let say_blocked = {
        let desk = desk.clone();
        move |opened: bool| {
            if !opened {
                desk.say(Tone::Bad, w::BLOCKED.of(language));
            }
        }
    };
    let speaker = {
        let (desk, say) = (desk.clone(), say_blocked.clone());
        Callback::from(move |_: MouseEvent| say(speaker::open(&desk)))
    };
    let print = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| say_blocked(worksheet::print(&desk, lesson)))
    };
    let vote = Callback::from(move |_: MouseEvent| {
        desk.go_to_step(lesson.class.vote);
        desk.open(Dialog::Vote);
    });
    let body = html! {
        <>
            <p class="lead">{ format!("{} · {}", lesson.id, lesson.title.of(language)) }</p>
            { facts(lesson, language) }
            <div class="row">
                <button class="button primary" id="class-vote" onclick={vote}>{ w::VOTE.of(language) }</button>
                <button class="button" id="class-speaker" onclick={speaker}>{ w::SPEAKER.of(language) }</button>
                <button class="button" id="class-print" onclick={print}>{ w::WORKSHEET.of(language) }</button>
            </div>
        </>
    };
    dialog(language, body, close)
}

fn dialog(language: Language, body: Html, close: Callback<MouseEvent>) -> Html {
    html! {
        <section class="dialog" role="dialog" aria-modal="true" aria-label={w::CLASS_TITLE.of(language)} id="class-card">
            <h2>{ w::CLASS_TITLE.of(language) }</h2>
            { body }
            <div class="row">
                <span class="grow" />
                <button class="button" onclick={close}>{ CLOSE.of(language) }</button>
            </div>
        </section>
    }
}

/// Minutes, goal, the question to vote on, the wrong answer to expect, what to ask then, notes.
fn facts(lesson: &'static Lesson, language: Language) -> Html {
    let ask = lesson.steps[lesson.class.vote].task.trial().map_or("", |trial| trial.ask.of(language));
    let rows = [
        (w::GOAL, lesson.goal.of(language)),
        (w::VOTE_QUESTION, ask),
        (w::LIKELY_WRONG, lesson.class.likely_wrong.of(language)),
        (w::FOLLOW_UP, lesson.class.follow_up.of(language)),
        (w::NOTES, lesson.class.notes.of(language)),
        (w::HONEST, lesson.honest.of(language)),
    ];
    html! {
        <>
            <p class="quiet">{ w::MINUTES_N.with(language, &[&lesson.minutes]) }</p>
            <dl class="class-facts">
                for (name, text) in rows {
                    <div><dt>{ name.of(language) }</dt><dd>{ text }</dd></div>
                }
            </dl>
        </>
    }
}
