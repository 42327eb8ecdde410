use std::collections::VecDeque;

/// A thread that waits for memory; numbers are given out in order and never again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaiterId(pub u64);

/// One thread in the line for memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Waiter {
    pub id: WaiterId,
    /// The bytes it asked for.
    pub size: i64,
    /// What it has been given so far. A big request holds back the small ones behind it.
    pub accumulated: i64,
}

/// What became of a request for memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Allocation {
    Granted,
    /// In line; [`BufferPool::granted`] tells when it is over.
    Waits(WaiterId),
    /// More than all memory there is; Kafka throws `IllegalArgumentException`.
    TooLarge,
    /// The producer is closed.
    Closed,
}

/// The memory of a producer, `buffer.memory` bytes (`BufferPool`): buffers of `batch.size` are kept for the next batch,
/// others go back to the unallocated memory. Those who wait are served first come, first served.
///
/// It counts bytes; the bytes themselves belong to the batches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BufferPool {
    total: i64,
    poolable: i64,
    /// Buffers of the poolable size that are free.
    free: i64,
    /// Memory that is neither used nor kept as a free buffer.
    unallocated: i64,
    waiters: VecDeque<Waiter>,
    granted: VecDeque<WaiterId>,
    next_waiter: u64,
    closed: bool,
}

impl BufferPool {
    /// `total` = `buffer.memory`, `poolable` = `batch.size`, in bytes.
    pub const fn new(total: i64, poolable: i64) -> Self {
        Self {
            total,
            poolable,
            free: 0,
            unallocated: total,
            waiters: VecDeque::new(),
            granted: VecDeque::new(),
            next_waiter: 0,
            closed: false,
        }
    }

    pub const fn total(&self) -> i64 {
        self.total
    }

    /// `availableMemory`: unallocated, or kept in free buffers.
    pub const fn available(&self) -> i64 {
        self.unallocated + self.free * self.poolable
    }

    /// `unallocatedMemory`: neither used nor kept in free buffers.
    pub const fn unallocated(&self) -> i64 {
        self.unallocated
    }

    /// Those who wait, in the order in which they are served.
    pub const fn waiters(&self) -> &VecDeque<Waiter> {
        &self.waiters
    }

    /// Asks for `size` bytes; [`give_up`](Self::give_up) ends a wait.
    pub fn allocate(&mut self, size: i64) -> Allocation {
        if size > self.total {
            return Allocation::TooLarge;
        }
        if self.closed {
            return Allocation::Closed;
        }
        if size == self.poolable && self.free > 0 {
            self.free -= 1;
            self.serve();
            return Allocation::Granted;
        }
        if self.available() >= size {
            self.free_up(size);
            self.unallocated -= size;
            self.serve();
            return Allocation::Granted;
        }
        self.next_waiter += 1;
        let id = WaiterId(self.next_waiter);
        // What there is stays where it is until somebody gives memory back or leaves: a small request may still take it.
        self.waiters.push_back(Waiter { id, size, accumulated: 0 });
        Allocation::Waits(id)
    }

    /// Gives memory back and serves those who wait.
    pub fn deallocate(&mut self, size: i64) {
        if size == self.poolable {
            self.free += 1;
        } else {
            self.unallocated += size;
        }
        self.serve();
    }

    /// Takes the next one out of the line whose memory is complete.
    pub fn granted(&mut self) -> Option<WaiterId> {
        self.granted.pop_front()
    }

    /// Leaves the line (`max.block.ms` is over); what had been given goes back.
    pub fn give_up(&mut self, id: WaiterId) {
        if let Some(at) = self.waiters.iter().position(|waiter| waiter.id == id)
            && let Some(waiter) = self.waiters.remove(at)
        {
            self.unallocated += waiter.accumulated;
            self.serve();
        }
    }

    /// No more memory from now on. Those who waited are returned; they fail with `KafkaException`.
    pub fn close(&mut self) -> Vec<WaiterId> {
        self.closed = true;
        let waiters = std::mem::take(&mut self.waiters);
        self.unallocated += waiters.iter().map(|waiter| waiter.accumulated).sum::<i64>();
        waiters.into_iter().map(|waiter| waiter.id).collect()
    }

    /// Turns free buffers into unallocated memory until there is enough of it.
    fn free_up(&mut self, size: i64) {
        while self.free > 0 && self.unallocated < size {
            self.free -= 1;
            self.unallocated += self.poolable;
        }
    }

    /// Gives the first in line what there is; the next one comes when the first has all it asked for.
    fn serve(&mut self) {
        if self.available() == 0 {
            return;
        }
        while let Some(mut first) = self.waiters.front().cloned() {
            if first.accumulated == 0 && first.size == self.poolable && self.free > 0 {
                self.free -= 1;
                first.accumulated = first.size;
            } else {
                self.free_up(first.size - first.accumulated);
                let got = self.unallocated.min(first.size - first.accumulated);
                self.unallocated -= got;
                first.accumulated += got;
            }
            if first.accumulated < first.size {
                self.waiters[0] = first;
                return;
            }
            self.waiters.pop_front();
            self.granted.push_back(first.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_of_batch_size_is_kept_for_the_next_batch() {
        let mut pool = BufferPool::new(1000, 300);
        assert_eq!(pool.allocate(300), Allocation::Granted);
        assert_eq!(pool.allocate(400), Allocation::Granted);
        assert_eq!((pool.available(), pool.unallocated()), (300, 300));
        pool.deallocate(300);
        pool.deallocate(400);
        assert_eq!((pool.available(), pool.unallocated()), (1000, 700));
        assert_eq!(
            pool.allocate(900),
            Allocation::Granted,
            "the kept buffer is broken up when memory is short"
        );
        assert_eq!((pool.available(), pool.unallocated()), (100, 100));
    }

    #[test]
    fn a_big_request_holds_back_the_small_ones_behind_it() {
        let mut pool = BufferPool::new(600, 300);
        assert_eq!(pool.allocate(300), Allocation::Granted);
        assert_eq!(pool.allocate(300), Allocation::Granted);
        let Allocation::Waits(big) = pool.allocate(500) else { panic!("there was no memory left") };
        let Allocation::Waits(small) = pool.allocate(10) else { panic!("there was no memory left") };
        pool.deallocate(300);
        assert_eq!(pool.granted(), None, "the big one has 300 of 500, the small one waits behind it");
        pool.deallocate(300);
        assert_eq!((pool.granted(), pool.granted()), (Some(big), Some(small)));
        assert_eq!(pool.available(), 90);
    }

    #[test]
    fn who_gives_up_leaves_what_it_had_to_the_next() {
        let mut pool = BufferPool::new(600, 300);
        assert_eq!(pool.allocate(600), Allocation::Granted);
        let Allocation::Waits(big) = pool.allocate(601 - 1) else { panic!("there was no memory left") };
        let Allocation::Waits(small) = pool.allocate(300) else { panic!("there was no memory left") };
        pool.deallocate(300);
        pool.give_up(big);
        assert_eq!(pool.granted(), Some(small));
        assert_eq!(pool.available(), 0);
    }

    #[test]
    fn closing_sends_everybody_away() {
        let mut pool = BufferPool::new(100, 100);
        assert_eq!(pool.allocate(101), Allocation::TooLarge);
        assert_eq!(pool.allocate(100), Allocation::Granted);
        let Allocation::Waits(id) = pool.allocate(1) else { panic!("there was no memory left") };
        assert_eq!(pool.close(), [id]);
        assert_eq!(pool.allocate(1), Allocation::Closed);
    }
}
