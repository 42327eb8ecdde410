//! One replica as a strip of records: committed ones filled, those above the high watermark as dashed outlines.

use super::id::Thing;
use super::layout::Density;
use super::layout::Window;
use super::mark::Align;
use super::mark::Face;
use super::mark::Paint;
use super::mark::Point;
use super::mark::Rect;
use super::mark::Stroke;
use super::mark::Token;
use super::scene::Look;
use super::scene::Scene;
use super::scene::Tile;
use super::scene::names_files;
use super::scene::strength;
use super::scene::strength_of;
use super::tween::Shown;
use super::tween::fading;
use crate::kafka::base::Offset;
use crate::ui::words;
use crate::view::BrokerView;
use crate::view::ReplicaView;
use crate::view::Role;
use crate::view::hue_of;

const LABEL_W: f32 = 72.0;
const LARGE_LABEL_W: f32 = 104.0;
const CELL_W: f32 = 18.4;
/// Fewer cells, with room for large numbers.
const LARGE_CELL_W: f32 = 30.0;
const NEW_FILE_SIZE: f32 = 8.0;
/// What the number of a high watermark takes.
const NUMBER_W: f32 = 44.0;
/// The size of texts beside bars.
const BAR_TEXT: f32 = 7.5;
/// How solid a follower's records are, beside a leader's.
const FOLLOWER: f32 = 0.38;

pub(super) struct Strip<'a> {
    pub broker: &'a BrokerView,
    pub replica: &'a ReplicaView,
    pub row: Rect,
    pub window: Window,
    pub shown: Shown,
    pub look: &'a Look,
    pub density: Density,
    /// Consumers of this partition and their positions; told on the leader only.
    pub readers: Vec<(String, Offset)>,
}

/// How many cells a row of that width shows.
pub(super) fn cells(density: Density, row_width: f32, look: &Look) -> i64 {
    match density {
        Density::Dense => 24,
        _ => ((row_width - label_w(look) - 8.0) / cell_w(look)) as i64,
    }
}

fn cell_w(look: &Look) -> f32 {
    if look.large > 1.0 { LARGE_CELL_W } else { CELL_W }
}

/// The room for a label; larger ones have more.
fn label_w(look: &Look) -> f32 {
    if look.large > 1.0 { LARGE_LABEL_W } else { LABEL_W }
}

impl Strip<'_> {
    fn hue(&self) -> Token {
        Token::Hue(hue_of(&self.replica.partition) as u8)
    }

    fn cell_w(&self) -> f32 {
        match self.density {
            Density::Dense => (self.row.w - 44.0) / self.window.cells as f32,
            _ => cell_w(self.look),
        }
    }

    fn track(&self) -> Rect {
        match self.density {
            Density::Dense => {
                Rect::new(self.row.x + 40.0, self.row.y + 2.0, self.row.w - 44.0, self.row.h - 4.0)
            }
            _ => Rect::new(
                self.row.x + label_w(self.look),
                self.row.y + 2.0,
                self.window.cells as f32 * cell_w(self.look),
                if names_files(self.density) { 30.0 } else { 24.0 },
            ),
        }
    }

    fn x(&self, offset: f64) -> f32 {
        self.window.place(offset).mul_add(self.cell_w(), self.track().x)
    }

    /// Whether anybody could read a name beside a bar. Of thousands, texts that nobody sees would be most of the work.
    fn names(&self) -> bool {
        self.look.zoom * BAR_TEXT >= 5.0
    }

    /// How strong records of it are drawn.
    fn solid(&self, from: Offset, to: Offset) -> f32 {
        let by_role = match self.replica.role {
            Role::Leader => 1.0,
            Role::Follower => FOLLOWER,
            Role::Offline => 0.2,
        };
        by_role * strength_of(self.look, &self.replica.partition, from, to)
    }
}

