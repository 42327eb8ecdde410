use std::fmt;

use bytes::Bytes;

/// What a log needs of a disk. Paths are relative to the log directory and use `/`: `orders-0/00…0.log`.
///
/// Writes land in the page cache and are there for every later read, also after the process dies; only what was
/// [flushed](Disk::flush) survives a loss of power. A read never fails for lack of luck in here: a disk that is broken
/// answers [`DiskError::Offline`], and the broker takes its log directory offline as Kafka does.
pub trait Disk {
    /// The size of a file in bytes, or `None` when there is no such file.
    fn len(&self, path: &str) -> Option<u64>;

    /// The names of the files directly in a directory, sorted; empty when there is no such directory.
    fn list(&self, dir: &str) -> Vec<String>;

    /// The names of the directories directly in the log directory, sorted.
    fn dirs(&self) -> Vec<String>;

    /// Reads up to `len` bytes from `pos`; fewer at the end of the file. Shares memory where it can.
    fn read(&mut self, path: &str, pos: u64, len: usize) -> Result<Bytes, DiskError>;

    /// Reads into a buffer from `pos` on, and again wherever `next` says when it has seen what there was, until it says
    /// `None`. For a few bytes, where a buffer of their own would cost more than they do. Each is a read like any other;
    /// the file is only looked for once.
    fn read_into(
        &mut self,
        path: &str,
        pos: u64,
        out: &mut [u8],
        next: &mut dyn FnMut(&[u8]) -> Option<u64>,
    ) -> Result<(), DiskError> {
        self.read_on(path, pos, out.len(), &mut |bytes| next(&bytes))
    }

    /// As [`read_into`](Self::read_into), without a buffer: up to `len` bytes, sharing memory where it can.
    fn read_on(
        &mut self,
        path: &str,
        mut pos: u64,
        len: usize,
        next: &mut dyn FnMut(Bytes) -> Option<u64>,
    ) -> Result<(), DiskError> {
        while let Some(behind) = next(self.read(path, pos, len)?) {
            pos = behind;
        }
        Ok(())
    }

    /// Adds bytes at the end; makes the file when it is missing. Keeps `bytes` without copying where it can.
    fn append(&mut self, path: &str, bytes: Bytes) -> Result<(), DiskError>;

    /// Overwrites bytes from `pos` on, extending the file when needed; makes the file when it is missing.
    fn write_at(&mut self, path: &str, pos: u64, bytes: &[u8]) -> Result<(), DiskError>;

    /// Cuts a file or extends it with zeros, which cost no memory; makes the file when it is missing.
    fn set_len(&mut self, path: &str, len: u64) -> Result<(), DiskError>;

    /// Makes everything written to the file durable (fsync).
    fn flush(&mut self, path: &str) -> Result<(), DiskError>;

    /// Renames a file, replacing one of the new name.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError>;

    /// Removes a file; nothing happens when it is not there.
    fn remove(&mut self, path: &str) -> Result<(), DiskError>;

    /// Makes a directory; nothing happens when it is there.
    fn create_dir(&mut self, dir: &str) -> Result<(), DiskError>;

    /// Renames a directory with all its files.
    fn rename_dir(&mut self, from: &str, to: &str) -> Result<(), DiskError>;

    /// Removes a directory with all its files.
    fn remove_dir(&mut self, dir: &str) -> Result<(), DiskError>;

    /// The modification time in milliseconds since 1970.
    fn modified_ms(&self, path: &str) -> Option<i64>;

    /// Sets the modification time.
    fn set_modified_ms(&mut self, path: &str, ms: i64);
}

/// Why a disk refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DiskError {
    /// There is no file of this name.
    NotFound(String),
    /// The disk has no room for that many bytes (`No space left on device`).
    Full { path: String },
    /// The disk does not answer any more (Kafka's `KafkaStorageException`).
    Offline,
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(path) => write!(f, "{path}: no such file"),
            Self::Full { path } => write!(f, "{path}: no space left on device"),
            Self::Offline => write!(f, "the disk does not answer"),
        }
    }
}

impl std::error::Error for DiskError {}
