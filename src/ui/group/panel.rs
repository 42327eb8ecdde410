//! The panel beside the Group view: what the latest rebalance was and cost, what the group waits for, who is in it, how
//! far behind it is, and where it lives.

use yew::prelude::*;

use super::Draw;
use super::GroupFrame;
use super::Part;
use super::actions;
use super::lag;
use super::members;
use super::message::OpenMessage;
use super::words as w;
use crate::ui::desk::Asked;
use crate::ui::why::AskedMoment;
use crate::ui::why::answer;
use crate::view::Cause;
use crate::view::GroupProtocol;
use crate::view::RebalanceView;

/// Questions that are offered.
const MOST_WHYS: usize = 4;

/// The panel over the group that is looked at.
#[component]
pub fn GroupPanel() -> Html {
    html! { <GroupFrame part={Part::Panel} /> }
}

pub(super) fn body(draw: &Draw<'_>, branch: usize) -> Html {
    let language = draw.language;
    html! {
        <section id="group-panel" class="g-panel">
            if let Some(entry) = draw.open {
                <OpenMessage key={entry} {entry} {branch} {language} />
            }
            <AskedMoment {language} />
            { latest(draw) }
            { whys(draw) }
            { actions::row(draw) }
            { members::list(draw) }
            { place(draw) }
            { lag::table(draw) }
        </section>
    }
}

/// The latest rebalance: generations, what moved, what it cost.
fn latest(draw: &Draw<'_>) -> Html {
    let (language, view) = (draw.language, draw.view);
    let classic = view.protocol == GroupProtocol::Classic;
    let Some(rebalance) = &view.rebalance else {
        let text = if classic { w::GENERATION_IS } else { w::EPOCH_IS };
        return html! {
            <>
                <h2 class="title">{ text.with(language, &[&view.generation]) }</h2>
                <p class="quiet">{ w::NO_REBALANCE.of(language) }</p>
            </>
        };
    };
    let (before, after) = rebalance.generations;
    let text = if classic { w::GENERATION_MOVED } else { w::EPOCH_MOVED };
    let go = rebalance.entry.map(|entry| {
        let desk = draw.desk.clone();
        let ask = {
            let desk = desk.clone();
            Callback::from(move |_: MouseEvent| desk.ask_why(Asked::Moment(entry)))
        };
        (Callback::from(move |_: MouseEvent| desk.seek_entry(entry)), ask)
    });
    html! {
        <>
            <h2 class="title">{ text.with(language, &[&before, &after]) }</h2>
            <p class="g-says">{ sentence(draw, rebalance) }</p>
            if let Some((go, ask)) = go {
                <div class="row">
                    <button class="chip" onclick={go}>{ w::GO_BEGIN.with(language, &[&rebalance.from]) }</button>
                    <button class="chip" id="rebalance-why" onclick={ask}>{ w::WHY.of(language) }</button>
                </div>
            }
            { cost(draw, rebalance) }
        </>
    }
}

fn sentence(draw: &Draw<'_>, rebalance: &RebalanceView) -> String {
    let (language, cost) = (draw.language, &rebalance.cost);
    let mut out = vec![draw.cause(&rebalance.cause, w::C_UNKNOWN)];
    if rebalance.to.is_none() {
        out.push(w::NOT_OVER.of(language).to_owned());
    } else {
        let assignor = draw.view.assignor.as_deref().unwrap_or("–");
        let all: usize = rebalance.rows.iter().map(|row| row.after.len()).sum();
        let members = rebalance.rows.iter().filter(|row| !row.after.is_empty()).count();
        out.push(if rebalance.rows.iter().all(|row| row.before.is_empty()) {
            w::FIRST_SAYS.with(language, &[&assignor, &all, &members])
        } else {
            w::MOVED_SAYS.with(language, &[&assignor, &cost.moved, &all, &cost.kept])
        });
    }
    if cost.rounds > 1 {
        out.push(w::TWO_ROUNDS.with(language, &[&cost.rounds]));
    }
    out.join(language.between_sentences())
}

