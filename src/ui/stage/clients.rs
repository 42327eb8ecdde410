//! Producers with the batches that wait in them, and consumers with their positions.

use super::id::Thing;
use super::mark::Align;
use super::mark::Face;
use super::mark::Point;
use super::mark::Rect;
use super::mark::Stroke;
use super::mark::Token;
use super::scene::Look;
use super::scene::Scene;
use super::scene::Tile;
use super::scene::strength;
use crate::kafka::base::Map;
use crate::ui::words;
use crate::view::BatchBox;
use crate::view::ClusterView;
use crate::view::ConsumerView;
use crate::view::GroupState;
use crate::view::MembershipView;
use crate::view::ProducerView;
use crate::view::RepeatedView;
use crate::view::hue_of;

pub(super) fn producer(scene: &mut Scene, producer: &ProducerView, rect: Rect, look: &Look) {
    let thing = Thing::Producer(producer.id);
    let mut tile = Tile::new(rect.grown(3.0));
    let usual = match (&producer.blocked, producer.running) {
        (_, false) => Stroke::dashed(Token::Bad.full(), 1.3),
        (Some(_), _) => Stroke::solid(Token::Warn.full(), 1.3),
        _ => Stroke::solid(Token::Line.full(), 1.0),
    };
    tile.frame(rect, 10.0, Some(Token::Panel.full()), Some(scene.outline(&thing, look, usual)));
    tile.text(rect.x + 12.0, rect.y + 20.0, &producer.name, 12.0, Face::Bold, Token::Ink.full());
    let kind = if producer.idempotent { words::IDEMPOTENT.of(look.language) } else { "" };
    let line = format!("acks={}{}{kind}", producer.acks, if kind.is_empty() { "" } else { " · " });
    tile.text(rect.x + 12.0, rect.y + 33.0, &line, 9.0, Face::Words, Token::Ink3.full());
    scene.spot(thing, rect);
    for (row, queue) in producer.queues.iter().filter(|q| !q.batches.is_empty()).take(3).enumerate() {
        let y = (row as f32).mul_add(11.0, rect.y + 41.0);
        let hue = Token::Hue(hue_of(&queue.partition) as u8);
        let strong = strength(look, &queue.partition);
        for (place, batch) in queue.batches.iter().take(9).enumerate() {
            let cell = Rect::new((place as f32).mul_add(10.0, rect.x + 12.0), y, 8.5, 8.5);
            waiting(&mut tile, batch, cell, hue, strong);
        }
        if queue.batches.len() > 9 {
            let more = format!("+{}", queue.batches.len() - 9);
            tile.text(rect.x + 12.0, y + 8.0, &more, 7.0, Face::Mono, Token::Ink3.full());
        }
    }
    let said = words::RATE_N.with(look.language, &[&producer.rate, &words::count(producer.acked_records)]);
    tile.text(rect.x + 12.0, rect.bottom() - 8.0, &said, 8.0, Face::Mono, Token::Ink3.full());
    scene.tiles.push(tile);
}

/// A batch fills from the bottom while records join it; one in flight is hollow.
fn waiting(tile: &mut Tile, batch: &BatchBox, cell: Rect, hue: Token, strong: f32) {
    if batch.in_flight {
        tile.frame(cell, 2.0, None, Some(Stroke::dashed(hue.at(strong), 1.0)));
        return;
    }
    let full = (batch.bytes as f32 / batch.limit.max(1) as f32).clamp(0.12, 1.0);
    tile.frame(cell, 2.0, Some(hue.at(0.22 * strong)), None);
    let level = Rect::new(cell.x, cell.h.mul_add(1.0 - full, cell.y), cell.w, cell.h * full);
    tile.frame(level, 2.0, Some(hue.at(strong)), None);
}

pub(super) fn consumer(scene: &mut Scene, consumer: &ConsumerView, rect: Rect, look: &Look) {
    let thing = Thing::Consumer(consumer.id);
    let mut tile = Tile::new(rect.grown(3.0));
    let group = consumer.group.as_ref();
    let moving = group.is_some_and(|it| it.state.is_some_and(GroupState::is_rebalance));
    let usual = match (consumer.running, moving) {
        (false, _) => Stroke::dashed(Token::Bad.full(), 1.3),
        (true, true) => Stroke::dashed(Token::Warn.full(), 1.3),
        (true, false) => Stroke::solid(Token::Line.full(), 1.0),
    };
    tile.frame(rect, 10.0, Some(Token::Panel.full()), Some(scene.outline(&thing, look, usual)));
    // A member has a second line under its name.
    let baseline = if group.is_some() { 15.0 } else { 20.0 };
    tile.text(rect.x + 12.0, rect.y + baseline, &consumer.name, 12.0, Face::Bold, Token::Ink.full());
    if let Some(group) = group {
        group_line(&mut tile, group, rect);
    }
    if consumer.readings.is_empty() {
        tile.text(
            rect.x + 12.0,
            rect.y + 40.0,
            words::READS_NOTHING.of(look.language),
            9.5,
            Face::Words,
            Token::Ink3.full(),
        );
    }
    for (row, reading) in consumer.readings.iter().enumerate() {
        let y = (row as f32).mul_add(30.0, rect.y + 34.0);
        if y + 24.0 > rect.bottom() {
            break;
        }
        let hue = Token::Hue(hue_of(&reading.partition) as u8);
        let strong = strength(look, &reading.partition);
        tile.text(rect.x + 12.0, y, &reading.partition.to_string(), 9.5, Face::Bold, hue.at(strong));
        let position = reading.position.map_or_else(|| "–".to_string(), |p| p.to_string());
        let lag = reading.lag().unwrap_or(0);
        let (text, token) = if lag == 0 {
            (position, Token::Ink3)
        } else {
            (format!("{position} · {}", words::LAG_N.with(look.language, &[&lag])), Token::Warn)
        };
        let at = Point { x: rect.right() - 10.0, y };
        tile.text_at(at, &text, 8.5, Face::Mono, Align::End, token.at(strong));
        let track = Rect::new(rect.x + 12.0, y + 6.0, rect.w - 24.0, 5.0);
        tile.frame(track, 2.5, Some(Token::Line.full()), None);
        let share = match (reading.position, reading.end) {
            (Some(position), Some(end)) if end > 0 => (position as f32 / end as f32).clamp(0.0, 1.0),
            _ => 0.0,
        };
        if share > 0.0 {
            let read = Rect::new(track.x, track.y, track.w * share, track.h);
            tile.frame(read, 2.5, Some(hue.at(strong)), None);
        }
        if let Some(again) = reading.repeated {
            repeated(&mut tile, &again, reading.end.unwrap_or(again.to), track);
        }
    }
    scene.spot(thing, rect);
    scene.tiles.push(tile);
}

