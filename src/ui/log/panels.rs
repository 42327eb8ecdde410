//! The inspector's panels of the Log view: an entry of an index, a batch, and where a file stops being batches.

use std::rc::Rc;

use bytes::Bytes;
use yew::prelude::*;

use super::hex::HexView;
use super::words as w;
use crate::kafka::storage::names;
use crate::lesson::Language;
use crate::ui::desk::use_desk;
use crate::view::BatchView;
use crate::view::Broken;
use crate::view::BrokenKind;
use crate::view::Field;
use crate::view::IndexEntry;
use crate::view::SegmentContents;
use crate::view::TimeEntry;

/// A line as `kafka-dump-log` prints it.
pub fn dump_offset(entry: &IndexEntry) -> String {
    format!("offset: {} position: {}", entry.offset, entry.position)
}

/// A line as `kafka-dump-log` prints it.
pub fn dump_time(entry: &TimeEntry) -> String {
    format!("timestamp: {} offset: {}", entry.timestamp, entry.offset)
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct EntryProps {
    pub contents: Rc<SegmentContents>,
    /// Whether it is of the time index, and its number there.
    pub entry: (bool, u32),
    pub language: Language,
}

/// One entry of an index: its line, its bytes and fields, and the way to what it points at.
#[component]
pub(super) fn EntryPanel(EntryProps { contents, entry, language }: &EntryProps) -> Html {
    let desk = use_desk();
    let (language, (by_time, slot)) = (*language, *entry);
    let prefix = names::prefix(contents.base);
    let found = if by_time {
        contents.times.iter().find(|entry| entry.slot == slot).map(of_time)
    } else {
        contents.index.iter().find(|entry| entry.slot == slot).map(of_offset)
    };
    let Some((line, bytes, fields, offset)) = found else { return Html::default() };
    let size = bytes.len() as u64;
    let suffix = if by_time { names::TIME_INDEX_SUFFIX } else { names::INDEX_SUFFIX };
    let open = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.change(|page| page.log.record = Some(offset)))
    };
    let close = Callback::from(move |_: MouseEvent| desk.change(|page| page.log.entry = None));
    html! {
        <section class="card panel" id="entry-panel" aria-label={w::ENTRY_N.with(language, &[&slot])}>
            <h3>
                { w::ENTRY_N.with(language, &[&slot]) }
                <span class="quiet mono">{ format!("{prefix}{suffix}") }</span>
                <span class="grow" />
                <button class="chip" onclick={close} aria-label={w::CLOSE.of(language)}>{ "✕" }</button>
            </h3>
            <p class="mono" id="entry-line">{ line }</p>
            <p class="quiet">{ if by_time { w::TIME_ENTRY_MEANS } else { w::ENTRY_MEANS }.of(language) }</p>
            <HexView {bytes} fields={Rc::new(fields)} base={u64::from(slot) * size} width={8} {language} />
            <button class="button" id="entry-open" onclick={open}>{ w::OPEN_BATCH_OF.with(language, &[&offset]) }</button>
        </section>
    }
}

fn of_offset(entry: &IndexEntry) -> (String, Bytes, Vec<Field>, i64) {
    let bytes = [entry.relative.to_be_bytes(), entry.position.to_be_bytes()].concat();
    let fields = vec![
        Field { name: "relativeOffset", range: 0..4, value: entry.relative.to_string() },
        Field { name: "position", range: 4..8, value: entry.position.to_string() },
    ];
    (dump_offset(entry), bytes.into(), fields, entry.offset)
}

fn of_time(entry: &TimeEntry) -> (String, Bytes, Vec<Field>, i64) {
    let bytes = [entry.timestamp.to_be_bytes().as_slice(), &entry.relative.to_be_bytes()].concat();
    let fields = vec![
        Field { name: "timestamp", range: 0..8, value: entry.timestamp.to_string() },
        Field { name: "relativeOffset", range: 8..12, value: entry.relative.to_string() },
    ];
    (dump_time(entry), bytes.into(), fields, entry.offset)
}