fn cost(draw: &Draw<'_>, rebalance: &RebalanceView) -> Html {
    let (language, cost) = (draw.language, &rebalance.cost);
    let bad = |is: bool| if is { "bad" } else { "ok" };
    let to = rebalance.to.unwrap_or(draw.view.now);
    let took = i64::try_from(to.0.saturating_sub(rebalance.from.0) / 1000).unwrap_or(i64::MAX);
    let rows = [
        (w::COST_ROUNDS, cost.rounds.to_string(), ""),
        (w::COST_REVOKED, cost.revoked.to_string(), bad(cost.revoked > cost.moved)),
        (w::COST_MOVED, cost.moved.to_string(), ""),
        (w::COST_KEPT, cost.kept.to_string(), ""),
        (w::COST_LONGEST, w::span(cost.longest_pause_ms), bad(cost.longest_pause_ms > 1000)),
        (w::COST_PAUSED, w::span(cost.paused_ms), ""),
        (w::COST_TWICE, cost.delivered_twice.to_string(), bad(cost.delivered_twice > 0)),
        (w::COST_TOOK, w::span(took), ""),
    ];
    html! {
        <>
            <h3 class="caption">{ w::COST.of(language) }</h3>
            <dl class="pairs g-cost" id="group-cost">
                for (name, value, tone) in rows {
                    <dt>{ name.of(language) }</dt>
                    <dd class={classes!("mono", tone)}>{ value }</dd>
                }
            </dl>
        </>
    }
}

/// What can be asked about the group now; the first question is answered already.
fn whys(draw: &Draw<'_>) -> Html {
    let language = draw.language;
    let mut whys = draw.desk.engine(|engine| engine.past().of_group(&draw.view.name));
    whys.truncate(MOST_WHYS);
    html! {
        for (number, why) in whys.iter().enumerate() {
            <details class="g-why" open={number == 0}>
                <summary>{ why.question.of(language) }</summary>
                { answer(draw.desk, why, language) }
            </details>
        }
    }
}

/// Where the group lives.
fn place(draw: &Draw<'_>) -> Html {
    let (language, view) = (draw.language, draw.view);
    let place = &view.place;
    let broker = match place.broker {
        None => w::K_NO_LEADER.of(language).to_owned(),
        Some(id) if place.loading => w::K_LOADING.with(language, &[&id]),
        Some(id) => w::K_LEADER_OF.with(language, &[&id]),
    };
    let classic = view.protocol == GroupProtocol::Classic;
    let rows = [
        ("group.id", view.name.to_string()),
        ("|hash| % n", format!("|{}| % {} = {}", place.hash, place.partitions, place.partition)),
        ("log", format!("__consumer_offsets-{}", place.partition)),
        (w::K_BROKER.of(language), broker),
        ("group.protocol", if classic { "classic" } else { "consumer" }.to_owned()),
        (w::K_ASSIGNOR.of(language), view.assignor.as_deref().unwrap_or("–").to_owned()),
        (w::K_STATE.of(language), w::state(view.state).to_owned()),
        (if classic { "generation" } else { "group epoch" }, view.generation.to_string()),
    ];
    html! {
        <>
            <h3 class="caption">{ w::COORDINATOR.of(language) }</h3>
            <dl class="pairs">
                for (name, value) in rows {
                    <dt>{ name }</dt>
                    <dd class="mono">{ value }</dd>
                }
            </dl>
        </>
    }
}

impl Draw<'_> {
    /// What began a rebalance, as a sentence; `unknown` when nothing is known.
    pub(super) fn cause(&self, cause: &Cause, unknown: crate::lesson::Text) -> String {
        let language = self.language;
        match cause {
            Cause::Joined { member } => w::C_JOINED.with(language, &[&self.member_name(member)]),
            Cause::Left { member } => w::C_LEFT.with(language, &[&self.member_name(member)]),
            Cause::Removed { member } => w::C_REMOVED.with(language, &[&self.member_name(member)]),
            Cause::Subscription => w::C_SUBSCRIPTION.of(language).to_owned(),
            Cause::FailOver => w::C_FAIL_OVER.of(language).to_owned(),
            Cause::Unknown => unknown.of(language).to_owned(),
        }
    }
}
