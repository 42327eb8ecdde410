use yew::prelude::*;

use super::words as w;
use crate::kafka::base::Instant;
use crate::lesson::Language;
use crate::lesson::WhatIf;
use crate::ui::acts::Command;
use crate::ui::acts::What;
use crate::ui::acts::changes;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::Tone;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::desk::use_pick;
use crate::ui::words;

/// The pair of worlds that shows most with one click, and the way to others.
#[component]
pub fn PairOffer() -> Html {
    let desk = use_desk();
    let language = use_language();
    // The offer depends on who is there, not on every record.
    let pair = use_pick(|page| WhatIf::acks(&page.seen.cluster).map(|pair| pair.about));
    let Some((partition, leader)) = pair else { return Html::default() };
    let begin = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(pair) = desk.read(|page| WhatIf::acks(&page.seen.cluster)) {
                desk.begin_what_if(pair);
            }
        })
    };
    html! {
        <>
            <h2 class="caption">{ WhatIf::NAME.of(language) }</h2>
            <p>{ WhatIf::SAYS.with(language, &[&partition, &leader]) }</p>
            <div class="row">
                <button class="button" id="pair-acks" onclick={begin}>{ w::PAIR.of(language) }</button>
            </div>
        </>
    }
}

/// Chooses the moment and the one change.
#[component]
pub fn WhatIfDialog() -> Html {
    let desk = use_desk();
    let (language, cluster) = use_pick(|page| (page.taste.language, page.seen.cluster.clone()));
    let now = desk.engine(|engine| engine.world().now());
    let chosen = use_pick(|page| page.what_if).unwrap_or(now);
    {
        // From here on what is chosen makes a second world.
        let desk = desk.clone();
        use_effect_with((), move |()| {
            desk.change(|page| {
                page.clock.playing = false;
                page.what_if = Some(page.what_if.unwrap_or(now));
            });
        });
    }
    let close = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.close())
    };
    html! {
        <section class="dialog" role="dialog" aria-modal="true" aria-label={w::WHAT_IF.of(language)} id="what-if-dialog">
            <h2>{ w::WHAT_IF.of(language) }</h2>
            <p>{ w::WHAT_IF_SAYS.of(language) }</p>
            { moments(&desk, now, chosen, language) }
            <PairOffer />
            <h2 class="caption">{ w::CHOOSE_CHANGE.of(language) }</h2>
            for (name, commands) in changes(&cluster, language) {
                <h3 class="caption named">{ name }</h3>
                <div class="row">
                    for command in commands {
                        { button(&desk, command) }
                    }
                </div>
            }
            <div class="row">
                <span class="grow" />
                <button class="button" onclick={close}>{ words::CLOSE.of(language) }</button>
            </div>
        </section>
    }
}

/// Now, or a bookmark.
fn moments(desk: &Desk, now: Instant, chosen: Instant, language: Language) -> Html {
    let bookmarks = desk.read(|page| page.clock.bookmarks.clone());
    let choose = {
        let desk = desk.clone();
        Callback::from(move |event: Event| {
            if let Some(field) = event.target_dyn_into::<web_sys::HtmlSelectElement>()
                && let Ok(at) = field.value().parse()
            {
                desk.change(|page| page.what_if = Some(Instant(at)));
            }
        })
    };
    let option = |at: Instant, label: String| {
        html! { <option value={at.0.to_string()} selected={at == chosen}>{ label }</option> }
    };
    html! {
        <label class="field">
            <span>{ w::MOMENT.of(language) }</span>
            <select id="what-if-moment" onchange={choose}>
                { option(now, w::MOMENT_NOW.with(language, &[&now])) }
                for at in bookmarks {
                    { option(at, w::MOMENT_MARK.with(language, &[&at])) }
                }
            </select>
        </label>
    }
}

fn button(desk: &Desk, command: Command) -> Html {
    let class = classes!("button", command.breaks.then_some("danger"));
    let label = command.label.clone();
    let desk = desk.clone();
    let click = Callback::from(move |_: MouseEvent| match &command.what {
        What::Acts(acts) => {
            if let Err(error) = desk.carry_out(acts.clone()) {
                desk.say(Tone::Bad, error.to_string());
            }
        }
        What::Dialog(dialog @ Dialog::Form(_)) => desk.open(dialog.clone()),
        _ => command.run(&desk),
    });
    html! { <button {class} onclick={click}>{ label }</button> }
}