/// What a batch's header says, and whether its CRC is right.
pub(super) fn batch_facts(batch: &BatchView, language: Language) -> Html {
    let head = &batch.head;
    let mut rows = vec![
        (w::OFFSETS.of(language), w::offsets(head.base, head.last)),
        (w::PLACE.of(language), w::PLACE_LINE.with(language, &[&head.position, &head.size])),
        (w::RECORDS.of(language), head.records.to_string()),
        (w::LEADER_EPOCH.of(language), head.epoch.to_string()),
        (w::MAX_TIMESTAMP.of(language), head.max_timestamp.to_string()),
        (w::COMPRESSION.of(language), head.compression.clone()),
    ];
    if let Some((id, epoch, sequence)) = head.producer {
        rows.push((w::PRODUCER.of(language), w::PRODUCER_FACT.with(language, &[&id, &epoch, &sequence])));
    }
    if head.transactional || head.control {
        let mut kinds = Vec::new();
        if head.transactional {
            kinds.push(w::TRANSACTIONAL.of(language));
        }
        if head.control {
            kinds.push(w::CONTROL.of(language));
        }
        rows.push((w::KIND.of(language), kinds.join(" · ")));
    }
    let (class, crc) = if head.crc_ok {
        ("ok", w::CRC_RIGHT.with(language, &[&format!("{:08x}", head.crc)]))
    } else {
        let (stored, computed) = (format!("{:08x}", head.crc), format!("{:08x}", batch.computed_crc));
        ("bad", w::CRC_WRONG.with(language, &[&stored, &computed]))
    };
    html! {
        <dl class="log-offsets facts" id="batch-facts">
            for (name, value) in rows {
                <div><dt>{ name }</dt><dd class="mono">{ value }</dd></div>
            }
            <div><dt>{ w::CRC.of(language) }</dt><dd id="batch-crc" class={classes!("mono", class)}>{ crc }</dd></div>
        </dl>
    }
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct BrokenProps {
    pub broken: Broken,
    /// Whether there is no good batch before it.
    pub first: bool,
    pub language: Language,
}

/// Where a file stops being batches, with the first byte that is wrong.
#[component]
pub(super) fn BrokenPart(BrokenProps { broken, first, language }: &BrokenProps) -> Html {
    let language = *language;
    let at = broken.position + broken.first_bad as u64;
    html! {
        <section class="panel" id="broken">
            <p class={if broken.kind == BrokenKind::Zeros { "quiet" } else { "bad" }} role="status">
                { broken_line(broken, *first, language) }
            </p>
            if broken.kind != BrokenKind::Zeros {
                <p class="quiet">{ w::FIRST_BAD.with(language, &[&at]) }</p>
                <HexView
                    bytes={broken.bytes.clone()}
                    fields={Rc::new(broken.fields.clone())}
                    base={broken.position}
                    bad={broken.first_bad}
                    {language}
                />
            }
        </section>
    }
}

/// One sentence on what is wrong.
fn broken_line(broken: &Broken, first: bool, language: Language) -> String {
    let at = &broken.position;
    match &broken.kind {
        BrokenKind::Zeros => w::BROKEN_ZEROS.with(language, &[at]),
        BrokenKind::OldFormat(magic) => w::BROKEN_OLD.with(language, &[at, magic]),
        BrokenKind::Cut { size: Some(size) } => {
            w::BROKEN_CUT.with(language, &[at, size, &(at + broken.first_bad as u64)])
        }
        BrokenKind::Cut { size: None } => w::BROKEN_CUT_EARLY.with(language, &[at]),
        BrokenKind::NoBatch(why) if first && *at == 0 => {
            w::BROKEN_NO_SEGMENT.with(language, &[&w::batch_error(why, language)])
        }
        BrokenKind::NoBatch(why) => w::BROKEN_NO_BATCH.with(language, &[at, &w::batch_error(why, language)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::record::BatchError;

    #[test]
    fn an_entry_reads_as_kafka_dump_log_prints_it() {
        let entry = IndexEntry { slot: 1, relative: 2, offset: 7, position: 200 };
        let (line, bytes, fields, offset) = of_offset(&entry);
        assert_eq!(line, "offset: 7 position: 200");
        assert_eq!((&bytes[..], offset), (&[0, 0, 0, 2, 0, 0, 0, 200][..], 7));
        assert_eq!(fields.iter().map(|field| field.value.as_str()).collect::<Vec<_>>(), ["2", "200"]);
        let entry = TimeEntry { slot: 0, timestamp: 1_700_000_000_123, relative: 2, offset: 7 };
        let (line, bytes, ..) = of_time(&entry);
        assert_eq!(line, "timestamp: 1700000000123 offset: 7");
        assert_eq!(bytes.len(), 12);
    }

    #[test]
    fn a_broken_place_is_one_sentence() {
        let broken = |kind| Broken {
            position: 230,
            kind,
            bytes: Bytes::from_static(&[7; 20]),
            fields: Vec::new(),
            first_bad: 16,
        };
        let says = |kind| broken_line(&broken(kind), false, Language::En);
        assert!(says(BrokenKind::OldFormat(1)).contains("format 1"));
        assert!(says(BrokenKind::Cut { size: Some(115) }).contains("byte 246"));
        let magic = || broken(BrokenKind::NoBatch(BatchError::InvalidMagic(9)));
        assert!(broken_line(&magic(), false, Language::En).ends_with("there is no message format 9"));
        assert!(broken_line(&magic(), false, Language::Zh).ends_with("不存在消息格式 9"));
    }
}
