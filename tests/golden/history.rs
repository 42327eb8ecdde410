//! Whole lives of one partition directory: operations in, every answer and every file out.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use kafkascope::kafka::base::Epoch;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::base::name;
use kafkascope::kafka::record;
use kafkascope::kafka::storage::AppendOrigin;
use kafkascope::kafka::storage::Disk;
use kafkascope::kafka::storage::FetchData;
use kafkascope::kafka::storage::Isolation;
use kafkascope::kafka::storage::Log;
use kafkascope::kafka::storage::LogAppendInfo;
use kafkascope::kafka::storage::LogConfig;
use kafkascope::kafka::storage::LogError;
use kafkascope::kafka::storage::MemoryDisk;
use kafkascope::kafka::storage::OpenOptions;
use kafkascope::kafka::storage::ProducerStateEntry;
use kafkascope::kafka::storage::SegmentDetails;
use kafkascope::kafka::storage::names;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::report::Report;
use super::report::flag;
use super::report::int;
use super::report::list;
use super::report::only;
use super::report::same;
use super::report::text;

const CASE_FIELDS: &[&str] = &["name", "notes", "config", "steps", "blobs"];

/// The first hex digits of the SHA-256 of nothing: files without bytes are not among the blobs.
const EMPTY: &str = "e3b0c44298fc1c14";

pub(crate) fn history(data: &Value, report: &mut Report) {
    let later =
        |case: &Value| case["steps"].as_array().into_iter().flatten().any(|step| step["op"] == "clean");
    report.cases_but_later(data, "cases", CASE_FIELDS, later, |case| {
        let mut life = Life::new(&data["config"], case)?;
        for (number, step) in list(case, "steps")?.iter().enumerate() {
            life.step(step).map_err(|why| format!("step {number} ({}): {why}", step["op"]))?;
        }
        Ok(())
    });
}

/// A directory, and its log while it is open.
struct Life {
    disk: MemoryDisk,
    log: Option<Log>,
    dir: String,
    topic_id: Option<Uuid>,
    config: BTreeMap<String, String>,
    blobs: BTreeMap<String, Bytes>,
}

/// What a step answered: an answer in the words of the file, or an error of the log.
type Answer = Result<Value, LogError>;

impl Life {
    fn new(common: &Value, case: &Value) -> Result<Self, String> {
        let topic = common["topic"].as_str().unwrap_or("orders");
        let number = common["partition"].as_i64().unwrap_or(0) as i32;
        let id = common["topic_id"].as_str().unwrap_or("AAAAAAAAQACAAAAAAAAAAQ");
        let partition = TopicPartition::new(&name(topic), number);
        let mut blobs = BTreeMap::from([(EMPTY.to_owned(), Bytes::new())]);
        for (key, blob) in case["blobs"].as_object().into_iter().flatten() {
            blobs.insert(key.clone(), base64(blob)?);
        }
        let mut life = Self {
            disk: MemoryDisk::new(0),
            log: None,
            dir: common["dir"].as_str().map_or_else(|| partition.to_string(), str::to_owned),
            topic_id: Some(Uuid::from_base64(id).map_err(|error| error.to_string())?),
            config: BTreeMap::new(),
            blobs,
        };
        life.change_config(&case["config"]);
        Ok(life)
    }

