//! Storey 4: what the teacher says, as data, in both languages.

mod fidelity;
mod first;
mod text;

pub use fidelity::{FIDELITY, Fidelity, FidelityLine};
pub use first::{Scene, first};
pub use text::{Language, Text};
