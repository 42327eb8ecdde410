//! What the same restart costs a group, in every way that was tried: one table, whichever two worlds are drawn.

use yew::prelude::*;

use super::words as w;
use crate::lab::Act;
use crate::lab::Side;
use crate::lesson::Instead;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::desk::Desk;
use crate::ui::words;
use crate::view::GroupCosts;
use crate::view::Place;
use crate::view::RebalanceCost;
use crate::view::TwinView;
use crate::view::WayCost;

/// What is counted, and how it is written.
type Row = (Text, fn(&RebalanceCost) -> u64, fn(u64) -> String);

const ROWS: [Row; 6] = [
    (w::ROUNDS, |it| it.rounds as u64, words::count),
    (w::REVOKED, |it| it.revoked as u64, words::count),
    (w::MOVED, |it| it.moved as u64, words::count),
    (w::LONGEST_PAUSE, |it| it.longest_pause_ms.unsigned_abs(), seconds),
    (w::PAUSED, |it| it.paused_ms.unsigned_abs(), seconds),
    (w::TWICE, |it| it.delivered_twice, words::count),
];

/// `0.34`, `12.3`.
fn seconds(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{:02}", ms / 1000, ms % 1000 / 10),
        _ => format!("{}.{}", words::count(ms / 1000), ms % 1000 / 100),
    }
}

/// What makes B another world than A, in a word or two; nothing for a change of another kind.
pub(super) fn name_of(change: &[Act]) -> Option<Text> {
    Instead::made_by(change).map(Instead::name)
}

/// The costs of all.
pub(super) fn table(desk: &Desk, costs: &GroupCosts, language: Language) -> Html {
    html! {
        <>
            <h2 class="caption named">{ w::GROUP_COST.with(language, &[&costs.group, &costs.since]) }</h2>
            <table class="outcome ways" id="group-costs">
                <caption class="sr">{ w::COUNTED.of(language) }</caption>
                <thead>
                    <tr>
                        <td></td>
                        for way in &costs.ways {
                            <th scope="col">{ head(desk, way, language) }</th>
                        }
                    </tr>
                </thead>
                <tbody>
                    for (name, pick, write) in ROWS {
                        { row(name, &costs.ways.iter().map(|way| pick(&way.cost)).collect::<Vec<_>>(), write, language) }
                    }
                </tbody>
            </table>
            if costs.ways.len() > 2 {
                <p class="quiet">{ w::PLAYS_ALONG.of(language) }</p>
            }
        </>
    }
}

/// The most is the worst; nothing is when all have the same.
fn row(name: Text, values: &[u64], write: fn(u64) -> String, language: Language) -> Html {
    let most = values.iter().max().filter(|most| values.iter().any(|value| value != *most));
    html! {
        <tr>
            <th scope="row">{ name.of(language) }</th>
            for value in values {
                <td class={(most == Some(value)).then_some("bad")}>{ write(*value) }</td>
            }
        </tr>
    }
}

/// The letter of a world that is drawn, and the way that it goes; one that plays along is drawn with a click.
fn head(desk: &Desk, way: &WayCost, language: Language) -> Html {
    let instead = Instead::made_by(&way.change);
    let short = match way.place {
        Place::Drawn(Side::A) => Some(desk.read(|page| page.way).map_or(w::AS_IT_WAS, Instead::short)),
        _ => instead.map(Instead::short),
    };
    let short = short.map(|text| text.of(language));
    match way.place {
        Place::Drawn(side) => {
            let name = w::side(side).of(language);
            html! { <span title={w::DRAWN_WAY.with(language, &[&name])}><b>{ w::letter(side) }</b>{ short }</span> }
        }
        Place::Beside(number) => {
            let desk = desk.clone();
            let onclick = Callback::from(move |_: MouseEvent| desk.draw_way(number));
            let name = instead.map_or(w::SIDE_B, Instead::name).of(language);
            let says = w::DRAW_WAY.with(language, &[&name]);
            html! { <button title={says.clone()} aria-label={says} {onclick}><b>{ "·" }</b>{ short }</button> }
        }
    }
}

/// The ways that were not tried yet, and that A does not go already.
pub(super) fn more(desk: &Desk, twin: &TwinView, costs: &GroupCosts, language: Language) -> Html {
    if Instead::made_by(&twin.change).is_none() {
        return Html::default();
    }
    let tried =
        |instead: &Instead| costs.ways.iter().any(|way| Instead::made_by(&way.change) == Some(*instead));
    let as_it_was = desk.read(|page| page.way);
    let left = Instead::ALL.into_iter().filter(|instead| as_it_was != Some(*instead) && !tried(instead));
    let left: Vec<Instead> = left.collect();
    if left.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <h2 class="caption">{ w::ANOTHER_WAY.of(language) }</h2>
            <div class="row" id="more-ways">
                for instead in left {
                    { chip(desk, costs, instead, language) }
                }
            </div>
        </>
    }
}

fn chip(desk: &Desk, costs: &GroupCosts, instead: Instead, language: Language) -> Html {
    let (desk, group) = (desk.clone(), costs.group.clone());
    let onclick = Callback::from(move |_: MouseEvent| desk.fork_group(&group, &[instead]));
    html! { <button class="chip" id={format!("way-{instead:?}")} {onclick}>{ instead.name().of(language) }</button> }
}
