use std::cell::Cell;
use std::rc::Rc;

use web_sys::Element;
use web_sys::window;

use super::Listener;

/// What is seen until the page draws: the words of `index.html`, here with how far a world has come and a way out.
pub struct Shell {
    bar: Option<Element>,
    left: Rc<Cell<bool>>,
    _listener: Option<Listener>,
}

impl Shell {
    /// Says what is waited for; the button ends the waiting.
    pub fn new(says: &str, button: &str) -> Self {
        let left = Rc::new(Cell::new(false));
        let mut shell = Self { bar: None, left: left.clone(), _listener: None };
        let Some(document) = window().and_then(|w| w.document()) else { return shell };
        let add = |tag: &str, text: &str| {
            let element = document.create_element(tag).ok()?;
            element.set_class_name(tag);
            element.set_text_content(Some(text));
            document.get_element_by_id("shell")?.append_child(&element).ok()?;
            Some(element)
        };
        if let Some(line) = document.get_element_by_id("shell-says") {
            line.set_text_content(Some(says));
        }
        shell.bar = add("progress", "");
        if let Some(bar) = &shell.bar {
            let _ = bar.set_attribute("aria-labelledby", "shell-says");
        }
        shell._listener =
            add("button", button).map(|button| Listener::new(&button, "click", move |_| left.set(true)));
        shell
    }

    /// Shows how much of the way is behind, from 0 to 1.
    pub fn shows(&self, share: f64) {
        if let Some(bar) = &self.bar {
            let _ = bar.set_attribute("value", &share.to_string());
        }
    }

    /// Whether the reader does not want to wait any longer.
    pub fn is_left(&self) -> bool {
        self.left.get()
    }
}
