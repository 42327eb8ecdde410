use super::layout::ADMIN;
use super::layout::CONTROLLER;
use super::layout::Layout;
use super::mark::Point;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::TopicPartition;
use crate::view::FlightView;

/// A way on the stage: a cubic Bézier curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Route {
    pub points: [Point; 4],
}

impl Route {
    /// The way of a message.
    pub fn of(layout: &Layout, flight: &FlightView) -> Option<Self> {
        Self::between(layout, flight.from, flight.to, flight.partition.as_ref())
    }

    pub fn between(layout: &Layout, from: i32, to: i32, partition: Option<&TopicPartition>) -> Option<Self> {
        let side = |node: i32, other: i32| {
            layout.consumers.contains_key(&other) || other == CONTROLLER || node == CONTROLLER
        };
        let a = layout.anchor(from, partition, side(from, to))?;
        let b = layout.anchor(to, partition, side(to, from))?;
        let inside = |node| layout.brokers.contains_key(&node) || node == CONTROLLER;
        let bent = inside(from) && inside(to);
        let points = if bent {
            // Between brokers: through the gutter at their side, the farther the wider.
            let out = if from == CONTROLLER || to == CONTROLLER { 34.0 } else { -34.0 };
            let wide = ((a.y - b.y).abs() * 0.05).min(12.0) * f32::signum(out);
            [a, Point { x: a.x + out + wide, y: a.y }, Point { x: b.x + out + wide, y: b.y }, b]
        } else if from == ADMIN || to == ADMIN {
            [a, a, b, b]
        } else {
            let half = (b.x - a.x) * 0.5;
            [a, Point { x: a.x + half, y: a.y }, Point { x: b.x - half, y: b.y }, b]
        };
        Some(Self { points })
    }

    /// The place after that share of the way, from 0 to 1.
    pub fn at(&self, share: f32) -> Point {
        let [a, b, c, d] = self.points;
        let t = share.clamp(0.0, 1.0);
        let u = 1.0 - t;
        let (wa, wb, wc, wd) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
        Point { x: wa * a.x + wb * b.x + wc * c.x + wd * d.x, y: wa * a.y + wb * b.y + wc * c.y + wd * d.y }
    }
}

/// A message on its way, placed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    pub id: u64,
    pub at: Point,
    /// Which hue, or none for messages of no partition.
    pub hue: Option<u8>,
    pub shape: Shape,
    pub held: bool,
}

/// The kind of a message, by shape as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    Square,
    Circle,
    Diamond,
    Ring,
}

/// Where every message is at a moment, sorted by colour so that the painter changes it seldom.
pub fn dots(layout: &Layout, flights: &[FlightView], now_micros: f64, still: bool) -> Vec<Dot> {
    let mut out: Vec<Dot> = flights
        .iter()
        .filter_map(|flight| {
            let route = Route::of(layout, flight)?;
            let progress = flight.progress(now_micros) as f32;
            // Without movement a message stands at its source, then at its target.
            let progress = if still { progress.round() } else { progress };
            Some(Dot {
                id: flight.id,
                at: route.at(progress),
                hue: flight.partition.as_ref().map(|p| crate::view::hue_of(p) as u8),
                shape: shape(flight),
                held: flight.due_at.is_none(),
            })
        })
        .collect();
    out.arrange_by_key(|dot| (dot.hue, dot.shape));
    out
}

fn shape(flight: &FlightView) -> Shape {
    match flight.kind {
        crate::view::FlightKind::Control => Shape::Ring,
        _ if flight.records > 0 => Shape::Diamond,
        crate::view::FlightKind::Request => Shape::Square,
        crate::view::FlightKind::Response => Shape::Circle,
    }
}
