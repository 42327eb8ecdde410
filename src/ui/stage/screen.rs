use web_sys::HtmlCanvasElement;

use super::camera::Camera;
use super::glide::Chip;
use super::glide::jumps;
use super::layout::Layout;
use super::mark::Mark;
use super::mark::Point;
use super::mark::Rect;
use super::mark::Stroke;
use super::mark::Token;
use super::route::Dot;
use super::route::Route;
use super::route::Shape;
use super::route::dots;
use super::scene::Look;
use super::scene::Scene;
use super::scene::Spot;
use super::tween::Tween;
use crate::ui::browser::Canvas;
use crate::ui::browser::now_ms;
use crate::view::ClusterView;
use crate::view::FlowView;

/// More changed tiles than this, and the whole picture is drawn anew.
const MANY_DIRTY: usize = 60;
/// From this many messages on, only their colours and shapes are drawn.
const MANY_DOTS: usize = 200;
/// From this many messages on, they are drawn as flows.
const TOO_MANY_DOTS: usize = 2000;

/// What a frame is drawn from.
pub struct Shot<'a> {
    pub view: &'a ClusterView,
    /// The moment shown, in microseconds.
    pub now: f64,
    pub look: &'a Look,
    /// What went along each link lately, instead of single messages.
    pub flows: Option<&'a [FlowView]>,
    /// Steps instead of glides.
    pub still: bool,
    /// The reader's time since the last frame.
    pub ms: f64,
}

/// What drawing a frame took, for benchmarks and tests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Work {
    pub tiles: u32,
    pub dots: u32,
    pub strings: u32,
    /// The reader's milliseconds.
    pub ms: f64,
}

/// The two canvases of the stage. It is plain Rust, not a component: a frame costs no rendering of components.
pub struct StageScreen {
    base: Canvas,
    over: Canvas,
    pub camera: Camera,
    layout: Option<Layout>,
    scene: Scene,
    tween: Tween,
    dots: Vec<Dot>,
    full: bool,
    /// The reader has moved the camera: it does not fit itself any more.
    pub moved: bool,
    narrow: bool,
    over_is_empty: bool,
    ratio: f64,
    pub work: Work,
}

impl StageScreen {
    pub fn new(base: HtmlCanvasElement, over: HtmlCanvasElement) -> Option<Self> {
        Some(Self {
            base: Canvas::new(base)?,
            over: Canvas::new(over)?,
            camera: Camera::default(),
            layout: None,
            scene: Scene::default(),
            tween: Tween::default(),
            dots: Vec::new(),
            full: true,
            moved: false,
            narrow: false,
            over_is_empty: false,
            ratio: 1.0,
            work: Work::default(),
        })
    }

    pub fn resize(&mut self, width: f32, height: f32, ratio: f64) {
        (self.camera.width, self.camera.height) = (width.max(1.0), height.max(1.0));
        self.narrow = width < 560.0;
        self.ratio = ratio;
        self.base.resize(width, height, ratio);
        self.over.resize(width, height, ratio);
        self.full = true;
        if !self.moved {
            self.layout = None;
        }
    }

    pub fn recolour(&mut self) {
        self.base.recolour();
        self.over.recolour();
        self.full = true;
    }

    /// The next frame is drawn as a whole.
    pub fn redraw(&mut self) {
        self.full = true;
    }

    /// Shows everything again.
    pub fn fit(&mut self) {
        self.moved = false;
        self.layout = None;
        self.full = true;
    }

    pub fn pan(&mut self, dx: f32, dy: f32) {
        self.camera.pan(dx, dy);
        (self.moved, self.full) = (true, true);
    }

    pub fn zoom_at(&mut self, at: Point, times: f32) {
        self.camera.zoom_at(at, times);
        (self.moved, self.full) = (true, true);
    }

    /// Moves the camera so that a thing stands in the middle.
    pub fn show(&mut self, thing: &super::Thing) {
        if let Some(rect) = self.scene.find(thing) {
            self.camera.middle = Point { x: rect.w.mul_add(0.5, rect.x), y: rect.h.mul_add(0.5, rect.y) };
            (self.moved, self.full) = (true, true);
        }
    }

