use super::mark::Point;
use super::mark::Rect;
use crate::kafka::base::Arrange as _;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::view::ClusterView;
use crate::view::ConsumerView;

/// How much of a replica is shown, by how many lie in one broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Density {
    /// Records with their offsets, segments with their file names.
    Roomy,
    /// Records with their offsets.
    Compact,
    /// Bars in columns.
    Dense,
}

/// Where everything stands. It depends on which nodes and replicas there are, never on what they hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    pub density: Density,
    pub controller: Rect,
    pub brokers: Map<i32, Rect>,
    pub replicas: Map<(i32, TopicPartition), Rect>,
    pub producers: Map<i32, Rect>,
    pub consumers: Map<i32, Rect>,
    /// There are too many consumers for one column: they stand in a grid, and show how many partitions they have.
    pub tight: bool,
    /// Around the members of each group.
    pub groups: Map<Name, Rect>,
    pub bounds: Rect,
}

const CLIENT_W: f32 = 112.0;
/// With large texts names need more.
const NEAR_CLIENT_W: f32 = 144.0;
const CLIENT_H: f32 = 96.0;
/// The height of what a consumer shows of a partition.
pub(super) const LANE: f32 = 30.0;
/// The head of a group, above its members, and the room around them.
pub(super) const HEAD: f32 = 38.0;
const PAD: f32 = 9.0;
/// A column of consumers as high as this is no picture any more: they stand in a grid, each so high, so far apart.
const TALL: f32 = 3000.0;
const TIGHT_H: f32 = 46.0;
const TIGHT_GAP: f32 = 12.0;
const MIN_ROWS: usize = 10;
/// What a consumer needs beside its partitions.
const CONSUMER_H: f32 = 44.0;
const GAP: f32 = 18.0;
const GUTTER: f32 = 52.0;
const HEADER: f32 = 38.0;
const BROKER_W: f32 = 448.0;
const NEAR_BROKER_W: f32 = 380.0;
const DENSE_COLUMN_W: f32 = 148.0;
const DENSE_ROWS: usize = 20;
const WIDEST: usize = 10;

impl Layout {
    pub fn of(view: &ClusterView) -> Self {
        Self::sized(view, 1.0)
    }

    /// As [`of`](Self::of); for texts that are larger the rows are low and short, so that all of it comes nearer.
    pub fn sized(view: &ClusterView, large: f32) -> Self {
        let near = large > 1.0;
        let most = view.brokers.iter().map(|b| b.replicas.len()).max().unwrap_or(0);
        let density = match most {
            0..=5 if !near => Density::Roomy,
            0..=16 => Density::Compact,
            _ => Density::Dense,
        };
        let columns = if view.brokers.len() > 4 { 2 } else { 1 };
        let dense_columns = dense_columns(most, view.brokers.len().div_ceil(columns));
        let broker_w = match density {
            Density::Dense => (dense_columns as f32).mul_add(DENSE_COLUMN_W, 24.0),
            _ if near => NEAR_BROKER_W,
            _ => BROKER_W,
        };
        let client_w = if near { NEAR_CLIENT_W } else { CLIENT_W };
        let left = client_w + GUTTER;
        let top = if near && view.controller.id == 0 { 6.0 } else { 58.0 };
        let mut layout = Self {
            density,
            controller: Rect::new(left + broker_w - 176.0, 0.0, 176.0, 40.0),
            brokers: Map::new(),
            replicas: Map::new(),
            producers: Map::new(),
            consumers: Map::new(),
            tight: false,
            groups: Map::new(),
            bounds: Rect::default(),
        };
        let mut y = [top; 2];
        for (index, broker) in view.brokers.iter().enumerate() {
            let column = index % columns;
            let rows = match density {
                Density::Dense => broker.replicas.len().div_ceil(dense_columns).max(1),
                _ => broker.replicas.len().max(1),
            };
            let height = (rows as f32).mul_add(density.row(), HEADER + 10.0);
            let rect = Rect::new(left + column as f32 * (broker_w + GUTTER), y[column], broker_w, height);
            y[column] = rect.bottom() + GAP;
            layout.brokers.insert(broker.id, rect);
            for (place, replica) in broker.replicas.iter().enumerate() {
                let row = match density {
                    Density::Dense => {
                        let (c, r) = (place / rows, place % rows);
                        Rect::new(
                            (c as f32).mul_add(DENSE_COLUMN_W, rect.x + 14.0),
                            (r as f32).mul_add(density.row(), rect.y + HEADER),
                            DENSE_COLUMN_W - 8.0,
                            density.row() - 3.0,
                        )
                    }
                    _ => Rect::new(
                        rect.x + 14.0,
                        (place as f32).mul_add(density.row(), rect.y + HEADER),
                        rect.w - 28.0,
                        density.row(),
                    ),
                };
                layout.replicas.insert((broker.id, replica.partition.clone()), row);
            }
        }
        let bottom = y[0].max(y[1]).max(top + 200.0) - GAP;
        let right = left + columns as f32 * (broker_w + GUTTER);
        layout.clients(view, client_w, (top, bottom), right);
        let mut bounds = Rect::new(0.0, 0.0, right + client_w, bottom);
        let clients = layout.producers.values().chain(layout.consumers.values());
        for rect in clients.chain(layout.groups.values()) {
            bounds = bounds.union(rect);
        }
        layout.bounds = bounds;
        layout
    }

