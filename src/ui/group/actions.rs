use yew::prelude::*;

use super::Draw;
use super::words as w;

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
            </div>
        </>
    }
}
