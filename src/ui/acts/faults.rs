use yew::prelude::*;

use super::command::Command;
use super::command::commands_for;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::stage::Thing;
use crate::ui::words as w;
use crate::view::ClusterView;

/// What can be broken or mended: first of what is selected, then of everything.
#[component]
pub fn FaultMenu() -> Html {
    let desk = use_desk();
    let (language, cluster, selected) =
        use_pick(|page| (page.taste.language, page.seen.cluster.clone(), page.selected.clone()));
    let close = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.close())
    };
    let mut groups: Vec<(String, Vec<Command>)> = Vec::new();
    for thing in selected.into_iter().chain(all(&cluster)) {
        let name = w::thing_name(&thing, language);
        let acts: Vec<Command> = commands_for(&thing, &cluster, language)
            .into_iter()
            .filter(|c| matches!(c.what, super::What::Acts(_)))
            .collect();
        if !acts.is_empty() && groups.iter().all(|(known, _)| *known != name) {
            groups.push((name, acts));
        }
    }
    html! {
        <section class="dialog" role="dialog" aria-modal="true" aria-label={w::FAULT_TITLE.of(language)} id="fault-menu">
            <h2>{ w::FAULT_TITLE.of(language) }</h2>
            for (name, acts) in groups {
                <h3 class="caption named">{ name }</h3>
                <div class="row">{ buttons(&desk, &acts, true) }</div>
            }
            <div class="row"><span class="grow" /><button class="button" onclick={close}>{ w::CLOSE.of(language) }</button></div>
        </section>
    }
}

fn all(cluster: &ClusterView) -> Vec<Thing> {
    let mut things: Vec<Thing> = cluster.brokers.iter().map(|b| Thing::Broker(b.id)).collect();
    if cluster.controller.id != 0 {
        things.push(Thing::Controller);
    }
    things
}

/// A button for each command.
pub(in crate::ui) fn buttons(desk: &Desk, commands: &[Command], close: bool) -> Html {
    html! {
        for command in commands {
            <button
                class={classes!("button", command.breaks.then_some("danger"))}
                onclick={{
                    let (desk, command) = (desk.clone(), command.clone());
                    Callback::from(move |_: MouseEvent| {
                        if close {
                            desk.close();
                        }
                        command.run(&desk);
                    })
                }}
            >
                { &command.label }
            </button>
        }
    }
}
