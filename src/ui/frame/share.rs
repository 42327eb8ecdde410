use yew::prelude::*;

use crate::lab::Recording;
use crate::lab::share::code_of;
use crate::ui::browser::Picked;
use crate::ui::browser::Store;
use crate::ui::browser::address;
use crate::ui::browser::copy_text;
use crate::ui::browser::pass_turn;
use crate::ui::browser::read_slice;
use crate::ui::browser::reload;
use crate::ui::browser::save_file;
use crate::ui::browser::turn;
use crate::ui::class::Qr;
use crate::ui::desk::Desk;
use crate::ui::desk::Tone;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_language;
use crate::ui::engine::Opening;
use crate::ui::words as w;

/// The largest world file that is read: pasted data lie inside it.
const FILE_MAX: u64 = 256 << 20;

/// A link to this world and moment, or a file of it; and the way to open one.
#[component]
pub fn Share() -> Html {
    let desk = use_desk();
    let language = use_language();
    let link = use_memo((), |()| desk.engine(|engine| engine.recording().to_link()));
    let code = use_memo((), |()| link.as_deref().map(code_of).ok());
    let digest = use_memo((), |()| desk.engine(crate::ui::engine::Engine::digest));
    let copy = {
        let (desk, link) = (desk.clone(), link.clone());
        Callback::from(move |_: MouseEvent| {
            let Ok(link) = &*link else { return };
            let (desk, text) = (desk.clone(), format!("{}#{link}", address()));
            wasm_bindgen_futures::spawn_local(async move {
                let language = desk.read(|page| page.taste.language);
                if copy_text(text).await {
                    desk.close();
                    desk.say(Tone::Good, w::COPIED.of(language));
                } else {
                    desk.say(Tone::Bad, w::NOT_COPIED.of(language));
                }
            });
        })
    };
    let save = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| save_world(&desk))
    };
    let picked = {
        let desk = desk.clone();
        Callback::from(move |event: Event| {
            let field = event.target_dyn_into::<web_sys::HtmlInputElement>();
            if let Some(file) = field.and_then(|f| f.files()).and_then(|f| f.get(0)) {
                let desk = desk.clone();
                wasm_bindgen_futures::spawn_local(async move { open(&desk, Picked::new(file)).await });
            }
        })
    };
    let again = Callback::from(move |_: MouseEvent| {
        Store::remove("world");
        reload();
    });
    let close = Callback::from(move |_: MouseEvent| desk.close());
    html! {
        <section class="dialog" role="dialog" aria-modal="true" aria-label={w::SHARE_TITLE.of(language)} id="share-dialog">
            <h2>{ w::SHARE_TITLE.of(language) }</h2>
            { said(&link, code.as_deref(), language) }
            <p class="mono quiet" id="share-digest">{ w::DIGEST_N.with(language, &[&format!("{:016x}", *digest)]) }</p>
            <div class="row">
                if link.is_ok() {
                    <button class="button primary" onclick={copy}>{ w::COPY_LINK.of(language) }</button>
                }
                <button class="button" onclick={save}>{ w::SAVE_WORLD.of(language) }</button>
                <label class="button">
                    { w::OPEN_WORLD.of(language) }
                    <input class="sr" type="file" accept=".json,application/json" onchange={picked} />
                </label>
                <button class="button" onclick={again}>{ w::NEW_WORLD.of(language) }</button>
                <span class="grow" />
                <button class="button" onclick={close}>{ w::CLOSE.of(language) }</button>
            </div>
        </section>
    }
}

/// Gives the reader a file of this world.
pub(super) fn save_world(desk: &Desk) {
    let text = desk.engine(|engine| engine.recording().to_file());
    save_file("kafkascope-world.json", text.as_bytes(), "application/json");
}

/// The link to copy, or why there is none.
fn said(
    link: &Result<String, crate::lab::share::TooLong>,
    code: Option<&str>,
    language: crate::lesson::Language,
) -> Html {
    match link {
        Ok(link) => html! {
            <>
                <p>{ w::SHARE_SAYS.of(language) }</p>
                <textarea id="share-link" readonly={true} rows="4" aria-label={w::SHARE.of(language)}
                    value={format!("{}#{link}", address())} />
                <Qr text={format!("{}#{}", address(), code.unwrap_or(link))} />
            </>
        },
        Err(too_long) => html! { <p>{ w::SHARE_TOO_LONG.with(language, &[&too_long.len]) }</p> },
    }
}

/// Opens a world file, or says what is wrong with it.
async fn open(desk: &Desk, file: Picked) {
    let language = desk.read(|page| page.taste.language);
    if file.size > FILE_MAX {
        let sentence =
            w::FILE_TOO_LARGE.with(language, &[&file.name, &w::bytes(file.size), &w::bytes(FILE_MAX)]);
        desk.say(Tone::Bad, sentence);
        return;
    }
    let read = read_slice(&file, 0, file.size).await;
    let opened = read.and_then(|bytes| {
        let text = String::from_utf8(bytes).map_err(|_| w::NOT_A_WORLD.with(language, &[&file.name]))?;
        Recording::from_file(&text).map_err(|error| error.to_string())
    });
    match opened {
        Ok(recording) => {
            desk.close();
            let mut opening = Opening::of(recording);
            let mut told = None;
            while !opening.play(&turn()) {
                let [now, moment] = opening.way();
                let percent = 10 * (now.0 * 10 / moment.0.max(1));
                if told.replace(percent) != Some(percent) {
                    desk.say(Tone::Good, w::OPENING_FILE.with(language, &[&moment, &percent]));
                }
                pass_turn().await;
            }
            desk.replace(opening);
        }
        Err(sentence) => desk.say(Tone::Bad, sentence),
    }
}
