//! What the reader prefers, kept by the browser.

use super::desk::Desk;
use super::desk::Taste;
use crate::lesson::Language;

/// Changes a preference, keeps it, and lets the document know.
pub fn change(desk: &Desk, change: impl FnOnce(&mut Taste)) {
    desk.change(|page| change(&mut page.taste));
    let taste = desk.read(|page| page.taste.clone());
    keep(&taste);
    apply(&taste);
    desk.tell();
}

/// One letter a preference: small, and readable in the browser's own tools.
pub fn to_text(taste: &Taste) -> String {
    let mut out = String::new();
    out.push(if taste.language == Language::Zh { 'Z' } else { 'E' });
    out.push(if taste.light { 'L' } else { 'D' });
    out.push(if taste.letters { 'K' } else { 'k' });
    out
}

/// Reads what [`to_text`] wrote, over what the system prefers.
pub fn from_text(text: &str, mut taste: Taste) -> Taste {
    for letter in text.chars() {
        match letter {
            'Z' => taste.language = Language::Zh,
            'E' => taste.language = Language::En,
            'L' => taste.light = true,
            'D' => taste.light = false,
            'K' => taste.letters = true,
            'k' => taste.letters = false,
            _ => {}
        }
    }
    taste
}

/// The language that an address asks for (`…&lang=zh`), over what the reader prefers.
pub fn of_address(text: &str, mut taste: Taste) -> Taste {
    match text.split('&').find_map(|pair| pair.strip_prefix("lang=")) {
        Some("zh") => taste.language = Language::Zh,
        Some("en") => taste.language = Language::En,
        _ => {}
    }
    taste
}

#[cfg(target_arch = "wasm32")]
fn keep(taste: &Taste) {
    super::browser::Store::put("taste", &to_text(taste));
}

#[cfg(not(target_arch = "wasm32"))]
fn keep(_: &Taste) {}

/// Lets the document's root know: style sheets and screen readers look there.
#[cfg(target_arch = "wasm32")]
pub fn apply(taste: &Taste) {
    // A projector washes dark pictures out: presenting is light.
    let (light, _) = taste.colours();
    super::browser::set_root("data-theme", if light { "light" } else { "dark" });
    super::browser::set_root("lang", taste.language.tag());
    super::browser::set_root("data-present", taste.present.tag());
}

#[cfg(not(target_arch = "wasm32"))]
pub fn apply(_: &Taste) {}

/// What the system and the last visit say.
#[cfg(target_arch = "wasm32")]
pub fn first() -> Taste {
    let system = Taste {
        language: if super::browser::prefers_chinese() { Language::Zh } else { Language::En },
        light: super::browser::prefers_light(),
        still: super::browser::prefers_stillness(),
        ..Taste::default()
    };
    from_text(&super::browser::Store::get("taste").unwrap_or_default(), system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_come_back_as_they_were_kept() {
        let taste = Taste { language: Language::Zh, light: true, letters: false, ..Taste::default() };
        assert_eq!(from_text(&to_text(&taste), Taste::default()), taste);
        assert_eq!(from_text("?!", Taste::default()), Taste::default());
    }
}
