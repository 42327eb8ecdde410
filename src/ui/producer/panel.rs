use yew::prelude::*;

use super::callbacks::outcome;
use super::chosen;
use super::words as w;
use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::lab::Act;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::dotted::dotted;
use crate::ui::why::chain;
use crate::view::About;
use crate::view::Life;
use crate::view::LifeStage;
use crate::view::Limits;
use crate::view::QueuedBatch;
use crate::view::Root;
use crate::view::SendingView;
use crate::view::StageKind;
use crate::view::Why;

/// Rows of names and values.
type Rows = Vec<(&'static str, String)>;

/// The panel beside the Producer view: what is chosen, why it is so, and the configs that decide.
#[component]
pub fn ProducerPanel() -> Html {
    let desk = use_desk();
    let (language, about, _, node) = use_pick(|page| {
        (page.taste.language, page.producer.about.clone(), page.seen.cluster.clone(), chosen(page))
    });
    let told = node.and_then(|node| {
        desk.engine(|engine| {
            let view = SendingView::of(engine.world(), NodeId(node))?;
            let whys = view.why(&about, &engine.past());
            Some((view, whys))
        })
    });
    let life = use_mut_ref(|| None::<Life>);
    let Some((view, whys)) = told else { return Html::default() };
    let trip = acked(&view, &about).map(|(partition, offset)| {
        let mut life = life.borrow_mut();
        let same = |life: &&mut Life| life.partition == *partition && life.offset == offset;
        if life.as_mut().filter(same).is_none() {
            *life = Some(Life::new(partition.clone(), offset));
        }
        let Some(life) = life.as_mut() else { return Html::default() };
        desk.engine(|engine| life.follow(engine.journal(), engine.world()));
        trip(&desk, life, view.now, language)
    });
    let (title, chip) = title(&view, &about, language);
    html! {
        <section id="producer-why" class="producer-why">
            <h2 class="title">
                { title }
                if let Some(chip) = chip {
                    <span class="chip">{ chip }</span>
                }
            </h2>
            { facts(&view, &about, language) }
            { trip.unwrap_or_default() }
            for why in &whys {
                { told_why(&desk, why, language) }
            }
            { knobs(&desk, view.node, &view.limits, language) }
        </section>
    }
}

/// The first record of the batch that the panel tells of, once it is acknowledged with an offset.
fn acked<'a>(view: &'a SendingView, about: &About) -> Option<(&'a TopicPartition, Offset)> {
    let called = match about {
        About::Callback(number) => view.called.iter().find(|called| called.number == *number)?,
        About::Batch(id) => view.callback_of(*id)?,
        _ => return None,
    };
    let offset = called.result.as_ref().ok().copied().filter(|offset| *offset >= 0)?;
    Some((&called.partition, offset))
}

/// Where its time went, stage by stage up to the callback; the timeline can go to each.
fn trip(desk: &Desk, life: &Life, now: Instant, language: Language) -> Html {
    let text = |kind: StageKind| match kind {
        StageKind::Sent => Some(w::T_SENT),
        StageKind::Drained => Some(w::T_DRAINED),
        StageKind::Appended => Some(w::T_APPENDED),
        StageKind::Replicated => Some(w::T_REPLICATED),
        StageKind::Committed => Some(w::T_COMMITTED),
        StageKind::Acked => Some(w::T_ACKED),
        StageKind::Delivered | StageKind::Cut | StageKind::Deleted => None,
    };
    let began = life.at(StageKind::Sent).map(|stage| stage.at);
    let stages = life.stages.iter().filter(|stage| stage.at <= now);
    let row = |stage: &LifeStage, text: Text| {
        let (desk, at) = (desk.clone(), stage.at);
        let onclick = Callback::from(move |_: MouseEvent| desk.seek(at));
        let since = began.map_or(0, |began| at.0.saturating_sub(began.0));
        html! {
            <li>
                <button class="trip-stage" {onclick}>
                    <span>{ text.with(language, &[&stage.node]) }</span>
                    <span class="mono">{ format!("+{}.{} ms", since / 1000, since % 1000 / 100) }</span>
                </button>
            </li>
        }
    };
    html! {
        <>
            <h3 class="caption">{ w::TRIP.of(language) }</h3>
            <ol class="trip">
                for (stage, text) in stages.filter_map(|stage| Some((stage, text(stage.kind)?))) {
                    { row(stage, text) }
                }
            </ol>
        </>
    }
}

