//! One segment and its indexes, when it rolls, how it is recovered; and which segments retention deletes.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::record;
use kafkascope::kafka::record::BATCH_OVERHEAD;
use kafkascope::kafka::record::BatchBuilder;
use kafkascope::kafka::record::BatchSpec;
use kafkascope::kafka::storage::Disk;
use kafkascope::kafka::storage::Isolation;
use kafkascope::kafka::storage::Log;
use kafkascope::kafka::storage::LogConfig;
use kafkascope::kafka::storage::LogError;
use kafkascope::kafka::storage::MemoryDisk;
use kafkascope::kafka::storage::OpenOptions;
use kafkascope::kafka::storage::names;
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

/// A log alone on its disk.
#[derive(Clone)]
struct Bench {
    disk: MemoryDisk,
    log: Log,
    config: LogConfig,
}

impl Bench {
    fn new(now: i64, configs: &[(&str, String)]) -> Result<Self, String> {
        let set = configs.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let config = LogConfig::new(Profile::Classic, &set.collect::<BTreeMap<_, _>>()).map_err(told)?;
        let mut disk = MemoryDisk::new(now);
        let log = Log::open(&mut disk, DIR, config.clone(), now, OpenOptions::default()).map_err(error)?;
        Ok(Self { disk, log, config })
    }

    fn append(&mut self, now: i64, records: Bytes) -> Result<(), String> {
        self.disk.now_ms = now;
        self.log.append_as_follower(&mut self.disk, now, records, 0).map(drop).map_err(error)
    }

    /// The bytes of a file of the segment at 0.
    fn file(&mut self, suffix: &str) -> Result<Bytes, String> {
        let path = format!("{DIR}/{}{suffix}", names::prefix(0));
        let size = self.disk.len(&path).unwrap_or(0) as usize;
        self.disk.read(&path, 0, size).map_err(told)
    }

    /// The entries of both indexes of the segment at 0.
    fn indexes(&mut self) -> Result<(Value, Value), String> {
        let details = self.log.segment_details(&mut self.disk).map_err(error)?;
        let (offsets, times) =
            (details[0].offset_index_entries as usize, details[0].time_index_entries as usize);
        let index = self.file(names::INDEX_SUFFIX)?;
        let index =
            index.chunks(8).take(offsets).map(|entry| json!([number(&entry[..4]), number(&entry[4..])]));
        let index = index.collect();
        let times_file = self.file(names::TIME_INDEX_SUFFIX)?;
        let entries = times_file.chunks(12).take(times);
        Ok((index, entries.map(|entry| json!([number(&entry[..8]), number(&entry[8..])])).collect()))
    }
}

fn number(bytes: &[u8]) -> i64 {
    bytes.iter().fold(0, |number, byte| number << 8 | i64::from(*byte))
}

fn error(error: LogError) -> String {
    format!("{}: {error}", error.exception())
}

fn told(error: impl ToString) -> String {
    error.to_string()
}

/// Records of the offsets `base..=last` that are 10 ms apart: `k3` = `v3`.
fn small_batch(base: Offset, last: Offset, max_timestamp: i64) -> Result<Bytes, String> {
    let mut builder =
        BatchBuilder::new(BatchSpec { base_offset: base, leader_epoch: 0, ..BatchSpec::default() });
    for offset in base..=last {
        let (key, value) = (format!("k{offset}"), format!("v{offset}"));
        let timestamp = max_timestamp - 10 * (last - offset);
        builder.append(timestamp, Some(key.as_bytes()), Some(value.as_bytes()), &[]).map_err(told)?;
    }
    builder.close().map_err(told)
}

/// A batch of so many bytes, with one record at its end.
fn sized_batch(base: Offset, last: Offset, max_timestamp: i64, size: usize) -> Result<Bytes, String> {
    // A length that needs one byte more skips a size; a key of one byte reaches that one.
    for (padding, key) in (0..size.saturating_sub(BATCH_OVERHEAD))
        .rev()
        .flat_map(|padding| [(padding, None), (padding, Some(b"k"))])
    {
        let spec = BatchSpec { base_offset: base, leader_epoch: 0, ..BatchSpec::default() };
        let mut builder = BatchBuilder::new(spec);
        let key = key.map(|key| &key[..]);
        builder.append_at(last, max_timestamp, key, Some(&vec![b'x'; padding]), &[]).map_err(told)?;
        if builder.estimated_size() == size {
            return builder.close().map_err(told);
        }
        if builder.estimated_size() + 16 < size {
            break;
        }
    }
    Err(format!("no batch has {size} bytes"))
}

