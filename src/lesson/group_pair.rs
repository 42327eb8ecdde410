use super::Text;
use crate::kafka::base::Duration;
use crate::kafka::base::NodeId;
use crate::kafka::client::consumer::Assignor;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::consumer::GroupProtocol;
use crate::kafka::node::Node;
use crate::lab::Act;
use crate::lab::World;

/// When the members of B have joined anew, however they join: `group.initial.rebalance.delay.ms` is over, and both worlds
/// stand still.
const SETTLED: Duration = Duration::from_millis(15_000);
/// How long the member that is restarted is away.
const AWAY: Duration = Duration::from_millis(2_000);

const STRATEGY: &str = "partition.assignment.strategy";

/// How the members of a group may share it out instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    Eager,
    Cooperative,
    Static,
    Kip848,
}

impl Instead {
    pub const ALL: [Self; 4] = [Self::Eager, Self::Cooperative, Self::Static, Self::Kip848];

    pub const fn name(self) -> Text {
        match self {
            Self::Eager => Text::new("Eager instead", "改用 eager"),
            Self::Cooperative => Text::new("Cooperative instead", "改用 cooperative"),
            Self::Static => Text::new("Static members", "静态成员"),
            Self::Kip848 => Text::new("KIP-848", "KIP-848"),
        }
    }

    /// As it stands over a column of numbers.
    pub const fn short(self) -> Text {
        match self {
            Self::Eager => Text::new("eager", "eager"),
            Self::Cooperative => Text::new("coop.", "coop."),
            Self::Static => Text::new("static", "静态"),
            Self::Kip848 => Text::new("KIP-848", "KIP-848"),
        }
    }

    /// The way that these acts make the members go; `None` when they are about something else.
    pub fn made_by(change: &[Act]) -> Option<Self> {
        let configs = || {
            change.iter().filter_map(|act| match act {
                Act::SetClientConfig { config, value, .. } => Some((config.as_str(), value.as_deref()?)),
                _ => None,
            })
        };
        let ways = [Self::Static, Self::Cooperative, Self::Eager, Self::Kip848];
        ways.into_iter().find(|way| {
            configs().any(|(config, value)| match way {
                Self::Static => config == "group.instance.id",
                Self::Cooperative => config == STRATEGY && value == Assignor::CooperativeSticky.class_name(),
                Self::Eager => config == STRATEGY && value == Assignor::Range.class_name(),
                Self::Kip848 => (config, value) == ("group.protocol", "consumer"),
            })
        })
    }

    /// How the members of a group go now; `None` when they are not alike, or are alike in a way that is none of these.
    pub fn of(world: &World, group: &str) -> Option<Self> {
        let ways = [Self::Kip848, Self::Cooperative, Self::Eager];
        ways.into_iter()
            .find(|way| members(world, group).len() > 1 && GroupPair::of(world, group, *way).is_none())
    }

    /// The configs of the `number`-th member that make it so, in an order in which each of them can be set.
    fn configs(self, group: &str, number: usize) -> Vec<(&'static str, Option<String>)> {
        let set = |value: &str| Some(value.to_owned());
        let classic = |assignor: Assignor| {
            vec![("group.protocol", set("classic")), (STRATEGY, set(assignor.class_name()))]
        };
        match self {
            Self::Eager => classic(Assignor::Range),
            Self::Cooperative => classic(Assignor::CooperativeSticky),
            Self::Static => vec![("group.instance.id", Some(format!("{group}-{number}")))],
            Self::Kip848 => vec![
                (STRATEGY, None),
                ("session.timeout.ms", None),
                ("heartbeat.interval.ms", None),
                ("group.protocol", set("consumer")),
            ],
        }
    }
}

/// The same moment of a group twice: A goes on as it is, in B all members join anew with another way to share out. Then, in
/// both, one member is restarted, and what that costs is counted.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPair {
    /// What B has and A has not.
    pub change: Vec<Act>,
    /// What happens in both, counted from the moment at which they part.
    pub both: Vec<(Duration, Act)>,
}

impl GroupPair {
    pub const SAYS: Text = Text::new(
        "From this moment on, twice on one clock: A as it is, in B all members join anew the other way. After 15 s one member is restarted in both, and what that costs is counted. Further ways play along from the same moment: the costs of all are in one table.",
        "从此刻起在同一时钟上运行两遍：A 保持原样，B 中所有成员以另一种方式重新加入。15 秒后在两边各重启一个成员，并统计代价。再选的方式从同一时刻起一并运行：所有方式的代价列在同一张表里。",
    );

