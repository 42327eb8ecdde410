use std::collections::BTreeMap;

use super::*;
use crate::kafka::base::Random;
use crate::kafka::base::name;

const GROUPS: usize = 300;

/// A group and what its members keep between rebalances.
#[derive(Clone)]
struct Group {
    topics: Vec<AssignableTopic>,
    members: Vec<GroupMember>,
}

impl Group {
    /// Members that own nothing; they want all topics or, if mixed, some.
    fn random(random: &mut Random, mixed: bool) -> Self {
        let racks = ["a", "b", "c"].map(name);
        let with_racks = random.below(3) == 0;
        let mut topics = Vec::new();
        for at in 0..=random.below(5) {
            let partitions = random.below(9) as usize;
            let mut racks_of_one = || racks.iter().filter(|_| random.below(2) == 0).cloned().collect();
            let racks =
                if with_racks { (0..partitions).map(|_| racks_of_one()).collect() } else { Vec::new() };
            topics.push(AssignableTopic { name: name(&format!("t{at}")), partitions, racks });
        }
        let mut group = Self { topics, members: Vec::new() };
        for _ in 0..=random.below(8) {
            group.join(random, mixed);
            let rack = with_racks.then(|| racks[random.below(3) as usize].clone());
            group.members.last_mut().expect("somebody joined").subscription.rack = rack;
        }
        group
    }

    fn join(&mut self, random: &mut Random, mixed: bool) {
        let wanted = self.topics.iter().filter(|_| !mixed || random.below(3) > 0);
        let mut topics: Vec<Name> = wanted.map(|topic| topic.name.clone()).collect();
        // Nobody joins without a topic; `subscribe` of none is `unsubscribe`.
        if topics.is_empty() {
            topics.push(self.topics[0].name.clone());
        }
        let instance = (random.below(6) == 0).then(|| name(&format!("i{}", random.below(1 << 30))));
        self.members.push(GroupMember {
            id: name(&format!("c-{:08x}", random.below(u32::MAX))),
            instance,
            subscription: ConsumerProtocolSubscription { topics, ..Default::default() },
        });
    }

    /// A rebalance: everyone tells what it has, the leader deals out, everyone remembers.
    fn rebalance(&mut self, assignor: Assignor, generation: i32) -> Vec<Vec<TopicPartition>> {
        let lists = assignor.assign(&self.topics, &self.members);
        for (member, list) in self.members.iter_mut().zip(&lists) {
            let mut memory = AssignorMemory::default();
            assignor.on_assignment(&mut memory, list, generation);
            member.subscription.user_data = assignor.subscription_user_data(&memory);
            member.subscription.generation = generation;
            member.subscription.owned.clone_from(list);
        }
        lists
    }

    /// Who has what; panics when two have the same or somebody has what it does not want.
    fn owners(&self, lists: &[Vec<TopicPartition>]) -> BTreeMap<TopicPartition, Name> {
        assert_eq!(lists.len(), self.members.len());
        let mut owners = BTreeMap::new();
        for (member, list) in self.members.iter().zip(lists) {
            for partition in list {
                assert!(
                    member.subscription.topics.contains(&partition.topic),
                    "{} wants {partition}",
                    member.id
                );
                let other = owners.insert(partition.clone(), member.id.clone());
                assert_eq!(other, None, "{partition} has two owners");
            }
        }
        owners
    }

    /// How many partitions somebody wants.
    fn wanted(&self) -> usize {
        let wanted = |topic: &&AssignableTopic| {
            self.members.iter().any(|member| member.subscription.topics.contains(&topic.name))
        };
        self.topics.iter().filter(wanted).map(|topic| topic.partitions).sum()
    }
}

/// The largest number of partitions that a member has, and the smallest.
fn spread(lists: &[Vec<TopicPartition>]) -> usize {
    let sizes = || lists.iter().map(Vec::len);
    sizes().max().unwrap_or(0) - sizes().min().unwrap_or(0)
}

/// How many partitions have another owner than before, of those whose owner is still there.
fn moved(
    before: &BTreeMap<TopicPartition, Name>,
    after: &BTreeMap<TopicPartition, Name>,
    group: &Group,
) -> usize {
    let stayed = |owner: &Name| group.members.iter().any(|member| member.id == *owner);
    before.iter().filter(|(partition, owner)| stayed(owner) && after.get(*partition) != Some(owner)).count()
}

#[test]
fn every_partition_that_somebody_wants_is_owned_once_by_one_who_wants_it() {
    let mut random = Random::new(1, 0);
    for round in 0..GROUPS {
        let group = Group::random(&mut random, round % 2 == 0);
        for assignor in Assignor::ALL {
            let owners = group.owners(&assignor.assign(&group.topics, &group.members));
            assert_eq!(owners.len(), group.wanted(), "{} in round {round}", assignor.name());
        }
    }
}