    fn change_config(&mut self, changes: &Value) {
        for (name, value) in changes.as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.config.insert(name.clone(), value);
        }
    }

    fn log_config(&self) -> Result<LogConfig, String> {
        LogConfig::new(Profile::Classic, &self.config).map_err(|error| error.to_string())
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        let now = int(step, "now")?;
        self.disk.now_ms = now;
        let op = text(step, "op")?;
        only_fields(op, step)?;
        match op {
            "check_dir" => self.check_dir(step)?,
            "check_names" => {
                let names: Vec<String> = self.disk.image(&self.dir).into_keys().collect();
                same("names", &json!(names), &step["expect"]["names"])?;
            }
            _ => {
                let answer = self.answer(op, step, now)?;
                answered(&answer, step.get("expect"))?;
            }
        }
        match step.get("state") {
            Some(expected) => same("state", &self.state()?, expected),
            None => Ok(()),
        }
    }

    /// Does one step. `Err` when the step itself makes no sense.
    fn answer(&mut self, op: &str, step: &Value, now: i64) -> Result<Answer, String> {
        match op {
            "open" => return self.open(step, now),
            "restart_from_image" => {
                self.log = None;
                let image = self.files(&step["image"])?;
                self.disk.restore(&self.dir, &image);
                return Ok(Ok(Value::Null));
            }
            "set_mtime" => {
                let prefix = names::prefix(int(step, "segment")?);
                let path = format!("{}/{prefix}{}", self.dir, names::LOG_SUFFIX);
                self.disk.set_modified_ms(&path, int(step, "ms")?);
                return Ok(Ok(Value::Null));
            }
            "update_config" => {
                self.change_config(&step["config"]);
                let config = self.log_config()?;
                self.log.as_mut().ok_or("no log is open")?.update_config(config);
                return Ok(Ok(Value::Null));
            }
            "rename_dir" => {
                let (to, again) = (text(step, "to")?, flag(step, "reinitialize")?);
                let log = self.log.as_mut().ok_or("no log is open")?;
                let renamed = log.rename_dir(&mut self.disk, to, again);
                to.clone_into(&mut self.dir);
                return Ok(renamed.map(|()| Value::Null));
            }
            _ => {}
        }
        let log = self.log.as_mut().ok_or("no log is open")?;
        let disk = &mut self.disk;
        match op {
            "append_as_leader"
            | "append_as_follower"
            | "roll"
            | "truncate_to"
            | "truncate_fully_and_start_at" => write(log, disk, op, step, now),
            "close" => Ok(log.close(disk, now, flag(step, "flush_first")?).map(|()| Value::Null)),
            "flush" => Ok(log.flush(disk, now, flag(step, "force_active")?).map(|()| Value::Null)),
            "delete_log" => {
                let deleted = log.delete(disk, now);
                let there = disk.dirs().contains(&self.dir);
                Ok(deleted.map(|()| json!({ "dir_exists": there })))
            }
            "run_due_tasks" => Ok(log.run_due_tasks(disk, now).map(|_| Value::Null)),
            "delete_old_segments" => Ok(log.delete_old_segments(disk, now).map(|count| json!(count))),
            "update_high_watermark" => {
                Ok(log.update_high_watermark(disk, int(step, "offset")?).map(|offset| json!(offset)))
            }
            "increment_log_start_offset" => {
                Ok(log.increment_log_start_offset(disk, int(step, "offset")?).map(|changed| json!(changed)))
            }
            "remove_expired_producers" => {
                log.remove_expired_producers(now);
                Ok(Ok(json!({ "producer_count": log.producers().len() })))
            }
            "take_producer_snapshot" => Ok(log.take_producer_snapshot(disk).map(|()| Value::Null)),
            _ => ask(log, disk, op, step),
        }
    }

    fn open(&mut self, step: &Value, now: i64) -> Result<Answer, String> {
        self.change_config(&step["config"]);
        let options = OpenOptions {
            clean_shutdown: flag(step, "clean_shutdown")?,
            log_start_checkpoint: int(step, "log_start_checkpoint")?,
            recovery_point_checkpoint: int(step, "recovery_point_checkpoint")?,
            producer_id_expiration_ms: int(step, "producer_id_expiration_ms")?,
            topic_id: self.topic_id,
            ..OpenOptions::default()
        };
        let config = self.log_config()?;
        let opened = Log::open(&mut self.disk, &self.dir, config, now, options);
        Ok(opened.map(|log| {
            self.log = Some(log);
            Value::Null
        }))
    }

    fn state(&self) -> Result<Value, String> {
        let log = self.log.as_ref().ok_or("no log is open")?;
        let segments: Vec<Value> =
            log.segments().map(|segment| json!([segment.base_offset(), segment.size()])).collect();
        Ok(json!({
            "start": log.log_start_offset(),
            "leo": log.log_end_offset(),
            "hw": log.high_watermark(),
            "lso": log.last_stable_offset(),
            "recovery_point": log.recovery_point(),
            "segments": segments,
        }))
    }

    /// File names with their bytes, from `[size, key of a blob]`.
    fn files(&self, listed: &Value) -> Result<BTreeMap<String, Bytes>, String> {
        let mut files = BTreeMap::new();
        for (name, file) in listed.as_object().into_iter().flatten() {
            let key = file[1].as_str().unwrap_or_default();
            let bytes = self.blobs.get(key).ok_or_else(|| format!("{name}: there is no blob {key}"))?;
            if file[0] != bytes.len() {
                return Err(format!("{name}: the blob {key} has {} bytes, not {}", bytes.len(), file[0]));
            }
            files.insert(name.clone(), bytes.clone());
        }
        Ok(files)
    }

    fn check_dir(&self, step: &Value) -> Result<(), String> {
        let when = text(step, "when")?;
        if !["live", "closed"].contains(&when) {
            return Err(format!("unknown moment \"{when}\""));
        }
        only(&step["expect"], &["files", "decoded"])?;
        let expected = self.files(&step["expect"]["files"])?;
        let found = self.disk.image(&self.dir);
        let missing: Vec<&String> = expected.keys().filter(|name| !found.contains_key(*name)).collect();
        let extra: Vec<&String> = found.keys().filter(|name| !expected.contains_key(*name)).collect();
        if !missing.is_empty() || !extra.is_empty() {
            return Err(format!("files missing: {missing:?}, files too many: {extra:?}"));
        }
        for (name, bytes) in &expected {
            differs(name, &found[name], bytes)?;
        }
        Ok(())
    }
}

