use yew::prelude::*;

/// A name such as `log.retention.bytes`: where it does not fit a line, it is broken behind a dot.
pub(super) fn dotted(name: &str) -> Html {
    name.split_inclusive('.').map(|part| html! { <>{ part.to_owned() }<wbr /></> }).collect()
}
