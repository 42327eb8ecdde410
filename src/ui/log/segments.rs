use std::rc::Rc;

use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::lookup::Shown;
use super::words as w;
use crate::kafka::base::Offset;
use crate::kafka::storage::LookupStep;
use crate::lesson::Language;
use crate::ui::desk::use_desk;
use crate::ui::stage::Thing;
use crate::ui::words as common;
use crate::view::LogView;
use crate::view::SegmentFiles;

/// Cells of one segment.
const CELLS: i64 = 12;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub log: Rc<LogView>,
    /// The base offset of the segment that is open.
    pub chosen: Offset,
    pub record: Option<Offset>,
    pub shown: Option<Shown>,
    pub language: Language,
}

/// The segments near the place looked at, with their records as cells.
#[component]
pub(super) fn SegmentStrip(Props { log, chosen, record, shown, language }: &Props) -> Html {
    let desk = use_desk();
    let language = *language;
    let open = |base: Offset| {
        let (desk, broker, partition) = (desk.clone(), log.broker, log.partition.clone());
        Callback::from(move |_: MouseEvent| {
            desk.points(&Thing::Segment(broker, partition.clone(), base));
            desk.change(|page| {
                page.log.segment = Some(base);
                page.log.record = None;
                page.log.asked = None;
            });
        })
    };
    let earlier = log.first_segment;
    let later = log.segment_count - log.first_segment - log.segments.len();
    let live_end = log.live.as_ref().map_or(log.log_end, |live| live.high_watermark);
    let strip = use_node_ref();
    {
        let (strip, id) = (strip.clone(), format!("segment-{chosen}"));
        // The one that is shown below should be in sight.
        use_effect_with((log.partition.clone(), log.broker, *chosen, log.first_segment), move |_| {
            if let Some(strip) = strip.cast::<web_sys::HtmlElement>()
                && let Ok(Some(found)) = strip.query_selector(&format!("#{id}"))
                && let Ok(found) = found.dyn_into::<web_sys::HtmlElement>()
            {
                let (left, right) = (found.offset_left(), found.offset_left() + found.offset_width());
                let (from, room) = (strip.scroll_left(), strip.client_width());
                if left < from || right > from + room {
                    // Of one that is wider than the room, its beginning.
                    strip.set_scroll_left((right - room).min(left).max(0));
                }
            }
        });
    }
    html! {
        <div ref={strip} class="segments" role="group" aria-label={w::SEGMENTS.of(language)}>
            if let Some(first) = log.segments.first().filter(|_| earlier > 0) {
                <button class="chip" onclick={open((first.base - 1).max(0))}>{ w::EARLIER_N.with(language, &[&earlier]) }</button>
            }
            for segment in &log.segments {
                <button
                    key={segment.base}
                    id={format!("segment-{}", segment.base)}
                    class={classes!("segment", class_of(segment, *chosen, shown.as_ref()))}
                    aria-pressed={(segment.base == *chosen).to_string()}
                    onclick={open(segment.base)}
                >
                    <span class="file mono">{ &segment.log.name }</span>
                    { cells(segment, live_end, *record, shown.as_ref(), language) }
                    <span class="beside">{ kinds(segment) }{ " · " }{ state(log, segment, language) }</span>
                </button>
            }
            if let Some(last) = log.segments.last().filter(|_| later > 0) {
                <button class="chip" onclick={open(last.next)}>{ w::LATER_N.with(language, &[&later]) }</button>
            }
        </div>
    }
}

/// How a search has touched a segment so far.
fn class_of(segment: &SegmentFiles, chosen: Offset, shown: Option<&Shown>) -> Option<&'static str> {
    let Some(shown) = shown else { return (segment.base == chosen).then_some("chosen") };
    let touched = shown.steps().iter().rev().find_map(|step| match step {
        LookupStep::Segment { base_offset, chosen, .. } if *base_offset == segment.base => Some(*chosen),
        _ => None,
    });
    let past = shown.is_past_segments() && shown.lookup.segment() == Some(segment.base);
    match touched {
        _ if past => Some("chosen"),
        Some(true) => Some("maybe"),
        Some(false) => Some("no"),
        None => None,
    }
}

/// `.index .timeindex .snapshot`.
fn kinds(segment: &SegmentFiles) -> String {
    let kinds = segment.beside.iter().filter_map(|file| file.name.split_once('.'));
    kinds.map(|(_, kind)| format!(".{kind}")).collect::<Vec<_>>().join(" ")
}

fn state(log: &LogView, segment: &SegmentFiles, language: Language) -> String {
    match (&log.live, segment.roll) {
        (Some(live), _) if segment.active => {
            w::ACTIVE_FILL.with(language, &[&segment.bytes, &live.segment_bytes])
        }
        (None, _) if segment.active => w::ACTIVE.of(language).to_owned(),
        (_, Some(roll)) => w::roll(roll, language),
        _ => w::CLOSED.of(language).to_owned(),
    }
}

/// The records of a segment; of a long one each cell stands for several.
fn cells(
    segment: &SegmentFiles,
    high_watermark: Offset,
    record: Option<Offset>,
    shown: Option<&Shown>,
    language: Language,
) -> Html {
    let count = segment.next - segment.base;
    let unit = (count.max(1) + CELLS - 1) / CELLS;
    let found =
        shown.filter(|shown| shown.is_done()).and_then(|shown| shown.lookup.found).map(|found| found.offset);
    let wanted = found.or(record);
    let is_open = |from: Offset| from + unit > high_watermark;
    html! {
        <span class="cells">
            for from in (segment.base..segment.next).step_by(usize::try_from(unit).unwrap_or(1)) {
                <span class={classes!(
                    "cell",
                    is_open(from).then_some("open"),
                    wanted.is_some_and(|wanted| (from..from + unit).contains(&wanted)).then_some("wanted"),
                )} title={is_open(from).then_some(w::ABOVE_HW.of(language))}>{ common::cell(from, unit) }</span>
            }
            if count == 0 {
                <span class="cell open">{ "–" }</span>
            }
        </span>
    }
}
