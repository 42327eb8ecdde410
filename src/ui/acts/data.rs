use yew::prelude::*;

/// Your own data: paste or drop, look, produce.
#[component]
pub fn DataDrop() -> Html {
    Html::default()
}