pub(super) fn draw(scene: &mut Scene, strip: &Strip<'_>) {
    let thing = Thing::Replica(strip.broker.id, strip.replica.partition.clone());
    let mut tile =
        Tile::new(Rect::new(strip.row.x - 6.0, strip.row.y - 9.0, strip.row.w + 14.0, strip.row.h + 9.0));
    scene.spot(thing.clone(), strip.row);
    if strip.look.selected.as_ref() == Some(&thing) {
        let around = Rect::new(strip.row.x - 4.0, strip.row.y - 3.0, strip.row.w + 8.0, strip.row.h - 2.0);
        tile.frame(around, 6.0, Some(Token::Accent.at(0.08)), Some(Stroke::solid(Token::Accent.full(), 1.5)));
    }
    label(&mut tile, strip);
    if strip.density == Density::Dense {
        bar(&mut tile, strip);
    } else {
        segments(scene, &mut tile, strip);
        records(scene, &mut tile, strip);
        marks(&mut tile, strip);
        readers(&mut tile, strip);
    }
    scene.tiles.push(tile);
}

fn label(tile: &mut Tile, strip: &Strip<'_>) {
    let (row, replica, language) = (strip.row, strip.replica, strip.look.language);
    let strong = strength(strip.look, &replica.partition);
    if strip.density == Density::Dense {
        if !strip.names() {
            return;
        }
        let name = replica.partition.to_string();
        tile.text(row.x, row.y + row.h - 3.5, &short(&name, 7), BAR_TEXT, Face::Mono, strip.hue().at(strong));
        return;
    }
    let name = replica.partition.to_string();
    // In large type there is room for one line: the leader's star goes before its name.
    let one_line = strip.look.large > 1.0;
    let healthy = replica.in_sync && replica.role != Role::Offline;
    let (y, colour) = match (one_line, healthy) {
        (false, _) => (14.0, strip.hue()),
        (true, true) => (18.0, strip.hue()),
        (true, false) => (18.0, Token::Bad),
    };
    let name = short(&name, 10);
    if one_line {
        // All names begin where the leaders' do, after the star: so they are of one size.
        if replica.role == Role::Leader {
            let at = Point { x: row.x + 17.0, y: row.y + y };
            tile.text_at(at, "★", 16.0, Face::Bold, Align::End, colour.at(strong));
        }
        tile.text(row.x + 19.0, row.y + y, &name, 11.0, Face::Bold, colour.at(strong));
        return;
    }
    tile.text(row.x + 2.0, row.y + y, &name, 11.0, Face::Bold, colour.at(strong));
    let (text, token) = match (replica.role, replica.in_sync) {
        (Role::Leader, _) => (words::LEADER, Token::Ink2),
        (Role::Follower, true) => (words::FOLLOWER, Token::Ink3),
        (Role::Follower, false) => (words::OUT_OF_SYNC, Token::Bad),
        (Role::Offline, _) => (words::OFFLINE, Token::Bad),
    };
    let token = if strip.shown.changed.is_some() && token != Token::Bad { Token::Accent } else { token };
    let mark = if replica.role == Role::Leader { "★ " } else { "" };
    let text = format!("{mark}{}", text.of(language));
    tile.text(row.x + 2.0, row.y + 26.0, &text, 9.5, Face::Words, token.at(strong));
}

/// The end of a long name matters more than its middle.
pub(super) fn short(name: &str, room: usize) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= room {
        return name.to_string();
    }
    let tail: String = chars[chars.len() - room / 2..].iter().collect();
    let head: String = chars[..room - room / 2 - 1].iter().collect();
    format!("{head}…{tail}")
}

