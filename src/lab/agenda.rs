use crate::kafka::base::Instant;
use crate::kafka::base::NodeId;
use crate::kafka::machine::ConnectionId;
use crate::kafka::machine::Timer;
use crate::lab::network::Direction;

/// One thing that is due.
#[derive(Clone, Debug, PartialEq, Hash)]
pub enum Due {
    /// The first message of a connection's direction arrives.
    Arrival { connection: ConnectionId, direction: Direction },
    /// A connect has not been answered within `socket.connection.setup.timeout.ms`.
    SetupTimeout { connection: ConnectionId },
    /// The sender's machine has sent the same bytes again for so long that it gives up.
    GiveUp { connection: ConnectionId, direction: Direction },
    /// A machine has paid for what it did: its effects leave, and it takes its next input.
    Ready { node: NodeId },
    /// A timer of a process is due.
    Timer { node: NodeId, timer: Timer },
    /// The operating system writes old dirty pages to the disk.
    WriteBack { node: NodeId },
}

impl Due {
    /// What goes first at the same microsecond: work that was paid for, then what arrives, then what was waited for.
    /// So an answer that arrives in the very moment of its timeout still counts.
    const fn class(&self) -> u8 {
        match self {
            Self::Ready { .. } => 0,
            Self::Arrival { .. } => 1,
            Self::Timer { .. } => 2,
            Self::SetupTimeout { .. } | Self::GiveUp { .. } => 3,
            Self::WriteBack { .. } => 4,
        }
    }
}

/// Where an entry of the agenda stands: time, then class, then the order in which it was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    pub at: Instant,
    class: u8,
    sequence: u64,
}

/// What is due, in one total order.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Agenda {
    /// The next one last: it is taken out without moving the others, and what is entered is mostly due soon.
    entries: Vec<Entry>,
    sequence: u64,
}

#[derive(Clone, Debug, PartialEq, Hash)]
struct Entry {
    slot: Slot,
    due: Due,
    cause: u64,
}

impl Agenda {
    /// Enters something that is due then, because of that journal entry. The slot is what takes it out again.
    pub fn enter(&mut self, at: Instant, due: Due, cause: u64) -> Slot {
        self.sequence += 1;
        let slot = Slot { at, class: due.class(), sequence: self.sequence };
        let (Ok(place) | Err(place)) = self.find(slot);
        self.entries.insert(place, Entry { slot, due, cause });
        slot
    }

    pub fn cancel(&mut self, slot: Slot) {
        if let Ok(place) = self.find(slot) {
            self.entries.remove(place);
        }
    }

    /// Where it stands, or where it would.
    fn find(&self, slot: Slot) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| slot.cmp(&entry.slot))
    }

    /// When the next thing is due.
    pub fn next_at(&self) -> Option<Instant> {
        self.entries.last().map(|entry| entry.slot.at)
    }

    /// Takes the next thing out: when it is due, what it is, and the journal entry that caused it.
    pub fn pop(&mut self) -> Option<(Instant, Due, u64)> {
        let Entry { slot, due, cause } = self.entries.pop()?;
        Some((slot.at, due, cause))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Everything that is due, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Instant, &Due)> {
        self.entries.iter().rev().map(|entry| (entry.slot.at, &entry.due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(node: i32) -> Due {
        Due::Timer { node: NodeId(node), timer: Timer::Sender }
    }

    #[test]
    fn ties_are_broken_by_class_and_then_by_the_order_of_entering() {
        let mut agenda = Agenda::default();
        agenda.enter(Instant(5), timer(1), 0);
        agenda.enter(Instant(5), timer(2), 0);
        agenda.enter(Instant(5), Due::Ready { node: NodeId(3) }, 0);
        let cancelled = agenda.enter(Instant(1), timer(4), 0);
        agenda.enter(Instant(4), timer(5), 0);
        agenda.cancel(cancelled);
        let order: Vec<Due> = std::iter::from_fn(|| agenda.pop().map(|(_, due, _)| due)).collect();
        assert_eq!(order, [timer(5), Due::Ready { node: NodeId(3) }, timer(1), timer(2)]);
    }
}
