//! How fast worlds run: `cargo bench --no-default-features`. Each figure stands beside a floor measured in the same run.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark reads the clock and prints")]

use std::time::Instant as Clock;

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::producer::Keys;
use kafkascope::kafka::client::producer::Values;
use kafkascope::kafka::client::producer::Workload;
use kafkascope::lab::Act;
use kafkascope::lab::Configs;
use kafkascope::lab::Genesis;
use kafkascope::lab::Nowhere;
use kafkascope::lab::Timeline;
use kafkascope::lab::World;

const RECORD_BYTES: u32 = 100;
const BATCH_BYTES: usize = 16 * 1024;
/// How often the path needs a checksum and a copy of each byte: written by the producer, checked by the leader and two
/// followers, checked by the consumer.
const PASSES: usize = 5;

fn main() {
    throughput();
    seeks();
}

fn configs(pairs: &[(&str, &str)]) -> Configs {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn acts(rate: u64, record: u32, linger: &str) -> [Act; 6] {
    let broker = || Act::AddBroker { id: None, rack: None, configs: Configs::new() };
    let workload = Workload {
        topic: name("orders"),
        rate,
        keys: Keys::None,
        values: Values::Size { min: record, max: record },
        partition: None,
    };
    let topics = vec![name("orders")];
    [
        broker(),
        broker(),
        broker(),
        Act::CreateTopic { name: name("orders"), partitions: 3, replication: 3, configs: configs(&[]) },
        Act::AddProducer { id: None, workload, configs: configs(&[("linger.ms", linger)]) },
        Act::AddConsumer {
            id: None,
            topics,
            partitions: Vec::new(),
            pace: Default::default(),
            configs: configs(&[]),
        },
    ]
}

/// Append, replicate three times and consume.
fn throughput() {
    let mut world = World::new(Genesis { profile: Profile::Modern, seed: 42 }, &mut Nowhere);
    for (number, act) in acts(200_000, RECORD_BYTES, "5").iter().enumerate() {
        world.act(act, &mut Nowhere).expect("the acts are good");
        world.run_until(Instant::from_millis(500 * (number as u64 + 1)), u64::MAX, &mut Nowhere);
    }
    let consumed = |world: &World| {
        let consumer =
            world.node(NodeId(20_001)).and_then(|node| node.as_consumer().map(|it| it.application().records));
        consumer.expect("the consumer runs")
    };
    let (before, entries, begin) = (consumed(&world), world.seq(), Clock::now());
    world.run_until(world.now() + Duration::from_secs(3), u64::MAX, &mut Nowhere);
    let seconds = begin.elapsed().as_secs_f64();
    let records = consumed(&world) - before;
    let rate = records as f64 / seconds;
    let floor = floor();
    println!(
        "append, replicate x3, consume: {:.2} M records/s ({records} in {seconds:.2} s, {} entries), floor {:.2} M/s, ratio {:.2}",
        rate / 1e6,
        world.seq() - entries,
        floor / 1e6,
        rate / floor
    );
}

/// Records a second of CRC-32C and one copy of the same bytes, as often as the path needs them.
fn floor() -> f64 {
    let batch: Vec<u8> = (0..BATCH_BYTES).map(|i| (i % 251) as u8).collect();
    let mut copy = vec![0; BATCH_BYTES];
    let (rounds, begin) = (4_000, Clock::now());
    let mut sum = 0u32;
    for _ in 0..rounds * PASSES {
        copy.copy_from_slice(&batch);
        sum = sum.wrapping_add(crc32c::crc32c(std::hint::black_box(&copy)));
    }
    std::hint::black_box(sum);
    let bytes = (rounds * BATCH_BYTES) as f64;
    bytes / f64::from(RECORD_BYTES) / begin.elapsed().as_secs_f64()
}

/// Seeks in a run of a million journal entries.
fn seeks() {
    let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 42 });
    for act in acts(500, 50, "0") {
        timeline.seek(timeline.now() + Duration::from_millis(500));
        timeline.act(act).expect("the acts are good");
    }
    let begin = Clock::now();
    while timeline.world().seq() < 1_000_000 {
        timeline.seek(timeline.now() + Duration::from_secs(1));
    }
    let played = begin.elapsed().as_secs_f64();
    let (end, memory) = (timeline.now(), timeline.memory());
    println!(
        "1 M entries: played in {played:.2} s ({:.2} us each), journal {} MB, keyframes {} MB (estimate), files {} MB, resident {} MB",
        played * 1e6 / timeline.world().seq() as f64,
        memory.journal >> 20,
        memory.keyframes >> 20,
        memory.files >> 20,
        resident_mb()
    );
    let (mut worst, mut sum, mut most, rounds) = (0.0f64, 0.0, 0, 40u64);
    for round in 0..rounds {
        let to = Instant(end.0 / 1000 * (round * 619 % 1000));
        let begin = Clock::now();
        timeline.seek(to);
        let took = begin.elapsed().as_secs_f64() * 1e3;
        (worst, sum, most) = (worst.max(took), sum + took, most.max(timeline.replayed()));
    }
    let begin = Clock::now();
    let digest = timeline.digest();
    println!(
        "seek: worst {worst:.1} ms, mean {:.1} ms, at most {most} entries replayed; digest {digest:016x} in {:.1} ms",
        sum / rounds as f64,
        begin.elapsed().as_secs_f64() * 1e3
    );
}

fn resident_mb() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    (pages * 4096) >> 20
}
