use std::rc::Rc;

use yew::prelude::*;

use super::lookup::Shown;
use super::words as w;
use crate::kafka::base::Offset;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::storage::LookupStep;
use crate::kafka::storage::names;
use crate::lesson::Language;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::view::BatchHead;
use crate::view::LogView;
use crate::view::SegmentContents;

/// The width of a card and of the gap behind it, in CSS pixels; the style sheet has the same.
const CARD: usize = 214;
const GAP: usize = 10;
/// Cards in the row of a search before those in the middle are left out.
const MOST: usize = 5;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub log: Rc<LogView>,
    pub contents: Rc<SegmentContents>,
    pub record: Option<Offset>,
    /// The reader opened this place; otherwise the end of the log is followed.
    pub pinned: bool,
    pub shown: Option<Shown>,
    pub language: Language,
}

/// The batches of a `.log` file where they lie; during a search those that it reads.
#[component]
pub(super) fn BatchStrip(Props { log, contents, record, pinned, shown, language }: &Props) -> Html {
    let desk = use_desk();
    let language = *language;
    let file = format!("{}{}", names::prefix(contents.base), names::LOG_SUFFIX);
    let bytes = log.segments.iter().find(|s| s.base == contents.base).map_or(0, |s| s.bytes);
    let seek = shown.as_ref().filter(|shown| shown.stage() >= Some(crate::view::Stage::Seek));
    let says = match seek.and_then(|shown| shown.lookup.seek()) {
        Some((_, position)) => w::SCAN_FROM.with(language, &[&position]),
        None => w::BATCHES_SAY.with(language, &[&bytes]),
    };
    let body = match shown {
        Some(shown) => searched(&desk, contents, shown, language),
        None => all(&desk, contents, *record, *pinned, language),
    };
    html! {
        <div class="batches">
            <h3><span class="mono">{ file }</span><span class="quiet">{ says }</span></h3>
            if contents.batches.is_empty() {
                <p class="quiet">{ if log.live.is_some() { w::EMPTY_SEGMENT } else { w::NO_WHOLE_BATCH }.of(language) }</p>
            }
            { body }
        </div>
    }
}

fn all(
    desk: &Desk,
    contents: &SegmentContents,
    record: Option<Offset>,
    pinned: bool,
    language: Language,
) -> Html {
    let look = |offset: Offset| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            desk.change(|page| (page.log.segment, page.log.record) = (Some(offset), None));
        })
    };
    let follow = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            desk.change(|page| (page.log.segment, page.log.record) = (None, None))
        })
    };
    let (first, last) = (contents.batches.first(), contents.batches.last());
    html! {
        <>
            <div class="cards">
                for head in &contents.batches {
                    { card(desk, head, has(head, record).then_some("chosen"), language) }
                }
            </div>
            <div class="row pager">
                if let Some(first) = first.filter(|_| contents.earlier) {
                    <button class="chip" onclick={look((first.base - 9).max(contents.base))}>{ w::EARLIER_BATCHES.of(language) }</button>
                }
                if let Some(last) = last.filter(|_| contents.later) {
                    <button class="chip" onclick={look(last.last + 9)}>{ w::LATER_BATCHES.of(language) }</button>
                }
                if pinned {
                    <button class="chip" onclick={follow}>{ w::NEWEST.of(language) }</button>
                }
            </div>
        </>
    }
}

fn has(head: &BatchHead, record: Option<Offset>) -> bool {
    record.is_some_and(|record| (head.base..=head.last).contains(&record))
}

/// One batch: header, key and value as long as they are, and the byte it begins at.
fn card(desk: &Desk, head: &BatchHead, class: Option<&'static str>, language: Language) -> Html {
    let open = {
        let (desk, base) = (desk.clone(), head.base);
        Callback::from(move |_: MouseEvent| {
            desk.point_in_log(base);
            desk.change(|page| page.log.record = Some(base));
        })
    };
    let name = w::offsets(head.base, head.last);
    html! {
        <button
            key={head.position}
            id={format!("batch-{}", head.base)}
            class={classes!("batch", class, (!head.crc_ok).then_some("wrong"))}
            onclick={open}
        >
            <span class="batch-name">
                { w::BATCH_N.with(language, &[&name]) }
                if head.control {
                    <em>{ w::CONTROL.of(language) }</em>
                }
                if !head.crc_ok {
                    <em class="bad">{ w::CRC_BAD.of(language) }</em>
                }
            </span>
            { bar(head, language) }
            <span class="batch-at mono">{ facts(head) }</span>
        </button>
    }
}

fn bar(head: &BatchHead, language: Language) -> Html {
    let grow = |bytes: u64| format!("flex-grow: {}", bytes.max(1));
    let header = html! { <span class="part header" style={grow(BATCH_OVERHEAD as u64)}>{ w::HEADER_61.of(language) }</span> };
    let many = head.records != 1;
    let parts = match head.payload {
        Some((keys, values)) => html! {
            <>
                if keys > 0 {
                    <span class="part key" style={grow(keys)}>{ if many { w::KEYS } else { w::KEY }.of(language) }</span>
                }
                <span class="part value" style={grow(values)}>{ if many { w::VALUES } else { w::VALUE }.of(language) }</span>
            </>
        },
        None => html! {
            <span class="part value" style={grow(head.size - BATCH_OVERHEAD as u64)}>
                { w::RECORDS_N.with(language, &[&head.records]) }
            </span>
        },
    };
    html! { <span class="bar">{ header }{ parts }</span> }
}

