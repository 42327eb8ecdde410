//! Why and Follow as text: what a reader finds when something is asked.

use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::producer::Workload;
use kafkascope::lab::Act;
use kafkascope::lesson::Language;
use kafkascope::ui::desk::Asked;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Wish;
use kafkascope::ui::stage::Thing;
use kafkascope::ui::telling;
use kafkascope::ui::why::of_thing;
use kafkascope::view::Happened;

use crate::desk;
use crate::page;

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new(&name("orders"), partition)
}

/// Opens the question that begins so.
fn ask(desk: &Desk, thing: &Thing, question: &str) {
    desk.select(Some(thing.clone()));
    let whys = of_thing(desk, thing);
    let number = whys.iter().position(|why| why.question.of(Language::En).starts_with(question));
    desk.ask_why(Asked::Thing(number.unwrap_or_else(|| panic!("nobody asks {question} in {whys:?}"))));
}

/// A broker crashes, and the controller fences it.
fn crashed(language: Language) -> Desk {
    let desk = desk(language);
    desk.act(Act::Crash { node: NodeId(1) });
    desk.seek(Instant::from_millis(22_000));
    desk
}

#[tokio::test(flavor = "current_thread")]
async fn an_answer_has_its_guards_its_root_its_chain_and_its_source() {
    let desk = crashed(Language::En);
    ask(&desk, &Thing::Broker(1), "Why is broker 1 fenced");
    let text = page(&desk).await;
    for expected in [
        "Why is broker 1 fenced?",
        "time since its last heartbeat",
        "does not hold",
        "you crashed broker 1",
        "broker.session.timeout.ms = 9000 · default 9000",
        "What led to it",
        "timer BrokerSession goes off",
        "BrokerHeartbeatManager.hasValidSession",
    ] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    let desk = crashed(Language::Zh);
    ask(&desk, &Thing::Broker(1), "Why is broker 1 fenced");
    let text = page(&desk).await;
    for expected in [
        "broker 1 为什么被隔离（fenced）？",
        "距上次心跳",
        "不成立",
        "你让 broker 1 崩溃了",
        "定时器 BrokerSession 到期",
    ] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    assert!(!text.contains("What led to it"), "an English heading is left in the Chinese page");
}

#[tokio::test(flavor = "current_thread")]
async fn every_line_of_news_that_matters_asks_why_and_stays_however_much_happens_after_it() {
    let desk = crashed(Language::En);
    desk.seek(Instant::from_millis(60_000));
    let news = desk.read(|page| page.seen.news.clone());
    let fenced = news.iter().find(|it| matches!(it.happened, Happened::Fenced { broker: 1 }));
    let fenced = fenced.unwrap_or_else(|| panic!("pushed out by daily work: {news:?}")).clone();
    let text = page(&desk).await;
    assert!(text.contains("aria-label=\"Why? controller fences broker 1\""), "{text}");
    desk.ask_why(Asked::Moment(fenced.entry));
    let text = page(&desk).await;
    assert!(text.contains("id=\"moment-why\"") && text.contains("broker.session.timeout.ms"), "{text}");
    desk.seek(Instant::from_millis(9_500));
    let news = desk.read(|page| page.seen.news.clone());
    assert!(!news.iter().any(|it| it.happened == fenced.happened), "it has not happened yet: {news:?}");
}

#[tokio::test(flavor = "current_thread")]
async fn what_the_reader_did_is_told_in_a_sentence_and_how_the_world_began_is_not_his_doing() {
    for (language, told, prepared) in [
        (
            Language::En,
            ["you added producer-3 to orders", "you cut the link between broker 1 and broker 2"],
            "the scenario added broker 1",
        ),
        (
            Language::Zh,
            ["你向 orders 添加了 producer-3", "你切断了 broker 1 与 broker 2 之间的链路"],
            "场景添加了 broker 1",
        ),
    ] {
        let desk = desk(language);
        let workload = Workload::new(&name("orders"), 0);
        desk.act(Act::AddProducer { id: None, workload, configs: Default::default() });
        desk.act(Act::Cut { from: NodeId(1), to: NodeId(2), both: true });
        let text = page(&desk).await;
        for expected in told {
            assert!(text.contains(expected), "{expected} is missing in:\n{text}");
        }
        let first = desk.engine(|engine| telling::tell(engine, &Happened::Act { number: 0 }, language));
        assert_eq!(first, prepared);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_step_of_the_chain_is_a_moment_to_go_to() {
    let desk = crashed(Language::En);
    let whys = of_thing(&desk, &Thing::Broker(1));
    let entry = whys.iter().find_map(|why| why.cause).expect("it began with the crash");
    desk.seek_entry(entry);
    let (now, at) = desk.engine(|engine| (engine.world().now(), engine.journal().get(entry).map(|it| it.at)));
    assert_eq!(Some(now), at);
    assert!(!desk.read(|page| page.clock.playing));
}

#[tokio::test(flavor = "current_thread")]
async fn the_key_asks_the_first_question_and_escape_closes_it() {
    let desk = desk(Language::En);
    desk.select(Some(Thing::Replica(1, orders(0))));
    desk.grant(Wish::Why);
    assert_eq!(desk.read(|page| page.asked), Asked::Thing(0));
    assert!(page(&desk).await.contains("aria-expanded=\"true\""));
    desk.grant(Wish::Escape);
    assert_eq!(desk.read(|page| page.asked), Asked::Nothing);
}

#[tokio::test(flavor = "current_thread")]
async fn a_followed_record_has_a_strip_of_stages_in_both_languages() {
    let desk = desk(Language::En);
    desk.seek(Instant::from_millis(10_300));
    assert!(!page(&desk).await.contains("id=\"life\""));
    desk.follow(Some((orders(0), 3)));
    let text = page(&desk).await;
    for expected in
        ["Life of orders-0 · offset 3", "send()", "on the leader", "on a follower", "committed", "poll()"]
    {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    desk.change(|page| page.taste.language = Language::Zh);
    let text = page(&desk).await;
    assert!(text.contains("orders-0 · offset 3 的一生") && text.contains("写入 leader"), "{text}");
    desk.grant(Wish::Escape);
    assert!(!page(&desk).await.contains("id=\"life\""), "Escape stops following");
}

#[tokio::test(flavor = "current_thread")]
async fn the_log_view_asks_about_the_record_that_is_looked_at() {
    let desk = desk(Language::En);
    desk.seek(Instant::from_millis(10_300));
    let leader = desk.read(|page| page.seen.cluster.partition(&orders(0)).and_then(|it| it.leader)).unwrap();
    desk.open_log(leader, &orders(0), Some(3));
    let text = page(&desk).await;
    assert!(text.contains("Why has offset 3 no entry of its own in the index?"), "{text}");
    assert!(text.contains("Follow this record"), "{text}");
}