const SEGMENT_FIELDS: &[&str] = &[
    "name",
    "index_interval_bytes",
    "steps",
    "reads",
    "find_offset_by_timestamp",
    "time_index",
    "offset_index",
    "log_hex",
    "index_hex",
    "timeindex_hex",
    "original_size",
    "corrupt_byte_at",
    "truncated_bytes",
    "size",
    "next_offset",
    "rule",
    "ops",
];

pub(crate) fn log_segment(data: &Value, report: &mut Report) {
    report.cases(data, "cases", SEGMENT_FIELDS, |case| {
        if case.get("steps").is_some() {
            sparse_index(case)
        } else if case.get("corrupt_byte_at").is_some() {
            recover(case)
        } else if case.get("ops").is_some() {
            should_roll(text(case, "name")?, list(case, "ops")?)
        } else {
            Err("no runner knows a case of this kind".to_owned())
        }
    });
}

fn sparse_index(case: &Value) -> Result<(), String> {
    let interval = int(case, "index_interval_bytes")?;
    let mut bench = Bench::new(0, &[("index.interval.bytes", interval.to_string())])?;
    for (number, step) in list(case, "steps")?.iter().enumerate() {
        only(step, &["append_batch", "segment_size", "offset_index", "time_index"])?;
        let batch = &step["append_batch"];
        only(batch, &["base_offset", "last_offset", "max_timestamp", "bytes"])?;
        let records = small_batch(
            int(batch, "base_offset")?,
            int(batch, "last_offset")?,
            int(batch, "max_timestamp")?,
        )?;
        same(format!("step {number}: bytes"), records.len() as i64, int(batch, "bytes")?)?;
        bench.append(0, records)?;
        same(format!("step {number}: segment_size"), bench.log.size(), int(step, "segment_size")?)?;
        let (offsets, times) = bench.indexes()?;
        same(format!("step {number}: offset_index"), &offsets, &step["offset_index"])?;
        same(format!("step {number}: time_index"), &times, &step["time_index"])?;
    }
    reads(&bench, case)?;
    find_offsets(&bench, case)?;
    roll(&mut bench, case)
}

fn reads(bench: &Bench, case: &Value) -> Result<(), String> {
    for read in case["reads"].as_array().into_iter().flatten() {
        only(read, &["start_offset", "max_bytes", "batches"])?;
        let (start, max) = (int(read, "start_offset")?, int(read, "max_bytes")? as i32);
        let got =
            if start < bench.log.log_end_offset() { batches_from(bench, start, max)? } else { Value::Null };
        same(format!("read from {start}"), &got, &read["batches"])?;
    }
    Ok(())
}

fn batches_from(bench: &Bench, start: Offset, max: i32) -> Result<Value, String> {
    let Bench { mut disk, mut log, .. } = bench.clone();
    let data = log.read(&mut disk, start, max, Isolation::LogEnd, false).map_err(error)?;
    let batches: Vec<(Offset, Offset)> = record::batches(&data.records)
        .map_while(Result::ok)
        .map(|batch| (batch.base_offset(), batch.last_offset()))
        .collect();
    Ok(json!(batches))
}

fn find_offsets(bench: &Bench, case: &Value) -> Result<(), String> {
    for find in case["find_offset_by_timestamp"].as_array().into_iter().flatten() {
        only(find, &["timestamp", "starting_offset", "expect"])?;
        let Bench { mut disk, mut log, .. } = bench.clone();
        let timestamp = int(find, "timestamp")?;
        let start = int(find, "starting_offset")?.min(log.log_end_offset());
        if start > 0 {
            log.update_high_watermark(&mut disk, start).map_err(error)?;
            log.increment_log_start_offset(&mut disk, start).map_err(error)?;
        }
        let found = log.offset_by_timestamp(&mut disk, timestamp).map_err(error)?;
        let got = found.map_or(Value::Null, |found| json!([found.timestamp, found.offset]));
        same(format!("find_offset_by_timestamp {timestamp}"), &got, &find["expect"])?;
    }
    Ok(())
}

