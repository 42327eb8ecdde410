use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::ui::words as common;
use crate::view::About;
use crate::view::SendingView;
use crate::view::SlotView;
use crate::view::SlotsView;
use crate::view::hue_of;

/// Slots of a broker that are shown.
const SHOWN: usize = 8;

/// The requests without an answer, broker by broker.
pub(super) fn card(draw: &Draw<'_>, view: &SendingView) -> Html {
    let language = draw.language;
    html! {
        <section class="box slots" aria-label={w::SENDER.of(language)}>
            <h3>
                { w::SENDER.of(language) }
                <span class="quiet">{ w::SENDER_SAYS.with(language, &[&view.limits.max_in_flight]) }</span>
            </h3>
            <ul>
                for broker in &view.brokers {
                    { row(draw, view, broker) }
                }
            </ul>
        </section>
    }
}

fn row(draw: &Draw<'_>, view: &SendingView, broker: &SlotsView) -> Html {
    let language = draw.language;
    let about = About::Broker(broker.broker);
    let most = usize::try_from(view.limits.max_in_flight).unwrap_or(1);
    let (used, full) = (broker.slots.len(), broker.slots.len() >= most);
    let count = match full {
        true => w::SLOTS_FULL.with(language, &[&used, &most]),
        false => format!("{used} / {most}"),
    };
    let free = most.min(SHOWN).saturating_sub(used);
    html! {
        <li key={broker.broker} class={classes!("broker-slots", draw.is(&about).then_some("asked"))}>
            <button class="broker-name" aria-pressed={draw.is(&about).to_string()} onclick={draw.ask(about)}>
                <b>{ common::BROKER_N.with(language, &[&broker.broker]) }</b>
                if let Some(says) = w::link(broker.link, language) {
                    <span class="warn">{ says }</span>
                }
                <span class={classes!("mono", if full { "warn" } else { "quiet" })}>{ count }</span>
            </button>
            <div class="slot-row">
                for slot in broker.slots.iter().take(SHOWN) {
                    { self::slot(draw, slot) }
                }
                for _ in 0..free {
                    <span class="slot free quiet">{ w::FREE.of(language) }</span>
                }
            </div>
        </li>
    }
}

fn slot(draw: &Draw<'_>, slot: &SlotView) -> Html {
    let first = slot.batches.first().map(|batch| About::Batch(batch.id));
    let pressed =
        first.as_ref().is_some_and(|_| slot.batches.iter().any(|batch| draw.is(&About::Batch(batch.id))));
    let body = html! {
        <>
            <span class="carried">
                for batch in &slot.batches {
                    <i class={format!("hue{}", hue_of(&batch.partition))} />
                }
                if slot.batches.is_empty() {
                    <em class="quiet">{ format!("{:?}", slot.api) }</em>
                }
            </span>
            <span class="mono">{ format!("#{}", slot.correlation) }</span>
        </>
    };
    match first {
        Some(about) => html! {
            <button
                key={slot.correlation}
                class="slot"
                id={format!("slot-{}", slot.correlation)}
                aria-pressed={pressed.to_string()}
                onclick={draw.ask(about)}
            >
                { body }
            </button>
        },
        None => html! { <span key={slot.correlation} class="slot other">{ body }</span> },
    }
}
