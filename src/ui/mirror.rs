//! The stage for those who do not see it: the same things as a list, one place in the order of tabs, arrows to move.

use std::fmt::Display;
use std::ops::Range;

use yew::prelude::*;

use super::browser::focus_on;
use super::desk::Desk;
use super::desk::use_desk;
use super::desk::use_pick;
use super::stage::Thing;
use super::telling;
use super::words as w;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::lesson::Language;
use crate::view::BrokerView;
use crate::view::ClusterView;
use crate::view::ConsumerView;
use crate::view::HandoverView;
use crate::view::Reading;
use crate::view::Role;

/// All objects as a hidden list, and the newest event as a spoken line.
#[component]
pub fn Mirror() -> Html {
    let desk = use_desk();
    let (language, selected) = use_pick(|page| (page.taste.language, page.selected.clone()));
    // Twice a second at most: what is read aloud must not run away.
    let cluster = use_pick(|page| {
        let apart = if page.clock.playing { 500_000 } else { 1 };
        (page.clock.at as u64 / apart, page.seen.cluster.partitions.len())
    });
    let _ = cluster;
    let cluster = desk.read(|page| page.seen.cluster.clone());
    let things = things(&cluster, selected.as_ref());
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
            { travels(&cluster, language) }
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

/// With more replicas than this, of them only those around the selected one are listed: a page that holds thousands of
/// lines stutters, and nobody listens to them all.
const MANY: usize = 300;
const AROUND: usize = 50;

fn things(cluster: &ClusterView, selected: Option<&Thing>) -> Vec<Thing> {
    let mut out = Vec::new();
    if cluster.controller.id != 0 {
        out.push(Thing::Controller);
    }
    let many = cluster.brokers.iter().map(|broker| broker.replicas.len()).sum::<usize>() > MANY;
    for broker in &cluster.brokers {
        out.push(Thing::Broker(broker.id));
        let listed = if many { around(broker, selected) } else { 0..broker.replicas.len() };
        let replicas = broker.replicas[listed].iter();
        out.extend(replicas.map(|r| Thing::Replica(broker.id, r.partition.clone())));
    }
    out.extend(cluster.producers.iter().map(|p| Thing::Producer(p.id)));
    out.extend(cluster.consumers.iter().map(|c| Thing::Consumer(c.id)));
    out
}

/// Which replicas of a broker stand around the selected one: the first ones when it is the broker that is selected.
fn around(broker: &BrokerView, selected: Option<&Thing>) -> Range<usize> {
    let Some(selected) = selected.filter(|thing| thing.node() == Some(broker.id)) else { return 0..0 };
    let place = |partition: &TopicPartition| broker.replicas.iter().position(|r| r.partition == *partition);
    let at = selected.partition().and_then(place).unwrap_or(0);
    at.saturating_sub(AROUND)..(at + AROUND).min(broker.replicas.len())
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
        Thing::Consumer(id) => {
            cluster.consumers.iter().find(|c| c.id == *id).map_or_else(String::new, |c| consumer(c, language))
        }
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
    let line =
        news.first().map(|moment| desk.engine(|engine| telling::tell(engine, &moment.happened, language)));
    html! { <p class="sr" aria-live="polite">{ line }</p> }
}

/// How far a consumer is, and how it is in its group.
fn consumer(consumer: &ConsumerView, language: Language) -> String {
    let lag: i64 = consumer.readings.iter().filter_map(Reading::lag).sum();
    let mut said = w::LAG_N.with(language, &[&lag]);
    if let Some(member) = &consumer.group {
        let state = member.state.map_or("–", w::group_state);
        said.push_str(&format!(" · {} {state}", w::IN_GROUP.with(language, &[&member.group])));
        if let Some(doing) = member.doing {
            said.push_str(&format!(" · {}", w::doings(doing).0.of(language)));
        }
    }
    said
}

/// So many lines of what changes hands are told.
const TOLD: usize = 50;

/// What changes hands in groups, and what is read again, as a list.
fn travels(cluster: &ClusterView, language: Language) -> Html {
    let said = travelling(cluster, language);
    if said.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="sr" id="travels" aria-label={w::TRAVELS.of(language)}>
            for line in said { <li>{ line }</li> }
        </ul>
    }
}

/// The lines of that list; of very many the first, and how many more there are.
fn travelling(cluster: &ClusterView, language: Language) -> Vec<String> {
    let hands = cluster.handovers.iter().filter_map(|it| handover(it, cluster, language));
    let mut all = hands.chain(cluster.consumers.iter().flat_map(|it| again(it, language)));
    let mut said: Vec<String> = all.by_ref().take(TOLD).collect();
    let more = all.count();
    if more > 0 {
        said.push(w::TRAVELS_MORE.with(language, &[&more]));
    }
    said
}

