//! The Log view: one replica's directory, from its segments down to the bytes of a record, and how a broker finds
//! things in it. `picture.rs` says what is looked at; each other file draws a part of it.

mod batches;
mod files;
mod head;
mod hex;
mod index;
mod lookup;
mod picture;
mod records;
mod segments;
mod words;

use std::rc::Rc;

use yew::prelude::*;

use crate::ui::desk::Desk;
use crate::ui::desk::Screen;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::words as common;
use crate::view::hue_of;

use batches::BatchStrip;
use files::FileTable;
use head::Head;
use index::IndexTable;
use lookup::Cost;
use lookup::Shown;
use lookup::Trail;
use lookup::Transport;
use lookup::use_player;
use picture::Picture;
use picture::Searched;
use records::BatchDetail;
use segments::SegmentStrip;
use words as w;

pub use hex::HexView;

/// The middle of the Log view.
#[component]
pub fn LogScreen() -> Html {
    let desk = use_desk();
    let (language, focus, cluster) =
        use_pick(|page| (page.taste.language, page.log.clone(), page.seen.cluster.clone()));
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
    let failed = match answer {
        Some(Some(Err(error))) => Some(error),
        Some(None) => Some(w::NEEDS_BROKER.with(language, &[&picture.broker])),
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
    let shown = lookup.map(|lookup| Shown { lookup, at: player.at });
    html! {
        <section class={classes!("log", hue)} id="log" onkeydown={up_on_escape(&desk)}>
            <div class="log-scroll">
                <Head cluster={cluster} broker={picture.broker} partition={picture.partition.clone()} log={Some(log.clone())} {language} />
                <SegmentStrip log={log.clone()} chosen={picture.base} record={focus.record} shown={shown.clone()} {language} />
                <div class="log-two">
                    <IndexTable log={log.clone()} contents={picture.contents.clone()} shown={shown.clone()} {language} />
                    if let Some(shown) = shown.clone().filter(|shown| !shown.lookup.steps.is_empty()) {
                        <Trail {shown} {language} />
                    }
                </div>
                if let Some(error) = failed {
                    <p class="warn" role="alert">{ error }</p>
                }
                <BatchStrip log={log.clone()} contents={picture.contents.clone()} record={focus.record} pinned={focus.record.is_some() || focus.segment.is_some()} shown={shown.clone()} {language} />
                if let Some(shown) = shown.clone() {
                    <Cost {shown} log={log.clone()} {language} />
                }
                if let Some(batch) = picture.batch.clone() {
                    <BatchDetail {batch} record={focus.record} {language} />
                }
                <FileTable {log} contents={picture.contents.clone()} {language} />
            </div>
            if let Some(shown) = shown {
                <Transport {shown} {player} {language} />
            }
        </section>
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
            if log.record.take().is_none() && log.asked.take().is_none() && log.segment.take().is_none() {
                page.screen = Screen::Cluster;
            }
        });
    })
}
