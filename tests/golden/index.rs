//! The three indexes of a segment.

use bytes::Bytes;
use kafkascope::kafka::storage::AbortedTxn;
use kafkascope::kafka::storage::Disk;
use kafkascope::kafka::storage::LogError;
use kafkascope::kafka::storage::MemoryDisk;
use kafkascope::kafka::storage::OffsetIndex;
use kafkascope::kafka::storage::OffsetPosition;
use kafkascope::kafka::storage::TimeIndex;
use kafkascope::kafka::storage::TransactionIndex;
use serde_json::Value;
use serde_json::json;

use super::report::Report;
use super::report::flag;
use super::report::int;
use super::report::list;
use super::report::only;
use super::report::same;
use super::report::text;
use super::report::to_hex;

const PATH: &str = "t-0/index";
/// Room for as many entries as a case without a size may want.
const ROOM: i32 = 12 * 64 * 1024;

pub(crate) fn offset_index(data: &Value, report: &mut Report) {
    let fields = &["name", "base_offset", "max_index_size", "max_entries", "ops", "entries", "file_hex"];
    report.cases(data, "cases", fields, |case| {
        let name = text(case, "name")?;
        if name.contains("truncate shape") {
            return truncate_shape(name, list(case, "ops")?);
        }
        let mut disk = MemoryDisk::new(0);
        let disk: &mut dyn Disk = &mut disk;
        let room =
            if case.get("max_index_size").is_some() { int(case, "max_index_size")? as i32 } else { ROOM };
        let mut index = OffsetIndex::open(disk, PATH, int(case, "base_offset")?, room)
            .map_err(|error| error.to_string())?;
        if case.get("max_entries").is_some() {
            same("max_entries", i64::from(index.max_entries()), int(case, "max_entries")?)?;
        }
        for entry in case["entries"].as_array().into_iter().flatten() {
            let (offset, position) = pair(entry)?;
            index.append(disk, PATH, offset, position as i32).map_err(|error| error.to_string())?;
        }
        if case.get("file_hex").is_some() {
            let size = index.entries() as usize * OffsetIndex::ENTRY_SIZE as usize;
            same("file_hex", head(disk, size).as_str(), text(case, "file_hex")?)?;
        }
        for (number, op) in case["ops"].as_array().into_iter().flatten().enumerate() {
            offset_op(&mut index, disk, op).map_err(|why| format!("step {number} ({}): {why}", op["op"]))?;
        }
        Ok(())
    });
}

fn offset_op(index: &mut OffsetIndex, disk: &mut dyn Disk, op: &Value) -> Result<(), String> {
    only(
        op,
        &[
            "op",
            "target",
            "expect",
            "offset",
            "position",
            "entries",
            "last_offset",
            "start",
            "fetch_size",
            "throws",
        ],
    )?;
    let outcome = match text(op, "op")? {
        "lookup" => {
            index.lookup(disk, PATH, int(op, "target")?).map(|found| json!([found.offset, found.position]))
        }
        "append" => {
            index.append(disk, PATH, int(op, "offset")?, int(op, "position")? as i32).map(|()| Value::Null)
        }
        "fetch_upper_bound_offset" => {
            let (offset, position) = pair(&op["start"])?;
            let start = OffsetPosition { offset, position: position as i32 };
            index
                .fetch_upper_bound(disk, PATH, start, int(op, "fetch_size")? as i32)
                .map(|found| found.map_or(Value::Null, |found| json!([found.offset, found.position])))
        }
        "truncate_to" => index.truncate_to(disk, PATH, int(op, "offset")?).map(|()| Value::Null),
        other => return Err(format!("unknown op \"{other}\"")),
    };
    answered(op, outcome)?;
    if op.get("entries").is_some() {
        same("entries", i64::from(index.entries()), int(op, "entries")?)?;
    }
    if op.get("last_offset").is_some() {
        same("last_offset", index.last_offset(), int(op, "last_offset")?)?;
    }
    Ok(())
}

