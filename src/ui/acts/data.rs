use bytes::Bytes;
use yew::prelude::*;

use super::command::topics;
use super::preview;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::client::producer::Feed;
use crate::kafka::client::producer::FeedError;
use crate::kafka::client::producer::FeedFormat;
use crate::kafka::client::producer::Flaw;
use crate::lab::Act;
use crate::lesson::Language;
use crate::ui::browser::Picked;
use crate::ui::browser::keep_blob;
use crate::ui::browser::read_slice;
use crate::ui::desk::Desk;
use crate::ui::desk::Tone;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::words as w;

/// How much of a file is read at a time, so that it can be cancelled.
const SLICE: u64 = 4 << 20;

/// A text that was taken in.
#[derive(Clone, PartialEq)]
struct Taken {
    name: String,
    bytes: Bytes,
    format: FeedFormat,
    key: String,
}

/// How far the dialog is.
#[derive(Clone, PartialEq)]
enum Stage {
    Empty,
    /// A file is being read: how much of how much.
    Reading(String, u64, u64),
    Taken(Taken),
}

/// Your own data: paste or drop a text, look at it, choose the key, and produce it.
#[component]
pub fn DataDrop() -> Html {
    let desk = use_desk();
    let (language, cluster) = use_pick(|page| (page.taste.language, page.seen.cluster.clone()));
    let stage = use_state(|| Stage::Empty);
    let problem = use_state(|| None::<String>);
    let topic = use_state(String::new);
    let rate = use_state(|| "0".to_string());
    let cancelled = use_mut_ref(|| false);
    let take = {
        let (stage, problem) = (stage.clone(), problem.clone());
        Callback::from(move |(name, bytes): (String, Bytes)| {
            let format = preview::guess(&name, &bytes);
            problem.set(None);
            stage.set(Stage::Taken(Taken { name, bytes, format, key: String::new() }));
        })
    };
    let pick = {
        let (stage, problem, take, cancelled) =
            (stage.clone(), problem.clone(), take.clone(), cancelled.clone());
        Callback::from(move |file: Picked| {
            if file.size > preview::DATA_MAX {
                let parts: [&dyn std::fmt::Display; 3] =
                    [&file.name, &w::bytes(file.size), &w::bytes(preview::DATA_MAX)];
                problem.set(Some(w::FILE_TOO_LARGE.with(language, &parts)));
                return;
            }
            *cancelled.borrow_mut() = false;
            let (stage, problem, take, cancelled) =
                (stage.clone(), problem.clone(), take.clone(), cancelled.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let mut all = Vec::with_capacity(file.size as usize);
                while (all.len() as u64) < file.size {
                    let from = all.len() as u64;
                    stage.set(Stage::Reading(file.name.clone(), from, file.size));
                    match read_slice(&file, from, from + SLICE).await {
                        Ok(part) => all.extend_from_slice(&part),
                        Err(sentence) => {
                            problem.set(Some(sentence));
                            stage.set(Stage::Empty);
                            return;
                        }
                    }
                    if *cancelled.borrow() {
                        stage.set(Stage::Empty);
                        return;
                    }
                }
                take.emit((file.name.clone(), Bytes::from(all)));
            });
        })
    };
    let chosen =
        Some((*topic).clone()).filter(|t| !t.is_empty()).or_else(|| topics(&cluster).first().cloned());
    let produce = {
        let (desk, stage, problem, rate) = (desk.clone(), stage.clone(), problem.clone(), rate.clone());
        let chosen = chosen.clone();
        Callback::from(move |_: MouseEvent| {
            let Stage::Taken(taken) = &*stage else { return };
            let refused = w::NOT_A_NUMBER.with(language, &[&w::DATA_RATE.of(language), &*rate]);
            let sent = rate.trim().parse().map_err(|_| refused);
            let sent = sent.and_then(|rate| send(&desk, taken, chosen.as_deref(), rate, language));
            problem.set(sent.err());
        })
    };
    let close = {
        let (desk, cancelled) = (desk.clone(), cancelled.clone());
        Callback::from(move |_: MouseEvent| {
            *cancelled.borrow_mut() = true;
            desk.close();
        })
    };
    html! {
        <section class="dialog data" role="dialog" aria-modal="true" aria-label={w::DATA_TITLE.of(language)} id="data-dialog">
            <h2>{ w::DATA_TITLE.of(language) }</h2>
            { match &*stage {
                Stage::Empty => intake(language, &take, &pick),
                Stage::Reading(name, done, all) => html! {
                    <label>{ w::READING.with(language, &[name]) }<progress max={all.to_string()} value={done.to_string()} /></label>
                },
                Stage::Taken(taken) => chooser(taken, &stage, &topics(&cluster), &topic, &rate, language),
            } }
            if let Some(sentence) = &*problem {
                <p class="bad" role="alert" id="data-problem">{ sentence }</p>
            }
            <div class="row">
                <span class="grow" />
                <button class="button" onclick={close}>{ w::CANCEL.of(language) }</button>
                if matches!(*stage, Stage::Taken(_)) {
                    <button class="button primary" id="produce" onclick={produce}>{ w::PRODUCE.of(language) }</button>
                }
            </div>
        </section>
    }
}

