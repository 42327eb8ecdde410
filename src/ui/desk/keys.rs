use super::speed::Speed;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    PlayOrPause,
    Step {
        forward: bool,
    },
    Beat {
        forward: bool,
    },
    Start,
    End,
    Speed(Speed),
    Fault,
    Why,
    Bookmark,
    Search,
    Help,
    Escape,
    Fit,
    /// A presenter's keys.
    FullScreen,
    Blank,
    /// The next or last thing of a lesson.
    Turn {
        forward: bool,
    },
    /// An answer, counted from 0.
    Choose(usize),
    /// Lock, run, go on.
    Enter,
}

/// A key as the browser names it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Key<'a> {
    pub key: &'a str,
    pub shift: bool,
    /// Control or the Apple key.
    pub command: bool,
    pub alt: bool,
    /// A text field has the focus.
    pub typing: bool,
    /// A button has the focus, which the space bar presses.
    pub on_button: bool,
    /// Presenter mode is on.
    pub presenting: bool,
    /// Single-character keys are switched on.
    pub letters: bool,
    /// A lesson or a question is open, which a presenter's remote turns the pages of.
    pub lesson: bool,
    /// How many answers can be chosen from.
    pub choices: usize,
}

/// What a key does, if anything. Single characters do nothing while a text field has the focus, and can be switched
/// off (WCAG 2.1.4).
pub fn wish(key: &Key<'_>) -> Option<Wish> {
    if key.command && key.key.eq_ignore_ascii_case("k") {
        return Some(Wish::Search);
    }
    if key.key == "Escape" {
        return Some(Wish::Escape);
    }
    if key.command || key.alt || key.typing {
        return None;
    }
    let named = match key.key {
        "ArrowLeft" => {
            Some(if key.shift { Wish::Beat { forward: false } } else { Wish::Step { forward: false } })
        }
        "ArrowRight" => {
            Some(if key.shift { Wish::Beat { forward: true } } else { Wish::Step { forward: true } })
        }
        "PageUp" if key.lesson => Some(Wish::Turn { forward: false }),
        "PageDown" if key.lesson => Some(Wish::Turn { forward: true }),
        "Enter" if key.lesson && !key.on_button => Some(Wish::Enter),
        "PageUp" => Some(Wish::Beat { forward: false }),
        "PageDown" => Some(Wish::Beat { forward: true }),
        "Home" => Some(Wish::Start),
        "End" => Some(Wish::End),
        " " if !key.on_button => Some(Wish::PlayOrPause),
        _ => None,
    };
    if named.is_some() || !key.letters {
        return named;
    }
    let presenters = key.presenting && key.shift;
    if let Some(choice) = choice(key.key).filter(|choice| *choice < key.choices && !presenters) {
        return Some(Wish::Choose(choice));
    }
    match key.key {
        "." => Some(Wish::PlayOrPause),
        "F" if key.shift && key.presenting => Some(Wish::FullScreen),
        "B" if key.shift && key.presenting => Some(Wish::Blank),
        "f" | "F" if !key.shift => Some(Wish::Fault),
        "y" | "Y" => Some(Wish::Why),
        "b" | "B" if !key.shift => Some(Wish::Bookmark),
        "0" => Some(Wish::Fit),
        "/" => Some(Wish::Search),
        "?" => Some(Wish::Help),
        digit => digit.parse().ok().and_then(Speed::of_key).map(Wish::Speed),
    }
}

/// The answer that A–H or 1–8 stands for.
fn choice(key: &str) -> Option<usize> {
    let [byte] = key.as_bytes() else { return None };
    match byte {
        b'1'..=b'8' => Some(usize::from(byte - b'1')),
        b'a'..=b'h' => Some(usize::from(byte - b'a')),
        b'A'..=b'H' => Some(usize::from(byte - b'A')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str) -> Option<Wish> {
        wish(&Key { key, letters: true, ..Key::default() })
    }

    #[test]
    fn the_keys_of_the_help_do_what_it_says() {
        assert_eq!(press(" "), Some(Wish::PlayOrPause));
        assert_eq!(press("."), Some(Wish::PlayOrPause));
        assert_eq!(press("ArrowRight"), Some(Wish::Step { forward: true }));
        assert_eq!(press("9").map(|w| matches!(w, Wish::Speed(s) if s.key() == 9)), Some(true));
        assert_eq!(press("x"), None);
    }

    #[test]
    fn letters_do_nothing_in_a_text_field_or_when_switched_off() {
        assert_eq!(wish(&Key { key: "f", typing: true, letters: true, ..Key::default() }), None);
        assert_eq!(wish(&Key { key: "f", letters: false, ..Key::default() }), None);
        assert_eq!(
            wish(&Key { key: "ArrowLeft", letters: false, ..Key::default() }),
            Some(Wish::Step { forward: false })
        );
    }

    #[test]
    fn an_open_question_takes_the_letters_and_digits_of_its_answers_and_no_more() {
        let asked = |key| wish(&Key { key, letters: true, lesson: true, choices: 3, ..Key::default() });
        assert_eq!(asked("B"), Some(Wish::Choose(1)));
        assert_eq!(asked("3"), Some(Wish::Choose(2)));
        assert!(matches!(asked("4"), Some(Wish::Speed(_))));
        assert_eq!(asked("f"), Some(Wish::Fault));
        assert_eq!(asked("PageDown"), Some(Wish::Turn { forward: true }));
        assert_eq!(press("PageDown"), Some(Wish::Beat { forward: true }));
        assert_eq!(wish(&Key { key: "b", lesson: true, choices: 3, ..Key::default() }), None);
    }

    #[test]
    fn the_space_bar_presses_the_button_that_has_the_focus() {
        assert_eq!(wish(&Key { key: " ", on_button: true, letters: true, ..Key::default() }), None);
    }
}
