use crate::kafka::base::NodeId;
use crate::kafka::base::name;
use crate::kafka::client::consumer::Pace;
use crate::kafka::client::producer::Values;
use crate::kafka::client::producer::Workload;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Level;
use crate::lesson::Question;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Tag;
use crate::lesson::Text;
use crate::lesson::Topic;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::scene::add_consumer;
use crate::lesson::scene::send;

const fn t(en: &'static str, zh: &'static str) -> Text {
    Text::new(en, zh)
}

/// A consumer whose application works so long on each record, given one by one.
pub(super) const ONE_BY_ONE: &[(&str, &str)] = &[("max.poll.records", "1")];

pub(super) fn pace(consumer: i32, ms_per_record: u64) -> Act {
    let pace = Pace { per_poll_us: 0, per_record_us: ms_per_record * 1_000 };
    Act::SetPace { node: NodeId(consumer), pace }
}

fn joined(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
}

pub(super) const Q3: Question = Question {
    id: "Q3",
    lesson: "L02",
    level: Level::Junior,
    topic: Topic::Basics,
    tags: &[Tag::Classic],
    ask: t("Topic, partition, segment: how do they relate?", "Topic、Partition、Segment 是什么关系？"),
    answer: t(
        "A topic is a name for some partitions. A partition is one ordered log, kept as several replicas. A segment is one set of files of that log.",
        "topic 是一组 partition 的名字；partition 是一份有序的日志，以若干 replica 保存；segment 是这份日志的一组文件。",
    ),
    points: [
        t(
            "A topic is only a name: nothing on a disk is called so.",
            "topic 只是名字：磁盘上没有单独以它命名的东西。",
        ),
        t(
            "A partition is the unit of order, of leadership and of parallel reading.",
            "partition 是顺序、leader 和并行消费的单位。",
        ),
        t(
            "A segment is the unit of deletion: whole files go, not records.",
            "segment 是删除的单位：删的是整个文件，不是单条记录。",
        ),
    ],
    follow_up: t(
        "Why is a log cut into segments at all? (To delete from its front without rewriting it.)",
        "为什么要把日志切成 segment？（为了从前端删除而不必重写。）",
    ),
    outdated: None,
    scene: || Setup::brokers(3, &[]).scene(),
    trial: Trial {
        ask: t(
            "A topic of 3 partitions with 2 replicas is created on 3 brokers. How many directories appear?",
            "在 3 个 broker 上创建 3 个 partition、2 副本的 topic。会出现几个目录？",
        ),
        form: Form::Choice(&[
            Choice::number(t("1", "1 个"), 1),
            Choice::number(t("3", "3 个"), 3),
            Choice::number(t("6", "6 个"), 6),
            Choice::number(t("9", "9 个"), 9),
        ]),
        script: || {
            let configs = crate::lab::Configs::new();
            vec![(0, Act::CreateTopic { name: name("orders"), partitions: 3, replication: 2, configs })]
        },
        ms: 2_000,
        probe: |ran| ran.all_directories().into(),
        explain: Explain {
            text: t(
                "{} directories, by broker {}: one for each replica of each partition.",
                "{} 个目录，按 broker 分别为 {}：每个 partition 的每个 replica 一个。",
            ),
            parts: |ran| vec![ran.all_directories().to_string(), joined(&ran.per_broker())],
        },
    },
};

/// What grew while a consumer was slower than a producer.
fn what_grew(ran: &Ran<'_>) -> Value {
    let pushed = ran.events().any(|(_, entry)| {
        entry.node.0 == 1 && matches!(entry.kind, Kind::Sent { peer: NodeId(20_001), response: false, .. })
    });
    let blocked = ran.cluster().producers.iter().any(|p| p.blocked.is_some()) || ran.failed(10_001) > 0;
    match (pushed, blocked, behind(ran) > 10) {
        (true, _, _) => "queue".into(),
        (_, true, _) => "producer".into(),
        (_, _, true) => "lag".into(),
        _ => Value::Nothing,
    }
}

fn behind(ran: &Ran<'_>) -> i64 {
    ran.leo(1, "demo-0").unwrap_or(0) - ran.position(20_001, "demo-0").unwrap_or(0)
}

