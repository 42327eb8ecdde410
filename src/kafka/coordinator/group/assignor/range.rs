//! `RangeAssignor` of the coordinator: the members of each topic in order, static ones first, each with a range of it.

use super::AssignorError;
use super::GroupSpec;
use super::Partitions;
use crate::kafka::base::Map;

/// A topic that is being cut.
struct Topic {
    partitions: usize,
    members: usize,
    /// Where the next range begins.
    next: usize,
    /// How many members have had their range.
    served: usize,
}

pub(super) fn assign(spec: &GroupSpec<'_>) -> Result<Vec<Partitions>, AssignorError> {
    let mut topics = Map::new();
    for member in spec.members {
        for id in member.topics {
            if let Some(topic) = topics.get_mut(id) {
                let Topic { members, .. } = topic;
                *members += 1;
            } else {
                topics.insert(*id, Topic { partitions: spec.count(*id)?, members: 1, next: 0, served: 0 });
            }
        }
    }
    let mut order: Vec<usize> = (0..spec.members.len()).collect();
    order.sort_by_key(|at| {
        let member = &spec.members[*at];
        (member.instance.is_none(), member.instance.unwrap_or(member.id))
    });
    let mut targets = vec![Partitions::new(); order.len()];
    for member in order {
        for id in spec.members[member].topics {
            let range = topics.get_mut(id).map_or(0..0, Topic::cut);
            if !range.is_empty() {
                targets[member].insert(*id, range.map(|number| number as i32).collect());
            }
        }
    }
    Ok(targets)
}

impl Topic {
    /// The range of the next member: the first ones get one more if it does not come out even.
    fn cut(&mut self) -> std::ops::Range<usize> {
        let share =
            self.partitions / self.members + usize::from(self.served < self.partitions % self.members);
        let range = self.next..self.next + share;
        self.next = range.end;
        self.served += 1;
        range
    }
}
