//! Whole lives of one partition of `__consumer_offsets`: requests, time and fail-overs in; every answer, record, timer
//! and the state out. What the fields mean stands in `about` of each file.

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

pub(crate) use errors::classic_group_errors;
pub(crate) use transitions::group_transitions;

use super::report::Report;
use super::report::list;
use life::Life;

/// Runs every case to its end or to the first step that differs.
pub(crate) fn histories(data: &Value, report: &mut Report) {
    report.cases_but_later(
        data,
        "cases",
        &["name", "notes", "config", "steps"],
        needs_consumer_groups,
        history,
    );
}

/// Whether a case asks for what only consumer groups (KIP-848) answer.
fn needs_consumer_groups(case: &Value) -> bool {
    let mut steps = case["steps"].as_array().into_iter().flatten();
    steps.any(|step| step["op"].as_str().is_some_and(|op| op.starts_with("ConsumerGroup")))
}

fn history(case: &Value) -> Result<(), String> {
    let mut life = Life::new(&case["config"])?;
    for (number, step) in list(case, "steps")?.iter().enumerate() {
        life.step(number, step).map_err(|why| format!("step {number} ({}): {why}", step["op"]))?;
    }
    Ok(())
}
