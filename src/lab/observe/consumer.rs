//! What a consumer was last seen to read.

use crate::kafka::base::Map;
use crate::kafka::base::Offset;
use crate::kafka::base::TopicPartition;
use crate::kafka::client::consumer::AssignedPartition;
use crate::kafka::client::consumer::Consumer;
use crate::lab::journal::Kind;
use crate::lab::journal::Names;

/// The positions of a consumer as they were last seen.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(super) struct Readings {
    process: u32,
    partitions: Map<TopicPartition, Reading>,
}

#[derive(Clone, Copy, Debug, PartialEq, Hash)]
struct Reading {
    /// The last position that it had; -1 before the first.
    last: Offset,
    /// It has that position, and is not looking for one.
    stands: bool,
    /// Records that were handed over.
    handed: u64,
}

impl Readings {
    pub(super) fn look(&mut self, process: u32, consumer: &Consumer, names: &mut Names, out: &mut Vec<Kind>) {
        if process != self.process {
            *self = Self { process, ..Self::default() };
        }
        for (id, assigned) in consumer.assigned() {
            let at = match self.partitions.get_mut(id) {
                Some(seen) => seen,
                None => self.partitions.entry(id.clone()).or_insert(Reading {
                    last: -1,
                    stands: false,
                    handed: 0,
                }),
            };
            at.compare(id, assigned, consumer, names, out);
        }
    }
}

impl Reading {
    fn compare(
        &mut self,
        id: &TopicPartition,
        assigned: &AssignedPartition,
        consumer: &Consumer,
        names: &mut Names,
        out: &mut Vec<Kind>,
    ) {
        let handed = assigned.consumed_records != self.handed && assigned.consumed_records > 0;
        self.handed = assigned.consumed_records;
        let Some(position) = assigned.position() else {
            self.stands = false;
            return;
        };
        let (from, to) = (self.last, position.offset);
        if !handed && self.stands && from == to {
            return;
        }
        let spot = names.spot_id(id);
        if handed {
            // Where it stood when `poll()` took the records, if a jump came before.
            let first = consumer.application().last_poll.as_ref().and_then(|(_, polled)| {
                let of = polled.ranges.iter().find(|(partition, ..)| partition == id);
                of.map(|(_, first, _)| *first)
            });
            let begin = first.filter(|first| !self.stands || *first < from).unwrap_or(from);
            if begin != from {
                out.push(Kind::Jumped { spot, from, to: begin });
            }
            out.push(Kind::Consumed { spot, from: begin, to });
        } else if self.stands && to > from && position.epoch.is_some() {
            // Nothing but control records, or what compaction has left.
            out.push(Kind::Consumed { spot, from, to });
        } else if from != to {
            out.push(Kind::Jumped { spot, from, to });
        }
        (self.last, self.stands) = (to, true);
    }
}