    /// What is at a point of the screen: a message nearby before anything else.
    pub fn hit(&self, at: Point, reach: f32) -> Option<Spot> {
        let near = |dot: &&Dot| {
            let there = self.camera.to_screen(dot.at);
            (there.x - at.x).hypot(there.y - at.y) <= reach
        };
        if let Some(dot) = self.dots.iter().find(near) {
            let rect = Rect::new(dot.at.x - 6.0, dot.at.y - 6.0, 12.0, 12.0);
            return Some(Spot { thing: super::Thing::Message(dot.id), rect });
        }
        self.scene.hit(self.camera.to_stage(at)).cloned()
    }

    /// Where a thing is on the screen, in CSS pixels from the stage's corner.
    pub fn place(&self, thing: &super::Thing) -> Option<Rect> {
        self.scene.find(thing).map(|rect| self.camera.rect_to_screen(rect))
    }

    /// Where the thing of that name is, as [`place`](Self::place).
    pub fn place_of(&self, name: &str) -> Option<Rect> {
        let spot = self.scene.spots.iter().find(|spot| spot.thing.to_string() == name)?;
        Some(self.camera.rect_to_screen(spot.rect))
    }

    /// Partitions between two owners, as they were drawn last.
    pub fn chips(&self) -> &[Chip] {
        &self.scene.chips
    }

    /// Draws a frame; true while something of the picture is still on its way.
    pub fn draw(&mut self, shot: &Shot<'_>) -> bool {
        self.work = Work::default();
        let began = now_ms();
        let layout = Layout::sized(shot.view, shot.look.large);
        if self.layout.as_ref() != Some(&layout) {
            if !self.moved {
                self.aim(&layout);
            }
            self.layout = Some(layout);
            self.full = true;
        }
        let look = Look { zoom: self.camera.zoom, ..shot.look.clone() };
        let moves = self.tween.advance(shot.view, look.unit, shot.ms, shot.still);
        let layout = self.layout.take().expect("it was just set");
        let scene = Scene::of(shot.view, &layout, &self.tween, &look);
        self.base(scene);
        self.overlay(shot, &layout);
        self.layout = Some(layout);
        self.work.ms = now_ms() - began;
        moves
    }

    fn aim(&mut self, layout: &Layout) {
        if self.narrow {
            let brokers =
                layout.brokers.values().copied().reduce(|a, b| a.union(&b)).unwrap_or(layout.bounds);
            self.camera.fit_width(brokers.union(&layout.controller), 12.0);
        } else {
            self.camera.fit(layout.bounds, 18.0);
        }
    }

    fn base(&mut self, scene: Scene) {
        let ground = Token::Bg.full();
        let same_shape = scene.tiles.len() == self.scene.tiles.len();
        let dirty: Vec<usize> = if self.full || !same_shape {
            Vec::new()
        } else {
            (0..scene.tiles.len()).filter(|&i| scene.tiles[i] != self.scene.tiles[i]).collect()
        };
        self.base.look_through(&self.camera);
        if self.full || !same_shape || dirty.len() > MANY_DIRTY {
            self.base.clear(Some(ground));
            self.base.look_through(&self.camera);
            let seen = self.seen();
            for tile in scene.tiles.iter().filter(|tile| tile.rect.intersects(&seen)) {
                tile.marks.iter().for_each(|mark| self.base.mark(mark));
                self.work.tiles += 1;
            }
        } else {
            for index in dirty {
                let rect = self.base.snapped(scene.tiles[index].rect.union(&self.scene.tiles[index].rect));
                self.base.clip(rect, ground);
                for tile in scene.tiles.iter().filter(|tile| tile.rect.intersects(&rect)) {
                    tile.marks.iter().for_each(|mark| self.base.mark(mark));
                    self.work.tiles += 1;
                }
                self.base.unclip();
            }
        }
        self.work.strings = self.base.strings;
        (self.scene, self.full) = (scene, false);
    }

