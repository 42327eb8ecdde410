//! Who reads what: the assignors, and the bytes in which members tell it each other.

use bytes::Bytes;
use kafkascope::kafka::base::Name;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::protocol::consumer_protocol::ConsumerProtocolAssignment;
use kafkascope::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;
use serde_json::Value;

use super::report::Report;
use super::report::hex;
use super::report::int;
use super::report::list;
use super::report::same;
use super::report::text;
use super::report::to_hex;

const SUBSCRIPTION: &[&str] =
    &["what", "version", "topics", "user_data_hex", "owned", "generation", "rack", "hex"];
const ASSIGNMENT: &[&str] = &["what", "version", "partitions", "user_data", "hex"];

/// The two messages of the consumer protocol; the records of the internal topics wait for their coordinators.
pub(crate) fn internal_topic_records(data: &Value, report: &mut Report) {
    let fields: Vec<&str> = [SUBSCRIPTION, ASSIGNMENT].concat();
    let later = |case: &Value| case["what"].as_str().is_some_and(|what| what.starts_with("__"));
    report.cases_but_later(data, "cases", &fields, later, |case| match text(case, "what")? {
        "ConsumerProtocolSubscription" => subscription(case),
        "ConsumerProtocolAssignment" => assignment(case),
        other => Err(format!("no runner knows what {other} is")),
    });
}

fn subscription(case: &Value) -> Result<(), String> {
    let version = int(case, "version")? as i16;
    let value = ConsumerProtocolSubscription {
        topics: names(case, "topics")?,
        user_data: Some(hex(case, "user_data_hex")?.into()),
        owned: partitions(case, "owned")?,
        generation: int(case, "generation")? as i32,
        rack: Some(Name::from(text(case, "rack")?)),
    };
    let bytes = value.encode(version).map_err(|error| error.to_string())?;
    same("hex", to_hex(&bytes).as_str(), text(case, "hex")?)?;
    let read = ConsumerProtocolSubscription::decode(&bytes).map_err(|error| error.to_string())?;
    same("the bytes of what was read", read.encode(version), Ok(bytes))
}

fn assignment(case: &Value) -> Result<(), String> {
    let version = int(case, "version")? as i16;
    let user_data = match &case["user_data"] {
        Value::Null => None,
        _ => Some(Bytes::from(hex(case, "user_data")?)),
    };
    let value = ConsumerProtocolAssignment { partitions: partitions(case, "partitions")?, user_data };
    let bytes = value.encode(version).map_err(|error| error.to_string())?;
    same("hex", to_hex(&bytes).as_str(), text(case, "hex")?)?;
    same("what was read", ConsumerProtocolAssignment::decode(&bytes), Ok(value))
}

fn names(case: &Value, field: &str) -> Result<Vec<Name>, String> {
    let one = |value: &Value| value.as_str().map(Name::from).ok_or_else(|| format!("{value} is not a text"));
    list(case, field)?.iter().map(one).collect()
}

/// Partitions written `topic-0`.
fn partitions(case: &Value, field: &str) -> Result<Vec<TopicPartition>, String> {
    list(case, field)?.iter().map(partition).collect()
}

fn partition(value: &Value) -> Result<TopicPartition, String> {
    let split = value.as_str().and_then(|text| text.rsplit_once('-'));
    let found = split.and_then(|(topic, number)| {
        Some(TopicPartition { topic: Name::from(topic), partition: number.parse().ok()? })
    });
    found.ok_or_else(|| format!("{value} is not a partition"))
}
