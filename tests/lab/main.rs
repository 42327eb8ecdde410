//! Stories about worlds: what people do, what the nodes make of it, and that time is a place.

mod chaos;
mod cluster;
mod dump;
mod faults;
mod network;
mod share;
mod support;
mod time;
mod twin;
mod whys;
