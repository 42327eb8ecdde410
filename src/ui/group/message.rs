//! One line of the chart, decoded: the message as it travelled, read from the world of that moment. The playhead stays.

use std::rc::Rc;

use yew::prelude::*;

use super::words as w;
use crate::ui::browser::scroll_to;
use crate::ui::desk::Desk;
use crate::ui::desk::Sheet;
use crate::ui::desk::use_desk;
use crate::ui::inspector::message_body;
use crate::ui::words as common;

/// Opens the message whose departure this entry is, or closes it.
pub(super) fn open(desk: &Desk, entry: u64) {
    desk.change(|page| {
        page.group.line = (page.group.line != Some(entry)).then_some(entry);
        page.taste.right = true;
        page.taste.sheet = Some(Sheet::Right);
    });
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub(super) entry: u64,
    /// The branch that the entry lies in.
    pub(super) branch: usize,
    pub(super) language: crate::lesson::Language,
}

/// The fields and bytes of a message that has travelled.
#[component]
pub(super) fn OpenMessage(Props { entry, branch, language }: &Props) -> Html {
    let (desk, language, entry) = (use_desk(), *language, *entry);
    let read =
        use_memo((entry, *branch), |(entry, _)| desk.engine(|engine| engine.message(*entry)).map(Rc::new));
    let at = desk.engine(|engine| engine.journal().get(entry).map(|it| it.at));
    let close = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.change(|page| page.group.line = None))
    };
    let go = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.seek_entry(entry))
    };
    // The panel may have been scrolled far below.
    use_effect_with(entry, |_| scroll_to("group-message"));
    html! {
        <section class="g-message" id="group-message" aria-label={w::MESSAGE.of(language)}>
            <header>
                <h2 class="title">{ w::MESSAGE.of(language) }</h2>
                <button class="chip" onclick={close} aria-label={common::CLOSE.of(language)}>{ "✕" }</button>
            </header>
            { match read.as_ref() {
                Some(message) => message_body(message, language),
                None => html! { <p class="quiet">{ w::MESSAGE_UNREAD.of(language) }</p> },
            } }
            if let Some(at) = at {
                <button class="chip" onclick={go}>{ w::MESSAGE_GO.with(language, &[&at]) }</button>
            }
        </section>
    }
}
