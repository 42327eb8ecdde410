//! The Log view: one replica's directory, from its segments down to the bytes of a record, and how a broker finds
//! things in it. `picture.rs` says what is looked at; each other file draws a part of it.

mod batches;
mod files;
mod foreign;
mod head;
mod hex;
mod index;
mod lookup;
mod panels;
mod picture;
mod records;
mod segments;
mod words;

use std::rc::Rc;

use yew::prelude::*;

use crate::kafka::storage::names;
use crate::lesson::Language;
use crate::ui::desk::Desk;
use crate::ui::desk::LogFocus;
use crate::ui::desk::Screen;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::stage::Thing;
use crate::ui::why::AskedMoment;
use crate::ui::why::FollowButton;
use crate::ui::why::Questions;
use crate::ui::words as common;
use crate::view::Cuts;
use crate::view::LogView;
use crate::view::hue_of;

use batches::BatchStrip;
use files::FileTable;
use foreign::ForeignHead;
use head::Head;
use index::IndexTable;
use lookup::Cost;
use lookup::Shown;
use lookup::Trail;
use lookup::Transport;
use lookup::use_player;
use panels::BrokenPart;
use panels::EntryPanel;
use picture::Picture;
use picture::Searched;
use records::BatchDetail;
use segments::SegmentStrip;
use words as w;

pub use files::save_archive;
pub use foreign::{OpenFiles, look_at};
pub use hex::{HexView, Place};
pub use panels::{dump_offset, dump_time};

/// The middle of the Log view.
#[component]
pub fn LogScreen() -> Html {
    let desk = use_desk();
    let (language, focus, cluster) =
        use_pick(|page| (page.taste.language, page.log.clone(), page.seen.cluster.clone()));
    let cuts = use_mut_ref(Cuts::default);
    let searched = use_mut_ref(Searched::default);
    let found =
        desk.engine(|engine| Picture::of(engine.world(), &focus, &cluster, &mut searched.borrow_mut()));
    let answer = searched.borrow().answer().cloned();
    let lookup = answer.clone().flatten().and_then(Result::ok);
    let player = use_player(focus.asked, lookup.as_ref().map_or(0, |lookup| lookup.steps.len()));
    let Some(picture) = found else {
        return html! { <p class="quiet pad">{ common::NO_PARTITIONS.of(language) }</p> };
    };
    let hue = format!("hue{}", hue_of(&picture.partition));
    let foreign = focus.foreign.clone();
    let failed = match answer {
        Some(Some(Err(error))) => Some(error),
        Some(None) if foreign.is_none() => Some(w::NEEDS_BROKER.with(language, &[&picture.broker])),
        _ => None,
    };
    let Some(log) = picture.log.clone() else {
        return html! {
            <section class={classes!("log", hue)} id="log">
                <Head cluster={cluster} broker={picture.broker} partition={picture.partition.clone()} log={None::<Rc<_>>} {language} />
                <p class="quiet">{ w::NO_DIR.with(language, &[&picture.broker, &picture.partition]) }</p>
            </section>
        };
    };
    let cut = desk.engine(|engine| {
        let place = (picture.broker, &picture.partition);
        cuts.borrow_mut().follow(place, engine.branch(), engine.journal(), engine.world())
    });
    let cut = cut.filter(|_| foreign.is_none());
    let shown = lookup.map(|lookup| Shown { lookup, at: player.at });
    let entry =
        focus.entry.filter(|(base, ..)| *base == picture.base).map(|(_, by_time, slot)| (by_time, slot));
    html! {
        <section class={classes!("log", hue)} id="log" onkeydown={up_on_escape(&desk)}>
            <div class="log-scroll">
                if let Some((foreign, dir)) = foreign.clone() {
                    <ForeignHead {foreign} {dir} {language} />
                } else {
                    <Head cluster={cluster} broker={picture.broker} partition={picture.partition.clone()} log={Some(log.clone())} {language} />
                }
                if let Some(cut) = cut {
                    <p class="warn" id="cut">{ w::CUT_SINCE.with(language, &[&cut.at, &picture.broker, &cut.first, &cut.last]) }</p>
                }
                if foreign.is_none() {
                    { whys(&focus, &picture, language) }
                }
                <SegmentStrip log={log.clone()} chosen={picture.base} record={focus.record} shown={shown.clone()} {language} />
                <div class="log-two">
                    <IndexTable log={log.clone()} contents={picture.contents.clone()} shown={shown.clone()} {entry} {language} />
                    if let Some(shown) = shown.clone().filter(|shown| !shown.lookup.steps.is_empty()) {
                        <Trail {shown} {language} />
                    }
                </div>
                if let Some(entry) = entry {
                    <EntryPanel contents={picture.contents.clone()} {entry} {language} />
                }
                if let Some(error) = failed {
                    <p class="warn" role="alert">{ error }</p>
                }
                <BatchStrip log={log.clone()} contents={picture.contents.clone()} record={focus.record} pinned={focus.record.is_some() || focus.segment.is_some()} shown={shown.clone()} {language} />
                if let Some(broken) = picture.contents.broken.clone() {
                    <BrokenPart {broken} first={picture.contents.batches.is_empty()} {language} />
                }
                if let Some(shown) = shown.clone() {
                    <Cost {shown} log={log.clone()} {language} />
                }
                if let Some(batch) = picture.batch.clone() {
                    <BatchDetail {batch} topic={picture.partition.topic.clone()} record={focus.record} place={place_of(&picture, &log, foreign.is_some())} {language} />
                }
                <FileTable {log} contents={picture.contents.clone()} take_out={foreign.is_none()} {language} />
            </div>
            if let Some(shown) = shown {
                <Transport {shown} {player} {language} />
            }
        </section>
    }
}

/// The file that the open batch lies in, for those who want to change it; nobody changes what came from outside.
fn place_of(picture: &Picture, log: &LogView, foreign: bool) -> Option<Place> {
    let path = format!("{}/{}{}", log.dir, names::prefix(picture.base), names::LOG_SUFFIX);
    (!foreign).then_some(Place { node: picture.broker, path: path.into() })
}

/// What can be asked about the record, the segment or the replica that is looked at.
fn whys(focus: &LogFocus, picture: &Picture, language: Language) -> Html {
    let (broker, partition) = (picture.broker, picture.partition.clone());
    let thing = match (focus.record, focus.segment) {
        (Some(offset), _) => Thing::Record(broker, partition.clone(), offset),
        (None, Some(base)) => Thing::Segment(broker, partition.clone(), base),
        (None, None) => Thing::Replica(broker, partition.clone()),
    };
    html! {
        <div class="log-why">
            if let Some(offset) = focus.record {
                <div class="row"><FollowButton {partition} {offset} {language} /></div>
            }
            <AskedMoment {language} />
            <Questions {thing} {language} />
        </div>
    }
}

/// Escape goes up one level: from the record to the segment, to the end of the log, to the cluster.
fn up_on_escape(desk: &Desk) -> Callback<KeyboardEvent> {
    let desk = desk.clone();
    Callback::from(move |event: KeyboardEvent| {
        if event.key() != "Escape" || desk.read(|page| page.dialog.is_some()) {
            return;
        }
        event.prevent_default();
        desk.change(|page| {
            let log = &mut page.log;
            let closed = log.entry.take().is_some()
                || log.record.take().is_some()
                || log.asked.take().is_some()
                || log.segment.take().is_some()
                || log.foreign.take().is_some();
            if !closed {
                page.screen = Screen::Cluster;
            }
        });
    })
}
