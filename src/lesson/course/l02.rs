use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::base::name;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lab::journal::Spot;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Ran;
use crate::lesson::Scene;
use crate::lesson::Setup;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::Value;
use crate::lesson::group::SHARED;
use crate::lesson::group::SMALL;
use crate::lesson::grouped::called;
use crate::lesson::scene::send;

fn scene() -> Scene {
    Setup::brokers(3, SMALL)
        .topic("orders", 3, 2, &[])
        .producer("orders", &[("linger.ms", "0")])
        .group("readers", 1, &["orders"], &[])
        .seen_at(SHARED)
}

fn one_order() -> Vec<(u64, Act)> {
    vec![(200, send(Some("order-42"), "paid"))]
}

/// The way of the first record of a run.
struct Way {
    spot: Spot,
    offset: i64,
    producer: i32,
    /// The leader, then the followers, in the order in which they wrote it.
    written: Vec<i32>,
    consumer: i32,
}

/// The way of the first record that was sent, as the journal has it.
fn way(ran: &Ran<'_>) -> Option<Way> {
    let (spot, offset) = ran.events().find_map(|(_, entry)| match entry.kind {
        Kind::Appended { spot, base, .. } => Some((spot, base)),
        _ => None,
    })?;
    let node = |wanted: &dyn Fn(Kind) -> bool| {
        ran.events().find(|(_, entry)| wanted(entry.kind)).map(|(_, entry)| entry.node.0)
    };
    let wrote = |kind| matches!(kind, Kind::Appended { spot: s, base, .. } if s == spot && base == offset);
    Some(Way {
        spot,
        offset,
        producer: node(&|kind| matches!(kind, Kind::Acked { spot: s, .. } if s == spot))?,
        written: ran.events().filter(|(_, e)| wrote(e.kind)).map(|(_, e)| e.node.0).collect(),
        consumer: node(&|kind| matches!(kind, Kind::Consumed { spot: s, .. } if s == spot))?,
    })
}

/// The things that the record's way touched, in the order of the labels.
fn touched(ran: &Ran<'_>) -> Option<Vec<String>> {
    let Way { spot, offset, producer, written, consumer } = way(ran)?;
    let partition = ran.world().names().spot(spot);
    let (leader, copy) = (written.first()?, written.get(1)?);
    let base = ran.segments(*leader, &partition.to_string()).into_iter().rfind(|base| *base <= offset)?;
    Some(vec![
        format!("producer/{producer}"),
        format!("consumer/{consumer}"),
        format!("group/{}", ran.consumer(consumer)?.group().id()?),
        format!("broker/{leader}"),
        format!("topic/{}", partition.topic),
        format!("partition/{partition}"),
        format!("replica/{copy}/{partition}"),
        format!("segment/{leader}/{partition}/{base}"),
        format!("record/{leader}/{partition}/{offset}"),
    ])
}

fn lit(ran: &Ran<'_>) -> Vec<String> {
    let Some(way) = way(ran) else { return Vec::new() };
    let written: Vec<String> = way.written.iter().map(ToString::to_string).collect();
    let partition = ran.world().names().spot(way.spot).to_string();
    let leader = written.first().cloned().unwrap_or_default();
    vec![
        called(way.producer),
        partition,
        leader,
        way.offset.to_string(),
        written[1..].join(", "),
        called(way.consumer),
    ]
}

fn joined(numbers: &[i64]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
}

fn create(topic: &str, partitions: i32, replication: i16) -> Act {
    Act::CreateTopic { name: name(topic), partitions, replication, configs: crate::lab::Configs::new() }
}

