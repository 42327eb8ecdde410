//! The command line that asks the same of a real cluster.

use super::AdminRequest;
use super::Describe;
use super::ResetPoint;
use crate::kafka::base::Name;
use crate::kafka::base::date_time;

impl AdminRequest {
    /// The options of `kafka-consumer-groups.sh`, where that tool does this.
    pub fn command_line(&self) -> Option<String> {
        let all = |names: &[Name]| {
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            if names.is_empty() { String::new() } else { format!(" {}", names.join(",")) }
        };
        Some(match self {
            Self::ListGroups { states, types } => {
                format!("--list --type{} --state{}", all(types), all(states))
            }
            Self::DescribeGroup { group, show } => {
                let show = match show {
                    Describe::Offsets => "--offsets",
                    Describe::Members => "--members --verbose",
                    Describe::State => "--state",
                };
                format!("--describe --group {group} {show}")
            }
            Self::ResetOffsets { group, topic, partitions, to } => {
                let numbers: Vec<String> = partitions.iter().map(ToString::to_string).collect();
                let only = if numbers.is_empty() { String::new() } else { format!(":{}", numbers.join(",")) };
                let what =
                    topic.as_ref().map_or_else(|| "--all-topics".into(), |it| format!("--topic {it}{only}"));
                let to = match to {
                    ResetPoint::Earliest => "--to-earliest".to_owned(),
                    ResetPoint::Latest => "--to-latest".to_owned(),
                    ResetPoint::Offset(offset) => format!("--to-offset {offset}"),
                    ResetPoint::ShiftBy(by) => format!("--shift-by {by}"),
                    ResetPoint::Time(ms) => format!("--to-datetime {}", date_time(*ms)),
                    ResetPoint::Duration(ms) => format!("--by-duration PT{}.{:03}S", ms / 1000, ms % 1000),
                };
                format!("--reset-offsets --group {group} {what} {to} --execute")
            }
            Self::DeleteOffsets { group, topic } => {
                format!("--delete-offsets --group {group} --topic {topic}")
            }
            Self::DeleteGroup { group } => format!("--delete --group {group}"),
            _ => return None,
        })
    }
}