/// A new segment takes over: the old one's files get their last entries and their real sizes.
fn roll(bench: &mut Bench, case: &Value) -> Result<(), String> {
    only(&case["time_index"], &["rolled_time_index_before_close", "after_on_become_inactive"])?;
    let expected = |field: &str| case["time_index"].get(field);
    if let Some(before) = expected("rolled_time_index_before_close") {
        same("rolled_time_index_before_close", &bench.indexes()?.1, before)?;
    }
    bench.log.roll(&mut bench.disk, 0, None).map_err(error)?;
    if let Some(after) = expected("after_on_become_inactive") {
        same("after_on_become_inactive", &bench.indexes()?.1, after)?;
    }
    for (field, suffix) in [
        ("log_hex", names::LOG_SUFFIX),
        ("index_hex", names::INDEX_SUFFIX),
        ("timeindex_hex", names::TIME_INDEX_SUFFIX),
    ] {
        if case.get(field).is_some() {
            same(field, to_hex(&bench.file(suffix)?).as_str(), text(case, field)?)?;
        }
    }
    Ok(())
}

/// Equal batches of two records, one flipped byte, a stop without close.
fn recover(case: &Value) -> Result<(), String> {
    let (original, at) = (int(case, "original_size")?, int(case, "corrupt_byte_at")?);
    let mut bench = Bench::new(0, &[("index.interval.bytes", "10".to_owned())])?;
    while bench.log.size() < original {
        let base = bench.log.log_end_offset();
        bench.append(0, small_batch(base, base + 1, 1010 + 50 * base)?)?;
    }
    same("original_size", bench.log.size(), original)?;
    let path = format!("{DIR}/{}{}", names::prefix(0), names::LOG_SUFFIX);
    let byte = bench.file(names::LOG_SUFFIX)?[at as usize];
    bench.disk.write_at(&path, at as u64, &[!byte]).map_err(told)?;
    let options = OpenOptions { clean_shutdown: false, ..OpenOptions::default() };
    bench.log = Log::open(&mut bench.disk, DIR, bench.config.clone(), 0, options).map_err(error)?;
    same("size", bench.log.size(), int(case, "size")?)?;
    same("truncated_bytes", original - bench.log.size(), int(case, "truncated_bytes")?)?;
    same("next_offset", bench.log.log_end_offset(), int(case, "next_offset")?)?;
    let (offsets, times) = bench.indexes()?;
    same("offset_index", &offsets, &case["offset_index"])?;
    same("time_index", &times, &case["time_index"])
}

/// The situations are told in words with numbers in them; the name says the limits.
fn should_roll(name: &str, ops: &[Value]) -> Result<(), String> {
    let limit = |field: &str| {
        let rest = name.split_once(field).map_or("", |(_, rest)| rest);
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
        digits
            .and_then(|digits| digits.parse::<i64>().ok())
            .ok_or_else(|| format!("no {field} in \"{name}\""))
    };
    let configs = [
        ("segment.bytes", limit("maxSegmentBytes=")?.to_string()),
        ("segment.ms", limit("maxSegmentMs=")?.to_string()),
    ];
    for op in ops {
        only(op, &["case", "expect"])?;
        let situation = text(op, "case")?;
        let rolled = rolls(situation, &configs).map_err(|why| format!("{situation}: {why}"))?;
        same(situation, rolled, flag(op, "expect")?)?;
    }
    Ok(())
}

