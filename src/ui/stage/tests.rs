use std::rc::Rc;

use super::*;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::protocol::Api;
use crate::view::BrokerView;
use crate::view::ClusterView;
use crate::view::ConsumerView;
use crate::view::ControllerView;
use crate::view::FlightKind;
use crate::view::FlightView;
use crate::view::GroupState;
use crate::view::HandoverView;
use crate::view::MembershipView;
use crate::view::PartitionView;
use crate::view::ProducerView;
use crate::view::Reading;
use crate::view::RepeatedView;
use crate::view::ReplicaView;
use crate::view::Role;
use crate::view::SegmentView;

fn orders(partition: i32) -> TopicPartition {
    TopicPartition::new(&name("orders"), partition)
}

/// A copy that ends at `log_end`, committed up to `high`, rolled every five records.
fn replica(partition: i32, role: Role, high: i64, log_end: i64) -> Rc<ReplicaView> {
    let segments = (0..=log_end / 5)
        .map(|n| SegmentView {
            base: n * 5,
            next: (n * 5 + 5).min(log_end),
            bytes: 400,
            active: n == log_end / 5,
        })
        .collect();
    Rc::new(ReplicaView {
        partition: orders(partition),
        role,
        in_sync: true,
        epoch: 0,
        log_start: 0,
        high_watermark: high,
        log_end,
        bytes: 1200,
        segment_count: 1,
        segments,
    })
}

fn cluster(high: i64, log_end: i64) -> ClusterView {
    let broker = |id: i32, role| {
        Rc::new(BrokerView {
            id,
            replicas: vec![replica(0, role, high, log_end)],
            disk_slowdown: 1,
            ..BrokerView::default()
        })
    };
    ClusterView {
        now: Instant(1_000_000),
        controller: ControllerView { id: 3000, ..ControllerView::default() },
        brokers: vec![broker(1, Role::Leader), broker(2, Role::Follower)],
        partitions: Rc::new([PartitionView {
            partition: orders(0),
            leader: Some(1),
            epoch: 0,
            replicas: vec![1, 2],
            isr: vec![1, 2],
        }]),
        producers: vec![Rc::new(ProducerView {
            id: 10_001,
            name: name("p-1"),
            acks: "all",
            running: true,
            ..ProducerView::default()
        })],
        consumers: vec![Rc::new(ConsumerView {
            id: 20_001,
            name: name("c-1"),
            running: true,
            ..ConsumerView::default()
        })],
        ..ClusterView::default()
    }
}

fn scene(view: &ClusterView) -> Scene {
    let look = Look { unit: 1, zoom: 1.0, ..Look::default() };
    Scene::of(view, &Layout::of(view), &Tween::default(), &look)
}

#[test]
fn the_smallest_thing_under_the_pointer_is_hit() {
    let scene = scene(&cluster(8, 12));
    let record = Thing::Record(1, orders(0), 7);
    let rect = scene.find(&record).expect("record 7 is on the stage");
    let middle = Point { x: rect.x + rect.w / 2.0, y: rect.y + rect.h / 2.0 };
    assert_eq!(scene.hit(middle).map(|s| s.thing.clone()), Some(record));
    let broker = scene.find(&Thing::Broker(1)).expect("broker 1 is on the stage");
    let corner = Point { x: broker.x + 3.0, y: broker.bottom() - 3.0 };
    assert_eq!(scene.hit(corner).map(|s| s.thing.clone()), Some(Thing::Broker(1)));
}

#[test]
fn records_above_the_high_watermark_are_dashed_outlines() {
    let view = cluster(8, 12);
    let scene = scene(&view);
    let rect = scene.find(&Thing::Record(1, orders(0), 9)).expect("record 9 is drawn");
    let marks: Vec<&Mark> = scene.tiles.iter().flat_map(|t| &t.marks).collect();
    let above = marks.iter().find(|m| matches!(m, Mark::Box { rect: r, .. } if *r == rect));
    assert!(
        matches!(above, Some(Mark::Box { fill: None, stroke: Some(Stroke { dashed: true, .. }), .. })),
        "{above:?}"
    );
}

