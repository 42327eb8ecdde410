//! Consumer groups: who reads what, and what a rebalance costs.

use crate::kafka::base::NodeId;
use crate::kafka::base::name;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::SeekPoint;
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
use crate::lesson::course::l16::figure;
use crate::lesson::course::l16::idle;
use crate::lesson::course::l16::two_topics;
use crate::lesson::course::l17::JOINING_APIS;
use crate::lesson::course::l17::bounce;
use crate::lesson::course::l17::fourth;
use crate::lesson::course::l17::fourth_in_each;
use crate::lesson::course::l17::left_after;
use crate::lesson::course::l17::scene;
use crate::lesson::course::l17::slow_one;
use crate::lesson::course::l17::three_lanes;
use crate::lesson::course::l17::two_kinds;
use crate::lesson::group::JOINING;
use crate::lesson::group::M1;
use crate::lesson::group::M2;
use crate::lesson::group::M4;
use crate::lesson::group::SHARED;
use crate::lesson::group::close;
use crate::lesson::group::commit;
use crate::lesson::group::grouped;
use crate::lesson::group::member;
use crate::lesson::group::numbers;
use crate::lesson::group::subscribe;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::sends;
use crate::lesson::rig::stored;
use crate::lesson::scene::add_consumer;

fn kept(ran: &Ran<'_>) -> i64 {
    stored(ran, "news-0") + stored(ran, "news-1")
}

pub(super) const Q4: Question = Question {
    id: "Q4",
    lesson: "L03",
    level: Level::Junior,
    topic: Topic::Basics,
    tags: &[Tag::Classic],
    ask: Text::new(
        "A queue or publish/subscribe: how does Kafka do both?",
        "队列模型与发布订阅模型，Kafka 如何同时支持？",
    ),
    answer: Text::new(
        "Within a group each record goes to one member, as from a queue; each group gets all records, as by publish/subscribe. Either way the log has them once.",
        "组内一条记录只给一个成员，如同队列；每个组都拿到全部记录，如同发布订阅。无论哪种，日志里只存一份。",
    ),
    points: [
        Text::new("one group divides the partitions", "一个组内分摊 partition"),
        Text::new("several groups each read everything", "多个组各读全部"),
        Text::new("one more group costs no more storage", "多一个组不多占存储"),
    ],
    follow_up: Text::new(
        "A group is added a week later. What can it still read?",
        "一周后新增一个组，它还能读到什么？",
    ),
    outdated: None,
    scene: || {
        grouped("news", 2).group("mail", 2, &["news"], &[]).group("web", 2, &["news"], &[]).seen_at(SHARED)
    },
    trial: Trial {
        ask: Text::new(
            "Two groups of two members each read news. Six records are sent. How many are handed over in all, and how many does the log keep?",
            "两个组各两个成员，都读 news。发送六条。一共交付几条，日志里存几条？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("6 handed over, none kept", "交付 6，存 0"), &[6, 0]),
            Choice::numbers(Text::new("12 handed over, 6 kept", "交付 12，存 6"), &[12, 6]),
            Choice::numbers(Text::new("12 handed over, 12 kept", "交付 12，存 12"), &[12, 12]),
            Choice::numbers(Text::new("24 handed over, 6 kept", "交付 24，存 6"), &[24, 6]),
        ]),
        script: || sends(PRODUCER, 500, 20, 6),
        ms: 4_000,
        probe: |ran| Value::Numbers(vec![ran.delivered_from(M1), kept(ran)]),
        explain: Explain {
            text: Text::new(
                "{} times a record was handed over: once to each group. The log has {}, and reading took none away.",
                "一共交付 {} 次：每个组一次。日志里有 {} 条，读取没有拿走任何一条。",
            ),
            parts: |ran| vec![ran.delivered_from(M1).to_string(), kept(ran).to_string()],
        },
    },
};

pub(super) const Q52: Question = Question {
    id: "Q52",
    lesson: "L16",
    level: Level::Junior,
    topic: Topic::Groups,
    tags: &[Tag::Classic],
    ask: Text::new(
        "“With more consumers than partitions some get nothing”: is it true?",
        "“消费者个数超过分区就会有消费者消费不到数据”，对吗？",
    ),
    answer: Text::new(
        "Yes, within one group: a partition has one reader there. The rest stand by, and take over when somebody leaves. Share groups are otherwise.",
        "在同一个组内是对的：一个 partition 只有一个读者。多出的成员待命，有人离开时接手。share group 不是这样。",
    ),
    points: [
        Text::new("within one group only", "只在同一个组内成立"),
        Text::new("who is idle is a standby", "空闲者是热备"),
        Text::new("the number of partitions is the limit", "上限是 partition 数"),
    ],
    follow_up: Text::new("How would you read faster without more partitions?", "不增加分区，怎样读得更快？"),
    outdated: None,
    scene: || figure().seen_at(JOINING),
    trial: Trial {
        ask: Text::new(
            "Four partitions and the group search with five members. How many of them have nothing to read?",
            "四个 partition，search 组五个成员。有几个没有东西可读？",
        ),
        form: Form::Choice(&[
            Choice::number(Text::new("none: they take turns", "0 个：轮流读"), 0),
            Choice::number(Text::new("one", "1 个"), 1),
            Choice::number(Text::new("two", "2 个"), 2),
        ]),
        script: Vec::new,
        ms: 8_000,
        probe: |ran| idle(ran)[1].into(),
        explain: Explain {
            text: Text::new("Partitions a member: {}.", "每个成员的 partition 数：{}。"),
            parts: |ran| vec![numbers(&ran.shares("search"))],
        },
    },
};

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
            text: Text::new(
                "Consumer {} leads the group and assigned: {}.",
                "consumer {} 是组的 leader，由它分配：{}。",
            ),
            parts: |ran| {
                let leader = ran.leads("shop").map_or_else(String::new, |id| id.to_string());
                vec![leader, ran.owners("shop", "orders")]
            },
        },
    },
};

