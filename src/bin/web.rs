//! Mounts the page, nothing else.

#[cfg(target_arch = "wasm32")]
fn main() {
    kafkascope::ui::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This program runs in a browser: `cargo xtask serve` builds and serves the page.");
}