/// The group of a consumer, and the state that its coordinator has it in.
fn group_line(tile: &mut Tile, member: &MembershipView, rect: Rect) {
    let token = match member.state {
        Some(GroupState::Stable) => Token::Ok,
        Some(state) if state.is_rebalance() => Token::Warn,
        Some(GroupState::Dead) => Token::Bad,
        _ => Token::Ink3,
    };
    let text = match member.state {
        Some(state) => format!("{} · {}", member.group, short(state)),
        None => member.group.to_string(),
    };
    tile.text(rect.x + 12.0, rect.y + 25.0, &text, 7.0, Face::Mono, token.full());
}

/// The state in one word: the box is narrow.
const fn short(state: GroupState) -> &'static str {
    match state {
        GroupState::Empty => "Empty",
        GroupState::PreparingRebalance => "Preparing",
        GroupState::CompletingRebalance => "Completing",
        GroupState::Stable => "Stable",
        GroupState::Dead => "Dead",
        GroupState::Assigning => "Assigning",
        GroupState::Reconciling => "Reconciling",
    }
}

/// The records that the group is given once more, over the bar of what is read.
fn repeated(tile: &mut Tile, again: &RepeatedView, end: i64, track: Rect) {
    let place = |offset: i64| track.w.mul_add((offset as f32 / end.max(1) as f32).clamp(0.0, 1.0), track.x);
    let (from, to) = (place(again.from), place(again.to));
    let mark = Rect::new(from, track.y - 1.5, (to - from).max(2.0), track.h + 3.0);
    tile.frame(mark, 1.5, None, Some(Stroke::solid(Token::Bad.full(), 1.3)));
    let at = Point { x: mark.right(), y: track.bottom() + 8.0 };
    tile.text_at(
        at,
        &format!("×2 {}", again.to - again.from),
        7.5,
        Face::Mono,
        Align::End,
        Token::Bad.full(),
    );
}

/// Partitions on their way from one member of a group to another: with nobody, a dashed box half out of the box of who
/// had it; taken, a line from there to the box of who has it now.
pub(super) fn handovers(scene: &mut Scene, view: &ClusterView, rects: &Map<i32, Rect>) {
    for (row, one) in view.handovers.iter().enumerate() {
        let Some(from) = one.from.and_then(|id| rects.get(&id)) else { continue };
        let down = (row % 4) as f32;
        let start = Point { x: from.x - 2.0, y: down.mul_add(20.0, from.y + 12.0) };
        let to = one.to.and_then(|(id, _)| rects.get(&id));
        let end = to.map_or(Point { x: start.x - 26.0, y: start.y }, |to| Point {
            x: to.x - 2.0,
            y: down.mul_add(20.0, to.y + 12.0),
        });
        let chip = Rect::new(end.x - 13.0, end.y - 7.0, 26.0, 14.0);
        let hue = Token::Hue(hue_of(&one.partition) as u8);
        let mut tile = Tile::new(chip.union(&Rect::new(start.x - 2.0, start.y - 2.0, 4.0, 4.0)).grown(3.0));
        let (paint, dashed) = if one.lost { (Token::Bad, true) } else { (hue, to.is_none()) };
        let stroke = |width| {
            if dashed { Stroke::dashed(paint.full(), width) } else { Stroke::solid(paint.full(), width) }
        };
        tile.line(start, end, stroke(1.2));
        let fill = if to.is_some() { hue.full() } else { Token::Panel.full() };
        tile.frame(chip, 4.0, Some(fill), Some(stroke(1.3)));
        let at = Point { x: end.x, y: end.y + 3.5 };
        let ink = if to.is_some() { Token::OnHue } else { Token::Ink };
        tile.text_at(
            at,
            &one.partition.partition.to_string(),
            9.0,
            Face::MonoBold,
            Align::Middle,
            ink.full(),
        );
        scene.tiles.push(tile);
    }
}
