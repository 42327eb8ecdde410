use yew::prelude::*;

use super::words as w;
use crate::lesson::CARDS;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;

/// How many claims are shown before all are asked for.
const FEW: usize = 4;

/// The claims that circulate, each with the run that checks it.
#[component]
pub(super) fn Claims() -> Html {
    let desk = use_desk();
    let (language, progress) = use_pick(|page| (page.taste.language, page.progress.clone()));
    let all = use_state(|| false);
    if CARDS.is_empty() {
        return Html::default();
    }
    let shown = if *all { CARDS.len() } else { FEW };
    let check = |id: &'static str| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.open_claim(id))
    };
    let toggle = {
        let all = all.clone();
        Callback::from(move |_: MouseEvent| all.set(!*all))
    };
    html! {
        <section>
            <div class="home-head">
                <h2>{ w::CLAIMS.of(language) }</h2>
                <p class="quiet">{ w::CLAIMS_SAY.with(language, &[&CARDS.len()]) }</p>
                <span class="grow" />
                if CARDS.len() > FEW {
                    <button class="chip" id="all-claims" aria-expanded={all.to_string()} onclick={toggle}>
                        { if *all { w::FEWER.of(language).to_string() } else { w::ALL_N.with(language, &[&CARDS.len()]) } }
                    </button>
                }
            </div>
            <ul class="claims" id="claims">
                for card in CARDS.iter().take(shown) {
                    <li key={card.id} class={classes!("card", progress.items.contains_key(card.id).then_some("done"))}>
                        <p class="claim">{ card.claim.of(language) }</p>
                        <p class="quiet mono">{ card.id }</p>
                        <div class="row">
                            if progress.items.contains_key(card.id) {
                                <span class="ok">{ "✓ " }{ w::CHECKED.of(language) }</span>
                            }
                            <span class="grow" />
                            <button class="button" id={format!("claim-{}", card.id)} onclick={check(card.id)} aria-label={format!("{} {}", w::CHECK.of(language), card.id)}>
                                { w::CHECK.of(language) }
                            </button>
                        </div>
                    </li>
                }
            </ul>
        </section>
    }
}
