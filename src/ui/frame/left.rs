use yew::prelude::*;

use crate::ui::app::opens;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::desk::use_pick;
use crate::ui::telling;
use crate::ui::words as w;
use crate::view::MomentView;

/// How many lines "What just happened" shows.
const LINES: usize = 9;

/// One sentence on what to try, what just happened, and what can be done.
#[component]
pub fn LeftPanel() -> Html {
    let desk = use_desk();
    let language = use_language();
    html! {
        <>
            <p class="caption">{ w::FIRST_CAPTION.of(language) }</p>
            <h2 class="lead">{ w::FIRST_LEAD.of(language) }</h2>
            <p>{ w::FIRST_TRY.of(language) }</p>
            <h2 class="caption">{ w::DO_CAPTION.of(language) }</h2>
            <div class="row">
                <button class="button primary" id="open-data" onclick={opens(&desk, Dialog::Data)}>{ w::YOUR_DATA.of(language) }</button>
                <button class="button" id="open-faults" onclick={opens(&desk, Dialog::Faults)}>{ w::FAULT.of(language) }</button>
                <button class="button" id="open-palette" onclick={opens(&desk, Dialog::Palette)}>{ w::ADD.of(language) }</button>
            </div>
            <h2 class="caption">{ w::JUST_HAPPENED.of(language) }</h2>
            <News />
            <Branches />
            <h2 class="caption">{ w::CONTROLS.of(language) }</h2>
            <p class="keys">{ w::KEYS_SHORT.of(language) }</p>
        </>
    }
}

/// What just happened, newest first.
#[component]
fn News() -> Html {
    let desk = use_desk();
    let language = use_language();
    let news = use_pick(|page| page.seen.news.clone());
    if news.is_empty() {
        return html! { <p class="quiet">{ w::NOTHING_YET.of(language) }</p> };
    }
    html! {
        <ol class="events" id="news">
            for moment in news.iter().take(LINES) {
                { line(&desk, moment) }
            }
        </ol>
    }
}

fn line(desk: &Desk, moment: &MomentView) -> Html {
    let language = desk.read(|page| page.taste.language);
    let text = desk.engine(|engine| {
        let act = match moment.happened {
            crate::view::Happened::Act { number } => engine.act_of(number),
            _ => None,
        };
        telling::sentence(&moment.happened, act, language)
    });
    let class = classes!(telling::is_bad(&moment.happened).then_some("bad"));
    let (go, at) = (desk.clone(), moment.at);
    let seek = Callback::from(move |_: MouseEvent| go.seek(at));
    html! {
        <li key={moment.entry}>
            <time>{ moment.at.to_string() }</time>
            <button {class} onclick={seek}>{ text }</button>
        </li>
    }
}

/// The futures of this world, when there are several.
#[component]
fn Branches() -> Html {
    let desk = use_desk();
    let language = use_language();
    // Looked at anew whenever the timeline is.
    let _ = use_pick(|page| page.seen.timeline.clone());
    let (branches, current) = desk.engine(|engine| (engine.branches(), engine.branch()));
    if branches.len() < 2 {
        return Html::default();
    }
    html! {
        <>
            <h2 class="caption">{ w::BRANCHES.of(language) }</h2>
            <div class="row" id="branches">
                for (index, from) in branches.into_iter().enumerate() {
                    <button
                        class="chip"
                        aria-pressed={(index == current).to_string()}
                        title={from.map(|at| w::BRANCH_FROM.with(language, &[&at]))}
                        onclick={{
                            let desk = desk.clone();
                            Callback::from(move |_: MouseEvent| desk.switch(index))
                        }}
                    >
                        { w::BRANCH_N.with(language, &[&(index + 1)]) }
                    </button>
                }
            </div>
        </>
    }
}
