//! The batches of a `.log` file, header by header (`FileRecords`, `FileLogInputStream`).

use bytes::Bytes;
use bytes::BytesMut;

use crate::kafka::base::Epoch;
use crate::kafka::base::Offset;
use crate::kafka::record::BATCH_OVERHEAD;
use crate::kafka::record::Batch;
use crate::kafka::record::LOG_OVERHEAD;
use crate::kafka::record::MAGIC_V2;
use crate::kafka::record::NO_TIMESTAMP;
use crate::kafka::record::field;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;
use crate::kafka::storage::index::int_at;
use crate::kafka::storage::index::long_at;

const HEADER_UP_TO_MAGIC: i32 = 17;
/// The smallest size that Kafka takes for a batch: that of the oldest message format without key and value.
const SMALLEST: i32 = 14;

/// A batch in a file: its place, and its header when that could be read. Its records stay on the disk.
///
/// A batch whose magic byte is damaged is taken as Kafka takes it: below 2 as one of the old formats, above as format 2.
#[derive(Clone, Debug)]
pub struct FileBatch {
    pub position: i32,
    /// Bytes with the overhead.
    pub size: i32,
    head: Bytes,
}

impl FileBatch {
    fn offset(&self) -> Offset {
        long_at(&self.head, field::BASE_OFFSET)
    }

    fn magic(&self) -> i8 {
        self.head[field::MAGIC] as i8
    }

    fn is_legacy(&self) -> bool {
        self.magic() < MAGIC_V2
    }

    fn header(&self) -> Result<&Bytes, LogError> {
        if self.head.len() < BATCH_OVERHEAD && !self.is_legacy() {
            let at = self.position;
            return Err(LogError::kafka(format!(
                "Failed to load record batch at position {at}: the file ends"
            )));
        }
        Ok(&self.head)
    }

    pub fn base_offset(&self) -> Offset {
        self.offset()
    }

    pub fn last_offset(&self) -> Result<Offset, LogError> {
        if self.is_legacy() {
            return Ok(self.offset());
        }
        let delta = int_at(self.header()?, field::LAST_OFFSET_DELTA);
        Ok(self.offset().wrapping_add(i64::from(delta)))
    }

    pub fn max_timestamp(&self) -> Result<i64, LogError> {
        match self.magic() {
            1 => Ok(long_at(&self.head, 18)),
            magic if magic < MAGIC_V2 => Ok(NO_TIMESTAMP),
            _ => Ok(long_at(self.header()?, field::MAX_TIMESTAMP)),
        }
    }

    /// -1 when the format has none.
    pub fn leader_epoch(&self) -> Result<Epoch, LogError> {
        if self.is_legacy() {
            return Ok(-1);
        }
        Ok(int_at(self.header()?, field::PARTITION_LEADER_EPOCH))
    }

    /// The whole batch; `None` for one of the old formats, which hold nothing that is asked for here.
    pub fn load(&self, disk: &mut dyn Disk, path: &str) -> Result<Option<Batch>, LogError> {
        if self.is_legacy() {
            return Ok(None);
        }
        let bytes = disk.read(path, self.position as u64, self.size as usize)?;
        if bytes.len() < self.size as usize {
            let at = self.position;
            return Err(LogError::kafka(format!("Failed to load record batch at position {at} from {path}")));
        }
        Ok(Some(Batch::header(self.as_format_2(bytes))?))
    }

    /// The batch for the producer's state: whole when it is a marker, else its header is enough. `None` without a
    /// producer id.
    pub fn for_producer(&self, disk: &mut dyn Disk, path: &str) -> Result<Option<Batch>, LogError> {
        if self.is_legacy() {
            return Ok(None);
        }
        let header = Batch::header(self.as_format_2(self.header()?.clone()))?;
        if !header.has_producer_id() {
            return Ok(None);
        }
        if header.is_control() { self.load(disk, path) } else { Ok(Some(header)) }
    }