/// Outlines of the segments that lie in the window, with the names of their files.
fn segments(scene: &mut Scene, tile: &mut Tile, strip: &Strip<'_>) {
    let (track, replica) = (strip.track(), strip.replica);
    let strong = strength(strip.look, &replica.partition);
    let mut before = replica.segment_count - replica.segments.len().min(replica.segment_count);
    for segment in replica.segments.iter() {
        if segment.next <= strip.window.start && !segment.active {
            before += 1;
            continue;
        }
        if segment.base >= strip.window.end() || (segment.active && segment.next < strip.window.start) {
            break;
        }
        let x = strip.x(segment.base as f64);
        let right = strip.x(segment.next as f64);
        let right = if segment.active { (right + strip.cell_w()).min(track.right() + 4.0) } else { right };
        let rect = Rect::new(x - 1.5, track.y, (right - x).max(6.0) + 1.0, track.h);
        let stroke = if segment.active {
            Stroke::dashed(strip.hue().at(0.75 * strong), 1.0)
        } else {
            Stroke::solid(Token::Line.at(strong), 1.0)
        };
        let thing = Thing::Segment(strip.broker.id, replica.partition.clone(), segment.base);
        let stroke = scene.outline(&thing, strip.look, stroke);
        tile.frame(rect, 5.0, None, Some(stroke));
        scene.spot(thing, Rect::new(rect.x, rect.y, rect.w, rect.h + 12.0));
        if let Some((base, since)) = strip.shown.rolled
            && base == segment.base
            && strip.window.unit == 1
        {
            let fade = fading(since);
            tile.frame(rect.grown(1.5), 6.0, None, Some(Stroke::solid(Token::Accent.at(fade), 1.6)));
            if let Some((at, align)) = new_file_at(strip, rect) {
                let text = words::NEW_FILE.of(strip.look.language);
                tile.text_at(at, text, NEW_FILE_SIZE, Face::Bold, align, Token::Accent.at(fade));
            }
        }
        // A consumer that stands here has its name in the same place.
        let taken = strip.readers.iter().any(|(_, position)| {
            let x = strip.x(*position as f64);
            *position >= strip.window.start && x > rect.x - 48.0 && x < rect.x + 34.0
        });
        if names_files(strip.density) && rect.w > 34.0 && !taken {
            let name = format!("{:05}.log", segment.base.max(0) % 100_000);
            tile.text(rect.x + 1.0, rect.bottom() + 10.0, &name, 7.5, Face::Words, Token::Ink3.at(strong));
        }
    }
    if before > 0 && names_files(strip.density) {
        let text = words::EARLIER_SEGMENTS.with(strip.look.language, &[&before]);
        let at = Point { x: track.x - 6.0, y: track.bottom() + 10.0 };
        tile.text_at(at, &text, 7.5, Face::Words, Align::End, Token::Ink3.at(strong));
    }
}

/// Where the words of a file that has just been begun stand: beside it, or above it where the row ends; there the high
/// watermark of a leader has its number. Low rows have no room above: the frame that fades tells it alone.
fn new_file_at(strip: &Strip<'_>, file: Rect) -> Option<(Point, Align)> {
    let letters = words::NEW_FILE.of(strip.look.language).chars();
    let wide: f32 = letters.map(|c| if c.is_ascii() { 0.58 } else { 1.0 }).sum::<f32>() * NEW_FILE_SIZE;
    let track = strip.track();
    if file.right() + 4.0 + wide <= strip.row.right() {
        return Some((Point { x: file.right() + 4.0, y: track.y + 12.0 }, Align::Start));
    }
    if !names_files(strip.density) {
        return None;
    }
    let mark = strip.x(strip.shown.high_watermark);
    // The number stands to the right of its mark, and to the left of one at the end of the row.
    let number = if mark > track.right() - 30.0 { mark - NUMBER_W } else { mark };
    let covers = number < file.right() && file.right() - wide < number + NUMBER_W;
    let x = if strip.replica.role == Role::Leader && covers { number - 3.0 } else { file.right() };
    Some((Point { x, y: track.y - 4.0 }, Align::End))
}

