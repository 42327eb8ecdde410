//! Records as the files write them.

use kafkascope::kafka::coordinator::Batch;
use kafkascope::kafka::coordinator::record::GroupRecord;
use serde_json::Value;
use serde_json::json;

use super::super::report::only;
use super::consumer;
use super::fields::base;

/// Fields of a record in a file. `key`, `value` and `value_version` say in words what `k` and `v` are byte for byte.
const FIELDS: &[&str] =
    &["type", "k", "v", "key", "value", "value_version", "producer", "commit", "coordinator_epoch"];

/// One record: in a run of one type and kind the order is that of the keys.
struct Written {
    kind: (String, bool),
    order: String,
    json: Value,
}

/// What was appended, in the form and the order of the files.
pub(super) fn written(batches: Vec<Batch>) -> Result<Vec<Value>, String> {
    let mut all = Vec::new();
    for batch in batches {
        match batch {
            Batch::EndTransaction { marker, .. } => all.push(Written {
                kind: ("end_transaction_marker".into(), false),
                order: String::new(),
                json: json!({
                    "type": "end_transaction_marker",
                    "commit": marker.commit,
                    "coordinator_epoch": marker.coordinator_epoch,
                    "producer": [marker.producer_id, marker.producer_epoch],
                }),
            }),
            Batch::Records { producer, records, .. } => {
                for (key, value) in records {
                    let record =
                        GroupRecord::read(&key, value.as_ref()).map_err(|error| error.to_string())?;
                    let record = record.ok_or("a record of an unknown type")?;
                    all.push(one(record, producer));
                }
            }
        }
    }
    for run in all.chunk_by_mut(|a, b| a.kind == b.kind) {
        run.sort_by(|a, b| a.order.cmp(&b.order));
    }
    Ok(all.into_iter().map(|written| written.json).collect())
}

fn one(mut record: GroupRecord, producer: Option<(i64, i16)>) -> Written {
    sort_lists(&mut record);
    let value = record.value();
    let mut json =
        json!({ "type": record.name(), "k": base(&record.key()), "v": value.as_ref().map(|v| base(v)) });
    if let Some((id, epoch)) = producer {
        json["producer"] = json!([id, epoch]);
    }
    Written { kind: (record.name().to_owned(), value.is_some()), order: key_text(&record), json }
}

/// Lists that have no order are sorted before the value is encoded.
fn sort_lists(record: &mut GroupRecord) {
    match record {
        GroupRecord::GroupMetadata(record) => {
            if let Some(value) = &mut record.value {
                value.members.sort_by(|a, b| a.member_id.cmp(&b.member_id));
            }
        }
        GroupRecord::OffsetCommit(_) | GroupRecord::Consumer(_) => {}
    }
}

/// The key's JSON text.
fn key_text(record: &GroupRecord) -> String {
    match record {
        GroupRecord::OffsetCommit(record) => format!(
            r#"{{"group":"{}","topic":"{}","partition":{}}}"#,
            record.group, record.topic, record.partition
        ),
        GroupRecord::GroupMetadata(record) => format!(r#"{{"group":"{}"}}"#, record.group),
        GroupRecord::Consumer(record) => consumer::key_text(record),
    }
}

/// Compares with what a step or a timer lists; nothing listed is nothing written.
pub(super) fn compare(batches: Vec<Batch>, expected: &Value) -> Result<(), String> {
    let got = written(batches)?;
    let expected = expected.as_array().map_or(&[][..], Vec::as_slice);
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        only(expected, FIELDS)?;
        for field in ["type", "k", "v", "producer", "commit", "coordinator_epoch"] {
            if got[field] != expected[field] {
                return Err(format!(
                    "record {at} ({}), {field}: expected {}, got {}",
                    got["type"], expected[field], got[field]
                ));
            }
        }
    }
    if got.len() == expected.len() {
        return Ok(());
    }
    let names =
        |list: &[Value]| list.iter().map(|one| one["type"].to_string()).collect::<Vec<_>>().join(", ");
    Err(format!("records: expected [{}], got [{}]", names(expected), names(&got)))
}
