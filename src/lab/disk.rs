mod door;

use std::sync::Arc;

use bytes::Bytes;
use imbl::OrdMap;

use super::hash::Chain;
use super::image::Image;
use super::page_cache::Folio;
use super::page_cache::FolioKey;
use super::page_cache::PageCache;
use super::page_cache::folios;
use crate::kafka::base::Duration;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::Random;
use crate::kafka::base::Set;
pub use door::DiskDoor;

/// Entering and leaving the kernel, with the little that a small call does there. Linux on x86-64, mitigations on:
/// 0.2 to 1 µs (lmbench `lat_syscall`).
pub const SYSCALL_NS: u64 = 700;
/// Copying between the page cache and a process: one core moves about 8 GB/s (STREAM copy on servers of 2020).
pub const COPY_BYTES_PER_US: u64 = 8_000;
/// A random read of a solid-state disk until its first byte (data sheets of NVMe drives: 80 to 120 µs).
pub const SEEK_NS: u64 = 100_000;
/// A solid-state disk's sequential rate, the way a cloud's block storage sells it: 500 MB/s.
pub const DEVICE_BYTES_PER_US: u64 = 500;
/// A flush that waits for the device's cache (fsync of a consumer NVMe drive: 0.5 to 2 ms).
pub const FLUSH_NS: u64 = 1_000_000;
/// Linux writes a dirty page back when it is this old (`vm.dirty_expire_centisecs` = 3000).
pub const DIRTY_EXPIRE: Duration = Duration::from_secs(30);
/// How often Linux looks for such pages (`vm.dirty_writeback_centisecs` = 500).
pub const WRITE_BACK_EVERY: Duration = Duration::from_secs(5);
/// What a disk writes as a whole; a write that is interrupted by a loss of power ends between two of these.
pub const SECTOR: u64 = 512;

/// One file: what was written, what would survive a loss of power, and what is in memory.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct File {
    id: u64,
    written: Image,
    durable: Image,
    /// Since when there are bytes that a loss of power would take.
    dirty_since: Option<Instant>,
    modified_ms: i64,
    folios: Vec<Folio>,
}

/// What a disk has done, counted where it happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DiskCounters {
    pub syscalls: u64,
    pub bytes_read: u64,
    pub bytes_written: u64,
    pub page_hits: u64,
    pub page_misses: u64,
    pub seeks: u64,
    pub flushes: u64,
    pub bytes_flushed: u64,
}

/// A machine's disk with the page cache before it.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct Disk {
    /// Thousands of them, and each keyframe of a timeline holds them as they were: it shares all but those that changed.
    files: OrdMap<Name, Arc<File>>,
    by_id: OrdMap<u64, Name>,
    dirs: Set<Name>,
    next_id: u64,
    cache: PageCache,
    counters: DiskCounters,
    /// The device takes this many times as long as it should.
    slow: u32,
    full: bool,
    broken: bool,
    /// How many files a loss of power would hurt.
    dirty: u32,
    /// What is to be paid for since it was last asked.
    cost_ns: u64,
    /// Where the device's last read ended: reading on from there needs no seek.
    head: (u64, u64),
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            files: OrdMap::new(),
            by_id: OrdMap::new(),
            dirs: Set::new(),
            next_id: 0,
            cache: PageCache::default(),
            counters: DiskCounters::default(),
            slow: 1,
            full: false,
            broken: false,
            dirty: 0,
            cost_ns: 0,
            head: (0, 0),
        }
    }
}

/// What an act may do to a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DiskFaults {
    pub slow: u32,
    pub full: bool,
    pub broken: bool,
}

impl File {
    pub const fn len(&self) -> u64 {
        self.written.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of its bytes at the front would survive a loss of power, when it is only ever appended to.
    pub const fn durable_len(&self) -> u64 {
        self.durable.len()
    }

    pub const fn is_dirty(&self) -> bool {
        self.dirty_since.is_some()
    }

    /// Its bytes, without the machine noticing.
    pub fn peek(&self, pos: u64, len: usize) -> Bytes {
        self.written.read(pos, len)
    }

    /// Uses the pages of a range: how many were in memory, and how many were not.
    fn touch(&mut self, cache: &mut PageCache, pos: u64, len: u64) -> (u64, u64) {
        let (mut hits, mut misses) = (0, 0);
        for (chunk, first, last) in folios(pos, len) {
            while self.folios.len() <= chunk as usize {
                self.folios.push(Folio::default());
            }
            let folio = &mut self.folios[chunk as usize];
            let touched = cache.touch((self.id, chunk), folio, first, last);
            hits += touched.hits;
            misses += touched.misses;
        }
        (hits, misses)
    }

    /// Whether the page that holds this byte is in memory.
    pub fn in_memory(&self, pos: u64) -> bool {
        let (chunk, page, _) = folios(pos, 1).next().expect("one byte lies in a page");
        self.folios.get(chunk as usize).is_some_and(|folio| folio.has(page))
    }
}

impl Disk {
    /// The files with their paths, sorted.
    pub fn files(&self) -> impl Iterator<Item = (&Name, &File)> {
        self.files.iter().map(|(path, file)| (path, &**file))
    }

