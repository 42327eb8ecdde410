use yew::prelude::*;

use super::Draw;
use super::words as w;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::NodeId;
use crate::lab::Act;
use crate::view::Doings;
use crate::view::MemberView;

/// Members that are listed: those that need attention first.
const MOST: usize = 16;

/// Errors that are a part of the protocol: they tell a member what to do.
const PROTOCOL: [&str; 2] = ["REBALANCE_IN_PROGRESS", "MEMBER_ID_REQUIRED"];

/// Who is in the group, what each does, and how long it has left.
pub(super) fn list(draw: &Draw<'_>) -> Html {
    let (language, members) = (draw.language, &draw.view.members);
    if members.is_empty() {
        return Html::default();
    }
    let mut shown: Vec<&MemberView> = members.iter().collect();
    if shown.len() > MOST {
        shown.arrange_by_key(|member| matches!(member.state, Doings::Polling | Doings::Processing));
    }
    let rest = shown.split_off(shown.len().min(MOST)).len();
    html! {
        <>
            <h3 class="caption">{ w::MEMBERS.of(language) }</h3>
            <ul class="g-members">
                for member in shown {
                    { row(draw, member) }
                }
            </ul>
            if rest > 0 {
                <p class="quiet">{ w::MORE_MEMBERS_N.with(language, &[&rest]) }</p>
            }
        </>
    }
}

fn row(draw: &Draw<'_>, member: &MemberView) -> Html {
    let language = draw.language;
    let (doing, tone) = w::doings(member.state);
    let to_come = member.target.iter().filter(|p| !member.owned.contains(p)).count();
    let mut facts = vec![w::OWNS_N.with(language, &[&member.owned.len()])];
    if to_come > 0 {
        facts.push(w::TARGET_N.with(language, &[&to_come]));
    }
    facts.extend(member.epoch.map(|epoch| w::EPOCH.with(language, &[&epoch])));
    facts.extend(member.instance.as_ref().map(|instance| format!("group.instance.id {instance}")));
    let clock = |left: Option<i64>, text: crate::lesson::Text, title: crate::lesson::Text| {
        let left = left?;
        let late = (left <= 0).then_some("bad");
        Some(html! {
            <span class={classes!("mono", late)} title={title.of(language)}>
                { text.with(language, &[&w::span(left.max(0))]) }
            </span>
        })
    };
    let session = clock(member.session_left_ms, w::SESSION_LEFT, w::SESSION_TITLE);
    let poll = clock(member.poll_left_ms, w::POLL_LEFT, w::POLL_TITLE);
    html! {
        <li title={member.id.to_string()}>
            <p>
                <b>{ &*member.client }</b>
                if member.leads {
                    <span class="quiet">{ w::LEADS.of(language) }</span>
                }
                <span class={classes!("g-doing", tone)}>{ doing.of(language) }</span>
                { buttons(draw, member) }
            </p>
            <div class="quiet g-clocks">
                <span>{ facts.join(" · ") }</span>
                { session.unwrap_or_default() }
                { poll.unwrap_or_default() }
            </div>
            if let Some(call) = &member.call {
                <p class="warn g-call">
                    { w::IN_CALL.with(language, &[&call.call.name(), &w::span(call.waited_ms), &call.answered, &call.partitions, &w::span(call.left_ms.max(0))]) }
                </p>
            }
            if let Some((at, error)) = &member.last_error {
                <p class={if PROTOCOL.contains(&error.as_str()) { "quiet" } else { "bad" }}>{ w::LAST_ERROR.with(language, &[error, at]) }</p>
            }
        </li>
    }
}

/// What can be done to one member at a click.
fn buttons(draw: &Draw<'_>, member: &MemberView) -> Html {
    let Some(node) = member.node.filter(|_| member.state != Doings::Gone) else { return Html::default() };
    let button = |label: crate::lesson::Text, sign: &'static str, act: Act, danger: bool| {
        let said = label.with(draw.language, &[&member.client]);
        let desk = draw.desk.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            desk.act(act.clone());
        });
        html! {
            <button class={classes!("g-act", danger.then_some("bad"))} title={said.clone()} aria-label={said} {onclick}>
                { sign }
            </button>
        }
    };
    let node = NodeId(node);
    html! {
        <span class="g-acts">
            { button(w::REMOVE, "−", Act::RemoveClient { node }, false) }
            { button(w::CRASH, "✕", Act::Crash { node }, true) }
        </span>
    }
}
