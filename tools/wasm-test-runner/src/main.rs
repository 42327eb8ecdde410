//! Runs wasm tests in a browser. `.cargo/config.toml` names it as the runner of wasm32 test binaries.

fn main() {
    if let Err(error) = wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()) {
        eprintln!("error: {error:?}");
        std::process::exit(1);
    }
}
