use yew::prelude::*;

use super::forms::answer;
use super::words as w;
use crate::lesson::Graded;
use crate::lesson::Language;
use crate::lesson::Stand;
use crate::ui::browser::focus_on;
use crate::ui::desk::Ask;
use crate::ui::desk::Page;
use crate::ui::desk::Sheet;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::desk::use_pick;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub ask: Ask,
    /// What is said above the question.
    pub caption: AttrValue,
}

/// One question: the answer, its lock, the run, and both side by side.
#[component]
pub(super) fn AskCard(Props { ask, caption }: &Props) -> Html {
    let desk = use_desk();
    let language = use_language();
    use_effect_with((ask.is_open(), ask.graded().is_some()), |(open, graded)| {
        if *graded {
            focus_on("next");
        } else if !*open {
            focus_on("run");
        }
    });
    let lock = {
        let desk = desk.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            desk.lock();
        })
    };
    let run = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.begin_run())
    };
    let skip = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.skip_run())
    };
    let reveal = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.change(|page| page.revealed = true))
    };
    let open = ask.is_open();
    // A class sees the run first, and talks; then its teacher reveals what was right.
    let hides = use_pick(Page::hides_answer);
    let hidden = hides && ask.graded().is_some();
    let shown = if hidden { Ask { stand: Stand::Open, ..ask.clone() } } else { ask.clone() };
    html! {
        <form class={classes!("ask", shown.graded().map(|g| if g.right { "right-answer" } else { "wrong-answer" }))} id="ask" onsubmit={lock}>
            <h3 class="caption">{ caption.clone() }</h3>
            <p class="asked" id="asked">{ ask.round.ask.of(language) }</p>
            { answer(&desk, &shown, language) }
            <div class="row">
                if ask.graded().is_none() {
                    <button class={classes!("button", open.then_some("primary"))} id="lock" type="submit" disabled={!open || ask.value().is_none()}>
                        { if open { w::LOCK } else { w::LOCKED }.of(language) }
                    </button>
                    if matches!(ask.stand, Stand::Runs { .. }) {
                        <button class="button" id="skip" type="button" onclick={skip}>{ w::TO_RESULT.of(language) }</button>
                        <span class="quiet" role="status">{ w::RUNS.of(language) }</span>
                    } else {
                        <button class={classes!("button", (!open).then_some("primary"))} id="run" type="button" disabled={open} onclick={run}>
                            { w::RUN.of(language) }
                        </button>
                    }
                }
            </div>
            if hidden {
                <button class="button primary" id="reveal" type="button" onclick={reveal}>{ w::REVEAL.of(language) }</button>
            }
            if let Some(graded) = shown.graded() {
                <Outcome ask={ask.clone()} graded={graded.clone()} {language} />
            }
        </form>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct OutcomeProps {
    ask: Ask,
    graded: Graded,
    language: Language,
}

/// The prediction beside what came of the run, and what is to be said of it.
#[component]
fn Outcome(OutcomeProps { ask, graded, language }: &OutcomeProps) -> Html {
    let desk = use_desk();
    let language = *language;
    let form = &ask.round.form;
    let said = ask.locked.as_ref().map(|value| w::value(value, form, language)).unwrap_or_default();
    let why = Callback::from(move |_: MouseEvent| {
        desk.change(|page| {
            page.taste.right = true;
            page.taste.sheet = Some(Sheet::Right);
        });
        focus_on("inspector");
    });
    html! {
        <div class="outcome" id="outcome" role="status">
            <dl>
                <div class={if graded.right { "ok" } else { "bad" }}>
                    <dt>{ w::YOU_SAID.of(language) }</dt>
                    <dd>{ said }</dd>
                </div>
                <div class="ok">
                    <dt>{ w::ENGINE_SAYS.of(language) }</dt>
                    <dd>{ w::value(&graded.truth, form, language) }</dd>
                </div>
            </dl>
            <p class={if graded.right { "ok" } else { "bad" }} id="verdict">
                { if graded.right { "✓ " } else { "✗ " } }
                { if graded.right { w::RIGHT } else { w::WRONG }.of(language) }
            </p>
            <p class="explain">{ graded.explain.of(language) }</p>
            <button class="chip" type="button" onclick={why}>{ w::WHY.of(language) }</button>
        </div>
    }
}