    fn clients(&mut self, view: &ClusterView, w: f32, (top, bottom): (f32, f32), right: f32) {
        let producers: Vec<(i32, f32)> = view.producers.iter().map(|p| (p.id, CLIENT_H)).collect();
        self.producers = column(&producers, (0.0, w), top, bottom);
        // Members stand together, below the name of their group.
        let mut groups: Vec<&Name> = Vec::new();
        for member in view.consumers.iter().filter_map(|it| it.group.as_ref()) {
            if !groups.contains(&&member.group) {
                groups.push(&member.group);
            }
        }
        let mut blocks: Vec<Column> = Vec::new();
        let mut heads: Vec<(&Name, i32)> = Vec::new();
        for group in std::iter::once(None).chain(groups.into_iter().map(Some)) {
            let rows = group.map_or(0, |group| share(view, group));
            let mut boxes = Vec::new();
            for consumer in members(view, group) {
                let rows = rows.max(consumer.readings.len()).max(1);
                let mut height = (rows as f32).mul_add(LANE, CONSUMER_H);
                if let Some(group) = group.filter(|group| heads.last().is_none_or(|(it, _)| it != group)) {
                    heads.push((group, consumer.id));
                    height += HEAD;
                }
                boxes.push((consumer.id, height));
            }
            if !boxes.is_empty() {
                blocks.push(boxes);
            }
        }
        let boxes: Vec<(i32, f32)> = blocks.iter().flatten().copied().collect();
        self.tight = boxes.len() > MIN_ROWS && boxes.iter().map(|(_, height)| height).sum::<f32>() > TALL;
        if self.tight {
            return self.grid(view, (right, w), top, bottom);
        }
        for (number, boxes) in beside(&blocks, right, w + GUTTER, bottom).iter().enumerate() {
            let x = (number as f32).mul_add(w + GUTTER, right);
            self.consumers.extend(column(boxes, (x, w), top, bottom));
        }
        for (group, first) in heads {
            if let Some(first) = self.consumers.get_mut(&first) {
                (first.y, first.h) = (first.y + HEAD, first.h - HEAD);
            }
            let rects = members(view, Some(group)).filter_map(|it| self.consumers.get(&it.id).copied());
            if let Some(all) = rects.reduce(|a, b| a.union(&b)) {
                let frame = Rect::new(all.x - PAD, all.y - HEAD, all.w + 2.0 * PAD, all.h + HEAD + PAD);
                self.groups.insert(group.clone(), frame);
            }
        }
    }

    /// Groups beside each other, each as high as the brokers, and those without a group before them.
    fn grid(&mut self, view: &ClusterView, (right, w): (f32, f32), top: f32, bottom: f32) {
        let mut groups: Vec<Option<&Name>> =
            view.consumers.iter().map(|it| it.group.as_ref().map(|it| &it.group)).collect();
        groups.arrange();
        groups.dedup();
        let rows = (((bottom - top - HEAD) / (TIGHT_H + TIGHT_GAP)) as usize).max(MIN_ROWS);
        let mut x = right;
        for group in groups {
            let mut frame: Option<Rect> = None;
            for (index, consumer) in members(view, group).enumerate() {
                let column = (index / rows) as f32 * (w + TIGHT_GAP);
                let row = (index % rows) as f32 * (TIGHT_H + TIGHT_GAP);
                let rect = Rect::new(x + column, top + HEAD + row, w, TIGHT_H);
                frame = Some(frame.map_or(rect, |frame| frame.union(&rect)));
                self.consumers.insert(consumer.id, rect);
            }
            let Some(all) = frame else { continue };
            x = all.right() + GUTTER;
            if let Some(group) = group {
                let frame = Rect::new(all.x - PAD, all.y - HEAD, all.w + 2.0 * PAD, all.h + HEAD + PAD);
                self.groups.insert(group.clone(), frame);
            }
        }
    }

