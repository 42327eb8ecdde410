//! A consumer group of KIP-848 (Kafka: `ConsumerGroup`, `ModernGroup`): its members, its epochs, its target, and what
//! follows from them. It changes only by replaying records.

use std::sync::Arc;

use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Profile;
use crate::kafka::base::Set;
use crate::kafka::base::Uuid;
use crate::kafka::coordinator::record::consumer::ConsumerRecord;
use crate::kafka::coordinator::record::consumer::CurrentAssignment;
use crate::kafka::coordinator::record::consumer::ResolvedRegex;

use super::member::LEAVE;
use super::member::Member;
use super::member::Owned;
use super::member::Target;
use super::member::partitions_of;
use super::votes;

/// The state of a consumer group (Kafka: `ConsumerGroupState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsumerState {
    Empty,
    /// The target is older than the group's epoch.
    Assigning,
    /// Some members have not reached the target.
    Reconciling,
    Stable,
}

impl ConsumerState {
    /// As Kafka's tools print it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::Stable => "Stable",
        }
    }
}

/// A consumer group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerGroup {
    pub id: Name,
    pub epoch: Epoch,
    /// What its topics looked like in this epoch; see [`super::metadata_hash`].
    pub metadata_hash: i64,
    /// The epoch of [`Self::target`]; −1 while the group is being deleted.
    pub assignment_epoch: Epoch,
    /// When the target was computed, in ms; 0: never.
    pub assigned_at_ms: i64,
    pub members: Map<Name, Arc<Member>>,
    pub target: Map<Name, Arc<Target>>,
    /// `group.instance.id` → member id.
    pub instances: Map<Name, Name>,
    pub regexes: Map<Name, ResolvedRegex>,
    /// Which epoch the owner of a partition was in when it was last written.
    held: Map<Uuid, Map<i32, Epoch>>,
    /// A log of Kafka 4.0 or older still holds the group's topics.
    pub(super) has_partition_metadata: bool,
}

impl ConsumerGroup {
    /// A group that no record tells of yet. In 4.4 it begins with epoch 1, so its first member enters 2.
    pub fn new(id: &Name, profile: Profile) -> Self {
        let epoch = Epoch::from(profile == Profile::Modern);
        Self {
            id: id.clone(),
            epoch,
            metadata_hash: 0,
            assignment_epoch: epoch,
            assigned_at_ms: 0,
            members: Map::new(),
            target: Map::new(),
            instances: Map::new(),
            regexes: Map::new(),
            held: Map::new(),
            has_partition_metadata: false,
        }
    }

    pub fn state(&self) -> ConsumerState {
        if self.members.is_empty() {
            ConsumerState::Empty
        } else if self.epoch > self.assignment_epoch {
            ConsumerState::Assigning
        } else if self.members.values().all(|member| member.is_reconciled_to(self.assignment_epoch)) {
            ConsumerState::Stable
        } else {
            ConsumerState::Reconciling
        }
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member with this `group.instance.id`.
    pub fn static_member(&self, instance: &str) -> Option<&Arc<Member>> {
        self.members.get(self.instances.get(instance)?)
    }

    /// The target of a member; a static member inherits that of the member whose place it takes.
    pub fn target_of(&self, member: &Member) -> Arc<Target> {
        let owner = match &member.metadata.instance {
            Some(instance) => self.instances.get(instance),
            None => Some(&member.id),
        };
        owner.and_then(|id| self.target.get(id)).cloned().unwrap_or_default()
    }

    /// Whether a member holds the partition, or has yet to give it up.
    pub fn is_held(&self, topic: Uuid, partition: i32) -> bool {
        self.held.get(&topic).is_some_and(|of| of.contains_key(&partition))
    }

    /// Whether a classic member still waits for a partition that others hold.
    pub(super) fn waits_for_others(&self, member: &Member) -> bool {
        self.target.get(&member.id).is_some_and(|target| {
            target.iter().any(|(topic, partitions)| {
                let own = member.assigned.get(topic);
                partitions
                    .iter()
                    .any(|p| !own.is_some_and(|own| own.contains_key(p)) && self.is_held(*topic, *p))
            })
        })
    }

    /// The server-side assignor with the most votes; none if nobody votes.
    pub fn preferred_assignor(&self) -> Option<Name> {
        votes::preferred(self)
    }

    /// Members that speak the classic protocol.
    pub fn classic_members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.values().filter(|member| member.is_classic())
    }

    /// How many members are subscribed by this regular expression.
    pub(super) fn subscribers(&self, regex: &str) -> usize {
        self.members.values().filter(|member| *member.metadata.regex == *regex).count()
    }

    /// Whether the group is subscribed to a topic, by name or by a resolved regular expression.
    pub fn is_subscribed_to(&self, topic: &str) -> bool {
        self.members.values().any(|member| member.metadata.topics.contains(topic))
            || self.regexes.values().any(|regex| regex.topics.contains(topic))
    }

