//! One partition's log on one disk, byte for byte as Apache Kafka 3.9.1 writes it.

mod disk;
mod validator;

pub use disk::{Disk, DiskError};
pub use validator::{AppendOrigin, LogValidator, RecordError, Validated, ValidationError};
