//! Brokers and a controller on a wire of their own: stories of a small cluster.

mod answers;
mod cluster;
mod groups;
mod with_admin;
mod with_producer;

use cluster::CLUSTER;
use cluster::CONTROLLER;
use cluster::Cluster;

use super::BrokerState;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::controller::Controller;
use crate::kafka::controller::ControllerSpec;
use crate::kafka::machine::Command;
use crate::kafka::machine::Input;
use crate::kafka::node::Node;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::delete_records_request::DeleteRecordsPartition;
use crate::kafka::protocol::messages::delete_records_request::DeleteRecordsRequestData;
use crate::kafka::protocol::messages::delete_records_request::DeleteRecordsTopic;
use crate::kafka::protocol::messages::delete_topics_request::DeleteTopicState;
use crate::kafka::protocol::messages::delete_topics_request::DeleteTopicsRequestData;
use crate::kafka::protocol::messages::describe_configs_request::DescribeConfigsRequestData;
use crate::kafka::protocol::messages::describe_configs_request::DescribeConfigsResource;
use crate::kafka::protocol::messages::init_producer_id_request::InitProducerIdRequestData;
use crate::kafka::storage::Disk;
use crate::kafka::storage::names;

fn others(leader: NodeId) -> Vec<i32> {
    (1..=3).filter(|id| *id != leader.0).collect()
}

#[test]
fn three_brokers_register_are_unfenced_and_replicate_a_topic() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    for id in 1..=3 {
        let lifecycle = cluster.broker(id).lifecycle();
        assert_eq!((lifecycle.state, lifecycle.is_fenced()), (BrokerState::Running, false), "broker {id}");
    }
    assert_eq!(cluster.create("orders", 1, 3, &[]), 0);
    cluster.run(100);
    let leader = cluster.leader("orders", 0).expect("a leader");
    assert_eq!(cluster.produce(leader, "orders", -1, 5), Some((0, 0)));
    assert_eq!(cluster.produce(leader, "orders", 1, 5), Some((0, 5)));
    cluster.run(1000);
    for id in 1..=3 {
        let (leads, _, high_watermark, end) = cluster.replica(id, "orders");
        assert_eq!((leads, high_watermark, end), (id == leader.0, 10, 10), "broker {id}");
    }
    let (error, high_watermark, records) = cluster.fetch(leader, "orders", 0, 500);
    assert_eq!((error, high_watermark, records.is_empty()), (0, 10, false));
    let read = |id: i32| {
        let path = "orders-0/00000000000000000000.log";
        cluster.disks[&NodeId(id)].clone().read(path, 0, 1 << 20).expect("a segment")
    };
    assert!(read(1) == read(2) && read(2) == read(3), "replicas are the same byte for byte");
}

#[test]
fn a_consumer_waits_for_records_and_sees_them_when_they_are_committed() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(100);
    let leader = cluster.leader("orders", 0).expect("a leader");
    let began = cluster.now;
    assert_eq!(cluster.fetch(leader, "orders", 0, 300).2.len(), 0);
    assert!(cluster.now.since(began) >= Duration::from_millis(300), "the poll was long");
    assert_eq!(cluster.produce(leader, "orders", -1, 1), Some((0, 0)));
    assert!(!cluster.fetch(leader, "orders", 0, 300).2.is_empty());
}

