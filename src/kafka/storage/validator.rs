//! What a leader checks in the batch of a producer before it appends it, and what it writes into it (`LogValidator`).

use std::fmt;

use bytes::Bytes;

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::record::Batch;
use crate::kafka::record::BatchBuilder;
use crate::kafka::record::BatchError;
use crate::kafka::record::BatchSpec;
use crate::kafka::record::BuildError;
use crate::kafka::record::Compression;
use crate::kafka::record::NO_TIMESTAMP;
use crate::kafka::record::Record;
use crate::kafka::record::RecordOutline;
use crate::kafka::record::TimestampType;
use crate::kafka::record::batches;

/// Who appends (`AppendOrigin`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AppendOrigin {
    /// A follower appends what its leader has; nothing is checked twice.
    Replication,
    /// A group or transaction coordinator on this broker, which may write control records.
    Coordinator,
    /// A producer.
    Client,
    /// The leader of a KRaft quorum.
    RaftLeader,
}

/// The rules for one append.
#[derive(Clone, Copy, Debug)]
pub struct LogValidator<'a> {
    /// The partition's name, for messages.
    pub partition: &'a str,
    /// The topic's codec; `None` is `compression.type=producer`: keep the batch's own.
    pub compression: Option<Compression>,
    /// Whether the topic is compacted, so that every record needs a key.
    pub compacted: bool,
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`: how far in the past a record may be.
    pub before_max_ms: i64,
    /// `message.timestamp.after.max.ms`: how far in the future a record may be.
    pub after_max_ms: i64,
    pub leader_epoch: Epoch,
    pub origin: AppendOrigin,
}

/// A batch that may be appended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Validated {
    /// The batch with its offsets, leader epoch and, with LogAppendTime, timestamp.
    pub batch: Batch,
    /// The offset behind its last record.
    pub next_offset: Offset,
    /// The largest timestamp, or −1 when no record has one.
    pub max_timestamp: i64,
    /// The batch's last offset, which the time index names for that timestamp; −1 when no record has one.
    pub shallow_offset_of_max_timestamp: Offset,
    /// Whether the records were compressed anew, so that the batch's size has to be checked again.
    pub size_maybe_changed: bool,
}

/// A record that is refused, by its place in the batch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RecordError {
    pub batch_index: i32,
    pub message: String,
}

/// Why a batch is refused. The log is untouched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ValidationError {
    /// The batch as a whole makes no sense (`InvalidRecordException`, INVALID_RECORD).
    InvalidRecord(String),
    /// Records are refused (`RecordValidationException`): for their time stamps (INVALID_TIMESTAMP), or else for other
    /// reasons (INVALID_RECORD). One bad record refuses its batch.
    Records { invalid_timestamp: bool, message: String, errors: Vec<RecordError> },
    /// The bytes cannot be read.
    Batch(BatchError),
    /// The offsets inside a compressed batch do not count 0, 1, 2, …, and its keys and values were skipped, so that it
    /// cannot be written anew (`UnsupportedOperationException`). Kafka fails here, too.
    Skipped,
    /// The records could not be written anew with the topic's codec (`IllegalArgumentException`).
    Rebuild(BuildError),
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidRecord(message) | Self::Records { message, .. } => f.write_str(message),
            Self::Batch(error) => error.fmt(f),
            Self::Skipped => f.write_str("key is skipped in PartialDefaultRecord"),
            Self::Rebuild(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ValidationError {}

impl From<BatchError> for ValidationError {
    fn from(error: BatchError) -> Self {
        Self::Batch(error)
    }
}

/// What a walk over the records found.
struct Walk {
    count: i64,
    max_timestamp: i64,
    /// Whether the records' own offsets count 0, 1, 2, …, so that the batch may stay as it is.
    consecutive: bool,
    /// The records, when they must be written anew.
    records: Vec<Record>,
}

/// An error of one record; `true` when its timestamp is to blame.
type RecordRefusal = (bool, RecordError);

impl LogValidator<'_> {
    /// Checks the one batch in `records`, and gives it the offsets from `first_offset` on. `now` is the broker's clock
    /// in milliseconds since 1970 (`validateMessagesAndAssignOffsets`).
    ///
    /// # Errors
    /// [`ValidationError`].
    pub fn validate(
        &self,
        records: &Bytes,
        first_offset: Offset,
        now: i64,
    ) -> Result<Validated, ValidationError> {
        let batch = only_batch(records)?;
        self.check_batch(&batch)?;
        let source = batch.compression()?;
        let target = self.compression.unwrap_or(source);
        // Control records are not compressed unless they came so.
        let keep = source == target || (source == Compression::None && batch.is_control());
        let walk = self.walk(&batch, now, keep)?;
        if source == Compression::None && target == Compression::None {
            Ok(self.assign(batch, first_offset, now, &walk, true))
        } else if keep && walk.consecutive {
            Ok(self.assign(batch, first_offset, now, &walk, false))
        } else {
            self.rebuild(&batch, target, first_offset, now, walk)
        }
    }

    /// Writes offsets, epoch and timestamp into the batch's header.
    fn assign(&self, batch: Batch, first_offset: Offset, now: i64, walk: &Walk, plain: bool) -> Validated {
        let next_offset = first_offset + walk.count;
        let max_timestamp = match self.timestamp_type {
            TimestampType::CreateTime => walk.max_timestamp,
            TimestampType::LogAppendTime => now,
        };
        let mut patch = batch.into_mut();
        patch.set_last_offset(next_offset - 1);
        patch.set_partition_leader_epoch(self.leader_epoch);
        patch.set_max_timestamp(self.timestamp_type, max_timestamp);
        let nothing_dated = plain && max_timestamp == NO_TIMESTAMP;
        Validated {
            batch: patch.freeze(),
            next_offset,
            max_timestamp,
            shallow_offset_of_max_timestamp: if nothing_dated { -1 } else { next_offset - 1 },
            size_maybe_changed: false,
        }
    }

    /// Writes the records into a new batch with the topic's codec.
    fn rebuild(
        &self,
        batch: &Batch,
        target: Compression,
        first_offset: Offset,
        now: i64,
        walk: Walk,
    ) -> Result<Validated, ValidationError> {
        let mut builder = BatchBuilder::new(BatchSpec {
            compression: target,
            timestamp_type: self.timestamp_type,
            base_offset: first_offset,
            log_append_time: now,
            producer_id: batch.producer_id(),
            producer_epoch: batch.producer_epoch(),
            base_sequence: batch.base_sequence(),
            transactional: batch.is_transactional(),
            leader_epoch: self.leader_epoch,
            ..BatchSpec::default()
        });
        for record in &walk.records {
            builder
                .append(record.timestamp, record.key.as_deref(), record.value.as_deref(), &record.headers)
                .map_err(ValidationError::Rebuild)?;
        }
        let max_timestamp = match self.timestamp_type {
            TimestampType::CreateTime => builder.max_timestamp(),
            TimestampType::LogAppendTime => now,
        };
        let next_offset = builder.next_offset();
        let bytes = builder.close().map_err(ValidationError::Rebuild)?;
        Ok(Validated {
            batch: Batch::parse(&bytes)?,
            next_offset,
            max_timestamp,
            shallow_offset_of_max_timestamp: if max_timestamp == NO_TIMESTAMP { -1 } else { next_offset - 1 },
            size_maybe_changed: true,
        })
    }

    fn walk(&self, batch: &Batch, now: i64, keep: bool) -> Result<Walk, ValidationError> {
        let mut walk = Walk { count: 0, max_timestamp: NO_TIMESTAMP, consecutive: true, records: Vec::new() };
        let mut refused: Vec<RecordRefusal> = Vec::new();
        let skims = keep && batch.compression()? != Compression::None;
        let mut records = if skims { batch.skim()? } else { batch.records()? };
        while let Some(outline) = records.next_outline() {
            let outline = outline?;
            match self.check_record(batch, &outline, walk.count as i32, now) {
                Some(refusal) => refused.push(refusal),
                None => {
                    walk.max_timestamp = walk.max_timestamp.max(outline.timestamp);
                    walk.consecutive &= outline.offset == walk.count;
                }
            }
            walk.count += 1;
            if refused.is_empty() && !skims && !(keep && walk.consecutive) {
                walk.records.push(records.fill(&outline));
            }
        }
        if refused.is_empty() && skims {
            return if walk.consecutive { Ok(walk) } else { Err(ValidationError::Skipped) };
        }
        if refused.is_empty() {
            self.collect_all(batch, keep, &mut walk)?;
            return Ok(walk);
        }
        Err(refusal(refused))
    }

    /// When the walk learnt late that the batch must be written anew, the records before that point are still missing.
    fn collect_all(&self, batch: &Batch, keep: bool, walk: &mut Walk) -> Result<(), ValidationError> {
        if !(keep && walk.consecutive) && walk.records.len() as i64 != walk.count {
            walk.records = batch.records()?.collect::<Result<_, _>>()?;
        }
        Ok(())
    }

    fn check_batch(&self, batch: &Batch) -> Result<(), ValidationError> {
        if self.origin != AppendOrigin::Client {
            return Ok(());
        }
        let (base, last, count) = (batch.base_offset(), batch.last_offset(), i64::from(batch.record_count()));
        let count_from_offsets = last.wrapping_sub(base).wrapping_add(1);
        let what = if count_from_offsets <= 0 {
            format!("Batch has an invalid offset range: [{base}, {last}]")
        } else if count <= 0 {
            format!("Invalid reported count for record batch: {count}")
        } else if count_from_offsets != count {
            format!("Inconsistent batch offset range [{base}, {last}] and count of records {count}")
        } else if batch.is_control() {
            "Clients are not allowed to write control records".to_owned()
        } else if batch.has_producer_id() && batch.base_sequence() < 0 {
            let (sequence, id) = (batch.base_sequence(), batch.producer_id());
            format!("Invalid sequence number {sequence} in record batch with producerId {id}")
        } else {
            return Ok(());
        };
        Err(ValidationError::InvalidRecord(format!("{what} in topic partition {}", self.partition)))
    }

    fn check_record(
        &self,
        batch: &Batch,
        record: &RecordOutline,
        batch_index: i32,
        now: i64,
    ) -> Option<RecordRefusal> {
        let refuse =
            |timestamp: bool, message: String| Some((timestamp, RecordError { batch_index, message }));
        if self.compacted && !record.has_key() {
            let partition = self.partition;
            let message =
                format!("Compacted topic cannot accept message without key in topic partition {partition}");
            return refuse(false, message);
        }
        if self.timestamp_type == TimestampType::CreateTime && record.timestamp != NO_TIMESTAMP {
            let age = now.wrapping_sub(record.timestamp);
            if age > self.before_max_ms || age.wrapping_neg() > self.after_max_ms {
                let (timestamp, offset) = (record.timestamp, record.offset);
                let (from, to) = (now.wrapping_sub(self.before_max_ms), now.wrapping_add(self.after_max_ms));
                let message = format!(
                    "Timestamp {timestamp} of message with offset {offset} is out of range. \
                     The timestamp should be within [{from}, {to}]"
                );
                return refuse(true, message);
            }
        } else if batch.timestamp_type() == TimestampType::LogAppendTime {
            let (compression, target) = (batch.compression().unwrap_or_default(), self.compression);
            let skims = compression != Compression::None && target.is_none_or(|target| target == compression);
            let record = record_text(record, skims);
            let message = format!(
                "Invalid timestamp type in message {record}. \
                 Producer should not set timestamp type to LogAppendTime."
            );
            return refuse(true, message);
        }
        None
    }
}

/// How Kafka's messages show a record. Where keys and values are only skipped (`PartialDefaultRecord`), null has −1 bytes.
fn record_text(record: &RecordOutline, skims: bool) -> String {
    let (class, null) = if skims { ("PartialDefaultRecord", -1) } else { ("DefaultRecord", 0) };
    let size = |size: Option<usize>| size.map_or(null, |size| size as i64);
    let (key, value) = (size(record.key_size()), size(record.value_size()));
    let (offset, timestamp) = (record.offset, record.timestamp);
    format!("{class}(offset={offset}, timestamp={timestamp}, key={key} bytes, value={value} bytes)")
}

fn only_batch(records: &Bytes) -> Result<Batch, ValidationError> {
    let mut found = batches(records);
    let Some(batch) = found.next().transpose()? else {
        return Err(ValidationError::InvalidRecord("Record batch has no batches at all".to_owned()));
    };
    match found.next().transpose()? {
        None => Ok(batch),
        Some(_) => {
            let what = "Compressed outer record has more than one batch";
            Err(ValidationError::InvalidRecord(what.to_owned()))
        }
    }
}

fn refusal(refused: Vec<RecordRefusal>) -> ValidationError {
    let invalid_timestamp = refused.iter().any(|(timestamp, _)| *timestamp);
    let errors: Vec<RecordError> = refused.into_iter().map(|(_, error)| error).collect();
    let message = if invalid_timestamp {
        "One or more records have been rejected due to invalid timestamp".to_owned()
    } else {
        let first: Vec<&str> = errors.iter().take(3).map(|error| error.message.as_str()).collect();
        format!(
            "One or more records have been rejected due to {} record errors in total, \
             and only showing the first three errors at most: {first:?}",
            errors.len()
        )
    };
    ValidationError::Records { invalid_timestamp, message, errors }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::record::BATCH_OVERHEAD;
    use crate::kafka::record::LOG_OVERHEAD;
    use crate::kafka::record::field;

    const NOW: i64 = 1_700_000_000_000;

    fn rules() -> LogValidator<'static> {
        LogValidator {
            partition: "orders-0",
            compression: None,
            compacted: false,
            timestamp_type: TimestampType::CreateTime,
            before_max_ms: i64::MAX,
            after_max_ms: 1000,
            leader_epoch: 3,
            origin: AppendOrigin::Client,
        }
    }

    fn batch(compression: Compression, timestamps: &[i64]) -> Bytes {
        let mut builder = BatchBuilder::new(BatchSpec { compression, ..BatchSpec::default() });
        for timestamp in timestamps {
            builder.append(*timestamp, None, Some(b"a value that is a value that is a value"), &[]).unwrap();
        }
        builder.close().unwrap()
    }

    #[test]
    fn a_batch_gets_offsets_and_epoch_and_keeps_its_crc() {
        let records = batch(Compression::None, &[NOW, NOW + 5, NOW]);
        let done = rules().validate(&records, 100, NOW).unwrap();
        assert_eq!(
            (done.next_offset, done.max_timestamp, done.shallow_offset_of_max_timestamp),
            (103, NOW + 5, 102)
        );
        assert_eq!((done.batch.base_offset(), done.batch.partition_leader_epoch()), (100, 3));
        assert_eq!(done.batch.crc(), Batch::parse(&records).unwrap().crc());
        assert_eq!(
            Batch::parse(&records).unwrap().base_offset(),
            0,
            "the producer's own bytes stay as they are"
        );
    }

    #[test]
    fn another_codec_of_the_topic_writes_the_records_anew() {
        for source in Compression::ALL {
            for target in Compression::ALL {
                let records = batch(source, &[NOW, NOW + 5, -1]);
                let rules = LogValidator { compression: Some(target), ..rules() };
                let done = rules.validate(&records, 100, NOW).unwrap();
                assert_eq!(done.size_maybe_changed, source != target, "{source} {target}");
                assert_eq!(done.batch.compression(), Ok(target));
                assert!(done.batch.is_valid());
                let read: Vec<_> = done
                    .batch
                    .records()
                    .unwrap()
                    .map(|r| r.unwrap())
                    .map(|r| (r.offset, r.timestamp))
                    .collect();
                assert_eq!(read, [(100, NOW), (101, NOW + 5), (102, -1)]);
            }
        }
    }

    #[test]
    fn a_compressed_batch_whose_offsets_do_not_count_up_is_not_written_anew() {
        let records = batch(Compression::Gzip, &[NOW, NOW]);
        let twice = {
            let one = Batch::parse(&batch(Compression::None, &[NOW])).unwrap();
            let record = &one.bytes()[BATCH_OVERHEAD..];
            Bytes::from(Compression::Gzip.compress(&[record, record].concat()))
        };
        let mut bytes = [&records[..BATCH_OVERHEAD], &twice[..]].concat();
        let length = (bytes.len() - LOG_OVERHEAD) as i32;
        bytes[field::LENGTH..field::LENGTH + 4].copy_from_slice(&length.to_be_bytes());
        let refused = rules().validate(&Bytes::from(bytes), 100, NOW);
        assert_eq!(refused.map(|_| ()), Err(ValidationError::Skipped), "both records have offset 0");
    }

    #[test]
    fn one_record_out_of_time_refuses_the_batch_and_is_named() {
        let records = batch(Compression::Gzip, &[NOW, NOW + 1001]);
        let Err(ValidationError::Records { invalid_timestamp: true, errors, .. }) =
            rules().validate(&records, 0, NOW)
        else {
            panic!("the second record is 1.001 s ahead of the broker's clock")
        };
        assert_eq!(errors[0].batch_index, 1);
        assert!(
            errors[0]
                .message
                .starts_with("Timestamp 1700000001001 of message with offset 1 is out of range.")
        );
    }
}
