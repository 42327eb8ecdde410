//! What changes hands in a group, placed: a partition leaves its old owner, waits at the border of the group while nobody
//! has it, and comes to its new one; a position goes back to the committed offset.
//!
//! All of it follows from the picture of one moment, so it is the same at any speed and in both directions of time.

use std::fmt;

use super::clients::lane;
use super::clients::on_track;
use super::layout::HEAD;
use super::layout::Layout;
use super::mark::Align;
use super::mark::Face;
use super::mark::Mark;
use super::mark::Point;
use super::mark::Rect;
use super::mark::Stroke;
use super::mark::Token;
use super::route::Route;
use super::scene::Look;
use crate::kafka::base::TopicPartition;
use crate::view::ClusterView;
use crate::view::ConsumerView;
use crate::view::HandoverView;
use crate::view::Reading;
use crate::view::hue_of;

/// Where a partition is between two owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// On its way out of its old owner.
    Leaves,
    /// Nobody has it.
    Waits,
    /// Taken, on its way to its new owner.
    Comes,
}

/// A partition without an owner, or on its way to one; or many of them that go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// The first of them.
    pub partition: TopicPartition,
    pub count: usize,
    /// How much larger than usual it is drawn.
    pub times: f32,
    pub at: Point,
    pub leg: Leg,
    /// The way that it is on.
    pub route: Option<Route>,
    /// Its owner did not give it up.
    pub lost: bool,
}

const CHIP_W: f32 = 24.0;
const CHIP_H: f32 = 14.0;
/// Many together are a stack: so large, and the next one shows so far below it.
const STACK: (f32, f32) = (40.0, 22.0);
const BELOW: f32 = 3.0;
/// Below this zoom a stack is drawn larger, up to so many times.
const READABLE: f32 = 0.42;
const LARGEST: f32 = 2.0;
/// Chips that wait are so far apart, where there is room.
const APART: f32 = 17.0;
/// How far a way swings out beside the boxes.
const SWING: f32 = 24.0;

/// Every partition that has no owner, or has just got one. With `still` they make steps.
pub(super) fn chips(layout: &Layout, view: &ClusterView, look: &Look) -> Vec<Chip> {
    view.handovers.iter().filter_map(|one| chip(layout, view, one, look)).collect()
}

fn chip(layout: &Layout, view: &ClusterView, one: &HandoverView, look: &Look) -> Option<Chip> {
    let frame = layout.groups.get(&one.group)?;
    // Seen from far away a stack keeps a number that can be read.
    let times = if one.count > 1 { (READABLE / look.zoom).clamp(1.0, LARGEST) } else { 1.0 };
    let border = border(frame, one.place, (one.count > 1).then_some(STACK.1 * times));
    let (mut out, mut into) = one.progress(view.now, view.glide);
    if look.still {
        (out, into) = (1.0, 1.0);
    } else if one.to.is_some() && into >= 1.0 {
        // It has arrived: its lane shows it.
        return None;
    }
    let old = one.from.and_then(|id| layout.consumers.get(&id)).map(|rect| door(rect, one.seat));
    let leaving = old.map(|old| way(old, border));
    let start = leaving.map_or(border, |leaving| leaving.at(eased(out)));
    let new = match one.to {
        Some((id, _)) => {
            let rect = layout.consumers.get(&id)?;
            let member = view.consumers.iter().find(|it| it.id == id)?;
            let row = match one.count {
                1 => member.readings.iter().position(|it| it.partition == one.partition).unwrap_or(0),
                many => (many - 1) / 2,
            };
            Some(door(rect, row))
        }
        None => None,
    };
    let (leg, route, at) = match new {
        Some(new) => {
            let coming = way(start, new);
            (Leg::Comes, Some(coming), coming.at(eased(into)))
        }
        None if out < 1.0 => (Leg::Leaves, leaving, start),
        None => (Leg::Waits, None, start),
    };
    Some(Chip { partition: one.partition.clone(), count: one.count, times, at, leg, route, lost: one.lost })
}

/// Where a partition waits: on the left border of its group, each in its own place. A stack, which is so high, leaves the
/// group's name to be read.
fn border(frame: &Rect, (place, many): (usize, usize), stack: Option<f32>) -> Point {
    let (first, apart) = match stack {
        Some(high) => (HEAD + high / 2.0, high + 2.0 * BELOW),
        None => (CHIP_H, APART),
    };
    let room = (frame.h - first - CHIP_H).max(0.0) / (many.max(2) - 1) as f32;
    Point { x: frame.x, y: (place as f32).mul_add(room.min(apart), frame.y + first) }
}

/// Where a partition leaves or enters the box of a member: at its row.
fn door(rect: &Rect, row: usize) -> Point {
    Point { x: rect.x, y: (lane(rect, row).y - 9.0).min(rect.bottom() - 10.0) }
}

/// A way beside the boxes.
fn way(from: Point, to: Point) -> Route {
    let x = from.x.min(to.x) - SWING;
    Route { points: [from, Point { x, y: from.y }, Point { x, y: to.y }, to] }
}

/// Sets off and arrives gently.
fn eased(share: f32) -> f32 {
    share * share * 2.0f32.mul_add(-share, 3.0)
}

