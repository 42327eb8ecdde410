use super::Scene;
use super::scene::pairs as configs;
use crate::kafka::base::Instant;
use crate::kafka::base::Profile;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Pace;
use crate::kafka::client::producer::Keys;
use crate::kafka::client::producer::Workload;
use crate::lab::Act;
use crate::lab::Configs;
use crate::lab::Genesis;
use crate::lab::Recorded;

/// The topic of the first screen.
const TOPIC: &str = "orders";

/// The first screen: three brokers and one topic, producing, replicating, consuming. Always the same seed and acts.
pub fn first() -> Scene {
    let at = |ms: u64, act: Act| Recorded { at: Instant::from_millis(ms), act };
    let brokers = (0..3).map(|_| at(0, Act::AddBroker { id: None, rack: None, configs: Configs::new() }));
    // Segments of a few hundred bytes are a labelled override: a broker's smallest is 1 MB (14 bytes before 4.0).
    let configs = configs(&[("segment.bytes", "600"), ("index.interval.bytes", "150")]);
    let topic = Act::CreateTopic { name: name(TOPIC), partitions: 3, replication: 3, configs };
    let clients = [
        producer(600, 9, &[("batch.size", "500"), ("linger.ms", "2")]),
        producer(
            300,
            5,
            &[("acks", "1"), ("batch.size", "500"), ("enable.idempotence", "false"), ("linger.ms", "3")],
        ),
        consumer(0),
        consumer(1),
        consumer(2),
    ];
    Scene {
        genesis: Genesis { profile: Profile::Modern, seed: 42 },
        acts: brokers
            .chain([at(3_000, topic)])
            .chain(clients.into_iter().map(|act| at(3_500, act)))
            .collect(),
        seen_at: Instant::from_millis(3_600),
    }
}

fn producer(rate: u64, keys: u32, set: &[(&str, &str)]) -> Act {
    let workload = Workload { keys: Keys::Round(keys), ..Workload::new(&name(TOPIC), rate) };
    Act::AddProducer { id: None, workload, configs: configs(set) }
}

fn consumer(partition: i32) -> Act {
    Act::AddConsumer {
        id: None,
        topics: Vec::new(),
        partitions: vec![TopicPartition::new(&name(TOPIC), partition)],
        pace: Pace::default(),
        configs: configs(&[("auto.offset.reset", "earliest")]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::Timeline;
    use crate::view::ClusterView;

    #[test]
    fn the_first_screen_produces_replicates_and_consumes() {
        let scene = first();
        let mut timeline = Timeline::new(scene.genesis);
        for Recorded { at, act } in scene.acts {
            timeline.seek(at);
            timeline.act(act).expect("the first acts are allowed");
        }
        timeline.seek(scene.seen_at);
        let view = ClusterView::of(timeline.world());
        assert_eq!(view.brokers.len(), 3, "{view}");
        assert_eq!(view.partitions.len(), 3, "{view}");
        let committed: i64 = view.brokers.iter().flat_map(|b| &b.replicas).map(|r| r.high_watermark).sum();
        assert!(committed > 0, "something is committed:\n{view}");
        let read: u64 = view.consumers.iter().map(|c| c.records).sum();
        assert!(read > 0, "something was read:\n{view}");
    }
}
