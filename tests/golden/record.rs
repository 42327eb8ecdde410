//! Record batches: reading, writing, checking on append, and what a consumer may see.

use bytes::Bytes;
use kafkascope::kafka::client::consumer::read_committed::AbortedFilter;
use kafkascope::kafka::client::consumer::read_committed::BatchFacts;
use kafkascope::kafka::record;
use kafkascope::kafka::record::Batch;
use kafkascope::kafka::record::BatchBuilder;
use kafkascope::kafka::record::BatchSpec;
use kafkascope::kafka::record::Compression;
use kafkascope::kafka::record::ControlType;
use kafkascope::kafka::record::Record;
use kafkascope::kafka::record::TimestampType;
use kafkascope::kafka::storage::AppendOrigin;
use kafkascope::kafka::storage::LogValidator;
use kafkascope::kafka::storage::ValidationError;
use serde_json::Value;
use serde_json::json;

use super::report::Report;
use super::report::flag;
use super::report::hex;
use super::report::int;
use super::report::list;
use super::report::only;
use super::report::same;
use super::report::text;
use super::report::to_hex;

pub(crate) fn record_batch(data: &Value, report: &mut Report) {
    for (section, value) in
        [("header_overhead", record::BATCH_OVERHEAD), ("crc_starts_at", record::field::ATTRIBUTES)]
    {
        if data.get(section).is_some_and(|number| *number != value) {
            report.fail(section, &format!("expected {}, got {value}", data[section]));
        }
    }
    report.cases(data, "cases", &["name", "hex", "decoded"], |case| {
        let bytes = Bytes::from(hex(case, "hex")?);
        let batch = Batch::parse(&bytes).map_err(|error| error.to_string())?;
        batch.ensure_valid().map_err(|error| error.to_string())?;
        let records: Vec<Record> =
            batch.records().and_then(Iterator::collect).map_err(|error| error.to_string())?;
        same("decoded", decoded(&batch, &records)?, case["decoded"].clone())?;
        written(&batch, &records)
    });
    report.cases(data, "increment_sequence", &["sequence", "increment", "result"], |case| {
        let next = record::increment_sequence(int(case, "sequence")? as i32, int(case, "increment")? as i32);
        same("result", i64::from(next), int(case, "result")?)
    });
    report.cases(data, "decrement_sequence", &["sequence", "decrement", "result"], |case| {
        let before =
            record::decrement_sequence(int(case, "sequence")? as i32, int(case, "decrement")? as i32);
        same("result", i64::from(before), int(case, "result")?)
    });
}

/// A batch in the words of the file.
fn decoded(batch: &Batch, records: &[Record]) -> Result<Value, String> {
    let field = |bytes: &Option<Bytes>| bytes.as_ref().map(|bytes| to_hex(bytes));
    let records: Vec<Value> = records
        .iter()
        .map(|record| {
            let headers: Vec<Value> = record
                .headers
                .iter()
                .map(|header| json!({"key": String::from_utf8_lossy(&header.key), "value_hex": field(&header.value)}))
                .collect();
            json!({
                "offset": record.offset,
                "timestamp": record.timestamp,
                "sequence": record.sequence,
                "key_hex": field(&record.key),
                "value_hex": field(&record.value),
                "headers": headers,
            })
        })
        .collect();
    Ok(json!({
        "base_offset": batch.base_offset(),
        "last_offset": batch.last_offset(),
        "partition_leader_epoch": batch.partition_leader_epoch(),
        "magic": batch.magic(),
        "crc": batch.crc(),
        "compression": batch.compression().map_err(|error| error.to_string())?.name(),
        "timestamp_type": batch.timestamp_type().name(),
        "is_transactional": batch.is_transactional(),
        "is_control": batch.is_control(),
        "base_timestamp": batch.base_timestamp(),
        "max_timestamp": batch.max_timestamp(),
        "producer_id": batch.producer_id(),
        "producer_epoch": batch.producer_epoch(),
        "base_sequence": batch.base_sequence(),
        "last_sequence": batch.last_sequence(),
        "records_count": batch.record_count(),
        "size_in_bytes": batch.size(),
        "delete_horizon_ms": batch.delete_horizon_ms(),
        "records": records,
    }))
}

