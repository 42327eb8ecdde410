//! What a benchmark needs of the machine it runs on: a clock, memory, and a place to print.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod page;

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use native::{Clock, done, memory_mb, say, wanted};
#[cfg(target_arch = "wasm32")]
pub(crate) use page::{Clock, done, memory_mb, say, wanted};
