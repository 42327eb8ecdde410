use std::fmt;

/// What made a codec stop before the end of its input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Defect {
    /// The simple name of the exception that Java's implementation of the codec throws.
    pub exception: &'static str,
    pub message: String,
}

/// What is wrong with bytes that should be a record batch. [`BatchError::kafka_name`] tells Kafka's exception.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum BatchError {
    /// The length field is smaller than any batch (`CorruptRecordException`).
    TooSmall { size: i64, minimum: i64 },
    /// The magic byte names no known format (`CorruptRecordException`).
    InvalidMagic(i8),
    /// Message formats 0 and 1, from before Kafka 0.11: recognised, not spoken.
    UnsupportedMagic(i8),
    /// The stored CRC-32C is not that of the bytes (`CorruptRecordException`).
    Crc { stored: u32, computed: u32 },
    /// A record or a count inside the batch makes no sense (`InvalidRecordException`).
    InvalidRecord(String),
    /// The compressed records cannot be read (`KafkaException`, caused by the codec's own exception).
    Decompression(Defect),
    /// A number or an id in the batch is none (`IllegalArgumentException`).
    IllegalArgument(String),
}

impl BatchError {
    /// The simple name of the exception that Kafka's own classes throw here.
    pub fn kafka_name(&self) -> &'static str {
        match self {
            Self::TooSmall { .. } | Self::InvalidMagic(_) | Self::Crc { .. } => "CorruptRecordException",
            Self::UnsupportedMagic(_) => "UnsupportedForMessageFormatException",
            Self::InvalidRecord(_) => "InvalidRecordException",
            Self::Decompression(_) => "KafkaException",
            Self::IllegalArgument(_) => "IllegalArgumentException",
        }
    }
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooSmall { size, minimum } => {
                write!(f, "record batch is corrupt: its size {size} is below the minimum of {minimum} bytes")
            }
            Self::InvalidMagic(magic) => {
                write!(f, "record batch is corrupt: there is no message format {magic}")
            }
            Self::UnsupportedMagic(magic) => {
                write!(
                    f,
                    "message format {magic} is from before Kafka 0.11 and is not supported: write format 2"
                )
            }
            Self::Crc { stored, computed } => {
                write!(f, "record batch is corrupt: stored crc = {stored}, computed crc = {computed}")
            }
            Self::InvalidRecord(what) | Self::IllegalArgument(what) => write!(f, "{what}"),
            Self::Decompression(defect) => {
                write!(f, "the compressed records cannot be read: {}", defect.message)
            }
        }
    }
}

impl std::error::Error for BatchError {}
