use std::rc::Rc;

use yew::prelude::*;

use super::pairs::Pairs;
use super::pairs::part;
use super::words as w;
use crate::lesson::Language;
use crate::ui::desk::use_desk;
use crate::ui::log::HexView;
use crate::ui::words as common;
use crate::view::MessageView;

const WIDTH: usize = 8;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub(super) id: u64,
    /// Whether it is still on its way.
    pub(super) flying: bool,
    pub(super) language: Language,
}

/// A request or a response. It is kept while it is selected, also after it has arrived.
#[component]
pub(super) fn MessagePanel(Props { id, flying, language }: &Props) -> Html {
    let (desk, language) = (use_desk(), *language);
    let kept = use_memo(*id, |id| desk.engine(|engine| MessageView::of(engine.world(), *id)).map(Rc::new));
    let Some(message) = kept.as_ref() else {
        return html! { <p class="quiet">{ w::ARRIVED_UNSEEN.of(language) }</p> };
    };
    html! {
        <>
            if !flying {
                <p class="quiet">{ w::ARRIVED.of(language) }</p>
            }
            { message_body(message, language) }
        </>
    }
}

/// What a message says: its way, its fields by Kafka's names, its bytes.
pub fn message_body(message: &MessageView, language: Language) -> Html {
    html! {
        <>
            { head(message, language) }
            { part(w::FIELDS.of(language), rows(message)) }
            { part(w::WIRE_BYTES.of(language), html! {
                <HexView bytes={message.wire.clone()} fields={Rc::new(message.fields.clone())} width={WIDTH} {language} />
            }) }
        </>
    }
}

fn head(message: &MessageView, language: Language) -> Html {
    let kind = if message.request { w::REQUEST } else { w::RESPONSE }.of(language);
    let (from, to) = (common::node_name(message.from, language), common::node_name(message.to, language));
    let mut pairs = Pairs::default();
    pairs.put(language, w::API, w::API_LINE.with(language, &[&message.api.name(), &message.version, &kind]));
    pairs.put(language, w::WAY, w::LINK_WAY.with(language, &[&from, &to]));
    pairs.put(language, w::CORRELATION, message.correlation);
    if let Some(client) = &message.client_id {
        pairs.put(language, w::CLIENT_ID, client);
    }
    pairs.put(language, w::SENT_AT, message.sent_at);
    match message.due_at {
        Some(at) => pairs.put(language, w::ARRIVES_AT, at),
        None => pairs.toned(language, w::ARRIVES_AT, w::HELD.of(language), Some("warn")),
    }
    pairs.put(language, w::ON_WIRE, common::bytes(message.wire.len() as u64));
    pairs.html()
}

fn rows(message: &MessageView) -> Html {
    html! {
        <ul class="tree mono" tabindex="0">
            for (number, row) in message.rows.iter().enumerate() {
                <li key={number} style={format!("padding-left: {}px", row.depth * 12)}>
                    <span>{ &row.name }</span>{ " " }<span class="value">{ &row.value }</span>
                </li>
            }
        </ul>
    }
}
