//! Configs: found, read, and what a refusal looks like.

use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::name;
use kafkascope::lab::Act;
use kafkascope::lesson::Language;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Dialog;
use kafkascope::ui::stage::Thing;
use kafkascope::view::ConfigLine;
use kafkascope::view::ConfigOwner;
use kafkascope::view::Effect;
use kafkascope::view::Tally;
use kafkascope::view::effect;

use crate::desk;
use crate::page;

fn line(desk: &Desk, owner: &ConfigOwner, config: &str) -> ConfigLine {
    let lines = desk.engine(|engine| owner.configs(engine.world()));
    lines.into_iter().find(|line| line.name == config).unwrap()
}

fn later(desk: &Desk, ms: u64) {
    let at = desk.engine(|engine| Instant(engine.world().now().0 + ms * 1_000));
    desk.seek(at);
}

fn orders() -> ConfigOwner {
    ConfigOwner::Topic(name("orders"))
}

fn told(desk: &Desk, owner: &ConfigOwner, config: &str) -> Option<Effect> {
    let mut tally = Tally::default();
    let line = line(desk, owner, config);
    desk.engine(|engine| {
        tally.follow(owner, engine.branch(), engine.journal(), engine.world());
        effect(engine.world(), owner, &line, &tally)
    })
}

#[tokio::test(flavor = "current_thread")]
async fn every_config_is_listed_with_its_value_and_its_default() {
    for (language, expected) in [
        (Language::En, ["default of the profile", "segment.bytes", ">600<", "1073741824", "topic orders"]),
        (Language::Zh, ["本版本默认值", "segment.bytes", ">600<", "1073741824", "主题 topic orders"]),
    ] {
        let desk = desk(language);
        desk.open(Dialog::Configs);
        let text = page(&desk).await;
        for expected in expected {
            assert!(text.contains(expected), "{expected} is missing in:\n{text}");
        }
    }
}

#[tokio::test(flavor = "current_thread")]
async fn the_configs_of_what_is_selected_come_first() {
    let desk = desk(Language::En);
    desk.select(Some(Thing::Producer(10_001)));
    desk.open(Dialog::Configs);
    let text = page(&desk).await;
    assert!(
        text.contains("id=\"config-linger.ms\"") && !text.contains("id=\"config-retention.ms\""),
        "{text}"
    );
}

#[test]
fn a_value_says_where_it_comes_from_and_what_it_did() {
    let desk = desk(Language::En);
    let bytes = line(&desk, &orders(), "segment.bytes");
    assert_eq!((bytes.value.as_deref(), bytes.default), (Some("600"), Some("1073741824")));
    assert!(bytes.is_changed());
    let Some(Effect::Rolled(before)) = told(&desk, &orders(), "segment.bytes") else {
        panic!("it counts rolls")
    };
    later(&desk, 200);
    let Some(Effect::Rolled(after)) = told(&desk, &orders(), "segment.bytes") else {
        panic!("it counts rolls")
    };
    assert!(after > before, "segments of 600 bytes fill: {before} then {after}");
    let linger = line(&desk, &ConfigOwner::Producer(10_001), "linger.ms");
    assert_eq!((linger.value.as_deref(), linger.default), (Some("2"), Some("5")));
    assert!(linger.other_default.is_some(), "0 before Kafka 4");
    assert_eq!(told(&desk, &orders(), "compression.type"), None, "nothing is invented");
}

#[test]
fn a_change_is_taken_over_and_a_refusal_has_kafkas_name() {
    let desk = desk(Language::En);
    let set = |config: &str, value: &str| {
        desk.try_act(Act::SetTopicConfig {
            topic: name("orders"),
            config: config.to_owned(),
            value: Some(value.to_owned()),
        })
    };
    let refused = set("segment.bytes", "13").unwrap_err().to_string();
    assert_eq!(
        refused,
        "INVALID_CONFIG: Invalid value 13 for configuration segment.bytes: Value must be at least 14"
    );
    set("min.insync.replicas", "2").unwrap();
    let read_only = Act::SetBrokerConfig {
        broker: NodeId(1),
        config: "num.partitions".to_owned(),
        value: Some("7".to_owned()),
    };
    desk.try_act(read_only).unwrap();
    later(&desk, 1_000);
    assert_eq!(line(&desk, &orders(), "min.insync.replicas").value.as_deref(), Some("2"));
    let answer =
        |owner: &ConfigOwner, config: &str| desk.engine(|engine| owner.last_answer(engine.world(), config));
    assert_eq!(answer(&orders(), "min.insync.replicas"), Some(Ok(())));
    let why = answer(&ConfigOwner::Broker(1), "num.partitions").unwrap().unwrap_err();
    assert!(why.starts_with("INVALID_REQUEST: ") && why.contains("num.partitions"), "{why}");
}