/// Appends, rolls and cuts.
fn write(log: &mut Log, disk: &mut MemoryDisk, op: &str, step: &Value, now: i64) -> Result<Answer, String> {
    match op {
        "append_as_leader" => {
            let (records, epoch) = (base64(&step["records"])?, int(step, "leader_epoch")? as Epoch);
            let origin = match text(step, "origin")? {
                "client" => AppendOrigin::Client,
                "coordinator" => AppendOrigin::Coordinator,
                "raft_leader" => AppendOrigin::RaftLeader,
                other => return Err(format!("unknown origin \"{other}\"")),
            };
            Ok(log.append_as_leader(disk, now, records, epoch, origin).map(|info| append_info(&info)))
        }
        "append_as_follower" => {
            let (records, epoch) = (base64(&step["records"])?, int(step, "leader_epoch")? as Epoch);
            Ok(log.append_as_follower(disk, now, records, epoch).map(|info| append_info(&info)))
        }
        "roll" => Ok(log.roll(disk, now, None).map(|base| json!({ "base_offset": base }))),
        "truncate_to" => Ok(log.truncate_to(disk, now, int(step, "offset")?).map(|cut| json!(cut))),
        _ => {
            let start = step["log_start"].as_i64();
            let done = log.truncate_fully_and_start_at(disk, now, int(step, "offset")?, start);
            Ok(done.map(|()| Value::Null))
        }
    }
}

