//! The stage: a pure scene, a camera, and painters that draw it.

mod camera;
mod clients;
mod glide;
mod id;
mod large;
mod layout;
mod mark;
mod route;
mod scene;
mod screen;
mod strip;
mod svg;
#[cfg(test)]
mod tests;
mod tween;

pub use camera::Camera;
pub use glide::{Chip, Leg};
pub use id::Thing;
pub use layout::{Density, Layout, Window};
pub use mark::{Align, Face, Mark, Paint, Point, Rect, Stroke, Token};
pub use route::{Dot, Route, Shape, dots};
pub use scene::{Look, Scene, Spot, Tile};
pub use screen::{Shot, StageScreen, Work};
pub use svg::draw as draw_svg;
pub use tween::{Shown, Tween};