    /// The middle of a replica's strip on the left and right edge of its broker, or the broker's own middle.
    pub fn anchor(&self, node: i32, partition: Option<&TopicPartition>, on_right: bool) -> Option<Point> {
        if let Some(rect) = self.producers.get(&node) {
            return Some(Point { x: rect.right(), y: rect.y + rect.h * 0.5 });
        }
        if let Some(rect) = self.consumers.get(&node) {
            return Some(Point { x: rect.x, y: rect.y + rect.h * 0.5 });
        }
        if let Some(rect) = self.brokers.get(&node) {
            let row = partition.and_then(|p| self.replicas.get(&(node, p.clone())));
            let y = row.map_or(rect.y + 19.0, |row| row.h.min(30.0).mul_add(0.5, row.y));
            return Some(Point { x: if on_right { rect.right() } else { rect.x }, y });
        }
        if node == CONTROLLER {
            let rect = self.controller;
            return Some(Point { x: if on_right { rect.right() } else { rect.x }, y: rect.y + rect.h * 0.5 });
        }
        (node == ADMIN).then_some(Point { x: self.controller.x - GUTTER, y: 8.0 })
    }
}

/// The consumers of a group, or those without one.
fn members<'a>(view: &'a ClusterView, group: Option<&Name>) -> impl Iterator<Item = &'a ConsumerView> {
    let of = move |it: &&ConsumerView| it.group.as_ref().map(|it| &it.group) == group;
    view.consumers.iter().map(|it| &**it).filter(of)
}

/// How many partitions each member of a group has when all are shared out: boxes keep their size while partitions move.
fn share(view: &ClusterView, group: &Name) -> usize {
    let waiting = view.handovers.iter().filter(|it| it.group == *group && it.to.is_none());
    let waiting: usize = waiting.map(|it| it.count).sum();
    let owned: usize = members(view, Some(group)).map(|it| it.readings.len()).sum();
    let running = members(view, Some(group)).filter(|it| it.running).count();
    (waiting + owned).div_ceil(running.max(1))
}

/// The controller's node number.
pub(super) const CONTROLLER: i32 = 3000;
/// The node that carries out what a person asks of the cluster.
pub(super) const ADMIN: i32 = 30_000;

impl Density {
    /// The height of one replica's row.
    pub const fn row(self) -> f32 {
        match self {
            Self::Roomy => 54.0,
            Self::Compact => 32.0,
            Self::Dense => 17.0,
        }
    }
}

/// In how many columns the replicas of a broker stand, with so many brokers below each other: low ones side by side as long
/// as that fits a screen, and of very many so that the whole is about as wide as it is high.
fn dense_columns(replicas: usize, brokers: usize) -> usize {
    let low = replicas.div_ceil(DENSE_ROWS).max(3);
    let area = replicas as f32 * Density::Dense.row() * brokers.max(1) as f32;
    low.min(((area / DENSE_COLUMN_W).sqrt() as usize).max(WIDEST))
}

/// Boxes from above to below: each with its node and its height.
type Column = Vec<(i32, f32)>;

/// How much wider than high the room for the stage is, more or less.
const WIDE: f32 = 1.1;
/// What a column more must save of the size.
const WORTH: f32 = 0.92;
/// Boxes in a column are at least so far apart.
const LEAST_GAP: f32 = 14.0;

