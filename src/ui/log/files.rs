use std::rc::Rc;

use yew::prelude::*;

use super::words as w;
use crate::kafka::base::NodeId;
use crate::lesson::Language;
use crate::ui::browser::save_file;
use crate::ui::desk::Desk;
use crate::ui::desk::Tone;
use crate::ui::desk::use_desk;
use crate::ui::words as common;
use crate::view::FileView;
use crate::view::LogView;
use crate::view::SegmentContents;
use crate::view::archive;

/// Lines of a decoded file.
const LINES: usize = 12;

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub log: Rc<LogView>,
    pub contents: Rc<SegmentContents>,
    /// Whether the directory is this world's, and can be taken out of it.
    pub take_out: bool,
    pub language: Language,
}

/// Every file of the directory with its size, and what the small ones say.
#[component]
pub(super) fn FileTable(Props { log, contents, take_out, language }: &Props) -> Html {
    let desk = use_desk();
    let language = *language;
    let save = {
        let (node, dir) = (log.broker, log.dir.clone());
        Callback::from(move |_: MouseEvent| save_archive(&desk, node, Some(&dir)))
    };
    let segments =
        log.segments.iter().flat_map(|segment| std::iter::once(&segment.log).chain(&segment.beside));
    html! {
        <details class="files">
            <summary>{ w::FILES.of(language) }{ " " }<span class="mono quiet">{ format!("{}/", log.dir) }</span></summary>
            if *take_out {
                <p class="row">
                    <button class="button" id="take-out" onclick={save}>{ w::TAKE_OUT.of(language) }</button>
                    <span class="quiet">{ w::TAKE_OUT_SAYS.of(language) }</span>
                </p>
            }
            <div class="log-two">
                <table class="records">
                    <thead>
                        <tr>
                            <th>{ w::FILE_NAME.of(language) }</th>
                            <th>{ w::FILE_SIZE.of(language) }</th>
                            <th>{ w::FILE_USED.of(language) }</th>
                            <th>{ w::FILE_UNFLUSHED.of(language) }</th>
                        </tr>
                    </thead>
                    <tbody>
                        for file in segments.chain(&log.others) {
                            <Line key={file.name.clone()} file={file.clone()} />
                        }
                    </tbody>
                </table>
                <div class="decoded">
                    { block(w::EPOCHS.of(language).to_owned(), log.epochs.iter().map(|(epoch, from)| w::EPOCH_FROM.with(language, &[epoch, from]))) }
                    if let Some(id) = &log.topic_id {
                        <p class="mono">{ w::TOPIC_ID.with(language, &[id]) }</p>
                    }
                    { block(w::SNAPSHOT.with(language, &[&contents.base]), contents.producers.iter().map(|p| {
                        w::PRODUCER_LINE.with(language, &[&p.producer_id, &p.producer_epoch, &p.last_sequence(), &p.last_data_offset()])
                    })) }
                    { block(w::ABORTED.of(language).to_owned(), contents.aborted.iter().map(|t| {
                        w::ABORTED_TXN.with(language, &[&t.producer_id, &t.first_offset, &t.last_offset, &t.last_stable_offset])
                    })) }
                </div>
            </div>
        </details>
    }
}

/// The lines of one file, if it has any; the last ones when they are many.
fn block(name: String, lines: impl ExactSizeIterator<Item = String>) -> Html {
    if lines.len() == 0 {
        return Html::default();
    }
    let skip = lines.len().saturating_sub(LINES);
    html! {
        <>
            <h3>{ name }</h3>
            <ul>
                for line in lines.skip(skip) {
                    <li class="mono">{ line }</li>
                }
            </ul>
        </>
    }
}

/// Lets the reader save a directory of a machine's disk, or all of it, as a zip that Kafka's tools read.
pub fn save_archive(desk: &Desk, node: i32, dir: Option<&str>) {
    let zip = desk.engine(|engine| Some(archive(&engine.world().machine(NodeId(node))?.disk, dir)));
    match zip {
        Some(Ok(zip)) => {
            let what = dir.unwrap_or("log-dir");
            save_file(&format!("node-{node}-{what}.zip"), &zip, "application/zip");
        }
        Some(Err(error)) => desk.say(Tone::Bad, error),
        None => {}
    }
}

#[derive(Clone, PartialEq, Properties)]
struct LineProps {
    file: FileView,
}

#[component]
fn Line(LineProps { file }: &LineProps) -> Html {
    html! {
        <tr>
            <td class="mono">{ &file.name }</td>
            <td class="mono">{ common::count(file.bytes) }</td>
            <td class="mono">{ if file.used == file.bytes { String::new() } else { common::count(file.used) } }</td>
            <td class="mono">{ if file.unflushed == 0 { String::new() } else { common::count(file.unflushed) } }</td>
        </tr>
    }
}