pub(super) const Q5: Question = Question {
    id: "Q5",
    lesson: "L01",
    level: Level::Junior,
    topic: Topic::Basics,
    tags: &[Tag::Classic],
    ask: t("Does Kafka push or pull, and why?", "Kafka 是推模式还是拉模式？为什么？"),
    answer: t(
        "Consumers pull: each asks with Fetch for what lies behind its position, at its own pace and in batches of its own size. With nothing to give, the broker parks the request for a while (long poll).",
        "consumer 主动拉：各自用 Fetch 请求 position 之后的数据，节奏和批量都由自己决定。没有数据时，broker 会把请求挂起一会儿（长轮询）。",
    ),
    points: [
        t("A slow consumer falls behind, and nobody else notices.", "慢的 consumer 只会落后，不影响别人。"),
        t(
            "Long poll: fetch.min.bytes 1, fetch.max.wait.ms 500; no busy asking.",
            "长轮询：fetch.min.bytes 为 1，fetch.max.wait.ms 为 500，不会空转。",
        ),
        t(
            "Reading again, and batches as large as the reader likes, come for free.",
            "重读、按需要取大批量，都自然可行。",
        ),
    ],
    follow_up: t(
        "Where does the backlog of a slow consumer live? (In the log, which holds it anyway; until retention takes it.)",
        "慢 consumer 的积压存在哪里？（就在日志里，本来就在；直到保留策略删掉它。）",
    ),
    outdated: None,
    scene: || {
        Setup::brokers(1, &[])
            .topic("demo", 1, 1, &[])
            .producer("demo", &[])
            .consumer(&["demo-0"], ONE_BY_ONE)
            .at(3_600, pace(20_001, 1_000))
            .scene()
    },
    trial: Trial {
        ask: t(
            "A producer writes 10 records a second, a consumer works one second on each. What grows?",
            "producer 每秒写 10 条，consumer 处理一条要一秒。什么会增长？",
        ),
        form: Form::Choice(&[
            Choice::word(t("a queue of the broker, of what it has pushed", "broker 上待推送的队列"), "queue"),
            Choice::word(t("the consumer's lag", "consumer 的 lag（落后量）"), "lag"),
            Choice::word(t("the time for which send() blocks", "send() 阻塞的时间"), "producer"),
        ]),
        script: || vec![(0, Act::SetRate { node: NodeId(10_001), rate: 10 })],
        ms: 10_000,
        probe: what_grew,
        explain: Explain {
            text: t(
                "It is {} records behind. The broker sent nothing unasked: the consumer asked with Fetch {} times, and the producer's {} records were all acknowledged.",
                "它已落后 {} 条。broker 没有主动发过任何东西：consumer 用 Fetch 问了 {} 次，而 producer 的 {} 条都已确认。",
            ),
            parts: |ran| {
                let asked = ran.requests(20_001, Api::Fetch);
                vec![behind(ran).to_string(), asked.to_string(), ran.acked(10_001).to_string()]
            },
        },
    },
};

/// A partition with ten records and a reader that has read them all.
pub(in crate::lesson) fn ten() -> Scene {
    let setup = Setup::brokers(1, &[]).topic("demo", 1, 1, &[]).producer("demo", &[("linger.ms", "0")]);
    let setup = (0..10).fold(setup, |s, n| s.at(4_000 + n * 50, send(None, &format!("message {n}"))));
    setup.consumer(&["demo-0"], &[]).seen_at(5_500)
}