/// A rebalance on the stage: the state at each member, the partition between its owners, the records that come again.
#[test]
fn a_rebalance_is_seen_at_the_members_on_the_way_and_in_what_is_read_again() {
    let member = |id: i32, readings: Vec<Reading>| {
        let group = MembershipView {
            group: name("billing"),
            state: Some(GroupState::PreparingRebalance),
            doing: None,
            generation: 3,
        };
        Rc::new(ConsumerView { id, running: true, readings, group: Some(group), ..ConsumerView::default() })
    };
    let again = RepeatedView { from: 5, to: 9, since: Instant(900_000) };
    let reading = Reading {
        partition: orders(0),
        position: Some(5),
        end: Some(12),
        committed: Some(5),
        repeated: Some(again),
    };
    let mut view = cluster(8, 12);
    view.consumers = vec![member(20_001, vec![reading]), member(20_002, Vec::new())];
    view.handovers = vec![HandoverView {
        partition: orders(0),
        count: 1,
        group: name("billing"),
        from: Some(20_002),
        left: Instant(950_000),
        to: Some((20_001, Instant(990_000))),
        lost: false,
        seat: 0,
        place: (0, 1),
    }];
    view.glide = Duration::from_millis(600);
    let scene = scene(&view);
    let texts: Vec<&str> = scene.tiles.iter().flat_map(|tile| &tile.marks).filter_map(text_of).collect();
    assert!(texts.contains(&"billing") && texts.contains(&"PreparingRebalance"), "{texts:?}");
    assert!(texts.contains(&"×2 4"), "{texts:?}");
    assert!(scene.tiles.iter().flat_map(|tile| &tile.marks).any(|mark| matches!(mark, Mark::Curve { .. })));
}

/// A partition of member 2 is lost at 1.0 s and taken by member 1 at 2.0 s; to travel takes 0.6 s.
fn between(now_ms: u64) -> ClusterView {
    let member = |id: i32, readings: Vec<Reading>| {
        let group = MembershipView { group: name("billing"), state: None, doing: None, generation: 3 };
        Rc::new(ConsumerView { id, running: true, readings, group: Some(group), ..ConsumerView::default() })
    };
    let taken = (now_ms >= 2_000).then_some((20_001, Instant::from_millis(2_000)));
    ClusterView {
        now: Instant::from_millis(now_ms),
        glide: Duration::from_millis(600),
        consumers: vec![member(20_001, Vec::new()), member(20_002, Vec::new())],
        handovers: vec![HandoverView {
            partition: orders(0),
            count: 1,
            group: name("billing"),
            from: Some(20_002),
            left: Instant::from_millis(1_000),
            to: taken,
            lost: true,
            seat: 0,
            place: (0, 6),
        }],
        ..cluster(8, 12)
    }
}

fn chip(now_ms: u64, still: bool) -> Option<Chip> {
    let view = between(now_ms);
    super::glide::chips(&Layout::of(&view), &view, &Look { still, ..Look::default() }).pop()
}

#[test]
fn a_partition_leaves_its_owner_waits_at_the_border_and_comes_to_the_next() {
    let layout = Layout::of(&between(1_000));
    let (old, new) = (layout.consumers[&20_002], layout.consumers[&20_001]);
    let border = layout.groups[&name("billing")];
    let at = |ms| chip(ms, false).map(|chip| (chip.at, chip.leg));
    let (begins, leaves) = at(1_000).expect("it sets off");
    assert!(leaves == Leg::Leaves && old.contains(begins), "{begins:?} in {old:?}");
    let (waits, leg) = at(1_700).expect("nobody has it");
    assert!(leg == Leg::Waits && waits.x == border.x && border.y < waits.y, "{waits:?} at {border:?}");
    assert_eq!(at(1_999), at(1_700), "it stands while nobody has it");
    assert_eq!(at(2_000), Some((waits, Leg::Comes)), "it is taken where it waits");
    let (comes, _) = at(2_590).expect("it is nearly there");
    assert!(new.grown(2.0).contains(comes), "{comes:?} at {new:?}");
    assert_eq!(at(2_600), None, "its lane shows it now");
}

