//! The small text files: one offset per partition, and which topic a directory belongs to
//! (`CheckpointFile`, `OffsetCheckpointFile`, `PartitionMetadataFile`).

use std::fmt::Write;

use bytes::Bytes;

use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;

/// Writes a text file so that either the old or the new one is there, never half of one: to `.tmp`, flush, rename.
pub(crate) fn write_atomically(disk: &mut dyn Disk, path: &str, text: String) -> Result<(), LogError> {
    let temporary = format!("{path}.tmp");
    disk.set_len(&temporary, 0)?;
    disk.append(&temporary, Bytes::from(text))?;
    disk.flush(&temporary)?;
    disk.rename(&temporary, path)?;
    Ok(())
}

/// The whole of a small file as text.
pub(crate) fn read_text(disk: &mut dyn Disk, path: &str) -> Result<String, LogError> {
    let len = disk.len(path).unwrap_or(0);
    let bytes = disk.read(path, 0, len as usize)?;
    String::from_utf8(bytes.to_vec()).map_err(|_| LogError::KafkaStorage(format!("{path} is not UTF-8")))
}

/// `version`, number of entries, one line each.
pub(crate) fn encode_checkpoint(lines: impl ExactSizeIterator<Item = String>) -> String {
    let mut text = format!("0\n{}\n", lines.len());
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// The entries of a checkpoint file. Refuses another version and a wrong number of entries, as Kafka does.
pub(crate) fn decode_checkpoint<T>(
    path: &str,
    text: &str,
    entry: impl Fn(&str) -> Result<Option<T>, LogError>,
) -> Result<Vec<T>, LogError> {
    let broken = |what: String| LogError::KafkaStorage(format!("checkpoint file {path}: {what}"));
    let malformed = |line: &str| broken(format!("malformed line '{line}'"));
    let mut lines = text.lines().flat_map(|line| line.split('\r'));
    let Some(version) = lines.next() else { return Ok(Vec::new()) };
    match version.parse::<i32>() {
        Ok(0) => {}
        Ok(version) => return Err(broken(format!("unrecognised version {version}, expected 0"))),
        Err(_) => return Err(malformed(version)),
    }
    let Some(count) = lines.next() else { return Ok(Vec::new()) };
    let count: i32 = count.parse().map_err(|_| malformed(count))?;
    if count < 0 {
        return Err(LogError::IllegalArgument(format!("Illegal Capacity: {count}")));
    }
    let mut entries = Vec::new();
    for line in lines {
        entries.push(entry(line)?.ok_or_else(|| malformed(line))?);
    }
    if entries.len() != count as usize {
        return Err(broken(format!("expected {count} entries but found {}", entries.len())));
    }
    Ok(entries)
}

/// Splits at white space as `line.split("\\s+")` does in Java.
pub(crate) fn words(line: &str) -> Vec<&str> {
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r');
    let mut words = Vec::new();
    if line.starts_with(space) {
        words.push("");
    }
    words.extend(line.split(space).filter(|word| !word.is_empty()));
    words
}

/// Writes one of the files of a log directory that hold an offset per partition, such as
/// `replication-offset-checkpoint`.
pub fn write_offsets<'a>(
    disk: &mut dyn Disk,
    file: &str,
    offsets: impl ExactSizeIterator<Item = (&'a TopicPartition, Offset)>,
) -> Result<(), LogError> {
    let line = |(at, offset): (&TopicPartition, Offset)| format!("{} {} {offset}", at.topic, at.partition);
    write_atomically(disk, file, encode_checkpoint(offsets.map(line)))
}

/// Reads what [`write_offsets`] wrote; empty when the file is missing.
///
/// # Errors
/// [`LogError::KafkaStorage`] when the file is not one of these.
pub fn read_offsets(disk: &mut dyn Disk, file: &str) -> Result<Vec<(TopicPartition, Offset)>, LogError> {
    if disk.len(file).is_none() {
        return Ok(Vec::new());
    }
    let text = read_text(disk, file)?;
    decode_checkpoint(file, &text, |line| {
        let [topic, partition, offset] = words(line)[..] else { return Ok(None) };
        let numbers = partition.parse::<i32>().ok().zip(offset.parse::<i64>().ok());
        Ok(numbers.map(|(partition, offset)| (TopicPartition::new(&name(topic), partition), offset)))
    })
}

/// The text of `partition.metadata`. It has no newline at its end.
pub fn encode_partition_metadata(topic_id: Uuid) -> String {
    let mut text = String::new();
    let _ = write!(text, "version: 0\ntopic_id: {topic_id}");
    text
}

/// The topic id in the text of `partition.metadata`.
///
/// # Errors
/// [`LogError::KafkaStorage`] when it is not one.
pub fn decode_partition_metadata(path: &str, text: &str) -> Result<Uuid, LogError> {
    let broken = |what: &str| LogError::KafkaStorage(format!("partition metadata file {path}: {what}"));
    let mut lines = text.lines();
    let mut value = |key: &'static str| {
        let line = lines.next().ok_or_else(|| broken("it ends too early"))?;
        let (_, value) =
            line.split_once(": ").ok_or_else(|| broken(&format!("malformed line '{line}', no {key}")))?;
        Ok::<&str, LogError>(value.trim_start())
    };
    let version: i32 = value("version")?.parse().map_err(|_| broken("the version is not a number"))?;
    if version < 0 {
        return Err(broken(&format!("unrecognised version {version}")));
    }
    let topic_id = Uuid::from_base64(value("topic_id")?).map_err(|_| broken("the topic id is not one"))?;
    if topic_id == Uuid::ZERO {
        return Err(broken("the topic id is zero"));
    }
    Ok(topic_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::storage::MemoryDisk;

    #[test]
    fn offsets_come_back_from_their_file() {
        let mut disk = MemoryDisk::default();
        let at = TopicPartition::new(&name("a.b-c_d"), 10);
        write_offsets(&mut disk, "x", [(&at, 107)].into_iter()).unwrap();
        assert_eq!(read_text(&mut disk, "x").unwrap(), "0\n1\na.b-c_d 10 107\n");
        assert_eq!(read_offsets(&mut disk, "x").unwrap(), [(at, 107)]);
        assert_eq!(disk.len("x.tmp"), None);
        assert_eq!(read_offsets(&mut disk, "missing").unwrap(), []);
    }

    #[test]
    fn a_broken_checkpoint_is_refused() {
        let mut disk = MemoryDisk::default();
        for text in ["1\n0\n", "x", "0\n2\na 0 1\n", "0\n1\na 0\n", "0\n1\na 0 x\n"] {
            write_atomically(&mut disk, "x", text.into()).unwrap();
            let refused = read_offsets(&mut disk, "x").unwrap_err();
            assert_eq!(refused.exception(), "KafkaStorageException", "{text:?}");
        }
    }

    #[test]
    fn the_topic_id_comes_back_from_its_file() {
        let id = Uuid::from_parts(1, 2);
        let text = encode_partition_metadata(id);
        assert_eq!(text, "version: 0\ntopic_id: AAAAAAAAAAEAAAAAAAAAAg");
        assert_eq!(decode_partition_metadata("p", &text), Ok(id));
        assert!(decode_partition_metadata("p", "version: 0\n").is_err());
        assert!(decode_partition_metadata("p", "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA").is_err());
    }
}
