//! The commands of this repository: serve, test, build, run.
fn main() {}
