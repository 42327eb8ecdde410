//! Questions about what moves a group, and what that costs.

use crate::kafka::base::name;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Ran;
use crate::lesson::Setup;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::course::l17::JOINING_APIS;
use crate::lesson::course::l17::bounce;
use crate::lesson::course::l17::fourth;
use crate::lesson::course::l17::fourth_in_each;
use crate::lesson::course::l17::left_after;
use crate::lesson::course::l17::scene;
use crate::lesson::course::l17::slow_one;
use crate::lesson::course::l17::three_lanes;
use crate::lesson::course::l17::two_kinds;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::M4;
use crate::lesson::group::close;
use crate::lesson::group::commit;
use crate::lesson::group::member;
use crate::lesson::group::numbers;
use crate::lesson::grouped::called;
use crate::lesson::rig::stored;

pub(super) const Q53: Question = Question {
    id: "Q53",
    lesson: "L17",
    level: Level::Middle,
    topic: Topic::Groups,
    tags: &[Tag::Classic],
    ask: Text::new("What makes a group rebalance?", "哪些情况会触发 rebalance？"),
    answer: Text::new(
        "A member comes, leaves, falls silent beyond its session or does not poll in time; a subscription changes; a topic gets more partitions.",
        "成员加入、离开、会话超时或 poll 超时；订阅变化；topic 增加 partition。",
    ),
    points: [
        Text::new("join, leave, session, poll gap", "加入、离开、会话、poll 间隔"),
        Text::new("more partitions, other subscriptions", "分区增加、订阅变化"),
        Text::new("not a commit, nor a broker's restart as such", "提交不会；broker 重启本身也不会"),
    ],
    follow_up: Text::new(
        "Who notices that a topic has more partitions?",
        "谁会发现 topic 增加了 partition？",
    ),
    outdated: None,
    scene,
    trial: Trial {
        ask: Text::new(
            "A member joins, a partition is added, a member commits, a member closes. By how much does the generation rise?",
            "一个成员加入，增加一个 partition，一个成员提交，一个成员关闭。generation 增加几？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("1: only the join", "1：只有加入"), 1),
            Choice::number(Text::new("2: those who come and go", "2：来的和走的"), 2),
            Choice::number(Text::new("3: all but the commit", "3：除提交外都算"), 3),
            Choice::number(Text::new("4", "4"), 4),
        ]),
        script: || {
            let mut script = fourth();
            script.push((12_000, Act::AddPartitions { topic: name("orders"), total: 5 }));
            script.extend([(22_000, commit(M2)), (24_000, close(M1))]);
            script
        },
        ms: 34_000,
        probe: |ran| ran.generations("shop").into(),
        explain: Explain {
            text: Text::new(
                "It is generation {} now. The group's leader saw the new partition in its metadata and joined again.",
                "现在是第 {} 代。新 partition 是组的 leader 在 metadata 里看到的，于是它重新加入。",
            ),
            parts: |ran| vec![ran.generation("shop").to_string()],
        },
    },
};

pub(super) const Q54: Question = Question {
    id: "Q54",
    lesson: "L17",
    level: Level::Middle,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new("Which steps does a classic rebalance have?", "经典 rebalance 的流程是怎样的？"),
    answer: Text::new(
        "Find the coordinator, join, the leader among the members assigns, all get their share by SyncGroup, then heartbeats and reading.",
        "找到协调者，加入；由成员中的 leader 分配；所有人用 SyncGroup 领取；随后心跳、读取。",
    ),
    points: [
        Text::new("FindCoordinator, JoinGroup, SyncGroup", "FindCoordinator、JoinGroup、SyncGroup"),
        Text::new("a member reckons, the coordinator passes it on", "由一个成员计算，协调者只转发"),
        Text::new("JoinGroup is a barrier for all", "JoinGroup 是全员屏障"),
    ],
    follow_up: Text::new(
        "How do the others learn that they must join again?",
        "其他成员怎么知道要重新加入？",
    ),
    outdated: Some(Text::new(
        "With KIP-848 (GA in 4.0) the coordinator assigns, and there is neither JoinGroup nor SyncGroup.",
        "KIP-848（4.0 正式可用）由协调者分配，没有 JoinGroup 和 SyncGroup。",
    )),
    scene,
    trial: Trial {
        ask: Text::new(
            "A fourth member comes. Put its requests in order.",
            "来了第四个成员。把它的请求排好序。",
        ),
        form: Form::Order(&[
            ("OffsetFetch", Text::new("OffsetFetch", "OffsetFetch")),
            ("SyncGroup", Text::new("SyncGroup", "SyncGroup")),
            ("FindCoordinator", Text::new("FindCoordinator", "FindCoordinator")),
            ("JoinGroup", Text::new("JoinGroup", "JoinGroup")),
        ]),
        script: fourth,
        ms: 10_000,
        probe: |ran| ran.asked_in_order(M4, JOINING_APIS),
        explain: Explain {
            text: Text::new("{} leads the group and assigned: {}.", "{} 是组的 leader，由它分配：{}。"),
            parts: |ran| {
                let leader = ran.leads("shop").map_or_else(String::new, called);
                vec![leader, ran.owners("shop", "orders")]
            },
        },
    },
};

