//! Storey 4: what the teacher says, as data, in both languages.

mod fidelity;
mod first;

pub use crate::view::{Language, Text};
pub use fidelity::{FIDELITY, Fidelity, FidelityLine};
pub use first::{Scene, first};
