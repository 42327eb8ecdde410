use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use yew::Renderer;

use super::app::App;
use super::app::Props;
use super::browser::Frames;
use super::browser::Listener;
use super::browser::Shell;
use super::browser::Store;
use super::browser::hash;
use super::browser::kept_blob;
use super::browser::now_ms;
use super::browser::on_button;
use super::browser::pass_turn;
use super::browser::set_hash;
use super::browser::turn;
use super::browser::typing;
use super::desk::Desk;
use super::desk::Key;
use super::desk::Screen;
use super::desk::Taste;
use super::desk::Tone;
use super::desk::wish;
use super::engine::Engine;
use super::engine::Opening;
use super::taste;
use super::words as w;
use crate::lab::Recording;
use crate::lesson::Language;
use crate::lesson::first;
use crate::lesson::progress::Progress;

/// What the engine may take of a frame, in ms.
const ENGINE_MS: f64 = 8.0;
/// How long a world is opened before anything is said of it, in ms: what comes so soon needs no progress.
const SOON_MS: f64 = 500.0;
/// Where the browser keeps the world between visits.
const SAVED: &str = "world";
/// And what it knows of the learner.
const PROGRESS: &str = "progress";

/// Mounts the page into the document's body.
pub fn mount() {
    // A worker runs the same program and has no window.
    let Some(window) = web_sys::window() else { return };
    let mut taste = taste::first();
    let address = hash();
    if address.starts_with("lesson=") {
        taste = taste::of_address(&address, taste);
    }
    taste.embed = super::browser::embedded();
    taste::apply(&taste);
    super::panic::watch(taste.language);
    wasm_bindgen_futures::spawn_local(async move {
        let opened = open(taste.language).await;
        start(&window, taste, opened);
    });
}

fn start(window: &web_sys::Window, taste: Taste, opened: Opened) {
    let language = taste.language;
    let desk = Desk::new(opened.engine, taste);
    if !opened.fresh {
        desk.play(false);
    }
    keep(&desk);
    practise(&desk, window);
    super::script::open(&desk);
    let frames = {
        let desk = desk.clone();
        Frames::new(move |time| {
            let began = now_ms();
            desk.frame(time, &|| now_ms() - began < ENGINE_MS)
        })
    };
    desk.set_wake(move || frames.wake());
    listen(&desk, window);
    if let Some(root) = window.document().and_then(|d| d.body()) {
        root.set_inner_html("");
        Renderer::<App>::with_root_and_props(root.into(), Props { desk: desk.clone() }).render();
    }
    let address = hash();
    if address.starts_with("lesson=")
        && let Err(sentence) = desk.open_address(&address)
    {
        set_hash("");
        desk.say(Tone::Bad, sentence);
    }
    if let Some((tone, sentence)) = opened.notice {
        desk.say(tone, sentence.of_words(language));
    }
    desk.wake();
}

/// From now on acts are kept in the browser before they are applied. What was dropped in is kept apart: it is large.
fn keep(desk: &Desk) {
    let (page, complained) = (desk.clone(), std::cell::Cell::new(false));
    desk.keep_with(move |recording| {
        let mut slim = recording.clone();
        slim.blobs.clear();
        if !Store::put(SAVED, &slim.to_file()) && !complained.replace(true) {
            let language = page.read(|page| page.taste.language);
            page.say(Tone::Bad, w::NOT_KEPT.of(language));
        }
    });
}

/// What is known of the learner comes from the browser and goes there; what another tab keeps later wins.
fn practise(desk: &Desk, window: &web_sys::Window) {
    use wasm_bindgen::JsCast;
    let kept = Store::get(PROGRESS);
    let date = js_sys::Date::new_0();
    let local = date.get_time() - date.get_timezone_offset() * 60_000.0;
    let keeper = |text: &str| Store::put(PROGRESS, text);
    if let Some(text) = kept.as_deref().filter(|text| Progress::parse(text).is_err()) {
        // It will be written over: what cannot be read is put aside.
        Store::put("progress-before", text);
    }
    desk.begin_progress(kept.as_deref(), (local / 86_400_000.0) as u32, Box::new(keeper));
    let reader = desk.clone();
    let storage = Listener::new(window, "storage", move |event| {
        let Some(event) = event.dyn_ref::<web_sys::StorageEvent>() else { return };
        if event.key().is_some_and(|key| key.ends_with(PROGRESS))
            && let Some(text) = event.new_value()
        {
            reader.other_tab(&text);
        }
    });
    std::mem::forget(storage);
}

