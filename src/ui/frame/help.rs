use yew::prelude::*;

use crate::lesson::Text;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::taste;
use crate::ui::words as w;

const KEYS: [(&str, Text); 12] = [
    ("Space  .", w::KEY_PLAY),
    ("←  →", w::KEY_STEP),
    ("Shift ←  Shift →", w::KEY_BEAT),
    ("Home  End", w::KEY_ENDS),
    ("1 … 9", w::KEY_SPEED),
    ("F", w::KEY_FAULT),
    ("Y", w::KEY_WHY),
    ("B", w::KEY_BOOKMARK),
    ("/  ⌘K", w::KEY_SEARCH),
    ("0", w::KEY_FIT),
    ("A … D  Enter  PageDown", w::KEY_LESSON),
    ("?", w::KEY_HELP),
];

const SIGNS: [Text; 4] = [w::SIGN_LEADER, w::SIGN_FOLLOWER, w::SIGN_ABOVE, w::SIGN_SHAPES];

/// What the keys do and what the signs of the stage mean.
#[component]
pub fn Help() -> Html {
    let desk = use_desk();
    let (language, letters) = use_pick(|page| (page.taste.language, page.taste.letters));
    let switch = {
        let desk = desk.clone();
        Callback::from(move |_: Event| taste::change(&desk, |taste| taste.letters = !taste.letters))
    };
    let close = Callback::from(move |_: MouseEvent| desk.close());
    html! {
        <section class="dialog" role="dialog" aria-modal="true" aria-label={w::HELP_TITLE.of(language)}>
            <h2>{ w::HELP_TITLE.of(language) }</h2>
            <dl class="pairs">
                for (key, text) in KEYS {
                    <dt><kbd>{ key }</kbd></dt>
                    <dd>{ text.of(language) }</dd>
                }
            </dl>
            <label class="row">
                <input type="checkbox" checked={letters} onchange={switch} />
                { w::HELP_LETTERS.of(language) }
            </label>
            <ul class="signs">
                for sign in SIGNS {
                    <li>{ sign.of(language) }</li>
                }
            </ul>
            <div class="row"><span class="grow" /><button class="button" onclick={close}>{ w::CLOSE.of(language) }</button></div>
        </section>
    }
}
