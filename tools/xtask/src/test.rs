//! Every test there is, in the order of what is cheap and likely to fail: native, wasm in a browser, the page end to
//! end. A part that fails does not hide what the next one has to say.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use std::process::Stdio;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;

use crate::count::Counts;
use crate::count::Reader;
use crate::page;
use crate::project;
use crate::serve;
use crate::setup;

/// `cargo xtask test`: success only when nothing failed and something ran.
pub fn command() -> Result<ExitCode> {
    setup::wasm_target()?;
    let node = setup::node()?;
    let browser = setup::browser()?;
    let mut run = Run::default();

    let ahead = Ahead::start(&browser);
    run.part("native tests", "engine, laboratory, pictures and page as text", &mut native());
    run.part("tests of the commands", "they build and count everything else", &mut own());
    ahead.wait();
    let built = page::build(page::Speed::Release).and_then(|built| page::print_sizes(&built));
    if run.passed("the page", built) {
        run.part("wasm tests in Chromium", "the same code where it will run", &mut wasm(&browser));
        let prepared = setup::npm_packages().and_then(|()| end_to_end(node, &browser));
        match prepared {
            Ok(mut tests) => run.part("end-to-end tests", "the page as a visitor meets it", &mut tests),
            Err(error) => drop(run.passed("end-to-end tests", Err(error))),
        }
    }
    Ok(run.close())
}

/// One profile for all native tests: a second one would build every dependency again.
fn native() -> Command {
    project::cargo_in_root(&["test", "--profile", "sim", "--no-fail-fast"])
}

fn own() -> Command {
    project::cargo_in_root(&["test", "--package", "xtask"])
}

/// The page's profile and features, so that every dependency is shared with it.
fn wasm(browser: &setup::Browser) -> Command {
    let mut cargo = project::cargo_in_root(&["test", "--release", "--target", "wasm32-unknown-unknown"]);
    cargo.args(["--package", "kafkascope", "--test", "browser"]);
    cargo.env("CHROMEDRIVER", &browser.chromedriver);
    cargo
}

/// Programs for the browser, compiled while the native tests are: whole-program optimisation keeps one core busy, and so
/// does the library's own test program. Says nothing; what fails here fails again, aloud, where it is used.
struct Ahead(std::thread::JoinHandle<()>);

impl Ahead {
    fn start(browser: &setup::Browser) -> Self {
        let page = page::compiler(page::Speed::Release);
        let mut tests = wasm(browser);
        tests.arg("--no-run");
        let runner = project::cargo_in_root(&["build", "--package", "wasm-test-runner"]);
        Self(std::thread::spawn(|| {
            for mut step in [page, tests, runner] {
                // Whatever comes of it, the same command is run again where its result is needed.
                let _ = step.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            }
        }))
    }

    fn wait(self) {
        let _ = self.0.join();
    }
}

/// Serves the page on a free port and hands its address to Node's own test runner.
fn end_to_end(node: (u32, u32), browser: &setup::Browser) -> Result<Command> {
    let server = serve::Server::start(serve::listen(0)?, false)?;
    let mut tests = Command::new("node");
    tests.current_dir(project::browser_tests_dir()).args(["--test", "--test-reporter=tap"]);
    if setup::node_has_concurrency(node) {
        tests.arg("--test-concurrency=2");
    }
    tests.args(test_files()?);
    tests.env("KAFKASCOPE_URL", &server.url).env("KAFKASCOPE_DIST", project::dist_dir());
    tests.env("KAFKASCOPE_BIN", project::target_dir().join("sim").join(program("kafkascope")));
    tests.env("CHROMIUM", &browser.chromium);
    Ok(tests)
}

fn program(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

fn test_files() -> Result<Vec<PathBuf>> {
    let folder = project::browser_tests_dir();
    let mut files = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("could not list {}", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("{} holds no *.test.mjs", folder.display());
    }
    Ok(files)
}

/// What has been counted so far, and what failed without being a test.
#[derive(Default)]
struct Run {
    counts: Counts,
    failed_parts: Vec<String>,
}

impl Run {
    /// Runs a part, shows its output as it comes, and counts its tests.
    fn part(&mut self, name: &str, why: &str, command: &mut Command) {
        project::announce(name, why);
        let outcome = stream(command);
        match outcome {
            Ok((counts, true)) if counts == Counts::default() => self.fail(name, "ran no test"),
            Ok((counts, succeeded)) => {
                self.counts.add(counts);
                if !succeeded && counts.failed == 0 {
                    self.fail(name, "ended with an error, though no test in it failed");
                } else if !succeeded {
                    self.failed_parts.push(name.to_string());
                }
            }
            Err(error) => self.fail(name, &format!("{error:#}")),
        }
    }

    /// Counts a step that is no test: nothing when it worked, one failure when it did not.
    fn passed(&mut self, name: &str, outcome: Result<()>) -> bool {
        if let Err(error) = &outcome {
            self.fail(name, &format!("{error:#}"));
        }
        outcome.is_ok()
    }

    fn fail(&mut self, name: &str, why: &str) {
        eprintln!("error: {name}: {why}");
        self.counts.failed += 1;
        self.failed_parts.push(name.to_string());
    }

    fn close(self) -> ExitCode {
        if !self.failed_parts.is_empty() {
            println!("failed: {}", self.failed_parts.join(", "));
        }
        let Counts { passed, failed, skipped } = self.counts;
        println!("total: {passed} passed, {failed} failed, {skipped} skipped");
        if failed == 0 && passed > 0 && self.failed_parts.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Runs a command, printing and counting its lines; answers the counts and whether it succeeded.
fn stream(command: &mut Command) -> Result<(Counts, bool)> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("could not start {program}"))?;
    let mut reader = Reader::default();
    let output = child.stdout.take().context("its output was asked for")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        reader.read(&line);
    }
    Ok((reader.finish(), child.wait()?.success()))
}
