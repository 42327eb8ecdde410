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

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The engine on this machine.
    Native,
    /// The engine in Chromium's wasm.
    Wasm,
    /// The page: its first picture, the stage, a rebalance of a large group.
    Page,
}

impl Part {
    const ALL: [Self; 3] = [Self::Native, Self::Wasm, Self::Page];

    const fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::Page => "page",
        }
    }

    fn called(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// `cargo xtask bench [native|wasm|page]`.
pub fn command(arguments: &[String]) -> Result<()> {
    let one = match arguments {
        [] => None,
        [name] if Part::called(name).is_some() => Part::called(name),
        _ => bail!(
            "`cargo xtask bench` takes `native`, `wasm`, `page` or nothing, and got `{}`",
            arguments.join(" ")
        ),
    };
    for part in Part::ALL.into_iter().filter(|part| one.is_none_or(|one| one == *part)) {
        match part {
            Part::Native => native()?,
            Part::Wasm | Part::Page => browser(part)?,
        }
    }
    Ok(())
}

fn native() -> Result<()> {
    let mut native = project::cargo_in_root(&["bench", "--no-default-features", "--bench", "engine"]);
    project::step("cargo bench", "the engine on this machine", &mut native)
}

fn browser(part: Part) -> Result<()> {
    setup::wasm_target()?;
    setup::node()?;
    let chromium = setup::browser()?.chromium;
    setup::npm_packages()?;
    let mut node = Command::new("node");
    node.current_dir(project::browser_tests_dir()).arg("bench.mjs").arg(part.name());
    let mut built = None;
    let why = if part == Part::Wasm {
        node.env("KAFKASCOPE_BENCH", page::bindgen(&engine()?, page::Glue::Bench, page::Speed::Release)?);
        "the engine where it will run"
    } else {
        built = Some(page::build(page::Speed::Release)?);
        "the page as a visitor has it"
    };
    let server = serve::Server::start(serve::listen(0)?, false)?;
    node.env("KAFKASCOPE_URL", &server.url).env("CHROMIUM", chromium);
    project::step("tests/browser/bench.mjs", why, &mut node)?;
    built.as_ref().map_or(Ok(()), page::print_sizes)
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
