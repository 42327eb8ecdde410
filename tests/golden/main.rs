//! What Apache Kafka itself answered, and whether this Kafka answers the same.
//!
//! The files of `data/` were recorded from Kafka's own classes. `GOLDEN_DIR` names another folder, which may hold any
//! subset of files and of their sections. Every file gets one line, `NAME.json N passed, N failed, N later`; *later*
//! are cases that need a part of Kafka that is not built yet, and [`files::later`] says which. What no runner knows
//! fails: a file, a section, a field, a step.
#![allow(clippy::print_stdout)] // its lines are read by people and counted by `cargo xtask test`

mod accumulator;
mod assignors;
mod checkpoints;
// The machines that the broker's own stories run on.
#[allow(dead_code)]
#[path = "../../src/kafka/broker/tests/cluster.rs"]
mod cluster;
mod configs;
mod epochs;
mod files;
mod groups;
mod history;
mod index;
mod ordered;
mod placement;
mod producers;
mod reconciliation;
mod record;
mod replication;
mod report;
mod segment;
mod vectors;

use std::path::Path;
use std::path::PathBuf;

use kafkascope::kafka;
use report::Report;
use serde_json::Value;

fn main() {
    let mut filters = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => return,
            // Flags of cargo's own test runner that take a value; they mean nothing here.
            "--test-threads" | "--format" | "--color" | "--logfile" | "--skip" | "--shuffle-seed" | "-Z" => {
                arguments.next();
            }
            flag if flag.starts_with('-') => {}
            name => filters.push(name.to_owned()),
        }
    }
    let dir = std::env::var_os("GOLDEN_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/data"), PathBuf::from);
    // A panic is caught and reported with its case; the default hook would only repeat it.
    std::panic::set_hook(Box::new(|_| {}));
    let (mut passed, mut failed) = (0, 0);
    for name in names(&dir) {
        if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter)) {
            continue;
        }
        let report = run(&dir, &name);
        println!("{name} {} passed, {} failed, {} later", report.passed, report.failed, report.later);
        passed += report.passed;
        failed += report.failed;
    }
    println!("total: {passed} passed, {failed} failed, 0 skipped");
    std::process::exit(i32::from(failed > 0));
}

/// The JSON files of the folder, sorted.
fn names(dir: &Path) -> Vec<String> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            eprintln!("{}: {error}: name a folder with golden files in GOLDEN_DIR", dir.display());
            std::process::exit(1);
        }
    };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".json"));
    names.sort();
    names
}

fn run(dir: &Path, name: &str) -> Report {
    let mut report = Report::new(name);
    let data = std::fs::read_to_string(dir.join(name)).map_err(|error| error.to_string()).and_then(|text| {
        let mut data = serde_json::from_str::<Value>(&text).map_err(|error| error.to_string())?;
        ordered::keep_order(&mut data, &text);
        Ok(data)
    });
    match data {
        Err(error) => report.fail("(whole file)", &format!("cannot be read: {error}")),
        Ok(data) => match files::file(name) {
            Some(file) => file.run(&data, &mut report),
            None if files::later(name).is_some() => report.later = files::count(&data),
            None => report.fail("(whole file)", "no runner knows a file of this name"),
        },
    }
    report
}
