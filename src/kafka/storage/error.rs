use std::fmt;

use kacrab_protocol::generated::ErrorCode;

use crate::kafka::base::Offset;
use crate::kafka::record::BatchError;
use crate::kafka::storage::DiskError;
use crate::kafka::storage::RecordError;
use crate::kafka::storage::ValidationError;

/// Why a log refused. Each variant is an exception of Kafka's and carries a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogError {
    /// The offset is below the log start or beyond the log end.
    OffsetOutOfRange(String),
    /// A batch is larger than `max.message.bytes`.
    RecordTooLarge(String),
    /// The batches of one append do not fit into a segment of `segment.bytes`.
    RecordBatchTooLarge(String),
    /// The bytes are not those that were written (CRC, sizes).
    CorruptRecord(String),
    /// A batch or a record makes no sense.
    InvalidRecord(String),
    /// The timestamp of a batch is further from the broker's clock than the topic allows.
    InvalidTimestamp(String),
    /// Some records were refused; `cause` is the exception that stands for all of them.
    RecordValidation {
        cause: Box<LogError>,
        errors: Vec<RecordError>,
    },
    /// The codec is not known, or not allowed for this request.
    UnsupportedCompressionType(String),
    /// The operation needs a newer message format.
    UnsupportedForMessageFormat(String),
    /// A follower was given offsets that it already has.
    UnexpectedAppendOffset {
        message: String,
        first_offset: Offset,
        last_offset: Offset,
    },
    /// The offsets of a replicated append go backwards.
    OffsetsOutOfOrder(String),
    /// A producer wrote with an epoch that has been fenced.
    InvalidProducerEpoch(String),
    /// A producer left out a batch, or sent one again that is too old to be recognised.
    OutOfOrderSequence(String),
    /// A write that does not fit the state of the producer's transaction.
    InvalidTxnState(String),
    /// A marker from a coordinator that has been replaced.
    TransactionCoordinatorFenced(String),
    /// An offset does not fit into 32 bits relative to its segment; `segment` is the base offset of that segment.
    SegmentOffsetOverflow {
        segment: Offset,
        offset: Offset,
    },
    /// An offset does not fit into an index entry.
    IndexOffsetOverflow(String),
    /// An offset that may not be appended to an index.
    InvalidOffset(String),
    /// The partition directory belongs to another topic of the same name.
    InconsistentTopicId(String),
    /// Something is wrong with a file that makes its index be built again.
    CorruptIndex(String),
    /// The disk has failed: the log directory goes offline.
    KafkaStorage(String),
    /// `KafkaException`, with the simple name of the exception that caused it.
    Kafka {
        message: String,
        cause: Option<&'static str>,
    },
    IllegalArgument(String),
    IllegalState(String),
    NumberFormat(String),
    UnsupportedOperation(String),
    BufferOverflow(String),
    NoSuchElement(String),
}

impl LogError {
    /// `KafkaException` without a cause.
    pub fn kafka(message: impl Into<String>) -> Self {
        Self::Kafka { message: message.into(), cause: None }
    }

