//! Groups to deal out.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;

use kafkascope::kafka::base::Name;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::Random;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::consumer::assignor::AssignableTopic;
use kafkascope::kafka::client::consumer::assignor::Assignor;
use kafkascope::kafka::client::consumer::assignor::AssignorMemory;
use kafkascope::kafka::client::consumer::assignor::GroupMember;
use kafkascope::kafka::coordinator::group::assignor::GroupSpec;
use kafkascope::kafka::coordinator::group::assignor::MemberSpec;
use kafkascope::kafka::coordinator::group::assignor::Partitions;
use kafkascope::kafka::coordinator::group::assignor::ServerAssignor;
use kafkascope::kafka::coordinator::group::assignor::SubscriptionType;
use kafkascope::kafka::protocol::consumer_protocol::ConsumerProtocolSubscription;

/// One of the six.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Which {
    Client(Assignor),
    Server(ServerAssignor),
}

impl Which {
    pub(crate) const STICKY: Self = Self::Client(Assignor::Sticky);
    pub(crate) const ALL: [Self; 6] = [
        Self::Client(Assignor::Range),
        Self::Client(Assignor::RoundRobin),
        Self::STICKY,
        Self::Client(Assignor::CooperativeSticky),
        Self::Server(ServerAssignor::Uniform),
        Self::Server(ServerAssignor::Range),
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Client(assignor) => assignor.name().to_owned(),
            Self::Server(assignor) => format!("server-{}", assignor.name()),
        }
    }

    /// The group as the assignor would meet it: a coordinator never gives a partition to two members.
    pub(crate) fn as_it_would_be(self, group: &Group) -> Group {
        let mut group = group.clone();
        if let Self::Server(_) = self {
            let mut seen = BTreeSet::new();
            for member in &mut group.members {
                member.subscription.owned.retain(|partition| seen.insert(partition.clone()));
            }
        }
        group
    }

    /// All that Kafka has at hand as well when it calls the assignor.
    pub(crate) fn prepare(self, group: &Group) -> Prepared {
        match self {
            Self::Client(assignor) => {
                let members = group.members.iter().map(|member| with_user_data(assignor, member));
                Prepared::Client(assignor, group.topics.clone(), members.collect())
            }
            Self::Server(assignor) => Prepared::Server(assignor, Server::new(group)),
        }
    }
}

/// What a member of the assignor sends, after it had its partitions from it.
fn with_user_data(assignor: Assignor, member: &GroupMember) -> GroupMember {
    let mut memory = AssignorMemory::default();
    let subscription = &member.subscription;
    if subscription.generation >= 0 {
        assignor.on_assignment(&mut memory, &subscription.owned, subscription.generation);
    }
    let mut member = member.clone();
    member.subscription.user_data = assignor.subscription_user_data(&memory);
    member
}

pub(crate) enum Prepared {
    Client(Assignor, Vec<AssignableTopic>, Vec<GroupMember>),
    Server(ServerAssignor, Server),
}

pub(crate) enum Dealt {
    Lists(Vec<Vec<TopicPartition>>),
    Targets(Vec<Arc<Partitions>>),
}

impl Prepared {
    pub(crate) fn assign(&self) -> Dealt {
        match self {
            Self::Client(assignor, topics, members) => {
                Dealt::Lists(assignor.assign_partitions(topics, members))
            }
            Self::Server(assignor, server) => Dealt::Targets(server.assign(*assignor)),
        }
    }

    /// Each member's partitions by name: of a client in the order of its list, of the server sorted.
    pub(crate) fn lists(&self, group: &Group) -> Vec<Vec<TopicPartition>> {
        match self.assign() {
            Dealt::Lists(lists) => lists,
            Dealt::Targets(targets) => targets.iter().map(|target| group.named(target)).collect(),
        }
    }
}

/// A group as the coordinator has it.
pub(crate) struct Server {
    counts: BTreeMap<Uuid, i32>,
    members: Vec<Known>,
    subscriptions: SubscriptionType,
}

/// What a coordinator knows of a member.
struct Known {
    id: Name,
    instance: Option<Name>,
    topics: Vec<Uuid>,
    target: Arc<Partitions>,
}

impl Server {
    fn new(group: &Group) -> Self {
        let ids: BTreeMap<Name, Uuid> =
            group.topics.iter().enumerate().map(|(at, topic)| (topic.name.clone(), topic_id(at))).collect();
        let counts = group.topics.iter().map(|topic| (ids[&topic.name], topic.partitions as i32));
        let members = group.members.iter().map(|member| {
            let topics = member.subscription.topics.iter().map(|topic| ids[topic]).collect();
            let mut target = Partitions::new();
            for partition in &member.subscription.owned {
                target.entry(ids[&partition.topic]).or_default().insert(partition.partition);
            }
            Known {
                id: member.id.clone(),
                instance: member.instance.clone(),
                topics,
                target: Arc::new(target),
            }
        });
        let same =
            group.members.windows(2).all(|two| two[0].subscription.topics == two[1].subscription.topics);
        let subscriptions =
            if same { SubscriptionType::Homogeneous } else { SubscriptionType::Heterogeneous };
        Self { counts: counts.collect(), members: members.collect(), subscriptions }
    }

    fn assign(&self, assignor: ServerAssignor) -> Vec<Arc<Partitions>> {
        let members: Vec<MemberSpec<'_>> = self
            .members
            .iter()
            .map(|known| MemberSpec {
                id: &known.id,
                instance: known.instance.as_deref(),
                topics: &known.topics,
                current: &known.target,
            })
            .collect();
        let spec = GroupSpec {
            profile: Profile::Modern,
            members: &members,
            subscriptions: self.subscriptions,
            partitions: &|id| self.counts.get(&id).copied(),
        };
        assignor.assign(&spec).expect("all topics exist")
    }
}

