use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::lesson::GroupPair;
use crate::lesson::Instead;
use crate::lesson::Text;
use crate::ui::acts::Command;
use crate::ui::acts::group_commands;
use crate::view::Doings;

/// What can be done to the group at a click.
pub(super) fn row(draw: &Draw<'_>) -> Html {
    let language = draw.language;
    let onclick = {
        let (desk, group) = (draw.desk.clone(), draw.view.name.clone());
        Callback::from(move |_: MouseEvent| {
            desk.add_member(&group);
        })
    };
    html! {
        <>
            <h3 class="caption">{ w::ACTIONS.of(language) }</h3>
            <div class="row" id="group-actions">
                <button class="chip" id="add-member" {onclick}>{ w::ADD_MEMBER.of(language) }</button>
                for command in group_commands(&draw.view.name, &running(draw), language) {
                    { button(draw, command) }
                }
            </div>
            <h3 class="caption">{ w::FORK.of(language) }</h3>
            <p class="quiet">{ GroupPair::SAYS.of(language) }</p>
            <div class="row" id="group-forks">
                for instead in Instead::ALL {
                    { fork(draw, &format!("fork-{instead:?}"), instead.name(), vec![instead]) }
                }
                { fork(draw, "fork-all", w::FORK_ALL, Instead::ALL.to_vec()) }
            </div>
        </>
    }
}

/// The machines of the members that run, in the order in which they came.
fn running(draw: &Draw<'_>) -> Vec<i32> {
    draw.view
        .members
        .iter()
        .filter(|member| member.state != Doings::Gone)
        .filter_map(|member| member.node)
        .collect()
}

fn button(draw: &Draw<'_>, command: Command) -> Html {
    let desk = draw.desk.clone();
    let class = classes!("chip", command.breaks.then_some("danger"));
    let label = command.label.clone();
    let onclick = Callback::from(move |_: MouseEvent| command.run(&desk));
    html! { <button {class} {onclick}>{ label }</button> }
}

fn fork(draw: &Draw<'_>, id: &str, name: Text, ways: Vec<Instead>) -> Html {
    let (desk, group) = (draw.desk.clone(), draw.view.name.clone());
    let onclick = Callback::from(move |_: MouseEvent| desk.fork_group(&group, &ways));
    html! { <button class="chip" id={id.to_owned()} {onclick}>{ name.of(draw.language) }</button> }
}
