use kafkascope::lesson::Language;
use kafkascope::ui::desk::Screen;
use kafkascope::ui::stage::Thing;

use crate::assert_has;
use crate::desk;
use crate::leader;
use crate::orders;
use crate::page;

#[tokio::test(flavor = "current_thread")]
async fn the_log_view_shows_segments_indexes_and_batches_of_the_leaders_copy() {
    let desk = desk(Language::En);
    desk.change(|page| page.screen = Screen::Log);
    let text = page(&desk).await;
    let dir = format!("log dir of broker {}", leader(&desk));
    assert_has(
        &text,
        &[&dir, "00000000000000000000.log", ".timeindex", "of segment.bytes 600", "61 B header"],
    );
    assert_has(&text, &["index.interval.bytes = 150", "leader-epoch-checkpoint", "epoch 0 from offset 0"]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_record_is_shown_down_to_its_bytes_with_every_field_named() {
    let desk = desk(Language::En);
    let broker = leader(&desk);
    desk.open_log(broker, &orders(), Some(0));
    desk.change(|page| page.log.asked = None);
    let text = page(&desk).await;
    assert_has(
        &text,
        &["baseOffset", "partitionLeaderEpoch", "recordsCount", "timestampDelta", "headersCount"],
    );
    assert_has(&text, &["id=\"record-0\" aria-pressed=\"true\"", "data-at=\"0\"", "closed: "]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_search_names_its_stages_and_its_cost_in_both_languages() {
    for (language, expected) in [
        (
            Language::En,
            [
                "find segment",
                "search index",
                "cost of this lookup",
                "without the index",
                "next: find segment",
            ],
        ),
        (Language::Zh, ["找段", "查索引", "本次查找的代价", "没有索引时", "下一步：找段"]),
    ] {
        let desk = desk(language);
        let broker = leader(&desk);
        desk.open_log(broker, &orders(), Some(3));
        assert_has(&page(&desk).await, &expected);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn an_offset_that_is_not_there_is_answered_with_kafkas_error() {
    let desk = desk(Language::En);
    let broker = leader(&desk);
    desk.open_log(broker, &orders(), None);
    desk.change(|page| page.log.asked = Some((1_000_000, false)));
    let text = page(&desk).await;
    assert!(!text.contains("found at byte"), "nothing was found");
    assert_has(&text, &["id=\"log-play\""]);
}

#[tokio::test(flavor = "current_thread")]
async fn the_inspector_tells_a_replicas_offsets_and_how_its_followers_stand() {
    let desk = desk(Language::En);
    let broker = leader(&desk);
    desk.select(Some(Thing::Replica(broker, orders())));
    let text = page(&desk).await;
    assert_has(
        &text,
        &["high watermark", "last stable offset", "recovery point", "Followers", "Open the log"],
    );
}

#[tokio::test(flavor = "current_thread")]
async fn the_inspector_opens_a_record_with_its_batch_and_its_bytes() {
    let desk = desk(Language::En);
    let broker = leader(&desk);
    desk.select(Some(Thing::Record(broker, orders(), 0)));
    let text = page(&desk).await;
    assert_has(&text, &["Record 0", "00000000000000000000.log @ 0", "✓", "baseTimestamp"]);
    desk.select(Some(Thing::Record(broker, orders(), 1_000_000)));
    assert_has(&page(&desk).await, &["Offset 1000000 is not in this log"]);
}

#[tokio::test(flavor = "current_thread")]
async fn every_kind_of_thing_has_a_panel() {
    let desk = desk(Language::En);
    let panels = [
        (Thing::Controller, "__cluster_metadata-0"),
        (Thing::Broker(1), "broker epoch"),
        (Thing::Producer(10_001), "delivery.timeout.ms"),
        (Thing::Consumer(20_001), "auto.offset.reset"),
        (Thing::Link(1, 2), "whether it lets through"),
        (Thing::Segment(leader(&desk), orders(), 0), "index entries"),
    ];
    for (thing, expected) in panels {
        desk.select(Some(thing.clone()));
        let text = page(&desk).await;
        assert!(text.contains(expected), "{thing}: {expected} is missing in:\n{text}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_message_on_its_way_shows_its_fields_and_its_bytes() {
    let desk = desk(Language::En);
    let flight = desk.read(|page| page.seen.cluster.flights.iter().find(|f| f.api.is_some()).map(|f| f.id));
    let Some(flight) = flight else { panic!("the first moment has a message on its way") };
    desk.select(Some(Thing::Message(flight)));
    assert_has(&page(&desk).await, &["correlation id", "Bytes on the wire", "correlationId"]);
}
