use std::sync::Arc;

use bytes::BufMut;
use bytes::BytesMut;

use super::harness::Scene;
use super::harness::ids;
use super::harness::text;
use super::harness::topic;
use crate::kafka::base::Profile;
use crate::kafka::base::name;
use crate::kafka::metadata::ConfigResource;
use crate::kafka::protocol::Api;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::RequestFrame;
use crate::kafka::protocol::RequestHeader;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::ResponseFrame;
use crate::kafka::protocol::messages::create_partitions_request::CreatePartitionsRequestData;
use crate::kafka::protocol::messages::create_partitions_request::CreatePartitionsTopic;
use crate::kafka::protocol::messages::create_topics_request::CreatableTopicConfig;
use crate::kafka::protocol::messages::create_topics_request::CreateTopicsRequestData;
use crate::kafka::protocol::messages::delete_topics_request::DeleteTopicState;
use crate::kafka::protocol::messages::delete_topics_request::DeleteTopicsRequestData;
use crate::kafka::protocol::messages::envelope_request::EnvelopeRequestData;
use crate::kafka::protocol::messages::incremental_alter_configs_request::AlterConfigsResource;
use crate::kafka::protocol::messages::incremental_alter_configs_request::AlterableConfig;
use crate::kafka::protocol::messages::incremental_alter_configs_request::IncrementalAlterConfigsRequestData;

fn sentence(message: &Option<crate::kafka::protocol::KafkaString>) -> &str {
    message.as_ref().expect("a message").as_str()
}

#[test]
fn a_new_topic_is_spread_over_the_brokers() {
    let mut scene = Scene::with_brokers(Profile::Modern);

    let created = scene.create(topic("orders", 6, 3));

    assert_eq!((created.error_code, created.num_partitions, created.replication_factor), (0, 6, 3));
    let orders = scene.controller.image().topic("orders").unwrap();
    assert_eq!(orders.id, created.topic_id);
    let mut led = [0; 4];
    for partition in orders.partitions.values() {
        assert_eq!((partition.leader_epoch, partition.partition_epoch), (0, 0));
        assert_eq!(partition.isr, partition.replicas);
        led[partition.leader.unwrap().0 as usize] += 1;
    }
    assert_eq!(led, [0, 2, 2, 2]);
}

#[test]
fn the_defaults_of_the_controller_are_used_where_the_maker_does_not_say() {
    let mut scene = Scene::with_brokers(Profile::Classic);

    let created = scene.create(topic("small", -1, -1));

    assert_eq!((created.num_partitions, created.replication_factor), (1, 1));
}

#[test]
fn a_topic_that_cannot_be_made_is_refused_with_kafkas_words() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create(topic("my.topic", 1, 1));
    let end = scene.controller.log().end_offset();
    let refused = [
        (topic("my.topic", 1, 1), ErrorCode::TopicAlreadyExists, "Topic 'my.topic' already exists."),
        (
            topic("my_topic", 1, 1),
            ErrorCode::InvalidTopicException,
            "Topic 'my_topic' collides with existing topic: my.topic",
        ),
        (topic("..", 1, 1), ErrorCode::InvalidTopicException, "Topic name is invalid: '..' is not allowed"),
        (
            topic("or ders", 1, 1),
            ErrorCode::InvalidTopicException,
            "Topic name is invalid: 'or ders' contains one or more characters other than ASCII alphanumerics, '.', \
             '_' and '-'",
        ),
        (
            topic("a", 1, 4),
            ErrorCode::InvalidReplicationFactor,
            "Unable to replicate the partition 4 time(s): The target replication factor of 4 cannot be reached \
             because only 3 broker(s) are registered.",
        ),
        (
            topic("a", 1, 0),
            ErrorCode::InvalidReplicationFactor,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ),
        (
            topic("a", 0, 1),
            ErrorCode::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value.",
        ),
        (
            topic("a", 1, 1).with_configs(vec![
                CreatableTopicConfig::default()
                    .with_name(text("retention.ms"))
                    .with_value(Some(text("soon"))),
            ]),
            ErrorCode::InvalidConfig,
            "Invalid value soon for configuration retention.ms: Not a number of type LONG",
        ),
    ];
    for (wanted, code, message) in refused {
        let answer = scene.create(wanted);
        assert_eq!((ErrorCode::from(answer.error_code), sentence(&answer.error_message)), (code, message));
    }
    assert_eq!(scene.controller.log().end_offset(), end, "nothing was written");
}

