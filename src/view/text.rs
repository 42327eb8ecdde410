/// The language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    En,
    Zh,
}

impl Language {
    /// The `lang` attribute of the document.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// What stands between two sentences.
    pub const fn between_sentences(self) -> &'static str {
        match self {
            Self::En => " ",
            Self::Zh => "",
        }
    }

    pub const fn other(self) -> Self {
        match self {
            Self::En => Self::Zh,
            Self::Zh => Self::En,
        }
    }
}

/// A text in both languages: a missing translation does not compile. Kafka's terms stay in English beside the
/// Chinese word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub en: &'static str,
    pub zh: &'static str,
}

impl Text {
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh }
    }

    pub const fn of(self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Zh => self.zh,
        }
    }

    /// The text with each `{}` replaced by the next part, and each `{1}` by the part of that number (from 0); a place
    /// without a part stays empty. `{record|records}` is the word that goes with the part before it: the first for 1.
    pub fn with(self, language: Language, parts: &[&dyn std::fmt::Display]) -> String {
        let mut pieces = self.of(language).split('{');
        let mut out = pieces.next().unwrap_or_default().to_owned();
        let (mut next, mut one) = (0, false);
        for piece in pieces {
            let Some((place, rest)) = piece.split_once('}') else { continue };
            if let Some((single, many)) = place.split_once('|') {
                out.push_str(if one { single } else { many });
            } else if let Some(part) = parts.get(place.parse().unwrap_or(next)) {
                let part = part.to_string();
                out.push_str(&part);
                one = part == "1";
            }
            next += usize::from(place.is_empty());
            out.push_str(rest);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_order_in_both_languages() {
        let text = Text::new("{} appends {}", "{} 追加 {}");
        assert_eq!(text.with(Language::En, &[&"b1", &12]), "b1 appends 12");
        assert_eq!(text.with(Language::Zh, &[&"b1", &12]), "b1 追加 12");
        assert_eq!(text.with(Language::En, &[&"b1"]), "b1 appends ");
    }

    #[test]
    fn one_thing_is_not_many() {
        let text = Text::new("{} {partition goes|partitions go} to {}", "{} 个分区分给 {}");
        assert_eq!(text.with(Language::En, &[&1, &"b1"]), "1 partition goes to b1");
        assert_eq!(text.with(Language::En, &[&0, &"b1"]), "0 partitions go to b1");
        assert_eq!(text.with(Language::Zh, &[&1, &"b1"]), "1 个分区分给 b1");
    }

    #[test]
    fn a_language_may_have_another_order() {
        let text = Text::new("offset {} of broker {}", "broker {1} 的 offset {0}");
        assert_eq!(text.with(Language::Zh, &[&7, &2]), "broker 2 的 offset 7");
    }
}
