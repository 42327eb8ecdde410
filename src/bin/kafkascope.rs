//! Runs worlds in a terminal.
fn main() {}
