//! `CooperativeStickyAssignor`: the sticky assignment without those partitions that another member must give up first.
//! They are dealt out in the rebalance that follows (KIP-429).

use super::input::Input;
use super::sticky;
use super::user_data;
use crate::kafka::base::TopicPartition;

pub(super) fn assign(input: &Input<'_>) -> Vec<Vec<TopicPartition>> {
    let assigned = sticky::assign_numbers(input, user_data::cooperative);
    let mut lists = assigned.lists;
    let moving = assigned.moving.unwrap_or_else(|| moving(input, &lists));
    let mut withheld: Vec<Option<usize>> = vec![None; input.partitions()];
    for (partition, member) in moving {
        withheld[partition] = Some(member);
    }
    for (member, list) in lists.iter_mut().enumerate() {
        list.retain(|partition| withheld[*partition] != Some(member));
    }
    input.named(lists)
}

/// Partitions that somebody gets who did not have them, and somebody loses who had.
fn moving(input: &Input<'_>, lists: &[Vec<usize>]) -> Vec<(usize, usize)> {
    let mut to: Vec<Option<usize>> = vec![None; input.partitions()];
    for (member, list) in lists.iter().enumerate() {
        for partition in list {
            to[*partition] = Some(member);
        }
    }
    let mut lost = vec![false; input.partitions()];
    let mut kept = vec![false; input.partitions()];
    for (member, data) in input.members.iter().enumerate() {
        for partition in input.known(&data.subscription.owned) {
            let stays = to[partition] == Some(member);
            kept[partition] |= stays;
            lost[partition] |= !stays;
        }
    }
    let moves = |partition: &usize| lost[*partition] && !kept[*partition];
    (0..input.partitions()).filter(moves).filter_map(|partition| Some((partition, to[partition]?))).collect()
}