    /// A damaged magic byte above 2 changes nothing in Kafka: it is not looked at again. Nor is a length, in a header.
    fn as_format_2(&self, bytes: Bytes) -> Bytes {
        let is_short = self.size < BATCH_OVERHEAD as i32 && bytes.len() >= BATCH_OVERHEAD;
        if self.magic() == MAGIC_V2 && !is_short {
            return bytes;
        }
        let mut patched = BytesMut::from(bytes);
        patched[field::MAGIC] = MAGIC_V2 as u8;
        if is_short {
            let length = (BATCH_OVERHEAD - LOG_OVERHEAD) as i32;
            patched[field::LENGTH..field::LENGTH + 4].copy_from_slice(&length.to_be_bytes());
        }
        patched.freeze()
    }

    /// Loads the batch and checks its CRC. An old format is always refused here: its check is another one, which no
    /// batch of format 2 passes.
    pub fn load_valid(&self, disk: &mut dyn Disk, path: &str) -> Result<Batch, LogError> {
        let Some(batch) = self.load(disk, path)? else {
            let magic = self.magic();
            return Err(LogError::CorruptRecord(format!(
                "Record is corrupt (message format {magic}) in {path}"
            )));
        };
        batch.ensure_valid()?;
        Ok(batch)
    }
}

/// Walks over the batches of a `.log` file between two positions.
#[derive(Clone, Debug)]
pub struct Scan<'a> {
    path: &'a str,
    position: i32,
    end: i32,
}

impl<'a> Scan<'a> {
    pub fn new(path: &'a str, start: i32, end: i32) -> Self {
        Self { path, position: start, end }
    }

    pub fn path(&self) -> &'a str {
        self.path
    }

    /// The next batch; `None` at the end or when what is left is not a whole batch.
    ///
    /// # Errors
    /// [`LogError::CorruptRecord`] when a size makes no sense; [`LogError::IllegalArgument`] before the file.
    pub fn next(&mut self, disk: &mut dyn Disk) -> Result<Option<FileBatch>, LogError> {
        self.find(disk, &|_| Ok(true))
    }

    /// The next batch that is wanted; `None` and errors as for [`next`](Self::next).
    pub fn find(
        &mut self,
        disk: &mut dyn Disk,
        wanted: &dyn Fn(&FileBatch) -> Result<bool, LogError>,
    ) -> Result<Option<FileBatch>, LogError> {
        if self.is_at_end() {
            return Ok(None);
        }
        // Java's file channel refuses such a place; a damaged index can lead there.
        let Ok(at) = u64::try_from(self.position) else {
            return Err(LogError::IllegalArgument("Negative position".into()));
        };
        let mut found = Ok(None);
        disk.read_on(self.path, at, BATCH_OVERHEAD, &mut |head| {
            found = self.batch(head);
            if let Ok(Some(batch)) = &found {
                match wanted(batch) {
                    Ok(true) => {}
                    Ok(false) => {
                        found = Ok(None);
                        return (!self.is_at_end()).then_some(self.position as u64);
                    }
                    Err(error) => found = Err(error),
                }
            }
            None
        })?;
        found
    }

    fn is_at_end(&self) -> bool {
        self.position >= self.end.wrapping_sub(HEADER_UP_TO_MAGIC)
    }

    /// The batch that begins here with these bytes; the next one is behind it.
    fn batch(&mut self, head: Bytes) -> Result<Option<FileBatch>, LogError> {
        if head.len() < HEADER_UP_TO_MAGIC as usize {
            return Err(LogError::CorruptRecord(
                "Unexpected EOF while attempting to read the next batch".into(),
            ));
        }
        let length = int_at(&head, field::LENGTH);
        if length < SMALLEST {
            return Err(LogError::CorruptRecord(format!(
                "Found record size {length} smaller than minimum record overhead ({SMALLEST}) in file {}.",
                self.path
            )));
        }
        if i64::from(self.position) > i64::from(self.end) - LOG_OVERHEAD as i64 - i64::from(length) {
            return Ok(None);
        }
        let batch = FileBatch { position: self.position, size: length + LOG_OVERHEAD as i32, head };
        self.position += batch.size;
        Ok(Some(batch))
    }
}
