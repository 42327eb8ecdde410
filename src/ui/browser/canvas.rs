use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;
use web_sys::HtmlCanvasElement;

use crate::kafka::base::Map;
use crate::ui::stage::Align;
use crate::ui::stage::Camera;
use crate::ui::stage::Face;
use crate::ui::stage::Mark;
use crate::ui::stage::Paint;
use crate::ui::stage::Point;
use crate::ui::stage::Rect;
use crate::ui::stage::Stroke;
use crate::ui::stage::Token;

/// Below this size on the screen a text is left out.
const SMALLEST_TEXT: f32 = 5.2;

/// Zoomed out further than this, a dash and its gap lie in one pixel and a half.
const FINEST_DASH: f32 = 0.3;
/// How much of a dashed line is drawn.
const DASHED: f32 = 0.6;

/// The colours of the theme, as the browser wants them.
pub struct Palette {
    colours: Vec<JsValue>,
    words: String,
    mono: String,
}

impl Palette {
    /// Reads the tokens of the document's root.
    pub fn read() -> Option<Self> {
        let window = web_sys::window()?;
        let root = window.document()?.document_element()?;
        let style = window.get_computed_style(&root).ok()??;
        let value = |name: &str| style.get_property_value(name).unwrap_or_default().trim().to_string();
        let colours = Token::ALL.iter().map(|token| JsValue::from_str(&value(token.property()))).collect();
        Some(Self { colours, words: value("--words"), mono: value("--mono") })
    }
}

/// One canvas and what is known of its state, so that nothing is set twice.
pub struct Canvas {
    element: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    palette: Palette,
    fonts: Map<(Face, u32), String>,
    dashes: JsValue,
    no_dashes: JsValue,
    set: Set,
    /// Device pixels a CSS pixel.
    ratio: f64,
    size: (u32, u32),
    zoom: f32,
    /// Where the stage's origin lies, in device pixels.
    origin: (f64, f64),
    /// Calls that carried a string since the last frame began.
    pub strings: u32,
}

#[derive(Default)]
struct Set {
    fill: Option<usize>,
    stroke: Option<usize>,
    alpha: Option<f32>,
    font: Option<(Face, u32)>,
    align: Option<Align>,
    dashed: Option<bool>,
    width: Option<f32>,
}

impl Canvas {
    pub fn new(element: HtmlCanvasElement) -> Option<Self> {
        let context = element.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
        let dashes: js_sys::Array = [3.0, 2.0].iter().map(|n: &f64| JsValue::from_f64(*n)).collect();
        Some(Self {
            element,
            context,
            palette: Palette::read()?,
            fonts: Map::new(),
            dashes: dashes.into(),
            no_dashes: js_sys::Array::new().into(),
            set: Set::default(),
            ratio: 1.0,
            size: (0, 0),
            zoom: 1.0,
            origin: (0.0, 0.0),
            strings: 0,
        })
    }

    /// Takes over a new theme.
    pub fn recolour(&mut self) {
        if let Some(palette) = Palette::read() {
            self.palette = palette;
        }
        self.fonts.clear();
        self.set = Set::default();
    }

    /// Gives the canvas as many pixels as the screen has there. Setting a size clears it and forgets its state.
    pub fn resize(&mut self, width: f32, height: f32, ratio: f64) {
        let pixels = |css: f32| (f64::from(css) * ratio).round().max(1.0) as u32;
        let size = (pixels(width), pixels(height));
        if size != self.size {
            self.element.set_width(size.0);
            self.element.set_height(size.1);
        }
        (self.size, self.ratio, self.set) = (size, ratio, Set::default());
    }

    /// Places the stage: units of the stage from here on.
    pub fn look_through(&mut self, camera: &Camera) {
        let scale = f64::from(camera.zoom) * self.ratio;
        let at = camera.to_screen(Point::default());
        let (x, y) = (f64::from(at.x) * self.ratio, f64::from(at.y) * self.ratio);
        let _ = self.context.set_transform(scale, 0.0, 0.0, scale, x, y);
        (self.zoom, self.origin) = (camera.zoom, (x, y));
        self.strings = 0;
    }

