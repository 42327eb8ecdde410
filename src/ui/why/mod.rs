//! Why, as the page shows it: an answer with its guards, its root and what led to it; and the life of one record.

mod card;
mod follow;
mod words;

use yew::prelude::*;

pub use card::{Card, answer, chain};
pub use follow::{FollowButton, LifeStrip};

use crate::kafka::base::NodeId;
use crate::lesson::Language;
use crate::ui::desk::Asked;
use crate::ui::desk::Desk;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::engine::Engine;
use crate::ui::stage::Thing;
use crate::view::About;
use crate::view::SendingView;
use crate::view::Why;
use words as w;

/// Everything that can be asked about a thing.
pub fn of_thing(desk: &Desk, thing: &Thing) -> Vec<Why> {
    desk.engine(|engine| {
        let past = engine.past();
        match thing {
            Thing::Controller => past.of_controller(),
            Thing::Broker(id) => past.of_broker(NodeId(*id)),
            Thing::Producer(id) => of_producer(engine, NodeId(*id)),
            Thing::Consumer(id) => past.of_consumer(NodeId(*id)),
            Thing::Link(a, b) => past.of_link(NodeId(*a), NodeId(*b)),
            Thing::Replica(id, partition) => past.of_replica(NodeId(*id), partition),
            Thing::Segment(id, partition, base) => past.of_segment(NodeId(*id), partition, *base),
            Thing::Record(id, partition, offset) => past.of_record(NodeId(*id), partition, *offset),
            Thing::Message(flight) => past.of_message(*flight),
        }
    })
}

/// What holds a producer up: its `send()`, the queues with something in them, the brokers it sends to.
fn of_producer(engine: &Engine, node: NodeId) -> Vec<Why> {
    let Some(view) = SendingView::of(engine.world(), node) else { return Vec::new() };
    let queues = view.deques.iter().filter(|deque| !deque.batches.is_empty());
    let queues = queues.map(|deque| About::Deque(deque.partition.clone()));
    let brokers = view.brokers.iter().map(|broker| About::Broker(broker.broker));
    let abouts = std::iter::once(About::Send).chain(queues).chain(brokers);
    abouts.flat_map(|about| view.why(&about, &engine.past())).collect()
}

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub thing: Thing,
    pub language: Language,
}

/// The questions about a thing; the one that was asked is answered below itself.
#[component]
pub fn Questions(Props { thing, language }: &Props) -> Html {
    let (desk, language) = (use_desk(), *language);
    let (asked, cluster) = use_pick(|page| (page.asked, page.seen.cluster.clone()));
    drop(cluster);
    let whys = of_thing(&desk, thing);
    if whys.is_empty() {
        return match asked {
            Asked::Thing(_) => html! { <p class="quiet" id="whys">{ w::NOTHING.of(language) }</p> },
            _ => Html::default(),
        };
    }
    let ask = |number: usize| {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| {
            desk.change(|page| {
                let open = page.asked == Asked::Thing(number);
                page.asked = if open { Asked::Nothing } else { Asked::Thing(number) };
            });
        })
    };
    html! {
        <section id="whys" aria-label={w::WHY.of(language)}>
            <h2 class="caption">{ w::WHY.of(language) }</h2>
            <ul class="whys">
                for (number, why) in whys.into_iter().enumerate() {
                    <li>
                        <button class="ask" aria-expanded={(asked == Asked::Thing(number)).to_string()} onclick={ask(number)}>
                            { why.question.of(language) }
                        </button>
                        if asked == Asked::Thing(number) {
                            <Card {why} {language} />
                        }
                    </li>
                }
            </ul>
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct MomentProps {
    entry: u64,
    language: Language,
}

#[derive(Clone, PartialEq, Properties)]
pub struct AskedProps {
    pub language: Language,
}

/// Why something happened, while that is asked.
#[component]
pub fn AskedMoment(AskedProps { language }: &AskedProps) -> Html {
    match use_pick(|page| page.asked) {
        Asked::Moment(entry) => html! { <MomentWhy {entry} language={*language} /> },
        _ => Html::default(),
    }
}

/// Why an entry of the journal happened, with a way to close it.
#[component]
fn MomentWhy(MomentProps { entry, language }: &MomentProps) -> Html {
    let (desk, language) = (use_desk(), *language);
    let branch = desk.engine(Engine::branch);
    let why = use_memo((*entry, branch), |(entry, _)| desk.engine(|engine| engine.why_of(*entry)));
    let close = {
        let desk = desk.clone();
        Callback::from(move |_: MouseEvent| desk.change(|page| page.asked = Asked::Nothing))
    };
    let Some(why) = why.as_ref().clone() else { return Html::default() };
    html! {
        <section id="moment-why" class="moment-why" aria-label={w::MOMENT.of(language)}>
            <header>
                <h2>{ why.question.of(language) }</h2>
                <button class="chip" onclick={close} aria-label={crate::ui::words::CLOSE.of(language)}>{ "✕" }</button>
            </header>
            <Card {why} {language} />
        </section>
    }
}
