//! Files that were made elsewhere, opened for looking: a segment of a real broker, its indexes, a zip of directories.

use std::io::Read as _;

use bytes::Bytes;
use rawzip::CompressionMethod;
use rawzip::ZipArchive;

use super::Directory;
use crate::kafka::base::Instant;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::storage::Disk as _;
use crate::kafka::storage::names;
use crate::lab::contents::Contents;
use crate::lab::disk::Disk;
use crate::lab::disk::DiskDoor;

/// The most that a zip may unfold into, in bytes.
pub const FOREIGN_MAX: u64 = 256 << 20;
/// The directory of files that came without one.
const NO_DIR: &str = "opened-0";

/// Directories of files that came from outside, on a disk of their own. No world knows of them.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// What the reader opened: the name of the file, or of the first of several.
    pub name: String,
    disk: Disk,
    /// The directories that hold segments, sorted.
    dirs: Vec<String>,
}

/// Why nothing could be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignError {
    /// None of the names is one of a segment's files.
    NoSegment { name: String },
    /// The zip is broken, or uses something that is not read here.
    Zip { name: String, why: String },
    /// It would unfold into more than [`FOREIGN_MAX`] bytes.
    TooLarge { name: String, bytes: u64 },
}

impl Foreign {
    /// Opens files by their names, which may have directories in front. A zip stands for the files in it.
    ///
    /// A `.log` that is not named by its base offset gets the one of its first batch, and an index without its `.log`
    /// an empty one.
    ///
    /// # Errors
    /// See [`ForeignError`].
    pub fn open(files: Vec<(String, Bytes)>) -> Result<Self, ForeignError> {
        let first = files.first().map(|(name, _)| name.clone()).unwrap_or_default();
        let mut all = Map::new();
        for (name, bytes) in files {
            if bytes.starts_with(b"PK\x03\x04") || name.ends_with(".zip") {
                unfold(&name, &bytes, &mut all)?;
            } else {
                all.insert(name, bytes);
            }
        }
        let mut disk = Disk::default();
        let contents = Contents::default();
        let mut door = DiskDoor::new(&mut disk, &contents, Instant::ZERO);
        for (path, bytes) in all {
            if let Some(path) = place(&path, &bytes) {
                // A fresh disk with room takes everything.
                let dir = path.split_once('/').map_or(NO_DIR, |(dir, _)| dir);
                let _ = door
                    .create_dir(dir)
                    .and_then(|()| door.append(&path, bytes))
                    .and_then(|()| door.flush(&path));
            }
        }
        let dirs = complete(&mut door);
        if dirs.is_empty() {
            return Err(ForeignError::NoSegment { name: first });
        }
        Ok(Self { name: first, disk, dirs })
    }

    /// The directories that hold segments.
    pub fn dirs(&self) -> &[String] {
        &self.dirs
    }

    /// Opens a directory, by its name, for looking.
    pub fn directory<'a>(&'a self, dir: &'a str) -> Directory<'a> {
        Directory::new(&self.disk, None, dir)
    }

    /// What the name of a directory says about its partition; partition 0 of a topic of that name when it says nothing.
    pub fn partition(dir: &str) -> TopicPartition {
        names::parse_topic_partition(dir).unwrap_or_else(|| TopicPartition::new(&name(dir), 0))
    }
}

/// Makes sure that each segment has a `.log`, and lists the directories that have one.
fn complete(door: &mut DiskDoor<'_>) -> Vec<String> {
    let mut dirs = door.dirs();
    dirs.retain(|dir| {
        let files = door.list(dir);
        let of_segment = |file: &&String| file.ends_with(names::LOG_SUFFIX) || names::is_index(file);
        let bases: Vec<Offset> =
            files.iter().filter(of_segment).filter_map(|file| names::offset_of(file)).collect();
        for base in &bases {
            let _ =
                door.append(&format!("{dir}/{}{}", names::prefix(*base), names::LOG_SUFFIX), Bytes::new());
        }
        !bases.is_empty()
    });
    dirs
}

/// The path of a file on the disk; `None` for one that has nothing to do with a log.
fn place(path: &str, bytes: &Bytes) -> Option<String> {
    let mut parts = path.rsplit(['/', '\\']).filter(|part| !part.is_empty());
    let file = parts.next()?;
    let dir = parts.next().unwrap_or(NO_DIR);
    let plain = file.strip_suffix(names::DELETED_SUFFIX).unwrap_or(file);
    let known = [names::LEADER_EPOCH_CHECKPOINT, names::PARTITION_METADATA].contains(&plain)
        || plain.ends_with(names::SNAPSHOT_SUFFIX)
        || names::is_index(plain);
    if known {
        return Some(format!("{dir}/{plain}"));
    }
    let stem = plain.strip_suffix(names::LOG_SUFFIX)?;
    if stem.parse::<Offset>().is_ok() {
        return Some(format!("{dir}/{plain}"));
    }
    let base = bytes.get(..8)?.try_into().map(Offset::from_be_bytes).ok().filter(|base| *base >= 0)?;
    Some(format!("{dir}/{}{}", names::prefix(base), names::LOG_SUFFIX))
}

fn unfold(zip: &str, bytes: &Bytes, into: &mut Map<String, Bytes>) -> Result<(), ForeignError> {
    let failed = |why: String| ForeignError::Zip { name: zip.to_owned(), why };
    let archive = ZipArchive::from_slice(bytes).map_err(|error| failed(error.to_string()))?;
    let mut entries = archive.entries();
    let mut left = FOREIGN_MAX;
    while let Some(entry) = entries.next_entry().map_err(|error| failed(error.to_string()))? {
        if entry.is_dir() {
            continue;
        }
        let path = entry.file_path().try_normalize().map_err(|error| failed(error.to_string()))?;
        let path = path.as_ref().to_owned();
        let local = archive.get_entry(entry.wayfinder()).map_err(|error| failed(error.to_string()))?;
        let mut out = Vec::new();
        let read = match entry.compression_method() {
            CompressionMethod::STORE => {
                local.verifying_reader(local.data()).take(left + 1).read_to_end(&mut out)
            }
            CompressionMethod::DEFLATE => {
                let inflated = flate2::read::DeflateDecoder::new(local.data());
                local.verifying_reader(inflated).take(left + 1).read_to_end(&mut out)
            }
            other => return Err(failed(format!("{path} is compressed with method {}", other.as_u16()))),
        };
        if out.len() as u64 > left {
            return Err(ForeignError::TooLarge { name: zip.to_owned(), bytes: FOREIGN_MAX });
        }
        read.map_err(|error| failed(format!("{path}: {error}")))?;
        left -= out.len() as u64;
        into.insert(path, Bytes::from(out));
    }
    Ok(())
}
