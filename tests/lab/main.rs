//! Stories about worlds: what people do, what the nodes make of it, and that time is a place.

mod calls;
mod chaos;
mod cluster;
mod dump;
mod faults;
mod group_work;
mod groups;
mod network;
// The same tests run in a browser: what they expect stands in one place.
#[path = "../browser/same_everywhere.rs"]
mod same_everywhere;
mod share;
mod support;
mod time;
mod twin;
mod whys;