    /// How many files there ever were, deleted ones included.
    pub const fn files_made(&self) -> u64 {
        self.next_id
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.get(path).map(|file| &**file)
    }

    pub const fn counters(&self) -> DiskCounters {
        self.counters
    }

    pub const fn faults(&self) -> DiskFaults {
        DiskFaults { slow: self.slow, full: self.full, broken: self.broken }
    }

    pub const fn set_faults(&mut self, DiskFaults { slow, full, broken }: DiskFaults) {
        (self.slow, self.full, self.broken) = (slow, full, broken);
    }

    pub const fn cached_pages(&self) -> u64 {
        self.cache.resident_pages()
    }

    pub fn set_cache_bytes(&mut self, bytes: u64) {
        self.cache.set_capacity(bytes);
        self.evict();
    }

    /// The bytes of all files, preallocated zeros included.
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.len()).sum()
    }

    /// Inverts one bit where it lies, in memory and on the device, as a failing cell does. `false`: no such byte.
    pub fn flip_bit(&mut self, path: &str, byte: u64, bit: u8) -> bool {
        let Some(file) = self.files.get_mut(path).map(Arc::make_mut).filter(|file| byte < file.len()) else {
            return false;
        };
        for image in [&mut file.written, &mut file.durable] {
            if let [old] = image.read(byte, 1)[..] {
                image.write_at(byte, &[old ^ (1 << (bit & 7))]);
            }
        }
        true
    }

    /// Whether there is anything to write back.
    pub const fn is_dirty(&self) -> bool {
        self.dirty > 0
    }

    /// What the operating system does every few seconds: pages that have been dirty for long go to the device.
    pub fn write_back(&mut self, now: Instant) {
        let old = |file: &File| file.dirty_since.is_some_and(|since| now.since(since) >= DIRTY_EXPIRE);
        let due: Vec<Name> =
            self.files.iter().filter(|(_, file)| old(file)).map(|(path, _)| path.clone()).collect();
        for path in due {
            let file = self.files.get_mut(&path).map(Arc::make_mut).expect("it was just found");
            self.dirty -= 1;
            self.counters.bytes_flushed += make_durable(file);
        }
    }

    /// The power goes: what was written and not flushed is gone, but for some whole sectors of it.
    pub fn power_off(&mut self, random: &mut Random) {
        let paths: Vec<Name> = self.files.keys().cloned().collect();
        for path in paths {
            let file = self.files.get_mut(&path).map(Arc::make_mut).expect("it was just listed");
            if file.is_dirty() {
                let kept = file.durable.len();
                if file.len() > kept {
                    let sectors = (file.len() - kept).div_ceil(SECTOR);
                    let torn = u64::from(random.below(u32::try_from(sectors + 1).unwrap_or(u32::MAX)));
                    let end = file.len().min((kept / SECTOR + torn) * SECTOR);
                    if end > kept {
                        let tail = file.written.read(kept, (end - kept) as usize);
                        file.durable.write_at(kept, &tail);
                    }
                }
                file.written = file.durable.clone();
                file.dirty_since = None;
            }
            file.folios = Vec::new();
        }
        self.cache.clear();
        self.dirty = 0;
        self.cost_ns = 0;
    }

    /// What the operations since the last call have cost.
    pub const fn take_cost_ns(&mut self) -> u64 {
        std::mem::replace(&mut self.cost_ns, 0)
    }

    /// A hash of all files, for the digest of the state.
    pub fn hash(&self) -> u64 {
        let mut chain = Chain::default();
        for (path, file) in &self.files {
            chain.bytes(path.as_bytes());
            chain.word(file.written.hash());
            chain.word(file.durable.len());
            chain.word(file.modified_ms.cast_unsigned());
        }
        self.dirs.iter().for_each(|dir| chain.bytes(dir.as_bytes()));
        chain.word(self.cache.resident_pages());
        chain.value()
    }

    fn evict(&mut self) {
        let Self { files, by_id, cache, .. } = self;
        let find = |(id, chunk): FolioKey| {
            let file = files.get(by_id.get(&id)?)?;
            file.folios.get(chunk as usize).map(|folio| folio.used())
        };
        let mut victims = Vec::new();
        while let Some((id, chunk)) = cache.evict(find) {
            let path = by_id.get(&id).expect("the victim's file was just found");
            let folio = files[path].folios[chunk as usize];
            cache.forget(folio);
            victims.push((path.clone(), chunk));
        }
        for (path, chunk) in victims {
            let file = files.get_mut(&path).map(Arc::make_mut).expect("the victim's file was just found");
            file.folios[chunk as usize] = Folio::default();
            // A dirty page must be on the device before its memory is used for another.
            if file.is_dirty() {
                self.dirty -= 1;
                self.counters.bytes_flushed += make_durable(file);
            }
        }
    }
}

