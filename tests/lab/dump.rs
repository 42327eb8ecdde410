//! A log directory that was taken out as a zip, read by Apache Kafka's own `kafka-dump-log.sh`.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use bytes::Bytes;
use kafkascope::kafka::base::NodeId;
use kafkascope::view::archive;
use rawzip::ZipArchive;

use crate::support::cluster;
use crate::support::leader;
use crate::support::producer;
use crate::support::run;

/// Kafka's tool, when an Apache Kafka is named by `KAFKA_HOME`.
fn dump_log() -> Option<PathBuf> {
    let tool = PathBuf::from(std::env::var_os("KAFKA_HOME")?).join("bin/kafka-dump-log.sh");
    tool.exists().then_some(tool)
}

/// Writes the files of a zip into a directory; answers their paths.
fn unfold(zip: &[u8], into: &Path) -> Vec<PathBuf> {
    let archive = ZipArchive::from_slice(zip).unwrap();
    let mut entries = archive.entries();
    let mut paths = Vec::new();
    while let Some(entry) = entries.next_entry().unwrap() {
        let path = into.join(entry.file_path().try_normalize().unwrap().as_ref());
        let bytes = Bytes::copy_from_slice(archive.get_entry(entry.wayfinder()).unwrap().data());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        paths.push(path);
    }
    paths
}

#[test]
fn kafkas_own_tool_reads_what_was_taken_out() {
    let Some(tool) = dump_log() else {
        eprintln!(
            "skipped: KAFKA_HOME names no Apache Kafka with bin/kafka-dump-log.sh; set it to check the zip with it"
        );
        return;
    };
    let mut timeline = cluster(1, &[("segment.bytes", "4000"), ("index.interval.bytes", "300")]);
    producer(&mut timeline, 200, &[]);
    run(&mut timeline, 2_000);
    let node: NodeId = leader(&timeline, 0).unwrap();
    let zip = archive(&timeline.world().machine(node).unwrap().disk, None).unwrap();
    let dir = std::env::temp_dir().join(format!("kafkascope-dump-{}", std::process::id()));
    let files = unfold(&zip, &dir);
    let of_orders = |suffix: &str| -> Vec<&PathBuf> {
        let inside = |path: &&PathBuf| path.to_string_lossy().contains("/orders-0/");
        files.iter().filter(inside).filter(|path| path.extension().is_some_and(|e| e == suffix)).collect()
    };
    let (logs, indexes, times) = (of_orders("log"), of_orders("index"), of_orders("timeindex"));
    assert!(logs.len() > 2 && logs.len() == indexes.len() && logs.len() == times.len(), "{files:?}");
    let list: Vec<String> =
        [logs, indexes, times].concat().iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let args = ["--deep-iteration", "--print-data-log", "--files"];
    let output = Command::new(&tool).args(args).arg(list.join(",")).output().unwrap();
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains("isvalid: true") && !said.contains("isvalid: false"), "{said}");
    for complaint in
        ["Mismatches in", "Index timestamp:", "Could not", "Exception", "Non-secutive", "corrupt"]
    {
        assert!(!said.contains(complaint) && !errors.contains(complaint), "{complaint}:\n{said}\n{errors}");
    }
    assert!(said.contains("offset: 0 ") && said.contains(" position: "), "{said}");
}
