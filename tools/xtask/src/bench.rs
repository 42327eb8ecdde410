//! Every figure of speed there is: the engine natively, the engine in Chromium's wasm, and the page. Figures are printed,
//! never judged: what must hold on every machine is counted by tests.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;

use crate::page;
use crate::project;
use crate::serve;
use crate::setup;

/// `cargo xtask bench [native|browser]`.
pub fn command(arguments: &[String]) -> Result<()> {
    let part = match arguments {
        [] => None,
        [part] if part == "native" || part == "browser" => Some(part.as_str()),
        _ => bail!(
            "`cargo xtask bench` takes `native`, `browser` or nothing, and got `{}`",
            arguments.join(" ")
        ),
    };
    if part != Some("browser") {
        let mut native = project::cargo_in_root(&["bench", "--no-default-features", "--bench", "engine"]);
        project::step("cargo bench", "the engine on this machine", &mut native)?;
    }
    if part != Some("native") {
        browser()?;
    }
    Ok(())
}

fn browser() -> Result<()> {
    setup::wasm_target()?;
    setup::node()?;
    let chromium = setup::browser()?.chromium;
    setup::npm_packages()?;
    let built = page::build(page::Speed::Release)?;
    let engine = page::bindgen(&engine()?, page::Glue::Bench, page::Speed::Release)?;
    let server = serve::Server::start(serve::listen(0)?, false)?;
    let mut node = Command::new("node");
    node.current_dir(project::browser_tests_dir()).arg("bench.mjs");
    node.env("KAFKASCOPE_URL", &server.url).env("KAFKASCOPE_BENCH", engine).env("CHROMIUM", chromium);
    project::step("tests/browser/bench.mjs", "the engine and the page where they will run", &mut node)?;
    page::print_sizes(&built)
}

/// Builds the engine's benchmark for the browser.
fn engine() -> Result<PathBuf> {
    let arguments = ["build", "--release", "--target", "wasm32-unknown-unknown", "--package", "kafkascope"];
    let mut cargo = project::cargo_in_root(&arguments);
    cargo.args(["--bench", "engine", "--message-format", "json-render-diagnostics"]);
    project::announce("cargo build --bench engine for wasm32", "the same benchmark, for the browser");
    let output = cargo.stderr(std::process::Stdio::inherit()).output().context("could not start cargo")?;
    if !output.status.success() {
        bail!("the engine's benchmark does not compile for the browser ({})", output.status);
    }
    let told = String::from_utf8_lossy(&output.stdout);
    executable(&told, "engine").context("cargo did not say where the benchmark lies")
}

/// The program of a target among cargo's messages.
fn executable(messages: &str, target: &str) -> Option<PathBuf> {
    let named = format!("\"name\":\"{target}\"");
    let line = messages.lines().find(|line| line.contains(&named) && line.contains("\"executable\":\""))?;
    let path = line.split("\"executable\":\"").nth(1)?.split('"').next()?;
    Some(PathBuf::from(path.replace("\\\\", "\\")))
}

#[cfg(test)]
mod tests {
    use super::executable;

    #[test]
    fn the_program_is_found_among_cargos_messages() {
        let messages = concat!(
            "{\"target\":{\"name\":\"kafkascope\"},\"executable\":null}\n",
            "{\"target\":{\"name\":\"engine\"},\"executable\":\"/a/deps/engine-1.wasm\",\"fresh\":true}\n",
        );
        assert_eq!(executable(messages, "engine").unwrap().to_str(), Some("/a/deps/engine-1.wasm"));
        assert_eq!(executable(messages, "web"), None);
    }
}
