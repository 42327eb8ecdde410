//! The names of the files of a partition directory (`LogFileUtils`, `LocalLog`).

use std::sync::Arc;

use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::storage::LogError;

pub const LOG_SUFFIX: &str = ".log";
pub const INDEX_SUFFIX: &str = ".index";
pub const TIME_INDEX_SUFFIX: &str = ".timeindex";
pub const TXN_INDEX_SUFFIX: &str = ".txnindex";
pub const SNAPSHOT_SUFFIX: &str = ".snapshot";
pub const DELETED_SUFFIX: &str = ".deleted";
pub const CLEANED_SUFFIX: &str = ".cleaned";
pub const SWAP_SUFFIX: &str = ".swap";
pub const DELETE_DIR_SUFFIX: &str = "-delete";
pub const FUTURE_DIR_SUFFIX: &str = "-future";
pub const STRAY_DIR_SUFFIX: &str = "-stray";
pub const LEADER_EPOCH_CHECKPOINT: &str = "leader-epoch-checkpoint";
pub const PARTITION_METADATA: &str = "partition.metadata";
/// The files of a log directory that hold one offset per partition.
pub const RECOVERY_POINT_CHECKPOINT: &str = "recovery-point-offset-checkpoint";
pub const REPLICATION_OFFSET_CHECKPOINT: &str = "replication-offset-checkpoint";
pub const LOG_START_OFFSET_CHECKPOINT: &str = "log-start-offset-checkpoint";
pub const CLEANER_OFFSET_CHECKPOINT: &str = "cleaner-offset-checkpoint";
/// Written last at a clean stop and removed at the start: its absence means that logs must be recovered.
pub const CLEAN_SHUTDOWN_FILE: &str = ".kafka_cleanshutdown";

/// An offset with twenty digits, so that names sort as numbers do.
pub fn prefix(offset: Offset) -> String {
    if offset < 0 { format!("-{:020}", offset.unsigned_abs()) } else { format!("{offset:020}") }
}

/// The number in front of a file's first dot, or `None` when there is none.
pub fn offset_of(file: &str) -> Option<Offset> {
    let (number, _) = file.split_once('.')?;
    number.parse().ok()
}

pub fn is_index(file: &str) -> bool {
    [INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX].iter().any(|suffix| file.ends_with(suffix))
}

/// The path of a producer snapshot.
pub fn snapshot_path(dir: &str, offset: Offset) -> String {
    format!("{dir}/{}{SNAPSHOT_SUFFIX}", prefix(offset))
}

/// `topic-partition`, the directory of a partition.
pub fn log_dir_name(partition: &TopicPartition) -> String {
    format!("{}-{}", partition.topic, partition.partition)
}

/// Reads the partition back out of a directory's name, also of one marked `-delete`, `-future` or `-stray`
/// (`LocalLog.parseTopicPartitionName`). `None` when the name is not of that form.
pub fn parse_topic_partition(dir: &str) -> Option<TopicPartition> {
    let marked =
        [DELETE_DIR_SUFFIX, FUTURE_DIR_SUFFIX, STRAY_DIR_SUFFIX].iter().any(|mark| dir.ends_with(mark));
    let plain = if marked { dir.rsplit_once('.')?.0 } else { dir };
    let (topic, partition) = plain.rsplit_once('-')?;
    if topic.is_empty() {
        return None;
    }
    Some(TopicPartition::new(&name(topic), partition.parse().ok()?))
}

/// The four files of a segment, as paths. Made once per segment, so that an append formats nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SegmentFiles {
    pub log: String,
    pub index: String,
    pub time_index: String,
    pub txn_index: String,
}

impl SegmentFiles {
    /// The files of a segment with an extra suffix: empty, `.deleted`, `.cleaned` or `.swap`.
    pub fn new(dir: &str, base_offset: Offset, suffix: &str) -> Arc<Self> {
        let prefix = prefix(base_offset);
        Arc::new(Self {
            log: format!("{dir}/{prefix}{LOG_SUFFIX}{suffix}"),
            index: format!("{dir}/{prefix}{INDEX_SUFFIX}{suffix}"),
            time_index: format!("{dir}/{prefix}{TIME_INDEX_SUFFIX}{suffix}"),
            txn_index: format!("{dir}/{prefix}{TXN_INDEX_SUFFIX}{suffix}"),
        })
    }

    /// In the order in which Kafka deletes them.
    pub fn all(&self) -> [&str; 4] {
        [&self.log, &self.index, &self.time_index, &self.txn_index]
    }

    /// The same files with another suffix; Kafka's `Utils.replaceSuffix`.
    pub(crate) fn with_suffix(&self, from: &str, to: &str) -> Result<Arc<Self>, LogError> {
        let replace = |path: &str| match path.strip_suffix(from) {
            Some(stem) => Ok(format!("{stem}{to}")),
            None => Err(LogError::IllegalArgument(format!(
                "Expected string to end with {from} but string is {path}"
            ))),
        };
        Ok(Arc::new(Self {
            log: replace(&self.log)?,
            index: replace(&self.index)?,
            time_index: replace(&self.time_index)?,
            txn_index: replace(&self.txn_index)?,
        }))
    }

    pub fn has_suffix(&self, suffix: &str) -> bool {
        self.all().iter().all(|path| path.ends_with(suffix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_names_its_partition_also_when_it_waits_for_deletion() {
        let read = |dir| parse_topic_partition(dir).map(|found| found.to_string());
        assert_eq!(read("orders-0"), Some("orders-0".into()));
        assert_eq!(read("a-b-12"), Some("a-b-12".into()));
        assert_eq!(read("orders-0.0123456789abcdef-delete"), Some("orders-0".into()));
        assert_eq!(read("orders"), None);
        assert_eq!(read("-1"), None);
        assert_eq!(read("orders-x"), None);
    }

    #[test]
    fn names_sort_as_their_offsets() {
        assert_eq!(prefix(368_769), "00000000000000368769");
        assert_eq!(offset_of("00000000000000368769.log.deleted"), Some(368_769));
        assert_eq!(offset_of("leader-epoch-checkpoint"), None);
    }
}