/// The numbers of this case stand in its name: base offset, first and last entry, first and last position.
fn truncate_shape(name: &str, ops: &[Value]) -> Result<(), String> {
    let numbers: Vec<i64> =
        name.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    let [base, first, last, position, _] = numbers[..] else {
        return Err(format!("five numbers in \"{name}\""));
    };
    for op in ops {
        only(op, &["truncate_to", "entries", "last_offset", "lookup_10"])?;
        let mut disk = MemoryDisk::new(0);
        let disk: &mut dyn Disk = &mut disk;
        let checked = (|| {
            let mut index = OffsetIndex::open(disk, PATH, base, ROOM)?;
            for offset in first..=last {
                index.append(disk, PATH, offset, (position + offset - first) as i32)?;
            }
            index.truncate_to(disk, PATH, op["truncate_to"].as_i64().unwrap_or(-1))?;
            let found = index.lookup(disk, PATH, base + 10)?;
            Ok::<_, LogError>(json!([index.entries(), index.last_offset(), [found.offset, found.position]]))
        })()
        .map_err(|error| error.to_string())?;
        let expected = json!([op["entries"], op["last_offset"], op["lookup_10"]]);
        same(format!("truncate_to {}", op["truncate_to"]), checked, expected)?;
    }
    Ok(())
}

pub(crate) fn time_index(data: &Value, report: &mut Report) {
    let fields = &["name", "base_offset", "max_entries", "is_full_at", "ops", "entries", "file_hex"];
    report.cases(data, "cases", fields, |case| {
        let mut disk = MemoryDisk::new(0);
        let disk: &mut dyn Disk = &mut disk;
        let max_entries = if case.get("max_entries").is_some() {
            int(case, "max_entries")? as i32
        } else {
            ROOM / TimeIndex::ENTRY_SIZE
        };
        let size = max_entries * TimeIndex::ENTRY_SIZE;
        let mut index = TimeIndex::open(disk, PATH, int(case, "base_offset")?, size)
            .map_err(|error| error.to_string())?;
        same("max_entries", index.max_entries(), max_entries)?;
        for entry in case["entries"].as_array().into_iter().flatten() {
            let (timestamp, offset) = pair(entry)?;
            index.maybe_append(disk, PATH, timestamp, offset, false).map_err(|error| error.to_string())?;
        }
        if case.get("file_hex").is_some() {
            let size = index.entries() as usize * TimeIndex::ENTRY_SIZE as usize;
            same("file_hex", head(disk, size).as_str(), text(case, "file_hex")?)?;
        }
        for (number, op) in case["ops"].as_array().into_iter().flatten().enumerate() {
            time_op(&mut index, disk, op).map_err(|why| format!("step {number} ({}): {why}", op["op"]))?;
            same("is_full", index.is_full(), index.entries() >= max_entries - 1)?;
        }
        Ok(())
    });
}

fn time_op(index: &mut TimeIndex, disk: &mut dyn Disk, op: &Value) -> Result<(), String> {
    only(op, &["op", "timestamp", "expect", "offset", "entries", "last_entry", "throws"])?;
    let outcome = match text(op, "op")? {
        "lookup" => index
            .lookup(disk, PATH, int(op, "timestamp")?)
            .map(|found| json!([found.timestamp, found.offset])),
        "maybe_append" => index
            .maybe_append(disk, PATH, int(op, "timestamp")?, int(op, "offset")?, false)
            .map(|()| Value::Null),
        "truncate_to" => index.truncate_to(disk, PATH, int(op, "offset")?).map(|()| Value::Null),
        other => return Err(format!("unknown op \"{other}\"")),
    };
    answered(op, outcome)?;
    if op.get("entries").is_some() {
        same("entries", i64::from(index.entries()), int(op, "entries")?)?;
    }
    if let Some(last) = op.get("last_entry") {
        let entry = index.last_entry();
        same("last_entry", &json!([entry.timestamp, entry.offset]), last)?;
    }
    Ok(())
}

