use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::view::About;
use crate::view::DequeView;
use crate::view::QueuedBatch;
use crate::view::SendingView;
use crate::view::Stands;
use crate::view::hue_of;

/// Batches of a deque that are shown: the ones that leave first, and the last one.
const SHOWN: usize = 3;
/// Around the clock: 2π × 14.
const ROUND: f64 = 87.96;

/// The deques of batches, one a partition.
pub(super) fn card(draw: &Draw<'_>, view: &SendingView) -> Html {
    let language = draw.language;
    html! {
        <section class="box deques" aria-label={w::ACCUMULATOR.of(language)}>
            <h3>
                { w::ACCUMULATOR.of(language) }
                <span class="quiet">{ w::ACCUMULATOR_SAYS.of(language) }</span>
            </h3>
            if view.deques.is_empty() {
                <p class="quiet">{ w::NO_DEQUES.of(language) }</p>
            } else {
                <p class="deque-ends quiet" aria-hidden="true">
                    <span />
                    <span class="ends"><i>{ w::TAIL.of(language) }</i><i>{ w::HEAD.of(language) }</i></span>
                    <span>{ w::LINGER.with(language, &[&view.limits.linger_ms]) }</span>
                </p>
            }
            <ul>
                for deque in &view.deques {
                    { row(draw, view, deque) }
                }
            </ul>
        </section>
    }
}

fn row(draw: &Draw<'_>, view: &SendingView, deque: &DequeView) -> Html {
    let language = draw.language;
    let about = About::Deque(deque.partition.clone());
    let name = deque.partition.to_string();
    let leader = match deque.leader {
        Some(leader) => w::LEADER_OF.with(language, &[&leader]),
        None => w::NO_LEADER.of(language).to_owned(),
    };
    let hidden = deque.batches.len().saturating_sub(SHOWN);
    // The tail stands on the left: records join there.
    let shown = deque.batches.iter().enumerate().rev();
    let shown = shown.filter(|(at, _)| *at < SHOWN - 1 || *at + 1 == deque.batches.len());
    let held = !matches!(deque.stands, Stands::Empty | Stands::Lingers { .. } | Stands::Ready);
    let hue = format!("hue{}", hue_of(&deque.partition));
    html! {
        <li key={name.clone()} class={classes!("deque", hue, draw.is(&about).then_some("asked"))}>
            <button class="deque-name" aria-pressed={draw.is(&about).to_string()} onclick={draw.ask(about)}>
                <b><span class="swatch" />{ name }</b>
                <span class={classes!("quiet", deque.leader.is_none().then_some("bad"))}>{ leader }</span>
            </button>
            <div class="batches-of">
                <span class={classes!("stands", held.then_some("warn"))}>
                    <span>{ w::stands(deque.stands, language) }</span>
                    if hidden > 0 {
                        <span class="quiet">{ w::MORE.with(language, &[&hidden]) }</span>
                    }
                </span>
                for (_, batch) in shown {
                    { self::batch(draw, view, batch) }
                }
            </div>
            { clock(view, deque) }
        </li>
    }
}

fn batch(draw: &Draw<'_>, view: &SendingView, batch: &QueuedBatch) -> Html {
    let language = draw.language;
    let about = About::Batch(batch.id);
    let percent = batch.percent(view.limits.batch_size);
    let fill = if batch.full { w::FULL.of(language).to_owned() } else { format!("{percent} %") };
    html! {
        <button
            key={batch.id}
            id={format!("batch-{}", batch.id)}
            class={classes!("queued", (batch.attempts > 0).then_some("again"))}
            aria-pressed={draw.is(&about).to_string()}
            onclick={draw.ask(about)}
        >
            <span class="fill"><i style={format!("width: {}%", percent.min(100))} /></span>
            <span class="mono">
                <span>{ format!("{} B", batch.bytes) }</span>
                <span class={classes!(batch.full.then_some("full"))}>{ fill }</span>
            </span>
        </button>
    }
}

/// How much of `linger.ms` — or of a retry's backoff — the head has waited, as a ring and a number.
fn clock(view: &SendingView, deque: &DequeView) -> Html {
    let Some(head) = deque.batches.first() else { return html! { <span class="clock" /> } };
    let backs_off = matches!(deque.stands, Stands::BacksOff { .. });
    let whole = if backs_off { head.backoff_ms } else { view.limits.linger_ms };
    let share = if whole > 0 { (head.waited_ms as f64 / whole as f64).min(1.0) } else { 1.0 };
    let over = !backs_off && !matches!(deque.stands, Stands::Lingers { .. });
    let class = if backs_off {
        "warn"
    } else if over {
        "ok"
    } else {
        "runs"
    };
    let says = if over { "✓".to_owned() } else { head.waited_ms.to_string() };
    html! {
        <span class={classes!("clock", class)}>
            <svg viewBox="0 0 36 36" aria-hidden="true">
                <circle class="rim" cx="18" cy="18" r="14" />
                <circle class="hand" cx="18" cy="18" r="14" stroke-dasharray={format!("{:.1} {ROUND}", share * ROUND)} />
            </svg>
            <span class="mono">{ says }</span>
        </span>
    }
}
