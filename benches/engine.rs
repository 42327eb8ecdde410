//! How fast worlds run: `cargo bench --no-default-features`, and in Chromium by `cargo xtask bench`. Each figure stands
//! beside a floor measured in the same run.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark reads the clock and prints")]

mod assignors;
mod machine;

use machine::Clock;
use machine::memory_mb;
use machine::say;
use machine::wanted;

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::Instant;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::producer::Keys;
use kafkascope::kafka::client::producer::Values;
use kafkascope::kafka::client::producer::Workload;
use kafkascope::kafka::record::BATCH_OVERHEAD;
use kafkascope::kafka::record::crc32c;
use kafkascope::lab::Act;
use kafkascope::lab::Configs;
use kafkascope::lab::Genesis;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::Nowhere;
use kafkascope::lab::Timeline;
use kafkascope::lab::World;

const RECORD_BYTES: u32 = 100;
const BATCH_BYTES: usize = 16 * 1024;
/// How often the path needs a checksum and a copy of each byte: written by the producer, checked by the leader and two
/// followers, checked by the consumer.
const PASSES: usize = 5;
/// Rounds of a simulated second each.
const ROUNDS: usize = 7;
/// How long the run is that is sought in.
const ENTRIES: u64 = 1_000_000;

fn main() {
    if wanted("throughput") {
        throughput();
    }
    if wanted("messages") {
        messages();
    }
    if wanted("seek") {
        seeks();
    }
    if wanted("assignors") {
        assignors::measure();
    }
    machine::done();
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
        Act::AddConsumer(NewConsumer { topics, ..NewConsumer::default() }),
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
    let (mut rates, mut floors) = (Vec::new(), Vec::new());
    let (before, entries) = (consumed(&world), world.seq());
    for _ in 0..ROUNDS {
        let (before, begin) = (consumed(&world), Clock::now());
        world.run_until(world.now() + Duration::from_secs(1), u64::MAX, &mut Nowhere);
        rates.push((consumed(&world) - before) as f64 / begin.seconds());
        floors.push(floor(BATCH_BYTES, RECORD_BYTES as usize));
    }
    let (rate, floor) = (middle(rates), middle(floors));
    say(&format!(
        "append, replicate x3, consume: {:.2} M records/s (median of {ROUNDS} rounds; {} records, {} entries in all), floor {:.2} M/s, ratio {:.3}",
        rate / 1e6,
        consumed(&world) - before,
        world.seq() - entries,
        floor / 1e6,
        rate / floor
    ));
}

/// Many small messages: ten producers that wait for nothing, 60 partitions on three brokers, one consumer.
fn messages() {
    let mut world = World::new(Genesis { profile: Profile::Modern, seed: 42 }, &mut Nowhere);
    let [broker, _, _, topic, producer, consumer] = acts(100, RECORD_BYTES, "0");
    let topic = match topic {
        Act::CreateTopic { name, replication, configs, .. } => {
            Act::CreateTopic { name, partitions: 60, replication, configs }
        }
        other => other,
    };
    let mut all = vec![broker.clone(), broker.clone(), broker, topic, consumer];
    all.extend(std::iter::repeat_n(producer, 10));
    for act in &all {
        world.act(act, &mut Nowhere).expect("the acts are good");
        world.run_until(world.now() + Duration::from_millis(500), u64::MAX, &mut Nowhere);
    }
    let before = world.seq();
    let (mut frames, mut floors) = (Vec::new(), Vec::new());
    let whole = RECORD_BYTES as usize + BATCH_OVERHEAD;
    for _ in 0..ROUNDS {
        let begin = Clock::now();
        world.run_until(world.now() + Duration::from_secs(1), u64::MAX, &mut Nowhere);
        frames.push(begin.seconds() * 1e3 / 60.0);
        floors.push(1e6 / 60.0 / floor(whole, whole));
    }
    let entries = (world.seq() - before) as f64 / ROUNDS as f64 / 60.0;
    let (frame, floor) = (middle(frames), middle(floors));
    say(&format!(
        "1,000 records/s, each a message: {frame:.3} ms for a frame of 16.7 ms (median of {ROUNDS} rounds; {entries:.0} entries a frame, {:.2} us each), floor {floor:.4} ms, ratio {:.4}",
        frame * 1e3 / entries,
        floor / frame
    ));
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Records a second of CRC-32C and one copy of the same bytes, as often as the path needs them.
fn floor(batch_bytes: usize, record_bytes: usize) -> f64 {
    let batch: Vec<u8> = (0..batch_bytes).map(|i| (i % 251) as u8).collect();
    let mut copy = vec![0; batch_bytes];
    let (rounds, begin) = (1_000 * BATCH_BYTES / batch_bytes, Clock::now());
    let mut sum = 0u32;
    for _ in 0..rounds * PASSES {
        copy.copy_from_slice(&batch);
        sum = sum.wrapping_add(crc32c(std::hint::black_box(&copy)));
    }
    std::hint::black_box(sum);
    (rounds * batch_bytes / record_bytes) as f64 / begin.seconds()
}

/// Seeks in a run of a million journal entries. The floor of a seek is to play as many entries as it replays.
fn seeks() {
    let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 42 });
    for act in acts(500, 50, "0") {
        timeline.seek(timeline.now() + Duration::from_millis(500));
        timeline.act(act).expect("the acts are good");
    }
    let begin = Clock::now();
    while timeline.world().seq() < ENTRIES {
        timeline.seek(timeline.now() + Duration::from_secs(1));
    }
    let each = begin.seconds() * 1e3 / timeline.world().seq() as f64;
    let (end, memory) = (timeline.now(), timeline.memory());
    say(&format!(
        "1 M entries: played in {:.2} s ({:.2} us each), journal {} MB, keyframes {} MB (estimate), files {} MB, process {} MB",
        begin.seconds(),
        each * 1e3,
        memory.journal >> 20,
        memory.keyframes >> 20,
        memory.files >> 20,
        memory_mb()
    ));
    let (mut worst, mut sum, mut most, mut replayed, rounds) = (0.0f64, 0.0, 0, 0, 40u64);
    for round in 0..rounds {
        let to = Instant(end.0 / 1000 * (round * 619 % 1000));
        let begin = Clock::now();
        timeline.seek(to);
        let took = begin.seconds() * 1e3;
        (worst, sum, most) = (worst.max(took), sum + took, most.max(timeline.replayed()));
        replayed += timeline.replayed();
    }
    let begin = Clock::now();
    let digest = timeline.digest();
    let floor = each * replayed as f64;
    say(&format!(
        "seek: worst {worst:.1} ms, mean {:.1} ms, at most {most} entries replayed; floor {:.1} ms in the mean, ratio {:.2}; digest {digest:016x} in {:.1} ms",
        sum / rounds as f64,
        floor / rounds as f64,
        sum / floor,
        begin.seconds() * 1e3
    ));
}
