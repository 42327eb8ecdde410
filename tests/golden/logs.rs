//! One segment on its own, and which segments retention lets go.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::record::BatchBuilder;
use kafkascope::kafka::record::BatchSpec;
use kafkascope::kafka::record::batches;
use kafkascope::kafka::storage::Isolation;
use kafkascope::kafka::storage::Log;
use kafkascope::kafka::storage::LogConfig;
use kafkascope::kafka::storage::LogError;
use kafkascope::kafka::storage::MemoryDisk;
use kafkascope::kafka::storage::OpenOptions;
use kafkascope::kafka::storage::Segment;
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

const DIR: &str = "t-0";
const NO_TIMESTAMP: i64 = -1;

fn said(error: impl ToString) -> String {
    error.to_string()
}

fn config(overrides: &[(&str, i64)]) -> Result<LogConfig, String> {
    let overrides = overrides.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    LogConfig::new(Profile::Classic, &overrides).map_err(said)
}

fn open(disk: &mut MemoryDisk, config: LogConfig, clean_shutdown: bool) -> Result<Log, String> {
    let options = OpenOptions { clean_shutdown, ..OpenOptions::default() };
    let now_ms = disk.now_ms;
    Log::open(disk, DIR, config, now_ms, options).map_err(said)
}

/// A batch of these records, each with its timestamp, key and value.
fn batch(base_offset: i64, records: &[(i64, &str, &str)]) -> Result<Bytes, String> {
    let mut builder = BatchBuilder::new(BatchSpec { base_offset, leader_epoch: 0, ..BatchSpec::default() });
    for (timestamp, key, value) in records {
        builder.append(*timestamp, Some(key.as_bytes()), Some(value.as_bytes()), &[]).map_err(said)?;
    }
    builder.close().map_err(said)
}

/// A batch of one record with exactly this size.
fn batch_of_size(base_offset: i64, timestamp: i64, size: usize) -> Result<Bytes, String> {
    for length in (0..size).rev() {
        let made = batch(base_offset, &[(timestamp, "", &"x".repeat(length))])?;
        if made.len() == size {
            return Ok(made);
        }
    }
    Err(format!("no batch of one record has {size} bytes"))
}

/// The batches of the vectors: two records each, 100 ms apart.
fn numbered(number: i64) -> Result<Bytes, String> {
    let (first, second) = (number * 2, number * 2 + 1);
    let (time, keys) = (1000 + 100 * number, [format!("k{first}"), format!("k{second}")]);
    let values = [format!("v{first}"), format!("v{second}")];
    batch(first, &[(time, &keys[0], &values[0]), (time + 10, &keys[1], &values[1])])
}

pub(crate) fn log_segment(data: &Value, report: &mut Report) {
    let fields = [
        "name",
        "index_interval_bytes",
        "steps",
        "reads",
        "find_offset_by_timestamp",
        "time_index",
        "log_hex",
        "index_hex",
        "timeindex_hex",
        "original_size",
        "corrupt_byte_at",
        "truncated_bytes",
        "size",
        "next_offset",
        "offset_index",
        "rule",
        "ops",
    ];
    report.cases(data, "cases", &fields, |case| {
        if case.get("steps").is_some() {
            appends_and_reads(case)
        } else if case.get("corrupt_byte_at").is_some() {
            recovery(case)
        } else {
            rolls(case)
        }
    });
}

