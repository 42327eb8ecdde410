//! Real metadata logs, written by Apache Kafka 4.4.0 (three combined nodes; topics made, grown and deleted, configs set,
//! a broker killed and restarted, another shut down) and by 3.9.1 (one node).

use super::ClusterImage;
use super::ConfigResource;
use super::ImageDelta;
use super::MetadataRecord;
use super::MetadataVersion;
use super::record::PartitionChangeRecord;
use super::record::PartitionRecord;
use crate::kafka::base::NodeId;
use crate::kafka::base::Uuid;
use crate::kafka::base::name;

const LOG_4_4: &[u8] = include_bytes!("../../../tests/data/metadata/kafka-4.4.0.log");
const LOG_3_9: &[u8] = include_bytes!("../../../tests/data/metadata/kafka-3.9.1.log");

#[test]
fn every_record_of_a_real_log_is_written_as_it_was_read() {
    for log in [LOG_4_4, LOG_3_9] {
        for value in values(log) {
            let (record, version) = MetadataRecord::decode_versioned(value).unwrap();

            assert_eq!(&record.encode_version(version)[..], value, "{record:?}");
        }
    }
}

#[test]
fn the_metadata_version_gives_the_schema_versions_that_a_real_controller_chose() {
    for (log, level) in [(LOG_4_4, MetadataVersion::V4_4), (LOG_3_9, MetadataVersion::V3_9)] {
        for value in values(log) {
            let (record, version) = MetadataRecord::decode_versioned(value).unwrap();

            assert_eq!(level.record_version(&record), version, "{record:?}");
        }
    }
}

#[test]
fn a_replayed_real_log_is_the_cluster_that_kafka_had() {
    let image = replayed(LOG_4_4);

    assert_eq!(image.metadata_version(), MetadataVersion::V4_4);
    assert!(image.is_elr_enabled());
    let epochs: Vec<(i32, i64, bool)> =
        image.brokers().values().map(|b| (b.id.0, b.epoch, b.fenced)).collect();
    assert_eq!(epochs, [(0, 10, false), (1, 11, true), (2, 167, false)]);
    assert!(image.topic("gone").is_none());
    let orders = image.topic("orders").unwrap();
    let first = &orders.partitions[&0];
    assert_eq!(orders.partitions.len(), 4);
    assert_eq!(first.replicas, [NodeId(1), NodeId(2), NodeId(0)]);
    assert_eq!((first.leader, first.leader_epoch, first.partition_epoch), (Some(NodeId(2)), 1, 3));
    assert_eq!(first.isr, [NodeId(0), NodeId(2)]);
    let topic = ConfigResource::Topic(name("orders"));
    assert_eq!(image.config(&topic, "retention.ms"), Some(&name("60000")));
    assert_eq!(image.config(&ConfigResource::Broker(None), "log.retention.ms"), Some(&name("70000")));
    assert_eq!(image.next_producer_id(), 2000);
}

#[test]
fn a_snapshot_makes_the_same_image_again() {
    for log in [LOG_4_4, LOG_3_9] {
        let image = replayed(log);
        let mut again = ClusterImage::default();

        for record in image.to_records() {
            let bytes = record.encode(image.metadata_version());
            again.replay(&MetadataRecord::decode(&bytes).unwrap()).unwrap();
        }

        assert_eq!(again, image);
        assert!(ImageDelta::between(&image, &again).is_empty());
    }
}

#[test]
fn a_partition_change_of_a_real_log_reads_as_what_it_says() {
    let value = hex("01050200000000bd57194c1efa406a8d15906abee16df0010009030000000100000000");

    let record = MetadataRecord::decode(&value).unwrap();

    let expected = PartitionChangeRecord {
        partition: 0,
        topic_id: Uuid::from_base64("vVcZTB76QGqNFZBqvuFt8A").unwrap(),
        isr: Some(vec![NodeId(1), NodeId(0)]),
        ..PartitionChangeRecord::default()
    };
    assert_eq!(record, MetadataRecord::PartitionChange(expected));
}

