use yew::prelude::*;

use super::words as w;
use crate::lesson::Level;
use crate::lesson::QUESTIONS;
use crate::lesson::Question;
use crate::lesson::progress::date;
use crate::lesson::progress::day_of;
use crate::ui::browser::now_ms;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;

/// How many questions an interview may have.
const COUNTS: [usize; 4] = [3, 5, 8, 12];

/// The interview, the question of the day, what is due, and a question about the reader's own world.
#[component]
pub(super) fn Side() -> Html {
    html! {
        <div class="home-side">
            if !QUESTIONS.is_empty() {
                <InterviewCard />
                <Daily />
            }
            <Due />
        </div>
    }
}

#[component]
fn InterviewCard() -> Html {
    let desk = use_desk();
    let (language, progress, today) =
        use_pick(|page| (page.taste.language, page.progress.clone(), page.today));
    let level = use_state(|| None::<Level>);
    let count = use_state(|| 1_usize);
    let begin = |weak: bool| {
        let (desk, level, count) = (desk.clone(), *level, COUNTS[*count]);
        Callback::from(move |_: MouseEvent| {
            let now = now_ms();
            desk.begin_interview(count, level, weak, (now * 1000.0) as u32, now);
        })
    };
    let choose_level = {
        let level = level.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                let at = usize::try_from(field.selected_index()).unwrap_or(0);
                level.set(at.checked_sub(1).map(|at| w::LEVELS[at].0));
            }
        })
    };
    let choose_count = {
        let count = count.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
                count.set(usize::try_from(field.selected_index()).unwrap_or(0).min(COUNTS.len() - 1));
            }
        })
    };
    let choose_day = {
        let desk = desk.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                let day = day_of(&field.value());
                desk.learn(|progress, _| progress.interview = day);
            }
        })
    };
    let weak = QUESTIONS
        .iter()
        .any(|q| progress.items.get(q.id).is_some_and(crate::lesson::progress::Item::is_weak));
    let left = progress.interview.and_then(|day| day.checked_sub(today));
    html! {
        <section class="card" id="interview-card">
            <h2>{ w::INTERVIEW.of(language) }</h2>
            <p class="quiet">{ w::INTERVIEW_SAYS.of(language) }</p>
            <div class="pairs-form">
                <label for="interview-level">{ w::LEVEL.of(language) }</label>
                <select id="interview-level" onchange={choose_level}>
                    <option selected={level.is_none()}>{ w::ANY_LEVEL.of(language) }</option>
                    for (known, text) in w::LEVELS {
                        <option selected={*level == Some(known)}>{ text.of(language) }</option>
                    }
                </select>
                <label for="interview-count">{ w::HOW_MANY.of(language) }</label>
                <select id="interview-count" onchange={choose_count}>
                    for (at, number) in COUNTS.into_iter().enumerate() {
                        <option selected={at == *count}>{ number }</option>
                    }
                </select>
                <label for="interview-day">{ w::INTERVIEW_DAY.of(language) }</label>
                <input id="interview-day" type="date" value={progress.interview.map(date).unwrap_or_default()} onchange={choose_day} />
            </div>
            if let Some(left) = left {
                <p class="quiet">{ w::DAYS_LEFT.with(language, &[&left]) }</p>
            }
            <ul class="shares">
                for (topic, text) in w::TOPICS {
                    if let Some(percent) = progress.percent(QUESTIONS.iter().filter(|q| q.topic == topic).map(|q| q.id)) {
                        <li>
                            <span>{ text.of(language) }</span>
                            <meter min="0" max="100" value={percent.to_string()} aria-label={text.of(language)} />
                            <span class="mono">{ percent }{ " %" }</span>
                        </li>
                    }
                }
            </ul>
            <div class="row">
                <button class="button primary" id="begin-interview" onclick={begin(false)}>{ w::BEGIN.of(language) }</button>
                if weak {
                    <button class="button" id="begin-weak" onclick={begin(true)}>{ w::ONLY_WEAK.of(language) }</button>
                }
            </div>
        </section>
    }
}

/// One question a day, the same for everybody who opens the page on it.
#[component]
fn Daily() -> Html {
    let desk = use_desk();
    let (language, day, answered) =
        use_pick(|page| (page.taste.language, page.today, page.progress.items.clone()));
    let question = of_day(day);
    let predict = Callback::from(move |_: MouseEvent| desk.open_question(question.id));
    let about =
        format!("{} · {}", w::topic(question.topic).of(language), w::level(question.level).of(language));
    html! {
        <section class="card" id="daily-card">
            <div class="home-head">
                <h2>{ w::DAILY.of(language) }</h2>
                <p class="quiet">{ about }</p>
            </div>
            <p>{ question.trial.ask.of(language) }</p>
            <div class="row">
                <button class="button primary" id="daily" onclick={predict}>{ w::DAILY_PREDICT.of(language) }</button>
                <span class="quiet mono">{ question.id }</span>
                if answered.get(question.id).is_some_and(|item| item.last == day) {
                    <span class="ok">{ "✓ " }{ w::DONE.of(language) }</span>
                }
            </div>
        </section>
    }
}

/// Days that follow each other get questions that lie apart; all of them have their turn.
fn of_day(day: u32) -> &'static Question {
    let count = QUESTIONS.len();
    let apart = (1..count).rev().find(|step| *step < count * 5 / 8 && coprime(*step, count)).unwrap_or(1);
    QUESTIONS[(day as usize % count) * apart % count]
}

const fn coprime(mut a: usize, mut b: usize) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// What is to be repeated today, and a question about the reader's own world.
#[component]
fn Due() -> Html {
    let desk = use_desk();
    let (language, progress, queue) =
        use_pick(|page| (page.taste.language, page.progress.clone(), page.due()));
    let drill = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.drill())
    };
    let quiz = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.quiz())
    };
    html! {
        <section class="card" id="due-card">
            <h2>{ w::DUE.of(language) }</h2>
            if queue.is_empty() {
                <p class="quiet">{ if progress.items.is_empty() { w::DUE_FIRST } else { w::DUE_NONE }.of(language) }</p>
            } else {
                <p>{ w::DUE_N.with(language, &[&queue.len()]) }</p>
                <p class="quiet mono">{ queue.iter().take(8).copied().collect::<Vec<_>>().join(" · ") }</p>
            }
            <p class="quiet">{ w::GAPS_SAY.of(language) }</p>
            <div class="row">
                if !queue.is_empty() {
                    <button class="button primary" id="drill" onclick={drill}>{ w::DRILL.of(language) }</button>
                }
                <button class="button" id="home-quiz" onclick={quiz}>{ crate::ui::lesson::words::QUIZ_ME.of(language) }</button>
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_question_has_its_day() {
        let days = 20_000..20_000 + QUESTIONS.len() as u32;
        let asked: BTreeSet<&str> = days.map(|day| of_day(day).id).collect();
        assert_eq!(asked.len(), QUESTIONS.len());
    }
}
