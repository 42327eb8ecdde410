use yew::prelude::*;

use super::outcome::rows;
use super::ways;
use super::words as w;
use crate::kafka::base::Instant;
use crate::lab::Act;
use crate::lab::Side;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::telling;
use crate::ui::words;
use crate::view::DifferenceView;
use crate::view::OutcomeView;
use crate::view::TwinView;

/// What differs between the two worlds, what it did first, and what became of the records.
#[component]
pub fn TwinPanel() -> Html {
    let desk = use_desk();
    let (language, one_world) = use_pick(|page| (page.taste.language, page.one_world));
    let Some(twin) = use_pick(|page| page.seen.twin.clone()) else { return Html::default() };
    let opens = |dialog: Dialog| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.open(dialog.clone()))
    };
    html! {
        <div id="twin-panel" class="twin-panel">
            <h2 class="lead">{ w::TWO_WORLDS.of(language) }</h2>
            if let Some(costs) = &twin.group {
                { ways::table(&desk, costs, language) }
                { ways::more(&desk, &twin, costs, language) }
            }
            { change(&desk, &twin, language) }
            { difference(&desk, twin.difference.as_ref(), language) }
            <h2 class="caption">{ w::OUTCOME.of(language) }</h2>
            { table(&twin, language) }
            <h2 class="caption">{ w::ACTS_GO.of(language) }</h2>
            { where_acts_go(&desk, &twin, one_world, language) }
            <div class="row">
                <button class="button" onclick={opens(Dialog::Faults)}>{ words::FAULT.of(language) }</button>
                <button class="button" onclick={opens(Dialog::Palette)}>{ words::ADD.of(language) }</button>
            </div>
            <h2 class="caption">{ words::SHARE.of(language) }</h2>
            <div class="row">
                for side in Side::BOTH {
                    { side_button(&desk, side, w::SHARE_SIDE, "share", language) }
                }
            </div>
            <div class="row">
                for side in Side::BOTH {
                    { side_button(&desk, side, w::KEEP_SIDE, "keep", language) }
                }
            </div>
        </div>
    }
}

fn seeks(desk: &Desk, at: Instant) -> Callback<MouseEvent> {
    let desk = desk.clone();
    Callback::from(move |_| desk.seek(at))
}

/// What was done only in B, and when.
fn change(desk: &Desk, twin: &TwinView, language: Language) -> Html {
    if let Some(name) = ways::name_of(&twin.change) {
        // The same few configs of every member: the way has a name.
        return html! {
            <details class="twin-what">
                <summary>{ w::SIDE_B_IS.with(language, &[&name.of(language)]) }</summary>
                { changes(desk, twin, language) }
            </details>
        };
    }
    changes(desk, twin, language)
}

fn changes(desk: &Desk, twin: &TwinView, language: Language) -> Html {
    html! {
        <>
            <button class="chip" id="parted" onclick={seeks(desk, twin.parted)}>
                { w::ONLY_IN_B.with(language, &[&twin.parted]) }
            </button>
            <ul class="twin-change" id="twin-change">
                for act in &twin.change {
                    <li>{ change_words(act, language) }</li>
                }
            </ul>
        </>
    }
}

fn change_words(act: &Act, language: Language) -> String {
    let (whose, config, value) = match act {
        Act::SetTopicConfig { topic, config, value } => (topic.to_string(), config, value),
        Act::SetClientConfig { node, config, value }
        | Act::SetBrokerConfig { broker: node, config, value } => {
            (words::node_name(node.0, language), config, value)
        }
        other => return telling::phrase(other, language),
    };
    let value = value.as_deref().unwrap_or_else(|| w::BY_DEFAULT.of(language));
    w::CONFIG.with(language, &[&whose, config, &value])
}

/// The first difference, with a way there, and what each world did.
fn difference(desk: &Desk, found: Option<&DifferenceView>, language: Language) -> Html {
    let Some(found) = found else {
        return html! { <p class="quiet" id="no-difference">{ w::NO_DIFFERENCE.of(language) }</p> };
    };
    let told = |side: Side| match &found.sides[side as usize] {
        Some(moment) => (moment.at.to_string(), telling::sentence(&moment.happened, None, language)),
        None => (String::new(), w::NOTHING_THERE.of(language).to_owned()),
    };
    html! {
        <>
            <button
                class="chip warn"
                id="first-difference"
                title={w::FIRST_DIFFERENCE_GO.of(language)}
                onclick={seeks(desk, found.at)}
            >
                { w::FIRST_DIFFERENCE.with(language, &[&found.at]) }
            </button>
            <dl class="twin-first">
                for side in Side::BOTH {
                    <dt>{ w::letter(side) }</dt>
                    <dd><time>{ told(side).0 }</time>{ " " }{ told(side).1 }</dd>
                }
            </dl>
        </>
    }
}

fn table(twin: &TwinView, language: Language) -> Html {
    let Some(outcomes) = &twin.outcomes else {
        return html! { <p class="quiet">{ w::NOT_PARTED.with(language, &[&twin.parted]) }</p> };
    };
    html! {
        <table class="outcome" id="outcome">
            <caption class="sr">{ w::COUNTED.of(language) }</caption>
            <thead>
                <tr>
                    <td></td>
                    for side in Side::BOTH {
                        <th scope="col" title={w::side(side).of(language)}>{ w::letter(side) }</th>
                    }
                    <th scope="col">{ w::DIFFERENCE.of(language) }</th>
                </tr>
            </thead>
            <tbody>{ body(outcomes, language) }</tbody>
        </table>
    }
}

fn body(outcomes: &[OutcomeView; 2], language: Language) -> Html {
    html! {
        for row in rows(outcomes, language) {
            <tr>
                <th scope="row" title={row.says.map(|says| says.of(language))}>{ row.name.of(language) }</th>
                for side in Side::BOTH {
                    <td class={(row.worse == Some(side as usize)).then_some("bad")}>{ &row.sides[side as usize] }</td>
                }
                <td class={if row.worse.is_some() { "worse" } else { "" }}>{ &row.difference }</td>
            </tr>
        }
    }
}

/// Whether what the reader does is done in both worlds.
fn where_acts_go(desk: &Desk, twin: &TwinView, one_world: bool, language: Language) -> Html {
    let many = twin.group.as_ref().is_some_and(|costs| costs.ways.len() > 2);
    let all = if many { w::IN_ALL } else { w::IN_BOTH };
    let choice = |label: String, one: bool| {
        let desk = desk.clone();
        let choose = Callback::from(move |_: MouseEvent| desk.change(|page| page.one_world = one));
        html! {
            <button class="chip" aria-pressed={(one_world == one).to_string()} onclick={choose}>{ label }</button>
        }
    };
    html! {
        <div class="row" id="acts-go">
            { choice(all.of(language).to_owned(), false) }
            { choice(w::IN_ONE.with(language, &[&w::letter(twin.focus)]), true) }
        </div>
    }
}

fn side_button(desk: &Desk, side: Side, text: Text, what: &'static str, language: Language) -> Html {
    let desk = desk.clone();
    let click = Callback::from(move |_: MouseEvent| {
        if what == "keep" {
            desk.keep_side(side);
        } else {
            desk.choose(side);
            desk.open(Dialog::Share);
        }
    });
    html! {
        <button class="button" id={format!("{what}-{}", w::letter(side))} onclick={click}>
            { text.with(language, &[&w::letter(side)]) }
        </button>
    }
}