pub(super) const Q6: Question = Question {
    id: "Q6",
    lesson: "L01",
    level: Level::Junior,
    topic: Topic::Basics,
    tags: &[Tag::Classic],
    ask: t("Is a record removed once it is consumed?", "消息被消费之后会立刻删除吗？"),
    answer: t(
        "No. Reading changes nothing in the log. Retention removes whole segments by time (7 days by default) or size, read or not.",
        "不会。读取不改变日志。保留策略按时间（默认 7 天）或大小删除整个 segment，与是否被读过无关。",
    ),
    points: [
        t(
            "Progress is a number of the reader, not a mark on the record.",
            "消费进度是读者那边的一个数字，不是记录上的标记。",
        ),
        t(
            "retention.ms, retention.bytes: whole segments, unread ones too.",
            "retention.ms、retention.bytes：删整个 segment，没读过的也删。",
        ),
        t("So another reader can begin at the start at any time.", "所以任何时候都可以有新的读者从头读起。"),
    ],
    follow_up: t(
        "How do you get rid of a single record? (You do not; delete-records moves the start, compaction needs a key.)",
        "怎样只删一条？（做不到：delete-records 只移动起点，compaction 需要 key。）",
    ),
    outdated: None,
    scene: ten,
    trial: Trial {
        ask: t(
            "Ten records were read to the end by one consumer. A second one begins at earliest. How many does it get?",
            "十条记录已被一个 consumer 读完。第二个 consumer 从 earliest 开始，能拿到几条？",
        ),
        form: Form::Choice(&[
            Choice::number(t("none: they were consumed", "0 条：已被消费"), 0),
            Choice::number(t("one: the last is kept", "1 条：只留最后一条"), 1),
            Choice::number(t("all ten", "全部 10 条"), 10),
        ]),
        script: || vec![(0, add_consumer(&["demo-0"], &[]))],
        ms: 3_000,
        probe: |ran| ran.delivered(20_002).into(),
        explain: Explain {
            text: t(
                "The second got {}, the first had got {}, and the log still holds {}.",
                "第二个拿到 {} 条，第一个之前拿过 {} 条，日志里仍有 {} 条。",
            ),
            parts: |ran| {
                let kept = ran.leo(1, "demo-0").unwrap_or(0) - ran.start(1, "demo-0").unwrap_or(0);
                [ran.delivered(20_002), ran.delivered(20_001), kept].map(|n| n.to_string()).to_vec()
            },
        },
    },
};

/// Records that the four readers of `four` got, and those of the one reader of `one`.
fn got(ran: &Ran<'_>) -> (i64, i64) {
    ((20_002..=20_005).map(|id| ran.delivered(id)).sum(), ran.delivered(20_001))
}

pub(super) const Q7: Question = Question {
    id: "Q7",
    lesson: "L04",
    level: Level::Junior,
    topic: Topic::Basics,
    tags: &[Tag::Classic],
    ask: t("Why does Kafka have partitions?", "Kafka 为什么要分区？"),
    answer: t(
        "To spread one topic's data and work over brokers, and to let several consumers share it: the partition is the unit of parallelism.",
        "把一个 topic 的数据和负载分到多个 broker，并让多个 consumer 分担：partition 是并行的单位。",
    ),
    points: [
        t(
            "Each partition has a leader of its own, so writes spread too.",
            "每个 partition 有自己的 leader，写入也因此分散。",
        ),
        t(
            "Readers that share the work take whole partitions; more readers than partitions do not help.",
            "分担工作的读者按整个 partition 分配；读者比 partition 多没有用。",
        ),
        t("The price: order holds only inside one.", "代价：顺序只在单个 partition 内成立。"),
    ],
    follow_up: t(
        "When do four partitions not bring four times as much? (When the producer, the disk or one hot key is the limit.)",
        "什么时候四个 partition 达不到四倍？（瓶颈在 producer、磁盘或某个热点 key 时。）",
    ),
    outdated: None,
    scene: || {
        let busy = |setup: Setup, topic| setup.busy_producer(topic, 120, 16, &[("linger.ms", "0")]);
        let setup = Setup::brokers(1, &[]).topic("one", 1, 1, &[]).topic("four", 4, 1, &[]);
        let readers = ["one-0", "four-0", "four-1", "four-2", "four-3"];
        let setup =
            readers.iter().zip(20_001..).fold(busy(busy(setup, "one"), "four"), |setup, (spot, id)| {
                setup.consumer(&[*spot], ONE_BY_ONE).at(3_600, pace(id, 100))
            });
        setup.seen_at(3_700)
    },
    trial: Trial {
        ask: t(
            "Each consumer works 100 ms on a record, and there is always more to read. One partition with one consumer, against four partitions with one each: how many times as much?",
            "每个 consumer 处理一条要 100 ms，而且总有数据可读。一个 partition 配一个 consumer，对比四个 partition 各配一个：后者是前者的几倍？",
        ),
        form: Form::Choice(&[
            Choice::number(t("the same: one broker", "一样：都在一个 broker 上"), 1),
            Choice::number(t("twice", "2 倍"), 2),
            Choice::number(t("four times", "4 倍"), 4),
        ]),
        script: Vec::new,
        ms: 8_000,
        probe: |ran| {
            let (four, one) = got(ran);
            Value::Number(if one > 0 { (four * 10 / one + 5) / 10 } else { 0 })
        },
        explain: Explain {
            text: t(
                "{} records by four readers, {} by one. The consumers were the limit, and each partition let one more of them work.",
                "四个读者共 {} 条，一个读者 {} 条。瓶颈在 consumer，而每多一个 partition 就能多一个 consumer 干活。",
            ),
            parts: |ran| {
                let (four, one) = got(ran);
                vec![four.to_string(), one.to_string()]
            },
        },
    },
};

