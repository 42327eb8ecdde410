//! Seeds, claims after every event, and then peace.

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::Random;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::producer::Keys;
use kafkascope::kafka::client::producer::Values;
use kafkascope::kafka::client::producer::Workload;
use kafkascope::lab::Act;
use kafkascope::lab::CONTROLLER;
use kafkascope::lab::Configs;
use kafkascope::lab::Genesis;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::Nowhere;
use kafkascope::lab::World;
use kafkascope::lab::invariant::Claims;
use kafkascope::lab::invariant::replicas_agree;
use kafkascope::lab::share::act_text;

/// A few long runs find more than many short ones: faults must have time to meet.
const SEEDS: u64 = 60;
const ACTS: u32 = 40;
const PRODUCER: NodeId = NodeId(10_001);
const CONSUMER: NodeId = NodeId(20_001);

struct Run {
    world: World,
    claims: Claims,
    random: Random,
    done: Vec<String>,
}

impl Run {
    fn act(&mut self, act: Act) {
        if self.world.act(&act, &mut Nowhere).is_ok() {
            self.done.push(format!("{} {}", self.world.now(), act_text(&act)));
        }
    }

    /// Lets time pass, looking after every event.
    fn pass(&mut self, ms: u64) {
        let until = self.world.now() + Duration::from_millis(ms);
        while self.world.next_at().is_some_and(|at| at <= until) {
            self.world.step(&mut Nowhere);
            if let Err(broken) = self.claims.check(&self.world) {
                panic!("at {}: {broken}\n{}", self.world.now(), self.done.join("\n"));
            }
        }
        self.world.run_until(until, u64::MAX, &mut Nowhere);
    }

    fn node(&mut self) -> NodeId {
        NodeId(1 + self.random.below(3).cast_signed())
    }

    /// Something that goes wrong, or right again. Losing power is another story: it takes what was acknowledged.
    fn fault(&mut self) -> Act {
        let (node, from, mut to) = (self.node(), self.node(), self.node());
        if from == to {
            to = CONTROLLER;
        }
        match self.random.below(10) {
            0 => Act::Crash { node },
            1..=3 => Act::Restart { node },
            4 => Act::Cut { from, to, both: self.random.below(2) == 0 },
            5 => Act::Heal { from, to, both: true },
            6 => Act::Hold { from, to, api: Some("Fetch".into()) },
            7 => Act::Release { from, to },
            8 => Act::DropNext { from, to, api: None },
            _ => Act::SetDisk { node, slow: 1 + self.random.below(20), full: false, broken: false },
        }
    }
}

fn begin(seed: u64) -> Run {
    let world = World::new(Genesis { profile: Profile::Modern, seed }, &mut Nowhere);
    let mut run = Run { world, claims: Claims::default(), random: Random::new(seed, 99), done: Vec::new() };
    (0..3).for_each(|_| run.act(Act::AddBroker { id: None, rack: None, configs: Configs::new() }));
    run.pass(1_000);
    let configs: Configs = [("min.insync.replicas", "2"), ("segment.bytes", "4000")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    run.act(Act::CreateTopic { name: name("orders"), partitions: 2, replication: 3, configs });
    run.pass(1_000);
    let values = Values::Size { min: 20, max: 80 };
    let workload =
        Workload { topic: name("orders"), rate: 40, keys: Keys::Round(5), values, partition: None };
    run.act(Act::AddProducer { id: None, workload, configs: Configs::new() });
    let topics = vec![name("orders")];
    let configs = [("auto.offset.reset".to_owned(), "earliest".to_owned())].into();
    run.act(Act::AddConsumer(NewConsumer { topics, configs, ..NewConsumer::default() }));
    run.pass(1_000);
    run
}

/// Everything heals, everybody runs, nobody writes any more.
fn peace(run: &mut Run) {
    run.act(Act::SetRate { node: PRODUCER, rate: 0 });
    let nodes = [NodeId(1), NodeId(2), NodeId(3), CONTROLLER];
    for from in nodes {
        run.act(Act::Restart { node: from });
        run.act(Act::SetDisk { node: from, slow: 1, full: false, broken: false });
        for to in nodes {
            run.act(Act::Heal { from, to, both: true });
            run.act(Act::Release { from, to });
        }
    }
    run.pass(180_000);
}

fn check_peace(run: &Run) {
    let world = &run.world;
    let story = || format!("seed {}\n{}", world.genesis().seed, run.done.join("\n"));
    let controller = world.node(CONTROLLER).and_then(|node| node.as_controller()).unwrap();
    let producer = world.node(PRODUCER).and_then(|node| node.as_producer()).unwrap();
    let consumer = world.node(CONSUMER).and_then(|node| node.as_consumer()).unwrap();
    let topic = controller.image().topic("orders").expect("the topic is there");
    let mut records = 0;
    for (number, registered) in &topic.partitions {
        assert_eq!(registered.isr.len(), 3, "partition {number} has all its replicas in sync\n{}", story());
        let leader = registered.leader.expect("it has a leader");
        let broker = world.node(leader).and_then(|node| node.as_broker()).unwrap();
        let id = kafkascope::kafka::base::TopicPartition::new(&topic.name, *number);
        let log =
            broker.partition(&id).and_then(|partition| partition.log()).expect("the leader has its log");
        assert_eq!(log.high_watermark(), log.log_end_offset(), "all is committed\n{}", story());
        // An offset that was promised twice was lost in between.
        let mut promised: Vec<_> =
            producer.delivery().acked_offsets().get(&id).into_iter().flatten().collect();
        promised.sort_by_key(|range| range.first);
        for pair in promised.windows(2) {
            assert!(pair[0].end <= pair[1].first, "{id} {pair:?}: promised twice\n{}", story());
        }
        let last = promised.last().map_or(0, |range| range.end);
        assert!(last <= log.log_end_offset(), "{id} {last} was acknowledged and is lost\n{}", story());
        records += log.log_end_offset();
    }
    assert!(records > 20, "only {records} records were written\n{}", story());
    let read = i64::try_from(consumer.application().records).unwrap();
    assert_eq!(read, records, "the consumer has read all that is there, once\n{}", story());
    replicas_agree(world).unwrap_or_else(|broken| panic!("{broken}\n{}", story()));
}

#[test]
fn after_chaos_there_is_peace_and_nothing_that_was_promised_is_lost() {
    for seed in 1..=SEEDS {
        let mut run = begin(seed);
        for _ in 0..ACTS {
            let act = run.fault();
            run.act(act);
            let ms = u64::from(run.random.below(1_500));
            run.pass(ms);
        }
        peace(&mut run);
        check_peace(&run);
    }
}