fn rolls(situation: &str, configs: &[(&str, String)]) -> Result<bool, String> {
    let numbers: Vec<i64> =
        situation.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
    let mut bench = Bench::new(0, configs)?;
    if situation.starts_with("empty segment, message of") {
        let appended = bench.append(0, sized_batch(0, 0, 1010, numbers[0] as usize)?);
        // The log refuses what no segment can hold, without asking whether to roll.
        if appended.as_ref().is_err_and(|why| why.starts_with("RecordBatchTooLargeException")) {
            return Ok(true);
        }
        appended?;
    } else if situation.starts_with("empty segment, time far beyond") {
        bench.append(99_999_999, sized_batch(0, 0, 99_999_999, 83)?)?;
    } else if situation.starts_with("size ") {
        bench.append(0, sized_batch(0, 0, 1010, numbers[0] as usize)?)?;
        bench.append(0, sized_batch(1, 1, 1010, numbers[1] as usize)?)?;
    } else if situation.starts_with("first batch max timestamp") {
        bench.append(0, sized_batch(0, 0, numbers[0], 83)?)?;
        bench.append(0, sized_batch(1, 1, numbers[1], 83)?)?;
    } else if situation.starts_with("wall clock is") {
        bench.append(0, sized_batch(0, 0, 1010, 83)?)?;
        bench.append(numbers[0], sized_batch(1, 1, 1110, 83)?)?;
    } else if situation.starts_with("offset ") {
        let offset = *numbers.iter().max().ok_or("no offset is named")?;
        bench.append(0, sized_batch(0, 0, 1010, 83)?)?;
        bench.append(0, sized_batch(offset, offset, 1010, 83)?)?;
    } else if situation.ends_with("ms later") {
        let later = *numbers.last().ok_or("no time is named")?;
        bench.append(0, sized_batch(0, 0, -1, 83)?)?;
        bench.append(later, sized_batch(1, 1, -1, 83)?)?;
    } else {
        return Err("no runner knows this situation".to_owned());
    }
    // An empty segment that rolls is replaced by one of the same name.
    let replaced = bench.disk.image(DIR).keys().any(|name| name.ends_with(names::DELETED_SUFFIX));
    Ok(bench.log.segments().count() > 1 || replaced)
}

const RETENTION_FIELDS: &[&str] = &[
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

/// The sizes of the file may be smaller than a batch can be: everything is a hundred times as large here.
const SCALE: i64 = 100;

pub(crate) fn retention(data: &Value, report: &mut Report) {
    report.cases(data, "cases", RETENTION_FIELDS, |case| {
        let mut bench = retention_bench(case)?;
        let before: Vec<Offset> = bench.log.segments().map(|segment| segment.base_offset()).collect();
        bench.log.delete_old_segments(&mut bench.disk, int(case, "now")?).map_err(error)?;
        let left: Vec<(Offset, i64)> =
            bench.log.segments().map(|segment| (segment.base_offset(), i64::from(segment.size()))).collect();
        let gone: Vec<Offset> =
            before.into_iter().filter(|base| left.iter().all(|(kept, _)| kept != base)).collect();
        let left: Vec<Value> =
            left.iter().map(|(base, size)| json!({ "base": base, "size": size / SCALE })).collect();
        let got = json!({
            "deleted_base_offsets": gone,
            "remaining": left,
            "log_start_offset": bench.log.log_start_offset(),
        });
        same("expect", &got, &case["expect"])
    });
}

fn retention_bench(case: &Value) -> Result<Bench, String> {
    let policy = if flag(case, "policy_delete")? { "delete" } else { "compact" };
    let bytes = int(case, "retention_bytes")?;
    let configs = [
        ("cleanup.policy", policy.to_owned()),
        ("retention.ms", int(case, "retention_ms")?.to_string()),
        ("retention.bytes", if bytes < 0 { bytes } else { bytes * SCALE }.to_string()),
    ];
    let mut bench = Bench::new(0, &configs)?;
    let segments = list(case, "segments")?;
    let end = int(case, "log_end_offset")?;
    for (number, segment) in segments.iter().enumerate() {
        only(segment, &["base", "size", "max_ts"])?;
        let next = segments.get(number + 1).map_or(Ok(end), |next| int(next, "base"))?;
        let base = int(segment, "base")?;
        if number > 0 {
            bench.log.roll(&mut bench.disk, 0, Some(base)).map_err(error)?;
        }
        let size = (int(segment, "size")? * SCALE) as usize;
        if size > 0 {
            bench.append(0, sized_batch(base, next - 1, int(segment, "max_ts")?, size)?)?;
        }
    }
    bench.log.update_high_watermark(&mut bench.disk, int(case, "high_watermark")?).map_err(error)?;
    let start = int(case, "log_start_offset")?;
    if start > 0 {
        bench.log.increment_log_start_offset(&mut bench.disk, start).map_err(error)?;
    }
    Ok(bench)
}