fn appends_and_reads(case: &Value) -> Result<(), String> {
    let mut disk = MemoryDisk::new(0);
    let mut log =
        open(&mut disk, config(&[("index.interval.bytes", int(case, "index_interval_bytes")?)])?, true)?;
    let given = Bytes::from(hex(case, "log_hex")?);
    let given: Vec<Bytes> =
        batches(&given).map(|b| b.map(|b| b.into_bytes()).map_err(said)).collect::<Result<_, _>>()?;
    for (number, step) in list(case, "steps")?.iter().enumerate() {
        only(step, &["append_batch", "segment_size", "offset_index", "time_index"])?;
        only(&step["append_batch"], &["base_offset", "last_offset", "max_timestamp", "bytes"])?;
        let bytes = given.get(number).ok_or("log_hex has no batch for this step")?.clone();
        same("bytes", bytes.len() as i64, int(&step["append_batch"], "bytes")?)?;
        let info = log.append_as_follower(&mut disk, 0, bytes, 0).map_err(said)?;
        same("base_offset", info.first_offset, int(&step["append_batch"], "base_offset")?)?;
        same("last_offset", info.last_offset, int(&step["append_batch"], "last_offset")?)?;
        same("max_timestamp", info.max_timestamp, int(&step["append_batch"], "max_timestamp")?)?;
        same("segment_size", log.size(), int(step, "segment_size")?)?;
        same_indexes(&mut disk, &log, &step["offset_index"], &step["time_index"])?;
    }
    for read in list(case, "reads")? {
        only(read, &["start_offset", "max_bytes", "batches"])?;
        let (start, most) = (int(read, "start_offset")?, int(read, "max_bytes")? as i32);
        let found = log.read(&mut disk, start, most, Isolation::LogEnd, false).map_err(said)?;
        let whole: Vec<Value> = batches(&found.records)
            .map_while(Result::ok)
            .map(|batch| json!([batch.base_offset(), batch.last_offset()]))
            .collect();
        let expected = if read["batches"].is_null() { json!([]) } else { read["batches"].clone() };
        same(format!("read from {start}"), json!(whole), expected)?;
    }
    for look in list(case, "find_offset_by_timestamp")? {
        only(look, &["timestamp", "starting_offset", "expect"])?;
        let found = log.offset_by_timestamp(&mut disk, int(look, "timestamp")?).map_err(said)?;
        let found = found.map_or(Value::Null, |found| json!([found.timestamp, found.offset]));
        same(format!("timestamp {}", look["timestamp"]), &found, &look["expect"])?;
    }
    let before = &case["time_index"]["rolled_time_index_before_close"];
    same("time index before the roll", &indexes(&mut disk, &log)?.1, before)?;
    log.roll(&mut disk, 0, None).map_err(said)?;
    let files = disk.image(DIR);
    for (suffix, field) in [("log", "log_hex"), ("index", "index_hex"), ("timeindex", "timeindex_hex")] {
        let file = &files[&format!("{:020}.{suffix}", 0)];
        same(field, to_hex(file).as_str(), text(case, field)?)?;
    }
    Ok(())
}

/// The entries of the active segment's indexes.
fn indexes(disk: &mut MemoryDisk, log: &Log) -> Result<(Value, Value), String> {
    let segment = log.active_segment().ok_or("no segment")?;
    let of = |disk: &mut MemoryDisk, segment: &Segment| -> Result<(Value, Value), LogError> {
        let (mut offsets, mut times) = (Vec::new(), Vec::new());
        if let Some(index) = segment.opened_offset_index() {
            for slot in 0..index.entries() {
                let entry = index.entry(disk, &segment.files().index, slot)?;
                offsets.push(json!([entry.offset, entry.position]));
            }
        }
        if let Some(index) = segment.opened_time_index() {
            for slot in 0..index.entries() {
                let entry = index.entry(disk, &segment.files().time_index, slot)?;
                times.push(json!([entry.timestamp, entry.offset]));
            }
        }
        Ok((json!(offsets), json!(times)))
    };
    of(disk, segment).map_err(said)
}

fn same_indexes(disk: &mut MemoryDisk, log: &Log, offsets: &Value, times: &Value) -> Result<(), String> {
    let found = indexes(disk, log)?;
    same("offset index", &found.0, offsets)?;
    same("time index", &found.1, times)
}

fn recovery(case: &Value) -> Result<(), String> {
    let mut bytes = Vec::new();
    for number in 0..4 {
        bytes.extend_from_slice(&numbered(number)?);
    }
    let size = bytes.len() as i64;
    same("original_size", size, int(case, "original_size")?)?;
    bytes[int(case, "corrupt_byte_at")? as usize] ^= 1;
    let mut disk = MemoryDisk::new(0);
    disk.restore(DIR, &BTreeMap::from([(format!("{:020}.log", 0), Bytes::from(bytes))]));
    let log = open(&mut disk, config(&[("index.interval.bytes", 10)])?, false)?;
    same("size", log.size(), int(case, "size")?)?;
    same("truncated_bytes", size - log.size(), int(case, "truncated_bytes")?)?;
    same("next_offset", log.log_end_offset(), int(case, "next_offset")?)?;
    same_indexes(&mut disk, &log, &case["offset_index"], &case["time_index"])
}

