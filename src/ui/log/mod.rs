//! The Log view: one replica's directory, from its segments down to the bytes of a record.

use yew::prelude::*;

use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::words as w;

/// The middle of the Log view.
#[component]
pub fn LogScreen() -> Html {
    let desk = use_desk();
    let (language, focus, cluster) =
        use_pick(|page| (page.taste.language, page.log.clone(), page.seen.cluster.clone()));
    let _ = desk;
    let shown = focus.partition.clone().or_else(|| cluster.partitions.first().map(|p| p.partition.clone()));
    let Some(partition) = shown else {
        return html! { <p class="quiet">{ w::NO_PARTITIONS.of(language) }</p> };
    };
    html! {
        <section class="log" id="log">
            <h2>{ partition.to_string() }</h2>
        </section>
    }
}
