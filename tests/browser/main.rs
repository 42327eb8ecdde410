//! Code of this package in a real browser: `cargo xtask test`, or
//! `cargo test --release --target wasm32-unknown-unknown --test browser`.
//!
//! All tests share one page, and the first failure ends the run (wasm aborts on panic): mount into an element of your
//! own, remove it, keep each test small and let its name say what it shows. What needs no browser runs natively too.

mod same_everywhere;

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