pub(super) const Q55: Question = Question {
    id: "Q55",
    lesson: "L16",
    level: Level::Middle,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new("Which assignors are there?", "分区分配策略有哪些？"),
    answer: Text::new(
        "Range, topic by topic, is the default's first choice; round robin deals all partitions in turn; sticky and cooperative-sticky keep what was.",
        "Range 按 topic 分，是默认首选；RoundRobin 把全部 partition 轮流发；Sticky 与 CooperativeSticky 尽量保留原状。",
    ),
    points: [
        Text::new("range favours the first members", "range 偏向靠前的成员"),
        Text::new("sticky moves as little as it can", "sticky 移动最少"),
        Text::new("cooperative gives up only what moves", "cooperative 只交出要移动的"),
    ],
    follow_up: Text::new(
        "Twenty topics of one partition, ten members, range: who reads?",
        "二十个单分区 topic、十个成员、range：谁在读？",
    ),
    outdated: None,
    scene: two_topics,
    trial: Trial {
        ask: Text::new(
            "Two topics of three partitions, two members. How many does the busiest member have by range, and by round robin?",
            "两个三分区的 topic，两个成员。range 与 round robin 下，最忙的成员各有几个？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("3 and 3", "3 和 3"), &[3, 3]),
            Choice::numbers(Text::new("4 and 3", "4 和 3"), &[4, 3]),
            Choice::numbers(Text::new("3 and 4", "3 和 4"), &[3, 4]),
            Choice::numbers(Text::new("4 and 4", "4 和 4"), &[4, 4]),
        ]),
        script: Vec::new,
        ms: 8_000,
        probe: |ran| {
            let most = |group| ran.shares(group).into_iter().max().unwrap_or(0);
            Value::Numbers(vec![most("range"), most("robin")])
        },
        explain: Explain {
            text: Text::new("Range: {}. Round robin: {}.", "range：{}。round robin：{}。"),
            parts: |ran| vec![numbers(&ran.shares("range")), numbers(&ran.shares("robin"))],
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
            "session.timeout.ms 10 s, max.poll.interval.ms 30 s. Consumer 20001 works a minute on one record. After how many seconds does it leave?",
            "session.timeout.ms 10 秒，max.poll.interval.ms 30 秒。consumer 20001 处理一条要一分钟。它几秒后离开？",
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

/// A consumer of its own choice: one partition, from an offset on. At last it tries to subscribe.
fn chosen() -> Vec<(u64, Act)> {
    let to = SeekPoint::Offset(3);
    let seek = Act::Seek { node: NodeId(M2), topic: name("orders"), partition: 0, to };
    vec![
        (500, add_consumer(&["orders-0"], &[("auto.offset.reset", "latest")])),
        (3_000, seek),
        (5_000, subscribe(M2, "orders")),
    ]
}

pub(super) const Q58: Question = Question {
    id: "Q58",
    lesson: "L16",
    level: Level::Junior,
    topic: Topic::Groups,
    tags: &[],
    ask: Text::new(
        "Can a consumer read a partition and an offset of its choice?",
        "消费者可以消费指定的分区和位移吗？",
    ),
    answer: Text::new(
        "Yes: assign() and seek(). It is then no member of a group's balancing, and nobody takes over for it.",
        "可以：assign() 加 seek()。但它不参与组的分配，也没有人替它接手。",
    ),
    points: [
        Text::new("assign() instead of subscribe()", "用 assign() 而不是 subscribe()"),
        Text::new("seek() sets the position, not the commit", "seek() 改的是 position，不是提交"),
        Text::new("no rebalance, and no successor", "没有 rebalance，也没有接班者"),
    ],
    follow_up: Text::new(
        "And if it commits with the group.id of a running group?",
        "如果它用一个运行中的组的 group.id 提交呢？",
    ),
    outdated: None,
    scene: || {
        grouped("orders", 1)
            .group("shop", 1, &["orders"], &[])
            .acts(sends(PRODUCER, 4_000, 20, 5))
            .seen_at(SHARED)
    },
    trial: Trial {
        ask: Text::new(
            "orders-0 has five records, read by the group shop. Another consumer is assigned orders-0 and seeks to offset 3. How many records is it given, and how many new generations has shop?",
            "orders-0 有五条，shop 组在读。另一个 consumer assign 了 orders-0 并 seek 到 offset 3。它拿到几条，shop 多出几代？",
        ),
        form: Form::Choice(&[
            Choice::numbers(Text::new("2 and 0", "2 和 0"), &[2, 0]),
            Choice::numbers(Text::new("2 and 1: it joins", "2 和 1：它加入了组"), &[2, 1]),
            Choice::numbers(
                Text::new("0 and 0: shop has the partition", "0 和 0：partition 归 shop"),
                &[0, 0],
            ),
        ]),
        script: chosen,
        ms: 7_000,
        probe: |ran| Value::Numbers(vec![ran.handed_out(&[M2], "orders-0"), ran.generations("shop")]),
        explain: Explain {
            text: Text::new(
                "The group still reads as before: {}. When the other one called subscribe() at the end, without a group.id, it was thrown {}.",
                "组照旧：{}。另一个最后没有 group.id 就调用 subscribe()，抛出 {}。",
            ),
            parts: |ran| vec![ran.owners("shop", "orders"), ran.caught(M2).unwrap_or_default()],
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
