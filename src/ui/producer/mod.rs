//! The Producer view: what happens between `send()` and the callback. The application's thread stands on top, the
//! accumulator and the Sender below it, then the memory and the callbacks; the panel beside them says why.

mod accumulator;
mod application;
mod callbacks;
mod memory;
mod panel;
mod sender;
mod words;

use yew::prelude::*;

use crate::kafka::base::NodeId;
use crate::lesson::Language;
use crate::ui::app::opens;
use crate::ui::desk::Desk;
use crate::ui::desk::Dialog;
use crate::ui::desk::FormKind;
use crate::ui::desk::Page;
use crate::ui::desk::Sheet;
use crate::ui::desk::use_desk;
use crate::ui::desk::use_pick;
use crate::ui::words as common;
use crate::view::About;
use crate::view::SendingView;

use words as w;

pub(super) use panel::ProducerPanel;

/// The producer that is looked at: the chosen one while it is there, else the first that runs.
fn chosen(page: &Page) -> Option<i32> {
    let producers = &page.seen.cluster.producers;
    let wanted = producers.iter().find(|producer| producer.id == page.producer.node);
    wanted.or_else(|| producers.iter().find(|producer| producer.running)).map(|producer| producer.id)
}

/// The middle of the Producer view.
#[component]
pub fn ProducerScreen() -> Html {
    let desk = use_desk();
    let (language, focus, cluster, node) = use_pick(|page| {
        (page.taste.language, page.producer.clone(), page.seen.cluster.clone(), chosen(page))
    });
    let view = node.and_then(|node| desk.engine(|engine| SendingView::of(engine.world(), NodeId(node))));
    let Some(view) = view else {
        let add = opens(&desk, Dialog::Form(FormKind::AddProducer));
        return html! {
            <section class="sending" id="producer">
                <p class="quiet">{ w::NO_PRODUCER.of(language) }</p>
                <div class="row"><button class="button" onclick={add}>{ common::ADD_PRODUCER.of(language) }</button></div>
            </section>
        };
    };
    let draw = Draw { desk: &desk, about: &focus.about, language };
    let names: Vec<(i32, String)> =
        cluster.producers.iter().map(|p| (p.id, common::node_name(p.id, language))).collect();
    html! {
        <section class="sending" id="producer">
            <header class="sending-head">
                { choose(&desk, &names, view.node, language) }
                <p class="quiet">{ sums(&view, language) }</p>
            </header>
            { application::lane(&draw, &view) }
            <div class="sending-two">
                { accumulator::card(&draw, &view) }
                <span class="drain" aria-hidden="true">{ w::DRAIN.of(language) }<b>{ "→" }</b></span>
                { sender::card(&draw, &view) }
            </div>
            <div class="sending-two low">
                { memory::card(&draw, &view) }
                { callbacks::card(&draw, &view) }
            </div>
        </section>
    }
}

fn sums(view: &SendingView, language: Language) -> String {
    let c = view.counts;
    let counts = [c.sent, c.acked, c.failed, c.retried, c.requests, c.batches].map(common::count);
    let [sent, acked, failed, retried, requests, batches] = &counts;
    w::SUMS.with(language, &[sent, acked, failed, retried, requests, batches])
}

/// Which producer is looked at.
fn choose(desk: &Desk, names: &[(i32, String)], node: i32, language: Language) -> Html {
    let onchange = {
        let desk = desk.clone();
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() else { return };
            let Ok(node) = select.value().parse() else { return };
            desk.change(|page| {
                page.producer.node = node;
                page.producer.about = About::Send;
            });
        })
    };
    html! {
        <h2>
            <label>
                <span class="sr">{ w::CHOOSE.of(language) }</span>
                <select id="producer-choice" class="name mono" {onchange}>
                    for (id, name) in names {
                        <option value={id.to_string()} selected={*id == node}>{ name }</option>
                    }
                </select>
            </label>
        </h2>
    }
}

/// What every part needs to draw itself.
struct Draw<'a> {
    desk: &'a Desk,
    about: &'a About,
    language: Language,
}

impl Draw<'_> {
    /// Whether this is what the panel tells of.
    fn is(&self, about: &About) -> bool {
        self.about == about
    }

    /// Lets the panel tell of it.
    fn ask(&self, about: About) -> Callback<MouseEvent> {
        let desk = self.desk.clone();
        Callback::from(move |_| {
            desk.change(|page| {
                page.producer.about = about.clone();
                page.taste.right = true;
                page.taste.sheet = Some(Sheet::Right);
            });
        })
    }

    /// The button that asks why, for a box that is no button itself.
    fn why(&self, about: About, of: &str) -> Html {
        let language = self.language;
        let pressed = self.is(&about).to_string();
        let label = format!("{} {of}", w::WHY.of(language));
        html! {
            <button class="chip ask-why" aria-pressed={pressed} aria-label={label} onclick={self.ask(about)}>
                { w::WHY.of(language) }
            </button>
        }
    }
}
