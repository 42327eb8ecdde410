use crate::kafka::base::Instant;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::lab::Journal;
use crate::lab::Kind;
use crate::lab::Seq;
use crate::lab::World;

/// The last time that the tail of one replica's log was cut: by recovery after a crash, or to follow a leader. It is
/// followed as the journal grows, so that looking again costs only what is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    place: Option<(i32, TopicPartition)>,
    branch: usize,
    seen: Seq,
    last: Option<Cut>,
}

/// A tail that was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    pub at: Instant,
    pub first: Offset,
    pub last: Offset,
}

impl Cuts {
    /// Reads on in the journal of a branch up to the world's moment; anew for another replica, another branch, or when
    /// time went back.
    pub fn follow(
        &mut self,
        place: (i32, &TopicPartition),
        branch: usize,
        journal: &Journal,
        world: &World,
    ) -> Option<Cut> {
        let place = (place.0, place.1.clone());
        if self.place.as_ref() != Some(&place) || self.branch != branch || world.seq() < self.seen {
            *self = Self { place: Some(place.clone()), branch, ..Self::default() };
        }
        for (seq, entry) in journal.iter_from(self.seen + 1) {
            if seq > world.seq() {
                break;
            }
            if let Kind::Truncated { spot, from, to } = entry.kind
                && entry.node.0 == place.0
                && *world.names().spot(spot) == place.1
            {
                self.last = Some(Cut { at: entry.at, first: from.min(to), last: from.max(to) - 1 });
            }
        }
        self.seen = world.seq();
        self.last
    }
}
