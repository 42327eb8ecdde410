use super::Class;
use super::Lesson;
use super::Look;
use super::Step;
use super::Task;
use crate::kafka::base::NodeId;
use crate::kafka::protocol::Api;
use crate::lab::Act;
use crate::lab::Kind;
use crate::lesson::Choice;
use crate::lesson::Explain;
use crate::lesson::Form;
use crate::lesson::Scene;
use crate::lesson::Text;
use crate::lesson::Trial;
use crate::lesson::rig::P;
use crate::lesson::rig::PRODUCER;
use crate::lesson::rig::all;
use crate::lesson::rig::first_of;
use crate::lesson::rig::hold_produce;
use crate::lesson::rig::in_order;
use crate::lesson::rig::landed;
use crate::lesson::rig::pair;
use crate::lesson::rig::sends;
use crate::lesson::rig::sends_to;
use crate::lesson::rig::single;
use crate::lesson::rig::stored;
use crate::lesson::scene::send;

fn scene() -> Scene {
    pair(&[("linger.ms", "50")]).scene()
}

fn end(node: i32) -> Act {
    Act::RemoveClient { node: NodeId(node) }
}

/// The producer's two threads.
pub(super) const LESSON: Lesson = Lesson {
    id: "L08",
    title: Text::new("The producer's two threads", "生产者的两个线程"),
    goal: Text::new(
        "Place interceptor, serializer, partitioner, accumulator and Sender, and say who waits for whom.",
        "说清 interceptor、serializer、partitioner、accumulator 和 Sender 的位置，以及谁等谁。",
    ),
    minutes: 10,
    hook: Text::new(
        "send() returns in microseconds and the record is nowhere near a broker. A second thread takes it there, and a third party decides when your callback runs.",
        "send() 几微秒就返回，而记录离 broker 还很远。另一个线程把它送过去，你的回调何时运行也由它决定。",
    ),
    scene,
    steps: &[
        Step {
            say: Text::new(
                "Two partitions on two brokers, one producer with linger.ms 50. One record is sent to demo-0.",
                "两个 partition 在两个 broker 上，一个 linger.ms 为 50 的 producer。向 demo-0 发送一条记录。",
            ),
            scene: None,
            look: Look::producer("producer/10001"),
            task: Task::Predict(Trial {
                ask: Text::new("Put the record's way in order.", "把这条记录经过的步骤排序。"),
                form: Form::Order(&[
                    ("append", Text::new("the broker appends it to its log", "broker 追加到日志")),
                    ("callback", Text::new("the callback runs", "回调运行")),
                    ("send", Text::new("the application calls send()", "应用调用 send()")),
                    ("request", Text::new("a Produce request leaves the Sender", "Sender 发出 Produce 请求")),
                    ("answer", Text::new("the answer arrives", "响应到达")),
                ]),
                script: || sends_to(PRODUCER, 0, 200, 1),
                ms: 2_000,
                probe: |ran| {
                    let produce = |response: bool| {
                        move |kind: &Kind| match kind {
                            Kind::Sent { api: Api::Produce, response: is, .. } => !response && !is,
                            Kind::Received { api: Api::Produce, response: is, .. } => response && *is,
                            _ => false,
                        }
                    };
                    let appended = |kind: &Kind| matches!(kind, Kind::Appended { .. });
                    in_order(&[
                        ("send", first_of(ran, PRODUCER, |kind| matches!(kind, Kind::Commanded))),
                        ("request", first_of(ran, PRODUCER, produce(false))),
                        ("append", first_of(ran, 1, appended)),
                        ("answer", first_of(ran, PRODUCER, produce(true))),
                        ("callback", first_of(ran, PRODUCER, |kind| matches!(kind, Kind::Acked { .. }))),
                    ])
                },
                explain: Explain {
                    text: Text::new(
                        "Between send() and the request lay {} ms: the record waited in its partition's queue for linger.ms. The application's thread was free all the time.",
                        "send() 与请求之间隔了 {} 毫秒：记录在它的 partition 队列里等 linger.ms。应用线程一直是空闲的。",
                    ),
                    parts: |ran| {
                        let sent = |entry: &crate::lab::Entry| {
                            entry.node.0 == PRODUCER
                                && matches!(entry.kind, Kind::Sent { api: Api::Produce, response: false, .. })
                        };
                        vec![(ran.first(sent).unwrap_or(0) - 200).to_string()]
                    },
                },
            }),
        },
        Step {
            say: Text::new(
                "The Sender drains queues by broker: all batches for one broker that are ready travel in one request, whatever their topic.",
                "Sender 按 broker 取批：发往同一个 broker 的就绪批次放进同一个请求，不管属于哪个 topic。",
            ),
            scene: None,
            look: Look::producer("producer/10001"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "Two records go to demo-0 (broker 1) and two to demo-1 (broker 2), all at once. How many Produce requests?",
                    "同时向 demo-0（broker 1）和 demo-1（broker 2）各发两条。会有几个 Produce 请求？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("1: one producer, one request", "1：一个 producer 一个请求"), 1),
                    Choice::number(Text::new("2: one a broker", "2：每个 broker 一个"), 2),
                    Choice::number(Text::new("4: one a record", "4：每条记录一个"), 4),
                ]),
                script: || all([sends_to(PRODUCER, 0, 200, 2), sends_to(PRODUCER, 1, 200, 2)]),
                ms: 2_000,
                probe: |ran| ran.requests(PRODUCER, Api::Produce).into(),
                explain: Explain {
                    text: Text::new(
                        "{} requests: one to each leader, each with one batch of two records.",
                        "{} 个请求：每个 leader 一个，各带一个含两条记录的批。",
                    ),
                    parts: |ran| vec![ran.requests(PRODUCER, Api::Produce).to_string()],
                },
            }),
        },
        Step {
            say: Text::new(
                "An interceptor runs first of all, then the serializers, then the partitioner. This producer has demo.UpperCaseKey: it writes the key in capitals.",
                "interceptor 最先运行，然后是 serializer，最后是 partitioner。这个 producer 配了 demo.UpperCaseKey：它把 key 改成大写。",
            ),
            scene: Some(|| pair(&[("linger.ms", "0"), ("interceptor.classes", "demo.UpperCaseKey")]).scene()),
            look: Look::producer("producer/10001"),
            task: Task::Predict(Trial {
                ask: Text::new(
                    "With two partitions, user-1 hashes to partition 0 and USER-1 to partition 1. The application sends user-1. Where does it land?",
                    "两个 partition 时，user-1 的哈希落在 0，USER-1 落在 1。应用发送 user-1，它落在哪里？",
                ),
                form: Form::Choice(&[
                    Choice::number(Text::new("demo-0: the key that was sent", "demo-0：按发送的 key"), 0),
                    Choice::number(
                        Text::new(
                            "demo-1: the key that the interceptor made",
                            "demo-1：按 interceptor 改后的 key",
                        ),
                        1,
                    ),
                ]),
                script: || vec![(200, send(Some("user-1"), "hello"))],
                ms: 1_500,
                probe: |ran| landed(ran, 2).into(),
                explain: Explain {
                    text: Text::new(
                        "It is in demo-{}: the partitioner sees what the interceptor returned.",
                        "它在 demo-{}:partitioner 看到的是 interceptor 返回的内容。",
                    ),
                    parts: |ran| vec![landed(ran, 2).unwrap_or(-1).to_string()],
                },
            }),
        },
        Step {
            say: Text::new(
                "Your turn: stop the Sender's requests on the wire and watch the queues fill. At least three records shall wait.",
                "轮到你：把 Sender 的请求卡在网络上，看队列变满。至少要有三条记录在等。",
            ),
            scene: Some(|| single(&[("linger.ms", "0")]).scene()),
            look: Look::producer("producer/10001"),
            task: Task::Do {
                done: |ran| ran.waiting(PRODUCER) >= 3,
                hint: Text::new(
                    "Press F and hold what producer-1 sends to broker 1, then give the producer a rate. Five requests may be under way; what comes after them waits.",
                    "按 F，卡住 producer-1 发往 broker 1 的消息，再给它一个速率。最多五个请求在途，之后的都要等。",
                ),
                example: || all([vec![(0, hold_produce(PRODUCER, 1))], sends(PRODUCER, 200, 50, 12)]),
                ms: 2_000,
            },
        },
        Step {
            say: Text::new(
                "From memory: a program sends ten records and ends at once. linger.ms is 50; it calls neither flush() nor close().",
                "凭记忆：程序发送十条记录后立刻结束。linger.ms 为 50；既没有 flush() 也没有 close()。",
            ),
            scene: Some(|| single(&[("linger.ms", "50")]).scene()),
            look: Look::CLUSTER,
            task: Task::Recall(Trial {
                ask: Text::new("How many are in the log?", "日志里有几条？"),
                form: Form::Choice(&[
                    Choice::number(Text::new("0", "0"), 0),
                    Choice::number(Text::new("10", "10"), 10),
                ]),
                script: || all([sends(PRODUCER, 500, 0, 10), vec![(501, end(PRODUCER))]]),
                ms: 2_000,
                probe: |ran| stored(ran, P).into(),
                explain: Explain::plain(Text::new(
                    "All ten lay in the accumulator when the process ended. send() promises nothing; the callback does, and flush() or close() wait for it.",
                    "进程结束时十条都还在 accumulator 里。send() 什么也不保证；回调才算数，flush() 或 close() 会等它。",
                )),
            }),
        },
    ],
    honest: Text::new(
        "Accumulator, partitioner and Sender are ports of Kafka's rules. Keys and values are texts already, so serializing costs nothing here; demo.UpperCaseKey is the laboratory's own class.",
        "accumulator、partitioner、Sender 按 Kafka 的规则实现。key 和 value 本来就是文本，序列化不花时间；demo.UpperCaseKey 是实验室自带的类。",
    ),
    class: Class {
        vote: 1,
        likely_wrong: Text::new(
            "“4”: each send() is taken for a request.",
            "“4”：把每次 send() 当成一个请求。",
        ),
        follow_up: Text::new(
            "On which thread does the callback run? (On the Sender's: a slow callback stops all sending.)",
            "回调在哪个线程上运行？（Sender 线程：慢回调会拖住所有发送。）",
        ),
        notes: Text::new(
            "Let two students play the threads: one drops cards into boxes, the other empties the boxes every few seconds.",
            "让两位学生扮演两个线程：一个往盒子里放卡片，另一个每隔几秒清空盒子。",
        ),
    },
};
