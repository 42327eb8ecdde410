use std::rc::Rc;

use super::clients;
use super::glide;
use super::glide::Chip;
use super::id::Thing;
use super::large::enlarge;
use super::layout::Density;
use super::layout::Layout;
use super::layout::Window;
use super::mark::Align;
use super::mark::Face;
use super::mark::Mark;
use super::mark::Paint;
use super::mark::Point;
use super::mark::Rect;
use super::mark::Stroke;
use super::mark::Token;
use super::strip;
use super::tween::Tween;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::lesson::Language;
use crate::ui::words;
use crate::view::BrokerState;
use crate::view::BrokerView;
use crate::view::ClusterView;
use crate::view::ConsumerView;
use crate::view::LinkFault;
use crate::view::Role;

/// How the cluster is to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    pub language: Language,
    pub selected: Option<Thing>,
    pub hovered: Option<Thing>,
    /// The record that is followed: the rest is drawn faint.
    pub followed: Option<(TopicPartition, Offset)>,
    /// Offsets in one cell.
    pub unit: i64,
    /// CSS pixels a unit of the stage; decides what is left out.
    pub zoom: f32,
    /// Steps instead of glides.
    pub still: bool,
    /// Texts this much larger for a class, where there is room; 0 and 1 are the usual size.
    pub large: f32,
    /// Names of things that get a number, in order.
    pub marks: Vec<String>,
}

/// A part of the picture that is redrawn as a whole when one of its marks changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    pub rect: Rect,
    pub marks: Vec<Mark>,
}

/// A thing and where it is. Later ones lie above earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    pub thing: Thing,
    pub rect: Rect,
}

/// Everything on the base canvas, as data: no browser is needed to make, test or print it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    pub bounds: Rect,
    pub tiles: Vec<Tile>,
    pub spots: Vec<Spot>,
    /// Partitions between two owners; those that move are drawn over the picture.
    pub chips: Vec<Chip>,
}

/// Half the size of a number on a thing.
const NUMBER: f32 = 8.5;

impl Scene {
    pub fn of(view: &ClusterView, layout: &Layout, tween: &Tween, look: &Look) -> Self {
        let mut scene = Self { bounds: layout.bounds, ..Self::default() };
        scene.controller(view, layout, look);
        let ends = ends(view);
        for broker in &view.brokers {
            let Some(rect) = layout.brokers.get(&broker.id) else { continue };
            scene.broker(view, broker, *rect, look);
            for replica in &broker.replicas {
                let key = (broker.id, replica.partition.clone());
                let Some(row) = layout.replicas.get(&key) else { continue };
                let (start, end) = ends.get(&replica.partition).copied().unwrap_or((0, 0));
                let window = Window::of(start, end, strip::cells(layout.density, row.w, look), look.unit);
                let shown = tween.of(broker.id, replica);
                let readers = match (replica.role, layout.density) {
                    (_, Density::Dense) => Vec::new(),
                    (Role::Leader, _) => readers(view, &replica.partition),
                    _ => Vec::new(),
                };
                let (row, density) = (*row, layout.density);
                strip::draw(
                    &mut scene,
                    &strip::Strip { broker, replica, row, window, shown, look, density, readers },
                );
            }
        }
        for producer in &view.producers {
            if let Some(rect) = layout.producers.get(&producer.id) {
                clients::producer(&mut scene, producer, *rect, look);
            }
        }
        clients::groups(&mut scene, view, layout, look);
        for consumer in &view.consumers {
            if let Some(rect) = layout.consumers.get(&consumer.id) {
                clients::consumer(&mut scene, consumer, *rect, look, layout.tight);
            }
        }
        let chips = glide::chips(layout, view, look);
        clients::resting(&mut scene, &chips, look.still);
        scene.chips = chips;
        scene.links(view, layout, look);
        scene.numbers(look);
        if look.large > 1.0 {
            scene.tiles.iter_mut().for_each(|tile| enlarge(tile, look.large));
        }
        scene
    }

    /// The numbers of the things that were clicked as an answer.
    fn numbers(&mut self, look: &Look) {
        for (index, name) in look.marks.iter().enumerate() {
            let Some(spot) = self.spots.iter().find(|spot| spot.thing.to_string() == *name) else { continue };
            let at = Point { x: spot.rect.x + 2.0, y: spot.rect.y + 2.0 };
            let disc = Rect::new(at.x - NUMBER, at.y - NUMBER, 2.0 * NUMBER, 2.0 * NUMBER);
            let mut tile = Tile::new(disc.union(&spot.rect).grown(3.0));
            tile.frame(spot.rect, 4.0, None, Some(Stroke::solid(Token::Accent.full(), 2.0)));
            tile.frame(disc, NUMBER, Some(Token::Accent.full()), Some(Stroke::solid(Token::Bg.full(), 1.5)));
            tile.marks.push(Mark::Text {
                at: Point { x: at.x, y: at.y + 4.0 },
                text: (index + 1).to_string().into(),
                size: 11.0,
                align: Align::Middle,
                face: Face::Bold,
                paint: Token::Bg.full(),
            });
            self.tiles.push(tile);
        }
    }