    /// Units are CSS pixels from here on.
    pub fn look_plain(&mut self) {
        let _ = self.context.set_transform(self.ratio, 0.0, 0.0, self.ratio, 0.0, 0.0);
        self.zoom = 1.0;
        self.strings = 0;
    }

    /// Empties the whole canvas, or fills it with a colour.
    pub fn clear(&mut self, fill: Option<Paint>) {
        self.context.save();
        let _ = self.context.reset_transform();
        let (w, h) = (f64::from(self.size.0), f64::from(self.size.1));
        match fill {
            Some(paint) => {
                self.fill(paint);
                self.context.fill_rect(0.0, 0.0, w, h);
            }
            None => self.context.clear_rect(0.0, 0.0, w, h),
        }
        self.context.restore();
        self.set = Set::default();
    }

    /// A rectangle grown to whole device pixels: edges between pixels would leave a seam.
    pub fn snapped(&self, rect: Rect) -> Rect {
        let scale = f64::from(self.zoom) * self.ratio;
        let low = |at: f32, origin: f64| ((f64::from(at) * scale + origin).floor() - origin) / scale;
        let high = |at: f32, origin: f64| ((f64::from(at) * scale + origin).ceil() - origin) / scale;
        let (x, y) = (low(rect.x, self.origin.0) as f32, low(rect.y, self.origin.1) as f32);
        let (right, bottom) =
            (high(rect.right(), self.origin.0) as f32, high(rect.bottom(), self.origin.1) as f32);
        Rect::new(x, y, right - x, bottom - y)
    }

    /// Draws only inside a rectangle, on a clean ground, until [`unclip`](Self::unclip).
    pub fn clip(&mut self, rect: Rect, ground: Paint) {
        self.context.save();
        self.context.begin_path();
        self.context.rect(rect.x.into(), rect.y.into(), rect.w.into(), rect.h.into());
        self.context.clip();
        self.fill(ground);
        self.context.fill_rect(rect.x.into(), rect.y.into(), rect.w.into(), rect.h.into());
    }

    pub fn unclip(&mut self) {
        self.context.restore();
        self.set = Set::default();
    }

    pub fn mark(&mut self, mark: &Mark) {
        match mark {
            Mark::Box { rect, radius, fill, stroke } => self.rounded(*rect, *radius, *fill, *stroke),
            Mark::Line { from, to, stroke } => {
                self.stroke(*stroke);
                self.context.begin_path();
                self.context.move_to(from.x.into(), from.y.into());
                self.context.line_to(to.x.into(), to.y.into());
                self.context.stroke();
            }
            Mark::Curve { points, stroke } => self.curve(*points, *stroke),
            Mark::Text { at, text, size, align, face, paint } => {
                if size * self.zoom >= SMALLEST_TEXT {
                    self.text(*at, text, *size, *align, *face, *paint);
                }
            }
        }
    }

    fn rounded(&mut self, rect: Rect, radius: f32, fill: Option<Paint>, stroke: Option<Stroke>) {
        if rect.w <= 0.0 || rect.h <= 0.0 {
            return;
        }
        let (x, y, w, h) = (rect.x.into(), rect.y.into(), rect.w.into(), rect.h.into());
        if let (Some(paint), None) = (fill, stroke)
            && radius * self.zoom < 1.5
        {
            self.fill(paint);
            self.context.fill_rect(x, y, w, h);
            return;
        }
        self.context.begin_path();
        let radius = f64::from(radius).min(w / 2.0).min(h / 2.0);
        let _ = self.context.round_rect_with_f64(x, y, w, h, radius);
        if let Some(paint) = fill {
            self.fill(paint);
            self.context.fill();
        }
        if let Some(stroke) = stroke {
            self.stroke(stroke);
            self.context.stroke();
        }
    }