#[test]
fn a_follower_that_does_not_fetch_leaves_the_in_sync_set_and_comes_back() {
    let mut cluster = Cluster::new(3, &[("replica.lag.time.max.ms", "2000")]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[("min.insync.replicas", "2")]);
    cluster.run(1000);
    let leader = cluster.leader("orders", 0).expect("a leader");
    let [a, b] = others(leader)[..] else { panic!("two followers") };
    cluster.held.insert((NodeId(a), leader));
    assert_eq!(cluster.produce(leader, "orders", -1, 1), Some((ErrorCode::RequestTimedOut.code(), 0)));
    cluster.run(3000);
    let (_, mut isr, high_watermark, _) = cluster.replica(leader.0, "orders");
    isr.sort_unstable();
    let mut expected = vec![leader.0, b];
    expected.sort_unstable();
    assert_eq!((isr, high_watermark), (expected, 1), "without the silent one the record is committed");
    cluster.held.insert((NodeId(b), leader));
    cluster.produce(leader, "orders", 1, 1);
    cluster.run(4000);
    assert_eq!(cluster.replica(leader.0, "orders").1, [leader.0]);
    let refused = cluster.produce(leader, "orders", -1, 1);
    assert_eq!(refused, Some((ErrorCode::NotEnoughReplicas.code(), -1)));
    cluster.held.clear();
    cluster.run(3000);
    let (_, isr, high_watermark, end) = cluster.replica(leader.0, "orders");
    assert_eq!((isr.len(), high_watermark, end), (3, 2, 2));
}

#[test]
fn the_tail_that_only_a_dead_leader_had_is_cut_when_it_returns() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let old = cluster.leader("orders", 0).expect("a leader");
    assert_eq!(cluster.produce(old, "orders", -1, 3), Some((0, 0)));
    cluster.run(1000);
    for id in others(old) {
        cluster.held.insert((NodeId(id), old));
    }
    cluster.run(1000);
    assert_eq!(cluster.produce(old, "orders", 1, 4), Some((0, 3)), "acknowledged, and nowhere else");
    cluster.crash(old);
    cluster.held.clear();
    cluster.run(20_000);
    let new = cluster.leader("orders", 0).expect("another leader");
    assert_ne!(new, old);
    assert_eq!(cluster.produce(new, "orders", -1, 2), Some((0, 3)));
    cluster.boot_broker(old, &[]);
    cluster.run(15_000);
    let (leads, _, high_watermark, end) = cluster.replica(old.0, "orders");
    assert_eq!((leads, high_watermark, end), (false, 5, 5), "its tail was cut and replaced");
    let (_, isr, ..) = cluster.replica(new.0, "orders");
    assert_eq!(isr.len(), 3, "and it is in sync again");
}

#[test]
fn a_broker_that_is_asked_to_leave_moves_its_leaders_and_stops_clean() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let leader = cluster.leader("orders", 0).expect("a leader");
    cluster.produce(leader, "orders", -1, 3);
    cluster.post(Duration::ZERO, leader, Input::Command(Command::ShutDown));
    cluster.run(5000);
    assert!(!cluster.nodes.contains_key(&leader), "the process has ended");
    assert!(cluster.disks[&leader].len(names::CLEAN_SHUTDOWN_FILE).is_some());
    let new = cluster.leader("orders", 0).expect("another leader");
    assert_ne!(new, leader);
    cluster.boot_broker(leader, &[]);
    cluster.run(10_000);
    assert_eq!(cluster.broker(leader.0).lifecycle().state, BrokerState::Running);
    assert_eq!(cluster.replica(new.0, "orders").1.len(), 3);
}

#[test]
fn traffic_goes_on_without_a_controller() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let leader = cluster.leader("orders", 0).expect("a leader");
    cluster.crash(CONTROLLER);
    cluster.run(20_000);
    assert_eq!(cluster.produce(leader, "orders", -1, 3), Some((0, 0)));
    let offset = cluster.broker(1).metadata().last_applied_offset();
    let controller = ControllerSpec::new(CONTROLLER, CLUSTER, Profile::Classic);
    cluster.boot(CONTROLLER, Node::Controller(Controller::new(controller)));
    cluster.run(10_000);
    assert!(cluster.broker(1).metadata().last_applied_offset() > offset, "metadata moves again");
    assert_eq!(cluster.produce(leader, "orders", -1, 3), Some((0, 3)));
}