pub(crate) fn txn_index(data: &Value, report: &mut Report) {
    let fields = &["name", "appended", "file_hex", "entry_size", "layout", "collect", "truncate"];
    report.cases(data, "cases", fields, |case| {
        let mut disk = MemoryDisk::new(0);
        let disk: &mut dyn Disk = &mut disk;
        if case.get("entry_size").is_some() {
            same("entry_size", AbortedTxn::SIZE as i64, int(case, "entry_size")?)?;
        }
        let mut index = TransactionIndex::open(disk, PATH, 0);
        for txn in list(case, "appended")? {
            only(txn, &["producer_id", "first_offset", "last_offset", "last_stable_offset"])?;
            let txn = AbortedTxn {
                producer_id: int(txn, "producer_id")?,
                first_offset: int(txn, "first_offset")?,
                last_offset: int(txn, "last_offset")?,
                last_stable_offset: int(txn, "last_stable_offset")?,
            };
            index.append(disk, PATH, txn).map_err(|error| error.to_string())?;
        }
        if case.get("file_hex").is_some() {
            let size = disk.len(PATH).unwrap_or(0) as usize;
            same("file_hex", head(disk, size).as_str(), text(case, "file_hex")?)?;
        }
        let collect = case["collect"].as_array().into_iter().flatten();
        collect.enumerate().try_for_each(|(number, op)| {
            collected(&index, disk, op).map_err(|why| format!("collect[{number}]: {why}"))
        })?;
        for op in case["truncate"].as_array().into_iter().flatten() {
            only(op, &["truncate_to", "remaining_producer_ids"])?;
            index.truncate_to(disk, PATH, int(op, "truncate_to")?).map_err(|error| error.to_string())?;
            let left = index.all(disk, PATH).map_err(|error| error.to_string())?;
            let ids: Vec<i64> = left.iter().map(|txn| txn.producer_id).collect();
            same(format!("truncate_to {}", op["truncate_to"]), &json!(ids), &op["remaining_producer_ids"])?;
        }
        Ok(())
    });
}

fn collected(index: &TransactionIndex, disk: &mut dyn Disk, op: &Value) -> Result<(), String> {
    only(op, &["fetch_offset", "upper_bound_offset", "producer_ids", "is_complete"])?;
    let mut found = Vec::new();
    let (from, to) = (int(op, "fetch_offset")?, int(op, "upper_bound_offset")?);
    let complete =
        index.collect_aborted(disk, PATH, from, to, &mut found).map_err(|error| error.to_string())?;
    let ids: Vec<i64> = found.iter().map(|txn| txn.producer_id).collect();
    same("producer_ids", &json!(ids), &op["producer_ids"])?;
    same("is_complete", complete, flag(op, "is_complete")?)
}

/// Compares an answer with `expect`, or an error with `throws`.
fn answered(op: &Value, outcome: Result<Value, LogError>) -> Result<(), String> {
    match (outcome, op["throws"].as_str()) {
        (Ok(_), Some(error)) => Err(format!("expected {error}, but nothing was wrong")),
        (Ok(answer), None) => match op.get("expect") {
            Some(expected) => same("expect", &answer, expected),
            None => Ok(()),
        },
        (Err(error), expected) => same("throws", Some(error.exception()), expected),
    }
}

fn pair(value: &Value) -> Result<(i64, i64), String> {
    match (value[0].as_i64(), value[1].as_i64()) {
        (Some(first), Some(second)) => Ok((first, second)),
        _ => Err(format!("{value} is not a pair of numbers")),
    }
}

/// The first bytes of the file in hex.
fn head(disk: &mut dyn Disk, size: usize) -> String {
    let bytes: Bytes = disk.read(PATH, 0, size).unwrap_or_default();
    to_hex(&bytes)
}
