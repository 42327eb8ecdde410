use imbl::OrdMap;

use super::image::CHUNK;
use super::image::PAGE;

/// The memory that a machine's operating system has for pages of files. A small server's; it can be changed by an act.
pub const PAGE_CACHE_BYTES: u64 = 256 << 20;

/// The pages of one chunk of a file that are in memory. Like the folios of Linux (up to 64 KiB), they are used and
/// evicted together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Folio {
    /// One bit a page.
    resident: u16,
    /// When it was last used; 0 when it is not in the queue.
    used: u64,
}

/// Which file's chunk: the file's number and the chunk's.
pub type FolioKey = (u64, u32);

/// Least recently used first. A folio stands in the queue once, at a time that may be too early; when its turn comes and
/// it was used since, it goes back to its true place. So the order is exact and using a page costs no search.
#[derive(Clone, Debug, PartialEq, Hash)]
pub struct PageCache {
    queue: OrdMap<u64, FolioKey>,
    clock: u64,
    resident_pages: u64,
    capacity_pages: u64,
}

/// What touching a range of a file found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Touched {
    pub hits: u64,
    pub misses: u64,
}

impl Default for PageCache {
    fn default() -> Self {
        Self { queue: OrdMap::new(), clock: 0, resident_pages: 0, capacity_pages: PAGE_CACHE_BYTES / PAGE }
    }
}

impl PageCache {
    pub fn set_capacity(&mut self, bytes: u64) {
        self.capacity_pages = bytes / PAGE;
    }

    pub const fn resident_pages(&self) -> u64 {
        self.resident_pages
    }

    /// Uses the pages `first..=last` of one folio; those that were not in memory are now.
    pub fn touch(&mut self, key: FolioKey, folio: &mut Folio, first: u32, last: u32) -> Touched {
        let mask = (u32::MAX >> (31 - (last - first))) << first;
        let mask = mask as u16;
        let missing = mask & !folio.resident;
        let misses = u64::from(missing.count_ones());
        self.clock += 1;
        if folio.used == 0 {
            self.queue.insert(self.clock, key);
        }
        folio.used = self.clock;
        folio.resident |= mask;
        self.resident_pages += misses;
        Touched { hits: u64::from(mask.count_ones()) - misses, misses }
    }

    /// The folio that has not been used for the longest, when there are too many pages: it leaves the queue. `used`
    /// tells when a folio was last used; `None` when its file is gone.
    pub fn evict(&mut self, used: impl Fn(FolioKey) -> Option<u64>) -> Option<FolioKey> {
        while self.resident_pages > self.capacity_pages {
            let (&at, &key) = self.queue.get_min().map(|(at, key)| (at, key))?;
            self.queue.remove(&at);
            match used(key) {
                Some(last) if last > at => {
                    self.queue.insert(last, key);
                }
                Some(_) => return Some(key),
                None => {}
            }
        }
        None
    }

    /// A folio is no longer in memory.
    pub fn forget(&mut self, folio: Folio) {
        self.resident_pages -= u64::from(folio.resident.count_ones());
    }

    pub fn clear(&mut self) {
        *self = Self { clock: self.clock, capacity_pages: self.capacity_pages, ..Self::default() };
    }
}

impl Folio {
    pub const fn used(self) -> u64 {
        self.used
    }

    /// Whether this page of the chunk (0..16) is in memory.
    pub const fn has(self, page: u32) -> bool {
        self.resident & (1 << page) != 0
    }
}

/// The folios and pages that a range of a file covers: chunk number, first and last page in it.
pub fn folios(pos: u64, len: u64) -> impl Iterator<Item = (u32, u32, u32)> {
    let pages = (CHUNK / PAGE) as u32;
    let first = pos / PAGE;
    let last = (pos + len.max(1) - 1) / PAGE;
    ((pos / CHUNK)..=(last * PAGE / CHUNK)).map(move |chunk| {
        let base = chunk * u64::from(pages);
        let from = first.max(base) - base;
        let to = last.min(base + u64::from(pages) - 1) - base;
        (chunk as u32, from as u32, to as u32)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_range_covers_pages() {
        assert_eq!(folios(0, 1).collect::<Vec<_>>(), [(0, 0, 0)]);
        assert_eq!(folios(4095, 2).collect::<Vec<_>>(), [(0, 0, 1)]);
        assert_eq!(folios(CHUNK - 1, 2).collect::<Vec<_>>(), [(0, 15, 15), (1, 0, 0)]);
    }

    #[test]
    fn the_least_recently_used_folio_goes_first() {
        let mut cache = PageCache::default();
        cache.set_capacity(3 * CHUNK);
        let mut folios = BTreeMap::from([
            ((1, 0), Folio::default()),
            ((1, 1), Folio::default()),
            ((2, 0), Folio::default()),
        ]);
        for (key, folio) in &mut folios {
            assert_eq!(cache.touch(*key, folio, 0, 15).misses, 16);
        }
        assert_eq!(cache.touch((1, 0), folios.get_mut(&(1, 0)).unwrap(), 3, 4).hits, 2);
        folios.insert((3, 0), Folio::default());
        cache.touch((3, 0), folios.get_mut(&(3, 0)).unwrap(), 0, 0);
        let used = |key: FolioKey| folios.get(&key).map(|folio| folio.used());
        assert_eq!(cache.evict(used), Some((1, 1)), "the first folio was used again");
    }
}
