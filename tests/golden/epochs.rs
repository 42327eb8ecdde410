//! Leader epochs: the cache with its file, and how a follower cuts its log by them.

use kafkascope::kafka::base::Epoch;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::storage;
use kafkascope::kafka::storage::Disk;
use kafkascope::kafka::storage::EpochEnd;
use kafkascope::kafka::storage::LeaderEpochCache;
use kafkascope::kafka::storage::LogError;
use kafkascope::kafka::storage::MemoryDisk;
use serde_json::Value;
use serde_json::json;

use super::report::Report;
use super::report::flag;
use super::report::int;
use super::report::list;
use super::report::only;
use super::report::same;
use super::report::text;

const PATH: &str = "t-0/leader-epoch-checkpoint";

pub(crate) fn leader_epoch_cache(data: &Value, report: &mut Report) {
    report.cases(data, "cases", &["name", "ops"], |case| {
        let mut disk = MemoryDisk::new(0);
        let disk: &mut dyn Disk = &mut disk;
        let mut cache = LeaderEpochCache::open(disk, PATH).map_err(|error| error.to_string())?;
        for (number, op) in list(case, "ops")?.iter().enumerate() {
            cache_op(&mut cache, disk, op).map_err(|why| format!("step {number} ({}): {why}", op["op"]))?;
        }
        Ok(())
    });
}

fn cache_op(cache: &mut LeaderEpochCache, disk: &mut dyn Disk, op: &Value) -> Result<(), String> {
    only(
        op,
        &[
            "op",
            "epoch",
            "start_offset",
            "entries",
            "expect",
            "requested_epoch",
            "log_end_offset",
            "offset",
            "throws",
        ],
    )?;
    let mut answer = Value::Null;
    match text(op, "op")? {
        "assign" => {
            let (epoch, start) = (int(op, "epoch")? as Epoch, int(op, "start_offset")?);
            let thrown = cache.assign(disk, PATH, epoch, start).err();
            same("throws", thrown.as_ref().map(LogError::exception), op["throws"].as_str())?;
        }
        "latest_epoch" => answer = json!(cache.latest_epoch()),
        "end_offset_for" => {
            let end = cache.end_offset_for(int(op, "requested_epoch")? as Epoch, int(op, "log_end_offset")?);
            answer = end.map_or(json!([-1, -1]), |end| json!([end.epoch, end.offset]));
        }
        "truncate_from_end" => drop(cache.truncate_from_end(int(op, "offset")?)),
        "truncate_from_start" => drop(cache.truncate_from_start(int(op, "offset")?)),
        "clear" => cache.clear(),
        "checkpoint_file" => {
            cache.write(disk, PATH).map_err(|error| error.to_string())?;
            let size = disk.len(PATH).unwrap_or(0) as usize;
            let bytes = disk.read(PATH, 0, size).map_err(|error| error.to_string())?;
            answer = json!(String::from_utf8_lossy(&bytes));
            let again = LeaderEpochCache::open(disk, PATH).map_err(|error| error.to_string())?;
            same("read again", &again, cache)?;
        }
        other => return Err(format!("unknown op \"{other}\"")),
    }
    if let Some(expected) = op.get("expect") {
        same("expect", &answer, expected)?;
    }
    if let Some(expected) = op.get("entries") {
        same("entries", &json!(cache.entries().collect::<Vec<_>>()), expected)?;
    }
    Ok(())
}

pub(crate) fn log_truncation(data: &Value, report: &mut Report) {
    report.cases(data, "cases", &["name", "leader_entries", "leader_leo", "rounds"], |case| {
        let leader = LeaderEpochCache::from_entries(entries(&case["leader_entries"])?);
        let leader_end = int(case, "leader_leo")?;
        for (number, round) in list(case, "rounds")?.iter().enumerate() {
            truncation_round(&leader, leader_end, round).map_err(|why| format!("round {number}: {why}"))?;
        }
        Ok(())
    });
}

fn truncation_round(leader: &LeaderEpochCache, leader_end: Offset, round: &Value) -> Result<(), String> {
    only(
        round,
        &[
            "follower_entries",
            "follower_leo",
            "fetch",
            "leader_answer",
            "diverging",
            "truncate_to",
            "completed",
            "result",
        ],
    )?;
    only(&round["fetch"], &["offset", "last_fetched_epoch"])?;
    only(&round["leader_answer"], &["epoch", "end_offset"])?;
    let follower = LeaderEpochCache::from_entries(entries(&round["follower_entries"])?);
    let log_end = int(round, "follower_leo")?;
    let offset = int(&round["fetch"], "offset")?;
    same("fetch.offset is the follower's log end", log_end, offset)?;
    let epoch = match &round["fetch"]["last_fetched_epoch"] {
        Value::Null => storage::UNDEFINED_EPOCH,
        _ => int(&round["fetch"], "last_fetched_epoch")? as Epoch,
    };
    if epoch == storage::UNDEFINED_EPOCH {
        // Who has no epoch asks without one, and the leader compares nothing.
        same("follower's latest epoch", follower.latest_epoch(), None)?;
        return same("diverging", false, flag(round, "diverging")?);
    }
    same("fetch.last_fetched_epoch is the follower's latest", follower.latest_epoch(), Some(epoch))?;
    let answer = leader
        .end_offset_for(epoch, leader_end)
        .unwrap_or(EpochEnd { epoch: storage::UNDEFINED_EPOCH, offset: storage::UNDEFINED_EPOCH_OFFSET });
    same(
        "leader_answer",
        &json!({"epoch": answer.epoch, "end_offset": answer.offset}),
        &round["leader_answer"],
    )?;
    let diverging = storage::is_diverging(answer, offset, epoch);
    same("diverging", diverging, flag(round, "diverging")?)?;
    if diverging {
        let cut = storage::truncation(&follower, log_end, answer, 0);
        same("truncate_to", cut.offset, int(round, "truncate_to")?)?;
        same("completed", cut.completed, flag(round, "completed")?)?;
    } else {
        same("result", Some("no divergence, data is returned"), round["result"].as_str())?;
    }
    Ok(())
}

fn entries(value: &Value) -> Result<Vec<(Epoch, Offset)>, String> {
    let entry = |entry: &Value| Some((entry[0].as_i64()? as Epoch, entry[1].as_i64()?));
    let found = value.as_array().and_then(|list| list.iter().map(entry).collect());
    found.ok_or_else(|| format!("{value} is not a list of epochs and offsets"))
}