/// The groups in as many columns as make the whole least small: one below the other while that is not much higher than the
/// brokers, then beside each other. No group is divided.
fn beside(blocks: &[Column], right: f32, step: f32, bottom: f32) -> Vec<Column> {
    let high = |boxes: &[(i32, f32)]| boxes.iter().map(|(_, h)| h + LEAST_GAP).sum::<f32>();
    let heights: Vec<f32> = blocks.iter().map(|block| high(block)).collect();
    // A column is as high as some groups that follow each other; the one of all of them comes first.
    let runs = (0..heights.len()).flat_map(|from| {
        let ends = (from + 1..=heights.len()).rev();
        ends.map(move |to| (from, to))
    });
    let mut best: Option<(f32, Vec<Column>)> = None;
    for (from, to) in runs {
        let room = heights[from..to].iter().sum::<f32>() + 1.0;
        let mut columns: Vec<Column> = Vec::new();
        for block in blocks {
            match columns.last_mut().filter(|last| high(last) + high(block) <= room) {
                Some(last) => last.extend(block),
                None => columns.push(block.clone()),
            }
        }
        let tallest = columns.iter().map(|column| high(column)).fold(bottom, f32::max);
        let size = tallest.max((columns.len() as f32).mul_add(step, right) / WIDE);
        if best.as_ref().is_none_or(|(known, _)| size < known * WORTH) {
            best = Some((size, columns));
        }
    }
    best.map(|(_, columns)| columns).unwrap_or_default()
}

/// Boxes one below the other, centred between `top` and `bottom` when they fit.
fn column(boxes: &[(i32, f32)], (x, w): (f32, f32), top: f32, bottom: f32) -> Map<i32, Rect> {
    let total: f32 = boxes.iter().map(|(_, h)| h).sum();
    let room = bottom - top - total;
    let gap = (room / (boxes.len() as f32 + 1.0)).clamp(LEAST_GAP, 120.0);
    let used = (boxes.len().saturating_sub(1) as f32).mul_add(gap, total);
    let mut y = top + ((bottom - top - used) * 0.5).max(0.0);
    let mut out = Map::new();
    for (id, h) in boxes {
        out.insert(*id, Rect::new(x, y, w, *h));
        y += h + gap;
    }
    out
}

/// Which offsets a strip shows. All copies of a partition share it, so that the same offset stands at the same x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub start: Offset,
    /// Offsets in one cell: 1, 10, 100, …
    pub unit: i64,
    pub cells: i64,
}

impl Window {
    /// The window that shows the end of a log. It stands still while the log grows into it, and jumps by a third.
    pub fn of(log_start: Offset, log_end: Offset, cells: i64, unit: i64) -> Self {
        let (cells, unit) = (cells.max(3), unit.max(1));
        let step = (cells / 3).max(1) * unit;
        let overshoot = log_end - cells * unit;
        let start = if overshoot <= 0 { 0 } else { (overshoot + step - 1) / step * step };
        let first = log_start / unit * unit;
        Self {
            start: if start < first && log_end - first <= cells * unit { first } else { start },
            unit,
            cells,
        }
    }

    pub fn end(&self) -> Offset {
        self.start + self.cells * self.unit
    }

    /// The place of an offset, in cells from the left edge, within the window.
    pub fn place(&self, offset: f64) -> f32 {
        let cells = (offset - self.start as f64) / self.unit as f64;
        cells.clamp(0.0, self.cells as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_stands_still_while_the_log_grows_into_it() {
        let at = |end| Window::of(0, end, 18, 1).start;
        assert_eq!([at(0), at(18), at(19), at(24), at(25)], [0, 0, 6, 6, 12]);
        for end in 0..500 {
            let window = Window::of(0, end, 18, 1);
            assert!(window.start <= end && end <= window.end(), "the end {end} is outside {window:?}");
        }
    }

    #[test]
    fn groups_stand_beside_each_other_when_one_column_would_make_all_of_it_small() {
        let group = |first: i32, members: i32| (first..first + members).map(|id| (id, 74.0)).collect();
        let counts = |blocks: &[Vec<(i32, f32)>]| -> Vec<usize> {
            beside(blocks, 664.0, 164.0, 300.0).iter().map(Vec::len).collect()
        };
        assert_eq!(counts(&[group(1, 2), group(3, 5)]), [7], "seven members are a column");
        assert_eq!(counts(&[group(1, 4), group(5, 4), group(9, 4)]), [8, 4]);
        assert_eq!(counts(&[group(1, 30)]), [30], "no group is divided");
        assert_eq!(counts(&[]), [0; 0]);
    }

    #[test]
    fn a_log_that_begins_late_is_shown_from_its_start() {
        assert_eq!(Window::of(9, 16, 18, 1).start, 9);
    }
}
