//! Storey 4: what the teacher says, as data, in both languages.

mod first;
mod text;

pub use first::{Scene, first};
pub use text::{Language, Text};
