use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::kafka::client::producer::Called;
use crate::kafka::client::producer::CalledBatch;
use crate::lesson::Language;
use crate::view::About;
use crate::view::SendingView;
use crate::view::hue_of;

/// Callbacks that are shown.
const SHOWN: usize = 5;

/// What the application was told, and how long it took.
pub(super) fn card(draw: &Draw<'_>, view: &SendingView) -> Html {
    let language = draw.language;
    html! {
        <section class="box callbacks" aria-label={w::CALLBACKS.of(language)}>
            <h3>
                { w::CALLBACKS.of(language) }
                <span class="quiet">{ w::CALLBACKS_SAYS.of(language) }</span>
            </h3>
            if view.called.is_empty() {
                <p class="quiet">{ w::NO_CALLBACKS.of(language) }</p>
            }
            <ul>
                for called in view.called.iter().take(SHOWN) {
                    { row(draw, called) }
                }
            </ul>
        </section>
    }
}

fn row(draw: &Draw<'_>, called: &Called) -> Html {
    let language = draw.language;
    let about = About::Callback(called.number);
    html! {
        <li key={called.number}>
            <button
                class="called"
                id={format!("callback-{}", called.number)}
                aria-pressed={draw.is(&about).to_string()}
                onclick={draw.ask(about)}
            >
                <span class={format!("hue{}", hue_of(&called.partition))}><span class="swatch" /></span>
                <span class="mono">{ called.partition.to_string() }</span>
                <span class={classes!("mono", if called.result.is_ok() { "ok" } else { "bad" })}>
                    { outcome(called, language) }
                </span>
                { called.batch.as_ref().map(|batch| spent(called, batch, language)).unwrap_or_default() }
            </button>
        </li>
    }
}

/// `offsets 12…19 (8)`, or how many records got which error.
pub(super) fn outcome(called: &Called, language: Language) -> String {
    match &called.result {
        Ok(offset) if *offset >= 0 && called.records == 1 => w::OFFSET.with(language, &[offset]),
        Ok(offset) if *offset >= 0 => {
            let range = format!("{offset}…{}", offset + i64::from(called.records) - 1);
            w::OFFSETS.with(language, &[&range, &called.records])
        }
        Ok(_) => format!("{} × {}", called.records, w::NO_OFFSET.of(language)),
        Err(error) => format!("{} × {error}", called.records),
    }
}

/// How its time is shared between the deque and the way to the broker and back.
fn spent(called: &Called, batch: &CalledBatch, language: Language) -> Html {
    let whole = (called.at.wall_ms() - batch.created_ms).max(0);
    let queued = batch.drain.map_or(whole, |drain| drain.at.wall_ms() - batch.created_ms).clamp(0, whole);
    let flying = whole - queued;
    let grow = |ms: i64| format!("flex-grow: {}", ms.max(1));
    let label = |text: crate::lesson::Text, ms: i64| text.with(language, &[&w::MS.with(language, &[&ms])]);
    html! {
        <span class="spent">
            <i class="in-deque" style={grow(queued)}>{ label(w::IN_QUEUE, queued) }</i>
            if batch.drain.is_some() {
                <i class="in-flight" style={grow(flying)}>{ label(w::IN_FLIGHT, flying) }</i>
            }
        </span>
    }
}
