use yew::prelude::*;

use super::words as w;
use crate::lesson::LESSONS;
use crate::lesson::Lesson;
use crate::lesson::progress::Progress;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;

/// How far a lesson is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Begun,
    Done,
}

fn state(lesson: &Lesson, progress: &Progress) -> State {
    match progress.steps_of(lesson.id) {
        0 => State::New,
        over if over >= lesson.steps.len() => State::Done,
        _ => State::Begun,
    }
}

/// All lessons in their order, with what is done of them.
#[component]
pub(super) fn Map() -> Html {
    let desk = use_desk();
    let (language, progress) = use_pick(|page| (page.taste.language, page.progress.clone()));
    let count = |wanted: State| LESSONS.iter().filter(|lesson| state(lesson, &progress) == wanted).count();
    let open = |lesson: &'static Lesson| {
        let desk = desk.clone();
        let over = progress.steps_of(lesson.id);
        let at = if over >= lesson.steps.len() { 0 } else { over };
        Callback::from(move |_: MouseEvent| desk.open_lesson(lesson, at))
    };
    html! {
        <section>
            <div class="home-head">
                <h2>{ w::MAP.of(language) }</h2>
                <p class="quiet">{ w::MAP_SAYS.with(language, &[&LESSONS.len(), &count(State::Done), &count(State::Begun)]) }</p>
            </div>
            <ol class="card map" id="map">
                for lesson in LESSONS {
                    <li key={lesson.id} class={class(state(lesson, &progress))}>
                        <button id={lesson.id} onclick={open(lesson)} title={lesson.goal.of(language)}>
                            <span class="mono">{ lesson.id }</span>
                            <span class="state">{ mark(lesson, &progress, language) }</span>
                            <b>{ lesson.title.of(language) }</b>
                            <span class="quiet">{ crate::ui::lesson::words::MINUTES_N.with(language, &[&lesson.minutes]) }</span>
                        </button>
                    </li>
                }
            </ol>
        </section>
    }
}

const fn class(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::Begun => "begun",
        State::Done => "done",
    }
}

fn mark(lesson: &Lesson, progress: &Progress, language: crate::lesson::Language) -> String {
    match state(lesson, progress) {
        State::New => String::new(),
        State::Begun => w::STEPS_DONE.with(language, &[&progress.steps_of(lesson.id), &lesson.steps.len()]),
        State::Done => format!("✓ {}", w::DONE.of(language)),
    }
}
