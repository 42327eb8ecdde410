//! Storey 5: what the student sees. Draws views, sends acts, decides nothing.

pub mod stage;
pub mod words;

/// Mounts the page into the document's body.
#[cfg(target_arch = "wasm32")]
pub fn mount() {}
