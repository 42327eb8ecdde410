//! One seed: a cluster, three groups, faults, peace.

use kafkascope::kafka::base::Duration;
use kafkascope::kafka::base::NodeId;
use kafkascope::kafka::base::Profile;
use kafkascope::kafka::base::Random;
use kafkascope::kafka::base::TopicPartition;
use kafkascope::kafka::base::name;
use kafkascope::kafka::client::consumer::Commit;
use kafkascope::kafka::client::consumer::Program;
use kafkascope::kafka::client::producer::Keys;
use kafkascope::kafka::client::producer::Values;
use kafkascope::kafka::client::producer::Workload;
use kafkascope::lab::Act;
use kafkascope::lab::CONTROLLER;
use kafkascope::lab::Configs;
use kafkascope::lab::Genesis;
use kafkascope::lab::Journal;
use kafkascope::lab::NewConsumer;
use kafkascope::lab::World;
use kafkascope::lab::share::act_text;
use kafkascope::lab::transcript::entry_line;
use kafkascope::view::GroupView;

use crate::Sums;
use crate::claims::Claims;
use crate::claims::members;

const PARTITIONS: i32 = 6;
/// Every fifth seed runs Kafka 3.9 with its own coordinator, where all groups are classic.
const OLD: u64 = 5;
/// Lines of the journal that are printed.
const LINES: usize = 2_000;
const PRODUCER: NodeId = NodeId(10_001);
const FIRST_MEMBER: i32 = 20_001;
const ASSIGNORS: [&str; 4] = ["range", "roundrobin", "sticky", "cooperative-sticky"];
/// The groups: the first two commit when the work is done, the last one before.
const GROUPS: [&str; 3] = ["classic", "modern", "hasty"];

struct Run {
    seed: u64,
    world: World,
    journal: Journal,
    /// How much of the journal the claims have seen.
    looked_at: u64,
    claims: Claims,
    random: Random,
    /// Timeouts are a few seconds, so that more happens in three minutes.
    scaled: bool,
    done: Vec<String>,
    sums: Sums,
}

/// Runs a seed.
///
/// # Errors
/// The claim that does not hold, when, and what was done until then.
pub(crate) fn seed(seed: u64) -> Result<Sums, String> {
    let mut journal = Journal::default();
    let profile = if seed.is_multiple_of(OLD) { Profile::Classic } else { Profile::Modern };
    let world = World::new(Genesis { profile, seed }, &mut journal);
    let mut run = Run {
        seed,
        world,
        journal,
        looked_at: 0,
        claims: Claims::default(),
        random: Random::new(seed, 77),
        scaled: !seed.is_multiple_of(4),
        done: Vec::new(),
        sums: Sums::default(),
    };
    run.all()
        .map_err(|why| format!("{why}, at {}\n  {}{}", run.world.now(), run.done.join("\n  "), run.look()))?;
    run.sums.world_ms = run.world.now().0 / 1_000;
    run.sums.events = run.world.seq();
    Ok(run.sums)
}