#[test]
fn replicas_may_be_named_by_hand() {
    let mut scene = Scene::with_brokers(Profile::Modern);

    scene.create_orders(&[]);

    assert_eq!(ids(&scene.orders().replicas), [1, 2, 3]);
    assert_eq!(scene.orders().directories.len(), 3);
}

#[test]
fn validate_only_answers_and_changes_nothing() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    let before = scene.controller.image().clone();
    let request =
        CreateTopicsRequestData::default().with_topics(vec![topic("orders", 2, 2)]).with_validate_only(true);

    let Response::CreateTopics(answer) = scene.ask(Request::CreateTopics(request)) else {
        panic!("an answer")
    };

    assert_eq!(answer.topics[0].error_code, 0);
    assert_eq!(scene.controller.image(), &before);
}

#[test]
fn partitions_can_only_grow() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create(topic("orders", 3, 2));
    let mut grow = |count: i32| {
        let topic = CreatePartitionsTopic::default().with_name(text("orders")).with_count(count);
        let topic = topic.with_assignments(None);
        let request = CreatePartitionsRequestData::default().with_topics(vec![topic]);
        let Response::CreatePartitions(mut answer) = scene.ask(Request::CreatePartitions(request)) else {
            panic!("an answer");
        };
        let result = answer.results.swap_remove(0);
        (ErrorCode::from(result.error_code), result.error_message.map(|message| message.to_string()))
    };

    let fewer = "The topic orders currently has 3 partition(s); 2 would not be an increase.";
    assert_eq!(grow(2), (ErrorCode::InvalidPartitions, Some(fewer.into())));
    assert_eq!(grow(3), (ErrorCode::InvalidPartitions, Some("Topic already has 3 partition(s).".into())));
    assert_eq!(grow(5), (ErrorCode::None, None));

    let orders = scene.controller.image().topic("orders").unwrap();
    assert!((0..5).all(|number| orders.partitions[&number].replicas.len() == 2));
}

#[test]
fn a_deleted_topic_is_gone_with_its_configs() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[("retention.ms", "1000")]);
    let mut delete = |name: &str| {
        let state = DeleteTopicState::default().with_name(Some(text(name)));
        let request = DeleteTopicsRequestData::default().with_topics(vec![state]);
        let Response::DeleteTopics(answer) = scene.ask(Request::DeleteTopics(request)) else {
            panic!("an answer");
        };
        ErrorCode::from(answer.responses[0].error_code)
    };

    assert_eq!(delete("nosuch"), ErrorCode::UnknownTopicOrPartition);
    assert_eq!(delete("orders"), ErrorCode::None);

    let image = scene.controller.image();
    assert!(image.topic("orders").is_none());
    assert!(image.configs(&ConfigResource::Topic(name("orders"))).is_empty());
}

fn alter(scene: &mut Scene, kind: i8, resource: &str, configs: &[(&str, i8, &str)]) -> (ErrorCode, String) {
    let config = |(name, operation, value): &(&str, i8, &str)| {
        let config = AlterableConfig::default().with_name(text(name)).with_config_operation(*operation);
        config.with_value(Some(text(value)))
    };
    let resource = AlterConfigsResource::default()
        .with_resource_type(kind)
        .with_resource_name(text(resource))
        .with_configs(configs.iter().map(config).collect());
    let request = IncrementalAlterConfigsRequestData::default().with_resources(vec![resource]);
    let Response::IncrementalAlterConfigs(answer) = scene.ask(Request::IncrementalAlterConfigs(request))
    else {
        panic!("an answer");
    };
    let answer = &answer.responses[0];
    let message = answer.error_message.as_ref().map(|message| message.to_string()).unwrap_or_default();
    (ErrorCode::from(answer.error_code), message)
}

