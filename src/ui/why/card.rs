use yew::prelude::*;

use super::words as w;
use crate::lesson::Language;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::FormKind;
use crate::ui::desk::use_desk;
use crate::ui::dotted::dotted;
use crate::ui::telling;
use crate::ui::words as common;
use crate::view::Happened;
use crate::view::Owner;
use crate::view::Root;
use crate::view::Step;
use crate::view::Told;
use crate::view::Why;

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub why: Why,
    pub language: Language,
}

/// One answer: the sentence, the guards with their numbers, the root, what led to it, and where Kafka's source says so.
#[component]
pub fn Card(Props { why, language }: &Props) -> Html {
    let desk = use_desk();
    answer(&desk, why, *language)
}

/// The same, for a component that has the desk already.
pub fn answer(desk: &Desk, why: &Why, language: Language) -> Html {
    html! {
        <div class="why">
            <p>{ why.sentence.of(language) }</p>
            { guards(why, language) }
            { roots(desk, why, language) }
            { chain(desk, why, language) }
            if why.source != "–" {
                <p class="quiet mono source">{ w::SOURCE.with(language, &[&why.source]) }</p>
            }
        </div>
    }
}

/// What led to it, each step a moment to go to.
pub fn chain(desk: &Desk, why: &Why, language: Language) -> Html {
    let steps = why.cause.map(|cause| desk.engine(|engine| engine.past().chain(cause))).unwrap_or_default();
    if steps.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <h3>{ w::CHAIN.of(language) } <span class="quiet">{ " · " }{ w::CHAIN_SAYS.of(language) }</span></h3>
            <ol class="chain">
                for step in &steps {
                    { link(desk, step, language) }
                }
            </ol>
        </>
    }
}

fn guards(why: &Why, language: Language) -> Html {
    if why.guards.is_empty() {
        return Html::default();
    }
    let sign = |holds: bool| if holds { ("✓", w::HOLDS, "ok") } else { ("✗", w::FAILS, "bad") };
    html! {
        <ul class="guards" aria-label={w::GUARDS.of(language)}>
            for guard in &why.guards {
                <li>
                    <span class={sign(guard.holds).2} role="img" aria-label={sign(guard.holds).1.of(language)}>{ sign(guard.holds).0 }</span>
                    <span>{ guard.what.of(language) }</span>
                    <span class="mono">{ &guard.value }</span>
                </li>
            }
        </ul>
    }
}

/// The acts and configs at the root: an act is a moment to go to, a config opens the form that changes it.
fn roots(desk: &Desk, why: &Why, language: Language) -> Html {
    let mut seen: Vec<&Root> = Vec::new();
    for root in &why.roots {
        if !seen.contains(&root) {
            seen.push(root);
        }
    }
    if seen.is_empty() && why.config.is_none() {
        return Html::default();
    }
    html! {
        <>
            <h3>{ w::ROOT.of(language) }</h3>
            <ul class="roots">
                for root in seen {
                    <li>{ root_line(desk, root, language) }</li>
                }
                if let Some((name, value)) = &why.config {
                    <li class="mono">{ dotted(name) }{ " = " }{ value }</li>
                }
            </ul>
        </>
    }
}

fn root_line(desk: &Desk, root: &Root, language: Language) -> Html {
    let go = desk.clone();
    match root {
        Root::Act { number, entry } => {
            let happened = Happened::Act { number: *number };
            let text = desk.engine(|engine| telling::tell(engine, &happened, language));
            let entry = *entry;
            let onclick = Callback::from(move |_: MouseEvent| go.seek_entry(entry));
            html! { <button class="step" {onclick}>{ text }</button> }
        }
        Root::Config { owner, name, value, default } => {
            let default = if default.is_empty() { w::NO_DEFAULT.of(language) } else { default };
            let text = w::CONFIG.with(language, &[name, value, &default]);
            let Some(form) = form_of(owner) else { return html! { <span class="mono">{ text }</span> } };
            let onclick = Callback::from(move |_: MouseEvent| go.open(Dialog::Form(form.clone())));
            html! { <button class="step mono" {onclick}>{ text }</button> }
        }
    }
}

/// The form that changes a config of this owner.
fn form_of(owner: &Owner) -> Option<FormKind> {
    match owner {
        Owner::Topic(topic) => Some(FormKind::TopicConfig(topic.to_string())),
        Owner::Broker(id) if *id < 3000 => Some(FormKind::BrokerConfig(*id)),
        Owner::Client(id @ 10_001..=19_999) => Some(FormKind::Producer(*id)),
        Owner::Client(id @ 20_001..=29_999) => Some(FormKind::Consumer(*id)),
        _ => None,
    }
}

fn link(desk: &Desk, step: &Step, language: Language) -> Html {
    let (go, entry) = (desk.clone(), step.entry);
    let onclick = Callback::from(move |_: MouseEvent| go.seek_entry(entry));
    html! {
        <li key={step.entry}>
            <time class="mono">{ step.at.to_string() }</time>
            <button class="step" {onclick}>{ told(desk, &step.told, language) }</button>
        </li>
    }
}

fn told(desk: &Desk, told: &Told, language: Language) -> String {
    let name = |node: &i32| common::node_name(*node, language);
    match told {
        Told::Happened(happened) => desk.engine(|engine| telling::tell(engine, happened, language)),
        Told::Timer { node, timer } => w::TIMER.with(language, &[&name(node), timer]),
        Told::Arrived { from, to, api, response } => {
            let text = if *response { w::RESPONSE_CAME } else { w::REQUEST_CAME };
            text.with(language, &[&name(from), &name(to), &api.name()])
        }
        Told::Connected { from, to } => w::CONNECTED.with(language, &[&name(from), &name(to)]),
        Told::Commanded { node } => w::COMMANDED.with(language, &[&name(node)]),
    }
}
