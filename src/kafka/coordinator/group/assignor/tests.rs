use super::*;
use crate::kafka::base::Random;

const GROUPS: usize = 300;

struct Member {
    id: String,
    instance: Option<String>,
    topics: Vec<Uuid>,
    target: Arc<Partitions>,
}

struct Group {
    profile: Profile,
    /// How many partitions each topic has.
    topics: Map<Uuid, i32>,
    members: Vec<Member>,
    subscriptions: SubscriptionType,
}

impl Group {
    fn random(random: &mut Random, subscriptions: SubscriptionType) -> Self {
        let topics = (0..=random.below(5))
            .map(|_| (Uuid::from_parts(random.next_u64(), random.next_u64()), random.below(9) as i32))
            .collect();
        let profile = Profile::ALL[random.below(2) as usize];
        let mut group = Self { profile, topics, members: Vec::new(), subscriptions };
        for _ in 0..=random.below(8) {
            group.join(random);
        }
        group
    }

    fn join(&mut self, random: &mut Random) {
        let same = self.subscriptions == SubscriptionType::Homogeneous;
        let topics = self.topics.keys().copied().filter(|_| same || random.below(3) > 0).collect();
        self.members.push(Member {
            id: format!("m-{:08x}", random.below(u32::MAX)),
            instance: (random.below(6) == 0).then(|| format!("i{}", random.below(1 << 30))),
            topics,
            target: Arc::default(),
        });
    }

    /// Gives the members their new targets and says how many partitions others had before.
    fn assign(&mut self, assignor: ServerAssignor) -> usize {
        let members: Vec<MemberSpec<'_>> = self
            .members
            .iter()
            .map(|member| MemberSpec {
                id: &member.id,
                instance: member.instance.as_deref(),
                topics: &member.topics,
                current: &member.target,
            })
            .collect();
        let spec = GroupSpec {
            profile: self.profile,
            members: &members,
            subscriptions: self.subscriptions,
            partitions: &|topic| self.topics.get(&topic).copied(),
        };
        let targets = assignor.assign(&spec).expect("all topics exist");
        let mut lost = 0;
        for (member, target) in self.members.iter_mut().zip(targets) {
            let keeps = |topic: &Uuid, number: &i32| target.get(topic).is_some_and(|to| to.contains(number));
            let had =
                member.target.iter().flat_map(|(topic, numbers)| numbers.iter().map(move |n| (topic, n)));
            lost += had.filter(|(topic, number)| !keeps(topic, number)).count();
            member.target = target;
        }
        self.check();
        lost
    }

    /// Every partition that somebody wants has one owner, who wants it.
    fn check(&self) {
        let mut owned = Map::new();
        for member in &self.members {
            for (topic, numbers) in &*member.target {
                assert!(member.topics.contains(topic) && !numbers.is_empty());
                for number in numbers.iter() {
                    assert!(
                        owned.insert((*topic, *number), &member.id).is_none(),
                        "{topic}-{number} has two owners"
                    );
                }
            }
        }
        let wanted = |topic: &Uuid| self.members.iter().any(|member| member.topics.contains(topic));
        let all: i32 = self.topics.iter().filter(|(topic, _)| wanted(topic)).map(|(_, count)| count).sum();
        assert_eq!(owned.len(), all as usize);
    }

    fn sizes(&self) -> Vec<usize> {
        self.members.iter().map(|member| member.target.values().map(Set::len).sum()).collect()
    }
}

fn spread(sizes: &[usize]) -> usize {
    sizes.iter().max().unwrap_or(&0) - sizes.iter().min().unwrap_or(&0)
}

#[test]
fn every_partition_that_somebody_wants_is_owned_once() {
    let mut random = Random::new(1, 0);
    for round in 0..GROUPS {
        let types = [SubscriptionType::Homogeneous, SubscriptionType::Heterogeneous];
        let mut group = Group::random(&mut random, types[round % 2]);
        for assignor in ServerAssignor::ALL {
            group.assign(assignor);
            group.members.pop();
            group.join(&mut random);
            group.assign(assignor);
        }
    }
}

/// Nobody who stays loses a partition when another one leaves; a newcomer gets its share and no more moves.
#[test]
fn uniform_is_even_and_moves_only_what_must_move() {
    let mut random = Random::new(2, 0);
    for _ in 0..GROUPS {
        let mut group = Group::random(&mut random, SubscriptionType::Homogeneous);
        group.profile = Profile::Modern;
        group.join(&mut random);
        group.assign(ServerAssignor::Uniform);
        assert!(spread(&group.sizes()) <= 1);
        assert_eq!(group.assign(ServerAssignor::Uniform), 0, "nothing has changed");
        group.members.remove(random.below(group.members.len() as u32) as usize);
        let lost = group.assign(ServerAssignor::Uniform);
        assert!(spread(&group.sizes()) <= 1);
        assert_eq!(lost, 0);
        group.join(&mut random);
        let lost = group.assign(ServerAssignor::Uniform);
        assert!(spread(&group.sizes()) <= 1);
        assert_eq!(lost, group.sizes().last().copied().unwrap_or(0));
    }
}

/// Readers of one topic cannot be made more even by a move between two of them.
#[test]
fn uniform_evens_out_the_readers_of_each_topic() {
    let mut random = Random::new(3, 0);
    for _ in 0..GROUPS {
        let mut group = Group::random(&mut random, SubscriptionType::Heterogeneous);
        group.assign(ServerAssignor::Uniform);
        let sizes = group.sizes();
        for (giver, from) in group.members.iter().enumerate() {
            for (taker, to) in group.members.iter().enumerate() {
                let shared = from.target.keys().any(|topic| to.topics.contains(topic));
                assert!(!shared || sizes[giver] <= sizes[taker] + 1, "{sizes:?}: {} to {}", from.id, to.id);
            }
        }
    }
}

/// A thousand members keep what they have without a copy of it: only who gets something else has a new target.
#[test]
fn who_keeps_its_target_gets_the_very_same_one() {
    let mut random = Random::new(4, 0);
    for assignor in ServerAssignor::ALL {
        let topic = Uuid::from_parts(1, 2);
        let mut group = Group {
            profile: Profile::Modern,
            topics: Map::from([(topic, 12)]),
            members: Vec::new(),
            subscriptions: SubscriptionType::Homogeneous,
        };
        (0..16).for_each(|_| group.join(&mut random));
        group.assign(assignor);
        let idle = group.members.iter().position(|member| member.target.is_empty());
        group.members.remove(idle.expect("there are more members than partitions"));
        let before: Vec<Arc<Partitions>> = group.members.iter().map(|member| member.target.clone()).collect();
        group.assign(assignor);
        for (member, before) in group.members.iter().zip(&before) {
            assert!(
                member.target.is_empty() || Arc::ptr_eq(&member.target, before),
                "{assignor:?}: {}",
                member.id
            );
        }
    }
}

#[test]
fn a_topic_that_does_not_exist_is_an_error() {
    let (topic, target) = (Uuid::from_parts(1, 2), Arc::default());
    let member = MemberSpec { id: "m", instance: None, topics: &[topic], current: &target };
    for assignor in ServerAssignor::ALL {
        let spec = GroupSpec {
            profile: Profile::Modern,
            members: &[member],
            subscriptions: SubscriptionType::Homogeneous,
            partitions: &|_| None,
        };
        let error = assignor.assign(&spec).expect_err("no such topic").to_string();
        assert_eq!(
            error,
            format!("Members are subscribed to topic {topic} which doesn't exist in the topic metadata.")
        );
    }
}
