//! Files of a real broker: how they are opened, and the head of the Log view over them.

use bytes::Bytes;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::words as w;
use crate::lesson::Language;
use crate::ui::browser::Picked;
use crate::ui::browser::read_slice;
use crate::ui::desk::Desk;
use crate::ui::desk::LogFocus;
use crate::ui::desk::Screen;
use crate::ui::desk::Shared;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::words as common;
use crate::view::FOREIGN_MAX;
use crate::view::Foreign;
use crate::view::ForeignError;

/// The dialog that takes a segment of a real broker in: files, a directory, or a zip.
#[component]
pub fn OpenFiles() -> Html {
    let desk = use_desk();
    let language = use_language();
    let problem = use_state(|| None::<String>);
    let take = {
        let (desk, problem) = (desk.clone(), problem.clone());
        Callback::from(move |files: Vec<Picked>| {
            let (desk, problem) = (desk.clone(), problem.clone());
            spawn_local(async move {
                match read_all(files, language).await {
                    Ok(foreign) => look_at(&desk, foreign),
                    Err(sentence) => problem.set(Some(sentence)),
                }
            });
        })
    };
    let onchange = {
        let take = take.clone();
        Callback::from(move |event: Event| {
            let field = event.target_dyn_into::<web_sys::HtmlInputElement>();
            take.emit(Picked::all(field.and_then(|field| field.files())));
        })
    };
    let ondrop = Callback::from(move |event: DragEvent| {
        event.prevent_default();
        take.emit(Picked::all(event.data_transfer().and_then(|data| data.files())));
    });
    let over = Callback::from(|event: DragEvent| event.prevent_default());
    let close = Callback::from(move |_: MouseEvent| desk.close());
    html! {
        <section class="dialog data" role="dialog" aria-modal="true" aria-label={w::OPEN_TITLE.of(language)} id="open-files">
            <h2>{ w::OPEN_TITLE.of(language) }</h2>
            <p class="quiet">{ w::OPEN_SAYS.of(language) }</p>
            <label class="drop" {ondrop} ondragover={over}>
                { w::OPEN_DROP.of(language) }
                <input type="file" id="foreign-files" class="sr" multiple={true} onchange={onchange.clone()} />
            </label>
            if let Some(sentence) = &*problem {
                <p class="bad" role="alert" id="foreign-problem">{ sentence }</p>
            }
            <div class="row">
                <label class="button">
                    { w::OPEN_DIR.of(language) }
                    <input type="file" class="sr" webkitdirectory={true} {onchange} />
                </label>
                <span class="grow" />
                <button class="button" onclick={close}>{ w::CLOSE.of(language) }</button>
            </div>
        </section>
    }
}

async fn read_all(files: Vec<Picked>, language: Language) -> Result<Foreign, String> {
    let bytes: u64 = files.iter().map(|file| file.size).sum();
    let name = files.first().map(|file| file.name.clone()).unwrap_or_default();
    if bytes > FOREIGN_MAX {
        return Err(said(&ForeignError::TooLarge { name, bytes }, language));
    }
    let mut all = Vec::new();
    for file in files {
        all.push((file.path(), Bytes::from(read_slice(&file, 0, file.size).await?)));
    }
    Foreign::open(all).map_err(|error| said(&error, language))
}

/// One sentence on why files could not be opened.
pub(super) fn said(error: &ForeignError, language: Language) -> String {
    match error {
        ForeignError::NoSegment { name } => w::OPEN_NO_SEGMENT.with(language, &[name]),
        ForeignError::Zip { name, why } => w::OPEN_BAD_ZIP.with(language, &[name, why]),
        ForeignError::TooLarge { name, bytes } => common::FILE_TOO_LARGE
            .with(language, &[name, &common::bytes(*bytes), &common::bytes(FOREIGN_MAX)]),
    }
}

/// Shows the files in the Log view. The world goes on and knows nothing of them.
pub fn look_at(desk: &Desk, foreign: Foreign) {
    desk.change(|page| {
        page.dialog = None;
        page.screen = Screen::Log;
        page.log = LogFocus {
            broker: page.log.broker,
            partition: page.log.partition.take(),
            foreign: Some((Shared::new(foreign), 0)),
            ..LogFocus::default()
        };
    });
}

#[derive(Clone, PartialEq, Properties)]
pub(super) struct Props {
    pub foreign: Shared<Foreign>,
    pub dir: usize,
    pub language: Language,
}

/// What was opened, which of its directories is shown, and the way back to the world.
#[component]
pub(super) fn ForeignHead(Props { foreign, dir, language }: &Props) -> Html {
    let desk = use_desk();
    let language = *language;
    let choose = {
        let (desk, foreign) = (desk.clone(), foreign.clone());
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() else { return };
            let Ok(dir) = select.value().parse() else { return };
            desk.change(|page| {
                page.log.foreign = Some((foreign.clone(), dir));
                (page.log.segment, page.log.record, page.log.entry) = (None, None, None);
            });
        })
    };
    let back = Callback::from(move |_: MouseEvent| {
        desk.change(|page| {
            let (broker, partition) = (page.log.broker, page.log.partition.take());
            page.log = LogFocus { broker, partition, ..LogFocus::default() };
        });
    });
    html! {
        <header class="log-head">
            <div class="log-name">
                <h2>
                    <label>
                        <span class="sr">{ w::PARTITION.of(language) }</span>
                        <select id="foreign-dir" class="name mono" onchange={choose}>
                            for (at, name) in foreign.dirs().iter().enumerate() {
                                <option value={at.to_string()} selected={at == *dir}>{ name }</option>
                            }
                        </select>
                    </label>
                    <span class="quiet">{ w::FOREIGN_FROM.with(language, &[&foreign.name]) }</span>
                </h2>
                <button class="button" id="foreign-close" onclick={back}>{ w::FOREIGN_BACK.of(language) }</button>
            </div>
            <p class="quiet">{ w::FOREIGN_SAYS.of(language) }</p>
        </header>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_opened_is_told_in_one_sentence() {
        let no = ForeignError::NoSegment { name: "holiday.png".into() };
        assert!(said(&no, Language::En).starts_with("holiday.png is no segment"));
        let large = ForeignError::TooLarge { name: "x.zip".into(), bytes: 5_000_000_000 };
        assert!(said(&large, Language::Zh).contains("x.zip"));
    }
}