/// The cells: a record each, or as many as the unit says.
fn records(scene: &mut Scene, tile: &mut Tile, strip: &Strip<'_>) {
    let (track, replica, window) = (strip.track(), strip.replica, strip.window);
    let (w, unit) = (strip.cell_w(), window.unit);
    let numbers = strip.look.zoom * 8.0 >= 6.0;
    for cell in 0..window.cells {
        let from = window.start + cell * unit;
        let to = from + unit;
        if to <= replica.log_start || from >= replica.log_end {
            continue;
        }
        let arrived = ((strip.shown.log_end - from as f64) / unit as f64).clamp(0.0, 1.0) as f32;
        let x = (cell as f32).mul_add(w, track.x);
        let rect = Rect::new(x + 1.0, track.y + 3.5, w - 2.8, track.h - 7.0);
        let thing = Thing::Record(strip.broker.id, replica.partition.clone(), from.max(replica.log_start));
        let committed = replica.role == Role::Offline
            || strip.shown.high_watermark >= (to.min(replica.log_end)) as f64 - 0.05;
        let strong = strip.solid(from, to);
        let seen = strength_of(strip.look, &replica.partition, from, to);
        let ink = if committed {
            tile.frame(rect, 3.5, Some(strip.hue().at(strong * arrived)), None);
            if strong > 0.6 { Token::OnHue.full() } else { Token::Ink.at(0.85 * seen) }
        } else {
            let outline = Stroke::dashed(strip.hue().at(arrived * seen), 1.0);
            tile.frame(rect, 3.5, None, Some(outline));
            strip.hue().at(arrived * seen)
        };
        let followed = strip.look.followed.as_ref().is_some_and(|(partition, offset)| {
            *partition == replica.partition && (from..to).contains(offset)
        });
        if followed {
            tile.frame(rect.grown(2.0), 5.0, None, Some(Stroke::solid(Token::Ok.full(), 1.8)));
        }
        if strip.look.selected.as_ref() == Some(&thing) {
            tile.frame(rect.grown(1.0), 4.0, None, Some(Stroke::solid(Token::Accent.full(), 2.0)));
        } else if strip.look.hovered.as_ref() == Some(&thing) {
            tile.frame(rect.grown(1.0), 4.0, None, Some(Stroke::solid(Token::Accent.at(0.8), 1.2)));
        }
        if numbers {
            figures(tile, rect, &words::cell(from, unit), strip.look.large > 1.0, ink);
        }
        scene.spot(thing, rect);
    }
}

/// The number of a cell. Long ones stand in two lines, the last three figures below: on one they could not be read. Large
/// cells are wide enough for one.
fn figures(tile: &mut Tile, cell: Rect, number: &str, large: bool, ink: Paint) {
    let x = cell.w.mul_add(0.5, cell.x);
    let middle = cell.h.mul_add(0.5, cell.y) + 3.0;
    let mut line = |text: &str, size: f32, y: f32| {
        tile.text_at(Point { x, y }, text, size, Face::Mono, Align::Middle, ink);
    };
    match (number.len(), large) {
        (0..=2, _) => line(number, 8.5, middle),
        (3, _) => line(number, 7.4, middle),
        (long, false) if number.bytes().all(|figure| figure.is_ascii_digit()) => {
            let (thousands, rest) = number.split_at(long - 3);
            line(thousands, if long > 6 { 6.0 } else { 7.0 }, middle - 3.6);
            line(rest, 7.4, middle + 3.6);
        }
        (4, _) => line(number, 6.0, middle),
        _ => line(number, 4.8, middle),
    }
}

