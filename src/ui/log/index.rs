use std::rc::Rc;

use yew::prelude::*;

use super::lookup::Shown;
use super::panels::dump_offset;
use super::panels::dump_time;
use super::words as w;
use crate::kafka::base::Offset;
use crate::kafka::storage::LookupStep;
use crate::kafka::storage::names;
use crate::lesson::Language;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::dotted::dotted;
use crate::view::LogView;
use crate::view::SegmentContents;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub log: Rc<LogView>,
    pub contents: Rc<SegmentContents>,
    pub shown: Option<Shown>,
    /// The entry that is open: whether it is of the time index, and its number.
    pub entry: Option<(bool, u32)>,
    pub language: Language,
}

/// The entries of a segment's `.index`, and of its `.timeindex` when a time is searched or both fit.
#[component]
pub(super) fn IndexTable(Props { log, contents, shown, entry, language }: &Props) -> Html {
    let desk = use_desk();
    let (language, entry) = (*language, *entry);
    let prefix = names::prefix(contents.base);
    let by_time = shown.as_ref().is_some_and(|shown| shown.lookup.by_time);
    // Only a running broker knows how far apart entries are.
    let interval = log.live.as_ref().map(|live| live.index_interval);
    let says = interval.map_or_else(
        || w::INDEX_SAYS_PLAIN.of(language).to_owned(),
        |interval| w::INDEX_SAYS.with(language, &[&interval]),
    );
    let none = interval.map_or_else(
        || w::NO_ENTRIES_PLAIN.of(language).to_owned(),
        |interval| w::NO_ENTRIES.with(language, &[&interval]),
    );
    html! {
        <div class="indexes">
            if by_time || shown.is_none() {
                <div class="index">
                    <h3 class="mono">{ dotted(&format!("{prefix}{}", names::TIME_INDEX_SUFFIX)) }</h3>
                    <p class="quiet">{ w::TIME_INDEX_SAYS.of(language) }</p>
                    { times(&desk, contents, shown.as_ref(), entry, language) }
                </div>
            }
            <div class="index">
                <h3 class="mono">{ dotted(&format!("{prefix}{}", names::INDEX_SUFFIX)) }</h3>
                <p class="quiet">{ says }</p>
                if contents.index.is_empty() {
                    <p class="quiet">{ none }</p>
                }
                { offsets(&desk, contents, shown.as_ref(), entry, language) }
            </div>
        </div>
    }
}

/// The entry as a button that opens its panel: what it says, as a person and as `kafka-dump-log` would put it.
fn opener(
    desk: &Desk,
    base: Offset,
    open: Option<(bool, u32)>,
    this: (bool, u32),
    (short, dump): (String, String),
) -> Html {
    let (desk, is_open) = (desk.clone(), open == Some(this));
    let onclick = Callback::from(move |_: MouseEvent| {
        desk.change(|page| {
            page.log.entry = (!is_open).then_some((base, this.0, this.1));
            page.log.segment = Some(base);
        });
    });
    html! {
        <button class="opener mono" aria-pressed={is_open.to_string()} title={dump} {onclick}>{ short }</button>
    }
}

fn offsets(
    desk: &Desk,
    contents: &SegmentContents,
    shown: Option<&Shown>,
    open: Option<(bool, u32)>,
    language: Language,
) -> Html {
    let steps = shown.map(Shown::steps).unwrap_or_default();
    let taken = steps.iter().find_map(|step| match step {
        LookupStep::OffsetIndexFound { segment, entry } if *segment == contents.base => Some(*entry),
        _ => None,
    });
    let seen = |slot: u32| {
        steps.iter().any(|step| {
            matches!(step, LookupStep::OffsetIndexEntry { segment, slot: s, .. } if *segment == contents.base && s.unsigned_abs() == slot)
        })
    };
    let asked = shown.map_or(0, |shown| shown.lookup.asked);
    let by_time = shown.is_some_and(|shown| shown.lookup.by_time);
    html! {
        <ol class="entries">
            for entry in &contents.index {
                <li key={entry.slot} class={classes!(
                    "entry",
                    seen(entry.slot).then_some("seen"),
                    taken.is_some_and(|taken| taken.offset == entry.offset && taken.position.unsigned_abs() == entry.position).then_some("taken"),
                )}>
                    { opener(desk, contents.base, open, (false, entry.slot), (format!("{} → {}", entry.relative, entry.position), dump_offset(entry))) }
                    <span class="quiet">{ w::OFFSET_AT_BYTE.with(language, &[&entry.offset, &entry.position]) }</span>
                    if !by_time && taken.is_some_and(|taken| taken.offset == entry.offset && entry.position > 0) {
                        <span class="because">
                            { w::LARGEST_ENTRY.with(language, &[&asked, &contents.base, &(asked - contents.base)]) }
                        </span>
                    }
                </li>
            }
            if taken.is_some_and(|taken| taken.position == 0) {
                <li class="entry taken">{ w::NO_ENTRY_BELOW.of(language) }</li>
            }
            { more(contents.index.len(), contents.index_entries, language) }
        </ol>
    }
}

fn times(
    desk: &Desk,
    contents: &SegmentContents,
    shown: Option<&Shown>,
    open: Option<(bool, u32)>,
    language: Language,
) -> Html {
    let steps = shown.map(Shown::steps).unwrap_or_default();
    let taken = steps.iter().find_map(|step| match step {
        LookupStep::TimeIndexFound { segment, entry } if *segment == contents.base => Some(*entry),
        _ => None,
    });
    let seen = |slot: u32| {
        steps.iter().any(|step| {
            matches!(step, LookupStep::TimeIndexEntry { segment, slot: s, .. } if *segment == contents.base && s.unsigned_abs() == slot)
        })
    };
    let asked = shown.map_or(0, |shown| shown.lookup.asked);
    html! {
        <ol class="entries">
            for entry in &contents.times {
                <li key={entry.slot} class={classes!(
                    "entry",
                    seen(entry.slot).then_some("seen"),
                    taken.is_some_and(|taken| taken.timestamp == entry.timestamp).then_some("taken"),
                )}>
                    { opener(desk, contents.base, open, (true, entry.slot), (format!("{} → {}", entry.timestamp, entry.relative), dump_time(entry))) }
                    <span class="quiet">{ w::OFFSET_OF_TIME.with(language, &[&entry.offset]) }</span>
                    if taken.is_some_and(|taken| taken.timestamp == entry.timestamp) {
                        <span class="because">{ w::LARGEST_TIME.with(language, &[&asked]) }</span>
                    }
                </li>
            }
            { more(contents.times.len(), contents.time_entries, language) }
        </ol>
    }
}

fn more(here: usize, all: u32, language: Language) -> Html {
    if here as u32 >= all {
        return Html::default();
    }
    html! { <li class="quiet">{ w::MORE_ENTRIES.with(language, &[&here, &all]) }</li> }
}
