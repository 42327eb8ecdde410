use super::harness::Scene;
use super::harness::ids;
use crate::kafka::base::Duration;
use crate::kafka::base::Profile;
use crate::kafka::metadata::LeaderRecoveryState;
use crate::kafka::protocol::ErrorCode;
use crate::kafka::protocol::Request;
use crate::kafka::protocol::Response;
use crate::kafka::protocol::messages::alter_partition_request::AlterPartitionRequestData;
use crate::kafka::protocol::messages::alter_partition_request::BrokerState;
use crate::kafka::protocol::messages::alter_partition_request::PartitionData;
use crate::kafka::protocol::messages::alter_partition_request::TopicData;
use crate::kafka::protocol::messages::alter_partition_response::PartitionData as Answer;

const SESSION: Duration = Duration::from_secs(9);

impl Scene {
    /// `leader` asks for another in-sync set, with the epochs that are true unless `tune` changes them.
    fn alter(
        &mut self,
        leader: i32,
        isr: &[i32],
        tune: impl FnOnce(PartitionData) -> PartitionData,
    ) -> Answer {
        let topic_id = self.controller.image().topic("orders").unwrap().id;
        let state = |id: &i32| {
            let epoch =
                self.controller.image().broker(crate::kafka::base::NodeId(*id)).map_or(-1, |b| b.epoch);
            BrokerState::default().with_broker_id(*id).with_broker_epoch(epoch)
        };
        let data = PartitionData::default()
            .with_leader_epoch(self.orders().leader_epoch)
            .with_partition_epoch(self.orders().partition_epoch)
            .with_new_isr_with_epochs(isr.iter().map(state).collect());
        let topic = TopicData::default().with_topic_id(topic_id).with_partitions(vec![tune(data)]);
        let request = AlterPartitionRequestData::default()
            .with_broker_id(leader)
            .with_broker_epoch(self.epoch_of(leader))
            .with_topics(vec![topic]);
        let Response::AlterPartition(mut response) = self.ask(Request::AlterPartition(request)) else {
            panic!("an AlterPartition response");
        };
        assert_eq!(response.error_code, 0);
        response.topics.swap_remove(0).partitions.swap_remove(0)
    }

    /// A crashed broker comes back as a new process.
    fn come_back(&mut self, broker: i32, previous_epoch: i64) {
        let incarnation = self.controller.log().end_offset() as u64 + 100;
        assert_eq!(self.register_after(broker, incarnation, previous_epoch).error_code, 0);
        self.heartbeat(broker, |beat| beat);
    }
}

#[test]
fn when_the_leader_falls_silent_the_next_in_sync_replica_leads() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[]);
    assert_eq!(scene.orders_now(), (Some(1), 0, 0, vec![1, 2, 3]));

    scene.beat(&[2, 3], SESSION);

    assert_eq!(scene.orders_now(), (Some(2), 1, 1, vec![2, 3]));
}

#[test]
fn a_follower_that_falls_silent_leaves_the_in_sync_set_and_the_leader_epoch_stays() {
    let mut scene = Scene::with_brokers(Profile::Classic);
    scene.create_orders(&[]);

    scene.beat(&[1, 2], SESSION);

    assert_eq!(scene.orders_now(), (Some(1), 0, 1, vec![1, 2]));
}

#[test]
fn without_elr_the_last_in_sync_replica_stays_in_the_set_and_only_it_may_lead_again() {
    let mut scene = Scene::with_brokers(Profile::Classic);
    scene.create_orders(&[]);
    scene.alter(1, &[1], |data| data);

    scene.beat(&[2, 3], SESSION);
    assert_eq!(scene.orders_now(), (None, 1, 2, vec![1]));
    scene.come_back(1, -1);

    assert_eq!(scene.orders_now(), (Some(1), 2, 3, vec![1]));
}

#[test]
fn with_elr_who_left_below_min_isr_may_still_lead_without_loss() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[("min.insync.replicas", "2")]);

    scene.beat(&[1, 2], SESSION);
    assert!(scene.orders().elr.is_empty(), "two in sync are enough");
    scene.beat(&[1], SESSION);
    assert_eq!(ids(&scene.orders().elr), [2]);
    scene.pass(SESSION);
    assert_eq!(scene.orders_now().0, None);
    assert_eq!(scene.orders_now().3, Vec::<i32>::new());
    assert_eq!(ids(&scene.orders().elr), [1, 2]);
    scene.heartbeat(2, |beat| beat);

    assert_eq!((scene.orders_now().0, scene.orders_now().3), (Some(2), vec![2]));
    assert_eq!(ids(&scene.orders().elr), [1]);
    assert_eq!(scene.orders().leader_recovery_state, LeaderRecoveryState::Recovered);
}

