use yew::prelude::*;

use super::card::AskCard;
use super::queue::QueueCard;
use super::words as w;
use crate::lesson::LESSONS;
use crate::lesson::Language;
use crate::lesson::Stand;
use crate::lesson::Task;
use crate::lesson::Text;
use crate::ui::browser::focus_on;
use crate::ui::browser::set_hash;
use crate::ui::class::words::CLASS_TITLE;
use crate::ui::desk::Ask;
use crate::ui::desk::Course;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::Page;
use crate::ui::desk::Source;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::desk::use_pick;
use crate::ui::home::words as hw;

/// What a button does on the desk.
fn does(desk: &Desk, what: fn(&Desk)) -> Callback<MouseEvent> {
    let desk = desk.clone();
    Callback::from(move |_| what(&desk))
}

/// The lesson that the reader is in.
#[component]
pub fn CoursePanel() -> Html {
    let desk = use_desk();
    let (language, course, ask) =
        use_pick(|page| (page.taste.language, page.course.clone(), page.ask.clone()));
    let at = course.as_ref().map(|c| (c.play.lesson.id, c.play.at, c.tail.over));
    use_effect_with((at, language), |(at, language)| {
        if let Some((id, step, _)) = at {
            let tag = if *language == Language::Zh { "zh" } else { "en" };
            set_hash(&format!("lesson={id}&step={}&lang={tag}", step + 1));
        }
    });
    use_effect_with(at, |_| focus_on("lesson-step"));
    use_effect_with((), |()| || set_hash(""));
    let Some(course) = course else { return Html::default() };
    let earlier = ask.clone().filter(|ask| matches!(ask.source, Source::Earlier(..)));
    let (lesson, play) = (course.play.lesson, &course.play);
    html! {
        <section class="lesson" id="lesson" aria-label={w::LESSON_N.with(language, &[&lesson.id, &lesson.title.of(language)])}>
            <p class="caption">
                { w::STEP_N.with(language, &[&lesson.id, &(play.at + 1), &lesson.steps.len()]) }
            </p>
            <h2 class="lead" id="lesson-step" tabindex="-1">{ lesson.title.of(language) }</h2>
            <Steps course={course.clone()} />
            if course.tail.over {
                <Over course={course.clone()} />
            } else if let Some(ask) = earlier {
                <AskCard caption={w::EARLIER.of(language)} {ask} />
                { onward(&desk, &course, true, language) }
            } else {
                if play.at == 0 {
                    <p class="hook">{ lesson.hook.of(language) }</p>
                    <p class="quiet">{ lesson.goal.of(language) }{ " · " }{ w::MINUTES_N.with(language, &[&lesson.minutes]) }</p>
                }
                <p class="say">{ lesson.steps[play.at].say.of(language) }</p>
                if let queue @ [_, ..] = lesson.steps[play.at].look.queue {
                    <QueueCard plan={queue} />
                }
                { task(&desk, &course, ask.as_ref(), language) }
                { onward(&desk, &course, false, language) }
            }
            <details class="honest">
                <summary>{ w::HONEST.of(language) }</summary>
                <p>{ lesson.honest.of(language) }</p>
            </details>
            <button class="chip" id="teach" onclick={does(&desk, |desk| desk.open(Dialog::Class))}>
                { CLASS_TITLE.of(language) }
            </button>
            <p class="keys">{ w::KEYS.of(language) }</p>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct Props {
    course: Course,
}

/// The steps as a row of dots: which are over, and how they went.
#[component]
fn Steps(Props { course }: &Props) -> Html {
    let play = &course.play;
    let class = |at: usize| {
        let mark = play.marks.iter().find(|(step, _)| *step == at).map(|(_, right)| *right);
        let past = at < play.at || course.tail.over;
        let passed = if past { Some("past") } else { None };
        classes!(
            (at == play.at).then_some("here"),
            mark.map(|right| if right { "ok" } else { "bad" }).or(passed)
        )
    };
    html! {
        <div class="steps" aria-hidden="true">
            for at in 0..play.lesson.steps.len() {
                <i class={class(at)} />
            }
        </div>
    }
}

/// What is to be done in this step.
fn task(desk: &Desk, course: &Course, ask: Option<&Ask>, language: Language) -> Html {
    match (course.play.task(), ask) {
        (Task::Predict(_), Some(ask)) => {
            html! { <AskCard caption={w::PREDICT.of(language)} ask={ask.clone()} /> }
        }
        (Task::Recall(_), Some(ask)) => {
            html! { <AskCard caption={w::RECALL.of(language)} ask={ask.clone()} /> }
        }
        (Task::Watch { .. }, _) => watch(desk, course, language),
        (Task::Do { hint, .. }, _) => try_it(desk, course, *hint, language),
        _ => Html::default(),
    }
}

fn watch(desk: &Desk, course: &Course, language: Language) -> Html {
    let (open, over) = (course.play.stand == Stand::Open, matches!(course.play.stand, Stand::Done(_)));
    html! {
        <div class="ask" id="ask">
            <h3 class="caption">{ w::WATCH.of(language) }</h3>
            <div class="row">
                if open {
                    <button class="button primary" id="run" onclick={does(desk, Desk::begin_run)}>{ w::RUN.of(language) }</button>
                } else if !over {
                    <button class="button" id="skip" onclick={does(desk, Desk::skip_run)}>{ w::TO_RESULT.of(language) }</button>
                    <span class="quiet" role="status">{ w::RUNS.of(language) }</span>
                } else {
                    <button class="button" id="again" onclick={does(desk, Desk::see_again)}>{ w::AGAIN.of(language) }</button>
                }
            </div>
        </div>
    }
}

fn try_it(desk: &Desk, course: &Course, text: Text, language: Language) -> Html {
    let hint = does(desk, |desk| {
        desk.change(|page| {
            if let Some(course) = &mut page.course {
                course.hinted = true;
            }
        })
    });
    let over = matches!(course.play.stand, Stand::Done(_));
    html! {
        <div class="ask" id="ask">
            <h3 class="caption">{ w::YOUR_TURN.of(language) }</h3>
            if course.hinted {
                <p id="hint">{ text.of(language) }</p>
            }
            if over {
                <p class="ok" role="status" id="outcome">{ "✓ " }{ w::DONE.of(language) }</p>
            } else {
                <div class="row">
                    if !course.hinted {
                        <button class="button" id="ask-hint" onclick={hint}>{ w::HINT.of(language) }</button>
                    }
                    if course.play.stand == Stand::Open {
                        <button class="button" id="run" onclick={does(desk, Desk::begin_run)}>{ w::SHOW_ME.of(language) }</button>
                    } else {
                        <button class="button" id="skip" onclick={does(desk, Desk::skip_run)}>{ w::TO_RESULT.of(language) }</button>
                    }
                </div>
            }
        </div>
    }
}

/// On, back, and out.
fn onward(desk: &Desk, course: &Course, tail: bool, language: Language) -> Html {
    let asked_over = desk.read(|page| page.ask.as_ref().is_none_or(|ask| ask.graded().is_some()));
    let over = if tail { asked_over } else { matches!(course.play.stand, Stand::Done(_)) };
    html! {
        <div class="row onward">
            if course.play.at > 0 || tail {
                <button class="button" id="back" onclick={does(desk, |desk| desk.turn(false))}>{ w::BACK.of(language) }</button>
            }
            <button class={classes!("button", over.then_some("primary"))} id="next" disabled={!over} onclick={does(desk, Desk::next)}>
                { w::NEXT.of(language) }
            </button>
            <span class="grow" />
            <button class="button" id="home" onclick={does(desk, Desk::go_home)}>{ w::HOME.of(language) }</button>
        </div>
    }
}

/// The end: how many predictions came true, and where to go from here.
#[component]
fn Over(Props { course }: &Props) -> Html {
    let desk = use_desk();
    let language = use_language();
    let (play, tail) = (&course.play, &course.tail);
    let right = play.marks.iter().filter(|(_, right)| *right).count();
    let place = LESSONS.iter().position(|lesson| lesson.id == play.lesson.id);
    let next = place.and_then(|at| LESSONS.get(at + 1));
    html! {
        <div class="ask over" id="over" role="status">
            <h3 class="caption">{ w::OVER.with(language, &[&play.lesson.id]) }</h3>
            <p class="score">{ w::SCORE.with(language, &[&right, &play.marks.len()]) }</p>
            if !tail.marks.is_empty() {
                <p>{ w::SCORE_EARLIER.with(language, &[&tail.marks.iter().filter(|right| **right).count(), &tail.marks.len()]) }</p>
            }
            <div class="row">
                if let Some(next) = next {
                    <button class="button primary" id="next-lesson" onclick={does(&desk, Desk::next_lesson)}>
                        { w::NEXT_LESSON.with(language, &[&next.title.of(language)]) }
                    </button>
                }
                <button class="button" id="home" onclick={does(&desk, Desk::go_home)}>{ w::HOME.of(language) }</button>
                <button class="button" onclick={does(&desk, |desk| desk.once_more())}>{ w::ONCE_MORE.of(language) }</button>
            </div>
        </div>
    }
}

/// A question that belongs to no lesson: of the bank, a claim, or one made for the reader's world.
#[component]
pub fn AskPanel() -> Html {
    let desk = use_desk();
    let (language, ask, interview) =
        use_pick(|page| (page.taste.language, page.ask.clone(), page.interview.is_some()));
    let due = use_pick(Page::due);
    let Some(ask) = ask else { return Html::default() };
    let home = match (desk.came_from_home(), interview) {
        (true, true) => hw::TO_INTERVIEW,
        (true, false) => hw::TO_PRACTICE,
        _ => w::HOME,
    };
    let graded = ask.graded().is_some();
    let drills = graded && !interview && matches!(ask.source, Source::Question(_) | Source::Claim(_));
    let (caption, lead) = match ask.source {
        Source::Question(question) | Source::Earlier(_, question) => {
            (w::QUESTION_N.with(language, &[&question.id]), Some(question.ask))
        }
        Source::Claim(card) => (w::CLAIM_N.with(language, &[&card.id]), Some(card.claim)),
        Source::Step | Source::Quiz => (w::QUIZ_ME.of(language).to_string(), Some(w::QUIZ)),
    };
    html! {
        <section class="lesson" id="question">
            <p class="caption">{ caption }</p>
            if let Some(lead) = lead {
                <h2 class="lead">{ lead.of(language) }</h2>
            }
            if matches!(ask.source, Source::Quiz) {
                <p class="quiet">{ w::QUIZ_SAYS.of(language) }</p>
            }
            <AskCard caption={w::PREDICT.of(language)} ask={ask.clone()} />
            if graded {
                { truth(ask.source, language) }
            }
            <div class="row onward">
                if drills && !due.is_empty() {
                    <button class="button primary" id="next" onclick={does(&desk, Desk::drill)}>{ hw::NEXT_DUE.with(language, &[&due.len()]) }</button>
                }
                if matches!(ask.source, Source::Quiz) && graded {
                    <button class="button primary" id="next" onclick={does(&desk, Desk::quiz)}>{ w::ANOTHER.of(language) }</button>
                }
                <button class="button" id="home" onclick={does(&desk, Desk::go_home)}>
                    { home.of(language) }
                </button>
            </div>
        </section>
    }
}

/// What is to be kept of a question or a claim.
fn truth(source: Source, language: Language) -> Html {
    let text = match source {
        Source::Question(question) => question.answer,
        Source::Claim(card) => card.truth,
        _ => return Html::default(),
    };
    html! { <p class="say" id="truth">{ text.of(language) }</p> }
}

/// What stands in the place of the picture while an answer comes from memory.
#[component]
pub fn Hidden() -> Html {
    let language = use_language();
    html! { <p class="hidden-picture" id="veiled">{ w::VEILED.of(language) }</p> }
}
