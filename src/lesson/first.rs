use super::Scene;
use super::scene::pairs as configs;
use crate::kafka::base::Instant;
use crate::kafka::base::Profile;
use crate::kafka::base::name;
use crate::kafka::client::producer::Keys;
use crate::kafka::client::producer::Workload;
use crate::lab::Act;
use crate::lab::Configs;
use crate::lab::Genesis;
use crate::lab::NewConsumer;
use crate::lab::Recorded;

/// The topic of the first screen.
const TOPIC: &str = "orders";

/// The group that reads it.
const GROUP: &str = "billing";

/// How much a partition of it keeps: about half a minute of what is written.
const RETENTION_BYTES: &str = "300000";

/// When the group has formed. A first rebalance waits `group.initial.rebalance.delay.ms`, three seconds, for more
/// members, and as long again when some came meanwhile.
const FORMED_MS: u64 = 9_300;

/// The first screen: three brokers and one topic, producing, replicating, consuming. Always the same seed and acts.
pub fn first() -> Scene {
    let at = |ms: u64, act: Act| Recorded { at: Instant::from_millis(ms), act };
    // Teaching scale, as the fidelity page says: segments of a few hundred bytes, and retention in seconds instead of
    // days, so that a page which stays open does not grow for ever.
    let of_broker: Configs =
        configs(&[("log.retention.check.interval.ms", "5000"), ("offsets.topic.num.partitions", "3")]);
    let brokers = (0..3).map(|_| at(0, Act::AddBroker { id: None, rack: None, configs: of_broker.clone() }));
    let configs = configs(&[
        ("file.delete.delay.ms", "2000"),
        ("index.interval.bytes", "150"),
        ("retention.bytes", RETENTION_BYTES),
        ("segment.bytes", "600"),
    ]);
    let topic = Act::CreateTopic { name: name(TOPIC), partitions: 3, replication: 3, configs };
    let readers = (0..3).map(|_| at(3_100, member()));
    let writers = [
        producer(600, 9, &[("batch.size", "500"), ("linger.ms", "2")]),
        producer(
            300,
            5,
            &[("acks", "1"), ("batch.size", "500"), ("enable.idempotence", "false"), ("linger.ms", "3")],
        ),
    ];
    Scene {
        genesis: Genesis { profile: Profile::Modern, seed: 42 },
        acts: brokers
            .chain([at(3_000, topic)])
            .chain(readers)
            .chain(writers.into_iter().map(|act| at(FORMED_MS, act)))
            .collect(),
        seen_at: Instant::from_millis(FORMED_MS + 100),
    }
}

fn producer(rate: u64, keys: u32, set: &[(&str, &str)]) -> Act {
    let workload = Workload { keys: Keys::Round(keys), ..Workload::new(&name(TOPIC), rate) };
    Act::AddProducer { id: None, workload, configs: configs(set) }
}

fn member() -> Act {
    Act::AddConsumer(NewConsumer {
        topics: vec![name(TOPIC)],
        group: Some(name(GROUP)),
        configs: configs(&[("auto.offset.reset", "earliest")]),
        ..NewConsumer::default()
    })
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

    #[test]
    fn a_page_that_stays_open_keeps_no_more_than_retention_allows() {
        let scene = first();
        let mut timeline = Timeline::new(scene.genesis);
        for Recorded { at, act } in scene.acts {
            timeline.seek(at);
            timeline.act(act).expect("the first acts are allowed");
        }
        timeline.seek(Instant::from_millis(FORMED_MS + 32_500));
        let view = ClusterView::of(timeline.world());
        let replicas: Vec<_> = view.brokers.iter().flat_map(|broker| &broker.replicas).collect();
        let (most, check_ms) = (RETENTION_BYTES.parse::<u64>().expect("a number"), 5_000);
        for replica in &replicas {
            // Between two checks a partition grows by what is written meanwhile.
            let per_ms = replica.log_end.unsigned_abs() * 100 / 32_500;
            assert!(replica.log_start > 0, "the oldest segments are gone:\n{view}");
            assert!(replica.bytes < most + per_ms * check_ms, "{} bytes:\n{view}", replica.bytes);
        }
        assert_eq!(replicas.len(), 9);
    }
}
