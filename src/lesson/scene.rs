use std::collections::BTreeMap;

use crate::kafka::base::Arrange as _;
use crate::kafka::base::Instant;
use crate::kafka::base::Name;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::client::producer::Keys;
use crate::kafka::client::producer::Workload;
use crate::lab::Act;
use crate::lab::Configs;
use crate::lab::Genesis;
use crate::lab::NewConsumer;
use crate::lab::Recorded;

/// How a world begins that the reader has not made: who it consists of, and the moment at which it is first seen.
pub struct Scene {
    pub genesis: Genesis,
    pub acts: Vec<Recorded>,
    pub seen_at: Instant,
}

/// When the brokers of a scene have been let in, in ms.
const BROKERS_IN: u64 = 3_000;
/// When a scene's topics have their leaders, in ms.
const TOPICS_MADE: u64 = 3_500;

/// Builds the scene of a lesson: brokers at the beginning, topics when they are in, clients when the topics are there.
/// Brokers are numbered from 1, producers from 10001, consumers from 20001, in the order in which they are named.
pub struct Setup {
    scene: Scene,
}

impl Setup {
    /// A cluster of so many brokers, each with these configs.
    pub fn brokers(count: usize, configs: &[(&str, &str)]) -> Self {
        let add = || Act::AddBroker { id: None, rack: None, configs: pairs(configs) };
        let acts = (0..count).map(|_| Recorded { at: Instant::ZERO, act: add() }).collect();
        let genesis = Genesis { profile: Profile::Modern, seed: 7 };
        Self { scene: Scene { genesis, acts, seen_at: Instant::from_millis(TOPICS_MADE + 500) } }
    }

    /// Another seed than 7.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.scene.genesis.seed = seed;
        self
    }

    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.scene.genesis.profile = profile;
        self
    }

    #[must_use]
    pub fn topic(self, topic: &str, partitions: i32, replication: i16, configs: &[(&str, &str)]) -> Self {
        let act = Act::CreateTopic { name: name(topic), partitions, replication, configs: pairs(configs) };
        self.at(BROKERS_IN, act)
    }

    /// A producer that writes nothing by itself: lessons let it send records one by one.
    #[must_use]
    pub fn producer(self, topic: &str, configs: &[(&str, &str)]) -> Self {
        self.at(TOPICS_MADE, add_producer(Workload::new(&name(topic), 0), configs))
    }

    /// A producer that writes so many records a second, with keys in turn.
    #[must_use]
    pub fn busy_producer(self, topic: &str, rate: u64, keys: u32, configs: &[(&str, &str)]) -> Self {
        let keys = if keys == 0 { Keys::None } else { Keys::Round(keys) };
        self.at(TOPICS_MADE, add_producer(Workload { keys, ..Workload::new(&name(topic), rate) }, configs))
    }

    /// A consumer that is assigned these partitions (`demo-0`), from the earliest record on unless configs say else.
    #[must_use]
    pub fn consumer(self, partitions: &[&str], configs: &[(&str, &str)]) -> Self {
        self.at(TOPICS_MADE, add_consumer(partitions, configs))
    }

    /// Any other act at a moment in ms.
    #[must_use]
    pub fn at(mut self, ms: u64, act: Act) -> Self {
        self.scene.acts.push(Recorded { at: Instant::from_millis(ms), act });
        self.scene.acts.arrange_by_key(|recorded| recorded.at);
        self
    }

    /// The scene, first seen at this moment in ms.
    pub fn seen_at(mut self, ms: u64) -> Scene {
        self.scene.seen_at = Instant::from_millis(ms);
        self.scene
    }

    /// The scene, first seen as soon as its clients have met the brokers.
    pub fn scene(self) -> Scene {
        self.scene
    }
}

/// Configs from pairs of names and values.
pub(super) fn pairs(pairs: &[(&str, &str)]) -> Configs {
    pairs.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect::<BTreeMap<_, _>>()
}

/// The partition that a text names: `demo-0`.
///
/// # Panics
/// Without a `-` and a number: such a name is a mistake in a lesson.
pub(super) fn spot(text: &str) -> TopicPartition {
    let (topic, number) = text.rsplit_once('-').expect("a partition is written topic-number");
    TopicPartition::new(&name(topic), number.parse().expect("a partition has a number"))
}

pub(super) fn add_producer(workload: Workload, configs: &[(&str, &str)]) -> Act {
    Act::AddProducer { id: None, workload, configs: pairs(configs) }
}

pub(super) fn add_consumer(partitions: &[&str], configs: &[(&str, &str)]) -> Act {
    let mut all = pairs(&[("auto.offset.reset", "earliest")]);
    all.extend(pairs(configs));
    let partitions = partitions.iter().map(|text| spot(text)).collect();
    Act::AddConsumer(NewConsumer { partitions, configs: all, ..NewConsumer::default() })
}

/// One record from the first producer to the topic it writes to.
pub(super) fn send(key: Option<&str>, value: &str) -> Act {
    send_from(10_001, None, key, value)
}

/// One record from a producer; with a partition, to that one.
pub(super) fn send_from(producer: i32, partition: Option<i32>, key: Option<&str>, value: &str) -> Act {
    let topic: Option<Name> = None;
    let key = key.map(str::to_owned);
    Act::Produce { node: NodeId(producer), topic, partition, key, value: Some(value.to_owned()) }
}
