use yew::prelude::*;

use crate::lesson::Language;
use crate::lesson::Text;
use crate::ui::dotted::dotted;

/// Names with values, line by line.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Pairs(Vec<(AttrValue, String, Option<&'static str>)>);

impl Pairs {
    pub(super) fn put(&mut self, language: Language, name: Text, value: impl ToString) {
        self.0.push((name.of(language).into(), value.to_string(), None));
    }

    /// With a class that says what the value means: `ok`, `warn`, `bad`.
    pub(super) fn toned(
        &mut self,
        language: Language,
        name: Text,
        value: impl ToString,
        tone: Option<&'static str>,
    ) {
        self.0.push((name.of(language).into(), value.to_string(), tone));
    }

    /// With a name that is Kafka's own.
    pub(super) fn named(&mut self, name: impl Into<AttrValue>, value: impl ToString) {
        self.0.push((name.into(), value.to_string(), None));
    }

    pub(super) fn html(self) -> Html {
        html! {
            <dl class="pairs">
                for (name, value, tone) in self.0 {
                    <dt>{ dotted(&name) }</dt>
                    <dd class={classes!("mono", tone)}>{ value }</dd>
                }
            </dl>
        }
    }
}

/// A heading with what is below it.
pub(super) fn part(title: impl ToString, body: Html) -> Html {
    html! { <><h2 class="caption">{ title.to_string() }</h2>{ body }</> }
}

/// As [`part`], with a name in the heading that stays as it is written.
pub(super) fn named_part(title: impl ToString, body: Html) -> Html {
    html! { <><h2 class="caption named">{ title.to_string() }</h2>{ body }</> }
}

/// Seconds with milliseconds since a moment.
pub(super) fn ago(now: crate::kafka::base::Instant, then: crate::kafka::base::Instant) -> String {
    let ms = now.since(then).as_millis();
    format!("{}.{:03}", ms / 1000, ms % 1000)
}
