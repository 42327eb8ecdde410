//! `RoundRobinAssignor`: all partitions in order, dealt out to the members in a circle.

use super::input::Input;
use crate::kafka::base::TopicPartition;

pub(super) fn assign(input: &Input<'_>) -> Vec<Vec<TopicPartition>> {
    let circle = input.static_members_first();
    let mut lists = vec![Vec::new(); circle.len()];
    // The place in the circle that is asked next.
    let mut next = 0;
    let mut asked: Option<(usize, Vec<usize>)> = None;
    for topic in 0..input.topics.len() {
        // Neighbouring topics mostly have the same readers.
        let same = asked.as_ref().is_some_and(|(before, _)| same_readers(input, *before, topic));
        if !same {
            let readers = (0..circle.len()).filter(|place| input.wants_topic(circle[*place], topic));
            asked = Some((topic, readers.collect()));
        }
        let Some((_, readers)) = asked.as_ref().filter(|(_, readers)| !readers.is_empty()) else { continue };
        for partition in input.range(topic) {
            let place = readers[readers.partition_point(|place| *place < next) % readers.len()];
            lists[circle[place]].push(input.name(partition));
            next = (place + 1) % circle.len();
        }
    }
    lists
}

fn same_readers(input: &Input<'_>, a: usize, b: usize) -> bool {
    let wants = |list: &[usize], topic: usize| list.binary_search(&topic).is_ok();
    input.subscriptions.iter().all(|list| wants(list, a) == wants(list, b))
}
