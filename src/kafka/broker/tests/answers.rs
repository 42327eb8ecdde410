//! What brokers say to what cannot be answered, or not yet.

use super::others;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::Uuid;
use crate::kafka::broker::tests::cluster::Cluster;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::fetch_request as fetch;
use crate::kafka::protocol::messages::list_offsets_request as list;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const LATEST_TIERED: i64 = -5;

/// Three brokers and a topic with one partition.
fn cluster_with(configs: &[(&str, &str)]) -> (Cluster, NodeId) {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, configs);
    cluster.run(500);
    let leader = cluster.leader("orders", 0).expect("a leader");
    (cluster, leader)
}

/// Error and offset of each line that a consumer's ListOffsets is answered with.
fn list(cluster: &mut Cluster, leader: NodeId, version: i16, timestamps: &[i64]) -> Vec<(i16, i64)> {
    let partition = |timestamp: &i64| {
        list::ListOffsetsPartition::default().with_current_leader_epoch(-1).with_timestamp(*timestamp)
    };
    let topic = list::ListOffsetsTopic::default()
        .with_name(KafkaString::from_static("orders"))
        .with_partitions(timestamps.iter().map(partition).collect());
    let request = list::ListOffsetsRequestData::default().with_replica_id(-1).with_topics(vec![topic]);
    let number = cluster.send(leader, Request::ListOffsets(request), version);
    cluster.run(100);
    match cluster.take(number) {
        Some(Response::ListOffsets(answer)) => {
            answer.topics[0].partitions.iter().map(|p| (p.error_code, p.offset)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_record_with_the_largest_timestamp_is_named_when_it_is_committed() {
    let (mut cluster, leader) = cluster_with(&[]);
    for id in others(leader) {
        cluster.held.insert((NodeId(id), leader));
    }
    cluster.run(1000);
    assert_eq!(cluster.produce(leader, "orders", 1, 1), Some((0, 0)));
    let mut ask = |timestamp| list(&mut cluster, leader, 10, &[timestamp])[0];
    assert_eq!(ask(MAX_TIMESTAMP), (0, -1), "nobody else has it yet");
    assert_eq!((ask(0), ask(LATEST), ask(EARLIEST)), ((0, -1), (0, 0), (0, 0)));
    cluster.held.clear();
    cluster.run(2000);
    assert_eq!(list(&mut cluster, leader, 10, &[MAX_TIMESTAMP]), [(0, 0)]);
}

#[test]
fn places_that_a_version_does_not_know_and_questions_asked_twice_are_refused() {
    let (mut cluster, leader) = cluster_with(&[]);
    cluster.produce(leader, "orders", -1, 3);
    let unsupported = ErrorCode::UnsupportedVersion.code();
    assert_eq!(list(&mut cluster, leader, 6, &[MAX_TIMESTAMP]), [(unsupported, -1)]);
    assert_eq!(list(&mut cluster, leader, 8, &[LATEST_TIERED]), [(unsupported, -1)]);
    assert_eq!(list(&mut cluster, leader, 9, &[LATEST_TIERED]), [(0, -1)], "nothing is in tiered storage");
    assert_eq!(list(&mut cluster, leader, 10, &[-99]), [(unsupported, -1)]);
    let twice = (ErrorCode::InvalidRequest.code(), -1);
    assert_eq!(list(&mut cluster, leader, 10, &[LATEST, EARLIEST]), [twice, twice]);
}

#[test]
fn a_refusal_has_a_sentence_only_when_single_records_are_wrong() {
    let (mut cluster, leader) = cluster_with(&[("cleanup.policy", "compact"), ("max.message.bytes", "400")]);
    let mut refused = |acks, count| {
        let answer = cluster.produce_whole(leader, "orders", acks, count).expect("an answer");
        let told = answer.error_message.map(|text| text.as_str().to_owned());
        (answer.error_code, told, answer.record_errors.len(), answer.log_start_offset)
    };
    let no_key = "One or more records have been rejected due to 2 record errors in total, and only showing the first \
                  three errors at most: [";
    let (error, told, records, log_start) = refused(1, 2);
    assert_eq!((error, records, log_start), (ErrorCode::InvalidRecord.code(), 2, 0));
    assert!(told.as_deref().is_some_and(|told| told.starts_with(no_key)), "{told:?}");
    assert_eq!(refused(1, 30), (ErrorCode::MessageTooLarge.code(), None, 0, -1));
    assert_eq!(refused(2, 1), (ErrorCode::InvalidRequiredAcks.code(), None, 0, -1));
}

#[test]
fn a_topic_that_is_gone_does_not_hurry_a_fetch_that_waits_for_another() {
    let (mut cluster, leader) = cluster_with(&[]);
    let known = cluster.broker(leader.0).cluster().topic("orders").expect("a topic").id;
    let mut waited = |ids: &[Uuid]| {
        let partition = fetch::FetchPartition::default().with_partition_max_bytes(1 << 20);
        let topic = |id: &Uuid| {
            fetch::FetchTopic::default().with_topic_id(*id).with_partitions(vec![partition.clone()])
        };
        let request = fetch::FetchRequestData::default()
            .with_max_wait_ms(300)
            .with_min_bytes(1)
            .with_max_bytes(1 << 20)
            .with_session_epoch(-1)
            .with_topics(ids.iter().map(topic).collect());
        let began = cluster.now;
        let Response::Fetch(answer) = cluster.ask(leader, Request::Fetch(request)) else { panic!("a fetch") };
        let errors: Vec<i16> = answer.responses.iter().map(|t| t.partitions[0].error_code).collect();
        (errors, cluster.now.since(began) >= Duration::from_millis(300))
    };
    let gone = Uuid::from_parts(7, 7);
    let unknown = ErrorCode::UnknownTopicId.code();
    assert_eq!(waited(&[gone]), (vec![unknown], false), "there is nothing to wait for");
    assert_eq!(waited(&[gone, known]), (vec![unknown, 0], true));
}
