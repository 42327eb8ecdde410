use yew::prelude::*;

use super::words as w;
use crate::lesson::LESSONS;
use crate::lesson::Language;
use crate::lesson::Lesson;
use crate::lesson::Track;
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

/// All lessons by track and in their order, with what is done of them.
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
            <div class="card map" id="map">
                for track in Track::ALL.into_iter().filter(|track| track.lessons().next().is_some()) {
                    <h3 id={format!("track-{track:?}")}>{ track.title().of(language) }</h3>
                    <ol aria-labelledby={format!("track-{track:?}")}>
                        for lesson in track.lessons() {
                            <li key={lesson.id} class={class(state(lesson, &progress))}>
                                <button id={lesson.id} onclick={open(lesson)} title={lesson.goal.of(language)}>
                                    <span class="mono">{ lesson.id }</span>
                                    <span class="state">{ mark(lesson, &progress, language) }</span>
                                    <b>{ lesson.title.of(language) }</b>
                                    <span class="quiet">{ crate::ui::lesson::words::MINUTES_N.with(language, &[&lesson.minutes]) }</span>
                                    { better_after(lesson, &progress, language) }
                                </button>
                            </li>
                        }
                    </ol>
                }
            </div>
        </section>
    }
}

/// What is better done before, when it is not done: nothing is locked.
fn better_after(lesson: &Lesson, progress: &Progress, language: Language) -> Html {
    let open = state(lesson, progress) == State::New;
    match lesson.after().filter(|before| open && state(before, progress) != State::Done) {
        Some(before) => html! { <span class="quiet after">{ w::AFTER.with(language, &[&before.id]) }</span> },
        None => Html::default(),
    }
}

const fn class(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::Begun => "begun",
        State::Done => "done",
    }
}

fn mark(lesson: &Lesson, progress: &Progress, language: Language) -> String {
    match state(lesson, progress) {
        State::New => String::new(),
        State::Begun => w::STEPS_DONE.with(language, &[&progress.steps_of(lesson.id), &lesson.steps.len()]),
        State::Done => format!("✓ {}", w::DONE.of(language)),
    }
}
