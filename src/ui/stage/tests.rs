use std::rc::Rc;

use super::mark::Face;
use super::*;
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
        group: name("billing"),
        from: Some(20_002),
        left: Instant(950_000),
        to: Some((20_001, Instant(990_000))),
        lost: false,
    }];
    let scene = scene(&view);
    let texts: Vec<&str> = scene.tiles.iter().flat_map(|tile| &tile.marks).filter_map(text_of).collect();
    assert_eq!(texts.iter().filter(|text| **text == "billing · Preparing").count(), 2, "{texts:?}");
    assert!(texts.contains(&"×2 4"), "{texts:?}");
    let chip = scene.tiles.iter().flat_map(|tile| &tile.marks).find_map(|mark| match mark {
        Mark::Text { at, text, face: Face::MonoBold, .. } if &**text == "0" => Some(*at),
        _ => None,
    });
    let owner = scene.find(&Thing::Consumer(20_001)).expect("the new owner is on the stage");
    assert!(
        chip.is_some_and(|at| at.y > owner.y && at.y < owner.bottom()),
        "the partition is beside who has it now"
    );
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