/// The field to paste into, and the place to drop a file on.
fn intake(language: Language, take: &Callback<(String, Bytes)>, pick: &Callback<Picked>) -> Html {
    let taken = move |field: Option<web_sys::HtmlTextAreaElement>, take: &Callback<(String, Bytes)>| {
        let text = field.map(|field| field.value()).filter(|text| !text.is_empty());
        text.into_iter().for_each(|text| take.emit((w::PASTED.of(language).into(), Bytes::from(text))));
    };
    let oninput = {
        let take = take.clone();
        Callback::from(move |event: InputEvent| {
            // Who types is not interrupted: the text is taken when the field is left.
            if matches!(&*event.input_type(), "" | "insertFromPaste" | "insertFromDrop") {
                taken(event.target_dyn_into(), &take);
            }
        })
    };
    let onleave = {
        let take = take.clone();
        Callback::from(move |event: Event| taken(event.target_dyn_into(), &take))
    };
    let onchange = {
        let pick = pick.clone();
        Callback::from(move |event: Event| {
            let field = event.target_dyn_into::<web_sys::HtmlInputElement>();
            if let Some(file) = field.and_then(|f| f.files()).and_then(|f| f.get(0)) {
                pick.emit(Picked::new(file));
            }
        })
    };
    let ondrop = {
        let pick = pick.clone();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            if let Some(file) = event.data_transfer().and_then(|d| d.files()).and_then(|f| f.get(0)) {
                pick.emit(Picked::new(file));
            }
        })
    };
    let over = Callback::from(|event: DragEvent| event.prevent_default());
    html! {
        <>
            <p class="quiet">{ w::DATA_SAYS.of(language) }</p>
            <textarea id="data-paste" rows="5" placeholder={w::PASTE_HERE.of(language)} aria-label={w::PASTE_HERE.of(language)} {oninput} onchange={onleave} />
            <label class="drop" {ondrop} ondragover={over}>
                { w::DROP_HERE.of(language) }
                <input type="file" id="data-file" class="sr" {onchange} />
            </label>
        </>
    }
}

