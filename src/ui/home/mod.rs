//! Practice: the map of lessons, questions, claims, repetitions and the mock interview.

mod claims;
mod interview;
mod map;
mod questions;
mod side;
pub mod words;

use yew::prelude::*;

use crate::ui::browser::Picked;
use crate::ui::browser::read_slice;
use crate::ui::browser::save_file;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use claims::Claims;
use interview::InterviewView;
use map::Map;
use questions::Questions;
use side::Side;
use words as w;

/// The largest progress file that is read.
const FILE_MAX: u64 = 1 << 20;

/// The whole middle of the page.
#[component]
pub fn HomeScreen() -> Html {
    let interview = use_pick(|page| page.interview.is_some());
    html! {
        <section class="home" id="practice">
            <div class="home-scroll">
                if interview {
                    <InterviewView />
                } else {
                    <div class="home-two">
                        <div class="home-main">
                            <Map />
                            <Claims />
                            <Questions />
                        </div>
                        <Side />
                    </div>
                }
            </div>
            <Foot />
        </section>
    }
}

/// Where progress is kept, and how it is taken along.
#[component]
fn Foot() -> Html {
    let desk = use_desk();
    let (language, not_kept) = use_pick(|page| (page.taste.language, page.not_kept));
    let save = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            let text = desk.read(|page| page.progress.to_text());
            save_file("kafkascope-progress.txt", text.as_bytes(), "text/plain");
        })
    };
    let picked = {
        let desk = desk.clone();
        Callback::from(move |event: Event| {
            let Some(field) = event.target_dyn_into::<web_sys::HtmlInputElement>() else { return };
            if let Some(file) = field.files().and_then(|files| files.get(0)) {
                let desk = desk.clone();
                wasm_bindgen_futures::spawn_local(async move { import(&desk, Picked::new(file)).await });
            }
            // The same file may be chosen again.
            field.set_value("");
        })
    };
    html! {
        <footer class="home-foot">
            <span>{ w::NO_ACCOUNT.of(language) }</span>
            if not_kept {
                <span class="warn" id="not-kept" role="status">{ w::NOT_KEPT.of(language) }</span>
            } else {
                <span>{ w::KEPT_HERE.of(language) }</span>
            }
            <button class="chip" id="export" onclick={save}>{ w::EXPORT.of(language) }</button>
            <label class="chip">
                { w::IMPORT.of(language) }
                <input class="sr" id="import" type="file" accept=".txt,text/plain" onchange={picked} />
            </label>
            <span class="grow" />
            <button class="chip" onclick={crate::ui::app::opens(&desk, Dialog::Fidelity)}>{ crate::ui::words::FIDELITY_TITLE.of(language) }</button>
        </footer>
    }
}

/// Reads a progress file, or says what is wrong with it.
async fn import(desk: &Desk, file: Picked) {
    if file.size > FILE_MAX {
        return desk.import_progress(&file.name, "");
    }
    match read_slice(&file, 0, file.size).await {
        Ok(bytes) => desk.import_progress(&file.name, &String::from_utf8_lossy(&bytes)),
        Err(sentence) => desk.say(crate::ui::desk::Tone::Bad, sentence),
    }
}
