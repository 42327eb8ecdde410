use yew::prelude::*;

use super::words as w;
use crate::lab::Side;
use crate::lesson::Language;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::stage_view::StageView;

/// The stages of both worlds: side by side, or on a small screen the one that is looked at.
#[component]
pub fn TwinStages() -> Html {
    let desk = use_desk();
    let language = use_pick(|page| page.taste.language);
    let focus = use_pick(|page| page.seen.twin.as_ref().map_or(Side::B, |twin| twin.focus));
    html! {
        <div class="twin-stages" id="twin-stages">
            for side in Side::BOTH {
                <section key={w::letter(side)} aria-label={w::side(side).of(language)}
                    class={classes!("twin-side", (side == focus).then_some("on"))}>
                    { head(&desk, side, focus, language) }
                    <div class="twin-stage"><StageView side={side} /></div>
                </section>
            }
        </div>
    }
}

fn head(desk: &Desk, side: Side, focus: Side, language: Language) -> Html {
    let name = w::side(side).of(language);
    let choose = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.choose(side))
    };
    html! {
        <button
            class="twin-name"
            id={format!("look-{}", w::letter(side))}
            aria-pressed={(side == focus).to_string()}
            title={if side == focus { w::LOOKED_AT.of(language).to_string() } else { w::LOOK_AT.with(language, &[&name]) }}
            onclick={choose}
        >
            { name }
        </button>
    }
}
