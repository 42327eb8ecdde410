//! What the reader sees when the engine panics: one sentence with the cause, and two ways on. After a panic the program
//! cannot run any more, so this is plain DOM, made ready while everything still works.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use super::browser::Store;
use super::words as w;
use crate::lesson::Language;

thread_local! {
    static LANGUAGE: RefCell<Language> = const { RefCell::new(Language::En) };
}

/// From now on a panic says what happened, where, and what can be done.
pub(super) fn watch(language: Language) {
    LANGUAGE.with(|kept| *kept.borrow_mut() = language);
    std::panic::set_hook(Box::new(|info| {
        let cause = info.payload_as_str().unwrap_or("unknown cause").to_string();
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        web_sys::console::error_1(&format!("panic at {place}: {cause}").into());
        show(&cause, &place);
    }));
}

fn show(cause: &str, place: &str) -> Option<()> {
    let language = LANGUAGE.with(|kept| *kept.borrow());
    let document = web_sys::window()?.document()?;
    let body = document.body()?;
    let card = document.create_element("div").ok()?;
    card.set_class_name("crash");
    card.set_attribute("role", "alertdialog").ok()?;
    let text = document.create_element("p").ok()?;
    text.set_text_content(Some(&w::CRASHED.with(language, &[&cause, &place])));
    card.append_child(&text).ok()?;
    let button = |label: &str, call: Box<dyn Fn()>| -> Option<()> {
        let button = document.create_element("button").ok()?;
        button.set_class_name("button");
        button.set_text_content(Some(label));
        let call = Closure::<dyn Fn()>::new(call);
        button.add_event_listener_with_callback("click", call.as_ref().unchecked_ref()).ok()?;
        call.forget();
        card.append_child(&button).ok()?;
        Some(())
    };
    button(w::REOPEN.of(language), Box::new(reopen_before))?;
    button(
        w::SAVE_WORLD.of(language),
        Box::new(|| {
            if let Some(text) = Store::get("world") {
                super::browser::save_file("kafkascope-world.json", text.as_bytes(), "application/json");
            }
        }),
    )?;
    button(
        w::START_NEW.of(language),
        Box::new(|| {
            Store::remove("world");
            super::browser::reload();
        }),
    )?;
    body.append_child(&card).ok()?;
    Some(())
}

/// Takes the last act back and opens the world again, at the moment of that act.
fn reopen_before() {
    if let Some(text) = Store::get("world")
        && let Ok(mut file) = serde_json::from_str::<serde_json::Value>(&text)
    {
        let last = file["acts"].as_array_mut().and_then(Vec::pop);
        if let Some(at) = last.and_then(|act| act.get(0).cloned()) {
            file["moment"] = at;
        }
        Store::put("world", &file.to_string());
    }
    super::browser::reload();
}
