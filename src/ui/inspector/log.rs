//! Segments and records: what is in the files.

use std::rc::Rc;

use yew::prelude::*;

use super::pairs::Pairs;
use super::pairs::named_part;
use super::pairs::part;
use super::words as w;
use crate::kafka::base::NodeId;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::lab::World;
use crate::lesson::Language;
use crate::ui::log::HexView;
use crate::ui::log::Place;
use crate::ui::log::dump_offset;
use crate::ui::words as common;
use crate::view::BatchView;
use crate::view::Directory;
use crate::view::LogView;
use crate::view::RecordView;
use crate::view::text;

/// Bytes in a row of the narrow panel.
const WIDTH: usize = 8;

/// A segment with its files.
pub(super) fn segment(
    world: &World,
    node: i32,
    partition: &TopicPartition,
    base: Offset,
    language: Language,
) -> Option<Html> {
    let log =
        Directory::with(world, NodeId(node), partition, |directory| directory.view(node, partition, base))?;
    let segment = log.segments.iter().find(|segment| segment.base == base)?;
    let mut rows = Pairs::default();
    rows.put(language, w::OFFSETS, common::offsets(segment.base, segment.next - 1));
    rows.put(language, w::BYTES, common::count(segment.bytes));
    rows.put(language, w::STATE, if segment.active { w::ACTIVE } else { w::CLOSED }.of(language));
    rows.put(language, w::INDEX_ENTRIES, segment.index_entries);
    if let Some(time) = segment.max_timestamp {
        rows.put(language, w::LARGEST_TIME, time);
    }
    let mut files = Pairs::default();
    for file in std::iter::once(&segment.log).chain(&segment.beside) {
        let kind = file.name.split_once('.').map_or("", |(_, kind)| kind);
        files.named(format!(".{kind}"), common::bytes(file.bytes));
    }
    let contents =
        Directory::with(world, NodeId(node), partition, |directory| directory.segment(base, base))?;
    let index = html! {
        <ul class="lines mono" id="dumped-index">
            for entry in &contents.index {
                <li key={entry.slot}>{ dump_offset(entry) }</li>
            }
        </ul>
    };
    let body = html! {
        <>
            { rows.html() }
            { part(w::FILES.of(language), files.html()) }
            if !contents.index.is_empty() {
                { part(w::DUMPED_INDEX.of(language), index) }
            }
        </>
    };
    Some(named_part(w::SEGMENT_N.with(language, &[&segment.log.name]), body))
}

/// A record with its batch, down to the bytes.
pub(super) fn record(
    world: &World,
    node: i32,
    partition: &TopicPartition,
    offset: Offset,
    language: Language,
) -> Html {
    let found = Directory::with(world, NodeId(node), partition, |directory| {
        let (base, position) = directory.place_of(offset)?;
        let head = directory.batch(base, position, 0, 0)?.head;
        let number = usize::try_from(offset - head.base).ok()?;
        let batch = directory.batch(base, position, number, 1)?;
        Some((directory.view(node, partition, offset), base, batch))
    });
    let title = w::RECORD_N.with(language, &[&offset]);
    let Some((log, base, batch)) = found.flatten() else {
        return part(title, html! { <p class="warn">{ w::RECORD_GONE.with(language, &[&offset]) }</p> });
    };
    let record = batch.record(offset);
    let place = Place { node, path: format!("{}/{base:020}.log", log.dir).into() };
    html! {
        <>
            { part(title, facts(&log, base, &batch, record, offset, language)) }
            { bytes(&batch, record, place, language) }
        </>
    }
}

fn facts(
    log: &LogView,
    base: Offset,
    batch: &BatchView,
    record: Option<&RecordView>,
    offset: Offset,
    language: Language,
) -> Html {
    let head = &batch.head;
    let mut rows = Pairs::default();
    rows.put(
        language,
        w::BATCH,
        w::BATCH_LINE.with(language, &[&format!("{}…{}", head.base, head.last), &head.epoch]),
    );
    rows.put(language, w::POSITION, format!("{base:020}.log @ {}", head.position));
    if let Some(record) = record {
        rows.put(language, w::TIMESTAMP, record.timestamp);
        rows.put(language, w::KEY, record.key.as_deref().map_or_else(|| "null".to_owned(), text));
        rows.put(language, w::VALUE, record.value.as_deref().map_or_else(|| "null".to_owned(), text));
        for (key, value) in &record.headers {
            let value = value.as_deref().map_or_else(|| "null".to_owned(), text);
            rows.put(language, w::HEADERS, format!("{key}={value}"));
        }
    }
    if let Some((id, epoch, sequence)) = head.producer {
        let sequence = record.map_or(sequence, |record| record.sequence);
        rows.put(language, w::PRODUCER, w::PRODUCER_LINE.with(language, &[&id, &epoch, &sequence]));
    }
    if head.compression != "none" {
        rows.put(language, w::COMPRESSION, &head.compression);
    }
    let sign = if head.crc_ok { "✓" } else { "✗" };
    rows.toned(language, w::CRC, format!("0x{:08x} {sign}", head.crc), (!head.crc_ok).then_some("bad"));
    if let Some(live) = &log.live {
        let committed = offset < live.high_watermark;
        let says = if committed { w::COMMITTED_YES } else { w::COMMITTED_NO };
        rows.toned(language, w::COMMITTED, says.of(language), Some(if committed { "ok" } else { "warn" }));
    }
    rows.html()
}

fn bytes(batch: &BatchView, record: Option<&RecordView>, place: Place, language: Language) -> Html {
    let fields = Rc::new(batch.fields_with(record));
    html! {
        <>
            <HexView bytes={batch.bytes.clone()} {fields} base={batch.head.position} width={WIDTH} {place} {language} />
            if let Some(record) = record.filter(|record| record.position.is_none()) {
                <HexView bytes={record.bytes.clone()} fields={Rc::new(record.fields.clone())} width={WIDTH} {language} />
            }
        </>
    }
}