fn title(view: &SendingView, about: &About, language: Language) -> (String, Option<String>) {
    match about {
        About::Send => (w::THE_CALL.of(language).into(), None),
        About::Memory => (w::MEMORY.of(language).into(), None),
        About::Deque(partition) => (w::DEQUE_OF.with(language, &[partition]), None),
        About::Broker(id) => (w::BROKER_N.with(language, &[id]), None),
        About::Callback(number) => (w::RESULT_OF.with(language, &[number]), None),
        About::Batch(id) => {
            if let Some(batch) = view.batch(*id) {
                let state = match view.slot_of(*id) {
                    Some((_, slot)) => w::FLYING.with(language, &[&slot.correlation]),
                    None => w::IN_DEQUE.of(language).into(),
                };
                return (w::BATCH_N.with(language, &[id, &batch.partition]), Some(state));
            }
            let partition = view.callback_of(*id).map_or_else(|| "–".into(), |c| c.partition.to_string());
            let state = view.callback_of(*id).map(|called| match called.result {
                Ok(_) => w::DONE.of(language).to_owned(),
                Err(_) => w::LOST.of(language).to_owned(),
            });
            (w::BATCH_N.with(language, &[id, &partition]), state)
        }
    }
}

fn facts(view: &SendingView, about: &About, language: Language) -> Html {
    let rows = match about {
        About::Batch(id) => match (view.batch(*id), view.callback_of(*id)) {
            (Some(batch), _) => of_batch(batch, &view.limits, language),
            (None, Some(called)) => of_callback(view, called.number, language),
            (None, None) => return html! { <p class="quiet">{ w::GONE.of(language) }</p> },
        },
        About::Callback(number) => of_callback(view, *number, language),
        _ => return Html::default(),
    };
    html! {
        <>
            <h3 class="caption">{ w::THIS_BATCH.of(language) }</h3>
            <dl class="pairs">
                for (name, value) in rows {
                    <dt>{ name }</dt>
                    <dd class="mono">{ value }</dd>
                }
            </dl>
        </>
    }
}

fn of_batch(batch: &QueuedBatch, limits: &Limits, language: Language) -> Rows {
    let ms = |ms: i64| w::MS.with(language, &[&ms]);
    let mut rows = vec![
        (w::P_RECORDS.of(language), batch.records.to_string()),
        (w::P_BYTES.of(language), format!("{} / {}", batch.bytes, limits.batch_size)),
        (w::P_AGE.of(language), ms(batch.age_ms)),
        (w::P_EXPIRES.of(language), ms(batch.left_ms)),
    ];
    if let Some((id, epoch, sequence)) = batch.sequence {
        rows.push((w::P_SEQUENCE.of(language), format!("{id}, {epoch}, {sequence}")));
    }
    if batch.attempts > 0 {
        rows.push((w::P_ATTEMPTS.of(language), format!("{} / {}", batch.attempts, limits.retries)));
    }
    rows
}

fn of_callback(view: &SendingView, number: u64, language: Language) -> Rows {
    let Some(called) = view.called.iter().find(|called| called.number == number) else { return Rows::new() };
    let mut rows =
        vec![(w::P_RECORDS.of(language), outcome(called, language)), ("at", called.at.to_string())];
    if let Some(batch) = &called.batch {
        let took = called.at.wall_ms() - batch.created_ms;
        rows.push((w::P_BYTES.of(language), format!("{} / {}", batch.bytes, view.limits.batch_size)));
        rows.push((w::P_TOOK.of(language), w::MS.with(language, &[&took])));
        if batch.attempts > 0 {
            rows.push((w::P_ATTEMPTS.of(language), batch.attempts.to_string()));
        }
    }
    rows
}

