use super::*;
use crate::kafka::base::Profile;
use crate::kafka::base::name;
use crate::kafka::client::producer::PartitionInfo;

/// Feeds 200 records into batches of 500 bytes, one by one or in rows, with the same draws. `at_once`: how many are
/// tried as a row before one goes by itself.
fn filled(at_once: u64) -> (RecordAccumulator, u64) {
    let set = std::collections::BTreeMap::from([("batch.size".to_owned(), "500".to_owned())]);
    let mut accumulator = RecordAccumulator::new(&ProducerConfig::new(Profile::Modern, &set).unwrap());
    let topic = name("orders");
    let partitions = TopicPartitions { available: vec![0, 1, 2], ..TopicPartitions::default() };
    let cluster = ClusterSnapshot { topics: [(topic.clone(), partitions)].into(), ..Default::default() };
    let (mut made, mut rows, mut draws) = (0u64, 0, 0u32);
    while made < 200 {
        let mut draw = || {
            draws = draws.wrapping_mul(747_796_405).wrapping_add(1);
            draws >> 7
        };
        let mut scene = Scene { cluster: &cluster, now_ms: 1000, draw: &mut draw };
        let last = (made + at_once).min(199);
        let mut next = || {
            (made < last).then(|| {
                made += 1;
                Some(Bytes::from(vec![made as u8; made as usize % 50]))
            })
        };
        let run = accumulator.append_run(&topic, None, &mut scene, &mut next);
        rows += run.appended;
        let value = run.left_over.unwrap_or_else(|| {
            made += 1;
            Some(Bytes::from(vec![made as u8; made as usize % 50]))
        });
        let record = Append {
            tag: 0,
            topic: topic.clone(),
            partition: None,
            timestamp: 1000,
            key: None,
            value,
            headers: Vec::new(),
            fed: false,
        };
        assert!(matches!(accumulator.append(record, &mut scene), Appended::Done(_)));
    }
    (accumulator, rows)
}

#[test]
fn a_thread_that_waited_chooses_among_the_partitions_that_it_saw() {
    let set = [("batch.size", "100"), ("buffer.memory", "200"), ("linger.ms", "0")];
    let set = set.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mut accumulator = RecordAccumulator::new(&ProducerConfig::new(Profile::Modern, &set).unwrap());
    let topic = name("orders");
    let leader = PartitionInfo { leader: Some(NodeId(1)), leader_epoch: None };
    let cluster = |available: Vec<i32>| {
        let partitions = available.iter().map(|partition| (*partition, leader)).collect();
        let partitions = TopicPartitions { partitions, available };
        ClusterSnapshot { topics: [(topic.clone(), partitions)].into(), ..Default::default() }
    };
    let record = |tag: u64, partition: Option<i32>| Append {
        tag,
        topic: topic.clone(),
        partition,
        timestamp: 1000,
        key: None,
        value: Some(Bytes::from_static(&[7; 60])),
        headers: Vec::new(),
        fed: false,
    };
    let mut draws = [0, 2, 2].into_iter();
    let mut draw = || draws.next().unwrap();
    let (three, one) = (cluster(vec![0, 1, 2]), cluster(vec![0]));
    let mut before = Scene { cluster: &three, now_ms: 1000, draw: &mut draw };
    let Appended::Done(first) = accumulator.append(record(1, None), &mut before) else { panic!() };
    assert_eq!(first.partition, 0);
    assert!(matches!(accumulator.append(record(2, None), &mut before), Appended::Waits(_)));
    // Meanwhile two partitions lose their leader, and the batch is done.
    accumulator.remove(first.batch).expect("it was there");
    accumulator.queue_mut(&TopicPartition::new(&topic, 0)).clear();
    let mut after = Scene { cluster: &one, now_ms: 1001, draw: &mut draw };
    let resumed = accumulator.resume(&mut after);
    assert!(matches!(resumed[..], [Resumed { outcome: Appended::Done(_), .. }]), "{resumed:?}");
    let sticky = accumulator.topics()[&topic].partitioner.sticky().expect("one is chosen");
    assert_eq!(sticky.partition, 2, "the next one, drawn among three partitions");
}

#[test]
fn a_row_of_records_fares_as_each_of_them_would() {
    let (one_by_one, none) = filled(0);
    let (in_rows, many) = filled(64);
    assert!(none == 0 && many > 150, "{none} and {many} records went in rows");
    assert_eq!(in_rows, one_by_one);
    assert!(in_rows.incomplete().count() > 10, "several batches were filled");
}
