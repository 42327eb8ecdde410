//! Two worlds as text.

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::NodeId;
use kafkascope::lab::Act;
use kafkascope::lab::Side;
use kafkascope::lesson::Instead;
use kafkascope::lesson::Language;
use kafkascope::lesson::WhatIf;
use kafkascope::ui::desk::Desk;
use kafkascope::ui::desk::Dialog;

use super::desk;
use super::page;

/// Both worlds after the leader's crash.
fn crashed(language: Language) -> Desk {
    let desk = desk(language);
    let pair = desk.read(|page| WhatIf::acks(&page.seen.cluster)).expect("the first screen has such a pair");
    desk.begin_what_if(pair);
    let at = desk.engine(|engine| engine.world().now()) + Duration::from_millis(13_000);
    desk.seek(at);
    desk
}

#[tokio::test(flavor = "current_thread")]
async fn two_worlds_stand_side_by_side_with_what_was_lost_in_each() {
    let desk = crashed(Language::En);
    let outcomes = desk.read(|page| page.seen.twin.as_ref().unwrap().outcomes).unwrap();
    assert!(outcomes[0].lost > 0 && outcomes[1].lost == 0, "{outcomes:?}");
    let text = page(&desk).await;
    let lost = format!("<td class=\"bad\">{}</td><td>0</td>", outcomes[0].lost);
    for expected in [
        "A · as it was",
        "B · with the change",
        "stage-a",
        "stage-b",
        "First difference",
        "min.insync.replicas",
        &lost,
    ] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn one_of_them_is_kept_and_the_other_stays_among_the_futures() {
    let desk = crashed(Language::Zh);
    let text = page(&desk).await;
    for expected in ["两个世界，同一时钟", "已确认却丢失", "首个差异"] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    desk.keep_side(Side::A);
    let (twin, branches) =
        (desk.read(|page| page.seen.twin.clone()), desk.engine(|engine| engine.branches()));
    assert!(twin.is_none());
    assert_eq!(branches.len(), 2);
    let text = page(&desk).await;
    assert!(!text.contains("stage-b") && text.contains("未来 2"), "{text}");
}

#[tokio::test(flavor = "current_thread")]
async fn what_is_chosen_after_what_if_makes_a_second_world_and_leaves_the_first_alone() {
    let desk = desk(Language::En);
    desk.open(Dialog::WhatIf);
    let text = page(&desk).await;
    for expected in ["now · ", "Crash broker 1", "Topic configs…", "What if acks=1 were acks=all?"] {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    let at = desk.engine(|engine| engine.world().now());
    desk.change(|page| page.what_if = Some(at));
    let crash = |node| vec![Act::Crash { node: NodeId(node) }];
    desk.carry_out(crash(1)).unwrap();
    let up = |desk: &Desk| desk.engine(|engine| engine.world().node(NodeId(1)).is_some());
    assert!(!up(&desk));
    desk.choose(Side::A);
    assert!(up(&desk));
    // From now on what is done is done in both, or is refused in both.
    let refused = desk.carry_out(crash(1)).unwrap_err().to_string();
    assert!(refused.starts_with("in world B"), "{refused}");
    desk.change(|page| page.one_world = true);
    desk.carry_out(crash(1)).unwrap();
    assert!(!up(&desk));
}

#[tokio::test(flavor = "current_thread")]
async fn every_way_that_a_group_can_go_has_its_column_while_two_worlds_are_drawn() {
    let desk = desk(Language::En);
    desk.fork_group("billing", &Instead::ALL);
    let text = page(&desk).await;
    // The group of the first screen is eager as it is.
    for expected in
        ["group-costs", "eager", "coop.", "KIP-848", "B · KIP-848", "Draw “Static members” as world B"]
    {
        assert!(text.contains(expected), "{expected} is missing in:\n{text}");
    }
    assert!(!text.contains("more-ways"), "all are tried");
    desk.fork_group("billing", &[Instead::Static]);
    let text = page(&desk).await;
    assert!(text.contains("B · Static members") && text.contains("Draw “KIP-848” as world B"), "{text}");
    desk.keep_side(Side::A);
    assert_eq!(desk.engine(|engine| engine.branches().len()), 4);
}
