//! The configs of topics: names, types and defaults.

use kafkascope::kafka::base::Profile;
use kafkascope::kafka::storage::LogConfig;
use serde_json::Value;

use super::report::Report;
use super::report::flag;
use super::report::int;
use super::report::only;
use super::report::same;
use super::report::text;

/// `ConfigDef` prints a list in brackets.
fn plain(default: &str) -> String {
    default.trim_start_matches('[').trim_end_matches(']').replace(", ", ",")
}

/// The defaults of topics; those of brokers and clients are with the brokers and clients.
pub(crate) fn config_defaults(data: &Value, report: &mut Report) {
    for (kind, configs) in data["configs"].as_object().into_iter().flatten() {
        for (name, config) in configs.as_object().into_iter().flatten() {
            if kind == "topic" {
                report.one(&format!("topic {name}"), || topic_config(name, config));
            } else {
                report.later += 1;
            }
        }
    }
}

fn topic_config(name: &str, config: &Value) -> Result<(), String> {
    only(config, &["type", "default", "validator"])?;
    let def = LogConfig::def(Profile::Classic, name).ok_or("there is no topic config of this name")?;
    let kind = def.kind.java_name().to_uppercase();
    let default = def.default(Profile::Classic).unwrap_or_default();
    same("type", &*kind, text(config, "type")?)?;
    same("default", default, &plain(text(config, "default")?))?;
    def.check(default).map_err(|error| error.to_string())?;
    // A range begins with the smallest value: one less must be refused.
    let least = text(config, "validator")?
        .strip_prefix('[')
        .and_then(|range| range.split(',').next()?.parse::<i64>().ok());
    match (least, &*kind) {
        (Some(least), "INT" | "LONG") if def.check(&(least - 1).to_string()).is_ok() && least - 1 != -1 => {
            Err(format!("takes {} although the smallest value is {least}", least - 1))
        }
        _ => Ok(()),
    }
}

pub(crate) fn describe_configs(data: &Value, report: &mut Report) {
    report.cases(
        data,
        "entries",
        &["name", "value", "read_only", "config_source", "snapshot_default"],
        |entry| {
            let name = text(entry, "name")?;
            let def =
                LogConfig::def(Profile::Classic, name).ok_or("there is no topic config of this name")?;
            same("value", def.default(Profile::Classic).unwrap_or_default(), text(entry, "value")?)?;
            same("read_only", false, flag(entry, "read_only")?)?;
            same("config_source", 5, int(entry, "config_source")?)
        },
    );
}