pub(super) const Q56: Question = Question {
    id: "Q56",
    lesson: "L17",
    level: Level::Senior,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new("How do you have fewer rebalances, and cheaper ones?", "如何减少 rebalance 及其影响？"),
    answer: Text::new(
        "Static members for restarts, cooperative-sticky or KIP-848 so that only what moves stops, and a poll interval that fits the work.",
        "重启用静态成员；用 cooperative-sticky 或 KIP-848，只停要移动的；poll 间隔与处理时间匹配。",
    ),
    points: [
        Text::new(
            "group.instance.id and a session longer than a restart",
            "group.instance.id，会话长于重启时间",
        ),
        Text::new(
            "cooperative-sticky or group.protocol=consumer",
            "cooperative-sticky 或 group.protocol=consumer",
        ),
        Text::new("fewer records a poll before longer timeouts", "先减少每次 poll 的条数，再谈调大超时"),
    ],
    follow_up: Text::new("What does a long session cost you?", "会话时间长有什么代价？"),
    outdated: None,
    scene: two_kinds,
    trial: Trial {
        ask: Text::new(
            "One member of nameless and one of named (with group.instance.id) are killed and back after 5 s. How many new generations has named?",
            "nameless 与 named（配置了 group.instance.id）各有一个成员被杀，5 秒后回来。named 多出几代？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("0", "0"), 0),
            Choice::number(Text::new("1", "1"), 1),
            Choice::number(Text::new("2: it left and it came", "2：离开一次、加入一次"), 2),
        ]),
        script: bounce,
        ms: 60_000,
        probe: |ran| ran.generations("named").into(),
        explain: Explain {
            text: Text::new(
                "named: {}, nameless: {}. A known name takes its old share again within session.timeout.ms.",
                "named：{}，nameless：{}。认识的名字在 session.timeout.ms 之内直接拿回原来的份额。",
            ),
            parts: |ran| vec![ran.generations("named").to_string(), ran.generations("nameless").to_string()],
        },
    },
};

pub(super) const Q57: Question = Question {
    id: "Q57",
    lesson: "L17",
    level: Level::Middle,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new(
        "session.timeout.ms, heartbeat.interval.ms, max.poll.interval.ms: what is each for?",
        "session.timeout.ms、heartbeat.interval.ms、max.poll.interval.ms 有何区别？",
    ),
    answer: Text::new(
        "Heartbeats every 3 s say that the process lives; 45 s without one end the session. Five minutes without poll() mean no progress, and the client leaves by itself.",
        "每 3 秒一次心跳说明进程活着，45 秒没有则会话到期。5 分钟没有 poll() 说明没有进展，客户端自己离开。",
    ),
    points: [
        Text::new("alive: the coordinator's clock", "活着：协调者的钟"),
        Text::new("progress: the client's own clock", "进展：客户端自己的钟"),
        Text::new("heartbeats come from another thread", "心跳来自另一个线程"),
    ],
    follow_up: Text::new(
        "A long GC pause stops all threads. Which clock notices?",
        "长 GC 停顿会停住所有线程，哪只钟会发现？",
    ),
    outdated: Some(Text::new(
        "“The session is 10 s”: true up to 2.8; 45 s since 3.0.",
        "“会话 10 秒”：到 2.8 为止；3.0 起 45 秒。",
    )),
    scene: slow_one,
    trial: Trial {
        ask: Text::new(
            "session.timeout.ms 10 s, max.poll.interval.ms 30 s. consumer-1 works a minute on one record. After how many seconds does it leave?",
            "session.timeout.ms 10 秒，max.poll.interval.ms 30 秒。consumer-1 处理一条要一分钟。它几秒后离开？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("10 s", "10 秒"), 10),
            Choice::number(Text::new("30 s", "30 秒"), 30),
            Choice::number(Text::new("60 s", "60 秒"), 60),
            Choice::number(Text::new("it stays", "不离开"), 0),
        ]),
        script: super::a_big_order,
        ms: 70_000,
        probe: |ran| left_after(ran).into(),
        explain: Explain {
            text: Text::new(
                "It left after {} s; heartbeats that it sent in the whole run: {}.",
                "它 {} 秒后离开；整个运行中它发了 {} 次心跳。",
            ),
            parts: |ran| vec![left_after(ran).to_string(), ran.requests(M1, Api::Heartbeat).to_string()],
        },
    },
};

