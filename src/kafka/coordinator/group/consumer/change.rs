//! A change of a group while it is worked out, and the records that members leave.

use std::sync::Arc;

use crate::kafka::base::Epoch;
use crate::kafka::base::Name;
use crate::kafka::base::Set;
use crate::kafka::coordinator::record::ConsumerRecord;
use crate::kafka::coordinator::record::GroupRecord;
use crate::kafka::coordinator::record::consumer::CurrentAssignment;

use super::group::ConsumerGroup;
use super::member::Member;
use super::member::Target;

/// A change of a group that is being worked out: what a member was, what it will be, and the records so far.
pub(super) struct Change {
    pub(super) group: Arc<ConsumerGroup>,
    pub(super) old: Member,
    pub(super) new: Member,
    /// Names or regular expression are other ones than before.
    pub(super) subscription_changed: bool,
    /// The group's topics were looked at again. Where they were not, Kafka goes on with what it knew of the group, also
    /// whether all members want the same.
    pub(super) looked: bool,
    pub(super) epoch: Epoch,
    pub(super) records: Vec<GroupRecord>,
}

impl Change {
    pub(super) fn new(
        group: Arc<ConsumerGroup>,
        old: Member,
        new: Member,
        records: Vec<GroupRecord>,
    ) -> Self {
        Self { epoch: group.epoch, group, old, new, subscription_changed: false, looked: false, records }
    }

    pub(super) fn add(&mut self, record: ConsumerRecord) {
        self.records.push(GroupRecord::Consumer(record));
    }
}

impl Change {
    /// Writes what the member says of itself if that is new; `true` if it is subscribed to other names.
    pub(super) fn write_member(&mut self) -> bool {
        if self.new.metadata == self.old.metadata {
            return false;
        }
        self.add(ConsumerRecord::Member {
            group: self.group.id.clone(),
            member: self.new.id.clone(),
            value: Some(self.new.metadata.clone()),
        });
        self.new.metadata.topics != self.old.metadata.topics
    }

    /// The names that the group is subscribed to when the member is what it will be.
    pub(super) fn subscribed_names(&self) -> Set<Name> {
        let mut next =
            self.group.subscribed_names(|member| member.id != self.new.id && !self.replaces(member));
        next.extend(self.group.names_of(&self.new));
        next
    }

    /// Whether the changed member takes the place of another one with the same instance id.
    pub(super) fn replaces(&self, member: &Member) -> bool {
        member.id != self.new.id
            && member.metadata.instance.is_some()
            && member.metadata.instance == self.new.metadata.instance
    }
}

/// A static member gets a new id: the old member goes, the new one inherits what it owns and should own.
pub(super) fn replace_static(
    group: &ConsumerGroup,
    existing: &Member,
    id: &Name,
    records: &mut Vec<GroupRecord>,
) -> Member {
    let mut member = existing.clone();
    member.id = id.clone();
    member.epoch = 0;
    member.previous_epoch = 0;
    remove_member(records, &group.id, &existing.id);
    let target = group.target.get(&existing.id).map(|target| Target::clone(target)).unwrap_or_default();
    let written = [
        ConsumerRecord::Member {
            group: group.id.clone(),
            member: id.clone(),
            value: Some(member.metadata.clone()),
        },
        ConsumerRecord::Target { group: group.id.clone(), member: id.clone(), value: Some(target) },
        current_record(&group.id, &member),
    ];
    records.extend(written.map(GroupRecord::Consumer));
    member
}

/// The three tombstones of a member.
pub(super) fn remove_member(records: &mut Vec<GroupRecord>, group: &Name, member: &Name) {
    let (group, member) = (group.clone(), member.clone());
    records.extend(
        [
            ConsumerRecord::Current { group: group.clone(), member: member.clone(), value: None },
            ConsumerRecord::Target { group: group.clone(), member: member.clone(), value: None },
            ConsumerRecord::Member { group, member, value: None },
        ]
        .map(GroupRecord::Consumer),
    );
}

pub(super) fn current_record(group: &Name, member: &Member) -> ConsumerRecord {
    let value = CurrentAssignment {
        epoch: member.epoch,
        previous_epoch: member.previous_epoch,
        state: member.state,
        assigned: member.assigned.clone(),
        revoking: member.revoking.clone(),
    };
    ConsumerRecord::Current { group: group.clone(), member: member.id.clone(), value: Some(value) }
}