/// What is in the segment, and what comes next: size, timestamp and offset, and by how much the clock moves meanwhile.
struct Roll {
    first_timestamp: Option<i64>,
    size: usize,
    timestamp: i64,
    offset: i64,
    clock_ms: i64,
}

const ROLLS: &[(&str, Roll)] = &[
    (
        "empty segment, message of 1000 bytes",
        Roll { first_timestamp: None, size: 1000, timestamp: 1010, offset: 0, clock_ms: 0 },
    ),
    (
        "empty segment, time far beyond",
        Roll { first_timestamp: None, size: 100, timestamp: 999_999_999, offset: 0, clock_ms: 999_999_999 },
    ),
    (
        "size 83, next 917 bytes",
        Roll { first_timestamp: Some(1000), size: 917, timestamp: 1010, offset: 2, clock_ms: 0 },
    ),
    (
        "size 83, next 918 bytes",
        Roll { first_timestamp: Some(1000), size: 918, timestamp: 1010, offset: 2, clock_ms: 0 },
    ),
    (
        "first batch max timestamp 1010, new batch max timestamp 11010",
        Roll { first_timestamp: Some(1000), size: 100, timestamp: 11_010, offset: 2, clock_ms: 0 },
    ),
    (
        "first batch max timestamp 1010, new batch max timestamp 11011",
        Roll { first_timestamp: Some(1000), size: 100, timestamp: 11_011, offset: 2, clock_ms: 0 },
    ),
    (
        "wall clock is 99999999 ms later",
        Roll { first_timestamp: Some(1000), size: 100, timestamp: 1020, offset: 2, clock_ms: 99_999_999 },
    ),
    (
        "offset does not fit in int32 relative to base 0: 2147483648",
        Roll { first_timestamp: Some(1000), size: 100, timestamp: 1020, offset: 2_147_483_648, clock_ms: 0 },
    ),
    (
        "offset 2147483647 still fits",
        Roll { first_timestamp: Some(1000), size: 100, timestamp: 1020, offset: 2_147_483_647, clock_ms: 0 },
    ),
    (
        "first batch has no timestamp (-1): wall clock since segment creation is used, 10000 ms later",
        Roll { first_timestamp: Some(NO_TIMESTAMP), size: 100, timestamp: 1020, offset: 2, clock_ms: 10_000 },
    ),
    (
        "same, 10001 ms later",
        Roll { first_timestamp: Some(NO_TIMESTAMP), size: 100, timestamp: 1020, offset: 2, clock_ms: 10_001 },
    ),
];

fn rolls(case: &Value) -> Result<(), String> {
    for op in list(case, "ops")? {
        only(op, &["case", "expect"])?;
        let told = text(op, "case")?;
        let found = ROLLS.iter().find(|(start, _)| told.starts_with(start));
        let (_, roll) = found.ok_or_else(|| format!("no runner knows \"{told}\""))?;
        same(told, rolls_before(roll)?, flag(op, "expect")?)?;
    }
    Ok(())
}

/// Whether the append begins a new segment. An empty one would be renamed and made anew.
fn rolls_before(roll: &Roll) -> Result<bool, String> {
    let mut disk = MemoryDisk::new(0);
    let mut log = open(&mut disk, config(&[("segment.ms", 10_000), ("segment.bytes", 1000)])?, true)?;
    if let Some(first) = roll.first_timestamp {
        let second = if first == NO_TIMESTAMP { first } else { first + 10 };
        let bytes = batch(0, &[(first, "k0", "v0"), (second, "k1", "v1")])?;
        same("first batch", bytes.len(), 83)?;
        log.append_as_follower(&mut disk, 0, bytes, 0).map_err(said)?;
    }
    let bytes = batch_of_size(roll.offset, roll.timestamp, roll.size)?;
    log.append_as_follower(&mut disk, roll.clock_ms, bytes, 0).map_err(said)?;
    Ok(log.segments().count() > 1 || disk.image(DIR).keys().any(|name| name.ends_with(".deleted")))
}