#[test]
fn without_movement_a_partition_makes_steps() {
    let at = |ms| chip(ms, true).map(|chip| chip.at);
    assert!(at(1_000) == at(1_999) && at(2_000) == at(2_400), "it stands between two events");
    assert_ne!(at(1_999), at(2_000));
    assert!(chip(2_100, true).is_some_and(|chip| chip.rests(true)));
}

/// Taken before it has come to the border, it turns from where it is: no jump.
#[test]
fn a_quick_handover_goes_on_from_where_it_is() {
    let mut view = between(1_200);
    let place = |view: &ClusterView| super::glide::chips(&Layout::of(view), view, &Look::default())[0].at;
    let before = place(&view);
    view.handovers[0].to = Some((20_001, Instant::from_millis(1_200)));
    assert_eq!(place(&view), before);
}

/// A hundred members of a group with ten partitions each, and as many stacks of ten on their way to them.
fn large(now_ms: u64) -> ClusterView {
    let reading = |partition| Reading {
        partition: orders(partition),
        position: Some(5),
        end: Some(12),
        committed: Some(5),
        repeated: None,
    };
    let member = |number: i32| {
        let group = MembershipView { group: name("billing"), state: None, doing: None, generation: 3 };
        let readings = (number * 10..number * 10 + 10).map(reading).collect();
        let id = 20_001 + number;
        Rc::new(ConsumerView { id, running: true, readings, group: Some(group), ..ConsumerView::default() })
    };
    let stack = |number: i32| HandoverView {
        partition: orders(number),
        count: 10,
        group: name("billing"),
        from: None,
        left: Instant::from_millis(1_000),
        to: Some((20_001 + number, Instant::from_millis(2_000))),
        lost: false,
        seat: 4,
        place: (number as usize * 10, 1000),
    };
    ClusterView {
        now: Instant::from_millis(now_ms),
        glide: Duration::from_millis(600),
        consumers: (0..100).map(member).collect(),
        handovers: (0..100).map(stack).collect(),
        ..cluster(8, 12)
    }
}

/// What a frame of a large rebalance draws has a bound: it is counted here, not timed.
#[test]
fn a_thousand_partitions_change_hands_in_a_few_hundred_marks() {
    let view = large(2_300);
    let (layout, scene) = (Layout::of(&view), scene(&view));
    assert_eq!(scene.chips.len(), 100);
    let moving = scene.chips.iter().flat_map(Chip::moving).count();
    assert!(moving <= 4 * 100, "{moving} marks move");
    let marks: usize = scene.tiles.iter().map(|tile| tile.marks.len()).sum();
    assert!(scene.tiles.len() < 150 && marks < 1_600, "{} tiles, {marks} marks", scene.tiles.len());
    let texts = scene.chips[0].marks();
    assert_eq!(texts.iter().find_map(text_of), Some("×10"));
    assert!(layout.tight, "a column of them would be no picture");
    let frame = layout.groups[&name("billing")];
    assert!(layout.consumers.values().all(|rect| frame.union(rect) == frame), "{frame:?}");
    assert!(frame.h < 2_000.0 && frame.w < 2_000.0, "{frame:?}");
    assert!(!Layout::of(&between(1_000)).tight, "a few stand in a column");
}

#[test]
fn the_replicas_of_a_large_topic_stand_about_as_wide_as_high() {
    let replicas = |id| {
        (0..1000)
            .map(|n| replica(n, if n % 3 + 1 == id { Role::Leader } else { Role::Follower }, 8, 12))
            .collect()
    };
    let broker =
        |id| Rc::new(BrokerView { id, replicas: replicas(id), disk_slowdown: 1, ..BrokerView::default() });
    let view = ClusterView { brokers: (1..=3).map(broker).collect(), ..cluster(8, 12) };
    let brokers = Layout::of(&view).brokers.into_values().reduce(|a, b| a.union(&b)).expect("three");
    assert!((0.7..1.4).contains(&(brokers.w / brokers.h)), "{brokers:?}");
}

fn text_of(mark: &Mark) -> Option<&str> {
    match mark {
        Mark::Text { text, .. } => Some(text),
        _ => None,
    }
}

