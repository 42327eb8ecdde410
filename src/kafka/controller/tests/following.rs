use bytes::Bytes;

use super::harness::Scene;
use super::harness::text;
use super::harness::topic;
use crate::kafka::base::Duration;
use crate::kafka::base::Offset;
use crate::kafka::base::Profile;
use crate::kafka::base::Uuid;
use crate::kafka::machine::ConnectionId;
use crate::kafka::metadata::ClusterImage;
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::fetch_request::FetchPartition;
use crate::kafka::protocol::messages::fetch_request::FetchRequestData;
use crate::kafka::protocol::messages::fetch_request::FetchTopic;
use crate::kafka::protocol::messages::fetch_response::PartitionData;
use crate::kafka::protocol::messages::fetch_snapshot_request::FetchSnapshotRequestData;
use crate::kafka::protocol::messages::fetch_snapshot_request::PartitionSnapshot;
use crate::kafka::protocol::messages::fetch_snapshot_request::SnapshotId;
use crate::kafka::protocol::messages::fetch_snapshot_request::TopicSnapshot;
use crate::kafka::record::batches;

impl Scene {
    fn fetch(&mut self, offset: Offset, epoch: i32) -> ConnectionId {
        let partition = FetchPartition::default()
            .with_fetch_offset(offset)
            .with_last_fetched_epoch(epoch)
            .with_current_leader_epoch(self.controller.epoch());
        let topic =
            FetchTopic::default().with_topic_id(Uuid::METADATA_TOPIC_ID).with_partitions(vec![partition]);
        let request = FetchRequestData::default().with_max_wait_ms(500).with_topics(vec![topic]);
        self.send(Request::Fetch(request))
    }

    fn fetched(&mut self, connection: ConnectionId) -> Option<PartitionData> {
        match self.answers.remove(&connection)? {
            Response::Fetch(mut response) => {
                Some(response.responses.swap_remove(0).partitions.swap_remove(0))
            }
            other => panic!("{other:?}"),
        }
    }
}

/// What a broker makes of the batches that it has fetched.
fn replay(bytes: &Bytes) -> ClusterImage {
    let mut image = ClusterImage::default();
    for batch in batches(bytes).map(Result::unwrap).filter(|batch| !batch.is_control()) {
        for record in batch.records().unwrap().map(Result::unwrap) {
            image.replay(&MetadataRecord::decode(&record.value.unwrap()).unwrap()).unwrap();
        }
    }
    image
}

#[test]
fn a_broker_that_reads_the_log_has_the_same_image_as_the_controller() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[("retention.ms", "1000")]);

    let connection = scene.fetch(0, 0);
    let answer = scene.fetched(connection).expect("at once");

    assert_eq!(answer.high_watermark, scene.controller.log().end_offset());
    assert_eq!(&replay(&answer.records.unwrap()), scene.controller.image());
}

#[test]
fn a_broker_at_the_end_waits_until_something_is_written() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    let end = scene.controller.log().end_offset();

    let connection = scene.fetch(end, 1);
    assert_eq!(scene.fetched(connection), None);
    scene.create(topic("orders", 1, 1));
    let answer = scene.fetched(connection).expect("the new records");

    let first = batches(&answer.records.unwrap()).next().unwrap().unwrap();
    assert_eq!((first.base_offset(), answer.high_watermark), (end, end + 2));
}

#[test]
fn a_broker_at_the_end_is_answered_with_nothing_after_its_max_wait() {
    let mut scene = Scene::with_brokers(Profile::Modern);

    let connection = scene.fetch(scene.controller.log().end_offset(), 1);
    scene.pass(Duration::from_millis(499));
    assert_eq!(scene.fetched(connection), None);
    scene.pass(Duration::from_millis(1));

    assert_eq!(scene.fetched(connection).expect("an answer").records, Some(Bytes::new()));
}

#[test]
fn a_broker_that_has_gone_is_not_answered() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    let connection = scene.fetch(scene.controller.log().end_offset(), 1);

    let peer = crate::kafka::base::NodeId(1);
    let why = crate::kafka::machine::Closed::Reset;
    scene.handle(crate::kafka::machine::Input::Disconnected { connection, peer, why });
    scene.create(topic("orders", 1, 1));

    assert_eq!(scene.fetched(connection), None);
}

#[test]
fn a_broker_with_records_that_the_log_never_had_is_told_where_to_cut() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    let end = scene.controller.log().end_offset();

    let connection = scene.fetch(end + 5, 1);
    let answer = scene.fetched(connection).expect("at once");

    assert_eq!((answer.diverging_epoch.epoch, answer.diverging_epoch.end_offset), (1, end));
}

#[test]
fn every_half_second_a_record_says_that_the_controller_is_there() {
    use crate::kafka::controller::ControllerSpec;
    let spec = ControllerSpec::new(super::harness::CONTROLLER, super::harness::CLUSTER, Profile::Modern);
    let mut scene = Scene::with(spec);
    let end = scene.controller.log().end_offset();

    scene.pass(Duration::from_secs(2));

    assert_eq!(scene.controller.log().end_offset(), end + 4);
}

#[test]
fn a_snapshot_can_be_fetched_piece_by_piece() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[]);
    scene.beat(&[1, 2, 3], Duration::from_secs(3600));
    let id = scene.controller.latest_snapshot().expect("one every hour");
    let mut bytes = Vec::new();

    loop {
        let snapshot_id = SnapshotId::default().with_end_offset(id.end_offset).with_epoch(id.epoch);
        let partition =
            PartitionSnapshot::default().with_snapshot_id(snapshot_id).with_position(bytes.len() as i64);
        let topic =
            TopicSnapshot::default().with_name(text("__cluster_metadata")).with_partitions(vec![partition]);
        let request = FetchSnapshotRequestData::default().with_max_bytes(300).with_topics(vec![topic]);
        let Response::FetchSnapshot(answer) = scene.ask(Request::FetchSnapshot(request)) else {
            panic!("an answer");
        };
        let piece = &answer.topics[0].partitions[0];
        assert_eq!(piece.error_code, 0);
        bytes.extend_from_slice(piece.unaligned_records.as_ref().unwrap());
        if bytes.len() as i64 == piece.size {
            break;
        }
    }

    assert_eq!(&replay(&bytes.into()), scene.controller.image());
}
