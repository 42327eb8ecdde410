//! Stories of groups and their coordinator.

use super::Cluster;
use crate::kafka::base::GROUP_METADATA_TOPIC;
use crate::kafka::base::NodeId;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::broker::group_partition;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::KafkaString;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::find_coordinator_request::FindCoordinatorRequestData;
use crate::kafka::protocol::messages::metadata_request::MetadataRequestData;

const NOT_YET: i16 = 15;

impl Cluster {
    /// Asks a broker for coordinators; (error, node) of each key.
    fn find_coordinators(&mut self, broker: i32, kind: i8, keys: &[&str]) -> Vec<(i16, i32)> {
        let request = FindCoordinatorRequestData::default()
            .with_key_type(kind)
            .with_coordinator_keys(keys.iter().map(|key| KafkaString::from((*key).to_owned())).collect());
        match self.ask(NodeId(broker), Request::FindCoordinator(request)) {
            Response::FindCoordinator(answer) => {
                answer.coordinators.iter().map(|found| (found.error_code, found.node_id)).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_first_who_asks_for_a_coordinator_makes_the_offsets_topic_and_all_brokers_agree_on_the_coordinator() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    assert!(cluster.broker(1).cluster().topic(GROUP_METADATA_TOPIC).is_none(), "nobody has a group yet");
    assert_eq!(cluster.find_coordinators(1, 0, &["my-group"]), [(NOT_YET, -1)]);
    cluster.run(1000);
    let topic = cluster.broker(2).cluster().topic(GROUP_METADATA_TOPIC).expect("it was made");
    assert_eq!((topic.partitions.len(), topic.partitions[&0].replicas.len()), (50, 3));
    // Java's hash of this name is negative: a mask would give 36.
    assert_eq!(group_partition("my-group", 50), 12);
    let leader = cluster.leader(GROUP_METADATA_TOPIC, 12).expect("a leader");
    let of_order = cluster.leader(GROUP_METADATA_TOPIC, group_partition("order-service", 50)).expect("one");
    for broker in 1..=3 {
        let found = cluster.find_coordinators(broker, 0, &["my-group", "order-service"]);
        assert_eq!(found, [(0, leader.0), (0, of_order.0)], "broker {broker}");
    }
    let id = TopicPartition::new(&name(GROUP_METADATA_TOPIC), 12);
    let config = cluster.broker(1).partition(&id).and_then(|p| p.log()).expect("a log").config().clone();
    assert!(config.compact && !config.delete, "what groups wrote is never deleted by age");
    assert_eq!(config.segment_bytes, 104_857_600);
}

#[test]
fn without_enough_brokers_for_its_replicas_there_is_no_coordinator() {
    let mut cluster = Cluster::new(2, &[]);
    cluster.run(3000);
    for _ in 0..2 {
        assert_eq!(cluster.find_coordinators(1, 0, &["g"]), [(NOT_YET, -1)]);
        cluster.run(1000);
    }
    assert!(cluster.broker(1).cluster().topic(GROUP_METADATA_TOPIC).is_none());
    cluster.boot_broker(NodeId(3), &[]);
    cluster.run(3000);
    cluster.find_coordinators(1, 0, &["g"]);
    cluster.run(1000);
    assert_eq!(cluster.find_coordinators(1, 0, &["g"])[0].0, 0);
}

#[test]
fn a_small_cluster_says_how_many_copies_and_partitions_the_offsets_topic_has() {
    let configs = [("offsets.topic.replication.factor", "1"), ("offsets.topic.num.partitions", "4")];
    let mut cluster = Cluster::new(1, &configs);
    cluster.run(3000);
    cluster.find_coordinators(1, 0, &["g"]);
    cluster.run(1000);
    assert_eq!(cluster.find_coordinators(1, 0, &["g"]), [(0, 1)]);
    let topic = cluster.broker(1).cluster().topic(GROUP_METADATA_TOPIC).expect("it was made");
    assert_eq!((topic.partitions.len(), topic.partitions[&0].replicas.len()), (4, 1));
    assert_eq!(cluster.broker(1).partition_of_group("my-group"), group_partition("my-group", 4));
}

#[test]
fn only_groups_have_coordinators_here() {
    let mut cluster = Cluster::new(1, &[("offsets.topic.replication.factor", "1")]);
    cluster.run(3000);
    assert_eq!(cluster.find_coordinators(1, 1, &["tx"]), [(NOT_YET, -1)]);
    let share = ErrorCode::InvalidRequest.code();
    assert_eq!(cluster.find_coordinators(1, 2, &["g:id:0"]), [(share, -1)]);
    assert!(cluster.broker(1).cluster().topic(GROUP_METADATA_TOPIC).is_none());
}

#[test]
fn the_offsets_topic_is_internal_and_clients_do_not_write_to_it() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.find_coordinators(1, 0, &["g"]);
    cluster.run(1000);
    let request = MetadataRequestData::default().with_topics(None);
    let Response::Metadata(answer) = cluster.ask(NodeId(1), Request::Metadata(request)) else { panic!() };
    let topics: Vec<_> = answer.topics.iter().map(|t| (t.is_internal, t.partitions.len())).collect();
    assert_eq!(topics, [(true, 50)]);
    let leader = cluster.leader(GROUP_METADATA_TOPIC, 0).expect("a leader");
    let refused = cluster.produce(leader, GROUP_METADATA_TOPIC, -1, 1);
    assert_eq!(refused, Some((ErrorCode::InvalidTopicException.code(), -1)));
}
