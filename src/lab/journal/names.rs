//! Numbers for the names that a journal repeats in line after line.

use super::GroupId;
use super::NameId;
use super::Spot;
use crate::kafka::base::Map;
use crate::kafka::base::Name;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;

/// The texts and partitions that journal entries name by number, in the order in which they came up.
#[derive(Clone, Debug, Default, PartialEq, Hash)]
pub struct Names {
    texts: Vec<Name>,
    text_ids: Map<Name, NameId>,
    spots: Vec<TopicPartition>,
    spot_ids: Map<TopicPartition, Spot>,
    groups: Vec<Name>,
    group_ids: Map<Name, GroupId>,
}

impl Names {
    /// The number of a group; `None` when all numbers are given out. Such a group's life is not told.
    pub fn group_id(&mut self, group: &Name) -> Option<GroupId> {
        if let Some(id) = self.group_ids.get(group) {
            return Some(*id);
        }
        let id = GroupId(u16::try_from(self.groups.len()).ok()?);
        self.groups.push(group.clone());
        self.group_ids.insert(group.clone(), id);
        Some(id)
    }

    /// The group of an entry that may lie after this world.
    pub fn group_of(&self, id: GroupId) -> Option<&Name> {
        self.groups.get(usize::from(id.0))
    }

    /// The number of a group that has one.
    pub fn group_called(&self, group: &str) -> Option<GroupId> {
        self.group_ids.get(group).copied()
    }

    /// The number of a partition that has one.
    pub fn spot_called(&self, partition: &TopicPartition) -> Option<Spot> {
        self.spot_ids.get(partition).copied()
    }

    pub fn text_id(&mut self, text: &str) -> NameId {
        if let Some(id) = self.text_ids.get(text) {
            return *id;
        }
        let id = NameId(self.texts.len() as u32);
        self.texts.push(name(text));
        self.text_ids.insert(name(text), id);
        id
    }

    pub fn spot_id(&mut self, partition: &TopicPartition) -> Spot {
        if let Some(id) = self.spot_ids.get(partition) {
            return *id;
        }
        let id = Spot(self.spots.len() as u32);
        self.spots.push(partition.clone());
        self.spot_ids.insert(partition.clone(), id);
        id
    }

    /// The text of an entry of this world.
    pub fn text(&self, id: NameId) -> &Name {
        &self.texts[id.0 as usize]
    }

    /// The text of an entry that may lie after this world.
    pub fn text_of(&self, id: NameId) -> Option<&Name> {
        self.texts.get(id.0 as usize)
    }

    /// The partition of an entry that may lie after this world.
    pub fn spot_of(&self, id: Spot) -> Option<&TopicPartition> {
        self.spots.get(id.0 as usize)
    }

    /// The partition of an entry of this world.
    pub fn spot(&self, id: Spot) -> &TopicPartition {
        &self.spots[id.0 as usize]
    }
}