/// What was taken in, and what can be chosen about it.
#[expect(clippy::too_many_lines, reason = "one form, from top to bottom")]
fn chooser(
    taken: &Taken,
    stage: &UseStateHandle<Stage>,
    topics: &[String],
    topic: &UseStateHandle<String>,
    rate: &UseStateHandle<String>,
    language: Language,
) -> Html {
    let change = |change: fn(&mut Taken, String)| {
        let (stage, taken) = (stage.clone(), taken.clone());
        Callback::from(move |event: Event| {
            let value =
                event.target_dyn_into::<web_sys::HtmlSelectElement>().map(|s| s.value()).unwrap_or_default();
            let mut next = taken.clone();
            change(&mut next, value);
            stage.set(Stage::Taken(next));
        })
    };
    let names = [w::FORM_LINES, w::FORM_KEYED, w::FORM_CSV, w::FORM_BARE_CSV, w::FORM_JSON];
    let now = match &taken.format {
        FeedFormat::Lines => 0,
        FeedFormat::KeyValue { .. } => 1,
        FeedFormat::Csv { header: true, .. } => 2,
        FeedFormat::Csv { header: false, .. } => 3,
        FeedFormat::JsonLines { .. } => 4,
    };
    let set_format = change(|taken, value| {
        taken.key.clear();
        taken.format = match value.as_str() {
            "1" => FeedFormat::KeyValue { separator: ':' },
            "2" => FeedFormat::Csv { header: true, key_column: None },
            "3" => FeedFormat::Csv { header: false, key_column: None },
            "4" => FeedFormat::JsonLines { key: None },
            _ => FeedFormat::Lines,
        };
    });
    let set_key = change(|taken, value| {
        taken.format = preview::keyed(&taken.bytes, &taken.format, &value);
        taken.key = value;
    });
    let keys = preview::keys(&taken.bytes, &taken.format);
    let put = |state: &UseStateHandle<String>| {
        let state = state.clone();
        move |value: String| state.set(value)
    };
    let (put_topic, put_rate) = (put(topic), put(rate));
    let set_topic = Callback::from(move |event: Event| {
        put_topic(
            event.target_dyn_into::<web_sys::HtmlSelectElement>().map(|s| s.value()).unwrap_or_default(),
        );
    });
    let set_rate = Callback::from(move |event: InputEvent| {
        put_rate(event.target_dyn_into::<web_sys::HtmlInputElement>().map(|s| s.value()).unwrap_or_default());
    });
    html! {
        <div class="form">
            <p>{ w::DATA_HAS.with(language, &[&taken.name, &w::bytes(taken.bytes.len() as u64)]) }</p>
            <pre class="mono preview" id="data-preview">{ preview::lines(&taken.bytes).join("\n") }</pre>
            <label class="field"><span>{ w::DATA_FORM.of(language) }</span>
                <select id="data-format" onchange={set_format}>
                    for (index, name) in names.into_iter().enumerate() {
                        <option value={index.to_string()} selected={index == now}>{ name.of(language) }</option>
                    }
                </select>
            </label>
            if !keys.is_empty() {
                <label class="field"><span>{ w::DATA_KEY.of(language) }</span>
                    <select id="data-key" onchange={set_key}>
                        <option value="" selected={taken.key.is_empty()}>{ w::NO_KEY.of(language) }</option>
                        for key in keys {
                            <option value={key.clone()} selected={key == taken.key}>{ key }</option>
                        }
                    </select>
                </label>
            }
            <label class="field"><span>{ w::TOPIC.of(language) }</span>
                <select id="data-topic" onchange={set_topic}>
                    for name in topics.iter().cloned() {
                        <option selected={name == **topic}>{ name }</option>
                    }
                </select>
            </label>
            <label class="field"><span>{ w::DATA_RATE.of(language) }</span>
                <input id="data-rate" inputmode="numeric" value={(**rate).clone()} oninput={set_rate} />
            </label>
        </div>
    }
}

/// Checks the whole text, keeps its bytes, and lets a producer send it.
fn send(
    desk: &Desk,
    taken: &Taken,
    topic: Option<&str>,
    rate: u64,
    language: Language,
) -> Result<(), String> {
    let topic = topic.ok_or_else(|| w::NO_PARTITIONS.of(language).to_string())?;
    Feed::check(&taken.bytes, &taken.format).map_err(|error| flaw(&taken.name, error, language))?;
    let producer = desk.read(|page| page.seen.cluster.producers.iter().find(|p| p.running).map(|p| p.id));
    let producer = producer.ok_or_else(|| w::NO_PRODUCER.of(language).to_string())?;
    let acts = feed(desk, producer, Name::from(topic), taken, rate);
    for act in acts {
        desk.try_act(act).map_err(|error| error.to_string())?;
    }
    desk.close();
    desk.play(true);
    Ok(())
}

/// What is wrong with a text, and in which line.
fn flaw(name: &str, FeedError { line, what }: FeedError, language: Language) -> String {
    let what = match what {
        Flaw::NotUtf8(at) => w::NOT_UTF8.with(language, &[&at]),
        Flaw::NoRecord => w::NO_RECORD.of(language).to_owned(),
        Flaw::OpenQuotation => w::OPEN_QUOTATION.of(language).to_owned(),
        Flaw::Fields { here, first } => w::OTHER_FIELDS.with(language, &[&here, &first]),
        Flaw::NoColumn(column, count) => w::NO_COLUMN.with(language, &[&column, &count]),
        Flaw::NoSeparator(separator) => w::NO_SEPARATOR.with(language, &[&separator]),
        Flaw::NotJson(at) => w::NOT_JSON.with(language, &[&at]),
    };
    w::FLAW.with(language, &[&name, &line, &what])
}

/// The act refers to the bytes; they are kept once.
fn feed(desk: &Desk, producer: i32, topic: Name, taken: &Taken, rate: u64) -> Vec<Act> {
    let blob = desk.keep_blob(taken.bytes.clone());
    let (page, bytes) = (desk.clone(), taken.bytes.clone());
    wasm_bindgen_futures::spawn_local(async move {
        if !keep_blob(&blob.to_string(), &bytes).await {
            let language = page.read(|page| page.taste.language);
            page.say(Tone::Bad, w::NOT_KEPT.of(language));
        }
    });
    vec![Act::Feed { node: NodeId(producer), topic, blob, format: taken.format.clone(), rate }]
}