/// The id of the topic at this place.
pub(crate) fn topic_id(at: usize) -> Uuid {
    let spread = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Uuid::from_parts(spread, spread.rotate_left(23))
}

/// A group.
#[derive(Clone)]
pub(crate) struct Group {
    pub(crate) topics: Vec<AssignableTopic>,
    pub(crate) members: Vec<GroupMember>,
}

impl Group {
    /// Members that own nothing; all want all topics, or if mixed each of them two thirds.
    pub(crate) fn new(members: usize, topics: usize, partitions: usize, mixed: bool) -> Self {
        let topics: Vec<AssignableTopic> = (0..topics)
            .map(|at| AssignableTopic {
                name: name(&format!("topic-{at:03}")),
                partitions,
                racks: Vec::new(),
            })
            .collect();
        let names: Vec<Name> = topics.iter().map(|topic| topic.name.clone()).collect();
        let member = |at: usize| {
            let wanted =
                names.iter().enumerate().filter(|(topic, _)| !mixed || !(topic + at).is_multiple_of(3));
            let topics = wanted.map(|(_, name)| name.clone()).collect();
            GroupMember {
                id: name(&format!(
                    "consumer-{at}-{:016x}",
                    (at as u64 + 7).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                )),
                instance: None,
                subscription: ConsumerProtocolSubscription { topics, ..Default::default() },
            }
        };
        Self { members: (0..members).map(member).collect(), topics }
    }

    /// The same group after its first assignment.
    pub(crate) fn with_result_of(&self, which: Which) -> Self {
        let mut after = self.clone();
        for (member, owned) in after.members.iter_mut().zip(which.prepare(self).lists(self)) {
            member.subscription.owned = owned;
            member.subscription.generation = 1;
        }
        after
    }

    pub(crate) fn without_member(mut self, at: usize) -> Self {
        self.members.remove(at);
        self
    }

    /// A small group of any kind: racks, static members, different subscriptions, old generations, double claims.
    pub(crate) fn random(random: &mut Random) -> Self {
        let racks = ["r1", "r2", "r3"].map(name);
        let with_racks = random.below(3) == 0;
        let topics: Vec<AssignableTopic> = (0..=random.below(4))
            .map(|at| {
                let partitions = 1 + random.below(6) as usize;
                let mut some = || racks.iter().filter(|_| random.below(2) == 0).cloned().collect();
                let racks = if with_racks { (0..partitions).map(|_| some()).collect() } else { Vec::new() };
                AssignableTopic { name: name(&format!("t{at}")), partitions, racks }
            })
            .collect();
        let mixed = random.below(2) == 0;
        let mut members = Vec::new();
        for at in 0..=random.below(6) {
            let wanted = topics.iter().filter(|_| !mixed || random.below(3) > 0);
            let topics = wanted.map(|topic| topic.name.clone()).collect();
            let rack = racks[random.below(3) as usize].clone();
            members.push(GroupMember {
                id: name(&format!("c{at}-{:08x}", random.below(u32::MAX))),
                instance: (random.below(5) == 0).then(|| name(&format!("i{at}"))),
                subscription: ConsumerProtocolSubscription {
                    topics,
                    generation: random.below(3) as i32,
                    rack: (with_racks && random.below(4) > 0).then_some(rack),
                    ..Default::default()
                },
            });
        }
        let mut group = Self { topics, members };
        group.claim(random);
        group
    }

    /// Somebody has most partitions, sometimes two say so, sometimes one who no longer wants the topic.
    fn claim(&mut self, random: &mut Random) {
        for topic in &self.topics {
            for number in 0..topic.partitions {
                let claims = [0, 1, 1, 1, 1, 1, 1, 1, 1, 2][random.below(10) as usize];
                let mut claimants: Vec<usize> =
                    (0..claims).map(|_| random.below(self.members.len() as u32) as usize).collect();
                claimants.dedup();
                for at in claimants {
                    let subscription = &mut self.members[at].subscription;
                    if subscription.topics.contains(&topic.name) || random.below(4) == 0 {
                        subscription.owned.push(TopicPartition::new(&topic.name, number as i32));
                    }
                }
            }
        }
    }

    fn named(&self, target: &Partitions) -> Vec<TopicPartition> {
        let ids = self.topics.iter().enumerate().map(|(at, topic)| (topic_id(at), &topic.name));
        let ids: BTreeMap<Uuid, &Name> = ids.collect();
        let numbers = |(id, numbers): (&Uuid, &kafkascope::kafka::base::Set<i32>)| {
            let topic = ids[id];
            numbers.iter().map(|number| TopicPartition::new(topic, *number)).collect::<Vec<_>>()
        };
        let mut list: Vec<TopicPartition> = target.iter().flat_map(numbers).collect();
        list.sort();
        list
    }

    /// Seconds to name every partition and put each into somebody's list: what no assignor can do without.
    pub(crate) fn floor(&self) -> f64 {
        super::each(
            || (),
            |()| {
                let mut lists: Vec<Vec<TopicPartition>> = vec![Vec::new(); self.members.len()];
                let mut next = 0;
                for topic in &self.topics {
                    for number in 0..topic.partitions {
                        lists[next].push(TopicPartition::new(&topic.name, number as i32));
                        next = (next + 1) % lists.len();
                    }
                }
                black_box(lists);
            },
        )
    }
}