/// Writes the same records again: to the same bytes, or with a codec or after a compaction to the same records.
fn written(batch: &Batch, records: &[Record]) -> Result<(), String> {
    let spec = BatchSpec {
        compression: batch.compression().map_err(|error| error.to_string())?,
        timestamp_type: batch.timestamp_type(),
        base_offset: batch.base_offset(),
        log_append_time: batch.max_timestamp(),
        producer_id: batch.producer_id(),
        producer_epoch: batch.producer_epoch(),
        base_sequence: batch.base_sequence(),
        transactional: batch.is_transactional(),
        control: batch.is_control(),
        leader_epoch: batch.partition_leader_epoch(),
        delete_horizon_ms: batch.delete_horizon_ms(),
        ..BatchSpec::default()
    };
    if records.is_empty() {
        let again = record::empty_batch(&spec, batch.last_offset());
        return same("written again", to_hex(&again), to_hex(batch.bytes()));
    }
    let compression = spec.compression;
    let mut builder = BatchBuilder::new(spec);
    for record in records {
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        builder
            .append_at(record.offset, record.timestamp, key, value, &record.headers)
            .map_err(|error| error.to_string())?;
    }
    let again = builder.close().map_err(|error| error.to_string())?;
    if compression == Compression::None && is_as_built(batch, records) {
        return same("written again", to_hex(&again), to_hex(batch.bytes()));
    }
    let again = Batch::parse(&again).map_err(|error| error.to_string())?;
    let read: Vec<Record> = again.records().and_then(Iterator::collect).map_err(|error| error.to_string())?;
    // The size is not compared: another base timestamp makes other deltas.
    let content = |records: &[Record]| {
        let of = |record: &Record| {
            let Record { offset, timestamp, key, value, headers, .. } = record.clone();
            (offset, timestamp, key, value, headers)
        };
        records.iter().map(of).collect::<Vec<_>>()
    };
    same("written and read again", content(&read), content(records))
}

/// Whether a batch says of itself all that a builder is told: compaction keeps the last offset and the base timestamp of
/// records that are gone, and with LogAppendTime the records' own timestamps cannot be read.
fn is_as_built(batch: &Batch, records: &[Record]) -> bool {
    let dated = records.first().map(|record| record.timestamp) == Some(batch.base_timestamp());
    let whole = records.last().map(|record| record.offset) == Some(batch.last_offset());
    let own_times = batch.timestamp_type() == TimestampType::CreateTime;
    (dated || batch.delete_horizon_ms().is_some()) && whole && own_times
}

pub(crate) fn record_batch_validity(data: &Value, report: &mut Report) {
    report.cases(data, "cases", &["name", "hex", "is_valid", "batches", "valid_bytes"], |case| {
        let bytes = Bytes::from(hex(case, "hex")?);
        let mut found = record::batches(&bytes);
        let batches: Vec<Batch> =
            found.by_ref().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        if case.get("is_valid").is_some() {
            let valid = !batches.is_empty() && batches.iter().all(Batch::is_valid);
            same("is_valid", valid, flag(case, "is_valid")?)?;
        }
        if case.get("batches").is_some() {
            same("batches", batches.len() as i64, int(case, "batches")?)?;
        }
        if case.get("valid_bytes").is_some() {
            same("valid_bytes", found.position() as i64, int(case, "valid_bytes")?)?;
        }
        Ok(())
    });
}

const VALIDATOR_FIELDS: &[&str] = &[
    "name",
    "input_hex",
    "compacted_topic",
    "timestamp_type",
    "before_max_ms",
    "after_max_ms",
    "origin",
    "first_assigned_offset",
    "leader_epoch",
    "now",
    "ok",
    "error",
];

