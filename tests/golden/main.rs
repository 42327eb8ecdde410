//! Kafka's own vectors. `GOLDEN_DIR` names another folder with any subset of the files.
#![allow(clippy::print_stdout)] // its lines are read by people and counted by `cargo xtask test`

mod accumulator;
mod placement;
mod replication;

use std::path::PathBuf;

use serde_json::Value;

type Runner = fn(&Value) -> Vec<Result<(), String>>;

/// Which runner reads which file.
const RUNNERS: &[(&str, Runner)] = &[
    ("history_producer_accumulator.json", accumulator::histories),
    ("hw_isr.json", replication::hw_isr),
    ("kraft_elections.json", placement::kraft_elections),
    ("kraft_replica_placement.json", placement::kraft_replica_placement),
    ("produce_acks.json", replication::produce_acks),
    ("sticky_partitioner.json", accumulator::sticky_partitioner),
];

fn main() {
    let dir = std::env::var_os("GOLDEN_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/data"), PathBuf::from);
    let mut failures = Vec::new();
    for (file, runner) in RUNNERS {
        let Ok(text) = std::fs::read_to_string(dir.join(file)) else { continue };
        let outcomes = runner(&serde_json::from_str(&text).expect("a JSON file"));
        let failed: Vec<String> = outcomes.iter().filter_map(|o| o.clone().err()).collect();
        println!("{file} {} passed, {} failed, 0 later", outcomes.len() - failed.len(), failed.len());
        failures.extend(failed.into_iter().map(|why| format!("{file}: {why}")));
    }
    for why in &failures {
        eprintln!("{why}");
    }
    std::process::exit(i32::from(!failures.is_empty()));
}
