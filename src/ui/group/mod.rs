//! The Group view: who reads what, and what a rebalance costs. On the left the real requests between the members and
//! their coordinator, in the middle who had and has which partition, beside it the panel that says why.

mod actions;
mod axis;
mod chart;
mod lag;
mod members;
mod message;
mod moved;
mod panel;
mod strips;
mod words;

use yew::prelude::*;

use crate::kafka::base::Name;
use crate::lesson::Language;
use crate::ui::desk::Desk;
use crate::ui::desk::Shared;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::engine::Engine;
use crate::ui::words as common;
use crate::view::GroupLine;
use crate::view::GroupView;

pub use panel::GroupPanel;
use words as w;

/// A part of the view. Each draws itself: in a crowd no two of them in one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Head,
    Chart,
    /// Who had, has and was reading what.
    Shares,
    /// Beside the middle.
    Panel,
}

/// The middle of the Group view.
#[component]
pub fn GroupScreen() -> Html {
    let desk = use_desk();
    match use_pick(move |_| desk.group().is_some()) {
        true => middle(|part| html! { <GroupFrame {part} /> }),
        false => html! { <Empty /> },
    }
}

/// Where the parts of the middle stand.
pub fn middle(draw: impl Fn(Part) -> Html) -> Html {
    html! {
        <section class="group" id="group">
            <header class="sending-head">{ draw(Part::Head) }</header>
            <div class="g-two">
                { draw(Part::Chart) }
                <div class="g-right">{ draw(Part::Shares) }</div>
            </div>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FrameProps {
    part: Part,
}

/// A part of the group that is looked at.
#[component]
fn GroupFrame(FrameProps { part }: &FrameProps) -> Html {
    let desk = use_desk();
    let _ = use_pick(|page| (page.taste.language, page.group.clone(), page.seen.cluster.clone()));
    desk.group().map_or_else(Html::default, |view| html! { <GroupPicture {view} part={*part} /> })
}

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub view: Shared<GroupView>,
    pub part: Part,
}

/// A part of a group, drawn.
#[component]
pub fn GroupPicture(Props { view, part }: &Props) -> Html {
    let desk = use_desk();
    let (language, open, large) = use_pick(|page| (page.taste.language, page.group.line, page.taste.large()));
    let draw = Draw { desk: &desk, view, open, language, large };
    match part {
        Part::Head => html! {
            <>
                { choose(&draw) }
                <p class="quiet">{ sums(&draw) }</p>
            </>
        },
        Part::Chart => chart::card(&draw),
        Part::Shares => html! {
            <>
                { moved::card(&draw) }
                { strips::card(&draw) }
            </>
        },
        Part::Panel => panel::body(&draw, desk.engine(Engine::branch)),
    }
}

/// What every part needs to draw itself.
struct Draw<'a> {
    desk: &'a Desk,
    view: &'a GroupView,
    /// The line of the chart that is open.
    open: Option<u64>,
    language: Language,
    /// How much larger texts are than usual, for a class.
    large: f32,
}

impl Draw<'_> {
    /// A machine by the name that the group knows it by.
    fn name(&self, node: i32) -> String {
        let view = self.view;
        let column = view.chart.columns.iter().find(|it| it.node == node && !it.coordinator);
        let known = column.map(|it| &it.name);
        let known =
            known.or_else(|| view.members.iter().find(|it| it.node == Some(node)).map(|it| &it.client));
        known.map_or_else(|| common::node_name(node, self.language), ToString::to_string)
    }

    /// A machine by a name that fits into a column.
    fn short(&self, node: i32) -> String {
        short(&self.name(node))
    }

    /// A member by its name; the id of one that is gone begins with it.
    fn member_name(&self, id: &Name) -> String {
        let member = self.view.members.iter().find(|member| member.id == *id);
        member.map_or_else(|| common::client_of(id), |member| &member.client).to_owned()
    }
}

/// The names that the laboratory gives, shortened: `consumer-4` is c4.
fn short(name: &str) -> String {
    let number = name.strip_prefix("consumer-").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    number.map_or_else(|| name.to_owned(), |number| format!("c{number}"))
}

fn sums(draw: &Draw<'_>) -> String {
    let (language, view) = (draw.language, draw.view);
    let known: Vec<i64> = view.lag.iter().filter_map(|line| line.lag).collect();
    let lag = match known[..] {
        [] => w::NO_LAG.of(language).to_owned(),
        _ => common::count(known.iter().sum::<i64>().max(0).unsigned_abs()),
    };
    w::SUMS.with(language, &[&w::state(view.state), &view.members.len(), &view.lag.len(), &lag])
}

/// Which group is looked at.
fn choose(draw: &Draw<'_>) -> Html {
    let lines = draw.desk.groups();
    let onchange = {
        let desk = draw.desk.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() else { return };
            let name = Name::from(select.value());
            desk.change(|page| {
                page.group.name = Some(name);
                page.group.line = None;
            });
        })
    };
    html! {
        <h2>
            <label>
                <span class="sr">{ w::CHOOSE.of(draw.language) }</span>
                <select id="group-choice" class="name mono" {onchange}>
                    for GroupLine { name, .. } in &*lines {
                        <option value={name.to_string()} selected={*name == draw.view.name}>{ name.to_string() }</option>
                    }
                </select>
            </label>
        </h2>
    }
}

/// No group yet: what one is, and a way to see one.
#[component]
fn Empty() -> Html {
    let desk = use_desk();
    let language = use_pick(|page| page.taste.language);
    if let Some(line) = desk.groups().first() {
        return html! {
            <section class="group g-empty" id="group">
                <h2>{ w::LOOKING.with(language, &[&line.name]) }</h2>
                <p>{ w::LOOKING_SAYS.of(language) }</p>
            </section>
        };
    }
    let onclick = Callback::from(move |_: MouseEvent| {
        if desk.add_group() {
            desk.play(true);
        }
    });
    html! {
        <section class="group g-empty" id="group">
            <h2>{ w::NO_GROUP.of(language) }</h2>
            <p>{ w::NO_GROUP_SAYS.of(language) }</p>
            <button class="button primary" id="add-group" {onclick}>{ w::ADD_THREE.of(language) }</button>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::short;
    use crate::ui::words::client_of;

    #[test]
    fn a_member_that_is_gone_is_called_by_the_client_of_its_id() {
        assert_eq!(client_of("consumer-4-46fd14d6-a61c-0567-f397-a9a2dda7ca46"), "consumer-4");
        assert_eq!(client_of("a7Qk2-x"), "a7Qk2-x");
        assert_eq!(
            [short("consumer-4"), short("consumer-x"), short("billing")],
            ["c4", "consumer-x", "billing"]
        );
    }
}
