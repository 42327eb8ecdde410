//! The topics of the cluster, as `metadata` steps give them.

use std::collections::BTreeMap;

use kafkascope::kafka::base::Name;
use kafkascope::kafka::base::Uuid;
use kafkascope::kafka::base::name;
use kafkascope::kafka::coordinator::Topics;
use serde_json::Value;

use super::super::report::int;
use super::fields::uuid;

#[derive(Clone, Default, PartialEq)]
pub(super) struct TestTopics {
    topics: BTreeMap<Name, (Uuid, i32)>,
    /// How many `metadata` steps there were.
    steps: i64,
}

impl Topics for TestTopics {
    fn id(&self, topic: &str) -> Option<Uuid> {
        self.topics.get(topic).map(|(id, _)| *id)
    }

    fn name(&self, id: Uuid) -> Option<Name> {
        self.topics.iter().find(|(_, (known, _))| *known == id).map(|(name, _)| name.clone())
    }

    fn partitions(&self, topic: &str) -> Option<i32> {
        self.topics.get(topic).map(|(_, count)| *count)
    }

    fn racks(&self, _topic: &str, _partition: i32) -> Vec<Name> {
        Vec::new()
    }

    fn names(&self) -> Vec<Name> {
        self.topics.keys().cloned().collect()
    }

    fn version(&self) -> i64 {
        self.steps - 1
    }
}

impl TestTopics {
    /// The complete set of topics from now on.
    pub(super) fn next(&self, value: &Value) -> Result<Self, String> {
        let mut topics = BTreeMap::new();
        for (topic, about) in value.as_object().into_iter().flatten() {
            topics.insert(name(topic), (uuid(&about["id"])?, int(about, "partitions")? as i32));
        }
        Ok(Self { topics, steps: self.steps + 1 })
    }

    /// Which topics differ, and which of the old ones are gone; a new id is another topic.
    pub(super) fn changes(&self, new: &Self) -> (Vec<Name>, Vec<(Name, Uuid)>) {
        let gone = |(topic, _): &(&Name, &(Uuid, i32))| new.id(topic) != self.id(topic);
        let gone = self.topics.iter().filter(gone);
        let deleted: Vec<(Name, Uuid)> = gone.map(|(topic, (id, _))| (topic.clone(), *id)).collect();
        let mut changed: Vec<Name> = deleted.iter().map(|(topic, _)| topic.clone()).collect();
        let differs = |(topic, about): &(&Name, &(Uuid, i32))| self.topics.get(*topic) != Some(*about);
        changed.extend(new.topics.iter().filter(differs).map(|(topic, _)| topic.clone()));
        changed.sort();
        changed.dedup();
        (changed, deleted)
    }
}