impl Chip {
    /// Whether it stands where it is.
    pub fn rests(&self, still: bool) -> bool {
        still || self.leg == Leg::Waits
    }

    pub fn rect(&self) -> Rect {
        let (w, h) = if self.count > 1 { STACK } else { (CHIP_W, CHIP_H) };
        let (w, h) = (w * self.times, h * self.times);
        Rect::new(self.at.x - w / 2.0, self.at.y - h / 2.0, w, h)
    }

    /// One has the colour of its partition; many have none of their own.
    fn hue(&self) -> Token {
        if self.count > 1 { Token::Ink2 } else { Token::Hue(hue_of(&self.partition) as u8) }
    }

    /// The chip with its number: full while somebody has it, an outline while nobody has. Many are a stack, with how many
    /// they are.
    pub fn marks(&self) -> Vec<Mark> {
        let edge = if self.lost { Token::Bad } else { self.hue() };
        let many = self.count > 1;
        let (fill, ink) = match self.leg {
            Leg::Comes if many => (Token::Ink2, Token::Bg),
            Leg::Comes => (self.hue(), Token::OnHue),
            _ => (Token::Panel, Token::Ink),
        };
        let stroke = if self.leg == Leg::Comes {
            // The outline keeps the sheets of a stack apart.
            Stroke::solid(if many { Token::Panel } else { fill }.full(), 1.3)
        } else {
            Stroke::dashed(edge.full(), 1.4)
        };
        let rect = self.rect();
        let sheet = |below: f32| Mark::Box {
            rect: Rect::new(rect.x + below, rect.y + below, rect.w, rect.h),
            radius: 4.0,
            fill: Some(fill.full()),
            stroke: Some(stroke),
        };
        let (text, size): (String, f32) = if many {
            (format!("×{}", self.count), 13.0 * self.times)
        } else {
            (self.partition.partition.to_string(), 9.0)
        };
        let number = Mark::Text {
            at: Point { x: self.at.x, y: size.mul_add(11.0 / 30.0, self.at.y) },
            text: text.into(),
            size,
            align: Align::Middle,
            face: Face::MonoBold,
            paint: ink.full(),
        };
        let mut marks: Vec<Mark> = many.then(|| sheet(BELOW * self.times)).into_iter().collect();
        marks.extend([sheet(0.0), number]);
        marks
    }

    /// The way that it is on, faintly, and the chip above it.
    pub fn moving(&self) -> impl Iterator<Item = Mark> {
        let paint = if self.lost { Token::Bad } else { self.hue() };
        let stroke = Stroke::dashed(paint.at(0.6), 1.2);
        let way = self.route.map(|route| Mark::Curve { points: route.points, stroke });
        way.into_iter().chain(self.marks())
    }
}

/// As JSON, in units of the stage: `{"partition":"orders-3","count":1,"leg":"waits","x":632,"y":80}`.
impl fmt::Display for Chip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leg = match self.leg {
            Leg::Leaves => "leaves",
            Leg::Waits => "waits",
            Leg::Comes => "comes",
        };
        let (x, y) = (self.at.x.round(), self.at.y.round());
        let (partition, count) = (&self.partition, self.count);
        write!(f, "{{\"partition\":\"{partition}\",\"count\":{count},\"leg\":\"{leg}\",\"x\":{x},\"y\":{y}}}")
    }
}

/// The way of a position back to where its member goes on, under the bar of its lane; `None` when the records that come
/// again are all behind it.
pub(super) fn back(rect: &Rect, row: usize, reading: &Reading) -> Option<Route> {
    let again = reading.again()?;
    let track = lane(rect, row);
    let end = reading.end.unwrap_or(again.to);
    let y = track.bottom() + 1.5;
    let to = Point { x: on_track(&track, again.from, end), y };
    // However long the log is, there is an arc to be seen.
    let from = Point { x: on_track(&track, again.to, end).max(to.x + 12.0), y };
    let deep = y + 9.0;
    Some(Route { points: [from, Point { x: from.x, y: deep }, Point { x: to.x, y: deep }, to] })
}

/// The positions that go back right now, and how far each has come.
pub(super) fn jumps(layout: &Layout, view: &ClusterView) -> Vec<Point> {
    let of = |member: &ConsumerView| {
        let rect = layout.consumers.get(&member.id).copied();
        let placed = move |(row, reading): (usize, &Reading)| {
            let gone = view.now.0.checked_sub(reading.repeated?.since.0)? as f32;
            let share = gone / view.glide.as_micros().max(1) as f32;
            (share < 1.0).then(|| back(&rect?, row, reading))?.map(|route| route.at(eased(share)))
        };
        member.readings.iter().enumerate().filter_map(placed).collect::<Vec<_>>()
    };
    view.consumers.iter().flat_map(|member| of(member)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_waits_below_the_name_of_its_group() {
        let frame = Rect::new(0.0, 100.0, 130.0, 400.0);
        for times in [1.0, LARGEST] {
            let high = STACK.1 * times;
            let at = border(&frame, (0, 3), Some(high));
            assert!(at.y - high / 2.0 >= frame.y + HEAD, "{at:?} of {high}");
            assert!(border(&frame, (1, 3), Some(high)).y - at.y > high, "stacks do not lie on each other");
        }
        assert_eq!(border(&frame, (0, 3), None).y, frame.y + CHIP_H);
    }
}