    /// `None` when the group has no two members that run, or when all of them are like that already.
    pub fn of(world: &World, group: &str, instead: Instead) -> Option<Self> {
        let members = members(world, group);
        let (last, _) = *members.last().filter(|_| members.len() > 1)?;
        if instead == Instead::Eager && members.iter().all(|(_, consumer)| is_eager_by_default(consumer)) {
            return None;
        }
        let mut change = Vec::new();
        for (number, (node, consumer)) in members.iter().enumerate() {
            let config = &consumer.spec().config;
            for (name, value) in instead.configs(group, number + 1) {
                let has = config.get(name);
                let default = name == "group.protocol" && value.as_deref() == Some("classic");
                if has != value.as_ref() && !(has.is_none() && default) {
                    change.push(Act::SetClientConfig { node: *node, config: name.to_owned(), value });
                }
            }
        }
        let both =
            vec![(SETTLED, Act::CloseConsumer { node: last }), (SETTLED + AWAY, Act::Restart { node: last })];
        (!change.is_empty()).then_some(Self { change, both })
    }
}

/// The assignors of a classic member that names none are range, then cooperative-sticky: all agree on the first.
fn is_eager_by_default(consumer: &Consumer) -> bool {
    let config = &consumer.spec().config;
    consumer.group().protocol() == GroupProtocol::Classic && !config.contains_key(STRATEGY)
}