/// The partition of `__consumer_offsets` that has records.
fn home(ran: &Ran<'_>) -> Option<i64> {
    (0..50).find(|n| stored(ran, &format!("__consumer_offsets-{n}")) > 0)
}

pub(super) const Q59: Question = Question {
    id: "Q59",
    lesson: "L17",
    level: Level::Senior,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new("Which broker coordinates a group?", "组的 Coordinator 在哪台 broker？"),
    answer: Text::new(
        "The leader of the partition abs(hash(group.id)) % 50 of __consumer_offsets. The group's records lie in that partition.",
        "__consumer_offsets 中第 abs(hash(group.id)) % 50 个 partition 的 leader。组的记录就在那个 partition 里。",
    ),
    points: [
        Text::new("the group's name decides, not its members", "由组名决定，与成员无关"),
        Text::new("offsets.topic.num.partitions, 50", "offsets.topic.num.partitions，默认 50"),
        Text::new("it moves when that leader moves", "leader 换了，协调者也换"),
    ],
    follow_up: Text::new(
        "That broker dies. What does the next one have to do first?",
        "那台 broker 挂了，接任者首先要做什么？",
    ),
    outdated: Some(Text::new(
        "“Offsets lie in ZooKeeper”: not since 0.9.",
        "“位移存在 ZooKeeper”：0.9 起就不是了。",
    )),
    scene: || {
        Setup::brokers(1, &[("offsets.topic.replication.factor", "1")])
            .seed(5)
            .topic("orders", 1, 1, &[])
            .scene()
    },
    trial: Trial {
        ask: Text::new(
            "The group is called test; __consumer_offsets has 50 partitions. In which of them do its records lie?",
            "组名是 test；__consumer_offsets 有 50 个 partition。它的记录在第几个？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("0: the first group", "0：第一个组"), 0),
            Choice::number(Text::new("12", "12"), 12),
            Choice::number(Text::new("48", "48"), 48),
        ]),
        script: || vec![(500, member("test", &["orders"]))],
        ms: 15_000,
        probe: |ran| home(ran).into(),
        explain: Explain {
            text: Text::new(
                "In __consumer_offsets-{}: “test” hashes to 3556498.",
                "在 __consumer_offsets-{}：“test”的哈希是 3556498。",
            ),
            parts: |ran| vec![home(ran).unwrap_or(-1).to_string()],
        },
    },
};

/// Members that had to give something up, in each of the three groups.
fn stopped(ran: &Ran<'_>) -> [i64; 3] {
    ["eager", "cooperative", "kip848"].map(|group| ran.stopped(group))
}

pub(super) const Q60: Question = Question {
    id: "Q60",
    lesson: "L17",
    level: Level::Senior,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new("What does KIP-848 change?", "新一代 rebalance 协议（KIP-848）改变了什么？"),
    answer: Text::new(
        "The coordinator assigns and reconciles each member by its heartbeats. No barrier: who gives nothing up reads on.",
        "由协调者分配，并通过心跳逐个让成员收敛。没有全员屏障：不需交出的成员照常读。",
    ),
    points: [
        Text::new("the target assignment is the coordinator's", "目标分配由协调者决定"),
        Text::new("one request: ConsumerGroupHeartbeat", "只有一个请求：ConsumerGroupHeartbeat"),
        Text::new("a partition is handed on when it was given up", "先交出，再转交"),
    ],
    follow_up: Text::new("Can old and new clients be in one group?", "新旧客户端可以在同一个组吗？"),
    outdated: Some(Text::new(
        "“The group's leader assigns”: true of the classic protocol only.",
        "“由组内 leader 分配”：只适用于经典协议。",
    )),
    scene: three_lanes,
    trial: Trial {
        ask: Text::new(
            "Three groups of three on four partitions: eager, cooperative, KIP-848. A fourth member joins each. How many old members must give something up?",
            "三个三人组，各读四个 partition：eager、cooperative、KIP-848。每组来第四个成员。各有几个老成员要交出东西？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("3, 3, 3", "3、3、3"), &[3, 3, 3]),
            Choice::numbers(Text::new("3, 3, 1", "3、3、1"), &[3, 3, 1]),
            Choice::numbers(Text::new("3, 1, 1", "3、1、1"), &[3, 1, 1]),
            Choice::numbers(Text::new("1, 1, 0", "1、1、0"), &[1, 1, 0]),
        ]),
        script: fourth_in_each,
        ms: 20_000,
        probe: |ran| Value::Numbers(stopped(ran).to_vec()),
        explain: Explain {
            text: Text::new(
                "{}. Cooperative needs a second round of joins for it; KIP-848 needs none.",
                "{}。cooperative 为此要再加入一轮；KIP-848 不用。",
            ),
            parts: |ran| vec![numbers(&stopped(ran))],
        },
    },
};
