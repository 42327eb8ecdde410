//! Where things are, and how a step is announced and run.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;

/// The repository's own folder.
pub fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).ancestors().nth(2).expect("xtask lies two folders below the root").to_path_buf()
}

/// The cargo that started this program, or the one on PATH.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// A cargo command that works on this repository, wherever it was called from.
pub fn cargo_in_root(arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo());
    command.current_dir(root()).args(arguments);
    command
}

/// Where cargo puts what it builds.
pub fn target_dir() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// The folder for any static host.
pub fn dist_dir() -> PathBuf {
    root().join("dist")
}

/// Where the end-to-end tests and their npm packages live.
pub fn browser_tests_dir() -> PathBuf {
    root().join("tests").join("browser")
}

/// Announces a step: what is done, and why.
pub fn announce(what: &str, why: &str) {
    println!("==> {what} ({why})");
}

/// Announces a step, runs it, and fails with its name when it fails.
pub fn step(what: &str, why: &str, command: &mut Command) -> Result<()> {
    announce(what, why);
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{what}: could not start {program}"))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// What a program prints on standard output, or none when it is missing or fails.
pub fn answer(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    if !output.status.success() {
        return None;
    }
    Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// The first of these programs that lies on PATH.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().find_map(|name| {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        folders.iter().map(|folder| folder.join(&file)).find(|program| program.is_file())
    })
}
