//! Producers with the batches that wait in them, and consumers with their positions.

use super::glide;
use super::glide::Chip;
use super::id::Thing;
use super::layout::LANE;
use super::layout::Layout;
use super::mark::Align;
use super::mark::Face;
use super::mark::Mark;
use super::mark::Point;
use super::mark::Rect;
use super::mark::Stroke;
use super::mark::Token;
use super::scene::Look;
use super::scene::Scene;
use super::scene::Tile;
use super::scene::strength;
use super::strip::short;
use crate::ui::words;
use crate::view::BatchBox;
use crate::view::ClusterView;
use crate::view::ConsumerView;
use crate::view::Doings;
use crate::view::GroupState;
use crate::view::ProducerView;
use crate::view::Reading;
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
    // Large lines need to lie further apart.
    let large = look.large > 1.0;
    let [name, configs, queues] = if large { [24.0, 47.0, 55.0] } else { [20.0, 33.0, 41.0] };
    let x = rect.x + if large { 8.0 } else { 12.0 };
    tile.text(x, rect.y + name, &producer.name, 12.0, Face::Bold, Token::Ink.full());
    let kind = if producer.idempotent { words::IDEMPOTENT.of(look.language) } else { "" };
    let kind = if large { "" } else { kind };
    let line = format!("acks={}{}{kind}", producer.acks, if kind.is_empty() { "" } else { " · " });
    tile.text(x, rect.y + configs, &line, 9.0, Face::Words, Token::Ink3.full());
    scene.spot(thing, rect);
    for (row, queue) in producer.queues.iter().filter(|q| !q.batches.is_empty()).take(3).enumerate() {
        let y = (row as f32).mul_add(11.0, rect.y + queues);
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
    if large {
        scene.tiles.push(tile);
        return;
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

/// The frame, the name, and what keeps a member from reading.
fn face(scene: &Scene, tile: &mut Tile, consumer: &ConsumerView, rect: Rect, look: &Look) {
    let thing = Thing::Consumer(consumer.id);
    let group = consumer.group.as_ref();
    let stops = |doing| matches!(doing, Doings::Joining | Doings::Syncing | Doings::Reconciling);
    let moving = group.is_some_and(|it| it.doing.is_some_and(stops));
    let closed = group.is_some_and(|it| it.doing == Some(Doings::Closed));
    let usual = match (consumer.running, moving) {
        (false, _) if closed => Stroke::dashed(Token::Ink3.full(), 1.0),
        (false, _) => Stroke::dashed(Token::Bad.full(), 1.3),
        (true, true) => Stroke::dashed(Token::Warn.full(), 1.3),
        (true, false) => Stroke::solid(Token::Line.full(), 1.0),
    };
    tile.frame(rect, 10.0, Some(Token::Panel.full()), Some(scene.outline(&thing, look, usual)));
    // What keeps a member from reading has a line under its name.
    let baseline = if group.is_some() { 16.0 } else { 20.0 };
    tile.text(rect.x + 12.0, rect.y + baseline, &consumer.name, 12.0, Face::Bold, Token::Ink.full());
    let doing = group.and_then(|it| it.doing).unwrap_or(Doings::Gone);
    if group.is_some() && !matches!(doing, Doings::Polling | Doings::Processing) {
        let (text, grave) = words::doings(doing);
        let token = match grave {
            Some("bad") => Token::Bad,
            Some(_) => Token::Warn,
            None => Token::Ink3,
        };
        tile.text(rect.x + 12.0, rect.y + 26.0, text.of(look.language), 8.0, Face::Words, token.full());
    }
}

/// A consumer with its positions; with `tight` one among very many.
pub(super) fn consumer(scene: &mut Scene, consumer: &ConsumerView, rect: Rect, look: &Look, tight: bool) {
    let thing = Thing::Consumer(consumer.id);
    let mut tile = Tile::new(rect.grown(3.0));
    face(scene, &mut tile, consumer, rect, look);
    if tight {
        owns(&mut tile, consumer, rect, look);
        scene.spot(thing, rect);
        scene.tiles.push(tile);
        return;
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
        let track = lane(&rect, row);
        let y = track.y - 6.0;
        if y + 24.0 > rect.bottom() {
            break;
        }
        let hue = Token::Hue(hue_of(&reading.partition) as u8);
        let strong = strength(look, &reading.partition);
        tile.text(rect.x + 12.0, y, &reading.partition.to_string(), 9.5, Face::Bold, hue.at(strong));
        let position = reading.position.map_or_else(|| "–".to_string(), |p| p.to_string());
        let lag = reading.lag().unwrap_or(0);
        let behind = words::LAG_N.with(look.language, &[&lag]);
        // Both only where they have room beside the partition's name.
        let both = look.large <= 1.0 && position.len() + behind.len() < LONGEST;
        let (text, token) = match (lag, both) {
            (0, _) => (position, Token::Ink3),
            (_, true) => (format!("{position} · {behind}"), Token::Warn),
            (_, false) => (behind, Token::Warn),
        };
        let at = Point { x: rect.right() - 10.0, y };
        tile.text_at(at, &text, 8.5, Face::Mono, Align::End, token.at(strong));
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
            let way = glide::back(&rect, row, reading);
            tile.marks.extend(way.map(|way| Mark::Curve {
                points: way.points,
                stroke: Stroke::solid(Token::Bad.full(), 1.2),
            }));
        }
    }
    scene.spot(thing, rect);
    scene.tiles.push(tile);
}

/// So many partitions of a consumer among very many have a cell of their own.
const CELLS: usize = 9;

/// How many partitions a consumer reads, how far behind it is in all of them, and a cell for each.
fn owns(tile: &mut Tile, consumer: &ConsumerView, rect: Rect, look: &Look) {
    let at = Point { x: rect.right() - 10.0, y: rect.y + 16.0 };
    let many = consumer.readings.len();
    tile.text_at(at, &format!("×{many}"), 9.5, Face::MonoBold, Align::End, Token::Ink2.full());
    for (place, reading) in consumer.readings.iter().take(CELLS).enumerate() {
        let cell = Rect::new((place as f32).mul_add(8.5, rect.x + 12.0), rect.bottom() - 15.0, 7.0, 7.0);
        let hue = Token::Hue(hue_of(&reading.partition) as u8);
        tile.frame(cell, 1.5, Some(hue.at(strength(look, &reading.partition))), None);
    }
    if many > CELLS {
        let at = Point { x: rect.right() - 10.0, y: rect.bottom() - 9.0 };
        tile.text_at(at, &format!("+{}", many - CELLS), 7.5, Face::Mono, Align::End, Token::Ink3.full());
    }
    let lag: i64 = consumer.readings.iter().filter_map(Reading::lag).sum();
    if lag > 0 && consumer.group.as_ref().and_then(|it| it.doing).is_none_or(|it| it == Doings::Polling) {
        let behind = words::LAG_N.with(look.language, &[&lag]);
        tile.text(rect.x + 12.0, rect.y + 26.0, &behind, 8.0, Face::Mono, Token::Warn.full());
    }
}

/// Letters of a position and its lag that fit beside a partition's name.
const LONGEST: usize = 8;

/// The bar of what a consumer has read of its partition in that row.
pub(super) fn lane(rect: &Rect, row: usize) -> Rect {
    Rect::new(rect.x + 12.0, (row as f32).mul_add(LANE, rect.y + 40.0), rect.w - 24.0, 5.0)
}

/// The place of an offset on such a bar.
pub(super) fn on_track(track: &Rect, offset: i64, end: i64) -> f32 {
    track.w.mul_add((offset as f32 / end.max(1) as f32).clamp(0.0, 1.0), track.x)
}

/// A group around its members, in the colour of the state that its coordinator has it in.
pub(super) fn groups(scene: &mut Scene, view: &ClusterView, layout: &Layout, look: &Look) {
    let [first, second, high] = if look.large > 1.0 { [14.0, 32.0, 37.0] } else { [16.0, 28.0, 32.0] };
    for (name, rect) in &layout.groups {
        let mut members = view.consumers.iter().filter_map(|it| it.group.as_ref());
        let member = members.find(|it| it.group == *name && it.state.is_some());
        let state = member.and_then(|it| it.state);
        let token = match state {
            Some(GroupState::Stable) => Token::Ok,
            Some(GroupState::PreparingRebalance | GroupState::Assigning) => Token::Warn,
            Some(GroupState::CompletingRebalance | GroupState::Reconciling) => Token::Hue(3),
            Some(GroupState::Dead) => Token::Bad,
            _ => Token::Ink3,
        };
        let moving = state.is_some_and(GroupState::is_rebalance);
        let edge =
            if moving { Stroke::dashed(token.full(), 1.4) } else { Stroke::dashed(token.at(0.5), 1.0) };
        // The frame in a tile of its own: it lies under all members, and its texts do not.
        let mut frame = Tile::new(rect.grown(3.0));
        frame.frame(*rect, 12.0, moving.then(|| token.at(0.06)), Some(edge));
        scene.tiles.push(frame);
        let mut head = Tile::new(Rect::new(rect.x, rect.y, rect.w, high));
        head.text(rect.x + 16.0, rect.y + first, &short(name, 14), 10.5, Face::Bold, Token::Ink.full());
        let generations = view.consumers.iter().filter_map(|it| it.group.as_ref());
        let generation = generations.filter(|it| it.group == *name).map(|it| it.generation).max();
        if let Some(generation) = generation.filter(|it| *it >= 0) {
            let at = Point { x: rect.right() - 12.0, y: rect.y + first };
            head.text_at(at, &format!("gen {generation}"), 8.5, Face::Mono, Align::End, Token::Ink3.full());
        }
        let more = view.left_out.iter().filter(|group| *group == name).count();
        if more > 0 {
            let at = Point { x: rect.right() - 12.0, y: rect.y + second };
            head.text_at(at, &format!("+{more}"), 9.0, Face::Bold, Align::End, Token::Ink2.full());
        }
        let said = state.map_or("–", words::group_state);
        head.text(rect.x + 16.0, rect.y + second, said, 9.0, Face::Bold, token.full());
        scene.tiles.push(head);
    }
}

/// The records that the group is given once more, over the bar of what is read.
fn repeated(tile: &mut Tile, again: &RepeatedView, end: i64, track: Rect) {
    let (from, to) = (on_track(&track, again.from, end), on_track(&track, again.to, end));
    let mark = Rect::new(from, track.y - 1.5, (to - from).max(2.0), track.h + 3.0);
    tile.frame(mark, 1.5, None, Some(Stroke::solid(Token::Bad.full(), 1.3)));
    // Beside the arc, where there is room.
    let left = mark.x > track.x + 30.0;
    let at = Point {
        x: if left { mark.x - 4.0 } else { mark.right().max(mark.x + 12.0) + 4.0 },
        y: track.bottom() + 8.5,
    };
    let align = if left { Align::End } else { Align::Start };
    tile.text_at(at, &format!("×2 {}", again.to - again.from), 7.5, Face::Mono, align, Token::Bad.full());
}

/// The partitions that stand still between two owners.
pub(super) fn resting(scene: &mut Scene, chips: &[Chip], still: bool) {
    for chip in chips.iter().filter(|chip| chip.rests(still)) {
        let mut tile = Tile::new(chip.rect().grown(8.0));
        tile.marks.extend(chip.marks());
        scene.tiles.push(tile);
    }
}
