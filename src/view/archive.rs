//! A log directory as a zip, to be taken out and read by Apache Kafka's own tools.

use std::io::Write as _;

use bytes::Bytes;
use rawzip::CompressionMethod;
use rawzip::ZipArchiveWriter;

use crate::kafka::record::Batch;
use crate::kafka::storage::OffsetIndex;
use crate::kafka::storage::TimeIndex;
use crate::kafka::storage::names;
use crate::lab::disk::Disk;
use crate::lab::disk::File;

/// How much of a file is looked at in one go.
const STEP: u64 = 64 * 1024;

/// The files of one directory of a disk, or with `None` of the whole log directory, as a zip of stored files.
///
/// Every byte is as it lies on the disk, with one exception: zeros that were preallocated behind the last entry of an
/// index, or behind the last batch of a segment, are left out, as Kafka itself cuts them off when it closes a log
/// (`LogSegment.close`). Times of files are not kept: the same directory always makes the same zip.
///
/// # Errors
/// What the zip writer says; it writes into memory, so only sizes beyond its format can make it refuse.
pub fn archive(disk: &Disk, dir: Option<&str>) -> Result<Vec<u8>, String> {
    let inside = |path: &str| match dir {
        Some(dir) => path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/')),
        None => true,
    };
    let mut zip = ZipArchiveWriter::new(Vec::new());
    for (path, file) in disk.files().filter(|(path, _)| inside(path)) {
        add(&mut zip, path, file).map_err(|error| format!("{path}: {error}"))?;
    }
    zip.finish().map_err(|error| error.to_string())
}

fn add(zip: &mut ZipArchiveWriter<Vec<u8>>, path: &str, file: &File) -> Result<(), rawzip::Error> {
    let (mut entry, config) = zip.new_file(path).compression_method(CompressionMethod::STORE).start()?;
    let mut writer = config.wrap(&mut entry);
    let (mut at, end) = (0, used(path, file));
    while at < end {
        let part = file.peek(at, STEP.min(end - at) as usize);
        writer.write_all(&part)?;
        at += part.len() as u64;
    }
    let (_, descriptor) = writer.finish()?;
    entry.finish(descriptor)?;
    Ok(())
}

/// How many bytes of a file come before the zeros that were only preallocated.
fn used(path: &str, file: &File) -> u64 {
    let round = |size: i32| {
        let size = u64::from(size.unsigned_abs());
        (last_set(file, 0).map_or(0, |last| last + 1).div_ceil(size) * size).min(file.len())
    };
    if path.ends_with(names::INDEX_SUFFIX) {
        round(OffsetIndex::ENTRY_SIZE)
    } else if path.ends_with(names::TIME_INDEX_SUFFIX) {
        round(TimeIndex::ENTRY_SIZE)
    } else if path.ends_with(names::LOG_SUFFIX) && file.peek(file.len().saturating_sub(1), 1)[..] == [0] {
        let end = end_of_batches(file);
        if last_set(file, end).is_none() { end } else { file.len() }
    } else {
        file.len()
    }
}

/// The last byte that is not zero, at or behind `from`.
fn last_set(file: &File, from: u64) -> Option<u64> {
    let mut end = file.len();
    while end > from {
        let start = (end - 1) / STEP * STEP;
        let bytes = file.peek(start.max(from), (end - start.max(from)) as usize);
        if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
            return Some(start.max(from) + last as u64);
        }
        end = start;
    }
    None
}

fn end_of_batches(file: &File) -> u64 {
    let mut at = 0;
    let head = |at: u64| -> Bytes { file.peek(at, crate::kafka::record::BATCH_OVERHEAD) };
    while let Ok(batch) = Batch::header(head(at)) {
        let next = at + batch.size() as u64;
        if next > file.len() {
            break;
        }
        at = next;
    }
    at
}