/// Questions that change nothing but which index files are open.
fn ask(log: &mut Log, disk: &mut MemoryDisk, op: &str, step: &Value) -> Result<Answer, String> {
    match op {
        "producers" => Ok(Ok(log.producers().iter().map(producer).collect())),
        "leader_epochs" => {
            let epochs = log.leader_epochs().map(|cache| cache.entries().collect::<Vec<_>>());
            Ok(Ok(json!(epochs.unwrap_or_default())))
        }
        "end_offset_for_epoch" => {
            let end = log.end_offset_for_epoch(int(step, "epoch")? as Epoch);
            let none = json!({ "none": true });
            Ok(Ok(end.map_or(none, |end| json!({ "epoch": end.epoch, "offset": end.offset }))))
        }
        "offset_by_timestamp" => {
            let found = log.offset_by_timestamp(disk, int(step, "timestamp")?);
            Ok(found.map(|found| match found {
                None => json!({ "none": true }),
                Some(at) => {
                    json!({ "timestamp": at.timestamp, "offset": at.offset, "epoch": at.leader_epoch })
                }
            }))
        }
        "read" => {
            let isolation = match text(step, "isolation")? {
                "log_end" => Isolation::LogEnd,
                "high_watermark" => Isolation::HighWatermark,
                "txn_committed" => Isolation::TxnCommitted,
                other => return Err(format!("unknown isolation \"{other}\"")),
            };
            let (offset, max) = (int(step, "offset")?, int(step, "max_bytes")? as i32);
            let one = flag(step, "min_one_message")?;
            Ok(log.read(disk, offset, max, isolation, one).map(|data| fetched(&data)))
        }
        "segment_details" => Ok(log.segment_details(disk).map(|all| {
            let numbers = |one: &SegmentDetails| {
                let (offsets, times) = (one.offset_index_entries, one.time_index_entries);
                json!([one.base_offset, one.max_timestamp, offsets, times, one.modified_ms])
            };
            all.iter().map(numbers).collect()
        })),
        other => Err(format!("unknown op \"{other}\"")),
    }
}

fn append_info(info: &LogAppendInfo) -> Value {
    json!({
        "first_offset": info.first_offset,
        "last_offset": info.last_offset,
        "max_timestamp": info.max_timestamp,
        "log_append_time": info.log_append_time,
        "log_start_offset": info.log_start_offset,
        "valid_bytes": info.valid_bytes,
        "source_compression": info.source_compression.name(),
        "last_leader_epoch": info.last_leader_epoch,
    })
}

fn producer(entry: &ProducerStateEntry) -> Value {
    let batches: Vec<Value> = entry
        .batches()
        .iter()
        .map(|batch| {
            let (first, last) = (batch.first_sequence(), batch.last_sequence);
            json!([first, last, batch.first_offset(), batch.last_offset, batch.timestamp])
        })
        .collect();
    json!({
        "pid": entry.producer_id,
        "epoch": entry.producer_epoch,
        "coordinator_epoch": entry.coordinator_epoch,
        "last_timestamp": entry.last_timestamp,
        "txn_first_offset": entry.current_txn_first_offset,
        "batches": batches,
    })
}

fn fetched(data: &FetchData) -> Value {
    let batches: Vec<(Offset, Offset)> = record::batches(&data.records)
        .map_while(Result::ok)
        .map(|batch| (batch.base_offset(), batch.last_offset()))
        .collect();
    let mut answer = json!({
        "fetch_offset": data.position.offset,
        "segment": data.position.segment_base_offset,
        "position": data.position.position,
        "size": data.records.len(),
        "whole_batches": batches,
        "first_entry_incomplete": data.first_entry_incomplete,
    });
    if let Some(aborted) = &data.aborted {
        answer["aborted"] = aborted.iter().map(|txn| json!([txn.producer_id, txn.first_offset])).collect();
    }
    answer
}

