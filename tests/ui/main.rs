//! Components as text, natively: what a screen reader finds, in both languages.

mod configs;
mod files;
mod group;
mod home;
mod lesson;
mod log;
mod producer;
mod twin;
mod why;

use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::lesson::Language;
use kafkascope::lesson::first;
use kafkascope::ui::app::App;
use kafkascope::ui::app::Props;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Dialog;
use kafkascope::ui::desk::FormKind;
use kafkascope::ui::desk::Taste;
use kafkascope::ui::engine::Engine;
use yew::LocalServerRenderer;

/// The page over the first world.
fn desk(language: Language) -> Desk {
    Desk::new(Engine::begin(&first()), Taste { language, ..Taste::default() })
}

async fn page(desk: &Desk) -> String {
    let text =
        LocalServerRenderer::<App>::with_props(Props { desk: desk.clone() }).hydratable(false).render().await;
    // Where a name may be broken is not a part of it.
    text.replace("<wbr>", "")
}

fn orders() -> TopicPartition {
    TopicPartition::new(&name("orders"), 0)
}

/// The broker that leads orders-0.
fn leader(desk: &Desk) -> i32 {
    desk.read(|page| page.seen.cluster.partition(&orders()).unwrap().leader.unwrap())
}

fn assert_has(text: &str, expected: &[&str]) {
    for expected in expected {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_first_screen_has_three_brokers_and_says_what_to_try() {
    let text = page(&desk(Language::En)).await;
    for expected in
        ["broker 1", "broker 2", "broker 3", "orders-0 on broker", "Crash a leader while it writes"]
    {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn in_chinese_kafkas_terms_stay_beside_the_chinese_words() {
    let text = page(&desk(Language::Zh)).await;
    for expected in ["集群 Cluster", "高水位", "在写入时让 leader 崩溃", "lang=\"zh-CN\""] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    assert!(!text.contains("Crash a leader"), "an English sentence is left in the Chinese page");
}

#[tokio::test(flavor = "current_thread")]
async fn a_form_names_its_fields_and_begins_with_values_that_work() {
    let desk = desk(Language::En);
    desk.open(Dialog::Form(FormKind::CreateTopic));
    let text = page(&desk).await;
    assert!(text.contains("name=\"partitions\"") && text.contains("value=\"3\""), "{text}");
}

#[tokio::test(flavor = "current_thread")]
async fn the_fault_menu_offers_to_crash_every_broker() {
    let desk = desk(Language::En);
    desk.open(Dialog::Faults);
    let text = page(&desk).await;
    for expected in ["Crash broker 1", "Crash broker 2", "Crash broker 3", "Cut the power of broker 1"] {
        assert!(text.contains(expected), "{expected} is missing");
    }
}