#[test]
fn eligible_leader_replicas_survive_the_bytes() {
    let change = PartitionChangeRecord {
        partition: 3,
        topic_id: Uuid::from_parts(7, 8),
        isr: Some(vec![]),
        leader: Some(None),
        eligible_leader_replicas: Some(vec![NodeId(2), NodeId(1)]),
        last_known_elr: Some(vec![NodeId(1)]),
        directories: Some(vec![Uuid::from_parts(1, 2)]),
        ..PartitionChangeRecord::default()
    };
    let record = MetadataRecord::PartitionChange(change);

    assert_eq!(MetadataRecord::decode(&record.encode(MetadataVersion::V4_4)).unwrap(), record);
    let older = MetadataRecord::decode(&record.encode(MetadataVersion::V3_9)).unwrap();
    assert!(matches!(older, MetadataRecord::PartitionChange(change) if change.last_known_elr.is_none()));
}

#[test]
fn bytes_that_are_cut_short_or_changed_are_an_error_and_never_a_panic() {
    for value in values(LOG_4_4) {
        for cut in 0..value.len() {
            assert!(MetadataRecord::decode(&value[..cut]).is_err());
        }
        let mut longer = value.to_vec();
        longer.push(0);
        assert!(MetadataRecord::decode(&longer).is_err());
        for position in 0..value.len() {
            let mut flipped = value.to_vec();
            flipped[position] ^= 0xff;
            drop(MetadataRecord::decode(&flipped));
        }
    }
}

#[test]
fn a_delta_names_the_partition_that_changed_and_nothing_else() {
    let before = replayed(LOG_4_4);
    let orders = before.topic("orders").unwrap();
    let mut after = before.clone();
    let change = PartitionChangeRecord {
        partition: 1,
        topic_id: orders.id,
        leader: Some(Some(NodeId(2))),
        ..PartitionChangeRecord::default()
    };

    after.replay(&MetadataRecord::PartitionChange(change)).unwrap();
    let delta = ImageDelta::between(&before, &after);

    assert_eq!(delta.partitions.len(), 1);
    let moved = &delta.partitions[0];
    assert_eq!(moved.partition.to_string(), "orders-1");
    assert_eq!(moved.after.as_ref().unwrap().leader_epoch, moved.before.as_ref().unwrap().leader_epoch + 1);
    assert!(delta.topics_created.is_empty() && delta.brokers.is_empty() && delta.configs.is_empty());
}

#[test]
fn a_record_of_an_unknown_topic_leaves_the_image_as_it_was() {
    let before = replayed(LOG_3_9);
    let mut image = before.clone();
    let partition = PartitionRecord { topic_id: Uuid::from_parts(9, 9), ..any_partition(&before) };

    let error = image.replay(&MetadataRecord::Partition(partition)).unwrap_err();

    assert_eq!(error.to_string(), "no topic has the id AAAAAAAAAAkAAAAAAAAACQ");
    assert_eq!(image, before);
}

fn any_partition(image: &ClusterImage) -> PartitionRecord {
    let (topic, number, partition) = image.partitions().next().unwrap();
    partition.to_record(topic.id, number)
}

fn replayed(log: &[u8]) -> ClusterImage {
    let mut image = ClusterImage::default();
    for value in values(log) {
        image.replay(&MetadataRecord::decode(value).unwrap()).unwrap();
    }
    image
}

/// The values of all data records of a log, by hand: these tests stand below the batch codec.
fn values(mut log: &[u8]) -> Vec<&[u8]> {
    let mut values = Vec::new();
    while log.len() >= 61 {
        let len = 12 + u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
        let is_control = log[22] & 0x20 != 0;
        let mut records = &log[61..len];
        while !is_control && !records.is_empty() {
            let size = varint(&mut records) as usize;
            let (mut record, rest) = records.split_at(size);
            record = &record[1..];
            varint(&mut record);
            varint(&mut record);
            assert_eq!(varint(&mut record), -1, "metadata records have no key");
            let value = varint(&mut record) as usize;
            values.push(&record[..value]);
            records = rest;
        }
        log = &log[len..];
    }
    values
}

fn varint(bytes: &mut &[u8]) -> i64 {
    let (mut value, mut shift) = (0_u64, 0);
    loop {
        let byte = bytes[0];
        *bytes = &bytes[1..];
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            return (value >> 1) as i64 ^ -((value & 1) as i64);
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