/// The world to begin with.
struct Opened {
    engine: Engine,
    /// It is the first world, which plays at once; others stand at their moment.
    fresh: bool,
    notice: Option<(Tone, Said)>,
}

/// What to say about how the world was opened.
enum Said {
    Words(crate::lesson::Text),
    Sentence(String),
}

impl Said {
    fn of_words(self, language: Language) -> String {
        match self {
            Self::Words(text) => text.of(language).to_string(),
            Self::Sentence(text) => text,
        }
    }
}

impl Opened {
    fn first(notice: Option<Said>) -> Self {
        Self { engine: Engine::begin(&first()), fresh: true, notice: notice.map(|said| (Tone::Bad, said)) }
    }

    /// The shell says how far it is, and lets the reader begin where it is.
    async fn of(recording: Recording, language: Language) -> Self {
        let mut opening = Opening::of(recording);
        let mut shell = None;
        let soon = now_ms() + SOON_MS;
        while !opening.play(&|| now_ms() < soon) && !opening.play(&turn()) {
            let [now, moment] = opening.way();
            let shell = shell.get_or_insert_with(|| {
                Shell::new(&w::OPENING.with(language, &[&moment]), w::BEGIN_HERE.of(language))
            });
            shell.shows(now.0 as f64 / moment.0 as f64);
            if shell.is_left() {
                break;
            }
            pass_turn().await;
        }
        let (engine, same) = opening.done();
        let notice = (!same).then_some((Tone::Bad, Said::Words(w::OTHER_DIGEST)));
        Self { engine, fresh: false, notice }
    }
}

/// The world of the link, or of the last visit, or the first one.
async fn open(language: Language) -> Opened {
    let link = hash();
    if !link.is_empty() && !link.starts_with("lesson=") {
        set_hash("");
        return match Recording::from_link(&link) {
            Ok(recording) => Opened::of(recording, language).await,
            Err(error) => Opened::first(Some(Said::Sentence(error.to_string()))),
        };
    }
    let Some(text) = Store::get(SAVED) else { return Opened::first(None) };
    match Recording::from_file(&with_blobs(text).await) {
        Ok(recording) if recording.is_of_this_engine() => Opened::of(recording, language).await,
        Ok(_) => Opened::first(None),
        Err(error) => Opened::first(Some(Said::Sentence(error.to_string()))),
    }
}

/// Puts what was dropped in back into a kept world.
async fn with_blobs(text: String) -> String {
    let Ok(mut file) = serde_json::from_str::<serde_json::Value>(&text) else { return text };
    let mut names = Vec::new();
    blob_names(&file["acts"], &mut names);
    if names.is_empty() {
        return text;
    }
    for name in names {
        if let Some(bytes) = kept_blob(&name).await {
            file["blobs"][&name] = BASE64_STANDARD.encode(bytes).into();
        }
    }
    file.to_string()
}

/// The names of dropped data that acts refer to.
fn blob_names(value: &serde_json::Value, names: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            if let Some(name) = fields.get("blob").and_then(|b| b.as_str()) {
                names.push(name.to_string());
            }
            fields.values().for_each(|v| blob_names(v, names));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|v| blob_names(v, names)),
        _ => {}
    }
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
            presenting: keys.read(|page| page.taste.presents()),
            lesson: keys.read(|page| {
                page.dialog.is_none()
                    && page.screen != Screen::Home
                    && (page.course.is_some() || page.ask.is_some())
            }),
            choices: keys.read(|page| match (&page.dialog, &page.ask) {
                (None, Some(ask)) => ask.choices(),
                _ => 0,
            }),
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