    fn controller(&mut self, view: &ClusterView, layout: &Layout, look: &Look) {
        let (rect, controller) = (layout.controller, &view.controller);
        if controller.id == 0 {
            return;
        }
        let mut tile = Tile::new(rect.grown(3.0));
        let down = !controller.state.runs();
        let outline = if down {
            Stroke::dashed(Token::Bad.full(), 1.3)
        } else {
            Stroke::solid(Token::Line.full(), 1.0)
        };
        tile.frame(
            rect,
            8.0,
            Some(Token::Panel.full()),
            Some(self.outline(&Thing::Controller, look, outline)),
        );
        let state = words::node_state(controller.state, look.language);
        tile.text(
            rect.x + 10.0,
            rect.y + 17.0,
            words::CONTROLLER.of(look.language),
            11.5,
            Face::Bold,
            Token::Ink.full(),
        );
        let paint = if down { Token::Bad } else { Token::Ink3 };
        let line =
            if down { state.to_string() } else { format!("__cluster_metadata-0 · {}", controller.log_end) };
        tile.text(rect.x + 10.0, rect.y + 31.0, &line, 9.0, Face::Mono, paint.full());
        self.spot(Thing::Controller, rect);
        self.tiles.push(tile);
    }

    fn broker(&mut self, view: &ClusterView, broker: &BrokerView, rect: Rect, look: &Look) {
        let thing = Thing::Broker(broker.id);
        let mut tile = Tile::new(rect.grown(3.0));
        let fault = broker.state != BrokerState::Up;
        let outline = if fault {
            Stroke::dashed(Token::Bad.full(), 1.3)
        } else {
            Stroke::solid(Token::Line.full(), 1.0)
        };
        let dim = if broker.state.runs() { 1.0 } else { 0.5 };
        tile.frame(rect, 12.0, Some(Token::Panel.full()), Some(self.outline(&thing, look, outline)));
        let name = words::BROKER_N.with(look.language, &[&broker.id]);
        tile.text(rect.x + 16.0, rect.y + 24.0, &name, 13.5, Face::Bold, Token::Ink.at(dim));
        let said = broker_says(view, broker, look.language);
        if let Some((said, token)) = said {
            tile.text(rect.x + 88.0, rect.y + 24.0, &said, 11.5, Face::Words, token.full());
        }
        let mut facts = words::DISK_USE.with(look.language, &[&words::bytes(broker.disk_bytes)]);
        if let Some(percent) = broker.cache_hit_percent {
            facts.push_str(&words::CACHE_HIT.with(look.language, &[&percent]));
        }
        if rect.w > 300.0 {
            let at = Point { x: rect.right() - 16.0, y: rect.y + 24.0 };
            tile.text_at(at, &facts, 10.5, Face::Words, Align::End, Token::Ink3.full());
        }
        self.spot(thing, rect);
        self.tiles.push(tile);
    }

    /// A cross and a few words at every link that is not as it should be.
    fn links(&mut self, view: &ClusterView, layout: &Layout, look: &Look) {
        let mut drawn: Vec<(i32, i32)> = Vec::new();
        for link in &view.links {
            let pair = (link.from.min(link.to), link.from.max(link.to));
            if drawn.contains(&pair) {
                continue;
            }
            drawn.push(pair);
            let Some(from) = layout.anchor(link.from, None, false) else { continue };
            let Some(to) = layout.anchor(link.to, None, false) else { continue };
            let same = drawn.iter().filter(|p| p.0 == pair.0).count() as f32 - 1.0;
            let x = if (from.x - to.x).abs() < 1.0 { from.x - 22.0 } else { (from.x + to.x) * 0.5 };
            let y = (from.y + to.y).mul_add(0.5, same * 16.0);
            let rect = Rect::new(x - 8.0, y - 8.0, 16.0, 16.0);
            let mut tile = Tile::new(rect.grown(2.0));
            let (sign, token) = match link.fault {
                LinkFault::Cut => ("✕", Token::Bad),
                LinkFault::Held => ("‖", Token::Warn),
                LinkFault::Slow { .. } => ("~", Token::Warn),
            };
            tile.frame(rect, 8.0, Some(Token::Bg.full()), Some(Stroke::solid(token.full(), 1.2)));
            tile.text_at(Point { x, y: y + 4.0 }, sign, 11.0, Face::Bold, Align::Middle, token.full());
            let thing = Thing::Link(pair.0, pair.1);
            if look.selected.as_ref() == Some(&thing) {
                tile.frame(rect.grown(2.0), 9.0, None, Some(Stroke::solid(Token::Accent.full(), 2.0)));
            }
            self.spot(thing, rect.grown(4.0));
            self.tiles.push(tile);
        }
    }

