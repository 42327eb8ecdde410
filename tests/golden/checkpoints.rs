//! The small text files of a log directory, and the names of its files.

use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::base::name;
use kafkascope::kafka::storage;
use kafkascope::kafka::storage::Disk;
use kafkascope::kafka::storage::MemoryDisk;
use kafkascope::kafka::storage::SegmentFiles;
use kafkascope::kafka::storage::names;
use serde_json::Value;
use serde_json::json;

use super::report::Report;
use super::report::int;
use super::report::list;
use super::report::only;
use super::report::same;
use super::report::text;

pub(crate) fn checkpoint_files(data: &Value, report: &mut Report) {
    if let Some(case) = data.get("offset_checkpoint") {
        report.one("offset_checkpoint", || offset_checkpoint(case));
    }
    if let Some(case) = data.get("partition_metadata") {
        report.one("partition_metadata", || partition_metadata(case));
    }
    let fields = &["offset", "log", "index", "timeindex", "txnindex", "snapshot"];
    report.cases(data, "segment_file_names", fields, |case| {
        let offset = int(case, "offset")?;
        let files = SegmentFiles::new("t-0", offset, "");
        let got = json!({
            "offset": case["offset"],
            "log": files.log.strip_prefix("t-0/"),
            "index": files.index.strip_prefix("t-0/"),
            "timeindex": files.time_index.strip_prefix("t-0/"),
            "txnindex": files.txn_index.strip_prefix("t-0/"),
            "snapshot": names::snapshot_path("t-0", offset).strip_prefix("t-0/"),
        });
        same("names", &got, case)?;
        same("offset of the name", names::offset_of(text(case, "log")?), Some(offset))
    });
}

fn offset_checkpoint(case: &Value) -> Result<(), String> {
    only(case, &["files", "entries", "text", "layout"])?;
    let ours = [
        names::RECOVERY_POINT_CHECKPOINT,
        names::REPLICATION_OFFSET_CHECKPOINT,
        names::LOG_START_OFFSET_CHECKPOINT,
        names::CLEANER_OFFSET_CHECKPOINT,
    ];
    for file in case["files"].as_array().into_iter().flatten() {
        same(format!("{file} is known"), ours.iter().any(|name| file == name), true)?;
    }
    let entry = |entry: &Value| {
        let partition = TopicPartition::new(&name(entry[0].as_str()?), entry[1].as_i64()? as i32);
        Some((partition, entry[2].as_i64()?))
    };
    let entries: Vec<(TopicPartition, Offset)> =
        list(case, "entries")?.iter().map(entry).collect::<Option<_>>().ok_or("an entry is broken")?;
    let mut disk = MemoryDisk::new(0);
    let file = names::REPLICATION_OFFSET_CHECKPOINT;
    let lines = entries.iter().map(|(partition, offset)| (partition, *offset));
    storage::write_offsets(&mut disk, file, lines).map_err(|error| error.to_string())?;
    let size = disk.len(file).unwrap_or(0) as usize;
    let bytes = disk.read(file, 0, size).map_err(|error| error.to_string())?;
    same("text", String::from_utf8_lossy(&bytes).as_ref(), text(case, "text")?)?;
    same("read again", storage::read_offsets(&mut disk, file).map_err(|error| error.to_string())?, entries)
}

fn partition_metadata(case: &Value) -> Result<(), String> {
    only(case, &["topic_id_msb", "topic_id_lsb", "text"])?;
    let id = Uuid::from_parts(int(case, "topic_id_msb")? as u64, int(case, "topic_id_lsb")? as u64);
    let written = storage::encode_partition_metadata(id);
    same("text", written.as_str(), text(case, "text")?)?;
    let read = storage::decode_partition_metadata(names::PARTITION_METADATA, &written);
    same("read again", read.map_err(|error| error.to_string())?, id)
}