#[test]
fn members_that_want_the_same_get_equal_shares() {
    let mut random = Random::new(2, 0);
    for _ in 0..GROUPS {
        let group = Group::random(&mut random, false);
        for assignor in [Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky] {
            assert!(spread(&assignor.assign(&group.topics, &group.members)) <= 1, "{}", assignor.name());
        }
    }
}

/// Eager and sticky: nobody who stays loses a partition when another one leaves, and a newcomer gets no more than its
/// share.
#[test]
fn sticky_moves_only_what_must_move() {
    let mut random = Random::new(3, 0);
    let mut moves_of_range = 0;
    let mut moves_of_sticky = 0;
    for _ in 0..GROUPS {
        let mut group = Group::random(&mut random, false);
        group.members.iter_mut().for_each(|member| member.subscription.rack = None);
        group.join(&mut random, false);
        let before = group.rebalance(Assignor::Sticky, 1);
        let before = group.owners(&before);
        let mut left = group.clone();
        left.members.remove(random.below(left.members.len() as u32) as usize);
        let after = left.rebalance(Assignor::Sticky, 2);
        assert!(spread(&after) <= 1);
        assert_eq!(moved(&before, &left.owners(&after), &left), 0);
        let mut joined = group.clone();
        joined.join(&mut random, false);
        let after = joined.rebalance(Assignor::Sticky, 2);
        let newcomer = after.last().map_or(0, Vec::len);
        assert_eq!(moved(&before, &joined.owners(&after), &joined), newcomer);
        moves_of_sticky += newcomer;
        let by_range = group.owners(&Assignor::Range.assign(&group.topics, &group.members));
        let after = joined.owners(&Assignor::Range.assign(&joined.topics, &joined.members));
        moves_of_range += moved(&by_range, &after, &joined);
    }
    assert!(moves_of_sticky < moves_of_range, "{moves_of_sticky} < {moves_of_range}");
}

/// Cooperative: in the first rebalance nobody gets what another one still has; in the second all is as sticky wants it.
#[test]
fn cooperative_withholds_what_moves_for_one_rebalance() {
    let mut random = Random::new(4, 0);
    let mut withheld = 0;
    for round in 0..GROUPS {
        let mixed = round % 2 == 0;
        let mut group = Group::random(&mut random, mixed);
        group.members.iter_mut().for_each(|member| member.subscription.rack = None);
        let before = group.rebalance(Assignor::CooperativeSticky, 1);
        let before = group.owners(&before);
        group.join(&mut random, mixed);
        let first = group.rebalance(Assignor::CooperativeSticky, 2);
        for (partition, owner) in group.owners(&first) {
            assert!(
                before.get(&partition).is_none_or(|other| *other == owner),
                "{partition} is not free yet"
            );
        }
        withheld += group.wanted() - group.owners(&first).len();
        let second = group.rebalance(Assignor::CooperativeSticky, 3);
        assert_eq!(group.owners(&second).len(), group.wanted());
        let third = group.rebalance(Assignor::CooperativeSticky, 4);
        assert_eq!(moved(&group.owners(&second), &group.owners(&third), &group), 0, "round {round}");
    }
    assert!(withheld > 0, "something moved in {GROUPS} groups");
}

/// A member that comes back with an old generation does not take anything from those who went on.
#[test]
fn an_older_generation_owns_nothing() {
    let mut random = Random::new(5, 0);
    let topics = vec![AssignableTopic { name: name("t"), partitions: 4, racks: Vec::new() }];
    let mut group = Group { topics, members: Vec::new() };
    group.join(&mut random, false);
    group.rebalance(Assignor::Sticky, 1);
    let zombie = group.members.remove(0);
    group.join(&mut random, false);
    group.join(&mut random, false);
    let before = group.rebalance(Assignor::Sticky, 2);
    let before = group.owners(&before);
    group.members.push(zombie);
    let after = group.rebalance(Assignor::Sticky, 3);
    assert_eq!(after[2].len(), 1);
    assert_eq!(moved(&before, &group.owners(&after), &group), 1);
}

#[test]
fn who_wants_what_nobody_has_gets_nothing() {
    let subscription = ConsumerProtocolSubscription { topics: vec![name("gone")], ..Default::default() };
    let member = GroupMember { id: name("c"), instance: None, subscription };
    for assignor in Assignor::ALL {
        assert_eq!(assignor.assign(&[], std::slice::from_ref(&member)), [Vec::new()]);
        assert!(assignor.assign(&[], &[]).is_empty());
    }
}

#[test]
fn a_list_of_assignors_is_cooperative_only_if_all_of_them_are() {
    assert_eq!(Assignor::protocol(&[Assignor::CooperativeSticky]), RebalanceProtocol::Cooperative);
    let both = [Assignor::Range, Assignor::CooperativeSticky];
    assert_eq!(Assignor::protocol(&both), RebalanceProtocol::Eager);
    assert_eq!(Assignor::protocol(&[]), RebalanceProtocol::Eager);
}