#[test]
fn configs_are_set_removed_and_checked() {
    let (set, delete, append) = (0, 1, 2);
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[]);
    let resource = ConfigResource::Topic(name("orders"));

    assert_eq!(alter(&mut scene, 2, "orders", &[("retention.ms", set, "5000")]).0, ErrorCode::None);
    assert_eq!(scene.controller.image().config(&resource, "retention.ms"), Some(&name("5000")));
    let appended = alter(&mut scene, 2, "orders", &[("cleanup.policy", append, "compact")]);
    assert_eq!(appended.0, ErrorCode::None);
    assert_eq!(scene.controller.image().config(&resource, "cleanup.policy"), Some(&name("delete,compact")));
    assert_eq!(alter(&mut scene, 2, "orders", &[("retention.ms", delete, "")]).0, ErrorCode::None);
    assert_eq!(scene.controller.image().config(&resource, "retention.ms"), None);

    let unknown = alter(&mut scene, 2, "orders", &[("nosuch", set, "1")]);
    assert_eq!(unknown, (ErrorCode::InvalidConfig, "Unknown topic config name: nosuch".into()));
    let no_topic = alter(&mut scene, 2, "missing", &[("retention.ms", set, "1")]);
    assert_eq!(no_topic.0, ErrorCode::UnknownTopicOrPartition);
    let read_only = alter(&mut scene, 4, "1", &[("num.partitions", set, "1")]);
    assert_eq!(
        read_only,
        (ErrorCode::InvalidRequest, "Cannot update these configs dynamically: [num.partitions]".into())
    );
    assert_eq!(alter(&mut scene, 4, "", &[("log.retention.ms", set, "9000")]).0, ErrorCode::None);
    assert_eq!(
        scene.controller.image().config(&ConfigResource::Broker(None), "log.retention.ms"),
        Some(&name("9000"))
    );
}

#[test]
fn another_min_isr_forgets_who_was_eligible() {
    use crate::kafka::base::Duration;
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[("min.insync.replicas", "3")]);
    scene.beat(&[1, 2], Duration::from_secs(9));
    assert_eq!(ids(&scene.orders().elr), [3]);

    assert_eq!(alter(&mut scene, 2, "orders", &[("min.insync.replicas", 0, "2")]).0, ErrorCode::None);

    assert!(scene.orders().elr.is_empty());
}

#[test]
fn a_forwarded_request_travels_in_an_envelope_and_its_answer_too() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    let version = Api::CreateTopics.versions().1;
    let header = RequestHeader { api: Api::CreateTopics, version, correlation: 42, client_id: name("admin") };
    let body = CreateTopicsRequestData::default().with_topics(vec![topic("orders", 1, 3)]);
    let frame = RequestFrame { header, body: Arc::new(Request::CreateTopics(body)) };
    let request = EnvelopeRequestData::default().with_request_data(frame.to_wire().unwrap().slice(4..));

    let Response::Envelope(answer) = scene.ask(Request::Envelope(request)) else { panic!("an envelope") };

    assert_eq!(answer.error_code, 0);
    let data = answer.response_data.unwrap();
    let mut framed = BytesMut::new();
    framed.put_u32(data.len() as u32);
    framed.extend_from_slice(&data);
    let inner = ResponseFrame::from_wire(Api::CreateTopics, version, framed.freeze()).unwrap();
    assert_eq!(inner.correlation, 42);
    assert!(matches!(&*inner.body, Response::CreateTopics(created) if created.topics[0].error_code == 0));
    assert!(scene.controller.image().topic("orders").is_some());
}

#[test]
fn what_is_no_envelope_is_refused() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    let request =
        EnvelopeRequestData::default().with_request_data(bytes::Bytes::from_static(b"not a request"));

    let Response::Envelope(answer) = scene.ask(Request::Envelope(request)) else { panic!("an envelope") };

    assert_eq!(ErrorCode::from(answer.error_code), ErrorCode::UnsupportedVersion);
}
