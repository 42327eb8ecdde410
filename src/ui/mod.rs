//! Storey 5: what the student sees. Draws views, sends acts, decides nothing.

pub mod acts;
pub mod app;
pub mod browser;
pub mod class;
pub mod configs;
pub mod desk;
mod dotted;
pub mod engine;
pub mod frame;
pub mod group;
pub mod home;
pub mod inspector;
pub mod lesson;
pub mod log;
pub mod mirror;
#[cfg(target_arch = "wasm32")]
mod mount;
#[cfg(target_arch = "wasm32")]
mod panic;
pub mod probe;
mod producer;
pub mod script;
pub mod stage;
pub mod stage_view;
pub mod taste;
pub mod telling;
pub mod twin;
pub mod why;
pub mod words;

#[cfg(target_arch = "wasm32")]
pub use mount::mount;