/// The members of a group that run, by number.
fn members<'a>(world: &'a World, group: &str) -> Vec<(NodeId, &'a Consumer)> {
    let nodes = world.machines().filter_map(|(id, machine)| Some((id, machine.node()?)));
    let consumers = nodes.filter_map(|(id, node): (NodeId, &Node)| Some((id, node.as_consumer()?)));
    consumers.filter(|(_, consumer)| consumer.group().id().is_some_and(|id| &**id == group)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::base::Instant;
    use crate::kafka::base::Profile;
    use crate::kafka::base::name;
    use crate::lab::Genesis;
    use crate::lab::NewConsumer;
    use crate::lab::Progress;
    use crate::lab::Side;
    use crate::lab::Timeline;
    use crate::lab::Twin;
    use crate::view::Comparison;
    use crate::view::Place;
    use crate::view::RebalanceCost;

    /// One broker, six partitions, three members that share them out with the range assignor.
    fn group() -> Timeline {
        let mut timeline = Timeline::new(Genesis { profile: Profile::Modern, seed: 7 });
        let broker = [("offsets.topic.replication.factor", "1"), ("offsets.topic.num.partitions", "2")];
        let configs = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let act = |timeline: &mut Timeline, ms: u64, act: Act| {
            timeline.seek(Instant::from_millis(ms));
            timeline.act(act).unwrap();
        };
        act(&mut timeline, 0, Act::AddBroker { id: None, rack: None, configs: configs(&broker) });
        let topic = |name| Act::CreateTopic { name, partitions: 6, replication: 1, configs: configs(&[]) };
        act(&mut timeline, 3_000, topic(name("orders")));
        for ms in [4_000, 4_010, 4_020] {
            let member = Act::AddConsumer(NewConsumer {
                topics: vec![name("orders")],
                group: Some(name("billing")),
                configs: configs(&[(STRATEGY, Assignor::Range.class_name())]),
                ..NewConsumer::default()
            });
            act(&mut timeline, ms, member);
        }
        timeline.seek(Instant::from_millis(20_000));
        timeline
    }

    fn pair(timeline: &Timeline, instead: Instead) -> GroupPair {
        GroupPair::of(timeline.world(), "billing", instead).expect("three members run")
    }

    fn costs(instead: Instead) -> [RebalanceCost; 2] {
        let mut timeline = group();
        let pair = pair(&timeline, instead);
        assert_eq!(Instead::made_by(&pair.change), Some(instead));
        let until = timeline.now() + Duration::from_millis(40_000);
        timeline.plan(pair.both);
        let mut twin = Twin::begin(&mut timeline, &pair.change).unwrap();
        let mut comparison = Comparison::begin(&twin, &timeline);
        while twin.play_to(&mut timeline, until, 5_000) == Progress::More {}
        let view = comparison.look(&mut twin, &timeline);
        assert!(view.difference.is_some(), "the first difference is found");
        for side in Side::BOTH {
            let owned: usize = members(twin.world(&timeline, side), "billing")
                .iter()
                .map(|(_, consumer)| consumer.assigned().count())
                .sum();
            assert_eq!(owned, 6, "{instead:?} {side:?}: every partition has one owner again");
        }
        let ways = view.group.expect("the change is about members").ways;
        assert_eq!(ways.iter().map(|way| way.place).collect::<Vec<_>>(), Side::BOTH.map(Place::Drawn));
        [ways[0].cost, ways[1].cost]
    }

    #[test]
    fn three_ways_from_one_moment_stand_in_one_table_and_cost_what_each_costs_alone() {
        let alone = [Instead::Cooperative, Instead::Static, Instead::Kip848].map(|way| costs(way)[1]);
        let mut timeline = group();
        let parted = timeline.now();
        let first = pair(&timeline, Instead::Cooperative);
        timeline.plan(first.both);
        let mut twin = Twin::begin(&mut timeline, &first.change).unwrap();
        // The others are tried when the first one has played a while.
        while twin.play_to(&mut timeline, parted + Duration::from_millis(5_000), 5_000) == Progress::More {}
        for instead in [Instead::Static, Instead::Kip848] {
            let change = {
                twin.choose(&mut timeline, Side::A);
                twin.seek(&mut timeline, parted);
                pair(&timeline, instead).change
            };
            twin.add(&mut timeline, &change).unwrap();
            assert_eq!((timeline.now(), twin.focus()), (parted, Side::B), "all begin where they parted");
        }
        let mut comparison = Comparison::begin(&twin, &timeline);
        let until = parted + Duration::from_millis(40_000);
        while twin.play_to(&mut timeline, until, 5_000) == Progress::More {}
        let table = |comparison: &mut Comparison, twin: &mut Twin, timeline: &Timeline| {
            let view = comparison.look(twin, timeline);
            let found = view.difference.expect("the first difference is found").at;
            let ways = view.group.expect("the change is about members").ways;
            let line = |way: crate::view::WayCost| (Instead::made_by(&way.change), way.place, way.cost);
            (found, ways.into_iter().map(line).collect::<Vec<_>>())
        };
        let (with_kip848, ways) = table(&mut comparison, &mut twin, &timeline);
        let names: Vec<_> = ways.iter().map(|(name, place, _)| (*name, *place)).collect();
        let (cooperative, fixed, kip848) =
            (Some(Instead::Cooperative), Some(Instead::Static), Some(Instead::Kip848));
        assert_eq!(
            names,
            [
                (None, Place::Drawn(Side::A)),
                (cooperative, Place::Beside(0)),
                (fixed, Place::Beside(1)),
                (kip848, Place::Drawn(Side::B)),
            ]
        );
        assert_eq!([ways[1].2, ways[2].2, ways[3].2], alone);
        twin.exchange(&mut timeline, 0);
        let (with_cooperative, again) = table(&mut comparison, &mut twin, &timeline);
        assert_eq!(again[1].1, Place::Drawn(Side::B));
        assert_eq!(again[3].1, Place::Beside(0));
        let costs = |ways: &[(_, _, RebalanceCost)]| ways.iter().map(|(.., cost)| *cost).collect::<Vec<_>>();
        assert_eq!(costs(&again), costs(&ways), "whichever two are drawn");
        assert!(with_cooperative >= parted && with_kip848 >= parted);
        twin.seek(&mut timeline, parted);
        let (_, back) = table(&mut comparison, &mut twin, &timeline);
        assert!(back.iter().all(|(.., cost)| cost.rounds == 0), "nobody has restarted yet: {back:?}");
    }

    #[test]
    fn restarting_one_member_stops_all_when_eager_and_fewer_in_every_other_way() {
        let [eager, cooperative] = costs(Instead::Cooperative);
        assert!(eager.revoked > cooperative.revoked, "{eager:?} {cooperative:?}");
        assert!(eager.kept == 0 && cooperative.kept > 2, "{eager:?} {cooperative:?}");
        assert!(eager.rounds < cooperative.rounds, "giving up and handing over takes two: {cooperative:?}");
        let [_, fixed] = costs(Instead::Static);
        assert_eq!(
            (fixed.rounds, fixed.moved),
            (0, 0),
            "a static member that is back in time moves nothing: {fixed:?}"
        );
        let [_, kip848] = costs(Instead::Kip848);
        assert!(kip848.revoked < eager.revoked, "{eager:?} {kip848:?}");
    }

    #[test]
    fn what_is_so_already_is_no_pair() {
        let timeline = group();
        assert_eq!(GroupPair::of(timeline.world(), "billing", Instead::Eager), None);
        assert_eq!(Instead::of(timeline.world(), "billing"), Some(Instead::Eager));
        assert_eq!(Instead::of(timeline.world(), "nobody"), None);
        assert_eq!(GroupPair::of(timeline.world(), "nobody", Instead::Static), None);
    }
}