fn configs(pairs: &[(&str, &str)]) -> Configs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl Run {
    fn all(&mut self) -> Result<(), String> {
        self.begin()?;
        let end = self.world.now() + Duration::from_millis(if self.scaled { 110_000 } else { 150_000 });
        let mut faults = 0;
        while self.world.now() < end || faults < 12 {
            if self.fault() {
                faults += 1;
            }
            let ms = 500 + u64::from(self.random.below(if self.scaled { 6_000 } else { 12_000 }));
            self.pass(ms)?;
        }
        self.sums.faults = faults;
        self.fail_over()?;
        self.peace()
    }

    /// `CHAOS_LOOK=orders-3`: the last lines of the journal that speak of it.
    fn look(&self) -> String {
        let Ok(about) = std::env::var("CHAOS_LOOK") else { return String::new() };
        let lines = self.journal.iter_from(1).map(|(seq, it)| entry_line(seq, it, self.world.names(), &[]));
        let lines: Vec<String> =
            lines.filter(|line| line.contains(&about)).map(|line| format!("\n{line}")).collect();
        lines[lines.len().saturating_sub(LINES)..].concat()
    }

    fn act(&mut self, act: Act) -> bool {
        let said = format!("{} {}", self.world.now(), act_text(&act));
        let done = self.world.act(&act, &mut self.journal).is_ok();
        if done {
            self.done.push(said);
        }
        done
    }

    /// Lets time pass, looking after every event, and at what acts wrote before it.
    fn pass(&mut self, ms: u64) -> Result<(), String> {
        let until = self.world.now() + Duration::from_millis(ms);
        let mut entries = Vec::new();
        while self.world.next_at().is_some_and(|at| at <= until) {
            self.world.step(&mut self.journal);
            entries.clear();
            entries.extend(self.journal.iter_from(self.looked_at + 1).map(|(_, entry)| *entry));
            self.looked_at = self.journal.len();
            self.claims.check(&self.world, &entries)?;
        }
        self.world.run_until(until, u64::MAX, &mut self.journal);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), String> {
        let broker = configs(&[
            ("offsets.topic.num.partitions", "3"),
            ("offsets.topic.replication.factor", "3"),
            ("group.initial.rebalance.delay.ms", "500"),
            ("group.consumer.min.session.timeout.ms", "3000"),
            ("group.consumer.session.timeout.ms", if self.scaled { "6000" } else { "45000" }),
            ("group.consumer.min.heartbeat.interval.ms", "1000"),
            ("group.consumer.heartbeat.interval.ms", if self.scaled { "1500" } else { "5000" }),
        ]);
        for _ in 0..3 {
            self.act(Act::AddBroker { id: None, rack: None, configs: broker.clone() });
        }
        self.pass(2_000)?;
        let topic = configs(&[("min.insync.replicas", "2")]);
        self.act(Act::CreateTopic {
            name: name("orders"),
            partitions: PARTITIONS,
            replication: 3,
            configs: topic,
        });
        self.pass(1_000)?;
        let values = Values::Size { min: 20, max: 40 };
        let workload =
            Workload { topic: name("orders"), rate: 12, keys: Keys::None, values, partition: None };
        self.act(Act::AddProducer { id: None, workload, configs: Configs::new() });
        for group in [0, 0, 1, 1, 2] {
            self.join(group);
        }
        self.pass(4_000)
    }

    /// One more member of a group.
    fn join(&mut self, group: usize) -> bool {
        let number = self.done.len();
        let mut all = configs(&[("auto.offset.reset", "earliest"), ("enable.auto.commit", "false")]);
        if group == 1 && self.world.profile() == Profile::Modern {
            all.extend(configs(&[("group.protocol", "consumer")]));
        } else {
            let assignor = ASSIGNORS[(self.seed % 4) as usize];
            all.extend(configs(&[("partition.assignment.strategy", assignor)]));
            if self.scaled {
                all.extend(configs(&[("session.timeout.ms", "6000"), ("heartbeat.interval.ms", "1500")]));
            }
        }
        if self.scaled {
            all.extend(configs(&[("max.poll.interval.ms", "8000"), ("request.timeout.ms", "5000")]));
            all.extend(configs(&[("default.api.timeout.ms", "6000")]));
        }
        let commit = if group == 2 { Commit::Before } else { Commit::After };
        let fixed = self.seed.is_multiple_of(3).then(|| name(&format!("{}-{number}", GROUPS[group])));
        self.act(Act::AddConsumer(NewConsumer {
            topics: vec![name("orders")],
            group: Some(name(GROUPS[group])),
            instance: fixed,
            program: Some(Program { per_record_us: 15_000, commit, ..Program::default() }),
            configs: all,
            ..NewConsumer::default()
        }))
    }

    fn any(&mut self, count: usize) -> usize {
        self.random.below(u32::try_from(count).unwrap_or(1)) as usize
    }

    fn member(&mut self) -> NodeId {
        let all: Vec<NodeId> = self
            .world
            .machines()
            .map(|(id, _)| id)
            .filter(|id| (FIRST_MEMBER..30_000).contains(&id.0))
            .collect();
        all[self.any(all.len())]
    }

    /// Something that goes wrong, or right again.
    fn fault(&mut self) -> bool {
        let broker = NodeId(1 + self.random.below(3).cast_signed());
        let node = self.member();
        let members = self.world.machines().filter(|(id, _)| id.0 >= FIRST_MEMBER && id.0 < 30_000).count();
        let apis = ["JoinGroup", "SyncGroup", "Heartbeat", "OffsetCommit", "ConsumerGroupHeartbeat", "Fetch"];
        let api = Some(apis[self.any(apis.len())].to_owned());
        let (from, to) = if self.random.below(2) == 0 { (node, broker) } else { (broker, node) };
        let act = match self.random.below(16) {
            0 | 1 if members < 9 => {
                let group = self.any(GROUPS.len());
                return self.join(group);
            }
            0..=2 => Act::Crash { node },
            3..=5 => Act::Restart { node },
            6 => Act::CloseConsumer { node },
            7 => Act::Cut { from, to, both: self.random.below(2) == 0 },
            8 => Act::Heal { from: node, to: broker, both: true },
            9 => Act::Hold { from, to, api },
            10 | 11 => Act::Release { from, to },
            12 => Act::DropNext { from, to, api },
            13 => {
                let slow = Some((20, if self.scaled { 9_000_000 } else { 1_000_000 }));
                let Some(program) = self.program(node) else { return false };
                Act::SetProgram { node, program: Program { slow_every: slow, ..program } }
            }
            14 => {
                let Some(program) = self.program(node) else { return false };
                let after = Some(u64::from(1 + self.random.below(30)));
                Act::SetProgram { node, program: Program { crash_after: after, ..program } }
            }
            _ => Act::Restart { node: broker },
        };
        self.act(act)
    }

    fn program(&self, node: NodeId) -> Option<Program> {
        Some(self.world.node(node)?.as_consumer()?.spec().program.clone())
    }

    /// The leader of a partition of `__consumer_offsets` dies, and another one coordinates.
    fn fail_over(&mut self) -> Result<(), String> {
        let id = TopicPartition::new(&name("__consumer_offsets"), self.random.below(3).cast_signed());
        let controller = self.world.node(CONTROLLER).and_then(|node| node.as_controller());
        let leader = controller.and_then(|it| it.image().partition(&id)?.leader);
        if let Some(node) = leader {
            self.act(Act::Crash { node });
            self.pass(15_000)?;
            self.act(Act::Restart { node });
            self.sums.fail_overs += 1;
        }
        self.pass(8_000)
    }

    /// Everything heals, everybody runs, nobody writes any more.
    fn peace(&mut self) -> Result<(), String> {
        self.act(Act::SetRate { node: PRODUCER, rate: 0 });
        let all: Vec<NodeId> = self.world.machines().map(|(id, _)| id).collect();
        for node in &all {
            for broker in [1, 2, 3].map(NodeId).into_iter().filter(|broker| broker != node) {
                for (from, to) in [(*node, broker), (broker, *node)] {
                    self.act(Act::Heal { from, to, both: false });
                    self.act(Act::Release { from, to });
                }
            }
        }
        self.calm_down(&all);
        // Who was closing has closed then.
        self.pass(20_000)?;
        for node in &all {
            self.act(Act::Restart { node: *node });
        }
        self.calm_down(&all);
        self.pass(if self.scaled { 60_000 } else { 420_000 })?;
        GROUPS.iter().try_for_each(|group| self.check_peace(group))
    }

    /// The applications of consumers work quickly and without a crash.
    fn calm_down(&mut self, nodes: &[NodeId]) {
        for node in nodes {
            if let Some(program) = self.program(*node) {
                let program = Program { slow_every: None, crash_after: None, per_record_us: 100, ..program };
                self.act(Act::SetProgram { node: *node, program });
            }
        }
    }

    fn check_peace(&mut self, group: &str) -> Result<(), String> {
        let mut owned: Vec<TopicPartition> = Vec::new();
        let mut states = Vec::new();
        for (id, of, consumer) in members(&self.world) {
            if of == group {
                owned.extend(consumer.assigned().map(|(partition, _)| partition.clone()));
                states.push(format!(
                    "{id} {} {}",
                    consumer.group().state_name(),
                    consumer.group().generation()
                ));
            }
        }
        owned.sort();
        let orders = |number| TopicPartition::new(&name("orders"), number);
        let wanted: Vec<TopicPartition> = (0..PARTITIONS).map(orders).collect();
        if owned != wanted {
            return Err(format!("group {group}: in peace {owned:?} are owned, by {}", states.join(", ")));
        }
        let view = GroupView::of(&self.world, &self.journal, group, None).ok_or("nobody knows the group")?;
        let skipped: u64 = view.lag.iter().map(|line| line.skipped).sum();
        self.sums.delivered_twice += view.lag.iter().map(|line| line.delivered_twice).sum::<u64>();
        if group == GROUPS[2] {
            self.sums.caught_skipping += u64::from(skipped > 0);
        } else if skipped > 0 {
            return Err(format!(
                "group {group} commits when the work is done and has skipped {skipped} records: {:?}",
                view.lag.iter().map(|line| line.skipped).collect::<Vec<_>>()
            ));
        }
        // The last commit may have failed in a rebalance, and nothing came since that would be committed: all is read.
        match view.lag.iter().find(|line| line.end > 0 && line.position != Some(line.end)) {
            Some(line) => Err(format!(
                "group {group}: in peace {:?} is read of {} in {}",
                line.position, line.end, line.partition
            )),
            None => Ok(()),
        }
    }
}