/// The high watermark, what was just cut off, and what was just deleted.
fn marks(tile: &mut Tile, strip: &Strip<'_>) {
    let (track, replica) = (strip.track(), strip.replica);
    let strong = strength(strip.look, &replica.partition);
    for (mark, text) in [(strip.shown.cut, words::CUT_HERE), (strip.shown.gone, words::DELETED_HERE)] {
        let Some((from, to, since)) = mark else { continue };
        let (x, right) = (strip.x(from as f64), strip.x(to as f64));
        if right <= x {
            continue;
        }
        let rect = Rect::new(x, track.y + 2.0, right - x, track.h - 4.0);
        let fade = fading(since);
        tile.frame(
            rect,
            4.0,
            Some(Token::Bad.at(0.16 * fade)),
            Some(Stroke::dashed(Token::Bad.at(fade), 1.2)),
        );
        tile.text(x + 2.0, track.y - 1.0, text.of(strip.look.language), 8.0, Face::Bold, Token::Bad.at(fade));
    }
    if replica.log_end <= strip.window.start && strip.window.start > 0 {
        let text = format!("‹ LEO {}", replica.log_end);
        tile.text(track.x + 8.0, track.y + 19.0, &text, 9.0, Face::Mono, Token::Warn.at(strong));
        return;
    }
    if replica.log_end == 0 || replica.role == Role::Offline {
        return;
    }
    let high = strip.shown.high_watermark;
    if high < strip.window.start as f64 {
        return;
    }
    let x = strip.x(high);
    let stroke = Stroke::solid(Token::Ok.at(strong), 2.0);
    tile.line(Point { x, y: track.y - 2.0 }, Point { x, y: track.bottom() + 1.0 }, stroke);
    if replica.role == Role::Leader && names_files(strip.density) {
        let text = format!("HW {}", replica.high_watermark);
        let align = if x > track.right() - 30.0 { Align::End } else { Align::Start };
        let at = Point { x: if align == Align::End { x - 2.0 } else { x + 2.0 }, y: track.y - 1.0 };
        tile.text_at(at, &text, 8.5, Face::Bold, align, Token::Ok.at(strong));
    }
}

/// Where consumers stand: a small triangle under the record that each reads next.
fn readers(tile: &mut Tile, strip: &Strip<'_>) {
    let track = strip.track();
    for (index, (name, position)) in strip.readers.iter().take(3).enumerate() {
        if *position < strip.window.start || *position > strip.window.end() {
            continue;
        }
        let x = strip.x(*position as f64);
        let at = Point { x: x + 1.0, y: track.bottom() + 4.5 };
        tile.text_at(at, "▲", 6.5, Face::Words, Align::Middle, Token::Ink2.full());
        if !names_files(strip.density) {
            continue;
        }
        // On the left where the card ends on the right.
        let wide = name.chars().count() as f32 * 4.6;
        let (x, align) =
            if x + 5.0 + wide > strip.row.right() { (x - 3.0, Align::End) } else { (x + 5.0, Align::Start) };
        let y = (index as f32).mul_add(7.0, track.bottom() + 9.5);
        tile.text_at(Point { x, y }, name, 7.5, Face::Mono, align, Token::Ink2.full());
    }
}

/// A replica among many: a bar as long as the part of the window that it holds.
fn bar(tile: &mut Tile, strip: &Strip<'_>) {
    let (track, replica) = (strip.track(), strip.replica);
    let x = strip.x(replica.log_start as f64);
    let high = strip.x(strip.shown.high_watermark);
    let end = strip.x(strip.shown.log_end);
    tile.frame(track, 3.0, Some(Token::Panel2.full()), None);
    if high > x {
        let rect = Rect::new(x, track.y, high - x, track.h);
        tile.frame(rect, 3.0, Some(strip.hue().at(strip.solid(Offset::MIN, Offset::MAX))), None);
    }
    if end > high {
        let rect = Rect::new(high, track.y, end - high, track.h);
        tile.frame(rect, 2.0, None, Some(Stroke::dashed(strip.hue().full(), 1.0)));
    }
    if replica.role == Role::Leader && strip.names() {
        tile.text(
            strip.row.x + 30.0,
            strip.row.y + strip.row.h - 3.5,
            "★",
            BAR_TEXT,
            Face::Words,
            strip.hue().full(),
        );
    }
    if !replica.in_sync {
        tile.frame(track.grown(0.5), 3.0, None, Some(Stroke::dashed(Token::Bad.full(), 1.2)));
    }
}
