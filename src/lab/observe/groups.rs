//! What the coordinators on a broker were last seen to know of their groups.

use imbl::OrdMap;
use imbl::ordmap::DiffItem;

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Epoch;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::Offset;
use crate::kafka::base::Set;
use crate::kafka::base::TopicPartition;
use crate::kafka::coordinator::Shard;
use crate::kafka::coordinator::group::Group;
use crate::kafka::coordinator::group::GroupView;
use crate::kafka::coordinator::group::offsets::PartitionOffsets;
use crate::lab::journal::GroupState;
use crate::lab::journal::Kind;
use crate::lab::journal::Names;

/// The shards of a broker.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub(super) struct Shards {
    process: u32,
    shards: Map<i32, Seen>,
}

/// A shard as it was last seen.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
struct Seen {
    epoch: Epoch,
    pulse: (u64, usize),
    timeline: OrdMap<Name, Group>,
    offsets: OrdMap<Name, PartitionOffsets>,
    groups: Map<Name, SeenGroup>,
}

#[derive(Clone, Debug, PartialEq, Hash)]
struct SeenGroup {
    state: GroupState,
    generation: i32,
    /// Sorted.
    members: Vec<Name>,
}

impl SeenGroup {
    fn of(group: &GroupView<'_>) -> Self {
        let (generation, mut members): (_, Vec<Name>) = match group {
            GroupView::Classic(group) => (group.generation, group.members.keys().cloned().collect()),
            GroupView::Consumer(group) => (group.epoch, group.members.keys().cloned().collect()),
        };
        members.arrange();
        Self { state: GroupState::called(group.state()), generation, members }
    }
}

impl Shards {
    /// Compares the shards that are loaded with what they were.
    pub(super) fn look<'a>(
        &mut self,
        process: u32,
        shards: impl Iterator<Item = &'a Shard>,
        names: &mut Names,
        out: &mut Vec<Kind>,
    ) {
        if process != self.process {
            *self = Self { process, ..Self::default() };
        }
        let mut here = Set::new();
        for shard in shards {
            here.insert(shard.partition);
            match self.shards.get_mut(&shard.partition).filter(|seen| seen.epoch == shard.leader_epoch) {
                Some(seen) => seen.compare(shard, names, out),
                None => _ = self.shards.insert(shard.partition, Seen::loaded(shard, names, out)),
            }
        }
        if here.len() < self.shards.len() {
            self.shards.retain(|partition, _| here.contains(partition));
        }
    }
}

impl Seen {
    /// A shard that was just loaded: its groups are told, and what they had before is not news.
    fn loaded(shard: &Shard, names: &mut Names, out: &mut Vec<Kind>) -> Self {
        let mut seen = Self { epoch: shard.leader_epoch, ..Self::default() };
        seen.offsets = shard.committed().offsets.by_group().clone();
        seen.remember(shard);
        for (name, group) in shard.groups() {
            let now = SeenGroup::of(&group);
            moved(name, &now, names, out);
            seen.groups.insert(name.clone(), now);
        }
        seen
    }

    fn remember(&mut self, shard: &Shard) {
        self.pulse = shard.timers().pulse();
        self.timeline = shard.timeline().groups.clone();
    }

    fn compare(&mut self, shard: &Shard, names: &mut Names, out: &mut Vec<Kind>) {
        if self.pulse != shard.timers().pulse() || !self.timeline.ptr_eq(&shard.timeline().groups) {
            self.remember(shard);
            self.compare_groups(shard, names, out);
        }
        let offsets = shard.committed().offsets.by_group();
        if !self.offsets.ptr_eq(offsets) {
            compare_offsets(&self.offsets, offsets, names, out);
            self.offsets = offsets.clone();
        }
    }

    fn compare_groups(&mut self, shard: &Shard, names: &mut Names, out: &mut Vec<Kind>) {
        for (name, group) in shard.groups() {
            let now = SeenGroup::of(&group);
            let before = self.groups.get(name);
            if before == Some(&now) {
                continue;
            }
            tell_members(name, before.map_or(&[], |it| &it.members), &now.members, names, out);
            if before.is_none_or(|it| (it.state, it.generation) != (now.state, now.generation)) {
                moved(name, &now, names, out);
            }
            self.groups.insert(name.clone(), now);
        }
        if self.groups.len() > self.timeline.len() {
            let gone: Vec<Name> =
                self.groups.keys().filter(|name| shard.group(name).is_none()).cloned().collect();
            for name in gone {
                if let Some(last) = self.groups.remove(&name) {
                    tell_members(&name, &last.members, &[], names, out);
                    moved(&name, &SeenGroup { state: GroupState::Dead, ..last }, names, out);
                }
            }
        }
    }
}

fn moved(name: &Name, group: &SeenGroup, names: &mut Names, out: &mut Vec<Kind>) {
    if let Some(id) = names.group_id(name) {
        out.push(Kind::GroupMoved { group: id, state: group.state, generation: group.generation });
    }
}

/// Both sorted.
fn tell_members(name: &Name, before: &[Name], now: &[Name], names: &mut Names, out: &mut Vec<Kind>) {
    if before == now {
        return;
    }
    let Some(group) = names.group_id(name) else { return };
    for member in before.iter().filter(|member| now.binary_search(member).is_err()) {
        out.push(Kind::MemberWent { group, member: names.text_id(member) });
    }
    for member in now.iter().filter(|member| before.binary_search(member).is_err()) {
        out.push(Kind::MemberCame { group, member: names.text_id(member) });
    }
}

fn compare_offsets(
    before: &OrdMap<Name, PartitionOffsets>,
    now: &OrdMap<Name, PartitionOffsets>,
    names: &mut Names,
    out: &mut Vec<Kind>,
) {
    let none = PartitionOffsets::new();
    for change in before.diff(now) {
        let (name, old, new) = match change {
            DiffItem::Add(name, new) => (name, &none, new),
            DiffItem::Update { old: (name, old), new: (_, new) } => (name, old, new),
            DiffItem::Remove(name, old) => (name, old, &none),
        };
        let Some(group) = names.group_id(name) else { continue };
        let mut tell = |partition: &TopicPartition, from: Offset, to: Offset| {
            if from != to {
                out.push(Kind::Committed { group, spot: names.spot_id(partition), from, to });
            }
        };
        for change in old.diff(new) {
            match change {
                DiffItem::Add(partition, new) => tell(partition, -1, new.offset),
                DiffItem::Update { old: (partition, old), new: (_, new) } => {
                    tell(partition, old.offset, new.offset);
                }
                DiffItem::Remove(partition, old) => tell(partition, old.offset, -1),
            }
        }
    }
}
