use yew::prelude::*;

use crate::lesson::FIDELITY;
use crate::lesson::Fidelity;
use crate::lesson::Text;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::words as w;

const GROUPS: [(Fidelity, Text); 3] = [
    (Fidelity::Exact, w::FIDELITY_EXACT),
    (Fidelity::Simplified, w::FIDELITY_SIMPLIFIED),
    (Fidelity::NotModelled, w::FIDELITY_ABSENT),
];

/// What is exact, what is simplified, what is not there, each with the test that holds it.
#[component]
pub fn FidelityPage() -> Html {
    let desk = use_desk();
    let language = use_pick(|page| page.taste.language);
    let close = Callback::from(move |_: MouseEvent| desk.close());
    html! {
        <section class="dialog wide" role="dialog" aria-modal="true" aria-label={w::FIDELITY_TITLE.of(language)}>
            <h2>{ w::FIDELITY_TITLE.of(language) }</h2>
            for (fidelity, title) in GROUPS {
                <h3 class="caption">{ title.of(language) }</h3>
                <dl class="fidelity">
                    for line in FIDELITY.iter().filter(|line| line.fidelity == fidelity) {
                        <dt>{ line.feature.of(language) }</dt>
                        <dd>{ line.note.of(language) }{ " " }<code>{ line.test }</code></dd>
                    }
                </dl>
            }
            <div class="row"><span class="grow" /><button class="button" onclick={close}>{ w::CLOSE.of(language) }</button></div>
        </section>
    }
}
