//! Storey 4: what the teacher says, as data, in both languages.

mod text;

pub use text::{Language, Text};