    /// The part of the stage that the screen shows.
    fn seen(&self) -> Rect {
        let at = self.camera.to_stage(Point::default());
        Rect::new(at.x, at.y, self.camera.width / self.camera.zoom, self.camera.height / self.camera.zoom)
            .grown(8.0)
    }

    fn overlay(&mut self, shot: &Shot<'_>, layout: &Layout) {
        self.dots.clear();
        let flights = &shot.view.flights;
        let moving = self.scene.chips.iter().filter(|chip| !chip.rests(shot.still));
        let moving: Vec<Mark> = moving.flat_map(Chip::moving).collect();
        let jumps = if shot.still { Vec::new() } else { jumps(layout, shot.view) };
        let quiet = flights.is_empty() && shot.flows.is_none_or(<[FlowView]>::is_empty);
        let nothing = quiet && moving.is_empty() && jumps.is_empty();
        if nothing && self.over_is_empty {
            return;
        }
        self.over.clear(None);
        self.over.look_through(&self.camera);
        self.over_is_empty = nothing;
        match shot.flows {
            Some(flows) => self.flows(flows, layout),
            None if flights.len() <= TOO_MANY_DOTS => self.messages(shot, layout),
            None => self.flows(&FlowView::of_flights(flights), layout),
        }
        for at in jumps {
            self.over.disc(at, 3.6, Token::Bad.full());
        }
        moving.iter().for_each(|mark| self.over.mark(mark));
        self.work.strings += self.over.strings;
    }

    fn messages(&mut self, shot: &Shot<'_>, layout: &Layout) {
        let flights = &shot.view.flights;
        let all = dots(layout, flights, shot.now, shot.still);
        self.work.dots = all.len() as u32;
        let faint = |hue: Option<u8>| match &shot.look.followed {
            Some((followed, _)) if hue != Some(crate::view::hue_of(followed) as u8) => super::scene::FAINT,
            _ => 1.0,
        };
        if all.len() <= MANY_DOTS {
            for flight in flights {
                let Some(route) = Route::of(layout, flight) else { continue };
                let token = flight
                    .partition
                    .as_ref()
                    .map_or(Token::Ink3, |p| Token::Hue(crate::view::hue_of(p) as u8));
                let alpha = if shot.still { 0.9 } else { 0.4 };
                let hue = flight.partition.as_ref().map(|p| crate::view::hue_of(p) as u8);
                self.over.curve(route.points, Stroke::solid(token.at(alpha * faint(hue)), 1.2));
            }
            for dot in &all {
                let token = dot.hue.map_or(Token::Ink3, Token::Hue);
                self.over.disc(dot.at, 8.0, token.at(0.25 * faint(dot.hue)));
            }
        }
        let small = all.len() > MANY_DOTS;
        for dot in &all {
            let token = dot.hue.map_or(Token::Ink2, Token::Hue);
            let size = if small { 2.6 } else { 4.4 };
            let paint = token.at(faint(dot.hue));
            match dot.shape {
                Shape::Square => self.over.square(dot.at, size * 0.9, paint),
                Shape::Circle => self.over.disc(dot.at, size, paint),
                Shape::Diamond => self.over.diamond(dot.at, size * 1.25, paint),
                Shape::Ring => self.over.ring(dot.at, size * 0.8, Stroke::solid(paint, 1.4)),
            }
            if dot.held {
                self.over.ring(dot.at, size + 3.5, Stroke::dashed(Token::Warn.full(), 1.4));
            }
        }
        self.dots = all;
    }

    /// Lines as thick as what goes along them.
    fn flows(&mut self, flows: &[FlowView], layout: &Layout) {
        let most = flows.iter().map(|f| f.messages).max().unwrap_or(1).max(1) as f32;
        for flow in flows {
            let Some(route) = Route::between(layout, flow.from, flow.to, None) else { continue };
            let width = (flow.messages as f32 / most).sqrt().mul_add(5.0, 0.8);
            self.over.curve(route.points, Stroke::solid(Token::Accent.at(0.45), width));
        }
        self.work.dots = flows.len() as u32;
    }
}
