//! What a partition knows of its producers.

use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::kafka::record::EndTxnMarker;
use kafkascope::kafka::record::increment_sequence;
use kafkascope::kafka::storage::AppendOrigin;
use kafkascope::kafka::storage::CompletedTxn;
use kafkascope::kafka::storage::Disk;
use kafkascope::kafka::storage::LogError;
use kafkascope::kafka::storage::LogOffsetMetadata;
use kafkascope::kafka::storage::MemoryDisk;
use kafkascope::kafka::storage::ProducerStateEntry;
use kafkascope::kafka::storage::ProducerStateManager;
use kafkascope::kafka::storage::producer_state::BatchMetadata;
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

const DIR: &str = "t-0";

/// Every batch of the recording has this timestamp.
const TIMESTAMP: i64 = 1;

const FIELDS: &[&str] = &[
    "op",
    "pid",
    "epoch",
    "first_seq",
    "count",
    "offset",
    "transactional",
    "origin",
    "duplicate_of",
    "throws",
    "state",
    "first_unstable_offset",
    "type",
    "coordinator_epoch",
    "completed_txn",
    "hw",
];

pub(crate) fn producer_state(data: &Value, report: &mut Report) {
    report.cases(data, "cases", &["name", "ops", "file_name", "file_hex", "layout"], |case| {
        let mut disk = MemoryDisk::new(0);
        let mut manager =
            ProducerStateManager::open(&disk, DIR, 86_400_000).map_err(|error| error.to_string())?;
        for (number, op) in list(case, "ops")?.iter().enumerate() {
            step(&mut manager, op).map_err(|why| format!("step {number} ({}): {why}", op["op"]))?;
        }
        if case.get("file_name").is_some() {
            snapshot(&mut manager, &mut disk, case)?;
        }
        Ok(())
    });
}

fn step(manager: &mut ProducerStateManager, op: &Value) -> Result<(), String> {
    only(op, FIELDS)?;
    let outcome = match text(op, "op")? {
        "append" => {
            let duplicate = duplicate(manager, op)?;
            same("duplicate_of", &duplicate, &op["duplicate_of"])?;
            if !duplicate.is_null() {
                return Ok(());
            }
            append(manager, op)?
        }
        "end_txn_marker" => end_txn_marker(manager, op)?,
        "high_watermark" => {
            manager.on_high_watermark_updated(int(op, "hw")?);
            Ok(())
        }
        other => return Err(format!("unknown op \"{other}\"")),
    };
    same("throws", outcome.as_ref().err().map(LogError::exception), op["throws"].as_str())?;
    if let Some(expected) = op.get("state") {
        same("state", &manager.get(int(op, "pid")?).map_or(Value::Null, state), expected)?;
    }
    if let Some(expected) = op.get("first_unstable_offset") {
        let offset = manager.first_unstable_offset().map(|metadata| metadata.offset);
        same("first_unstable_offset", &json!(offset), expected)?;
    }
    Ok(())
}

/// The batch of a client that is there already, by its sequences.
fn duplicate(manager: &ProducerStateManager, op: &Value) -> Result<Value, String> {
    if origin(op)? != AppendOrigin::Client {
        return Ok(Value::Null);
    }
    let first = int(op, "first_seq")? as i32;
    let last = increment_sequence(first, int(op, "count")? as i32 - 1);
    let known = manager.get(int(op, "pid")?);
    let found = known.and_then(|entry| entry.find_duplicate(int(op, "epoch").ok()? as i16, first, last));
    Ok(found.map_or(Value::Null, |batch| json!([batch.first_offset(), batch.last_offset])))
}