/// Makes everything written to a file durable; how many bytes that were.
fn make_durable(file: &mut File) -> u64 {
    let grown = file.written.len().saturating_sub(file.durable.len());
    file.durable = file.written.clone();
    file.dirty_since = None;
    grown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::storage::Disk as _;
    use crate::kafka::storage::DiskError;
    use crate::lab::contents::Contents;

    fn with_door<T>(disk: &mut Disk, work: impl FnOnce(&mut DiskDoor<'_>) -> T) -> T {
        work(&mut DiskDoor::new(disk, &Contents::default(), Instant::ZERO))
    }

    #[test]
    fn a_loss_of_power_takes_what_was_not_flushed_but_for_whole_sectors() {
        let mut disk = Disk::default();
        with_door(&mut disk, |door| {
            door.append("orders-0/0.log", Bytes::from(vec![1; 700])).unwrap();
            door.flush("orders-0/0.log").unwrap();
            door.append("orders-0/0.log", Bytes::from(vec![2; 5000])).unwrap();
        });
        disk.power_off(&mut Random::new(42, 1));
        let file = disk.file("orders-0/0.log").unwrap();
        assert!(file.len() >= 700 && file.len() < 5700);
        assert!(file.len() == 700 || file.len() % SECTOR == 0, "{} is not the end of a sector", file.len());
        assert_eq!(file.peek(0, 700), vec![1; 700]);
        assert_eq!(disk.cached_pages(), 0);
    }

    #[test]
    fn pages_written_long_ago_survive_without_a_flush() {
        let mut disk = Disk::default();
        with_door(&mut disk, |door| door.append("a", Bytes::from_static(b"old")).unwrap());
        disk.write_back(Instant::ZERO + DIRTY_EXPIRE);
        disk.power_off(&mut Random::new(1, 1));
        assert_eq!(disk.file("a").unwrap().peek(0, 9), &b"old"[..]);
    }

    #[test]
    fn directories_list_their_own_files_and_move_with_them() {
        let mut disk = Disk::default();
        with_door(&mut disk, |door| {
            door.create_dir("orders-0").unwrap();
            door.append("orders-0/b", Bytes::new()).unwrap();
            door.append("orders-0/a", Bytes::new()).unwrap();
            door.append("orders-00/c", Bytes::new()).unwrap();
            door.append("meta.properties", Bytes::new()).unwrap();
            assert_eq!(door.list("orders-0"), ["a", "b"]);
            assert_eq!(door.list(""), ["meta.properties"]);
            door.rename_dir("orders-0", "orders-0-delete").unwrap();
            assert_eq!(door.list("orders-0-delete"), ["a", "b"]);
            assert_eq!(door.dirs(), ["orders-0-delete"]);
            door.remove_dir("orders-0-delete").unwrap();
            assert_eq!(door.len("orders-0-delete/a"), None);
            assert_eq!(door.rename("nothing", "x"), Err(DiskError::NotFound("nothing".into())));
        });
    }

    #[test]
    fn what_memory_does_not_hold_costs_a_seek() {
        let mut disk = Disk::default();
        with_door(&mut disk, |door| door.append("a", Bytes::from(vec![7; 1 << 20])).unwrap());
        with_door(&mut disk, |door| door.read("a", 0, 4096).unwrap());
        assert_eq!(disk.counters().page_misses, 0, "what was just written is in memory");
        disk.set_cache_bytes(512 << 10);
        with_door(&mut disk, |door| door.read("a", 0, 4096).unwrap());
        assert_eq!(disk.counters().page_misses, 0, "the first page was read a moment ago");
        disk.take_cost_ns();
        with_door(&mut disk, |door| door.read("a", 64 << 10, 4096).unwrap());
        assert_eq!(
            (disk.counters().page_misses, disk.counters().seeks),
            (1, 1),
            "the oldest pages were evicted"
        );
        assert!(disk.take_cost_ns() > SEEK_NS);
        assert!(disk.file("a").unwrap().in_memory((1 << 20) - 1));
    }

    #[test]
    fn a_broken_disk_says_so_and_a_full_one_refuses_to_grow() {
        let mut disk = Disk::default();
        with_door(&mut disk, |door| door.append("a", Bytes::from_static(b"x")).unwrap());
        disk.set_faults(DiskFaults { slow: 1, full: true, broken: false });
        with_door(&mut disk, |door| {
            assert_eq!(door.append("a", Bytes::from_static(b"y")), Err(DiskError::Full { path: "a".into() }));
            assert_eq!(door.write_at("a", 0, b"z"), Ok(()));
        });
        disk.set_faults(DiskFaults { slow: 1, full: false, broken: true });
        assert_eq!(with_door(&mut disk, |door| door.read("a", 0, 1)), Err(DiskError::Offline));
    }
}