/// Compares an answer with what is expected of it; keys that are missing there are not checked.
fn answered(answer: &Answer, expected: Option<&Value>) -> Result<(), String> {
    let Some(expected) = expected else {
        return answer.as_ref().map(drop).map_err(|error| format!("{}: {error}", error.exception()));
    };
    let got = match answer {
        Ok(answer) => answer.clone(),
        Err(error) => refused(error),
    };
    match (&got, expected) {
        (Value::Object(got_fields), Value::Object(fields)) => {
            for (field, value) in fields.iter().filter(|(field, _)| !is_informative(field)) {
                let got = got_fields.get(field).unwrap_or(&Value::Null);
                same(field, got, value).map_err(|why| context(why, answer))?;
            }
            Ok(())
        }
        (Value::Null, Value::Object(fields)) if fields.keys().all(|field| is_informative(field)) => Ok(()),
        _ => same("answer", &got, expected).map_err(|why| context(why, answer)),
    }
}

/// How many tasks ran is for reading: Kafka also counts tasks that have nothing to do.
fn is_informative(field: &str) -> bool {
    ["tasks_run", "tasks_left"].contains(&field)
}

/// An unexpected error explains itself.
fn context(why: String, answer: &Answer) -> String {
    match answer {
        Ok(_) => why,
        Err(error) => format!("{why} ({}: {error})", error.exception()),
    }
}

fn refused(error: &LogError) -> Value {
    let mut fields = Map::from_iter([("error".to_owned(), json!(error.exception()))]);
    if let Some(cause) = error.cause() {
        fields.insert("cause".to_owned(), json!(cause));
    }
    let records = error.record_errors();
    if !records.is_empty() {
        let records = records.iter().map(|record| json!([record.batch_index, record.message])).collect();
        fields.insert("record_errors".to_owned(), records);
    }
    Value::Object(fields)
}

/// Two files byte by byte.
fn differs(name: &str, got: &Bytes, expected: &Bytes) -> Result<(), String> {
    if got == expected {
        return Ok(());
    }
    let at = got.iter().zip(expected).position(|(a, b)| a != b).unwrap_or(got.len().min(expected.len()));
    let part = |bytes: &Bytes| super::report::to_hex(&bytes[at..bytes.len().min(at + 24)]);
    Err(format!(
        "{name} differs at byte {at}: expected {} bytes …{}, got {} bytes …{}",
        expected.len(),
        part(expected),
        got.len(),
        part(got)
    ))
}

fn base64(value: &Value) -> Result<Bytes, String> {
    let text = value.as_str().ok_or_else(|| format!("{value} is not base64"))?;
    STANDARD.decode(text).map(Bytes::from).map_err(|error| format!("not base64: {error}"))
}

/// The fields that each step may have.
fn only_fields(op: &str, step: &Value) -> Result<(), String> {
    let fields: &[&str] = match op {
        "open" => &[
            "clean_shutdown",
            "log_start_checkpoint",
            "recovery_point_checkpoint",
            "producer_id_expiration_ms",
            "config",
        ],
        "append_as_leader" => &["leader_epoch", "origin", "records", "content"],
        "append_as_follower" => &["leader_epoch", "records", "content"],
        "check_dir" => &["when"],
        "close" => &["flush_first"],
        "flush" => &["force_active"],
        "restart_from_image" => &["image", "what"],
        "read" => &["offset", "max_bytes", "isolation", "min_one_message"],
        "offset_by_timestamp" => &["timestamp"],
        "update_config" => &["config"],
        "end_offset_for_epoch" => &["epoch"],
        "update_high_watermark" | "truncate_to" | "increment_log_start_offset" => &["offset"],
        "truncate_fully_and_start_at" => &["offset", "log_start"],
        "set_mtime" => &["segment", "ms"],
        "rename_dir" => &["to", "reinitialize"],
        "segment_details"
        | "leader_epochs"
        | "roll"
        | "check_names"
        | "run_due_tasks"
        | "producers"
        | "delete_old_segments"
        | "remove_expired_producers"
        | "take_producer_snapshot"
        | "delete_log" => &[],
        other => return Err(format!("unknown op \"{other}\"")),
    };
    let known: Vec<&str> = ["op", "now", "expect", "state"].iter().chain(fields).copied().collect();
    only(step, &known)
}
