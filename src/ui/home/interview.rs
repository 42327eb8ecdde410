use gloo::timers::callback::Interval;
use yew::prelude::*;

use super::words as w;
use crate::lesson::Language;
use crate::lesson::question;
use crate::ui::browser::focus_on;
use crate::ui::browser::now_ms;
use crate::ui::desk::Desk;
use crate::ui::desk::Interview;
use crate::ui::desk::Phase;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;

/// One question after the other: answer, mark, see the run, one question more.
#[component]
pub(super) fn InterviewView() -> Html {
    let desk = use_desk();
    let (language, interview) = use_pick(|page| (page.taste.language, page.interview.clone()));
    let place = interview.as_ref().map(|i| (i.at, i.phase));
    use_effect_with(place, |_| focus_on("interview-title"));
    let Some(interview) = interview else { return Html::default() };
    let end = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.end_interview())
    };
    html! {
        <section class="card interview" id="interview">
            <p class="caption">{ w::INTERVIEW.of(language) }</p>
            if let (Some(question), false) = (interview.question(), interview.phase == Phase::Over) {
                <p class="quiet">
                    { w::QUESTION_OF.with(language, &[&(interview.at + 1), &interview.ids.len()]) }
                    { " · " }{ question.id }{ " · " }{ w::level(question.level).of(language) }{ " · " }{ w::topic(question.topic).of(language) }
                </p>
                <h2 class="lead" id="interview-title" tabindex="-1">{ question.ask.of(language) }</h2>
                { phase(&desk, &interview, question, language) }
            } else {
                { over(&interview, language) }
            }
            <div class="row">
                <span class="grow" />
                if interview.phase == Phase::Over {
                    <button class="button primary" id="end-interview" onclick={end}>{ w::TO_PRACTICE.of(language) }</button>
                } else {
                    <button class="button" id="end-interview" onclick={end}>{ w::END.of(language) }</button>
                }
            </div>
        </section>
    }
}

fn phase(
    desk: &Desk,
    interview: &Interview,
    question: &'static crate::lesson::Question,
    language: Language,
) -> Html {
    let on = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.interview_on(now_ms()))
    };
    let run = {
        let (desk, id) = (desk.clone(), question.id);
        Callback::from(move |_: MouseEvent| desk.open_question(id))
    };
    match interview.phase {
        Phase::Answer => answering(desk, interview, language),
        Phase::Mark => html! {
            <>
                { points(desk, interview, question, language) }
                <div class="row">
                    <button class="button" id="see-run" onclick={run}>{ w::SEE_RUN.of(language) }</button>
                    <button class="button primary" id="interview-on" onclick={on}>{ w::FOLLOW_UP.of(language) }</button>
                </div>
            </>
        },
        _ => html! {
            <>
                <p class="caption">{ w::ONE_MORE.of(language) }</p>
                <p class="say" id="follow-up">{ question.follow_up.of(language) }</p>
                <div class="row">
                    <button class="button primary" id="interview-on" onclick={on}>{ w::NEXT.of(language) }</button>
                </div>
            </>
        },
    }
}

fn answering(desk: &Desk, interview: &Interview, language: Language) -> Html {
    let typed = {
        let desk = desk.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlTextAreaElement>() {
                let text = field.value();
                desk.interview(|interview| interview.typed = text);
            }
        })
    };
    let done = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.answered(now_ms()))
    };
    html! {
        <>
            <Elapsed began={interview.began} />
            <label>
                { w::SAY_OR_TYPE.of(language) }
                <textarea id="interview-answer" rows="5" value={interview.typed.clone()} oninput={typed} />
            </label>
            <div class="row">
                <button class="button primary" id="answered" onclick={done}>{ w::ANSWERED.of(language) }</button>
            </div>
        </>
    }
}

fn points(
    desk: &Desk,
    interview: &Interview,
    question: &'static crate::lesson::Question,
    language: Language,
) -> Html {
    let done = interview.done.last();
    let mark = |point: usize| {
        let desk = desk.clone();
        Callback::from(move |_: Event| desk.mark_point(point))
    };
    html! {
        <>
            if let Some(done) = done {
                <p class="quiet">{ w::TOOK.with(language, &[&done.seconds]) }</p>
            }
            if !interview.typed.trim().is_empty() {
                <blockquote>{ interview.typed.clone() }</blockquote>
            }
            <fieldset class="points">
                <legend>{ w::DID_YOU_SAY.of(language) }</legend>
                for (at, point) in question.points.into_iter().enumerate() {
                    <label>
                        <input type="checkbox" id={format!("point-{at}")} checked={done.is_some_and(|done| done.points[at])} onchange={mark(at)} />
                        { point.of(language) }
                    </label>
                }
            </fieldset>
            <p class="say">{ question.answer.of(language) }</p>
            if let Some(outdated) = question.outdated {
                <p class="quiet">{ outdated.of(language) }</p>
            }
        </>
    }
}

fn over(interview: &Interview, language: Language) -> Html {
    let said: usize = interview.done.iter().map(|done| done.points.iter().filter(|p| **p).count()).sum();
    html! {
        <>
            <h2 class="lead" id="interview-title" tabindex="-1">
                { w::POINTS_SAID.with(language, &[&said, &(interview.done.len() * 3)]) }
            </h2>
            <ul class="results" id="results">
                for done in &interview.done {
                    <li>
                        <span class="mono">{ done.id }</span>
                        <span class="grow">{ question(done.id).map(|q| q.ask.of(language)) }</span>
                        <span class="mono">{ done.points.map(|said| if said { '✓' } else { '·' }).into_iter().collect::<String>() }</span>
                        <span class="quiet">{ w::SECONDS_N.with(language, &[&done.seconds]) }</span>
                    </li>
                }
            </ul>
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ElapsedProps {
    began: f64,
}

/// The time that an answer takes so far: to know it, not to be stopped by it.
#[component]
fn Elapsed(ElapsedProps { began }: &ElapsedProps) -> Html {
    let language = use_pick(|page| page.taste.language);
    let seconds = use_state(|| 0_u32);
    {
        let seconds = seconds.clone();
        use_effect_with(began.to_bits(), move |bits| {
            let began = f64::from_bits(*bits);
            seconds.set(0);
            let tick =
                Interval::new(1_000, move || seconds.set(((now_ms() - began) / 1_000.0).max(0.0) as u32));
            move || drop(tick)
        });
    }
    html! { <p class="elapsed mono" role="timer" aria-label={w::ELAPSED.of(language)}>{ format!("{}:{:02}", *seconds / 60, *seconds % 60) }</p> }
}
