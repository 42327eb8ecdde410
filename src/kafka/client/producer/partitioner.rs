use super::cluster::TopicPartitions;

/// The partitioner for records without a key (KIP-794, `BuiltInPartitioner`): stays with one partition until about a
/// batch of bytes went there, then draws the next one — at random, or weighted by how short the queues are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BuiltInPartitioner {
    sticky_batch_size: i64,
    sticky: Option<Sticky>,
    load: Option<PartitionLoad>,
    /// Counts the choices, to tell two of the same partition apart.
    choices: u64,
}

/// The partition that records without a key go to now, and the bytes that went there since it was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sticky {
    pub partition: i32,
    pub produced_bytes: i64,
    choice: u64,
}

/// How likely each partition is to be drawn: `cumulative[i]` is the sum of the weights up to `partitions[i]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartitionLoad {
    pub cumulative: Vec<i32>,
    pub partitions: Vec<i32>,
}

/// What the partitioner needs of the world outside to choose: the partitions of the topic, and randomness.
pub struct Choice<'a> {
    pub partitions: &'a TopicPartitions,
    /// Any 32 random bits a call; the sign is dropped (`Utils.toPositive`).
    pub draw: &'a mut dyn FnMut() -> u32,
}

impl BuiltInPartitioner {
    /// `sticky_batch_size` in bytes, at least 1.
    pub fn new(sticky_batch_size: i32) -> Self {
        Self { sticky_batch_size: i64::from(sticky_batch_size.max(1)), sticky: None, load: None, choices: 0 }
    }

    pub const fn sticky(&self) -> Option<Sticky> {
        self.sticky
    }

    pub const fn load(&self) -> Option<&PartitionLoad> {
        self.load.as_ref()
    }

    /// `peekCurrentPartitionInfo`: the current partition, chosen now when there is none yet.
    pub fn peek(&mut self, choice: &mut Choice<'_>) -> Sticky {
        match self.sticky {
            Some(sticky) => sticky,
            None => self.switch(choice),
        }
    }

    /// `isPartitionChanged`: whether another choice was made since `sticky` was peeked.
    pub fn is_changed(&self, sticky: Sticky) -> bool {
        self.sticky.is_none_or(|now| now.choice != sticky.choice)
    }

    /// `updatePartitionInfo`: counts the bytes and moves on after a batch of them — but only at the end of a batch
    /// (`enable_switch`), or after twice as many.
    pub fn update(&mut self, appended_bytes: i32, enable_switch: bool, choice: &mut Choice<'_>) {
        if self.count(appended_bytes, enable_switch) {
            self.switch(choice);
        }
    }

    /// The first half of [`update`](Self::update): whether it is time to [`switch`](Self::switch).
    pub(super) fn count(&mut self, appended_bytes: i32, enable_switch: bool) -> bool {
        let Some(sticky) = &mut self.sticky else { return false };
        sticky.produced_bytes += i64::from(appended_bytes);
        let produced = sticky.produced_bytes;
        (produced >= self.sticky_batch_size && enable_switch) || produced >= self.sticky_batch_size * 2
    }

    pub(super) fn switch(&mut self, choice: &mut Choice<'_>) -> Sticky {
        let partition = self.next_partition(choice);
        self.choices += 1;
        let sticky = Sticky { partition, produced_bytes: 0, choice: self.choices };
        self.sticky = Some(sticky);
        sticky
    }

    fn next_partition(&self, choice: &mut Choice<'_>) -> i32 {
        let random = (choice.draw)() & 0x7fff_ffff;
        let modulo = |n: usize| random as usize % n.max(1);
        if let Some(load) = &self.load {
            let total = load.cumulative.last().copied().unwrap_or(1);
            let weighted = i32::try_from(modulo(usize::try_from(total).unwrap_or(1))).unwrap_or(0);
            let index = load.cumulative.partition_point(|&sum| sum <= weighted);
            return load.partitions[index];
        }
        let available = &choice.partitions.available;
        match available.get(modulo(available.len())) {
            Some(&partition) => partition,
            None => i32::try_from(modulo(choice.partitions.partitions.len())).unwrap_or(0),
        }
    }

    /// `updatePartitionLoadStats`: a partition's weight is the longest queue + 1 − its own queue. `all` is the number of
    /// partitions of the topic that have a queue, of which `queues` lists those to be weighed; `None` = not adaptive.
    pub fn update_load(&mut self, queues: Option<&[(i32, i32)]>, all: usize) {
        self.load = queues.and_then(|queues| load_of(queues, all));
    }
}

/// `None` when there is nothing to weigh: fewer than two partitions, or all available and equally long.
fn load_of(queues: &[(i32, i32)], all: usize) -> Option<PartitionLoad> {
    let &(_, first) = queues.first()?;
    let longest = queues.iter().map(|&(_, size)| size).max()?;
    let all_equal = queues.iter().all(|&(_, size)| size == first);
    if all < 2 || (all_equal && queues.len() == all) {
        return None;
    }
    let mut sum = 0;
    let mut load = PartitionLoad::default();
    for &(partition, size) in queues {
        sum += longest + 1 - size;
        load.cumulative.push(sum);
        load.partitions.push(partition);
    }
    Some(load)
}