#[test]
fn a_deleted_topic_leaves_the_disks() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 2, 3, &[]);
    cluster.run(500);
    let gone = DeleteTopicState::default().with_name(Some(KafkaString::from_static("orders")));
    let request = DeleteTopicsRequestData::default().with_topics(vec![gone]).with_timeout_ms(30_000);
    match cluster.ask(NodeId(1), Request::DeleteTopics(request)) {
        Response::DeleteTopics(answer) => assert_eq!(answer.responses[0].error_code, 0),
        other => panic!("{other:?}"),
    }
    cluster.run(1000);
    let dirs = |cluster: &Cluster| -> Vec<String> {
        cluster.disks[&NodeId(2)].dirs().into_iter().filter(|dir| dir.starts_with("orders")).collect()
    };
    assert!(dirs(&cluster).iter().all(|dir| dir.ends_with("-delete")) && dirs(&cluster).len() == 2);
    cluster.run(61_000);
    assert_eq!(dirs(&cluster), Vec::<String>::new());
}

#[test]
fn producer_ids_come_in_blocks() {
    let mut cluster = Cluster::new(1, &[]);
    cluster.run(3000);
    let mut init =
        || match cluster.ask(NodeId(1), Request::InitProducerId(InitProducerIdRequestData::default())) {
            Response::InitProducerId(answer) => {
                cluster.run(50);
                (answer.error_code, answer.producer_id)
            }
            other => panic!("{other:?}"),
        };
    assert_eq!(init(), (ErrorCode::CoordinatorLoadInProgress.code(), -1), "the block is being fetched");
    assert_eq!((init(), init()), ((0, 0), (0, 1)));
}

#[test]
fn a_batch_that_is_too_large_is_refused_and_a_frame_that_is_too_large_ends_the_connection() {
    let mut cluster = Cluster::new(1, &[("socket.request.max.bytes", "5000")]);
    cluster.run(3000);
    cluster.create("orders", 1, 1, &[("max.message.bytes", "500"), ("segment.bytes", "300")]);
    cluster.run(100);
    assert_eq!(cluster.produce(NodeId(1), "orders", 1, 3), Some((0, 0)));
    assert_eq!(cluster.produce(NodeId(1), "orders", 1, 30), Some((ErrorCode::MessageTooLarge.code(), -1)));
    assert_eq!(cluster.produce(NodeId(1), "orders", 1, 12), Some((ErrorCode::RecordListTooLarge.code(), -1)));
    assert_eq!(cluster.produce(NodeId(1), "orders", 1, 300), None, "no answer: the connection was closed");
}

#[test]
fn what_was_acknowledged_survives_a_crash_of_the_only_replica() {
    let mut cluster = Cluster::new(1, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 1, &[("segment.bytes", "400")]);
    cluster.run(100);
    for batch in 0..10 {
        assert_eq!(cluster.produce(NodeId(1), "orders", -1, 3), Some((0, batch * 3)));
    }
    cluster.crash(NodeId(1));
    cluster.run(20_000);
    cluster.boot_broker(NodeId(1), &[]);
    cluster.run(15_000);
    assert_eq!(cluster.replica(1, "orders").3, 30);
    assert_eq!(cluster.produce(NodeId(1), "orders", -1, 3), Some((0, 30)));
}

#[test]
fn a_broker_without_a_controller_gives_up_after_a_minute() {
    let mut cluster = Cluster::new(0, &[]);
    cluster.crash(CONTROLLER);
    cluster.boot_broker(NodeId(1), &[]);
    cluster.run(59_000);
    assert!(cluster.nodes.contains_key(&NodeId(1)));
    cluster.run(2000);
    assert!(!cluster.nodes.contains_key(&NodeId(1)), "unable to register with the controller quorum");
}

