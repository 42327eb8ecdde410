use std::rc::Rc;

use bytes::Bytes;
use yew::prelude::*;

use super::hex::HexView;
use super::hex::Place;
use super::panels::batch_facts;
use super::words as w;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::lesson::Language;
use crate::ui::desk::use_desk;
use crate::view::BatchView;
use crate::view::GroupRecordView;
use crate::view::RecordView;
use crate::view::text;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub batch: Rc<BatchView>,
    /// What is written there: records of groups are told in words.
    pub topic: Name,
    pub record: Option<Offset>,
    /// The file that it lies in, when its bytes may be changed.
    pub place: Option<Place>,
    pub language: Language,
}

/// A batch: what its header says, its records, and its bytes.
#[component]
pub(super) fn BatchDetail(Props { batch, topic, record, place, language }: &Props) -> Html {
    let language = *language;
    let record = record.and_then(|offset| batch.record(offset));
    let name = w::offsets(batch.head.base, batch.head.last);
    let fields = Rc::new(batch.fields_with(record));
    let focus = record.and_then(|record| record.position).unwrap_or(0);
    html! {
        <div class="batch-detail" id="batch-detail">
            <h3>{ w::BATCH_N.with(language, &[&name]) }</h3>
            { batch_facts(batch, language) }
            <h3>{ w::RECORDS_OF.with(language, &[&name]) }</h3>
            <Records batch={batch.clone()} topic={topic.clone()} record={record.map(|record| record.offset)} {language} />
            if let Some(why) = &batch.broken {
                <p class="bad">{ w::RECORDS_BROKEN.with(language, &[&w::batch_error(why, language)]) }</p>
            }
            if let Some(record) = record.filter(|record| record.position.is_none()) {
                <h3>{ w::RECORD_BYTES.with(language, &[&record.offset]) }</h3>
                <HexView bytes={record.bytes.clone()} fields={Rc::new(record.fields.clone())} {language} />
            }
            <h3>{ w::BATCH_BYTES.with(language, &[&name]) }</h3>
            <HexView bytes={batch.bytes.clone()} {fields} base={batch.head.position} {focus} place={place.clone()} {language} />
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct RecordsProps {
    batch: Rc<BatchView>,
    topic: Name,
    record: Option<Offset>,
    language: Language,
}

#[component]
fn Records(RecordsProps { batch, topic, record, language }: &RecordsProps) -> Html {
    let desk = use_desk();
    let language = *language;
    let open = |offset: Offset| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            desk.point_in_log(offset);
            desk.change(|page| page.log.record = Some(offset));
        })
    };
    let all = batch.head.records;
    html! {
        <>
            <table class="records">
                <thead>
                    <tr>
                        <th>{ w::OFFSET.of(language) }</th>
                        <th>{ w::TIMESTAMP.of(language) }</th>
                        <th>{ w::KEY.of(language) }</th>
                        <th>{ w::VALUE.of(language) }</th>
                        <th>{ w::HEADERS.of(language) }</th>
                    </tr>
                </thead>
                <tbody>
                    for line in &batch.records {
                        <tr key={line.offset} class={classes!((*record == Some(line.offset)).then_some("chosen"))}>
                            <td>
                                <button
                                    class="link mono"
                                    id={format!("record-{}", line.offset)}
                                    aria-pressed={(*record == Some(line.offset)).to_string()}
                                    onclick={open(line.offset)}
                                >{ line.offset }</button>
                            </td>
                            <td class="mono">{ line.timestamp }</td>
                            { key_and_value(topic, line, language) }
                            <td class="mono">{ headers(line, language) }</td>
                        </tr>
                    }
                </tbody>
            </table>
            if usize::try_from(all).is_ok_and(|all| all > batch.records.len()) {
                <p class="row pager">
                    if let Some(first) = batch.records.first().filter(|_| batch.first > 0) {
                        <button class="chip" onclick={open((first.offset - 1).max(batch.head.base))}>{ w::BYTES_BEFORE.of(language) }</button>
                    }
                    <span class="quiet">
                        { w::MORE_RECORDS.with(language, &[&(batch.first + 1), &(batch.first + batch.records.len()), &all]) }
                    </span>
                    if let Some(last) = batch.records.last().filter(|last| last.offset < batch.head.last) {
                        <button class="chip" onclick={open(last.offset + 1)}>{ w::BYTES_AFTER.of(language) }</button>
                    }
                </p>
            }
        </>
    }
}

/// Two cells. What a coordinator wrote is told in words.
fn key_and_value(topic: &str, line: &RecordView, language: Language) -> Html {
    let told = GroupRecordView::of(topic, line.key.as_ref(), line.value.as_ref());
    let class = if told.is_some() { "mono told" } else { "mono" };
    let (key, value) = match told {
        Some(GroupRecordView { key, value: Some(value) }) => (html! { { key } }, html! { { value } }),
        Some(GroupRecordView { key, value: None }) => (html! { { key } }, said(None, language)),
        None => (said(line.key.as_ref(), language), said(line.value.as_ref(), language)),
    };
    html! {
        <>
            <td {class}>{ key }</td>
            <td {class}>{ value }</td>
        </>
    }
}

fn said(bytes: Option<&Bytes>, language: Language) -> Html {
    match bytes {
        Some(bytes) => html! { { text(bytes) } },
        None => html! { <span class="quiet">{ w::NULL.of(language) }</span> },
    }
}

fn headers(record: &RecordView, language: Language) -> String {
    let value =
        |value: &Option<Bytes>| value.as_ref().map_or_else(|| w::NULL.of(language).to_owned(), |v| text(v));
    record.headers.iter().map(|(key, v)| format!("{key}={}", value(v))).collect::<Vec<_>>().join(", ")
}
