use yew::Renderer;

use super::app::App;
use super::app::Props;
use super::browser::Frames;
use super::browser::Listener;
use super::browser::Store;
use super::browser::hash;
use super::browser::now_ms;
use super::browser::on_button;
use super::browser::set_hash;
use super::browser::typing;
use super::desk::Desk;
use super::desk::Key;
use super::desk::Tone;
use super::desk::wish;
use super::engine::Engine;
use super::taste;
use super::words as w;
use crate::lab::Recording;
use crate::lesson::first;

/// What the engine may take of a frame, in ms.
const ENGINE_MS: f64 = 5.0;
/// Where the browser keeps the world between visits.
const SAVED: &str = "world";

/// Mounts the page into the document's body.
pub fn mount() {
    // A worker runs the same program and has no window.
    let Some(window) = web_sys::window() else { return };
    let taste = taste::first();
    taste::apply(&taste);
    let language = taste.language;
    let (mut engine, notice) = open();
    engine.keep_with(|recording| {
        Store::put(SAVED, &recording.to_file());
    });
    let desk = Desk::new(engine, taste);
    super::panic::watch(language);
    let frames = {
        let desk = desk.clone();
        Frames::new(move |time| {
            let began = now_ms();
            desk.frame(time, &|| now_ms() - began < ENGINE_MS)
        })
    };
    desk.set_wake(move || frames.wake());
    listen(&desk, &window);
    if let Some(root) = window.document().and_then(|d| d.body()) {
        root.set_inner_html("");
        Renderer::<App>::with_root_and_props(root.into(), Props { desk: desk.clone() }).render();
    }
    if let Some((tone, sentence)) = notice {
        desk.say(tone, sentence.of_words(language));
    }
    desk.wake();
}

/// What to say about how the world was opened.
enum Opened {
    Words(crate::lesson::Text),
    Sentence(String),
}

impl Opened {
    fn of_words(self, language: crate::lesson::Language) -> String {
        match self {
            Self::Words(text) => text.of(language).to_string(),
            Self::Sentence(text) => text,
        }
    }
}

/// The world of the link, or of the last visit, or the first one.
fn open() -> (Engine, Option<(Tone, Opened)>) {
    let link = hash();
    if !link.is_empty() {
        match Recording::from_link(&link) {
            Ok(recording) => {
                set_hash("");
                let (engine, same) = Engine::open(&recording);
                return (engine, (!same).then_some((Tone::Bad, Opened::Words(w::OTHER_DIGEST))));
            }
            Err(error) => {
                set_hash("");
                return (Engine::begin(&first()), Some((Tone::Bad, Opened::Sentence(error.to_string()))));
            }
        }
    }
    if let Some(text) = Store::get(SAVED) {
        match Recording::from_file(&text) {
            Ok(recording) if recording.is_of_this_engine() => {
                let (engine, _) = Engine::open(&recording);
                return (engine, None);
            }
            _ => Store::remove(SAVED),
        }
    }
    (Engine::begin(&first()), None)
}

/// Keys, a link that is pasted over the page's address, and the moment before the page goes away.
fn listen(desk: &Desk, window: &web_sys::Window) {
    use wasm_bindgen::JsCast;
    let keys = desk.clone();
    let keyboard = Listener::new(window, "keydown", move |event| {
        let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
        if event.default_prevented() {
            return;
        }
        let pressed = event.key();
        let key = Key {
            key: &pressed,
            shift: event.shift_key(),
            command: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
            typing: typing(),
            on_button: on_button(),
            letters: keys.read(|page| page.taste.letters),
        };
        if let Some(wish) = wish(&key) {
            event.prevent_default();
            keys.grant(wish);
        }
    });
    let hashes = Listener::new(window, "hashchange", move |_| {
        if !hash().is_empty() {
            super::browser::reload();
        }
    });
    let leaving = desk.clone();
    let hidden = Listener::new(window, "pagehide", move |_| leaving.engine(Engine::keep_now));
    // They live as long as the page.
    std::mem::forget((keyboard, hashes, hidden));
}
