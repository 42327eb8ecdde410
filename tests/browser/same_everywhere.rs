//! What must be the same on every machine: each test runs natively and in the browser, against the same constants.

use expect_test::expect;
use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::Random;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::producer::Keys;
use kafkascope::kafka::client::producer::Values;
use kafkascope::kafka::client::producer::Workload;
use kafkascope::lab::Act;
use kafkascope::lab::Configs;
use kafkascope::lab::Genesis;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::Timeline;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A world is its seed and its acts: a stream that differed here would make every shared link another world.
#[test]
fn random_streams_are_the_same_in_wasm() {
    let mut random = Random::new(2026, 7);
    let sum = (0..10_000).fold(0u64, |sum, _| sum.rotate_left(5) ^ random.next_u64());
    assert_eq!(sum, 10_972_915_582_207_741_033);
}

/// The check vector of the CRC that every record batch carries.
#[test]
fn crc32c_is_castagnoli_in_wasm() {
    assert_eq!(kafkascope::kafka::record::crc32c(b"123456789"), 0xE306_9283);
}

/// A link carries the digest of the world it shows: a page and a terminal must agree on it, to the last counter of a
/// crashed broker. It changes with whatever the engine does differently: `UPDATE_EXPECT=1` writes the new one.
#[test]
fn the_digest_of_a_world_is_the_same_in_wasm() {
    let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 42 });
    let mut after = |ms: u64, act: Act| {
        timeline.seek(timeline.now() + Duration::from_millis(ms));
        timeline.act(act).unwrap();
    };
    for _ in 0..3 {
        after(0, Act::AddBroker { id: None, rack: None, configs: Configs::new() });
    }
    let topic = name("orders");
    let configs = Configs::from([("min.insync.replicas".to_owned(), "2".to_owned())]);
    after(1_000, Act::CreateTopic { name: topic.clone(), partitions: 3, replication: 3, configs });
    let (keys, values) = (Keys::Round(100), Values::Size { min: 20, max: 200 });
    let workload = Workload { topic: topic.clone(), rate: 200, keys, values, partition: None };
    let configs = Configs::from([("compression.type".to_owned(), "zstd".to_owned())]);
    after(500, Act::AddProducer { id: None, workload, configs });
    after(0, Act::AddConsumer(NewConsumer { topics: vec![topic], ..NewConsumer::default() }));
    after(1_500, Act::PowerOff { node: NodeId(2) });
    after(1_000, Act::Restart { node: NodeId(2) });
    timeline.seek(Instant(6_000_000));
    expect!["a07a682c8e88de71"].assert_eq(&format!("{:016x}", timeline.digest()));
}