fn handover(one: &HandoverView, cluster: &ClusterView, language: Language) -> Option<String> {
    let name = |id: i32| cluster.consumers.iter().find(|it| it.id == id).map(|it| it.name.clone());
    let (from, to) = (one.from.and_then(name), one.to.and_then(|(id, _)| name(id)));
    let many = one.count > 1;
    let what: &dyn Display = if many { &one.count } else { &one.partition };
    let pick = |single, together| if many { together } else { single };
    Some(match (from, to) {
        (Some(from), None) if one.to.is_none() => {
            let text = if one.lost {
                pick(w::TRAVEL_LOST, w::TRAVELS_LOST)
            } else {
                pick(w::TRAVEL_GIVEN_UP, w::TRAVELS_GIVEN_UP)
            };
            text.with(language, &[what, &from, &one.group])
        }
        (Some(from), Some(to)) if from == to => {
            pick(w::TRAVEL_BACK, w::TRAVELS_BACK).with(language, &[what, &to])
        }
        (Some(from), Some(to)) => pick(w::TRAVEL_MOVED, w::TRAVELS_MOVED).with(language, &[what, &from, &to]),
        (None, Some(to)) => pick(w::TRAVEL_FIRST, w::TRAVELS_FIRST).with(language, &[what, &to]),
        (None, None) if many && one.to.is_none() => w::TRAVELS_WAIT.with(language, &[what, &one.group]),
        _ => return None,
    })
}

/// What a consumer is given although its group had it already.
fn again(consumer: &ConsumerView, language: Language) -> Vec<String> {
    let told = |it: &Reading| {
        let again = it.again()?;
        let count = again.to - again.from;
        Some(w::TRAVEL_AGAIN.with(language, &[&consumer.name, &count, &it.partition, &again.from]))
    };
    consumer.readings.iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::kafka::base::Instant;
    use crate::kafka::base::name;
    use crate::view::ReplicaView;

    fn replica(partition: i32) -> Rc<ReplicaView> {
        Rc::new(ReplicaView {
            partition: TopicPartition::new(&name("orders"), partition),
            role: Role::Leader,
            in_sync: true,
            epoch: 0,
            log_start: 0,
            high_watermark: 0,
            log_end: 0,
            bytes: 0,
            segment_count: 0,
            segments: Rc::new([]),
        })
    }

    fn cluster(partitions: i32) -> ClusterView {
        let replicas = || (0..partitions).map(replica).collect();
        let broker = |id| Rc::new(BrokerView { id, replicas: replicas(), ..BrokerView::default() });
        ClusterView { brokers: vec![broker(1), broker(2)], ..ClusterView::default() }
    }

    #[test]
    fn of_thousands_of_replicas_those_around_the_selected_one_are_listed() {
        let large = cluster(1000);
        assert_eq!(things(&large, None).len(), 2, "the brokers");
        assert_eq!(things(&large, Some(&Thing::Broker(1))).len(), 2 + AROUND, "its first ones");
        let selected = Thing::Replica(2, TopicPartition::new(&name("orders"), 500));
        let listed = things(&large, Some(&selected));
        assert_eq!(listed.len(), 2 + 2 * AROUND);
        let at = listed.iter().position(|thing| *thing == selected).expect("it is among them");
        assert!(
            matches!(&listed[at + 1], Thing::Replica(2, next) if next.partition == 501),
            "an arrow goes on"
        );
        assert_eq!(things(&cluster(100), None).len(), 202, "few are listed all");
    }

    #[test]
    fn of_very_many_travels_the_first_are_told_and_how_many_more_there_are() {
        let member =
            |id: i32| Rc::new(ConsumerView { id, name: name(&format!("c-{id}")), ..ConsumerView::default() });
        let heap = |to: i32| HandoverView {
            partition: TopicPartition::new(&name("orders"), to),
            count: 10,
            group: name("billing"),
            from: None,
            left: Instant::ZERO,
            to: Some((to, Instant::ZERO)),
            lost: false,
            seat: 4,
            place: (0, 1000),
        };
        let mut view = ClusterView {
            consumers: (1..=100).map(member).collect(),
            handovers: (1..=100).map(heap).collect(),
            ..ClusterView::default()
        };
        let told = travelling(&view, Language::En);
        assert_eq!(told.len(), TOLD + 1);
        assert_eq!((&*told[0], &*told[TOLD]), ("10 partitions go to c-1", "and 50 more"));
        view.handovers.truncate(1);
        view.handovers[0] = HandoverView { count: 1, from: Some(2), ..view.handovers[0].clone() };
        assert_eq!(travelling(&view, Language::En), ["orders-1 goes from c-2 to c-1"]);
        view.handovers[0] = HandoverView { count: 7, to: None, lost: true, ..view.handovers[0].clone() };
        assert_eq!(
            travelling(&view, Language::En),
            ["7 partitions: c-2 lost them; nobody in group billing has them"]
        );
        view.handovers[0].from = None;
        assert_eq!(travelling(&view, Language::En), ["7 partitions: nobody in group billing has them"]);
    }
}