pub(crate) fn retention(data: &Value, report: &mut Report) {
    let fields = [
        "name",
        "segments",
        "log_start_offset",
        "policy_delete",
        "retention_ms",
        "retention_bytes",
        "now",
        "high_watermark",
        "log_end_offset",
        "expect",
    ];
    report.cases(data, "cases", &fields, sweep);
}

/// The vectors have segments smaller than any batch: everything is ten times as large here.
const SCALE: i64 = 10;

fn sweep(case: &Value) -> Result<(), String> {
    let mut disk = MemoryDisk::new(int(case, "now")?);
    disk.restore(DIR, &segment_files(case)?);
    let policy = if flag(case, "policy_delete")? { "delete" } else { "compact" };
    let limit = int(case, "retention_bytes")?;
    let overrides = BTreeMap::from([
        ("cleanup.policy".to_owned(), policy.to_owned()),
        ("retention.ms".to_owned(), int(case, "retention_ms")?.to_string()),
        ("retention.bytes".to_owned(), if limit < 0 { limit } else { limit * SCALE }.to_string()),
    ]);
    let config = LogConfig::new(Profile::Classic, &overrides).map_err(said)?;
    let options =
        OpenOptions { log_start_checkpoint: int(case, "log_start_offset")?, ..OpenOptions::default() };
    let mut log = Log::open(&mut disk, DIR, config, int(case, "now")?, options).map_err(said)?;
    same("log_end_offset", log.log_end_offset(), int(case, "log_end_offset")?)?;
    log.update_high_watermark(&mut disk, int(case, "high_watermark")?).map_err(said)?;
    let before: Vec<i64> = log.segments().map(Segment::base_offset).collect();
    log.delete_old_segments(&mut disk, int(case, "now")?).map_err(said)?;
    let expected = &case["expect"];
    only(expected, &["deleted_base_offsets", "remaining", "log_start_offset"])?;
    let left: Vec<i64> = log.segments().map(Segment::base_offset).collect();
    let deleted: Vec<i64> = before.into_iter().filter(|base| !left.contains(base)).collect();
    same("deleted_base_offsets", &json!(deleted), &expected["deleted_base_offsets"])?;
    let remaining: Vec<Value> = log
        .segments()
        .map(|segment| json!({"base": segment.base_offset(), "size": i64::from(segment.size()) / SCALE}))
        .collect();
    same("remaining", &json!(remaining), &expected["remaining"])?;
    same("log_start_offset", log.log_start_offset(), int(expected, "log_start_offset")?)
}

/// A directory as it is after a clean stop, one batch in each segment.
fn segment_files(case: &Value) -> Result<BTreeMap<String, Bytes>, String> {
    let segments = list(case, "segments")?;
    let mut files = BTreeMap::new();
    for (number, segment) in segments.iter().enumerate() {
        only(segment, &["base", "size", "max_ts"])?;
        let (base, timestamp) = (int(segment, "base")?, int(segment, "max_ts")?);
        let next =
            segments.get(number + 1).map_or_else(|| int(case, "log_end_offset"), |next| int(next, "base"))?;
        let size = (int(segment, "size")? * SCALE) as usize;
        let (last, prefix) = (next - 1, format!("{base:020}"));
        if size > 0 {
            // One record at the end of the offsets; those before it are gone, as after compaction.
            files.insert(format!("{prefix}.log"), batch_of_size(last, timestamp, size)?);
            let mut entry = timestamp.to_be_bytes().to_vec();
            entry.extend_from_slice(&((last - base) as i32).to_be_bytes());
            files.insert(format!("{prefix}.timeindex"), Bytes::from(entry));
        } else {
            files.insert(format!("{prefix}.log"), Bytes::new());
            files.insert(format!("{prefix}.timeindex"), Bytes::new());
        }
        files.insert(format!("{prefix}.index"), Bytes::new());
    }
    Ok(files)
}
