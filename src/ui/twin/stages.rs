use yew::prelude::*;

use super::ways::name_of;
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
    let way = use_pick(|page| page.seen.twin.as_ref().and_then(|twin| name_of(&twin.change)));
    let name = |side: Side| match way {
        Some(way) if side == Side::B => w::SIDE_B_IS.with(language, &[&way.of(language)]),
        _ => w::side(side).of(language).to_owned(),
    };
    html! {
        <div class="twin-stages" id="twin-stages">
            for side in Side::BOTH {
                <section key={w::letter(side)} aria-label={name(side)}
                    class={classes!("twin-side", (side == focus).then_some("on"))}>
                    { head(&desk, side, &name(side), focus, language) }
                    <div class="twin-stage"><StageView side={side} /></div>
                </section>
            }
        </div>
    }
}

fn head(desk: &Desk, side: Side, name: &str, focus: Side, language: Language) -> Html {
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
