use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::storage::Disk;
use crate::kafka::storage::LogError;
use crate::kafka::storage::checkpoint::decode_checkpoint;
use crate::kafka::storage::checkpoint::encode_checkpoint;
use crate::kafka::storage::checkpoint::read_text;
use crate::kafka::storage::checkpoint::words;
use crate::kafka::storage::checkpoint::write_atomically;

/// A leader epoch and an offset: either where the epoch begins, or where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EpochEnd {
    pub epoch: Epoch,
    pub offset: Offset,
}

/// Which leader's reign began at which offset: the `leader-epoch-checkpoint` file in memory
/// (`LeaderEpochFileCache`). Followers cut their logs by it (KIP-101, KIP-279).
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct LeaderEpochCache {
    epochs: Map<Epoch, Offset>,
}

impl LeaderEpochCache {
    /// Reads the checkpoint file; makes an empty one when it is missing.
    pub fn open(disk: &mut dyn Disk, path: &str) -> Result<Self, LogError> {
        if disk.len(path).is_none() {
            disk.set_len(path, 0)?;
        }
        let text = read_text(disk, path)?;
        let number = |word: &str| LogError::NumberFormat(format!("For input string: \"{word}\""));
        let entries = decode_checkpoint(path, &text, |line| {
            let [epoch, offset] = words(line)[..] else { return Ok(None) };
            let epoch: Epoch = epoch.parse().map_err(|_| number(epoch))?;
            let offset: Offset = offset.parse().map_err(|_| number(offset))?;
            Ok(Some((epoch, offset)))
        })?;
        let mut cache = Self::default();
        for (epoch, offset) in entries {
            cache.insert(epoch, offset)?;
        }
        Ok(cache)
    }

    /// A cache that has no file yet.
    pub fn from_entries(entries: impl IntoIterator<Item = (Epoch, Offset)>) -> Self {
        Self { epochs: entries.into_iter().collect() }
    }

    /// Every epoch with its start offset, in order.
    pub fn entries(&self) -> impl Iterator<Item = (Epoch, Offset)> {
        self.epochs.iter().map(|(epoch, offset)| (*epoch, *offset))
    }

    pub fn latest_epoch(&self) -> Option<Epoch> {
        self.latest().map(|(epoch, _)| epoch)
    }

    /// The earliest epoch with its start offset.
    pub fn earliest(&self) -> Option<(Epoch, Offset)> {
        self.epochs.first_key_value().map(|(epoch, start)| (*epoch, *start))
    }

    fn latest(&self) -> Option<(Epoch, Offset)> {
        self.epochs.last_key_value().map(|(epoch, start)| (*epoch, *start))
    }

    /// Notes that an epoch begins at an offset and writes the file when that is news. Later epochs and those that
    /// begin at or behind it give way.
    pub fn assign(
        &mut self,
        disk: &mut dyn Disk,
        path: &str,
        epoch: Epoch,
        start: Offset,
    ) -> Result<(), LogError> {
        if self.insert(epoch, start)? { self.write(disk, path) } else { Ok(()) }
    }

    /// [`assign`](Self::assign) without the file; true when something changed.
    pub fn insert(&mut self, epoch: Epoch, start: Offset) -> Result<bool, LogError> {
        if epoch < 0 || start < 0 {
            return Err(LogError::IllegalArgument(format!(
                "Received invalid partition leader epoch entry EpochEntry(epoch={epoch}, startOffset={start})"
            )));
        }
        if let Some((latest, latest_start)) = self.latest()
            && latest == epoch
            && start >= latest_start
        {
            return Ok(false);
        }
        while let Some((latest, latest_start)) = self.latest() {
            if latest < epoch && latest_start < start {
                break;
            }
            self.epochs.remove(&latest);
        }
        self.epochs.insert(epoch, start);
        Ok(true)
    }

    /// Where a reign ended, by the rules of OffsetsForLeaderEpoch; `None` = undefined.
    pub fn end_offset_for(&self, epoch: Epoch, log_end: Offset) -> Option<EpochEnd> {
        if epoch == -1 {
            return None;
        }
        if self.latest_epoch() == Some(epoch) {
            return Some(EpochEnd { epoch, offset: log_end });
        }
        let (_, next_start) = self.epochs.range(epoch.checked_add(1)?..).next()?;
        let found = self.epochs.range(..=epoch).next_back().map_or(epoch, |(floor, _)| *floor);
        Some(EpochEnd { epoch: found, offset: *next_start })
    }

    /// The epoch under which the record at an offset was written.
    pub fn epoch_for_offset(&self, offset: Offset) -> Option<Epoch> {
        let mut previous = None;
        for (epoch, start) in &self.epochs {
            if *start == offset {
                return Some(*epoch);
            }
            if *start > offset {
                return previous;
            }
            previous = Some(*epoch);
        }
        previous
    }

    /// Forgets the epochs that begin at or behind an offset; true when there were any.
    pub fn truncate_from_end(&mut self, end: Offset) -> bool {
        let mut removed = false;
        while let Some((epoch, start)) = self.latest() {
            if end < 0 || start < end {
                break;
            }
            self.epochs.remove(&epoch);
            removed = true;
        }
        removed
    }

    /// Forgets the epochs before an offset; the one it lies in then begins there. True when something changed.
    pub fn truncate_from_start(&mut self, start: Offset) -> bool {
        let mut last_removed = None;
        while let Some((epoch, epoch_start)) = self.earliest() {
            if epoch_start > start {
                break;
            }
            self.epochs.remove(&epoch);
            last_removed = Some(epoch);
        }
        if let Some(epoch) = last_removed {
            self.epochs.insert(epoch, start);
        }
        last_removed.is_some()
    }

    /// Forgets all epochs.
    pub fn clear(&mut self) {
        self.epochs.clear();
    }

    /// Writes the checkpoint file.
    pub fn write(&self, disk: &mut dyn Disk, path: &str) -> Result<(), LogError> {
        let lines: Vec<String> = self.entries().map(|(epoch, offset)| format!("{epoch} {offset}")).collect();
        write_atomically(disk, path, encode_checkpoint(lines.into_iter()))
    }
}
