//! The disk as a process sees it: every call is counted, and paid for.

use std::sync::Arc;

use bytes::Bytes;

use super::COPY_BYTES_PER_US;
use super::DEVICE_BYTES_PER_US;
use super::Disk;
use super::FLUSH_NS;
use super::File;
use super::SEEK_NS;
use super::SYSCALL_NS;
use super::make_durable;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::name;
use crate::kafka::storage;
use crate::kafka::storage::DiskError;
use crate::lab::contents::Contents;
use crate::lab::image::Image;
use crate::lab::image::PAGE;

/// Reads in an image at a position: how many bytes there were, and where to read next.
type Read<'a> = dyn FnMut(&Image, u64) -> (usize, Option<u64>) + 'a;

/// The disk, lent to a process for one input.
pub struct DiskDoor<'a> {
    disk: &'a mut Disk,
    contents: &'a Contents,
    now: Instant,
}

impl<'a> DiskDoor<'a> {
    pub const fn new(disk: &'a mut Disk, contents: &'a Contents, now: Instant) -> Self {
        Self { disk, contents, now }
    }

    fn syscall(&mut self) -> Result<(), DiskError> {
        self.disk.counters.syscalls += 1;
        self.disk.cost_ns += SYSCALL_NS;
        if self.disk.broken { Err(DiskError::Offline) } else { Ok(()) }
    }

    fn copied(&mut self, bytes: u64) {
        self.disk.cost_ns += bytes * 1000 / COPY_BYTES_PER_US;
    }

    /// The file, made when it is missing.
    fn open(&mut self, path: &str) -> &mut File {
        let disk = &mut *self.disk;
        if !disk.files.contains_key(path) {
            disk.next_id += 1;
            let file = File {
                id: disk.next_id,
                written: Image::default(),
                durable: Image::default(),
                dirty_since: None,
                modified_ms: self.now.wall_ms(),
                folios: Vec::new(),
            };
            disk.by_id.insert(file.id, name(path));
            disk.files.insert(name(path), Arc::new(file));
        }
        disk.files.get_mut(path).map(Arc::make_mut).expect("it was just made")
    }

    /// Reads in a file at a position, and then wherever `read` says, which also tells how many bytes there were: they
    /// are copied, and pages that memory does not hold come from the device.
    fn read_in(&mut self, path: &str, pos: u64, read: &mut Read<'_>) -> Result<(), DiskError> {
        let mut at = Some(pos);
        while at.is_some() {
            self.syscall()?;
            let Disk { files, cache, counters, cost_ns, head, slow, .. } = &mut *self.disk;
            let file = files.get_mut(path).ok_or_else(|| DiskError::NotFound(path.into()))?;
            let file = Arc::make_mut(file);
            while let Some(pos) = at {
                let (len, next) = read(&file.written, pos);
                let len = len as u64;
                at = next;
                counters.bytes_read += len;
                *cost_ns += len * 1000 / COPY_BYTES_PER_US;
                let (hits, misses) = if len > 0 { file.touch(cache, pos, len) } else { (0, 0) };
                counters.page_hits += hits;
                counters.page_misses += misses;
                if misses > 0 {
                    let seeks = u64::from(*head != (file.id, pos));
                    *head = (file.id, pos + len);
                    counters.seeks += seeks;
                    let device = seeks * SEEK_NS + misses * PAGE * 1000 / DEVICE_BYTES_PER_US;
                    *cost_ns += device * u64::from(*slow);
                    self.disk.evict();
                    break;
                }
                if at.is_some() {
                    counters.syscalls += 1;
                    *cost_ns += SYSCALL_NS;
                }
            }
        }
        Ok(())
    }

    /// Writes into a file, which is made when it is missing, and pays for it. `write` tells where it wrote and how much.
    fn write(&mut self, path: &str, write: impl FnOnce(&mut Image, &Contents) -> (u64, u64)) {
        let (now, contents) = (self.now, self.contents);
        if !self.disk.files.contains_key(path) {
            self.open(path);
        }
        let Disk { files, cache, counters, dirty, .. } = &mut *self.disk;
        let file = files.get_mut(path).map(Arc::make_mut).expect("it was made when it was missing");
        *dirty += u32::from(!file.is_dirty());
        let (pos, len) = write(&mut file.written, contents);
        file.dirty_since.get_or_insert(now);
        file.modified_ms = now.wall_ms();
        counters.bytes_written += len;
        let misses = if len > 0 { file.touch(cache, pos, len).1 } else { 0 };
        self.copied(len);
        if misses > 0 {
            self.disk.evict();
        }
    }

    fn move_file(&mut self, from: &Name, to: Name) {
        if let Some(file) = self.disk.files.remove(from) {
            self.forget(&to);
            self.disk.by_id.insert(file.id, to.clone());
            self.disk.files.insert(to, file);
        }
    }

    fn forget(&mut self, path: &str) {
        if let Some(file) = self.disk.files.remove(path) {
            self.disk.by_id.remove(&file.id);
            self.disk.dirty -= u32::from(file.is_dirty());
            file.folios.iter().for_each(|folio| self.disk.cache.forget(*folio));
        }
    }

    fn under(&self, dir: &str) -> Vec<Name> {
        let prefix = format!("{dir}/");
        let from = name(&prefix);
        self.disk
            .files
            .range(from..)
            .map(|(path, _)| path.clone())
            .take_while(|path| path.starts_with(&prefix))
            .collect()
    }
}

