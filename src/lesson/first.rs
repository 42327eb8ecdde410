use std::collections::BTreeMap;

use crate::kafka::base::Instant;
use crate::kafka::base::Profile;
use crate::kafka::base::name;
use crate::lab::Act;
use crate::lab::Genesis;
use crate::lab::Recorded;

/// How a world begins that the reader has not made: who it consists of, and the moment at which it is first seen.
pub struct Scene {
    pub genesis: Genesis,
    pub acts: Vec<Recorded>,
    pub seen_at: Instant,
}

/// The first screen: three brokers and one topic, producing, replicating, consuming. Always the same seed and acts.
pub fn first() -> Scene {
    let at = |ms: u64, act: Act| Recorded { at: Instant::from_millis(ms), act };
    let broker = |_: i32| Act::AddBroker { id: None, rack: None, configs: BTreeMap::new() };
    // Segments of a few hundred bytes are a labelled override: Kafka's smallest is 1 MB (14 bytes before 4.0).
    let configs = [("segment.bytes", "1200"), ("index.interval.bytes", "150")];
    let configs = configs.map(|(name, value)| (name.to_string(), value.to_string())).into();
    let topic = Act::CreateTopic { name: name("orders"), partitions: 3, replication: 3, configs };
    Scene {
        genesis: Genesis { profile: Profile::Modern, seed: 42 },
        acts: vec![at(0, broker(1)), at(0, broker(2)), at(0, broker(3)), at(3_000, topic)],
        seen_at: Instant::from_millis(5_000),
    }
}
