//! A disk goes out, a disk comes in, and bits are flipped.

use bytes::Bytes;
use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::lab::Act;
use kafkascope::lesson::Language;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Dialog;
use kafkascope::ui::desk::Screen;
use kafkascope::ui::log::look_at;
use kafkascope::view::Foreign;
use kafkascope::view::archive;

use crate::assert_has;
use crate::desk;
use crate::leader;
use crate::orders;
use crate::page;

/// The directory of orders-0 on its leader as a zip.
fn taken_out(desk: &Desk) -> Vec<u8> {
    let node = NodeId(leader(desk));
    desk.engine(|engine| archive(&engine.world().machine(node).unwrap().disk, Some("orders-0")).unwrap())
}

fn open(desk: &Desk, file: &str, bytes: Vec<u8>) {
    look_at(desk, Foreign::open(vec![(file.to_owned(), Bytes::from(bytes))]).unwrap());
}

#[tokio::test(flavor = "current_thread")]
async fn a_directory_that_was_taken_out_is_looked_at_and_the_world_does_not_know() {
    let desk = desk(Language::En);
    let before = desk.engine(|engine| engine.digest());
    let zip = taken_out(&desk);
    open(&desk, "orders-0.zip", zip);
    let text = page(&desk).await;
    assert_has(
        &text,
        &["opened from orders-0.zip", "Back to this world", "00000000000000000000.log", "61 B header"],
    );
    assert!(!text.contains("id=\"take-out\""), "it is not this world's");
    assert_eq!(desk.engine(|engine| engine.digest()), before);
    desk.open_log(leader(&desk), &orders(), None);
    assert_has(&page(&desk).await, &["id=\"take-out\"", "log dir of broker"]);
}

#[tokio::test(flavor = "current_thread")]
async fn of_a_segment_that_is_cut_short_the_good_part_is_shown() {
    for (language, says) in [(Language::En, "The file is cut short"), (Language::Zh, "文件被截短")] {
        let desk = desk(language);
        let node = NodeId(leader(&desk));
        let bytes = desk.engine(|engine| {
            let disk = &engine.world().machine(node).unwrap().disk;
            let file = disk.file("orders-0/00000000000000000000.log").unwrap();
            file.peek(0, file.len() as usize - 10).to_vec()
        });
        open(&desk, "00000000000000000000.log", bytes);
        let text = page(&desk).await;
        assert_has(&text, &[says, "id=\"broken\"", "batch-0"]);
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_flipped_bit_shows_on_its_batch_and_recovery_cuts_it_off() {
    let desk = desk(Language::En);
    let node = leader(&desk);
    desk.open_log(node, &orders(), Some(0));
    desk.change(|page| page.log.asked = None);
    assert_has(&page(&desk).await, &["the bytes are as they were written", "Click a byte"]);
    let path = "orders-0/00000000000000000000.log".to_owned();
    assert!(desk.act(Act::FlipBit { node: NodeId(node), path, byte: 61, bit: 3 }));
    let text = page(&desk).await;
    assert_has(&text, &["is stored, the bytes give 0x", "CRC wrong"]);
    assert!(desk.act(Act::Crash { node: NodeId(node) }));
    assert!(desk.act(Act::Restart { node: NodeId(node) }));
    let later = desk.engine(|engine| Instant(engine.world().now().0 + 8_000_000));
    desk.seek(later);
    desk.open_log(node, &orders(), None);
    assert_has(&page(&desk).await, &[&format!("broker {node} cut ")]);
}

#[tokio::test(flavor = "current_thread")]
async fn an_index_entry_opens_its_panel_in_the_form_of_kafka_dump_log() {
    let desk = desk(Language::En);
    desk.change(|page| {
        page.screen = Screen::Log;
        (page.log.segment, page.log.entry) = (Some(0), Some((0, true, 0)));
    });
    assert_has(&page(&desk).await, &["id=\"entry-panel\"", "timestamp: 1", "relativeOffset"]);
}

#[tokio::test(flavor = "current_thread")]
async fn the_controllers_log_is_among_the_logs() {
    let desk = desk(Language::En);
    desk.open_log(3000, &TopicPartition::new(&name("__cluster_metadata"), 0), None);
    let text = page(&desk).await;
    assert_has(&text, &["log dir of controller", "__cluster_metadata-0", "quorum-state"]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_marked_moment_is_listed_and_led_back_to() {
    let desk = desk(Language::En);
    desk.change(|page| page.clock.bookmarks.push(Instant::from_millis(3_550)));
    assert_has(&page(&desk).await, &["id=\"bookmarks\"", "Go to the bookmark at 3.550"]);
    desk.open(Dialog::Palette);
    assert_has(&page(&desk).await, &["Go to the bookmark at 3.550"]);
    desk.open(Dialog::Files);
    assert_has(&page(&desk).await, &["Open a segment of Apache Kafka", "id=\"foreign-files\""]);
}