/// A topic of three partitions with the values 1 to 9 in it, whose keys take turns.
pub(in crate::lesson) fn nine_in_turns() -> Scene {
    let setup = Setup::brokers(1, &[]).topic("demo", 3, 1, &[]).producer("demo", &[("linger.ms", "0")]);
    let keys = ["order-42", "a", "d"].into_iter().cycle();
    let setup = (1..10)
        .zip(keys)
        .fold(setup, |setup, (n, key)| setup.at(4_000 + n * 50, send(Some(key), &n.to_string())));
    setup.seen_at(5_000)
}

/// Whether what a consumer was given is in the order in which it was sent: over all, and in each partition.
pub(in crate::lesson) fn in_order(ran: &Ran<'_>, consumer: i32) -> Option<(bool, bool)> {
    let given: Vec<(i32, i64)> =
        ran.given(consumer).into_iter().filter_map(|(p, value)| Some((p, value.parse().ok()?))).collect();
    if given.len() < 9 {
        return None;
    }
    let of = |partition| given.iter().filter(move |(p, _)| *p == partition).map(|(_, n)| *n);
    Some((given.iter().map(|(_, n)| *n).is_sorted(), (0..3).all(|p| of(p).is_sorted())))
}

fn sequence(ran: &Ran<'_>) -> String {
    ran.given(20_001).iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ")
}

pub(super) const Q8: Question = Question {
    id: "Q8",
    lesson: "L04",
    level: Level::Junior,
    topic: Topic::Basics,
    tags: &[Tag::Classic],
    ask: t("How does Kafka guarantee order?", "Kafka 是怎样保证消息顺序的？"),
    answer: t(
        "By offset inside one partition. Records of one key go to one partition as long as the number of partitions stays. Order over a whole topic needs a single partition.",
        "在单个 partition 内由 offset 保证。只要 partition 数不变，同一个 key 的记录去同一个 partition。要整个 topic 有序，只能用一个 partition。",
    ),
    points: [
        t(
            "Inside a partition: the order of appending, for every reader.",
            "partition 内：即追加的顺序，对每个读者都一样。",
        ),
        t(
            "Same key, same partition — until partitions are added.",
            "同 key 同 partition，直到增加了 partition。",
        ),
        t(
            "Retries keep order only with idempotence (or one request in flight).",
            "重试要保序，需要幂等（或只允许一个在途请求）。",
        ),
    ],
    follow_up: t(
        "What breaks order without any failure? (More partitions, several producers for one key, threads in the consumer.)",
        "没有任何故障，什么会打乱顺序？（增加 partition、多个 producer 写同一个 key、consumer 内多线程。）",
    ),
    outdated: None,
    scene: nine_in_turns,
    trial: Trial {
        ask: t(
            "1 to 9 were sent with three keys in turn, to three partitions. A consumer now reads all three. In which order does it get them?",
            "1 到 9 用三个 key 轮流发到了三个 partition。现在一个 consumer 读全部三个。它拿到的顺序如何？",
        ),
        form: Form::Choice(&[
            Choice::word(t("1 to 9", "从 1 到 9"), "all"),
            Choice::word(t("in order within each partition only", "只在每个 partition 内有序"), "partition"),
            Choice::word(t("in no order at all", "毫无顺序"), "none"),
        ]),
        script: || vec![(0, add_consumer(&["demo-0", "demo-1", "demo-2"], &[]))],
        ms: 3_000,
        probe: |ran| match in_order(ran, 20_001) {
            Some((true, _)) => "all".into(),
            Some((false, true)) => "partition".into(),
            Some((false, false)) => "none".into(),
            None => Value::Nothing,
        },
        explain: Explain {
            text: t(
                "It was given {}: partition after partition as the fetch brought them, each in order.",
                "它拿到的是 {}：按 fetch 带回的 partition 一个接一个，各自内部有序。",
            ),
            parts: |ran| vec![sequence(ran)],
        },
    },
};

