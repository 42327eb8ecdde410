use super::harness::Scene;
use crate::kafka::base::Duration;
use crate::kafka::base::Profile;
use crate::kafka::controller::BrokerState;
use crate::kafka::protocol::ErrorCode;

#[test]
fn a_broker_registers_fenced_catches_up_and_is_unfenced() {
    let mut scene = Scene::new(Profile::Modern);

    let registered = scene.register(1, 1);
    let offset_of_registration = scene.controller.log().end_offset() - 1;
    assert_eq!((registered.error_code, registered.broker_epoch), (0, offset_of_registration));
    let behind = scene.heartbeat(1, |beat| beat.with_current_metadata_offset(offset_of_registration - 1));
    assert!(behind.is_fenced && !behind.is_caught_up);
    let waiting = scene.heartbeat(1, |beat| beat.with_want_fence(true));
    assert!(waiting.is_fenced && waiting.is_caught_up);
    let caught_up = scene.heartbeat(1, |beat| beat);

    assert!(!caught_up.is_fenced && caught_up.is_caught_up && !caught_up.should_shut_down);
    assert_eq!(scene.controller.broker_states()[0].state, BrokerState::Unfenced);
}

#[test]
fn a_second_process_with_the_same_id_waits_until_the_first_ones_session_is_over() {
    let mut scene = Scene::with_brokers(Profile::Modern);

    assert_eq!(scene.register(1, 2).error_code, ErrorCode::DuplicateBrokerRegistration.code());
    scene.pass(Duration::from_secs(9));
    let registered = scene.register(1, 2);

    assert_eq!(registered.error_code, 0);
    assert_eq!(scene.epoch_of(1), registered.broker_epoch);
}

#[test]
fn registering_again_from_the_same_process_keeps_the_epoch() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    let epoch = scene.epoch_of(2);

    assert_eq!(scene.register(2, 1).broker_epoch, epoch);
    assert_eq!(scene.controller.broker_states()[1].state, BrokerState::Unfenced);
}

#[test]
fn a_broker_of_another_cluster_is_refused() {
    let mut scene = Scene::new(Profile::Classic);
    let spec = scene.controller.spec().clone();
    scene.controller = crate::kafka::controller::Controller::new(crate::kafka::controller::ControllerSpec {
        cluster_id: crate::kafka::base::name("another"),
        ..spec
    });
    scene.handle(crate::kafka::machine::Input::Started);

    assert_eq!(scene.register(1, 1).error_code, ErrorCode::InconsistentClusterId.code());
}

#[test]
fn a_heartbeat_with_an_old_epoch_is_refused() {
    let mut scene = Scene::with_brokers(Profile::Modern);

    let answer = scene.heartbeat(1, |beat| beat.with_broker_epoch(1));

    assert_eq!(answer.error_code, ErrorCode::StaleBrokerEpoch.code());
}

#[test]
fn a_silent_broker_is_fenced_after_nine_seconds_and_the_others_are_not() {
    let mut scene = Scene::with_brokers(Profile::Modern);

    scene.beat(&[1, 2], Duration::from_millis(8_999));
    assert_eq!(scene.controller.broker_states()[2].state, BrokerState::Unfenced);
    scene.pass(Duration::from_millis(1));

    let states: Vec<_> = scene.controller.broker_states().iter().map(|broker| broker.state).collect();
    assert_eq!(states, [BrokerState::Unfenced, BrokerState::Unfenced, BrokerState::Fenced]);
    assert_eq!(scene.controller.broker_states()[2].session_ends, None);
}

#[test]
fn all_silent_brokers_are_fenced_one_by_one() {
    let mut scene = Scene::with_brokers(Profile::Classic);

    scene.pass(Duration::from_secs(10));

    assert!(scene.controller.broker_states().iter().all(|broker| broker.state == BrokerState::Fenced));
}

#[test]
fn a_broker_that_wants_to_go_first_loses_its_leaders_then_waits_for_the_others_to_know() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[]);

    let first = scene.heartbeat(1, |beat| beat.with_want_shut_down(true));
    assert!(!first.should_shut_down);
    assert_eq!(scene.controller.broker_states()[0].state, BrokerState::ControlledShutdown);
    assert_eq!(scene.orders_now(), (Some(2), 1, 1, vec![2, 3]));
    let second = scene.heartbeat(1, |beat| beat.with_want_shut_down(true));
    assert!(!second.should_shut_down, "2 and 3 have not yet read that 2 leads");
    scene.heartbeat(2, |beat| beat);
    scene.heartbeat(3, |beat| beat);
    let third = scene.heartbeat(1, |beat| beat.with_want_shut_down(true));

    assert!(third.should_shut_down && third.is_fenced);
    assert!(scene.controller.image().brokers()[&crate::kafka::base::NodeId(1)].fenced);
}

#[test]
fn a_broker_that_leads_nothing_may_go_at_once() {
    let mut scene = Scene::with_brokers(Profile::Modern);

    assert!(scene.heartbeat(3, |beat| beat.with_want_shut_down(true)).should_shut_down);
}

#[test]
fn producer_ids_are_given_in_blocks_of_a_thousand() {
    use crate::kafka::protocol::Request;
    use crate::kafka::protocol::Response;
    use crate::kafka::protocol::messages::allocate_producer_ids_request::AllocateProducerIdsRequestData;
    let mut scene = Scene::with_brokers(Profile::Modern);
    let mut blocks = Vec::new();

    for broker in [1, 2, 1] {
        let request = AllocateProducerIdsRequestData::default()
            .with_broker_id(broker)
            .with_broker_epoch(scene.epoch_of(broker));
        let Response::AllocateProducerIds(block) = scene.ask(Request::AllocateProducerIds(request)) else {
            panic!("a block");
        };
        blocks.push((block.producer_id_start, block.producer_id_len));
    }

    assert_eq!(blocks, [(0, 1000), (1000, 1000), (2000, 1000)]);
}
