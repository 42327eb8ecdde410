//! What a command needs on a fresh machine. Every function may be called again and costs nothing when all is there.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;

use crate::project;

const WASM: &str = "wasm32-unknown-unknown";
/// `--test-concurrency` came with this minor version of Node 20.
const CONCURRENCY_SINCE: (u32, u32) = (20, 10);

/// The compiler's wasm target.
///
/// # Errors
/// When it is absent and there is no rustup to add it, with the sentence that says what to install.
pub fn wasm_target() -> Result<()> {
    let sysroot = project::answer("rustc", &["--print", "sysroot"]).context("rustc does not run")?;
    if Path::new(&sysroot).join("lib").join("rustlib").join(WASM).join("lib").is_dir() {
        return Ok(());
    }
    if project::on_path(&["rustup"]).is_none() {
        bail!(
            "the compiler has no {WASM} target: install Rust with rustup, or that target by your distribution"
        );
    }
    let mut add = Command::new("rustup");
    project::step("rustup target add", "the page is WebAssembly", add.args(["target", "add", WASM]))
}

/// Node's version as (major, minor).
///
/// # Errors
/// When Node is missing or older than 20.
pub fn node() -> Result<(u32, u32)> {
    let Some(version) = project::answer("node", &["--version"]) else {
        bail!(
            "the end-to-end tests need Node 20 or newer, and `node` is not on PATH: install it from nodejs.org"
        );
    };
    match parse_node_version(&version) {
        Some(found) if found.0 >= 20 => Ok(found),
        _ => bail!(
            "the end-to-end tests need Node 20 or newer, and `node --version` says {version}: install a newer one from nodejs.org"
        ),
    }
}

/// Whether this Node knows how many test files to run at once.
pub fn node_has_concurrency(version: (u32, u32)) -> bool {
    version >= CONCURRENCY_SINCE
}

fn parse_node_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The npm packages of the end-to-end tests, as the lock file names them.
pub fn npm_packages() -> Result<()> {
    let folder = project::browser_tests_dir();
    let wanted = folder.join("package-lock.json");
    let installed = folder.join("node_modules").join(".package-lock.json");
    if modified(&installed) > modified(&wanted) {
        return Ok(());
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let mut install = Command::new(npm);
    install.current_dir(&folder).args(["ci", "--no-audit", "--no-fund"]);
    project::step(
        "npm ci in tests/browser",
        "playwright-core drives the browser, axe-core judges the page",
        &mut install,
    )
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|meta| meta.modified()).ok()
}

/// The browser and the program that drives it for wasm tests.
pub struct Browser {
    pub chromium: PathBuf,
    pub chromedriver: PathBuf,
}

/// Finds Chromium and chromedriver; installs them where that is allowed (root, with apt).
///
/// # Errors
/// When one is missing and may not be installed, with the sentence that says what to install.
pub fn browser() -> Result<Browser> {
    if let Some(found) = find_browser() {
        return Ok(found);
    }
    if may_use_apt() {
        let mut update = Command::new("apt-get");
        project::step("apt-get update", "Chromium is missing and this is root", update.arg("update"))?;
        let mut install = Command::new("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive");
        install.args(["install", "-y", "--no-install-recommends"]);
        install.args(["chromium", "chromium-driver", "fonts-wqy-zenhei"]);
        project::step(
            "apt-get install chromium chromium-driver fonts-wqy-zenhei",
            "the browser, its driver, and a font that has 中文",
            &mut install,
        )?;
        if let Some(found) = find_browser() {
            return Ok(found);
        }
    }
    bail!(
        "The browser tests need Chromium and chromedriver: install the packages chromium and chromium-driver, \
         or set CHROMIUM=/path/to/chrome (and CHROMEDRIVER=/path/to/chromedriver)."
    )
}

fn find_browser() -> Option<Browser> {
    let chromium = from_variable("CHROMIUM").or_else(|| {
        project::on_path(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
    })?;
    let chromedriver = from_variable("CHROMEDRIVER").or_else(|| project::on_path(&["chromedriver"]))?;
    Some(Browser { chromium, chromedriver })
}

fn from_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|program| program.is_file())
}

fn may_use_apt() -> bool {
    cfg!(target_os = "linux")
        && project::on_path(&["apt-get"]).is_some()
        && project::answer("id", &["-u"]).as_deref() == Some("0")
}

#[cfg(test)]
mod tests {
    use super::node_has_concurrency;
    use super::parse_node_version;

    #[test]
    fn versions_of_node_are_read() {
        assert_eq!(parse_node_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(parse_node_version("20.20.2"), None);
        assert!(node_has_concurrency((20, 10)) && node_has_concurrency((22, 0)));
        assert!(!node_has_concurrency((20, 9)));
    }
}