#[test]
fn only_what_changed_is_redrawn() {
    let (before, after) = (scene(&cluster(8, 12)), scene(&cluster(9, 12)));
    let dirty = before.tiles.iter().zip(&after.tiles).filter(|(a, b)| a != b).count();
    assert_eq!(before.tiles.len(), after.tiles.len());
    assert_eq!(dirty, 2, "the strips of the two copies, and nothing else");
}

#[test]
fn a_cut_tail_stays_marked_and_then_goes() {
    let mut tween = Tween::default();
    tween.advance(&cluster(8, 12), 1, 16.0, false);
    assert!(tween.advance(&cluster(8, 9), 1, 16.0, false), "a cut is a movement");
    let after = cluster(8, 9);
    let shown = tween.of(1, &after.brokers[0].replicas[0]);
    assert_eq!(shown.cut.map(|(from, to, _)| (from, to)), Some((9, 12)));
    for _ in 0..200 {
        tween.advance(&after, 1, 16.0, false);
    }
    assert!(!tween.advance(&after, 1, 16.0, false), "the picture is at rest");
}

#[test]
fn a_message_moves_along_its_route_and_back_again() {
    let mut view = cluster(8, 12);
    view.flights = vec![FlightView {
        id: 7,
        from: 10_001,
        to: 1,
        kind: FlightKind::Request,
        api: Some(Api::Produce),
        partition: Some(orders(0)),
        sent_at: Instant(0),
        due_at: Some(Instant(1000)),
        bytes: 200,
        records: 3,
    }];
    let layout = Layout::of(&view);
    let x = |now| dots(&layout, &view.flights, now, false)[0].at.x;
    assert!(x(0.0) < x(500.0) && x(500.0) < x(1000.0));
    assert_eq!(x(250.0).to_bits(), x(250.0).to_bits());
    assert_eq!(dots(&layout, &view.flights, 0.0, false)[0].shape, Shape::Diamond);
}

#[test]
fn the_picture_as_svg_names_tokens_and_no_colours() {
    let view = cluster(8, 12);
    let svg = draw_svg(&scene(&view), &[]);
    assert!(svg.contains("var(--p0)") && svg.contains(">HW 8<") && svg.contains("00005.log"), "{svg}");
    assert!(!svg.contains('#'), "a colour slipped past the tokens");
}

/// Sixty partitions with three copies each, and a thousand messages between the brokers.
fn crowd(committed: i64) -> ClusterView {
    let broker = |id: i32| {
        let replicas = (0..60)
            .map(|n| {
                replica(
                    n,
                    if n % 3 + 1 == id { Role::Leader } else { Role::Follower },
                    if n == 7 { committed } else { 8 },
                    12,
                )
            })
            .collect();
        Rc::new(BrokerView { id, replicas, disk_slowdown: 1, ..BrokerView::default() })
    };
    let flight = |id: u64| FlightView {
        id,
        from: (id % 3) as i32 + 1,
        to: ((id + 1) % 3) as i32 + 1,
        kind: FlightKind::Request,
        api: Some(Api::Fetch),
        partition: Some(orders((id % 60) as i32)),
        sent_at: Instant(id),
        due_at: Some(Instant(id + 1000)),
        bytes: 100,
        records: 0,
    };
    ClusterView {
        brokers: (1..=3).map(broker).collect(),
        flights: (0..1000).map(flight).collect(),
        ..cluster(8, 12)
    }
}

#[test]
fn among_sixty_partitions_one_change_redraws_its_three_copies_only() {
    let (before, after) = (crowd(8), crowd(9));
    assert_eq!(Layout::of(&before).density, Density::Dense);
    let (before, after) = (scene(&before), scene(&after));
    let dirty = before.tiles.iter().zip(&after.tiles).filter(|(a, b)| a != b).count();
    assert_eq!(dirty, 3);
    assert!(after.tiles.len() < 200, "{} tiles", after.tiles.len());
}

#[test]
fn a_thousand_messages_change_colour_and_shape_seldom() {
    let view = crowd(8);
    let placed = dots(&Layout::of(&view), &view.flights, 500.0, false);
    assert_eq!(placed.len(), 1000);
    let changes =
        placed.windows(2).filter(|pair| (pair[0].hue, pair[0].shape) != (pair[1].hue, pair[1].shape)).count();
    assert!(changes <= 12, "{changes} changes of colour in a frame");
}
