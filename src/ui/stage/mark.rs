use std::rc::Rc;

/// A colour by its name in `www/style/tokens.css`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Token {
    Bg,
    Panel,
    Panel2,
    Line,
    Ink,
    Ink2,
    Ink3,
    Accent,
    Ok,
    Warn,
    Bad,
    OnHue,
    Hue(u8),
}

impl Token {
    /// All of them, in the order of [`index`](Self::index).
    pub const ALL: [Self; 18] = [
        Self::Bg,
        Self::Panel,
        Self::Panel2,
        Self::Line,
        Self::Ink,
        Self::Ink2,
        Self::Ink3,
        Self::Accent,
        Self::Ok,
        Self::Warn,
        Self::Bad,
        Self::OnHue,
        Self::Hue(0),
        Self::Hue(1),
        Self::Hue(2),
        Self::Hue(3),
        Self::Hue(4),
        Self::Hue(5),
    ];

    pub const fn index(self) -> usize {
        match self {
            Self::Bg => 0,
            Self::Panel => 1,
            Self::Panel2 => 2,
            Self::Line => 3,
            Self::Ink => 4,
            Self::Ink2 => 5,
            Self::Ink3 => 6,
            Self::Accent => 7,
            Self::Ok => 8,
            Self::Warn => 9,
            Self::Bad => 10,
            Self::OnHue => 11,
            Self::Hue(n) => 12 + (n % 6) as usize,
        }
    }

    /// The custom property that holds it.
    pub const fn property(self) -> &'static str {
        const NAMES: [&str; 18] = [
            "--bg", "--panel", "--panel2", "--line", "--ink", "--ink2", "--ink3", "--accent", "--ok",
            "--warn", "--bad", "--on-hue", "--p0", "--p1", "--p2", "--p3", "--p4", "--p5",
        ];
        NAMES[self.index()]
    }
}

/// A colour and how strong it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    pub token: Token,
    pub alpha: f32,
}

impl Token {
    pub const fn full(self) -> Paint {
        Paint { token: self, alpha: 1.0 }
    }

    pub const fn at(self, alpha: f32) -> Paint {
        Paint { token: self, alpha }
    }
}

/// A point of the stage, in units that are CSS pixels at zoom 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// A rectangle whose sides are parallel to the stage's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

impl Rect {
    pub const fn new(x: f32, y: f32, w: f32, h: f32) -> Self {
        Self { x, y, w, h }
    }

    pub fn right(&self) -> f32 {
        self.x + self.w
    }

    pub fn bottom(&self) -> f32 {
        self.y + self.h
    }

    pub fn contains(&self, at: Point) -> bool {
        at.x >= self.x && at.x < self.right() && at.y >= self.y && at.y < self.bottom()
    }

    /// Larger by that much on every side.
    pub fn grown(&self, by: f32) -> Self {
        Self::new(self.x - by, self.y - by, self.w + 2.0 * by, self.h + 2.0 * by)
    }

    /// The smallest rectangle around both.
    pub fn union(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        Self::new(x, y, self.right().max(other.right()) - x, self.bottom().max(other.bottom()) - y)
    }

    pub fn intersects(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stroke {
    pub paint: Paint,
    pub width: f32,
    pub dashed: bool,
}

impl Stroke {
    pub const fn solid(paint: Paint, width: f32) -> Self {
        Self { paint, width, dashed: false }
    }

    pub const fn dashed(paint: Paint, width: f32) -> Self {
        Self { paint, width, dashed: true }
    }
}

/// Which way a text grows from its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Align {
    Start,
    Middle,
    End,
}

/// The face of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    Words,
    Bold,
    Mono,
    MonoBold,
}

/// One thing to draw. The same marks go to a canvas, to an SVG file and to a test.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    Box {
        rect: Rect,
        radius: f32,
        fill: Option<Paint>,
        stroke: Option<Stroke>,
    },
    Line {
        from: Point,
        to: Point,
        stroke: Stroke,
    },
    /// A cubic Bézier curve.
    Curve {
        points: [Point; 4],
        stroke: Stroke,
    },
    /// A text whose baseline begins, centres or ends at `at`.
    Text {
        at: Point,
        text: Rc<str>,
        size: f32,
        align: Align,
        face: Face,
        paint: Paint,
    },
}