#[test]
fn deleted_records_are_gone_when_all_replicas_have_cut_them() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let leader = cluster.leader("orders", 0).expect("a leader");
    cluster.produce(leader, "orders", -1, 10);
    let partition = DeleteRecordsPartition::default().with_partition_index(0).with_offset(4);
    let topic = DeleteRecordsTopic::default()
        .with_name(KafkaString::from_static("orders"))
        .with_partitions(vec![partition]);
    let request = DeleteRecordsRequestData::default().with_topics(vec![topic]).with_timeout_ms(5000);
    match cluster.ask(leader, Request::DeleteRecords(request)) {
        Response::DeleteRecords(answer) => {
            let partition = &answer.topics[0].partitions[0];
            assert_eq!((partition.error_code, partition.low_watermark), (0, 4));
        }
        other => panic!("{other:?}"),
    }
    for id in 1..=3 {
        let partition = TopicPartition::new(&name("orders"), 0);
        let log = cluster.broker(id).partition(&partition).and_then(|p| p.log()).expect("a log");
        assert_eq!(log.log_start_offset(), 4, "broker {id}");
    }
    assert_eq!(cluster.fetch(leader, "orders", 0, 0).0, ErrorCode::OffsetOutOfRange.code());
}

#[test]
fn a_replica_whose_log_is_not_ours_any_more_is_set_aside_as_stray() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let follower = NodeId(others(cluster.leader("orders", 0).expect("a leader"))[0]);
    cluster.crash(follower);
    cluster.run(10_000);
    let asked = NodeId(if follower == NodeId(1) { 2 } else { 1 });
    let gone = DeleteTopicState::default().with_name(Some(KafkaString::from_static("orders")));
    let request = DeleteTopicsRequestData::default().with_topics(vec![gone]).with_timeout_ms(30_000);
    cluster.ask(asked, Request::DeleteTopics(request));
    cluster.boot_broker(follower, &[]);
    cluster.run(15_000);
    let dirs = cluster.disks[&follower].dirs();
    assert!(dirs.iter().any(|dir| dir.starts_with("orders-0.") && dir.ends_with("-stray")), "{dirs:?}");
    assert!(cluster.broker(follower.0).partitions().next().is_none());
}

#[test]
fn configs_are_described_with_where_they_come_from() {
    let mut cluster = Cluster::new(1, &[("log.retention.hours", "2")]);
    cluster.run(3000);
    cluster.create("orders", 1, 1, &[("segment.bytes", "4096")]);
    cluster.run(100);
    let asked = DescribeConfigsResource::default()
        .with_resource_type(2)
        .with_resource_name(KafkaString::from_static("orders"));
    let request =
        DescribeConfigsRequestData::default().with_resources(vec![asked]).with_include_synonyms(true);
    let Response::DescribeConfigs(answer) = cluster.ask(NodeId(1), Request::DescribeConfigs(request)) else {
        panic!("another response")
    };
    let find = |wanted: &str| {
        let found = answer.results[0].configs.iter().find(|c| c.name.as_str() == wanted).expect("a config");
        (found.value.as_ref().map(|v| v.as_str().to_owned()), found.config_source, found.synonyms.len())
    };
    assert_eq!(find("segment.bytes"), (Some("4096".into()), 1, 2));
    assert_eq!(
        find("retention.ms"),
        (Some("7200000".into()), 5, 0),
        "Kafka lists log.retention.ms, or nothing"
    );
    assert_eq!(find("min.insync.replicas"), (Some("1".into()), 5, 1));
}

#[test]
fn a_log_that_cannot_be_loaded_takes_its_directory_offline_and_others_lead() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.run(500);
    let leader = cluster.leader("orders", 0).expect("a leader");
    cluster.produce(leader, "orders", -1, 3);
    cluster.crash(leader);
    let disk = cluster.disks.get_mut(&leader).expect("a disk");
    disk.write_at("orders-0/leader-epoch-checkpoint", 0, b"not a checkpoint").expect("a file");
    cluster.boot_broker(leader, &[]);
    cluster.run(20_000);
    assert!(!cluster.nodes.contains_key(&leader), "all log directories have failed");
    let new = cluster.leader("orders", 0).expect("another leader");
    assert_ne!(new, leader);
    assert_eq!(cluster.produce(new, "orders", -1, 3), Some((0, 3)));
}
