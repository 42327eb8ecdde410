//! The input of an assignor with numbers for names: topics in the order of their names, partitions one after the other
//! through all topics, members in the order in which they were given.

use super::AssignableTopic;
use super::GroupMember;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::hash_map_order;
use crate::kafka::base::java_hash;

pub(super) struct Input<'a> {
    /// Sorted by name.
    pub(super) topics: Vec<&'a AssignableTopic>,
    /// The number of each topic's first partition, and behind the last the number of all partitions.
    first: Vec<usize>,
    topic_of: Vec<u32>,
    pub(super) members: &'a [GroupMember],
    /// Different lists of known topics, each ascending.
    pub(super) subscriptions: Vec<Vec<usize>>,
    /// Which of `subscriptions` a member has.
    pub(super) subscription_of: Vec<usize>,
}

impl<'a> Input<'a> {
    pub(super) fn new(topics: &'a [AssignableTopic], members: &'a [GroupMember]) -> Self {
        let mut topics: Vec<&AssignableTopic> = topics.iter().filter(|topic| topic.partitions > 0).collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Self::of(topics, members)
    }

    /// With topics that are sorted by name and have partitions.
    pub(super) fn of(topics: Vec<&'a AssignableTopic>, members: &'a [GroupMember]) -> Self {
        let mut first = vec![0];
        let mut topic_of = Vec::new();
        for (number, topic) in topics.iter().enumerate() {
            topic_of.resize(topic_of.len() + topic.partitions, number as u32);
            first.push(topic_of.len());
        }
        let mut input = Self {
            topics,
            first,
            topic_of,
            members,
            subscriptions: Vec::new(),
            subscription_of: Vec::with_capacity(members.len()),
        };
        input.enter_subscriptions();
        input
    }

    /// Members of a group mostly want the same: a list that stands next to an equal one is looked up once.
    fn enter_subscriptions(&mut self) {
        let members = self.members;
        for (at, member) in members.iter().enumerate() {
            let wanted = &member.subscription.topics;
            let before = at.checked_sub(1).filter(|before| members[*before].subscription.topics == *wanted);
            let class = match before {
                Some(before) => self.subscription_of[before],
                None => self.class(wanted),
            };
            self.subscription_of.push(class);
        }
    }

    fn class(&mut self, wanted: &[Name]) -> usize {
        let mut known: Vec<usize> = wanted.iter().filter_map(|name| self.topic(name)).collect();
        known.sort_unstable();
        known.dedup();
        self.subscriptions.iter().position(|other| *other == known).unwrap_or_else(|| {
            self.subscriptions.push(known);
            self.subscriptions.len() - 1
        })
    }

    fn topic(&self, name: &str) -> Option<usize> {
        self.topics.binary_search_by(|topic| (*topic.name).cmp(name)).ok()
    }

    /// Which topics somebody wants.
    pub(super) fn subscribed_topics(&self) -> Vec<bool> {
        let mut wanted = vec![false; self.topics.len()];
        for topic in self.subscriptions.iter().flatten() {
            wanted[*topic] = true;
        }
        wanted
    }

    /// The topics that a member wants and that exist.
    pub(super) fn wants(&self, member: usize) -> &[usize] {
        &self.subscriptions[self.subscription_of[member]]
    }

    pub(super) fn wants_topic(&self, member: usize, topic: usize) -> bool {
        self.wants(member).binary_search(&topic).is_ok()
    }

    /// How many partitions there are.
    pub(super) fn partitions(&self) -> usize {
        self.topic_of.len()
    }

    pub(super) fn topic_of(&self, partition: usize) -> usize {
        self.topic_of[partition] as usize
    }

    /// The partitions of a topic.
    pub(super) fn range(&self, topic: usize) -> std::ops::Range<usize> {
        self.first[topic]..self.first[topic + 1]
    }

    /// The number of a partition within its topic.
    pub(super) fn number_in_topic(&self, partition: usize) -> usize {
        partition - self.first[self.topic_of(partition)]
    }

    pub(super) fn name(&self, partition: usize) -> TopicPartition {
        let topic = self.topics[self.topic_of(partition)];
        TopicPartition::new(&topic.name, self.number_in_topic(partition) as i32)
    }

    /// The numbers of those partitions that exist. Neighbours of one topic are looked up once.
    pub(super) fn known(&self, partitions: &[TopicPartition]) -> Vec<usize> {
        let mut found = Vec::with_capacity(partitions.len());
        let mut last: Option<(&TopicPartition, Option<usize>)> = None;
        for partition in partitions {
            let topic = match last {
                Some((before, topic)) if before.topic == partition.topic => topic,
                _ => self.topic(&partition.topic),
            };
            last = Some((partition, topic));
            let number = usize::try_from(partition.partition).ok();
            if let (Some(topic), Some(number)) = (topic, number) {
                found.extend(Some(self.first[topic] + number).filter(|at| self.range(topic).contains(at)));
            }
        }
        found
    }

    /// Members in the order in which Kafka's map of subscriptions is walked.
    pub(super) fn members_in_hash_order(&self) -> Vec<usize> {
        hash_map_order(self.members.iter().map(|member| java_hash(&member.id)))
    }

    /// The place of each member when they are sorted by id.
    pub(super) fn ranks_by_id(&self) -> Vec<usize> {
        let mut sorted: Vec<usize> = (0..self.members.len()).collect();
        sorted.sort_by(|a, b| self.members[*a].id.cmp(&self.members[*b].id));
        let mut ranks = vec![0; sorted.len()];
        for (rank, member) in sorted.into_iter().enumerate() {
            ranks[member] = rank;
        }
        ranks
    }

    /// Static members by instance id, then the others by member id (`AbstractPartitionAssignor.MemberInfo`).
    pub(super) fn static_members_first(&self) -> Vec<usize> {
        let mut sorted: Vec<usize> = (0..self.members.len()).collect();
        sorted.sort_by_key(|at| {
            let GroupMember { id, instance, .. } = &self.members[*at];
            (instance.is_none(), instance.as_ref().unwrap_or(id))
        });
        sorted
    }

    /// A member's `client.rack`, unless it is empty.
    pub(super) fn rack(&self, member: usize) -> Option<&'a str> {
        self.members[member].subscription.rack.as_deref().filter(|rack| !rack.is_empty())
    }

    /// The partitions of each member by name.
    pub(super) fn named(&self, lists: Vec<Vec<usize>>) -> Vec<Vec<TopicPartition>> {
        lists.into_iter().map(|list| list.into_iter().map(|at| self.name(at)).collect()).collect()
    }
}