    /// The simple name of Kafka's exception.
    pub fn exception(&self) -> &'static str {
        match self {
            Self::OffsetOutOfRange(_) => "OffsetOutOfRangeException",
            Self::RecordTooLarge(_) => "RecordTooLargeException",
            Self::RecordBatchTooLarge(_) => "RecordBatchTooLargeException",
            Self::CorruptRecord(_) => "CorruptRecordException",
            Self::InvalidRecord(_) => "InvalidRecordException",
            Self::InvalidTimestamp(_) => "InvalidTimestampException",
            Self::RecordValidation { .. } => "RecordValidationException",
            Self::UnsupportedCompressionType(_) => "UnsupportedCompressionTypeException",
            Self::UnsupportedForMessageFormat(_) => "UnsupportedForMessageFormatException",
            Self::UnexpectedAppendOffset { .. } => "UnexpectedAppendOffsetException",
            Self::OffsetsOutOfOrder(_) => "OffsetsOutOfOrderException",
            Self::InvalidProducerEpoch(_) => "InvalidProducerEpochException",
            Self::OutOfOrderSequence(_) => "OutOfOrderSequenceException",
            Self::InvalidTxnState(_) => "InvalidTxnStateException",
            Self::TransactionCoordinatorFenced(_) => "TransactionCoordinatorFencedException",
            Self::SegmentOffsetOverflow { .. } => "LogSegmentOffsetOverflowException",
            Self::IndexOffsetOverflow(_) => "IndexOffsetOverflowException",
            Self::InvalidOffset(_) => "InvalidOffsetException",
            Self::InconsistentTopicId(_) => "InconsistentTopicIdException",
            Self::CorruptIndex(_) => "CorruptIndexException",
            Self::KafkaStorage(_) => "KafkaStorageException",
            Self::Kafka { .. } => "KafkaException",
            Self::IllegalArgument(_) => "IllegalArgumentException",
            Self::IllegalState(_) => "IllegalStateException",
            Self::NumberFormat(_) => "NumberFormatException",
            Self::UnsupportedOperation(_) => "UnsupportedOperationException",
            Self::BufferOverflow(_) => "BufferOverflowException",
            Self::NoSuchElement(_) => "NoSuchElementException",
        }
    }

    /// The simple name of the exception behind this one, where Kafka gives one.
    pub fn cause(&self) -> Option<&'static str> {
        match self {
            Self::RecordValidation { cause, .. } => Some(cause.exception()),
            Self::Kafka { cause, .. } => *cause,
            _ => None,
        }
    }

    /// The records that were refused one by one.
    pub fn record_errors(&self) -> &[RecordError] {
        match self {
            Self::RecordValidation { errors, .. } => errors,
            _ => &[],
        }
    }

    /// What a client is told (`Errors.forException`).
    pub fn error_code(&self) -> ErrorCode {
        match self {
            Self::OffsetOutOfRange(_) => ErrorCode::OffsetOutOfRange,
            Self::RecordTooLarge(_) => ErrorCode::MessageTooLarge,
            Self::RecordBatchTooLarge(_) => ErrorCode::RecordListTooLarge,
            Self::CorruptRecord(_) => ErrorCode::CorruptMessage,
            Self::InvalidRecord(_) => ErrorCode::InvalidRecord,
            Self::InvalidTimestamp(_) => ErrorCode::InvalidTimestamp,
            Self::RecordValidation { cause, .. } => cause.error_code(),
            Self::UnsupportedCompressionType(_) => ErrorCode::UnsupportedCompressionType,
            Self::UnsupportedForMessageFormat(_) => ErrorCode::UnsupportedForMessageFormat,
            Self::InvalidProducerEpoch(_) => ErrorCode::InvalidProducerEpoch,
            Self::OutOfOrderSequence(_) => ErrorCode::OutOfOrderSequenceNumber,
            Self::InvalidTxnState(_) => ErrorCode::InvalidTxnState,
            Self::TransactionCoordinatorFenced(_) => ErrorCode::TransactionCoordinatorFenced,
            Self::InconsistentTopicId(_) => ErrorCode::InconsistentTopicId,
            Self::KafkaStorage(_) => ErrorCode::KafkaStorageError,
            Self::SegmentOffsetOverflow { .. }
            | Self::UnexpectedAppendOffset { .. }
            | Self::OffsetsOutOfOrder(_)
            | Self::IndexOffsetOverflow(_)
            | Self::InvalidOffset(_)
            | Self::CorruptIndex(_)
            | Self::Kafka { .. }
            | Self::IllegalArgument(_)
            | Self::IllegalState(_)
            | Self::NumberFormat(_)
            | Self::UnsupportedOperation(_)
            | Self::BufferOverflow(_)
            | Self::NoSuchElement(_) => ErrorCode::UnknownServerError,
        }
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OffsetOutOfRange(text)
            | Self::RecordTooLarge(text)
            | Self::RecordBatchTooLarge(text)
            | Self::CorruptRecord(text)
            | Self::InvalidRecord(text)
            | Self::InvalidTimestamp(text)
            | Self::UnsupportedCompressionType(text)
            | Self::UnsupportedForMessageFormat(text)
            | Self::OffsetsOutOfOrder(text)
            | Self::InvalidProducerEpoch(text)
            | Self::OutOfOrderSequence(text)
            | Self::InvalidTxnState(text)
            | Self::TransactionCoordinatorFenced(text)
            | Self::IndexOffsetOverflow(text)
            | Self::InvalidOffset(text)
            | Self::InconsistentTopicId(text)
            | Self::CorruptIndex(text)
            | Self::KafkaStorage(text)
            | Self::IllegalArgument(text)
            | Self::IllegalState(text)
            | Self::NumberFormat(text)
            | Self::UnsupportedOperation(text)
            | Self::BufferOverflow(text)
            | Self::NoSuchElement(text) => f.write_str(text),
            Self::Kafka { message, .. } | Self::UnexpectedAppendOffset { message, .. } => {
                f.write_str(message)
            }
            Self::RecordValidation { cause, .. } => write!(f, "{cause}"),
            Self::SegmentOffsetOverflow { segment, offset } => {
                write!(f, "offset {offset} does not fit into the segment that begins at {segment}")
            }
        }
    }
}

impl std::error::Error for LogError {}

impl From<DiskError> for LogError {
    fn from(error: DiskError) -> Self {
        Self::KafkaStorage(error.to_string())
    }
}

impl From<BatchError> for LogError {
    fn from(error: BatchError) -> Self {
        let text = error.to_string();
        match error {
            BatchError::TooSmall { .. } | BatchError::InvalidMagic(_) | BatchError::Crc { .. } => {
                Self::CorruptRecord(text)
            }
            BatchError::UnsupportedMagic(_) => Self::UnsupportedForMessageFormat(text),
            BatchError::InvalidRecord(_) => Self::InvalidRecord(text),
            BatchError::Decompression(defect) => Self::Kafka { message: text, cause: Some(defect.exception) },
            BatchError::IllegalArgument(_) => Self::IllegalArgument(text),
        }
    }
}

impl From<ValidationError> for LogError {
    fn from(error: ValidationError) -> Self {
        match error {
            ValidationError::InvalidRecord(text) => Self::InvalidRecord(text),
            ValidationError::Records { invalid_timestamp, message, errors } => {
                let cause = if invalid_timestamp { Self::InvalidTimestamp } else { Self::InvalidRecord };
                Self::RecordValidation { cause: Box::new(cause(message)), errors }
            }
            ValidationError::Skipped => Self::UnsupportedOperation(error.to_string()),
            ValidationError::Batch(error) => error.into(),
            ValidationError::Rebuild(error) => Self::IllegalArgument(error.to_string()),
        }
    }
}
