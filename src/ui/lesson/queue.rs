use yew::prelude::*;

use super::words as w;
use crate::lesson::Plan;
use crate::lesson::Queue;
use crate::ui::desk::use_pick;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    pub plan: Plan,
}

/// The laboratory's queue at the playhead, beside Kafka's run.
#[component]
pub(super) fn QueueCard(Props { plan }: &Props) -> Html {
    let (language, now) = use_pick(|page| (page.taste.language, page.seen.cluster.now));
    let queue = Queue::at(plan, now.as_millis());
    html! {
        <section class="queue" id="queue" aria-label={w::QUEUE.of(language)}>
            <h3 class="caption">{ w::QUEUE.of(language) }</h3>
            <dl>
                <dt>{ w::QUEUE_WAITS.of(language) }</dt>
                <dd>{ messages(queue.waiting.iter().copied()) }</dd>
                for (number, subscriber) in queue.subscribers.iter().enumerate() {
                    <dt>{ w::SUBSCRIBER.with(language, &[&name(number)]) }</dt>
                    <dd>
                        { messages(subscriber.window.iter().copied()) }
                        <span class="quiet">{ w::WINDOW.with(language, &[&subscriber.window.len(), &subscriber.prefetch]) }</span>
                    </dd>
                }
                <dt>{ w::QUEUE_REMOVED.of(language) }</dt>
                <dd>{ queue.removed }</dd>
            </dl>
        </section>
    }
}

/// The name of a subscriber: A, B, C.
fn name(number: usize) -> char {
    char::from(b'A' + u8::try_from(number).unwrap_or(25).min(25))
}

fn messages(numbers: impl Iterator<Item = u32>) -> Html {
    html! {
        for number in numbers {
            <span class="message" key={number}>{ number }</span>
        }
    }
}
