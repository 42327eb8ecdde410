use super::mark::Point;
use super::mark::Rect;

/// Which part of the stage is seen, and how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The point of the stage in the middle of the screen.
    pub middle: Point,
    /// CSS pixels a unit of the stage.
    pub zoom: f32,
    /// The size of the screen in CSS pixels.
    pub width: f32,
    pub height: f32,
}

const CLOSEST: f32 = 8.0;
const FARTHEST: f32 = 0.08;

impl Default for Camera {
    fn default() -> Self {
        Self { middle: Point::default(), zoom: 1.0, width: 1.0, height: 1.0 }
    }
}

impl Camera {
    /// Shows all of a rectangle with a margin.
    pub fn fit(&mut self, bounds: Rect, margin: f32) {
        let across = (self.width - 2.0 * margin).max(40.0) / bounds.w.max(1.0);
        let down = (self.height - 2.0 * margin).max(40.0) / bounds.h.max(1.0);
        self.zoom = across.min(down).clamp(FARTHEST, 1.6);
        self.middle = Point { x: bounds.w.mul_add(0.5, bounds.x), y: bounds.h.mul_add(0.5, bounds.y) };
    }

    /// Fills the width with a rectangle and shows its top: for screens that are taller than wide.
    pub fn fit_width(&mut self, bounds: Rect, margin: f32) {
        self.zoom = ((self.width - 2.0 * margin).max(40.0) / bounds.w.max(1.0)).clamp(FARTHEST, 2.0);
        let y = (self.height * 0.5 - margin) / self.zoom + bounds.y;
        self.middle = Point { x: bounds.w.mul_add(0.5, bounds.x), y };
    }

    pub fn to_screen(&self, at: Point) -> Point {
        Point {
            x: (at.x - self.middle.x).mul_add(self.zoom, self.width * 0.5),
            y: (at.y - self.middle.y).mul_add(self.zoom, self.height * 0.5),
        }
    }

    pub fn to_stage(&self, at: Point) -> Point {
        Point {
            x: (at.x - self.width * 0.5) / self.zoom + self.middle.x,
            y: (at.y - self.height * 0.5) / self.zoom + self.middle.y,
        }
    }

    pub fn rect_to_screen(&self, rect: Rect) -> Rect {
        let at = self.to_screen(Point { x: rect.x, y: rect.y });
        Rect::new(at.x, at.y, rect.w * self.zoom, rect.h * self.zoom)
    }

    /// Moves what is seen by a drag on the screen.
    pub fn pan(&mut self, dx: f32, dy: f32) {
        self.middle.x -= dx / self.zoom;
        self.middle.y -= dy / self.zoom;
    }

    /// Zooms around a point of the screen, which stays where it is.
    pub fn zoom_at(&mut self, at: Point, times: f32) {
        let still = self.to_stage(at);
        self.zoom = (self.zoom * times).clamp(FARTHEST, CLOSEST);
        let moved = self.to_stage(at);
        self.middle.x += still.x - moved.x;
        self.middle.y += still.y - moved.y;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_under_the_pointer_stays_while_zooming() {
        let mut camera = Camera { width: 800.0, height: 600.0, ..Camera::default() };
        let at = Point { x: 100.0, y: 450.0 };
        let before = camera.to_stage(at);
        camera.zoom_at(at, 3.0);
        let after = camera.to_stage(at);
        assert!((before.x - after.x).abs() < 0.01 && (before.y - after.y).abs() < 0.01);
    }

    #[test]
    fn screen_and_stage_are_each_others_inverse() {
        let mut camera = Camera { width: 800.0, height: 600.0, ..Camera::default() };
        camera.fit(Rect::new(0.0, 0.0, 780.0, 700.0), 20.0);
        let at = Point { x: 123.0, y: 45.0 };
        let there = camera.to_screen(camera.to_stage(at));
        assert!((there.x - at.x).abs() < 0.01 && (there.y - at.y).abs() < 0.01);
    }
}