pub(crate) fn log_validator(data: &Value, report: &mut Report) {
    report.cases(data, "cases", VALIDATOR_FIELDS, |case| {
        let rules = LogValidator {
            partition: "topic-0",
            compression: None,
            compacted: flag(case, "compacted_topic")?,
            timestamp_type: match text(case, "timestamp_type")? {
                "CreateTime" => TimestampType::CreateTime,
                "LogAppendTime" => TimestampType::LogAppendTime,
                other => return Err(format!("unknown timestamp_type \"{other}\"")),
            },
            before_max_ms: int(case, "before_max_ms")?,
            after_max_ms: int(case, "after_max_ms")?,
            leader_epoch: int(case, "leader_epoch")? as i32,
            origin: match text(case, "origin")? {
                "CLIENT" => AppendOrigin::Client,
                "COORDINATOR" => AppendOrigin::Coordinator,
                "RAFT_LEADER" => AppendOrigin::RaftLeader,
                "REPLICATION" => AppendOrigin::Replication,
                other => return Err(format!("unknown origin \"{other}\"")),
            },
        };
        let input = Bytes::from(hex(case, "input_hex")?);
        match rules.validate(&input, int(case, "first_assigned_offset")?, int(case, "now")?) {
            Ok(done) => {
                let ok = json!({
                    "next_offset": done.next_offset,
                    "max_timestamp": done.max_timestamp,
                    "shallow_offset_of_max_timestamp": done.shallow_offset_of_max_timestamp,
                    "output_hex": to_hex(done.batch.bytes()),
                });
                same("ok", Some(&ok), case.get("ok"))
            }
            Err(error) => same("error", Some(&validation_error(&error)), case.get("error")),
        }
    });
}

/// A refusal in the words of the file.
fn validation_error(error: &ValidationError) -> Value {
    match error {
        ValidationError::Records { invalid_timestamp, errors, .. } => json!({
            "class": "RecordValidationException",
            "invalid_exception": if *invalid_timestamp { "InvalidTimestampException" } else { "InvalidRecordException" },
            "record_indexes": errors.iter().map(|error| error.batch_index).collect::<Vec<_>>(),
        }),
        ValidationError::InvalidRecord(_) => json!({"class": "InvalidRecordException"}),
        ValidationError::Batch(error) => json!({"class": error.kafka_name()}),
        ValidationError::Rebuild(_) => json!({"class": "IllegalArgumentException"}),
        ValidationError::Skipped => json!({"class": "UnsupportedOperationException"}),
    }
}

const READ_COMMITTED_FIELDS: &[&str] = &[
    "name",
    "batches",
    "aborted_transactions",
    "visible_read_committed",
    "next_position",
    "visible_read_uncommitted",
];

pub(crate) fn read_committed(data: &Value, report: &mut Report) {
    report.cases(data, "cases", READ_COMMITTED_FIELDS, |case| {
        let aborted = case["aborted_transactions"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|entry| {
                only(entry, &["producer_id", "first_offset"])?;
                Ok((int(entry, "producer_id")?, int(entry, "first_offset")?))
            })
            .collect::<Result<Vec<_>, String>>()?;
        let mut filter = AbortedFilter::new(aborted);
        let (mut committed, mut uncommitted, mut position) = (Vec::new(), Vec::new(), 0);
        for batch in list(case, "batches")? {
            only(batch, &["pid", "base", "last", "txn", "control"])?;
            let facts = BatchFacts {
                producer_id: int(batch, "pid")?,
                last_offset: int(batch, "last")?,
                transactional: flag(batch, "txn")? || batch.get("control").is_some(),
                control: match batch["control"].as_str() {
                    None => None,
                    Some("COMMIT") => Some(ControlType::Commit),
                    Some("ABORT") => Some(ControlType::Abort),
                    Some(other) => return Err(format!("unknown control type \"{other}\"")),
                },
            };
            let offsets = int(batch, "base")?..=facts.last_offset;
            let hidden = filter.next(facts);
            if facts.control.is_none() && !hidden {
                committed.extend(offsets.clone());
            }
            if facts.control.is_none() {
                uncommitted.extend(offsets);
            }
            position = facts.last_offset + 1;
        }
        same("visible_read_committed", json!(committed), case["visible_read_committed"].clone())?;
        same("visible_read_uncommitted", json!(uncommitted), case["visible_read_uncommitted"].clone())?;
        same("next_position", position, int(case, "next_position")?)
    });
}
