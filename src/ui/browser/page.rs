use wasm_bindgen::JsCast;
use web_sys::Element;
use web_sys::HtmlElement;
use web_sys::Window;

use super::now_ms;

fn window() -> Option<Window> {
    web_sys::window()
}

fn matches(query: &str) -> bool {
    window().and_then(|w| w.match_media(query).ok().flatten()).is_some_and(|m| m.matches())
}

pub fn prefers_light() -> bool {
    matches("(prefers-color-scheme: light)")
}

/// Whether the reader asked the system for less movement.
pub fn prefers_stillness() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

pub fn prefers_chinese() -> bool {
    window().and_then(|w| w.navigator().language()).is_some_and(|tag| tag.starts_with("zh"))
}

/// Sets an attribute of the document's root: the theme, the language.
pub fn set_root(attribute: &str, value: &str) {
    if let Some(root) = window().and_then(|w| w.document()).and_then(|d| d.document_element()) {
        let _ = root.set_attribute(attribute, value);
    }
}

/// What follows `#` in the page's address.
pub fn hash() -> String {
    window()
        .and_then(|w| w.location().hash().ok())
        .map(|h| h.trim_start_matches('#').to_string())
        .unwrap_or_default()
}

/// Whether the address asks for the page as a part of another one: `?embed=1`, or `#…&embed=1`.
pub fn embedded() -> bool {
    let search = window().and_then(|w| w.location().search().ok()).unwrap_or_default();
    let asks = |text: &str| text.split(['?', '&']).any(|pair| pair == "embed=1");
    asks(&search) || asks(&hash())
}

/// Whether nobody can see the page.
fn hidden() -> bool {
    window().and_then(|w| w.document()).is_some_and(|document| document.hidden())
}

/// How long the engine works until the page has its turn, in ms; and when nobody sees the page, where a turn comes once a
/// second.
const SLICE_MS: f64 = 30.0;
const HIDDEN_SLICE_MS: f64 = 500.0;

/// Whether there is time left in a turn of work that begins now.
pub fn turn() -> impl Fn() -> bool {
    let end = now_ms() + if hidden() { HIDDEN_SLICE_MS } else { SLICE_MS };
    move || now_ms() < end
}

/// Lets the browser do what else it has to do.
pub async fn pass_turn() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            let _ = window.set_timeout_with_callback(&resolve);
        }
    });
    let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
}

/// Fills the whole screen, or leaves it.
pub fn full_screen() {
    let Some(document) = window().and_then(|w| w.document()) else { return };
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        let _ = root.request_fullscreen();
    }
}

/// The colours of the theme as declarations: `--bg:#fff;…`.
pub fn token_values() -> String {
    const TOKENS: [&str; 22] = [
        "--words",
        "--mono",
        "--bg",
        "--panel",
        "--panel2",
        "--line",
        "--ink",
        "--ink2",
        "--ink3",
        "--accent",
        "--ok",
        "--warn",
        "--bad",
        "--p0",
        "--p1",
        "--p2",
        "--p3",
        "--p4",
        "--p5",
        "--on-hue",
        "--accent-soft",
        "--bad-soft",
    ];
    let root = window().and_then(|w| w.document()).and_then(|d| d.document_element());
    let style = window().zip(root).and_then(|(w, root)| w.get_computed_style(&root).ok().flatten());
    let Some(style) = style else { return String::new() };
    TOKENS
        .iter()
        .map(|name| format!("{name}:{};", style.get_property_value(name).unwrap_or_default()))
        .collect()
}

/// Puts a text behind `#` without adding to the browser's history.
pub fn set_hash(text: &str) {
    let Some(window) = window() else { return };
    let address =
        if text.is_empty() { window.location().pathname().unwrap_or_default() } else { format!("#{text}") };
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
    }
}

/// The page's address without what follows `#`.
pub fn address() -> String {
    let href = window().and_then(|w| w.location().href().ok()).unwrap_or_default();
    href.split('#').next().unwrap_or_default().to_string()
}

/// Puts a text on the clipboard; false where the browser forbids it.
pub async fn copy_text(text: String) -> bool {
    let Some(window) = window() else { return false };
    let promise = window.navigator().clipboard().write_text(&text);
    wasm_bindgen_futures::JsFuture::from(promise).await.is_ok()
}

/// Whether the reader is typing into a field.
pub fn typing() -> bool {
    let active = window().and_then(|w| w.document()).and_then(|d| d.active_element());
    active.is_some_and(|e| match e.tag_name().as_str() {
        "INPUT" => !matches!(e.get_attribute("type").as_deref(), Some("radio" | "checkbox")),
        "TEXTAREA" | "SELECT" => true,
        _ => false,
    })
}

/// Whether the focus is on something that uses the space bar itself.
pub fn on_button() -> bool {
    let active = window().and_then(|w| w.document()).and_then(|d| d.active_element());
    active.is_some_and(|e| matches!(e.tag_name().as_str(), "BUTTON" | "A" | "SUMMARY"))
}

/// Moves the focus to the element of this id.
pub fn focus_on(id: &str) {
    let element = window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    if let Some(element) = element {
        // Also a part of a drawing, which has the same method and another class.
        let _ = element.unchecked_into::<HtmlElement>().focus();
    }
}

/// What lies beside an element of the page is out of reach of the keyboard until this is dropped; then what had the focus
/// by keyboard gets it back. After a click it does not: the space bar would press what was clicked, not play.
pub struct Held {
    beside: Vec<Element>,
    before: Option<Element>,
}

impl Held {
    pub fn new(element: Element) -> Self {
        let active = window().and_then(|w| w.document()).and_then(|d| d.active_element());
        let before = active.filter(|active| active.matches(":focus-visible").unwrap_or(false));
        let mut beside = Vec::new();
        let mut next = element.previous_element_sibling();
        while let Some(one) = next {
            next = one.previous_element_sibling();
            let _ = one.set_attribute("inert", "");
            beside.push(one);
        }
        Self { beside, before }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for one in &self.beside {
            let _ = one.remove_attribute("inert");
        }
        if let Some(before) = self.before.take().filter(|before| before.is_connected()) {
            let _ = before.unchecked_into::<HtmlElement>().focus();
        }
    }
}

/// Moves the focus to the dialog in an element, unless something in it has the focus.
pub fn focus_dialog(inside: &Element) {
    let active = window().and_then(|w| w.document()).and_then(|d| d.active_element());
    if active.is_some_and(|active| inside.contains(Some(&active))) {
        return;
    }
    if let Ok(Some(dialog)) = inside.query_selector("[role=dialog]") {
        let _ = dialog.set_attribute("tabindex", "-1");
        let _ = dialog.unchecked_into::<HtmlElement>().focus();
    }
}

/// Brings the element of this id into sight.
pub fn scroll_to(id: &str) {
    let element = window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    if let Some(element) = element {
        element.scroll_into_view();
    }
}

pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Device pixels a CSS pixel, at most 2: more cannot be seen and costs four times as much.
pub fn pixel_ratio() -> f64 {
    window().map_or(1.0, |w| w.device_pixel_ratio()).clamp(1.0, 2.0)
}

/// Waits until the fonts that the page names are there.
pub async fn fonts_ready() {
    use js_sys::Reflect;
    let Some(document) = window().and_then(|w| w.document()) else { return };
    let ready =
        Reflect::get(&document, &"fonts".into()).and_then(|fonts| Reflect::get(&fonts, &"ready".into()));
    if let Some(promise) = ready.ok().and_then(|ready| ready.dyn_into::<js_sys::Promise>().ok()) {
        let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
    }
}
