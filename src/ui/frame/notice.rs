use yew::prelude::*;

use crate::ui::desk::Tone;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::desk::use_pick;
use crate::ui::words as w;

/// A sentence over the stage, until it is dismissed.
#[component]
pub fn NoticeLine() -> Html {
    let desk = use_desk();
    let language = use_language();
    let Some(notice) = use_pick(|page| page.notice.clone()) else { return Html::default() };
    let (class, role) = match notice.tone {
        Tone::Plain => ("notice", "status"),
        Tone::Good => ("notice good", "status"),
        Tone::Bad => ("notice bad", "alert"),
    };
    let dismiss = Callback::from(move |_: MouseEvent| desk.change(|page| page.notice = None));
    html! {
        <div {class} {role} id="notice">
            <span>{ notice.text }</span>
            <button class="chip" onclick={dismiss}>{ w::DISMISS.of(language) }</button>
        </div>
    }
}
