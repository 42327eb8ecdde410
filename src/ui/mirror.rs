//! The stage for those who do not see it: the same things as a list, one place in the order of tabs, arrows to move.

use yew::prelude::*;

use super::browser::focus_on;
use super::desk::Desk;
use super::desk::use_desk;
use super::desk::use_pick;
use super::stage::Thing;
use super::telling;
use super::words as w;
use crate::kafka::base::NodeId;
use crate::lesson::Language;
use crate::view::ClusterView;
use crate::view::Role;

/// All objects as a hidden list, and the newest event as a spoken line.
#[component]
pub fn Mirror() -> Html {
    let desk = use_desk();
    let (language, selected) = use_pick(|page| (page.taste.language, page.selected.clone()));
    // Twice a second at most: what is read aloud must not run away.
    let cluster = use_pick(|page| (page.clock.at as u64 / 500_000, page.seen.cluster.partitions.len()));
    let _ = cluster;
    let cluster = desk.read(|page| page.seen.cluster.clone());
    let things = things(&cluster);
    let current = selected.as_ref().and_then(|s| things.iter().position(|t| t == s)).unwrap_or(0);
    let onkeydown = {
        let (desk, things) = (desk.clone(), things.clone());
        Callback::from(move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "ArrowDown" => current + 1,
                "ArrowUp" => current.saturating_sub(1),
                _ => return,
            };
            event.prevent_default();
            if let Some(thing) = things.get(next) {
                desk.select(Some(thing.clone()));
                focus_on(&id_of(thing));
            }
        })
    };
    html! {
        <>
            <ul class="sr" role="tree" id="mirror" aria-label={w::OBJECTS.of(language)} {onkeydown}>
                for (index, thing) in things.iter().enumerate() {
                    { row(&desk, thing, &cluster, language, index == current, selected.as_ref() == Some(thing)) }
                }
            </ul>
            <Spoken />
        </>
    }
}

fn id_of(thing: &Thing) -> String {
    format!("m-{thing}")
}

fn row(
    desk: &Desk,
    thing: &Thing,
    cluster: &ClusterView,
    language: Language,
    current: bool,
    on: bool,
) -> Html {
    let choose = {
        let (desk, thing) = (desk.clone(), thing.clone());
        Callback::from(move |_: MouseEvent| desk.point(Some(thing.clone())))
    };
    let level = if matches!(thing, Thing::Replica(..)) { "2" } else { "1" };
    html! {
        <li
            key={thing.to_string()}
            id={id_of(thing)}
            role="treeitem"
            aria-level={level}
            aria-selected={on.to_string()}
            tabindex={if current { "0" } else { "-1" }}
            onclick={choose}
        >
            { describe(thing, cluster, language) }
        </li>
    }
}

fn things(cluster: &ClusterView) -> Vec<Thing> {
    let mut out = Vec::new();
    if cluster.controller.id != 0 {
        out.push(Thing::Controller);
    }
    for broker in &cluster.brokers {
        out.push(Thing::Broker(broker.id));
        out.extend(broker.replicas.iter().map(|r| Thing::Replica(broker.id, r.partition.clone())));
    }
    out.extend(cluster.producers.iter().map(|p| Thing::Producer(p.id)));
    out.extend(cluster.consumers.iter().map(|c| Thing::Consumer(c.id)));
    out
}

/// A thing by its name and how it is, in one line.
pub fn describe(thing: &Thing, cluster: &ClusterView, language: Language) -> String {
    let name = w::thing_name(thing, language);
    let more = match thing {
        Thing::Controller => w::node_state(cluster.controller.state, language).to_string(),
        Thing::Broker(id) => cluster
            .broker(NodeId(*id))
            .map_or_else(String::new, |b| w::node_state(b.state, language).to_string()),
        Thing::Producer(id) => cluster.producers.iter().find(|p| p.id == *id).map_or_else(String::new, |p| {
            format!("acks={} · {}", p.acks, w::RECORDS_N.with(language, &[&p.sent_records]))
        }),
        Thing::Consumer(id) => cluster.consumers.iter().find(|c| c.id == *id).map_or_else(String::new, |c| {
            let lag: i64 = c.readings.iter().filter_map(crate::view::Reading::lag).sum();
            w::LAG_N.with(language, &[&lag])
        }),
        Thing::Replica(id, partition) => {
            cluster.replica(NodeId(*id), partition).map_or_else(String::new, |r| {
                let role = match r.role {
                    Role::Leader => w::LEADER,
                    Role::Follower if r.in_sync => w::FOLLOWER,
                    Role::Follower => w::OUT_OF_SYNC,
                    Role::Offline => w::OFFLINE,
                };
                format!("{} · {}…{} · HW {}", role.of(language), r.log_start, r.log_end, r.high_watermark)
            })
        }
        Thing::Record(id, partition, offset) => {
            cluster.replica(NodeId(*id), partition).map_or_else(String::new, |r| {
                if *offset < r.high_watermark { w::COMMITTED } else { w::NOT_COMMITTED }
                    .of(language)
                    .to_string()
            })
        }
        Thing::Message(id) => cluster.flights.iter().find(|f| f.id == *id).map_or_else(String::new, |f| {
            let api = f.api.map_or("TCP", crate::kafka::protocol::Api::name);
            format!(
                "{api} · {} → {} · {}",
                w::node_name(f.from, language),
                w::node_name(f.to, language),
                w::bytes(f.bytes)
            )
        }),
        Thing::Segment(..) | Thing::Link(..) => String::new(),
    };
    if more.is_empty() { name } else { format!("{name} · {more}") }
}

/// The newest event, for screen readers.
#[component]
fn Spoken() -> Html {
    let desk = use_desk();
    let (language, news) = use_pick(|page| (page.taste.language, page.seen.news.clone()));
    let line = news.first().map(|moment| {
        desk.engine(|engine| {
            let act = match moment.happened {
                crate::view::Happened::Act { number } => engine.act_of(number),
                _ => None,
            };
            telling::sentence(&moment.happened, act, language)
        })
    });
    html! { <p class="sr" aria-live="polite">{ line }</p> }
}
