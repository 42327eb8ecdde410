//! Two lists of a topic's readers that grow towards each other: who should get the next partition, and who should give
//! one up (`UniformHeterogeneousAssignmentBuilder.MemberAssignmentBalancer`).

/// The readers of one topic, sorted by how many partitions they have.
///
/// Those at the low end form a range of equal load: each of them gets one partition, then the range's load is one
/// higher, and readers who had that load join it. The range at the high end works the same way downwards.
#[derive(Default)]
pub(super) struct Balancer {
    sorted: Vec<usize>,
    least_end: usize,
    least_load: i64,
    next_least: usize,
    most_start: usize,
    most_end: usize,
    most_load: i64,
    /// One more than the place of the reader that is next.
    next_most: usize,
}

impl Balancer {
    /// Starts with the readers of a topic, at least one; returns the difference between the highest and the lowest load.
    pub(super) fn start(&mut self, readers: &[usize], loads: &[usize]) -> usize {
        self.sorted.clear();
        self.sorted.extend(readers);
        self.sorted.sort_unstable_by_key(|member| (loads[*member], *member));
        let (first, last) = (self.load(0, loads), self.load(self.sorted.len() - 1, loads));
        self.least_end = 0;
        self.least_load = first - 1;
        self.next_least = 0;
        self.most_start = self.sorted.len();
        self.most_end = self.sorted.len();
        self.most_load = last + 1;
        self.next_most = self.sorted.len();
        (last - first) as usize
    }

    fn load(&self, place: usize, loads: &[usize]) -> i64 {
        loads[self.sorted[place]] as i64
    }

    /// Who gets the next partition.
    pub(super) fn next_least_loaded(&mut self, loads: &[usize]) -> usize {
        if self.next_least >= self.least_end {
            self.least_load += 1;
            while self.least_end < self.sorted.len() && self.load(self.least_end, loads) == self.least_load {
                self.least_end += 1;
            }
            self.next_least = 0;
        }
        self.next_least += 1;
        self.sorted[self.next_least - 1]
    }

    /// Who gives up the next partition; `None`: nobody has one to give.
    pub(super) fn next_most_loaded(&mut self, loads: &[usize]) -> Option<usize> {
        if self.next_most <= self.most_start {
            if self.most_end <= self.most_start && self.most_start > 0 {
                // Everyone in the range was taken out of it: go on with the reader before it, whatever its load.
                self.most_load = self.load(self.most_start - 1, loads);
            } else {
                self.most_load -= 1;
            }
            while self.most_start > 0 && self.load(self.most_start - 1, loads) == self.most_load {
                self.most_start -= 1;
            }
            self.next_most = self.most_end;
        }
        self.next_most = self.next_most.checked_sub(1)?;
        Some(self.sorted[self.next_most])
    }

    /// Takes the reader that came last from [`next_most_loaded`](Self::next_most_loaded) out of its range.
    pub(super) fn exclude_most_loaded(&mut self) {
        self.most_end -= 1;
        self.sorted.swap(self.next_most, self.most_end);
    }

    /// Whether the two ranges differ by at most one.
    pub(super) fn is_balanced(&self) -> bool {
        self.most_load - self.least_load <= 1
    }
}
