use bytes::Bytes;
use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::to_positive;
use crate::kafka::client::producer::Chosen;
use crate::kafka::client::producer::Handed;
use crate::kafka::client::producer::SendPath;
use crate::lesson::Language;
use crate::lesson::Text;
use crate::view::About;
use crate::view::BlockedOn;
use crate::view::Blocking;
use crate::view::SendingView;
use crate::view::hue_of;

/// Characters of a key or a value that are shown.
const TEXT: usize = 14;
/// Bytes of a key that are shown.
const HEX: usize = 6;

/// What `send()` does with a record, step by step.
pub(super) fn lane(draw: &Draw<'_>, view: &SendingView) -> Html {
    let language = draw.language;
    html! {
        <section class="box application" aria-label={w::APPLICATION.of(language)}>
            <h3>
                { w::APPLICATION.of(language) }
                <span class="quiet">{ w::APPLICATION_SAYS.of(language) }</span>
                if let Some(blocking) = &view.blocked {
                    <span class="chip warn" role="status">{ blocked(blocking, language) }</span>
                }
                <span class="grow" />
                { draw.why(About::Send, "send()") }
            </h3>
            { match &view.path {
                Some(path) => steps(draw, view, path),
                None => html! { <p class="quiet">{ w::NOTHING_SENT.of(language) }</p> },
            } }
        </section>
    }
}

fn blocked(blocking: &Blocking, language: Language) -> String {
    let waited = blocking.waited_ms;
    match (blocking.on, blocking.left_ms) {
        (BlockedOn::Flush, _) => w::FLUSHES.with(language, &[&waited]),
        (BlockedOn::Close, _) => w::CLOSES.with(language, &[&waited]),
        (_, Some(left)) => w::BLOCKED_OF.with(language, &[&waited, &(waited + left)]),
        _ => w::BLOCKED.with(language, &[&waited]),
    }
}

fn steps(draw: &Draw<'_>, view: &SendingView, path: &SendPath) -> Html {
    let language = draw.language;
    let record = vec![
        (w::TOPIC.of(language).to_owned(), path.topic.to_string()),
        (w::KEY.of(language).to_owned(), text(path.key.as_ref(), language)),
        (w::VALUE.of(language).to_owned(), text(path.value.as_ref(), language)),
    ];
    let intercept = match view.limits.interceptors.as_str() {
        "" => w::NO_INTERCEPTORS.of(language).to_owned(),
        classes => classes.to_owned(),
    };
    html! {
        <ol class="steps">
            { step(1, "ProducerRecord", pairs(&record), false) }
            { step(2, w::INTERCEPTORS.of(language), lines(&["onSend(record)".into(), intercept], Some(w::INTERCEPT_SAYS.of(language))), false) }
            { step(3, w::SERIALIZERS.of(language), serializers(path, language), false) }
            { step(4, w::PARTITIONER.of(language), partitioner(view, path, language), true) }
            { step(5, w::APPEND.of(language), append(draw, view, path), false) }
        </ol>
    }
}

fn step(number: u32, name: &str, body: Html, wide: bool) -> Html {
    html! {
        <li class={classes!("step", wide.then_some("wide"))}>
            <h4><b>{ number }</b>{ name.to_owned() }</h4>
            { body }
        </li>
    }
}

fn lines(mono: &[String], says: Option<&str>) -> Html {
    html! {
        <>
            for line in mono {
                <p class="mono">{ line }</p>
            }
            if let Some(says) = says {
                <p class="quiet">{ says.to_owned() }</p>
            }
        </>
    }
}

fn pairs(rows: &[(String, String)]) -> Html {
    html! {
        <dl>
            for (name, value) in rows {
                <div><dt>{ name }</dt><dd class="mono">{ value }</dd></div>
            }
        </dl>
    }
}

/// The bytes as text when they are text, in quotes.
fn text(bytes: Option<&Bytes>, language: Language) -> String {
    let Some(bytes) = bytes else { return w::NULL.of(language).to_owned() };
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * TEXT)]);
    let short: String = text.chars().take(TEXT).collect();
    let more = if short.len() < bytes.len() { "…" } else { "" };
    format!("\"{short}{more}\"")
}

fn serializers(path: &SendPath, language: Language) -> Html {
    let serialized = |bytes: Option<&Bytes>, some: Text, none: Text| match bytes {
        Some(bytes) => some.with(language, &[&bytes.len()]),
        None => none.of(language).to_owned(),
    };
    let hex = path.key.as_ref().map(|key| {
        let shown: Vec<String> = key.iter().take(HEX).map(|byte| format!("{byte:02x}")).collect();
        let more = if key.len() > HEX { " …" } else { "" };
        format!("{}{more}", shown.join(" "))
    });
    html! {
        <>
            <p class="quiet">{ serialized(path.key.as_ref(), w::KEY_BYTES, w::KEY_NULL) }</p>
            if let Some(hex) = hex {
                <p class="mono">{ hex }</p>
            }
            <p class="quiet">{ serialized(path.value.as_ref(), w::VALUE_BYTES, w::VALUE_NULL) }</p>
        </>
    }
}

fn partitioner(view: &SendingView, path: &SendPath, language: Language) -> Html {
    let chip = path.partition.map(|partition| {
        let partition = TopicPartition::new(&path.topic, partition);
        let hue = format!("hue{}", hue_of(&partition));
        html! { <span class={classes!("chosen-partition", hue)}>{ partition.to_string() }</span> }
    });
    let rows = match path.chosen {
        Chosen::Explicit => lines(&[], Some(w::EXPLICIT.of(language))),
        Chosen::Sticky => {
            let says = if path.key.is_some() { w::STICKY_IGNORED } else { w::STICKY };
            let now = view.sticky.map(|(partition, bytes)| {
                w::STICKY_NOW.with(language, &[&partition, &bytes, &view.limits.batch_size])
            });
            html! { <>{ lines(&[], Some(says.of(language))) }{ lines(now.as_slice(), None) }</> }
        }
        Chosen::Key => {
            let hash = view.hash.unwrap_or_default();
            pairs(&[
                ("murmur2(key)".into(), hash.to_string()),
                ("& 0x7fffffff".into(), to_positive(hash).to_string()),
                (
                    w::PARTITIONS.with(language, &[&path.partitions]),
                    path.partition.map_or("–".into(), |partition| partition.to_string()),
                ),
            ])
        }
    };
    html! { <>{ rows }{ chip.unwrap_or_default() }</> }
}

fn append(draw: &Draw<'_>, view: &SendingView, path: &SendPath) -> Html {
    let language = draw.language;
    let block = w::MAX_BLOCK.with(language, &[&view.limits.max_block_ms]);
    match path.handed {
        Handed::Appended(result) => {
            let text = if result.new_batch { w::NEW_BATCH } else { w::JOINED };
            let id = result.batch.0;
            html! {
                <>
                    <button class="link mono" onclick={draw.ask(About::Batch(id))}>{ text.with(language, &[&id]) }</button>
                    <p class="quiet">{ format!("+ {} B", result.appended_bytes) }</p>
                    <p class="quiet">{ block }</p>
                </>
            }
        }
        Handed::Waits => html! { <p class="warn">{ w::WAITS_MEMORY.of(language) }</p> },
        Handed::Refused => html! { <p class="bad">{ w::REFUSED.of(language) }</p> },
    }
}