fn append(manager: &mut ProducerStateManager, op: &Value) -> Result<Result<(), LogError>, String> {
    let mut info = manager.prepare_update(int(op, "pid")?, origin(op)?);
    let (offset, count, first) = (int(op, "offset")?, int(op, "count")?, int(op, "first_seq")? as i32);
    let batch = BatchMetadata {
        last_sequence: increment_sequence(first, count as i32 - 1),
        last_offset: offset + count - 1,
        offset_delta: count as i32 - 1,
        timestamp: TIMESTAMP,
    };
    let (epoch, transactional) = (int(op, "epoch")? as i16, flag(op, "transactional")?);
    let start = LogOffsetMetadata::offset_only(offset);
    let appended = info.append_data_batch(&partition(), epoch, first, batch, start, transactional);
    Ok(appended.and_then(|()| {
        manager.update(&info)?;
        manager.update_map_end_offset(offset + count);
        Ok(())
    }))
}

fn end_txn_marker(manager: &mut ProducerStateManager, op: &Value) -> Result<Result<(), LogError>, String> {
    let mut info = manager.prepare_update(int(op, "pid")?, AppendOrigin::Coordinator);
    let marker = EndTxnMarker {
        commit: match text(op, "type")? {
            "COMMIT" => true,
            "ABORT" => false,
            other => return Err(format!("unknown marker \"{other}\"")),
        },
        coordinator_epoch: int(op, "coordinator_epoch")? as i32,
    };
    let offset = int(op, "offset")?;
    let completed =
        match info.append_end_txn_marker(&partition(), marker, int(op, "epoch")? as i16, offset, TIMESTAMP) {
            Ok(completed) => completed,
            Err(error) => return Ok(Err(error)),
        };
    let describe = |txn: &CompletedTxn| {
        json!({
            "first_offset": txn.first_offset,
            "last_offset": txn.last_offset,
            "aborted": txn.is_aborted,
            "lso_for_txnindex": manager.last_stable_offset(txn),
        })
    };
    if let Some(expected) = op.get("completed_txn") {
        same("completed_txn", &completed.as_ref().map_or(Value::Null, describe), expected)?;
    }
    Ok((|| {
        manager.update(&info)?;
        if let Some(completed) = &completed {
            manager.complete_txn(completed)?;
        }
        manager.update_map_end_offset(offset + 1);
        Ok(())
    })())
}

fn state(entry: &ProducerStateEntry) -> Value {
    let batches: Vec<Value> = entry
        .batches()
        .iter()
        .map(|batch| {
            json!([batch.first_sequence(), batch.last_sequence, batch.first_offset(), batch.last_offset])
        })
        .collect();
    json!({
        "epoch": entry.producer_epoch,
        "first_seq": entry.first_sequence(),
        "last_seq": entry.last_sequence(),
        "last_offset": entry.last_data_offset(),
        "coordinator_epoch": entry.coordinator_epoch,
        "current_txn_first_offset": entry.current_txn_first_offset,
        "batches_firstSeq_lastSeq_firstOff_lastOff": batches,
    })
}

fn snapshot(manager: &mut ProducerStateManager, disk: &mut MemoryDisk, case: &Value) -> Result<(), String> {
    let path = manager.take_snapshot(disk, true).map_err(|error| error.to_string())?.unwrap_or_default();
    same("file_name", path.as_str(), &format!("{DIR}/{}", text(case, "file_name")?))?;
    let size = disk.len(&path).unwrap_or(0) as usize;
    let bytes = disk.read(&path, 0, size).map_err(|error| error.to_string())?;
    same("file_hex", to_hex(&bytes).as_str(), text(case, "file_hex")?)
}

fn origin(op: &Value) -> Result<AppendOrigin, String> {
    match text(op, "origin")? {
        "CLIENT" => Ok(AppendOrigin::Client),
        "COORDINATOR" => Ok(AppendOrigin::Coordinator),
        "RAFT_LEADER" => Ok(AppendOrigin::RaftLeader),
        "REPLICATION" => Ok(AppendOrigin::Replication),
        other => Err(format!("unknown origin \"{other}\"")),
    }
}

fn partition() -> TopicPartition {
    TopicPartition::new(&name("t"), 0)
}