/// One answer: the guards with their numbers, the sentence, what is at its root, and where it began.
fn told_why(desk: &Desk, why: &Why, language: Language) -> Html {
    let began =
        why.cause.and_then(|seq| desk.engine(|engine| engine.journal().get(seq).map(|entry| entry.at)));
    let go = began.map(|at| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.seek(at))
    });
    html! {
        <div class="why-card">
            <h3>{ why.question.of(language) }</h3>
            if !why.guards.is_empty() {
                <ul class="guards">
                    for guard in &why.guards {
                        <li class={classes!(guard.holds.then_some("holds"))}>
                            <i aria-hidden="true">{ if guard.holds { "✓" } else { "✕" } }</i>
                            <span>
                                { guard.what.of(language) }
                                <span class="sr">{ if guard.holds { w::HOLDS } else { w::HOLDS_NOT }.of(language) }</span>
                            </span>
                            <span class="mono">{ &guard.value }</span>
                        </li>
                    }
                </ul>
            }
            <p>{ why.sentence.of(language) }</p>
            if let Some((name, value)) = &why.config {
                <p class="mono root">{ format!("{name}={value}") }</p>
            }
            for root in &why.roots {
                { root_of(desk, root, language) }
            }
            <p class="quiet source"><span class="sr">{ w::SOURCE.of(language) }</span>{ why.source }</p>
            if let Some((go, at)) = go.zip(began) {
                <button class="chip" onclick={go}>{ w::GO_THERE.with(language, &[&at]) }</button>
            }
            { chain(desk, why, language) }
        </div>
    }
}

/// What it would be otherwise without: an act, to which the timeline can go, or a config.
fn root_of(desk: &Desk, root: &Root, language: Language) -> Html {
    match root {
        Root::Act { number, entry } => {
            let (words, at) = desk.engine(|engine| {
                let at = engine.journal().get(*entry).map_or(Instant::ZERO, |entry| entry.at);
                (engine.deed(*number).map(|deed| deed.of_whom(language)).unwrap_or_default(), at)
            });
            let onclick = {
                let desk = desk.clone();
                Callback::from(move |_: MouseEvent| desk.seek(at))
            };
            let says = w::ROOT.with(language, &[&words, &at]);
            html! { <button class="chip warn" {onclick}>{ says }</button> }
        }
        Root::Config { name, value, .. } => html! { <p class="mono root">{ format!("{name}={value}") }</p> },
    }
}

/// The configs that decide, with values worth trying.
fn knobs(desk: &Desk, node: i32, limits: &Limits, language: Language) -> Html {
    const KNOBS: [(&str, &[&str]); 8] = [
        ("batch.size", &["0", "200", "500", "2000", "16384", "65536"]),
        ("linger.ms", &["0", "2", "5", "20", "50", "500"]),
        ("buffer.memory", &["2000", "8000", "65536", "524288", "33554432"]),
        ("max.in.flight.requests.per.connection", &["1", "2", "5"]),
        ("acks", &["0", "1", "all"]),
        ("compression.type", &["none", "gzip", "snappy", "lz4", "zstd"]),
        ("request.timeout.ms", &["500", "2000", "30000"]),
        ("max.block.ms", &["1000", "5000", "60000"]),
    ];
    html! {
        <>
            <h3 class="caption">{ w::KNOBS.of(language) }</h3>
            <div class="knobs">
                for (name, values) in KNOBS {
                    { knob(desk, node, name, values, &value_of(limits, name)) }
                }
            </div>
            <p class="quiet">{ w::KNOBS_SAY.of(language) }</p>
        </>
    }
}

fn value_of(limits: &Limits, name: &str) -> String {
    match name {
        "batch.size" => limits.batch_size.to_string(),
        "linger.ms" => limits.linger_ms.to_string(),
        "buffer.memory" => limits.buffer_memory.to_string(),
        "max.in.flight.requests.per.connection" => limits.max_in_flight.to_string(),
        "acks" => limits.acks.to_owned(),
        "compression.type" => limits.compression.clone(),
        "request.timeout.ms" => limits.request_timeout_ms.to_string(),
        _ => limits.max_block_ms.to_string(),
    }
}

fn knob(desk: &Desk, node: i32, name: &'static str, values: &[&'static str], now: &str) -> Html {
    let onchange = {
        let desk = desk.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() else { return };
            let value = Some(select.value());
            desk.act(Act::SetClientConfig { node: NodeId(node), config: name.to_owned(), value });
        })
    };
    let other = !values.contains(&now);
    html! {
        <label>
            <span class="mono">{ dotted(name) }</span>
            <select id={format!("knob-{name}")} {onchange}>
                if other {
                    <option value={now.to_owned()} selected=true>{ now.to_owned() }</option>
                }
                for value in values {
                    <option value={*value} selected={*value == now}>{ *value }</option>
                }
            </select>
        </label>
    }
}