impl storage::Disk for DiskDoor<'_> {
    fn len(&self, path: &str) -> Option<u64> {
        self.disk.files.get(path).map(|file| file.len())
    }

    fn list(&self, dir: &str) -> Vec<String> {
        if dir.is_empty() {
            let plain = self.disk.files.keys().filter(|path| !path.contains('/'));
            return plain.map(|path| path.to_string()).collect();
        }
        let inside = |path: &Name| path[dir.len() + 1..].to_string();
        self.under(dir).iter().map(inside).filter(|rest| !rest.contains('/')).collect()
    }

    fn dirs(&self) -> Vec<String> {
        self.disk.dirs.iter().map(|dir| dir.to_string()).collect()
    }

    fn read(&mut self, path: &str, pos: u64, len: usize) -> Result<Bytes, DiskError> {
        let mut bytes = Bytes::new();
        self.read_in(path, pos, &mut |file, pos| {
            bytes = file.read(pos, len);
            (bytes.len(), None)
        })?;
        Ok(bytes)
    }

    fn read_into(
        &mut self,
        path: &str,
        pos: u64,
        out: &mut [u8],
        next: &mut dyn FnMut(&[u8]) -> Option<u64>,
    ) -> Result<(), DiskError> {
        self.read_in(path, pos, &mut |file, pos| {
            let len = file.read_into(pos, out);
            (len, next(&out[..len]))
        })
    }

    fn read_on(
        &mut self,
        path: &str,
        pos: u64,
        len: usize,
        next: &mut dyn FnMut(Bytes) -> Option<u64>,
    ) -> Result<(), DiskError> {
        self.read_in(path, pos, &mut |file, pos| {
            let bytes = file.read(pos, len);
            (bytes.len(), next(bytes))
        })
    }

    fn append(&mut self, path: &str, bytes: Bytes) -> Result<(), DiskError> {
        self.syscall()?;
        if self.disk.full && !bytes.is_empty() {
            return Err(DiskError::Full { path: path.into() });
        }
        self.write(path, |file, contents| {
            let (pos, len) = (file.len(), bytes.len() as u64);
            file.append(bytes, contents);
            (pos, len)
        });
        Ok(())
    }

    fn write_at(&mut self, path: &str, pos: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.syscall()?;
        if self.disk.full && pos + bytes.len() as u64 > self.len(path).unwrap_or(0) {
            return Err(DiskError::Full { path: path.into() });
        }
        self.write(path, |file, _| {
            file.write_at(pos, bytes);
            (pos, bytes.len() as u64)
        });
        Ok(())
    }

    fn set_len(&mut self, path: &str, len: u64) -> Result<(), DiskError> {
        self.syscall()?;
        let now = self.now;
        let file = self.open(path);
        let before = file.len();
        file.written.set_len(len);
        // The length is the file system's own data: its journal keeps it, written pages or not.
        if len >= before || len < file.durable.len() {
            file.durable.set_len(len);
        }
        file.modified_ms = now.wall_ms();
        Ok(())
    }

    fn flush(&mut self, path: &str) -> Result<(), DiskError> {
        self.syscall()?;
        let contents = self.contents;
        let file = self.disk.files.get_mut(path).map(Arc::make_mut);
        let file = file.ok_or_else(|| DiskError::NotFound(path.into()))?;
        file.written.join_tail(contents);
        let dirty = file.is_dirty();
        let bytes = make_durable(file);
        self.disk.dirty -= u32::from(dirty);
        self.disk.counters.flushes += 1;
        self.disk.counters.bytes_flushed += bytes;
        let device = FLUSH_NS + bytes * 1000 / DEVICE_BYTES_PER_US;
        self.disk.cost_ns += device * u64::from(self.disk.slow);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        self.syscall()?;
        if !self.disk.files.contains_key(from) {
            return Err(DiskError::NotFound(from.into()));
        }
        self.move_file(&name(from), name(to));
        Ok(())
    }

    fn remove(&mut self, path: &str) -> Result<(), DiskError> {
        self.syscall()?;
        self.forget(path);
        Ok(())
    }

    fn create_dir(&mut self, dir: &str) -> Result<(), DiskError> {
        self.syscall()?;
        self.disk.dirs.insert(name(dir));
        Ok(())
    }

    fn rename_dir(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        self.syscall()?;
        let files = self.under(from);
        if !self.disk.dirs.remove(from) && files.is_empty() {
            return Err(DiskError::NotFound(from.into()));
        }
        self.disk.dirs.insert(name(to));
        for path in files {
            self.move_file(&path, name(&format!("{to}{}", &path[from.len()..])));
        }
        Ok(())
    }

    fn remove_dir(&mut self, dir: &str) -> Result<(), DiskError> {
        self.syscall()?;
        self.disk.dirs.remove(dir);
        self.under(dir).iter().for_each(|path| self.forget(path));
        Ok(())
    }

    fn modified_ms(&self, path: &str) -> Option<i64> {
        self.disk.files.get(path).map(|file| file.modified_ms)
    }

    fn set_modified_ms(&mut self, path: &str, ms: i64) {
        if let Some(file) = self.disk.files.get_mut(path) {
            Arc::make_mut(file).modified_ms = ms;
        }
    }
}