    pub(super) fn spot(&mut self, thing: Thing, rect: Rect) {
        self.spots.push(Spot { thing, rect });
    }

    /// The outline of a box: the accent when it is selected or pointed at.
    pub(super) fn outline(&self, thing: &Thing, look: &Look, usual: Stroke) -> Stroke {
        if look.selected.as_ref() == Some(thing) {
            Stroke::solid(Token::Accent.full(), 2.0)
        } else if look.hovered.as_ref() == Some(thing) {
            Stroke { paint: Token::Accent.at(0.7), ..usual }
        } else {
            usual
        }
    }

    /// The thing under a point: the last one drawn wins, which is the smallest.
    pub fn hit(&self, at: Point) -> Option<&Spot> {
        self.spots.iter().rev().find(|spot| spot.rect.contains(at))
    }

    pub fn find(&self, thing: &Thing) -> Option<Rect> {
        self.spots.iter().find(|spot| spot.thing == *thing).map(|spot| spot.rect)
    }
}

/// Where the copies of each partition begin and end, taken together.
fn ends(view: &ClusterView) -> Map<TopicPartition, (Offset, Offset)> {
    let mut ends: Map<TopicPartition, (Offset, Offset)> = Map::new();
    for replica in view.brokers.iter().flat_map(|b| &b.replicas) {
        let known = ends.entry(replica.partition.clone()).or_insert((i64::MAX, 0));
        *known = (known.0.min(replica.log_start), known.1.max(replica.log_end));
    }
    ends
}

/// Who reads a partition, and where.
fn readers(view: &ClusterView, partition: &TopicPartition) -> Vec<(String, Offset)> {
    let of = |consumer: &std::rc::Rc<ConsumerView>| {
        let reading = consumer.readings.iter().find(|r| r.partition == *partition)?;
        Some((consumer.name.to_string(), reading.position?))
    };
    view.consumers.iter().filter_map(of).collect()
}

/// The few words beside a broker's name.
fn broker_says(view: &ClusterView, broker: &BrokerView, language: Language) -> Option<(String, Token)> {
    if broker.state != BrokerState::Up {
        return Some((words::node_state(broker.state, language).to_string(), Token::Bad));
    }
    let fault = view.links.iter().find(|l| l.from == broker.id || l.to == broker.id);
    if let Some(link) = fault {
        let other = if link.from == broker.id { link.to } else { link.from };
        let name = words::node_name(other, language);
        let (text, token) = match link.fault {
            LinkFault::Cut => (words::LINK_CUT, Token::Bad),
            LinkFault::Held => (words::LINK_HELD, Token::Warn),
            LinkFault::Slow { .. } => (words::LINK_SLOW, Token::Warn),
        };
        return Some((text.with(language, &[&name]), token));
    }
    (broker.disk_slowdown > 1)
        .then(|| (words::DISK_SLOW.with(language, &[&broker.disk_slowdown]), Token::Warn))
}

impl Tile {
    pub fn new(rect: Rect) -> Self {
        Self { rect, marks: Vec::new() }
    }

    pub fn frame(&mut self, rect: Rect, radius: f32, fill: Option<Paint>, stroke: Option<Stroke>) {
        self.marks.push(Mark::Box { rect, radius, fill, stroke });
    }

    pub fn line(&mut self, from: Point, to: Point, stroke: Stroke) {
        self.marks.push(Mark::Line { from, to, stroke });
    }

    pub fn text(&mut self, x: f32, y: f32, text: &str, size: f32, face: Face, paint: Paint) {
        self.text_at(Point { x, y }, text, size, face, Align::Start, paint);
    }

    pub fn text_at(&mut self, at: Point, text: &str, size: f32, face: Face, align: Align, paint: Paint) {
        self.marks.push(Mark::Text { at, text: Rc::from(text), size, align, face, paint });
    }
}

/// How strong a partition's things are drawn: full, unless something of another partition is selected or followed.
pub(super) fn strength(look: &Look, partition: &TopicPartition) -> f32 {
    if let Some((followed, _)) = &look.followed {
        return if followed == partition { 1.0 } else { FAINT };
    }
    match look.selected.as_ref().and_then(Thing::partition) {
        Some(selected) if selected != partition => 0.35,
        _ => 1.0,
    }
}

/// What is not followed.
pub(super) const FAINT: f32 = 0.18;

/// How strong records are drawn, from an offset on up to another.
pub(super) fn strength_of(look: &Look, partition: &TopicPartition, from: Offset, to: Offset) -> f32 {
    match &look.followed {
        Some((followed, offset)) if followed == partition && !(from..to).contains(offset) => FAINT,
        _ => strength(look, partition),
    }
}

/// Whether a density shows the files of segments.
pub(super) const fn names_files(density: Density) -> bool {
    matches!(density, Density::Roomy)
}
