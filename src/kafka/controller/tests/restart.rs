use super::harness::CLUSTER;
use super::harness::CONTROLLER;
use super::harness::Scene;
use super::harness::topic;
use crate::kafka::base::Duration;
use crate::kafka::base::Profile;
use crate::kafka::controller::BrokerState;
use crate::kafka::controller::ControllerSpec;
use crate::kafka::controller::METADATA_DIR;
use crate::kafka::metadata::MetadataVersion;
use crate::kafka::record::batches;
use crate::kafka::storage::Disk;

fn log_file() -> String {
    format!("{METADATA_DIR}/00000000000000000000.log")
}

#[test]
fn a_new_cluster_begins_with_the_features_of_its_profile() {
    let modern = Scene::new(Profile::Modern);
    let classic = Scene::new(Profile::Classic);

    assert_eq!(modern.controller.image().metadata_version(), MetadataVersion::V4_4);
    assert!(modern.controller.image().is_elr_enabled());
    assert_eq!(classic.controller.image().metadata_version(), MetadataVersion::V3_9);
    assert!(!classic.controller.image().is_elr_enabled());
}

#[test]
fn a_restarted_controller_knows_what_it_had_decided_and_reigns_in_a_new_epoch() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[("min.insync.replicas", "2")]);
    let before = scene.controller.image().topics().clone();
    let (epoch, epoch_of_1) = (scene.controller.epoch(), scene.epoch_of(1));

    scene.restart();

    assert_eq!(scene.controller.image().topics(), &before);
    assert_eq!(scene.controller.epoch(), epoch + 1);
    assert_eq!(scene.epoch_of(1), epoch_of_1);
    assert!(scene.controller.broker_states().iter().all(|broker| broker.state == BrokerState::Unfenced));
    assert!(scene.heartbeat(1, |beat| beat).is_caught_up);
}

#[test]
fn after_a_restart_every_broker_gets_a_whole_session() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.pass(Duration::from_secs(8));

    scene.restart();
    scene.pass(Duration::from_secs(8));
    assert!(scene.controller.broker_states().iter().all(|broker| broker.state == BrokerState::Unfenced));
    scene.pass(Duration::from_secs(1));

    assert!(scene.controller.broker_states().iter().all(|broker| broker.state == BrokerState::Fenced));
}

#[test]
fn a_snapshot_and_the_log_behind_it_make_the_same_image() {
    let spec = ControllerSpec::new(CONTROLLER, CLUSTER, Profile::Modern)
        .with_config("metadata.max.idle.interval.ms", "0")
        .with_config("metadata.log.max.record.bytes.between.snapshots", "1000");
    let mut scene = Scene::with(spec);
    for broker in [1, 2, 3] {
        scene.join(broker);
    }
    scene.create(topic("orders", 3, 3));
    let snapshot = scene.controller.latest_snapshot().expect("more than 1000 bytes were written");
    scene.create(topic("late", 1, 1));
    let before = scene.controller.image().clone();
    assert!(scene.disk.len(&snapshot.path()).is_some());
    assert!(scene.controller.log().end_offset() > snapshot.end_offset);

    scene.restart();

    assert_eq!(scene.controller.image().topics(), before.topics());
    assert_eq!(scene.controller.image().brokers(), before.brokers());
    assert!(scene.heartbeat(2, |beat| beat).is_caught_up);
}

#[test]
fn a_torn_last_batch_is_cut_off() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[]);
    let before = scene.controller.image().topics().clone();
    let end = scene.controller.log().end_offset();
    scene.create(topic("torn", 1, 1));
    let len = scene.disk.len(&log_file()).unwrap();
    scene.disk.set_len(&log_file(), len - 3).unwrap();

    scene.restart();

    assert_eq!(scene.controller.image().topics(), &before);
    let of_the_new_epoch = 2; // LeaderChange and RegisterController
    assert_eq!(scene.controller.log().end_offset(), end + of_the_new_epoch);
}

#[test]
fn any_flipped_byte_of_the_log_leaves_an_older_state_and_never_a_panic() {
    let mut scene = Scene::with_brokers(Profile::Classic);
    scene.create_orders(&[]);
    let end = scene.controller.log().end_offset();
    let files = scene.disk.image(METADATA_DIR);
    let bytes = files["00000000000000000000.log"].clone();
    let mut start = 0;
    for batch in batches(&bytes).map(Result::unwrap) {
        let offset_is_not_in_the_checksum = 8;
        for position in start + offset_is_not_in_the_checksum..start + batch.size() {
            scene.disk.restore(METADATA_DIR, &files);
            scene.disk.write_at(&log_file(), position as u64, &[bytes[position] ^ 0x55]).unwrap();

            scene.restart();

            assert!(!scene.exited, "byte {position}");
            assert!((2..=end + 2).contains(&scene.controller.log().end_offset()));
        }
        start += batch.size();
    }
}

#[test]
fn the_same_seed_and_the_same_requests_make_the_same_bytes() {
    let run = || {
        let mut scene = Scene::with_brokers(Profile::Modern);
        scene.create(topic("orders", 5, 2));
        scene.disk.read(&log_file(), 0, usize::MAX).unwrap()
    };

    assert_eq!(run(), run());
}
