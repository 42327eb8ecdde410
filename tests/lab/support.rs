//! The words that stories are told in.

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Offset;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::consumer::Program;
use kafkascope::kafka::client::producer::Keys;
use kafkascope::kafka::client::producer::Values;
use kafkascope::kafka::client::producer::Workload;
use kafkascope::kafka::replication::Partition;
use kafkascope::lab::Act;
use kafkascope::lab::Configs;
use kafkascope::lab::Genesis;
use kafkascope::lab::Kind;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::Timeline;

pub(crate) const PRODUCER: NodeId = NodeId(10_001);
pub(crate) const CONSUMER: NodeId = NodeId(20_001);

pub(crate) fn configs(pairs: &[(&str, &str)]) -> Configs {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// Three brokers and a topic `orders` with one replica on each.
pub(crate) fn cluster(partitions: i32, topic: &[(&str, &str)]) -> Timeline {
    cluster_of(&[], partitions, topic)
}

/// The same, with configs for each broker.
pub(crate) fn cluster_of(broker: &[(&str, &str)], partitions: i32, topic: &[(&str, &str)]) -> Timeline {
    let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 42 });
    for _ in 0..3 {
        timeline.act(Act::AddBroker { id: None, rack: None, configs: configs(broker) }).unwrap();
    }
    run(&mut timeline, 1_000);
    let create =
        Act::CreateTopic { name: name("orders"), partitions, replication: 3, configs: configs(topic) };
    timeline.act(create).unwrap();
    run(&mut timeline, 500);
    timeline
}

pub(crate) fn run(timeline: &mut Timeline, ms: u64) {
    timeline.seek(timeline.now() + Duration::from_millis(ms));
}

/// So many records of 50 bytes a second for `orders`.
pub(crate) fn workload(rate: u64) -> Workload {
    Workload {
        topic: name("orders"),
        rate,
        keys: Keys::None,
        values: Values::Size { min: 50, max: 50 },
        partition: None,
    }
}

pub(crate) fn producer(timeline: &mut Timeline, rate: u64, pairs: &[(&str, &str)]) {
    let workload = workload(rate);
    timeline.act(Act::AddProducer { id: None, workload, configs: configs(pairs) }).unwrap();
}

pub(crate) fn consumer(timeline: &mut Timeline) {
    let act = Act::AddConsumer(NewConsumer {
        topics: vec![name("orders")],
        configs: configs(&[("auto.offset.reset", "earliest")]),
        ..NewConsumer::default()
    });
    timeline.act(act).unwrap();
}

/// One more member of the group `readers`.
pub(crate) fn member(
    timeline: &mut Timeline,
    instance: Option<&str>,
    pairs: &[(&str, &str)],
    program: Program,
) {
    let mut all = configs(&[("auto.offset.reset", "earliest")]);
    all.extend(configs(pairs));
    let act = Act::AddConsumer(NewConsumer {
        topics: vec![name("orders")],
        group: Some(name("readers")),
        instance: instance.map(name),
        program: Some(program),
        configs: all,
        ..NewConsumer::default()
    });
    timeline.act(act).unwrap();
}

pub(crate) fn at(partition: i32) -> TopicPartition {
    TopicPartition::new(&name("orders"), partition)
}

pub(crate) fn replica(timeline: &Timeline, broker: NodeId, partition: i32) -> Option<&Partition> {
    timeline.world().node(broker)?.as_broker()?.partition(&at(partition))
}

pub(crate) fn leader(timeline: &Timeline, partition: i32) -> Option<NodeId> {
    let controller = timeline.world().node(kafkascope::lab::CONTROLLER)?.as_controller()?;
    controller.image().partition(&at(partition))?.leader
}

/// The log of a replica from its disk: every byte that was written.
pub(crate) fn bytes(timeline: &Timeline, broker: NodeId, partition: i32) -> Vec<u8> {
    let disk = &timeline.world().machine(broker).unwrap().disk;
    let logs = disk
        .files()
        .filter(|(path, _)| path.starts_with(&format!("orders-{partition}/")) && path.ends_with(".log"));
    logs.flat_map(|(_, file)| file.peek(0, usize::MAX).to_vec()).collect()
}

pub(crate) fn count(timeline: &Timeline, wanted: impl Fn(&Kind) -> bool) -> usize {
    timeline.journal().iter_from(1).filter(|(_, entry)| wanted(&entry.kind)).count()
}

/// Offsets that a producer was told are written, and that the leader now does not have or has from somebody else.
pub(crate) fn lost(timeline: &Timeline, partition: i32) -> Vec<Offset> {
    let producer = timeline.world().node(PRODUCER).unwrap().as_producer().unwrap();
    let acked = producer.delivery().acked_offsets().get(&at(partition)).cloned().unwrap_or_default();
    let leader = leader(timeline, partition).expect("the partition has a leader");
    let log = replica(timeline, leader, partition).unwrap().log().unwrap();
    let mut lost = Vec::new();
    for range in &acked {
        let end = log.end_offset_for_epoch(range.epoch).map_or(0, |end| end.offset);
        lost.extend((range.first..range.end).filter(|offset| *offset >= end));
    }
    lost
}
