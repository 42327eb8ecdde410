//! Stories of real producers and real brokers.

use super::Cluster;
use super::others;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::base::Profile;
use crate::kafka::base::TopicPartition;
use crate::kafka::base::name;
use crate::kafka::client::producer::Keys;
use crate::kafka::client::producer::Producer;
use crate::kafka::client::producer::ProducerCommand;
use crate::kafka::client::producer::ProducerSpec;
use crate::kafka::client::producer::Workload;
use crate::kafka::machine::Command;
use crate::kafka::machine::Input;
use crate::kafka::node::Node;

const PRODUCER: NodeId = NodeId(10_001);

impl Cluster {
    fn boot_producer(&mut self, config: &[(&str, &str)], rate: u64) {
        let spec = ProducerSpec {
            client_id: name("producer-1"),
            profile: Profile::Classic,
            config: config.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect(),
            bootstrap: vec![NodeId(1), NodeId(2), NodeId(3)],
            workload: Workload { keys: Keys::Round(50), ..Workload::new(&name("orders"), rate) },
        };
        self.boot(PRODUCER, Node::Producer(Producer::new(spec).expect("a good config")));
    }

    fn producer(&self) -> &Producer {
        self.nodes[&PRODUCER].as_producer().expect("a producer")
    }

    fn tell(&mut self, command: ProducerCommand) {
        self.post(Duration::ZERO, PRODUCER, Input::Command(Command::Producer(command)));
    }

    /// The end of the partition's log at its leader.
    fn end(&self, partition: i32) -> i64 {
        let leader = self.leader("orders", partition).expect("a leader");
        let id = TopicPartition::new(&name("orders"), partition);
        self.broker(leader.0).partition(&id).and_then(|p| p.log()).expect("a log").log_end_offset()
    }
}

#[test]
fn what_a_producer_sends_is_what_the_leaders_have() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 3, 3, &[]);
    cluster.boot_producer(&[], 1000);
    cluster.run(2000);
    cluster.tell(ProducerCommand::Pause);
    cluster.run(500);
    let delivery = cluster.producer().delivery();
    assert_eq!((delivery.pending(), delivery.failed_total(), delivery.retried), (0, 0, 0));
    assert!(delivery.sent >= 1900, "{} records", delivery.sent);
    assert_eq!((0..3).map(|p| cluster.end(p)).sum::<i64>(), delivery.sent as i64);
}

#[test]
fn an_idempotent_producer_survives_the_crash_of_a_leader_without_loss_or_duplicate() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 3, 3, &[]);
    cluster.boot_producer(&[], 1000);
    cluster.run(2000);
    let leader = cluster.leader("orders", 0).expect("a leader");
    cluster.crash(leader);
    cluster.run(20_000);
    cluster.tell(ProducerCommand::Pause);
    cluster.run(2000);
    let delivery = cluster.producer().delivery();
    assert_eq!((delivery.pending(), delivery.failed_total()), (0, 0));
    assert!(delivery.retried > 0);
    assert_eq!((0..3).map(|p| cluster.end(p)).sum::<i64>(), delivery.sent as i64);
}

#[test]
fn with_acks_1_a_leader_may_take_acknowledged_records_with_it() {
    let mut cluster = Cluster::new(3, &[]);
    cluster.run(3000);
    cluster.create("orders", 1, 3, &[]);
    cluster.boot_producer(&[("acks", "1")], 100);
    cluster.run(2000);
    let leader = cluster.leader("orders", 0).expect("a leader");
    for id in others(leader) {
        cluster.held.insert((NodeId(id), leader));
    }
    cluster.run(500);
    cluster.crash(leader);
    cluster.held.clear();
    cluster.run(20_000);
    cluster.tell(ProducerCommand::Pause);
    cluster.run(2000);
    let id = TopicPartition::new(&name("orders"), 0);
    let now = cluster.leader("orders", 0).expect("a leader");
    assert_ne!(now, leader);
    let log = cluster.broker(now.0).partition(&id).and_then(|p| p.log()).expect("a log");
    let epochs: Vec<(i32, i64)> = log.leader_epochs().expect("epochs").entries().collect();
    let lost = cluster.producer().delivery().lost(&id, &epochs, log.log_end_offset());
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert!(lost[0].1 - lost[0].0 > 30, "half a second at 100 records a second: {lost:?}");
}