pub(super) const Q9: Question = Question {
    id: "Q9",
    lesson: "L01",
    level: Level::Middle,
    topic: Topic::Basics,
    tags: &[Tag::Outdated],
    ask: t("How large may a record be?", "Kafka 能接收的最大消息是多少？"),
    answer: t(
        "About 1 MiB by default: the producer refuses more than max.request.size (1,048,576), the broker a batch above message.max.bytes (1,048,588). The fetch limits do not stop a larger first batch.",
        "默认约 1 MiB：producer 拒绝超过 max.request.size（1048576）的，broker 拒绝超过 message.max.bytes（1048588）的批次。fetch 的上限不会挡住第一个更大的批次。",
    ),
    points: [
        t(
            "Two limits: the client's for a request, the broker's for a batch.",
            "两道限制：客户端限请求，broker 限批次。",
        ),
        t(
            "The 12 bytes between them are the log overhead of a batch.",
            "两者相差的 12 字节是批次的日志头开销。",
        ),
        t("Large things: store them elsewhere, send the reference.", "大对象：存到别处，只发引用。"),
    ],
    follow_up: t(
        "Which configs must be raised together? (max.request.size, message.max.bytes or max.message.bytes; better: compression or references.)",
        "要调大时哪些配置得一起改？（max.request.size、message.max.bytes 或 max.message.bytes；更好的办法是压缩或传引用。）",
    ),
    outdated: Some(t(
        "Lists that say 1,000,000 bytes quote the default of old brokers (1,000,012 with the overhead).",
        "写着 1000000 字节的资料，引用的是旧版 broker 的默认值（含开销为 1000012）。",
    )),
    scene: || Setup::brokers(1, &[]).topic("demo", 1, 1, &[]).producer("demo", &[("linger.ms", "0")]).scene(),
    trial: Trial {
        ask: t(
            "With defaults, a value of 1.2 MB is handed to send(). Who rejects it?",
            "默认配置下，把 1.2 MB 的 value 交给 send()。谁会拒绝它？",
        ),
        form: Form::Choice(&[
            Choice::word(t("the producer, before anything is sent", "producer，在发送之前"), "client"),
            Choice::word(t("the broker, with MESSAGE_TOO_LARGE", "broker，返回 MESSAGE_TOO_LARGE"), "broker"),
            Choice::word(t("nobody: it is split into two records", "没人拒绝：会拆成两条"), "stored"),
        ]),
        script: || {
            let values = Values::Size { min: 1_200_000, max: 1_200_000 };
            let workload = Workload { values, ..Workload::new(&name("demo"), 1) };
            vec![(0, Act::SetWorkload { node: NodeId(10_001), workload })]
        },
        ms: 1_500,
        probe: |ran| {
            let refused = ran.failed(10_001) > 0;
            match (ran.leo(1, "demo-0"), ran.requests(10_001, Api::Produce)) {
                (Some(1..), _) => "stored".into(),
                (_, 0) if refused => "client".into(),
                (_, 1..) if refused => "broker".into(),
                _ => Value::Nothing,
            }
        },
        explain: Explain {
            text: t(
                "The callback got {} after {} Produce requests: the producer measured the record and refused it.",
                "回调收到 {}，此时发出的 Produce 请求为 {} 个：producer 自己量了大小就拒绝了。",
            ),
            parts: |ran| {
                let error = ran.error(10_001).unwrap_or_default();
                vec![error, ran.requests(10_001, Api::Produce).to_string()]
            },
        },
    },
};