#[test]
fn with_elr_a_broker_that_crashed_is_not_trusted_to_have_everything() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[("min.insync.replicas", "2")]);
    scene.beat(&[1, 2], SESSION);
    scene.beat(&[1], SESSION);
    assert_eq!(ids(&scene.orders().elr), [2]);

    scene.come_back(2, -1);
    assert!(scene.orders().elr.is_empty(), "2 died without saying so");
    assert_eq!(scene.orders_now().3, [1]);
}

#[test]
fn with_elr_a_broker_that_stopped_in_good_order_stays_eligible() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[("min.insync.replicas", "2")]);
    scene.beat(&[1, 2], SESSION);
    let epoch = scene.epoch_of(2);
    scene.beat(&[1], SESSION);

    scene.come_back(2, epoch);

    assert_eq!(ids(&scene.orders().elr), [2]);
}

#[test]
fn an_unclean_election_takes_a_replica_that_was_not_in_sync_and_says_so() {
    let mut scene = Scene::with_brokers(Profile::Classic);
    scene.create_orders(&[("unclean.leader.election.enable", "true")]);
    scene.alter(1, &[1], |data| data);

    scene.beat(&[2, 3], SESSION);

    assert_eq!(scene.orders_now(), (Some(2), 1, 2, vec![2]));
    assert_eq!(scene.orders().leader_recovery_state, LeaderRecoveryState::Recovering);
}

#[test]
fn the_preferred_replica_gets_its_leadership_back_at_the_next_look() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[]);
    scene.beat(&[2, 3], SESSION);
    scene.come_back(1, -1);
    assert_eq!(scene.alter(2, &[2, 3, 1], |data| data).error_code, 0);
    assert_eq!(scene.orders_now().0, Some(2));

    scene.beat(&[1, 2, 3], Duration::from_secs(300));

    assert_eq!((scene.orders_now().0, scene.orders_now().1), (Some(1), 2));
}

#[test]
fn a_leader_shrinks_and_grows_its_in_sync_set() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[]);

    let shrunk = scene.alter(1, &[1, 2], |data| data);
    assert_eq!(
        (shrunk.error_code, shrunk.leader_id, shrunk.leader_epoch, shrunk.partition_epoch),
        (0, 1, 0, 1)
    );
    assert_eq!(shrunk.isr, [1, 2]);
    let grown = scene.alter(1, &[1, 2, 3], |data| data);

    assert_eq!((grown.error_code, grown.partition_epoch), (0, 2));
    assert_eq!(scene.orders_now(), (Some(1), 0, 2, vec![1, 2, 3]));
}

#[test]
fn an_in_sync_set_that_does_not_fit_is_refused_with_the_right_error() {
    let mut scene = Scene::with_brokers(Profile::Modern);
    scene.create_orders(&[]);
    scene.beat(&[1, 3], SESSION);
    let before = scene.orders_now();
    let mut refused = |leader: i32, isr: &[i32], tune: fn(PartitionData) -> PartitionData| {
        ErrorCode::from(scene.alter(leader, isr, tune).error_code)
    };

    assert_eq!(refused(1, &[1, 3], |d| d.with_leader_epoch(9)), ErrorCode::NotController);
    assert_eq!(refused(1, &[1, 3], |d| d.with_partition_epoch(9)), ErrorCode::NotController);
    assert_eq!(refused(1, &[1, 3], |d| d.with_leader_epoch(-1)), ErrorCode::FencedLeaderEpoch);
    assert_eq!(refused(3, &[1, 3], |d| d), ErrorCode::InvalidRequest);
    assert_eq!(refused(1, &[1, 3], |d| d.with_partition_epoch(0)), ErrorCode::InvalidUpdateVersion);
    assert_eq!(refused(1, &[3], |d| d), ErrorCode::InvalidRequest);
    assert_eq!(refused(1, &[1, 1], |d| d), ErrorCode::InvalidRequest);
    assert_eq!(refused(1, &[1, 2], |d| d), ErrorCode::IneligibleReplica);
    assert_eq!(refused(1, &[1, 3], |d| d.with_partition_index(5)), ErrorCode::UnknownTopicOrPartition);

    assert_eq!(scene.orders_now(), before);
}
