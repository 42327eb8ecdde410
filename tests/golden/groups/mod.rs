//! Whole lives of one partition of `__consumer_offsets`: requests, time and fail-overs in; every answer, record, timer
//! and the state out. What the fields mean stands in `about` of each file.

mod consumer;
mod editions;
mod errors;
mod fields;
mod life;
mod log;
mod other_errors;
mod records;
mod requests;
mod responses;
mod scene;
mod state;
mod topics;
mod transitions;

use serde_json::Value;

pub(crate) use editions::coordinators;
pub(crate) use errors::classic_group_errors;
pub(crate) use transitions::group_transitions;

use super::report::Report;
use super::report::list;
use life::Life;

/// Runs every case to its end or to the first step that differs.
pub(crate) fn histories(data: &Value, report: &mut Report) {
    report.cases(data, "cases", &["name", "notes", "config", "steps"], history);
}

fn history(case: &Value) -> Result<(), String> {
    let mut life = Life::new(&case["config"])?;
    for (number, step) in list(case, "steps")?.iter().enumerate() {
        life.step(number, step).map_err(|why| format!("step {number} ({}): {why}", step["op"]))?;
    }
    Ok(())
}