    fn update(&mut self, member: Member) {
        if let Some(old) = self.members.get(&member.id).cloned() {
            self.release(&old);
        }
        for (topic, partitions) in member.assigned.iter().chain(member.revoking.iter()) {
            let held = self.held.entry(*topic).or_default();
            for partition in partitions.keys() {
                held.insert(*partition, member.epoch);
            }
        }
        if let Some(instance) = &member.metadata.instance {
            self.instances.insert(instance.clone(), member.id.clone());
        }
        self.members.insert(member.id.clone(), Arc::new(member));
    }

    /// Frees what a member held, except what another one has got in a later epoch.
    fn release(&mut self, member: &Member) {
        for (topic, partitions) in member.assigned.iter().chain(member.revoking.iter()) {
            let Some(held) = self.held.get_mut(topic) else { continue };
            for partition in partitions.keys() {
                if held.get(partition) == Some(&member.epoch) {
                    held.remove(partition);
                }
            }
            if held.is_empty() {
                self.held.remove(topic);
            }
        }
    }

    /// Takes a member over as it is, with what it owns as its target.
    pub(super) fn adopt(&mut self, member: Member) {
        self.target.insert(member.id.clone(), Arc::new(partitions_of(&member.assigned)));
        self.update(member);
    }

    fn remove(&mut self, id: &Name) {
        let Some(old) = self.members.remove(id) else { return };
        self.release(&old);
        if let Some(instance) = &old.metadata.instance {
            self.instances.remove(instance);
        }
    }

    /// The member as it is now, or a new one.
    fn member(&self, id: &Name) -> Member {
        self.members.get(id).map_or_else(|| Member::new(id), |member| Member::clone(member))
    }

    /// Applies a record of this group. The tombstone of the group itself is the caller's: it drops the group.
    pub fn replay(&mut self, record: &ConsumerRecord) {
        match record {
            ConsumerRecord::Group { value, .. } => {
                if let Some(value) = value {
                    self.epoch = value.epoch;
                    self.metadata_hash = value.metadata_hash;
                }
            }
            ConsumerRecord::PartitionMetadata { value, .. } => self.has_partition_metadata = value.is_some(),
            ConsumerRecord::Member { member, value: Some(value), .. } => {
                let mut member = self.member(member);
                member.metadata = value.clone();
                self.update(member);
            }
            ConsumerRecord::Member { member, value: None, .. } => self.remove(member),
            ConsumerRecord::TargetEpoch { value, .. } => {
                self.assignment_epoch = value.map_or(-1, |value| value.epoch);
                self.assigned_at_ms = value.map_or(0, |value| value.timestamp_ms);
            }
            ConsumerRecord::Target { member, value: Some(value), .. } => {
                self.target.insert(member.clone(), Arc::new(value.clone()));
            }
            ConsumerRecord::Target { member, value: None, .. } => {
                self.target.remove(member);
            }
            ConsumerRecord::Current { member, value, .. } => self.replay_current(member, value.as_ref()),
            ConsumerRecord::Regex { regex, value: Some(value), .. } => {
                self.regexes.insert(regex.clone(), value.clone());
            }
            ConsumerRecord::Regex { regex, value: None, .. } => {
                self.regexes.remove(regex);
            }
        }
    }

    fn replay_current(&mut self, id: &Name, value: Option<&CurrentAssignment>) {
        if value.is_none() && !self.members.contains_key(id) {
            return;
        }
        let mut member = self.member(id);
        if let Some(value) = value {
            member.epoch = value.epoch;
            member.previous_epoch = value.previous_epoch;
            member.state = value.state;
            member.assigned = value.assigned.clone();
            member.revoking = value.revoking.clone();
        } else {
            member.epoch = LEAVE;
            member.previous_epoch = LEAVE;
            member.assigned = Owned::new();
            member.revoking = Owned::new();
        }
        self.update(member);
    }

    /// The names that the members which pass are subscribed to, those that regular expressions found included.
    pub(super) fn subscribed_names(&self, pass: impl Fn(&Member) -> bool) -> Set<Name> {
        let mut names = Set::new();
        let mut regexes: Set<&Name> = Set::new();
        for member in self.members.values().filter(|member| pass(member)) {
            names.extend(member.metadata.topics.iter().cloned());
            regexes.extend(member.regex());
        }
        for (_, resolved) in self.regexes.iter().filter(|(regex, _)| regexes.contains(*regex)) {
            names.extend(resolved.topics.iter().cloned());
        }
        names
    }

    /// The regular expressions of the members which pass.
    pub(super) fn regexes_of(&self, pass: impl Fn(&Member) -> bool) -> Set<Name> {
        self.members
            .values()
            .filter(|member| pass(member))
            .filter_map(|member| member.regex().cloned())
            .collect()
    }

    /// The names that a member is subscribed to, those that its regular expression found included.
    pub(super) fn names_of(&self, member: &Member) -> Set<Name> {
        let mut names = member.metadata.topics.clone();
        if let Some(regex) = member.regex().and_then(|regex| self.regexes.get(regex)) {
            names.extend(regex.topics.iter().cloned());
        }
        names
    }
}
