//! The inspector: what is selected, how it is, why it waits, and what can be done to it.

mod clients;
mod log;
mod machines;
mod message;
mod pairs;
mod replica;
mod state;
mod words;

use yew::prelude::*;

pub use message::message_body;

use message::MessagePanel;
use pairs::part;
use words as w;

use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::lesson::Language;
use crate::ui::acts::buttons;
use crate::ui::acts::commands_for;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::stage::Thing;
use crate::ui::why::AskedMoment;
use crate::ui::why::FollowButton;
use crate::ui::why::Questions;
use crate::ui::words as common;
use crate::view::BrokerDetail;
use crate::view::ClusterView;
use crate::view::ConsumerDetail;
use crate::view::ControllerDetail;
use crate::view::LinkDetail;
use crate::view::ProducerDetail;
use crate::view::ReplicaDetail;
use crate::view::hue_of;

/// The right panel.
#[component]
pub fn Inspector() -> Html {
    let desk = use_desk();
    let (language, selected, cluster) =
        use_pick(|page| (page.taste.language, page.selected.clone(), page.seen.cluster.clone()));
    let Some(thing) = selected.or_else(|| first(&cluster)) else {
        return html! { <p class="quiet">{ common::NOTHING_SELECTED.of(language) }</p> };
    };
    let commands = commands_for(&thing, &cluster, language);
    let hue = thing.partition().map(|p| format!("hue{}", hue_of(p)));
    html! {
        <section id="inspector">
            <h2 class="title">
                if let Some(hue) = hue {
                    <span class={classes!("swatch", hue)} />
                }
                { common::thing_name(&thing, language) }
            </h2>
            <AskedMoment {language} />
            if let Thing::Record(_, partition, offset) = &thing {
                <div class="row"><FollowButton partition={partition.clone()} offset={*offset} {language} /></div>
            }
            <Questions thing={thing.clone()} {language} />
            { body(&desk, &thing, &cluster, language) }
            { ways_in(&desk, &thing, language) }
            if !commands.is_empty() {
                <h2 class="caption">{ common::ACTIONS.of(language) }</h2>
                <div class="row">{ buttons(&desk, &commands, false) }</div>
            }
        </section>
    }
}

/// What is shown before anything was selected: the first partition on its leader.
fn first(cluster: &ClusterView) -> Option<Thing> {
    let partition = cluster.partitions.first()?;
    Some(Thing::Replica(partition.leader?, partition.partition.clone()))
}

/// Everything there is to know about a thing.
fn body(desk: &Desk, thing: &Thing, cluster: &ClusterView, language: Language) -> Html {
    let details = match thing {
        Thing::Controller => desk.engine(|engine| {
            let detail = ControllerDetail::of(engine.world(), NodeId(cluster.controller.id));
            Some(machines::controller(detail.as_ref(), language))
        }),
        Thing::Broker(id) => desk.engine(|engine| {
            Some(machines::broker(&BrokerDetail::of(engine.world(), NodeId(*id))?, language))
        }),
        Thing::Producer(id) => desk.engine(|engine| {
            let view = cluster.producers.iter().find(|producer| producer.id == *id)?;
            let waiting = ReplicaDetail::waiting_for(engine.world(), &view.name);
            let panel = clients::producer(view, &ProducerDetail::of(engine.world(), NodeId(*id))?, language);
            Some(html! { <>{ replica::why_waiting(&waiting, language) }{ panel }</> })
        }),
        Thing::Consumer(id) => desk.engine(|engine| {
            Some(clients::consumer(&ConsumerDetail::of(engine.world(), NodeId(*id))?, language))
        }),
        Thing::Link(a, b) => desk.engine(|engine| {
            Some(machines::link(&LinkDetail::of(engine.world(), NodeId(*a), NodeId(*b)), language))
        }),
        Thing::Message(id) => {
            let flying = cluster.flights.iter().any(|flight| flight.id == *id);
            return html! { <MessagePanel key={*id} id={*id} {flying} {language} /> };
        }
        Thing::Replica(..) => None,
        Thing::Segment(id, partition, base) => {
            desk.engine(|engine| log::segment(engine.world(), *id, partition, *base, language))
        }
        Thing::Record(id, partition, offset) => {
            Some(desk.engine(|engine| log::record(engine.world(), *id, partition, *offset, language)))
        }
    };
    match thing.partition().zip(thing.node()) {
        Some((partition, node)) => on_replica(desk, thing, (node, partition), cluster, details, language),
        // Brokers have rows of their own that the cluster knows, running or not.
        None if matches!(thing, Thing::Broker(_)) => {
            html! { <>{ state::rows(thing, cluster, language) }{ details.unwrap_or_default() }</> }
        }
        None => {
            let details = details.unwrap_or_else(|| state::rows(thing, cluster, language));
            html! { <>{ clients::membership(thing, cluster, language) }{ details }</> }
        }
    }
}

/// A replica, or something in its log: the replica's state, why it waits, and what is in the file.
fn on_replica(
    desk: &Desk,
    thing: &Thing,
    (node, partition): (i32, &TopicPartition),
    cluster: &ClusterView,
    details: Option<Html>,
    language: Language,
) -> Html {
    let replica = desk.engine(|engine| ReplicaDetail::of(engine.world(), NodeId(node), partition));
    let state = match &replica {
        Some(detail) => part(common::STATE.of(language), replica::state(detail, language)),
        None => html! {
            <>
                { state::rows(thing, cluster, language) }
                <p class="quiet">{ w::NOT_RUNNING.of(language) }</p>
            </>
        },
    };
    let why = replica.as_ref().map(|detail| replica::why(detail, cluster.now, language)).unwrap_or_default();
    html! { <>{ state }{ why }{ details.unwrap_or_default() }</> }
}

/// The way down into a segment; into the log itself goes an action.
fn ways_in(desk: &Desk, thing: &Thing, language: Language) -> Html {
    let Thing::Segment(node, partition, base) = thing.clone() else { return Html::default() };
    let desk = desk.clone();
    let onclick = Callback::from(move |_: MouseEvent| {
        desk.open_log(node, &partition, None);
        desk.change(|page| page.log.segment = Some(base));
    });
    html! {
        <div class="row ways">
            <button class="button" id="open-segment" {onclick}>{ w::OPEN_SEGMENT.of(language) }</button>
        </div>
    }
}
