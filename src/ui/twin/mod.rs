//! Two worlds that differ in one thing, side by side on one clock.

mod outcome;
mod panel;
mod stages;
mod ways;
mod what_if;
pub(in crate::ui) mod words;

pub use panel::TwinPanel;
pub use stages::TwinStages;
pub use what_if::PairOffer;
pub use what_if::WhatIfDialog;
