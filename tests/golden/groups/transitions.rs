//! `group_transitions.json`: which state of a classic group may follow which.

use kafkascope::kafka::coordinator::group::classic::ClassicState;
use serde_json::Value;

use super::super::report::Report;
use super::super::report::flag;
use super::super::report::same;
use super::super::report::text;

const STATES: [ClassicState; 5] = [
    ClassicState::Empty,
    ClassicState::PreparingRebalance,
    ClassicState::CompletingRebalance,
    ClassicState::Stable,
    ClassicState::Dead,
];

pub(crate) fn group_transitions(data: &Value, report: &mut Report) {
    report.cases(data, "matrix", &["from", "to", "valid"], |row| {
        let state = |field: &str| {
            let name = text(row, field)?;
            let found = STATES.into_iter().find(|state| state.name() == name);
            found.ok_or_else(|| format!("there is no state \"{name}\""))
        };
        same("valid", state("to")?.may_follow(state("from")?), flag(row, "valid")?)
    });
}
