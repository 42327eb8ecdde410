use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::lab::Act;
use kafkascope::lesson::Language;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Screen;
use kafkascope::view::About;
use kafkascope::view::SendingView;

use crate::assert_has;
use crate::desk;
use crate::page;

const PRODUCER: NodeId = NodeId(10_001);

fn producing(language: Language) -> Desk {
    let desk = desk(language);
    desk.change(|page| page.screen = Screen::Producer);
    desk
}

fn ask(desk: &Desk, about: About) {
    desk.change(|page| page.producer.about = about);
}

#[tokio::test(flavor = "current_thread")]
async fn the_producer_view_shows_both_threads_and_what_lies_between_them() {
    for (language, expected) in [
        (
            Language::En,
            ["Application thread", "Sender thread", "linger 2 ms", "Callbacks", "Would send() block now?"],
        ),
        (Language::Zh, ["应用线程", "Sender 线程", "linger 2 ms", "回调 callback", "现在 send() 会阻塞吗"]),
    ] {
        let text = page(&producing(language)).await;
        assert_has(&text, &expected);
        assert_has(&text, &["RecordAccumulator", "murmur2(key)", "buffer.memory", "orders-0"]);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_broker_that_is_away_fills_the_deques_and_the_panel_says_who_took_it() {
    let desk = producing(Language::En);
    for broker in 1..=3 {
        assert!(desk.act(Act::Crash { node: NodeId(broker) }));
    }
    let now = desk.engine(|engine| engine.world().now());
    desk.seek(now + std::time::Duration::from_millis(400));
    ask(&desk, About::Deque(TopicPartition::new(&name("orders"), 0)));
    let text = page(&desk).await;
    assert_has(
        &text,
        &["What does the first batch of orders-0 wait for?", "✕", "you crashed broker ", "does not hold"],
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_batch_in_flight_says_why_it_was_sent_and_what_it_waits_for() {
    let desk = producing(Language::En);
    assert!(desk.act(Act::Hold { from: PRODUCER, to: NodeId(1), api: Some("Produce".into()) }));
    let now = desk.engine(|engine| engine.world().now());
    desk.seek(now + std::time::Duration::from_millis(200));
    let batch = desk.engine(|engine| {
        let view = SendingView::of(engine.world(), PRODUCER).unwrap();
        let held = view.brokers.iter().find(|broker| broker.broker == 1).unwrap();
        held.slots[0].batches[0].id
    });
    ask(&desk, About::Batch(batch));
    let text = page(&desk).await;
    assert_has(
        &text,
        &["Why was this batch sent", "linger.ms over", "batch.size reached", "What does it wait for?"],
    );
    assert_has(
        &text,
        &["acks=all", "RecordAccumulator.batchReady", "Go to where it began", "knob-batch.size"],
    );
}

#[tokio::test(flavor = "current_thread")]
async fn without_a_producer_the_view_offers_to_add_one() {
    let desk = producing(Language::En);
    for producer in [10_001, 10_002] {
        assert!(desk.act(Act::RemoveClient { node: NodeId(producer) }));
    }
    assert_has(&page(&desk).await, &["No producer runs", "Add a producer"]);
}
