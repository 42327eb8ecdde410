//! The commands of this repository: serve, test, bench, build, run.
//!
//! Each does its own set-up, may be repeated, and prints what it does and why before it does it.

mod bench;
mod count;
mod locals;
mod pack;
mod page;
mod project;
mod serve;
mod setup;
mod single;
mod test;

use std::process::Command;
use std::process::ExitCode;

use anyhow::Result;
use anyhow::bail;

const HELP: &str = "\
cargo xtask serve [--port N]   build the page, serve it on 127.0.0.1 and rebuild when a source file changes
cargo xtask test               every test: native, wasm in a browser, the page end to end
cargo xtask bench [PART]       how fast it is: native (the engine here), wasm (the engine in Chromium), page (the page there)
cargo xtask build [--quick]    dist/ for any static host, and dist/kafkascope.html: one file that works offline
                               (--quick: a larger and slower page, built in seconds while you change it)
cargo xtask run WORLD [...]    run a world (a share link or a world file) in the terminal; `run --help` lists more";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", arguments),
    };
    match command {
        "build" => {
            let quick = rest == ["--quick"];
            no_arguments(command, if quick { &[] } else { rest })?;
            let built = page::build(if quick { page::Speed::Quick } else { page::Speed::Release })?;
            page::print_sizes(&built)?;
            Ok(ExitCode::SUCCESS)
        }
        "serve" => serve::command(rest).map(|()| ExitCode::SUCCESS),
        "test" => {
            no_arguments(command, rest)?;
            test::command()
        }
        "bench" => bench::command(rest).map(|()| ExitCode::SUCCESS),
        "run" => run(rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => bail!("`{other}` is not a command of this repository. These are:\n{HELP}"),
    }
}

fn no_arguments(command: &str, rest: &[String]) -> Result<()> {
    match rest.first() {
        None => Ok(()),
        Some(argument) => bail!("`cargo xtask {command}` takes no arguments, and got `{argument}`"),
    }
}

/// Runs a world in the terminal. The program is built without the page: a third of the crates.
fn run(arguments: &[String]) -> Result<ExitCode> {
    let mut cargo = Command::new(project::cargo());
    cargo.args(["run", "--quiet", "--profile", "sim", "--no-default-features", "--package", "kafkascope"]);
    // No `current_dir`: a world file is named relative to where the reader stands.
    cargo.arg("--manifest-path").arg(project::root().join("Cargo.toml"));
    cargo.args(["--bin", "kafkascope", "--", "run"]).args(arguments);
    let status = cargo.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::from(exit_byte(status.code())) })
}

/// What a program answered, as this program's own answer: 1 where it was killed.
fn exit_byte(code: Option<i32>) -> u8 {
    code.and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(1)
}