/// `@ 152 · 123 B · e3 · gzip · pid 1000/0 seq 5`.
fn facts(head: &BatchHead) -> String {
    let mut text = format!("@ {} · {} B", head.position, head.size);
    if head.epoch >= 0 {
        text.push_str(&format!(" · e{}", head.epoch));
    }
    if head.compression != "none" {
        text.push_str(&format!(" · {}", head.compression));
    }
    if let Some((_, _, sequence)) = head.producer {
        text.push_str(&format!(" · seq {sequence}"));
    }
    text
}

/// The row of a search: one batch before the first that is read, those that are read, one behind.
fn searched(desk: &Desk, contents: &SegmentContents, shown: &Shown, language: Language) -> Html {
    let Some((_, seek)) = shown.lookup.seek() else { return all(desk, contents, None, true, language) };
    let found = shown.lookup.found.map(|found| found.position);
    let read = |head: &BatchHead| head.position >= seek && found.is_some_and(|found| head.position <= found);
    let first = contents.batches.iter().position(|head| head.position >= seek).unwrap_or(0);
    let row: Vec<&BatchHead> = contents.batches[first.saturating_sub(1)..].iter().collect();
    let end = row
        .iter()
        .position(|head| found.is_some_and(|found| head.position > found))
        .map_or(row.len(), |at| at + 1);
    let row = &row[..end.min(row.len())];
    let from = row.iter().position(|head| read(head)).unwrap_or(0);
    let to = row.iter().rposition(|head| read(head)).unwrap_or(from);
    let row: Vec<Option<&BatchHead>> = shorten(row, from, to);
    let place =
        |position: u64| row.iter().position(|head| head.is_some_and(|head| head.position == position));
    let sought = shown.stage() >= Some(crate::view::Stage::Seek);
    let one = |head: Option<&BatchHead>| match head {
        Some(head) => card(desk, head, touched(shown, contents.base, head), language),
        None => {
            html! { <span class="between quiet">{ w::BETWEEN_N.with(language, &[&(to - from - 2)]) }</span> }
        }
    };
    html! {
        <div class="scan">
            if let Some(at) = place(seek).filter(|_| sought) {
                { wire(at) }
            }
            <div class="cards line">
                for head in &row {
                    { one(*head) }
                }
            </div>
            if let Some((from, to)) = place(seek).zip(found.and_then(place)).filter(|_| shown.is_done()) {
                { arc(from, to, shown, language) }
            }
        </div>
    }
}

/// Leaves out the middle of a long walk.
fn shorten<'a>(row: &[&'a BatchHead], from: usize, to: usize) -> Vec<Option<&'a BatchHead>> {
    if to - from < MOST {
        return row.iter().map(|head| Some(*head)).collect();
    }
    let head = row[..from + 2].iter().map(|head| Some(*head));
    head.chain([None]).chain(row[to - 1..].iter().map(|head| Some(*head))).collect()
}

fn touched(shown: &Shown, base: Offset, head: &BatchHead) -> Option<&'static str> {
    shown.steps().iter().rev().find_map(|step| match step {
        LookupStep::Batch { segment, position, found, .. }
            if *segment == base && u64::from(position.unsigned_abs()) == head.position =>
        {
            Some(if *found { "found" } else { "read" })
        }
        LookupStep::OffsetIndexFound { segment, entry }
            if *segment == base && u64::from(entry.position.unsigned_abs()) == head.position =>
        {
            Some("sought")
        }
        _ => None,
    })
}

const fn middle(card: usize) -> usize {
    card * (CARD + GAP) + CARD / 2
}

/// From the index entry above to the batch that it points at.
fn wire(at: usize) -> Html {
    let x = middle(at);
    html! {
        <svg class="wire" width={(x + CARD).to_string()} height="40" aria-hidden="true">
            <path d={format!("M 144 0 C 144 26, {x} 6, {x} 38")} />
        </svg>
    }
}

/// Over what was skipped, to what was found.
fn arc(from: usize, to: usize, shown: &Shown, language: Language) -> Html {
    let Some(found) = shown.lookup.found else { return Html::default() };
    let (x, y) = (middle(from), middle(to));
    let skipped = shown.lookup.skipped();
    let says = match skipped {
        0 => w::FOUND_AT_ONCE.with(language, &[&found.position]),
        1 => w::SKIPPED_ONE.with(language, &[&skipped, &found.position]),
        _ => w::SKIPPED_N.with(language, &[&skipped, &found.position]),
    };
    html! {
        <div class="arc">
            if from < to {
                <svg width={(y + CARD).to_string()} height="34" aria-hidden="true">
                    <path d={format!("M {x} 2 C {x} 34, {y} 34, {y} 2")} />
                </svg>
            }
            <p class="ok" role="status" style={format!("padding-left: {}px", (x + y) / 2)}><span>{ says }</span></p>
        </div>
    }
}