    fn text(&mut self, at: Point, text: &str, size: f32, align: Align, face: Face, paint: Paint) {
        self.fill(paint);
        let key = (face, size.to_bits());
        if self.set.font != Some(key) {
            let (words, mono) = (&self.palette.words, &self.palette.mono);
            let font = self.fonts.entry(key).or_insert_with(|| match face {
                Face::Words => format!("{size}px {words}"),
                Face::Bold => format!("600 {size}px {words}"),
                Face::Mono => format!("{size}px {mono}"),
                Face::MonoBold => format!("600 {size}px {mono}"),
            });
            self.context.set_font(font);
            self.set.font = Some(key);
            self.strings += 1;
        }
        if self.set.align != Some(align) {
            self.context.set_text_align(match align {
                Align::Start => "left",
                Align::Middle => "center",
                Align::End => "right",
            });
            self.set.align = Some(align);
            self.strings += 1;
        }
        let _ = self.context.fill_text(text, at.x.into(), at.y.into());
        self.strings += 1;
    }

    #[expect(deprecated, reason = "the other setter copies the string on every call: 247 instead of 38 ns")]
    fn fill(&mut self, paint: Paint) {
        let index = paint.token.index();
        if self.set.fill != Some(index) {
            self.context.set_fill_style(&self.palette.colours[index]);
            self.set.fill = Some(index);
        }
        self.alpha(paint.alpha);
    }

    #[expect(deprecated, reason = "the other setter copies the string on every call: 247 instead of 38 ns")]
    fn stroke(&mut self, mut stroke: Stroke) {
        if stroke.dashed && self.zoom < FINEST_DASH {
            // Dashes smaller than a pixel look like a faint line, and take a thousand times as long to draw.
            stroke = Stroke::solid(stroke.paint.token.at(stroke.paint.alpha * DASHED), stroke.width);
        }
        let index = stroke.paint.token.index();
        if self.set.stroke != Some(index) {
            self.context.set_stroke_style(&self.palette.colours[index]);
            self.set.stroke = Some(index);
        }
        if self.set.width != Some(stroke.width) {
            self.context.set_line_width(stroke.width.into());
            self.set.width = Some(stroke.width);
        }
        if self.set.dashed != Some(stroke.dashed) {
            let _ = self.context.set_line_dash(if stroke.dashed { &self.dashes } else { &self.no_dashes });
            self.set.dashed = Some(stroke.dashed);
        }
        self.alpha(stroke.paint.alpha);
    }

    fn alpha(&mut self, alpha: f32) {
        if self.set.alpha != Some(alpha) {
            self.context.set_global_alpha(alpha.into());
            self.set.alpha = Some(alpha);
        }
    }

    /// A curve through four points.
    pub fn curve(&mut self, points: [Point; 4], stroke: Stroke) {
        self.stroke(stroke);
        let [a, b, c, d] = points;
        self.context.begin_path();
        self.context.move_to(a.x.into(), a.y.into());
        self.context.bezier_curve_to(b.x.into(), b.y.into(), c.x.into(), c.y.into(), d.x.into(), d.y.into());
        self.context.stroke();
    }

    pub fn disc(&mut self, at: Point, radius: f32, paint: Paint) {
        self.fill(paint);
        self.context.begin_path();
        let _ = self.context.arc(at.x.into(), at.y.into(), radius.into(), 0.0, std::f64::consts::TAU);
        self.context.fill();
    }

    pub fn ring(&mut self, at: Point, radius: f32, stroke: Stroke) {
        self.stroke(stroke);
        self.context.begin_path();
        let _ = self.context.arc(at.x.into(), at.y.into(), radius.into(), 0.0, std::f64::consts::TAU);
        self.context.stroke();
    }

    pub fn square(&mut self, at: Point, half: f32, paint: Paint) {
        self.fill(paint);
        self.context.fill_rect(
            (at.x - half).into(),
            (at.y - half).into(),
            (half * 2.0).into(),
            (half * 2.0).into(),
        );
    }

    pub fn diamond(&mut self, at: Point, half: f32, paint: Paint) {
        self.fill(paint);
        self.context.begin_path();
        self.context.move_to(at.x.into(), (at.y - half).into());
        self.context.line_to((at.x + half).into(), at.y.into());
        self.context.line_to(at.x.into(), (at.y + half).into());
        self.context.line_to((at.x - half).into(), at.y.into());
        self.context.fill();
    }
}