/// The map: what the words name.
pub(super) const LESSON: Lesson = Lesson {
    id: "L02",
    title: Text::new("The map: nine words on a running picture", "核心概念地图：在运行的画面上认识九个词"),
    goal: Text::new(
        "Name producer, consumer, group, broker, topic, partition, replica, segment and record on a running cluster.",
        "在运行的集群上指出 producer、consumer、consumer group、broker、topic、partition、replica、segment 和 record。",
    ),
    minutes: 8,
    hook: Text::new(
        "Most confusion about Kafka is one word used for two things. A topic is a name. A partition is a log. A segment is a file. After this you will not mix them up.",
        "对 Kafka 的困惑，多半是一个词指了两样东西。topic 是名字，partition 是日志，segment 是文件。学完这一课，你就不会再弄混。",
    ),
    scene,
    steps: &[
        Step {
            say: Text::new(
                "Three brokers. One topic, orders, of three partitions, each kept twice. A producer waits, and a consumer that is alone in its group, readers. Soon one order is sent.",
                "三个 broker。一个 topic：orders，有三个 partition，每个保存两份。一个 producer 在等待，还有一个 consumer，独自组成 readers 组。马上会发出一个订单。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Before anything moves: which word names what?",
                    "在一切开始之前：哪个词指的是什么？",
                ),
                form: Form::Match {
                    labels: &[
                        Text::new("producer", "生产者 producer"),
                        Text::new("consumer", "消费者 consumer"),
                        Text::new("consumer group", "消费组 consumer group"),
                        Text::new("broker", "broker"),
                        Text::new("topic", "主题 topic"),
                        Text::new("partition", "分区 partition"),
                        Text::new("replica", "副本 replica"),
                        Text::new("segment", "段 segment"),
                        Text::new("record", "记录 record"),
                    ],
                    places: &[
                        ("topic/orders", Text::new("the name that clients write to", "客户端写入时用的名字")),
                        ("segment/2/orders-0/0", Text::new("one file of a log", "日志中的一个文件")),
                        ("producer/10001", Text::new("the one that sends", "发送数据的一方")),
                        (
                            "replica/3/orders-0",
                            Text::new("a copy on another machine", "另一台机器上的一份拷贝"),
                        ),
                        (
                            "record/2/orders-0/0",
                            Text::new(
                                "one order, with its number in the log",
                                "一个订单，在日志中有自己的编号",
                            ),
                        ),
                        ("consumer/20001", Text::new("the one that asks for more", "不断来取数据的一方")),
                        ("partition/orders-0", Text::new("one ordered log", "一份有序的日志")),
                        (
                            "group/readers",
                            Text::new(
                                "those who share the reading, with one bookmark a log",
                                "分摊读取的一伙，每份日志共用一个书签",
                            ),
                        ),
                        (
                            "broker/2",
                            Text::new("the machine that answers for the log", "对外负责这份日志的机器"),
                        ),
                    ],
                },
                script: one_order,
                ms: 3_000,
                probe: |ran| touched(ran).map_or(Value::Nothing, Value::Things),
                explain: Explain {
                    text: Text::new(
                        "What lit up: {} chose {}; its leader, broker {}, wrote offset {} into a segment; broker {} fetched a copy; then {} was given it, for its group.",
                        "依次亮起：{} 选了 {}；其 leader broker {} 把 offset {} 写进一个 segment；broker {} 拉取了一份拷贝；随后 {} 代表它的组拿到了它。",
                    ),
                    parts: lit,
                },
            }),
        },
        Step {
            say: Text::new(
                "Another order, with another key. Watch which things light up, and which stay dark: only one partition of the three is touched.",
                "再来一个 key 不同的订单。看哪些东西亮起、哪些不动：三个 partition 中只有一个被碰到。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Watch { script: || vec![(200, send(Some("user-3"), "created"))], ms: 3_000 },
        },
        Step {
            say: Text::new(
                "On a disk there is no topic. There is a directory for each replica, called like its partition: orders-0, orders-1, orders-2.",
                "磁盘上没有 topic 这种东西。每个 replica 有一个目录，名字就是 partition 的名字：orders-0、orders-1、orders-2。",
            ),
            scene: None,
            look: Look::at("broker/1"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Three partitions, each kept twice, on three brokers. How many directories are there in all?",
                    "三个 partition，各存两份，放在三个 broker 上。一共有多少个目录？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("1: one topic", "1 个：一个 topic"), 1),
                    Choice::number(Text::new("3: one a partition", "3 个：每个 partition 一个"), 3),
                    Choice::number(Text::new("6: one a replica", "6 个：每个 replica 一个"), 6),
                    Choice::number(Text::new("9: each broker has all", "9 个：每个 broker 都有全部"), 9),
                ]),
                script: Vec::new,
                ms: 100,
                probe: |ran| ran.all_directories().into(),
                explain: Explain {
                    text: Text::new(
                        "{} directories, by broker {}. Partitions times replicas, spread so that each broker has its share.",
                        "{} 个目录，按 broker 分别是 {}。partition 数乘以副本数，并且均匀地分布在各 broker 上。",
                    ),
                    parts: |ran| vec![ran.all_directories().to_string(), joined(&ran.per_broker())],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: create a topic of your own that adds exactly four directories to the cluster.",
                "轮到你：自己建一个 topic，让整个集群恰好多出四个目录。",
            ),
            scene: None,
            look: Look::CLUSTER,
            task: Task::Do {
                done: |ran| ran.all_directories() == 10,
                hint: Text::new(
                    "Partitions × replicas = 4: two times two, or four partitions with one replica. Four replicas do not fit on three brokers.",
                    "partition 数 × 副本数 = 4：2×2，或四个 partition 各一份。三个 broker 放不下四个副本。",
                ),
                example: || vec![(0, create("mine", 2, 2))],
                ms: 3_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: three empty brokers. Somebody creates a topic of four partitions with three replicas.",
                "凭记忆回答：三个空的 broker，有人创建了一个四个 partition、三副本的 topic。",
            ),
            scene: Some(|| Setup::brokers(3, &[]).scene()),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new(
                    "How many logs that clients can name, and how many directories?",
                    "客户端能指名的日志有几份？目录有几个？",
                ),
                form: Form::Choice(&[
                    Choice::numbers(Text::new("1 and 4", "1 和 4"), &[1, 4]),
                    Choice::numbers(Text::new("4 and 4", "4 和 4"), &[4, 4]),
                    Choice::numbers(Text::new("4 and 12", "4 和 12"), &[4, 12]),
                    Choice::numbers(Text::new("12 and 12", "12 和 12"), &[12, 12]),
                ]),
                script: || vec![(0, create("trips", 4, 3))],
                ms: 3_000,
                probe: |ran| {
                    let partitions = ran.cluster().partitions.len();
                    Value::Numbers(vec![i64::try_from(partitions).unwrap_or(-1), ran.all_directories()])
                },
                explain: Explain {
                    text: Text::new(
                        "Four partitions, {} directories. Clients name the topic and a partition; which copy answers is the leader's business.",
                        "四个 partition，{} 个目录。客户端指名的是 topic 和 partition；由哪份拷贝应答，是 leader 的事。",
                    ),
                    parts: |ran| vec![joined(&ran.per_broker())],
                },
            }),
        },
    ],
    honest: Text::new(
        "All parts are the engine's own. The brokers have one more directory, __consumer_offsets, where groups keep their bookmarks; it has one partition and one replica here, and is not counted.",
        "各部分都是引擎的真实逻辑。broker 上还有一个目录 __consumer_offsets，组的书签就存在那里；这里它只有一个 partition、一个副本，不计入题目。",
    ),
    class: Class {
        vote: 2,
        likely_wrong: Text::new(
            "“1”: a topic is taken for a folder, because it is what one creates and names.",
            "“1 个”：把 topic 当成了文件夹，因为创建和命名的都是它。",
        ),
        follow_up: Text::new(
            "What would one more replica of each partition cost, and what would it buy? (Three directories and their bytes; one more failure survived.)",
            "每个 partition 再多一个副本，代价和收益各是什么？（多三个目录及其数据；多容忍一次故障。）",
        ),
        notes: Text::new(
            "Cover the words, let the class name the things aloud, then send one record at slow speed and name them again as they light up.",
            "先遮住词，让全班说出画面上各是什么；再慢速发一条记录，亮到哪里说到哪里。",
        ),
    },
};
