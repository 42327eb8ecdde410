//! The inspector: what is selected, how it is, why it waits, and what can be done to it.

mod state;

use yew::prelude::*;

use crate::ui::acts::buttons;
use crate::ui::acts::commands_for;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::stage::Thing;
use crate::ui::words as w;
use crate::view::hue_of;

/// The right panel.
#[component]
pub fn Inspector() -> Html {
    let desk = use_desk();
    let (language, selected, cluster) =
        use_pick(|page| (page.taste.language, page.selected.clone(), page.seen.cluster.clone()));
    let Some(thing) = selected.or_else(|| first(&cluster)) else {
        return html! { <p class="quiet">{ w::NOTHING_SELECTED.of(language) }</p> };
    };
    let commands = commands_for(&thing, &cluster, language);
    let hue = thing.partition().map(|p| format!("hue{}", hue_of(p)));
    html! {
        <section id="inspector">
            <h2 class="title">
                if let Some(hue) = hue {
                    <span class={classes!("swatch", hue)} />
                }
                { w::thing_name(&thing, language) }
            </h2>
            { state::rows(&thing, &cluster, language) }
            if !commands.is_empty() {
                <h2 class="caption">{ w::ACTIONS.of(language) }</h2>
                <div class="row">{ buttons(&desk, &commands, false) }</div>
            }
        </section>
    }
}

/// What is shown before anything was selected: the first partition on its leader.
fn first(cluster: &crate::view::ClusterView) -> Option<Thing> {
    let partition = cluster.partitions.first()?;
    Some(Thing::Replica(partition.leader?, partition.partition.clone()))
}
